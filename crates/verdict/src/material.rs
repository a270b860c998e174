//! What a verdict is made from: the finished run, handed over by whoever ran it.

use std::collections::BTreeMap;

use blackstart_scenario::{AcInput, CheckEntry, KnownMiss, Phase};
use blackstart_trace::{ChargePath, SignalKind, Trace};
use blackstart_units::SimTime;
use serde::{Deserialize, Serialize};

use crate::{Finding, Timing};

/// Everything that [`judge`](crate::judge) looks at.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// Name of the scenario, its path without ending (`sessy/pairing-in-order-carries-500-w`).
    pub scenario: &'a str,
    /// How long the scenario should last.
    pub planned: SimTime,
    /// How far the run got; less than `planned` when a device was lost or somebody stopped it.
    pub reached: SimTime,
    /// What was recorded.
    pub trace: &'a Trace,
    /// What must be true.
    pub checks: &'a [CheckEntry],
    /// What is known to be missed, and by whom.
    pub known_miss: Option<&'a KnownMiss>,
    /// Who plays each role (`sessy-1.bms`).
    pub subjects: &'a BTreeMap<String, Subject>,
    /// Roles of devices under test whose alarm nobody can hear: it is not mapped, never came, or is not used.
    pub mute_alarms: &'a [String],
    /// Where the energy went, over the whole run.
    pub books: &'a EnergyBooks,
    /// Each battery at the end of the run.
    pub batteries: &'a [BatteryEnd],
    /// Instances of the loads.
    pub loads: &'a [String],
    /// What is fed from which AC source.
    pub feeds: &'a [AcFeed],
    /// Instance of the grid whose failure starts the runtime.
    pub grid: Option<&'a str>,
    /// Every time that a person started the pairing procedure.
    pub pairings: &'a [Pairing],
    /// Rules that the system as drawn breaks.
    pub findings: &'a [Finding],
    /// What trips and approaches of front ends become with other specimens.
    pub corners: &'a [CornerSeen],
    /// How the run kept time, on the realtime clock.
    pub timing: Option<&'a Timing>,
}

/// Who played a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Subject {
    /// The built-in controller.
    BuiltIn,
    /// A device under test, as it introduced itself.
    Dut {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
    /// A device under test that does not introduce itself: it has no name of its own.
    UnnamedDut {
        /// What its rig calls it, or else its mapping's DBC file.
        called: String,
    },
}

impl Subject {
    /// Whether it is a device under test.
    pub const fn is_dut(&self) -> bool {
        matches!(self, Self::Dut { .. } | Self::UnnamedDut { .. })
    }
}

/// Something that is fed from an AC source, by their instances. No switch is fed from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcFeed {
    /// A grid, an inverter, a transfer switch or a backup box.
    pub source: String,
    /// Which phase of a source with three; all of them when absent.
    pub phase: Option<Phase>,
    /// A load, a battery, a transfer switch or a backup box.
    pub sink: String,
    /// Which input, of a transfer switch or backup box.
    pub input: Option<AcInput>,
}

/// A person started the pairing procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// When.
    pub at: SimTime,
    /// Instance of the battery.
    pub battery: String,
}

/// A trip or approach of a front end, run again with every guess and tolerance at its ends.
#[derive(Clone, Debug, PartialEq)]
pub struct CornerSeen {
    /// Instance of the battery.
    pub subject: String,
    /// Short name of the protection.
    pub protection: String,
    /// When it acted or came closest.
    pub at: SimTime,
    /// Single parameters that turn the outcome around, with the value that does.
    pub fails_at: Vec<(String, f64)>,
    /// Whether all of them together do.
    pub fails_combined: bool,
    /// How many guesses and tolerances need a whole run.
    pub whole_run: u64,
    /// Which of these would draw another network.
    pub shapes: Vec<String>,
}

/// Where the energy of a run went, in joules.
///
/// `sources_j = delivered + losses + stored_change_j + residual_j`.
#[derive(Clone, Debug, Default)]
pub struct EnergyBooks {
    /// Chemical energy that the cells gave.
    pub sources_j: f64,
    /// What capacitors and inductances hold at the end more than at the start.
    pub stored_change_j: f64,
    /// Energy delivered, by load.
    pub delivered: Vec<(String, f64)>,
    /// Energy lost, by where.
    pub losses: Vec<(String, f64)>,
    /// What the books do not explain, the worst over the run.
    pub residual_j: f64,
    /// All energy that crossed a terminal, whichever way: what the residual is measured against.
    pub moved_j: f64,
}

/// A battery at the end of a run. The charges are those of the weakest cell: it decides.
#[derive(Clone, Debug)]
pub struct BatteryEnd {
    /// Instance.
    pub id: String,
    /// Mean state of charge of its cells, as a share; below 0 when discharged deeper than empty.
    pub soc: f64,
    /// Capacity.
    pub capacity_ah: f64,
    /// State of charge of the weakest cell.
    pub weakest_soc: f64,
    /// Charge above 0 %; negative below.
    pub charge_left_ah: f64,
    /// Charge that may still leave before the rest voltage is at the damage voltage; negative beyond.
    pub charge_to_damage_ah: f64,
    /// Open-circuit voltage of the weakest cell.
    pub lowest_rest_v: f64,
    /// Rest voltage at which the BMS has nothing left to give out.
    pub cutoff_v: f64,
    /// Rest voltage over charge near empty, as the files have it.
    pub rest: RestCurve,
    /// The same with what guesses say of it at their ends, alone and together.
    pub rest_guessed: Vec<RestCurve>,
    /// Rest voltage of the whole pack, which turns a drain's power into charge.
    pub pack_rest_v: f64,
    /// Everything that takes energy while nobody uses the battery.
    pub drains: Vec<Drain>,
    /// Whether its loads are connected at the end, where something else than its own main switch
    /// decides that.
    pub connected: Option<bool>,
    /// The rule of its maker for what may be taken after a cut-off, if there is one.
    pub reserve: Option<ReserveRule>,
    /// Whether anything could charge it at the end.
    pub charge_path: ChargePath,
    /// Self-discharge in 30 days as a share of the capacity.
    pub self_discharge_30d: Guessed,
}

/// A value, and how far it may be off where it is a guess.
#[derive(Clone, Debug)]
pub struct Guessed {
    /// Full name in the files, with the unit.
    pub parameter: String,
    /// As given.
    pub value: f64,
    /// Lowest and highest plausible; both the value when it is known.
    pub range: (f64, f64),
    /// The range in the unit of its key.
    pub written: (f64, f64),
}

impl Guessed {
    /// Both ends, with what the file has for them; none when the value is known.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (f64, f64)> {
        let ends = [(self.range.0, self.written.0), (self.range.1, self.written.1)];
        let value = self.value;
        ends.into_iter().filter(move |end| end.0 != value)
    }

    /// What one of several takes of it: the least share and the most, which counts where no guess does.
    #[must_use]
    pub fn shared(self, least: f64, most: f64) -> Self {
        let parameter = match least == most {
            true => self.parameter,
            false => format!("the share of {}", self.parameter),
        };
        let range = (self.range.0 * least, self.range.1 * most);
        Self { parameter, value: self.value * most, range, ..self }
    }
}

/// Rest voltage of a cell over its state of charge, as straight lines between points near empty.
#[derive(Clone, Debug)]
pub struct RestCurve {
    /// The guesses at one of their ends that make it this one; none of the curve as given.
    pub assumes: Vec<(String, f64)>,
    /// Rest voltage from which a cell must not be charged again, V.
    pub damage_v: f64,
    /// State of charge as a share, and V; both rise. Two points or more.
    pub points: Vec<(f64, f64)>,
}

impl RestCurve {
    /// From where a curve is given: below every reserve.
    pub const FROM: f64 = -0.2;
    /// Up to where it is given: far above empty.
    pub const TO: f64 = 0.4;

    /// Rest voltage at a state of charge; beyond its ends on the last line.
    pub(crate) fn voltage(&self, soc: f64) -> f64 {
        let after = self.points.partition_point(|point| point.0 <= soc);
        let ((s0, v0), (s1, v1)) = self.line(after);
        v0 + (v1 - v0) * (soc - s0) / (s1 - s0)
    }

    /// The state of charge that has a rest voltage; where several have, the highest.
    pub(crate) fn soc_at(&self, voltage: f64) -> f64 {
        let after = self.points.partition_point(|point| point.1 <= voltage);
        let ((s0, v0), (s1, v1)) = self.line(after);
        if v1 > v0 { s0 + (s1 - s0) * (voltage - v0) / (v1 - v0) } else { s1 }
    }

    fn line(&self, after: usize) -> ((f64, f64), (f64, f64)) {
        let after = after.clamp(1, self.points.len() - 1);
        (self.points[after - 1], self.points[after])
    }
}

/// What may be taken after a cut-off before the battery counts as damaged.
#[derive(Clone, Debug)]
pub struct ReserveRule {
    /// As a share of the capacity.
    pub share: Guessed,
    /// Where the rule comes from.
    pub source: String,
}

/// One quiescent draw.
#[derive(Clone, Debug)]
pub struct Drain {
    /// What it is (`sessy-1 electronics`).
    pub name: String,
    /// On which side of the battery's switch it hangs.
    pub side: Side,
    /// Power, W.
    pub power_w: Guessed,
}

/// A side of the battery's main switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Drains the cells whatever the switch does.
    Pack,
    /// Drains them only while the switch is closed.
    Port,
}

impl<'a> Material<'a> {
    /// The name of the state that a state signal has at an instant.
    pub(crate) fn state_at(&self, signal: &str, at: SimTime) -> Option<&'a str> {
        let id = self.trace.catalogue().find(signal)?;
        let SignalKind::State(names) = &self.trace.catalogue().signal(id).kind else { return None };
        let value = self.trace.series(id).held_at(at)?;
        names.get(value as usize).map(String::as_str)
    }

    /// Every inverter with the states that it went through: from when, and which.
    pub(crate) fn inverter_states(&self) -> Vec<(&'a str, Vec<(SimTime, &'a str)>)> {
        let mut found = Vec::new();
        for (id, signal) in self.trace.catalogue().iter() {
            let SignalKind::State(names) = &signal.kind else { continue };
            let Some(inverter) = signal.name.strip_suffix(".state") else { continue };
            if !["running", "low-voltage"].iter().all(|&state| names.iter().any(|n| n == state)) {
                continue;
            }
            let series = self.trace.series(id);
            let mut states: Vec<(SimTime, &str)> = Vec::new();
            for (&at, &value) in series.times().iter().zip(series.values()) {
                let Some(state) = names.get(value as usize) else { continue };
                if states.last().is_none_or(|&(_, last)| last != state) {
                    states.push((at, state));
                }
            }
            found.push((inverter, states));
        }
        found
    }

    /// Since when, until the end of the run, a state signal has the named state.
    pub(crate) fn in_state_since(&self, signal: &str, state: &str) -> Option<SimTime> {
        let id = self.trace.catalogue().find(signal)?;
        let SignalKind::State(names) = &self.trace.catalogue().signal(id).kind else { return None };
        let wanted = names.iter().position(|name| name == state)?;
        self.trace.series(id).holds_since(self.reached, |value| value as usize == wanted)
    }

    /// The first instant, not before `from`, at which a state signal has the named state.
    pub(crate) fn first_in_state(
        &self,
        signal: &str,
        state: &str,
        from: SimTime,
    ) -> Option<SimTime> {
        if self.state_at(signal, from) == Some(state) {
            return Some(from);
        }
        let series = self.trace.series_named(signal)?;
        let changes = series.times().iter().copied().filter(|&time| time >= from);
        changes.into_iter().find(|&time| self.state_at(signal, time) == Some(state))
    }
}
