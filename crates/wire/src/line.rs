//! Lines out of a stream of bytes, in bounded memory.

/// What a terminator completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompletedLine<'a> {
    /// Everything since the last terminator, without this one. May be empty.
    Whole(&'a [u8]),
    /// More than the buffer holds: the number of bytes that are gone.
    TooLong(u64),
}

/// Collects the bytes of one line, at most `N`.
#[derive(Clone, Debug)]
pub(crate) struct LineBuffer<const N: usize> {
    bytes: [u8; N],
    /// Bytes since the last terminator, also those that no longer fit.
    length: u64,
}

impl<const N: usize> Default for LineBuffer<N> {
    fn default() -> Self {
        Self { bytes: [0; N], length: 0 }
    }
}

impl<const N: usize> LineBuffer<N> {
    /// Takes a byte that is not the terminator.
    pub(crate) fn push(&mut self, byte: u8) {
        let slot = usize::try_from(self.length).ok().and_then(|at| self.bytes.get_mut(at));
        if let Some(slot) = slot {
            *slot = byte;
        }
        self.length += 1;
    }

    /// Whether nothing has come since the last terminator.
    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The terminator came: the line, and a fresh start.
    pub(crate) fn finish(&mut self) -> CompletedLine<'_> {
        let length = std::mem::take(&mut self.length);
        match usize::try_from(length).ok().and_then(|length| self.bytes.get(..length)) {
            Some(line) => CompletedLine::Whole(line),
            None => CompletedLine::TooLong(length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_lost_whole_and_the_next_is_not() {
        let mut buffer = LineBuffer::<3>::default();
        b"abcd".iter().for_each(|&byte| buffer.push(byte));
        assert_eq!(buffer.finish(), CompletedLine::TooLong(4));
        b"efg".iter().for_each(|&byte| buffer.push(byte));
        assert_eq!(buffer.finish(), CompletedLine::Whole(b"efg"));
        assert_eq!(buffer.finish(), CompletedLine::Whole(b""));
    }
}
