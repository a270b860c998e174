//! The built-in controller of a pack that is made of parts: it takes what pins its role has.
//!
//! With contactors it closes minus, pre-charges, closes plus, and opens all for any fault; with two
//! switches in series it stops one direction, and closes the charge switch again while the pack
//! discharges, so that its body diode need not carry the current. It looks at fixed intervals, and
//! wherever a state changes. What its role lacks it does without.

use std::ops::Range;

use blackstart_engine::SignalKind;
use blackstart_engine::{Controller, Desk, PinBank};
use blackstart_units::SimTime;

/// What it is set to, in SI units and °C.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is a key of the declared kind `pack-rules`")]
pub struct PackRules {
    pub period: SimTime,
    pub cell_high: f64,
    pub cell_high_clear: f64,
    pub cell_low: f64,
    pub cell_low_clear: f64,
    pub discharge_limit: f64,
    pub charge_limit: f64,
    pub hottest: f64,
    pub coldest_charge: f64,
    pub temperature_hysteresis: f64,
    pub limit_time: SimTime,
    pub precharge_within: f64,
    pub precharge_timeout: SimTime,
    pub feedback_time: SimTime,
    pub interlock_time: SimTime,
    pub balance_above: f64,
    pub balance_difference: f64,
    pub body_diode_current: f64,
}

/// Why it does not let current flow, in the order of their weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Interlock,
    ContactorFeedback,
    OverCurrent,
    PrechargeTimeout,
    CellHigh,
    CellLow,
    Hot,
    Cold,
}

impl Fault {
    /// The word of the claim `alarm`.
    const fn word(self) -> &'static str {
        match self {
            Self::Interlock => "interlock",
            Self::ContactorFeedback => "contactor-feedback",
            Self::OverCurrent => "over-current",
            Self::PrechargeTimeout => "precharge-timeout",
            Self::CellHigh => "cell-over-voltage",
            Self::CellLow => "cell-under-voltage",
            Self::Hot => "too-hot",
            Self::Cold => "too-cold",
        }
    }
}

/// How far contactors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Off,
    Precharge(SimTime),
    On,
    Failed(Fault),
}

/// Since when something has been so.
#[derive(Clone, Copy, Debug, Default)]
struct Since(Option<SimTime>);

impl Since {
    /// Whether it has been so for a time; `until` is reported when it will have been.
    fn holds(&mut self, so: bool, now: SimTime, time: SimTime, until: &mut SimTime) -> bool {
        self.0 = so.then(|| self.0.unwrap_or(now));
        let ends = self.0.map_or(SimTime::NEVER, |since| since + time);
        if ends > now {
            *until = (*until).min(ends);
        }
        ends <= now
    }
}

/// Where its pins are.
#[derive(Clone, Debug, Default)]
struct Pins {
    cells: Range<usize>,
    temperatures: Range<usize>,
    current: Option<usize>,
    pack: Option<usize>,
    port: Option<usize>,
    interlock: Option<usize>,
    enable: Option<usize>,
    /// Contactors: command and feedback, minus, plus and pre-charge.
    contactors: [(Option<usize>, Option<usize>); 3],
    discharge: Option<usize>,
    charge: Option<usize>,
    clear: Option<usize>,
    balance: Range<usize>,
}

/// The controller.
#[derive(Clone, Debug)]
pub struct PackControl {
    rules: PackRules,
    pins: Pins,
    phase: Phase,
    was_enabled: bool,
    high: bool,
    low: bool,
    hot: bool,
    cold: bool,
    high_since: Since,
    low_since: Since,
    current_since: Since,
    interlock_since: Since,
    feedback_since: [Since; 3],
}

const MINUS: usize = 0;
const PLUS: usize = 1;
const PRECHARGE: usize = 2;

fn array(bank: &PinBank, pattern: &str) -> Range<usize> {
    bank.array(pattern).unwrap_or(0..0)
}

impl PackControl {
    /// A controller over such banks; `None` where it could open nothing or see no cell.
    pub fn new(rules: PackRules, readings: &PinBank, commands: &PinBank) -> Option<Self> {
        let contactor =
            |name: &str, feedback: &str| (commands.index(name), readings.index(feedback));
        let pins = Pins {
            cells: array(readings, "cell-*_voltage_v"),
            temperatures: array(readings, "temperature-*_c"),
            current: readings.index("pack_current_a"),
            pack: readings.index("pack_voltage_v"),
            port: readings.index("port_voltage_v"),
            interlock: readings.index("interlock"),
            enable: readings.index("enable"),
            contactors: [
                contactor("minus_contactor", "minus_feedback"),
                contactor("plus_contactor", "plus_feedback"),
                contactor("precharge_switch", "precharge_feedback"),
            ],
            discharge: commands.index("discharge_switch"),
            charge: commands.index("charge_switch"),
            clear: commands.index("front_end_clear"),
            balance: array(commands, "balance-*"),
        };
        let opens = pins.contactors[PLUS].0.or(pins.discharge).is_some();
        (opens && !pins.cells.is_empty()).then_some(Self {
            rules,
            pins,
            phase: Phase::Off,
            was_enabled: false,
            high: false,
            low: false,
            hot: false,
            cold: false,
            high_since: Since::default(),
            low_since: Since::default(),
            current_since: Since::default(),
            interlock_since: Since::default(),
            feedback_since: [Since::default(); 3],
        })
    }

    /// Limits of cells and temperatures, with what they need to come back.
    fn look(&mut self, desk: &Desk<'_>, until: &mut SimTime) {
        let Self { rules, pins, .. } = self;
        let values = |range: &Range<usize>| range.clone().map(|index| desk.readings.get(index));
        let highest = values(&pins.cells).fold(f64::MIN, f64::max);
        let lowest = values(&pins.cells).fold(f64::MAX, f64::min);
        let time = rules.limit_time;
        let high = self.high_since.holds(highest >= rules.cell_high, desk.now, time, until);
        let low = self.low_since.holds(lowest <= rules.cell_low, desk.now, time, until);
        self.high = high || (self.high && highest > rules.cell_high_clear);
        self.low = low || (self.low && lowest < rules.cell_low_clear);
        if !pins.temperatures.is_empty() {
            let hottest = values(&pins.temperatures).fold(f64::MIN, f64::max);
            let coldest = values(&pins.temperatures).fold(f64::MAX, f64::min);
            let back = rules.temperature_hysteresis;
            self.hot = hottest >= rules.hottest || (self.hot && hottest > rules.hottest - back);
            let edge = rules.coldest_charge;
            self.cold = coldest <= edge || (self.cold && coldest < edge + back);
        }
    }

    fn current(&self, desk: &Desk<'_>) -> f64 {
        self.pins.current.map_or(0.0, |index| desk.readings.get(index))
    }

    /// What forbids everything.
    fn hard_fault(&mut self, desk: &Desk<'_>, until: &mut SimTime) -> Option<Fault> {
        let rules = self.rules;
        let is_open =
            |index: Option<usize>| index.is_some_and(|index| desk.readings.get(index) < 0.5);
        let opened = is_open(self.pins.interlock);
        if self.interlock_since.holds(opened, desk.now, rules.interlock_time, until) {
            return Some(Fault::Interlock);
        }
        let current = self.current(desk);
        let over = current >= rules.discharge_limit || current <= -rules.charge_limit;
        if self.current_since.holds(over, desk.now, rules.limit_time, until) {
            return Some(Fault::OverCurrent);
        }
        for (since, (command, feedback)) in self.feedback_since.iter_mut().zip(self.pins.contactors)
        {
            let (Some(command), Some(feedback)) = (command, feedback) else { continue };
            let differs = desk.commands.get(command) != desk.readings.get(feedback);
            if since.holds(differs, desk.now, rules.feedback_time, until) {
                return Some(Fault::ContactorFeedback);
            }
        }
        None
    }

    fn soft_fault(&self) -> Option<Fault> {
        let all = [
            (self.high, Fault::CellHigh),
            (self.low, Fault::CellLow),
            (self.hot, Fault::Hot),
            (self.cold, Fault::Cold),
        ];
        all.into_iter().find(|(is, _)| *is).map(|(_, fault)| fault)
    }

    /// Minus, pre-charge, plus, and everything open for any fault.
    fn run_contactors(&mut self, desk: &mut Desk<'_>, hard: Option<Fault>, enabled: bool) {
        let soft =
            self.soft_fault().filter(|fault| *fault != Fault::Cold || self.current(desk) < 0.0);
        let fault = hard.or(soft);
        let difference = match (self.pins.pack, self.pins.port) {
            (Some(pack), Some(port)) => (desk.readings.get(pack) - desk.readings.get(port)).abs(),
            _ => 0.0,
        };
        self.phase = match (self.phase, fault) {
            (_, Some(fault)) => Phase::Failed(fault),
            (Phase::Failed(failed), None) if failed != Fault::PrechargeTimeout && !enabled => {
                Phase::Off
            }
            (Phase::Failed(failed), None) => Phase::Failed(failed),
            (_, None) if !enabled => Phase::Off,
            (Phase::Off, None) => Phase::Precharge(desk.now),
            (Phase::Precharge(_), None) if difference <= self.rules.precharge_within => Phase::On,
            (Phase::Precharge(since), None) if desk.now >= since + self.rules.precharge_timeout => {
                Phase::Failed(Fault::PrechargeTimeout)
            }
            (phase, None) => phase,
        };
        let closed = match self.phase {
            Phase::Off | Phase::Failed(_) => [false; 3],
            Phase::Precharge(_) => [true, false, true],
            Phase::On => [true, true, false],
        };
        for place in [MINUS, PRECHARGE, PLUS] {
            if let Some(command) = self.pins.contactors[place].0 {
                desk.commands.set(command, f64::from(closed[place]));
            }
        }
    }

    /// Each direction by its own switch.
    fn run_switches(&mut self, desk: &mut Desk<'_>, hard: Option<Fault>, enabled: bool) {
        let runs = enabled && hard.is_none();
        let discharges = runs && !self.low && !self.hot;
        let conducts = self.current(desk) >= self.rules.body_diode_current;
        let charges = runs && ((!self.high && !self.hot && !self.cold) || (discharges && conducts));
        for (pin, closed) in [(self.pins.discharge, discharges), (self.pins.charge, charges)] {
            if let Some(pin) = pin {
                desk.commands.set(pin, f64::from(closed));
            }
        }
        self.phase = match hard {
            Some(fault) => Phase::Failed(fault),
            None if runs => Phase::On,
            None => Phase::Off,
        };
    }

    fn balance(&self, desk: &mut Desk<'_>) {
        let cells = self.pins.cells.clone();
        let lowest = cells.clone().map(|k| desk.readings.get(k)).fold(f64::MAX, f64::min);
        for (command, cell) in self.pins.balance.clone().zip(cells) {
            let volts = desk.readings.get(cell);
            let is_high = volts >= self.rules.balance_above
                && volts - lowest >= self.rules.balance_difference;
            desk.commands.set(command, f64::from(is_high));
        }
    }

    fn claim(&self, desk: &mut Desk<'_>) {
        let state = match self.phase {
            Phase::Off => "standby",
            Phase::Precharge(_) => "precharge",
            Phase::On => "normal",
            Phase::Failed(_) => "error",
        };
        let alarm = match self.phase {
            Phase::Failed(fault) => Some(fault),
            _ => self.soft_fault(),
        };
        say(desk.claims, "state", state);
        say(desk.claims, "alarm", alarm.map_or("none", Fault::word));
    }
}

/// Sets a claim to the state of a name, if it has it.
fn say(claims: &mut PinBank, name: &str, word: &str) {
    let Some(index) = claims.index(name) else { return };
    let SignalKind::State(names) = &claims.items()[index].kind else { return };
    if let Some(place) = names.iter().position(|one| one == word) {
        claims.set(index, place as f64);
    }
}

impl Controller for PackControl {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        let mut until = desk.now + self.rules.period;
        self.look(desk, &mut until);
        let hard = self.hard_fault(desk, &mut until);
        let enabled = self.pins.enable.is_none_or(|index| desk.readings.get(index) > 0.5);
        if self.pins.contactors[PLUS].0.is_some() {
            self.run_contactors(desk, hard, enabled);
        } else {
            self.run_switches(desk, hard, enabled);
        }
        self.balance(desk);
        // Whoever asks for the pack anew lets go what its hardware has latched.
        if let Some(clear) = self.pins.clear.filter(|_| enabled && !self.was_enabled) {
            let other = desk.commands.get(clear) + 1.0;
            desk.commands.set(clear, other);
        }
        self.was_enabled = enabled;
        self.claim(desk);
        until
    }
}
