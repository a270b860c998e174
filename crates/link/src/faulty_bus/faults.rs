//! The faults on a bus at this moment, and the frames that they hold back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use blackstart_wire::can::{CanFrame, ErrorFrame};

use super::FaultId;
use super::fault::{Disturbance, Injected, InjectedFault, Way, colliding};
use crate::can_port::{CanPortCounters, ReceivedFrame};

/// How long a frame waits for the one that is to overtake it.
const REORDER_PATIENCE: Duration = Duration::from_millis(100);
/// A node that babbles without a pause would leave no time for anybody.
const SHORTEST_PERIOD: Duration = Duration::from_micros(1);
/// `CAN_ERR_BUSOFF` and `CAN_ERR_RESTARTED` of `linux/can/error.h`.
const BUS_OFF: u32 = 1 << 6;
const RESTARTED: u32 = 1 << 8;

/// What is wrong with a bus.
#[derive(Debug)]
pub(super) struct Faults {
    /// What it is now, on a bus that no wall clock paces.
    pub simulated: Option<Instant>,
    seed: u64,
    faults: BTreeMap<FaultId, Injected>,
    injected: u64,
    pub acts: Acts,
    /// Frames that are held back, in the order in which they came.
    waiting: Vec<Waiting>,
    /// When faults that act by themselves act next.
    timers: BTreeMap<FaultId, Instant>,
    /// What the bench is to be sent besides.
    notices: Vec<ReceivedFrame>,
    /// What is not the port's: these notices, and frames that a fault left no room for.
    pub own: CanPortCounters,
}

/// What faults have done.
#[derive(Debug, Default)]
pub(super) struct Acts {
    /// When any of them last did something.
    pub last: Option<Instant>,
    pub count: u64,
}

impl Acts {
    fn note(&mut self, now: Instant) {
        self.last = Some(now);
        self.count += 1;
    }
}

/// A frame that is held back.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    due: Instant,
    way: Way,
    received: ReceivedFrame,
    /// Whether the next frame of its way lets it go.
    overtaken: bool,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self {
            simulated: None,
            seed,
            faults: BTreeMap::new(),
            injected: 0,
            acts: Acts::default(),
            waiting: Vec::new(),
            timers: BTreeMap::new(),
            notices: Vec::new(),
            own: CanPortCounters::default(),
        }
    }

    /// What it is now.
    pub fn now(&self) -> Instant {
        self.simulated.unwrap_or_else(Instant::now)
    }

    pub fn inject(&mut self, mut fault: InjectedFault) -> FaultId {
        let id = FaultId(self.injected);
        self.injected += 1;
        let now = self.now();
        match fault.what {
            Disturbance::BusOff { recovers_after } => {
                fault.way = Way::Both;
                self.notify(BUS_OFF, now);
                if let Some(time) = recovers_after {
                    self.timers.insert(id, now + time);
                }
            }
            Disturbance::Babble { .. } | Disturbance::Replay { .. } => {
                self.timers.insert(id, now);
            }
            _ => {}
        }
        let seed = self.seed.wrapping_add(id.0);
        self.faults.insert(id, Injected::new(fault, seed, now));
        id
    }

    pub fn lift(&mut self, id: FaultId) -> Option<u64> {
        let injected = self.faults.remove(&id)?;
        self.timers.remove(&id);
        let is_off = matches!(injected.fault.what, Disturbance::BusOff { .. });
        if is_off && !injected.has_ended() {
            self.notify(RESTARTED, self.now());
        }
        Some(injected.reached)
    }

    pub fn reached(&self, id: FaultId) -> Option<u64> {
        self.faults.get(&id).map(|injected| injected.reached)
    }

    /// When something happens without a frame.
    pub fn next_due(&self) -> Option<Instant> {
        let waiting = self.waiting.iter().map(|waiting| waiting.due);
        let notices = self.notices.iter().map(|notice| notice.at);
        waiting.chain(notices).chain(self.timers.values().copied()).min()
    }

    fn notify(&mut self, class: u32, at: Instant) {
        let error = ErrorFrame::new(class, [0; 8]).expect("a class of the kernel's");
        let frame = CanFrame::from(error);
        self.own.count(&frame);
        self.notices.push(ReceivedFrame { at, frame });
    }

    /// Whether the bus takes no frame like this one now; counted.
    pub fn blocks(&mut self, frame: &CanFrame) -> bool {
        let now = self.now();
        let mut blocking = self.faults.values_mut().filter(|injected| injected.blocks());
        let blocks = blocking.any(|injected| injected.takes(frame, Way::Out));
        if blocks {
            self.own.full += 1;
            self.acts.note(now);
        }
        blocks
    }

    /// What the faults make of one frame: the frames that go on now, in order.
    pub fn disturb(&mut self, received: ReceivedFrame, way: Way) -> Vec<ReceivedFrame> {
        let now = self.now();
        let overtaken: Vec<Waiting> =
            self.waiting.extract_if(.., |held| held.overtaken && held.way == way).collect();
        // A frame that overtakes is not held back itself, or nothing would ever change its place.
        let overtakes = !overtaken.is_empty();
        let mut passing = vec![received];
        for injected in self.faults.values_mut() {
            let mut next = Vec::new();
            for received in passing {
                let reorders = injected.fault.what == Disturbance::Reorder;
                if injected.acts_before(way)
                    || (reorders && overtakes)
                    || !injected.takes(&received.frame, way)
                {
                    next.push(received);
                    continue;
                }
                self.acts.note(now);
                let other = |frame| ReceivedFrame { frame, ..received };
                let hold = |by, overtaken| {
                    let due = received.at.max(now) + by;
                    Waiting { due, way, received, overtaken }
                };
                match injected.fault.what {
                    Disturbance::Lose | Disturbance::BusOff { .. } => {}
                    Disturbance::Delay { by } => self.waiting.push(hold(by, false)),
                    Disturbance::Duplicate => next.extend([received; 2]),
                    Disturbance::Corrupt => next.push(other(injected.corrupted(&received.frame))),
                    Disturbance::Reorder => self.waiting.push(hold(REORDER_PATIENCE, true)),
                    Disturbance::Collide => {
                        next.extend([received, other(colliding(&received.frame))]);
                    }
                    Disturbance::Babble { .. }
                    | Disturbance::Replay { .. }
                    | Disturbance::FullQueue => next.push(received),
                }
            }
            passing = next;
        }
        let overtaken = overtaken.into_iter().map(|held| held.received);
        passing.extend(overtaken.map(|held| ReceivedFrame { at: received.at, ..held }));
        passing
    }

    /// What is due by the clock: frames that go on now, and what the bench is sent.
    pub fn act(&mut self) -> Vec<(ReceivedFrame, Way)> {
        let now = self.now();
        let mut free: Vec<Waiting> =
            self.waiting.extract_if(.., |waiting| waiting.due <= now).collect();
        free.sort_by_key(|waiting| waiting.due);
        let mut acting: Vec<(ReceivedFrame, Way)> = free
            .into_iter()
            .map(|held| (ReceivedFrame { at: now, ..held.received }, held.way))
            .collect();
        let due: Vec<FaultId> =
            self.timers.iter().filter(|(_, due)| **due <= now).map(|(&id, _)| id).collect();
        for id in due {
            let Some(injected) = self.faults.get_mut(&id) else { continue };
            match injected.fault.what.clone() {
                Disturbance::Babble { frame, period } => {
                    injected.reached += 1;
                    self.timers.insert(id, now + period.max(SHORTEST_PERIOD));
                    let babble = ReceivedFrame { at: now, frame };
                    acting.extend([(babble, Way::In), (babble, Way::Out)]);
                }
                Disturbance::Replay { frames } => {
                    let (sent, next) = injected.replayed(&frames, now);
                    acting.extend(sent);
                    match next {
                        Some(next) => self.timers.insert(id, next),
                        None => self.timers.remove(&id),
                    };
                }
                _ => {
                    injected.end();
                    self.timers.remove(&id);
                    self.notify(RESTARTED, now);
                }
            }
        }
        // In the order in which they were on the bus.
        acting.sort_by_key(|(received, _)| received.at);
        if !acting.is_empty() {
            self.acts.note(now);
        }
        acting.extend(self.notices.drain(..).map(|notice| (notice, Way::In)));
        acting
    }
}
