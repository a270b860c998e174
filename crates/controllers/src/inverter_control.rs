//! An inverter's own control: when it starts, and when it stops.
//!
//! Starts above a voltage and stops below another after a delay; stops at once above a third; stops
//! when it carries too much for too long. Restarts after a pause, and stays off after too many
//! restarts that each ended in another stop, until somebody turns the front switch off and on or the
//! battery has been at the charge-detect voltage for a while (the rules of the Phoenix manuals). In
//! ECO mode it looks for a load with short pulses while little is drawn. Its port may switch it off and
//! change its levels. Not modelled: temperature
//! that builds up under load, and the DC ripple alarm.

use blackstart_engine::{AlertEdge, Controller, Desk, PinBank, Subscription, WatchedReading};
use blackstart_scenario::Eco;
use blackstart_units::{SimTime, Volts, Watts};

/// What the control is set to.
#[derive(Clone, Copy, Debug)]
pub struct StartRules {
    /// Starts at or above this voltage …
    pub start_voltage: Volts,
    /// … after this long.
    pub start_delay: SimTime,
    /// Stops at or below this voltage …
    pub shutdown_voltage: Volts,
    /// … for this long.
    pub shutdown_delay: SimTime,
    /// Stops at once at or below this voltage, from which its power stage cannot work …
    pub minimum_voltage: Volts,
    /// … and above this one.
    pub high_voltage: Volts,
    /// Pause between a stop and the next start.
    pub restart_delay: SimTime,
    /// Restarts that may each be followed by another stop within `restart_delay`.
    pub restart_tries: u32,
    /// At or above this voltage …
    pub charge_detect_voltage: Volts,
    /// … for this long, a lock-out ends.
    pub charge_detect_time: SimTime,
    /// More than this real power …
    pub continuous_power: Watts,
    /// … or more than this apparent power, in VA …
    pub rated_apparent: Watts,
    /// … for this long is an overload.
    pub peak_time: SimTime,
    /// More than this power …
    pub peak_power: Watts,
    /// … for this long is one as well.
    pub limit_time: SimTime,
    /// Search for a load by pulses.
    pub eco: Option<Eco>,
}

/// How a Phoenix searches when nobody has said otherwise: below 15 W, every 2.5 s (Phoenix 12/250 manual,
/// 4.2), for eight periods of 20 ms (a public emulator's register 0xEB10).
const USUAL_SEARCH: Eco = Eco {
    wake_power: Watts(15.0),
    interval: SimTime::from_millis(2_500),
    pulse: SimTime::from_millis(160),
};

/// Slot of the level below which it must act.
const LOW_SLOT: u8 = 0;
/// Slot of the level above which it must act.
const HIGH_SLOT: u8 = 1;

/// Why it stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    LowVoltage,
    Overload,
    HighVoltage,
}

/// What must not last: since when each holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Timers {
    low: Option<SimTime>,
    over: Option<SimTime>,
    at_limit: Option<SimTime>,
    light: Option<SimTime>,
}

/// States; the claim's names are `off`, `waiting`, `running`, `low-voltage`, `locked-out`,
/// `overload`, `high-voltage`, `searching`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Off,
    Waiting { starts_at: Option<SimTime> },
    Running { since: SimTime, timers: Timers },
    Pulse { until: SimTime },
    Pause { until: SimTime },
    Stopped { fault: Fault, until: SimTime },
    LockedOut { ends_at: Option<SimTime> },
}

/// The control of one inverter.
#[derive(Clone, Debug)]
pub struct InverterControl {
    rules: StartRules,
    /// How it searches, or would.
    search: Eco,
    /// What its port was sent: to be on, and that the battery may be discharged.
    ordered_on: bool,
    discharge_allowed: bool,
    state: State,
    short_runs: u32,
    voltage: usize,
    switch: usize,
    remote: usize,
    power: usize,
    apparent: usize,
    run: usize,
    claim: usize,
}

/// What it can see.
#[derive(Clone, Copy)]
struct Seen {
    now: SimTime,
    voltage: Volts,
    power: Watts,
    apparent: Watts,
}

impl InverterControl {
    /// A control for a role whose banks have these names; `None` when one that it needs is missing.
    pub fn new(
        rules: StartRules,
        readings: &PinBank,
        commands: &PinBank,
        claims: &PinBank,
    ) -> Option<Self> {
        Some(Self {
            rules,
            search: rules.eco.unwrap_or(USUAL_SEARCH),
            ordered_on: true,
            discharge_allowed: true,
            state: State::Off,
            short_runs: 0,
            voltage: readings.index("dc_voltage_v")?,
            switch: readings.index("front_switch")?,
            remote: readings.index("remote")?,
            power: readings.index("ac_power_w")?,
            apparent: readings.index("ac_apparent_va")?,
            run: commands.index("run")?,
            claim: claims.index("state")?,
        })
    }

    fn next_state(&mut self, seen: Seen) -> State {
        let (now, rules) = (seen.now, &self.rules);
        let startable = seen.voltage >= rules.start_voltage && seen.voltage <= rules.high_voltage;
        match self.state {
            State::Off => State::Waiting { starts_at: None },
            State::Waiting { .. } if !startable => State::Waiting { starts_at: None },
            State::Waiting { starts_at } => match starts_at {
                Some(at) if now >= at => self.started(now),
                _ => State::Waiting { starts_at: starts_at.or(Some(now + rules.start_delay)) },
            },
            State::Running { since, timers } => self.run_on(seen, since, timers),
            State::Pulse { .. } | State::Pause { .. } if !self.is_sound(seen.voltage) => {
                self.stop(now, now, self.voltage_fault(seen.voltage))
            }
            State::Pulse { until } if now >= until => match self.rules.eco {
                Some(eco) if seen.power < eco.wake_power => {
                    State::Pause { until: now + eco.interval }
                }
                _ => State::Running { since: now, timers: Timers::default() },
            },
            State::Pause { until } if now >= until => self.started(now),
            State::Stopped { until, .. } if now >= until => State::Waiting { starts_at: None },
            State::LockedOut { .. } if seen.voltage < rules.charge_detect_voltage => {
                State::LockedOut { ends_at: None }
            }
            State::LockedOut { ends_at: Some(at) } if now >= at => {
                self.short_runs = 0;
                State::Waiting { starts_at: None }
            }
            State::LockedOut { ends_at } => {
                let ends_at = ends_at.or(Some(now + rules.charge_detect_time));
                State::LockedOut { ends_at }
            }
            State::Pulse { .. } | State::Pause { .. } | State::Stopped { .. } => self.state,
        }
    }

    fn started(&self, now: SimTime) -> State {
        match self.rules.eco {
            Some(eco) => State::Pulse { until: now + eco.pulse },
            None => State::Running { since: now, timers: Timers::default() },
        }
    }

    fn is_sound(&self, voltage: Volts) -> bool {
        voltage > self.rules.shutdown_voltage && voltage <= self.rules.high_voltage
    }

    fn voltage_fault(&self, voltage: Volts) -> Fault {
        if voltage > self.rules.high_voltage { Fault::HighVoltage } else { Fault::LowVoltage }
    }

    fn run_on(&mut self, seen: Seen, since: SimTime, before: Timers) -> State {
        let (now, rules) = (seen.now, &self.rules);
        let hold = |holds: bool, before: Option<SimTime>| holds.then(|| before.unwrap_or(now));
        let over = seen.power > rules.continuous_power || seen.apparent > rules.rated_apparent;
        let light = rules.eco.is_some_and(|eco| seen.power < eco.wake_power);
        let timers = Timers {
            low: hold(seen.voltage <= rules.shutdown_voltage, before.low),
            over: hold(over, before.over),
            at_limit: hold(seen.power > rules.peak_power, before.at_limit),
            light: hold(light, before.light),
        };
        let due = |since: Option<SimTime>, span: SimTime| since.is_some_and(|at| now >= at + span);
        if seen.voltage > rules.high_voltage {
            self.stop(now, since, Fault::HighVoltage)
        } else if seen.voltage <= rules.minimum_voltage || due(timers.low, rules.shutdown_delay) {
            self.stop(now, since, Fault::LowVoltage)
        } else if due(timers.over, rules.peak_time) || due(timers.at_limit, rules.limit_time) {
            self.stop(now, since, Fault::Overload)
        } else if let Some(eco) = rules.eco.filter(|eco| due(timers.light, eco.interval)) {
            State::Pause { until: now + eco.interval }
        } else {
            State::Running { since, timers }
        }
    }

    fn stop(&mut self, now: SimTime, since: SimTime, fault: Fault) -> State {
        self.short_runs =
            if now - since <= self.rules.restart_delay { self.short_runs + 1 } else { 0 };
        if self.short_runs >= self.rules.restart_tries {
            State::LockedOut { ends_at: None }
        } else {
            State::Stopped { fault, until: now + self.rules.restart_delay }
        }
    }

    /// When it acts next without anything happening outside.
    fn next_wake(&self) -> SimTime {
        let rules = &self.rules;
        match self.state {
            State::Off => SimTime::NEVER,
            State::Waiting { starts_at } => starts_at.unwrap_or(SimTime::NEVER),
            State::Running { timers, .. } => {
                let eco = rules.eco.map_or(SimTime::NEVER, |eco| eco.interval);
                [
                    (timers.low, rules.shutdown_delay),
                    (timers.over, rules.peak_time),
                    (timers.at_limit, rules.limit_time),
                    (timers.light, eco),
                ]
                .into_iter()
                .filter_map(|(since, span)| Some(since? + span))
                .min()
                .unwrap_or(SimTime::NEVER)
            }
            State::Pulse { until } | State::Pause { until } | State::Stopped { until, .. } => until,
            State::LockedOut { ends_at } => ends_at.unwrap_or(SimTime::NEVER),
        }
    }

    /// The levels whose crossing would change something, below and above.
    fn levels(&self) -> (Option<Volts>, Option<Volts>) {
        let rules = &self.rules;
        match self.state {
            State::Waiting { starts_at: None } => (None, Some(rules.start_voltage)),
            State::Running { timers: Timers { low: None, .. }, .. }
            | State::Pulse { .. }
            | State::Pause { .. } => (Some(rules.shutdown_voltage), Some(rules.high_voltage)),
            State::Running { .. } => (None, Some(rules.shutdown_voltage)),
            State::LockedOut { ends_at: None } => (None, Some(rules.charge_detect_voltage)),
            State::LockedOut { .. } => (Some(rules.charge_detect_voltage), None),
            State::Waiting { .. } => (Some(rules.start_voltage), Some(rules.high_voltage)),
            State::Off | State::Stopped { .. } => (None, None),
        }
    }

    fn claim(&self) -> f64 {
        match self.state {
            State::Off => 0.0,
            State::Waiting { .. } => 1.0,
            State::Running { .. } => 2.0,
            State::Stopped { fault: Fault::LowVoltage, .. } => 3.0,
            State::LockedOut { .. } => 4.0,
            State::Stopped { fault: Fault::Overload, .. } => 5.0,
            State::Stopped { fault: Fault::HighVoltage, .. } => 6.0,
            State::Pulse { .. } | State::Pause { .. } => 7.0,
        }
    }
}

impl Controller for InverterControl {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        let seen = Seen {
            now: desk.now,
            voltage: Volts(desk.readings.get(self.voltage)),
            power: Watts(desk.readings.get(self.power)),
            apparent: Watts(desk.readings.get(self.apparent)),
        };
        let switched_off =
            desk.readings.get(self.switch) < 0.5 || desk.readings.get(self.remote) < 0.5;
        if switched_off || !self.ordered_on || !self.discharge_allowed {
            self.state = State::Off;
            self.short_runs = 0;
        } else {
            // A state may lead straight to the next one; none leads back within one instant.
            loop {
                let next = self.next_state(seen);
                if std::mem::replace(&mut self.state, next) == next {
                    break;
                }
            }
        }
        let runs = matches!(self.state, State::Running { .. } | State::Pulse { .. });
        desk.commands.set(self.run, f64::from(runs));
        desk.claims.set(self.claim, self.claim());
        let (low, high) = self.levels();
        let reading = WatchedReading::One(self.voltage);
        let level =
            |edge, level: Volts| Subscription { reading: reading.clone(), edge, level: level.0 };
        desk.subscribe(LOW_SLOT, low.map(|volts| level(AlertEdge::Falling, volts)));
        desk.subscribe(HIGH_SLOT, high.map(|volts| level(AlertEdge::Rising, volts)));
        self.next_wake()
    }

    /// Besides keys of its device file: `on`, and `discharge_allowed`, which a BMS withdraws.
    fn set(&mut self, setting: &str, value: f64) -> bool {
        let is_eco = self.rules.eco.is_some();
        match setting {
            "on" => self.ordered_on = value > 0.5,
            "discharge_allowed" => self.discharge_allowed = value > 0.5,
            "start_voltage_v" => self.rules.start_voltage = Volts(value),
            "shutdown_voltage_v" => self.rules.shutdown_voltage = Volts(value),
            "charge_detect_voltage_v" => self.rules.charge_detect_voltage = Volts(value),
            "eco_wake_power_w" => self.search.wake_power = Watts(value),
            "eco_search_interval_s" => self.search.interval = SimTime::from_seconds(value),
            "eco_pulse_ms" => self.search.pulse = SimTime::from_seconds(1e-3 * value),
            "eco" => {}
            _ => return false,
        }
        let is_eco = if setting == "eco" { value > 0.5 } else { is_eco };
        self.rules.eco = is_eco.then_some(self.search);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_engine::{BuiltIn, RoleShape, Terminal};
    use blackstart_roles::{RoleKind, RoleTable};

    const RULES: StartRules = StartRules {
        start_voltage: Volts(43.6),
        start_delay: SimTime::ZERO,
        shutdown_voltage: Volts(37.2),
        shutdown_delay: SimTime::ZERO,
        minimum_voltage: Volts(30.0),
        high_voltage: Volts(62.0),
        restart_delay: SimTime::from_whole_seconds(30),
        restart_tries: 3,
        charge_detect_voltage: Volts(56.0),
        charge_detect_time: SimTime::from_whole_seconds(30),
        continuous_power: Watts(1_000.0),
        rated_apparent: Watts(1_200.0),
        peak_time: SimTime::from_whole_seconds(5),
        peak_power: Watts(2_200.0),
        limit_time: SimTime::from_millis(200),
        eco: None,
    };

    /// An inverter at 48 V with its switch and remote input on, and its control.
    fn running() -> (Terminal, BuiltIn) {
        let role = RoleTable::standard().role(RoleKind::Inverter);
        let mut terminal =
            Terminal::new("inverter-1.control".to_owned(), role, RoleShape::default());
        for (name, value) in [
            ("dc_voltage_v", 48.0),
            ("front_switch", 1.0),
            ("remote", 1.0),
            ("ac_power_w", 0.0),
            ("ac_apparent_va", 0.0),
        ] {
            terminal.readings.put(name, value);
        }
        let (readings, commands, claims) =
            (&terminal.readings, &terminal.commands, &terminal.claims);
        let control = InverterControl::new(RULES, readings, commands, claims).unwrap();
        terminal.causes.input = true;
        (terminal, BuiltIn(Box::new(control)))
    }

    /// Whether it inverts after one setting was changed.
    fn runs_after(setting: &str, value: f64) -> bool {
        let (mut terminal, mut control) = running();
        for second in 0..3 {
            terminal.causes.input = true;
            control.decide(SimTime::from_whole_seconds(second), &mut terminal);
        }
        assert!(terminal.commands.get(0) > 0.5, "it runs before");
        assert!(control.set(setting, value, &mut terminal));
        assert!(terminal.causes.input, "it is woken");
        control.decide(SimTime::from_whole_seconds(4), &mut terminal);
        terminal.commands.get(0) > 0.5
    }

    #[test]
    fn its_port_switches_it_off_and_moves_its_levels() {
        assert!(!runs_after("on", 0.0));
        assert!(!runs_after("discharge_allowed", 0.0));
        assert!(!runs_after("shutdown_voltage_v", 48.5));
        assert!(runs_after("shutdown_voltage_v", 47.5));
        assert!(runs_after("on", 1.0));
    }

    #[test]
    fn ordered_to_search_it_searches_as_ordered() {
        let (mut terminal, mut control) = running();
        for (setting, value) in [("eco_search_interval_s", 4.0), ("eco", 1.0)] {
            assert!(control.set(setting, value, &mut terminal));
        }
        control.decide(SimTime::ZERO, &mut terminal);
        assert_eq!(terminal.wake_at, SimTime::from_millis(160), "the pulse");
        terminal.causes.timer = true;
        control.decide(terminal.wake_at, &mut terminal);
        assert_eq!(terminal.commands.get(0), 0.0);
        assert_eq!(terminal.wake_at, SimTime::from_millis(4_160));
    }

    #[test]
    fn an_unknown_setting_changes_nothing_and_is_said() {
        let (mut terminal, mut control) = running();
        assert!(!control.set("relay_mode", 1.0, &mut terminal));
    }
}
