//! How protections let go: by what they watch, by a charge current, by time, by a load that was removed.

use blackstart_units::SimTime;

use crate::analog::{Analog, ChipChannel, ChipLevel};
use crate::chip::Chip;
use crate::fault::Fault;
use crate::looks::{ChipLook, Interest};
use crate::memory::address;
use crate::note::Note;

/// LD above this: the load was removed.
const LOAD_REMOVED: f64 = 3.0;
/// Bits of `Protection Configuration`.
const OCDL_CURR_RECOV: i64 = 1 << 9;
const SCDL_CURR_RECOV: i64 = 1 << 10;
const HOUR: u64 = 3_600;

/// The current source at LD, and what it found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LoadDetect {
    pub is_on: bool,
    /// It changes by itself here.
    pub changes: Option<SimTime>,
    /// It stops here.
    pub stops_at: Option<SimTime>,
    pub timed_out: bool,
}

impl Chip {
    fn hysteresis(&self, at: u16) -> f64 {
        self.memory.number(at) * 0.0506
    }

    /// The protection that counts how often this one acts: its place, its limit, when it forgets, itself.
    fn counter_of(fault: Fault) -> Option<(usize, u16, u16, Fault)> {
        match fault {
            Fault::Cov => Some((0, address::COVL_LIMIT, address::COVL_DECREMENT, Fault::Covl)),
            Fault::Ocd1 | Fault::Ocd2 | Fault::Ocd3 => {
                Some((1, address::OCDL_LIMIT, address::OCDL_DECREMENT, Fault::Ocdl))
            }
            Fault::Scd => Some((2, address::SCDL_LIMIT, address::SCDL_DECREMENT, Fault::Scdl)),
            _ => None,
        }
    }

    pub(crate) fn count(&mut self, fault: Fault, now: SimTime) {
        let Some((place, limit, decrement, latch)) = Self::counter_of(fault) else { return };
        let limit = self.memory.get(limit) as u32;
        if limit == 0 || !self.is_enabled(latch) {
            return;
        }
        let forgets = now + self.seconds(decrement);
        let (count, at) = &mut self.protect.counts[place];
        (*count, *at) = (*count + 1, Some(forgets));
        let count = *count;
        self.protect.alerts.put(latch, true);
        if count >= limit {
            self.trip(latch, now);
            if latch != Fault::Covl {
                self.start_load_detect(now);
            }
        }
    }

    /// Forgets a fault of each counter whose time has come.
    pub(crate) fn run_counters(&mut self, now: SimTime) {
        for (place, decrement, latch) in [
            (0, address::COVL_DECREMENT, Fault::Covl),
            (1, address::OCDL_DECREMENT, Fault::Ocdl),
            (2, address::SCDL_DECREMENT, Fault::Scdl),
        ] {
            let step = self.seconds(decrement).max(SimTime::NANOSECOND);
            let (count, at) = &mut self.protect.counts[place];
            while let Some(due) = at.filter(|&due| due <= now) {
                *count -= 1;
                *at = (*count > 0).then_some(due + step);
            }
            if *count == 0 {
                self.protect.alerts.put(latch, false);
            }
        }
    }

    /// What lies at the pins when a protection that has acted could let go: any of these, each in all parts.
    fn ways_back(&self, fault: Fault) -> Vec<Vec<ChipLevel>> {
        let above = |at| vec![ChipLevel::above(ChipChannel::Sense, self.milliamperes(at))];
        let config = self.memory.get(address::PROTECTION_CONFIG);
        match fault {
            Fault::Cov | Fault::Covl => {
                let back = self.threshold(Fault::Cov) - self.hysteresis(address::COV_HYSTERESIS);
                vec![self.cells_beyond(false, back).into_iter().map(highest).collect()]
            }
            Fault::Cuv => {
                let back = self.threshold(Fault::Cuv) + self.hysteresis(address::CUV_HYSTERESIS);
                vec![self.cells_beyond(true, back).into_iter().map(lowest).collect()]
            }
            Fault::Occ => {
                let delta = self.memory.number(address::OCC_PACK_TOS_DELTA) * 0.01;
                let pack = self.conv.high[0] - delta;
                let current = self.milliamperes(address::OCC_RECOVERY);
                vec![
                    vec![ChipLevel::below(ChipChannel::Pack, pack)],
                    vec![ChipLevel::below(ChipChannel::Sense, current)],
                ]
            }
            Fault::Ocd1 | Fault::Ocd2 | Fault::Ocd3 => vec![above(address::OCD_RECOVERY)],
            Fault::Ocdl if config & OCDL_CURR_RECOV != 0 => vec![above(address::OCDL_RECOVERY)],
            Fault::Scdl if config & SCDL_CURR_RECOV != 0 => vec![above(address::SCDL_RECOVERY)],
            Fault::Otc | Fault::Otd | Fault::Otf | Fault::Otint => {
                let level = self.temperature_back(fault);
                vec![
                    self.warm_channels(fault)
                        .into_iter()
                        .map(|one| ChipLevel::below(one, level))
                        .collect(),
                ]
            }
            Fault::Utc | Fault::Utd | Fault::Utint => {
                let level = self.temperature_back(fault);
                vec![
                    self.warm_channels(fault)
                        .into_iter()
                        .map(|one| ChipLevel::above(one, level))
                        .collect(),
                ]
            }
            _ => Vec::new(),
        }
    }

    fn temperature_back(&self, fault: Fault) -> f64 {
        let at = match fault {
            Fault::Otc => address::OTC,
            Fault::Otd => address::OTD,
            Fault::Otf => address::OTF,
            Fault::Otint => address::OTINT,
            Fault::Utc => address::UTC,
            Fault::Utd => address::UTD,
            _ => address::UTINT,
        };
        self.memory.number(at + 2)
    }

    /// For how long that must be so.
    fn time_back(&self, fault: Fault) -> SimTime {
        self.seconds(match fault {
            Fault::Covl => address::COVL_RECOVERY,
            Fault::Ocdl => address::OCDL_RECOVERY_TIME,
            Fault::Scdl => address::SCDL_RECOVERY_TIME,
            _ => address::RECOVERY_TIME,
        })
    }

    pub(crate) fn recovery_interests(&self, into: &mut Vec<Interest>) {
        for fault in Fault::ALL.into_iter().filter(|&one| self.protect.status.has(one)) {
            for all in self.ways_back(fault) {
                into.push(Interest { look: ChipLook::Loop, all });
            }
        }
        if self.load_detect.is_on {
            let level = ChipLevel::above(ChipChannel::LoadDetect, LOAD_REMOVED);
            into.push(Interest::one(ChipLook::Loop, level));
        }
    }

    /// The same as the chip has converted it.
    fn could_let_go(&self, fault: Fault) -> bool {
        let converted = |level: &ChipLevel| {
            let value = match level.channel {
                ChipChannel::Highest => self.converted_extremes().1,
                ChipChannel::Lowest => self.converted_extremes().0,
                ChipChannel::Cell(k) => {
                    let drift = |k: usize| self.conv.drift[k];
                    self.conv.cells[k] + drift(k) - k.checked_sub(1).map_or(0.0, drift)
                }
                ChipChannel::Sense => self.conv.cc2(),
                ChipChannel::Pack => self.conv.high[1],
                ChipChannel::Thermistor(k) => self.conv.temperatures[k],
                ChipChannel::Die => self.conv.die,
                _ => f64::NAN,
            };
            level.is_reached(value)
        };
        self.ways_back(fault).iter().any(|way| !way.is_empty() && way.iter().all(converted))
    }

    /// A look at everything that has acted.
    pub(crate) fn recover(&mut self, now: SimTime) {
        for fault in
            Fault::ALL.into_iter().filter(|&one| self.protect.status.has(one)).collect::<Vec<_>>()
        {
            if !self.could_let_go(fault) {
                self.protect.recovering.remove(&fault);
                continue;
            }
            let since = *self.protect.recovering.entry(fault).or_insert(now);
            if now - since >= self.time_back(fault) {
                self.let_go(fault, now);
            }
        }
        if self.load_detect.is_on && self.conv.high[2] > LOAD_REMOVED {
            for latch in [Fault::Ocdl, Fault::Scdl] {
                self.let_go(latch, now);
            }
            self.load_detect = LoadDetect::default();
        }
    }

    pub(crate) fn let_go(&mut self, fault: Fault, now: SimTime) {
        if !self.protect.status.has(fault) {
            return;
        }
        self.protect.status.put(fault, false);
        self.protect.recovering.remove(&fault);
        self.protect.acted.remove(&fault);
        match fault {
            Fault::Covl => self.protect.counts[0] = (0, None),
            Fault::Ocdl => self.protect.counts[1] = (0, None),
            Fault::Scdl => self.protect.counts[2] = (0, None),
            _ => {}
        }
        self.note(now, Note::Recovered(fault));
    }

    /// When a short circuit is over by itself.
    pub(crate) fn short_recovers(&self) -> Option<SimTime> {
        let acted = self.protect.acted.get(&Fault::Scd)?;
        let is_set = self.protect.status.has(Fault::Scd);
        is_set.then(|| *acted + self.seconds(address::SCD_RECOVERY_TIME))
    }

    pub(crate) fn start_load_detect(&mut self, now: SimTime) {
        let active = self.seconds(address::LOAD_DETECT_ACTIVE);
        if active == SimTime::ZERO {
            return;
        }
        let hours = self.memory.get(address::LOAD_DETECT_TIMEOUT) as u64;
        let stops_at = (hours > 0).then(|| now + SimTime::from_whole_seconds(hours * HOUR));
        self.load_detect =
            LoadDetect { is_on: true, changes: Some(now + active), stops_at, timed_out: false };
    }

    /// The source goes on and off by itself until it stops.
    pub(crate) fn run_load_detect(&mut self, now: SimTime) {
        let (active, retry) = (address::LOAD_DETECT_ACTIVE, address::LOAD_DETECT_RETRY);
        let (active, retry) = (self.seconds(active), self.seconds(retry));
        let detect = &mut self.load_detect;
        if detect.stops_at.is_some_and(|at| at <= now) {
            *detect = LoadDetect { timed_out: true, ..LoadDetect::default() };
        }
        if detect.changes.is_some_and(|at| at <= now) {
            detect.is_on = !detect.is_on;
            let span = if detect.is_on { active } else { retry };
            detect.changes = (span > SimTime::ZERO).then_some(now + span);
        }
    }

    /// Whether the comparators or the host's watchdog say something by time alone.
    pub(crate) fn recovery_next(&self) -> SimTime {
        let counters = self.protect.counts.iter().filter_map(|one| one.1);
        let times = [self.short_recovers(), self.load_detect.changes, self.load_detect.stops_at];
        counters.chain(times.into_iter().flatten()).min().unwrap_or(SimTime::NEVER)
    }

    pub(crate) fn run_recovery(&mut self, now: SimTime, _: &dyn Analog) {
        if self.short_recovers().is_some_and(|at| at <= now) {
            self.let_go(Fault::Scd, now);
        }
        self.run_counters(now);
        self.run_load_detect(now);
    }
}

/// All cells lie below where the highest does.
fn highest(level: ChipLevel) -> ChipLevel {
    match level.channel {
        ChipChannel::Lowest => ChipLevel { channel: ChipChannel::Highest, ..level },
        _ => level,
    }
}

/// All cells lie above where the lowest does.
pub(crate) fn lowest(level: ChipLevel) -> ChipLevel {
    match level.channel {
        ChipChannel::Highest => ChipLevel { channel: ChipChannel::Lowest, ..level },
        _ => level,
    }
}
