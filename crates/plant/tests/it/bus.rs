//! The bus of the golden cases: pack, main switch with a pre-charge path around it, cable, inverter.

use blackstart_plant::network::{
    Branch, BranchId, Capacitor, Clamp, FuseGate, Gate, LoadId, Network, NetworkBuilder,
    NetworkLoad, NodeId, Quantity, Step, Stop, SwitchGate, Watch,
};
use blackstart_units::{
    Amperes, Farads, Fraction, Henries, Ohms, Seconds, Siemens, SimTime, Volts, Watts,
};

use crate::closed_form::Rlc;

/// Parameters of the bus, those of the golden cases by default. Plain numbers in SI units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    pub emf: f64,
    pub pack_resistance: f64,
    pub contact_resistance: f64,
    pub leak_resistance: f64,
    pub clamp_voltage: f64,
    pub precharge_resistance: f64,
    pub cable_resistance: f64,
    pub cable_inductance: f64,
    pub capacitance: f64,
    pub esr: f64,
    pub capacitor_voltage: f64,
}

impl Parameters {
    pub const GOLDEN: Self = Self {
        emf: 52.8,
        pack_resistance: 20e-3,
        contact_resistance: 1e-6,
        leak_resistance: 1e9,
        clamp_voltage: 100.0,
        precharge_resistance: 33.0,
        cable_resistance: 4e-3,
        cable_inductance: 2e-6,
        capacitance: 8e-3,
        esr: 5e-3,
        capacitor_voltage: 0.0,
    };

    /// Everything in series with a path around or through the main switch.
    fn loop_resistance(&self, path: f64) -> f64 {
        self.pack_resistance + path + self.cable_resistance + self.esr
    }

    fn rlc(&self, emf: f64, path: f64, current: f64, voltage: f64) -> Rlc {
        Rlc {
            emf,
            resistance: self.loop_resistance(path),
            inductance: self.cable_inductance,
            capacitance: self.capacitance,
            current,
            voltage,
        }
    }

    /// The main switch closed alone.
    pub fn through_main(&self) -> Rlc {
        self.rlc(self.emf, self.contact_resistance, 0.0, self.capacitor_voltage)
    }

    /// The pre-charge path closed alone; its switch has a contact too.
    pub fn through_precharge(&self) -> Rlc {
        self.rlc(
            self.emf,
            self.precharge_resistance + self.contact_resistance,
            0.0,
            self.capacitor_voltage,
        )
    }

    /// Both closed.
    pub fn through_both(&self, current: f64, voltage: f64) -> Rlc {
        let (main, other) =
            (self.contact_resistance, self.precharge_resistance + self.contact_resistance);
        self.rlc(self.emf, main * other / (main + other), current, voltage)
    }

    /// The main switch open, its clamp conducting.
    pub fn through_clamp(&self, current: f64, voltage: f64) -> Rlc {
        // The branch of the switch keeps a resistance of its own; see `Bus::new`.
        self.rlc(self.emf - self.clamp_voltage, 0.5 * self.contact_resistance, current, voltage)
    }
}

/// The network with its handles.
#[derive(Clone)]
pub struct Bus {
    pub network: Network,
    pub pack: BranchId,
    pub main: BranchId,
    pub precharge: BranchId,
    pub cable: BranchId,
    pub inverter: BranchId,
    pub load: LoadId,
    /// Node at the inverter's terminals.
    pub terminals: NodeId,
}

impl Bus {
    /// All switches open, no load. Half of the contact's resistance is the switch's, half its
    /// branch's, so that the clamp, ideal like the golden one, has something in series.
    pub fn new(parameters: &Parameters) -> Self {
        let p = parameters;
        let mut builder = NetworkBuilder::new();
        let (port, out, terminals) =
            (builder.node("port"), builder.node("out"), builder.node("terminals"));
        let pack = builder.branch(Branch {
            emf: Volts(p.emf),
            resistance: Ohms(p.pack_resistance),
            ..Branch::new("pack", NodeId::GROUND, port)
        });
        let switch = |clamp| {
            let (on, off) = (Ohms(0.5 * p.contact_resistance), Ohms(p.leak_resistance));
            Gate::Switch(SwitchGate { closed: false, on, off, clamp, body_diode: None })
        };
        let clamp = Clamp { voltage: Volts(p.clamp_voltage), resistance: Ohms(0.0) };
        let main = builder.branch(Branch {
            resistance: Ohms(0.5 * p.contact_resistance),
            gate: switch(Some(clamp)),
            ..Branch::new("main", port, out)
        });
        let precharge = builder.branch(Branch {
            resistance: Ohms(p.precharge_resistance + 0.5 * p.contact_resistance),
            gate: switch(None),
            ..Branch::new("precharge", port, out)
        });
        let cable = builder.branch(Branch {
            resistance: Ohms(p.cable_resistance),
            inductance: Henries(p.cable_inductance),
            ..Branch::new("cable", out, terminals)
        });
        let capacitor =
            Capacitor { capacitance: Farads(p.capacitance), voltage: Volts(p.capacitor_voltage) };
        let inverter = builder.branch(Branch {
            resistance: Ohms(p.esr),
            capacitor: Some(capacitor),
            ..Branch::new("inverter", terminals, NodeId::GROUND)
        });
        let load = builder.load(no_load("load", terminals));
        let network = builder.build().unwrap();
        Self { network, pack, main, precharge, cable, inverter, load, terminals }
    }

    /// Advances without watches.
    pub fn run(&mut self, until: SimTime) {
        assert_eq!(self.network.advance(until, &[], &mut |_| ()), Ok(Stop::Reached));
    }

    /// Advances to a crossing, which must come before `until`.
    pub fn run_to(&mut self, watch: Watch, until: SimTime) -> SimTime {
        assert_eq!(
            self.network.advance(until, &[watch], &mut |_| ()),
            Ok(Stop::Crossed(0)),
            "by {until}: {watch:?}"
        );
        self.network.now()
    }

    /// Advances and finds the highest value of a quantity on the way, with its instant in seconds.
    pub fn run_for_peak(&mut self, quantity: Quantity, until: SimTime) -> (f64, f64) {
        let mut peak = (0.0, f64::NEG_INFINITY);
        let mut observe = |step: &Step<'_>| {
            let length = step.end().since(step.start()).as_nanos();
            // Finer than any tolerance on the time of a peak.
            for part in 0..=256 {
                let at = step.start() + SimTime::from_nanos(length * part / 256);
                let value = step.value(quantity, at);
                if value > peak.1 {
                    peak = (at.as_seconds(), value);
                }
            }
        };
        assert_eq!(self.network.advance(until, &[], &mut observe), Ok(Stop::Reached));
        peak
    }

    /// The current in the loop, A.
    pub fn current(&self) -> f64 {
        self.network.value(Quantity::Current(self.cable))
    }

    /// The inverter's capacitor, V.
    pub fn voltage(&self) -> f64 {
        self.network.value(Quantity::CapacitorVoltage(self.inverter))
    }
}

/// A load that draws nothing yet.
pub fn no_load(name: &str, from: NodeId) -> NetworkLoad {
    NetworkLoad {
        name: name.to_owned(),
        from,
        to: NodeId::GROUND,
        conductance: Siemens(0.0),
        current: Amperes(0.0),
        power: Watts(0.0),
        ripple: Fraction(0.0),
        minimum_voltage: Volts(1.0),
    }
}

/// Holds the books to what every run must keep: 0.01 % of the energy moved, plus a millijoule.
#[track_caller]
pub fn books_close(network: &Network) {
    let books = network.books();
    let (residual, moved) = (books.residual().0, books.moved().0);
    assert!(
        residual.abs() <= 1e-4 * moved + 1e-3,
        "{residual} J of {moved} J are missing: {books:?}"
    );
}

/// Compares with the larger of an absolute and a relative tolerance.
#[track_caller]
pub fn close(what: &str, found: f64, expected: f64, absolute: f64, relative: f64) {
    let allowed = absolute.max(relative * expected.abs());
    assert!(
        (found - expected).abs() <= allowed,
        "{what}: found {found}, expected {expected} ± {allowed}"
    );
}

/// A fuse by its time-current curve, in A and s, that stands pulses as Littelfuse's guide says.
pub fn fuse(curve: &[(f64, f64)], arc: Option<Clamp>) -> Gate {
    let endurance = [(0.22, 1e5), (0.29, 1e4), (0.38, 1e3), (0.48, 100.0), (1.0, 1.0)];
    Gate::Fuse(FuseGate {
        curve: curve.iter().map(|&(i, t)| (Amperes(i), Seconds(t))).collect(),
        pulse_time: Seconds(2.0),
        endurance: endurance.map(|(share, pulses)| (Fraction(share), pulses)).to_vec(),
        off: Ohms(1e8),
        arc,
    })
}
