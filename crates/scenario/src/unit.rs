//! Units as they stand at the end of a key, and their conversion to the SI base: the only place
//! where a prefix is turned into a factor.

use blackstart_units::{
    AmpereHours, Amperes, Farads, Fraction, Henries, Joules, Ohms, Seconds, SimTime, Volts, Watts,
};

/// Suffix, factor to the base unit, name for people, dimension. Longer suffixes first, where one
/// ends in another.
const UNITS: &[(&str, f64, &str, &str)] = &[
    ("_kj_per_k", 1e3, "kJ/K", "heat capacity"),
    ("_k_per_w", 1.0, "K/W", "thermal resistance"),
    ("_ohm_mm2_per_m", 1.0, "Ω·mm²/m", "resistivity"),
    ("_uh_per_m", 1e-6, "µH/m", "inductance per length"),
    ("_pct_per_30d", 1e-2, "% in 30 days", "share per month"),
    ("_kohm", 1e3, "kΩ", "resistance"),
    ("_mohm", 1e-3, "mΩ", "resistance"),
    ("_ohm", 1.0, "Ω", "resistance"),
    ("_mm2", 1.0, "mm²", "area"),
    ("_pct", 1e-2, "%", "share"),
    ("_ah", 1.0, "Ah", "charge"),
    ("_hz", 1.0, "Hz", "frequency"),
    ("_va", 1.0, "VA", "apparent power"),
    ("_ma", 1e-3, "mA", "current"),
    ("_mf", 1e-3, "mF", "capacitance"),
    ("_uf", 1e-6, "µF", "capacitance"),
    ("_ms", 1e-3, "ms", "time"),
    ("_mv", 1e-3, "mV", "voltage"),
    ("_uh", 1e-6, "µH", "inductance"),
    ("_mh", 1e-3, "mH", "inductance"),
    ("_us", 1e-6, "µs", "time"),
    ("_ns", 1e-9, "ns", "time"),
    ("_kwh", 1e3, "kWh", "energy"),
    ("_kw", 1e3, "kW", "power"),
    ("_kv", 1e3, "kV", "voltage"),
    ("_a", 1.0, "A", "current"),
    ("_c", 1.0, "°C", "temperature"),
    ("_f", 1.0, "F", "capacitance"),
    ("_h", 1.0, "H", "inductance"),
    ("_j", 1.0, "J", "energy"),
    ("_k", 1.0, "K", "temperature difference"),
    ("_m", 1.0, "m", "length"),
    ("_s", 1.0, "s", "time"),
    ("_v", 1.0, "V", "voltage"),
    ("_w", 1.0, "W", "power"),
];

/// The unit that a key ends in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// The ending, with its underscore.
    pub suffix: &'static str,
    /// Times this gives the base unit.
    pub factor: f64,
    /// As people write it.
    pub name: &'static str,
    /// What it measures: two units of one dimension can be converted.
    pub dimension: &'static str,
}

impl Unit {
    /// The unit of a key; `None` for a plain number (`cell_count`).
    pub fn of_key(key: &str) -> Option<Self> {
        let &(suffix, factor, name, dimension) =
            UNITS.iter().find(|(suffix, ..)| key.ends_with(suffix))?;
        Some(Self { suffix, factor, name, dimension })
    }
}

/// Key without its unit: `input_capacitance` of `input_capacitance_mf`.
pub fn stem(key: &str) -> &str {
    Unit::of_key(key).and_then(|unit| key.strip_suffix(unit.suffix)).unwrap_or(key)
}

/// A value in the base unit of its key, ready to become a typed quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amount(f64);

impl Amount {
    /// From a value in the unit of its key.
    pub fn new(key: &str, value: f64) -> Self {
        Self(value * Unit::of_key(key).map_or(1.0, |unit| unit.factor))
    }
    /// As a current.
    pub fn amperes(self) -> Amperes {
        Amperes(self.0)
    }
    /// As a voltage.
    pub fn volts(self) -> Volts {
        Volts(self.0)
    }
    /// As a resistance.
    pub fn ohms(self) -> Ohms {
        Ohms(self.0)
    }
    /// As a power.
    pub fn watts(self) -> Watts {
        Watts(self.0)
    }
    /// As an energy.
    pub fn joules(self) -> Joules {
        Joules(self.0)
    }
    /// As a capacitance.
    pub fn farads(self) -> Farads {
        Farads(self.0)
    }
    /// As an inductance.
    pub fn henries(self) -> Henries {
        Henries(self.0)
    }
    /// As a time.
    pub fn seconds(self) -> Seconds {
        Seconds(self.0)
    }
    /// As a time in whole nanoseconds.
    pub fn time(self) -> SimTime {
        SimTime::from_seconds(self.0)
    }
    /// As a charge.
    pub fn ampere_hours(self) -> AmpereHours {
        AmpereHours(self.0)
    }
    /// As a share.
    pub fn fraction(self) -> Fraction {
        Fraction(self.0)
    }
    /// A quantity without a type of its own (area, length), or a plain number.
    pub fn plain(self) -> f64 {
        self.0
    }
    /// A whole number, which the range check has made sure of.
    pub fn count(self) -> usize {
        self.0 as usize
    }
    /// A yes or no that is written as 1 or 0.
    pub fn is_yes(self) -> bool {
        self.0 > 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_suffix_decides() {
        let unit = |key| Unit::of_key(key).map(|unit| unit.suffix);
        assert_eq!(unit("path_resistance_mohm"), Some("_mohm"));
        assert_eq!(unit("precharge_resistance_ohm"), Some("_ohm"));
        assert_eq!(unit("scd_delay_us"), Some("_us"));
        assert_eq!(unit("self_discharge_pct_per_30d"), Some("_pct_per_30d"));
        assert_eq!(unit("cell_count"), None);
        assert_eq!(stem("input_capacitance_mf"), "input_capacitance");
    }

    #[test]
    fn prefixes_become_factors() {
        assert_eq!(Amount::new("input_capacitance_mf", 3.0).farads().0, 0.003);
        assert_eq!(Amount::new("scd_delay_us", 200.0).time(), SimTime::from_micros(200));
        assert_eq!(Amount::new("precharge_tries", 3.0).count(), 3);
    }
}
