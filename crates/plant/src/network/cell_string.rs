//! A string of cells, condensed to one Thevenin branch.
//!
//! Cell: v = ocv(s) + M·h − R₀·i − v₁ − v₂, with Q·ds/dt = −(i + leakage), Cₖ·dvₖ/dt = i − vₖ/Rₖ and
//! the one-state hysteresis of Plett, *Extended Kalman filtering for battery management systems of
//! LiPB-based HEV battery packs*, Journal of Power Sources 134 (2004): dh/dt = −γ·|i|/Q·(h + sgn i).
//! All resistances share the factor exp(B·(1/T − 1/T₂₅))·(1 + (e − 1)·exp(−s/0.06)), an Arrhenius law
//! over temperature and a rise towards empty; the capacitances Cₖ are those that the time constants
//! mean at factor 1. Temperatures are those of groups of cells, see `cell_heat`. What a balancer
//! switches across a cell drains it beside the branch's current, as its self-discharge does. Left out:
//! entropic heat, gradients within a group, ageing, a time constant of the hysteresis at rest.
//!
//! An implicit stage ties each state to its derivative by x = predicted + γh·dx/dt, so every state is
//! an explicit function of the current (the temperature enters by its last iterate), and one pass over the cells gives V(i) and dV/di. The
//! nodal equations see one branch, whatever the number of cells.
//!
//! All cells carry one current, and those of a group have one temperature, so cells that are equal at the
//! start stay equal: they are of one kind, which is computed once and counts as often as there are of it.

use std::sync::Arc;

use super::cell_heat::CellHeat;
use super::element::{CellModel, CellString, StringLaws};
use super::error::{NetworkError, NetworkErrorKind, finite, not_negative, positive};
use super::fade::Fade;
use super::ocv::OcvCurve;

/// State variables of one kind of cell, in this order: state of charge, voltages of the two RC pairs,
/// hysteresis from −1 (after discharge) to 1 (after charge). After those of all kinds come the
/// temperatures of the string's groups, °C.
pub(super) const CELL_STATES: usize = 4;

/// By how many e the rise of the resistances towards empty fades over the whole charge.
const PER_FADE: f64 = 1.0 / 0.06;
/// Below this state of charge the rise goes no further: nothing is known of it.
const DEEPEST: f64 = -0.2;
pub(super) const KELVIN: f64 = 273.15;
const REFERENCE: f64 = 298.15;

/// An RC pair at factor 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Relaxation {
    /// 1 / RC.
    rate: f64,
    /// 1 / C.
    per_coulomb: f64,
    /// 1 / R; zero for a pair without resistance, which is none.
    conductance: f64,
}

/// A kind of cell.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell {
    /// How many there are.
    count: f64,
    /// 1 / C.
    per_coulomb: f64,
    resistance: f64,
    relaxation: [Relaxation; 2],
    leakage: f64,
    /// Conductance of what is switched across it, with its heat: zero while nothing is.
    bleed: f64,
    /// Which group it is in.
    group: usize,
}

/// A checked string; its states begin at `offset` of the network's state vector.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StringModel {
    pub(super) branch: usize,
    pub(super) offset: usize,
    ocv: Arc<OcvCurve>,
    kinds: Vec<Cell>,
    /// Of each cell, in the order of the string.
    kind_of: Vec<usize>,
    laws: Laws,
    fade: &'static Fade,
    /// Sum of the series resistances at factor 1.
    resistance: f64,
    heat: CellHeat,
}

/// Checked laws.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Laws {
    activation: f64,
    /// Factor at empty, less one.
    rise: f64,
    hysteresis: f64,
    /// Turns of the hysteresis per capacity; zero where there is none.
    turns: f64,
}

impl Laws {
    fn of_temperature(&self, celsius: f64) -> f64 {
        if self.activation == 0.0 {
            return 1.0;
        }
        libm::exp(self.activation * (1.0 / (celsius + KELVIN) - 1.0 / REFERENCE))
    }

    /// Factor over the state of charge, and its slope.
    #[inline]
    fn of_charge(&self, soc: f64, fade: &Fade) -> (f64, f64) {
        if self.rise == 0.0 {
            return (1.0, 0.0);
        }
        let rise = self.rise * fade.at(soc.max(DEEPEST) * PER_FADE);
        (1.0 + rise, if soc > DEEPEST { -rise * PER_FADE } else { 0.0 })
    }
}

/// What the string does at one current.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StringPoint {
    pub(super) current: f64,
    pub(super) voltage: f64,
    /// dV/di within the stage, negative.
    pub(super) slope: f64,
    /// Sum of the open-circuit voltages.
    pub(super) open_circuit: f64,
    /// Power of the self-discharge.
    pub(super) leak_power: f64,
    /// Power lost in the series resistances.
    pub(super) series_loss: f64,
    /// Power lost in the RC pairs' resistances.
    pub(super) relaxation_loss: f64,
    /// Power lost to hysteresis; negative while a turn gives back.
    pub(super) hysteresis_loss: f64,
    /// Power in what is switched across cells.
    pub(super) bleed_power: f64,
    /// Where on the open-circuit curve the last cell was: there the next look-up begins.
    interval: usize,
}

impl StringPoint {
    /// Voltage that the tangent at this point predicts for another current.
    pub(super) fn tangent(&self, current: f64) -> f64 {
        self.voltage + self.slope * (current - self.current)
    }
}

impl StringModel {
    pub(super) fn new(
        name: &str,
        branch: usize,
        offset: usize,
        string: &CellString,
    ) -> Result<Self, NetworkError> {
        if string.cells.is_empty() {
            return Err(NetworkError::new(name, NetworkErrorKind::NoCells));
        }
        let mut models: Vec<&CellModel> = Vec::new();
        let mut kinds: Vec<Cell> = Vec::new();
        let mut kind_of = Vec::with_capacity(string.cells.len());
        for (k, cell) in string.cells.iter().enumerate() {
            let group = string.group_of(k);
            // A cell across which something can be switched does not stay equal to the others.
            let alike = |(of, model): (usize, &&CellModel)| {
                !string.separate && *model == cell && kinds[of].group == group
            };
            let kind = models.iter().enumerate().position(alike).unwrap_or(models.len());
            match kinds.get_mut(kind) {
                Some(known) => known.count += 1.0,
                None => {
                    kinds.push(Cell { group, ..checked(name, cell)? });
                    models.push(cell);
                }
            }
            kind_of.push(kind);
        }
        let resistance = kinds.iter().map(|cell| cell.count * cell.resistance).sum();
        let laws = laws(name, &string.laws)?;
        let heat = CellHeat::new(name, string)?;
        let (ocv, fade) = (Arc::clone(&string.ocv), Fade::table());
        Ok(Self { branch, offset, ocv, kinds, kind_of, laws, fade, resistance, heat })
    }

    /// How many groups share a temperature each.
    pub(super) fn groups(&self) -> usize {
        self.heat.groups()
    }

    /// Switches a conductance across cell `k`; whether that is a change. The cells of the string must be
    /// separate.
    pub(super) fn set_bleed(&mut self, k: usize, conductance: f64) -> bool {
        let Some(cell) = self.kind_of.get(k).and_then(|&kind| self.kinds.get_mut(kind)) else {
            return false;
        };
        std::mem::replace(&mut cell.bleed, conductance) != conductance
    }

    /// The conductance that is switched across cell `k`.
    pub(super) fn bleed(&self, k: usize) -> f64 {
        self.kind_of.get(k).map_or(0.0, |&kind| self.kinds[kind].bleed)
    }

    /// What is switched across cells, from a string of the same shape.
    pub(super) fn adopt_bleeds(&mut self, other: &Self) {
        for (own, theirs) in self.kinds.iter_mut().zip(&other.kinds) {
            own.bleed = theirs.bleed;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.kind_of.len()
    }

    /// The cells that stand for their kinds, by their place in the string.
    pub(super) fn examples(&self) -> impl Iterator<Item = usize> + '_ {
        let example = |kind| self.kind_of.iter().position(|&of| of == kind);
        (0..self.kinds.len()).filter_map(example)
    }

    pub(super) fn series_resistance(&self) -> f64 {
        self.resistance
    }

    fn states(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + CELL_STATES * self.kinds.len()
    }

    /// Where its temperatures stand in the state vector.
    pub(super) fn temperatures_at(&self) -> std::ops::Range<usize> {
        let first = self.offset + CELL_STATES * self.kinds.len();
        first..first + self.heat.groups()
    }

    /// Temperature of a group, °C.
    pub(super) fn temperature(&self, group: usize, state: &[f64]) -> f64 {
        state[self.temperatures_at()].get(group).copied().unwrap_or(f64::NAN)
    }

    /// Brings `point` to a current, and writes the states and derivatives that it implies, given the
    /// predicted states and `reach` = γh in s.
    pub(super) fn solve(
        &self,
        predicted: &[f64],
        reach: f64,
        current: f64,
        (state, slope): (&mut [f64], &mut [f64]),
        point: &mut StringPoint,
    ) {
        *point = StringPoint { current, interval: point.interval, ..StringPoint::default() };
        let cells = predicted[self.states()].as_chunks().0;
        let groups = self.temperatures_at();
        let mut sum = *point;
        let mut next = 0;
        for group in 0..self.heat.groups() {
            let factor = self.laws.of_temperature(state[groups.start + group]);
            let before = sum;
            // Kinds are in the order of their first cells, so those of a group stand together.
            while let Some(cell) = self.kinds.get(next).filter(|cell| cell.group == group) {
                let states = &mut state[self.states()].as_chunks_mut().0[next];
                let slopes = &mut slope[self.states()].as_chunks_mut().0[next];
                let both = (states, slopes);
                self.solve_cell(cell, &cells[next], (reach, factor), both, &mut sum);
                next += 1;
            }
            let heat = self.heat.of(&sum) - self.heat.of(&before);
            let places = (groups.start, group);
            self.heat.solve(predicted, (reach, heat), places, (&mut *state, &mut *slope));
        }
        *point = sum;
    }

    /// One kind of cell at the current of `point`, which it is added to.
    #[inline]
    fn solve_cell(
        &self,
        cell: &Cell,
        predicted: &[f64; CELL_STATES],
        (reach, heat): (f64, f64),
        (state, slope): (&mut [f64; CELL_STATES], &mut [f64; CELL_STATES]),
        point: &mut StringPoint,
    ) {
        let current = point.current;
        // What is switched across the cell sees its open-circuit voltage at the start of the stage: the
        // drop of its own current over a milliohm is nothing beside it.
        let bled = match cell.bleed {
            0.0 => 0.0,
            bleed => bleed * self.ocv.evaluate_near(predicted[0], &mut point.interval).0,
        };
        slope[0] = -(current + cell.leakage + bled) * cell.per_coulomb;
        state[0] = predicted[0] + reach * slope[0];
        let (ocv, steepness) = self.ocv.evaluate_near(state[0], &mut point.interval);
        let per_ampere = -reach * cell.per_coulomb;
        let (charge, over_charge) = self.laws.of_charge(state[0], self.fade);
        let factor = heat * charge;
        let factor_slope = heat * over_charge * per_ampere;
        let (mut voltage_sum, mut slope_sum) = (ocv, steepness * per_ampere);
        voltage_sum -= cell.resistance * factor * current;
        slope_sum -= cell.resistance * (factor + factor_slope * current);
        point.open_circuit += cell.count * ocv;
        point.leak_power += cell.count * ocv * (cell.leakage + bled);
        point.bleed_power += cell.count * ocv * bled;
        point.series_loss += cell.count * cell.resistance * factor * current * current;
        let per_factor = 1.0 / factor;
        for (k, pair) in cell.relaxation.iter().enumerate() {
            let rate = pair.rate * per_factor;
            let drive = pair.per_coulomb;
            let kept = 1.0 / (1.0 + reach * rate);
            let voltage = (predicted[k + 1] + reach * drive * current) * kept;
            state[k + 1] = voltage;
            slope[k + 1] = drive * current - voltage * rate;
            voltage_sum -= voltage;
            slope_sum -= reach * kept * (drive + voltage * rate * per_factor * factor_slope);
            point.relaxation_loss += cell.count * voltage * voltage * pair.conductance * per_factor;
        }
        point.voltage += cell.count * voltage_sum;
        point.slope += cell.count * slope_sum;
        self.solve_hysteresis(cell, predicted[3], reach, (&mut state[3], &mut slope[3]), point);
    }

    #[inline]
    fn solve_hysteresis(
        &self,
        cell: &Cell,
        predicted: f64,
        reach: f64,
        (state, slope): (&mut f64, &mut f64),
        point: &mut StringPoint,
    ) {
        let Laws { hysteresis, turns, .. } = self.laws;
        if turns == 0.0 {
            (*state, *slope) = (predicted, 0.0);
            return;
        }
        let current = point.current;
        let sign = if current == 0.0 { 0.0 } else { current.signum() };
        let rate = turns * current.abs() * cell.per_coulomb;
        let kept = 1.0 / (1.0 + reach * rate);
        *state = (predicted - reach * rate * sign) * kept;
        *slope = -rate * (*state + sign);
        let per_rate = -(sign + predicted) * kept * kept;
        let (volts, count) = (hysteresis * *state, cell.count);
        point.voltage += count * volts;
        point.slope += count * hysteresis * per_rate * reach * turns * cell.per_coulomb * sign;
        point.hysteresis_loss -= count * volts * current;
    }

    /// Terminal voltage of cell `k` at a current and a state of the whole network.
    pub(super) fn cell_voltage(&self, k: usize, current: f64, state: &[f64]) -> f64 {
        let kind = self.kind_of[k];
        self.voltage_at(kind, current, state, self.warmth(kind, state), &mut 0)
    }

    /// Which kind cell `k` is of.
    pub(super) fn kind(&self, k: usize) -> usize {
        self.kind_of[k]
    }

    /// Terminal voltage of cells of a kind at a current, from those of the network's states that are its own.
    pub(super) fn voltage_of_kind(
        &self,
        kind: usize,
        current: f64,
        state: impl Fn(usize) -> f64,
    ) -> f64 {
        let at = self.offset + CELL_STATES * kind;
        let own: [f64; CELL_STATES] = std::array::from_fn(|n| state(at + n));
        let temperature = state(self.temperatures_at().start + self.kinds[kind].group);
        self.voltage_of(kind, current, &own, self.laws.of_temperature(temperature), &mut 0)
    }

    /// Terminal voltages of all kinds of cells.
    pub(super) fn cell_voltages<'a>(
        &'a self,
        current: f64,
        state: &'a [f64],
    ) -> impl Iterator<Item = f64> + 'a {
        let (mut interval, mut known) = (0, (usize::MAX, 0.0));
        let voltage = move |kind: usize| {
            let group = self.kinds[kind].group;
            if known.0 != group {
                known = (group, self.warmth(kind, state));
            }
            self.voltage_at(kind, current, state, known.1, &mut interval)
        };
        (0..self.kinds.len()).map(voltage)
    }

    /// Factor of a kind's resistances by its temperature.
    fn warmth(&self, kind: usize, state: &[f64]) -> f64 {
        self.laws.of_temperature(self.temperature(self.kinds[kind].group, state))
    }

    fn voltage_at(
        &self,
        kind: usize,
        current: f64,
        state: &[f64],
        heat: f64,
        interval: &mut usize,
    ) -> f64 {
        let at = self.offset + CELL_STATES * kind;
        self.voltage_of(kind, current, &state[at..at + CELL_STATES], heat, interval)
    }

    fn voltage_of(
        &self,
        kind: usize,
        current: f64,
        own: &[f64],
        heat: f64,
        interval: &mut usize,
    ) -> f64 {
        let factor = heat * self.laws.of_charge(own[0], self.fade).0;
        let open = self.ocv.evaluate_near(own[0], interval).0 + self.laws.hysteresis * own[3];
        open - self.kinds[kind].resistance * factor * current - own[1] - own[2]
    }

    /// The states of cell `k`.
    pub(super) fn states_of(&self, k: usize, state: &[f64]) -> [f64; CELL_STATES] {
        let at = self.offset + CELL_STATES * self.kind_of[k];
        std::array::from_fn(|n| state[at + n])
    }

    /// Copies states, or their derivatives, from a string of as many cells, whose kinds may be others.
    pub(super) fn transfer(&self, other: &Self, from: &[f64], to: &mut [f64]) {
        for k in self.examples() {
            let at = self.offset + CELL_STATES * self.kind_of[k];
            to[at..at + CELL_STATES].copy_from_slice(&other.states_of(k, from));
        }
        for (own, theirs) in self.temperatures_at().zip(other.temperatures_at()) {
            to[own] = from[theirs];
        }
    }

    /// State of charge of cell `k`.
    pub(super) fn soc(&self, k: usize, state: &[f64]) -> f64 {
        state[self.offset + CELL_STATES * self.kind_of[k]]
    }

    /// Mean state of charge.
    pub(super) fn mean_soc(&self, state: &[f64]) -> f64 {
        let charges = state[self.states()].chunks_exact(CELL_STATES).map(|own| own[0]);
        let sum: f64 = self.kinds.iter().zip(charges).map(|(cell, soc)| cell.count * soc).sum();
        sum / self.len() as f64
    }

    /// Energy in the capacitances of the RC pairs, J.
    pub(super) fn stored(&self, state: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (cell, own) in self.kinds.iter().zip(state[self.states()].chunks_exact(CELL_STATES)) {
            for (pair, voltage) in cell.relaxation.iter().zip(&own[1..3]) {
                if pair.conductance > 0.0 {
                    sum += cell.count * 0.5 * voltage * voltage / pair.per_coulomb;
                }
            }
        }
        sum
    }
}

fn laws(name: &str, laws: &StringLaws) -> Result<Laws, NetworkError> {
    let rise =
        not_negative(name, "rise of the resistances towards empty", laws.empty_factor - 1.0)?;
    let hysteresis = not_negative(name, "hysteresis", laws.hysteresis.0)?;
    let span = positive(name, "span of the hysteresis", laws.hysteresis_span.0)?;
    Ok(Laws {
        activation: not_negative(name, "activation of the resistances", laws.activation)?,
        rise,
        hysteresis,
        turns: if hysteresis > 0.0 { 1.0 / span } else { 0.0 },
    })
}

fn checked(name: &str, cell: &CellModel) -> Result<Cell, NetworkError> {
    let capacity = positive(name, "capacity of a cell", cell.capacity.0)?;
    finite(name, "state of charge of a cell", cell.soc.0)?;
    let pair = |k: usize| -> Result<Relaxation, NetworkError> {
        let (resistance, time) = cell.relaxation[k];
        let resistance = not_negative(name, "resistance of an RC pair", resistance.0)?;
        let rate = 1.0 / positive(name, "time constant of an RC pair", time.0)?;
        let conductance = if resistance > 0.0 { 1.0 / resistance } else { 0.0 };
        Ok(Relaxation { rate, per_coulomb: rate * resistance, conductance })
    };
    Ok(Cell {
        count: 1.0,
        per_coulomb: 1.0 / (3600.0 * capacity),
        resistance: not_negative(name, "series resistance of a cell", cell.resistance.0)?,
        relaxation: [pair(0)?, pair(1)?],
        leakage: not_negative(name, "self-discharge of a cell", cell.leakage.0)?,
        bleed: 0.0,
        group: 0,
    })
}
