//! The judged half of a verdict: a pure function of scenario, system, firmware and seed.
//!
//! Field order is the order in the file. Instants and spans are seconds to the microsecond, values
//! have six significant digits, sections that do not apply are empty lists or absent keys.

use std::collections::{BTreeMap, BTreeSet};

use blackstart_scenario::RiskName;
use blackstart_trace::ChargePath;
use serde::{Deserialize, Serialize};

use crate::{Check, CheckOutcome, Finding, Moment, Rounded, Side, Subject};

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
    /// Checks that the built-in baseline is known to fail here; empty as soon as a device under test
    /// plays a role.
    pub known_misses: Vec<String>,
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
    /// BLAKE3 over every record of the trace.
    pub trace_digest: String,
}

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every check holds.
    Pass,
    /// A check does not hold, or the device under test was lost.
    Fail,
    /// The run cannot tell.
    Inconclusive,
    /// The simulation itself cannot be believed.
    Error,
}

impl Outcome {
    /// `pass`, `fail`, `inconclusive`, `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
        }
    }
}

/// What an outcome means once it is known what the built-in baseline misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Passed, and was expected to.
    Passed,
    /// Failed exactly the checks that the baseline is known to fail.
    FailedAsKnown,
    /// A check that is known to fail passed: the scenario's `built_in` is out of date.
    PassedUnexpectedly,
    /// Failed.
    Failed,
    /// Inconclusive.
    Inconclusive,
    /// Cannot be believed.
    Error,
}

impl Judged {
    /// What the outcome means for the one who asked.
    pub fn standing(&self) -> Standing {
        match self.outcome {
            Outcome::Error => return Standing::Error,
            Outcome::Inconclusive => return Standing::Inconclusive,
            Outcome::Pass if self.known_misses.is_empty() => return Standing::Passed,
            Outcome::Pass => return Standing::PassedUnexpectedly,
            Outcome::Fail => {}
        }
        let failed = self.failing().map(|check| check.id.as_str()).collect::<BTreeSet<_>>();
        let known = self.known_misses.iter().map(String::as_str).collect::<BTreeSet<_>>();
        if !failed.is_subset(&known) || self.lost_device() || failed.is_empty() {
            Standing::Failed
        } else if failed == known {
            Standing::FailedAsKnown
        } else {
            Standing::PassedUnexpectedly
        }
    }

    /// The checks that do not hold.
    pub fn failing(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.outcome == CheckOutcome::Fail)
    }

    fn lost_device(&self) -> bool {
        self.reasons.iter().any(|reason| reason.code == ReasonCode::DutLost)
    }

    /// Folder of the accepted verdicts of this subject: `built-in`, or each role that a device under
    /// test played as `<role>=<name>`, joined by `+`. Versions are left out, so that a new build is
    /// compared with the last. Names come from the device: what is not safe in a path becomes `_`.
    pub fn subject_folder(&self) -> String {
        let bound = self.subject.iter().filter_map(|(role, subject)| match subject {
            Subject::BuiltIn => None,
            Subject::Dut { name, .. } => Some(format!("{}={}", path_safe(role), path_safe(name))),
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

/// One reason for an outcome that is not a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What kind.
    pub code: ReasonCode,
    /// In words.
    pub text: String,
}

/// Kinds of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// The energy books do not close: error.
    BooksOpen,
    /// The device under test was lost after its handshake: fail.
    DutLost,
    /// A check does not hold: fail.
    CheckFailed,
    /// A check cannot be decided: inconclusive.
    CheckInconclusive,
    /// A fault on a bus happened to no frame: inconclusive.
    FaultNotReached,
    /// The run ended before the scenario did: inconclusive.
    CutShort,
    /// The system as drawn makes a simulation pointless, and no check expects that: fail.
    FatalFinding,
    /// The realtime clock was missed beyond the rig's budget: inconclusive, whatever else was seen.
    TimingMissed,
}

impl ReasonCode {
    /// The outcome that it stands for.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::BooksOpen => Outcome::Error,
            Self::DutLost | Self::CheckFailed | Self::FatalFinding => Outcome::Fail,
            Self::CheckInconclusive
            | Self::FaultNotReached
            | Self::CutShort
            | Self::TimingMissed => Outcome::Inconclusive,
        }
    }
}

/// One protection acting. Value, extreme and threshold are in the protection's own unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TripSeen {
    /// Instance that it belongs to.
    pub subject: String,
    /// Short name (`scd`).
    pub protection: String,
    /// When it acted.
    pub at_s: Moment,
    /// When the quantity went beyond the threshold.
    pub since_s: Moment,
    /// How long it had to stay there.
    pub delay_s: Moment,
    /// The quantity at the moment of the trip.
    pub value: Rounded,
    /// Its most extreme value beyond the threshold.
    pub extreme: Rounded,
    /// The level.
    pub threshold: Rounded,
    /// Why, as the network showed.
    pub cause: String,
    /// What that was read from.
    pub because: String,
    /// What the trip rests on.
    pub evidence: String,
    /// Whether it would have acted with other specimens; absent where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Holds>,
    /// What the controller said about it; absent when it said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Claimed>,
}

/// Whether an outcome is the same within every range of what is guessed and every tolerance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Holds {
    /// In every corner: one parameter at a time, and all together at both ends.
    AllCorners,
    /// With any one parameter at its ends, but not with all of them together.
    NominalOnly,
    /// Not with these.
    FailsAt {
        /// What turns it around.
        corners: Vec<CornerValue>,
    },
}

/// A parameter at one end of its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CornerValue {
    /// Path with unit (`inverter-1.input_capacitance_mf`).
    pub parameter: String,
    /// In that unit.
    pub value: Rounded,
}

impl Holds {
    /// `in all corners`, `for the nominal values only`, `not with …`.
    pub fn in_words(&self) -> String {
        match self {
            Self::AllCorners => "in all corners".to_owned(),
            Self::NominalOnly => "not with all guesses at their ends together".to_owned(),
            Self::FailsAt { corners } => {
                let corner =
                    |corner: &CornerValue| format!("{} = {}", corner.parameter, corner.value);
                format!("not with {}", corners.iter().map(corner).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// An alarm that a controller raised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// Its name.
    pub alarm: String,
    /// When it was first seen.
    pub at_s: Moment,
}

/// How close a protection came without acting: both members of the pair, because a high peak that is
/// short and a long dwell just beyond the threshold are different dangers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproachSeen {
    /// Instance that it belongs to.
    pub subject: String,
    /// Short name.
    pub protection: String,
    /// Most extreme value, in the protection's unit.
    pub extreme: Rounded,
    /// When.
    pub extreme_at_s: Moment,
    /// The level.
    pub threshold: Rounded,
    /// Longest time beyond it.
    pub longest_dwell_s: Moment,
    /// The time that would have made it act.
    pub delay_s: Moment,
    /// What the pair rests on.
    pub evidence: String,
    /// Whether it would have stayed quiet with other specimens; absent where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Holds>,
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
    pub ac_power_w: Spread,
    /// What it took.
    pub dc_current_a: Spread,
    /// RMS.
    pub ac_voltage_v: Spread,
    /// Of the output.
    pub ac_frequency_hz: Spread,
}

/// Least, mean and most of a quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
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
    /// Whether it has given up: nothing but a charge, or a person, ends that.
    pub locked_out_at_end: bool,
}

/// Whether a battery risks to be discharged so deep that it must not be charged again.
///
/// * `none`: it gives energy, or could: not cut off, and the weakest cell rests above the cut-off.
/// * `low`: cut off, and the weakest cell stays above its damage voltage for a week or more, even with
///   the most pessimistic of the drains. A week is what the Sessy manual allows without grid
///   (SESSY-08).
/// * `high`: cut off, and that may take less than a week.
/// * `damaged`: the weakest cell rests below its damage voltage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeepDischarge {
    /// Instance of the battery.
    pub battery: String,
    /// The level.
    pub level: RiskName,
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

/// One standing consumer.
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
