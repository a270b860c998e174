//! A charger that regulates with a lag: what it gives while its load goes away.
//!
//! The three peaks after the load dump are those of an integration of the same equations by explicit steps of
//! 20 ns, done apart from this solver: 61.646 V with a lag of 1 ms, 64.549 V with 5 ms, 60.962 V without.

use blackstart_plant::network::{
    Branch, BranchId, Capacitor, Clamp, Gate, Network, NetworkBuilder, NetworkLoad, NodeId,
    Quantity, RegulatorGate, SwitchGate,
};
use blackstart_units::{Amperes, Farads, Henries, Ohms, Seconds, Siemens, SimTime, Volts, Watts};

use crate::bus::{books_close, close};

const LIMIT: Amperes = Amperes(28.0);
const SLOPE: Ohms = Ohms(1.0 / 50.0);

fn regulator(lag: f64) -> Gate {
    Gate::Regulator(RegulatorGate {
        on: true,
        slope: SLOPE,
        limit: LIMIT,
        beyond: Ohms(1e6),
        off: Ohms(1e9),
        lag: Seconds(lag),
    })
}

/// A charger of 50 A/V up to 28 A on a port of 3 mF, a pack behind an inductance and a switch with a clamp,
/// constant power and a bleed resistor.
struct Port {
    network: Network,
    charger: BranchId,
    pack: BranchId,
    port: NodeId,
}

const PACK: Volts = Volts(60.894);
const PORT: Volts = Volts(60.95);

impl Port {
    fn new(lag: f64) -> Self {
        let mut builder = NetworkBuilder::new();
        let port = builder.node("port");
        let charger = builder.branch(Branch {
            // It gives 6.2 A before the switch opens.
            emf: PORT + Amperes(6.2) * SLOPE,
            gate: regulator(lag),
            ..Branch::new("charger", NodeId::GROUND, port)
        });
        let pack = builder.branch(Branch {
            emf: PACK,
            inductance: Henries(3.4e-6),
            // So that 4.31 A flow into it.
            resistance: Ohms((PORT.0 - PACK.0) / 4.31),
            gate: Gate::Switch(SwitchGate {
                closed: true,
                on: Ohms(1e-6),
                off: Ohms(1e6),
                clamp: Some(Clamp { voltage: Volts(90.0), resistance: Ohms(1e-3) }),
                body_diode: None,
            }),
            ..Branch::new("pack", NodeId::GROUND, port)
        });
        builder.branch(Branch {
            resistance: Ohms(0.010),
            capacitor: Some(Capacitor { capacitance: Farads(3e-3), voltage: PORT }),
            ..Branch::new("bank", port, NodeId::GROUND)
        });
        let mut load = NetworkLoad::new("load", port, NodeId::GROUND);
        (load.power, load.conductance) = (Watts(114.6), Siemens(1e-4));
        builder.load(load);
        Self { network: builder.build().expect("a network"), charger, pack, port }
    }

    fn value(&self, quantity: Quantity) -> f64 {
        self.network.value(quantity)
    }

    /// The highest voltage of the port after its pack was cut off.
    fn dump(&mut self) -> f64 {
        let settled = SimTime::from_millis(400);
        self.network.advance(settled, &[], &mut |_| ()).expect("it settles");
        close("charge of the pack", -self.value(Quantity::Current(self.pack)), 4.31, 2e-2, 0.0);
        close("charger", self.value(Quantity::Current(self.charger)), 6.2, 2e-2, 0.0);
        self.network.set_emf(self.charger, Volts(61.0));
        self.network.set_switch(self.pack, false);
        let mut highest = f64::MIN;
        let voltage = Quantity::NodeVoltage(self.port);
        let end = settled + SimTime::from_millis(100);
        let mut look = |step: &blackstart_plant::network::Step<'_>| {
            // The spike of the pack's inductance is over within a microsecond.
            if step.start() > settled + SimTime::from_micros(2) {
                highest = highest.max(step.extremes(voltage).1.1);
            }
        };
        self.network.advance(end, &[], &mut look).expect("it goes on");
        books_close(&self.network);
        highest
    }
}

#[test]
fn a_load_dump_overshoots_as_the_lag_says() {
    for (lag, peak) in [(1e-3, 61.646), (5e-3, 64.549), (0.0, 60.962)] {
        let mut port = Port::new(lag);
        close("peak", port.dump(), peak, 0.005, 0.0);
        // Nothing flows back into it, and in the end it holds its voltage.
        assert!(port.value(Quantity::Current(port.charger)) > -1e-6);
    }
}

/// A charger at its limit into a resistor too small for its voltage.
#[test]
fn its_current_follows_what_it_asks_for() {
    let lag = 0.02;
    let mut builder = NetworkBuilder::new();
    let port = builder.node("port");
    let emf = Volts(50.0);
    let gate = regulator(lag);
    let branch = Branch { emf, gate, ..Branch::new("charger", NodeId::GROUND, port) };
    let charger = builder.branch(branch);
    let resistance = Ohms(1.0);
    builder.branch(Branch { resistance, ..Branch::new("resistor", port, NodeId::GROUND) });
    let mut network = builder.build().expect("a network");
    let current = Quantity::Current(charger);
    let mut seen = 0;
    let mut rises = |step: &blackstart_plant::network::Step<'_>| {
        let at = step.end().as_seconds();
        close("rise", step.value(current, step.end()), 28.0 * -libm::expm1(-at / lag), 2e-3, 0.0);
        seen += 1;
    };
    network.advance(SimTime::from_millis(200), &[], &mut rises).expect("it rises");
    assert!(seen > 3);

    let from = network.value(current);
    network.set_switch(charger, false);
    let mut falls = |step: &blackstart_plant::network::Step<'_>| {
        let at = step.end().as_seconds() - 0.2;
        close("fall", step.value(current, step.end()), from * libm::exp(-at / lag), 2e-3, 0.0);
    };
    network.advance(SimTime::from_millis(600), &[], &mut falls).expect("it falls");
    assert!(network.value(current).abs() < 1e-6);
    network.set_switch(charger, true);
    network.advance(SimTime::from_millis(620), &[], &mut |_| ()).expect("it rises again");
    close("again", network.value(current), 28.0 * -libm::expm1(-1.0), 2e-3, 0.0);
    books_close(&network);
}
