//! Which moments deserve a zoom, and how much of the run around them.
//!
//! Candidates are trips, interruptions of a large current, main switches that close into something,
//! and short excursions that came close to a trip. The window comes from the data: from before the
//! excursion begins until it has decayed.
//! Windows of like length that overlap become one; a fast one inside a slow one stays its own.

use blackstart_roles::{Guarded, Protection};
use blackstart_trace::{Approach, Event, EventKind, Series, SignalKind, Trace, Trip};
use blackstart_units::SimTime;

use crate::event_label::{excess, name};
use crate::format::{printable, significant};
use crate::select::{instance, state_name};

/// Most zooms in a figure.
const MOST: usize = 4;
/// An interruption of less current is no transient worth a zoom.
const LEAST_INTERRUPTED: f64 = 20.0;
/// The same for what flows when a switch closes.
const LEAST_INRUSH: f64 = 1.0;
/// A protection came close when the current reached this share of its threshold.
const CLOSE: f64 = 0.5;
/// An excursion has decayed when this share of its height is left.
const DECAYED: f64 = 0.03;
/// Windows that differ more in length show different things.
const ALIKE: f64 = 20.0;
const SHORTEST: SimTime = SimTime::from_micros(4);

/// What the upper panel of a zoom shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ZoomQuantity {
    Current,
    CellVoltage,
    Voltage,
}

/// A stretch of the run to be enlarged.
#[derive(Clone, Debug)]
pub(crate) struct Transient {
    pub from: SimTime,
    pub to: SimTime,
    /// Where its time axis has its zero: the start of the excursion.
    pub zero: SimTime,
    /// What happened then, if it is known.
    pub zero_is: String,
    pub title: String,
    /// Further trips in the same window.
    pub more: usize,
    pub quantity: ZoomQuantity,
    /// Series whose peak is annotated.
    pub series: String,
    /// Lower is chosen first.
    rank: (u8, i64),
}

/// The zooms in order of time, and how many more there would have been.
pub(crate) fn find(trace: &Trace) -> (Vec<Transient>, usize) {
    let mut candidates: Vec<_> =
        trace.events().iter().filter_map(|event| of_event(trace, event)).collect();
    candidates.extend(closings(trace));
    candidates.sort_by_key(|candidate| (candidate.rank, candidate.from));
    let mut kept: Vec<Transient> = Vec::new();
    for candidate in candidates {
        match kept.iter_mut().find(|other| other.absorbs(&candidate)) {
            Some(other) => {
                other.from = other.from.min(candidate.from);
                other.to = other.to.max(candidate.to);
                other.more += usize::from(candidate.rank.0 == 0);
            }
            None => kept.push(candidate),
        }
    }
    let left_out = kept.len().saturating_sub(MOST);
    kept.truncate(MOST);
    kept.sort_by_key(|transient| transient.from);
    (kept, left_out)
}

impl Transient {
    fn length(&self) -> f64 {
        self.to.since(self.from).as_nanos().max(1) as f64
    }

    /// Whether another window is part of what this one shows.
    fn absorbs(&self, other: &Self) -> bool {
        let overlap = self.from <= other.to && other.from <= self.to;
        let ratio = self.length() / other.length();
        overlap && self.quantity == other.quantity && (1.0 / ALIKE..=ALIKE).contains(&ratio)
    }

    /// A window around an excursion, with margins as shares of its length, inside the run.
    fn around(
        mut self,
        trace: &Trace,
        (start, end): (SimTime, SimTime),
        margins: (f64, f64),
    ) -> Self {
        let length = end.since(start).max(SHORTEST);
        let share = |share: f64| SimTime::from_nanos((length.as_nanos() as f64 * share) as u64);
        self.from = start.since(share(margins.0));
        self.to = (start + length + share(margins.1)).min(trace.end()).max(self.from + SHORTEST);
        self
    }
}

fn of_event(trace: &Trace, event: &Event) -> Option<Transient> {
    match &event.kind {
        EventKind::Trip(trip) => Some(of_trip(trace, event, trip)),
        EventKind::Interrupted { current, clamp_energy, clamp_rating }
            if current.0.abs() >= LEAST_INTERRUPTED =>
        {
            let title = format!(
                "{} interrupts {} A: {} J of {} J in the clamp",
                event.subject,
                significant(current.0),
                significant(clamp_energy.0),
                significant(clamp_rating.0)
            );
            of_interruption(trace, event, current.0, title)
        }
        EventKind::Approach(approach) => of_approach(trace, event, approach),
        _ => None,
    }
}

fn of_trip(trace: &Trace, event: &Event, trip: &Trip) -> Transient {
    let device = instance(&event.subject);
    let (quantity, signal) = match trip.protection.guards() {
        Guarded::Current
        | Guarded::Temperature
        | Guarded::SwitchTemperature
        | Guarded::Charge
        | Guarded::Nothing => (ZoomQuantity::Current, "pack_current_a"),
        Guarded::LowestCell => (ZoomQuantity::CellVoltage, "lowest_cell_v"),
        Guarded::HighestCell => (ZoomQuantity::CellVoltage, "highest_cell_v"),
        Guarded::PortVoltage => (ZoomQuantity::Voltage, "port_voltage_v"),
    };
    let title =
        format!("{} trips ({}): {}", name(trip.protection), trip.cause.name(), excess(trip));
    let since = trip.since.unwrap_or(event.at);
    let zero_is =
        if trip.since.is_some() { "beyond the threshold" } else { "reported by the device" };
    let transient = Transient {
        from: since,
        to: event.at,
        zero: since,
        zero_is: zero_is.to_owned(),
        title,
        more: 0,
        quantity,
        series: format!("{device}.{signal}"),
        rank: (0, 0),
    };
    let series = trace.series_named(&transient.series);
    match (quantity, series) {
        (ZoomQuantity::Current, Some(series)) => {
            let extreme = trip.extreme.unwrap_or(0.0);
            let (start, end) = excursion(series, (since, event.at), extreme, DECAYED);
            let mut transient = Transient { zero: start, zero_is: String::new(), ..transient }
                .around(trace, (start, end), (0.2, 0.5));
            if let Some((at, what)) = origin(trace, &transient, since) {
                (transient.zero, transient.zero_is) = (at, what);
            }
            transient
        }
        _ => transient.around(trace, (since, event.at), (0.5, 1.0)),
    }
}

fn of_interruption(trace: &Trace, event: &Event, current: f64, title: String) -> Option<Transient> {
    let series = format!("{}.pack_current_a", instance(&event.subject));
    let samples = trace.series_named(&series)?;
    let gone = samples.iter().skip_while(|&(at, _)| at < event.at);
    let gone = gone.map_while(|(at, i)| (i.abs() > DECAYED * current.abs()).then_some(at)).last();
    // The event may be reported later than the current fell, which is then no transient here.
    let end = gone? + SHORTEST;
    let transient = Transient {
        from: event.at,
        to: end,
        zero: event.at,
        zero_is: String::new(),
        title,
        more: 0,
        quantity: ZoomQuantity::Current,
        series,
        rank: (1, -(current.abs() as i64)),
    };
    Some(transient.around(trace, (event.at, end), (1.0, 1.5)))
}

/// From where to where a series is away from what it was before and what it is afterwards, walking
/// the samples outwards from a core until only a share of the way to `extreme` is left. Bounded by
/// twenty times the core on both sides: what was there long before belongs to another story.
fn excursion(
    series: &Series,
    (since, until): (SimTime, SimTime),
    extreme: f64,
    share: f64,
) -> (SimTime, SimTime) {
    let reach = SimTime::from_nanos(until.since(since).max(SHORTEST).as_nanos().saturating_mul(20));
    let (earliest, latest) = (since.since(reach), until + reach);
    let is_beyond = |value: f64, rest: f64| (value - rest).abs() > share * (extreme - rest).abs();
    let (mut start, mut end) = (since, until);
    let rest = series.value_at(earliest).unwrap_or(0.0);
    let before = series.times().partition_point(|&at| at <= since);
    for index in (0..before).rev() {
        let at = series.times()[index];
        start = at.max(earliest);
        if at <= earliest || !is_beyond(series.values()[index], rest) {
            break;
        }
    }
    let rest = series.value_at(latest).unwrap_or(0.0);
    let after = series.times().partition_point(|&at| at < until);
    for index in after..series.times().len() {
        let at = series.times()[index];
        end = at.min(latest);
        if at >= latest || !is_beyond(series.values()[index], rest) {
            break;
        }
    }
    (start, end)
}

/// What set the excursion off: the last stimulus or main switch before the crossing.
fn origin(trace: &Trace, transient: &Transient, since: SimTime) -> Option<(SimTime, String)> {
    let before = trace.events().iter().filter(|event| (transient.from..=since).contains(&event.at));
    let name = |event: &Event| match &event.kind {
        EventKind::Stimulus { what } => Some(printable(what)),
        EventKind::State { signal, to, .. } if signal == "main_switch" => {
            Some(format!("main switch {to}"))
        }
        _ => None,
    };
    before.rev().find_map(|event| name(event).map(|name| (event.at, name)))
}

/// A protection that came close for a moment: the excursion, if it is short against the run.
fn of_approach(trace: &Trace, event: &Event, approach: &Approach) -> Option<Transient> {
    let is_current =
        matches!(approach.protection, Protection::ShortCircuit | Protection::OverCurrent);
    if !is_current || approach.extreme.abs() < CLOSE * approach.threshold.abs() {
        return None;
    }
    let series = format!("{}.pack_current_a", instance(&event.subject));
    let core = (approach.extreme_at, approach.extreme_at);
    let half = excursion(trace.series_named(&series)?, core, approach.extreme, 0.5);
    if half.1.since(half.0).as_nanos() > trace.end().as_nanos() / 100 {
        return None;
    }
    let title = format!(
        "{} comes close: {} A of {} A",
        name(approach.protection),
        significant(approach.extreme),
        significant(approach.threshold)
    );
    let transient = Transient {
        from: half.0,
        to: half.1,
        zero: half.0,
        zero_is: String::new(),
        title,
        more: 0,
        quantity: ZoomQuantity::Current,
        series,
        rank: (3, 0),
    };
    Some(transient.around(trace, half, (1.0, 2.0)))
}

/// Main switches that close into something: from the closing until the current has settled.
fn closings(trace: &Trace) -> Vec<Transient> {
    let mut found = Vec::new();
    for (id, signal) in trace.catalogue().iter() {
        let is_switch =
            matches!(signal.kind, SignalKind::State(_)) && signal.name.ends_with(".main_switch");
        if !is_switch || signal.name.matches('.').count() != 1 {
            continue;
        }
        let closes = trace
            .series(id)
            .iter()
            .filter(|&(at, v)| at > SimTime::ZERO && state_name(signal, v) == "closed");
        let device = instance(&signal.name);
        found.extend(closes.filter_map(|(at, _)| of_closing(trace, device, at)));
    }
    found
}

fn of_closing(trace: &Trace, device: &str, at: SimTime) -> Option<Transient> {
    let series = format!("{device}.pack_current_a");
    let samples = trace.series_named(&series)?;
    // What happens next on its own account is not part of this transient.
    let next = trace.events().iter().map(|event| event.at).filter(|&next| next > at).min();
    let horizon = next.unwrap_or(SimTime::NEVER).min(trace.end());
    let settled = samples.value_at(horizon)?;
    let window = samples.window(at, horizon);
    let inside: Vec<_> = samples.iter().skip(window.start).take(window.len()).collect();
    let inside: Vec<_> = inside.into_iter().filter(|&(t, _)| (at..=horizon).contains(&t)).collect();
    let height = |&(_, i): &(SimTime, f64)| (i - settled).abs();
    let peak = inside.iter().map(height).fold(0.0, f64::max);
    if peak < LEAST_INRUSH {
        return None;
    }
    let last_high = inside.iter().rposition(|sample| height(sample) > DECAYED * peak)?;
    let end = inside.get(last_high + 1).map_or(horizon, |&(at, _)| at);
    let transient = Transient {
        from: at,
        to: end,
        zero: at,
        zero_is: String::new(),
        title: printable(&format!("{device}: main switch closes")),
        more: 0,
        quantity: ZoomQuantity::Current,
        series,
        rank: (2, -(peak as i64)),
    };
    Some(transient.around(trace, (at, end), (0.2, 0.3)))
}
