//! The built-in control of a backup box: from the model of the device to the rules that it follows.

use bevy_ecs::prelude::{Entity, World};
use blackstart_controllers::{BackupBoxControl, BackupBoxRules};
use blackstart_engine::{Controller, Terminal};
use blackstart_plant::InstalledBackupBox;

/// The controller of a backup box.
pub(crate) fn box_built_in(
    world: &World,
    entity: Entity,
    terminal: &Terminal,
) -> Option<Box<dyn Controller>> {
    let model = &world.get::<InstalledBackupBox>(entity)?.model;
    let rules = BackupBoxRules {
        supervision: model.supervision,
        grid_return: model.grid_return,
        shed: model.load_management,
        is_meter: model.meter.as_grid_meter,
    };
    let Terminal { readings, commands, claims, .. } = terminal;
    Some(Box::new(BackupBoxControl::new(rules, readings, commands, claims)?))
}
