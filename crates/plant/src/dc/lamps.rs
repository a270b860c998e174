//! Lamps of a BMS: they show what it does and says, as long as it has supply.

use blackstart_engine::Terminal;
use blackstart_scenario::{BmsOutput, Condition, LampLight, LampReason};
use blackstart_units::Volts;

use super::bms::{Level, Manager};

/// What each lamp of a BMS shows, in the order of its model's.
pub(crate) fn lights<'m>(
    manager: &'m Manager,
    terminal: &'m Terminal,
    supply: Volts,
) -> impl Iterator<Item = LampLight> + use<'m> {
    let is_fed = supply >= manager.model.rules.supply_window.0;
    manager.model.lamps.iter().map(move |lamp| {
        let lit = lamp.rows.iter().find(|(reason, _)| is_fed && is_so(*reason, manager, terminal));
        lit.map_or(LampLight::Off, |(_, light)| *light)
    })
}

fn is_so(reason: LampReason, manager: &Manager, terminal: &Terminal) -> bool {
    let claims = &terminal.claims;
    let is_high = |output: BmsOutput| manager.outputs[output as usize].level == Level::High;
    match reason {
        LampReason::Active => claims.value("state") > 0.5,
        LampReason::LoadOutputHigh => is_high(BmsOutput::Load),
        LampReason::ChargeOutputHigh => is_high(BmsOutput::Charge),
        LampReason::AlternatorPathClosed => {
            manager.path.is_some() && terminal.commands.value("alternator_path") > 0.5
        }
        LampReason::ChargeStopped => claims.value("charge") > 0.5,
        LampReason::OwnHeat => {
            shown(manager, terminal).is_some_and(|(condition, _)| *condition == Condition::OwnHeat)
        }
        LampReason::Warning => shown(manager, terminal).is_some_and(|(_, code)| warns(code)),
        LampReason::AlarmOrError => shown(manager, terminal).is_some_and(|(_, code)| !warns(code)),
    }
}

/// The code that a BMS shows, if any.
fn shown<'m>(manager: &'m Manager, terminal: &Terminal) -> Option<&'m (Condition, String)> {
    let place = (terminal.claims.value("alarm") as usize).checked_sub(1)?;
    manager.model.rules.codes.get(place)
}

/// Codes that warn begin with a W.
fn warns(code: &str) -> bool {
    code.starts_with('W')
}
