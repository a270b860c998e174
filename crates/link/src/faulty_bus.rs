//! A bus on which things go wrong: a port between the bench and another port.
//!
//! Which frame a fault happens to depends on the seed and on how many frames went before, never on the
//! clock; only what lasts for a time (a delay, being off the bus, a babbling node) takes the wall's. Faults
//! act in the order in which they were injected, each on what the ones before it let through. A fault
//! counts the frames that it reached: one that reached none was not tested.

mod fault;

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_wire::can::{CanFrame, ErrorFrame};

use crate::can_port::{CanCounters, CanPort, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;
pub use fault::{CanFault, Disturbance, Way};
use fault::{Injected, colliding};

/// How long a frame waits for the one that is to overtake it.
const REORDER_PATIENCE: Duration = Duration::from_millis(100);
/// `CAN_ERR_BUSOFF` and `CAN_ERR_RESTARTED` of `linux/can/error.h`.
const BUS_OFF: u32 = 1 << 6;
const RESTARTED: u32 = 1 << 8;

/// A fault that was injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(u64);

/// A port with faults.
pub struct FaultyBus {
    port: Box<dyn CanPort>,
    seed: u64,
    faults: BTreeMap<FaultId, Injected>,
    injected: u64,
    /// Frames that wait, each way, in the order in which they came to wait.
    waiting: Vec<Waiting>,
    /// When faults that act by themselves act next.
    timers: BTreeMap<FaultId, Instant>,
    /// What the bench is to be told besides.
    notices: Vec<ReceivedFrame>,
    inbox: Vec<ReceivedFrame>,
    /// What is not the port's: its own notices, frames that found no room because of a fault.
    own: CanCounters,
}

/// A frame that is held back.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    due: Instant,
    way: Way,
    received: ReceivedFrame,
    /// Whether the next frame of its way lets it go.
    overtakes: bool,
}

impl FaultyBus {
    /// This port, for now without faults.
    pub fn new(port: Box<dyn CanPort>, seed: u64) -> Self {
        Self {
            port,
            seed,
            faults: BTreeMap::new(),
            injected: 0,
            waiting: Vec::new(),
            timers: BTreeMap::new(),
            notices: Vec::new(),
            inbox: Vec::new(),
            own: CanCounters::default(),
        }
    }

    /// From now on this is wrong.
    pub fn inject(&mut self, mut fault: CanFault) -> FaultId {
        let id = FaultId(self.injected);
        self.injected += 1;
        let now = Instant::now();
        match fault.what {
            Disturbance::BusOff { recovers_after } => {
                fault.way = Way::Both;
                self.notify(BUS_OFF, now);
                if let Some(time) = recovers_after {
                    self.timers.insert(id, now + time);
                }
            }
            Disturbance::Babble { .. } => {
                self.timers.insert(id, now);
            }
            _ => {}
        }
        let seed = self.seed.wrapping_add(id.0);
        self.faults.insert(id, Injected::new(fault, seed));
        id
    }

    /// From now on this is right again; how many frames the fault reached. Frames that it holds back
    /// still come.
    pub fn lift(&mut self, id: FaultId) -> Option<u64> {
        let injected = self.faults.remove(&id)?;
        self.timers.remove(&id);
        let is_off = matches!(injected.fault.what, Disturbance::BusOff { .. });
        if is_off && !injected.has_ended() {
            self.notify(RESTARTED, Instant::now());
        }
        Some(injected.reached)
    }

    /// How many frames a fault has reached; `None` of one that was lifted or has ended.
    pub fn reached(&self, id: FaultId) -> Option<u64> {
        self.faults.get(&id).map(|injected| injected.reached)
    }

    fn notify(&mut self, class: u32, at: Instant) {
        let error = ErrorFrame::new(class, [0; 8]).expect("a class of the kernel's");
        let frame = CanFrame::from(error);
        self.own.count(&frame);
        self.notices.push(ReceivedFrame { at, frame });
    }

    /// What the faults make of one frame: the frames that go on now, in order.
    fn disturb(&mut self, received: ReceivedFrame, way: Way) -> Vec<ReceivedFrame> {
        let mut passing = vec![received];
        for injected in self.faults.values_mut() {
            let mut next = Vec::new();
            for received in passing {
                let decided = injected.acts_before(way);
                if decided || !injected.takes(&received.frame, way) {
                    next.push(received);
                    continue;
                }
                let other = |frame| ReceivedFrame { frame, ..received };
                let hold = |by, overtakes| {
                    let due = received.at.max(Instant::now()) + by;
                    Waiting { due, way, received, overtakes }
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
                    Disturbance::Babble { .. } | Disturbance::FullQueue => next.push(received),
                }
            }
            passing = next;
        }
        passing
    }

    /// Whether the bus takes nothing now, because of this frame's fault.
    fn is_full(&mut self, frame: &CanFrame) -> bool {
        let mut blocking = self.faults.values_mut().filter(|injected| injected.blocks());
        blocking.any(|injected| injected.takes(frame, Way::Out))
    }

    /// Everything that is due: frames that were held back, nodes that babble, controllers that recover.
    fn act(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        let now = Instant::now();
        self.let_go(now, into)?;
        for (id, due) in self.timers.clone() {
            if due > now {
                continue;
            }
            let Some(injected) = self.faults.get_mut(&id) else { continue };
            match injected.fault.what {
                Disturbance::Babble { frame, period } => {
                    injected.reached += 1;
                    self.timers.insert(id, due + period.max(Duration::from_micros(1)));
                    into.push(ReceivedFrame { at: now, frame });
                    let _ = self.forward(ReceivedFrame { at: now, frame }, Way::Out, into)?;
                }
                _ => {
                    injected.end();
                    self.timers.remove(&id);
                    self.notify(RESTARTED, now);
                }
            }
        }
        into.append(&mut self.notices);
        Ok(())
    }

    /// Lets frames go whose time has come.
    fn let_go(&mut self, now: Instant, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        let mut free = Vec::new();
        self.waiting.retain(|waiting| {
            let is_due = waiting.due <= now;
            free.extend(is_due.then_some(*waiting));
            !is_due
        });
        free.sort_by_key(|waiting| waiting.due);
        for waiting in free {
            let _ =
                self.forward(ReceivedFrame { at: now, ..waiting.received }, waiting.way, into)?;
        }
        Ok(())
    }

    /// Hands a frame on; one that its port does not take is counted there.
    fn forward(
        &mut self,
        received: ReceivedFrame,
        way: Way,
        into: &mut Vec<ReceivedFrame>,
    ) -> Result<Sent, LinkErrorKind> {
        if way == Way::Out {
            return self.port.send(&received.frame);
        }
        into.push(received);
        Ok(Sent::Queued)
    }

    /// Passes a frame on, and behind it those that it was to overtake.
    fn pass(
        &mut self,
        received: ReceivedFrame,
        way: Way,
        into: &mut Vec<ReceivedFrame>,
    ) -> Result<Sent, LinkErrorKind> {
        let overtaken: Vec<Waiting> =
            self.waiting.extract_if(.., |w| w.overtakes && w.way == way).collect();
        let mut sent = Sent::Queued;
        for (index, received) in self.disturb(received, way).into_iter().enumerate() {
            let outcome = self.forward(received, way, into)?;
            // What the caller is told is what became of its own frame.
            if index == 0 {
                sent = outcome;
            }
        }
        for waiting in overtaken {
            let at = received.at;
            let _ = self.forward(ReceivedFrame { at, ..waiting.received }, way, into)?;
        }
        Ok(sent)
    }
}

impl CanPort for FaultyBus {
    fn send(&mut self, frame: &CanFrame) -> Result<Sent, LinkErrorKind> {
        if self.is_full(frame) {
            self.own.full += 1;
            return Ok(Sent::Full);
        }
        let received = ReceivedFrame { at: Instant::now(), frame: *frame };
        // Nothing comes out of a frame that goes out.
        self.pass(received, Way::Out, &mut Vec::new())
    }

    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        self.act(into)?;
        let mut inbox = std::mem::take(&mut self.inbox);
        let outcome = self.port.receive(&mut inbox);
        for received in inbox.drain(..) {
            let _ = self.pass(received, Way::In, into)?;
        }
        self.inbox = inbox;
        outcome
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.port.poll_fd()
    }

    fn next_due(&self) -> Option<Instant> {
        let waiting = self.waiting.iter().map(|waiting| waiting.due);
        let notices = self.notices.iter().map(|notice| notice.at);
        let own = waiting.chain(notices).chain(self.timers.values().copied()).min();
        [own, self.port.next_due()].into_iter().flatten().min()
    }

    /// Those of the port behind; what a fault took away is not lost, and stands with the fault.
    fn counters(&self) -> CanCounters {
        let mut counters = self.port.counters();
        counters.full += self.own.full;
        counters.errors.frames += self.own.errors.frames;
        counters.errors.bus_off += self.own.errors.bus_off;
        counters.errors.restarted += self.own.errors.restarted;
        counters
    }

    fn describe(&self) -> String {
        format!("{} with faults", self.port.describe())
    }

    fn last_words(&mut self) -> String {
        self.port.last_words()
    }

    fn close(&mut self, grace: Duration) {
        self.port.close(grace);
    }
}
