//! What measures a current.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::current_sensor::CurrentSensor;

use super::Sensor;
use super::{Acting, Build};
use crate::sampling::{Channel, Scale, SensorError};

#[derive(Debug)]
struct Reads {
    says: f64,
    version: u32,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: CurrentSensor = part.amounts()?;
    let quantity = into.look(part.links("of").first()?)?;
    let averaging = amounts.averaging_ms.time();
    let full_scale = amounts.full_scale_a.amperes().0;
    let channel = Channel {
        noise: amounts.noise_ma.amperes().0,
        step: amounts.step_ma.amperes().0,
        error: SensorError {
            gain: amounts.gain_error_pct.fraction().0,
            offset: amounts.offset_ma.amperes().0,
            dead_band: amounts.dead_band_ma.amperes().0,
        },
        ripple: into.installer.residual_ripple(averaging),
        scale: Scale::Within(-full_scale, full_scale),
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
