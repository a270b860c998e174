//! Gates as piecewise-linear devices.
//!
//! Every gate is a rising, continuous curve of voltage over current with up to three straight
//! pieces besides full conduction: the leakage line through the origin, and above and below it
//! the avalanche, arc or diode line that begins where the leakage line reaches its voltage. Since
//! the curve rises, the branch's current alone tells whether the piece in force is the right one,
//! and a passive circuit has exactly one consistent choice. Of a regulator it is the current that it asks
//! for: from nothing, below which it leaks, along its slope to its limit, which is a clamp.

use super::element::{BodyDiode, Clamp, DiodeGate, FuseGate, Gate, RegulatorGate, SwitchGate};
use super::error::{NetworkError, not_negative, positive};

/// The piece of its curve that a gate is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Closed switch, intact fuse, or no gate at all.
    Conducting,
    /// Leakage.
    Blocking,
    /// Beyond the positive corner: avalanche, arc, or a diode's forward conduction.
    Above,
    /// Beyond the negative corner: avalanche, arc, or a switch's body diode (which may be the other way).
    Below,
}

/// Where the power of a gate beyond its corner is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LossSink {
    Clamp,
    Diode,
}

/// A corner of the curve: |voltage| at which conduction begins, slope resistance beyond.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Corner {
    voltage: f64,
    slope: f64,
    sink: LossSink,
}

/// A gate, checked and reduced to numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GateModel {
    pub(super) mode: Mode,
    kind: Kind,
    on: f64,
    off: f64,
    above: Option<Corner>,
    below: Option<Corner>,
    /// Whether it stays on its piece whatever the voltage: contacts that parted on too little for an arc, a
    /// regulator that is off.
    pub(super) stays: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Wire,
    Switch,
    Diode,
    Fuse,
    Regulator,
}

/// Share of a corner's current by which a leaking gate may pass it before it counts as conducting.
const LEAK_SLACK: f64 = 1e-9;

/// Current in A by which a conducting gate may pass its corner before it counts as leaking: above
/// the rounding noise of milliohm branches at kiloamperes, below what any load would notice.
const CONDUCTION_SLACK: f64 = 1e-7;

impl GateModel {
    pub(super) fn new(name: &str, gate: &Gate) -> Result<Self, NetworkError> {
        match gate {
            Gate::None => Ok(Self {
                mode: Mode::Conducting,
                kind: Kind::Wire,
                on: 0.0,
                off: 0.0,
                above: None,
                below: None,
                stays: false,
            }),
            Gate::Switch(switch) => Self::switch(name, switch),
            Gate::Diode(diode) => Self::diode(name, diode),
            Gate::Fuse(fuse) => Self::fuse(name, fuse),
            Gate::Regulator(regulator) => Self::regulator(name, regulator),
        }
    }

    fn switch(name: &str, switch: &SwitchGate) -> Result<Self, NetworkError> {
        let clamp = corner_of_clamp(name, switch.clamp)?;
        let mut off = positive(name, "resistance when open", switch.off.0)?;
        let (mut above, mut below) = (clamp, clamp);
        if let Some(BodyDiode { diode, conducts_forward }) = &switch.body_diode {
            let leak = positive(name, "leakage of the body diode", diode.off.0)?;
            off = off * leak / (off + leak);
            let side = if *conducts_forward { &mut above } else { &mut below };
            *side = Some(corner_of_diode(name, diode)?);
        }
        Ok(Self {
            mode: if switch.closed { Mode::Conducting } else { Mode::Blocking },
            kind: Kind::Switch,
            on: not_negative(name, "resistance when closed", switch.on.0)?,
            off,
            above,
            below,
            stays: false,
        })
    }

    fn diode(name: &str, diode: &DiodeGate) -> Result<Self, NetworkError> {
        Ok(Self {
            mode: Mode::Blocking,
            kind: Kind::Diode,
            on: 0.0,
            off: positive(name, "leakage of the diode", diode.off.0)?,
            above: Some(corner_of_diode(name, diode)?),
            below: None,
            stays: false,
        })
    }

    fn fuse(name: &str, fuse: &FuseGate) -> Result<Self, NetworkError> {
        let arc = corner_of_clamp(name, fuse.arc)?;
        Ok(Self {
            mode: Mode::Conducting,
            kind: Kind::Fuse,
            on: 0.0,
            off: positive(name, "leakage of the melted fuse", fuse.off.0)?,
            above: arc,
            below: arc,
            stays: false,
        })
    }

    fn regulator(name: &str, regulator: &RegulatorGate) -> Result<Self, NetworkError> {
        let slope = positive(name, "slope of its regulation", regulator.slope.0)?;
        let limit = positive(name, "highest current", regulator.limit.0)?;
        let beyond = positive(name, "slope beyond its highest current", regulator.beyond.0)?;
        let off = positive(name, "leakage while off", regulator.off.0)?;
        Ok(Self {
            mode: if regulator.on { Mode::Blocking } else { Mode::Below },
            kind: Kind::Regulator,
            on: slope,
            off: slope,
            above: Some(Corner { voltage: limit * slope, slope: beyond, sink: LossSink::Clamp }),
            below: Some(Corner { voltage: 0.0, slope: off, sink: LossSink::Diode }),
            stays: !regulator.on,
        })
    }

    /// Opens or closes a switch, turns a regulator off or on; whether that is a change.
    pub(super) fn turn(&mut self, on: bool) -> bool {
        let is_on = match self.kind {
            Kind::Switch => self.mode == Mode::Conducting,
            Kind::Regulator => !self.stays,
            Kind::Wire | Kind::Diode | Kind::Fuse => on,
        };
        if is_on == on {
            return false;
        }
        let is_regulator = self.is_regulator();
        self.stays = is_regulator && !on;
        self.mode = match (on, is_regulator) {
            (true, false) => Mode::Conducting,
            (false, true) => Mode::Below,
            (true, true) | (false, false) => Mode::Blocking,
        };
        true
    }

    /// Whether it regulates a source.
    pub(super) fn is_regulator(&self) -> bool {
        matches!(self.kind, Kind::Regulator)
    }

    /// Whether current can enter where it begins and leave where it ends alone.
    pub(super) fn is_one_way(&self) -> bool {
        matches!(self.kind, Kind::Diode | Kind::Regulator)
    }

    /// Where its clamp begins to conduct, V.
    pub(super) fn clamp_voltage(&self) -> Option<f64> {
        let mut clamps = self.above.iter().chain(&self.below);
        clamps.find(|corner| corner.sink == LossSink::Clamp).map(|corner| corner.voltage)
    }

    /// Moves that, in both directions.
    pub(super) fn set_clamp_voltage(&mut self, voltage: f64) {
        let corners = self.above.iter_mut().chain(&mut self.below);
        corners.filter(|corner| corner.sink == LossSink::Clamp).for_each(|c| c.voltage = voltage);
    }

    /// Whether the gate has a resistance in every mode that its branch can meet.
    pub(super) fn always_resists(&self) -> bool {
        let corner_resists = |c: &Option<Corner>| c.is_none_or(|corner| corner.slope > 0.0);
        match self.kind {
            Kind::Wire | Kind::Fuse => false,
            Kind::Switch => {
                self.on > 0.0 && corner_resists(&self.above) && corner_resists(&self.below)
            }
            Kind::Diode => corner_resists(&self.above),
            Kind::Regulator => true,
        }
    }

    /// The line of the mode in force: voltage drop at zero current, and slope resistance.
    pub(super) fn line(&self) -> (f64, f64) {
        // Each outer line meets the leakage line at the corner, hence the small correction.
        let outer = |c: &Corner| c.voltage - c.slope * c.voltage / self.off;
        match (self.mode, &self.above, &self.below) {
            (Mode::Conducting, ..) => (0.0, self.on),
            (Mode::Above, Some(corner), _) => (outer(corner), corner.slope),
            (Mode::Below, _, Some(corner)) => (-outer(corner), corner.slope),
            _ => (0.0, self.off),
        }
    }

    /// Where the power of the mode in force goes, if it is not plain resistance.
    pub(super) fn sink(&self) -> Option<LossSink> {
        match self.mode {
            Mode::Conducting | Mode::Blocking => None,
            Mode::Above => self.above.map(|corner| corner.sink),
            Mode::Below => self.below.map(|corner| corner.sink),
        }
    }

    /// How far `current` lies beyond the nearer end of the piece in force, in A, and the mode that
    /// follows there. Positive means beyond; `None` where the piece has no end.
    pub(super) fn overstep(&self, current: f64) -> Option<(f64, Mode)> {
        let corner_current = |c: &Corner| c.voltage / self.off;
        match self.mode {
            _ if self.stays => None,
            Mode::Conducting => None,
            // A regulator's outer piece leaks and its inner one conducts.
            Mode::Below if self.is_regulator() => {
                Some((current - f64::MIN_POSITIVE, Mode::Blocking))
            }
            Mode::Above => {
                let end = corner_current(self.above.as_ref()?) - CONDUCTION_SLACK;
                Some((end - current, Mode::Blocking))
            }
            Mode::Below => {
                let end = -corner_current(self.below.as_ref()?) + CONDUCTION_SLACK;
                Some((current - end, Mode::Blocking))
            }
            Mode::Blocking => {
                let reach = |c: &Corner| corner_current(c) * (1.0 + LEAK_SLACK) + f64::MIN_POSITIVE;
                let up = self.above.as_ref().map(|c| (current - reach(c), Mode::Above));
                let down_at = |c: &Corner| match self.kind {
                    Kind::Regulator => CONDUCTION_SLACK,
                    _ => reach(c),
                };
                let down = self.below.as_ref().map(|c| (-current - down_at(c), Mode::Below));
                match (up, down) {
                    (Some(up), Some(down)) => Some(if up.0 >= down.0 { up } else { down }),
                    (up, down) => up.or(down),
                }
            }
        }
    }
}

fn corner_of_clamp(name: &str, clamp: Option<Clamp>) -> Result<Option<Corner>, NetworkError> {
    let Some(clamp) = clamp else { return Ok(None) };
    Ok(Some(Corner {
        voltage: positive(name, "clamp voltage", clamp.voltage.0)?,
        slope: not_negative(name, "slope resistance of the clamp", clamp.resistance.0)?,
        sink: LossSink::Clamp,
    }))
}

fn corner_of_diode(name: &str, diode: &DiodeGate) -> Result<Corner, NetworkError> {
    Ok(Corner {
        voltage: not_negative(name, "drop of the diode", diode.drop.0)?,
        slope: not_negative(name, "slope resistance of the diode", diode.on.0)?,
        sink: LossSink::Diode,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_units::{Ohms, Volts};

    fn open_fet() -> GateModel {
        let body = DiodeGate { drop: Volts(0.7), on: Ohms(1e-3), off: Ohms(2e6) };
        let gate = Gate::Switch(SwitchGate {
            closed: false,
            on: Ohms(1e-3),
            off: Ohms(2e6),
            clamp: Some(Clamp { voltage: Volts(100.0), resistance: Ohms(0.01) }),
            body_diode: Some(BodyDiode { diode: body, conducts_forward: false }),
        });
        GateModel::new("fet", &gate).unwrap()
    }

    #[test]
    fn outer_lines_begin_where_the_leakage_line_ends() {
        let mut gate = open_fet();
        for (mode, voltage) in [(Mode::Above, 100.0), (Mode::Below, -0.7)] {
            gate.mode = Mode::Blocking;
            let (_, leak) = gate.line();
            let current = voltage / leak;
            gate.mode = mode;
            let (drop, slope) = gate.line();
            assert!((drop + slope * current - voltage).abs() < 1e-12);
        }
    }

    #[test]
    fn current_beyond_a_corner_names_the_next_mode() {
        let mut gate = open_fet();
        assert!(gate.overstep(0.0).unwrap().0 < 0.0);
        let (excess, next) = gate.overstep(2e-4).unwrap();
        assert!(excess > 0.0 && next == Mode::Above);
        let (excess, next) = gate.overstep(-2e-6).unwrap();
        assert!(excess > 0.0 && next == Mode::Below);
        gate.mode = Mode::Above;
        let (excess, next) = gate.overstep(-1e-3).unwrap();
        assert!(excess > 0.0 && next == Mode::Blocking);
    }
}
