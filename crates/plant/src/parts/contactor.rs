//! A contactor: a coil that pulls in or not, contacts that travel, bounce and weld, and one that tells.
//!
//! Pick-up and drop-out are currents of the coil, so both voltages grow with the resistance of its copper.

use std::collections::BTreeSet;

use blackstart_scenario::Part;
use blackstart_scenario::kinds::contactor;
use blackstart_scenario::kinds::fet_switch::POSITIONS;
use blackstart_trace::{EventKind, SignalId};
use blackstart_units::{Amperes, Ohms, SimTime};

use super::build::gate_warmth;
use super::owner;
use super::{Acting, Build, Command, Stage};
use crate::drive::{Drive, Motion};
use crate::installer::OPEN;
use crate::network::{
    Branch, BranchId, Clamp, CrossingEdge, Gate, Network, Quantity, SwitchGate, Watch,
};

/// Current below which parting contacts hold no arc: some tenths of an ampere for silver.
const LEAST_ARC: Amperes = Amperes(0.4);
/// Slope of an arc.
const ARC_SLOPE: Ohms = Ohms(1e-3);
/// Growth of the resistance of copper, 1/K, and the temperature from which it counts.
const COPPER: f64 = 0.003_93;
const COPPER_AT: f64 = 20.0;
/// What is wrong with it, by the words of the stimuli.
const WELDED: f64 = 1.0;
const STUCK_OPEN: f64 = 2.0;
const SAYS_OPEN: f64 = 1.0;
const SAYS_CLOSED: f64 = 2.0;

#[derive(Debug)]
struct Contactor {
    id: String,
    branch: BranchId,
    model: blackstart_scenario::Contactor,
    drive: Drive,
    held_open_by: BTreeSet<usize>,
    /// Since when the coil pulls.
    pulls_since: Option<SimTime>,
    supply: f64,
    pick_up: f64,
    drop_out: f64,
    power: [f64; 2],
    pull_in_phase: SimTime,
    contacts: f64,
    tells: f64,
    /// What the contact that tells shows, and what it will.
    reported: bool,
    turns: Option<(SimTime, bool)>,
    telling_delay: SimTime,
    position: SignalId,
    feedback: SignalId,
    coil_power: SignalId,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: contactor::ContactorAmounts = part.amounts()?;
    let mut branch = Branch::new(into.id, into.end(0)?, into.end(1)?);
    branch.gate = Gate::Switch(SwitchGate {
        closed: false,
        on: amounts.contact_resistance_mohm.ohms(),
        off: OPEN,
        clamp: Some(Clamp { voltage: amounts.arc_voltage_v.volts(), resistance: ARC_SLOPE }),
        body_diode: None,
    });
    branch.warmth = gate_warmth(part);
    let branch = into.installer.builder.branch(branch);
    into.offer_warmth(part, branch);
    into.offer("current_a", None, Quantity::Current(branch));
    into.detail("current_a", Quantity::Current(branch));
    let warm = 1.0 + COPPER * (amounts.coil_temperature_c.plain() - COPPER_AT);
    let contactor = Contactor {
        id: into.id.to_owned(),
        branch,
        model: blackstart_scenario::Contactor {
            pull_in: amounts.pull_in_ms.time(),
            drop_out: amounts.drop_out_ms.time(),
            bounces: amounts.bounce_count.count() as u32,
            bounce_time: amounts.bounce_ms.time(),
            making_current: amounts.making_current_a.amperes(),
            breaking_current: amounts.breaking_current_a.amperes(),
        },
        drive: Drive::default(),
        held_open_by: BTreeSet::new(),
        pulls_since: None,
        supply: amounts.coil_supply_v.volts().0,
        pick_up: amounts.coil_pick_up_v.volts().0 * warm,
        drop_out: amounts.coil_drop_out_v.volts().0 * warm,
        power: [amounts.pull_in_power_w.watts().0, amounts.hold_power_w.watts().0],
        pull_in_phase: amounts.pull_in_phase_ms.time(),
        contacts: 0.0,
        tells: 0.0,
        reported: false,
        turns: None,
        telling_delay: amounts.feedback_delay_ms.time(),
        position: into.state("position", POSITIONS),
        feedback: into.state("feedback", POSITIONS),
        coil_power: into.analog("coil_power_w"),
    };
    into.acts(contactor);
    Some(())
}

impl Contactor {
    /// Whether the coil pulls now.
    fn pulls(&mut self, now: SimTime) -> bool {
        let enough = if self.pulls_since.is_some() { self.drop_out } else { self.pick_up };
        let pulls = self.drive.wanted && self.held_open_by.is_empty() && self.supply >= enough;
        self.pulls_since = pulls.then(|| self.pulls_since.unwrap_or(now));
        pulls && self.contacts != STUCK_OPEN
    }

    fn move_contacts(&mut self, stage: &mut Stage<'_>) {
        if self.contacts == WELDED {
            if !stage.network.is_closed(self.branch) {
                stage.set_switch(self.branch, true);
            }
            self.drive.weld();
        }
        let pulls = self.pulls(stage.now);
        if self.drive.is_welded() {
            return;
        }
        let takes = if pulls { self.model.pull_in } else { self.model.drop_out };
        let is_closed = stage.network.is_closed(self.branch) || self.drive.is_bouncing();
        self.drive.head_for(pulls, is_closed, stage.now + takes);
        let motion = self.drive.arrive(stage.now);
        let current = Amperes(stage.network.value(Quantity::Current(self.branch)));
        if stage.network.is_closed(self.branch)
            && current.abs() >= self.drive.bears(&self.model, motion)
        {
            self.drive.weld();
            let event = EventKind::ContactWelded { current };
            stage.recorder.event(stage.now, &owner(&self.id), event);
            return;
        }
        if motion == Some(Motion::Closes) {
            self.drive.bounce(stage.now, &self.model);
        }
        match motion {
            Some(Motion::Closes | Motion::Touches) => stage.set_switch(self.branch, true),
            Some(_) if current.abs() < LEAST_ARC => {
                stage.network.open_without_arc(self.branch);
                stage.moved();
            }
            Some(_) => stage.set_switch(self.branch, false),
            None => {}
        }
    }

    /// The contact that tells follows the others, or says what it says.
    fn tell(&mut self, closed: bool, now: SimTime) {
        match self.turns {
            Some((_, to)) if to == closed => {}
            _ if closed == self.reported => self.turns = None,
            _ => self.turns = Some((now + self.telling_delay, closed)),
        }
        if let Some((_, to)) = self.turns.take_if(|turns| turns.0 <= now) {
            self.reported = to;
        }
    }

    fn shown(&self) -> f64 {
        match self.tells {
            SAYS_OPEN => 0.0,
            SAYS_CLOSED => 1.0,
            _ => f64::from(self.reported),
        }
    }
}

impl Acting for Contactor {
    fn act(&mut self, stage: &mut Stage<'_>) {
        self.move_contacts(stage);
        let closed = stage.network.is_closed(self.branch);
        self.tell(closed, stage.now);
        let (recorder, now) = (&mut *stage.recorder, stage.now);
        recorder.state(&self.id, self.position, now, f64::from(closed));
        recorder.state(&self.id, self.feedback, now, self.shown());
        let holds = self.pulls_since.map(|since| now >= since + self.pull_in_phase);
        let power = holds.map_or(0.0, |holds| self.power[usize::from(holds)]);
        recorder.held(self.coil_power, now, power);
    }

    fn next(&self) -> SimTime {
        let tells = self.turns.map_or(SimTime::NEVER, |turns| turns.0);
        self.drive.next().min(tells)
    }

    fn watch(&self, into: &mut Vec<Watch>) {
        if self.drive.is_bouncing() {
            let Amperes(level) = self.model.making_current;
            let outwards = Watch {
                quantity: Quantity::Current(self.branch),
                level,
                edge: CrossingEdge::Rising,
            };
            into.extend([
                outwards,
                Watch { level: -level, edge: CrossingEdge::Falling, ..outwards },
            ]);
        }
    }

    fn command(&mut self, command: Command) {
        self.drive.wanted = command.value > 0.5;
    }

    fn reading(&self, _: &str) -> f64 {
        self.shown()
    }

    fn stimulate(&mut self, what: &str, to: f64) {
        match what {
            "contacts" => {
                if to != WELDED && self.contacts == WELDED {
                    self.drive.free();
                }
                self.contacts = to;
            }
            "feedback" => self.tells = to,
            _ => self.supply = to,
        }
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
}
