//! Every joule is accounted for, and every account counts.

use blackstart_plant::network::{
    Books, Branch, Capacitor, CellModel, CellString, Clamp, DiodeGate, Gate, Network,
    NetworkBuilder, NetworkLoad, NodeId, Quantity, StringLaws, SwitchGate,
};
use blackstart_units::{
    AmpereHours, Amperes, Farads, Fraction, Henries, Joules, Ohms, Seconds, Siemens, SimTime,
    Volts, Watts,
};

use crate::bus::{books_close, no_load};
use crate::long_run::curve;

/// A network in which every account moves at least a joule: a pack of leaky cells charges a capacitor through a
/// diode and a switch, which then opens into its clamp; a source feeds in from the side.
fn everything() -> Network {
    let mut builder = NetworkBuilder::new();
    let nodes = [builder.node("port"), builder.node("behind"), builder.node("dc")];
    let cell = CellModel {
        capacity: AmpereHours(1.0),
        resistance: Ohms(2e-3),
        relaxation: [(Ohms(1e-3), Seconds(0.05)), (Ohms(2e-3), Seconds(2.0))],
        soc: Fraction(0.9),
        leakage: Amperes(0.2),
    };
    let string = CellString::new(curve(), vec![cell; 16], StringLaws::default());
    builder.branch(Branch {
        cells: Some(string),
        inductance: Henries(50e-6),
        resistance: Ohms(1e-3),
        ..Branch::new("pack", NodeId::GROUND, nodes[0])
    });
    let diode = DiodeGate { drop: Volts(0.5), on: Ohms(1e-3), off: Ohms(1e7) };
    builder.branch(Branch { gate: Gate::Diode(diode), ..Branch::new("diode", nodes[0], nodes[1]) });
    let clamp = Some(Clamp { voltage: Volts(90.0), resistance: Ohms(1e-3) });
    let gate = Gate::Switch(SwitchGate {
        closed: true,
        on: Ohms(1e-3),
        off: Ohms(1e8),
        clamp,
        body_diode: None,
    });
    let switch = builder.branch(Branch { gate, ..Branch::new("switch", nodes[1], nodes[2]) });
    let capacitor = Some(Capacitor { capacitance: Farads(20e-3), voltage: Volts(10.0) });
    builder.branch(Branch {
        resistance: Ohms(5e-3),
        capacitor,
        ..Branch::new("tank", nodes[2], NodeId::GROUND)
    });
    builder.branch(Branch {
        emf: Volts(60.0),
        resistance: Ohms(5.0),
        ..Branch::new("panel", NodeId::GROUND, nodes[2])
    });
    builder.load(NetworkLoad {
        conductance: Siemens(0.1),
        current: Amperes(50.0),
        power: Watts(2000.0),
        minimum_voltage: Volts(20.0),
        ..no_load("load", nodes[2])
    });
    let mut network = builder.build().unwrap();
    network.advance(SimTime::from_millis(200), &[], &mut |_| ()).unwrap();
    assert!(network.value(Quantity::Current(switch)) > 50.0);
    network.set_switch(switch, false);
    network.advance(SimTime::from_millis(210), &[], &mut |_| ()).unwrap();
    network
}

/// What the books would be short of, if an account of them were forgotten.
#[track_caller]
fn is_missed(name: &str, forget: impl Fn(&mut Books) -> &mut Joules) {
    let mut books = everything().books();
    let moved = books.moved();
    let account = forget(&mut books);
    assert!(account.abs().0 > 1e-4 * moved.0 + 1e-3, "{name} is too small to be missed: {account}");
    *account = Joules(0.0);
    let residual = books.residual();
    assert!(residual.abs().0 > 1e-4 * moved.0 + 1e-3, "nobody misses {name}");
}

#[test]
fn books_close_over_everything_at_once() {
    books_close(&everything());
}

#[test]
fn forgetting_any_account_is_noticed() {
    is_missed("source", |books| &mut books.source);
    is_missed("chemical", |books| &mut books.chemical);
    is_missed("resistive", |books| &mut books.resistive);
    is_missed("clamped", |books| &mut books.clamped);
    is_missed("diodes", |books| &mut books.diodes);
    is_missed("cell series", |books| &mut books.cell_series);
    is_missed("cell relaxation", |books| &mut books.cell_relaxation);
    is_missed("self-discharge", |books| &mut books.self_discharge);
    is_missed("delivered", |books| &mut books.delivered);
    is_missed("stored", |books| &mut books.stored);
}

#[test]
fn books_close_between_any_two_steps() {
    let mut network = everything();
    for micros in (210_000..230_000).step_by(777) {
        let before = network.books();
        network.advance(SimTime::from_micros(micros), &[], &mut |_| ()).unwrap();
        let after = network.books();
        let drift = after.residual().0 - before.residual().0;
        let moved = after.moved().0 - before.moved().0;
        assert!(drift.abs() <= 1e-4 * moved.abs() + 1e-3, "{drift} J of {moved} J at {micros} µs");
    }
}
