//! Units as DBC files write them, against the unit that a signal's name ends in.

use crate::unit::Unit;

/// Units as DBC files write them: spellings, the dimension, and factor and offset to its base unit.
struct Written {
    /// Short signs, whose case means something.
    signs: &'static [&'static str],
    /// Words, in small letters and without a dot behind them.
    words: &'static [&'static str],
    dimension: &'static str,
    factor: f64,
    offset: f64,
}

const fn unit(
    signs: &'static [&'static str],
    words: &'static [&'static str],
    dimension: &'static str,
    factor: f64,
) -> Written {
    Written { signs, words, dimension, factor, offset: 0.0 }
}

/// Every unit that is known.
const WRITTEN: &[Written] = &[
    unit(&["V"], &["v", "volt", "volts", "vdc", "vac", "v dc", "v ac"], "voltage", 1.0),
    unit(&["mV"], &["millivolt", "millivolts"], "voltage", 1e-3),
    unit(&["uV", "µV", "μV"], &["microvolt", "microvolts"], "voltage", 1e-6),
    unit(&["kV"], &["kilovolt", "kilovolts"], "voltage", 1e3),
    unit(&["A"], &["a", "amp", "amps", "ampere", "amperes", "adc", "a dc"], "current", 1.0),
    unit(&["mA"], &["milliamp", "milliamps", "milliampere", "milliamperes"], "current", 1e-3),
    unit(&["kA"], &["kiloamp", "kiloamps"], "current", 1e3),
    unit(&["°C", "℃", "ºC", "C"], CELSIUS, "temperature", 1.0),
    Written {
        signs: &["K"],
        words: &["kelvin", "deg k", "degk"],
        dimension: "temperature",
        factor: 1.0,
        offset: -273.15,
    },
    Written {
        signs: &["°F", "℉", "ºF", "F"],
        words: &["fahrenheit", "degf", "deg f", "degree f", "degrees f", "deg fahrenheit"],
        dimension: "temperature",
        factor: 5.0 / 9.0,
        offset: -160.0 / 9.0,
    },
    unit(&["C"], &["coulomb", "coulombs", "as", "ampere second", "amp seconds"], CHARGE, 1.0),
    unit(&["Ah", "AH"], AMPERE_HOURS, CHARGE, 3600.0),
    unit(&["mAh", "mAhr"], &["milliamp hours", "milliamp-hours", "milliampere hours"], CHARGE, 3.6),
    unit(&["%"], &["percent", "pct", "per cent", "percentage", "%soc", "% soc"], "share", 1e-2),
    unit(&["‰"], &["permille", "per mille", "promille"], "share", 1e-3),
    unit(&["W"], &["w", "watt", "watts"], "power", 1.0),
    unit(&["mW"], &["milliwatt", "milliwatts"], "power", 1e-3),
    unit(&["kW", "KW"], &["kilowatt", "kilowatts"], "power", 1e3),
    unit(&["MW"], &["megawatt", "megawatts"], "power", 1e6),
    unit(&["VA"], &["va", "volt amps", "volt-amps", "voltampere"], "apparent power", 1.0),
    unit(&["kVA", "KVA"], &["kilovolt amps"], "apparent power", 1e3),
    unit(&["Hz"], &["hz", "hertz"], "frequency", 1.0),
    unit(&["kHz"], &["kilohertz"], "frequency", 1e3),
    unit(&["s"], &["sec", "secs", "second", "seconds"], "time", 1.0),
    unit(&["ms"], &["msec", "msecs", "millisecond", "milliseconds"], "time", 1e-3),
    unit(&["us", "µs", "μs"], &["usec", "microsecond", "microseconds"], "time", 1e-6),
    unit(&["ns"], &["nsec", "nanosecond", "nanoseconds"], "time", 1e-9),
    unit(&["min"], &["mins", "minute", "minutes"], "time", 60.0),
    unit(&["h"], &["hr", "hrs", "hour", "hours"], "time", 3600.0),
];

const CELSIUS: &[&str] = &[
    "celsius",
    "degc",
    "deg c",
    "deg_c",
    "deg celsius",
    "degree c",
    "degrees c",
    "degree celsius",
    "degrees celsius",
    "cel",
    "grad c",
    "° c",
];
const AMPERE_HOURS: &[&str] = &[
    "ah",
    "ahr",
    "ahrs",
    "a h",
    "a.h",
    "a*h",
    "amp hour",
    "amp hours",
    "amp-hour",
    "amp-hours",
    "amphours",
    "ampere hour",
    "ampere hours",
    "ampere-hours",
    "amp hr",
    "amphr",
];
/// Of what counts something or is a state.
const NONE: &[&str] = &[
    "", "-", "--", "1", "bit", "bits", "bool", "boolean", "count", "counts", "enum", "n/a", "na",
    "none", "state", "unitless",
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

/// Factor and offset from one of the DBC file's units to that of a name; `None` when it measures something
/// else, or is no unit that is known. Several spellings of one word differ in case, or in brackets and a dot
/// around it.
pub(crate) fn conversion(name: &str, written: &str) -> Option<(f64, f64)> {
    let brackets = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | '.');
    let sign = written.trim_matches(brackets);
    let word = sign.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let Some((dimension, _, factor)) = quantity(name) else {
        return NONE.contains(&&*word).then_some((1.0, 0.0));
    };
    let of_it = || WRITTEN.iter().filter(|unit| unit.dimension == dimension);
    let known = of_it()
        .find(|unit| unit.signs.contains(&sign))
        .or_else(|| of_it().find(|unit| unit.words.contains(&&*word)))?;
    Some((known.factor / factor, known.offset / factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_converted_and_other_dimensions_are_refused() {
        let scale = |name: &str, written: &str| conversion(name, written).map(|(factor, _)| factor);
        assert_eq!(scale("pack_voltage_v", "mV"), Some(1e-3));
        assert_eq!(scale("scd_delay_us", "ms"), Some(1e-3 / 1e-6));
        assert_eq!(scale("soc_pct", "%"), Some(1.0));
        assert_eq!(scale("pack_voltage_v", "A"), None);
        assert_eq!(scale("pack_voltage_v", ""), None);
        // Case is all that tells these two apart.
        assert_eq!(scale("power_w", "mW"), Some(1e-3));
        assert_eq!(scale("power_w", "MW"), Some(1e6));
        assert_eq!(scale("pack_voltage_v", "MV"), None);
    }

    #[test]
    fn a_c_is_a_coulomb_of_charge_and_a_degree_of_temperature() {
        assert_eq!(conversion("passed_charge_c", "C"), Some((1.0, 0.0)));
        assert_eq!(conversion("passed_charge_c", "Ah"), Some((3600.0, 0.0)));
        assert_eq!(conversion("pack_temperature_c", "degC"), Some((1.0, 0.0)));
        assert_eq!(conversion("pack_temperature_c", "Ah"), None);
    }

    #[test]
    fn a_state_has_no_unit() {
        assert_eq!(conversion("main_switch", "bool"), Some((1.0, 0.0)));
        assert_eq!(conversion("main_switch", "V"), None);
    }

    #[test]
    fn units_are_known_as_exporters_spell_them() {
        for (name, spellings) in [
            ("pack_voltage_v", &["Volts", "volt", "[V]", "VDC", " V "][..]),
            ("pack_current_a", &["Amps", "AMPS", "Ampere", "amp."]),
            ("pack_temperature_c", &["Celsius", "℃", "°C", "Cel"]),
            ("pack_temperature_c", &["Deg C", "degC", "Degrees  C"]),
            ("soc_pct", &["Percent", "pct", "% SOC"]),
        ] {
            for written in spellings {
                assert_eq!(conversion(name, written), Some((1.0, 0.0)), "{written}");
            }
        }
        for written in ["Ahr", "Amp Hours", "AH", "ah", "Amp-Hours"] {
            assert_eq!(conversion("passed_charge_c", written), Some((3600.0, 0.0)), "{written}");
        }
    }

    #[test]
    fn temperatures_of_other_scales_have_an_offset() {
        let celsius = |written: &str, value: f64| {
            let (factor, offset) = conversion("pack_temperature_c", written).unwrap();
            value * factor + offset
        };
        assert!((celsius("K", 300.0) - 26.85).abs() < 1e-9);
        assert!((celsius("Fahrenheit", 77.0) - 25.0).abs() < 1e-9);
        assert!((celsius("°F", 32.0)).abs() < 1e-9);
    }
}
