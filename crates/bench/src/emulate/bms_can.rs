//! A battery's BMS as an inverter hears it over CAN: the 0x351 family, in its makers' dialects.
//!
//! Frames and scales are those of the shipped DBC files; how often, and what silence of the inverter
//! does, is in the wire crate's `bms_can`. Voltage, current and temperature are the battery's own, the
//! charge and the alarm are what its BMS claims. Current counts charge as positive, as the one public
//! mapping says that states it.
//!
//! Limits are derived, since a home battery publishes none: the charge voltage is the charger's end
//! voltage for all cells, the charge current its power over that, the discharge current what the port
//! carries without end, the discharge voltage the cells' cut-off; of a pack without charger or rating what
//! its controller allows. A path that is closed to charge or
//! discharge has the limit zero; a charge voltage of zero, which one maker's system takes for
//! over-voltage, is never sent.

mod faults;

use blackstart_scenario::Pack;
use blackstart_trace::SignalId;
use blackstart_units::SimTime;
use blackstart_wire::bms_can::{
    ALARMS, Dialect, FLAGS, FORCE_CHARGE_1_PCT, FORCE_CHARGE_2_PCT, FULL_CHARGE_AFTER,
    FULL_CHARGE_PCT, INVERTER_ANSWER, LIMITS, MEASUREMENTS, OnSilence, REQUESTS, STATE_OF_CHARGE,
    dialect,
};
use blackstart_wire::can::{CanFrame, CanId};
use blackstart_wire::dbc::{Database, OutOfRange, parse};

use super::{CanNode, Effect, Emulated, EmulationSite, LineErrors, PlaceError, StatePin, View};

/// Identifier of the maker's name.
const MANUFACTURER: u32 = 0x35E;
/// Identifier of version and capacity.
const INFO: u32 = 0x35F;
/// Letters of a name.
const NAME_LETTERS: usize = 8;
/// What is recorded: whether the inverter is heard.
const SHOWS: [&str; 1] = ["inverter_heard"];

/// The shipped description of a dialect.
pub(super) fn database(dialect: &Dialect) -> Database {
    let bytes: &[u8] = match dialect.name {
        "pylontech" => include_bytes!("../../../../fixtures/dbc/pylontech.dbc"),
        "sma" => include_bytes!("../../../../fixtures/dbc/sma.dbc"),
        _ => include_bytes!("../../../../fixtures/dbc/victron.dbc"),
    };
    parse(bytes).database
}

/// Its signals.
#[derive(Clone, Debug)]
struct Pins {
    voltage: SignalId,
    current: SignalId,
    temperature: SignalId,
    highest_cell: SignalId,
    main_switch: StatePin,
    /// Comparators that end its charge.
    stops: Vec<StatePin>,
    claimed_soc: SignalId,
    claimed_alarm: StatePin,
}

/// What it says of itself, derived from what its pack is made of.
#[derive(Clone, Copy, Debug)]
struct PackLimits {
    cells: f64,
    capacity_ah: f64,
    /// Of one cell.
    charge_end_v: f64,
    charge_a: f64,
    discharge_a: f64,
    /// Of all cells.
    cutoff_v: f64,
}

impl PackLimits {
    fn of(pack: &Pack<'_>) -> Option<Self> {
        let (charge_end, charge) = pack.charge_limits()?;
        Some(Self {
            cells: pack.count() as f64,
            capacity_ah: pack.capacity().0,
            charge_end_v: charge_end.0,
            charge_a: charge.0,
            discharge_a: pack.discharge_limit()?.0,
            cutoff_v: pack.cut_off().0,
        })
    }
}

/// A value for a signal of a message.
type Entry = (&'static str, f64);

/// One BMS.
#[derive(Debug)]
pub struct BmsCan {
    dialect: Dialect,
    database: Database,
    limits: PackLimits,
    pins: Pins,
    next: SimTime,
    /// When the inverter was last heard, where one must be.
    heard: SimTime,
    is_heard: bool,
    force_charge: [bool; 2],
    last_full: SimTime,
    effects: Vec<Effect>,
    understood: u64,
    rejected: u64,
    lost: u64,
}

impl BmsCan {
    /// The battery at a place, speaking a dialect (`victron`, `pylontech`, `sma`).
    ///
    /// # Errors
    /// If there is none, or no such dialect.
    pub fn new(place: &EmulationSite<'_>, dialect_name: &str) -> Result<Self, PlaceError> {
        let id = place.instance;
        let dialect =
            dialect(dialect_name).ok_or_else(|| PlaceError::NoDialect(dialect_name.to_owned()))?;
        let is_there = place.system.device(id).is_some()
            || place.system.assemblies.iter().any(|one| one == id);
        let wrong = || match is_there {
            true => PlaceError::WrongKind { instance: id.to_owned(), wanted: "battery" },
            false => PlaceError::NoInstance(id.to_owned()),
        };
        let pack = place.system.pack(id).ok_or_else(wrong)?;
        Ok(Self {
            dialect,
            database: database(&dialect),
            limits: PackLimits::of(&pack).ok_or_else(wrong)?,
            pins: Pins::find(place, &pack).ok_or_else(wrong)?,
            next: SimTime::ZERO,
            heard: SimTime::ZERO,
            is_heard: true,
            force_charge: [false; 2],
            last_full: SimTime::ZERO,
            effects: Vec::new(),
            understood: 0,
            rejected: 0,
            lost: 0,
        })
    }

    /// What a message says; `None` for one that has nothing to say yet.
    fn entries(&mut self, id: u32, at: SimTime, view: &View<'_>) -> Option<Vec<Entry>> {
        let pins = &self.pins;
        match id {
            LIMITS => Some(self.limits(at, view)),
            STATE_OF_CHARGE => {
                // A BMS that does not know its charge must not say zero: an inverter would stop.
                let soc = view.value(pins.claimed_soc, at)?.clamp(0.0, 100.0);
                Some(vec![("Soc_pct", soc), ("SocFine_pct", soc), ("Soh_pct", 100.0)])
            }
            MEASUREMENTS => Some(vec![
                ("Voltage_v", view.value(pins.voltage, at)?),
                ("Current_a", -view.value(pins.current, at)?),
                ("Temperature_c", view.value(pins.temperature, at)?),
            ]),
            FLAGS => Some(faults::flags(self.alarm(at, view))),
            ALARMS => Some(faults::alarms(self.alarm(at, view))),
            REQUESTS => Some(self.requests(at, view)),
            MANUFACTURER => Some(name(self.dialect.name)),
            INFO => Some(vec![("VersionMajor", 1.0), ("Capacity_ah", self.limits.capacity_ah)]),
            _ => None,
        }
    }

    fn alarm<'a>(&'a self, at: SimTime, view: &View<'_>) -> &'a str {
        view.state(&self.pins.claimed_alarm, at).unwrap_or("none")
    }

    /// Whether charge and discharge are possible.
    fn allowed(&self, at: SimTime, view: &View<'_>) -> (bool, bool) {
        let pins = &self.pins;
        let is_closed = view.state(&pins.main_switch, at) == Some("closed");
        let highest = view.value(pins.highest_cell, at).unwrap_or_default();
        let forbids = pins.stops.iter().any(|stop| view.state(stop, at) == Some("tripped"));
        (!forbids && highest < self.limits.charge_end_v, is_closed)
    }

    fn limits(&self, at: SimTime, view: &View<'_>) -> Vec<Entry> {
        let limits = self.limits;
        let (charge, discharge) = self.allowed(at, view);
        vec![
            ("ChargeVoltage_v", limits.charge_end_v * limits.cells),
            ("ChargeCurrent_a", if charge { limits.charge_a } else { 0.0 }),
            ("DischargeCurrent_a", if discharge { limits.discharge_a } else { 0.0 }),
            ("DischargeVoltage_v", limits.cutoff_v),
        ]
    }

    /// What a Pylontech battery asks for, with the hysteresis of its document.
    fn requests(&mut self, at: SimTime, view: &View<'_>) -> Vec<Entry> {
        let (charge, discharge) = self.allowed(at, view);
        let soc = view.value(self.pins.claimed_soc, at);
        if let Some(soc) = soc {
            let levels = [FORCE_CHARGE_1_PCT, FORCE_CHARGE_2_PCT];
            for (asked, (below, until)) in self.force_charge.iter_mut().zip(levels) {
                *asked = soc < below || *asked && soc < until;
            }
            if soc >= FULL_CHARGE_PCT {
                self.last_full = at;
            }
        }
        let full_charge = at.since(self.last_full) >= FULL_CHARGE_AFTER;
        vec![
            ("ChargeEnable", f64::from(charge)),
            ("DischargeEnable", f64::from(discharge)),
            ("ForceCharge1", f64::from(self.force_charge[0])),
            ("ForceCharge2", f64::from(self.force_charge[1])),
            ("FullChargeRequest", f64::from(full_charge)),
        ]
    }

    fn frame(&self, id: u32, entries: &[Entry]) -> Option<CanFrame> {
        let message = self.database.message(CanId::standard(id)?)?;
        let indexed =
            entries.iter().filter_map(|&(name, value)| Some((message.signal_index(name)?, value)));
        let values: Vec<(usize, f64)> = indexed.collect();
        let encoded = message.encode(&values, OutOfRange::Saturate).ok()?;
        message.frame(&encoded.payload)
    }

    /// How long the inverter may be silent, and how long the BMS then is.
    fn patience(&self) -> Option<(SimTime, SimTime)> {
        self.dialect.supervised.iter().find_map(|supervised| match supervised.effect {
            OnSilence::Pause(pause) if supervised.id == INVERTER_ANSWER => {
                Some((supervised.after, pause))
            }
            _ => None,
        })
    }

    /// Looks whether the inverter has been silent for too long at an instant at which it would send;
    /// then it waits instead.
    fn is_pausing(&mut self, at: SimTime) -> bool {
        let Some((patience, pause)) = self.patience() else { return false };
        let silent = at.since(self.heard) >= patience;
        if silent {
            self.show_heard(false, at);
            self.next = at + pause;
            // After the pause it tries again for as long as it has patience.
            self.heard = self.next;
        }
        silent
    }

    fn show_heard(&mut self, is_heard: bool, at: SimTime) {
        if std::mem::replace(&mut self.is_heard, is_heard) != is_heard {
            self.effects.push(Effect::Show { index: 0, value: f64::from(is_heard), at });
        }
    }
}

/// A name in eight letters; inverters look for `PYLON`.
fn name(dialect: &str) -> Vec<Entry> {
    const LETTERS: [&str; NAME_LETTERS] = [
        "Manufacturer0",
        "Manufacturer1",
        "Manufacturer2",
        "Manufacturer3",
        "Manufacturer4",
        "Manufacturer5",
        "Manufacturer6",
        "Manufacturer7",
    ];
    let text: &[u8; NAME_LETTERS] = if dialect == "pylontech" { b"PYLON   " } else { b"BLKSTART" };
    LETTERS.into_iter().zip(text.iter().map(|&letter| f64::from(letter))).collect()
}

impl Pins {
    fn find(place: &EmulationSite<'_>, pack: &Pack<'_>) -> Option<Self> {
        let id = pack.id;
        let catalogue = place.catalogue;
        let find = |name: &str| catalogue.find(&format!("{id}.{name}"));
        let state = |name: &str| StatePin::find(catalogue, &format!("{id}.{name}"));
        let stop = |path: &str| StatePin::find(catalogue, &format!("{path}.state"));
        Some(Self {
            voltage: find("pack_voltage_v")?,
            current: find("pack_current_a")?,
            temperature: find("temperature_c")?,
            highest_cell: find("highest_cell_v")?,
            main_switch: state("main_switch")?,
            stops: pack.stops_of_charge().filter_map(stop).collect(),
            claimed_soc: find("bms.claim.soc_pct")?,
            claimed_alarm: state("bms.claim.alarm")?,
        })
    }
}

impl Emulated for BmsCan {
    fn due(&self) -> SimTime {
        self.next
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn shows(&self) -> &'static [&'static str] {
        &SHOWS
    }

    fn errors(&self) -> LineErrors {
        LineErrors { understood: self.understood, rejected: self.rejected, lost: self.lost }
    }
}

impl CanNode for BmsCan {
    fn hear(&mut self, at: SimTime, frame: &CanFrame) {
        let is_answer = matches!(frame, CanFrame::Data(data)
            if data.id().number() == INVERTER_ANSWER && !data.id().is_extended());
        if is_answer {
            self.understood += 1;
            // A pause is kept to its end.
            self.heard = self.heard.max(at);
            self.show_heard(true, at);
        } else {
            self.rejected += 1;
        }
    }

    fn speak(&mut self, at: SimTime, view: &View<'_>, out: &mut Vec<CanFrame>) {
        while self.next <= at {
            let instant = self.next;
            if self.is_pausing(instant) {
                continue;
            }
            for &id in self.dialect.sends {
                let Some(entries) = self.entries(id, instant, view) else { continue };
                match self.frame(id, &entries) {
                    Some(frame) => out.push(frame),
                    None => self.lost += 1,
                }
            }
            self.next = instant + self.dialect.period;
        }
    }
}
