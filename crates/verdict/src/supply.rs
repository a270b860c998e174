//! What is in a load's way to a source at an instant, as the trace shows it: a phase that a backup box
//! shed, a switch that is on none of its sources, a source that gives nothing.
//!
//! A supply that is there and too low for the load is none of these.

use blackstart_scenario::{AcInput, Phase};
use blackstart_units::SimTime;

use crate::{AcFeed, Material};

/// In words; `None` when the way is free.
pub(crate) fn missing(material: &Material, load: &str, at: SimTime) -> Option<String> {
    AcSide { material, at }.on_the_way_of(load)
}

/// The AC side at an instant.
#[derive(Clone, Copy)]
struct AcSide<'a> {
    material: &'a Material<'a>,
    at: SimTime,
}

impl<'a> AcSide<'a> {
    fn state(self, instance: &str, signal: &str) -> Option<&'a str> {
        self.material.state_at(&format!("{instance}.{signal}"), self.at)
    }

    fn feed(self, sink: &str, input: Option<AcInput>) -> Option<&'a AcFeed> {
        self.material.feeds.iter().find(|feed| feed.sink == sink && feed.input == input)
    }

    fn on_the_way_of(self, load: &str) -> Option<String> {
        let AcFeed { source, phase, .. } = self.feed(load, None)?;
        match self.state(source, "position") {
            Some(position) => self.in_switch(source, position, *phase),
            None => self.at_source(source, *phase),
        }
    }

    /// What is wrong at a switch or behind it, for a load on one of its phases or on all.
    fn in_switch(self, switch: &str, position: &str, phase: Option<Phase>) -> Option<String> {
        let is_bypassed = self.state(switch, "bypass") == Some("on");
        if !is_bypassed && let Some(one) = self.given_up(switch, phase) {
            return Some(format!("{switch} shed {}", one.name()));
        }
        let on_input = |input| self.on_input(switch, input, phase);
        match position {
            // A bypass leads around the contacts.
            _ if is_bypassed => on_input(AcInput::Grid),
            "grid" => on_input(AcInput::Grid),
            "inverter" => on_input(AcInput::Inverter),
            // One that gives something is enough.
            "both" => on_input(AcInput::Grid).and_then(|_| on_input(AcInput::Inverter)),
            _ => Some(format!("{switch} was on none of its sources")),
        }
    }

    fn given_up(self, switch: &str, phase: Option<Phase>) -> Option<Phase> {
        let is_off = |one: &Phase| self.state(switch, one.name()) == Some("off");
        Phase::ALL.into_iter().filter(|&one| phase.is_none_or(|own| own == one)).find(is_off)
    }

    /// What is wrong with the source on one input, and how it stood with the other.
    fn on_input(self, switch: &str, input: AcInput, phase: Option<Phase>) -> Option<String> {
        let feed = self.feed(switch, Some(input))?;
        let missing = self.at_source(&feed.source, feed.phase.or(phase))?;
        let other = AcInput::ALL.into_iter().find(|&other| other != input);
        let other = self.feed(switch, other).map(|feed| feed.source.as_str());
        let state = other.and_then(|other| self.state(other, "state"));
        let aside = other.zip(state).map(|(other, state)| format!(" while {other} was {state}"));
        Some(format!("{missing}, with {switch} on it{}", aside.unwrap_or_default()))
    }

    fn at_source(self, source: &str, phase: Option<Phase>) -> Option<String> {
        match self.state(source, "state")? {
            "up" | "running" => None,
            // One phase of a grid can have failed without the others.
            "failed" if self.has_voltage(source, phase) => None,
            "failed" => Some(format!("failure of {source}")),
            state => Some(format!("{source} was {state}")),
        }
    }

    fn has_voltage(self, grid: &str, phase: Option<Phase>) -> bool {
        let Some(phase) = phase else { return false };
        let signal = format!("{grid}.{}.ac_voltage_v", phase.name());
        let volts = self.material.trace.series_named(&signal);
        volts.and_then(|volts| volts.held_at(self.at)).is_some_and(|volts| volts > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use blackstart_trace::{Catalogue, Trace};

    use super::*;
    use crate::sample_run::{SampleRun, sample};

    const POSITIONS: &[&str] = &["none", "grid", "inverter", "both"];
    const OFF_ON: &[&str] = &["off", "on"];
    const GRID: &[&str] = &["up", "failed"];
    const INVERTER: &[&str] = &["off", "running", "searching", "low-voltage"];

    type Points<'a> = &'a [(f64, f64)];

    fn feed(source: &str, sink: &str, input: Option<AcInput>) -> AcFeed {
        let phase = (sink == "load-1" && source == "box-1").then_some(Phase::L3);
        AcFeed { source: source.to_owned(), phase, sink: sink.to_owned(), input }
    }

    /// What ended a load's runtime that lost its supply at 60.02 s, 20 ms after the failure of the grid or
    /// when it says; behind a switch, unless it is fed from the grid.
    fn ended_by(source: &str, lost: f64, signals: &[(&str, &[&str], Points)]) -> String {
        let always =
            [("load-1.supplied", &["no", "yes"] as &[&str], &[(0.0, 1.0), (lost, 0.0)] as Points)];
        let mut catalogue = Catalogue::default();
        for (name, states, _) in signals.iter().chain(&always) {
            catalogue.state(*name, states);
        }
        let mut trace = Trace::new(catalogue);
        for (name, _, points) in signals.iter().chain(&always) {
            sample(&mut trace, name, points);
        }
        let feeds = vec![
            feed(source, "load-1", None),
            feed("grid-1", "box-1", Some(AcInput::Grid)),
            feed("inverter-1", "box-1", Some(AcInput::Inverter)),
        ];
        let run = SampleRun { trace, feeds, ..SampleRun::outage() };
        run.judged().runtimes.remove(0).ended_by
    }

    const FAILS: (&str, &[&str], Points) = ("grid-1.state", GRID, &[(0.0, 0.0), (60.0, 1.0)]);
    const RUNS: (&str, &[&str], Points) = ("inverter-1.state", INVERTER, &[(0.0, 1.0)]);

    #[test]
    fn a_load_on_the_grid_alone_goes_with_it() {
        assert_eq!(ended_by("grid-1", 60.02, &[FAILS, RUNS]), "failure of grid-1");
    }

    #[test]
    fn a_switch_that_stays_on_a_dead_source_is_named_with_its_other_one() {
        let stays = ("box-1.position", POSITIONS, &[(0.0, 1.0)] as Points);
        let said = ended_by("box-1", 60.02, &[FAILS, RUNS, stays]);
        assert_eq!(said, "failure of grid-1, with box-1 on it while inverter-1 was running");
        let searches = ("inverter-1.state", INVERTER, &[(0.0, 2.0)] as Points);
        let said = ended_by("box-1", 60.02, &[FAILS, searches, stays]);
        assert_eq!(said, "failure of grid-1, with box-1 on it while inverter-1 was searching");
    }

    #[test]
    fn a_switch_between_its_sources_is_named() {
        let moves = ("box-1.position", POSITIONS, &[(0.0, 1.0), (60.01, 0.0)] as Points);
        assert_eq!(
            ended_by("box-1", 60.02, &[FAILS, RUNS, moves]),
            "box-1 was on none of its sources"
        );
    }

    #[test]
    fn a_phase_that_was_given_up_later_is_what_kept_its_load_off() {
        let moves = ("box-1.position", POSITIONS, &[(0.0, 1.0), (60.05, 2.0)] as Points);
        let own = ("box-1.l3", OFF_ON, &[(0.0, 1.0), (60.05, 0.0)] as Points);
        let other = ("box-1.l2", OFF_ON, &[(0.0, 1.0), (60.05, 0.0)] as Points);
        assert_eq!(ended_by("box-1", 60.02, &[FAILS, RUNS, moves, own]), "box-1 shed l3");
        assert_eq!(
            ended_by("box-1", 100.02, &[FAILS, RUNS, moves, other]),
            "nothing that was recorded"
        );
        let bypass = ("box-1.bypass", OFF_ON, &[(0.0, 1.0)] as Points);
        let said = ended_by("box-1", 60.02, &[FAILS, RUNS, moves, own, bypass]);
        assert_eq!(said, "failure of grid-1, with box-1 on it while inverter-1 was running");
    }

    #[test]
    fn a_load_that_only_has_not_come_back_yet_lost_its_supply_to_what_was_in_its_way() {
        let flaps = ("grid-1.state", GRID, &[(0.0, 0.0), (60.0, 1.0), (61.0, 0.0)] as Points);
        let moves = ("box-1.position", POSITIONS, &[(0.0, 1.0), (60.05, 2.0)] as Points);
        let said = ended_by("box-1", 60.02, &[flaps, RUNS, moves]);
        assert_eq!(said, "failure of grid-1, with box-1 on it while inverter-1 was running");
    }
}
