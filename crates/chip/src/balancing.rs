//! Balancing: which cells the chip's own switches discharge, by itself or for a host.

use blackstart_units::SimTime;

use crate::chip::Chip;
use crate::fault::Fault;
use crate::measurement::INPUTS;
use crate::memory::address;
use crate::power::PowerMode;

/// Bits of `Balancing Configuration`.
mod when {
    pub const CHARGING: i64 = 1 << 0;
    pub const RESTING: i64 = 1 << 1;
    pub const SLEEPING: i64 = 1 << 2;
    pub const NOT_SLEEP: i64 = 1 << 3;
    pub const NO_COMMANDS: i64 = 1 << 4;
}

/// What is being discharged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Balancing {
    /// Inputs whose switch is on.
    pub active: u16,
    /// Ordered by a host, until.
    pub host_until: Option<SimTime>,
    /// Since when anything is.
    pub since: Option<SimTime>,
    /// How long each input was.
    spent: [SimTime; INPUTS],
    counted_to: SimTime,
    next: SimTime,
}

impl Balancing {
    pub fn new(now: SimTime) -> Self {
        Self {
            active: 0,
            host_until: None,
            since: None,
            spent: [SimTime::ZERO; INPUTS],
            counted_to: now,
            next: now,
        }
    }

    pub fn stop(&mut self) {
        (self.active, self.host_until, self.since) = (0, None, None);
    }

    fn set(&mut self, active: u16, now: SimTime) {
        self.count(now);
        if active == 0 {
            self.since = None;
        } else if self.active == 0 {
            self.since = Some(now);
        }
        self.active = active;
    }

    fn count(&mut self, now: SimTime) {
        let span = now - self.counted_to;
        self.counted_to = now;
        for (k, spent) in self.spent.iter_mut().enumerate() {
            if self.active >> k & 1 == 1 {
                *spent += span;
            }
        }
    }

    /// Whole seconds that an input has been discharged for.
    pub fn seconds(&mut self, input: usize, now: SimTime) -> u32 {
        self.count(now);
        self.spent[input].as_seconds() as u32
    }
}

impl Chip {
    fn interval(&self) -> SimTime {
        self.seconds(address::BALANCING_INTERVAL)
    }

    fn temperatures_allow(&self) -> bool {
        let (coldest, hottest) = (address::BALANCING_COLDEST, address::BALANCING_HOTTEST);
        let (coldest, hottest) = (self.memory.number(coldest), self.memory.number(hottest));
        let cells = self.converted_warmth(Fault::Otd);
        let die = self.conv.die;
        cells.iter().all(|&warmth| warmth >= coldest && warmth <= hottest)
            && (die.is_nan() || die < self.memory.number(address::BALANCING_HOTTEST_DIE))
    }

    /// A host orders which inputs are discharged; neighbours too.
    pub(crate) fn balance_for_host(&mut self, mask: u16, now: SimTime) {
        let config = self.memory.get(address::BALANCING_CONFIG);
        if config & when::NO_COMMANDS != 0 || !self.temperatures_allow() {
            return;
        }
        let active = mask & self.used_inputs() & self.wiring.inputs;
        self.balance.set(active, now);
        // What it takes by itself is not known; it is taken to be the interval.
        self.balance.host_until = (active != 0).then(|| now + self.interval());
    }

    /// The same by a voltage: every input above it.
    pub(crate) fn balance_above(&mut self, millivolts: i16, now: SimTime) {
        let level = f64::from(millivolts) * 1e-3;
        let above = (0..INPUTS).filter(|&k| millivolts > 0 && self.conv.cells[k] > level);
        let mask = above.fold(0, |mask, k| mask | 1 << k);
        self.balance_for_host(mask, now);
    }

    fn is_autonomous(&self) -> bool {
        let config = self.memory.get(address::BALANCING_CONFIG);
        let here = match self.power.mode {
            PowerMode::Normal => true,
            PowerMode::Sleep => config & when::SLEEPING != 0 && config & when::NOT_SLEEP == 0,
            _ => false,
        };
        here && config & (when::CHARGING | when::RESTING) != 0
    }

    pub(crate) fn balancing_next(&self) -> SimTime {
        let ends = self.balance.host_until.unwrap_or(SimTime::NEVER);
        let again = if self.is_autonomous() { self.balance.next } else { SimTime::NEVER };
        ends.min(again)
    }

    /// Brings balancing to now; whether it changed.
    pub(crate) fn run_balancing(&mut self, now: SimTime) -> bool {
        let before = self.balance.active;
        if self.balance.host_until.is_some_and(|at| at <= now) {
            self.balance.host_until = None;
            self.balance.set(0, now);
        }
        let autonomous = self.is_autonomous();
        if self.balance.host_until.is_none() {
            if !autonomous {
                self.balance.set(0, now);
            } else if self.balance.next <= now {
                self.balance.next = now + self.interval();
                let chosen = self.chosen();
                self.balance.set(chosen, now);
            }
        }
        before != self.balance.active
    }

    /// The inputs that it would discharge by itself: the highest, never two beside each other.
    fn chosen(&self) -> u16 {
        let config = self.memory.get(address::BALANCING_CONFIG);
        let current = self.conv.cc1();
        let charges = current >= self.user_amperes(address::CHARGE_CURRENT);
        let discharges = current <= -self.user_amperes(address::DISCHARGE_CURRENT);
        let voltage = match (charges, discharges) {
            (true, _) if config & when::CHARGING != 0 => address::BALANCING_CHARGE_VOLTAGE,
            (false, false) if config & when::RESTING != 0 => address::BALANCING_REST_VOLTAGE,
            _ => return 0,
        };
        if !self.temperatures_allow() || !self.conv.has_scanned() {
            return 0;
        }
        let millivolts = |at: u16| self.memory.number(at) * 1e-3;
        let (least, starts, stops) =
            (millivolts(voltage), millivolts(voltage + 2), millivolts(voltage + 3));
        let (lowest, _) = self.converted_extremes();
        let mut found: Vec<(usize, f64)> = (0..INPUTS)
            .filter(|k| self.used_inputs() >> k & 1 == 1)
            .map(|k| (k, self.conv.cells[k]))
            .filter(|&(k, cell)| {
                let was = self.balance.active >> k & 1 == 1;
                cell > least && cell - lowest > if was { stops } else { starts }
            })
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let most = self.memory.get(address::BALANCING_CELLS) as usize;
        let mut chosen = 0_u16;
        for (k, _) in found {
            let beside = (1_u32 << k) << 1 | (1_u32 << k) >> 1;
            if u32::from(chosen) & beside == 0 && (chosen.count_ones() as usize) < most {
                chosen |= 1 << k;
            }
        }
        chosen
    }
}
