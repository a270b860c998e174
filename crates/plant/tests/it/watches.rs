//! Stopping at levels.

use blackstart_plant::network::{
    Branch, Capacitor, CrossingEdge, Gate, NetworkBuilder, NodeId, Quantity, Stop, SwitchGate,
    Watch,
};
use blackstart_units::{Amperes, Farads, Henries, Ohms, Siemens, SimTime, Volts, Watts};

use crate::bus::{Bus, Parameters, books_close, close, no_load};

const HOUR: SimTime = SimTime::from_whole_seconds(3600);

fn rising(quantity: Quantity, level: f64) -> Watch {
    Watch { quantity, level, edge: CrossingEdge::Rising }
}

fn falling(quantity: Quantity, level: f64) -> Watch {
    Watch { quantity, level, edge: CrossingEdge::Falling }
}

#[test]
fn pulse_of_five_microseconds_in_a_quiet_hour_trips_a_watch() {
    // 2.5 µF through 1 µH: a half wave of five microseconds. The leak must not fill it beforehand.
    let p = Parameters {
        capacitance: 2.5e-6,
        cable_inductance: 1e-6,
        esr: 0.2,
        leak_resistance: 1e13,
        ..Parameters::GOLDEN
    };
    let mut bus = Bus::new(&p);
    let half_hour = SimTime::from_whole_seconds(1800);
    bus.run(half_hour);
    bus.network.set_switch(bus.main, true);
    let (exact_at, exact_peak) = p.through_main().peak();
    let watch = rising(Quantity::Current(bus.cable), 0.9 * exact_peak);
    let at = bus.run_to(watch, HOUR).since(half_hour).as_seconds();
    assert!(at < exact_at && exact_at < 5e-6, "{at} s, peak {exact_peak} A at {exact_at} s");
    close("instant", p.through_main().at(at).0, 0.9 * exact_peak, 0.05, 0.0);
    bus.run(HOUR);
    books_close(&bus.network);
}

/// Levels from far below the peak to a hair below it: the last ones are entered and left inside one step.
#[test]
fn no_level_below_the_peak_is_missed_and_none_above_it_fires() {
    let p = Parameters::GOLDEN;
    let exact = p.through_main();
    let (_, exact_peak) = exact.peak();
    for share in [0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99998] {
        let mut bus = Bus::new(&p);
        bus.network.set_switch(bus.main, true);
        let up = bus.run_to(
            rising(Quantity::Current(bus.cable), share * exact_peak),
            SimTime::from_millis(10),
        );
        assert!(bus.current() >= share * exact_peak, "the crossing has happened");
        close("current", exact.at(up.as_seconds()).0, share * exact_peak, 0.03, 0.0);
        let down = bus.run_to(
            falling(Quantity::Current(bus.cable), share * exact_peak),
            SimTime::from_millis(10),
        );
        assert!(down > up && bus.current() <= share * exact_peak);
    }
    let mut bus = Bus::new(&p);
    bus.network.set_switch(bus.main, true);
    let watch = rising(Quantity::Current(bus.cable), 1.00002 * exact_peak);
    assert_eq!(
        bus.network.advance(SimTime::from_millis(10), &[watch], &mut |_| ()),
        Ok(Stop::Reached)
    );
}

#[test]
fn crossing_is_reported_in_its_first_nanosecond() {
    let p = Parameters::GOLDEN;
    let mut bus = Bus::new(&p);
    bus.network.set_switch(bus.main, true);
    for level in [10.0, 123.4, 700.0, 1100.0] {
        let mut last = None;
        let watch = rising(Quantity::Current(bus.cable), level);
        let mut observe = |step: &blackstart_plant::network::Step<'_>| {
            let just_before = step.end().since(SimTime::NANOSECOND);
            last = Some((
                step.value(watch.quantity, just_before),
                step.value(watch.quantity, step.end()),
            ));
        };
        let stop = bus.network.advance(SimTime::from_millis(1), &[watch], &mut observe);
        assert_eq!(stop, Ok(Stop::Crossed(0)));
        let (before, at) = last.unwrap();
        // The interpolant is good to the tolerance of the step, not to the last bit.
        assert!(before < level + 1e-3 && at >= level, "{before} A, then {at} A");
        assert!((at - level) < 0.03, "25 A/µs is 0.025 A a nanosecond: {at}");
    }
}

#[test]
fn watch_that_is_beyond_its_level_fires_only_after_it_came_back() {
    let p = Parameters::GOLDEN;
    let mut bus = Bus::new(&p);
    bus.network.set_switch(bus.main, true);
    let watch = rising(Quantity::Current(bus.cable), 500.0);
    bus.run_to(watch, SimTime::from_millis(10));
    // Still rising: the same watch must not fire again, at this instant or later.
    assert_eq!(
        bus.network.advance(SimTime::from_millis(10), &[watch], &mut |_| ()),
        Ok(Stop::Reached)
    );
    // Discharged and closed again, it does.
    bus.network.set_load_current(bus.load, Amperes(600.0));
    bus.run_to(watch, SimTime::from_millis(20));
}

#[test]
fn several_watches_in_one_nanosecond_are_all_reported() {
    let p = Parameters::GOLDEN;
    let mut bus = Bus::new(&p);
    bus.network.set_switch(bus.main, true);
    let watches = [
        rising(Quantity::Current(bus.cable), 2000.0),
        rising(Quantity::Current(bus.cable), 300.0),
        rising(Quantity::Current(bus.pack), 300.0),
        rising(Quantity::Current(bus.cable), 300.001),
    ];
    let end = SimTime::from_micros(20);
    let mut reported = Vec::new();
    loop {
        match bus.network.advance(end, &watches, &mut |_| ()).unwrap() {
            Stop::Crossed(index) => reported.push((bus.network.now(), index)),
            Stop::Reached => break,
            other => panic!("{other:?}"),
        }
    }
    let mut indices: Vec<usize> = reported.iter().map(|&(_, index)| index).collect();
    indices.sort_unstable();
    assert_eq!(indices, [1, 2, 3], "{reported:?}");
    assert!(
        reported.windows(2).all(|pair| pair[0].0 < pair[1].0 || pair[0].1 < pair[1].1),
        "{reported:?}"
    );
}

#[test]
fn every_quantity_can_be_watched() {
    let p = Parameters::GOLDEN;
    for (name, watch) in [
        ("node", |bus: &Bus| rising(Quantity::NodeVoltage(bus.terminals), 30.0)),
        ("difference", |bus: &Bus| {
            rising(Quantity::Difference(bus.terminals, NodeId::GROUND), 30.0)
        }),
        ("capacitor", |bus: &Bus| rising(Quantity::CapacitorVoltage(bus.inverter), 30.0)),
        ("load current", |bus: &Bus| falling(Quantity::LoadCurrent(bus.load), 1200.0 / 30.0)),
        ("charge", |bus: &Bus| rising(Quantity::Charge(bus.inverter), 8e-3 * 30.0)),
    ] as [(&str, fn(&Bus) -> Watch); 5]
    {
        let mut bus = Bus::new(&p);
        bus.network.set_load_power(bus.load, Watts(1200.0));
        bus.network.set_switch(bus.main, true);
        // Below a volt the power part is a resistance: let it rise past its largest current.
        bus.run_to(rising(Quantity::NodeVoltage(bus.terminals), 10.0), SimTime::from_millis(1));
        let watch = watch(&bus);
        bus.run_to(watch, SimTime::from_millis(1));
        let value = bus.network.value(watch.quantity);
        close(name, value, watch.level, 1e-9, 1e-3);
        let beyond = if watch.edge == CrossingEdge::Rising {
            value >= watch.level
        } else {
            value <= watch.level
        };
        assert!(beyond, "{name}: {value}");
        books_close(&bus.network);
    }
}

#[test]
fn load_power_can_be_watched_through_its_minimum_voltage() {
    // With the golden ESR the terminals would break down at 2.4 V and jump past the level.
    let p = Parameters { capacitor_voltage: 52.8, esr: 50e-6, ..Parameters::GOLDEN };
    let mut bus = Bus::new(&p);
    bus.network.set_load_power(bus.load, Watts(1200.0));
    // The capacitor alone feeds the load: below a volt the power falls.
    bus.run_to(falling(Quantity::LoadPower(bus.load), 600.0), HOUR);
    let volts = bus.network.value(Quantity::NodeVoltage(bus.terminals));
    close("voltage", volts, 0.5f64.sqrt(), 1e-3, 0.0);
}

#[test]
fn advancing_in_pieces_comes_to_the_same_end() {
    let p = Parameters::GOLDEN;
    let run = |pieces: u64| {
        let mut bus = Bus::new(&p);
        bus.network.set_switch(bus.main, true);
        for piece in 1..=pieces {
            bus.run(SimTime::from_nanos(400_000 * piece / pieces));
        }
        (bus.current(), bus.voltage())
    };
    let (whole, pieces) = (run(1), run(37));
    close("current", pieces.0, whole.0, 2e-2, 0.0);
    close("voltage", pieces.1, whole.1, 1e-3, 0.0);
}

#[test]
fn extremes_of_the_steps_are_those_of_the_waveform() {
    let p = Parameters::GOLDEN;
    let (exact_at, exact_peak) = p.through_main().peak();
    let mut bus = Bus::new(&p);
    bus.network.set_switch(bus.main, true);
    // The cable's current is a state; the pack's, the same, is solved for.
    for quantity in [Quantity::Current(bus.cable), Quantity::Current(bus.pack)] {
        let mut network = bus.network.clone();
        let (mut least, mut most) = (f64::INFINITY, (SimTime::ZERO, 0.0));
        let mut observe = |step: &blackstart_plant::network::Step<'_>| {
            let (low, high) = step.extremes(quantity);
            assert!(low.0 >= step.start() && high.0 <= step.end());
            least = low.1.min(least);
            most = if high.1 > most.1 { high } else { most };
        };
        network.advance(SimTime::from_micros(400), &[], &mut observe).unwrap();
        close("peak", most.1, exact_peak, 0.0, 1e-5);
        close("time of peak", most.0.as_seconds(), exact_at, 1e-6, 0.0);
        close("least", least, 0.0, 1e-2, 0.0);
    }
}

#[test]
fn advancing_to_now_does_nothing() {
    let mut bus = Bus::new(&Parameters::GOLDEN);
    bus.run(SimTime::from_millis(1));
    let (steps, current) = (bus.network.steps(), bus.current());
    assert_eq!(
        bus.network.advance(SimTime::from_millis(1), &[], &mut |_| panic!("a step")),
        Ok(Stop::Reached)
    );
    assert_eq!((bus.network.steps(), bus.current()), (steps, current));
}

#[test]
fn commands_are_visible_before_time_moves() {
    let p = Parameters { capacitor_voltage: 40.0, ..Parameters::GOLDEN };
    let mut bus = Bus::new(&p);
    let at_terminals = Quantity::NodeVoltage(bus.terminals);
    close("open", bus.network.value(at_terminals), 40.0, 1e-6, 0.0);
    bus.network.set_load_current(bus.load, Amperes(10.0));
    close("loaded", bus.network.value(at_terminals), 40.0 - 10.0 * p.esr, 1e-5, 0.0);
    bus.network.set_switch(bus.main, true);
    assert!(bus.network.is_closed(bus.main));
    close("closed", bus.network.value(at_terminals), 40.0 - 10.0 * p.esr, 1e-4, 0.0);
    assert_eq!(bus.network.now(), SimTime::ZERO);
}

#[test]
fn time_constants_below_the_clock_are_no_obstacle() {
    let mut builder = NetworkBuilder::new();
    let (a, b) = (builder.node("a"), builder.node("b"));
    builder.branch(Branch {
        emf: Volts(48.0),
        resistance: Ohms(0.1),
        ..Branch::new("source", NodeId::GROUND, a)
    });
    let gate = Gate::Switch(SwitchGate {
        closed: false,
        on: Ohms(1e-3),
        off: Ohms(1e9),
        clamp: None,
        body_diode: None,
    });
    let wire = builder.branch(Branch {
        inductance: Henries(1e-9),
        resistance: Ohms(10.0),
        gate,
        ..Branch::new("wire", a, b)
    });
    let capacitor = Capacitor { capacitance: Farads(1e-12), voltage: Volts(0.0) };
    builder.branch(Branch {
        resistance: Ohms(1.0),
        capacitor: Some(capacitor),
        ..Branch::new("stray", b, NodeId::GROUND)
    });
    let load = builder.load(no_load("load", b));
    let mut network = builder.build().unwrap();
    network.set_load_current(load, Amperes(0.0));
    network.set_switch(wire, true);
    network.set_load_conductance(load, Siemens(0.1));
    assert_eq!(network.advance(HOUR, &[], &mut |_| ()), Ok(Stop::Reached));
    close("current", network.value(Quantity::Current(wire)), 48.0 / 20.101, 1e-9, 0.0);
    assert!(network.steps() < 100, "{} steps", network.steps());
    books_close(&network);
}
