//! Would it have happened with other specimens? Corners of what is guessed and of what differs.
//!
//! A trip or a closest approach of a comparator of a current is run again from the last change before
//! it, or from ten times its delay before where that is later, with one guess or tolerance at an end of
//! its range at a time, then with all of them at the
//! ends that make it worse, and at those that make it better. Controllers are not run again: what
//! they would have done within the delay of a comparator is nothing. Nor is what came before: an
//! amount that neither the network nor a comparator knows, or that would have drawn another network, and a
//! curve that is a guess, need a whole run, and are named.

use bevy_ecs::prelude::World;
use blackstart_roles::Protection;
use blackstart_scenario::{Device, Graph, Part, Resolved, Source, System};
use blackstart_units::SimTime;

use crate::circuit::PlantCircuit;
use crate::exposure::{Exposure, Exposures};
use crate::installer::PlantError;
use crate::moments::ReplayStart;
use crate::network::Network;
use crate::patch::{Built, Workshop};
use crate::replay::{GRACE, Look, ReplayOutcome, replay};

/// How often the delay it is given.
const DELAYS: u64 = 4;

/// Whether an outcome holds for every specimen.
#[derive(Clone, Debug, PartialEq)]
pub struct Corner {
    /// What the protection's trips are reported of: a battery, an assembly.
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

/// What became of every guess and tolerance, seen from one battery or assembly. Each path is in one of the lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    /// A battery, or an assembly.
    pub subject: String,
    /// Run again, at both ends.
    pub tried: Vec<String>,
    /// Changes what a replay cannot show: controllers, sensors, the AC side, the state at the start; and curves
    /// that are a guess.
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
    /// What had one, in the order of the names.
    pub reach: Vec<Reach>,
}

/// A guess or tolerance with the system at both ends; `None` where no file may have that value, no network
/// can, or a replay does not know of it.
struct Variation<'a> {
    path: &'a str,
    /// Path of the device that it is an amount of.
    device: Option<&'a str>,
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
    let mut workshop = Workshop::new();
    let ran = workshop.build(&scenario.system, &scenario.events)?;
    let variations: Vec<Variation<'_>> = scenario
        .provenance
        .parameters
        .iter()
        .filter_map(|(path, parameter)| Some((path, parameter.ends()?)))
        .map(|(path, ends)| Variation::new(scenario, &ran, &mut workshop, path, ends))
        .collect();
    let mut subjects: Vec<&str> = exposures.iter().map(|one| one.subject.as_str()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let reach: Vec<Reach> =
        subjects.iter().map(|one| reach(scenario, &ran, &variations, one, exposures)).collect();
    let changes = world.resource::<PlantCircuit>().changes();
    let mut found = Vec::new();
    for Group { from, members } in groups(exposures, changes) {
        let from = from.network();
        let looks: Vec<Look> =
            members.iter().map(|one| Look::of(one.exposure, one.until)).collect();
        let usual = replay(&looks, ran.in_situation(&ran, &from));
        // Where the nominal values do not show it again, a controller had a hand in it.
        let again = members.into_iter().zip(usual);
        let mut tallies: Vec<Tally<'_>> = again
            .filter(|(member, usual)| usual.trips == member.exposure.tripped)
            .map(|(member, usual)| Tally {
                member,
                usual,
                fails_at: Vec::new(),
                ends: Default::default(),
            })
            .collect();
        for variation in &variations {
            try_both(&mut tallies, &ran, variation, &reach, &from);
        }
        for tally in tallies {
            let place = tally.member.place;
            found.push((place, tally.conclude(scenario, &ran, &mut workshop, &from)));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(Corners { seen: found.into_iter().map(|(_, corner)| corner).collect(), reach })
}

impl<'a> Variation<'a> {
    fn new(
        scenario: &'a Resolved,
        ran: &Built,
        workshop: &mut Workshop,
        path: &'a str,
        ends: (f64, f64),
    ) -> Self {
        let system = &scenario.system;
        let device = owner(system, path);
        let is_other =
            |varied: &System| device.is_none_or(|id| model(varied, id) != model(system, id));
        let at = |end: f64| scenario.at_ends(&[(path, end)]).ok();
        let mut build = |one: &System| workshop.build(one, &scenario.events).ok();
        let high = at(ends.1);
        // Where the network does not know of it at one end, it does not at the other.
        let alive = |one: &Option<System>| one.as_ref().is_none_or(is_other);
        let is_high = alive(&high);
        let low = if is_high { None } else { Some(at(ends.0)) };
        let is_alive = is_high || low.as_ref().is_some_and(alive);
        let matters = |one: &Built| !one.is_shaped_as(ran) || one.differs(ran);
        let mut built = None;
        if let (Some(high), true) = (&high, is_alive) {
            built = match low {
                None => {
                    build(high).filter(matters).and_then(|high| Some([build(&at(ends.0)?)?, high]))
                }
                Some(low) => low
                    .and_then(|low| build(&low))
                    .filter(matters)
                    .and_then(|low| Some([low, build(high)?])),
            };
        }
        Self { path, device, ends, built, is_alive }
    }
}

/// Sorts everything that may vary, as a battery or an assembly sees it.
fn reach(
    scenario: &Resolved,
    ran: &Built,
    variations: &[Variation<'_>],
    subject: &str,
    exposures: &[Exposure],
) -> Reach {
    let mut reach = Reach { subject: subject.to_owned(), ..Reach::default() };
    // An assembly is where its comparator lies.
    let of_part = || exposures.iter().find(|one| one.subject == subject);
    let is_there = |id: &&str| scenario.system.find(id).is_some();
    let own = Some(subject).filter(is_there);
    let own = own.or_else(|| Some(of_part()?.comparator.as_str()).filter(is_there));
    let graph = Graph::of(&scenario.system);
    let coupled = own.map(|own| graph.coupled(own));
    let is_near = |device: Option<&str>| {
        device.zip(coupled.as_ref()).is_none_or(|(device, coupled)| coupled.contains(device))
    };
    for variation in variations {
        let any = |test: &dyn Fn(&Built) -> bool| {
            variation.built.as_ref().is_some_and(|both| both.iter().any(test))
        };
        let looks = any(&|one| one.looks_otherwise(ran, subject));
        let list = if !variation.is_alive {
            &mut reach.dead
        } else if !is_near(variation.device) && !looks {
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
    for (path, source) in &scenario.provenance.tables {
        if !matches!(source, Source::Guess { .. }) {
            continue;
        }
        let list = if is_near(owner(&scenario.system, path)) {
            &mut reach.whole_run
        } else {
            &mut reach.no_effect
        };
        list.push(path.clone());
    }
    reach
}

fn model<'s>(system: &'s System, id: &str) -> Option<&'s Part> {
    system.find(id).map(|device| &device.model)
}

/// The device that a path lies in.
fn owner<'s>(system: &'s System, path: &str) -> Option<&'s str> {
    let owns = |device: &Device| {
        path.strip_prefix(device.id.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    let owners = system.devices.iter().filter(|device| owns(device));
    owners.map(|device| device.id.as_str()).max_by_key(|id| id.len())
}

/// An exposure, its place among all, and until when it is followed.
struct Member<'a> {
    place: usize,
    exposure: &'a Exposure,
    until: SimTime,
}

/// Exposures that one replay shows, and from where.
struct Group<'a> {
    from: &'a ReplayStart,
    members: Vec<Member<'a>>,
}

/// Exposures together that follow the same change, and overlap.
fn groups<'a>(exposures: &'a [Exposure], changes: &[SimTime]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (place, exposure) in exposures.iter().enumerate() {
        let member = Member { place, exposure, until: horizon(exposure, changes) };
        let from = &exposure.from;
        let fits = |group: &&mut Group<'_>| {
            let ends = group.members.iter().map(|one| one.until).max();
            group.from.is_of_the_same_change(from)
                && group.from.now() <= member.until
                && ends.is_some_and(|until| from.now() <= until)
        };
        match groups.iter_mut().find(fits) {
            Some(group) => {
                if from.now() < group.from.now() {
                    group.from = from;
                }
                group.members.push(member);
            }
            None => groups.push(Group { from, members: vec![member] }),
        }
    }
    groups
}

/// What has been seen of an exposure so far.
struct Tally<'a> {
    member: Member<'a>,
    usual: ReplayOutcome,
    fails_at: Vec<(String, f64)>,
    /// Every parameter at its worse end, and at its better one.
    ends: [Vec<(&'a str, f64)>; 2],
}

impl Tally<'_> {
    /// The combined corners, and all that was found. What together is no system turns it around as well:
    /// nobody knows better.
    fn conclude(
        self,
        scenario: &Resolved,
        ran: &Built,
        workshop: &mut Workshop,
        from: &Network,
    ) -> Corner {
        let Member { exposure, until, .. } = self.member;
        let mut turns = |ends: &[(&str, f64)]| {
            let system = scenario.at_ends(ends).ok();
            let built = system.and_then(|system| workshop.build(&system, &scenario.events).ok());
            let Some(built) = built.filter(|built| built.is_shaped_as(ran)) else { return true };
            let looks = [built.look(ran, exposure, until)];
            let outcome = replay(&looks, built.in_situation(ran, from));
            outcome.iter().any(|one| one.trips != exposure.tripped)
        };
        Corner {
            subject: exposure.subject.clone(),
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
    from: &Network,
) {
    let path = variation.path;
    let is_tried = |tally: &Tally<'_>| {
        let of = reach.iter().find(|one| one.subject == tally.member.exposure.subject);
        of.is_some_and(|one| one.tried.iter().any(|tried| tried == path))
    };
    let Some(both) = variation.built.as_ref().filter(|_| tallies.iter().any(is_tried)) else {
        return;
    };
    let seen = both.each_ref().map(|built| {
        let members = || tallies.iter().map(|one| &one.member);
        let looks: Vec<Look> =
            members().map(|one| built.look(ran, one.exposure, one.until)).collect();
        let usual: Vec<Look> = members().map(|one| Look::of(one.exposure, one.until)).collect();
        if looks == usual && !built.flows_otherwise(ran) {
            return tallies.iter().map(|one| one.usual).collect();
        }
        replay(&looks, built.in_situation(ran, from))
    });
    let values = [variation.ends.0, variation.ends.1];
    for (k, tally) in tallies.iter_mut().enumerate() {
        let outcomes = [seen[0][k], seen[1][k]];
        for (outcome, value) in outcomes.iter().zip(values) {
            if outcome.trips != tally.member.exposure.tripped {
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
