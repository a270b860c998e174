//! The judged half of a verdict: a pure function of scenario, system, firmware and seed.
//!
//! Field order is the order in the file. Instants and spans are seconds to the microsecond, values
//! have six significant digits, sections that do not apply are empty lists or absent keys. What it
//! comes to, what protections did and how batteries fared stand in `outcome`, `trip_seen` and
//! `battery_seen`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::battery_seen::{DeepDischarge, Recovery, SocSeen};
use crate::outcome::{Outcome, Reason};
use crate::trip_seen::{ApproachSeen, TripSeen};
use crate::{Check, Finding, Moment, Rounded, Subject};

/// What a run showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Name of the scenario.
    pub scenario: String,
    /// The result.
    pub outcome: Outcome,
    /// Why it is not a pass; empty for a pass.
    pub reasons: Vec<Reason>,
    /// Checks that are known to fail here: by the built-in baseline, or whatever the devices under test do.
    pub known_misses: Vec<String>,
    /// What must have come true for that; the baseline alone is held to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_reason: Vec<Check>,
    /// Who played each role.
    pub subject: BTreeMap<String, Subject>,
    /// How long the scenario should last.
    pub planned_s: Moment,
    /// How far the run got.
    pub reached_s: Moment,
    /// Every protection that acted, in order of time.
    pub trips: Vec<TripSeen>,
    /// How close each other protection came.
    pub approaches: Vec<ApproachSeen>,
    /// How long each load stayed up after the grid failed; empty when it did not fail.
    pub runtimes: Vec<Runtime>,
    /// Rules that the system as drawn breaks.
    pub findings: Vec<Finding>,
    /// Gaps in the loads' supply.
    pub gaps: Vec<GapSeen>,
    /// Times at which a transfer switch connected its sources to each other.
    pub parallel: Vec<ParallelSeen>,
    /// What each inverter showed while it carried loads after the grid had failed.
    pub on_inverter: Vec<OnInverter>,
    /// What it took to get each battery back.
    pub recovery: Vec<Recovery>,
    /// Inverters that stopped by themselves, and their tries to come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restarts: Vec<Restarts>,
    /// Deep-discharge risk of each battery.
    pub deep_discharge: Vec<DeepDischarge>,
    /// What the controllers believed of the state of charge, beside the truth.
    pub soc: Vec<SocSeen>,
    /// Where the run left what the models were checked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<OutsideSeen>,
    /// Where the energy went.
    pub energy: Energy,
    /// The scenario's checks, in the order of its file.
    pub checks: Vec<Check>,
}

impl Judged {
    /// Folder of the accepted verdicts of this subject: `built-in`, or each role that a device under
    /// test played as `<role>=<name>`, joined by `+`. Versions are left out, so that a new build is
    /// compared with the last. Names come from the device, or from the rig of one that has none: what
    /// is not safe in a path becomes `_`.
    pub fn subject_folder(&self) -> String {
        let bound = self.subject.iter().filter_map(|(role, subject)| match subject {
            Subject::BuiltIn => None,
            Subject::Dut { name, .. } | Subject::UnnamedDut { called: name } => {
                Some(format!("{}={}", path_safe(role), path_safe(name)))
            }
        });
        let folder = bound.collect::<Vec<_>>().join("+");
        if folder.is_empty() { "built-in".to_owned() } else { folder }
    }
}

fn path_safe(text: &str) -> String {
    let keep =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let safe = text.chars().take(64).map(keep).collect::<String>();
    if safe.is_empty() { "_".to_owned() } else { safe }
}

/// How long a load stayed up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Instance of the load.
    pub load: String,
    /// When the grid failed.
    pub grid_lost_s: Moment,
    /// From then to the loss of supply, or as far as the run got.
    pub lasted_s: Moment,
    /// Whether the supply was lost; if not, `lasted_s` is a lower bound.
    pub supply_lost: bool,
    /// Whether there was none to lose, when the grid failed or later: no time is long enough, or short
    /// enough, of a load that was not supplied at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub never_supplied: bool,
    /// What ended it, in words.
    pub ended_by: String,
    /// Energy delivered in that time.
    pub delivered_j: Rounded,
}

/// A gap in a load's supply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapSeen {
    /// Instance of the load.
    pub load: String,
    /// When it began.
    pub from_s: Moment,
    /// How long it was, or as far as the run got.
    pub lasted_s: Moment,
    /// Whether it ended within the run.
    pub ended: bool,
    /// Whether the load worked through it.
    pub rode_through: bool,
}

/// A transfer switch connected its sources to each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParallelSeen {
    /// Instance of the transfer switch.
    pub switch: String,
    /// When.
    pub at_s: Moment,
}

/// The measurements of a functional test, over the longest unbroken time in which an inverter gave
/// power after the grid had failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnInverter {
    /// Instance of the inverter.
    pub inverter: String,
    /// From when …
    pub from_s: Moment,
    /// … to when.
    pub to_s: Moment,
    /// What it gave.
    pub ac_power_w: Extent,
    /// What it took.
    pub dc_current_a: Extent,
    /// RMS.
    pub ac_voltage_v: Extent,
    /// Of the output.
    pub ac_frequency_hz: Extent,
}

/// Least, mean and most of a quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extent {
    /// Least.
    pub least: Rounded,
    /// Mean over time.
    pub mean: Rounded,
    /// Most.
    pub most: Rounded,
}

/// A quantity outside the range in which the models were checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideSeen {
    /// Full name of the signal.
    pub signal: String,
    /// The range, in words.
    pub checked: String,
    /// When it was furthest outside.
    pub at_s: Moment,
    /// What it was then, in the signal's unit.
    pub value: Rounded,
}

/// An inverter that stopped by itself, and its tries to come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restarts {
    /// Instance.
    pub inverter: String,
    /// How often it stopped by itself.
    pub stops: u32,
    /// How often it started again.
    pub starts: u32,
    /// Whether it is locked out: nothing but a charge, or a person, ends that.
    pub locked_out_at_end: bool,
}

/// Where the energy of the whole run went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// From the cells.
    pub sources_j: Rounded,
    /// More in capacitors and inductances than at the start.
    pub stored_change_j: Rounded,
    /// To each load.
    pub delivered: Vec<EnergyShare>,
    /// Lost, and where.
    pub losses: Vec<EnergyShare>,
    /// Whether the books close: within 0.01 % of the energy moved, plus 1 mJ.
    pub closed: bool,
}

/// Energy at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergyShare {
    /// Where.
    pub place: String,
    /// How much.
    pub energy_j: Rounded,
}
