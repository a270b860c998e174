//! The converters: cells, stack, temperatures in a loop of slots, the current in windows of its own.
//!
//! Nothing is converted before it is needed: at each look a channel takes what lay at its pin at the last of
//! its own instants.

use blackstart_units::SimTime;

use crate::analog::{Analog, ChipChannel};
use crate::chip::Chip;
use crate::memory::{GAIN_OF_ONE_MILLIOHM, address};
use crate::power::PowerMode;
use crate::register::THERMISTORS;

const SLOT: SimTime = SimTime::from_millis(3);
const CC1_WINDOW: SimTime = SimTime::from_millis(250);
/// One count of the dead band of the coulomb counter, V.
const DEAD_BAND_STEP: f64 = 234e-9;
/// Loops that make a full scan.
const FULL_SCAN: u64 = 3;
pub(crate) const INPUTS: usize = 16;

/// What a channel of the loop is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Slot {
    Cell(usize),
    Stack,
    Pack,
    LoadDetect,
    Die,
    Thermistor(usize),
}

/// A channel: in which slot of which loops, and when it was converted last.
#[derive(Clone, Debug, PartialEq)]
struct SlotPlan {
    slot: Slot,
    /// From the beginning of the loop.
    offset: SimTime,
    /// Every so many loops, beginning with this one.
    every: (u64, u64),
    last: Option<SimTime>,
}

/// A window over which the current is averaged.
#[derive(Clone, Debug, Default, PartialEq)]
struct Window {
    ends: SimTime,
    /// Integral of the sense voltage there.
    integral: f64,
    /// Mean of the last whole one, V.
    mean: f64,
}

/// What was converted last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Converters {
    /// From here loops and windows count.
    pub origin: SimTime,
    pub loop_period: SimTime,
    plans: Vec<SlotPlan>,
    /// V, as the chip sees them: with what an open wire does.
    pub cells: [f64; INPUTS],
    /// Stack, PACK, LD, V.
    pub high: [f64; 3],
    /// °C; not-a-number before the first conversion.
    pub temperatures: [f64; THERMISTORS.len()],
    pub die: f64,
    windows: [Window; 3],
    pub charge: f64,
    /// Whole seconds that it counts for.
    pub charge_since: SimTime,
    is_first: bool,
    /// By how much the filter capacitor of an open input has been drained, V.
    pub drift: [f64; INPUTS],
    pub loops_seen: u64,
}

const CC1: usize = 0;
const CC2: usize = 1;
const CC3: usize = 2;

impl Converters {
    pub fn new(now: SimTime) -> Self {
        Self {
            origin: now,
            loop_period: SLOT,
            plans: Vec::new(),
            cells: [0.0; INPUTS],
            high: [0.0; 3],
            temperatures: [f64::NAN; THERMISTORS.len()],
            die: f64::NAN,
            windows: Default::default(),
            charge: 0.0,
            charge_since: now,
            is_first: true,
            drift: [0.0; INPUTS],
            loops_seen: 0,
        }
    }

    /// Mean over 250 ms, V.
    pub fn cc1(&self) -> f64 {
        self.windows[CC1].mean
    }

    /// Mean over 3 ms, V.
    pub fn cc2(&self) -> f64 {
        self.windows[CC2].mean
    }

    /// Mean over several of these, V.
    pub fn cc3(&self) -> f64 {
        self.windows[CC3].mean
    }

    /// Whether something of every kind has been converted since the last start.
    pub fn has_scanned(&self) -> bool {
        self.loops_seen >= 1
    }

    pub fn full_scans(&self) -> u64 {
        self.loops_seen / FULL_SCAN
    }
}

impl Chip {
    /// Resistance that the set gain stands for, Ω.
    pub(crate) fn sense_ohms(&self) -> f64 {
        f64::from(GAIN_OF_ONE_MILLIOHM) / self.memory.gain().max(1e-6) * 1e-3
    }

    /// The thermistors that are converted, by their places.
    pub(crate) fn thermistors(&self) -> impl Iterator<Item = usize> + '_ {
        (0..THERMISTORS.len()).filter(|&k| self.pin_config(k) & 3 == 3)
    }

    /// Thermistors whose pins are for this: 1 cells, 3 switches.
    pub(crate) fn thermistors_for(&self, purpose: u8) -> Vec<usize> {
        self.thermistors().filter(|&k| self.pin_config(k) >> 2 & 3 == purpose).collect()
    }

    /// Whether a pin measures a voltage, and no thermistor.
    pub(crate) fn is_plain_input(&self, pin: usize) -> bool {
        let config = self.pin_config(pin);
        config & 3 == 3 && config >> 2 & 3 == 0
    }

    fn pin_config(&self, thermistor: usize) -> u8 {
        self.memory.byte(address::CFETOFF_PIN + thermistor as u16)
    }

    /// Loops and windows begin anew.
    pub(crate) fn restart_conversions(&mut self, now: SimTime) {
        let power = self.memory.get(address::POWER_CONFIG);
        let thermistors: Vec<usize> = self.thermistors().collect();
        let inputs = self.variant.inputs as u64;
        let is_asleep = self.power.mode == PowerMode::Sleep;
        let slot = if power >> 6 & 1 == 1 { SimTime::from_micros(1_500) } else { SLOT };
        let slow = if self.balance.active == 0 { power >> 2 & 3 } else { power >> 4 & 3 };
        let slots = self.variant.slots + (thermistors.len() as u64).min(3);
        let conv = &mut self.conv;
        conv.origin = now;
        conv.loop_period = match is_asleep {
            true => {
                SimTime::from_whole_seconds(self.memory.get(address::SLEEP_VOLTAGE_TIME) as u64)
            }
            false => SimTime::from_nanos((slot.as_nanos() * slots) << slow),
        };
        // Asleep it converts at the end of its time, in one go.
        let idle = conv.loop_period - times(slot, slots);
        let begins = if is_asleep { idle } else { SimTime::ZERO };
        let at = |k: u64| begins + times(slot, k + 1);
        // All of it, each time.
        let every = |count: u64, which: u64| if is_asleep { (1, 0) } else { (count, which) };
        let plan = |slot, offset, every| SlotPlan { slot, offset, every, last: None };
        conv.plans.clear();
        conv.plans.extend((0..inputs).map(|k| plan(Slot::Cell(k as usize), at(k), (1, 0))));
        for (k, one) in [Slot::Stack, Slot::Pack, Slot::LoadDetect].into_iter().enumerate() {
            conv.plans.push(plan(one, at(inputs), every(FULL_SCAN, k as u64)));
        }
        conv.plans.push(plan(Slot::Die, at(inputs + 1), (1, 0)));
        let groups = thermistors.len().div_ceil(3).max(1) as u64;
        for (k, thermistor) in thermistors.into_iter().enumerate() {
            let (k, one) = (k as u64, Slot::Thermistor(thermistor));
            conv.plans.push(plan(one, at(inputs + 2 + k % 3), every(groups, k / 3)));
        }
        conv.is_first = true;
        conv.loops_seen = 0;
        self.looks.restart(now, self.conv.loop_period);
    }

    /// How far the loop is that was converted last.
    pub(crate) fn loop_ends(&self, now: SimTime) -> u64 {
        now.since(self.conv.origin).as_nanos() / self.conv.loop_period.as_nanos().max(1)
    }

    /// Converts up to an instant.
    pub(crate) fn convert(&mut self, upto: SimTime, analog: &dyn Analog) {
        if !self.power.mode.is_awake() {
            return;
        }
        let (origin, period) = (self.conv.origin, self.conv.loop_period);
        let open = self.pins.open_inputs;
        for k in 0..self.conv.plans.len() {
            let SlotPlan { slot, offset, every: (every, which), last } = self.conv.plans[k];
            let first = origin + offset + times(period, which);
            let cycle = times(period, every);
            if upto < first {
                continue;
            }
            let at = first + times(cycle, (upto - first).as_nanos() / cycle.as_nanos().max(1));
            if last.is_some_and(|last| last >= at) {
                continue;
            }
            self.conv.plans[k].last = Some(at);
            let value = |channel| analog.value(channel, at);
            match slot {
                Slot::Cell(k) => self.conv.cells[k] = self.cell_at(k, at, analog),
                Slot::Stack => self.conv.high[0] = value(ChipChannel::Stack),
                Slot::Pack => self.conv.high[1] = value(ChipChannel::Pack),
                Slot::LoadDetect => self.conv.high[2] = value(ChipChannel::LoadDetect),
                Slot::Die => self.conv.die = value(ChipChannel::Die),
                Slot::Thermistor(k) => {
                    self.conv.temperatures[k] = value(ChipChannel::Thermistor(k));
                }
            }
        }
        debug_assert!(open == self.pins.open_inputs);
        self.conv.loops_seen = self.loop_ends(upto);
        self.average(upto, analog);
    }

    /// A cell as the chip sees it: with what an open wire has done to the capacitors beside it.
    pub(crate) fn cell_at(&self, k: usize, at: SimTime, analog: &dyn Analog) -> f64 {
        if self.wiring.inputs >> k & 1 == 0 {
            return 0.0;
        }
        let drift = |k: usize| self.conv.drift[k];
        let below = k.checked_sub(1).map_or(0.0, drift);
        (analog.value(ChipChannel::Cell(k), at) - drift(k) + below).max(0.0)
    }

    /// The windows of the current, each up to its last end.
    fn average(&mut self, upto: SimTime, analog: &dyn Analog) {
        let samples = self.memory.get(address::CC3_SAMPLES) as u64;
        let spans = [CC1_WINDOW, SLOT, times(SLOT, samples.max(2))];
        if std::mem::take(&mut self.conv.is_first) {
            let integral = analog.value(ChipChannel::SenseTime, self.conv.origin);
            let instant = analog.value(ChipChannel::Sense, self.conv.origin);
            for window in &mut self.conv.windows {
                *window = Window { ends: self.conv.origin, integral, mean: instant };
            }
        }
        let dead_band = self.memory.number(address::DEAD_BAND) * DEAD_BAND_STEP;
        for (k, span) in spans.into_iter().enumerate() {
            let window = &mut self.conv.windows[k];
            let whole = (upto - window.ends).as_nanos() / span.as_nanos();
            if whole == 0 {
                continue;
            }
            // All of the slow ones count as charge; of the others only the last is ever read.
            let skipped = if k == CC1 { 0 } else { whole - 1 };
            if skipped > 0 {
                window.ends += times(span, skipped);
                window.integral = analog.value(ChipChannel::SenseTime, window.ends);
            }
            for _ in skipped..whole {
                window.ends += span;
                let integral = analog.value(ChipChannel::SenseTime, window.ends);
                let passed = integral - window.integral;
                window.integral = integral;
                window.mean = passed / span.as_seconds();
                if k == CC1 && window.mean.abs() >= dead_band {
                    self.conv.charge += passed;
                }
            }
        }
    }

    /// Whether the current source of a check is on: for a slot.
    pub(crate) fn is_checking_wires(&self, now: SimTime) -> bool {
        let (next, period) = (self.open_wires_next, self.open_wire_period());
        if period == SimTime::NEVER || !self.power.mode.is_awake() {
            return false;
        }
        // While nothing is open the checks drain nothing, and their grid alone is kept.
        let since = match now.as_nanos().checked_sub(next.as_nanos()) {
            Some(behind) => behind % period.as_nanos(),
            None => period.as_nanos().saturating_sub((next - now).as_nanos()),
        };
        since < SLOT.as_nanos()
    }

    /// One check for open wires: a current source drains what nothing holds.
    pub(crate) fn check_open_wires(&mut self) {
        const SOURCE: f64 = 55e-6;
        let step = SOURCE * SLOT.as_seconds() / self.wiring.capacitor_f;
        for k in 0..INPUTS {
            let is_open = self.pins.open_inputs >> k & 1 == 1;
            self.conv.drift[k] = if is_open { self.conv.drift[k] + step } else { 0.0 };
        }
    }
}

fn times(span: SimTime, count: u64) -> SimTime {
    SimTime::from_nanos(span.as_nanos().saturating_mul(count))
}
