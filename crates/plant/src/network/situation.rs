//! What a network stands at, without what it is made of: a cheap mark to begin again from.

use blackstart_units::SimTime;

use super::circuit::OperatingPoint;
use super::gate::Mode;
use super::network::Network;
use super::step::Step;

/// Instant, states, quadratures and the modes of devices.
#[derive(Debug, Clone)]
pub struct Situation {
    now: SimTime,
    point: OperatingPoint,
    totals: Vec<f64>,
    modes: Vec<Mode>,
    faded: Vec<bool>,
}

impl Situation {
    /// Its instant.
    pub fn now(&self) -> SimTime {
        self.now
    }
}

impl Step<'_> {
    /// How the network stood at the start of the step.
    pub fn situation(&self) -> Situation {
        Situation {
            now: self.from,
            point: self.start.clone(),
            totals: self.totals.to_vec(),
            modes: self.circuit.branches.iter().map(|branch| branch.gate.mode).collect(),
            faded: self.circuit.loads.iter().map(|load| load.faded).collect(),
        }
    }
}

impl Network {
    /// This network at another instant of the same run, to which nothing was commanded between the two.
    pub fn at(&self, situation: &Situation) -> Self {
        let mut network = self.clone();
        network.now = situation.now;
        network.point.clone_from(&situation.point);
        network.totals.clone_from(&situation.totals);
        for (branch, &mode) in network.circuit.branches.iter_mut().zip(&situation.modes) {
            branch.gate.mode = mode;
        }
        for (load, &faded) in network.circuit.loads.iter_mut().zip(&situation.faded) {
            load.faded = faded;
        }
        network.fired.clear();
        network.disturb();
        network
    }
}
