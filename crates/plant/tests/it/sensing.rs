//! What a comparator sees of a current.

use blackstart_plant::network::{
    Branch, BranchId, CrossingEdge, Gate, Network, NetworkBuilder, NodeId, Quantity, RippleShare,
    Sense, Stop, SwitchGate, Watch,
};
use blackstart_units::{Ohms, Seconds, SimTime, Volts};

use crate::bus::{books_close, close};

/// 100 A into a resistor, as soon as the switch closes.
fn step_of_100_a(sense: Sense) -> (Network, BranchId) {
    let mut builder = NetworkBuilder::new();
    let node = builder.node("resistor");
    builder
        .branch(Branch { resistance: Ohms(0.5), ..Branch::new("resistor", node, NodeId::GROUND) });
    let open =
        SwitchGate { closed: false, on: Ohms(0.0), off: Ohms(1e9), clamp: None, body_diode: None };
    let source = Branch {
        emf: Volts(100.0),
        resistance: Ohms(0.5),
        gate: Gate::Switch(open),
        sense: Some(sense),
        ..Branch::new("source", NodeId::GROUND, node)
    };
    let source = builder.branch(source);
    (builder.build().unwrap(), source)
}

fn seen(branch: BranchId) -> Quantity {
    Quantity::SensedCurrent(branch, RippleShare::new(0.0))
}

#[test]
fn step_comes_through_the_filter_as_its_exponential() {
    for (lag, lead) in [(20e-6, 0.0), (20e-6, 2e-6), (5e-6, 10e-6), (20e-6, 20e-6)] {
        let sense = Sense { lag: Seconds(lag), lead: Seconds(lead) };
        let (mut network, source) = step_of_100_a(sense);
        network.advance(SimTime::from_micros(50), &[], &mut |_| ()).unwrap();
        network.set_switch(source, true);
        for micros in [1, 10, 40, 300] {
            network.advance(SimTime::from_micros(50 + micros), &[], &mut |_| ()).unwrap();
            let rest = libm::exp(-(micros as f64) * 1e-6 / lag);
            let expected = 100.0 * (1.0 - (1.0 - lead / lag) * rest);
            close("seen", network.value(seen(source)), expected, 2e-2, 1e-4);
        }
        books_close(&network);
    }
}

#[test]
fn filter_delays_a_crossing_by_what_its_exponential_says() {
    let sense = Sense { lag: Seconds(20e-6), lead: Seconds(0.0) };
    let (mut network, source) = step_of_100_a(sense);
    network.set_switch(source, true);
    let watch = Watch { quantity: seen(source), level: 60.0, edge: CrossingEdge::Rising };
    let stop = network.advance(SimTime::from_millis(1), &[watch], &mut |_| ()).unwrap();
    assert_eq!(stop, Stop::Crossed(0));
    // 20 µs · ln(100 / 40).
    close("crossing", network.now().as_seconds(), 18.3258e-6, 0.0, 1e-3);
}

#[test]
fn filter_lets_of_a_wave_through_what_a_first_order_low_pass_does() {
    let sense = |lag, lead| Sense { lag: Seconds(lag), lead: Seconds(lead) };
    close("corner", sense(1e-3, 0.0).passes(1e3), 0.5f64.sqrt(), 0.0, 1e-12);
    close("matched", sense(1e-3, 1e-3).passes(1e4), 1.0, 0.0, 1e-12);
}
