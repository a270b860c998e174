//! Rules over whole systems.

mod findings;
