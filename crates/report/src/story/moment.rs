//! One line's text, and what makes two lines the same.

use blackstart_trace::{Event, EventKind};

use super::about;
use crate::event_label::trip_text;
use crate::format::{self, printable, significant};

/// An event that the story tells.
#[derive(Clone, Debug)]
pub(super) struct StoryMoment<'a> {
    pub event: &'a Event,
    /// What the line says.
    pub text: String,
    /// The text without what was measured: two moments with one key are repetitions.
    pub key: String,
}

impl<'a> StoryMoment<'a> {
    /// None for the approaches, which are a summary and no moment.
    pub(super) fn of(event: &'a Event) -> Option<Self> {
        let (text, key) = match &event.kind {
            EventKind::Stimulus { what } => (format!("» {what}"), None),
            EventKind::Command { name, value } => {
                (format!("commands {} = {}", name.replace('_', " "), significant(*value)), None)
            }
            EventKind::State { signal, from, to } => {
                (format!("{} {from} → {to}", signal.replace('_', " ")), None)
            }
            EventKind::Trip(trip) => (
                format!("{} ({})", trip_text(trip), trip.evidence.name()),
                Some(format!("{} {}", trip.protection.name(), trip.cause.name())),
            ),
            EventKind::Interrupted { current, clamp_energy, clamp_rating } => {
                let text = format!(
                    "interrupts {} A, {} J of {} J in the clamp",
                    significant(current.0),
                    significant(clamp_energy.0),
                    significant(clamp_rating.0)
                );
                (text, Some("interrupts".to_owned()))
            }
            EventKind::FuseMelted { current } => {
                (format!("melts at {} A", significant(current.0)), Some("melts".to_owned()))
            }
            // What was off when the run began has not lost anything.
            EventKind::GapEnded { lasted, .. } if *lasted == event.at => return None,
            EventKind::GapEnded { lasted, rode_through } => {
                let survived = if *rode_through { "ridden through" } else { "too long" };
                (format!("gap of {} in its supply, {survived}", format::span(*lasted)), None)
            }
            EventKind::ContactWelded { current } => (
                format!("welds a contact on {} A", significant(current.0)),
                Some("welds".to_owned()),
            ),
            EventKind::SourcesParallel => ("connects its sources to each other".to_owned(), None),
            EventKind::LoadLost => ("loses its supply".to_owned(), None),
            EventKind::LoadSupplied => ("is supplied".to_owned(), None),
            EventKind::FaultEnded { fault, reading: None, count } => (
                format!("its bus is right again: `{fault}` met {count} frames"),
                Some(format!("`{fault}` ends")),
            ),
            EventKind::FaultEnded { fault, reading: Some(reading), count } => (
                format!("{reading} is right again: `{fault}` was shown {count} times"),
                Some(format!("`{fault}` of {reading} ends")),
            ),
            EventKind::DutLost { reason } => (format!("device under test gone: {reason}"), None),
            EventKind::DutSilent { what } => (what.clone(), None),
            EventKind::ChipNote { text } => (text.clone(), None),
            EventKind::NotModelled { what } => (what.clone(), None),
            EventKind::DutLog { text } => (format!("logs \"{text}\""), None),
            EventKind::Approach(_) | EventKind::GapOpen { .. } => return None,
        };
        let key = about(event, key.as_ref().unwrap_or(&text));
        Some(Self { event, text: printable(&about(event, &text)), key })
    }
}
