//! A consumer on a DC bus: constant power while it is on.

use blackstart_scenario as model;
use blackstart_trace::SignalId;
use blackstart_units::Watts;

use crate::network::LoadId;

/// One consumer.
#[derive(Clone, Debug)]
pub(crate) struct DcConsumer {
    pub device: usize,
    pub id: String,
    pub model: model::DcLoad,
    pub load: LoadId,
    pub state: SignalId,
    /// What it asks for while it is on; the scenario may change it.
    pub demand: Watts,
    /// What its remote input makes of the wires that end there.
    pub remote_on: bool,
}

impl DcConsumer {
    /// What it takes now.
    pub fn power(&self) -> Watts {
        if self.remote_on { self.demand } else { self.model.off_draw }
    }
}
