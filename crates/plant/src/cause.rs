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
            SeenQuantity::Plain(_) => {
                (Cause::Undetermined, "nothing is known of what it watches".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use blackstart_roles::Protection;
    use blackstart_units::{
        AmpereHours, Amperes, Farads, Fraction, Henries, Ohms, Seconds, Siemens, Volts,
    };

    use super::*;
    use crate::detector::{ComparatorSetting, Watched};
    use crate::moments::Moments;
    use crate::network::{
        Branch, Capacitor, CellModel, CellString, Gate, NetworkBuilder, NetworkLoad, OcvCurve,
        StringLaws, SwitchGate,
    };

    const PACK_V: f64 = 52.0;

    /// A battery whose port is closed, and what is fed from it.
    struct Bus {
        builder: NetworkBuilder,
        pack: NodeId,
        port: NodeId,
        cells: BranchId,
        shunt: BranchId,
        main: BranchId,
        path: BranchId,
    }

    /// One cell that stands for a string: an open-circuit voltage that does not move, in no time.
    fn cells(volts: f64, soc: f64) -> CellString {
        let flat = [(0.0, volts), (0.5, volts + 1e-9), (1.0, volts + 2e-9)];
        let table: Vec<(Fraction, Volts)> =
            flat.into_iter().map(|(soc, volts)| (Fraction(soc), Volts(volts))).collect();
        let cell = CellModel {
            capacity: AmpereHours(105.0),
            resistance: Ohms(1e-4),
            relaxation: [(Ohms(0.0), Seconds(1.0)); 2],
            soc: Fraction(soc),
            leakage: Amperes(0.0),
        };
        let ocv = Arc::new(OcvCurve::from_table(&table).unwrap());
        CellString::new(ocv, vec![cell], StringLaws::default())
    }

    fn gate(closed: bool) -> Gate {
        let (on, off) = (Ohms(1e-4), Ohms(1e9));
        Gate::Switch(SwitchGate { closed, on, off, clamp: None, body_diode: None })
    }

    impl Bus {
        /// `loop_ohms` between cells and port.
        fn new(loop_ohms: f64, closed: bool) -> Self {
            let mut builder = NetworkBuilder::new();
            let [terminals, pack, port] =
                ["terminals", "pack", "port"].map(|name| builder.node(name));
            let mut string = Branch::new("cells", NodeId::GROUND, terminals);
            string.cells = Some(cells(PACK_V, 0.5));
            let cells = builder.branch(string);
            let mut shunt = Branch::new("shunt", terminals, pack);
            (shunt.resistance, shunt.inductance) = (Ohms(loop_ohms), Henries(2e-6));
            let shunt = builder.branch(shunt);
            let mut main = Branch::new("main", pack, port);
            main.gate = gate(closed);
            let main = builder.branch(main);
            let mut path = Branch::new("precharge", pack, port);
            (path.gate, path.resistance) = (gate(!closed), Ohms(33.0));
            let path = builder.branch(path);
            Self { builder, pack, port, cells, shunt, main, path }
        }

        fn capacitor(mut self, millifarads: f64) -> Self {
            let mut bank = Branch::new("input", self.port, NodeId::GROUND);
            let (capacitance, voltage) = (Farads(millifarads * 1e-3), Volts(0.0));
            (bank.resistance, bank.capacitor) =
                (Ohms(1e-3), Some(Capacitor { capacitance, voltage }));
            self.builder.branch(bank);
            self
        }

        fn load(mut self, amperes: f64) -> Self {
            let mut load = NetworkLoad::new("load", self.port, NodeId::GROUND);
            load.current = Amperes(amperes);
            self.builder.load(load);
            self
        }

        fn bleed(mut self, ohms: f64) -> Self {
            let mut bleed = NetworkLoad::new("bleed", self.port, NodeId::GROUND);
            bleed.conductance = Siemens(1.0 / ohms);
            self.builder.load(bleed);
            self
        }

        fn short(mut self, ohms: f64) -> Self {
            let mut short = Branch::new("short", self.port, NodeId::GROUND);
            short.resistance = Ohms(ohms);
            self.builder.branch(short);
            self
        }

        /// Another battery on the port.
        fn battery(mut self, volts: f64, ohms: f64) -> Self {
            let mut other = Branch::new("other", NodeId::GROUND, self.port);
            (other.resistance, other.cells) = (Ohms(ohms), Some(cells(volts, 0.5)));
            self.builder.branch(other);
            self
        }

        /// A source on the port that is no battery.
        fn source(mut self, volts: f64, ohms: f64) -> Self {
            let mut source = Branch::new("source", NodeId::GROUND, self.port);
            (source.emf, source.resistance) = (Volts(volts), Ohms(ohms));
            self.builder.branch(source);
            self
        }

        /// The cause of a trip at these levels, of which the first acts: for the quantity of its own branch
        /// and from the first instant, once the network has run for a microsecond.
        fn trips(self, levels: &[f64]) -> Reasoned {
            self.trips_with(levels, (0.0, 0.0), |comparator, _| comparator.truth)
        }

        fn trips_with(
            self,
            levels: &[f64],
            tolerance: (f64, f64),
            truth: impl Fn(&ThresholdDetector, &Network) -> f64,
        ) -> Reasoned {
            let shunt = self.shunt;
            let mut network = self.builder.build().unwrap();
            let seen = SeenQuantity::current(shunt, None, SimTime::from_millis(10));
            let watched = Watched { seen, edge: CrossingEdge::Rising };
            let mut comparators: Vec<ThresholdDetector> = levels
                .iter()
                .map(|&threshold| {
                    let setting = ComparatorSetting { threshold, delay: SimTime::from_micros(1) };
                    ThresholdDetector::new(Protection::OverCurrent, watched, setting)
                })
                .collect();
            let first = Moments::after(network.clone());
            comparators[0].pass_threshold(&network, &first);
            let until = SimTime::from_micros(50);
            network.advance(until, &[], &mut |step| comparators[0].pass(step, &first)).unwrap();
            comparators[0].truth = truth(&comparators[0], &network);
            let armed = comparators.iter().collect();
            let comparator = &comparators[0];
            OverCurrent { network: &network, shunt, tolerance, comparator, armed, starting: &[] }
                .cause()
        }

        fn precharged(self, gate: f64) -> Reasoned {
            let Self { builder, pack, port, path, main, .. } = self;
            let mut network = builder.build().unwrap();
            network.advance(SimTime::from_whole_seconds(8), &[], &mut |_| {}).unwrap();
            PrechargePath {
                pack: (pack, NodeId::GROUND),
                port: (port, NodeId::GROUND),
                path,
                main: vec![main],
                gate,
            }
            .cause(&network)
        }
    }

    /// The percentage that a sentence gives to a place.
    fn percent(words: &str, place: &str) -> f64 {
        let after = words.split_once(&format!("{place} ")).expect(words).1;
        after.split(' ').next().unwrap().parse().unwrap()
    }

    #[test]
    fn an_inrush_falls_within_a_tenth_of_a_second() {
        // 52 A/Ω through 0.26 Ω fall to 20 A after τ·ln 10.
        let time = |milliseconds: f64| {
            let tau = milliseconds * 1e-3 / libm::log(10.0);
            let ohms = 0.26 - 1e-3 - 2e-4;
            Bus::new(ohms, true).capacitor(tau / 0.26 * 1e3).trips(&[20.0])
        };
        let (cause, words) = time(99.0);
        assert_eq!(cause, Cause::Inrush, "{words}");
        assert!(words.contains("falls below 20 A"), "{words}");
        let (cause, words) = time(102.0);
        assert_eq!(cause, Cause::Undetermined, "{words}");
        assert!(percent(&words, "capacitors") > 99.0, "{words}");
    }

    #[test]
    fn an_inrush_went_into_capacitors_by_more_than_half() {
        // The longer the capacitor takes, the more of the charge the load has had.
        let with = |load| Bus::new(0.26, true).capacitor(8.0).load(load).trips(&[load + 2.0]);
        let (cause, words) = with(33.0);
        assert_eq!(cause, Cause::Inrush, "{words}");
        let less = percent(&words, "capacitors");
        let (cause, words) = with(40.0);
        assert_eq!(cause, Cause::Starting, "{words}");
        let more = percent(&words, "capacitors");
        assert!(less > 50.0 && less < 60.0 && more < 50.0 && more > 40.0, "{less} {more}");
    }

    #[test]
    fn the_lowest_armed_level_decides_whether_a_current_has_fallen() {
        let with = |levels: &[f64]| Bus::new(0.05, true).capacitor(3.0).load(40.0).trips(levels);
        assert_eq!(with(&[400.0]).0, Cause::Inrush);
        assert_eq!(with(&[400.0, 40.5]).0, Cause::Inrush);
        assert_eq!(with(&[400.0, 39.5]).0, Cause::Overload, "the load alone is above 39.5 A");
    }

    #[test]
    fn what_takes_at_least_half_of_a_current_that_stays_is_its_cause() {
        // Both are fed from the port: 100 A of 52 V less 10 mΩ, of which the load takes its own.
        let with =
            |load: f64| Bus::new(0.01, true).short(51.0 / (100.0 - load)).load(load).trips(&[30.0]);
        let (cause, words) = with(50.5);
        assert_eq!(cause, Cause::Overload, "{words}");
        assert!((percent(&words, "loads") - 50.5).abs() < 0.1, "{words}");
        let (cause, words) = with(49.5);
        assert_eq!(cause, Cause::Short, "{words}");
        assert!((percent(&words, "neither load nor source") - 50.5).abs() < 0.1, "{words}");
    }

    #[test]
    fn current_into_another_battery_is_equalising() {
        let with = |load: f64| {
            // 51 V at the port, 100 A through 10 mΩ.
            let ohms = (51.0 - 46.0) / (100.0 - load);
            Bus::new(0.01, true).battery(46.0, ohms).load(load).trips(&[30.0])
        };
        let (cause, words) = with(49.0);
        assert_eq!(cause, Cause::Equalising, "{words}");
        assert!((percent(&words, "another battery") - 51.0).abs() < 0.2, "{words}");
        assert_eq!(with(51.0).0, Cause::Overload);
    }

    #[test]
    fn of_two_batteries_each_is_asked_where_its_own_current_goes() {
        // The other battery gives to the short as well: nothing goes into it.
        let (cause, words) = Bus::new(0.01, true).battery(52.0, 0.01).short(0.1).trips(&[30.0]);
        assert_eq!(cause, Cause::Short, "{words}");
        assert!(!words.contains("another battery"), "{words}");
    }

    #[test]
    fn current_that_is_pushed_in_comes_from_a_charger_or_a_battery() {
        let charged = |bus: Bus| {
            let shunt = bus.shunt;
            let network = bus.builder.build().unwrap();
            assert!(network.value(Quantity::Current(shunt)) <= 0.0);
            let mut network = network;
            network.advance(SimTime::from_millis(10), &[], &mut |_| {}).unwrap();
            staying(&network.shares(shunt))
        };
        let both = |source: f64, battery: f64| {
            Bus::new(0.01, true).source(54.0, source).battery(54.0, battery)
        };
        assert_eq!(charged(both(0.099, 0.1)), Cause::Charger);
        assert_eq!(charged(both(0.1, 0.099)), Cause::Equalising);
    }

    #[test]
    fn a_load_that_starts_is_no_overload_if_it_falls_below_every_level_afterwards() {
        let with = |later: f64, level: f64| {
            let mut bus = Bus::new(0.01, true).capacitor(1.0);
            let load = bus.builder.load(NetworkLoad::new("inverter", bus.port, NodeId::GROUND));
            let shunt = bus.shunt;
            let mut network = bus.builder.build().unwrap();
            network.advance(SimTime::from_millis(100), &[], &mut |_| {}).unwrap();
            network.set_load_power(load, Watts(3000.0));
            network.advance(SimTime::from_millis(120), &[], &mut |_| {}).unwrap();
            let seen = SeenQuantity::current(shunt, None, SimTime::from_millis(10));
            let watched = Watched { seen, edge: CrossingEdge::Rising };
            let setting = ComparatorSetting { threshold: level, delay: SimTime::from_millis(1) };
            let mut comparator = ThresholdDetector::new(Protection::OverCurrent, watched, setting);
            comparator.truth = f64::INFINITY;
            let starting = [(load, Watts(later))];
            OverCurrent {
                network: &network,
                shunt,
                tolerance: (0.0, 0.0),
                comparator: &comparator,
                armed: vec![&comparator],
                starting: &starting,
            }
            .cause()
        };
        // 600 W are 11.56 A.
        let (cause, words) = with(600.0, 11.7);
        assert_eq!(cause, Cause::Starting, "{words}");
        assert!(words.ends_with("it falls to 11.565 A once the loads have started"), "{words}");
        assert_eq!(with(600.0, 11.5).0, Cause::Overload);
        assert_eq!(with(3000.0, 11.7).0, Cause::Overload, "nothing starts");
    }

    #[test]
    fn a_reading_is_false_where_the_current_itself_stayed_below_by_more_than_the_sensors_tolerance()
    {
        let with = |truth: f64, tolerance| {
            Bus::new(0.01, true).load(100.0).trips_with(&[30.0], tolerance, |_, _| truth).0
        };
        assert_eq!(with(29.99, (0.0, 0.0)), Cause::FalseReading);
        assert_eq!(with(30.0, (0.0, 0.0)), Cause::Overload);
        assert_eq!(with(29.0, (0.0, 1.0)), Cause::Overload, "within its offset");
        assert_eq!(with(28.99, (0.0, 1.0)), Cause::FalseReading);
        assert_eq!(with(29.0, (0.035, 0.0)), Cause::Overload, "within its gain");
        assert_eq!(with(29.0, (0.034, 0.0)), Cause::FalseReading);
        let honest = Bus::new(0.01, true).load(100.0).trips(&[30.0]);
        assert_eq!(honest.0, Cause::Overload, "what it followed itself: {}", honest.1);
    }

    #[test]
    fn a_port_that_another_source_holds_is_not_the_fault_of_a_load() {
        for held in [
            |volts| Bus::new(0.01, false).battery(volts, 0.01),
            |volts| Bus::new(0.01, false).source(volts, 0.01),
        ] {
            let (cause, words) = held(PACK_V - 1.01).precharged(1.0);
            assert_eq!(cause, Cause::HeldByAnotherSource, "{words}");
            assert_eq!(held(PACK_V - 0.99).precharged(1.0).0, Cause::Inrush, "it is in the gate");
        }
    }

    #[test]
    fn a_divider_is_a_load_where_a_load_draws_and_a_short_where_none_does() {
        // 33 Ω and 1649 Ω leave 1.02 V of 52 V.
        let (cause, words) = Bus::new(0.01, false).bleed(1649.0).capacitor(1.0).precharged(1.0);
        assert_eq!(cause, Cause::LiveLoad, "{words}");
        assert!(words.contains("1.020 V below the pack where the gate is 1 V"), "{words}");
        let (cause, words) = Bus::new(0.01, false).short(1649.0).capacitor(1.0).precharged(1.0);
        assert_eq!(cause, Cause::Short, "{words}");
        let both = |bleed, short| Bus::new(0.01, false).bleed(bleed).short(short).precharged(1.0).0;
        assert_eq!(both(990.0, 1010.0), Cause::LiveLoad);
        assert_eq!(both(1010.0, 990.0), Cause::Short);
        // Too large a bank still fills after 8 s, and is full soon after.
        assert_eq!(Bus::new(0.01, false).capacitor(100.0).precharged(1.0).0, Cause::Inrush);
    }

    #[test]
    fn cells_are_empty_or_full_by_their_charge_not_by_their_voltage() {
        let at = |soc: f64| {
            let mut bus = Bus::new(0.01, true).load(10.0);
            let mut string = Branch::new("others", NodeId::GROUND, bus.pack);
            (string.resistance, string.cells) = (Ohms(1.0), Some(cells(PACK_V, soc)));
            let string = bus.builder.branch(string);
            let network = bus.builder.build().unwrap();
            let cells = CellNodes { string, count: 1 };
            (cells.low(&network).0, cells.high(&network).0)
        };
        assert_eq!(at(0.0999).0, Cause::Empty);
        assert_eq!(at(0.1).0, Cause::CellLow);
        assert_eq!(at(0.9001).1, Cause::Full);
        assert_eq!(at(0.9).1, Cause::CellHigh);
    }

    #[test]
    fn a_low_cell_that_a_bms_reports_is_false_where_the_cell_is_not_low() {
        let bus = Bus::new(0.01, true);
        let cells = CellNodes { string: bus.cells, count: 1 };
        let network = bus.builder.build().unwrap();
        let with = |limit, tolerance| cells.reported_low(&network, limit, tolerance).0;
        assert_eq!(with(Some(PACK_V - 0.02), 0.01), Cause::FalseReading);
        assert_eq!(with(Some(PACK_V - 0.02), 0.03), Cause::CellLow);
        assert_eq!(with(Some(PACK_V + 1e-6), 0.0), Cause::CellLow);
        assert_eq!(with(None, 0.0), Cause::CellLow, "nobody knows by what it goes");
    }

    #[test]
    fn the_page_has_every_cause_and_every_border() {
        let page = include_str!("../../../docs/causes.md");
        for cause in Cause::ALL {
            assert!(page.contains(&format!("`{}`", cause.name())), "{cause:?}");
        }
        let borders = [
            format!("{} ms", INRUSH_WINDOW.as_seconds() * 1e3),
            format!("{} s", PRECHARGE_WINDOW.as_seconds()),
            format!("less than {} %", EMPTY_BELOW * 100.0),
            format!("more than {} %", FULL_ABOVE * 100.0),
            format!("{NOISE_REACH} σ"),
            "at least half".to_owned(),
        ];
        for border in borders {
            assert!(page.contains(&border), "{border}");
        }
        assert_eq!(DECIDES, 0.5);
    }

    #[test]
    fn temperatures_have_a_side() {
        assert_eq!(of_temperature(55.0, true).0, Cause::Hot);
        assert_eq!(of_temperature(-2.0, false).0, Cause::Cold);
    }
}
