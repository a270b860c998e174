//! A source of constant voltage up to a current, and of that current beyond: alternator, solar
//! charger, mains charger, bench supply.
//!
//! In the network it is a source voltage behind a limiter: a gate whose line is the source's own
//! resistance up to the current, and rises by [`STIFFNESS`] beyond it. What such a limiter seems to
//! burn no real source burns, it makes less; the energy books say so. Left out: ripple, the stages
//! of a charge, and how far the sun shines.

use bevy_ecs::prelude::Entity;
use blackstart_scenario::DcSource;
use blackstart_trace::SignalId;
use blackstart_units::{Amperes, Ohms, Volts};

use crate::network::{BranchId, Clamp, Gate, SwitchGate};

/// How much a limited current still grows: a twentieth of an ampere with every volt.
pub(crate) const STIFFNESS: Ohms = Ohms(20.0);

/// Names of the states, in the order of the signal's values.
pub(crate) const STATES: [&str; 3] = ["off", "on", "failed"];

/// What a source is to give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SourceOutput {
    pub on: bool,
    pub voltage: Volts,
    /// Where its limiter begins: the voltage of that current across its resistance.
    pub limiter: Volts,
}

/// One source.
#[derive(Clone, Debug)]
pub(crate) struct PlacedSource {
    pub id: String,
    /// Source voltage and limiter.
    pub branch: BranchId,
    /// What switches it on and off.
    pub switch: BranchId,
    pub state: SignalId,
    pub model: DcSource,
    /// What is set on it.
    pub voltage: Volts,
    pub running: bool,
    /// Who has its terminal, where it takes no current back: a charger is controlled.
    pub control: Option<Entity>,
    /// What is asked of it.
    pub asked: SourceOutput,
    /// What its remote input makes of the wires that end there.
    pub remote_on: bool,
    /// The signal of what its full current does to it.
    pub over_rating: Option<SignalId>,
    /// It has given its full current for too long.
    pub failed: bool,
}

impl PlacedSource {
    /// Index of its state.
    pub fn state(&self) -> u8 {
        match (self.failed, self.running && self.remote_on && self.asked.on) {
            (true, _) => 2,
            (false, on) => u8::from(on),
        }
    }
}

/// A resistance up to a current, nearly that current beyond, in both directions.
pub(crate) fn limiter(resistance: Ohms, current: Amperes) -> Gate {
    Gate::Switch(SwitchGate {
        closed: false,
        on: resistance,
        off: resistance,
        clamp: Some(Clamp { voltage: current * resistance, resistance: STIFFNESS }),
        body_diode: None,
    })
}
