//! The outside world: child processes on a pseudo-terminal, serial ports, TCP connections and recorded
//! sessions, with bounded waits.
//!
//! [`Process`] is a device under test (DUT) that runs on this machine, [`Port`] one on a bench; [`Session`] speaks the bench link
//! over any [`ByteStream`], in lockstep or on the device's own clock. Whatever the device does (crash, hang, flood, babble, never
//! start), each call here ends within the time that it was given, with a [`LinkError`] that says what
//! was seen. In lockstep the wall clock is read for that purpose alone: no time of it enters an answer.
//! Only [`Pace`] ties simulated time to it.
//!
//! A session can be recorded ([`RecordingWriter`]), and a [`Recording`] can take the device's place.

mod answer;
mod error;
mod line;
mod pace;
mod port;
mod process;
mod pseudo_terminal;
mod recording;
mod session;
mod stream;
mod tail;

pub use answer::{Answer, SubscriptionChange};
pub use blackstart_wire::bench_link::{Cause, Edge, LineCounters};
pub use error::{LinkError, LinkErrorKind};
pub use pace::{ON_TIME, Pace, Timing};
pub use port::Port;
pub use process::Process;
pub use recording::{
    Departure, Header, MAX_RECORDING_BYTES, RecordedFile, RecordedLine, Recording, RecordingError,
    RecordingErrorKind, RecordingWriter, Replay, Tape,
};
pub use session::{
    Counters, Drift, Identity, MAX_BARRIER_BYTES, MAX_BARRIER_MESSAGES, Session, Timebase,
};
pub use stream::ByteStream;
