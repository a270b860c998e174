//! The protections: comparators on a grid of 3.3 ms, one that acts at once, and what is decided from
//! converted values.
//!
//! A comparator of the grid counts from the first look that finds its quantity beyond to the look that is its
//! delay later; from the crossing that is up to one look more.

use std::collections::BTreeMap;

use blackstart_units::SimTime;

use crate::analog::{Analog, ChipChannel, ChipLevel};
use crate::chip::Chip;
use crate::fault::{Fault, FaultBits};
use crate::looks::{ChipLook, Interest};
use crate::measurement::INPUTS;
use crate::memory::address;
use crate::note::Note;

/// Between two looks of a comparator.
pub(crate) const GRID: SimTime = SimTime::from_micros(3_300);
/// A code of a voltage threshold, V.
const VOLTAGE_STEP: f64 = 0.0506;
/// A code of a current threshold, V across the sense resistor.
const CURRENT_STEP: f64 = 2e-3;
/// Thresholds of the short circuit comparator, V.
const SHORT_STEPS: [f64; 16] = [
    0.010, 0.020, 0.040, 0.060, 0.080, 0.100, 0.125, 0.150, 0.175, 0.200, 0.250, 0.300, 0.350,
    0.400, 0.450, 0.500,
];
const SHORT_DELAY_STEP: SimTime = SimTime::from_micros(15);
const ZERO_CELSIUS: f64 = 273.15;

/// Permanent failures: their bit in register A, behind it that in B, their defaults, and for how long.
const SUV: (u8, f64, SimTime) = (0, 2.2, SimTime::from_whole_seconds(5));
const SOV: (u8, f64, SimTime) = (1, 4.5, SimTime::from_whole_seconds(5));
const SOCC: (u8, f64, SimTime) = (2, 10_000.0, SimTime::from_whole_seconds(5));
const SOCD: (u8, f64, SimTime) = (3, -32_000.0, SimTime::from_whole_seconds(5));
const SOT: (u8, f64, SimTime) = (4, 65.0, SimTime::from_whole_seconds(5));
const SOTF: (u8, f64, SimTime) = (6, 85.0, SimTime::from_whole_seconds(5));
const CUDEP: (u8, f64, SimTime) = (7, 1.5, SimTime::from_whole_seconds(2));
/// A switch that is off and conducts: CHG a charge, DSG a discharge.
const CFETF: (u8, f64, SimTime) = (8, 20.0, SimTime::from_whole_seconds(5));
const DFETF: (u8, f64, SimTime) = (9, -20.0, SimTime::from_whole_seconds(5));

/// What is detected, what has acted, and what runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Protections {
    pub alerts: FaultBits,
    pub status: FaultBits,
    /// Since when a protection that has not acted has found its quantity beyond.
    pub held: BTreeMap<Fault, SimTime>,
    /// Since when one that has acted could let go.
    pub recovering: BTreeMap<Fault, SimTime>,
    pub scd_since: Option<SimTime>,
    /// When each acted.
    pub acted: BTreeMap<Fault, SimTime>,
    /// Faults of the last while, of voltage, of current, of short circuits: how many, when one is forgotten.
    pub counts: [(u32, Option<SimTime>); 3],
    /// When the host was heard last.
    pub heard: SimTime,
    /// PF status A to D.
    pub permanent: [u8; 4],
    /// By their bits in A, and behind it in B.
    pub permanent_held: BTreeMap<u8, SimTime>,
    /// Cells when CUV and when COV acted last, V.
    pub snapshots: [[f64; INPUTS]; 2],
    /// How often each has acted since the start.
    pub times: BTreeMap<Fault, u32>,
}

/// Comparators of the grid.
const ON_GRID: [Fault; 5] = [Fault::Cov, Fault::Cuv, Fault::Occ, Fault::Ocd1, Fault::Ocd2];
/// By temperature: the address of threshold, delay and recovery, and whether heat is the danger.
const BY_TEMPERATURE: [(Fault, u16, bool); 7] = [
    (Fault::Otc, address::OTC, true),
    (Fault::Otd, address::OTD, true),
    (Fault::Otf, address::OTF, true),
    (Fault::Otint, address::OTINT, true),
    (Fault::Utc, address::UTC, false),
    (Fault::Utd, address::UTD, false),
    (Fault::Utint, address::UTINT, false),
];

impl Chip {
    /// A number of seconds.
    pub(crate) fn seconds(&self, at: u16) -> SimTime {
        SimTime::from_whole_seconds(self.memory.get(at).max(0) as u64)
    }

    /// A current of the memory in mA, as a voltage across the sense resistor.
    pub(crate) fn milliamperes(&self, at: u16) -> f64 {
        self.memory.number(at) * 1e-3 * self.sense_ohms()
    }

    /// A current of the memory in userA, the same.
    pub(crate) fn user_amperes(&self, at: u16) -> f64 {
        self.memory.number(at) * self.user_ampere() * self.sense_ohms()
    }

    pub(crate) fn is_enabled(&self, fault: Fault) -> bool {
        FaultBits(self.memory.bits(address::ENABLED_A)).has(fault)
    }

    /// From the look that finds it to the one that acts; nothing where that switches it off.
    pub fn delay(&self, fault: Fault) -> Option<SimTime> {
        let looks = |at: u16| {
            let n = self.memory.get(at) as u64;
            (n > 0).then(|| SimTime::from_nanos(GRID.as_nanos() * (2 + n)))
        };
        match fault {
            Fault::Cov => looks(address::COV_DELAY),
            Fault::Cuv => looks(address::CUV_DELAY),
            Fault::Occ => looks(address::OCC_DELAY),
            Fault::Ocd1 => looks(address::OCD1_DELAY),
            Fault::Ocd2 => looks(address::OCD2_DELAY),
            Fault::Scd => {
                let steps = (self.memory.get(address::SCD_DELAY) as u64).saturating_sub(1);
                Some(SimTime::from_nanos(SHORT_DELAY_STEP.as_nanos() * steps))
            }
            Fault::Ocd3 => Some(self.seconds(address::OCD3_DELAY)),
            Fault::Hwdf => Some(self.seconds(address::HWD_DELAY)),
            Fault::Pto => Some(self.seconds(address::PTO_DELAY)),
            _ => {
                let row = BY_TEMPERATURE.iter().find(|row| row.0 == fault)?;
                Some(self.seconds(row.1 + 1))
            }
        }
    }

    /// The threshold: V of a cell, V across the sense resistor, or °C.
    pub fn threshold(&self, fault: Fault) -> f64 {
        let of = |at: u16, step: f64| self.memory.number(at) * step;
        match fault {
            Fault::Cov => of(address::COV_THRESHOLD, VOLTAGE_STEP),
            Fault::Cuv => of(address::CUV_THRESHOLD, VOLTAGE_STEP),
            Fault::Occ => of(address::OCC_THRESHOLD, CURRENT_STEP),
            Fault::Ocd1 => of(address::OCD1_THRESHOLD, CURRENT_STEP),
            Fault::Ocd2 => of(address::OCD2_THRESHOLD, CURRENT_STEP),
            Fault::Scd => SHORT_STEPS[self.memory.get(address::SCD_THRESHOLD) as usize & 15],
            Fault::Ocd3 => self.user_amperes(address::OCD3_THRESHOLD),
            Fault::Pto => self.milliamperes(address::PTO_CURRENT),
            _ => BY_TEMPERATURE
                .iter()
                .find(|row| row.0 == fault)
                .map_or(f64::NAN, |row| self.memory.number(row.1)),
        }
    }

    /// Levels of the cells: all at once where the chip looks at each that there is, one by one otherwise.
    pub(crate) fn cells_beyond(&self, above: bool, level: f64) -> Vec<ChipLevel> {
        let make = if above { ChipLevel::above } else { ChipLevel::below };
        let is_plain = self.used_inputs() == self.wiring.inputs
            && self.conv.drift.iter().all(|&drift| drift == 0.0);
        if is_plain {
            let channel = if above { ChipChannel::Highest } else { ChipChannel::Lowest };
            return vec![make(channel, level)];
        }
        let drift = |k: usize| self.conv.drift[k];
        let used = (0..INPUTS).filter(|k| self.used_inputs() >> k & 1 == 1);
        let seen = used.map(|k| {
            let below = k.checked_sub(1).map_or(0.0, drift);
            make(ChipChannel::Cell(k), level + drift(k) - below)
        });
        seen.collect()
    }

    /// The inputs that the chip takes for cells.
    pub(crate) fn used_inputs(&self) -> u16 {
        let all = ((1_u32 << self.variant.inputs) - 1) as u16;
        match self.memory.get(address::VCELL_MODE) as u16 {
            0 => all,
            mode => mode & all,
        }
    }

    fn lowest_and_highest(&self, at: SimTime, analog: &dyn Analog) -> (f64, f64) {
        let used = (0..INPUTS).filter(|k| self.used_inputs() >> k & 1 == 1);
        let cells = used.map(|k| self.cell_at(k, at, analog));
        cells.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), cell| {
            (low.min(cell), high.max(cell))
        })
    }

    /// The same of what was converted last.
    pub(crate) fn converted_extremes(&self) -> (f64, f64) {
        let used = (0..INPUTS).filter(|k| self.used_inputs() >> k & 1 == 1);
        used.map(|k| self.conv.cells[k])
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), cell| {
                (low.min(cell), high.max(cell))
            })
    }

    fn short_channel(&self) -> ChipChannel {
        ChipChannel::Discharge(self.delay(Fault::Scd).unwrap_or_default())
    }

    pub(crate) fn short_level(&self) -> Option<ChipLevel> {
        let is_armed = self.is_enabled(Fault::Scd) && !self.protect.status.has(Fault::Scd);
        is_armed.then(|| ChipLevel::above(self.short_channel(), self.threshold(Fault::Scd)))
    }

    /// What the comparators of the grid watch, each for itself.
    fn grid_levels(&self, fault: Fault) -> Vec<ChipLevel> {
        let (level, delay) = (self.threshold(fault), self.delay(fault).unwrap_or_default());
        match fault {
            Fault::Cov => self.cells_beyond(true, level),
            Fault::Cuv => self.cells_beyond(false, level),
            Fault::Occ => vec![ChipLevel::above(ChipChannel::Charge(delay), level)],
            _ => vec![ChipLevel::above(ChipChannel::Discharge(delay), level)],
        }
    }

    fn armed_on_grid(&self, fault: Fault) -> bool {
        self.is_enabled(fault) && !self.protect.status.has(fault) && self.delay(fault).is_some()
    }

    /// Everything that protections would look at, if it were so.
    pub(crate) fn protection_interests(&self, into: &mut Vec<Interest>) {
        for fault in ON_GRID.into_iter().filter(|&fault| self.armed_on_grid(fault)) {
            for level in self.grid_levels(fault) {
                into.push(Interest::one(ChipLook::Grid, level));
            }
        }
        for (fault, _, is_hot) in BY_TEMPERATURE {
            if !self.is_enabled(fault) || self.protect.status.has(fault) {
                continue;
            }
            let make = if is_hot { ChipLevel::above } else { ChipLevel::below };
            for channel in self.warm_channels(fault) {
                into.push(Interest::one(ChipLook::Loop, make(channel, self.threshold(fault))));
            }
        }
        if self.is_enabled(Fault::Ocd3) && !self.protect.status.has(Fault::Ocd3) {
            let level = ChipLevel::below(ChipChannel::Sense, self.threshold(Fault::Ocd3));
            into.push(Interest::one(ChipLook::Slow, level));
        }
        if self.is_enabled(Fault::Pto) && self.drivers.on.pchg {
            let level = ChipLevel::above(ChipChannel::Sense, self.threshold(Fault::Pto));
            into.push(Interest::one(ChipLook::Slow, level));
        }
        self.permanent_interests(into);
    }

    pub(crate) fn warm_channels(&self, fault: Fault) -> Vec<ChipChannel> {
        match fault {
            Fault::Otint | Fault::Utint => vec![ChipChannel::Die],
            Fault::Otf => {
                self.thermistors_for(3).into_iter().map(ChipChannel::Thermistor).collect()
            }
            _ => self.thermistors_for(1).into_iter().map(ChipChannel::Thermistor).collect(),
        }
    }

    /// What was converted of these.
    pub(crate) fn converted_warmth(&self, fault: Fault) -> Vec<f64> {
        let warmth = self.warm_channels(fault).into_iter().map(|channel| match channel {
            ChipChannel::Thermistor(k) => self.conv.temperatures[k],
            _ => self.conv.die,
        });
        warmth.filter(|value| !value.is_nan()).collect()
    }

    /// A look of the comparators.
    pub(crate) fn look_grid(&mut self, now: SimTime, analog: &dyn Analog) {
        let (lowest, highest) = self.lowest_and_highest(now, analog);
        for fault in ON_GRID {
            if !self.armed_on_grid(fault) {
                self.protect.held.remove(&fault);
                continue;
            }
            let level = self.threshold(fault);
            let delay = self.delay(fault).unwrap_or_default();
            let is_beyond = match fault {
                Fault::Cov => highest >= level,
                Fault::Cuv => lowest <= level,
                Fault::Occ => analog.value(ChipChannel::Charge(delay), now) >= level,
                _ => analog.value(ChipChannel::Discharge(delay), now) >= level,
            };
            self.hold(fault, is_beyond, delay, now);
        }
    }

    /// The decisions that are made from converted values.
    pub(crate) fn look_loop(&mut self, now: SimTime) {
        for (fault, at, is_hot) in BY_TEMPERATURE {
            if !self.is_enabled(fault) || self.protect.status.has(fault) {
                self.protect.held.remove(&fault);
                continue;
            }
            let level = self.memory.number(at);
            let is_beyond = self
                .converted_warmth(fault)
                .into_iter()
                .any(|warmth| if is_hot { warmth >= level } else { warmth <= level });
            let delay = self.delay(fault).unwrap_or_default();
            self.hold(fault, is_beyond, delay, now);
        }
        self.recover(now);
        self.look_permanent(now);
    }

    /// The decisions from the slow mean of the current.
    pub(crate) fn look_slow(&mut self, now: SimTime) {
        let mean = self.conv.cc1();
        if self.is_enabled(Fault::Ocd3) && !self.protect.status.has(Fault::Ocd3) {
            let delay = self.delay(Fault::Ocd3).unwrap_or_default();
            self.hold(Fault::Ocd3, mean <= self.threshold(Fault::Ocd3), delay, now);
        }
        if self.is_enabled(Fault::Pto) && !self.protect.status.has(Fault::Pto) {
            let is_beyond = self.drivers.on.pchg && mean > self.threshold(Fault::Pto);
            let delay = self.delay(Fault::Pto).unwrap_or_default();
            self.hold(Fault::Pto, is_beyond, delay, now);
        }
    }

    fn hold(&mut self, fault: Fault, is_beyond: bool, delay: SimTime, now: SimTime) {
        if !is_beyond {
            self.protect.held.remove(&fault);
            self.protect.alerts.put(fault, false);
            return;
        }
        let since = *self.protect.held.entry(fault).or_insert(now);
        self.protect.alerts.put(fault, true);
        if now - since >= delay {
            self.trip(fault, now);
        }
    }

    /// The comparator of short circuits, which acts by itself.
    pub(crate) fn look_short(&mut self, now: SimTime, analog: &dyn Analog) {
        let Some(level) = self.short_level() else {
            self.protect.scd_since = None;
            return;
        };
        if !level.is_reached(analog.value(level.channel, now)) {
            self.protect.scd_since = None;
            self.protect.alerts.put(Fault::Scd, false);
            return;
        }
        let since = *self.protect.scd_since.get_or_insert(now);
        self.protect.alerts.put(Fault::Scd, true);
        if now - since >= self.delay(Fault::Scd).unwrap_or_default() {
            self.protect.scd_since = None;
            self.trip(Fault::Scd, now);
        }
    }

    pub(crate) fn trip(&mut self, fault: Fault, now: SimTime) {
        if self.protect.status.has(fault) {
            return;
        }
        self.protect.held.remove(&fault);
        self.protect.alerts.put(fault, false);
        self.protect.status.put(fault, true);
        self.protect.recovering.remove(&fault);
        self.protect.acted.insert(fault, now);
        *self.protect.times.entry(fault).or_default() += 1;
        if let Some(place) = [Fault::Cuv, Fault::Cov].iter().position(|one| *one == fault) {
            self.protect.snapshots[place] = self.conv.cells;
        }
        self.note(now, Note::Tripped(fault));
        self.wake(now);
        self.count(fault, now);
    }

    fn permanent_interests(&self, into: &mut Vec<Interest>) {
        for (bit, level) in self.permanent_levels() {
            if self.protect.permanent[usize::from(bit / 8)] >> (bit % 8) & 1 == 0 {
                into.push(Interest::one(ChipLook::Loop, level));
            }
        }
    }

    /// The permanent failures that are enabled, as levels of what lies at the pins.
    fn permanent_levels(&self) -> Vec<(u8, ChipLevel)> {
        if !self.permanent_enabled {
            return Vec::new();
        }
        let enabled = self.permanent_bits();
        let current = |user: f64| user * self.user_ampere() * self.sense_ohms();
        let mut all = Vec::new();
        let mut add = |bit: u8, levels: Vec<ChipLevel>| {
            if enabled >> bit & 1 == 1 {
                all.extend(levels.into_iter().map(|level| (bit, level)));
            }
        };
        add(SUV.0, self.cells_beyond(false, SUV.1));
        add(SOV.0, self.cells_beyond(true, SOV.1));
        add(CUDEP.0, self.cells_beyond(false, CUDEP.1));
        add(SOCC.0, vec![ChipLevel::above(ChipChannel::Sense, current(SOCC.1))]);
        add(SOCD.0, vec![ChipLevel::below(ChipChannel::Sense, current(SOCD.1))]);
        let hot = |channels: Vec<ChipChannel>, level: f64| {
            channels.into_iter().map(|one| ChipLevel::above(one, level)).collect()
        };
        add(SOT.0, hot(self.warm_channels(Fault::Otd), SOT.1));
        add(SOTF.0, hot(self.warm_channels(Fault::Otf), SOTF.1));
        if !self.drivers.on.chg {
            add(CFETF.0, vec![ChipLevel::above(ChipChannel::Sense, current(CFETF.1))]);
        }
        if !self.drivers.on.dsg {
            add(DFETF.0, vec![ChipLevel::below(ChipChannel::Sense, current(DFETF.1))]);
        }
        all
    }

    /// Which permanent failures of registers A and B are enabled.
    fn permanent_bits(&self) -> u16 {
        let byte = |at: u16| self.memory.byte(address::PF_ENABLED_A + at);
        u16::from_le_bytes([byte(0), byte(1)])
    }

    fn look_permanent(&mut self, now: SimTime) {
        if !self.permanent_enabled {
            return;
        }
        let enabled = self.permanent_bits();
        let on = self.drivers.on;
        let (lowest, highest) = self.converted_extremes();
        let current = self.conv.cc1() / self.sense_ohms() / self.user_ampere();
        let hottest =
            |fault| self.converted_warmth(fault).into_iter().fold(f64::NEG_INFINITY, f64::max);
        let found = [
            (SUV, lowest <= SUV.1),
            (SOV, highest >= SOV.1),
            (SOCC, current >= SOCC.1),
            (SOCD, current <= SOCD.1),
            (SOT, hottest(Fault::Otd) >= SOT.1),
            (SOTF, hottest(Fault::Otf) >= SOTF.1),
            (CUDEP, lowest <= CUDEP.1),
            (CFETF, !on.chg && current >= CFETF.1),
            (DFETF, !on.dsg && current <= DFETF.1),
        ];
        for ((bit, _, delay), is_beyond) in found {
            if enabled >> bit & 1 == 0 || !is_beyond {
                self.protect.permanent_held.remove(&bit);
                continue;
            }
            let since = *self.protect.permanent_held.entry(bit).or_insert(now);
            if now - since >= delay {
                self.protect.permanent[usize::from(bit / 8)] |= 1 << (bit % 8);
                self.protect.permanent_held.remove(&bit);
            }
        }
    }
}

/// A temperature in the unit of the registers, 0.1 K.
pub(crate) fn tenths_of_kelvin(celsius: f64) -> i16 {
    if celsius.is_nan() { 0 } else { ((celsius + ZERO_CELSIUS) * 10.0).round() as i16 }
}
