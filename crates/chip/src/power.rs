//! Modes of power: normal, sleep, deep sleep, configuration, shutdown, and the ways between them.

use blackstart_units::SimTime;

use crate::analog::{Analog, ChipChannel, ChipLevel};
use crate::chip::Chip;
use crate::looks::{ChipLook, Interest};
use crate::memory::address;
use crate::note::Note;

/// What the chip does at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerMode {
    /// Everything.
    Normal,
    /// Conversions rarely, comparators as ever.
    Sleep,
    /// Nothing but its bus.
    DeepSleep,
    /// It is being set up: switches off, nothing measured, nothing protected.
    ConfigUpdate,
    /// It starts: nothing is measured yet.
    Starting,
    /// Off.
    Shutdown,
}

impl PowerMode {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Sleep => "sleep",
            Self::DeepSleep => "deep-sleep",
            Self::ConfigUpdate => "config-update",
            Self::Starting => "starting",
            Self::Shutdown => "shutdown",
        }
    }

    /// The names in the order of their numbers.
    pub const NAMES: &[&str] =
        &["normal", "sleep", "deep-sleep", "config-update", "starting", "shutdown"];

    /// Whether it measures and protects.
    pub const fn is_awake(self) -> bool {
        matches!(self, Self::Normal | Self::Sleep)
    }
}

/// From power-up to the first word on the bus.
const START_UP: SimTime = SimTime::from_micros(4_300);
/// From deep sleep to conversions.
const DEEP_WAKE: SimTime = SimTime::from_millis(250);
/// Within this a command that must come twice has to come again.
const TWICE_WITHIN: SimTime = SimTime::from_whole_seconds(4);
/// LD above this wakes it from shutdown and deep sleep.
const WAKE_ON_LD: f64 = 1.5;
const QUARTER_SECOND: u64 = 250;

/// The mode, and what leads to another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Power {
    pub mode: PowerMode,
    /// Where a start ends.
    pub starts: Option<SimTime>,
    /// Whether sleep is allowed.
    pub sleep_enabled: bool,
    /// Since when the current is small enough to sleep.
    pub quiet_since: Option<SimTime>,
    /// No sleep before.
    pub awake_until: SimTime,
    /// A command that must come twice.
    pub said_once: Option<(u16, SimTime)>,
    /// Ordered to shut down: when the switches open, when it is off.
    pub shutdown: Option<(SimTime, SimTime)>,
    /// Since when the stack or a cell is too low to stay on.
    pub low_since: Option<SimTime>,
    pub rst_shut_since: Option<SimTime>,
}

impl Power {
    pub fn new(now: SimTime, sleep_enabled: bool) -> Self {
        Self {
            mode: PowerMode::Normal,
            starts: None,
            sleep_enabled,
            quiet_since: None,
            awake_until: now,
            said_once: None,
            shutdown: None,
            low_since: None,
            rst_shut_since: None,
        }
    }
}

impl Chip {
    pub(crate) fn enter(&mut self, mode: PowerMode, now: SimTime) {
        if self.power.mode == mode {
            return;
        }
        self.power.mode = mode;
        self.power.quiet_since = None;
        self.note(now, Note::Mode(mode));
        match mode {
            PowerMode::Normal | PowerMode::Sleep => self.restart_conversions(now),
            _ => self.forget_what_runs(),
        }
        if mode != PowerMode::Sleep && mode != PowerMode::Normal {
            self.balance.stop();
        }
    }

    /// Counters of protections start anew, as after a start.
    fn forget_what_runs(&mut self) {
        self.protect.held.clear();
        self.protect.recovering.clear();
        self.protect.scd_since = None;
        self.protect.alerts = Default::default();
    }

    /// Out of sleep, if it is in it.
    pub(crate) fn wake(&mut self, now: SimTime) {
        let hysteresis = self.seconds(address::SLEEP_HYSTERESIS_TIME);
        self.power.awake_until = now + hysteresis;
        self.power.quiet_since = None;
        if self.power.mode == PowerMode::Sleep {
            self.enter(PowerMode::Normal, now);
            self.alarm.woke = true;
        }
    }

    /// A command that acts only when it comes twice: whether this is the second time.
    pub(crate) fn is_second(&mut self, command: u16, now: SimTime) -> bool {
        let again = self
            .power
            .said_once
            .is_some_and(|(said, at)| said == command && now - at <= TWICE_WITHIN);
        self.power.said_once = (!again).then_some((command, now));
        again
    }

    pub(crate) fn order_shutdown(&mut self, now: SimTime, at_once: bool) {
        let quarters = |at| SimTime::from_millis(self.memory.get(at) as u64 * QUARTER_SECOND);
        let opens = if at_once { now } else { now + quarters(address::FET_OFF_DELAY) };
        let off = if at_once { now } else { opens + quarters(address::SHUTDOWN_COMMAND_DELAY) };
        self.power.shutdown = Some((opens, off));
    }

    pub(crate) fn leave_deep_sleep(&mut self, now: SimTime) {
        if self.power.mode == PowerMode::DeepSleep {
            self.enter(PowerMode::Starting, now);
            self.power.starts = Some(now + DEEP_WAKE);
        }
    }

    /// The instants at which the mode changes by itself.
    pub(crate) fn power_next(&self) -> SimTime {
        let low = self.power.low_since.map(|at| at + self.seconds(address::SHUTDOWN_DELAY));
        let off =
            self.power.shutdown.map(|(opens, off)| if self.now < opens { opens } else { off });
        [self.power.starts, off, low].into_iter().flatten().min().unwrap_or(SimTime::NEVER)
    }

    /// Brings the mode to now; whether it changed.
    pub(crate) fn run_power(&mut self, now: SimTime, analog: &dyn Analog) -> bool {
        let before = self.power.mode;
        if self.power.starts.is_some_and(|at| at <= now) {
            self.power.starts = None;
            self.enter(PowerMode::Normal, now);
        }
        if self.power.shutdown.is_some_and(|(_, off)| off <= now) && !self.pins.ts2_low {
            self.power.shutdown = None;
            self.power.low_since = None;
            self.enter(PowerMode::Shutdown, now);
        }
        match self.power.mode {
            PowerMode::Shutdown => {
                let is_charged = analog.value(ChipChannel::LoadDetect, now) > WAKE_ON_LD;
                if self.pins.ts2_low || (is_charged && !self.charger_seen) {
                    // All that it knew is lost.
                    self.reset(now);
                    self.power.mode = PowerMode::Shutdown;
                    self.enter(PowerMode::Starting, now);
                    self.power.starts = Some(now + START_UP);
                }
                self.charger_seen = is_charged;
            }
            PowerMode::DeepSleep => {
                let is_charged = analog.value(ChipChannel::LoadDetect, now) > WAKE_ON_LD;
                if is_charged && !self.charger_seen {
                    self.leave_deep_sleep(now);
                }
                self.charger_seen = is_charged;
            }
            mode if mode.is_awake() => self.watch_supply(now, analog),
            _ => {}
        }
        before != self.power.mode
    }

    fn watch_supply(&mut self, now: SimTime, analog: &dyn Analog) {
        // What holds LD up from now on is no charger that arrives later.
        self.charger_seen = analog.value(ChipChannel::LoadDetect, now) > WAKE_ON_LD;
        let is_low = self
            .supply_levels()
            .iter()
            .any(|level| level.is_reached(analog.value(level.channel, now)));
        match (is_low, self.power.low_since) {
            (false, _) => self.power.low_since = None,
            (true, None) => self.power.low_since = Some(now),
            (true, Some(since)) => {
                if now >= since + self.seconds(address::SHUTDOWN_DELAY) {
                    self.order_shutdown(now, true);
                }
            }
        }
    }

    /// The pin RST_SHUT: a short pulse wakes or restarts it, a second of it shuts it down.
    pub(crate) fn rst_shut(&mut self, is_high: bool, now: SimTime) {
        match (is_high, self.power.rst_shut_since) {
            (true, None) => self.power.rst_shut_since = Some(now),
            (false, Some(since)) => {
                self.power.rst_shut_since = None;
                if now - since >= SimTime::from_whole_seconds(1) {
                    self.order_shutdown(now, true);
                } else {
                    self.wake(now);
                    self.leave_deep_sleep(now);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn sees_charger_levels(&self) -> Option<(ChipChannel, f64)> {
        matches!(self.power.mode, PowerMode::Shutdown | PowerMode::DeepSleep)
            .then_some((ChipChannel::LoadDetect, WAKE_ON_LD))
    }
}

/// Sleep: what leads there, and what leads out.
impl Chip {
    fn may_sleep(&self) -> bool {
        // A fault of current or voltage keeps it awake, and so does a switch that is still to move.
        self.power.sleep_enabled
            && self.power.mode == PowerMode::Normal
            && self.drivers.predischarge.is_none()
    }

    pub(crate) fn sleep_interests(&self, into: &mut Vec<Interest>) {
        if self.may_sleep() {
            let level = self.milliamperes(address::SLEEP_CURRENT);
            let quiet = vec![
                ChipLevel::below(ChipChannel::Sense, level),
                ChipLevel::above(ChipChannel::Sense, -level),
            ];
            into.push(Interest { look: ChipLook::Slow, all: quiet });
        }
        if self.power.mode == PowerMode::Sleep {
            let level = self.milliamperes(address::WAKE_CURRENT);
            into.push(Interest::one(ChipLook::Wake, ChipLevel::above(ChipChannel::Sense, level)));
            into.push(Interest::one(ChipLook::Wake, ChipLevel::below(ChipChannel::Sense, -level)));
            into.push(Interest { look: ChipLook::Slow, all: self.charger_levels() });
        }
    }

    /// A charger at PACK, as it wakes a chip that sleeps.
    fn charger_levels(&self) -> Vec<ChipLevel> {
        let hundredths = |at| self.memory.number(at) * 0.01;
        let above = self.conv.high[0] + hundredths(address::SLEEP_PACK_TOS_DELTA);
        vec![
            ChipLevel::above(ChipChannel::Pack, hundredths(address::SLEEP_CHARGER_VOLTAGE)),
            ChipLevel::above(ChipChannel::Pack, above),
        ]
    }

    /// What the slow rhythm decides of sleep.
    pub(crate) fn look_sleep(&mut self, now: SimTime, analog: &dyn Analog) {
        if self.power.mode == PowerMode::Sleep {
            let at = |level: &ChipLevel| level.is_reached(analog.value(level.channel, now));
            if self.charger_levels().iter().all(at) {
                self.wake(now);
            }
            return;
        }
        let is_quiet = self.conv.cc1().abs() < self.milliamperes(address::SLEEP_CURRENT);
        if !self.may_sleep() || !is_quiet {
            self.power.quiet_since = None;
            return;
        }
        let since = *self.power.quiet_since.get_or_insert(now);
        let hysteresis = self.seconds(address::SLEEP_HYSTERESIS_TIME);
        if now >= self.power.awake_until && now - since >= hysteresis {
            self.enter(PowerMode::Sleep, now);
        }
    }
}
