//! Where the bits of a signal lie, and how they get in and out.
//!
//! A little-endian signal starts at its least significant bit and goes up: bit *n* is bit *n* mod 8 of
//! byte *n* / 8. A big-endian signal starts at its most significant bit and goes down through the byte
//! and on to the top of the next.

/// Order of the bytes of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Intel.
    Little,
    /// Motorola.
    Big,
}

/// The bits of a signal, 1 … 64 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) order: ByteOrder,
    /// As the file says it.
    pub(super) start: u32,
    /// 1 … 64.
    pub(super) length: u32,
}

impl Span {
    /// First byte, byte behind the last, and how far the value is shifted up within them.
    fn bytes(self) -> (usize, usize, u32) {
        match self.order {
            ByteOrder::Little => {
                let end = self.start + self.length;
                ((self.start / 8) as usize, end.div_ceil(8) as usize, self.start % 8)
            }
            ByteOrder::Big => {
                // Counted from the top of byte 0 on.
                let first = self.start / 8 * 8 + (7 - self.start % 8);
                let end = first + self.length;
                ((first / 8) as usize, end.div_ceil(8) as usize, end.div_ceil(8) * 8 - end)
            }
        }
    }

    /// Whether all bits lie within so many bytes.
    pub(super) fn fits(self, bytes: usize) -> bool {
        self.bytes().1 <= bytes
    }

    /// All ones in the signal's length.
    pub(super) fn mask(self) -> u64 {
        u64::MAX >> (64 - self.length)
    }

    /// The bits as they stand in `data`, in the low end. Bytes that `data` lacks count as zero.
    pub(super) fn extract(self, data: &[u8]) -> u64 {
        let (first, end, shift) = self.bytes();
        let window = (first..end).map(|at| data.get(at).copied().unwrap_or(0));
        (self.gather(window) >> shift) as u64 & self.mask()
    }

    /// Puts the low bits of `value` in their place. Bytes that `data` lacks are left out.
    pub(super) fn insert(self, value: u64, data: &mut [u8]) {
        let (first, end, shift) = self.bytes();
        let mask = u128::from(self.mask()) << shift;
        let bits = u128::from(value) << shift & mask;
        for at in first..end {
            let place = match self.order {
                ByteOrder::Little => at - first,
                ByteOrder::Big => end - 1 - at,
            };
            let byte = |window: u128| (window >> (8 * place)) as u8;
            if let Some(slot) = data.get_mut(at) {
                *slot = *slot & !byte(mask) | byte(bits);
            }
        }
    }

    /// Up to nine bytes as one number.
    fn gather(self, window: impl DoubleEndedIterator<Item = u8>) -> u128 {
        let join = |number: u128, byte: u8| number << 8 | u128::from(byte);
        match self.order {
            ByteOrder::Little => window.rev().fold(0, join),
            ByteOrder::Big => window.fold(0, join),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(order: ByteOrder, start: u32, length: u32) -> Span {
        Span { order, start, length }
    }

    #[test]
    fn the_two_orders_put_a_value_where_their_makers_do() {
        let mut data = [0; 3];
        span(ByteOrder::Little, 4, 12).insert(0xABC, &mut data);
        assert_eq!(data, [0xC0, 0xAB, 0]);
        let mut data = [0; 3];
        span(ByteOrder::Big, 3, 12).insert(0xABC, &mut data);
        assert_eq!(data, [0x0A, 0xBC, 0]);
        let mut data = [0; 3];
        span(ByteOrder::Big, 6, 9).insert(0x1FF, &mut data);
        assert_eq!(data, [0x7F, 0xC0, 0]);
        assert_eq!(span(ByteOrder::Big, 6, 9).extract(&data), 0x1FF);
    }

    #[test]
    fn a_big_endian_signal_ends_below_its_start_bit() {
        assert!(span(ByteOrder::Big, 7, 16).fits(2));
        assert!(!span(ByteOrder::Big, 6, 16).fits(2));
        assert!(span(ByteOrder::Little, 0, 16).fits(2));
        assert!(!span(ByteOrder::Little, 1, 16).fits(2));
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out_and_leaves_the_other_bits(
            big: bool, start in 0u32..512, length in 1u32..=64, value: u64, old: [u8; 32],
        ) {
            let order = if big { ByteOrder::Big } else { ByteOrder::Little };
            let span = span(order, start, length);
            let mut data: Vec<u8> = old.repeat(3);
            span.insert(value, &mut data);
            prop_assert_eq!(span.extract(&data), value & span.mask());
            span.insert(span.extract(&old.repeat(3)), &mut data);
            prop_assert_eq!(data, old.repeat(3));
        }
    }
}
