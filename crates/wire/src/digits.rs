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

/// `seconds.fraction` with 1 … 9 decimals, exact.
pub(crate) fn seconds(text: &[u8]) -> Option<SimTime> {
    let point = text.iter().position(|&byte| byte == b'.')?;
    let (whole, fraction) = (&text[..point], &text[point + 1..]);
    let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
        return None;
    }
    let value = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u64>().ok();
    let unit = (fraction.len()..9).fold(1, |unit, _| unit * 10);
    let nanos = value(fraction)? * unit;
    Some(SimTime::from_nanos(value(whole)?.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos)?))
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
        for text in ["1.", ".5", "1", "1.0000000001", "99999999999.0", "1.-1", "1e3.0"] {
            assert_eq!(seconds(text.as_bytes()), None, "{text}");
        }
    }
}
