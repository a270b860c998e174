//! Switches, diodes, fuses and loads at work.

use blackstart_plant::network::{
    BodyDiode, Branch, BranchId, Capacitor, Clamp, CrossingEdge, DiodeGate, Gate, Network,
    NetworkBuilder, NetworkLoad, NodeId, Quantity, Stop, SwitchGate, Watch,
};
use blackstart_units::{Amperes, Farads, Henries, Ohms, Siemens, SimTime, Volts, Watts};

use crate::bus::{Bus, Parameters, books_close, close, fuse, no_load};

const GROUND: NodeId = NodeId::GROUND;

fn source(
    builder: &mut NetworkBuilder,
    name: &str,
    emf: f64,
    resistance: f64,
    to: NodeId,
) -> BranchId {
    builder.branch(Branch {
        emf: Volts(emf),
        resistance: Ohms(resistance),
        ..Branch::new(name, GROUND, to)
    })
}

fn resistor(
    builder: &mut NetworkBuilder,
    name: &str,
    ohms: f64,
    from: NodeId,
    to: NodeId,
) -> BranchId {
    builder.branch(Branch { resistance: Ohms(ohms), ..Branch::new(name, from, to) })
}

fn switch(closed: bool, clamp: Option<Clamp>, body_diode: Option<DiodeGate>) -> Gate {
    let body_diode = body_diode.map(|diode| BodyDiode { diode, conducts_forward: false });
    Gate::Switch(SwitchGate { closed, on: Ohms(1e-3), off: Ohms(1e9), clamp, body_diode })
}

fn diode() -> DiodeGate {
    DiodeGate { drop: Volts(0.4), on: Ohms(2e-3), off: Ohms(1e7) }
}

fn run(network: &mut Network, until: SimTime) {
    assert_eq!(network.advance(until, &[], &mut |_| ()), Ok(Stop::Reached));
    books_close(network);
}

#[test]
fn open_switch_carries_no_current() {
    let mut bus = Bus::new(&Parameters::GOLDEN);
    bus.run(SimTime::from_whole_seconds(1));
    close("leak", bus.current(), 52.8 / 0.5e9, 1e-12, 1e-2);
    assert!(bus.voltage() < 1e-4);
}

/// Pack L – switch – cable L, shorted, with a node between each that joins nothing else.
fn two_inductors(clamp: Option<Clamp>) -> (Network, [BranchId; 3]) {
    let mut builder = NetworkBuilder::new();
    let (a, b, c) = (builder.node("a"), builder.node("b"), builder.node("c"));
    let pack = builder.branch(Branch {
        emf: Volts(50.0),
        resistance: Ohms(0.02),
        inductance: Henries(1e-6),
        ..Branch::new("pack", GROUND, a)
    });
    let middle = builder.branch(Branch {
        resistance: Ohms(1e-6),
        gate: switch(false, clamp, None),
        ..Branch::new("switch", a, b)
    });
    let cable = builder.branch(Branch {
        resistance: Ohms(0.01),
        inductance: Henries(3e-6),
        ..Branch::new("cable", b, c)
    });
    resistor(&mut builder, "short", 0.019, c, GROUND);
    (builder.build().unwrap(), [pack, middle, cable])
}

#[test]
fn two_inductors_in_series_through_a_switch_act_as_one() {
    let clamp = Clamp { voltage: Volts(120.0), resistance: Ohms(0.0) };
    let (mut network, [pack, middle, cable]) = two_inductors(Some(clamp));
    network.set_switch(middle, true);
    let resistance: f64 = 0.02 + 1e-6 + 1e-3 + 0.01 + 0.019;
    let tau = 4e-6 / resistance;
    for micros in [1, 10, 50, 100] {
        run(&mut network, SimTime::from_micros(micros));
        let exact = 50.0 / resistance * -libm::expm1(-(micros as f64) * 1e-6 / tau);
        for branch in [pack, middle, cable] {
            close("current", network.value(Quantity::Current(branch)), exact, 1e-3, 1e-5);
        }
    }
    let before = network.value(Quantity::Current(pack));
    network.set_switch(middle, false);
    run(&mut network, SimTime::from_micros(150));
    // i(t) falls from `before` towards (50 − 120) / R until it is zero.
    let open = resistance - 1e-3;
    let target = -70.0 / open;
    let duration = 4e-6 / open * libm::log((before - target) / -target);
    let charge =
        target * duration + (before - target) * 4e-6 / open * -libm::expm1(-duration * open / 4e-6);
    close("clamp energy", network.clamp_energy(middle).0, 120.0 * charge, 0.0, 1e-4);
    for branch in [pack, middle, cable] {
        close("current", network.value(Quantity::Current(branch)), 0.0, 1e-6, 0.0);
    }
}

/// Equal packs, each with an inductance and a switch, through diodes into one shorted cable.
fn equal_packs(count: usize) -> (Network, Vec<(BranchId, BranchId)>, BranchId) {
    let mut builder = NetworkBuilder::new();
    let (joined, far) = (builder.node("joined"), builder.node("far"));
    let clamp = Clamp { voltage: Volts(90.0), resistance: Ohms(0.01) };
    let packs = (0..count).map(|k| {
        let (inner, port) = (builder.node(format!("in-{k}")), builder.node(format!("port-{k}")));
        let pack = builder.branch(Branch {
            emf: Volts(52.8),
            resistance: Ohms(0.02),
            inductance: Henries(2e-6),
            ..Branch::new(format!("pack-{k}"), GROUND, inner)
        });
        let body = Some(DiodeGate { drop: Volts(0.7), on: Ohms(1e-3), off: Ohms(1e7) });
        let main = builder.branch(Branch {
            gate: switch(false, Some(clamp), body),
            ..Branch::new(format!("main-{k}"), inner, port)
        });
        builder.branch(Branch {
            gate: Gate::Diode(diode()),
            ..Branch::new(format!("diode-{k}"), port, joined)
        });
        (pack, main)
    });
    let packs = packs.collect();
    let cable = builder.branch(Branch {
        resistance: Ohms(0.005),
        inductance: Henries(3e-6),
        ..Branch::new("cable", joined, far)
    });
    resistor(&mut builder, "short", 0.005, far, GROUND);
    (builder.build().unwrap(), packs, cable)
}

#[test]
fn equal_packs_that_open_together_into_a_short_come_to_rest_together() {
    for count in [2, 3, 5] {
        for after in [37, 50, 61, 100, 200] {
            let (mut network, packs, cable) = equal_packs(count);
            packs.iter().for_each(|&(_, main)| network.set_switch(main, true));
            run(&mut network, SimTime::from_micros(after));
            let each = network.value(Quantity::Current(packs[0].0));
            let all = network.value(Quantity::Current(cable));
            close("they share", all, each * count as f64, 1e-6, 1e-9);
            packs.iter().for_each(|&(_, main)| network.set_switch(main, false));
            run(&mut network, SimTime::from_millis(10));
            let clamped: Vec<f64> =
                packs.iter().map(|&(_, main)| network.clamp_energy(main).0).collect();
            for ((pack, _), &energy) in packs.iter().zip(&clamped) {
                // What the diodes leak.
                close("current", network.value(Quantity::Current(*pack)), 0.0, 1e-5, 0.0);
                close("equal shares of the energy", energy, clamped[0], 1e-6, 1e-6);
            }
        }
    }
}

#[test]
fn currents_of_two_inductors_are_equal_at_every_instant_after_closing() {
    let (mut network, [pack, middle, cable]) = two_inductors(None);
    network.set_switch(middle, true);
    let mut worst: f64 = 0.0;
    let mut observe = |step: &blackstart_plant::network::Step<'_>| {
        let length = step.end().since(step.start()).as_nanos();
        for at in (0..=4).map(|part| step.start() + SimTime::from_nanos(length * part / 4)) {
            let current = |branch| step.value(Quantity::Current(branch), at);
            worst = worst
                .max((current(pack) - current(cable)).abs())
                .max((current(pack) - current(middle)).abs());
        }
    };
    network.advance(SimTime::from_millis(1), &[], &mut observe).unwrap();
    assert!(worst < 1e-3, "{worst} A vanish at the nodes between");
}

#[test]
fn current_without_a_clamp_is_cut_at_once_and_the_books_know_where_it_went() {
    let (mut network, [pack, middle, _]) = two_inductors(None);
    network.set_switch(middle, true);
    run(&mut network, SimTime::from_micros(50));
    let current = network.value(Quantity::Current(pack));
    assert!(current > 100.0);
    network.set_switch(middle, false);
    run(&mut network, SimTime::from_micros(51));
    close("current", network.value(Quantity::Current(pack)), 0.0, 1e-6, 0.0);
}

#[test]
fn body_diode_carries_reverse_current_through_an_open_switch() {
    let mut builder = NetworkBuilder::new();
    let (a, b) = (builder.node("a"), builder.node("b"));
    let low = source(&mut builder, "low", 48.0, 0.1, a);
    source(&mut builder, "high", 50.0, 0.1, b);
    let fet = builder
        .branch(Branch { gate: switch(false, None, Some(diode())), ..Branch::new("fet", a, b) });
    let mut network = builder.build().unwrap();
    let reverse = -(2.0 - 0.4) / (0.2 + 2e-3);
    close("current", network.value(Quantity::Current(fet)), reverse, 1e-6, 0.0);
    network.set_emf(low, Volts(51.0));
    close("blocked", network.value(Quantity::Current(fet)), 0.0, 1e-6, 0.0);
    run(&mut network, SimTime::from_millis(1));
}

/// A source of 14.2 V on 5 mΩ up to a current, into 12 V behind 10 mΩ.
fn limited(current: f64) -> (Network, BranchId) {
    let mut builder = NetworkBuilder::new();
    let battery = builder.node("battery");
    source(&mut builder, "battery", 12.0, 0.01, battery);
    let clamp = Clamp { voltage: Volts(current * 0.005), resistance: Ohms(20.0) };
    let (on, off) = (Ohms(0.005), Ohms(0.005));
    let gate = SwitchGate { closed: false, on, off, clamp: Some(clamp), body_diode: None };
    let charger = builder.branch(Branch {
        emf: Volts(14.2),
        gate: Gate::Switch(gate),
        ..Branch::new("charger", GROUND, battery)
    });
    (builder.build().unwrap(), charger)
}

#[test]
fn a_limit_that_is_set_anew_is_that_of_a_network_built_with_it() {
    let built = |amperes| {
        let (network, charger) = limited(amperes);
        network.value(Quantity::Current(charger))
    };
    let (mut network, charger) = limited(30.0);
    assert!(network.set_clamp(charger, Volts(10.0 * 0.005)));
    assert!(!network.set_clamp(charger, Volts(10.0 * 0.005)), "no change");
    assert_eq!(network.value(Quantity::Current(charger)), built(10.0));
    close("limited", built(10.0), 10.0 + (2.2 - 0.15) / 20.0, 1e-3, 0.0);
    // What was commanded is adopted; a limit as it was built stays that of the adopting network.
    let (mut other, _) = limited(25.0);
    other.adopt(&network, &limited(30.0).0);
    assert_eq!(other.value(Quantity::Current(charger)), built(10.0));
    let (mut other, _) = limited(25.0);
    other.adopt(&limited(30.0).0, &limited(30.0).0);
    assert_eq!(other.value(Quantity::Current(charger)), built(25.0));
    // Back up again, and beyond what flows at all.
    assert!(network.set_clamp(charger, Volts(1000.0 * 0.005)));
    run(&mut network, SimTime::from_millis(1));
    close("free", network.value(Quantity::Current(charger)), 2.2 / 0.015, 1e-5, 0.0);
}

#[test]
fn packs_on_diodes_share_as_their_curves_say() {
    let mut builder = NetworkBuilder::new();
    let nodes = [builder.node("a"), builder.node("b"), builder.node("bus")];
    let strong = source(&mut builder, "strong", 52.0, 0.02, nodes[0]);
    let weak = source(&mut builder, "weak", 51.95, 0.03, nodes[1]);
    let branch =
        |name, from| Branch { gate: Gate::Diode(diode()), ..Branch::new(name, from, nodes[2]) };
    let or =
        [builder.branch(branch("diode a", nodes[0])), builder.branch(branch("diode b", nodes[1]))];
    let load = builder.load(NetworkLoad { current: Amperes(20.0), ..no_load("load", nodes[2]) });
    let mut network = builder.build().unwrap();
    // v + 0.4 = 52 − 0.022 i₁ = 51.95 − 0.032 i₂ with i₁ + i₂ = 20.
    let first = (0.05 + 0.032 * 20.0) / (0.022 + 0.032);
    close("strong", network.value(Quantity::Current(or[0])), first, 1e-5, 0.0);
    close("weak", network.value(Quantity::Current(or[1])), 20.0 - first, 1e-5, 0.0);
    // One drops out; nothing flows back into it.
    network.set_emf(weak, Volts(40.0));
    run(&mut network, SimTime::from_millis(1));
    close("strong alone", network.value(Quantity::Current(strong)), 20.0, 1e-5, 0.0);
    assert!(network.value(Quantity::Current(or[1])) > -1e-5, "only leak flows back");
    // At two amperes the weaker of two unequal packs is already off.
    network.set_emf(weak, Volts(51.95));
    network.set_load_current(load, Amperes(2.0));
    run(&mut network, SimTime::from_millis(2));
    close("weak at light load", network.value(Quantity::Current(or[1])), 0.0, 1e-5, 0.0);
}

#[test]
fn rectifier_holds_the_peak_of_a_ringing_circuit() {
    // L and C ring; the diode lets the current flow once, then holds twice the source on the capacitor.
    let mut builder = NetworkBuilder::new();
    let (a, b) = (builder.node("a"), builder.node("b"));
    builder.branch(Branch {
        emf: Volts(50.0),
        resistance: Ohms(1e-3),
        inductance: Henries(10e-6),
        ..Branch::new("coil", GROUND, a)
    });
    let ideal = DiodeGate { drop: Volts(0.0), on: Ohms(0.0), off: Ohms(1e8) };
    let gate = builder.branch(Branch {
        resistance: Ohms(1e-6),
        gate: Gate::Diode(ideal),
        ..Branch::new("diode", a, b)
    });
    let capacitor = Capacitor { capacitance: Farads(1e-3), voltage: Volts(0.0) };
    let tank = builder.branch(Branch {
        resistance: Ohms(1e-6),
        capacitor: Some(capacitor),
        ..Branch::new("tank", b, GROUND)
    });
    let mut network = builder.build().unwrap();
    let half_period = std::f64::consts::PI * (10e-6f64 * 1e-3).sqrt();
    run(&mut network, SimTime::from_seconds(3.0 * half_period));
    let alpha = 1.002e-3 / (2.0 * 10e-6);
    let held = 50.0 * (1.0 + libm::exp(-alpha * half_period));
    close("held", network.value(Quantity::CapacitorVoltage(tank)), held, 0.0, 1e-4);
    close("current", network.value(Quantity::Current(gate)), 0.0, 1e-4, 0.0);
}

/// A source of `amperes` through a fuse that melts in 10 s at 40 A, 0.1 s at 100 A and by 1000 A²s above that.
fn fused(amperes: f64, inductance: f64, arc: Option<Clamp>) -> (Network, BranchId) {
    let mut builder = NetworkBuilder::new();
    let (a, b) = (builder.node("a"), builder.node("b"));
    source(&mut builder, "source", amperes, 0.5, a);
    let gate = fuse(&[(33.0, 36_000.0), (40.0, 10.0), (100.0, 0.1)], arc);
    let fuse = builder.branch(Branch { resistance: Ohms(2e-3), gate, ..Branch::new("fuse", a, b) });
    let rest = Branch {
        resistance: Ohms(0.498),
        inductance: Henries(inductance),
        ..Branch::new("rest", b, GROUND)
    };
    builder.branch(rest);
    (builder.build().unwrap(), fuse)
}

#[track_caller]
fn melts_after(amperes: f64, seconds: f64) {
    let (mut network, fuse) = fused(amperes, 0.0, None);
    let stop = network.advance(SimTime::from_whole_seconds(100_000), &[], &mut |_| ());
    assert_eq!(stop, Ok(Stop::Melted(fuse)));
    // The step control allows a millionth of the heat, which rises slowly where the body is almost warm.
    close("melting time", network.now().as_seconds(), seconds, 2e-9, 1e-3);
    assert!(network.melted(fuse));
    let later = network.now() + SimTime::from_millis(1);
    run(&mut network, later);
    close("current", network.value(Quantity::Current(fuse)), 0.0, 1e-5, 0.0);
}

#[test]
fn fuse_melts_by_its_time_current_curve() {
    melts_after(40.0, 10.0);
    melts_after(100.0, 0.1);
    // Half-way in the logarithms of both.
    melts_after((40.0f64 * 100.0).sqrt(), 1.0);
    // A tenth of the way to the hours of the first point, where heat almost stands still.
    let share: f64 = 0.9;
    let log =
        |from: f64, to: f64| libm::exp(share * libm::log(from) + (1.0 - share) * libm::log(to));
    melts_after(log(33.0, 40.0), log(36_000.0, 10.0));
}

/// The fuse in pulses from cold: on for `on` seconds every `period`, as often as it takes.
fn pulses_until_it_melts(amperes: f64, on: f64, period: f64, most: usize) -> (usize, f64) {
    let (mut network, fuse, feed) = pulsed();
    for count in 0..most {
        for (volts, share) in [(amperes, on / period), (0.0, 1.0)] {
            network.set_emf(feed, Volts(volts));
            let until = SimTime::from_seconds((count as f64 + share) * period);
            if network.advance(until, &[], &mut |_| ()).unwrap() == Stop::Melted(fuse) {
                return (count + 1, 1.0);
            }
        }
    }
    (most, network.fuse_fatigue(fuse))
}

/// The fuse of [`fused`], whose source gives as many volts as amperes flow.
fn pulsed() -> (Network, BranchId, BranchId) {
    let mut builder = NetworkBuilder::new();
    let (a, b) = (builder.node("a"), builder.node("b"));
    let feed = source(&mut builder, "source", 0.0, 0.5, a);
    let gate = fuse(&[(33.0, 36_000.0), (40.0, 10.0), (100.0, 0.1)], None);
    let fuse = builder.branch(Branch { resistance: Ohms(2e-3), gate, ..Branch::new("fuse", a, b) });
    builder.branch(Branch { resistance: Ohms(0.498), ..Branch::new("rest", b, GROUND) });
    (builder.build().unwrap(), fuse, feed)
}

#[test]
fn a_fuse_cools_between_loads_and_does_not_while_they_last() {
    // 33.3 A melt it after hours. Twenty minutes a day leave nothing for the next day.
    let (mut network, fuse, feed) = pulsed();
    for day in 0..20 {
        for (volts, hours) in [(33.3, 1.0 / 3.0), (0.0, 24.0)] {
            network.set_emf(feed, Volts(volts));
            let until = SimTime::from_seconds((f64::from(day) * 24.0 + hours) * 3600.0);
            assert_eq!(network.advance(until, &[], &mut |_| ()), Ok(Stop::Reached));
            let warm = network.fuse_damage(fuse);
            if volts > 0.0 {
                assert!(warm > 0.3 && warm < 0.9, "{warm}");
            } else {
                assert!(warm < 1e-5, "{warm}");
            }
        }
    }
    // Without the pause the same hours melt it.
    network.set_emf(feed, Volts(33.3));
    let until = network.now() + SimTime::from_whole_seconds(30 * 1200);
    assert_eq!(network.advance(until, &[], &mut |_| ()), Ok(Stop::Melted(fuse)));
}

#[test]
fn pulses_wear_a_fuse_out_as_the_maker_says() {
    // A current of 300 A melts it by 1000 A²s.
    let pulse = |share: f64, most| pulses_until_it_melts(300.0, share * 1000.0 / 9e4, 10.0, most);
    for (share, count) in [(0.48, 100.0), (0.38, 1_000.0)] {
        let (seen, _) = pulse(share, 2_000);
        close("pulses", seen as f64, count, 0.0, 0.2);
    }
    for (share, count) in [(0.29, 10_000.0), (0.22, 100_000.0)] {
        let (seen, fatigue) = pulse(share, 100);
        close("pulses", seen as f64 / fatigue, count, 0.0, 0.2);
    }
}

#[test]
fn bursts_heat_a_fuse_by_their_rms() {
    // Two thirds of 55 A, thirty times a second: an RMS of 44.9 A, a mean of 36.7 A.
    let (mut network, fuse, feed) = pulsed();
    let mut melted = None;
    for count in 0..3_000 {
        for (volts, share) in [(55.0, 2.0 / 3.0), (0.0, 1.0)] {
            network.set_emf(feed, Volts(volts));
            let until = SimTime::from_seconds((f64::from(count) + share) / 30.0);
            if network.advance(until, &[], &mut |_| ()).unwrap() == Stop::Melted(fuse) {
                melted.get_or_insert(until.as_seconds());
            }
        }
    }
    // The constant current that melts it in this time, at the steepness of the curve around 40 A.
    let melted = melted.unwrap();
    let alike = 40.0 * libm::pow(10.0 / melted, libm::log(2.5) / libm::log(100.0));
    close("RMS", alike, 44.9, 0.0, 0.15);
}

#[test]
fn heat_that_comes_slowly_is_no_fatigue() {
    // Two hundred times eight tenths of the way to melting, within eight seconds each.
    let (mut network, fuse, feed) = pulsed();
    for count in 0..200 {
        for (volts, seconds) in [(40.0, 8.0), (0.0, 1000.0)] {
            network.set_emf(feed, Volts(volts));
            let until = SimTime::from_seconds(f64::from(count) * 1000.0 + seconds);
            assert_eq!(network.advance(until, &[], &mut |_| ()), Ok(Stop::Reached));
        }
    }
    assert!(network.fuse_fatigue(fuse) < 0.01, "{}", network.fuse_fatigue(fuse));
}

#[test]
fn fuse_melts_by_its_joule_integral_beyond_its_curve() {
    melts_after(1000.0, 1e-3);
    let (mut network, fuse) = fused(1000.0, 0.0, None);
    network.advance(SimTime::from_whole_seconds(1), &[], &mut |_| ()).unwrap();
    close("I²t", network.joule_integral(fuse).0, 1000.0, 0.0, 1e-3);
}

#[test]
fn melting_fuse_hands_the_inductive_energy_to_its_arc() {
    let arc = Clamp { voltage: Volts(1500.0), resistance: Ohms(0.0) };
    let (mut network, fuse) = fused(1000.0, 20e-6, Some(arc));
    let stop = network.advance(SimTime::from_whole_seconds(1), &[], &mut |_| ());
    assert_eq!(stop, Ok(Stop::Melted(fuse)));
    let later = network.now() + SimTime::from_millis(1);
    run(&mut network, later);
    // 10 J in the inductance and what the source adds while the arc burns.
    let energy = network.clamp_energy(fuse).0;
    let (tau, target) = (20e-6, 1000.0 - 1500.0);
    let duration = tau * libm::log((1000.0 - target) / -target);
    let charge = target * duration + (1000.0 - target) * tau * -libm::expm1(-duration / tau);
    close("arc energy", energy, 1500.0 * charge, 0.0, 1e-3);
    close("current", network.value(Quantity::Current(fuse)), 0.0, 1e-4, 0.0);
}

#[test]
fn forbidden_melting_lets_a_clone_carry_anything() {
    let (network, fuse) = fused(1000.0, 0.0, None);
    let mut counterfactual = network.clone();
    counterfactual.forbid_melting();
    run(&mut counterfactual, SimTime::from_whole_seconds(1));
    assert!(!counterfactual.melted(fuse));
    close("current", counterfactual.value(Quantity::Current(fuse)), 1000.0, 1e-6, 0.0);
}

#[test]
fn constant_power_load_takes_its_power_until_its_minimum_voltage() {
    let mut builder = NetworkBuilder::new();
    let node = builder.node("dc");
    let capacitor = Capacitor { capacitance: Farads(10e-3), voltage: Volts(50.0) };
    let tank = Branch {
        resistance: Ohms(1e-6),
        capacitor: Some(capacitor),
        ..Branch::new("tank", node, GROUND)
    };
    let tank = builder.branch(tank);
    let load =
        NetworkLoad { power: Watts(100.0), minimum_voltage: Volts(20.0), ..no_load("load", node) };
    let load = builder.load(load);
    let mut network = builder.build().unwrap();
    // ½C(50² − v²) = P·t until 20 V, then an RC decay with R = 20² / 100 = 4 Ω.
    let reached = 0.5 * 10e-3 * (2500.0 - 400.0) / 100.0;
    let watch = Watch {
        quantity: Quantity::CapacitorVoltage(tank),
        level: 20.0,
        edge: CrossingEdge::Falling,
    };
    assert_eq!(
        network.advance(SimTime::from_whole_seconds(1), &[watch], &mut |_| ()),
        Ok(Stop::Crossed(0))
    );
    close("20 V", network.now().as_seconds(), reached, 1e-6, 0.0);
    run(&mut network, SimTime::from_seconds(reached + 0.08));
    close(
        "two time constants on",
        network.value(Quantity::CapacitorVoltage(tank)),
        20.0 * libm::exp(-2.0),
        1e-4,
        0.0,
    );
    close("power", network.value(Quantity::LoadPower(load)), 100.0 * libm::exp(-4.0), 1e-3, 0.0);
}

#[test]
fn reversed_power_load_is_no_source() {
    let mut builder = NetworkBuilder::new();
    let node = builder.node("dc");
    source(&mut builder, "source", -50.0, 0.1, node);
    let load = builder.load(NetworkLoad {
        power: Watts(100.0),
        minimum_voltage: Volts(20.0),
        ..no_load("load", node)
    });
    let mut network = builder.build().unwrap();
    assert!(network.value(Quantity::LoadPower(load)) > 0.0);
    run(&mut network, SimTime::from_millis(1));
}

#[test]
fn load_beyond_what_the_source_can_give_collapses_instead_of_failing() {
    let mut builder = NetworkBuilder::new();
    let node = builder.node("dc");
    source(&mut builder, "source", 50.0, 0.5, node);
    let load = builder.load(NetworkLoad {
        power: Watts(1000.0),
        minimum_voltage: Volts(10.0),
        ..no_load("load", node)
    });
    let mut network = builder.build().unwrap();
    close("carried", network.value(Quantity::LoadPower(load)), 1000.0, 1e-6, 0.0);
    // 50² / (4 · 0.5) = 1250 W is the most.
    network.set_load_power(load, Watts(1300.0));
    run(&mut network, SimTime::from_millis(1));
    let ohms = 10.0 * 10.0 / 1300.0;
    close(
        "collapsed",
        network.value(Quantity::NodeVoltage(node)),
        50.0 * ohms / (ohms + 0.5),
        1e-6,
        0.0,
    );
    // 1000 W has an operating point on either law now, and the load stays where it is.
    network.set_load_power(load, Watts(1000.0));
    close("still down", network.value(Quantity::NodeVoltage(node)), 50.0 * 0.1 / 0.6, 1e-6, 0.0);
    // At 500 W the fading law would lie above its minimum voltage: only the other one is left.
    network.set_load_power(load, Watts(500.0));
    close("recovered", network.value(Quantity::LoadPower(load)), 500.0, 1e-6, 0.0);
    run(&mut network, SimTime::from_millis(2));
}

#[test]
fn load_parts_add_up() {
    let mut builder = NetworkBuilder::new();
    let node = builder.node("dc");
    source(&mut builder, "source", 48.0, 1e-3, node);
    let load = builder.load(no_load("load", node));
    let mut network = builder.build().unwrap();
    network.set_load_conductance(load, Siemens(0.1));
    network.set_load_current(load, Amperes(2.0));
    network.set_load_power(load, Watts(96.0));
    let voltage = network.value(Quantity::NodeVoltage(node));
    close(
        "current",
        network.value(Quantity::LoadCurrent(load)),
        0.1 * voltage + 2.0 + 96.0 / voltage,
        1e-9,
        0.0,
    );
    run(&mut network, SimTime::from_whole_seconds(10));
    close(
        "delivered",
        network.delivered(load).0,
        10.0 * network.value(Quantity::LoadPower(load)),
        0.0,
        1e-9,
    );
}
