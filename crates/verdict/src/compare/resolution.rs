//! What no reading and no check could tell apart: numbers that differ by less are the same.
//!
//! A share of the number, as far as the trace itself keeps a curve; of an instant a millionth, which is
//! below the sampling of every controller and above a nanosecond of every front end. Words are the same
//! where their numbers are and the rest is letter for letter.

use serde_json::Value;

/// Part of a number by which it may differ.
const SHARE: f64 = 1e-4;
/// What any number may differ by, in its unit.
const FLOOR: f64 = 1e-6;
/// What an energy may differ by, J: as far as the books need not close.
const ENERGY_FLOOR: f64 = 1e-3;
/// Part of an instant or a span, in seconds, by which it may differ …
const TIME_SHARE: f64 = 1e-6;
/// … and at least this, s.
const TIME_FLOOR: f64 = 1e-6;

/// Whether two values of a key cannot be distinguished.
pub(super) fn is_same(key: &str, accepted: Option<&Value>, new: Option<&Value>) -> bool {
    match (accepted, new) {
        // It restates the two numbers beside it, and is small where they are large.
        (Some(Value::Number(_)), Some(Value::Number(_))) if key == "margin" => true,
        (Some(Value::Number(accepted)), Some(Value::Number(new))) => {
            let numbers = accepted.as_f64().zip(new.as_f64());
            numbers.is_some_and(|(accepted, new)| is_same_number(unit(key), accepted, new))
        }
        (Some(Value::String(accepted)), Some(Value::String(new))) => is_same_text(accepted, new),
        (Some(Value::Array(accepted)), Some(Value::Array(new))) => {
            let mut pairs = accepted.iter().zip(new);
            accepted.len() == new.len()
                && pairs.all(|(one, two)| is_same(key, Some(one), Some(two)))
        }
        (accepted, new) => accepted == new,
    }
}

fn unit(key: &str) -> &str {
    key.rsplit_once('_').map_or("", |(_, unit)| unit)
}

fn is_same_number(unit: &str, accepted: f64, new: f64) -> bool {
    let (share, floor) = match unit {
        "s" => (TIME_SHARE, TIME_FLOOR),
        "j" | "J" => (SHARE, ENERGY_FLOOR),
        _ => (SHARE, FLOOR),
    };
    // A little more than the floor: the last of six decimals has an error of its own.
    (accepted - new).abs() <= (share * accepted.abs().max(new.abs())).max(floor * (1.0 + 1e-9))
}

fn is_same_text(accepted: &str, new: &str) -> bool {
    let (mut one, mut two) = (accepted, new);
    loop {
        let (words, words_too) = (until_number(one), until_number(two));
        if words != words_too {
            return false;
        }
        (one, two) = (&one[words.len()..], &two[words_too.len()..]);
        let (number, number_too) = (number(one), number(two));
        (one, two) = (&one[number.len()..], &two[number_too.len()..]);
        match (number.parse::<f64>(), number_too.parse::<f64>()) {
            (Ok(value), Ok(value_too)) => {
                let unit = one.strip_prefix(' ').unwrap_or(one);
                let unit = unit.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
                if number != number_too && !is_same_number(unit, value, value_too) {
                    return false;
                }
            }
            _ => return one == two && number == number_too,
        }
    }
}

fn until_number(text: &str) -> &str {
    &text[..text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len())]
}

/// Digits, a point and more digits, an exponent.
fn number(text: &str) -> &str {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut length = digits(text);
    if let Some(after) = text[length..].strip_prefix('.')
        && digits(after) > 0
    {
        length += 1 + digits(after);
    }
    if let Some(after) = text[length..].strip_prefix('e') {
        let sign = usize::from(after.starts_with(['-', '+']));
        let more = digits(&after[sign..]);
        if more > 0 {
            length += 1 + sign + more;
        }
    }
    &text[..length]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn same(key: &str, accepted: Value, new: Value) -> bool {
        let forwards = is_same(key, Some(&accepted), Some(&new));
        assert_eq!(forwards, is_same(key, Some(&new), Some(&accepted)), "either way round");
        forwards
    }

    #[test]
    fn numbers_differ_beyond_a_share_and_instants_beyond_a_smaller_one() {
        assert!(same("extreme", json!(757.123), json!(757.19)));
        assert!(!same("extreme", json!(757.123), json!(757.21)));
        assert!(same("lowest_rest_v", json!(0.000_000_1), json!(0.000_000_9)));
        assert!(!same("lowest_rest_v", json!(0.0001), json!(0.0002)));
        assert!(same("at_s", json!(1.000_204), json!(1.000_205)));
        assert!(!same("at_s", json!(1.000_204), json!(1.000_206)));
        assert!(same("at_s", json!(17727.251), json!(17727.262)));
        assert!(!same("at_s", json!(17727.251), json!(17727.27)));
        assert!(same("energy_j", json!(0.0), json!(0.001)));
        assert!(!same("energy_j", json!(0.0), json!(0.0011)));
        assert!(same("margin", json!(0.001), json!(0.002)));
    }

    #[test]
    fn words_are_the_same_where_their_numbers_are() {
        let of = |text: &str| json!(text);
        assert!(same(
            "actual",
            of("24.6383 A at worst at 100.0 s"),
            of("24.6384 A at worst at 100.0001 s")
        ));
        assert!(!same(
            "actual",
            of("24.6383 A at worst at 100.0 s"),
            of("24.65 A at worst at 100.0 s")
        ));
        assert!(!same("actual", of("1.0 A at 100.0 s"), of("1.0 A at 100.001 s")), "an instant");
        assert!(!same("actual", of("1.0 A at best"), of("1.0 A at worst")));
        assert!(!same("actual", of("open"), of("open 2")));
        assert!(!same("cause", of("inrush"), of("short")));
        assert!(!same("subject", of("sessy-1"), of("sessy-2")));
        assert!(!same("because", of("1e-5 A"), of("1e-3 A")));
        assert!(same("because", of("ends in 12"), of("ends in 12.0001")));
    }

    #[test]
    fn what_is_there_and_what_is_not_differ_always() {
        assert!(!is_same("at_s", Some(&json!(1.0)), None));
        assert!(!same("before", json!(["1 s a"]), json!(["1 s a", "2 s b"])));
        assert!(same("before", json!(["1.0 s a"]), json!(["1.000001 s a"])));
        assert!(!same("value", json!(null), json!(1.0)));
    }
}
