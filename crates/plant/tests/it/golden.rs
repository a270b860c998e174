//! The four golden waveforms: hard connect, pre-charge, constant-power steps, opening into a clamp.
//!
//! Tolerances are those that a verdict depends on: a peak within 0.05 % and 1 µs decides whether a
//! short-circuit comparator trips, I²t within 0.1 % whether a fuse survives, a milliampere and a
//! millivolt are finer than any sensor on the bus.

use blackstart_plant::network::{CrossingEdge, Quantity, Watch};
use blackstart_units::{SimTime, Watts};
use serde_json::Value;

use crate::bus::{Bus, Parameters, books_close, close};

const CLOSING: SimTime = SimTime::from_millis(1);

#[test]
fn hard_connect_peaks_as_the_closed_form_says() {
    let p = Parameters::GOLDEN;
    let (exact, mut bus) = (p.through_main(), Bus::new(&p));
    bus.run(CLOSING);
    bus.network.set_switch(bus.main, true);
    let (at, peak) = bus.run_for_peak(Quantity::Current(bus.cable), SimTime::from_millis(11));
    let (exact_at, exact_peak) = exact.peak();
    close("peak", peak, exact_peak, 0.0, 5e-4);
    close("time of peak", at - CLOSING.as_seconds(), exact_at, 1e-6, 0.0);
    close("I²t", bus.network.joule_integral(bus.cable).0, exact.joule_integral(0.01), 0.0, 1e-3);
    close("current after 10 ms", bus.current(), 0.0, 1e-3, 0.0);
    close("voltage after 10 ms", bus.voltage(), p.emf, 1e-3, 0.0);
    books_close(&bus.network);
    println!("hard connect: {} steps, peak {peak} A (exact {exact_peak} A)", bus.network.steps());
}

#[test]
fn hard_connect_follows_the_closed_form_between_and_at_its_steps() {
    let p = Parameters::GOLDEN;
    let (exact, mut bus) = (p.through_main(), Bus::new(&p));
    bus.network.set_switch(bus.main, true);
    let (cable, inverter, terminals) = (bus.cable, bus.inverter, bus.terminals);
    let mut observe = |step: &blackstart_plant::network::Step<'_>| {
        let length = step.end().since(step.start()).as_nanos();
        // The first microsecond is a discontinuity's, and judged by the peak.
        for at in (0..=8).map(|part| step.start() + SimTime::from_nanos(length * part / 8)) {
            let (current, voltage) = exact.at(at.as_seconds());
            close("current", step.value(Quantity::Current(cable), at), current, 0.05, 1e-4);
            close(
                "voltage",
                step.value(Quantity::CapacitorVoltage(inverter), at),
                voltage,
                5e-3,
                0.0,
            );
            let terminal = voltage + p.esr * current;
            close(
                "terminals",
                step.value(Quantity::NodeVoltage(terminals), at),
                terminal,
                5e-3,
                0.0,
            );
        }
    };
    bus.network.advance(SimTime::from_millis(2), &[], &mut observe).unwrap();
}

#[test]
fn precharge_reaches_its_level_and_closes_into_the_rest() {
    let p = Parameters::GOLDEN;
    let (exact, mut bus) = (p.through_precharge(), Bus::new(&p));
    bus.network.set_switch(bus.precharge, true);
    let level = 0.95 * p.emf;
    let watch = Watch {
        quantity: Quantity::CapacitorVoltage(bus.inverter),
        level,
        edge: CrossingEdge::Rising,
    };
    let reached = bus.run_to(watch, SimTime::from_whole_seconds(1));
    let exact_reached = exact.rises_to(level, 1.0);
    close("95 %", reached.as_seconds(), exact_reached, 10e-6, 0.0);
    assert!(bus.voltage() >= level, "the crossing has happened");
    let heat =
        (p.precharge_resistance + p.contact_resistance) * exact.joule_integral(exact_reached);
    close("heat in the resistor", bus.network.dissipated(bus.precharge).0, heat, 0.0, 1e-3);

    bus.network.set_switch(bus.main, true);
    let (current, voltage) = exact.at(exact_reached);
    let (exact_at, exact_peak) = p.through_both(current, voltage).peak();
    let (at, peak) =
        bus.run_for_peak(Quantity::Current(bus.cable), reached + SimTime::from_millis(10));
    close("closing peak", peak, exact_peak, 0.0, 5e-4);
    close("time of closing peak", at - reached.as_seconds(), exact_at, 1e-6, 0.0);
    books_close(&bus.network);
}

#[test]
fn constant_power_steps_match_the_reference() {
    let text = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/waveforms/constant-power-steps.json"
    ));
    let reference: Value = serde_json::from_str(text).unwrap();
    let number = |pointer: &str| reference.pointer(pointer).and_then(Value::as_f64).unwrap();
    let p = Parameters { capacitor_voltage: Parameters::GOLDEN.emf, ..Parameters::GOLDEN };
    let mut bus = Bus::new(&p);
    bus.network.set_switch(bus.main, true);

    let mut peak = (0.0, 0.0);
    let mut rows = reference["rows"].as_array().unwrap().iter().peekable();
    for step in reference["steps"].as_array().unwrap() {
        let at = SimTime::from_seconds(step["time_s"].as_f64().unwrap());
        bus.run(at);
        bus.network.set_load_power(bus.load, Watts(step["power_w"].as_f64().unwrap()));
        let until = SimTime::from_seconds(step["until_s"].as_f64().unwrap());
        while let Some(row) =
            rows.next_if(|row| row["time_s"].as_f64().unwrap() < until.as_seconds())
        {
            let found = bus.run_for_peak(
                Quantity::Current(bus.cable),
                SimTime::from_seconds(row["time_s"].as_f64().unwrap()),
            );
            peak = if found.1 > peak.1 { found } else { peak };
            let tolerance = |name| number(&format!("/tolerance/{name}"));
            close(
                "current",
                bus.current(),
                row["current_a"].as_f64().unwrap(),
                tolerance("current_a"),
                0.0,
            );
            close(
                "voltage",
                bus.voltage(),
                row["voltage_v"].as_f64().unwrap(),
                tolerance("voltage_v"),
                0.0,
            );
        }
        bus.run(until);
    }
    close("peak", peak.1, number("/peak/current_a"), 0.0, number("/tolerance/peak_share"));
    close("time of peak", peak.0, number("/peak/time_s"), number("/tolerance/peak_time_s"), 0.0);

    let (power, resistance) =
        (1200.0, p.pack_resistance + p.contact_resistance + p.cable_resistance);
    let steady = 0.5 * (p.emf + (p.emf * p.emf - 4.0 * power * resistance).sqrt());
    close(
        "steady voltage",
        bus.network.value(Quantity::NodeVoltage(bus.terminals)),
        steady,
        1e-3,
        0.0,
    );
    close("steady current", bus.current(), power / steady, 1e-3, 0.0);
    books_close(&bus.network);
    println!("constant-power steps: {} steps", bus.network.steps());
}

#[test]
fn opening_at_full_current_goes_into_the_clamp() {
    let p = Parameters::GOLDEN;
    let mut bus = Bus::new(&p);
    bus.network.set_switch(bus.main, true);
    let opening = SimTime::from_micros(200);
    bus.run(opening);
    let (current, voltage) = p.through_main().at(opening.as_seconds());
    close("current at opening", bus.current(), current, 0.0, 1e-5);
    bus.network.set_switch(bus.main, false);

    let exact = p.through_clamp(current, voltage);
    let duration = exact.current_zero(1e-3);
    // The clamp ends between its leak current and a nanosecond's fall below it.
    let watch =
        Watch { quantity: Quantity::Current(bus.cable), level: 1e-3, edge: CrossingEdge::Falling };
    let zero = bus.run_to(watch, SimTime::from_millis(1));
    close("duration", zero.since(opening).as_seconds(), duration, 2e-9, 1e-5);
    bus.run(SimTime::from_millis(1));
    let rest = exact.at(duration).1;
    close("voltage left", bus.voltage(), rest, 1e-3, 0.0);
    close("current left", bus.current(), 0.0, 1e-6, 0.0);
    let charge = p.capacitance * (rest - voltage);
    close(
        "clamp energy",
        bus.network.clamp_energy(bus.main).0,
        p.clamp_voltage * charge,
        0.0,
        5e-3,
    );
    let before = p.through_main().joule_integral(opening.as_seconds());
    close(
        "I²t",
        bus.network.joule_integral(bus.cable).0,
        before + exact.joule_integral(duration),
        0.0,
        1e-3,
    );
    books_close(&bus.network);
}
