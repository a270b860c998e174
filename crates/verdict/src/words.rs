//! How numbers, limits and events read in a verdict.

use blackstart_trace::{Event, EventKind, Trace, Trip};
use blackstart_units::SimTime;

use crate::stretch::Band;
use crate::{Moment, Rounded};

/// How many events stand before the instant that decided a check.
const EVENTS_BEFORE: usize = 5;

/// The symbol of a signal's unit suffix; the suffix itself where the two are the same.
pub(crate) fn symbol(suffix: &str) -> &str {
    match suffix {
        "v" => "V",
        "a" => "A",
        "w" => "W",
        "j" => "J",
        "ah" => "Ah",
        "pct" => "%",
        "c" => "°C",
        "hz" => "Hz",
        other => other,
    }
}

/// `23.1 V`.
pub(crate) fn quantity(value: f64, unit: &str) -> String {
    format!("{} {unit}", Rounded::new(value)).trim_end().to_owned()
}

/// `at least 40 V`, `40 V to 58 V`, `at most 20 A`.
pub(crate) fn limits(band: Band, unit: &str) -> String {
    match (band.at_least, band.at_most) {
        (Some(low), Some(high)) => format!("{} to {}", quantity(low, unit), quantity(high, unit)),
        (Some(low), None) => format!("at least {}", quantity(low, unit)),
        (None, Some(high)) => format!("at most {}", quantity(high, unit)),
        (None, None) => "no limit".to_owned(),
    }
}

/// `from 5.0 s to 60.0 s`.
pub(crate) fn window(from: SimTime, to: SimTime) -> String {
    format!("from {} to {}", Moment::from(from), Moment::from(to))
}

/// `scd of sessy-1 at 1.000204 s, cause inrush`.
pub(crate) fn trip(subject: &str, at: Moment, protection: &str, cause: &str) -> String {
    format!("{protection} of {subject} at {at}, cause {cause}")
}

/// The last few events up to and including an instant, oldest first.
pub(crate) fn events_up_to(trace: &Trace, at: SimTime) -> Vec<String> {
    let reported = trace.events().iter().rev().filter(|event| event.at <= at);
    let mut lines = reported.filter_map(describe).take(EVENTS_BEFORE).collect::<Vec<_>>();
    lines.reverse();
    lines
}

/// One line; `None` for what is no event of the run's story.
fn describe(event: &Event) -> Option<String> {
    let what = match &event.kind {
        EventKind::Stimulus { what } => what.clone(),
        EventKind::Command { name, value } => format!("command {name} = {}", Rounded::new(*value)),
        EventKind::State { signal, from, to } => format!("{signal}: {from} -> {to}"),
        EventKind::Trip(Trip { protection, cause, .. }) => {
            format!("trip {}, cause {}", protection.name(), cause.name())
        }
        EventKind::Interrupted { current, clamp_energy, .. } => {
            format!(
                "interrupted {}, {} into the clamp",
                quantity(current.0, "A"),
                quantity(clamp_energy.0, "J")
            )
        }
        EventKind::FuseMelted { current } => format!("melted at {}", quantity(current.0, "A")),
        // What was off when the run began has not lost anything.
        EventKind::GapEnded { lasted, .. } if *lasted == event.at => return None,
        EventKind::GapEnded { lasted, rode_through } => {
            let survived = if *rode_through { "ridden through" } else { "dropped out" };
            format!("gap of {} ended, {survived}", quantity(lasted.as_seconds(), "s"))
        }
        EventKind::ContactWelded { current } => {
            format!("welded a contact on {} A", current.0)
        }
        EventKind::SourcesParallel => "connected its sources to each other".to_owned(),
        EventKind::LoadLost => "lost its supply".to_owned(),
        EventKind::LoadSupplied => "is supplied".to_owned(),
        EventKind::FaultEnded { fault, reading: None, count } => {
            format!("the fault `{fault}` on its bus ended, {count} frames met it")
        }
        EventKind::FaultEnded { fault, reading: Some(reading), count } => {
            format!("the fault `{fault}` of `{reading}` ended, shown {count} times")
        }
        EventKind::DutLost { reason } => format!("device under test lost: {reason}"),
        EventKind::DutSilent { what } => what.clone(),
        EventKind::ChipNote { text } => text.clone(),
        EventKind::NotModelled { what } => what.clone(),
        // The summary at the end of a run, and what a device likes to say about itself.
        EventKind::Approach(_) | EventKind::GapOpen { .. } | EventKind::DutLog { .. } => {
            return None;
        }
    };
    Some(format!("{} {} {what}", Moment::from(event.at), event.subject))
}
