//! Numbers as a person reads them: four digits, and spans in the unit that suits them.

/// A value with four significant digits, without an exponent from a billionth to a billion.
pub(crate) fn figures(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_owned() } else { "not finite".to_owned() };
    }
    // The decimal text is the one rounding that does not depend on the magnitude.
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    format!("{rounded}")
}

/// `23.1 V`.
pub(crate) fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "s" => span(value),
        _ => format!("{} {unit}", figures(value)).trim_end().to_owned(),
    }
}

/// Seconds in words: `204 µs`, `12 ms`, `8.5 s`, `34 min`, `6 h 17 min`, `4 d 3 h`.
pub fn span(seconds: f64) -> String {
    let size = seconds.abs();
    let sign = if seconds < 0.0 { "-" } else { "" };
    // Of two units the smaller is rounded first, so that it never comes to a whole one of the larger.
    let pair = |small: f64, of: u64, names: (&str, &str)| {
        let count = (size / small).round() as u64;
        match (count / of, count % of) {
            (large, 0) => format!("{sign}{large} {}", names.0),
            (large, rest) => format!("{sign}{large} {} {rest} {}", names.0, names.1),
        }
    };
    match size {
        0.0 => "0 s".to_owned(),
        _ if size < 1e-6 => format!("{} ns", figures(seconds * 1e9)),
        _ if size < 1e-3 => format!("{} µs", figures(seconds * 1e6)),
        _ if size < 1.0 => format!("{} ms", figures(seconds * 1e3)),
        _ if size < 120.0 => format!("{} s", figures(seconds)),
        _ if size < 3600.0 => pair(1.0, 60, ("min", "s")),
        _ if size < 172_800.0 => pair(60.0, 60, ("h", "min")),
        _ => pair(3600.0, 24, ("d", "h")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_the_unit_that_suits_it_and_never_sixty_of_the_smaller() {
        let cases = [
            (0.0, "0 s"),
            (2.04e-4, "204 µs"),
            (0.0102, "10.2 ms"),
            (8.5, "8.5 s"),
            (119.9999, "120 s"),
            (1800.0, "30 min"),
            (1801.4, "30 min 1 s"),
            (22_633.275, "6 h 17 min"),
            (10_799.0, "3 h"),
            (7140.0, "1 h 59 min"),
            (604_800.0, "7 d"),
            (356_400.0, "4 d 3 h"),
            (-1801.0, "-30 min 1 s"),
        ];
        for (seconds, said) in cases {
            assert_eq!(span(seconds), said);
        }
    }

    #[test]
    fn four_digits_are_kept_and_no_exponent_is_shown() {
        assert_eq!(figures(642.364), "642.4");
        assert_eq!(figures(-0.000_123_456), "-0.0001235");
        assert_eq!(figures(18_106_600.0), "18110000");
        assert_eq!(with_unit(49.0, "V"), "49 V");
        assert_eq!(with_unit(3.0, ""), "3");
    }
}
