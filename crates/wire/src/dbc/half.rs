//! IEEE 754 numbers of 16 bits, which the language has no type for.

/// The greatest one.
pub(super) const MAX: f64 = 65_504.0;
/// Bits of the fraction.
const FRACTION: u32 = 10;
/// Exponent of the least number that has the leading one.
const LEAST_EXPONENT: i32 = -14;

/// The number that 16 bits are, exact.
pub(super) fn decode(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (bits >> FRACTION & 0x1F, bits & 0x3FF);
    sign * match (exponent, fraction) {
        (0x1F, 0) => f64::INFINITY,
        (0x1F, _) => f64::NAN,
        (0, fraction) => f64::from(fraction) * two_to(LEAST_EXPONENT - FRACTION as i32),
        (exponent, fraction) => {
            f64::from(fraction | 1 << FRACTION) * two_to(i32::from(exponent) - 15 - FRACTION as i32)
        }
    }
}

/// The nearest number of 16 bits, the even one of two; beyond the greatest, infinity.
pub(super) fn encode(value: f64) -> u16 {
    let sign = if value.is_sign_negative() { 1 << 15 } else { 0 };
    let size = value.abs();
    if value.is_nan() {
        return sign | 0x7E00;
    }
    let exponent = (size.to_bits() >> 52) as i32 - 1023;
    let exponent = exponent.clamp(LEAST_EXPONENT, 16);
    // In units of the last bit: what rounds up to the next exponent carries into it by itself.
    let units = (size / two_to(exponent - FRACTION as i32)).round_ties_even();
    let biased = f64::from(exponent - LEAST_EXPONENT) * 1024.0;
    // Infinity is what lies above the greatest.
    sign | (biased + units).min(f64::from(0x7C00u16)) as u16
}

/// A power of two that `f64` has exactly.
fn two_to(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_is_itself_and_what_lies_between_goes_to_the_nearest() {
        for bits in 0..=u16::MAX {
            let value = decode(bits);
            if value.is_nan() {
                assert!(decode(encode(value)).is_nan());
            } else {
                assert_eq!(encode(value), bits, "{value}");
            }
        }
        assert_eq!(
            (decode(0x3C00), decode(0x7BFF), decode(0x0001)),
            (1.0, MAX, 5.960464477539063e-8)
        );
        assert_eq!((encode(1.0 + 1.0 / 2048.0), encode(1.0 + 3.0 / 2048.0)), (0x3C00, 0x3C02));
        assert_eq!((encode(2047.9), encode(65_519.9), encode(65_520.0)), (0x6800, 0x7BFF, 0x7C00));
        assert_eq!((encode(-1e300), encode(1e-300), encode(-0.0)), (0xFC00, 0, 0x8000));
    }
}
