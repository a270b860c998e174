//! Would it have happened with other specimens? Corners of what is guessed and of what differs.
//!
//! A trip or a closest approach of a front-end comparator is run again from the last change before
//! it, with one guess or tolerance at an end of its range at a time, then with all of them at the
//! ends that make it worse, and at those that make it better. Controllers are not run again: what
//! they would have done within the delay of a comparator is nothing. Nor is what came before: an
//! amount that neither the network nor a comparator knows, or that would have drawn another network,
//! needs a whole run, and is named.

use std::sync::Arc;

use bevy_ecs::prelude::World;
use blackstart_roles::Protection;
use blackstart_scenario::{Graph, Resolved, System};
use blackstart_units::SimTime;

use crate::circuit::PlantCircuit;
use crate::exposure::{Exposure, Exposures};
use crate::install::PlantError;
use crate::patch::Built;
use crate::replay::{Look, ReplayOutcome, replay};

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

/// What became of every guess and tolerance, seen from one battery. Each path is in one of the lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    /// Instance of the battery.
    pub subject: String,
    /// Run again, at both ends.
    pub tried: Vec<String>,
    /// Changes what a replay cannot show: controllers, sensors, the AC side, the state at the start.
    pub whole_run: Vec<String>,
    /// Needs a whole run as well: at one end the network has other elements.
    pub shapes: Vec<String>,
    /// Lies on another island, with nothing that couples the two.
    pub no_effect: Vec<String>,
    /// Changes nothing of the device as it is.
    pub dead: Vec<String>,
}

/// All corners of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Corners {
    /// Trips and approaches, in the order in which they came.
    pub seen: Vec<Corner>,
    /// Batteries that had one, in the order of the system.
    pub reach: Vec<Reach>,
}

/// A guess or tolerance with the system at both ends; `None` where no file may have that value, no network
/// can, or a replay does not know of it.
struct Variation<'a> {
    path: &'a str,
    device: Option<usize>,
    ends: (f64, f64),
    built: Option<[Built; 2]>,
    /// Whether the device is another at either end.
    is_alive: bool,
}

/// Runs every exposure of a finished run again in every corner of its system.
///
/// # Errors
/// The system itself cannot be built.
pub fn corners(world: &World, scenario: &Resolved) -> Result<Corners, PlantError> {
    let exposures = &world.resource::<Exposures>().0;
    if exposures.is_empty() {
        return Ok(Corners::default());
    }
    let ran = Built::new(&scenario.system, &scenario.events)?;
    let variations: Vec<Variation<'_>> = scenario
        .provenance
        .parameters
        .iter()
        .filter_map(|(path, parameter)| Some((path, parameter.ends()?)))
        .map(|(path, ends)| Variation::new(scenario, &ran, path, ends))
        .collect();
    let mut subjects: Vec<&str> = exposures.iter().map(|one| one.battery.as_str()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let reach: Vec<Reach> =
        subjects.iter().map(|one| reach(scenario, &ran, &variations, one)).collect();
    let changes = world.resource::<PlantCircuit>().changes();
    let mut found = Vec::new();
    for (until, group) in groups(exposures, changes) {
        let (places, group): (Vec<usize>, Vec<&Exposure>) = group.into_iter().unzip();
        let looks: Vec<Look> = group.iter().map(|exposure| Look::of(exposure)).collect();
        let Some(from) = group.first().map(|exposure| &exposure.from) else { continue };
        let usual = replay(&looks, ran.in_situation(&ran, from), until);
        // Where the nominal values do not show it again, a controller had a hand in it.
        let again = places.into_iter().zip(group).zip(usual);
        let (places, mut tallies): (Vec<usize>, Vec<Tally<'_>>) = again
            .filter(|((_, exposure), usual)| usual.trips == exposure.tripped)
            .map(|((place, exposure), usual)| (place, Tally::new(exposure, usual)))
            .unzip();
        for variation in &variations {
            try_both(&mut tallies, &ran, variation, &reach, until);
        }
        for (place, tally) in places.into_iter().zip(tallies) {
            found.push((place, tally.conclude(scenario, &ran, until)));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(Corners { seen: found.into_iter().map(|(_, corner)| corner).collect(), reach })
}

impl<'a> Variation<'a> {
    fn new(scenario: &Resolved, ran: &Built, path: &'a str, ends: (f64, f64)) -> Self {
        let system = &scenario.system;
        let owns = |device: &blackstart_scenario::Device| {
            path.strip_prefix(device.id.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        let owners = (0..system.devices.len()).filter(|&k| owns(&system.devices[k]));
        let device = owners.max_by_key(|&k| system.devices[k].id.len());
        let is_other = |varied: &System| {
            device.is_none_or(|k| varied.devices[k].model != system.devices[k].model)
        };
        let varied = [ends.0, ends.1].map(|value| scenario.at_ends(&[(path, value)]).ok());
        let is_alive = varied.iter().any(|one| one.as_ref().is_none_or(is_other));
        let build = |one: &System| Built::new(one, &scenario.events).ok();
        let mut built = None;
        if let ([Some(low), Some(high)], true) = (&varied, is_alive) {
            // What the network does not know at one end it does not know at the other.
            let first = if is_other(high) { build(high) } else { build(low) };
            let matters = |one: &Built| !one.is_shaped_as(ran) || one.differs(ran);
            if let Some(first) = first.filter(matters) {
                let both = if is_other(high) {
                    (build(low), Some(first))
                } else {
                    (Some(first), build(high))
                };
                built = both.0.zip(both.1).map(|(low, high)| [low, high]);
            }
        }
        Self { path, device, ends, built, is_alive }
    }
}

/// Sorts everything that may vary, as a battery sees it.
fn reach(scenario: &Resolved, ran: &Built, variations: &[Variation<'_>], subject: &str) -> Reach {
    let mut reach = Reach { subject: subject.to_owned(), ..Reach::default() };
    let own = scenario.system.device(subject);
    let coupled = own.map(|own| Graph::of(&scenario.system).coupled(own));
    for variation in variations {
        let is_near =
            variation.device.zip(coupled.as_ref()).is_none_or(|(device, coupled)| coupled[device]);
        let any = |test: &dyn Fn(&Built) -> bool| {
            variation.built.as_ref().is_some_and(|both| both.iter().any(test))
        };
        let looks = any(&|one| one.looks_otherwise(ran, subject));
        let list = if !variation.is_alive {
            &mut reach.dead
        } else if !is_near && !looks {
            &mut reach.no_effect
        } else if any(&|one| !one.is_shaped_as(ran)) {
            &mut reach.shapes
        } else if looks || any(&|one| one.flows_otherwise(ran)) {
            &mut reach.tried
        } else {
            &mut reach.whole_run
        };
        list.push(variation.path.to_owned());
    }
    reach
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
    /// Every parameter at its worse end, and at its better one.
    ends: [Vec<(&'a str, f64)>; 2],
}

impl<'a> Tally<'a> {
    fn new(exposure: &'a Exposure, usual: ReplayOutcome) -> Self {
        Self { exposure, usual, fails_at: Vec::new(), ends: Default::default() }
    }

    /// The combined corners, and all that was found. What together is no system turns it around as well:
    /// nobody knows better.
    fn conclude(self, scenario: &Resolved, ran: &Built, until: SimTime) -> Corner {
        let exposure = self.exposure;
        let turns = |ends: &[(&str, f64)]| {
            let system = scenario.at_ends(ends).ok();
            let built = system.and_then(|system| Built::new(&system, &scenario.events).ok());
            let Some(built) = built.filter(|built| built.is_shaped_as(ran)) else { return true };
            let network = built.in_situation(ran, &exposure.from);
            let outcome = replay(&[built.look(ran, exposure)], network, until);
            outcome.iter().any(|one| one.trips != exposure.tripped)
        };
        Corner {
            subject: exposure.battery.clone(),
            protection: exposure.protection,
            at: exposure.at,
            fails_combined: self.ends.iter().any(|ends| turns(ends)),
            fails_at: self.fails_at,
        }
    }
}

/// Replays a group with one parameter at either end of its range.
fn try_both<'a>(
    tallies: &mut [Tally<'a>],
    ran: &Built,
    variation: &'a Variation<'_>,
    reach: &[Reach],
    until: SimTime,
) {
    let path = variation.path;
    let is_tried = |tally: &Tally<'_>| {
        let of = reach.iter().find(|one| one.subject == tally.exposure.battery);
        of.is_some_and(|one| one.tried.iter().any(|tried| tried == path))
    };
    let Some(both) = variation.built.as_ref().filter(|_| tallies.iter().any(is_tried)) else {
        return;
    };
    let seen = both.each_ref().map(|built| {
        let looks: Vec<Look> = tallies.iter().map(|one| built.look(ran, one.exposure)).collect();
        let usual: Vec<Look> = tallies.iter().map(|one| Look::of(one.exposure)).collect();
        if looks == usual && !built.flows_otherwise(ran) {
            return tallies.iter().map(|one| one.usual).collect();
        }
        replay(&looks, built.in_situation(ran, &tallies[0].exposure.from), until)
    });
    let values = [variation.ends.0, variation.ends.1];
    for (k, tally) in tallies.iter_mut().enumerate() {
        let outcomes = [seen[0][k], seen[1][k]];
        for (outcome, value) in outcomes.iter().zip(values) {
            if outcome.trips != tally.exposure.tripped {
                tally.fails_at.push((path.to_owned(), value));
            }
        }
        let up = usize::from(outcomes[1].severity >= outcomes[0].severity);
        for (ends, end) in tally.ends.iter_mut().zip([up, 1 - up]) {
            ends.push((path, values[end]));
        }
    }
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
