//! What can be wrong with a bus, and which frames it happens to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use blackstart_wire::can::{CanFrame, CanId, DataFrame};

use crate::can_port::ReceivedFrame;

/// A fault on a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct InjectedFault {
    /// What happens.
    pub what: Disturbance,
    /// To frames on this way.
    pub way: Way,
    /// To frames of this identifier; of every one, where none is named.
    pub id: Option<CanId>,
    /// To this share of them, 0 … 1: which ones is drawn from the seed.
    pub share: f64,
    /// To so many of them at most.
    pub count: Option<u64>,
}

/// Which way a frame goes, seen from the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the device.
    Out,
    /// From the device.
    In,
    /// Either.
    Both,
}

/// What happens on a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// The frame is gone.
    Lose,
    /// It comes later, and others overtake it.
    Delay {
        /// By how much.
        by: Duration,
    },
    /// It comes twice: a sender that did not see its acknowledgement repeats the frame.
    Duplicate,
    /// One bit of its data is another. CAN's own checksum finds what the wire does to a frame; this is
    /// what a gateway or a sender does to it before.
    Corrupt,
    /// It comes after the frame that follows it.
    Reorder,
    /// The controller is off the bus: nothing comes, nothing is taken.
    BusOff {
        /// Until it has recovered; until the fault is lifted, where there is no time.
        recovers_after: Option<Duration>,
    },
    /// Another node sends this frame on and on, to both sides.
    Babble {
        /// What it sends.
        frame: CanFrame,
        /// Between two of them; not zero.
        period: Duration,
    },
    /// Another node uses the same identifier: behind each frame comes one of it with other data.
    Collide,
    /// The transmit queue is full: nothing is taken.
    FullQueue,
    /// Another node sends these frames, on the ways that the fault names.
    Replay {
        /// What it sends and when, since the fault was injected; ascending.
        frames: Arc<[(Duration, CanFrame)]>,
    },
}

/// One fault that was injected, and what it has done.
#[derive(Clone, Debug)]
pub(super) struct Injected {
    pub fault: InjectedFault,
    /// Frames that it could have happened to.
    seen: u64,
    /// Frames that it happened to.
    pub reached: u64,
    seed: u64,
    since: Instant,
    /// Frames of a log that were sent.
    replayed: usize,
}

impl Injected {
    pub fn new(fault: InjectedFault, seed: u64, since: Instant) -> Self {
        Self { fault, seen: 0, reached: 0, seed, since, replayed: 0 }
    }

    /// Whether it keeps the bus from taking frames.
    pub fn blocks(&self) -> bool {
        matches!(self.fault.what, Disturbance::FullQueue | Disturbance::BusOff { .. })
    }

    /// Whether it was decided before a frame on this way got so far, or acts by the clock alone.
    pub fn acts_before(&self, way: Way) -> bool {
        (self.blocks() && way == Way::Out)
            || matches!(
                self.fault.what,
                Disturbance::Babble { .. } | Disturbance::FullQueue | Disturbance::Replay { .. }
            )
    }

    /// It happens to no frame any more, and still says what it reached.
    pub fn end(&mut self) {
        self.fault.count = Some(0);
    }

    pub fn has_ended(&self) -> bool {
        self.fault.count == Some(0)
    }

    /// Whether it happens to this frame; counted.
    pub fn takes(&mut self, frame: &CanFrame, way: Way) -> bool {
        let id = match frame {
            CanFrame::Data(frame) => frame.id(),
            CanFrame::Remote(frame) => frame.id(),
            CanFrame::Error(_) => return false,
        };
        let &InjectedFault { way: on, id: wanted, share, count, .. } = &self.fault;
        if (on != Way::Both && on != way)
            || wanted.is_some_and(|wanted| wanted != id)
            || count.is_some_and(|count| self.reached >= count)
        {
            return false;
        }
        self.seen += 1;
        let taken = self.draw() < share;
        self.reached += u64::from(taken);
        taken
    }

    /// What another node has sent of these frames until now and nobody was shown, on each way; and when it
    /// sends the next.
    pub fn replayed(
        &mut self,
        frames: &[(Duration, CanFrame)],
        now: Instant,
    ) -> (Vec<(ReceivedFrame, Way)>, Option<Instant>) {
        let ways = match self.fault.way {
            Way::Both => [Some(Way::In), Some(Way::Out)],
            one => [Some(one), None],
        };
        let mut sent = Vec::new();
        while let Some(&(after, frame)) = frames.get(self.replayed) {
            let at = self.since + after;
            if at > now {
                return (sent, Some(at));
            }
            self.replayed += 1;
            self.reached += 1;
            sent.extend(ways.into_iter().flatten().map(|way| (ReceivedFrame { at, frame }, way)));
        }
        (sent, None)
    }

    /// The same number for the same seed and the same number of frames before, 0 … 1 without 1.
    fn draw(&self) -> f64 {
        (mixed(self.seed, self.seen) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The frame with one bit of its data turned over; one without data stays as it is.
    pub fn corrupted(&self, frame: &CanFrame) -> CanFrame {
        changed(frame, |data| {
            let bits = data.len() as u64 * 8;
            if let Some(bit) = mixed(!self.seed, self.seen).checked_rem(bits) {
                data[(bit / 8) as usize] ^= 1 << (bit % 8);
            }
        })
    }
}

/// The frame that another node sends with the same identifier.
pub(super) fn colliding(frame: &CanFrame) -> CanFrame {
    changed(frame, |data| data.iter_mut().for_each(|byte| *byte = !*byte))
}

fn changed(frame: &CanFrame, change: impl FnOnce(&mut [u8])) -> CanFrame {
    let CanFrame::Data(old) = frame else { return *frame };
    let mut data = old.data().to_vec();
    change(&mut data);
    let new = match old.fd_flags() {
        None => DataFrame::classic(old.id(), &data),
        Some(flags) => DataFrame::fd(old.id(), &data, flags),
    };
    new.expect("data keeps its length").into()
}

/// The `index`-th number of a stream: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
fn mixed(seed: u64, index: u64) -> u64 {
    let mut number = seed.wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
