//! Built-in controllers: readings in, commands out.
//!
//! This crate cannot import `plant`: a controller that peeks at a true cell voltage does not compile.

mod battery_management;
mod inverter_control;
mod transfer_control;

pub use battery_management::{BatteryManagement, Limits};
pub use inverter_control::{EcoRules, InverterControl, StartRules};
pub use transfer_control::{TransferControl, TransferRules};
