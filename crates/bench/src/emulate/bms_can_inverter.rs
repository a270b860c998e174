//! An inverter as a real BMS hears it over CAN, and what the BMS's limits do to it.
//!
//! The inverter may discharge while the BMS lets it: limits must have come, must not be older than the
//! dialect allows, and must leave some current. Each dialect has its own rule for silence and for limits
//! that make no sense; both are in the wire crate's `bms_can`. What the BMS says is recorded.
//!
//! The simulated inverter has no charger: the charge side is recorded and does nothing.

use blackstart_units::SimTime;
use blackstart_wire::bms_can::{
    Dialect, INVERTER_ANSWER, LIMITS, MEASUREMENTS, OnNonsense, OnSilence, REQUESTS,
    STATE_OF_CHARGE, dialect,
};
use blackstart_wire::can::{CanFrame, CanId, DataFrame};
use blackstart_wire::dbc::{Database, SignalReading};

use super::bms_can::database;
use super::{CanNode, Effect, Emulated, LineErrors, PlaceError, View};

/// What is recorded, without the instance.
const SHOWS: [&str; 13] = [
    "charge_voltage_limit_v",
    "charge_current_limit_a",
    "discharge_current_limit_a",
    "discharge_voltage_limit_v",
    "soc_pct",
    "voltage_v",
    "current_a",
    "temperature_c",
    "discharge_allowed",
    "charge_allowed",
    "is_heard",
    "over_voltage",
    "warning",
];
const DISCHARGE_ALLOWED: usize = 8;
const CHARGE_ALLOWED: usize = 9;
const IS_HEARD: usize = 10;
const OVER_VOLTAGE: usize = 11;
const WARNING: usize = 12;

/// Which signal of which message is recorded where.
const RECORDED: [(u32, &str, usize); 8] = [
    (LIMITS, "ChargeVoltage_v", 0),
    (LIMITS, "ChargeCurrent_a", 1),
    (LIMITS, "DischargeCurrent_a", 2),
    (LIMITS, "DischargeVoltage_v", 3),
    (STATE_OF_CHARGE, "Soc_pct", 4),
    (MEASUREMENTS, "Voltage_v", 5),
    (MEASUREMENTS, "Current_a", 6),
    (MEASUREMENTS, "Temperature_c", 7),
];

/// What the BMS allows.
#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    charge_voltage: Option<f64>,
    charge_current: Option<f64>,
    discharge_current: Option<f64>,
    charge_enabled: bool,
    discharge_enabled: bool,
}

/// One inverter.
#[derive(Debug)]
pub struct BmsCanInverter {
    dialect: Dialect,
    database: Database,
    limits: Limits,
    /// When each message that must not stay out came last.
    seen: [Option<SimTime>; Self::MAX_SUPERVISED],
    next_answer: SimTime,
    /// The last value of each of [`SHOWS`].
    shown: [Option<f64>; SHOWS.len()],
    /// When it was last looked at what is allowed.
    decided: Option<SimTime>,
    /// Whether the inverter last heard that it may discharge.
    reported: Option<bool>,
    effects: Vec<Effect>,
    understood: u64,
    rejected: u64,
}

impl BmsCanInverter {
    /// Most messages that one dialect supervises.
    const MAX_SUPERVISED: usize = 4;

    /// An inverter that understands a dialect (`victron`, `pylontech`, `sma`).
    ///
    /// # Errors
    /// If there is no such dialect.
    pub fn new(dialect_name: &str) -> Result<Self, PlaceError> {
        let dialect =
            dialect(dialect_name).ok_or_else(|| PlaceError::NoDialect(dialect_name.to_owned()))?;
        let limits = Limits { charge_enabled: true, discharge_enabled: true, ..Limits::default() };
        Ok(Self {
            dialect,
            database: database(&dialect),
            limits,
            seen: [None; Self::MAX_SUPERVISED],
            next_answer: if dialect.answer_period.is_some() {
                SimTime::ZERO
            } else {
                SimTime::NEVER
            },
            shown: [None; SHOWS.len()],
            decided: None,
            reported: None,
            effects: Vec::new(),
            understood: 0,
            rejected: 0,
        })
    }

    /// Takes a message's values; those that the dialect ignores leave the last good one.
    fn take(&mut self, id: u32, readings: &[(String, f64, bool)], at: SimTime) {
        for (name, value, in_range) in readings {
            let (value, in_range) = (*value, *in_range);
            if self.dialect.nonsense == OnNonsense::KeepsLastGood && !in_range {
                self.rejected += 1;
                continue;
            }
            match (id, name.as_str()) {
                (LIMITS, "ChargeVoltage_v") => self.limits.charge_voltage = Some(value),
                (LIMITS, "ChargeCurrent_a") => self.limits.charge_current = Some(value),
                // Some senders count discharge as negative.
                (LIMITS, "DischargeCurrent_a") => {
                    self.limits.discharge_current = Some(value.abs());
                }
                (REQUESTS, "ChargeEnable") => self.limits.charge_enabled = value > 0.5,
                (REQUESTS, "DischargeEnable") => self.limits.discharge_enabled = value > 0.5,
                _ => {}
            }
            let place = RECORDED.iter().find(|(known, signal, _)| *known == id && signal == name);
            if let Some(&(.., index)) = place {
                self.show(index, value, at);
            }
        }
        let supervised = self.dialect.supervised.iter().zip(&mut self.seen);
        for (_, seen) in supervised.filter(|(supervision, _)| supervision.id == id) {
            *seen = Some(at);
        }
    }

    fn show(&mut self, index: usize, value: f64, at: SimTime) {
        if self.shown[index].replace(value) != Some(value) {
            self.effects.push(Effect::Show { index, value, at });
        }
    }

    /// Messages of the BMS that have stayed out for too long, with what that does.
    fn silences(&self, at: SimTime) -> impl Iterator<Item = OnSilence> {
        self.dialect
            .supervised
            .iter()
            .zip(&self.seen)
            .filter(|(supervised, _)| supervised.id != INVERTER_ANSWER)
            .filter(move |(supervised, seen)| {
                seen.is_none_or(|seen| at.since(seen) >= supervised.after)
            })
            .map(|(supervised, _)| supervised.effect)
    }

    /// The message whose silence stops it and that came longest ago: when, and how long it may stay out.
    fn stopped_by(&self, at: SimTime) -> Option<(SimTime, SimTime)> {
        let stops = |effect| matches!(effect, OnSilence::StopBoth | OnSilence::StandBy(_));
        let seen = self.dialect.supervised.iter().zip(&self.seen);
        seen.filter(|(supervised, _)| supervised.id != INVERTER_ANSWER && stops(supervised.effect))
            .filter_map(|(supervised, seen)| Some(((*seen)?, supervised.after)))
            .filter(|(seen, after)| at.since(*seen) >= *after)
            .min()
    }

    /// Brings what is allowed to an instant.
    fn decide(&mut self, at: SimTime) {
        self.decided = Some(at);
        let silences: Vec<OnSilence> = self.silences(at).collect();
        let stops = silences
            .iter()
            .any(|effect| matches!(effect, OnSilence::StopBoth | OnSilence::StandBy(_)));
        let warns = silences.iter().any(|effect| matches!(effect, OnSilence::Warn(_)));
        let limits = self.limits;
        let zero_voltage = limits.charge_voltage == Some(0.0);
        let over_voltage = zero_voltage && self.dialect.nonsense == OnNonsense::ZeroIsOverVoltage;
        let leaves = |limit: Option<f64>| limit.is_some_and(|amperes| amperes > 0.0);
        let discharge = !stops && limits.discharge_enabled && leaves(limits.discharge_current);
        let charge =
            !stops && !zero_voltage && limits.charge_enabled && leaves(limits.charge_current);
        self.show(DISCHARGE_ALLOWED, f64::from(discharge), at);
        self.show(CHARGE_ALLOWED, f64::from(charge), at);
        let is_heard = self.understood > 0 && silences.is_empty();
        self.show(IS_HEARD, f64::from(is_heard), at);
        self.show(OVER_VOLTAGE, f64::from(over_voltage), at);
        self.show(WARNING, f64::from(warns), at);
        let before = self.reported.replace(discharge);
        if before != Some(discharge) {
            let value = f64::from(discharge);
            let silence = self.stopped_by(at).filter(|_| before == Some(true));
            self.effects
                .extend(silence.map(|(since, patience)| Effect::Silenced { since, patience }));
            self.effects.push(Effect::Set { setting: "discharge_allowed", value });
        }
    }
}

/// A reading, copied out of the frame: name, value, and whether it is in the range that the file gives.
fn copied(reading: SignalReading<'_>) -> (String, f64, bool) {
    let value = reading.physical;
    let in_range = reading.signal.range.is_none_or(|(least, most)| {
        // A count is a rounding away from the decimal number.
        let slack = 0.5 * reading.signal.factor.abs();
        (least - slack..=most + slack).contains(&value)
    });
    (reading.signal.name.clone(), value, in_range)
}

impl Emulated for BmsCanInverter {
    fn due(&self) -> SimTime {
        let ends = self.dialect.supervised.iter().zip(&self.seen);
        let next = ends.filter_map(|(supervised, seen)| Some((*seen)? + supervised.after));
        // A silence that has begun is known: only those to come matter.
        let silence = next.filter(|&ends| self.decided.is_none_or(|at| ends > at)).min();
        let first = if self.decided.is_some() { SimTime::NEVER } else { SimTime::ZERO };
        self.next_answer.min(silence.unwrap_or(SimTime::NEVER)).min(first)
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn shows(&self) -> &'static [&'static str] {
        &SHOWS
    }

    fn errors(&self) -> LineErrors {
        LineErrors { understood: self.understood, rejected: self.rejected, lost: 0 }
    }
}

impl CanNode for BmsCanInverter {
    fn hear(&mut self, at: SimTime, frame: &CanFrame) {
        let CanFrame::Data(data) = frame else { return };
        let decoded = self.database.message(data.id()).and_then(|m| m.decode(data.data()).ok());
        match decoded {
            Some(readings) => {
                let readings: Vec<_> = readings.into_iter().map(copied).collect();
                self.take(data.id().number(), &readings, at);
                self.understood += 1;
                self.decide(at);
            }
            None => self.rejected += 1,
        }
    }

    fn speak(&mut self, at: SimTime, _: &View<'_>, out: &mut Vec<CanFrame>) {
        self.decide(at);
        let Some(period) = self.dialect.answer_period else { return };
        let id = CanId::standard(INVERTER_ANSWER).expect("it has eleven bits");
        while self.next_answer <= at {
            // Eight zero bytes (Pylon LV V1.2).
            out.extend(DataFrame::classic(id, &[0; 8]).map(CanFrame::from));
            self.next_answer += period;
        }
    }
}
