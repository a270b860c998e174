//! The golden cases with one value at a time ten times as large and a tenth as large.
//!
//! Nothing is tuned to one circuit: each variation is held to the closed form of its own parameters.
//! The tolerance is the larger of an absolute one and 1e-5 of the value; where the quantity is read
//! off a located event the clock's nanosecond is added.

use blackstart_plant::network::{CrossingEdge, Quantity, Watch};
use blackstart_units::SimTime;

use crate::bus::{Bus, Parameters, books_close, close};

type Change = (&'static str, fn(&mut Parameters) -> &mut f64);

const CHANGES: [Change; 9] = [
    ("emf", |p| &mut p.emf),
    ("pack resistance", |p| &mut p.pack_resistance),
    ("contact resistance", |p| &mut p.contact_resistance),
    ("pre-charge resistance", |p| &mut p.precharge_resistance),
    ("cable resistance", |p| &mut p.cable_resistance),
    ("cable inductance", |p| &mut p.cable_inductance),
    ("capacitance", |p| &mut p.capacitance),
    ("esr", |p| &mut p.esr),
    ("clamp voltage", |p| &mut p.clamp_voltage),
];

/// Calls back with the golden parameters and with every variation of them.
fn for_each_variation(mut check: impl FnMut(&str, &Parameters)) {
    check("as is", &Parameters::GOLDEN);
    for (name, parameter) in CHANGES {
        for factor in [10.0, 0.1] {
            let mut varied = Parameters::GOLDEN;
            *parameter(&mut varied) *= factor;
            check(&format!("{name} × {factor}"), &varied);
        }
    }
}

/// Amperes that do not matter beside what the source could drive.
fn current_floor(p: &Parameters) -> f64 {
    1e-3 * p.emf / 52.8
}

#[test]
fn hard_connect_meets_its_closed_form() {
    for_each_variation(|name, p| {
        let (exact, mut bus) = (p.through_main(), Bus::new(p));
        bus.network.set_switch(bus.main, true);
        let (exact_at, exact_peak) = exact.peak();
        let (at, peak) =
            bus.run_for_peak(Quantity::Current(bus.cable), SimTime::from_seconds(4.0 * exact_at));
        close(&format!("{name}: peak"), peak, exact_peak, current_floor(p), 1e-5);
        // A peak is flat: 1e-5 of its height is within 0.45 % of its width.
        close(&format!("{name}: time of peak"), at, exact_at, 1e-6, 1e-2);
        let until = bus.network.now().as_seconds();
        let joules = exact.joule_integral(until);
        close(&format!("{name}: I²t"), bus.network.joule_integral(bus.cable).0, joules, 0.0, 2e-5);
        close(
            &format!("{name}: voltage"),
            bus.voltage(),
            exact.at(until).1,
            1e-3 * p.emf / 52.8,
            1e-5,
        );
        books_close(&bus.network);
    });
}

#[test]
fn precharge_meets_its_closed_form() {
    for_each_variation(|name, p| {
        // A clamp below the source would conduct around the pre-charge resistor.
        let p = &Parameters { clamp_voltage: p.clamp_voltage.max(2.0 * p.emf), ..*p };
        let (exact, mut bus) = (p.through_precharge(), Bus::new(p));
        bus.network.set_switch(bus.precharge, true);
        let level = 0.95 * p.emf;
        let tau = exact.resistance * p.capacitance;
        let watch = Watch {
            quantity: Quantity::CapacitorVoltage(bus.inverter),
            level,
            edge: CrossingEdge::Rising,
        };
        let reached = bus.run_to(watch, SimTime::from_seconds(5.0 * tau));
        let exact_reached = exact.rises_to(level, 5.0 * tau);
        close(&format!("{name}: 95 %"), reached.as_seconds(), exact_reached, 2e-9, 1e-5);

        bus.network.set_switch(bus.main, true);
        let (current, voltage) = exact.at(reached.as_seconds());
        let (exact_at, exact_peak) = p.through_both(current, voltage).peak();
        let until = reached + SimTime::from_seconds(4.0 * exact_at);
        let (_, peak) = bus.run_for_peak(Quantity::Current(bus.cable), until);
        close(&format!("{name}: closing peak"), peak, exact_peak, current_floor(p), 2e-5);
        books_close(&bus.network);
    });
}

#[test]
fn opening_meets_its_closed_form() {
    for_each_variation(|name, p| {
        let mut bus = Bus::new(p);
        bus.network.set_switch(bus.main, true);
        // A fifth of the way past the peak, as in the golden case.
        let (peak_at, _) = p.through_main().peak();
        let opening = SimTime::from_seconds(1.5 * peak_at);
        bus.run(opening);
        let (current, voltage) = p.through_main().at(opening.as_seconds());
        bus.network.set_switch(bus.main, false);
        if p.clamp_voltage <= p.emf - voltage {
            // The clamp holds less than the source drives: it conducts without end.
            bus.run(opening + SimTime::from_micros(100));
            let (held, _) = p.through_clamp(current, voltage).at(100e-6);
            close(&format!("{name}: current held"), bus.current(), held, current_floor(p), 1e-5);
        } else {
            let exact = p.through_clamp(current, voltage);
            let longest =
                p.cable_inductance * current / (p.clamp_voltage - p.emf + voltage) * 1.001;
            let duration = exact.current_zero(longest);
            bus.run(opening + SimTime::from_seconds(2.0 * duration) + SimTime::NANOSECOND);
            let rest = exact.at(duration).1;
            close(&format!("{name}: voltage left"), bus.voltage(), rest, 1e-4, 1e-5);
            let energy = p.clamp_voltage * p.capacitance * (rest - voltage);
            close(
                &format!("{name}: clamp energy"),
                bus.network.clamp_energy(bus.main).0,
                energy,
                1e-6,
                1e-4,
            );
            close(&format!("{name}: current left"), bus.current(), 0.0, current_floor(p), 0.0);
        }
        books_close(&bus.network);
    });
}
