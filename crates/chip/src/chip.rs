//! The chip as a whole: what it is made of, and how it is brought to now.

use blackstart_units::SimTime;

use crate::alarm::AlarmRegisters;
use crate::analog::{Analog, ChipChannel, ChipEdge, ChipLevel};
use crate::balancing::Balancing;
use crate::bus::ChipBus;
use crate::command::CommandPort;
use crate::drivers::{DrivenFets, Drivers};
use crate::fault::Fault;
use crate::looks::{ChipLook, Interest, Looks};
use crate::measurement::Converters;
use crate::memory::{DataMemory, address};
use crate::note::{ChipNote, Note};
use crate::power::{Power, PowerMode};
use crate::protection::Protections;
use crate::recovery::LoadDetect;
use crate::variant::{BusKind, Variant};

/// Rounds in which what the chip does has it look again at one instant.
const ROUNDS: usize = 32;
/// Notes that are kept until they are taken.
const MOST_NOTES: usize = 1_000;
/// Bits of `Power Config`.
const SLEEP_AT_START: i64 = 1 << 8;

/// How it is soldered in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChipWiring {
    /// Inputs that have a cell; the others are shorted.
    pub inputs: u16,
    /// Filter capacitor at a cell input, F.
    pub capacitor_f: f64,
}

/// Its inputs that are no measurements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChipPins {
    /// The pin CFETOFF is pulled.
    pub cfetoff: bool,
    /// The pin DFETOFF is pulled.
    pub dfetoff: bool,
    /// RST_SHUT is high.
    pub rst_shut: bool,
    /// TS2 is pulled low.
    pub ts2_low: bool,
    /// Inputs whose wire to the top of their cell is open.
    pub open_inputs: u16,
}

/// What it drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChipOutputs {
    /// The switches.
    pub fets: DrivenFets,
    /// The line ALERT is pulled.
    pub alert: bool,
    /// Inputs that are discharged.
    pub balancing: u16,
}

/// A chip of the family.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    pub(crate) variant: Variant,
    pub(crate) wiring: ChipWiring,
    pub(crate) pins: ChipPins,
    pub(crate) now: SimTime,
    pub(crate) memory: DataMemory,
    /// What a reset loads.
    programmed: DataMemory,
    pub(crate) power: Power,
    pub(crate) conv: Converters,
    pub(crate) looks: Looks,
    pub(crate) protect: Protections,
    pub(crate) permanent_enabled: bool,
    pub(crate) load_detect: LoadDetect,
    pub(crate) drivers: Drivers,
    pub(crate) alarm: AlarmRegisters,
    pub(crate) balance: Balancing,
    pub(crate) command: CommandPort,
    pub(crate) bus: ChipBus,
    /// POR: it was reset, and nobody has set it up since.
    pub(crate) is_reset: bool,
    /// Something that could wake it was there already.
    pub(crate) charger_seen: bool,
    pub(crate) open_wires_next: SimTime,
    notes: Vec<ChipNote>,
}

impl Chip {
    /// A chip that was started long ago, with what its maker left in it.
    pub fn new(variant: Variant, bus: BusKind, wiring: ChipWiring) -> Self {
        let now = SimTime::ZERO;
        let mut chip = Self {
            variant,
            wiring,
            pins: ChipPins::default(),
            now,
            memory: DataMemory::default(),
            programmed: DataMemory::default(),
            power: Power::new(now, true),
            conv: Converters::new(now),
            looks: Looks::new(now),
            protect: Protections::default(),
            permanent_enabled: false,
            load_detect: LoadDetect::default(),
            drivers: Drivers::default(),
            alarm: AlarmRegisters::default(),
            balance: Balancing::new(now),
            command: CommandPort::default(),
            bus: ChipBus::new(bus),
            is_reset: true,
            charger_seen: true,
            open_wires_next: SimTime::NEVER,
            notes: Vec::new(),
        };
        chip.reset(now);
        chip.restart_conversions(now);
        chip
    }

    /// Programs a place of the memory for good, as a factory does: little-endian.
    pub fn program(&mut self, address: u16, bytes: &[u8]) {
        self.programmed.write(address, bytes);
        self.reset(self.now);
        self.restart_conversions(self.now);
    }

    /// Everything as after power-up, but the bus, which keeps its language.
    pub(crate) fn reset(&mut self, now: SimTime) {
        self.memory = self.programmed.clone();
        let asleep = self.memory.get(address::POWER_CONFIG) & SLEEP_AT_START != 0;
        self.power = Power::new(now, asleep);
        let drift = self.conv.drift;
        self.conv = Converters::new(now);
        self.conv.drift = drift;
        self.protect = Protections { heard: now, ..Protections::default() };
        let started = self.memory.get(address::MANUFACTURING_STATUS);
        self.permanent_enabled = started >> 6 & 1 == 1;
        self.load_detect = LoadDetect::default();
        self.drivers = Drivers { is_enabled: started >> 4 & 1 == 1, ..Drivers::default() };
        self.drivers.host_off = self.starts_with_switches_off();
        self.alarm = AlarmRegisters::default();
        self.reload_alarms();
        self.balance = Balancing::new(now);
        self.command = CommandPort::default();
        self.command.regulators = self.memory.byte(address::REGULATORS);
        self.is_reset = true;
        self.power.awake_until = now + self.seconds(address::SLEEP_HYSTERESIS_TIME);
        self.open_wires_next = now + self.open_wire_period();
    }

    pub(crate) fn open_wire_period(&self) -> SimTime {
        match self.seconds(address::OPEN_WIRE_TIME) {
            SimTime::ZERO => SimTime::NEVER,
            period => period,
        }
    }

    /// Its pins are like this from now on.
    pub fn set_pins(&mut self, pins: ChipPins, now: SimTime) {
        if self.pins.rst_shut != pins.rst_shut {
            self.rst_shut(pins.rst_shut, now);
        }
        if self.pins.open_inputs == 0 && pins.open_inputs != 0 {
            self.open_wires_next = now + self.open_wire_period();
        }
        self.pins = pins;
        if pins.open_inputs == 0 {
            self.conv.drift = Default::default();
        }
    }

    /// Its pins as they are.
    pub fn pins(&self) -> ChipPins {
        self.pins
    }

    /// What it drives now.
    pub fn outputs(&self) -> ChipOutputs {
        ChipOutputs { fets: self.drivers.on, alert: self.alerts(), balancing: self.balance.active }
    }

    /// When it was brought to now last.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The mode of power that it is in.
    pub fn mode(&self) -> PowerMode {
        self.power.mode
    }

    /// Whether a protection has acted and not let go.
    pub fn has_acted(&self, fault: Fault) -> bool {
        self.protect.status.has(fault)
    }

    /// How often a protection has acted since the start.
    pub fn times_acted(&self, fault: Fault) -> u32 {
        self.protect.times.get(&fault).copied().unwrap_or(0)
    }

    /// Whether a protection would act.
    pub fn is_armed(&self, fault: Fault) -> bool {
        self.power.mode.is_awake() && self.is_enabled(fault) && !self.protect.status.has(fault)
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<ChipNote> {
        std::mem::take(&mut self.notes)
    }

    pub(crate) fn note(&mut self, at: SimTime, note: Note) {
        let is_same = self.notes.last().is_some_and(|last| last.note == note);
        if !is_same && self.notes.len() < MOST_NOTES {
            self.notes.push(ChipNote { at, note });
        }
    }

    /// The host was heard.
    pub(crate) fn heard(&mut self, now: SimTime) {
        self.protect.heard = now;
        self.let_go(Fault::Hwdf, now);
    }

    /// Levels at which it must be brought to now.
    pub fn levels(&self) -> Vec<ChipLevel> {
        let mut levels = self.looks.levels.clone();
        if self.power.mode.is_awake()
            && let Some(level) = self.short_level()
        {
            let is_passed = self.protect.scd_since.is_some();
            levels.push(if is_passed { level.back() } else { level });
        }
        levels.extend(
            self.supply_levels()
                .into_iter()
                .map(|level| if self.power.low_since.is_some() { level.back() } else { level }),
        );
        if let Some((channel, level)) = self.sees_charger_levels() {
            let edge = if self.charger_seen { ChipEdge::Falling } else { ChipEdge::Rising };
            levels.push(ChipLevel { channel, level, edge });
        }
        levels
    }

    /// Below these it cannot stay on.
    pub(crate) fn supply_levels(&self) -> Vec<ChipLevel> {
        if !self.power.mode.is_awake() {
            return Vec::new();
        }
        let stack = self.memory.number(address::SHUTDOWN_STACK_VOLTAGE) * 0.01;
        let cell = self.memory.number(address::SHUTDOWN_CELL_VOLTAGE) * 1e-3;
        let mut levels = vec![ChipLevel::below(ChipChannel::Stack, stack)];
        if cell > 0.0 {
            levels.extend(self.cells_beyond(false, cell));
        }
        levels
    }

    /// The next instant at which something may change by itself.
    pub fn next(&self) -> SimTime {
        let mut next = self.command.next().min(self.power_next());
        if !self.power.mode.is_awake() {
            return next;
        }
        if let Some(since) = self.protect.scd_since {
            next = next.min(since + self.delay(Fault::Scd).unwrap_or_default());
        }
        if self.is_armed(Fault::Hwdf) {
            next = next.min(self.protect.heard + self.seconds(address::HWD_DELAY));
        }
        let drains = self.pins.open_inputs != 0;
        next.min(self.looks.next())
            .min(self.recovery_next())
            .min(self.drivers_next())
            .min(self.balancing_next())
            .min(if drains { self.open_wires_next } else { SimTime::NEVER })
    }

    /// Converts what lay at its pins up to an instant before which nothing had to be decided.
    pub fn observe(&mut self, upto: SimTime, analog: &dyn Analog) {
        self.convert(upto, analog);
    }

    /// Brings it to now: it does everything that is due.
    pub fn advance(&mut self, now: SimTime, analog: &dyn Analog) {
        self.now = now;
        for _ in 0..ROUNDS {
            self.convert(now, analog);
            let mut any = self.run_commands(now);
            any |= self.run_power(now, analog);
            if self.power.mode.is_awake() {
                any |= self.run_awake(now, analog);
            }
            any |= self.drive(now);
            if !any {
                break;
            }
        }
        self.raise_alarms();
    }

    fn run_awake(&mut self, now: SimTime, analog: &dyn Analog) -> bool {
        let mut any = false;
        self.look_short(now, analog);
        self.run_recovery(now, analog);
        let watched = self.is_armed(Fault::Hwdf);
        if watched && now >= self.protect.heard + self.seconds(address::HWD_DELAY) {
            self.trip(Fault::Hwdf, now);
        }
        if self.pins.open_inputs != 0 && self.open_wires_next <= now {
            self.open_wires_next = now + self.open_wire_period();
            self.check_open_wires();
        }
        any |= self.run_balancing(now);
        let interests = self.interests();
        let period = SimTime::from_millis(48 >> (self.memory.get(address::POWER_CONFIG) & 3));
        self.looks.set_wake_period(period);
        let (held, drivers) = (self.holds(), self.wants_loops());
        let busy = |look| match look {
            ChipLook::Grid => held.0,
            ChipLook::Loop => held.1 || drivers,
            ChipLook::Slow => held.2,
            ChipLook::Wake => false,
        };
        self.looks.arm(now, &interests, busy, analog);
        if self.looks.take(ChipLook::Grid, now) {
            any = true;
            self.look_grid(now, analog);
        }
        if self.looks.take(ChipLook::Loop, now) {
            any = true;
            self.look_loop(now);
            self.look_drivers();
        }
        if self.looks.take(ChipLook::Slow, now) {
            any = true;
            self.look_slow(now);
            self.look_predischarge(analog.value(ChipChannel::LoadDetect, now));
            self.look_sleep(now, analog);
        }
        if self.looks.take(ChipLook::Wake, now) {
            any = true;
            let level = self.milliamperes(address::WAKE_CURRENT);
            if analog.value(ChipChannel::Sense, now).abs() >= level {
                self.wake(now);
            }
        }
        any
    }

    /// Whether anything of these rhythms is being counted: comparators, conversions, the slow current.
    fn holds(&self) -> (bool, bool, bool) {
        let any = |faults: &[Fault]| {
            let counts = |one: &Fault| {
                self.protect.held.contains_key(one) || self.protect.recovering.contains_key(one)
            };
            faults.iter().any(counts)
        };
        let grid = [Fault::Cov, Fault::Cuv, Fault::Occ, Fault::Ocd1, Fault::Ocd2];
        let slow = [Fault::Ocd3, Fault::Pto];
        let on_grid = grid.iter().any(|one| self.protect.held.contains_key(one));
        let warmth = [
            Fault::Otc,
            Fault::Otd,
            Fault::Otf,
            Fault::Otint,
            Fault::Utc,
            Fault::Utd,
            Fault::Utint,
        ];
        let on_slow = slow.iter().any(|one| self.protect.held.contains_key(one));
        let in_loop = any(&warmth)
            || !self.protect.recovering.is_empty()
            || !self.protect.permanent_held.is_empty();
        (on_grid, in_loop, on_slow || self.power.quiet_since.is_some())
    }

    fn interests(&self) -> Vec<Interest> {
        let mut all = Vec::new();
        self.protection_interests(&mut all);
        self.recovery_interests(&mut all);
        self.driver_interests(&mut all);
        self.sleep_interests(&mut all);
        all
    }
}
