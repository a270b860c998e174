//! The baseline BMS: what the Sessy manual describes, with the defect that it admits.
//!
//! Pairing pre-charges the port and then closes the main switch (SESSY-23). Being asked to close the
//! port at any other time closes the main switch directly: into an inverter's empty capacitors that
//! trips the short-circuit protection (SESSY-22), and after any trip or cut-off only the complete
//! pairing procedure helps (SESSY-25). A fix belongs into a firmware, not here.

use blackstart_engine::{AlertEdge, Controller, Desk, PinBank, Subscription, WatchedReading};
use blackstart_scenario::{BmsSettings, ChargeLimits};
use blackstart_units::{AmpereHours, Amperes, Celsius, Fraction, SimTime, Volts};

/// What the BMS is set to.
#[derive(Clone, Copy, Debug)]
pub struct ManagementRules {
    /// Pre-charge, cut-off, and whether a pairing was completed before the run.
    pub settings: BmsSettings,
    /// Charge between empty and full.
    pub capacity: AmpereHours,
    /// State of charge that it remembers from before the run.
    pub stored_soc: Fraction,
}

/// How often the pre-charge is looked at.
const PRECHARGE_POLL: SimTime = SimTime::from_millis(10);
/// How long main and pre-charge switch overlap.
const PRECHARGE_OVERLAP: SimTime = SimTime::from_millis(10);
/// How often the state of charge is worked out again, and out at the latest.
const SOC_PERIOD: SimTime = SimTime::from_whole_seconds(60);
/// How often it is while it does not change, as no current is seen.
const IDLE_PERIOD: SimTime = SimTime::from_whole_seconds(3600);
/// How often it is at most, however fast the percents go by.
const SOC_LEAST_PERIOD: SimTime = SimTime::from_whole_seconds(1);
/// Slot of the subscription to the cell cut-off.
const CUTOFF_SLOT: u8 = 0;
/// Slot of the subscription to a charge that must not be.
const CHARGE_SLOT: u8 = 1;

/// States in the order of the claim's names: `off`, `precharge`, `on`, `tripped`, `empty`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Off,
    Precharge {
        try_ends: SimTime,
        tries_left: u32,
    },
    Pause {
        until: SimTime,
        tries_left: u32,
    },
    On {
        precharge_opens: Option<SimTime>,
        empty_at: Option<SimTime>,
        /// When it opens for being charged where it must not be.
        charged_until: Option<SimTime>,
    },
    Tripped,
    Empty,
}

impl State {
    fn claim(self) -> f64 {
        match self {
            Self::Off => 0.0,
            Self::Precharge { .. } | Self::Pause { .. } => 1.0,
            Self::On { .. } => 2.0,
            Self::Tripped => 3.0,
            Self::Empty => 4.0,
        }
    }
}

/// Codes in the order of the claim's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alarm {
    None,
    PairingFailed,
    ShortCircuit,
    OverCurrent,
    CellUnderVoltage,
    PairingNeeded,
    FrontEndVoltage = 12,
    TooColdToCharge,
    TooHotToCharge,
}

/// Where the values stand in the role's banks.
#[derive(Clone, Debug)]
struct Pins {
    cells: std::ops::Range<usize>,
    pack_current: usize,
    passed_charge: usize,
    temperature: usize,
    pack_voltage: usize,
    port_voltage: usize,
    front_end_status: usize,
    pairing_request: usize,
    port_request: usize,
    main_switch: usize,
    precharge_switch: usize,
    front_end_clear: usize,
    state: usize,
    soc: usize,
    alarm: usize,
}

/// The baseline BMS.
#[derive(Clone, Debug)]
pub struct BatteryManagement {
    rules: ManagementRules,
    pins: Pins,
    state: State,
    alarm: Alarm,
    paired: bool,
    seen_pairing_request: f64,
    seen_port_request: f64,
    soc: StateOfCharge,
}

/// Coulomb counting: what it knew at a point, and the counter there.
#[derive(Clone, Copy, Debug)]
struct StateOfCharge {
    known: f64,
    counter: f64,
}

impl BatteryManagement {
    /// A BMS for a role whose banks have these names; `None` when one that it needs is missing.
    pub fn new(
        rules: ManagementRules,
        readings: &PinBank,
        commands: &PinBank,
        claims: &PinBank,
    ) -> Option<Self> {
        let pins = Pins {
            cells: readings.array("cell-*_voltage_v")?,
            pack_current: readings.index("pack_current_a")?,
            passed_charge: readings.index("passed_charge_c")?,
            temperature: readings.index("pack_temperature_c")?,
            pack_voltage: readings.index("pack_voltage_v")?,
            port_voltage: readings.index("port_voltage_v")?,
            front_end_status: readings.index("front_end_status")?,
            pairing_request: readings.index("pairing_request")?,
            port_request: readings.index("port_request")?,
            main_switch: commands.index("main_switch")?,
            precharge_switch: commands.index("precharge_switch")?,
            front_end_clear: commands.index("front_end_clear")?,
            state: claims.index("state")?,
            soc: claims.index("soc_pct")?,
            alarm: claims.index("alarm")?,
        };
        let paired = rules.settings.paired;
        Some(Self {
            rules,
            pins,
            state: State::Off,
            alarm: Alarm::None,
            paired,
            seen_pairing_request: 0.0,
            seen_port_request: 0.0,
            soc: StateOfCharge { known: rules.stored_soc.0, counter: 0.0 },
        })
    }

    fn obey_front_end(&mut self, desk: &Desk<'_>) {
        let status = desk.readings.get(self.pins.front_end_status) as u32;
        let latched = matches!(self.state, State::Tripped | State::Off | State::Empty);
        if status == 0 || latched {
            return;
        }
        self.alarm = match status {
            _ if status & 1 != 0 => Alarm::ShortCircuit,
            _ if status & 2 != 0 => Alarm::OverCurrent,
            _ => Alarm::FrontEndVoltage,
        };
        self.state = State::Tripped;
        self.paired = false;
    }

    fn obey_buttons(&mut self, desk: &mut Desk<'_>) {
        let port = desk.readings.get(self.pins.port_request);
        let pressed = desk.readings.get(self.pins.pairing_request);
        if std::mem::replace(&mut self.seen_port_request, port) != port {
            match (port > 0.5, self.state) {
                (false, State::On { .. } | State::Precharge { .. } | State::Pause { .. }) => {
                    self.state = State::Off;
                }
                // The defect of SESSY-22: nothing looks at the voltage of the port.
                (true, State::Off) if self.paired => self.close(None),
                (true, State::Off | State::Tripped | State::Empty) => {
                    self.alarm = Alarm::PairingNeeded;
                }
                _ => {}
            }
        }
        if std::mem::replace(&mut self.seen_pairing_request, pressed) != pressed
            && !matches!(self.state, State::On { .. })
        {
            let clears = desk.commands.get(self.pins.front_end_clear);
            desk.commands.set(self.pins.front_end_clear, clears + 1.0);
            self.paired = false;
            self.alarm = Alarm::None;
            self.start_try(desk.now, self.rules.settings.precharge_tries);
        }
    }

    fn start_try(&mut self, now: SimTime, tries: u32) {
        self.state = State::Precharge {
            try_ends: now + self.rules.settings.precharge_timeout,
            tries_left: tries.saturating_sub(1),
        };
    }

    fn close(&mut self, precharge_opens: Option<SimTime>) {
        self.state = State::On { precharge_opens, empty_at: None, charged_until: None };
        self.alarm = Alarm::None;
        self.paired = true;
    }

    fn precharge(&mut self, desk: &Desk<'_>) {
        match self.state {
            State::Precharge { try_ends, tries_left } => {
                let pack = Volts(desk.readings.get(self.pins.pack_voltage));
                let port = Volts(desk.readings.get(self.pins.port_voltage));
                // Charging from the grid is none of the port's business.
                let current = Amperes(desk.readings.get(self.pins.pack_current));
                let broken = self.broken_limits(desk);
                let is_above = port - pack > self.rules.settings.precharge_delta;
                if let Some((limits, temperature)) = broken.filter(|_| is_above) {
                    // What holds the port above the pack would charge it.
                    self.refuse_charge(limits, temperature);
                    return;
                }
                // A port above the pack is no better than one below: the current only flows the other way.
                if (pack.0 - port.0).abs() <= self.rules.settings.precharge_delta.0
                    && current <= self.rules.settings.precharge_current
                {
                    self.close(Some(desk.now + PRECHARGE_OVERLAP));
                } else if desk.now >= try_ends {
                    self.give_up_try(desk.now, tries_left);
                }
            }
            State::Pause { until, tries_left } if desk.now >= until => {
                self.start_try(desk.now, tries_left);
            }
            _ => {}
        }
    }

    fn give_up_try(&mut self, now: SimTime, tries_left: u32) {
        if tries_left > 0 {
            self.state =
                State::Pause { until: now + self.rules.settings.precharge_pause, tries_left };
        } else {
            self.state = State::Tripped;
            self.alarm = Alarm::PairingFailed;
        }
    }

    fn protect_cells(&mut self, desk: &Desk<'_>) {
        let State::On { precharge_opens, empty_at, .. } = &mut self.state else { return };
        if precharge_opens.is_some_and(|at| desk.now >= at) {
            *precharge_opens = None;
        }
        let lowest = self.pins.cells.clone().map(|i| desk.readings.get(i)).fold(f64::MAX, f64::min);
        if lowest > self.rules.settings.cell_cutoff.0 {
            *empty_at = None;
            return;
        }
        let deadline = *empty_at.get_or_insert(desk.now + self.rules.settings.cell_cutoff_delay);
        if desk.now >= deadline {
            self.state = State::Empty;
            // The one point at which it can be sure.
            self.soc =
                StateOfCharge { known: 0.0, counter: desk.readings.get(self.pins.passed_charge) };
            self.alarm = Alarm::CellUnderVoltage;
            self.paired = false;
        }
    }

    /// The limits of a charge, while the cells are outside of them.
    fn broken_limits(&self, desk: &Desk<'_>) -> Option<(ChargeLimits, Celsius)> {
        let temperature = Celsius(desk.readings.get(self.pins.temperature));
        let limits = self.rules.settings.charge_limits?;
        limits.forbid(temperature).then_some((limits, temperature))
    }

    /// Its own charger obeys it; what pushes into the port from outside does not know of it, and all that is
    /// left is to open.
    fn protect_from_charge(&mut self, desk: &Desk<'_>) {
        let broken = self.broken_limits(desk);
        let State::On { charged_until, .. } = &mut self.state else { return };
        let current = desk.readings.get(self.pins.pack_current);
        let Some((limits, temperature)) = broken.filter(|(limits, _)| current <= -limits.current.0)
        else {
            *charged_until = None;
            return;
        };
        if desk.now >= *charged_until.get_or_insert(desk.now + limits.delay) {
            self.refuse_charge(limits, temperature);
        }
    }

    fn refuse_charge(&mut self, limits: ChargeLimits, temperature: Celsius) {
        let is_cold = temperature.0 < limits.lowest.0;
        self.alarm = if is_cold { Alarm::TooColdToCharge } else { Alarm::TooHotToCharge };
        self.state = State::Tripped;
        self.paired = false;
    }

    /// What it knows and has counted since, from 0 to 1.
    fn state_of_charge(&self, desk: &Desk<'_>) -> f64 {
        let passed = desk.readings.get(self.pins.passed_charge) - self.soc.counter;
        let soc = self.soc.known - passed / self.rules.capacity.as_coulombs().0;
        soc.clamp(0.0, 1.0)
    }

    /// Orders and claims follow from the state alone, so that no path can forget one.
    fn publish(&self, desk: &mut Desk<'_>) {
        let (main, precharge) = match self.state {
            State::On { precharge_opens, .. } => (1.0, f64::from(precharge_opens.is_some())),
            State::Precharge { .. } => (0.0, 1.0),
            _ => (0.0, 0.0),
        };
        desk.commands.set(self.pins.main_switch, main);
        desk.commands.set(self.pins.precharge_switch, precharge);
        let soc = self.state_of_charge(desk);
        desk.claims.set(self.pins.soc, 100.0 * soc);
        desk.claims.set(self.pins.state, self.state.claim());
        desk.claims.set(self.pins.alarm, f64::from(self.alarm as u8));
        // Armed at the level while all is well; once a cell is low, a timer takes over, and the
        // way back is what is worth waking for.
        let watch = |edge| Subscription {
            reading: WatchedReading::AnyOf(self.pins.cells.clone()),
            edge,
            level: self.rules.settings.cell_cutoff.0,
        };
        let cutoff = match self.state {
            State::On { empty_at: None, .. } => Some(watch(AlertEdge::Falling)),
            _ => None,
        };
        desk.subscribe(CUTOFF_SLOT, cutoff);
        let waits = matches!(self.state, State::On { charged_until: None, .. });
        let charge = self.broken_limits(desk).filter(|_| waits).map(|(limits, _)| Subscription {
            reading: WatchedReading::One(self.pins.pack_current),
            edge: AlertEdge::Falling,
            level: -limits.current.0,
        });
        desk.subscribe(CHARGE_SLOT, charge);
    }

    /// When the claim must be out again: at the next whole percent, if it comes first.
    fn next_count(&self, desk: &Desk<'_>) -> SimTime {
        let soc = 100.0 * self.state_of_charge(desk);
        let current = desk.readings.get(self.pins.pack_current);
        if current == 0.0 {
            return desk.now + IDLE_PERIOD;
        }
        let percents =
            if current > 0.0 { soc - (soc.ceil() - 1.0) } else { soc.floor() + 1.0 - soc };
        let seconds = 0.01 * percents * self.rules.capacity.as_coulombs().0 / current.abs();
        let percent = SimTime::from_seconds(seconds.min(SOC_PERIOD.as_seconds()));
        desk.now + percent.clamp(SOC_LEAST_PERIOD, SOC_PERIOD)
    }

    fn next_wake(&self, desk: &Desk<'_>) -> SimTime {
        let now = desk.now;
        match self.state {
            State::Precharge { try_ends, .. } => (now + PRECHARGE_POLL).min(try_ends),
            State::Pause { until, .. } => until,
            State::On { precharge_opens, empty_at, charged_until } => {
                // While a cell is low its recovery must be seen as well.
                let recheck = empty_at.map(|at| at.min(now + SimTime::from_millis(100)));
                let count = Some(self.next_count(desk));
                [precharge_opens, recheck, charged_until, count]
                    .into_iter()
                    .flatten()
                    .min()
                    .unwrap_or(now)
            }
            State::Off | State::Tripped | State::Empty => self.next_count(desk),
        }
    }
}

impl Controller for BatteryManagement {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        self.obey_front_end(desk);
        self.obey_buttons(desk);
        self.precharge(desk);
        self.protect_cells(desk);
        self.protect_from_charge(desk);
        self.publish(desk);
        self.next_wake(desk)
    }
}
