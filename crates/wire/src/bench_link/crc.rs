//! CRC-16 with the CCITT polynomial: x¹⁶ + x¹² + x⁵ + 1, most significant bit first, started at
//! 0xFFFF, result not inverted (catalogued as CRC-16/IBM-3740).
//!
//! A byte at a time without a table, so that a microcontroller can do the same: the eight bits that leave
//! the register fold back at the polynomial's three lower terms, and what the term x¹² pushes out of the
//! register again folds back with them.

/// Checksum of these bytes.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, &byte| {
        let leaving = crc >> 8 ^ u16::from(byte);
        let folded = leaving ^ leaving >> 4;
        crc << 8 ^ folded << 12 ^ folded << 5 ^ folded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_check_value_holds() {
        assert_eq!(crc16(b"123456789"), 0x29B1);
    }

    /// The definition: one bit at a time.
    fn by_division(bytes: &[u8]) -> u16 {
        bytes.iter().fold(0xFFFF, |crc, &byte| {
            (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
            })
        })
    }

    #[test]
    fn every_register_and_byte_gives_what_division_gives() {
        for pair in 0..=u16::MAX {
            for last in [0x00, 0x01, 0x5A, 0x80, 0xFF] {
                let [first, second] = pair.to_be_bytes();
                let bytes = [first, second, last];
                assert_eq!(crc16(&bytes), by_division(&bytes), "{bytes:02X?}");
            }
        }
    }
}
