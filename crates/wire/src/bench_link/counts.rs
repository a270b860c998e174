//! Values as the whole numbers that travel.

use blackstart_roles::{Pin, PinForm, PinRange};
use thiserror::Error;

/// Largest power of ten, either way, that a count may be.
pub const MAX_EXPONENT: u8 = 9;

const POWERS: [f64; MAX_EXPONENT as usize + 1] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// A value that its pin cannot express.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("`{name}` cannot be {value}: {reason}")]
pub struct PinRangeError {
    /// The pin.
    pub name: String,
    /// The value, in the pin's unit.
    pub value: f64,
    /// What it should be.
    pub reason: &'static str,
}

/// The counts that come nearest to a value in the pin's unit.
///
/// # Errors
/// If the value is no number, or does not fit 32 bits.
pub fn to_counts(pin: &Pin, value: f64) -> Result<i32, PinRangeError> {
    let scaled = match pin.form {
        PinForm::Quantity { exponent: power @ ..=0 } => value * ten_to(power),
        PinForm::Quantity { exponent } => value / ten_to(exponent),
        _ => value,
    };
    let rounded = scaled.round();
    if !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&rounded) {
        let (name, reason) = (pin.name.clone(), "it does not fit 32 bits");
        return Err(PinRangeError { name, value, reason });
    }
    Ok(rounded as i32)
}

/// The value, in the pin's unit, of so many counts.
pub fn from_counts(pin: &Pin, counts: i32) -> f64 {
    match pin.form {
        // Division rounds once; multiplying by 0.0001 would round twice.
        PinForm::Quantity { exponent: power @ ..=0 } => f64::from(counts) / ten_to(power),
        PinForm::Quantity { exponent } => f64::from(counts) * ten_to(exponent),
        _ => f64::from(counts),
    }
}

/// Ten to the size of a power, whichever its sign.
fn ten_to(power: i8) -> f64 {
    POWERS[usize::from(power.unsigned_abs().min(MAX_EXPONENT))]
}

/// Whether a pin with so many states can have so many counts.
pub(super) fn is_possible(pin: &Pin, states: usize, counts: i32) -> bool {
    match pin.form {
        PinForm::States(_) | PinForm::Alarms => {
            usize::try_from(counts).is_ok_and(|index| index < states)
        }
        PinForm::Number | PinForm::Bits(_) => counts >= 0,
        // It takes transfers.
        PinForm::Bus => false,
        PinForm::Quantity { .. } => counts >= 0 || pin.range != PinRange::NotNegative,
    }
}

/// How many states a form states itself.
pub(super) fn own_states(form: &PinForm) -> usize {
    match form {
        PinForm::States(names) => names.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_roles::Direction;
    use proptest::prelude::*;

    fn quantity(exponent: i8) -> Pin {
        Pin::new(Direction::Reading, "x_a", PinForm::Quantity { exponent }, PinRange::Any, "")
    }

    #[test]
    fn what_cannot_be_expressed_is_refused() {
        let current = quantity(-3);
        assert_eq!(to_counts(&current, 1300.1405), Ok(1_300_141));
        for value in [f64::NAN, f64::INFINITY, 2_147_483.648, -1e300] {
            assert!(to_counts(&current, value).is_err(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn counts_survive_the_way_there_and_back(exponent in -9i8..=9, counts: i32) {
            let pin = quantity(exponent);
            prop_assert_eq!(to_counts(&pin, from_counts(&pin, counts)), Ok(counts));
        }

        #[test]
        fn rounding_is_never_off_by_more_than_half_a_count(volts in 0.0f64..100.0) {
            let pin = quantity(-4);
            let back = from_counts(&pin, to_counts(&pin, volts).unwrap());
            prop_assert!((back - volts).abs() <= 0.000_050_001);
        }
    }
}
