//! A switch of transistors: a gate that follows its command, a body diode, an avalanche.

use std::collections::{BTreeSet, VecDeque};

use blackstart_scenario::Part;
use blackstart_scenario::kinds::fet_switch::{FetSwitch, POSITIONS};
use blackstart_trace::{EventKind, SignalId};
use blackstart_units::{Amperes, Joules, SimTime};

use super::build::gate_warmth;
use super::owner;
use super::{Acting, Build, Command, Stage};
use crate::drive::{CLAMP_SETTLED, Drive, Motion, WORTH_RECORDING};
use crate::network::{
    BodyDiode, Branch, BranchId, Clamp, DiodeGate, Gate, Network, Quantity, SwitchGate,
};
use crate::record::Recorder;

/// What is wrong with it, by the words of the stimulus.
const SHORTED: f64 = 1.0;
const STUCK_OPEN: f64 = 2.0;

#[derive(Debug)]
struct Fet {
    id: String,
    branch: BranchId,
    drive: Drive,
    /// Commands on their way.
    orders: VecDeque<(SimTime, bool)>,
    held_open_by: BTreeSet<usize>,
    fault: f64,
    switching_time: SimTime,
    latency: SimTime,
    clamp_rating: Joules,
    position: SignalId,
    clamped: SignalId,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: FetSwitch = part.amounts()?;
    let mut branch = Branch::new(into.id, into.end(0)?, into.end(1)?);
    let off = amounts.off_resistance_kohm.ohms();
    let diode = DiodeGate {
        drop: amounts.body_drop_v.volts(),
        on: amounts.body_resistance_mohm.ohms(),
        off,
    };
    branch.gate = Gate::Switch(SwitchGate {
        closed: false,
        on: amounts.on_resistance_mohm.ohms(),
        off,
        clamp: Some(Clamp {
            voltage: amounts.clamp_voltage_v.volts(),
            resistance: amounts.clamp_resistance_mohm.ohms(),
        }),
        body_diode: match part.word("blocks") {
            "forward" => Some(BodyDiode { diode, conducts_forward: false }),
            "reverse" => Some(BodyDiode { diode, conducts_forward: true }),
            _ => None,
        },
    });
    branch.warmth = gate_warmth(part);
    let branch = into.installer.builder.branch(branch);
    into.offer_warmth(part, branch);
    into.offer("current_a", None, Quantity::Current(branch));
    into.detail("current_a", Quantity::Current(branch));
    let voltage = Quantity::Difference(into.end(0)?, into.end(1)?);
    into.offer("voltage_v", None, voltage);
    into.detail("voltage_v", voltage);
    let fet = Fet {
        id: into.id.to_owned(),
        branch,
        drive: Drive::default(),
        orders: VecDeque::new(),
        held_open_by: BTreeSet::new(),
        fault: 0.0,
        switching_time: amounts.switching_time_us.time(),
        latency: amounts.command_latency_us.time(),
        clamp_rating: amounts.clamp_rating_j.joules(),
        position: into.state("position", POSITIONS),
        clamped: into.analog("clamp_energy_j"),
    };
    into.acts(fet);
    Some(())
}

impl Fet {
    /// What the clamp will have to take is read from a clone that runs ahead.
    fn record_interruption(&self, current: Amperes, stage: &mut Stage<'_>) {
        let mut ahead = stage.network.clone();
        let before = stage.network.clamp_energy(self.branch);
        // Should the clone fail, the run itself does at the same place and says so.
        let _ = ahead.advance(stage.now + CLAMP_SETTLED, &[], &mut |_| {});
        let kind = EventKind::Interrupted {
            current,
            clamp_energy: ahead.clamp_energy(self.branch) - before,
            clamp_rating: self.clamp_rating,
        };
        stage.recorder.event(stage.now, &owner(&self.id), kind);
    }
}

impl Acting for Fet {
    fn act(&mut self, stage: &mut Stage<'_>) {
        while let Some((_, closed)) = self.orders.pop_front_if(|order| order.0 <= stage.now) {
            self.drive.wanted = closed;
        }
        let is_closed = stage.network.is_closed(self.branch);
        let allowed = match self.fault {
            SHORTED => true,
            STUCK_OPEN => false,
            _ => self.drive.wanted && self.held_open_by.is_empty(),
        };
        self.drive.head_for(allowed, is_closed, stage.now + self.switching_time);
        let current = Amperes(stage.network.value(Quantity::Current(self.branch)));
        if let Some(motion) = self.drive.arrive(stage.now) {
            stage.set_switch(self.branch, motion == Motion::Closes);
            if motion == Motion::Opens && current.abs() > WORTH_RECORDING {
                self.record_interruption(current, stage);
            }
        }
        let closed = f64::from(stage.network.is_closed(self.branch));
        stage.recorder.state(&self.id, self.position, stage.now, closed);
    }

    fn next(&self) -> SimTime {
        let arrives = self.orders.front().map_or(SimTime::NEVER, |order| order.0);
        arrives.min(self.drive.next())
    }

    fn command(&mut self, Command { value, now, .. }: Command) {
        self.orders.push_back((now + self.latency, value > 0.5));
    }

    fn stimulate(&mut self, _: &str, to: f64) {
        self.fault = to;
    }

    fn hold(&mut self, by: usize, open: bool) {
        match open {
            true => self.held_open_by.insert(by),
            false => self.held_open_by.remove(&by),
        };
    }

    fn is_closed(&self, network: &Network) -> bool {
        network.is_closed(self.branch)
    }

    fn record(&self, network: &Network, recorder: &mut Recorder) {
        let energy = network.clamp_energy(self.branch).0;
        recorder.trace.sample(self.clamped, network.now(), energy);
    }
}
