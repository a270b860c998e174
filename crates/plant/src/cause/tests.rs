//! Causes on both sides of their borders, in small networks.

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
        let [terminals, pack, port] = ["terminals", "pack", "port"].map(|name| builder.node(name));
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
        (bank.resistance, bank.capacitor) = (Ohms(1e-3), Some(Capacitor { capacitance, voltage }));
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
fn a_reading_is_false_where_the_current_itself_stayed_below_by_more_than_the_sensors_tolerance() {
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
fn a_high_cell_that_a_bms_reports_is_false_where_the_cell_is_not_high() {
    let bus = Bus::new(0.01, true);
    let cells = CellNodes { string: bus.cells, count: 1 };
    let network = bus.builder.build().unwrap();
    let truth = cells.high(&network).0;
    let with = |limit, tolerance| cells.reported_high(&network, limit, tolerance).0;
    assert_eq!(with(Some(PACK_V + 0.02), 0.01), Cause::FalseReading);
    assert_eq!(with(Some(PACK_V + 0.02), 0.03), truth);
    assert_eq!(with(Some(PACK_V - 1e-6), 0.0), truth);
    assert_eq!(with(None, 0.0), truth, "nobody knows by what it goes");
}

#[test]
fn the_page_has_every_cause_and_every_border() {
    let page = include_str!("../../../../docs/causes.md");
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
