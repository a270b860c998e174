//! What can go wrong with a reading of a role, between its sensor and the controller.
//!
//! Numbers are in the unit that the reading's name ends with.

use blackstart_roles::{Pin, PinForm};
use blackstart_units::SimTime;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::can_fault::Expected;

/// Longest time constant, delay and period.
const LONGEST_S: f64 = 3600.0;
/// Shortest period of what comes and goes.
const SHORTEST_PERIOD_S: f64 = 0.001;

/// What is wrong with a reading.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ReadingFaultEntry {
    /// It stays what it was when the fault began.
    Stuck {},
    /// It is too high or too low by so much.
    Offset {
        /// In the reading's unit.
        by: f64,
    },
    /// It is so many times what it should be.
    Gain {
        /// 1 is right; -1 has the wrong sign.
        factor: f64,
    },
    /// It is this, whatever is so.
    Value {
        /// A number, in the reading's unit …
        #[serde(default)]
        value: Option<f64>,
        /// … or a state.
        #[serde(default)]
        is: Option<String>,
    },
    /// Normally distributed noise on top of it, drawn anew at each conversion, or each 10 ms.
    Noise {
        /// One σ, in the reading's unit.
        sigma: f64,
    },
    /// The sensor is connected the wrong way round: a quantity changes its sign, of two states it is the
    /// other.
    WrongSign {},
    /// It follows like a low-pass filter of first order.
    Slow {
        /// Until 63 % of a step are shown, up to an hour.
        time_constant_s: f64,
    },
    /// It is late.
    Delayed {
        /// By how much, up to an hour.
        by_s: f64,
    },
    /// A loose contact: it is gone for the first share of each period.
    Intermittent {
        /// 1 ms to an hour.
        period_s: f64,
        /// For which share it is gone, between 0 and 100.
        duty_pct: f64,
    },
    /// It is right, and its mark says that it is not valid: of a mapped message with such a mark.
    Invalid {},
    /// Nothing comes from the sensor: 0 or the first state, and not valid where there is a mark.
    Off {},
}

/// A fault of readings, ready to be injected.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingFault {
    /// What is wrong.
    pub what: ReadingDisturbance,
    /// Names of the readings (`cell-03_voltage_v`): one, or those of an array.
    pub readings: Vec<String>,
    /// The reading as the scenario names it.
    pub written: String,
}

/// What is wrong with a reading: [`ReadingFaultEntry`] in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReadingDisturbance {
    /// It stays what it was.
    Stuck,
    /// It is too high by so much.
    Offset(f64),
    /// It is so many times what it should be.
    Gain(f64),
    /// It is this, or the state at this place.
    Value(f64),
    /// Noise of this σ on top.
    Noise(f64),
    /// It has the other sign.
    OtherSign,
    /// It is the other one of two states.
    OtherState,
    /// It follows with this time constant.
    Slow(SimTime),
    /// It is late by so much.
    Delayed(SimTime),
    /// It comes and goes.
    Intermittent {
        /// Of both.
        period: SimTime,
        /// For which share of it it is gone.
        duty: f64,
    },
    /// It is marked as not valid.
    Invalid,
    /// Nothing comes.
    Off,
}

impl ReadingDisturbance {
    /// Of an entry, for a reading; else the key that is wrong, and what was expected there.
    pub(crate) fn of(entry: &ReadingFaultEntry, pin: &Pin) -> Result<Self, Expected> {
        let is_quantity = matches!(pin.form, PinForm::Quantity { .. });
        let arithmetic = |what: Self| match is_quantity {
            true => Ok(what),
            false => Err(("type", format!("expected what a state can have: `{STATE_FAULTS}`"))),
        };
        Ok(match entry {
            ReadingFaultEntry::Stuck {} => Self::Stuck,
            ReadingFaultEntry::Offset { by } => arithmetic(Self::Offset(finite("by", *by)?))?,
            ReadingFaultEntry::Gain { factor } => {
                arithmetic(Self::Gain(finite("factor", *factor)?))?
            }
            ReadingFaultEntry::Value { value, is } => Self::Value(said(pin, *value, is.as_ref())?),
            ReadingFaultEntry::Noise { sigma } => {
                let sigma = finite("sigma", *sigma)?;
                if sigma <= 0.0 {
                    return Err(("sigma", "expected more than 0".to_owned()));
                }
                arithmetic(Self::Noise(sigma))?
            }
            ReadingFaultEntry::WrongSign {} => match &pin.form {
                PinForm::Quantity { .. } => Self::OtherSign,
                PinForm::States(names) if names.len() == 2 => Self::OtherState,
                _ => {
                    let expected = "expected a quantity, or a reading of two states";
                    return Err(("type", expected.to_owned()));
                }
            },
            ReadingFaultEntry::Slow { time_constant_s } => {
                arithmetic(Self::Slow(span("time_constant_s", *time_constant_s)?))?
            }
            ReadingFaultEntry::Delayed { by_s } => Self::Delayed(span("by_s", *by_s)?),
            ReadingFaultEntry::Intermittent { period_s, duty_pct } => {
                if *period_s < SHORTEST_PERIOD_S {
                    return Err(("period_s", format!("expected at least {SHORTEST_PERIOD_S}")));
                }
                if !(*duty_pct > 0.0 && *duty_pct < 100.0) {
                    let expected = "expected more than 0 and less than 100: `off` is always gone";
                    return Err(("duty_pct", expected.to_owned()));
                }
                Self::Intermittent { period: span("period_s", *period_s)?, duty: duty_pct / 100.0 }
            }
            ReadingFaultEntry::Invalid {} => Self::Invalid,
            ReadingFaultEntry::Off {} => Self::Off,
        })
    }

    /// Its name in a scenario.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Offset(_) => "offset",
            Self::Gain(_) => "gain",
            Self::Value(_) => "value",
            Self::Noise(_) => "noise",
            Self::OtherSign | Self::OtherState => "wrong-sign",
            Self::Slow(_) => "slow",
            Self::Delayed(_) => "delayed",
            Self::Intermittent { .. } => "intermittent",
            Self::Invalid => "invalid",
            Self::Off => "off",
        }
    }
}

/// What needs no arithmetic.
const STATE_FAULTS: &str = "stuck, value, wrong-sign, delayed, intermittent, invalid, off";

fn said(pin: &Pin, value: Option<f64>, is: Option<&String>) -> Result<f64, Expected> {
    match (&pin.form, value, is) {
        (PinForm::States(names), None, Some(name)) => {
            let place = names.iter().position(|known| known == name);
            let known = || ("is", format!("expected one of {}", names.join(", ")));
            place.map(|place| place as f64).ok_or_else(known)
        }
        (PinForm::States(names), ..) => {
            Err(("fault", format!("expected `is`: one of {}", names.join(", "))))
        }
        (PinForm::Quantity { .. }, Some(value), None) => finite("value", value),
        (_, Some(value), None) if value >= 0.0 => finite("value", value.trunc()),
        (_, Some(_), None) => Err(("value", "expected 0 or more".to_owned())),
        _ => Err(("fault", "expected `value`".to_owned())),
    }
}

fn finite(key: &'static str, value: f64) -> Result<f64, Expected> {
    match value.is_finite() {
        true => Ok(value),
        false => Err((key, "expected a finite number".to_owned())),
    }
}

fn span(key: &'static str, seconds: f64) -> Result<SimTime, Expected> {
    if seconds > 0.0 && seconds <= LONGEST_S {
        return Ok(SimTime::from_seconds(seconds));
    }
    Err((key, format!("expected more than 0, up to {LONGEST_S}")))
}
