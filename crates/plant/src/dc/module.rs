//! A battery module in the world: where it lies in the network, and what its monitor sees and tells.

use bevy_ecs::prelude::{Component, Entity};
use blackstart_engine::{RoleShape, Terminal};
use blackstart_roles::{Protection, RoleKind};
use blackstart_scenario as model;
use blackstart_trace::Evidence;
use blackstart_units::Fraction;

use crate::network::{BranchId, LoadId};
use crate::role;

/// What the bench needs to know of a module.
#[derive(Component, Clone)]
pub struct InstalledBatteryModule {
    /// Its parameters.
    pub model: model::BatteryModule,
}

/// One module, with or without a monitor.
#[derive(Clone, Debug)]
pub(crate) struct PlacedModule {
    pub id: String,
    pub model: model::BatteryModule,
    /// Cells and conductors; discharge positive.
    pub cells: BranchId,
    pub electronics: LoadId,
    pub monitor: Option<Entity>,
    /// What its monitor last reported.
    pub reported: MonitorReport,
    /// Whether the built-in controller is its monitor: only then are its thresholds known.
    pub monitor_is_built_in: bool,
    /// The protection that its monitor has just claimed, and what that rests on, as long as a BMS may still
    /// answer at the same instant.
    pub alarmed: Option<(Protection, Evidence)>,
}

/// What a monitor puts on the cable to the BMS.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MonitorReport {
    /// In the order of [`LINES`].
    pub lines: [bool; 5],
    /// In percent.
    pub soc: f64,
    /// Current per capacity, discharge positive, 1/h.
    pub rate: f64,
    /// Between the highest and the lowest cell, V.
    pub imbalance: f64,
}

/// The lines of the cable between batteries and BMS, in the order of the commands of a monitor and of
/// the readings of a BMS.
pub(crate) const LINES: [&str; 5] = ["pre_alarm", "low_cell", "high_cell", "cold", "hot"];
/// Where in [`LINES`] each stands.
pub(crate) const LOW_CELL: usize = 1;
pub(crate) const HIGH_CELL: usize = 2;
pub(crate) const COLD: usize = 3;
pub(crate) const HOT: usize = 4;

/// The terminal of a monitor. Readings are in the order of its sampling channels.
pub(crate) fn terminal(id: &str, stored_soc: Fraction) -> Terminal {
    let mut terminal = role::terminal(id, RoleKind::CellMonitor, RoleShape::default());
    // Before its first look it is what it remembers.
    terminal.commands.put("soc_pct", stored_soc.0 * 100.0);
    terminal
}

impl MonitorReport {
    /// From the commands of a monitor.
    pub fn read(terminal: &Terminal) -> Self {
        let commands = &terminal.commands;
        Self {
            lines: LINES.map(|line| commands.value(line) > 0.5),
            soc: commands.value("soc_pct"),
            rate: commands.value("rate_per_h"),
            imbalance: commands.value("imbalance_v"),
        }
    }
}
