//! What is refused, when it is built and while it runs, and what the refusal names.

use blackstart_plant::network::{
    Branch, BranchId, Capacitor, CellString, Clamp, FuseGate, Gate, Network, NetworkBuilder,
    NetworkErrorKind, NetworkLoad, NodeId, Quantity, Stop, StringLaws, SwitchGate,
};
use blackstart_units::{Farads, Fraction, Henries, Ohms, SimTime, Volts, Watts};

use crate::bus::{fuse, no_load};
use crate::long_run::curve;

/// A source and a sound load, with one branch between them that `spoil` may change.
fn built_with(
    spoil: impl FnOnce(&mut Branch),
) -> Result<(Network, BranchId), (String, NetworkErrorKind)> {
    let mut builder = NetworkBuilder::new();
    let (port, far) = (builder.node("port"), builder.node("far"));
    builder.branch(Branch {
        emf: Volts(48.0),
        resistance: Ohms(0.1),
        ..Branch::new("source", NodeId::GROUND, port)
    });
    builder.branch(Branch { resistance: Ohms(10.0), ..Branch::new("bleed", far, NodeId::GROUND) });
    let mut branch = Branch { resistance: Ohms(0.1), ..Branch::new("wire", port, far) };
    spoil(&mut branch);
    let branch = builder.branch(branch);
    match builder.build() {
        Ok(network) => Ok((network, branch)),
        Err(error) => Err((error.subject, error.kind)),
    }
}

#[track_caller]
fn refused(spoil: impl FnOnce(&mut Branch)) -> NetworkErrorKind {
    let (subject, kind) = built_with(spoil).unwrap_err();
    assert_eq!(subject, "wire");
    kind
}

fn switch(on: f64, off: f64, clamp: Option<f64>) -> Gate {
    let clamp = clamp.map(|voltage| Clamp { voltage: Volts(voltage), resistance: Ohms(0.0) });
    Gate::Switch(SwitchGate {
        closed: false,
        on: Ohms(on),
        off: Ohms(off),
        clamp,
        body_diode: None,
    })
}

#[test]
fn values_outside_their_range_are_refused_by_name() {
    let out_of_range = |kind| matches!(kind, NetworkErrorKind::OutOfRange { .. });
    for value in [f64::NAN, f64::INFINITY, -1.0] {
        assert!(out_of_range(refused(|branch| branch.resistance = Ohms(value))));
        assert!(out_of_range(refused(|branch| branch.inductance = Henries(value))));
        assert!(out_of_range(refused(|branch| branch.gate = switch(value, 1e8, None))));
        assert!(out_of_range(refused(|branch| branch.gate = switch(1e-3, value, None))));
        assert!(out_of_range(refused(|branch| branch.gate = switch(1e-3, 1e8, Some(value)))));
        let capacitor = Capacitor { capacitance: Farads(value), voltage: Volts(0.0) };
        assert!(out_of_range(refused(|branch| branch.capacitor = Some(capacitor))));
    }
    assert!(out_of_range(refused(|branch| branch.emf = Volts(f64::NAN))));
}

#[test]
fn branches_without_a_law_for_their_current_are_refused() {
    let shorted = |branch: &mut Branch| branch.resistance = Ohms(0.0);
    assert_eq!(refused(shorted), NetworkErrorKind::Shorted);
    assert_eq!(refused(|branch| branch.to = branch.from), NetworkErrorKind::SameNode);
    let empty = CellString::new(curve(), Vec::new(), StringLaws::default());
    assert_eq!(refused(|branch| branch.cells = Some(empty)), NetworkErrorKind::NoCells);
}

#[test]
fn fuse_curve_out_of_order_is_refused() {
    let kind = refused(|branch| branch.gate = fuse(&[(10.0, 1.0), (20.0, 2.0)], None));
    assert!(matches!(kind, NetworkErrorKind::OutOfOrder { index: 1, .. }));
    let kind = refused(|branch| branch.gate = fuse(&[(10.0, 1.0)], None));
    assert!(matches!(kind, NetworkErrorKind::TooFewPoints { .. }));
}

#[test]
fn pulses_that_a_fuse_stands_out_of_order_are_refused() {
    let standing = |pulses: &[(f64, f64)]| {
        let Gate::Fuse(gate) = fuse(&[(10.0, 2.0), (20.0, 1.0)], None) else { panic!("a fuse") };
        let endurance = pulses.iter().map(|&(share, count)| (Fraction(share), count)).collect();
        Gate::Fuse(FuseGate { endurance, ..gate })
    };
    let kind = refused(|branch| branch.gate = standing(&[(0.5, 10.0), (1.0, 20.0)]));
    assert!(matches!(kind, NetworkErrorKind::OutOfOrder { index: 1, .. }));
    let kind = refused(|branch| branch.gate = standing(&[(1.0, 1.0)]));
    assert!(matches!(kind, NetworkErrorKind::TooFewPoints { .. }));
}

#[test]
fn node_without_a_way_to_ground_is_refused() {
    let mut builder = NetworkBuilder::new();
    let (a, b) = (builder.node("a"), builder.node("island"));
    builder.branch(Branch { resistance: Ohms(1.0), ..Branch::new("wire", NodeId::GROUND, a) });
    builder.load(no_load("load", b));
    let error = builder.build().unwrap_err();
    assert_eq!((error.subject.as_str(), error.kind), ("island", NetworkErrorKind::Floating));
}

#[test]
fn command_out_of_range_is_reported_and_changes_nothing() {
    let (mut network, wire) = built_with(|_| ()).unwrap();
    let before = network.value(Quantity::Current(wire));
    network.set_resistance(wire, Ohms(f64::NAN));
    let error = network.advance(SimTime::from_millis(1), &[], &mut |_| ()).unwrap_err();
    assert!(matches!(error.kind, NetworkErrorKind::OutOfRange { field: "resistance", .. }));
    assert_eq!(error.subject, "wire");
    assert_eq!(network.advance(SimTime::from_millis(1), &[], &mut |_| ()), Ok(Stop::Reached));
    assert!((network.value(Quantity::Current(wire)) - before).abs() < 1e-9);
}

/// A source of 50 V behind `henries`, a switch that is open, and a load of constant power; with `farads`
/// beside it, if any.
fn constant_power(henries: f64, farads: Option<f64>) -> (Network, BranchId, NodeId) {
    let mut builder = NetworkBuilder::new();
    let (port, dc) = (builder.node("port"), builder.node("dc"));
    builder.branch(Branch {
        emf: Volts(50.0),
        resistance: Ohms(0.02),
        inductance: Henries(henries),
        ..Branch::new("feed", NodeId::GROUND, port)
    });
    let gate = switch(1e-3, 2e6, Some(90.0));
    let main =
        builder.branch(Branch { resistance: Ohms(1e-3), gate, ..Branch::new("main", port, dc) });
    if let Some(farads) = farads {
        let capacitance = Farads(farads);
        builder.branch(Branch {
            resistance: Ohms(0.02),
            capacitor: Some(Capacitor { capacitance, voltage: Volts(0.0) }),
            ..Branch::new("input", dc, NodeId::GROUND)
        });
    }
    builder.branch(Branch { resistance: Ohms(1e5), ..Branch::new("bleed", dc, NodeId::GROUND) });
    let minimum_voltage = Volts(40.0);
    builder.load(NetworkLoad { power: Watts(100.0), minimum_voltage, ..no_load("load", dc) });
    (builder.build().unwrap(), main, dc)
}

#[test]
fn constant_power_behind_an_inductance_alone_is_refused_before_its_voltage_has_no_end() {
    let (mut network, main, dc) = constant_power(1e-6, None);
    network.set_switch(main, true);
    let mut highest: f64 = 0.0;
    let error = network.advance(SimTime::from_millis(20), &[], &mut |step| {
        let (_, most) = step.extremes(Quantity::NodeVoltage(dc));
        highest = highest.max(most.1);
    });
    let error = error.unwrap_err();
    assert!(matches!(error.kind, NetworkErrorKind::NothingHolds { .. }), "{error}");
    assert_eq!(error.subject, "load");
    assert!(highest < 60.0);
    for (henries, farads) in [(0.0, None), (1e-6, Some(100e-6))] {
        let (mut network, main, _) = constant_power(henries, farads);
        network.set_switch(main, true);
        assert_eq!(network.advance(SimTime::from_millis(20), &[], &mut |_| ()), Ok(Stop::Reached));
    }
}

#[test]
fn devices_that_switch_each_other_without_end_are_named() {
    // Constant power on a lightly damped 16 MHz circuit swings between its two laws without end.
    let mut builder = NetworkBuilder::new();
    let node = builder.node("dc");
    builder.branch(Branch {
        emf: Volts(50.0),
        resistance: Ohms(0.02),
        inductance: Henries(10e-9),
        ..Branch::new("feed", NodeId::GROUND, node)
    });
    let capacitor = Some(Capacitor { capacitance: Farads(10e-9), voltage: Volts(50.0) });
    builder.branch(Branch {
        resistance: Ohms(1e-3),
        capacitor,
        ..Branch::new("tank", node, NodeId::GROUND)
    });
    let load = NetworkLoad {
        power: Watts(1000.0),
        minimum_voltage: Volts(20.0),
        ..no_load("inverter", node)
    };
    builder.load(load);
    let mut network = builder.build().unwrap();
    let error = network.advance(SimTime::from_millis(20), &[], &mut |_| ()).unwrap_err();
    // Whichever limit is met first: turns without end, or steps of a nanosecond in a row.
    let named = match &error.kind {
        NetworkErrorKind::Chatter { other, .. } => {
            other == "inverter" && error.subject == "inverter"
        }
        NetworkErrorKind::NoProgress { .. } => error.subject == "feed",
        _ => false,
    };
    assert!(named, "{error}");
}
