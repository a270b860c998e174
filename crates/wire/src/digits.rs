//! Numbers as the line protocols write them: ASCII digits, nothing before and nothing behind.

use blackstart_units::SimTime;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// The value of 1 … 8 hexadecimal digits of either case.
pub(crate) fn hex(text: &[u8]) -> Option<u32> {
    in_base(text, 16, 8)
}

/// The value of 1 … 9 decimal digits.
pub(crate) fn decimal(text: &[u8]) -> Option<u32> {
    in_base(text, 10, 9)
}

fn in_base(text: &[u8], base: u32, most: usize) -> Option<u32> {
    if text.is_empty() || text.len() > most {
        return None;
    }
    text.iter().try_fold(0, |value, &byte| Some(value * base + char::from(byte).to_digit(base)?))
}

/// Pairs of hexadecimal digits into the front of `out`; how many bytes they were. `None` when a digit
/// is none, a pair is half, or `out` is too short.
pub(crate) fn hex_bytes(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() > out.len() {
        return None;
    }
    for (slot, pair) in out.iter_mut().zip(pairs) {
        *slot = u8::try_from(hex(pair)?).ok()?;
    }
    Some(pairs.len())
}

/// Appends the lowest `digits` hexadecimal digits of a number, upper case.
pub(crate) fn append_hex(value: u32, digits: u32, out: &mut Vec<u8>) {
    out.extend((0..digits).rev().map(|at| DIGITS[(value >> (4 * at) & 0xF) as usize]));
}

/// Appends two upper-case digits for each byte.
pub(crate) fn append_hex_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    bytes.iter().for_each(|&byte| append_hex(byte.into(), 2, out));
}

/// `seconds.fraction` with up to 9 decimals, or whole seconds; exact.
pub(crate) fn seconds(text: &[u8]) -> Option<SimTime> {
    in_units(text, 9)
}

/// The same in milliseconds, with up to 6 decimals.
pub(crate) fn millis(text: &[u8]) -> Option<SimTime> {
    in_units(text, 6)
}

/// The same in microseconds, with up to 3 decimals.
pub(crate) fn micros(text: &[u8]) -> Option<SimTime> {
    in_units(text, 3)
}

/// A decimal number of a unit that is 10 to the `places` nanoseconds, with up to so many decimals.
fn in_units(text: &[u8], places: usize) -> Option<SimTime> {
    let point = text.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = match point {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if !is_number(whole) || !is_number(fraction) || fraction.len() > places {
        return None;
    }
    let value = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u64>().ok();
    let power = |places: usize| (0..places).fold(1u64, |unit, _| unit * 10);
    let nanos = value(fraction)? * power(places - fraction.len());
    Some(SimTime::from_nanos(value(whole)?.checked_mul(power(places))?.checked_add(nanos)?))
}

/// `2023-11-14` and `22:13:20.000000`, since 1970.
pub(crate) fn date_time(date: &[u8], time: &[u8]) -> Option<SimTime> {
    let part = |text: &[u8], range: std::ops::Range<usize>| text.get(range).and_then(decimal);
    let is_form = date.len() == 10
        && (date[4], date[7]) == (b'-', b'-')
        && time.get(2) == Some(&b':')
        && time.get(5) == Some(&b':');
    if !is_form {
        return None;
    }
    let days = days_since_1970(part(date, 0..4)?, part(date, 5..7)?, part(date, 8..10)?)?;
    let (hours, minutes) = (part(time, 0..2)?, part(time, 3..5)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let whole = u64::from(days) * 86_400 + u64::from(hours) * 3_600 + u64::from(minutes) * 60;
    Some(SimTime::from_whole_seconds(whole) + seconds(&time[6..])?)
}

/// Days of the calendar that most of the world has; `None` before 1970, and of a day that is none.
pub(crate) fn days_since_1970(year: u32, month: u32, day: u32) -> Option<u32> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have their odd day last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    days.checked_sub(719_468)
}

/// Seconds with six decimals, the rest cut off: no reader of these logs expects more.
pub(crate) fn seconds_text(at: SimTime) -> String {
    let nanos = at.as_nanos();
    format!("{}.{:06}", nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_spaces_and_too_many_digits_are_no_number() {
        for text in ["", "+1", "-1", " 1", "1 ", "0x1", "123456789"] {
            assert_eq!(hex(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(hex(b"fFfFffFF"), Some(u32::MAX));
        assert_eq!(decimal(b"999999999"), Some(999_999_999));
    }

    #[test]
    fn a_stamp_is_exact_and_one_beyond_the_clock_is_refused() {
        let at = SimTime::from_nanos(1_436_509_052_249_713_000);
        assert_eq!(seconds(b"1436509052.249713"), Some(at));
        assert_eq!(seconds_text(at), "1436509052.249713");
        assert_eq!(seconds(b"1"), Some(SimTime::from_whole_seconds(1)));
        for text in ["", "1.", ".5", "1.0000000001", "99999999999.0", "1.-1", "1e3.0"] {
            assert_eq!(seconds(text.as_bytes()), None, "{text}");
        }
        assert_eq!(millis(b"1841.5"), Some(SimTime::from_micros(1_841_500)));
        assert_eq!(micros(b"7.125"), Some(SimTime::from_nanos(7_125)));
        assert_eq!((millis(b"0.0000001"), micros(b"0.0001")), (None, None));
    }

    #[test]
    fn a_date_counts_from_1970() {
        let at = |date: &str, time: &str| date_time(date.as_bytes(), time.as_bytes());
        let seconds = SimTime::from_whole_seconds;
        assert_eq!(at("1970-01-01", "00:00:00"), Some(SimTime::ZERO));
        assert_eq!(at("2023-11-14", "22:13:20.000000"), Some(seconds(1_700_000_000)));
        assert_eq!(at("2024-02-29", "00:00:01"), Some(seconds(1_709_164_801)));
        for (date, time) in
            [("1969-12-31", "00:00:00"), ("2024-13-01", "00:00:00"), ("2024-01-01", "24:00:00")]
        {
            assert_eq!(at(date, time), None, "{date} {time}");
        }
    }
}
