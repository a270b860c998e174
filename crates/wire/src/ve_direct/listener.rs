//! A device's receiving end: HEX frames out of what a host sends.

use super::hex::HexFrame;
use crate::line::{CompletedLine, LineBuffer};

/// What came from a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A frame whose check is right.
    Frame(HexFrame),
    /// A colon and a line feed, but no frame between them.
    FramingError,
}

/// What came over a line since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListenerCounters {
    /// Every byte.
    pub bytes: u64,
    /// Frames whose check was right.
    pub frames: u64,
    /// Frames that were none.
    pub framing_errors: u64,
}

/// Takes a host's bytes apart; what stands outside of frames is ignored. Holds at most one frame.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    frame: Option<LineBuffer<{ HexFrame::MAX_DIGITS }>>,
    counters: ListenerCounters,
}

impl Listener {
    /// Takes the next byte. A colon always begins a frame, so that one that was torn spoils only itself.
    pub fn push(&mut self, byte: u8) -> Option<Heard> {
        self.counters.bytes += 1;
        match byte {
            b':' => {
                let torn = self.frame.replace(LineBuffer::default());
                torn.map(|_| self.framing_error())
            }
            b'\n' => {
                let mut frame = self.frame.take()?;
                let found = match frame.finish() {
                    CompletedLine::Whole(digits) => HexFrame::parse(digits),
                    CompletedLine::TooLong(_) => None,
                };
                Some(match found {
                    Some(frame) => {
                        self.counters.frames += 1;
                        Heard::Frame(frame)
                    }
                    None => self.framing_error(),
                })
            }
            byte => {
                if let Some(frame) = &mut self.frame {
                    frame.push(byte);
                }
                None
            }
        }
    }

    /// What was seen so far.
    pub fn counters(&self) -> ListenerCounters {
        self.counters
    }

    fn framing_error(&mut self) -> Heard {
        self.counters.framing_errors += 1;
        Heard::FramingError
    }
}

#[cfg(test)]
mod tests {
    use super::super::hex::HexRequest;
    use super::*;

    #[test]
    fn a_torn_frame_spoils_only_itself() {
        let mut listener = Listener::default();
        let heard: Vec<Heard> =
            b"noise\n:70002:154\n:155\n".iter().filter_map(|&byte| listener.push(byte)).collect();
        let ping = Heard::Frame(HexRequest::Ping.encode());
        assert_eq!(heard, [Heard::FramingError, ping, Heard::FramingError]);
        assert_eq!(listener.counters().framing_errors, 2);
    }
}
