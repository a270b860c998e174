//! A source of constant voltage up to a current, and of that current beyond: alternator, solar
//! charger, mains charger, bench supply.
//!
//! One that takes nothing back is a regulator in the network: it asks for the current that its slope makes
//! of the voltage that is missing, up to its limit, and gives it with a lag; after a load dump it still gives
//! what it gave, and its output overshoots. One that sinks as well is a source voltage behind a limiter: a
//! gate whose line is the source's own resistance up to the current. Both rise by [`STIFFNESS`] beyond it.
//! What a limiter seems to burn no real source burns, it makes less; the energy books say so. Left out:
//! ripple, the stages of a charge, and how far the sun shines.

use bevy_ecs::prelude::Entity;
use blackstart_scenario::DcSource;
use blackstart_trace::SignalId;
use blackstart_units::{Amperes, Ohms, Seconds, Volts};

use crate::network::{BranchId, Clamp, Gate, RegulatorGate, SwitchGate};

/// How much a limited current still grows: a twentieth of an ampere with every volt.
pub(crate) const STIFFNESS: Ohms = Ohms(20.0);

/// What it leaks while it gives nothing.
const LEAKAGE: Ohms = Ohms(1e7);

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
    /// Source voltage and regulator or limiter.
    pub branch: BranchId,
    /// What switches it on and off; a regulator is that itself.
    pub switch: BranchId,
    pub state: SignalId,
    pub model: DcSource,
    /// What clamps its output, and how far above the voltage that is asked for.
    pub clamp: Option<(BranchId, Volts)>,
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

/// What regulates a source that takes nothing back; it is off until something turns it on.
pub(crate) fn regulator(model: &DcSource) -> Gate {
    Gate::Regulator(RegulatorGate {
        on: false,
        slope: model.resistance,
        limit: model.current,
        beyond: STIFFNESS,
        off: LEAKAGE,
        lag: model.regulation.map_or(Seconds(0.0), |one| one.lag),
    })
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
