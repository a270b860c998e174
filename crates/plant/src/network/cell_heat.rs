//! Temperatures of a string's groups of neighbouring cells.
//!
//! C·dT/dt = losses − (T − Tₐ)/R − Σ(T − Tₙ)/Rₙ, over the groups n beside it. Capacity and the way to the
//! ambient are shared by the cells that a group has. A neighbour enters by its last iterate.

use super::cell_string::{KELVIN, StringPoint};
use super::element::CellString;
use super::error::{NetworkError, positive};

/// One group.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Group {
    /// Heat capacity, J/K.
    capacity: f64,
    /// To the ambient, K/W.
    resistance: f64,
}

/// Checked groups; without a law of heat there is one, whose temperature stays.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CellHeat {
    groups: Vec<Group>,
    ambient: f64,
    /// From a group to the next, K/W.
    between: f64,
    /// Share of what is switched across cells that warms them.
    bleed_share: f64,
    has_law: bool,
}

impl CellHeat {
    pub(super) fn new(name: &str, string: &CellString) -> Result<Self, NetworkError> {
        let still = Group { capacity: 1.0, resistance: 1.0 };
        let Some(thermal) = &string.laws.thermal else {
            let (ambient, between, bleed_share) = (0.0, 1.0, 0.0);
            return Ok(Self { groups: vec![still], ambient, between, bleed_share, has_law: false });
        };
        let warm = |what, value| positive(name, what, value + KELVIN).map(|kelvin| kelvin - KELVIN);
        warm("temperature of the cells", thermal.start.0)?;
        let capacity = positive(name, "heat capacity", thermal.heat_capacity)?;
        let resistance = positive(name, "thermal resistance", thermal.resistance)?;
        let between = positive(name, "resistance between groups", string.group_resistance)?;
        let all = string.cells.len() as f64;
        let group = |group: usize| {
            let own = (0..string.cells.len()).filter(|&k| string.group_of(k) == group).count();
            let share = own as f64 / all;
            Group { capacity: capacity * share, resistance: resistance / share }
        };
        Ok(Self {
            groups: (0..string.groups.max(1)).map(group).collect(),
            ambient: warm("ambient temperature", thermal.ambient.0)?,
            between,
            bleed_share: string.bleed_heat,
            has_law: true,
        })
    }

    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// What of the losses at a point warms cells, W.
    pub(super) fn of(&self, point: &StringPoint) -> f64 {
        let losses = point.series_loss + point.relaxation_loss + point.hysteresis_loss;
        match self.bleed_share {
            0.0 => losses,
            share => losses + share * point.bleed_power,
        }
    }

    /// Temperature and its derivative of a group at the end of an implicit stage, in which it is warmed by
    /// `heat`.
    pub(super) fn solve(
        &self,
        predicted: &[f64],
        (reach, heat): (f64, f64),
        (first, group): (usize, usize),
        (state, slope): (&mut [f64], &mut [f64]),
    ) {
        let at = first + group;
        if !self.has_law {
            (state[at], slope[at]) = (predicted[at], 0.0);
            return;
        }
        let own = self.groups[group];
        let mut rate = 1.0 / (own.capacity * own.resistance);
        let mut target = self.ambient + heat * own.resistance;
        let last = self.groups.len() - 1;
        let beside = [(group > 0).then(|| at - 1), (group < last).then_some(at + 1)];
        for neighbour in beside.into_iter().flatten() {
            let way = 1.0 / (own.capacity * self.between);
            target = (rate * target + way * state[neighbour]) / (rate + way);
            rate += way;
        }
        state[at] = (predicted[at] + reach * rate * target) / (1.0 + reach * rate);
        slope[at] = (target - state[at]) * rate;
    }
}
