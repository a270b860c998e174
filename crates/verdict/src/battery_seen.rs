//! How batteries fared, in a verdict: what was believed of their charge, what it took to get them back, and
//! whether they risk to be discharged too deep.

use blackstart_scenario::RiskName;
use blackstart_trace::ChargePath;
use serde::{Deserialize, Serialize};

use crate::{Moment, Rounded, Side};

/// A belief about the state of charge, beside the truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocSeen {
    /// Instance of the battery.
    pub battery: String,
    /// `grid-lost`, `grid-back`, `cut-off`, `end`.
    pub when: String,
    /// The instant.
    pub at_s: Moment,
    /// What the controller claimed just before.
    pub claimed_pct: Rounded,
    /// Mean of the cells.
    pub true_pct: Rounded,
    /// Claimed less true, in percentage points.
    pub error_pct: Rounded,
}

/// What it took to get a battery back after a trip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// Instance of the battery.
    pub battery: String,
    /// How often a person started the pairing procedure after the first trip.
    pub pairings_after_first_trip: u32,
    /// Whether the main switch was closed at the end.
    pub port_up_at_end: bool,
    /// The alarm that the controller still showed; absent when it shows none or has no such claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm_at_end: Option<String>,
    /// Whether anything could charge it at the end.
    pub charge_path: ChargePath,
    /// How it went on when the grid came back; absent when it did not fail, or was not there at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid_return: Option<GridReturn>,
}

/// From the last return of the grid to full service: every load supplied and the port up, so that the
/// next failure would be carried like the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridReturn {
    /// When the grid came back.
    pub at_s: Moment,
    /// How long it then took until nothing was missing any more, up to the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_service_after_s: Option<Moment>,
    /// What was still missing at the end: loads, `port`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// Whether a battery risks to be discharged so deep that it must not be charged again.
///
/// * `none`: it gives energy, or could: not cut off, and the weakest cell rests above the cut-off.
/// * `low`: cut off, and the weakest cell stays above its damage voltage for a week or more, even with
///   the most pessimistic of the drains. A week is what the Sessy manual allows without grid
///   (SESSY-08).
/// * `high`: cut off, and that may take less than a week.
/// * `damaged`: the weakest cell rests below its damage voltage.
///
/// What is a guess in the charge below empty, the damage voltage, the drains and the maker's reserve is taken
/// at each of its ends, alone and all together, and the worst of it is the level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeepDischarge {
    /// Instance of the battery.
    pub battery: String,
    /// The level: the worst that any guess gives.
    pub level: RiskName,
    /// The level with everything as the files have it, where that is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_given: Option<RiskName>,
    /// Single guesses that give another level than that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decided_by: Vec<Decides>,
    /// What it was read from, with numbers.
    pub because: String,
    /// Whether it may be charged again.
    pub chargeable: bool,
    /// Mean state of charge.
    pub soc_pct: Rounded,
    /// Charge of the weakest cell above 0 %.
    pub charge_left_ah: Rounded,
    /// Charge of the weakest cell above its damage voltage.
    pub charge_to_damage_ah: Rounded,
    /// Open-circuit voltage of the weakest cell.
    pub lowest_rest_v: Rounded,
    /// How long until the weakest cell rests at its damage voltage if nobody charges it.
    pub days_until_damage: Interval,
    /// What drains it.
    pub drains: Vec<DrainSeen>,
    /// Its maker's rule for what may be taken after a cut-off, where there is one and it was cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve: Option<ReserveSeen>,
}

/// A guess that decides a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decides {
    /// Full name of the parameter.
    pub parameter: String,
    /// The end of its range that does, in the unit of its key.
    pub value: Rounded,
    /// The level there.
    pub level: RiskName,
}

/// What was taken after a cut-off, beside what may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReserveSeen {
    /// Charge that may be taken.
    pub allowed_ah: Rounded,
    /// Charge that was taken until the end of the run.
    pub taken_ah: Rounded,
    /// How long until the rest is taken if nobody charges it.
    pub days_left: Interval,
    /// Where the rule comes from.
    pub source: String,
}

/// A range of plausible values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Lower end.
    pub at_least: Rounded,
    /// Upper end; `null` when there is none.
    pub at_most: Rounded,
}

/// One quiescent draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrainSeen {
    /// What it is.
    pub name: String,
    /// On which side of the switch.
    pub side: Side,
    /// Whether it reaches the cells with the switch as it was at the end.
    pub reaches_cells: bool,
    /// Its power.
    pub power_w: Interval,
}
