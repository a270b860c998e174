//! What a Phoenix inverter has to say, once: its text fields and its registers in one table.
//!
//! Sources of numbers and units: register list of Victron's gui-v2 at commit 3b945973 (facts only),
//! labels from esphome-victron-vedirect at cd43178, product numbers from VictronMPPT-ESPHOME at 9a74ba9.
//! Which registers can be written is our reading of what they mean. Where clients disagree, the item
//! says so. Left out: the registers 0xEB5E to 0xEB60 (retry counters), whose width nobody gives.

/// Numbers of modes, states, alarms and reasons.
pub mod codes;
mod item;
mod table;

pub use item::{ItemError, PhoenixItem, PhoenixText, Register, RegisterForm, TextForm};
pub use table::{ITEMS, PRODUCTS, item, item_labelled, item_of_register};
