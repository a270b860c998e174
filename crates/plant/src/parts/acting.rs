//! What a part does between the steps of the network, and what it can do meanwhile.

use std::fmt::Debug;

use blackstart_engine::{BusAnswer, BusTransfer};
use blackstart_trace::{ChargePath, Evidence};
use blackstart_units::{SimTime, Volts};

use crate::detector::ThresholdDetector;
use crate::moments::Moments;
use crate::network::{BranchId, Network, Step, Watch};
use crate::record::Recorder;
use crate::sampling::Channel;

/// What a part can do while it is brought to now.
pub(crate) struct Stage<'a> {
    pub network: &'a mut Network,
    /// From where the run could be taken up again.
    pub moments: &'a Moments,
    pub recorder: &'a mut Recorder,
    pub now: SimTime,
    /// Something was moved in the network.
    pub(super) moved: bool,
    /// Parts to be held open, or no longer: which, by whom, whether.
    pub(super) holds: Vec<(String, usize, bool)>,
    /// Pins of parts that others drive: whose, which, to what.
    pub(super) orders: Vec<(String, &'static str, f64)>,
    /// Parts that let go what they release.
    pub(super) let_go: Vec<usize>,
    /// Comparators that have just acted.
    pub(super) trips: Vec<Tripped>,
    /// The part that acts.
    pub(super) actor: usize,
}

/// A comparator that has just acted: which, as it was, since when, in what network.
pub(super) struct Tripped {
    pub actor: usize,
    pub detector: ThresholdDetector,
    pub since: SimTime,
    /// What it rests on, where the part does not say so itself.
    pub evidence: Option<Evidence>,
    pub network: Network,
}

impl Stage<'_> {
    /// Opens or closes a branch.
    pub fn set_switch(&mut self, branch: BranchId, closed: bool) {
        self.network.set_switch(branch, closed);
        self.moved = true;
    }

    /// Notes that something was changed in the network.
    pub fn moved(&mut self) {
        self.moved = true;
    }

    /// Holds a part open, or no longer.
    pub fn hold(&mut self, part: &str, open: bool) {
        self.holds.push((part.to_owned(), self.actor, open));
    }

    /// Notes that a comparator has acted, as it was right before.
    pub fn trip(&mut self, detector: ThresholdDetector, since: SimTime) {
        let (actor, network) = (self.actor, self.network.clone());
        self.trips.push(Tripped { actor, detector, since, evidence: None, network });
    }

    /// The same of one of several comparators of a part, with what it rests on.
    pub fn trip_on(&mut self, detector: ThresholdDetector, since: SimTime, evidence: Evidence) {
        let (actor, network, evidence) = (self.actor, self.network.clone(), Some(evidence));
        self.trips.push(Tripped { actor, detector, since, evidence, network });
    }

    /// Drives a pin of another part.
    pub fn order(&mut self, part: &str, pin: &'static str, value: f64) {
        self.orders.push((part.to_owned(), pin, value));
    }

    /// Lets go what the acting part releases.
    pub fn release(&mut self) {
        self.let_go.push(self.actor);
    }
}

/// A part that does something between the steps of the network.
pub(crate) trait Acting: Debug + Send + Sync {
    /// Brings it to now.
    fn act(&mut self, _stage: &mut Stage<'_>) {}
    /// The next instant at which it moves by itself.
    fn next(&self) -> SimTime {
        SimTime::NEVER
    }
    /// Levels at which it wants to be asked.
    fn watch(&self, _into: &mut Vec<Watch>) {}
    /// Sees an accepted step, and from where the run could be taken up again.
    fn see(&mut self, _step: &Step<'_>, _moments: &Moments) {}
    /// A branch melted, perhaps one of its own.
    fn melt(&mut self, _branch: BranchId, _network: &Network, _recorder: &mut Recorder) {}
    /// A controller commands a pin.
    fn command(&mut self, _command: Command) {}
    /// A controller begins a transfer on its bus.
    fn begin_transfer(&mut self, _transfer: BusTransfer, _now: SimTime) {}
    /// Transfers that have ended since the last call.
    fn ended_transfers(&mut self) -> Vec<BusAnswer> {
        Vec::new()
    }
    /// The state that a pin shows.
    fn reading(&self, _pin: &str) -> f64 {
        0.0
    }
    /// The scenario does something to it: a word of the stimulus by its place, or a number.
    fn stimulate(&mut self, _what: &str, _to: f64) {}
    /// A comparator holds it open, or no longer.
    fn hold(&mut self, _by: usize, _open: bool) {}
    /// Whether it holds others open until something clears it.
    fn is_latched(&self) -> bool {
        false
    }
    /// Of what is fed from an AC source: its voltage now. When it must be looked at again.
    fn feed(&mut self, _voltage: Volts, _stage: &mut Stage<'_>) -> SimTime {
        SimTime::NEVER
    }
    /// Of a charger: whether anything can charge through it.
    fn charge_path(&self, _is_fed: bool) -> Option<ChargePath> {
        None
    }
    /// Whether one of those that it releases is latched.
    fn need(&mut self, _is_needed: bool) {}
    /// Counts up whenever [`channel`](Self::channel) would say something else.
    fn version(&self) -> u32 {
        0
    }
    /// Brings a channel that measures through it to what is so now.
    fn channel(&self, _element: usize, _channel: &mut Channel) {}
    /// Of a comparator: what it has seen, and what its trips and margins rest on.
    fn detector(&self) -> Option<(&ThresholdDetector, Evidence)> {
        None
    }
    /// Of a comparator: what its trips and margins rest on from now on.
    fn rests_on(&mut self, _evidence: Evidence) {}
    /// Of a comparator: what it holds open.
    fn opens(&self) -> &[String] {
        &[]
    }
    /// Whether it lets current through that a comparator could stop.
    fn is_closed(&self, _network: &Network) -> bool {
        false
    }
    /// Writes down what only an instant at which the network stops can tell.
    fn record(&self, _network: &Network, _recorder: &mut Recorder) {}
    /// Writes down what only the end of a run can tell.
    fn conclude(&self, _now: SimTime, _recorder: &mut Recorder) {}
}

/// What a controller commands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub pin: &'static str,
    pub element: Option<usize>,
    pub value: f64,
    pub now: SimTime,
}

/// The pin by which what has latched lets go.
pub(super) const CLEAR: &str = "clear";

/// The pin that counts how often a protection has acted: one that is cleared and acts again at once is seen.
pub(super) const TRIPS: &str = "trips";

/// The assembly that a part belongs to, which what happens to it is reported of; the part itself, where it
/// stands in the system.
pub(super) fn owner(id: &str) -> String {
    id.rsplit_once('.').map_or(id, |(owner, _)| owner).to_owned()
}
