//! What converts everything that a controller of a pack sees, together.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::pack_monitor::{AFTER_CELLS, PackMonitorAmounts};
use blackstart_units::SimTime;

use super::Build;
use super::Sensor;
use crate::network::Quantity;
use crate::sampling::{Channel, SensorError};

/// Resolution of the temperature, K.
const TEMPERATURE_STEP: f64 = 0.1;

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: PackMonitorAmounts = part.amounts()?;
    let (minus, pack, port) = (into.end(0)?, into.end(1)?, into.end(2)?);
    let links = part.links("cells").iter();
    let cells: Vec<Quantity> = links.map(|link| into.look(link)).collect::<Option<_>>()?;
    let Quantity::CellVoltage(string, _) = *cells.first()? else { return None };
    let currents = part.links("currents").iter();
    let currents: Vec<Quantity> = currents.map(|link| into.look(link)).collect::<Option<_>>()?;
    let charge = |current: Quantity| match current {
        Quantity::Current(branch) => Some(Quantity::Charge(branch)),
        _ => None,
    };
    let (&current, also) = match &currents[..] {
        [own] => (own, None),
        [own, other] => (own, Some(*other)),
        _ => return None,
    };
    let voltage = |quantity| Channel {
        noise: amounts.voltage_noise_mv.volts().0,
        step: amounts.voltage_step_mv.volts().0,
        ..Channel::exact(quantity)
    };
    let error = SensorError {
        gain: amounts.current_gain_error_pct.fraction().0,
        offset: amounts.current_offset_ma.amperes().0,
        dead_band: amounts.current_dead_band_ma.amperes().0,
    };
    let skew = amounts.cell_skew_us.time().as_nanos();
    let count = cells.len();
    let cell = |(k, quantity): (usize, Quantity)| Channel {
        lead: SimTime::from_nanos(skew.saturating_mul((count - 1 - k) as u64)),
        ..voltage(quantity)
    };
    let mut channels: Vec<Channel> = cells.into_iter().enumerate().map(cell).collect();
    channels.push(Channel {
        also,
        noise: amounts.current_noise_ma.amperes().0,
        step: amounts.current_step_ma.amperes().0,
        error,
        ripple: into.installer.residual_ripple(amounts.current_averaging_ms.time()),
        ..Channel::exact(current)
    });
    let pack_voltage = Quantity::Difference(pack, minus);
    let port_voltage = Quantity::Difference(port, minus);
    channels.extend([voltage(pack_voltage), voltage(port_voltage)]);
    channels.push(Channel {
        also: also.and_then(charge),
        error,
        ..Channel::exact(charge(current)?)
    });
    let warmth = Channel::exact(Quantity::CellTemperature(string));
    channels.push(Channel { step: TEMPERATURE_STEP, ..warmth });
    into.measures(Sensor {
        period: amounts.sensing_period_ms.time(),
        latency: amounts.sensing_latency_ms.time(),
        channels,
        extremes: Some((Quantity::LowestCell(string), Quantity::HighestCell(string))),
        places: AFTER_CELLS.into_iter().zip(count..).collect(),
        alerts: part.links("alerts").iter().map(|link| link.part.clone()).collect(),
        command_latency: amounts.command_latency_us.time(),
    });
    into.probe("pack_voltage_v", pack_voltage, 1.0);
    into.probe("port_voltage_v", port_voltage, 1.0);
    Some(())
}
