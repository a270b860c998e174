//! Built-in controllers of the DC side: from the models of devices to the rules that they follow.

use bevy_ecs::prelude::{Entity, World};
use blackstart_controllers::{
    CellMonitor, ChargerControl, ExternalBmsControl, MonitorRules, SwitchControl,
};
use blackstart_engine::{Controller, Terminal};
use blackstart_plant::{
    InstalledBatteryModule, InstalledCharger, InstalledExternalBms, InstalledRemoteSwitch,
};

/// The controller of a monitor, an external BMS, a charger or a remote-controlled switch.
pub(crate) fn dc_built_in(
    world: &World,
    entity: Entity,
    terminal: &Terminal,
) -> Option<Box<dyn Controller>> {
    let (readings, commands, claims) = (&terminal.readings, &terminal.commands, &terminal.claims);
    if let Some(InstalledBatteryModule { model, .. }) = world.get(entity) {
        let (capacity, stored_soc) = (model.capacity, model.stored_soc);
        let rules = MonitorRules { monitor: model.monitor?, capacity, stored_soc };
        return Some(Box::new(CellMonitor::new(rules, readings, commands, claims)?));
    }
    if let Some(InstalledExternalBms { model, .. }) = world.get(entity) {
        let alternator = model.alternator.map(|port| port.rules);
        let rules = model.rules.clone();
        return Some(Box::new(ExternalBmsControl::new(
            rules, alternator, readings, commands, claims,
        )?));
    }
    if world.get::<InstalledCharger>(entity).is_some() {
        return Some(Box::new(ChargerControl::new(readings, commands, claims)?));
    }
    let rules = world.get::<InstalledRemoteSwitch>(entity)?.model.rules;
    Some(Box::new(SwitchControl::new(rules, readings, commands, claims)?))
}
