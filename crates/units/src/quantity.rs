//! Newtypes over `f64`, one per physical quantity.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident $symbol:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, PartialOrd, Default)]
        pub struct $name(pub f64);

        impl $name {
            /// The magnitude, always positive.
            pub fn abs(self) -> Self { Self(self.0.abs()) }
            /// The smaller of the two.
            pub fn min(self, other: Self) -> Self { Self(self.0.min(other.0)) }
            /// The larger of the two.
            pub fn max(self, other: Self) -> Self { Self(self.0.max(other.0)) }
        }
        impl Add for $name { type Output = Self; fn add(self, other: Self) -> Self { Self(self.0 + other.0) } }
        impl Sub for $name { type Output = Self; fn sub(self, other: Self) -> Self { Self(self.0 - other.0) } }
        impl Neg for $name { type Output = Self; fn neg(self) -> Self { Self(-self.0) } }
        impl AddAssign for $name { fn add_assign(&mut self, other: Self) { self.0 += other.0; } }
        impl SubAssign for $name { fn sub_assign(&mut self, other: Self) { self.0 -= other.0; } }
        impl Mul<f64> for $name { type Output = Self; fn mul(self, factor: f64) -> Self { Self(self.0 * factor) } }
        /// The ratio of two like quantities is a plain number.
        impl Div for $name { type Output = f64; fn div(self, other: Self) -> f64 { self.0 / other.0 } }
        impl Sum for $name { fn sum<I: Iterator<Item = Self>>(all: I) -> Self { all.fold(Self(0.0), Add::add) } }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)?;
                f.write_str(concat!(" ", $symbol))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
    )*};
}

quantities! {
    /// Electric potential difference.
    Volts "V";
    /// Electric current.
    Amperes "A";
    /// Electric resistance.
    Ohms "Ω";
    /// Electric conductance.
    Siemens "S";
    /// Inductance.
    Henries "H";
    /// Capacitance.
    Farads "F";
    /// Power.
    Watts "W";
    /// Energy.
    Joules "J";
    /// Electric charge.
    Coulombs "C";
    /// Battery capacity.
    AmpereHours "Ah";
    /// Integral of the squared current: what melts a fuse.
    AmpereSquaredSeconds "A²s";
    /// Temperature.
    Celsius "°C";
    /// A span that is a physical parameter rather than an instant of the clock.
    Seconds "s";
    /// A share of one: state of charge, efficiency. 0 … 1 unless said otherwise.
    Fraction "";
}

impl Div<Ohms> for Volts {
    type Output = Amperes;
    fn div(self, resistance: Ohms) -> Amperes {
        Amperes(self.0 / resistance.0)
    }
}

impl Mul<Ohms> for Amperes {
    type Output = Volts;
    fn mul(self, resistance: Ohms) -> Volts {
        Volts(self.0 * resistance.0)
    }
}

impl Mul<Amperes> for Volts {
    type Output = Watts;
    fn mul(self, current: Amperes) -> Watts {
        Watts(self.0 * current.0)
    }
}

impl Mul<Seconds> for Watts {
    type Output = Joules;
    fn mul(self, span: Seconds) -> Joules {
        Joules(self.0 * span.0)
    }
}

impl AmpereHours {
    /// The same charge in coulombs.
    pub fn as_coulombs(self) -> Coulombs {
        Coulombs(self.0 * 3600.0)
    }
}
