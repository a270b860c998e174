//! A three-phase energy meter on Modbus RTU.
//!
//! What the backup box's own meter answers is published nowhere. This one answers the map that most
//! three-phase meters of this class share, Eastron's SDM630: measurements are floating-point numbers in
//! pairs of input registers (function 4), settings in pairs of holding registers (functions 3 and 16);
//! there is no function 6, and a pair cannot be halved. Registers that this map leaves open read zero.
//! Sources: Eastron's "SDM630Modbus Smart Meter Modbus Protocol Implementation" V1.8, in public
//! transcriptions.
//!
//! A box that meters in grid operation only does not answer while it does not meter.
//!
//! Left out: reactive power over time, demand, harmonics, the password of the settings.

mod map;

use blackstart_scenario::{Device, Grid, System};
use blackstart_trace::{Catalogue, SignalId};
use blackstart_units::SimTime;
use blackstart_wire::modbus::{Exception, LineTiming, ModbusRequest, ModbusResponse, Server};
use blackstart_wire::serial::Rate;

use self::map::{Holding, LAST_INPUT, MAX_REGISTERS, Measured, MeterQuantity};
use super::{
    Effect, Emulated, EmulationSite, LineErrors, PlaceError, SerialDevice, StatePin, View,
};

/// Bit/s when the meter leaves its factory.
pub const BAUD: u32 = 9_600;
/// Address when it leaves its factory.
pub const UNIT: u8 = 1;
/// What an operating system adds to the pauses between characters.
pub(super) const JITTER: SimTime = SimTime::from_millis(5);
/// Where the system has no grid.
const USUAL_FREQUENCY_HZ: f64 = 50.0;
const JOULES_PER_KWH: f64 = 3.6e6;

/// Where an instance may have its frequency: in a meter of its own, or at its AC side.
const FREQUENCIES: [&str; 2] = ["meter.frequency_hz", "ac_frequency_hz"];

/// One phase as the trace has it.
#[derive(Clone, Copy, Debug)]
struct Phase {
    voltage: SignalId,
    current: Option<SignalId>,
    power: Option<SignalId>,
}

/// One meter.
#[derive(Clone, Debug)]
pub struct Meter {
    server: Server,
    phases: Vec<Phase>,
    /// Of a meter that can be cut off from what it reports to.
    state: Option<StatePin>,
    frequency: Option<SignalId>,
    nominal_frequency: f64,
}

impl Meter {
    /// A meter at an instance's AC side, with this address.
    ///
    /// # Errors
    /// If the instance has no AC voltage.
    pub fn new(place: &EmulationSite<'_>, unit: u8) -> Result<Self, PlaceError> {
        let id = place.instance;
        let phases = phases(place.catalogue, id);
        if phases.is_empty() {
            let instance = id.to_owned();
            return Err(PlaceError::NothingToShow { instance, wanted: "a meter" });
        }
        let rate = Rate::eight_n_one(BAUD);
        let timing = LineTiming::of_line(BAUD, 10).expect("neither is zero").seen_through(JITTER);
        Ok(Self {
            server: Server::new(unit, rate, timing),
            phases,
            state: StatePin::find(place.catalogue, &format!("{id}.meter.state")),
            frequency: FREQUENCIES
                .iter()
                .find_map(|name| place.catalogue.find(&format!("{id}.{name}"))),
            nominal_frequency: grid_frequency(place.system),
        })
    }

    /// Its address.
    pub fn unit(&self) -> u8 {
        self.server.unit()
    }

    fn serve(
        &mut self,
        request: &ModbusRequest,
        at: SimTime,
        view: &View<'_>,
    ) -> Result<ModbusResponse, Exception> {
        match request {
            ModbusRequest::ReadInput { start, count } => {
                let pairs = pairs(*start, *count)?;
                if u32::from(*start) + u32::from(*count) > u32::from(LAST_INPUT) + 2 {
                    return Err(Exception::IllegalAddress);
                }
                let value =
                    |address| map::input(address).map_or(0.0, |m| self.measure(m, at, view));
                Ok(ModbusResponse::Registers(
                    pairs.flat_map(|address| words(value(address))).collect(),
                ))
            }
            ModbusRequest::ReadHolding { start, count } => {
                let mut values = Vec::new();
                for address in pairs(*start, *count)? {
                    let holding = Holding::at(address).ok_or(Exception::IllegalAddress)?;
                    values.extend(words(self.setting(holding)));
                }
                Ok(ModbusResponse::Registers(values))
            }
            ModbusRequest::WriteMultiple { start, values } => {
                let &[high, low] = values.as_slice() else { return Err(Exception::IllegalValue) };
                let holding = Holding::at(*start).ok_or(Exception::IllegalAddress)?;
                let value = f32::from_bits(u32::from(high) << 16 | u32::from(low));
                self.set(holding, f64::from(value))?;
                Ok(ModbusResponse::Written)
            }
            ModbusRequest::WriteSingle { .. } => Err(Exception::IllegalFunction),
        }
    }

    fn setting(&self, holding: Holding) -> f64 {
        match holding {
            // Three phases with neutral, or one.
            Holding::SystemType => {
                if self.phases.len() > 1 {
                    3.0
                } else {
                    1.0
                }
            }
            // One stop bit, no parity.
            Holding::ParityAndStop => 0.0,
            Holding::Node => self.server.unit().into(),
            // 9600 bit/s.
            Holding::BaudRate => 2.0,
        }
    }

    /// Only the address can change: it takes effect at the next request.
    fn set(&mut self, holding: Holding, value: f64) -> Result<(), Exception> {
        match holding {
            Holding::Node if (1.0..=247.0).contains(&value) && value.fract() == 0.0 => {
                self.server.set_unit(value as u8);
                Ok(())
            }
            _ if value == self.setting(holding) => Ok(()),
            _ => Err(Exception::IllegalValue),
        }
    }

    fn measure(&self, measured: Measured, at: SimTime, view: &View<'_>) -> f64 {
        let of_phase = |index: usize| {
            self.phases.get(index).map_or(0.0, |p| p.quantity(measured.quantity, at, view))
        };
        match (measured.phase, measured.quantity) {
            (_, MeterQuantity::Frequency) => self.frequency(at, view),
            (_, MeterQuantity::ImportKwh) => self.energy(at, view).max(0.0),
            (_, MeterQuantity::ExportKwh) => (-self.energy(at, view)).max(0.0),
            (Some(index), _) => of_phase(index),
            // Averages over the phases that there are.
            (None, MeterQuantity::Voltage) => {
                (0..self.phases.len()).map(of_phase).sum::<f64>() / self.phases.len() as f64
            }
            (None, MeterQuantity::PowerFactor) => self.system_power_factor(at, view),
            (None, _) => (0..self.phases.len()).map(of_phase).sum(),
        }
    }

    /// Net, from the start of the run: import and export are not counted apart.
    fn energy(&self, at: SimTime, view: &View<'_>) -> f64 {
        let power = self.phases.iter().filter_map(|phase| phase.power);
        power.map(|signal| view.integral(signal, at)).sum::<f64>() / JOULES_PER_KWH
    }

    fn system_power_factor(&self, at: SimTime, view: &View<'_>) -> f64 {
        let sum = |quantity: MeterQuantity| {
            self.phases.iter().map(|phase| phase.quantity(quantity, at, view)).sum::<f64>()
        };
        ratio(sum(MeterQuantity::Power), sum(MeterQuantity::Apparent), 1.0)
    }

    fn frequency(&self, at: SimTime, view: &View<'_>) -> f64 {
        if let Some(signal) = self.frequency {
            return view.value(signal, at).unwrap_or_default();
        }
        let is_live =
            self.phases.iter().any(|phase| phase.quantity(MeterQuantity::Voltage, at, view) > 0.0);
        if is_live { self.nominal_frequency } else { 0.0 }
    }
}

impl Phase {
    fn quantity(&self, quantity: MeterQuantity, at: SimTime, view: &View<'_>) -> f64 {
        let read = |signal: Option<SignalId>| signal.and_then(|signal| view.value(signal, at));
        let voltage = read(Some(self.voltage)).unwrap_or_default();
        let power = read(self.power);
        // Without a current of its own the phase is taken to have a power factor of one.
        let current = read(self.current)
            .unwrap_or_else(|| ratio(power.unwrap_or_default(), voltage, 0.0).abs());
        let apparent = voltage * current;
        let power = power.unwrap_or(apparent);
        match quantity {
            MeterQuantity::Voltage => voltage,
            MeterQuantity::Current => current,
            MeterQuantity::Power => power,
            MeterQuantity::Apparent => apparent,
            MeterQuantity::PowerFactor => ratio(power, apparent, 1.0),
            MeterQuantity::Frequency | MeterQuantity::ImportKwh | MeterQuantity::ExportKwh => 0.0,
        }
    }
}

fn ratio(a: f64, b: f64, of_nothing: f64) -> f64 {
    if b == 0.0 { of_nothing } else { a / b }
}

/// The phases of an instance: those of a meter of its own where it has one, else its one AC side.
fn phases(catalogue: &Catalogue, id: &str) -> Vec<Phase> {
    let find = |name: &str| catalogue.find(&format!("{id}.{name}"));
    let numbered = (1..=3).filter_map(|k| {
        Some(Phase {
            voltage: find(&format!("meter.l{k}_voltage_v"))?,
            current: find(&format!("meter.l{k}_current_a")),
            power: find(&format!("meter.l{k}_power_w")),
        })
    });
    let phases: Vec<Phase> = numbered.collect();
    if !phases.is_empty() {
        return phases;
    }
    let single = |voltage| Phase {
        voltage,
        current: find("ac_current_a"),
        power: find("ac_power_w").or_else(|| find("power_w")),
    };
    find("ac_voltage_v").map(single).into_iter().collect()
}

fn grid_frequency(system: &System) -> f64 {
    let grid: Option<Grid> = system.devices.iter().find_map(Device::of_kind);
    grid.map_or(USUAL_FREQUENCY_HZ, |grid| grid.frequency)
}

/// The addresses of whole pairs.
fn pairs(start: u16, count: u16) -> Result<impl Iterator<Item = u16>, Exception> {
    if !start.is_multiple_of(2) {
        return Err(Exception::IllegalAddress);
    }
    if !count.is_multiple_of(2) || count > MAX_REGISTERS {
        return Err(Exception::IllegalValue);
    }
    Ok((0..count / 2).map(move |pair| start + 2 * pair))
}

/// A number as two registers, the high word first.
fn words(value: f64) -> [u16; 2] {
    let bits = (value as f32).to_bits();
    [(bits >> 16) as u16, bits as u16]
}

impl Emulated for Meter {
    fn due(&self) -> SimTime {
        self.server.due()
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        Vec::new()
    }

    fn errors(&self) -> LineErrors {
        let line = self.server.line_counters();
        LineErrors {
            understood: line.frames,
            rejected: line.crc_errors + line.length_errors + line.pauses,
            lost: 0,
        }
    }
}

impl SerialDevice for Meter {
    fn hear(&mut self, at: SimTime, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.server.hear(at, byte));
    }

    fn speak(&mut self, at: SimTime, view: &View<'_>, out: &mut Vec<u8>) {
        let is_silent =
            self.state.as_ref().is_some_and(|state| view.state(state, at) == Some("silent"));
        if let Some(query) = self.server.query(at).filter(|_| !is_silent) {
            let outcome = self.serve(&query.request, at, view);
            self.server.answer(&query, outcome);
        }
        self.server.take(at, out);
    }
}
