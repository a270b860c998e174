//! One thing that happened on a line.
//!
//! ```text
//! entry = kind u8, line u16, simulated time u64, wall time u64, length u32, bytes
//! ```
//!
//! Integers are little-endian, both times nanoseconds since the start of the run.

use std::io;

use blackstart_units::SimTime;
use nix::sys::signal::Signal;

use crate::error::LinkErrorKind;

const HEAD_BYTES: usize = 1 + 2 + 8 + 8 + 4;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// The bench sent the bytes.
    Sent,
    /// The device sent the bytes.
    Received,
    /// The bench listened until its time was over.
    NothingCame,
    /// Sending the bytes of the entry before failed; the bytes say how.
    SendingFailed,
    /// Listening failed; the bytes say how.
    ReceivingFailed,
    /// The run is over: nothing follows.
    End,
    /// The recording would have become too long: what follows is not recorded.
    Full,
}

impl EntryKind {
    /// Code on file, name in the description, kind.
    const ALL: [(u8, &str, Self); 7] = [
        (1, "sent", Self::Sent),
        (2, "received", Self::Received),
        (3, "nothing came", Self::NothingCame),
        (4, "sending failed", Self::SendingFailed),
        (5, "receiving failed", Self::ReceivingFailed),
        (6, "end", Self::End),
        (7, "full", Self::Full),
    ];

    fn code(self) -> u8 {
        Self::ALL.iter().find(|(_, _, kind)| *kind == self).map_or(0, |(code, _, _)| *code)
    }

    fn of(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|(known, _, _)| *known == code).map(|(_, _, kind)| *kind)
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub kind: EntryKind,
    /// Place of the line in the header.
    pub line: u16,
    /// Time of the newest barrier.
    pub at: SimTime,
    /// Nanoseconds of wall time since the recording began.
    pub wall_ns: u64,
    pub bytes: Vec<u8>,
}

impl Entry {
    /// Bytes that it takes in a chunk.
    pub fn encoded_len(&self) -> usize {
        HEAD_BYTES + self.bytes.len()
    }

    pub fn append_to(&self, chunk: &mut Vec<u8>) {
        chunk.push(self.kind.code());
        chunk.extend(self.line.to_le_bytes());
        chunk.extend(self.at.as_nanos().to_le_bytes());
        chunk.extend(self.wall_ns.to_le_bytes());
        chunk.extend((self.bytes.len() as u32).to_le_bytes());
        chunk.extend(&self.bytes);
    }

    /// The entry at the beginning of `bytes`, and what follows it; `None` if there is none.
    pub fn split_from(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&[code], rest) = bytes.split_first_chunk()?;
        let (line, rest) = rest.split_first_chunk()?;
        let (at, rest) = rest.split_first_chunk()?;
        let (wall, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (bytes, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let entry = Self {
            kind: EntryKind::of(code)?,
            line: u16::from_le_bytes(*line),
            at: SimTime::from_nanos(u64::from_le_bytes(*at)),
            wall_ns: u64::from_le_bytes(*wall),
            bytes: bytes.to_owned(),
        };
        Some((entry, rest))
    }
}

/// What the operating system can refuse while a device is talked to.
const DOINGS: [&str; 5] = [
    "waiting for the device",
    "reading from the device",
    "writing to the device",
    "sending to the bus",
    "receiving from the bus",
];

/// How a line failed, as it is written down: a word and its number or text.
pub(super) fn failure_text(kind: &LinkErrorKind) -> String {
    match kind {
        LinkErrorKind::Exited { code } => format!("exited {code}"),
        LinkErrorKind::Killed { signal, .. } => format!("killed {signal}"),
        LinkErrorKind::HungUp => "hung-up".to_owned(),
        LinkErrorKind::NotReading => "not-reading".to_owned(),
        LinkErrorKind::Flooded { bytes, .. } => format!("flooded {bytes}"),
        LinkErrorKind::FramesLost { frames } => format!("frames-lost {frames}"),
        LinkErrorKind::Io { doing, .. } => format!("failed {doing}"),
        // No other way is a line's: the rest is what a session makes of what it hears.
        other => format!("failed {other}"),
    }
}

/// The way back; `None` of a text that [`failure_text`] does not write.
pub(super) fn failure_of(text: &[u8]) -> Option<LinkErrorKind> {
    let text = std::str::from_utf8(text).ok()?;
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match word {
        "exited" => LinkErrorKind::Exited { code: rest.parse().ok()? },
        "killed" => {
            let signal: i32 = rest.parse().ok()?;
            let name = Signal::try_from(signal).ok()?.as_str();
            LinkErrorKind::Killed { signal, name }
        }
        "hung-up" => LinkErrorKind::HungUp,
        "not-reading" => LinkErrorKind::NotReading,
        "flooded" => LinkErrorKind::Flooded { bytes: rest.parse().ok()?, messages: 0 },
        "frames-lost" => LinkErrorKind::FramesLost { frames: rest.parse().ok()? },
        "failed" => {
            let doing = DOINGS.into_iter().find(|doing| *doing == rest);
            let source = io::Error::other("recorded without its reason");
            LinkErrorKind::Io { doing: doing.unwrap_or("talking to the device"), source }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_the_way_to_the_file_and_back() {
        for (code, _, kind) in EntryKind::ALL {
            let at = SimTime::from_nanos(1 << 60);
            let bytes = vec![code; usize::from(code)];
            let entry = Entry { kind, line: 0x1234, at, wall_ns: u64::MAX, bytes };
            let mut chunk = Vec::new();
            entry.append_to(&mut chunk);
            assert_eq!(chunk.len(), entry.encoded_len());
            for cut in 0..chunk.len() {
                assert_eq!(Entry::split_from(&chunk[..cut]), None);
            }
            chunk.push(7);
            assert_eq!(Entry::split_from(&chunk), Some((entry, [7].as_slice())));
        }
    }

    #[test]
    fn the_documented_kinds_are_the_kinds() {
        let documented = include_str!("../../../../docs/session-recording.md");
        let rows = documented.lines().filter(|line| line.starts_with("| ")).skip(1);
        let named = |row: &str| row.split('|').take(3).collect::<Vec<_>>().join("|");
        let expected = EntryKind::ALL.map(|(code, name, _)| format!("| {code} | {name} "));
        assert_eq!(rows.map(named).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_way_a_line_fails_reads_the_same_from_the_file() {
        let source = || io::Error::other("why");
        for kind in [
            LinkErrorKind::Exited { code: -3 },
            LinkErrorKind::Killed { signal: 11, name: "SIGSEGV" },
            LinkErrorKind::HungUp,
            LinkErrorKind::NotReading,
            LinkErrorKind::Flooded { bytes: 1 << 21, messages: 0 },
            LinkErrorKind::FramesLost { frames: 17 },
            LinkErrorKind::Io { doing: DOINGS[1], source: source() },
        ] {
            let back = failure_of(failure_text(&kind).as_bytes());
            assert_eq!(back.map(|back| back.to_string()), Some(kind.to_string()));
        }
        for strange in ["", "exited", "killed 4711", "melted 3"] {
            assert!(failure_of(strange.as_bytes()).is_none(), "{strange}");
        }
    }
}
