//! Same inputs, same bits.

use blackstart_plant::network::{CrossingEdge, Quantity, Step, Watch};
use blackstart_units::{SimTime, Watts};

use crate::bus::{Bus, Parameters};

/// Every number that the observer can see, as bits.
fn record(bus: &mut Bus, until: SimTime, bits: &mut Vec<u64>) {
    let (cable, terminals) = (bus.cable, bus.terminals);
    let watches = [Watch {
        quantity: Quantity::NodeVoltage(terminals),
        level: 40.0,
        edge: CrossingEdge::Rising,
    }];
    let mut observe = |step: &Step<'_>| {
        bits.push(step.end().as_nanos());
        bits.push(step.value(Quantity::Current(cable), step.end()).to_bits());
        bits.push(step.value(Quantity::NodeVoltage(terminals), step.end()).to_bits());
    };
    while bus.network.now() < until {
        bus.network.advance(until, &watches, &mut observe).unwrap();
    }
}

fn story(bus: &mut Bus, bits: &mut Vec<u64>) {
    bus.network.set_switch(bus.main, true);
    record(bus, SimTime::from_micros(700), bits);
    bus.network.set_load_power(bus.load, Watts(1200.0));
    record(bus, SimTime::from_millis(5), bits);
    bus.network.set_switch(bus.main, false);
    record(bus, SimTime::from_millis(20), bits);
}

#[test]
fn same_inputs_give_the_same_bits() {
    let run = || {
        let mut bits = Vec::new();
        story(&mut Bus::new(&Parameters::GOLDEN), &mut bits);
        bits
    };
    let first = run();
    assert!(first.len() > 100);
    assert_eq!(first, run());
}

#[test]
fn clone_continues_identically_and_leaves_the_original_alone() {
    let mut original = Bus::new(&Parameters::GOLDEN);
    original.network.set_switch(original.main, true);
    original.run(SimTime::from_micros(123));
    let mut clone = original.clone();
    let (mut of_clone, mut of_original) = (Vec::new(), Vec::new());
    story(&mut clone, &mut of_clone);
    assert_eq!(original.network.now(), SimTime::from_micros(123));
    story(&mut original, &mut of_original);
    assert_eq!(of_clone, of_original);
}

#[test]
fn what_an_observer_reads_has_no_influence() {
    let run = |curious: bool| {
        let mut bus = Bus::new(&Parameters::GOLDEN);
        bus.network.set_switch(bus.main, true);
        bus.network.set_load_power(bus.load, Watts(500.0));
        let terminals = bus.terminals;
        let mut observe = |step: &Step<'_>| {
            let length = step.end().since(step.start()).as_nanos();
            for part in (0..50).filter(|_| curious) {
                step.value(
                    Quantity::NodeVoltage(terminals),
                    step.start() + SimTime::from_nanos(length * part / 50),
                );
            }
        };
        bus.network.advance(SimTime::from_millis(3), &[], &mut observe).unwrap();
        (bus.current().to_bits(), bus.voltage().to_bits(), bus.network.steps())
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn reading_between_commands_has_no_influence() {
    let run = |curious: bool| {
        let mut bus = Bus::new(&Parameters::GOLDEN);
        for closed in [true, false, true] {
            bus.network.set_switch(bus.main, closed);
            if curious {
                bus.network.value(Quantity::NodeVoltage(bus.terminals));
            }
        }
        bus.run(SimTime::from_millis(1));
        (bus.current().to_bits(), bus.voltage().to_bits())
    };
    assert_eq!(run(false), run(true));
}
