//! Would it have happened with other specimens? Corners of what is guessed and of what differs.
//!
//! A trip or a closest approach of a front-end comparator is run again from the last change before
//! it, with one guess or tolerance at an end of its range at a time, then with all of them at the
//! ends that make it worse, and at those that make it better. Controllers are not run again: what
//! they would have done within the delay of a comparator is nothing.

use std::sync::Arc;

use bevy_ecs::prelude::{Resource, World};
use blackstart_engine::Simulation;
use blackstart_scenario::{Event, Provenance, Source, System};
use blackstart_trace::{Evidence, Protection};
use blackstart_units::SimTime;

use crate::battery::Battery;
use crate::circuit::{Circuit, Roster};
use crate::front_end::{FrontEnd, Setting, Watched};
use crate::install::{PlantError, install};
use crate::network::{Edge, Network, Watch};

/// Beyond the delay, how long a corner is given to show its peak.
const GRACE: SimTime = SimTime::from_millis(20);
/// How often the delay it is given.
const DELAYS: u64 = 4;

/// A comparator that acted, or came closest to it, and where to start from to see it again.
#[derive(Clone)]
pub(crate) struct Exposure {
    pub battery: String,
    pub protection: Protection,
    pub at: SimTime,
    pub tripped: bool,
    pub from: Arc<Network>,
    pub watched: Watched,
    pub setting: Setting,
    pub evidence: Evidence,
}

/// All of a run.
#[derive(Resource, Default)]
pub(crate) struct Exposures(pub Vec<Exposure>);

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
    network: Network,
    /// The network knows nothing of the parameter.
    is_nominal: bool,
}

/// Runs every exposure of a finished run again in every corner of its system.
///
/// # Errors
/// A corner whose network cannot be built.
pub fn corners(
    world: &World,
    system: &System,
    events: &[Event],
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
            let mut varied = system.clone();
            varied.vary(path, *from, value);
            let network = network_of(&varied, events)?;
            let is_nominal = network.is_built_as(&nominal);
            Ok(Variation { path: path.clone(), value, network, is_nominal })
        };
        singles.push([one(ends.0)?, one(ends.1)?]);
    }
    let changes = world.resource::<Circuit>().changes();
    let mut found = Vec::new();
    for exposure in exposures {
        let until = horizon(exposure, changes);
        // Where the nominal values do not show it again, a controller had a hand in it.
        let usual = replay(exposure, &nominal, exposure.setting, until);
        if usual.trips != exposure.tripped {
            continue;
        }
        let mut fails_at = Vec::new();
        let mut worse = system.clone();
        let mut better = system.clone();
        let mut setting = [exposure.setting; 2];
        for (pair, (path, from, _)) in singles.iter().zip(&pairs) {
            // A device under test has set its own thresholds: the device file's guess is void.
            if is_setting(path) && exposure.evidence != Evidence::ModelOnly {
                continue;
            }
            let seen = [0, 1].map(|end| {
                let setting = combined(exposure.setting, exposure, path, *from, pair[end].value);
                let Variation { network, is_nominal, .. } = &pair[end];
                if *is_nominal && setting == exposure.setting {
                    return usual;
                }
                replay(exposure, network, setting, until)
            });
            for (outcome, variation) in seen.iter().zip(pair) {
                if outcome.trips != exposure.tripped {
                    fails_at.push((variation.path.clone(), variation.value));
                }
            }
            let up = usize::from(seen[1].severity >= seen[0].severity);
            worse.vary(path, *from, pair[up].value);
            better.vary(path, *from, pair[1 - up].value);
            setting[0] = combined(setting[0], exposure, path, *from, pair[up].value);
            setting[1] = combined(setting[1], exposure, path, *from, pair[1 - up].value);
        }
        let mut fails_combined = false;
        for (system, setting) in [(worse, setting[0]), (better, setting[1])] {
            let outcome = replay(exposure, &network_of(&system, events)?, setting, until);
            fails_combined |= outcome.trips != exposure.tripped;
        }
        found.push(Corner {
            subject: exposure.battery.clone(),
            protection: exposure.protection,
            at: exposure.at,
            fails_at,
            fails_combined,
        });
    }
    Ok(found)
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

fn network_of(system: &System, events: &[Event]) -> Result<Network, PlantError> {
    let mut scratch = Simulation::new(SimTime::ZERO, None);
    install(&mut scratch, system, events, 0)?;
    Ok(scratch.world.resource::<Circuit>().network.clone())
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
fn combined(mut setting: Setting, exposure: &Exposure, path: &str, from: f64, to: f64) -> Setting {
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

/// What a corner showed.
#[derive(Clone, Copy, Debug)]
struct Outcome {
    trips: bool,
    /// Orders corners from better to worse: peak and dwell, each as a share of its limit.
    severity: f64,
}

fn replay(exposure: &Exposure, varied: &Network, setting: Setting, until: SimTime) -> Outcome {
    let mut network = varied.clone();
    network.adopt(&exposure.from);
    let quantity = exposure.watched.decisive(setting.delay);
    let level = setting.threshold;
    let (mut peak, mut longest) = (f64::MIN, SimTime::ZERO);
    let mut over_since = None;
    while network.now() < until {
        let now = network.now();
        let current = network.value(quantity);
        peak = peak.max(current);
        let over = current >= level;
        over_since = if over { Some(over_since.unwrap_or(now)) } else { None };
        let expires = over_since.map_or(SimTime::NEVER, |since: SimTime| since + setting.delay);
        if now >= expires {
            return Outcome { trips: true, severity: 2.0 + peak / level };
        }
        let edge = if over { Edge::Falling } else { Edge::Rising };
        let watch = Watch { quantity, level, edge };
        let outcome = network.advance(until.min(expires), &[watch], &mut |step| {
            peak = peak.max(step.extremes(quantity).1.1);
        });
        if let Some(since) = over_since {
            longest = longest.max(network.now() - since);
        }
        if outcome.is_err() {
            break;
        }
    }
    let dwell = longest.as_seconds() / setting.delay.as_seconds().max(1e-9);
    Outcome { trips: false, severity: (peak / level).min(1.0) + dwell.min(1.0) }
}

/// What a comparator leaves for [`corners`].
pub(crate) fn expose(
    battery: &Battery,
    front_end: &FrontEnd,
    which: usize,
    tripped: Option<SimTime>,
) -> Option<Exposure> {
    let comparator = &front_end.comparators[which];
    let watched = comparator.watched();
    // Cells creep towards a limit for hours: what a corner shows of that in milliseconds is nothing.
    matches!(watched, Watched::Current { .. }).then_some(())?;
    Some(Exposure {
        battery: battery.id.clone(),
        protection: comparator.protection,
        at: tripped.unwrap_or(comparator.extreme.0),
        tripped: tripped.is_some(),
        from: comparator.moment.clone()?,
        watched,
        setting: comparator.setting,
        evidence: front_end.evidence,
    })
}

/// Exposes every comparator that never acted. Once, at the end of a run.
pub(crate) fn expose_approaches(world: &mut World) {
    let mut found = Vec::new();
    for &entity in &world.resource::<Roster>().batteries {
        let parts = (world.get::<Battery>(entity), world.get::<FrontEnd>(entity));
        let (Some(battery), Some(front_end)) = parts else { continue };
        for (which, comparator) in front_end.comparators.iter().enumerate() {
            if !comparator.has_tripped {
                found.extend(expose(battery, front_end, which, None));
            }
        }
    }
    world.resource_mut::<Exposures>().0.extend(found);
}
