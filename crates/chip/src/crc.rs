//! The checksums of the chip's buses and of its data blocks.

/// CRC-8 with the polynomial x⁸ + x² + x + 1, from 0.
pub fn crc8(bytes: impl IntoIterator<Item = u8>) -> u8 {
    bytes.into_iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| crc << 1 ^ if crc & 0x80 == 0 { 0 } else { 0x07 })
    })
}

/// What stands in 0x60 beside a block: the complement of the sum of its bytes.
pub(crate) fn block_checksum(bytes: impl IntoIterator<Item = u8>) -> u8 {
    !bytes.into_iter().fold(0, u8::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_manuals_come_out() {
        for (bytes, crc) in [
            (&[0x10, 0x3E, 0x22][..], 0x63),
            (&[0x00], 0x00),
            (&[0x10, 0x14, 0x11, 0x68], 0x33),
            (&[0x0B], 0x31),
        ] {
            assert_eq!(crc8(bytes.iter().copied()), crc, "{bytes:02X?}");
        }
        assert_eq!(block_checksum([0x80, 0x91, 0x7A, 0x30]), 0x44);
        assert_eq!(block_checksum([0x61, 0x92, 0x8C]), 0x80);
    }
}
