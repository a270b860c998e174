//! Numbers, spans and names as people write them.

use blackstart_units::SimTime;

/// Three significant digits, no needless zeros: `757`, `12.3`, `0.31`, `1200`.
pub(crate) fn significant(value: f64) -> String {
    if !value.is_finite() {
        return "?".to_owned();
    }
    let magnitude = value.abs();
    let decimals = if magnitude >= 100.0 {
        0
    } else if magnitude >= 10.0 {
        1
    } else if magnitude >= 1.0 {
        2
    } else if magnitude > 1e-9 {
        2 - libm::floor(libm::log10(magnitude)) as i32
    } else {
        0
    };
    trim(fixed(value, decimals as usize))
}

/// This many decimals, never a negative zero.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}

/// A voltage to the millivolt: of a cell, tens of them matter.
pub(crate) fn millivolts(value: f64) -> String {
    if value.is_finite() { trim(fixed(value, 3)) } else { "?".to_owned() }
}

/// Without zeros at the end of the decimals.
fn trim(text: String) -> String {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A span in the unit that suits it: `200 µs`, `10 ms`, `9.97 h`.
pub(crate) fn span(span: SimTime) -> String {
    const UNITS: [(f64, &str); 6] =
        [(172_800.0, "d"), (7200.0, "h"), (120.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")];
    let seconds = span.as_seconds();
    let (_, unit) = UNITS.into_iter().find(|&(least, _)| seconds >= least).unwrap_or((0.0, "ns"));
    let per_second = match unit {
        "d" => 86_400.0,
        "h" => 3600.0,
        "min" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" => 1e-6,
        _ => 1e-9,
    };
    format!("{} {unit}", significant(seconds / per_second))
}

/// `sessy-1.main_switch` as `sessy-1 main switch`, `sessy-1.port_voltage_v` as `sessy-1 port`:
/// the panel already says the quantity.
pub(crate) fn signal(name: &str, unit: &str) -> String {
    let name = name.strip_suffix(unit).unwrap_or(name).trim_end_matches('_');
    let (instance, rest) = name.rsplit_once('.').unwrap_or(("", name));
    let instance = instance.replace(".claim", " claims");
    let words = rest.replace('_', " ");
    let words = ["voltage", "current", "power"]
        .into_iter()
        .find_map(|quantity| words.strip_suffix(quantity))
        .map_or(words.as_str(), str::trim_end);
    printable(format!("{instance} {words}").trim())
}

/// Without control characters: texts come from files and from devices under test.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_significant_digits_and_no_needless_zeros() {
        let values = [757.42, 1200.4, 12.34, 50.0, 0.3104, 0.000_2, 0.0, -0.0, f64::NAN];
        let texts = values.map(significant);
        assert_eq!(texts, ["757", "1200", "12.3", "50", "0.31", "0.0002", "0", "0", "?"]);
        assert_eq!(fixed(-0.001, 1), "0.0");
    }

    #[test]
    fn spans_take_the_unit_that_suits_them() {
        let spans = [250, 200_000, 10_000_000, 2_000_000_000, 35_900_000_000_000];
        let texts = spans.map(|nanos| span(SimTime::from_nanos(nanos)));
        assert_eq!(texts, ["250 ns", "200 µs", "10 ms", "2 s", "9.97 h"]);
    }

    #[test]
    fn a_signal_is_named_without_unit_and_without_what_its_panel_says() {
        assert_eq!(signal("sessy-1.port_voltage_v", "v"), "sessy-1 port");
        assert_eq!(signal("inverter-1.dc_current_a", "a"), "inverter-1 dc");
        assert_eq!(signal("fuse-1.current_a", "a"), "fuse-1");
        assert_eq!(signal("sessy-1.main_switch", ""), "sessy-1 main switch");
        assert_eq!(signal("sessy-1.bms.claim.state", ""), "sessy-1.bms claims state");
    }
}
