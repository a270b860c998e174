//! Time beside frames: what a device that is paced and its bench say to each other, line by line.
//!
//! Frames stand as SLCAN writes them; two more lines carry simulated time, in whole nanoseconds since the
//! start, as decimal digits:
//!
//! | line | from the bench | from the device |
//! |---|---|---|
//! | `tiiildd…`, `Tiiiiiiiildd…`, … | a frame that reaches it now | a frame that it sends |
//! | `xHEX` | bytes that reach it now, two digits each, up to 64, on a line that carries bytes | bytes that it sends |
//! | `@NANOSECONDS` | it is this late, and everything before has been said: run until then | what follows is sent at this time |
//! | `>NANOSECONDS NANOSECONDS` | | done until the first time, which is the bench's; nothing more before the second, unless something comes |
//! | `>NANOSECONDS` | | done until then; nothing more unless something comes |
//!
//! A line ends with a carriage return or a line feed, an empty one says nothing. `z`, `Z` and BEL, with which
//! adapters acknowledge, may come as well and say nothing here.

use blackstart_units::SimTime;

use super::{BELL, CARRIAGE_RETURN, MAX_LINE, frame_text};
use crate::can::frame::CanFrame;
use crate::digits::{append_hex_bytes, hex_bytes};
use crate::line::{CompletedLine, LineBuffer};

/// Ends a line, as a carriage return does.
const LINE_FEED: u8 = b'\n';

/// One line of a device that is paced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PacedLine {
    /// A frame.
    Frame(CanFrame),
    /// Bytes of a line that carries bytes; one to [`PacedLine::MOST_BYTES`].
    Bytes(Vec<u8>),
    /// What follows is sent at this time.
    Time(SimTime),
    /// It has done what there is to do.
    Done {
        /// Until then.
        until: SimTime,
        /// It does nothing by itself before this time.
        wake: SimTime,
    },
}

impl PacedLine {
    /// Most bytes in one line.
    pub const MOST_BYTES: usize = 64;

    /// What a line says, without its end. `None` when it is none.
    pub fn parse(line: &[u8]) -> Option<Self> {
        match line {
            [b'@', digits @ ..] => nanos(digits).map(Self::Time),
            [b'x', digits @ ..] => {
                let mut bytes = [0; Self::MOST_BYTES];
                let count = hex_bytes(digits, &mut bytes).filter(|&count| count > 0)?;
                Some(Self::Bytes(bytes[..count].to_vec()))
            }
            [b'>', times @ ..] => {
                let mut times = times.splitn(2, |&byte| byte == b' ');
                let until = nanos(times.next()?)?;
                let wake = times.next().map_or(Some(SimTime::NEVER), nanos)?;
                Some(Self::Done { until, wake })
            }
            _ => match frame_text::parse(line)? {
                (frame, []) => Some(Self::Frame(frame)),
                _ => None,
            },
        }
    }

    /// Appends the line, carriage return included; `false`, and nothing, for an error frame.
    pub fn append(&self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Frame(frame) => {
                if !frame_text::append(frame, out) {
                    return false;
                }
            }
            Self::Bytes(bytes) => {
                out.push(b'x');
                append_hex_bytes(bytes, out);
            }
            Self::Time(at) => out.extend(format!("@{}", at.as_nanos()).into_bytes()),
            Self::Done { until, wake: SimTime::NEVER } => {
                out.extend(format!(">{}", until.as_nanos()).into_bytes());
            }
            Self::Done { until, wake } => {
                out.extend(format!(">{} {}", until.as_nanos(), wake.as_nanos()).into_bytes());
            }
        }
        out.push(CARRIAGE_RETURN);
        true
    }
}

/// Digits alone: no sign, no blank.
fn nanos(digits: &[u8]) -> Option<SimTime> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(digits).ok().filter(|_| is_number)?;
    number.parse().ok().map(SimTime::from_nanos)
}

/// Finds lines in a stream of bytes that may be cut anywhere. Holds at most one.
#[derive(Clone, Debug, Default)]
pub struct PacedLines {
    line: LineBuffer<MAX_LINE>,
}

/// What is no line of a device that is paced: its printable beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPacedLine(pub String);

impl PacedLines {
    /// Takes the next byte; the end of a line may complete one.
    ///
    /// # Errors
    /// The line, where it says nothing that belongs here.
    pub fn push(&mut self, byte: u8) -> Result<Option<PacedLine>, NoPacedLine> {
        if !matches!(byte, CARRIAGE_RETURN | LINE_FEED | BELL) {
            self.line.push(byte);
            return Ok(None);
        }
        match self.line.finish() {
            CompletedLine::Whole(b"" | b"z" | b"Z") => Ok(None),
            CompletedLine::Whole(line) => match PacedLine::parse(line) {
                Some(line) => Ok(Some(line)),
                None => Err(NoPacedLine(line.escape_ascii().to_string())),
            },
            CompletedLine::TooLong(length) => Err(NoPacedLine(format!("{length} bytes"))),
        }
    }

    /// Whether a line has begun and not ended.
    pub fn is_torn(&self) -> bool {
        !self.line.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::can::{CanId, DataFrame};

    fn lines(bytes: &[u8]) -> Vec<Result<PacedLine, NoPacedLine>> {
        let mut found = PacedLines::default();
        bytes.iter().filter_map(|&byte| found.push(byte).transpose()).collect()
    }

    #[test]
    fn a_device_says_when_what_and_that_it_is_done() {
        let frame = DataFrame::classic(CanId::standard(0x123).unwrap(), &[0xAB, 1]).unwrap();
        let said = lines(b"@1500\nt1232AB01\r\n>2000 3000\n>2500\nz\r");
        let time = SimTime::from_nanos;
        let expected = [
            PacedLine::Time(time(1500)),
            PacedLine::Frame(frame.into()),
            PacedLine::Done { until: time(2000), wake: time(3000) },
            PacedLine::Done { until: time(2500), wake: SimTime::NEVER },
        ];
        assert_eq!(said, expected.map(Ok));
    }

    #[test]
    fn what_says_nothing_is_shown() {
        let long = [b'x'; MAX_LINE + 1];
        for (line, shown) in [
            (&b"hello\x1b\n"[..], r"hello\x1b"),
            (b"@-5\n", "@-5"),
            (b"@\n", "@"),
            (b">99999999999999999999999\n", ">99999999999999999999999"),
            (b"> 5\n", "> 5"),
            (b">5 6 7\n", ">5 6 7"),
            (b">\n", ">"),
            (b"x\n", "x"),
            (b"xABC\n", "xABC"),
            (b"t1232AB\n", "t1232AB"),
            (b"t1232AB010001\n", "t1232AB010001"),
            (&[&long[..], b"\n"].concat(), "143 bytes"),
        ] {
            assert_eq!(lines(line), [Err(NoPacedLine(shown.to_owned()))]);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(nanos in any::<u64>(), id in 0u32..0x800, data in prop::collection::vec(any::<u8>(), 0..9)) {
            let frame = DataFrame::classic(CanId::standard(id).unwrap(), &data).unwrap().into();
            let time = SimTime::from_nanos(nanos);
            let done = PacedLine::Done { until: SimTime::from_nanos(nanos / 2), wake: time };
            let bytes = PacedLine::Bytes(id.to_le_bytes().to_vec());
            for line in [PacedLine::Frame(frame), PacedLine::Time(time), bytes, done] {
                let mut bytes = Vec::new();
                prop_assert!(line.append(&mut bytes));
                prop_assert_eq!(lines(&bytes), [Ok(line)]);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = lines(&bytes);
        }
    }
}
