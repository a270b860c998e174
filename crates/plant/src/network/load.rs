//! The law of a load inside the solver.

use super::element::NetworkLoad;
use super::elimination::ElementEnds;
use super::error::{NetworkError, finite, not_negative};

/// A checked load.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LoadModel {
    pub(super) name: String,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) conductance: f64,
    pub(super) current: f64,
    pub(super) power: f64,
    pub(super) ripple: f64,
    minimum: f64,
    /// Whether the power part is on its fading branch.
    pub(super) faded: bool,
    /// Whether the power part is left out, to find where Newton's method should begin.
    pub(super) suspended: bool,
}

/// Share of the minimum voltage by which a load may pass it before its law changes.
const SLACK: f64 = 1e-9;

impl LoadModel {
    pub(super) fn new(load: &NetworkLoad) -> Result<Self, NetworkError> {
        let name = load.name.clone();
        let minimum = not_negative(&name, "minimum voltage", load.minimum_voltage.0)?;
        Ok(Self {
            from: load.from.index(),
            to: load.to.index(),
            conductance: not_negative(&name, "conductance", load.conductance.0)?,
            current: finite(&name, "current", load.current.0)?,
            power: finite(&name, "power", load.power.0)?,
            ripple: not_negative(&name, "ripple", load.ripple.0)?,
            minimum: if minimum > 0.0 { minimum } else { 1.0 },
            faded: false,
            suspended: false,
            name,
        })
    }

    /// Current at a voltage, and its slope, on the branch of the law that is in force.
    pub(super) fn draw(&self, voltage: f64) -> (f64, f64) {
        let linear = self.conductance * voltage + self.current;
        if self.power == 0.0 || self.suspended {
            return (linear, self.conductance);
        }
        // A trial voltage far below the minimum would make power/v explode: Newton gets the
        // tangent at half the minimum instead. No accepted step ends there.
        let anchor = 0.5 * self.minimum;
        let (power_current, slope) = if self.faded {
            let conductance = self.power / (self.minimum * self.minimum);
            (conductance * voltage, conductance)
        } else if voltage.abs() >= anchor {
            (self.power / voltage, -self.power / (voltage * voltage))
        } else {
            let side = if voltage < 0.0 { -anchor } else { anchor };
            let slope = -self.power / (side * side);
            (self.power / side + slope * (voltage - side), slope)
        };
        (linear + power_current, self.conductance + slope)
    }

    /// Its ends.
    pub(super) fn span(&self) -> ElementEnds {
        ElementEnds { from: self.from, to: self.to, lasts: false }
    }

    /// Conductance and source of its tangent at the potentials of the nodes.
    pub(super) fn tangent(&self, nodes: &[f64]) -> (f64, f64) {
        let voltage = nodes[self.from] - nodes[self.to];
        let (current, slope) = self.draw(voltage);
        (slope, current - slope * voltage)
    }

    /// Slope of the current of constant power at a voltage, S: below zero.
    pub(super) fn power_slope(&self, voltage: f64) -> f64 {
        -self.power / (voltage * voltage)
    }

    /// How far a voltage lies beyond the end of the branch in force, in V; positive means beyond.
    pub(super) fn overstep(&self, voltage: f64) -> Option<f64> {
        if self.power == 0.0 {
            return None;
        }
        let slack = SLACK * self.minimum;
        Some(if self.faded {
            voltage.abs() - self.minimum - slack
        } else {
            self.minimum - voltage.abs() - slack
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::element::NodeId;
    use super::*;
    use blackstart_units::{Volts, Watts};

    fn inverter() -> LoadModel {
        let mut load = NetworkLoad::new("inverter", NodeId::GROUND, NodeId::GROUND);
        load.power = Watts(1000.0);
        load.minimum_voltage = Volts(40.0);
        LoadModel::new(&load).unwrap()
    }

    #[test]
    fn both_branches_meet_at_the_minimum_voltage() {
        let mut load = inverter();
        let (above, _) = load.draw(40.0);
        load.faded = true;
        let (below, _) = load.draw(40.0);
        assert_eq!(load.draw(0.0).0, 0.0);
        assert_eq!(above, 25.0);
        assert!((below - above).abs() < 1e-12);
    }

    #[test]
    fn slope_is_the_derivative_everywhere() {
        let mut load = inverter();
        for faded in [false, true] {
            load.faded = faded;
            for voltage in [-60.0, -10.0, 5.0, 19.0, 30.0, 60.0] {
                let difference = (load.draw(voltage + 1e-5).0 - load.draw(voltage - 1e-5).0) / 2e-5;
                assert!((difference - load.draw(voltage).1).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn reversed_voltage_reverses_the_power_current() {
        for faded in [false, true] {
            let load = LoadModel { faded, ..inverter() };
            assert_eq!(load.draw(-50.0).0, -load.draw(50.0).0);
        }
    }
}
