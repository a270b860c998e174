//! A bus on which things go wrong: a port between the bench and another port.
//!
//! Which frame a fault happens to depends on the seed and on how many frames went before, never on the
//! clock; only what lasts for a time (a delay, being off the bus, a babbling node) takes the wall's, or that
//! of the simulation where it paces the device ([`FaultyBus::paced`]). Faults
//! act in the order in which they were injected, each on what the ones before it let through. A fault
//! counts the frames that it reached: one that reached none was not tested.

mod fault;
mod faults;

use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use blackstart_units::SimTime;
use blackstart_wire::can::CanFrame;

use crate::can_port::{CanPort, CanPortCounters, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;
use crate::origin::SimOrigin;
pub use fault::{Disturbance, InjectedFault, Way};
use faults::Faults;

/// A fault that was injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(u64);

/// A port with faults.
pub struct FaultyBus {
    port: Box<dyn CanPort>,
    faults: FaultControl,
    /// Of a bus that no wall clock paces.
    origin: Option<SimOrigin>,
    inbox: Vec<ReceivedFrame>,
}

/// Injects and lifts the faults of a bus, also while somebody else uses it.
#[derive(Clone, Debug)]
pub struct FaultControl(Arc<Mutex<Faults>>);

impl FaultControl {
    /// From now on this is wrong.
    pub fn inject(&self, fault: InjectedFault) -> FaultId {
        self.faults().inject(fault)
    }

    /// From now on this is right again; how many frames the fault reached, `None` if it was lifted
    /// before. Frames that it holds back still come.
    pub fn lift(&self, id: FaultId) -> Option<u64> {
        self.faults().lift(id)
    }

    /// How many frames a fault has reached; `None` of one that was lifted.
    pub fn reached(&self, id: FaultId) -> Option<u64> {
        self.faults().reached(id)
    }

    /// When any fault last did something to a frame, or let one go that it had held back.
    pub fn acted_at(&self) -> Option<Instant> {
        self.faults().acts.last
    }

    /// How often any fault has done something.
    pub fn acts(&self) -> u64 {
        self.faults().acts.count
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        // Nobody panics under the lock; if somebody did, the counts still stand.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FaultyBus {
    /// This port, for now without faults.
    pub fn new(port: Box<dyn CanPort>, seed: u64) -> Self {
        let faults = FaultControl(Arc::new(Mutex::new(Faults::new(seed))));
        Self { port, faults, origin: None, inbox: Vec::new() }
    }

    /// The same on a bus without a wall clock: what lasts for a time lasts for simulated time.
    pub fn paced(port: Box<dyn CanPort>, seed: u64, origin: SimOrigin) -> Self {
        let mut bus = Self::new(port, seed);
        bus.origin = Some(origin);
        bus.reach(SimTime::ZERO);
        bus
    }

    /// What injects faults into this bus.
    pub fn control(&self) -> FaultControl {
        self.faults.clone()
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

    /// What is due by the clock.
    fn act(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        let acting = self.faults.faults().act();
        for (received, way) in acting {
            let _ = self.forward(received, way, into)?;
        }
        Ok(())
    }
}

impl CanPort for FaultyBus {
    /// What became of the frame itself, if it went on now; a frame that a fault took away was queued.
    fn send(&mut self, frame: &CanFrame) -> Result<Sent, LinkErrorKind> {
        let passing = {
            let mut faults = self.faults.faults();
            let received = ReceivedFrame { at: faults.now(), frame: *frame };
            if faults.blocks(frame) {
                return Ok(Sent::Full);
            }
            faults.disturb(received, Way::Out)
        };
        let mut first = None;
        for received in passing {
            let sent = self.forward(received, Way::Out, &mut Vec::new())?;
            first.get_or_insert(sent);
        }
        Ok(first.unwrap_or(Sent::Queued))
    }

    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        self.act(into)?;
        let outcome = self.port.receive(&mut self.inbox);
        let mut faults = self.faults.faults();
        for received in self.inbox.drain(..) {
            into.extend(faults.disturb(received, Way::In));
        }
        outcome
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.port.poll_fd()
    }

    fn reach(&mut self, now: SimTime) {
        self.faults.faults().simulated = self.origin.map(|origin| origin.instant_of(now));
        self.port.reach(now);
    }

    fn is_due(&self) -> bool {
        self.port.is_due()
    }

    fn run_device(&mut self) -> Result<SimTime, LinkErrorKind> {
        self.port.run_device()
    }

    fn next_due(&self) -> Option<Instant> {
        let own = self.faults.faults().next_due();
        [own, self.port.next_due()].into_iter().flatten().min()
    }

    /// Those of the port behind, with the notices of faults; what a fault took away is not lost, and
    /// stands with the fault.
    fn counters(&self) -> CanPortCounters {
        let mut counters = self.port.counters();
        let own = self.faults.faults().own;
        counters.full += own.full;
        counters.errors.frames += own.errors.frames;
        counters.errors.bus_off += own.errors.bus_off;
        counters.errors.restarted += own.errors.restarted;
        counters
    }

    fn is_over(&self) -> bool {
        self.port.is_over()
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
