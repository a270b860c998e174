//! CRC-16 with the CCITT polynomial: x¹⁶ + x¹² + x⁵ + 1, most significant bit first, started at
//! 0xFFFF, result not inverted (catalogued as CRC-16/IBM-3740).
//!
//! Bit by bit: a frame has at most nine bytes, and a microcontroller needs no table for the same code.

const POLYNOMIAL: u16 = 0x1021;

/// Checksum of these bytes.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ POLYNOMIAL }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_check_value_holds() {
        assert_eq!(crc16(b"123456789"), 0x29B1);
    }
}
