//! Passive balancers: what a controller switches across single cells.

use std::collections::VecDeque;

use blackstart_scenario::Part;
use blackstart_scenario::kinds::balancer::Balancer;
use blackstart_trace::SignalId;
use blackstart_units::{Siemens, SimTime};

use super::{Acting, Build, Command, Stage};
use crate::network::{BranchId, Network, Quantity};
use crate::record::Recorder;

#[derive(Debug)]
struct Bleeds {
    cells: Vec<(BranchId, usize)>,
    conductance: Siemens,
    latency: SimTime,
    orders: VecDeque<(SimTime, usize, bool)>,
    power: SignalId,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: Balancer = part.amounts()?;
    let links = part.links("across");
    let cells: Vec<(BranchId, usize)> =
        links.iter().map(|link| into.cell(link)).collect::<Option<_>>()?;
    for (branch, _) in &cells {
        let string = into.installer.builder.cells_mut(*branch)?;
        string.separate = true;
        string.bleed_heat = amounts.heat_into_cells_pct.fraction().0;
    }
    let bleeds = Bleeds {
        cells,
        conductance: Siemens(1.0 / amounts.bleed_ohm.ohms().0),
        latency: amounts.command_latency_us.time(),
        orders: VecDeque::new(),
        power: into.analog("power_w"),
    };
    into.acts(bleeds);
    Some(())
}

impl Acting for Bleeds {
    fn act(&mut self, stage: &mut Stage<'_>) {
        while let Some((_, k, on)) = self.orders.pop_front_if(|order| order.0 <= stage.now) {
            let (branch, cell) = self.cells[k];
            let conductance = if on { self.conductance } else { Siemens(0.0) };
            if stage.network.set_bleed(branch, cell, conductance) {
                stage.moved();
            }
        }
    }

    fn next(&self) -> SimTime {
        self.orders.front().map_or(SimTime::NEVER, |order| order.0)
    }

    fn command(&mut self, Command { element, value, now, .. }: Command) {
        if let Some(k) = element.filter(|&k| k < self.cells.len()) {
            self.orders.push_back((now + self.latency, k, value > 0.5));
        }
    }

    fn record(&self, network: &Network, recorder: &mut Recorder) {
        let power = |&(branch, k): &(BranchId, usize)| {
            let bled = network.bleed(branch, k);
            if bled == 0.0 {
                return 0.0;
            }
            let volts = network.value(Quantity::CellVoltage(branch, k));
            bled * volts * volts
        };
        recorder.trace.sample(self.power, network.now(), self.cells.iter().map(power).sum());
    }
}
