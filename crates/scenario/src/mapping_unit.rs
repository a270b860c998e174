//! Units as DBC files write them, against the unit that a signal's name ends in.

use crate::unit::Unit;

/// How a DBC file writes a unit, the dimension, and its factor to the unit that names end in.
const WRITTEN: &[(&str, &str, f64)] = &[
    ("V", "voltage", 1.0),
    ("mV", "voltage", 1e-3),
    ("kV", "voltage", 1e3),
    ("A", "current", 1.0),
    ("mA", "current", 1e-3),
    ("°C", "temperature", 1.0),
    ("degC", "temperature", 1.0),
    ("deg C", "temperature", 1.0),
    ("C", "temperature", 1.0),
    ("Cel", "temperature", 1.0),
    ("C", CHARGE, 1.0),
    ("As", CHARGE, 1.0),
    ("Ah", CHARGE, 3600.0),
    ("mAh", CHARGE, 3.6),
    ("%", "share", 1e-2),
    ("W", "power", 1.0),
    ("kW", "power", 1e3),
    ("VA", "apparent power", 1.0),
    ("Hz", "frequency", 1.0),
    ("s", "time", 1.0),
    ("ms", "time", 1e-3),
    ("us", "time", 1e-6),
    ("µs", "time", 1e-6),
];

/// Charge in coulombs, which only readings have.
const CHARGE: &str = "charge passed";

/// What a signal's name says of its quantity: dimension, unit for people, and the factor of that unit.
/// `None` of a state or a plain number.
pub(crate) fn quantity(name: &str) -> Option<(&'static str, &'static str, f64)> {
    if name.ends_with("charge_c") {
        return Some((CHARGE, "C", 1.0));
    }
    Unit::of_key(name).map(|unit| (unit.dimension, unit.name, unit.factor))
}

/// Whether the sign of a quantity is a convention that a mapping must state.
pub(crate) fn has_direction(dimension: &str) -> bool {
    matches!(dimension, "current" | CHARGE)
}

/// What one of the DBC file's units is in the unit of a name; `None` when it measures something else, or
/// is no unit that is known.
pub(crate) fn scale(name: &str, written: &str) -> Option<f64> {
    let written = written.trim();
    match quantity(name) {
        None => matches!(written, "" | "-" | "1" | "bit" | "count" | "counts").then_some(1.0),
        Some((dimension, _, factor)) => {
            let known = WRITTEN.iter().find(|(text, of, _)| *text == written && *of == dimension);
            known.map(|&(_, _, from)| from / factor)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_converted_and_other_dimensions_are_refused() {
        assert_eq!(scale("pack_voltage_v", "mV"), Some(1e-3));
        assert_eq!(scale("scd_delay_us", "ms"), Some(1e-3 / 1e-6));
        assert_eq!(scale("soc_pct", "%"), Some(1.0));
        assert_eq!(scale("pack_voltage_v", "A"), None);
        assert_eq!(scale("pack_voltage_v", ""), None);
    }

    #[test]
    fn a_c_is_a_coulomb_of_charge_and_a_degree_of_temperature() {
        assert_eq!(scale("passed_charge_c", "C"), Some(1.0));
        assert_eq!(scale("passed_charge_c", "Ah"), Some(3600.0));
        assert_eq!(scale("pack_temperature_c", "degC"), Some(1.0));
        assert_eq!(scale("pack_temperature_c", "Ah"), None);
    }

    #[test]
    fn a_state_has_no_unit() {
        assert_eq!(scale("main_switch", ""), Some(1.0));
        assert_eq!(scale("main_switch", "V"), None);
    }
}
