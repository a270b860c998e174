//! A consumer on a DC bus: constant power while it is on.

use blackstart_scenario as model;
use blackstart_trace::SignalId;
use blackstart_units::Watts;

use crate::network::{CrossingEdge, LoadId, Network, Quantity, Watch};

/// One consumer.
#[derive(Clone, Debug)]
pub(crate) struct DcConsumer {
    pub id: String,
    pub model: model::DcLoad,
    pub load: LoadId,
    pub state: SignalId,
    /// The voltage that it has.
    pub voltage: Quantity,
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

    /// Whether it works: it is switched on, and has the voltage that it needs for its power.
    pub fn is_on(&self, network: &Network) -> bool {
        self.remote_on && network.value(self.voltage) > self.model.minimum_voltage.0
    }

    /// Where it begins to work, or no longer does.
    pub fn watch(&self, network: &Network) -> Option<Watch> {
        let edge = if self.is_on(network) { CrossingEdge::Falling } else { CrossingEdge::Rising };
        let level = self.model.minimum_voltage.0;
        self.remote_on.then_some(Watch { quantity: self.voltage, level, edge })
    }
}
