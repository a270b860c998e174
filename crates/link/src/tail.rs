//! The end of a text of unknown length.

use std::collections::VecDeque;

use blackstart_wire::bench_link::printable;

/// Keeps the last bytes of what is appended.
#[derive(Debug)]
pub(crate) struct Tail {
    bytes: VecDeque<u8>,
    limit: usize,
}

impl Tail {
    pub(crate) fn new(limit: usize) -> Self {
        Self { bytes: VecDeque::with_capacity(limit), limit }
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        let newest = &bytes[bytes.len().saturating_sub(self.limit)..];
        let surplus = (self.bytes.len() + newest.len()).saturating_sub(self.limit);
        self.bytes.drain(..surplus);
        self.bytes.extend(newest);
    }

    /// Line by line, each made printable.
    pub(crate) fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let lines: Vec<String> = bytes.split(|&byte| byte == b'\n').map(printable).collect();
        lines.join("\n").trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_is_kept_however_it_arrives() {
        let mut tail = Tail::new(8);
        tail.append(b"first\n");
        tail.append(b"second\n");
        assert_eq!(tail.text(), "second");
        tail.append(b"far longer than the limit");
        assert_eq!(tail.text(), "he limit");
    }
}
