//! What can go wrong with a device under test.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use blackstart_units::SimTime;
use blackstart_wire::bench_link::{AbsurdError, RefusedError, UnintelligibleError};

use crate::recording::Departure;
use crate::socket_can::Unusable;

/// A device is lost, or never was there. Reads as a sentence: "`…/bms` exited with code 3".
#[derive(Debug)]
pub struct LinkError {
    /// What was at the other end.
    pub device: String,
    /// What was seen.
    pub kind: LinkErrorKind,
    /// The end of what it wrote to its error channel, empty if nothing; printable.
    pub last_words: String,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.device, self.kind)
    }
}

impl Error for LinkError {
    /// The kind is part of the sentence already; what lies behind it comes next.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

/// What was seen of a device that is lost.
#[derive(Debug, thiserror::Error)]
pub enum LinkErrorKind {
    /// The process could not be created.
    #[error("could not be started")]
    NeverStarted(#[source] io::Error),
    /// The CAN interface cannot be used as it is.
    #[error("cannot be used")]
    UnusableInterface(#[source] Unusable),
    /// The CAN adapter did not take a command that it must take.
    #[error("refused the command `{command}`")]
    AdapterRefused {
        /// As it stood on the line.
        command: String,
    },
    /// Frames of the bench link did not get through a CAN bus: nobody can vouch for what follows.
    #[error("lost {frames} frames on the way, in either direction")]
    FramesLost {
        /// How many are known of.
        frames: u64,
    },
    /// No complete identity came in answer to the greeting.
    #[error("never answered within {waited:?} ({received} bytes came)")]
    NeverAnswered {
        /// How long the bench waited.
        waited: Duration,
        /// Bytes that came in that time.
        received: u64,
    },
    /// It speaks another version of the protocol.
    #[error("speaks version {device} of the bench link, the bench speaks version {bench}")]
    ProtocolVersion {
        /// The device's.
        device: u8,
        /// The bench's.
        bench: u8,
    },
    /// Its answer to the pins that it was offered cannot be taken.
    #[error(transparent)]
    Refused(#[from] RefusedError),
    /// It has introduced itself, and never said which pins it uses.
    #[error("did not say within {waited:?} which pins it uses ({messages} messages came)")]
    NotReady {
        /// How long the bench waited.
        waited: Duration,
        /// Messages that came in that time.
        messages: u64,
    },
    /// What does not belong to this part of a session.
    #[error("sent {message} out of its place")]
    Untimely {
        /// Name of the message.
        message: &'static str,
    },
    /// A transfer on a bus that cannot be.
    #[error("began a transfer {what}")]
    BadTransfer {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The process ended by itself.
    #[error("exited with code {code}")]
    Exited {
        /// Exit code.
        code: i32,
    },
    /// The process was ended by a signal.
    #[error("was killed by {name}")]
    Killed {
        /// Number of the signal.
        signal: i32,
        /// Its name.
        name: &'static str,
    },
    /// The process lives on but has closed its line.
    #[error("closed its line")]
    HungUp,
    /// Nothing came in answer to a barrier.
    #[error("was silent for {waited:?}")]
    Silent {
        /// How long the bench waited.
        waited: Duration,
    },
    /// It does not take what the bench sends.
    #[error("stopped reading")]
    NotReading,
    /// Messages came, but no answer to the barrier.
    #[error("did not answer the barrier within {waited:?} ({messages} messages came)")]
    Unfinished {
        /// How long the bench waited.
        waited: Duration,
        /// Messages that came in that time.
        messages: u64,
    },
    /// More than a device can have to say at one barrier.
    #[error("flooded the line ({bytes} bytes, {messages} messages at one barrier)")]
    Flooded {
        /// Bytes that came.
        bytes: u64,
        /// Messages that came.
        messages: u64,
    },
    /// It wants to be woken so often that the run would not end.
    #[error("never rests: {barriers} barriers within a second of simulated time")]
    Restless {
        /// Barriers in that second.
        barriers: u32,
    },
    /// More commands and lines of its log than a run can record.
    #[error("has said too much: {said} commands and lines of its log in one run")]
    Talkative {
        /// How many.
        said: u64,
    },
    /// Bytes that are no frame, or frames that arrived damaged.
    #[error("sent garbage ({dropped_bytes} bytes dropped, {rejected} frames rejected)")]
    Garbage {
        /// Bytes that belonged to no good frame.
        dropped_bytes: u64,
        /// Sequences between delimiters that were no good frame.
        rejected: u64,
    },
    /// The device says that frames of the bench arrived damaged.
    #[error("received {frames} damaged frames")]
    LostFrames {
        /// How many.
        frames: u16,
    },
    /// An intact frame that means nothing.
    #[error("sent what means nothing")]
    Unintelligible(#[source] UnintelligibleError),
    /// A value that its pin cannot have, or a pin that it has not said it uses.
    #[error("said what cannot be: {0}")]
    Absurd(#[from] AbsurdError),
    /// It answered a barrier that it was not asked, for example one barrier twice.
    #[error("answered barrier {answered} when asked {asked} (numbers modulo 16)")]
    OutOfTurn {
        /// Number of the barrier that the bench waits for.
        asked: u8,
        /// Number that the answer carries.
        answered: u8,
    },
    /// Paced beside its frames, it sent a line that says nothing.
    #[error("sent the line `{line}`, which is neither a frame nor a time")]
    NoPacedLine {
        /// Its beginning, printable.
        line: String,
    },
    /// Paced beside its frames, it answered another barrier than the one that it was asked.
    #[error("was asked to run until {asked}, and answered that it has run until {answered}")]
    OtherBarrier {
        /// Time of the barrier.
        asked: SimTime,
        /// Time that it gave.
        answered: SimTime,
    },
    /// Paced beside its frames, it sent some at a time that was over, or had not come.
    #[error("sent frames of {said} when only {from} to {until} could be")]
    OutOfTime {
        /// Time that it gave them.
        said: SimTime,
        /// Time of what it sent before.
        from: SimTime,
        /// Time of the barrier.
        until: SimTime,
    },
    /// Paced beside its frames, it spoke when nothing had been asked.
    #[error("spoke again after it had said that it was done")]
    NotDone,
    /// In a session on its own clock it sent what belongs to barriers.
    #[error("sent {message} in a session on its own clock")]
    NotAsked {
        /// Name of the message.
        message: &'static str,
    },
    /// It started anew, or introduced itself, in the middle of the session: it was reset.
    #[error("restarted")]
    Restarted,
    /// It asked to be woken at a time that is not after the barrier.
    #[error("asked at {at} to be woken at {wake}")]
    WakeNotLater {
        /// Time of the barrier.
        at: SimTime,
        /// Time that it asked for.
        wake: SimTime,
    },
    /// The bench link counts no further than 2.28 years.
    #[error("cannot be sent the time {at}, which is beyond the range of the bench link")]
    TimeOutOfRange {
        /// Time of the barrier.
        at: SimTime,
    },
    /// Of a recording: the bench now says something else to the device than when it was recorded.
    #[error("departs: {0}")]
    Departed(Box<Departure>),
    /// Of a recording that was cut off or outgrew its limit: nothing is known from here on.
    #[error("ends after {at}")]
    RecordingEnds {
        /// Time of its last barrier.
        at: SimTime,
    },
    /// The operating system refused something.
    #[error("{doing} failed")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
}
