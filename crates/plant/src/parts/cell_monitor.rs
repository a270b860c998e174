//! What measures each cell, through sense wires that a balancer's current drops a voltage on.
//!
//! A wire between two cells carries the current of what is switched across either: the cell that is bled
//! reads lower by a share of its own voltage, and the ones beside it higher by half of that. Where the
//! wire above a cell is open both cells beside it read the mean of the two, so that their sum stays right.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::cell_monitor::CellMonitorAmounts;
use blackstart_units::SimTime;

use super::Sensor;
use super::{Acting, Build, Stage};
use crate::network::{BranchId, Quantity};
use crate::sampling::{Channel, Scale};

#[derive(Debug)]
struct Wires {
    cells: BranchId,
    count: usize,
    resistance: f64,
    /// The wire that is open, by the cell below it.
    open: Option<usize>,
    /// Conductance across each cell.
    bled: Vec<f64>,
    version: u32,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: CellMonitorAmounts = part.amounts()?;
    let links = part.links("of");
    let quantities: Vec<Quantity> =
        links.iter().map(|link| into.look(link)).collect::<Option<_>>()?;
    let Quantity::CellVoltage(cells, _) = *quantities.first()? else { return None };
    let skew = amounts.skew_us.time();
    let count = quantities.len();
    let channel = |(k, quantity): (usize, Quantity)| Channel {
        noise: amounts.noise_mv.volts().0,
        step: amounts.step_mv.volts().0,
        lead: SimTime::from_nanos(skew.as_nanos() * (count - 1 - k) as u64),
        scale: Scale::Within(0.0, amounts.full_scale_v.volts().0),
        ..Channel::exact(quantity)
    };
    let times = (amounts.period_ms.time(), amounts.latency_ms.time());
    into.measures(Sensor::plain(
        times,
        quantities.into_iter().enumerate().map(channel).collect(),
        Some((Quantity::LowestCell(cells), Quantity::HighestCell(cells))),
    ));
    let resistance = amounts.wire_resistance_ohm.ohms().0;
    into.acts(Wires { cells, count, resistance, open: None, bled: vec![0.0; count], version: 0 });
    Some(())
}

impl Acting for Wires {
    fn act(&mut self, stage: &mut Stage<'_>) {
        if self.resistance == 0.0 {
            return;
        }
        for (k, bled) in self.bled.iter_mut().enumerate() {
            let now = stage.network.bleed(self.cells, k);
            if *bled != now {
                *bled = now;
                self.version += 1;
            }
        }
    }

    fn stimulate(&mut self, _: &str, to: f64) {
        let wire = to as usize;
        self.open = (1..self.count).contains(&wire).then(|| wire - 1);
        self.version += 1;
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn channel(&self, element: usize, channel: &mut Channel) {
        let bled = |k: Option<usize>| k.and_then(|k| self.bled.get(k)).copied().unwrap_or(0.0);
        let beside = bled(element.checked_sub(1)) + bled(Some(element + 1));
        channel.error.gain = self.resistance * (0.5 * beside - bled(Some(element)));
        channel.beside = self.open.and_then(|below| match element {
            k if k == below => Some(Quantity::CellVoltage(self.cells, below + 1)),
            k if k == below + 1 => Some(Quantity::CellVoltage(self.cells, below)),
            _ => None,
        });
    }
}
