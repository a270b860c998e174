//! What must be true of a run: one entry for each check of a scenario file.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protection_name::ProtectionName;
use crate::rule_name::RuleName;

/// One requirement.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CheckEntry {
    /// No protection acts; or not the named one.
    NoTrip {
        /// Name of the check, unique in the scenario.
        id: String,
        /// Instance (`sessy-1`); any when absent.
        #[serde(default)]
        target: Option<String>,
        /// `scd`, `ocd`, `uvp`, `ovp` and so on; any when absent.
        #[serde(default)]
        protection: Option<ProtectionName>,
    },
    /// The named protection acts, for the named cause, in the given time.
    Trips {
        /// Name of the check.
        id: String,
        /// Instance (`sessy-1`).
        target: String,
        /// Which protection.
        protection: ProtectionName,
        /// Why it must have acted, as decided from the network.
        #[serde(default)]
        cause: Option<CauseName>,
        /// Not before this instant.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// Not after this instant.
        #[serde(default)]
        #[schemars(range(min = 0))]
        by_s: Option<f64>,
    },
    /// A continuous signal stays within limits, over a window or the whole run.
    Stays {
        /// Name of the check.
        id: String,
        /// Full name of the signal; limits are in its unit.
        signal: String,
        /// Lower limit.
        #[serde(default)]
        at_least: Option<f64>,
        /// Upper limit.
        #[serde(default)]
        at_most: Option<f64>,
        /// Start of the window; the scenario's when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// End of the window; the scenario's when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        to_s: Option<f64>,
    },
    /// A continuous signal comes within limits at some instant of the window.
    Reaches {
        /// Name of the check.
        id: String,
        /// Full name of the signal; limits are in its unit.
        signal: String,
        /// Lower limit.
        #[serde(default)]
        at_least: Option<f64>,
        /// Upper limit.
        #[serde(default)]
        at_most: Option<f64>,
        /// Start of the window.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// End of the window.
        #[serde(default)]
        #[schemars(range(min = 0))]
        by_s: Option<f64>,
    },
    /// A state signal has the named state at an instant.
    StateIs {
        /// Name of the check.
        id: String,
        /// Full name of the state signal (`inverter-1.state`).
        signal: String,
        /// The state that it must have.
        is: String,
        /// When; the end of the run when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        at_s: Option<f64>,
    },
    /// A signal enters a state within a window, from another; or within a time after another signal has entered
    /// one. What was so before the window, and stays so, does not become so.
    Becomes {
        /// Name of the check.
        id: String,
        /// Signal of states.
        signal: String,
        /// The state.
        is: String,
        /// From when; the start when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// Until when; the end when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        by_s: Option<f64>,
        /// What another signal must have become first, in the same window.
        #[serde(default)]
        after: Option<StateEntry>,
        /// Within which time after that.
        #[serde(default)]
        #[schemars(range(min = 0))]
        within_s: Option<f64>,
    },
    /// A state changes so often within a window.
    Changes {
        /// Name of the check.
        id: String,
        /// Signal of states.
        signal: String,
        /// Fewest changes.
        #[serde(default)]
        at_least: Option<u32>,
        /// Most changes.
        #[serde(default)]
        at_most: Option<u32>,
        /// From when; the start when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// Until when; the end when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        to_s: Option<f64>,
    },
    /// A signal is never in a state while another is in one of its own.
    NeverWhile {
        /// Name of the check.
        id: String,
        /// Signal of states.
        signal: String,
        /// The state that it must not have.
        is: String,
        /// While this is so.
        #[serde(rename = "while")]
        other: StateEntry,
    },
    /// A load keeps its supply for a time after the grid failed.
    Runtime {
        /// Name of the check.
        id: String,
        /// Instance of the load.
        load: String,
        /// At least this long.
        #[serde(default)]
        #[schemars(range(min = 0))]
        at_least_s: Option<f64>,
        /// At most this long: a longer time means that losses were left out.
        #[serde(default)]
        #[schemars(range(min = 0))]
        at_most_s: Option<f64>,
    },
    /// Every gap in a load's supply is short enough. A load that never had supply has had a gap since the
    /// start.
    Gap {
        /// Name of the check.
        id: String,
        /// Instance of the load.
        load: String,
        /// Longest gap allowed; the load's own ride-through when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        at_most_s: Option<f64>,
        /// Only gaps that last beyond this instant, whenever they began.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// Only gaps that begin no later than this instant.
        #[serde(default)]
        #[schemars(range(min = 0))]
        to_s: Option<f64>,
    },
    /// The two sources of a transfer switch are never connected to each other.
    NeverParallel {
        /// Name of the check.
        id: String,
        /// Instance of the transfer switch.
        target: String,
    },
    /// The system as drawn breaks a rule, and the bench says so; or it does not break it.
    Finding {
        /// Name of the check.
        id: String,
        /// Which rule.
        rule: RuleName,
        /// Instance that it is about; any when absent.
        #[serde(default)]
        target: Option<String>,
        /// Number of a fact that must be named as its source; any when absent.
        #[serde(default)]
        fact: Option<String>,
        /// Whether the rule must be broken; `false` where it must not.
        #[serde(default = "is_broken")]
        broken: bool,
    },
    /// The deep-discharge risk at the end is no worse than a level.
    DeepDischarge {
        /// Name of the check.
        id: String,
        /// Instance of the battery.
        target: String,
        /// The worst level allowed.
        at_most: RiskName,
    },
}

/// A state of a signal.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateEntry {
    /// Signal of states.
    pub signal: String,
    /// The state.
    pub is: String,
}

const fn is_broken() -> bool {
    true
}

/// Why a protection acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CauseName {
    /// Capacitors filling.
    Inrush,
    /// Loads that start.
    Starting,
    /// Loads that draw too much.
    Overload,
    /// Into another battery, or out of one.
    Equalising,
    /// A charger or another source pushes.
    Charger,
    /// A conductor where none belongs.
    Short,
    /// The sensor showed what was not there.
    FalseReading,
    /// Another source keeps the port from following the pre-charge.
    HeldByAnotherSource,
    /// A load keeps the capacitors from filling.
    LiveLoad,
    /// The cells are empty.
    Empty,
    /// A cell is low that is not empty.
    CellLow,
    /// The cells are full.
    Full,
    /// A cell is high that is not full.
    CellHigh,
    /// The cells are too hot.
    Hot,
    /// The cells are too cold.
    Cold,
    /// What it listens to said nothing for too long.
    HostSilent,
}

/// Levels of deep-discharge risk, worst last.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RiskName {
    /// Charge is left above the cut-off.
    None,
    /// Cut off, with more than a week of reserve left.
    Low,
    /// Cut off, with less than a week of reserve left.
    High,
    /// A cell is below the voltage from which it can be charged again.
    Damaged,
}

impl fmt::Display for RiskName {
    /// As in a scenario file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
