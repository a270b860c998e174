//! An inverter's own control: when it starts, and when it gives up.
//!
//! Starts above a voltage, stops below another after a delay, restarts after a pause, and stays off
//! after too many restarts that each ended in another low-voltage stop, until somebody turns the
//! front switch off and on (the rule of the Phoenix manuals). Overload and ECO mode are not modelled.

use blackstart_engine::{Bank, Controller, Desk, Edge, Reading, Subscription};
use blackstart_units::{SimTime, Volts};

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
    /// Pause between a low-voltage stop and the next start.
    pub restart_delay: SimTime,
    /// Restarts that may each be followed by another stop within `restart_delay`.
    pub restart_tries: u32,
}

/// Slot of the one level that the control waits for.
const LEVEL_SLOT: u8 = 0;

/// States; the claim's names are `off`, `waiting`, `running`, `low-voltage`, `locked-out`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Off,
    Waiting { starts_at: Option<SimTime> },
    Running { since: SimTime, stops_at: Option<SimTime> },
    LowVoltage { until: SimTime },
    LockedOut,
}

/// The control of one inverter.
#[derive(Clone, Debug)]
pub struct InverterControl {
    rules: StartRules,
    state: State,
    short_runs: u32,
    voltage: usize,
    switch: usize,
    run: usize,
    claim: usize,
}

impl InverterControl {
    /// A control for a role whose banks have these names; `None` when one that it needs is missing.
    pub fn new(rules: StartRules, readings: &Bank, commands: &Bank, claims: &Bank) -> Option<Self> {
        Some(Self {
            rules,
            state: State::Off,
            short_runs: 0,
            voltage: readings.index("dc_voltage_v")?,
            switch: readings.index("front_switch")?,
            run: commands.index("run")?,
            claim: claims.index("state")?,
        })
    }

    fn next_state(&mut self, now: SimTime, voltage: Volts) -> State {
        match self.state {
            State::Off => State::Waiting { starts_at: None },
            State::Waiting { .. } if voltage < self.rules.start_voltage => {
                State::Waiting { starts_at: None }
            }
            State::Waiting { starts_at } => match starts_at {
                Some(at) if now >= at => State::Running { since: now, stops_at: None },
                _ => State::Waiting { starts_at: starts_at.or(Some(now + self.rules.start_delay)) },
            },
            State::Running { since, .. } if voltage > self.rules.shutdown_voltage => {
                State::Running { since, stops_at: None }
            }
            State::Running { since, stops_at } => match stops_at {
                Some(at) if now >= at => self.stop(now, since),
                _ => State::Running {
                    since,
                    stops_at: stops_at.or(Some(now + self.rules.shutdown_delay)),
                },
            },
            State::LowVoltage { until } if now >= until => State::Waiting { starts_at: None },
            State::LowVoltage { .. } | State::LockedOut => self.state,
        }
    }

    fn stop(&mut self, now: SimTime, since: SimTime) -> State {
        self.short_runs =
            if now - since <= self.rules.restart_delay { self.short_runs + 1 } else { 0 };
        if self.short_runs >= self.rules.restart_tries {
            State::LockedOut
        } else {
            State::LowVoltage { until: now + self.rules.restart_delay }
        }
    }
}

impl Controller for InverterControl {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        let voltage = Volts(desk.readings.get(self.voltage));
        if desk.readings.get(self.switch) < 0.5 {
            self.state = State::Off;
            self.short_runs = 0;
        } else {
            // A state may lead straight to the next one; none leads back within one instant.
            loop {
                let next = self.next_state(desk.now, voltage);
                if std::mem::replace(&mut self.state, next) == next {
                    break;
                }
            }
        }
        let level = |edge, level: Volts| Subscription {
            reading: Reading::One(self.voltage),
            edge,
            level: level.0,
        };
        let (claim, watch, wake) = match self.state {
            State::Off => (0.0, None, None),
            State::Waiting { starts_at: None } => {
                (1.0, Some(level(Edge::Rising, self.rules.start_voltage)), None)
            }
            State::Waiting { starts_at } => (1.0, None, starts_at),
            State::Running { stops_at: None, .. } => {
                (2.0, Some(level(Edge::Falling, self.rules.shutdown_voltage)), None)
            }
            State::Running { stops_at, .. } => (2.0, None, stops_at),
            State::LowVoltage { until } => (3.0, None, Some(until)),
            State::LockedOut => (4.0, None, None),
        };
        desk.commands.set(self.run, f64::from(claim == 2.0));
        desk.claims.set(self.claim, claim);
        desk.subscribe(LEVEL_SLOT, watch);
        wake.unwrap_or(SimTime::NEVER)
    }
}
