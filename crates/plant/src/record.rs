//! Writing the trace: which quantities of the network become which signals.

use bevy_ecs::prelude::Resource;
use blackstart_trace::{Event, EventKind, SignalId, SignalKind, Trace};
use blackstart_units::SimTime;

use crate::network::{Network, Quantity, Step};

/// A signal that is a sum of network quantities.
pub(crate) struct Probe {
    pub signal: SignalId,
    pub terms: Vec<Quantity>,
    pub scale: f64,
    /// Whether the ends of steps are enough.
    pub is_detail: bool,
}

/// The trace under construction.
#[derive(Resource)]
pub struct Recorder {
    /// What has been recorded.
    pub trace: Trace,
    pub(crate) probes: Vec<Probe>,
}

/// Points inside an accepted step that are recorded, so that straight lines between them are right
/// to plotting accuracy.
const POINTS: u64 = 4;

impl Recorder {
    /// Records what happened.
    pub fn event(&mut self, at: SimTime, subject: &str, kind: EventKind) {
        self.trace.event(Event { at, subject: subject.to_owned(), kind });
    }

    /// Records the state of a signal of an instance, and the change as an event if it is one.
    pub(crate) fn state(&mut self, instance: &str, signal: SignalId, at: SimTime, value: f64) {
        let before = self.trace.series(signal).held_at(at);
        self.trace.sample(signal, at, value);
        let Some(before) = before.filter(|&before| before != value) else { return };
        let declared = self.trace.catalogue().signal(signal);
        let SignalKind::State(names) = &declared.kind else { return };
        let name = |value: f64| names.get(value as usize).cloned().unwrap_or_default();
        let own = declared.name.strip_prefix(instance).and_then(|rest| rest.strip_prefix('.'));
        // What an assembly shows as its own is said of the assembly.
        let (subject, signal) = match own {
            Some(own) => (instance, own),
            None => declared.name.rsplit_once('.').unwrap_or((instance, &declared.name)),
        };
        let (subject, signal) = (subject.to_owned(), signal.to_owned());
        let kind = EventKind::State { signal, from: name(before), to: name(value) };
        self.event(at, &subject, kind);
    }

    /// Records a quantity that holds until it is set again: a change is a jump, not a ramp.
    pub(crate) fn held(&mut self, signal: SignalId, at: SimTime, value: f64) {
        let before = self.trace.series(signal).held_at(at);
        if let Some(before) = before.filter(|&before| before != value) {
            self.trace.sample(signal, at, before);
        }
        self.trace.sample(signal, at, value);
    }

    /// Records an accepted step.
    pub(crate) fn step(&mut self, step: &Step<'_>) {
        let (start, end) = (step.start(), step.end());
        let span = end.since(start).as_nanos();
        for point in 1..=POINTS {
            let at = start + SimTime::from_nanos(span / POINTS * point);
            let at = if point == POINTS { end } else { at };
            if at <= start || (point < POINTS && span < POINTS) {
                continue;
            }
            let is_end = point == POINTS;
            for probe in self.probes.iter().filter(|probe| is_end || !probe.is_detail) {
                let value: f64 = probe.terms.iter().map(|&term| step.value(term, at)).sum();
                self.trace.sample(probe.signal, at, value * probe.scale);
            }
        }
    }

    /// Records the state after a jump.
    pub(crate) fn jump(&mut self, network: &Network) {
        for probe in &self.probes {
            let value: f64 = probe.terms.iter().map(|&term| network.value(term)).sum();
            self.trace.sample(probe.signal, network.now(), value * probe.scale);
        }
    }
}
