//! A log is sent to a bus, each frame when it was sent then.
//!
//! A frame that the bus has no room for is tried again for a while and then left out: what follows keeps
//! its time. The report says how late each frame was, and names every frame that did not get through.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use blackstart_units::SimTime;
use blackstart_wire::can::{CanFrame, LogRecord, candump};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::can_log::CanLog;
use crate::can_port::{CanPort, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;

/// How long a frame may wait for room.
const PATIENCE: Duration = Duration::from_millis(100);
/// Between two tries.
const RETRY_PERIOD: Duration = Duration::from_micros(500);
/// How long an adapter gets to acknowledge the last frames.
const LAST_ACKNOWLEDGEMENTS: Duration = Duration::from_millis(500);
/// Below this a wait is left to the clock: `poll` counts whole milliseconds.
const FINE: Duration = Duration::from_millis(2);

/// What became of a log that was played.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlayedLog {
    /// Frames that were taken for sending.
    pub sent: u64,
    /// Of these, what an adapter refused afterwards.
    pub refused: u64,
    /// Frames that were not sent, in the order of the log.
    pub unsent: Vec<Unsent>,
    /// How late the frames were that were sent.
    pub lateness: Lateness,
    /// From the first frame to the last, as the log has it.
    pub intended: Duration,
    /// The same as it was played; zero when less than two frames were sent.
    pub achieved: Duration,
    /// Frames that came from the bus meanwhile.
    pub received: u64,
    /// Whether it was ended before its last frame.
    pub interrupted: bool,
}

/// A frame of a log that was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Its place in the log, counted from 0.
    pub index: usize,
    /// When it was due, since the first frame.
    pub due: Duration,
    /// The frame.
    pub frame: CanFrame,
    /// [`Sent::Full`] or [`Sent::Unsupported`].
    pub why: Sent,
}

/// "frame 17 at 0.250 s (123#DEAD): no room on the bus", the first frame being frame 1.
impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, direction, channel) = (SimTime::ZERO, None, "log".to_owned());
        let mut line = Vec::new();
        candump::append_record(&LogRecord { at, channel, direction, frame: self.frame }, &mut line);
        let line = String::from_utf8_lossy(&line);
        let frame = line.split_whitespace().nth(2).unwrap_or_default();
        let why = match self.why {
            Sent::Unsupported => "this bus cannot carry it",
            Sent::Full | Sent::Queued => "no room on the bus",
        };
        write!(f, "frame {} at {:.3} s ({frame}): {why}", self.index + 1, self.due.as_secs_f64())
    }
}

/// How far behind their times frames were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    /// On average.
    pub mean: Duration,
    /// At worst.
    pub worst: Duration,
    /// Frames that were more than a millisecond late.
    pub over_a_millisecond: u64,
}

/// Plays a log. `on_frame` is shown how many frames are done, and may end it; `on_received` gets what
/// comes from the bus meanwhile.
///
/// # Errors
/// If the port is gone, or the log.
pub fn play(
    log: &CanLog,
    port: &mut dyn CanPort,
    on_frame: &mut dyn FnMut(usize) -> ControlFlow<()>,
    on_received: &mut dyn FnMut(&ReceivedFrame),
) -> Result<PlayedLog, LinkErrorKind> {
    let before = port.counters();
    let started = Instant::now();
    let mut player = Player { port, on_received, inbox: Vec::new(), played: PlayedLog::default() };
    let (mut first, mut last, mut late) = (None, None, Duration::ZERO);
    let records =
        log.records().map_err(|error| LinkErrorKind::NeverStarted(io::Error::other(error)))?;
    for (index, record) in records.enumerate() {
        if on_frame(index).is_break() {
            player.played.interrupted = true;
            break;
        }
        let due = Duration::from_nanos(log.due(&record).as_nanos());
        player.wait_until(started + due)?;
        match player.send(&record.frame, started + due + PATIENCE)? {
            Sent::Queued => {
                let now = Instant::now();
                first.get_or_insert(now);
                last = Some(now);
                late += player.played.lateness.note((now - started).saturating_sub(due));
            }
            why => player.played.unsent.push(Unsent { index, due, frame: record.frame, why }),
        }
    }
    player.settle(before.sent, before.refused)?;
    let mut played = player.played;
    played.refused = port.counters().refused - before.refused;
    let unsupported = played.unsent.iter().filter(|unsent| unsent.why == Sent::Unsupported);
    played.refused = played.refused.saturating_sub(unsupported.count() as u64);
    played.lateness.mean = late.checked_div(played.sent as u32).unwrap_or_default();
    played.intended = Duration::from_nanos(log.span().as_nanos());
    played.achieved = first.zip(last).map_or(Duration::ZERO, |(first, last)| last - first);
    Ok(played)
}

struct Player<'a> {
    port: &'a mut dyn CanPort,
    on_received: &'a mut dyn FnMut(&ReceivedFrame),
    inbox: Vec<ReceivedFrame>,
    played: PlayedLog,
}

impl Player<'_> {
    /// Takes what has come, so that nothing overflows meanwhile.
    fn listen(&mut self) -> Result<(), LinkErrorKind> {
        self.port.receive(&mut self.inbox)?;
        self.played.received += self.inbox.len() as u64;
        self.inbox.drain(..).for_each(|received| (self.on_received)(&received));
        Ok(())
    }

    fn wait_until(&mut self, due: Instant) -> Result<(), LinkErrorKind> {
        loop {
            self.listen()?;
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            if left < FINE {
                std::thread::sleep(left);
                continue;
            }
            let time = (left - FINE).min(Duration::from_secs(1));
            let time = PollTimeout::from(time.as_millis().max(1) as u16);
            let fd = self.port.poll_fd().map(|fd| PollFd::new(fd, PollFlags::POLLIN));
            // Woken by a signal it looks at the clock again.
            let _ = poll(&mut fd.into_iter().collect::<Vec<_>>(), time);
        }
    }

    fn send(&mut self, frame: &CanFrame, deadline: Instant) -> Result<Sent, LinkErrorKind> {
        loop {
            let sent = self.port.send(frame)?;
            self.played.sent += u64::from(sent == Sent::Queued);
            if sent != Sent::Full || Instant::now() >= deadline {
                return Ok(sent);
            }
            std::thread::sleep(RETRY_PERIOD);
            self.listen()?;
        }
    }

    /// Waits until everything that was taken is acknowledged or refused.
    fn settle(&mut self, sent: u64, refused: u64) -> Result<(), LinkErrorKind> {
        let deadline = Instant::now() + LAST_ACKNOWLEDGEMENTS;
        loop {
            self.listen()?;
            let now = self.port.counters();
            let unsent = self.played.unsent.iter().filter(|u| u.why == Sent::Unsupported).count();
            let done = (now.sent - sent) + (now.refused - refused) - unsent as u64;
            if done >= self.played.sent || Instant::now() >= deadline {
                return Ok(());
            }
            std::thread::sleep(RETRY_PERIOD);
        }
    }
}

impl Lateness {
    /// Counts one frame; gives its lateness back.
    fn note(&mut self, late: Duration) -> Duration {
        self.worst = self.worst.max(late);
        self.over_a_millisecond += u64::from(late > Duration::from_millis(1));
        late
    }
}
