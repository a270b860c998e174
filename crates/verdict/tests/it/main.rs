//! Rules over whole systems.

mod backup_box;
mod findings;
