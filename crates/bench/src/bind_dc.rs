//! Built-in controllers of the DC side: from the models of devices to the rules that they follow.

use bevy_ecs::prelude::{Entity, World};
use blackstart_controllers::{
    AlternatorRules, BmsRules, CellMonitor, ExternalBms as Bms, MonitorRules, RemoteRules,
    SwitchControl, SwitchRules,
};
use blackstart_engine::{Controller, Terminal};
use blackstart_plant::{BatteryModule, ExternalBms, RemoteSwitch};
use blackstart_scenario as model;
use blackstart_units::SimTime;

/// The controller of a monitor, an external BMS or a remote-controlled switch.
pub(crate) fn dc_built_in(
    world: &World,
    entity: Entity,
    terminal: &Terminal,
) -> Option<Box<dyn Controller>> {
    let (readings, commands, claims) = (&terminal.readings, &terminal.commands, &terminal.claims);
    if let Some(module) = world.get::<BatteryModule>(entity) {
        let rules = monitor_rules(&module.model)?;
        return Some(Box::new(CellMonitor::new(rules, readings, commands, claims)?));
    }
    if let Some(bms) = world.get::<ExternalBms>(entity) {
        let rules = bms_rules(&bms.model);
        return Some(Box::new(Bms::new(rules, readings, commands, claims)?));
    }
    let closing = &world.get::<RemoteSwitch>(entity)?.model.rules;
    let rules = SwitchRules {
        close_voltage: closing.close_voltage,
        close_delay: closing.close_delay,
        open_voltage: closing.open_voltage,
        open_delay: closing.open_delay,
        highest_voltage: closing.highest_voltage,
    };
    Some(Box::new(SwitchControl::new(rules, readings, commands, claims)?))
}

fn monitor_rules(module: &model::BatteryModule) -> Option<MonitorRules> {
    let monitor = module.monitor?;
    Some(MonitorRules {
        has_pre_alarm: monitor.has_pre_alarm,
        pre_alarm: monitor.pre_alarm,
        low_cell: monitor.low_cell,
        high_cell: monitor.high_cell,
        charge_window: monitor.charge_window,
        temperature_hysteresis: monitor.temperature_hysteresis,
        report_period: monitor.report_period,
        capacity: module.capacity,
        stored_soc: module.stored_soc,
    })
}

fn bms_rules(bms: &model::ExternalBms) -> BmsRules {
    BmsRules {
        pre_alarm_lead: bms.pre_alarm_lead,
        stops_charge_when_cold: bms.stops_charge_when_cold,
        supply_window: bms.supply_window,
        allowed_window: bms.allowed_window,
        expects_pre_alarm: bms.expects_pre_alarm,
        valid_bank: bms.valid_bank,
        update_grace: bms.update_grace.unwrap_or(SimTime::NEVER),
        remote: RemoteRules {
            l_below: bms.remote.l_below,
            h_above: bms.remote.h_above,
            disables_all: bms.remote.disables_all,
        },
        charge: bms.charge,
        alternator: bms.alternator.map(|port| AlternatorRules {
            on_above: port.on_above,
            pause: port.pause,
            charge_limit: port.charge_limit,
            charge_resume: port.charge_resume,
            resume_time: port.resume_time,
        }),
        codes: bms.codes.iter().map(|(condition, _)| *condition).collect(),
    }
}
