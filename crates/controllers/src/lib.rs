//! Built-in controllers: readings in, commands out.
//!
//! This crate cannot import `plant`: a controller that peeks at a true cell voltage does not compile.

mod alternator_port;
mod backup_box;
mod balance;
mod bank_charge;
mod battery_management;
mod cell_monitor;
mod charger_control;
mod external_bms;
mod held;
mod inverter_control;
mod nobody;
mod pack_control;
mod phase_shedding;
mod remote_terminals;
mod switch_control;
mod transfer_control;

pub use backup_box::{BackupBoxControl, BackupBoxRules};
pub use battery_management::{BatteryManagement, ManagementRules};
pub use cell_monitor::{CellMonitor, MonitorRules};
pub use charger_control::ChargerControl;
pub use external_bms::ExternalBmsControl;
pub use inverter_control::{InverterControl, StartRules};
pub use nobody::Nobody;
pub use pack_control::{PackControl, PackRules};
pub use switch_control::SwitchControl;
pub use transfer_control::TransferControl;
