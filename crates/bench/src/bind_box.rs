//! The built-in control of a backup box: from the model of the device to the rules that it follows.

use bevy_ecs::prelude::{Entity, World};
use blackstart_controllers::{BackupBox as Control, BackupBoxRules, PhaseShedding};
use blackstart_engine::{Controller, Terminal};
use blackstart_plant::BackupBox;
use blackstart_scenario as model;

/// The controller of a backup box.
pub(crate) fn box_built_in(
    world: &World,
    entity: Entity,
    terminal: &Terminal,
) -> Option<Box<dyn Controller>> {
    let rules = rules(&world.get::<BackupBox>(entity)?.model);
    let Terminal { readings, commands, claims, .. } = terminal;
    Some(Box::new(Control::new(rules, readings, commands, claims)?))
}

fn rules(model: &model::BackupBox) -> BackupBoxRules {
    let (supervision, back) = (&model.supervision, &model.grid_return);
    BackupBoxRules {
        grid_window: supervision.grid_window,
        frequency_window: supervision.frequency_window,
        detection_time: supervision.detection_time,
        storage_low: supervision.storage_low,
        storage_settle: supervision.storage_settle,
        return_time: back.return_time,
        delayed_return: back.delayed_return,
        from_failure: back.from_failure,
        restarts: back.restarts,
        dip_needs_restart: back.dip_needs_restart,
        restart_time: back.restart_time,
        shed: model.load_management.map(|rules| PhaseShedding {
            off_at: rules.off_at.map(|share| share.0),
            reconnect_above: rules.reconnect_above.0,
        }),
        is_meter: model.meter.as_grid_meter,
    }
}
