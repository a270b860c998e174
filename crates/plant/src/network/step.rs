//! The inside of an accepted step: dense output.
//!
//! States follow the cubic through values and derivatives at both ends. Everything that depends
//! on them algebraically (node potentials, currents of branches without inductance, cell voltages)
//! is solved again from the interpolated states, by one implicit Euler evaluation that *ends* at
//! the instant and is so short (1e-4 of the step, at least 1 ns) that its error is far below the
//! interpolation's. The Euler form rather than a plain algebraic solution, because a node at which
//! only inductors meet has no algebraic one.
//!
//! The voltage of one cell inside a step is made of its own states and of the course of its string's current,
//! which two solutions tell for all cells.

use std::cell::RefCell;

use blackstart_units::SimTime;

use super::circuit::{Bench, CheckedNetwork, OperatingPoint};
use super::cubic::Cubic;
use super::element::BranchId;
use super::fuse::FuseModel;
use super::ledger::BranchEntry;
use super::quantity::Quantity;

/// One accepted step of the solver, readable anywhere inside.
#[derive(Debug)]
pub struct Step<'a> {
    pub(super) circuit: &'a CheckedNetwork,
    pub(super) from: SimTime,
    pub(super) span: u64,
    pub(super) start: &'a OperatingPoint,
    pub(super) end: &'a OperatingPoint,
    /// Quadratures at the start of the step, and what the step adds.
    pub(super) totals: &'a [f64],
    pub(super) gained: &'a [f64],
    pub(super) probes: &'a RefCell<Probes>,
}

/// Buffers for solutions inside a step, and which instants they hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Probes {
    slots: [Probe; 3],
    /// Whole courses that have been asked for: several look at the same quantity.
    courses: Vec<(Quantity, Cubic)>,
    /// The last voltage of a cell that was asked for, by its string, its kind and its instant: cells of one
    /// kind have one voltage, and are asked for one after another.
    cell: Option<(usize, usize, f64, f64)>,
    predicted: Vec<f64>,
    bench: Bench,
}

#[derive(Debug, Clone, Default)]
struct Probe {
    theta: Option<f64>,
    point: OperatingPoint,
}

/// The slot of arbitrary instants; the other two hold the thirds.
const ANYWHERE: usize = 2;

/// Share of the step that the Euler evaluation of a probe spans.
const PROBE_SHARE: f64 = 1e-4;

impl Probes {
    pub(super) fn new(circuit: &CheckedNetwork) -> Self {
        Self {
            courses: Vec::new(),
            cell: None,
            slots: std::array::from_fn(|_| Probe { theta: None, point: circuit.point() }),
            predicted: vec![0.0; circuit.tolerance.len()],
            bench: circuit.bench(),
        }
    }

    /// To be called whenever the step in question is another one.
    pub(super) fn forget(&mut self) {
        self.courses.clear();
        self.cell = None;
        for slot in &mut self.slots {
            slot.theta = None;
        }
    }
}

impl Step<'_> {
    /// When the step begins.
    pub fn start(&self) -> SimTime {
        self.from
    }

    /// When the step ends.
    pub fn end(&self) -> SimTime {
        self.from + SimTime::from_nanos(self.span)
    }

    /// The quantity at an instant of the step; outside, the value at the nearer end.
    ///
    /// At the ends these are the values before and after the step itself, thus before any
    /// discontinuity that its end brings about.
    pub fn value(&self, quantity: Quantity, at: SimTime) -> f64 {
        self.at(quantity, self.theta(at))
    }

    /// Minimum and maximum of the quantity within the step, each with its instant (to the nearest
    /// nanosecond; the earliest if it is reached several times).
    pub fn extremes(&self, quantity: Quantity) -> ((SimTime, f64), (SimTime, f64)) {
        let (least, most) = self.cubic(quantity).extremes();
        let stamp = |(theta, value): (f64, f64)| {
            let nanos = (theta * self.span as f64).round() as u64;
            (self.from + SimTime::from_nanos(nanos), value)
        };
        (stamp(least), stamp(most))
    }

    /// Whether the quantity is at or beyond a level when the step begins, the most that it is, and the
    /// instants at which it passes the level, each with whether it is beyond from then on; to the nearest
    /// nanosecond.
    pub fn turns(
        &self,
        quantity: Quantity,
        level: f64,
        turns: &mut [Option<(SimTime, bool)>; 4],
    ) -> (bool, f64) {
        let cubic = self.cubic(quantity);
        for (turn, (theta, is_over)) in turns.iter_mut().zip(cubic.turns(level)) {
            let nanos = (theta * self.span as f64).round() as u64;
            *turn = Some((self.from + SimTime::from_nanos(nanos), is_over));
        }
        (cubic.at(0.0) >= level, cubic.extremes().1.1)
    }

    fn theta(&self, at: SimTime) -> f64 {
        (at.since(self.from).as_nanos() as f64 / self.span as f64).min(1.0)
    }

    fn at(&self, quantity: Quantity, theta: f64) -> f64 {
        if theta <= 0.0 {
            quantity.read(self.circuit, self.start, self.totals)
        } else if let Some(cubic) = self.cubic_of_states(quantity) {
            cubic.at(theta)
        } else if theta >= 1.0 {
            quantity.read(self.circuit, self.end, self.totals)
        } else if let Some(voltage) = self.cell_voltage(quantity, theta) {
            voltage
        } else {
            self.probe(ANYWHERE, theta, |point| quantity.read(self.circuit, point, self.totals))
        }
    }

    /// Of a cell: from its own states and the course of its string's current. A converter reads each of many
    /// cells at an instant of its own, and a solution of the whole circuit for each would be their square.
    fn cell_voltage(&self, quantity: Quantity, theta: f64) -> Option<f64> {
        let Quantity::CellVoltage(branch, k) = quantity else { return None };
        let place = self.circuit.branches[branch.index()].string?;
        let string = self.circuit.strings.get(place).filter(|string| k < string.len())?;
        let kind = string.kind(k);
        if let Some((.., voltage)) = self.probes.borrow().cell.filter(|known| {
            (known.0, known.1) == (place, kind) && known.2.to_bits() == theta.to_bits()
        }) {
            return Some(voltage);
        }
        let current = self.cubic(Quantity::Current(branch)).at(theta);
        let voltage = string.voltage_of_kind(kind, current, |n| self.state(n, theta));
        self.probes.borrow_mut().cell = Some((place, kind, theta, voltage));
        Some(voltage)
    }

    /// The quantity over the step.
    pub(super) fn cubic(&self, quantity: Quantity) -> Cubic {
        if let Some(cubic) = self.cubic_of_states(quantity) {
            return cubic;
        }
        let known = |probes: &Probes| {
            probes.courses.iter().find(|(of, _)| *of == quantity).map(|(_, cubic)| *cubic)
        };
        if let Some(cubic) = known(&self.probes.borrow()) {
            return cubic;
        }
        let read = |point: &OperatingPoint| quantity.read(self.circuit, point, self.totals);
        let cubic = Cubic::from_thirds([
            read(self.start),
            self.probe(0, 1.0 / 3.0, read),
            self.probe(1, 2.0 / 3.0, read),
            read(self.end),
        ]);
        self.probes.borrow_mut().courses.push((quantity, cubic));
        cubic
    }

    /// One of the quadratures over the step.
    fn cubic_of_total(&self, k: usize) -> Cubic {
        let h = self.seconds();
        let (from, to) = (self.totals[k], self.totals[k] + self.gained[k]);
        Cubic::from_hermite(from, h * self.start.rates[k], to, h * self.end.rates[k])
    }

    /// Heat and fatigue of a fuse over the step.
    pub(super) fn cubics_of_fuse(&self, b: usize, fuse: &FuseModel) -> [Cubic; 2] {
        let h = self.seconds();
        let of = |point: &OperatingPoint| (fuse.heat(&point.state), h * fuse.heat(&point.slope));
        let ((y0, d0), (y1, d1)) = (of(self.start), of(self.end));
        let fatigue = self.cubic_of_total(self.circuit.ledger.branch(b, BranchEntry::Fatigue));
        [Cubic::from_hermite(y0, d0, y1, d1), fatigue]
    }

    fn cubic_of_states(&self, quantity: Quantity) -> Option<Cubic> {
        if let Quantity::Charge(BranchId(b)) = quantity {
            let entry = self.circuit.ledger.branch(b as usize, BranchEntry::Charge);
            return Some(self.cubic_of_total(entry));
        }
        let h = self.seconds();
        let of = |states: &[f64]| quantity.of_states(self.circuit, states);
        let (y0, d0) = (of(&self.start.state)?, of(&self.start.slope)?);
        let (y1, d1) = (of(&self.end.state)?, of(&self.end.slope)?);
        Some(Cubic::from_hermite(y0, h * d0, y1, h * d1))
    }

    fn seconds(&self) -> f64 {
        self.span as f64 * 1e-9
    }

    /// Solves the circuit at θ, unless the slot still holds that instant, and reads from it.
    fn probe(&self, slot: usize, theta: f64, read: impl Fn(&OperatingPoint) -> f64) -> f64 {
        let mut probes = self.probes.borrow_mut();
        let Probes { slots, predicted, bench, .. } = &mut *probes;
        let Probe { theta: held, point } = &mut slots[slot];
        if *held != Some(theta) {
            let h = self.seconds();
            let reach = (PROBE_SHARE * h).max(1e-9);
            self.interpolate(theta - reach / h, predicted);
            point.nodes.copy_from_slice(&self.end.nodes);
            point.currents.copy_from_slice(&self.end.currents);
            self.circuit.guess_temperatures(predicted, reach, &self.end.slope, &mut point.state);
            if self.circuit.solve(predicted, reach, point, bench).is_err() {
                // Both ends have a solution; between them a straight line is the best that is left.
                *held = None;
                return read(self.start) * (1.0 - theta) + read(self.end) * theta;
            }
            *held = Some(theta);
        }
        read(point)
    }

    fn interpolate(&self, theta: f64, states: &mut [f64]) {
        for (k, state) in states.iter_mut().enumerate() {
            *state = self.state(k, theta);
        }
    }

    /// One of the states at θ.
    fn state(&self, k: usize, theta: f64) -> f64 {
        let h = self.seconds();
        let (start, end) = (self.start, self.end);
        let (d0, d1) = (h * start.slope[k], h * end.slope[k]);
        Cubic::from_hermite(start.state[k], d0, end.state[k], d1).at(theta)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use blackstart_units::{AmpereHours, Amperes, Farads, Fraction, Ohms, Seconds, Siemens, Volts};

    use super::super::{
        Branch, Capacitor, CellModel, CellString, Network, NetworkBuilder, NetworkLoad, NodeId,
        OcvCurve, StringLaws,
    };
    use super::*;

    const CELLS: usize = 500;

    /// Cells that differ, which charge a capacitor beside a resistor.
    fn network() -> (Network, BranchId) {
        let mut builder = NetworkBuilder::new();
        let port = builder.node("port");
        let curve = [(Fraction(-0.1), Volts(2.0)), (Fraction(1.1), Volts(4.0))];
        let cell = |k: usize| CellModel {
            capacity: AmpereHours(100.0),
            resistance: Ohms(0.4e-3),
            relaxation: [(Ohms(0.2e-3), Seconds(0.5)), (Ohms(0.4e-3), Seconds(60.0))],
            soc: Fraction(0.4 + 2e-4 * k as f64),
            leakage: Amperes(0.0),
        };
        let cells = CellString::new(
            Arc::new(OcvCurve::from_table(&curve).unwrap()),
            (0..CELLS).map(cell).collect(),
            StringLaws::default(),
        );
        let pack = Branch { cells: Some(cells), ..Branch::new("pack", NodeId::GROUND, port) };
        let pack = builder.branch(Branch { resistance: Ohms(0.1), ..pack });
        let mut bank = Branch::new("bank", port, NodeId::GROUND);
        bank.resistance = Ohms(0.01);
        bank.capacitor = Some(Capacitor { capacitance: Farads(0.1), voltage: Volts(1400.0) });
        builder.branch(bank);
        let mut load = NetworkLoad::new("load", port, NodeId::GROUND);
        load.conductance = Siemens(0.05);
        builder.load(load);
        (builder.build().unwrap(), pack)
    }

    fn instant(step: &Step<'_>, k: usize) -> f64 {
        let nanos = step.span as f64 * (k + 1) as f64 / (CELLS + 1) as f64;
        nanos.round() / step.span as f64
    }

    #[test]
    fn each_cell_at_an_instant_of_its_own_takes_two_solutions_of_the_circuit_in_all() {
        let (mut network, pack) = network();
        let mut steps = 0;
        let end = SimTime::from_whole_seconds(10);
        network
            .advance(end, &[], &mut |step| {
                steps += 1;
                for k in 0..CELLS {
                    step.at(Quantity::CellVoltage(pack, k), instant(step, k));
                }
                let probes = step.probes.borrow();
                let solved: Vec<bool> =
                    probes.slots.iter().map(|slot| slot.theta.is_some()).collect();
                assert_eq!(solved, [true, true, false]);
                assert_eq!(probes.courses.len(), 1);
            })
            .unwrap();
        assert!(steps > 5, "{steps}");
    }

    #[test]
    fn a_cell_inside_a_step_reads_what_a_solution_of_the_circuit_there_tells() {
        let (mut network, pack) = network();
        let (mut worst, mut fall) = (0.0_f64, 0.0_f64);
        let end = SimTime::from_whole_seconds(10);
        network
            .advance(end, &[], &mut |step| {
                for k in (0..CELLS).step_by(50) {
                    let (cell, theta) = (Quantity::CellVoltage(pack, k), instant(step, k));
                    let read = step.at(cell, theta);
                    let solved = step.probe(ANYWHERE, theta, |point| {
                        cell.read(step.circuit, point, step.totals)
                    });
                    worst = worst.max((read - solved).abs());
                    fall = fall.max((step.at(cell, 0.0) - step.at(cell, 1.0)).abs());
                }
            })
            .unwrap();
        assert!(worst < 2e-5, "{worst} V");
        assert!(fall > 1e-3, "nothing changed: {fall} V");
    }
}
