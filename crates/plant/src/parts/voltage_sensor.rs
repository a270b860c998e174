//! What measures the voltage between two nodes, through a divider that loads them.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::voltage_sensor::VoltageSensor;
use blackstart_units::Siemens;

use super::Sensor;
use super::{Acting, Build};
use crate::network::{NetworkLoad, Quantity};
use crate::sampling::{Channel, Scale, SensorError};

#[derive(Debug)]
struct Reads {
    says: f64,
    version: u32,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: VoltageSensor = part.amounts()?;
    let (plus, minus) = (into.end(0)?, into.end(1)?);
    let mut divider = NetworkLoad::new(format!("{}.divider", into.id), plus, minus);
    divider.conductance = Siemens(1.0 / amounts.divider_kohm.ohms().0);
    into.installer.builder.load(divider);
    let quantity = Quantity::Difference(plus, minus);
    into.probe("voltage_v", quantity, 1.0);
    let channel = Channel {
        noise: amounts.noise_mv.volts().0,
        step: amounts.step_mv.volts().0,
        error: SensorError { gain: amounts.gain_error_pct.fraction().0, ..SensorError::default() },
        scale: Scale::Within(0.0, amounts.full_scale_v.volts().0),
        ..Channel::exact(quantity)
    };
    let times = (amounts.period_ms.time(), amounts.latency_ms.time());
    into.measures(Sensor::plain(times, vec![channel], None));
    into.acts(Reads { says: 0.0, version: 0 });
    Some(())
}

impl Acting for Reads {
    fn stimulate(&mut self, _: &str, to: f64) {
        self.says = to;
        self.version += 1;
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn channel(&self, _: usize, channel: &mut Channel) {
        channel.says = Some(self.says).filter(|said| !said.is_nan());
    }
}
