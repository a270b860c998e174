//! A Mean Well NTU on its serial port: an inverter with a transfer switch of its own.
//!
//! It answers `Q` and `I`, and obeys the two orders that are known. The protocol shows the battery's
//! charge and a temperature, which the simulated unit does not know: the charge is read from the battery
//! voltage between shutdown and full, on a straight line, and the temperature is that around it. Both
//! are guesses; so is the alarm level, which follows the ratio that a 24 V unit reports.

use std::collections::VecDeque;

use blackstart_scenario::{Grid, Inverter};
use blackstart_trace::SignalId;
use blackstart_units::SimTime;
use blackstart_wire::ntu::{
    BAUD, Flag, Flags, NtuDecoder, NtuIdentity, NtuReply, NtuRequest, NtuStatus,
};
use blackstart_wire::serial::{OutgoingBytes, Rate};

use super::{
    Effect, Emulated, EmulationSite, LineErrors, PlaceError, SerialDevice, StatePin, View,
};

/// Alarm over shutdown level: 22.0 V over 20.0 V in a 24 V unit's information string.
const ALARM_RATIO: f64 = 1.1;
/// Load is shown in steps of a quarter.
const LOAD_STEP_PCT: f64 = 25.0;
/// Nothing heats up in the simulated unit.
const AMBIENT_C: f64 = 25.0;
/// Requests that wait for an answer, and room for these.
const MAX_ASKED: usize = 4;
/// See there; the longest answer has about 70 bytes.
const ROOM: usize = 512;
/// From here an AC output counts as 230 V class, the first digit of the model.
const CLASS_LIMIT_V: f64 = 160.0;

/// Its signals.
#[derive(Clone, Debug)]
struct Pins {
    control: StatePin,
    ac_voltage: SignalId,
    ac_power: SignalId,
    ac_frequency: SignalId,
    dc_voltage: SignalId,
    /// Position of its transfer switch.
    position: Option<StatePin>,
    /// Of the grid at the other input.
    grid_voltage: Option<SignalId>,
    /// What is fed from its output.
    loads: Vec<SignalId>,
}

/// One unit.
#[derive(Clone, Debug)]
pub struct Ntu {
    model: Inverter,
    pins: Pins,
    decoder: NtuDecoder,
    line: OutgoingBytes,
    asked: VecDeque<NtuRequest>,
    ordered_off: bool,
    effects: Vec<Effect>,
    lost: u64,
}

impl Ntu {
    /// The inverter at a place, with the transfer switch that it feeds.
    ///
    /// # Errors
    /// If there is none.
    pub fn new(place: &EmulationSite<'_>) -> Result<Self, PlaceError> {
        let id = place.instance;
        let index = place.system.device(id).ok_or_else(|| PlaceError::NoInstance(id.to_owned()))?;
        let wrong = || PlaceError::WrongKind { instance: id.to_owned(), wanted: "inverter" };
        let model: Inverter = place.system.devices[index].of_kind().ok_or_else(wrong)?;
        Ok(Self {
            pins: Pins::find(place, index).ok_or_else(wrong)?,
            model,
            decoder: NtuDecoder::default(),
            line: OutgoingBytes::new(Rate::eight_n_one(BAUD), ROOM),
            asked: VecDeque::new(),
            ordered_off: false,
            effects: Vec::new(),
            lost: 0,
        })
    }

    fn reply(&mut self, request: NtuRequest, at: SimTime, view: &View<'_>) {
        let reply = match request {
            NtuRequest::Status => NtuReply::Status(self.status(at, view)),
            NtuRequest::Identity => NtuReply::Identity(self.identity()),
            // What a unit answers to an order is not known: nothing, here.
            NtuRequest::Output { on } => {
                self.ordered_off = !on;
                self.effects.push(Effect::Set { setting: "on", value: f64::from(on) });
                return;
            }
        };
        let mut bytes = Vec::new();
        let fits = reply.append(&mut bytes).is_ok() && self.line.push(at, &bytes);
        self.lost += u64::from(!fits);
    }

    fn alarm_v(&self) -> f64 {
        ALARM_RATIO * self.model.shutdown_voltage.0
    }

    fn identity(&self) -> NtuIdentity {
        let model = &self.model;
        let class = if model.output_voltage.0 > CLASS_LIMIT_V { 2 } else { 1 };
        let (power, voltage) = (model.rated_apparent.0, model.nominal_voltage.0);
        NtuIdentity {
            alarm_v: self.alarm_v(),
            shutdown_v: model.shutdown_voltage.0,
            maker: "MEANWELL".to_owned(),
            model: format!("NTU-{power}-{class}{voltage}"),
        }
    }

    fn status(&self, at: SimTime, view: &View<'_>) -> NtuStatus {
        let value = |signal| view.value(signal, at).unwrap_or_default();
        let pins = &self.pins;
        let position = pins.position.as_ref().and_then(|pin| view.state(pin, at));
        let control = view.state(&pins.control, at).unwrap_or("off");
        let utility = pins.grid_voltage.map_or(0.0, value);
        let on_battery = match position {
            Some(position) => position == "inverter",
            None => control == "running",
        };
        let in_bypass = position == Some("grid") && utility > 0.0;
        let power = if in_bypass {
            pins.loads.iter().map(|&load| value(load)).sum()
        } else {
            value(pins.ac_power)
        };
        let (battery, frequency) = (value(pins.dc_voltage), value(pins.ac_frequency));
        let load_pct = (100.0 * power / self.model.rated_apparent.0).clamp(0.0, 999.0);
        let model = &self.model;
        let full = model.charge_detect_voltage.0;
        let charge = (battery - model.shutdown_voltage.0) / (full - model.shutdown_voltage.0);
        NtuStatus {
            output_v: if on_battery { value(pins.ac_voltage) } else { 0.0 },
            load_step_pct: (load_pct / LOAD_STEP_PCT).ceil() * LOAD_STEP_PCT,
            battery_v: battery.clamp(0.0, 99.9),
            battery_pct: 100.0 * charge.clamp(0.0, 1.0),
            temperature_c: AMBIENT_C,
            utility_v: if in_bypass { utility } else { 0.0 },
            frequency_hz: if in_bypass { model.output_frequency } else { frequency },
            load_pct,
            flags: self.flags(control, (on_battery, in_bypass, utility > 0.0), load_pct, battery),
        }
    }

    fn flags(
        &self,
        control: &str,
        (on_battery, in_bypass, utility): (bool, bool, bool),
        load_pct: f64,
        battery: f64,
    ) -> Flags {
        let stopped = matches!(control, "low-voltage" | "locked-out");
        [
            (on_battery, Flag::InverterMode),
            (in_bypass, Flag::BypassMode),
            (utility, Flag::UtilityPresent),
            (control == "searching", Flag::SavingMode),
            (battery < self.alarm_v(), Flag::BatteryLow),
            (stopped, Flag::Shutdown),
            (battery > self.model.high_voltage.0, Flag::BatteryOverVoltage),
            (self.ordered_off, Flag::RemoteShutdown),
            ((100.0..115.0).contains(&load_pct), Flag::Overload100),
            ((115.0..150.0).contains(&load_pct), Flag::Overload115),
            (load_pct >= 150.0, Flag::Overload150),
            (matches!(control, "overload" | "high-voltage"), Flag::Fault),
            (control == "locked-out", Flag::SystemShutdown),
        ]
        .into_iter()
        .filter(|(raised, _)| *raised)
        .fold(Flags::default(), |flags, (_, flag)| flags.with(flag))
    }
}

impl Pins {
    fn find(place: &EmulationSite<'_>, inverter: usize) -> Option<Self> {
        let (system, catalogue) = (place.system, place.catalogue);
        let signal = |index: usize, name: &str| format!("{}.{name}", system.devices[index].id);
        let find = |name: &str| catalogue.find(&signal(inverter, name));
        let switch =
            system.feeds.iter().find(|feed| feed.source == inverter && feed.input.is_some());
        let switch = switch.map(|feed| feed.sink);
        let grid = system.feeds.iter().find(|feed| {
            Some(feed.sink) == switch && system.devices[feed.source].of_kind::<Grid>().is_some()
        });
        let output = switch.unwrap_or(inverter);
        let loads = system.feeds.iter().filter(|feed| feed.source == output);
        Some(Self {
            control: StatePin::find(catalogue, &signal(inverter, "state"))?,
            ac_voltage: find("ac_voltage_v")?,
            ac_power: find("ac_power_w")?,
            ac_frequency: find("ac_frequency_hz")?,
            dc_voltage: find("dc_voltage_v")?,
            position: switch.and_then(|s| StatePin::find(catalogue, &signal(s, "position"))),
            grid_voltage: grid.and_then(|f| catalogue.find(&signal(f.source, "ac_voltage_v"))),
            loads: loads.filter_map(|feed| catalogue.find(&signal(feed.sink, "power_w"))).collect(),
        })
    }
}

impl Emulated for Ntu {
    fn due(&self) -> SimTime {
        match (self.asked.is_empty(), self.line.is_empty()) {
            (false, _) => SimTime::ZERO,
            (true, false) => self.line.free_at(),
            (true, true) => SimTime::NEVER,
        }
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn errors(&self) -> LineErrors {
        let counters = self.decoder.counters();
        LineErrors { understood: counters.accepted, rejected: counters.rejected, lost: self.lost }
    }
}

impl SerialDevice for Ntu {
    fn hear(&mut self, _: SimTime, bytes: &[u8]) {
        for request in bytes.iter().filter_map(|&byte| self.decoder.request(byte)) {
            if self.asked.len() < MAX_ASKED {
                self.asked.push_back(request);
            } else {
                self.lost += 1;
            }
        }
    }

    fn speak(&mut self, at: SimTime, view: &View<'_>, out: &mut Vec<u8>) {
        while let Some(request) = self.asked.pop_front() {
            self.reply(request, at, view);
        }
        self.line.take(at, out);
    }
}
