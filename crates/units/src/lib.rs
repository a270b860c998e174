//! Physical quantities as newtypes, and exact integer simulation time.
//!
//! Every quantity is an `f64` in its SI base unit (or the unit that its name says); `.0` opens it.
//! The types exist so that the compiler reports a mistake as ``expected `Volts`, found `Amperes` ``;
//! they deliberately carry only the arithmetic that the field uses.

mod quantity;
mod time;

pub use quantity::{
    AmpereHours, AmpereSquaredSeconds, Amperes, Celsius, Coulombs, Farads, Fraction, Henries,
    Joules, Ohms, Seconds, Siemens, Volts, Watts,
};
pub use time::SimTime;
