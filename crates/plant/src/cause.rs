//! Why a protection acted: decided with the setting in force and the quantity that the comparator saw, from
//! a clone of the network that is run on with the switch held closed. The scenario's events are never
//! looked at. `docs/causes.md` is the table with the borders.

use blackstart_roles::Protection;
use blackstart_trace::{Cause, Evidence, Trip};
use blackstart_units::{SimTime, Watts};

use crate::detector::{SeenQuantity, ThresholdDetector};
use crate::network::{BranchId, CrossingEdge, LoadId, Network, NodeId, Quantity, Shares, Tally};

/// How long a current may take to fall by itself and still be called an inrush.
const INRUSH_WINDOW: SimTime = SimTime::from_millis(100);
/// How long a pre-charge is run on.
const PRECHARGE_WINDOW: SimTime = SimTime::from_whole_seconds(10);
/// Share of a current, or charge, that decides.
const DECIDES: f64 = 0.5;
/// Below this state of charge of the weakest cell a low voltage means empty.
const EMPTY_BELOW: f64 = 0.1;
/// Above this state of charge of the strongest cell a high voltage means full.
const FULL_ABOVE: f64 = 0.9;
/// Standard deviations of a converter's noise that are within its tolerance.
const NOISE_REACH: f64 = 6.0;

/// A cause, and why it is this one.
pub(crate) type Reasoned = (Cause, String);

/// What decides on the cause of a trip by current.
pub(crate) struct OverCurrent<'a> {
    pub network: &'a Network,
    /// Where the current is measured, discharge positive.
    pub shunt: BranchId,
    /// By how much its sensor may be wrong: a share of the current, and amperes.
    pub tolerance: (f64, f64),
    /// The one that acts.
    pub comparator: &'a ThresholdDetector,
    /// All that watch the current and have not latched.
    pub armed: Vec<&'a ThresholdDetector>,
    /// Loads that draw for a start, and what each draws once that is over.
    pub starting: &'a [(LoadId, Watts)],
}

/// What the network did when it was run on.
struct Course {
    /// When the current fell below every armed level for good, if it did.
    fell: Option<SimTime>,
    /// The charge since the threshold was passed, up to there or to the end.
    charge: Shares,
    /// The network at the end.
    end: Network,
}

impl OverCurrent<'_> {
    /// The cause of an over-current or short-circuit trip.
    pub fn cause(&self) -> Reasoned {
        self.false_reading().unwrap_or_else(|| self.by_shares())
    }

    /// The cause by what takes the current, whatever made the protection act.
    fn by_shares(&self) -> Reasoned {
        let Some(course) = self.run_on() else {
            return (Cause::Undetermined, "the network could not be run on".to_owned());
        };
        // Of several levels the one nearest to no current.
        let levels = self.armed.iter().map(|one| one.setting.threshold);
        let lowest = levels.reduce(|a, b| if b.abs() < a.abs() { b } else { a });
        let lowest = lowest.unwrap_or_default();
        if let Some(fell) = course.fell {
            let within = fell.since(self.network.now()).as_seconds() * 1e3;
            let words = format!(
                "held closed it falls below {lowest} A within {within:.3} ms; {}",
                in_words(&course.charge, "C")
            );
            return (falling(&course.charge), words);
        }
        let now = course.end.shares(self.shunt);
        let current = course.end.value(Quantity::Current(self.shunt));
        let words = format!("held closed for 100 ms it is {current:.3} A; {}", in_words(&now, "A"));
        let cause = staying(&now);
        if cause == Cause::Overload
            && let Some(settled) = self.once_started(course.end)
        {
            let words =
                format!("{words}, and it falls to {settled:.3} A once the loads have started");
            return (Cause::Starting, words);
        }
        (cause, words)
    }

    /// The comparator saw what was not there: the current itself never reached its threshold, not even as
    /// far as the sensor may be wrong.
    fn false_reading(&self) -> Option<Reasoned> {
        let (gain, offset) = self.tolerance;
        let tolerance = gain.abs() * self.comparator.truth.abs() + offset.abs();
        let ThresholdDetector { truth, extreme_over, .. } = self.comparator;
        let watched = self.comparator.watched();
        let reached = truth + watched.outwards(tolerance);
        let is_false = watched.further(self.comparator.setting.threshold, reached);
        let words = || {
            format!(
                "the current itself reached {truth:.3} A, its sensor showed {extreme_over:.3} A"
            )
        };
        is_false.then(|| (Cause::FalseReading, words()))
    }

    /// Runs on with the switch held closed.
    fn run_on(&self) -> Option<Course> {
        let mut end = self.network.clone();
        end.forbid_melting();
        let is_below = |value: &dyn Fn(Quantity) -> f64| {
            self.armed.iter().all(|one| !one.is_over(value(one.decisive())))
        };
        let mut tally = self.comparator.tally.unwrap_or(Tally::new(self.shunt));
        let mut fell = None;
        let until = end.now() + INRUSH_WINDOW;
        end.advance(until, &[], &mut |step| {
            tally.pass(step);
            let is_below_now = is_below(&|quantity| step.value(quantity, step.end()));
            fell = is_below_now.then(|| fell.unwrap_or((step.end(), tally.charge)));
        })
        .ok()?;
        // A jump at the very end counts as well.
        let fell = fell.filter(|_| is_below(&|quantity| end.value(quantity)));
        let charge = fell.map_or(tally.charge, |(_, charge)| charge);
        Some(Course { fell: fell.map(|(at, _)| at), charge, end })
    }

    /// The current once no load draws for a start any more, if it then is below every armed level.
    fn once_started(&self, mut network: Network) -> Option<f64> {
        let mut changes = false;
        for &(load, power) in self.starting {
            changes |= network.set_load_power(load, power);
        }
        // The wires' inductance holds the old current for a while.
        network.advance(network.now() + INRUSH_WINDOW, &[], &mut |_| {}).ok()?;
        let below = |one: &&ThresholdDetector| !one.is_over(network.value(one.decisive()));
        let fell = changes && self.armed.iter().all(below);
        fell.then(|| network.value(Quantity::Current(self.shunt)))
    }
}

/// Of a current that falls by itself: what took the charge.
fn falling(charge: &Shares) -> Cause {
    let total = charge.total();
    match () {
        () if charge.capacitors > DECIDES * total => Cause::Inrush,
        () if charge.loads >= DECIDES * total => Cause::Starting,
        () => decided(charge),
    }
}

/// Of a current that stays: what takes it.
fn staying(current: &Shares) -> Cause {
    if current.loads >= DECIDES * current.total() { Cause::Overload } else { decided(current) }
}

/// By what took it, where that is neither a capacitor nor a load.
fn decided(shares: &Shares) -> Cause {
    let at_least = DECIDES * shares.total();
    match () {
        () if shares.batteries >= at_least => Cause::Equalising,
        () if shares.sources >= at_least => Cause::Charger,
        () if shares.elsewhere >= at_least => Cause::Short,
        () => Cause::Undetermined,
    }
}

/// All shares that are not nothing, the largest first.
fn in_words(shares: &Shares, unit: &str) -> String {
    let mut parts = [
        (shares.capacitors, "capacitors"),
        (shares.loads, "loads"),
        (shares.batteries, "another battery"),
        (shares.sources, "a charger or source"),
        (shares.elsewhere, "neither load nor source"),
    ];
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total = shares.total();
    let part = |&(amount, place): &(f64, &str)| {
        let percent = amount / total * 100.0;
        (percent >= 0.1).then(|| format!("{place} {percent:.1} %"))
    };
    let parts: Vec<String> = parts.iter().filter_map(part).collect();
    format!("{total:.3} {unit}: {}", parts.join(", "))
}

/// A battery's pre-charge.
#[derive(Clone, Debug)]
pub(crate) struct PrechargePath {
    /// Before and behind the switches, each over its own minus: that of a pack whose switches are all open is
    /// none of the port's.
    pub pack: (NodeId, NodeId),
    pub port: (NodeId, NodeId),
    pub path: BranchId,
    /// Whatever else lies between the two.
    pub main: Vec<BranchId>,
    /// It is done when pack and port differ by no more than this, V.
    pub gate: f64,
}

impl PrechargePath {
    /// The cause of one that did not reach its gate.
    pub fn cause(&self, network: &Network) -> Reasoned {
        let (Some(open), Some(held)) = (self.run_on(network, false), self.run_on(network, true))
        else {
            return (Cause::Undetermined, "the network could not be run on".to_owned());
        };
        let Self { gate, .. } = *self;
        let mut out = self.main.clone();
        out.push(self.path);
        let (apart, now) = (self.missing(&open), held.shares(self.path));
        let shares = in_words(&now, "A");
        if apart.abs() > gate && open.is_fed_without(self.port.0, &out) {
            let words = format!(
                "with the own path open another source holds the port {}, where the gate is {gate} V; through the path flow {shares}",
                beside_the_pack(apart)
            );
            return (Cause::HeldByAnotherSource, words);
        }
        let missing = self.missing(&held);
        let port = held.value(Quantity::Difference(self.port.0, self.port.1));
        let words = format!(
            "pre-charged for 10 s more the port is at {port:.3} V, {} where the gate is {gate} V; through the path flow {shares}",
            beside_the_pack(missing)
        );
        let cause = match () {
            () if missing.abs() <= gate || now.capacitors > DECIDES * now.total() => Cause::Inrush,
            () if now.loads >= DECIDES * now.total() => Cause::LiveLoad,
            () => decided(&now),
        };
        (cause, words)
    }

    /// By how much the port lies below the pack.
    pub fn missing(&self, network: &Network) -> f64 {
        let volts = |(plus, minus)| network.value(Quantity::Difference(plus, minus));
        volts(self.pack) - volts(self.port)
    }

    fn run_on(&self, network: &Network, closed: bool) -> Option<Network> {
        let mut network = network.clone();
        network.forbid_melting();
        network.set_switch(self.path, closed);
        network.advance(network.now() + PRECHARGE_WINDOW, &[], &mut |_| {}).ok()?;
        Some(network)
    }
}

/// Where a port lies that is so much below its pack.
fn beside_the_pack(missing: f64) -> String {
    let side = if missing < 0.0 { "above" } else { "below" };
    format!("{:.3} V {side} the pack", missing.abs())
}

/// Cells in a string of the network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellNodes {
    pub string: BranchId,
    pub count: usize,
}

impl CellNodes {
    /// All of a string.
    pub fn of_string(network: &Network, string: BranchId) -> Self {
        Self { string, count: network.cell_count(string) }
    }

    fn charges(self, network: &Network) -> impl Iterator<Item = f64> + '_ {
        (0..self.count).map(move |k| network.value(Quantity::CellSoc(self.string, k)))
    }

    /// State of charge of the weakest.
    pub fn weakest(self, network: &Network) -> f64 {
        self.charges(network).fold(f64::MAX, f64::min)
    }

    /// The cause of a cell under-voltage.
    pub fn low(self, network: &Network) -> Reasoned {
        let weakest = self.weakest(network);
        let current = network.value(Quantity::Current(self.string));
        let percent = weakest * 100.0;
        let words = format!("the weakest cell has {percent:.2} % left, and {current:.3} A flow");
        (if weakest < EMPTY_BELOW { Cause::Empty } else { Cause::CellLow }, words)
    }

    /// The cause of a cell under-voltage that a BMS reports from its own readings, by a sensor of this
    /// tolerance, V, with the limit that it is known to go by: the truth may be another.
    pub fn reported_low(self, network: &Network, limit: Option<f64>, tolerance: f64) -> Reasoned {
        let lowest = network.value(Quantity::LowestCell(self.string));
        match limit.filter(|limit| lowest - tolerance > *limit) {
            Some(limit) => {
                let words =
                    format!("the lowest cell itself is at {lowest:.3} V, the limit is {limit} V");
                (Cause::FalseReading, words)
            }
            None => self.low(network),
        }
    }

    /// The same of a cell over-voltage that it reports.
    pub fn reported_high(self, network: &Network, limit: Option<f64>, tolerance: f64) -> Reasoned {
        let highest = network.value(Quantity::HighestCell(self.string));
        match limit.filter(|limit| highest + tolerance < *limit) {
            Some(limit) => {
                let words =
                    format!("the highest cell itself is at {highest:.3} V, the limit is {limit} V");
                (Cause::FalseReading, words)
            }
            None => self.high(network),
        }
    }

    /// The cause of a cell over-voltage.
    pub fn high(self, network: &Network) -> Reasoned {
        let fullest = self.charges(network).fold(f64::MIN, f64::max);
        let current = -network.value(Quantity::Current(self.string));
        let percent = fullest * 100.0;
        let words =
            format!("the fullest cell holds {percent:.2} %, and is charged with {current:.3} A");
        (if fullest > FULL_ABOVE { Cause::Full } else { Cause::CellHigh }, words)
    }
}

/// Standard deviations of a converter's noise, and its step, are within its tolerance, V.
pub(crate) fn converter_tolerance(noise: f64, step: f64) -> f64 {
    NOISE_REACH * noise + step
}

/// The cause of what a controller claims and no quantity shows: of a watchdog there is but one.
pub(crate) fn of_nothing_guarded(protection: Protection) -> Reasoned {
    let cause = match protection {
        Protection::Watchdog => Cause::HostSilent,
        _ => Cause::Undetermined,
    };
    (cause, "it says so; no quantity of the network shows it".to_owned())
}

/// The cause of charging that was stopped for the cells' temperature.
pub(crate) fn of_temperature(celsius: f64, hot: bool) -> Reasoned {
    let cause = if hot { Cause::Hot } else { Cause::Cold };
    (cause, format!("the cells are at {celsius:.2} °C"))
}

/// The cause of a trip by current that a controller claims: what it compared with is not known, so that what
/// takes the current decides alone. `armed` watch the same current.
pub(crate) fn of_claimed_current(
    network: &Network,
    shunt: BranchId,
    armed: Vec<&ThresholdDetector>,
    starting: &[(LoadId, Watts)],
) -> Reasoned {
    let Some(&comparator) = armed.first() else {
        let now = network.shares(shunt);
        return (staying(&now), in_words(&now, "A"));
    };
    let tolerance = (0.0, 0.0);
    OverCurrent { network, shunt, tolerance, comparator, armed, starting }.by_shares()
}

/// What decides on the cause of a trip of any comparator.
pub(crate) struct CauseContext<'a> {
    pub network: &'a Network,
    /// By how much the sensor of its current may be wrong: a share of the current, and amperes.
    pub tolerance: (f64, f64),
    /// All comparators beside it that have not latched, itself included.
    pub armed: Vec<&'a ThresholdDetector>,
    /// Loads that draw for a start, and what each draws once that is over.
    pub starting: &'a [(LoadId, Watts)],
}

impl CauseContext<'_> {
    /// The trip of one of them.
    pub fn trip(&self, detector: &ThresholdDetector, since: SimTime, evidence: Evidence) -> Trip {
        let (cause, because) = self.cause(detector);
        Trip {
            protection: detector.protection,
            value: Some(self.network.value(detector.watched().mean())),
            extreme: Some(detector.extreme_over),
            threshold: Some(detector.setting.threshold),
            delay: Some(detector.setting.delay),
            since: Some(since),
            cause,
            because,
            evidence,
        }
    }

    fn cause(&self, detector: &ThresholdDetector) -> Reasoned {
        let watched = detector.watched();
        let Self { network, tolerance, starting, .. } = *self;
        match watched.seen {
            SeenQuantity::Current { branch, .. } => {
                let beside = self.armed.iter().copied().filter(|one| {
                    let other = one.watched();
                    other.current_of() == Some(branch) && other.edge == watched.edge
                });
                let (shunt, armed, comparator) = (branch, beside.collect(), detector);
                OverCurrent { network, shunt, tolerance, comparator, armed, starting }.cause()
            }
            SeenQuantity::Plain(Quantity::LowestCell(string)) => {
                CellNodes::of_string(network, string).low(network)
            }
            SeenQuantity::Plain(Quantity::HighestCell(string)) => {
                CellNodes::of_string(network, string).high(network)
            }
            SeenQuantity::Plain(
                quantity @ (Quantity::HottestGroup(_)
                | Quantity::ColdestGroup(_)
                | Quantity::GroupTemperature(..)),
            ) => of_temperature(network.value(quantity), watched.edge == CrossingEdge::Rising),
            SeenQuantity::Plain(gate @ Quantity::GateTemperature(_)) => {
                (Cause::Hot, format!("the switch is at {:.2} °C", network.value(gate)))
            }
            SeenQuantity::Plain(_) => {
                (Cause::Undetermined, "nothing is known of what it watches".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests;
