//! Thermistors: each follows a group of cells, and its reader makes a temperature of its divider.

use std::collections::BTreeMap;
use std::sync::Arc;

use blackstart_scenario::Part;
use blackstart_scenario::kinds::thermistor::Thermistor;

use super::build::Sensor;
use super::{Acting, Build};
use crate::network::{Follower, Quantity};
use crate::sampling::{Channel, Scale};

/// From a temperature to what a reader takes it for: the divider's share of the reference voltage in whole
/// codes, and back through the same curve.
#[derive(Clone, Debug)]
pub(crate) struct ThermistorScale {
    /// Temperature and resistance, ascending and falling.
    curve: Vec<(f64, f64)>,
    pull_up: f64,
    codes: f64,
}

impl ThermistorScale {
    pub fn read(&self, temperature: f64) -> f64 {
        let resistance = self.resistance(temperature);
        let code = (self.codes * resistance / (resistance + self.pull_up)).round();
        self.temperature(code)
    }

    fn resistance(&self, temperature: f64) -> f64 {
        let ascending = self.curve.iter().map(|&(x, y)| (x, libm::log(y)));
        libm::exp(interpolate(ascending, temperature))
    }

    fn temperature(&self, code: f64) -> f64 {
        let share = (code / self.codes).clamp(0.0, 1.0 - 1e-9);
        let resistance = (self.pull_up * share / (1.0 - share)).max(f64::MIN_POSITIVE);
        let ascending = self.curve.iter().rev().map(|&(x, y)| (libm::log(y), x));
        interpolate(ascending, libm::log(resistance))
    }

    fn coldest(&self) -> f64 {
        self.curve.first().map_or(f64::NAN, |point| point.0)
    }

    fn hottest(&self) -> f64 {
        self.curve.last().map_or(f64::NAN, |point| point.0)
    }
}

/// Along straight lines between points, whose first numbers ascend; the ends beyond them.
fn interpolate(points: impl Iterator<Item = (f64, f64)>, at: f64) -> f64 {
    let mut before: Option<(f64, f64)> = None;
    for (x, y) in points {
        match before {
            None if at <= x => return y,
            Some((x0, y0)) if at <= x => return y0 + (y - y0) * (at - x0) / (x - x0),
            _ => before = Some((x, y)),
        }
    }
    before.map_or(f64::NAN, |(_, y)| y)
}

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
        let Quantity::GroupTemperature(branch, group) = into.look(link)? else { return None };
        let name = format!("{}.{}", into.id, k + 1);
        let lag = amounts.thermal_time_s.seconds();
        let follower = into.installer.builder.follower(Follower { name, branch, group, lag });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_comes_back_within_a_code_and_stays_within_the_table() {
        let curve = vec![(-20.0, 97_000.0), (0.0, 32_650.0), (25.0, 10_000.0), (60.0, 2_488.0)];
        let scale = ThermistorScale { curve, pull_up: 10_000.0, codes: 4096.0 };
        for temperature in [-20.0, -7.5, 0.0, 12.0, 25.0, 45.0, 60.0] {
            let read = scale.read(temperature);
            assert!((read - temperature).abs() < 0.06, "{temperature} reads {read}");
        }
        assert!((scale.read(-50.0) + 20.0).abs() < 0.06);
        assert!((scale.read(200.0) - 60.0).abs() < 0.06);
    }
}
