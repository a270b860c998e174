//! Whether anything can charge a battery: what the plant says of it at the end, and the verdict keeps.

use serde::{Deserialize, Serialize};

/// Whether anything can charge a battery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChargePath {
    /// The system has nothing that could.
    Absent,
    /// There is something, but it has no supply, or the battery or its BMS forbids it.
    HeldBack,
    /// It could, and has nothing to do.
    Ready,
    /// It does.
    Charging,
}
