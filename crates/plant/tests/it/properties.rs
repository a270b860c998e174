//! What holds for any parameters and any commands.

use blackstart_plant::network::{
    BodyDiode, Branch, BranchId, Capacitor, Clamp, DiodeGate, Gate, LoadId, Network,
    NetworkBuilder, NetworkLoad, NodeId, Quantity, Stop, SwitchGate,
};
use blackstart_units::{Amperes, Farads, Henries, Ohms, Siemens, SimTime, Volts, Watts};
use proptest::prelude::*;

use crate::bus::{fuse, no_load};

/// A number spread evenly over the decades between two limits.
fn decades(from: f64, to: f64) -> impl Strategy<Value = f64> {
    (libm::log(from)..libm::log(to)).prop_map(libm::exp)
}

/// Two packs on diodes and switches feed a bus with a cable, a capacitor and a load: every branch
/// and load with its two nodes, so that currents can be summed.
struct Station {
    network: Network,
    branches: Vec<(BranchId, NodeId, NodeId)>,
    switches: Vec<BranchId>,
    load: (LoadId, NodeId),
    nodes: Vec<NodeId>,
}

fn station(ohms: [f64; 4], henries: [f64; 2], farads: f64, clamp: f64) -> Station {
    let mut builder = NetworkBuilder::new();
    let nodes: Vec<NodeId> = ["a", "b", "joint", "far"].map(|name| builder.node(name)).to_vec();
    let (ground, joint, far) = (NodeId::GROUND, nodes[2], nodes[3]);
    let mut branches = Vec::new();
    let mut switches = Vec::new();
    for (k, port) in [nodes[0], nodes[1]].into_iter().enumerate() {
        let pack = Branch {
            emf: Volts(52.0 - k as f64),
            resistance: Ohms(ohms[k]),
            inductance: Henries(henries[k]),
            ..Branch::new("pack", ground, port)
        };
        branches.push((builder.branch(pack), ground, port));
        let gate = Gate::Switch(SwitchGate {
            closed: false,
            on: Ohms(1e-3),
            off: Ohms(1e8),
            clamp: Some(Clamp { voltage: Volts(clamp), resistance: Ohms(1e-3) }),
            body_diode: (k == 1).then_some(BodyDiode {
                diode: DiodeGate { drop: Volts(0.6), on: Ohms(1e-3), off: Ohms(1e8) },
                conducts_forward: false,
            }),
        });
        let switch = builder.branch(Branch { gate, ..Branch::new("switch", port, joint) });
        switches.push(switch);
        branches.push((switch, port, joint));
    }
    let cable = Branch {
        resistance: Ohms(ohms[2]),
        inductance: Henries(henries[0]),
        ..Branch::new("cable", joint, far)
    };
    branches.push((builder.branch(cable), joint, far));
    let bleed = Branch { resistance: Ohms(1e4), ..Branch::new("bleed", joint, ground) };
    branches.push((builder.branch(bleed), joint, ground));
    let capacitor = Some(Capacitor { capacitance: Farads(farads), voltage: Volts(0.0) });
    let tank = Branch { resistance: Ohms(ohms[3]), capacitor, ..Branch::new("tank", far, ground) };
    branches.push((builder.branch(tank), far, ground));
    let load = builder.load(NetworkLoad { minimum_voltage: Volts(20.0), ..no_load("load", far) });
    Station { network: builder.build().unwrap(), branches, switches, load: (load, far), nodes }
}

impl Station {
    /// The largest current that vanishes at a node.
    fn lost_current(&self) -> f64 {
        let sum = |node: NodeId| {
            let current = |branch| self.network.value(Quantity::Current(branch));
            let leaving = |&(branch, from, to): &(BranchId, NodeId, NodeId)| {
                if from == node {
                    current(branch)
                } else if to == node {
                    -current(branch)
                } else {
                    0.0
                }
            };
            let load = if self.load.1 == node {
                self.network.value(Quantity::LoadCurrent(self.load.0))
            } else {
                0.0
            };
            self.branches.iter().map(leaving).sum::<f64>() + load
        };
        self.nodes.iter().map(|&node| sum(node).abs()).fold(0.0, f64::max)
    }
}

/// More steps than any span between two commands may take.
const MANY_STEPS: u32 = 20_000;

/// A load that its supply can only just carry, at the very voltage at which its law changes.
#[test]
fn an_overloaded_bus_does_not_make_the_solver_creep() {
    let ohms = [0.09945434532011464, 0.10923835921018013, 0.010655190223879446, 0.2614766476573527];
    let henries = [1.7578222821952562e-7, 1.950629426251003e-6];
    let mut station = station(ohms, henries, 0.004634591904834336, 84.1407668036792);
    for (which, closed, watts, seconds) in [
        (2, true, 248.05644811995447, 1.9969543974018267e-5),
        (0, true, 1454.6660214220149, 3.927746965228383e-4),
        (1, true, 262.46042163791486, 1.0177931403734156e-5),
        (2, true, 1486.6278683866808, 3.3421030307298607e-6),
        (0, false, 602.0904216515142, 1.7553898557143973e-3),
    ] {
        match station.switches.get(which) {
            Some(&switch) => station.network.set_switch(switch, closed),
            None => drop(station.network.set_load_power(station.load.0, Watts(watts))),
        }
        let until = station.network.now() + SimTime::from_seconds(seconds);
        let mut steps = 0;
        let stop = station.network.advance(until, &[], &mut |_| {
            steps += 1;
            assert!(steps < 1000, "the solver creeps");
        });
        assert_eq!(stop, Ok(Stop::Reached));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn currents_balance_at_every_node_and_books_close_whatever_is_commanded(
        ohms in prop::array::uniform4(decades(1e-3, 0.3)),
        henries in prop::array::uniform2(decades(1e-7, 1e-5)),
        farads in decades(1e-4, 1e-1),
        clamp in 60.0..120.0f64,
        commands in prop::collection::vec((0usize..3, any::<bool>(), 0.0..1500.0f64, decades(1e-6, 1e-2)), 1..12),
    ) {
        let mut station = station(ohms, henries, farads, clamp);
        for (which, closed, watts, seconds) in commands {
            match station.switches.get(which) {
                Some(&switch) => station.network.set_switch(switch, closed),
                None => drop(station.network.set_load_power(station.load.0, Watts(watts))),
            }
            let until = station.network.now() + SimTime::from_seconds(seconds);
            let mut steps = 0;
            let stop = station.network.advance(until, &[], &mut |_| {
                steps += 1;
                // Ten milliseconds of nanoseconds would be ten million.
                assert!(steps < MANY_STEPS, "the solver creeps");
            });
            prop_assert_eq!(stop, Ok(Stop::Reached));
            let lost = station.lost_current();
            // Kilo-amperes may flow: rounding and the clamp's nanosecond leave less than this.
            prop_assert!(lost < 1e-5, "{lost} A vanish at {}", station.network.now());
            let books = station.network.books();
            let (residual, moved) = (books.residual().0, books.moved().0);
            prop_assert!(residual.abs() <= 1e-4 * moved + 1e-3, "{residual} J of {moved} J: {books:?}");
        }
    }

    #[test]
    fn more_load_never_raises_the_terminal_voltage(
        resistance in decades(1e-3, 1.0),
        conductance in 0.0..0.5f64,
        amperes in 0.0..50.0f64,
        watts in 0.0..2000.0f64,
        more in 0usize..3,
        amount in decades(1e-3, 100.0),
        minimum in 1.0..48.0f64,
    ) {
        let voltage = |conductance, amperes, watts| {
            let mut builder = NetworkBuilder::new();
            let port = builder.node("port");
            let pack = Branch { emf: Volts(52.0), resistance: Ohms(resistance), ..Branch::new("pack", NodeId::GROUND, port) };
            builder.branch(pack);
            builder.load(NetworkLoad {
                conductance: Siemens(conductance),
                current: Amperes(amperes),
                power: Watts(watts),
                minimum_voltage: Volts(minimum),
                ..no_load("load", port)
            });
            builder.build().unwrap().value(Quantity::NodeVoltage(port))
        };
        let less = voltage(conductance, amperes, watts);
        let more = match more {
            0 => voltage(conductance + amount, amperes, watts),
            1 => voltage(conductance, amperes + amount, watts),
            _ => voltage(conductance, amperes, watts + amount),
        };
        prop_assert!(less.is_finite() && more.is_finite());
        prop_assert!(more <= less + 1e-9, "{more} V with more load, {less} V with less");
    }

    #[test]
    fn fuse_never_melts_at_its_first_current_or_less(
        rated in decades(1.0, 500.0),
        share in 0.0..=1.0f64,
        hours in 1u64..10_000,
    ) {
        let mut builder = NetworkBuilder::new();
        let (a, b) = (builder.node("a"), builder.node("b"));
        builder.branch(Branch { resistance: Ohms(1e-2), ..Branch::new("bleed", a, NodeId::GROUND) });
        let gate = fuse(&[(rated, 36_000.0), (2.0 * rated, 1.0)], None);
        let fuse = builder.branch(Branch { resistance: Ohms(1e-3), gate, ..Branch::new("fuse", a, b) });
        builder.branch(Branch { resistance: Ohms(1e6), ..Branch::new("bleed b", b, NodeId::GROUND) });
        // A hair below the rating at the most, so that rounding cannot push the current over it.
        builder.load(NetworkLoad { current: Amperes(share * rated * (1.0 - 1e-9)), ..no_load("load", b) });
        let mut network = builder.build().unwrap();
        let stop = network.advance(SimTime::from_whole_seconds(3600 * hours), &[], &mut |_| ());
        prop_assert_eq!(stop, Ok(Stop::Reached));
        prop_assert_eq!(network.fuse_fatigue(fuse), 0.0);
        let warm = network.fuse_damage(fuse);
        let expected = if share < 0.9 { 0.0..=0.0 } else { 0.0..=0.9999 };
        prop_assert!(expected.contains(&warm), "{warm}");
    }
}
