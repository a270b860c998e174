//! Would it have happened with other specimens? Corners of what is guessed and of what differs.
//!
//! A trip or a closest approach of a front-end comparator is run again from the last change before
//! it, with one guess or tolerance at an end of its range at a time, then with all of them at the
//! ends that make it worse, and at those that make it better. Controllers are not run again: what
//! they would have done within the delay of a comparator is nothing.

use std::sync::Arc;

use bevy_ecs::prelude::World;
use blackstart_engine::Simulation;
use blackstart_roles::Protection;
use blackstart_scenario::{Provenance, ScenarioEvent, Source, System};
use blackstart_trace::Evidence;
use blackstart_units::SimTime;

use crate::circuit::PlantCircuit;
use crate::exposure::{Exposure, Exposures};
use crate::front_end::ComparatorSetting;
use crate::install::{PlantError, install};
use crate::network::Network;
use crate::replay::{ReplayOutcome, replay};

/// Beyond the delay, how long a corner is given to show its peak.
const GRACE: SimTime = SimTime::from_millis(20);
/// How often the delay it is given.
const DELAYS: u64 = 4;

/// Whether an outcome holds for every specimen.
#[derive(Clone, Debug, PartialEq)]
pub struct Corner {
    /// Instance of the battery.
    pub subject: String,
    /// Which protection.
    pub protection: Protection,
    /// When it acted, or came closest.
    pub at: SimTime,
    /// Single parameters that turn the outcome around within their range, each with the value.
    pub fails_at: Vec<(String, f64)>,
    /// Whether all of them together at their worse or better ends turn it around.
    pub fails_combined: bool,
}

struct Variation {
    path: String,
    value: f64,
    /// `None` where the network knows nothing of the parameter.
    network: Option<Network>,
}

/// Runs every exposure of a finished run again in every corner of its system.
///
/// # Errors
/// A corner whose network cannot be built.
pub fn corners(
    world: &World,
    system: &System,
    events: &[ScenarioEvent],
    provenance: &Provenance,
) -> Result<Vec<Corner>, PlantError> {
    let exposures = &world.resource::<Exposures>().0;
    if exposures.is_empty() {
        return Ok(Vec::new());
    }
    let pairs = ranges(system, provenance);
    let nominal = network_of(system, events)?;
    let mut singles: Vec<[Variation; 2]> = Vec::new();
    for (path, from, ends) in &pairs {
        let one = |value: f64| -> Result<Variation, PlantError> {
            let mut network = None;
            if !is_setting(path) {
                let mut varied = system.clone();
                varied.vary(path, *from, value);
                network = Some(network_of(&varied, events)?).filter(|it| !it.is_built_as(&nominal));
            }
            Ok(Variation { path: path.clone(), value, network })
        };
        singles.push([one(ends.0)?, one(ends.1)?]);
    }
    let changes = world.resource::<PlantCircuit>().changes();
    let mut found = Vec::new();
    for (until, group) in groups(exposures, changes) {
        let (places, group): (Vec<usize>, Vec<&Exposure>) = group.into_iter().unzip();
        let set: Vec<_> = group.iter().map(|&exposure| (exposure, exposure.setting)).collect();
        let usual = replay(&set, &nominal, until);
        // Where the nominal values do not show it again, a controller had a hand in it.
        let again = places.into_iter().zip(group).zip(usual);
        let (places, mut tallies): (Vec<usize>, Vec<Tally<'_>>) = again
            .filter(|((_, exposure), usual)| usual.trips == exposure.tripped)
            .map(|((place, exposure), usual)| (place, Tally::new(exposure, usual, system)))
            .unzip();
        for (pair, (path, from, _)) in singles.iter().zip(&pairs) {
            try_both(&mut tallies, &nominal, pair, (path, *from), until);
        }
        for (place, tally) in places.into_iter().zip(tallies) {
            found.push((place, tally.conclude(events, until)?));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().map(|(_, corner)| corner).collect())
}

/// Exposures, each with its place, that one replay shows together: from one moment to one horizon.
fn groups<'a>(
    exposures: &'a [Exposure],
    changes: &[SimTime],
) -> Vec<(SimTime, Vec<(usize, &'a Exposure)>)> {
    let mut groups: Vec<(SimTime, Vec<(usize, &Exposure)>)> = Vec::new();
    for (place, exposure) in exposures.iter().enumerate() {
        let until = horizon(exposure, changes);
        let fits = |(horizon, group): &&mut (SimTime, Vec<(usize, &Exposure)>)| {
            *horizon == until
                && group.iter().all(|(_, other)| Arc::ptr_eq(&other.from, &exposure.from))
        };
        match groups.iter_mut().find(fits) {
            Some((_, group)) => group.push((place, exposure)),
            None => groups.push((until, vec![(place, exposure)])),
        }
    }
    groups
}

/// What has been seen of an exposure so far.
struct Tally<'a> {
    exposure: &'a Exposure,
    usual: ReplayOutcome,
    fails_at: Vec<(String, f64)>,
    /// The system with every parameter at its worse end, and at its better one; the comparator's
    /// setting there.
    ends: [(System, ComparatorSetting); 2],
}

impl<'a> Tally<'a> {
    fn new(exposure: &'a Exposure, usual: ReplayOutcome, system: &System) -> Self {
        let ends = [(); 2].map(|()| (system.clone(), exposure.setting));
        Self { exposure, usual, fails_at: Vec::new(), ends }
    }

    /// The combined corners, and all that was found.
    fn conclude(self, events: &[ScenarioEvent], until: SimTime) -> Result<Corner, PlantError> {
        let exposure = self.exposure;
        let mut fails_combined = false;
        for (system, setting) in self.ends {
            let outcome = replay(&[(exposure, setting)], &network_of(&system, events)?, until);
            fails_combined |= outcome.iter().any(|one| one.trips != exposure.tripped);
        }
        Ok(Corner {
            subject: exposure.battery.clone(),
            protection: exposure.protection,
            at: exposure.at,
            fails_at: self.fails_at,
            fails_combined,
        })
    }
}

/// Replays a group with one parameter at either end of its range.
fn try_both(
    tallies: &mut [Tally<'_>],
    nominal: &Network,
    pair: &[Variation; 2],
    (path, from): (&str, f64),
    until: SimTime,
) {
    let seen = [0, 1].map(|end| {
        let Variation { network, value, .. } = &pair[end];
        let mut set: Vec<_> =
            tallies.iter().map(|one| (one.exposure, one.exposure.setting)).collect();
        for (exposure, setting) in &mut set {
            *setting = combined(*setting, exposure, path, from, *value);
        }
        if network.is_none() && set.iter().all(|(exposure, setting)| *setting == exposure.setting) {
            return tallies.iter().map(|one| one.usual).collect();
        }
        replay(&set, network.as_ref().unwrap_or(nominal), until)
    });
    for (k, tally) in tallies.iter_mut().enumerate() {
        let exposure = tally.exposure;
        // A device under test has set its own thresholds: the device file's guess is void.
        if is_setting(path) && exposure.evidence != Evidence::ModelOnly {
            continue;
        }
        let outcomes = [seen[0][k], seen[1][k]];
        for (outcome, variation) in outcomes.iter().zip(pair) {
            if outcome.trips != exposure.tripped {
                tally.fails_at.push((variation.path.clone(), variation.value));
            }
        }
        let up = usize::from(outcomes[1].severity >= outcomes[0].severity);
        for ((system, setting), end) in tally.ends.iter_mut().zip([up, 1 - up]) {
            system.vary(path, from, pair[end].value);
            *setting = combined(*setting, exposure, path, from, pair[end].value);
        }
    }
}

/// Every parameter that is a guess or has a tolerance and matters here: path, value, both ends.
fn ranges(system: &System, provenance: &Provenance) -> Vec<(String, f64, (f64, f64))> {
    let range = |(path, parameter): (&String, &blackstart_scenario::Parameter)| {
        let value = parameter.value;
        let ends = match (&parameter.source, parameter.tolerance) {
            (Source::Guess { range, .. }, _) => *range,
            (_, Some(share)) => (value * (1.0 - share), value * (1.0 + share)),
            _ => return None,
        };
        system.clone().vary(path, value, ends.0).then(|| (path.clone(), value, ends))
    };
    provenance.parameters.iter().filter_map(range).collect()
}

fn network_of(system: &System, events: &[ScenarioEvent]) -> Result<Network, PlantError> {
    let mut scratch = Simulation::new(SimTime::ZERO, None);
    install(&mut scratch, system, events, 0)?;
    Ok(scratch.world.resource::<PlantCircuit>().network.clone())
}

/// A corner is followed until its delay has had time to run, but not beyond the next change: what
/// would have come then is another story.
fn horizon(exposure: &Exposure, changes: &[SimTime]) -> SimTime {
    let delays = exposure.setting.delay.as_nanos().saturating_mul(DELAYS);
    let enough = exposure.at + SimTime::from_nanos(delays) + GRACE;
    if exposure.tripped {
        // Its own opening is the next change.
        return enough;
    }
    let began = exposure.from.now();
    let next = changes.iter().copied().find(|&change| change > began);
    enough.min(next.unwrap_or(SimTime::NEVER))
}

fn is_setting(path: &str) -> bool {
    ["scd_threshold_a", "scd_delay_us", "ocd_threshold_a", "ocd_delay_ms"]
        .iter()
        .any(|key| path.ends_with(key))
}

/// The comparator's own setting in a corner; those of another comparator or battery leave it alone.
fn combined(
    mut setting: ComparatorSetting,
    exposure: &Exposure,
    path: &str,
    from: f64,
    to: f64,
) -> ComparatorSetting {
    let Some(key) = path.strip_prefix(&exposure.battery).and_then(|rest| rest.strip_prefix('.'))
    else {
        return setting;
    };
    let ratio = to / from;
    match (exposure.protection, key) {
        (Protection::ShortCircuit, "scd_threshold_a")
        | (Protection::OverCurrent, "ocd_threshold_a") => {
            setting.threshold *= ratio;
        }
        (Protection::ShortCircuit, "scd_delay_us") | (Protection::OverCurrent, "ocd_delay_ms") => {
            setting.delay = SimTime::from_seconds(setting.delay.as_seconds() * ratio);
        }
        _ => {}
    }
    setting
}
