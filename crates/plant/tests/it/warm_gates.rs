//! How warm a switch gets by what it carries, against the closed form; and a thermistor that touches it.

use blackstart_plant::network::{
    BodyDiode, Branch, BranchId, DiodeGate, Followed, Follower, FollowerId, Gate, Network,
    NetworkBuilder, NetworkErrorKind, NetworkLoad, NodeId, Quantity, SwitchGate, Warmth,
};
use blackstart_units::{Amperes, Celsius, Ohms, Seconds, SimTime, Volts};

use crate::bus::{books_close, close, no_load};

const WARMTH: Warmth = Warmth { resistance: 2.0, lag: Seconds(60.0), ambient: Celsius(25.0) };

/// A source behind a switch of 1 mΩ, whose body diode conducts forward, and a constant current through it.
fn switch(current: f64, closed: bool, warmth: Option<Warmth>) -> (NetworkBuilder, BranchId) {
    let mut builder = NetworkBuilder::new();
    let [inner, port] = ["inner", "port"].map(|name| builder.node(name));
    let source = Branch::new("source", NodeId::GROUND, inner);
    builder.branch(Branch { emf: Volts(50.0), resistance: Ohms(0.01), ..source });
    let diode = DiodeGate { drop: Volts(0.7), on: Ohms(2e-3), off: Ohms(1e6) };
    let gate = SwitchGate {
        closed,
        on: Ohms(1e-3),
        off: Ohms(1e6),
        clamp: None,
        body_diode: Some(BodyDiode { diode, conducts_forward: true }),
    };
    let gate = Gate::Switch(gate);
    let branch = builder.branch(Branch { gate, warmth, ..Branch::new("main", inner, port) });
    builder.load(NetworkLoad { current: Amperes(current), ..no_load("load", port) });
    (builder, branch)
}

fn touched(
    mut builder: NetworkBuilder,
    of: Followed,
) -> Result<(Network, FollowerId), NetworkErrorKind> {
    let (name, lag) = ("thermistor".to_owned(), Seconds(10.0));
    let follower = builder.follower(Follower { name, of, lag });
    builder.build().map(|network| (network, follower)).map_err(|error| error.kind)
}

#[test]
fn a_switch_is_as_warm_as_its_channel_or_its_body_diode_makes_it() {
    // 100 A in 1 mΩ are 10 W; in the diode 70 W and 20 W.
    for (closed, power) in [(true, 10.0), (false, 90.0)] {
        let (builder, main) = switch(100.0, closed, Some(WARMTH));
        let (mut network, follower) = touched(builder, Followed::Gate(main)).unwrap();
        close("at the start", network.value(Quantity::GateTemperature(main)), 25.0, 0.0, 1e-9);
        for at in [5, 60, 300] {
            network.advance(SimTime::from_whole_seconds(at), &[], &mut |_| ()).unwrap();
            let decay = |time: f64| libm::exp(-(at as f64) / time);
            let rise = power * 2.0;
            let found = network.value(Quantity::GateTemperature(main));
            close("temperature", found, 25.0 + rise * (1.0 - decay(60.0)), 0.0, 2e-3);
            let late = (60.0 * decay(60.0) - 10.0 * decay(10.0)) / 50.0;
            let found = network.value(Quantity::Followed(follower));
            close("thermistor", found, 25.0 + rise * (1.0 - late), 0.0, 5e-3);
        }
        books_close(&network);
    }
}

#[test]
fn what_nobody_has_said_how_it_warms_has_no_temperature() {
    let (builder, main) = switch(100.0, true, None);
    let refused = touched(builder, Followed::Gate(main)).map(|_| ());
    assert_eq!(refused, Err(NetworkErrorKind::NoTemperature));
    let (builder, main) = switch(100.0, true, None);
    let network = builder.build().unwrap();
    assert!(network.value(Quantity::GateTemperature(main)).is_nan());
}
