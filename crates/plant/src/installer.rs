//! A system under construction: what parts add branches, signals and entities to.

use std::f64::consts::PI;

use blackstart_engine::Simulation;
use blackstart_trace::{Catalogue, SignalId};
use blackstart_units::{Ohms, SimTime, Volts};

use crate::ac::{AcSide, Feeder};
use crate::circuit::Roster;
use crate::dc::DcSide;
use crate::network::{Clamp, NetworkBuilder, NetworkError, NodeId, Quantity};
use crate::parts::PartsBuilder;
use crate::record::Probe;
use crate::supply::AcSignals;

/// The system cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum PlantError {
    /// The network refuses a parameter.
    #[error("the network cannot be built")]
    Network(#[from] NetworkError),
    /// A part whose kind is declared and not built, or refers to what is not there.
    #[error("the part `{0}` cannot be built")]
    Part(String),
}

/// An open conductor: a short that is not there, a melted fuse.
pub(crate) const OPEN: Ohms = Ohms(1e9);
/// What an arc or a falling conductor holds when it is interrupted.
pub(crate) const ARC: Clamp = Clamp { voltage: Volts(150.0), resistance: Ohms(1e-3) };

/// The network, the AC side and the entities of a system under construction, with what they are shown as.
pub(crate) struct Installer<'a> {
    pub builder: NetworkBuilder,
    pub nodes: Vec<NodeId>,
    pub catalogue: Catalogue,
    pub probes: Vec<Probe>,
    pub simulation: &'a mut Simulation,
    pub roster: Roster,
    pub ac: AcSide,
    pub ac_signals: AcSignals,
    /// AC sources by the path of the device that they belong to.
    pub feeders: Vec<(String, Feeder)>,
    /// Of the inverters' currents: half a period of their output.
    pub ripple_period: SimTime,
    pub seed: u64,
    pub dc: DcSide,
    pub parts: PartsBuilder,
}

impl Installer<'_> {
    pub(crate) fn probe(&mut self, name: String, terms: Vec<Quantity>, scale: f64) {
        let signal = self.catalogue.analog(name);
        self.probes.push(Probe { signal, terms, scale, is_detail: false });
    }

    /// As [`probe`](Self::probe), of what others beside it show in full: the ends of steps are enough.
    pub(crate) fn detail(&mut self, name: String, term: Quantity) {
        let signal = self.catalogue.analog(name);
        self.probes.push(Probe { signal, terms: vec![term], scale: 1.0, is_detail: true });
    }

    /// The signal that shows a quantity.
    pub(crate) fn signal_of(&self, quantity: Quantity) -> Option<SignalId> {
        let probe = self.probes.iter().find(|probe| probe.terms == [quantity])?;
        Some(probe.signal)
    }

    /// Residual ripple: the share that averaging over a window lets through, |sinc|.
    pub(crate) fn residual_ripple(&self, window: SimTime) -> f64 {
        let angle = PI * window.as_seconds() / self.ripple_period.as_seconds();
        if angle > 0.0 { (libm::sin(angle) / angle).abs() } else { 1.0 }
    }
}
