//! Thermistors: each follows a group of cells, and its reader makes a temperature of its divider.

use std::collections::BTreeMap;
use std::sync::Arc;

use blackstart_scenario::Part;
use blackstart_scenario::kinds::thermistor::Thermistor;

use super::Sensor;
use super::{Acting, Build};
use crate::network::{Follower, Quantity};
use crate::sampling::{Channel, Scale};
use crate::thermistor_scale::ThermistorScale;

#[derive(Debug)]
struct Wires {
    scale: Arc<ThermistorScale>,
    says: BTreeMap<usize, f64>,
    version: u32,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: Thermistor = part.amounts()?;
    let scale = Arc::new(ThermistorScale {
        curve: part.table("curve").to_vec(),
        pull_up: amounts.pull_up_kohm.ohms().0,
        codes: amounts.converter_codes.plain(),
    });
    let mut channels = Vec::new();
    for (k, link) in part.links("of").iter().enumerate() {
        let name = format!("{}.{}", into.id, k + 1);
        let lag = amounts.thermal_time_s.seconds();
        let follower = into.installer.builder.follower(Follower {
            name,
            of: into.look(link)?.followed()?,
            lag,
        });
        channels.push(Channel {
            scale: Scale::Thermistor(Arc::clone(&scale)),
            ..Channel::exact(Quantity::Followed(follower))
        });
    }
    let times = (amounts.period_ms.time(), amounts.latency_ms.time());
    into.measures(Sensor::plain(times, channels, None));
    into.acts(Wires { scale, says: BTreeMap::new(), version: 0 });
    Some(())
}

impl Acting for Wires {
    fn stimulate(&mut self, what: &str, to: f64) {
        let said = if what == "open_wire" { self.scale.coldest() } else { self.scale.hottest() };
        match (to as usize).checked_sub(1) {
            Some(element) => drop(self.says.insert(element, said)),
            None => self.says.clear(),
        }
        self.version += 1;
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn channel(&self, element: usize, channel: &mut Channel) {
        channel.says = self.says.get(&element).copied();
    }
}
