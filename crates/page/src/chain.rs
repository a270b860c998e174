//! From a cause to a trip and what follows: the events around it, in their order.
//!
//! A chain begins with the last thing that the scenario did before the quantity went beyond its threshold,
//! and goes on behind the trip until the scenario does something else. Nothing is made up: what the trace
//! does not say is not in it.

use blackstart_trace::{Event, EventKind, Trace, Trip};
use blackstart_units::SimTime;
use serde::Serialize;

use crate::quantity::{figures, span, with_unit};

/// Most links before a trip, and behind it.
const BEFORE: usize = 12;
const BEHIND: usize = 10;

/// One link of a chain, or one line of the list of all events.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChainLink {
    /// When, in seconds.
    pub at_s: f64,
    /// `scenario`, `controller`, `switch`, `trip`, `loss` or `log`: what sort of thing it is.
    pub sort: &'static str,
    /// What happened, to whom.
    pub text: String,
}

/// A line of an event; nothing for what is a summary and no moment.
pub(crate) fn link(event: &Event) -> Option<ChainLink> {
    let (sort, what) = match &event.kind {
        EventKind::Stimulus { what } => ("scenario", what.clone()),
        EventKind::Command { name, value } => {
            ("controller", format!("commands {} = {}", name.replace('_', " "), figures(*value)))
        }
        EventKind::State { signal, from, to } => {
            let sort = if event.subject.contains('.') { "controller" } else { "switch" };
            (sort, format!("{}: {from} → {to}", signal.replace('_', " ")))
        }
        EventKind::Trip(trip) => ("trip", trip_words(trip)),
        EventKind::Interrupted { current, clamp_energy, .. } => {
            let (current, energy) = (with_unit(current.0, "A"), with_unit(clamp_energy.0, "J"));
            ("switch", format!("interrupts {current}, {energy} into its clamp"))
        }
        EventKind::FuseMelted { current } => {
            ("loss", format!("melts at {}", with_unit(current.0, "A")))
        }
        EventKind::GapEnded { lasted, .. } if *lasted == event.at => return None,
        EventKind::GapEnded { lasted, rode_through } => {
            let survived = if *rode_through { "ridden through" } else { "too long" };
            ("loss", format!("gap of {} in its supply, {survived}", span(lasted.as_seconds())))
        }
        EventKind::ContactWelded { current } => {
            ("loss", format!("welds a contact on {}", with_unit(current.0, "A")))
        }
        EventKind::SourcesParallel => ("loss", "connects its sources to each other".to_owned()),
        EventKind::LoadLost => ("loss", "loses its supply".to_owned()),
        EventKind::LoadSupplied => ("switch", "is supplied".to_owned()),
        EventKind::FaultEnded { fault, reading: None, count } => {
            ("scenario", format!("the fault `{fault}` on its bus ends, {count} frames met it"))
        }
        EventKind::FaultEnded { fault, reading: Some(reading), count } => {
            ("scenario", format!("the fault `{fault}` of `{reading}` ends, shown {count} times"))
        }
        EventKind::ChipNote { text } => ("switch", text.clone()),
        EventKind::NotModelled { what } => ("loss", what.clone()),
        EventKind::DutLost { reason } => ("loss", format!("device under test lost: {reason}")),
        EventKind::DutSilent { what } => ("loss", what.clone()),
        EventKind::DutLog { text } => ("log", text.clone()),
        EventKind::Approach(_) | EventKind::GapOpen { .. } => return None,
    };
    let text = if event.subject.is_empty() { what } else { format!("{}: {what}", event.subject) };
    Some(ChainLink { at_s: event.at.as_seconds(), sort, text })
}

fn trip_words(trip: &Trip) -> String {
    let excess = match (trip.extreme, trip.threshold) {
        (Some(seen), Some(limit)) => format!(", {} against {}", figures(seen), figures(limit)),
        (Some(seen), None) => format!(", at {}", figures(seen)),
        (None, _) => String::new(),
    };
    let held = trip.delay.filter(|delay| *delay > SimTime::ZERO);
    let held = held.map(|delay| format!(" for {}", span(delay.as_seconds()))).unwrap_or_default();
    format!("{} trips: {}{excess}{held}", trip.protection.name(), trip.cause.name())
}

/// The chains to every trip, in the order of the trips.
pub(crate) fn chains(trace: &Trace) -> Vec<Vec<ChainLink>> {
    let events = trace.events();
    let trips = events.iter().enumerate().filter_map(|(index, event)| match &event.kind {
        EventKind::Trip(trip) => Some(chain(events, index, trip.since.unwrap_or(event.at))),
        _ => None,
    });
    trips.collect()
}

fn is_stimulus(event: &Event) -> bool {
    matches!(event.kind, EventKind::Stimulus { .. })
}

fn chain(events: &[Event], trip: usize, since: SimTime) -> Vec<ChainLink> {
    let root = events[..trip].iter().rposition(|event| is_stimulus(event) && event.at <= since);
    let begin = root.unwrap_or(0);
    let behind = events[trip + 1..].iter().take_while(|event| !is_stimulus(event));
    let mut before: Vec<ChainLink> = events[begin..trip].iter().filter_map(link).collect();
    if before.len() > BEFORE {
        // What began it, and the newest.
        before.drain(1..before.len() - (BEFORE - 1));
    }
    let behind = behind.filter_map(link).take(BEHIND);
    before.into_iter().chain(link(&events[trip])).chain(behind).collect()
}
