//! Rules about neutral and earth. A residual-current device works where neutral is bonded to earth in
//! exactly one place.
//!
//! The grid bonds its own neutral. While a load is on an inverter, the bond is the inverter's, or the
//! grid's through a switch that leaves the neutrals connected. Devices of which nothing is known break
//! no rule.

use blackstart_scenario::{AcInput, Device, Inverter, RuleName, System, TransferSwitch};

use super::{Finding, add};

/// Every rule about neutral and earth that an inverter breaks.
pub(super) fn earth_findings(
    system: &System,
    device: &Device,
    inverter: &Inverter,
    found: &mut Vec<Finding>,
) {
    let Some(bonded) = inverter.bonds_neutral else { return };
    let own = system.device(&device.id);
    for feed in system.feeds.iter().filter(|feed| Some(feed.source) == own) {
        let sink = &system.devices[feed.sink];
        // Without a switch, or through one that changes the neutral over, the grid's bond is far away.
        let keeps_the_grids = match (sink.of_kind::<TransferSwitch>(), feed.input) {
            (Some(switch), Some(AcInput::Inverter)) => match switch.switches_neutral {
                Some(switched) => !switched,
                None => continue,
            },
            _ => false,
        };
        let source = "SESSY-33";
        if !bonded && !keeps_the_grids {
            let text = format!(
                "its output floats, and {} brings no neutral of the grid: a residual-current device behind it cannot trip",
                sink.id
            );
            add(found, RuleName::FloatingNeutral, &device.id, text, source);
        }
        if bonded && keeps_the_grids {
            let text = format!(
                "its neutral is bonded to earth, and {} leaves it connected with that of the grid: current of the loads runs in the earth",
                sink.id
            );
            add(found, RuleName::DoubleBond, &device.id, text, source);
        }
    }
}
