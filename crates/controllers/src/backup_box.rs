//! A backup box's own control: grid or storage, when to return, and which phases to give up.
//!
//! It leaves the grid when a phase or the frequency has been outside its window for the detection time
//! and the storage has settled, all three phases together. It returns when the grid is back for the
//! return time; with DIP switch 4 on only after the delay, which counts from the return or from the
//! failure of the grid, and anew or not with a further outage: the manual allows each. It returns at
//! once when the storage is gone and the grid is there. On the storage it gives up phases at their
//! values of the state of charge. A changed DIP switch counts after a restart, during which nothing
//! moves. While the bypass is engaged the storage stays off.

use blackstart_engine::{Bank, Controller, Desk, Edge, Reading, Subscription};
use blackstart_units::{SimTime, Volts};

use crate::held::Held;

/// What the control is set to.
#[derive(Clone, Copy, Debug)]
pub struct BackupBoxRules {
    /// RMS voltages between which every phase of the grid must be.
    pub grid_window: (Volts, Volts),
    /// Frequencies between which the grid must be, in Hz.
    pub frequency_window: (f64, f64),
    /// How long the grid must be outside of them.
    pub detection_time: SimTime,
    /// RMS voltage of the storage's weakest phase below which it is no source.
    pub storage_low: Volts,
    /// How long the storage must be above it.
    pub storage_settle: SimTime,
    /// How long the grid must be back with DIP switch 4 off.
    pub return_time: SimTime,
    /// By how much the return is delayed with DIP switch 4 on.
    pub delayed_return: SimTime,
    /// Whether that delay counts from the failure of the grid rather than from its return.
    pub from_failure: bool,
    /// Whether a further outage within the delay makes it count anew.
    pub restarts: bool,
    /// Whether a changed DIP switch counts only after a restart.
    pub dip_needs_restart: bool,
    /// How long a restart takes.
    pub restart_time: SimTime,
    /// When phases are given up; `None` when all are kept.
    pub shed: Option<PhaseShedding>,
    /// Whether it is configured as a meter.
    pub is_meter: bool,
}

/// States of charge, as shares, at which phases are given up.
#[derive(Clone, Copy, Debug)]
pub struct PhaseShedding {
    /// Each phase is off at or below this …
    pub off_at: [f64; 3],
    /// … and back on this much above it.
    pub reconnect_above: f64,
}

impl PhaseShedding {
    /// Where a phase comes back: always above where it goes.
    fn on_at(&self, phase: usize) -> f64 {
        let off_at = self.off_at[phase];
        (off_at + self.reconnect_above).max(off_at.next_up())
    }
}

/// Where the values stand in the role's banks.
#[derive(Clone, Copy, Debug)]
struct Pins {
    soc: usize,
    grid: [usize; 3],
    frequency: usize,
    storage: usize,
    dip_4: usize,
    restarts: usize,
    bypass: usize,
    source: usize,
    shed: [usize; 3],
    state: usize,
    dip_in_use: usize,
    meter_model: usize,
}

/// The control of one backup box.
#[derive(Clone, Debug)]
pub struct BackupBox {
    rules: BackupBoxRules,
    pins: Pins,
    in_backup: bool,
    grid_good: Held,
    grid_bad: Held,
    storage_good: Held,
    /// What the delayed return counts from.
    delay_from: Option<SimTime>,
    shed: [bool; 3],
    /// `None` until it is read at the first wake.
    dip_4: Option<bool>,
    seen_restarts: f64,
    booted_at: SimTime,
}

impl BackupBox {
    /// A control for a role whose banks have these names; `None` when one that it needs is missing.
    pub fn new(
        rules: BackupBoxRules,
        readings: &Bank,
        commands: &Bank,
        claims: &Bank,
    ) -> Option<Self> {
        let pins = Pins {
            soc: readings.index("storage_soc")?,
            grid: [
                readings.index("grid_l1_v")?,
                readings.index("grid_l2_v")?,
                readings.index("grid_l3_v")?,
            ],
            frequency: readings.index("grid_frequency_hz")?,
            storage: readings.index("storage_voltage_v")?,
            dip_4: readings.index("dip_4")?,
            restarts: readings.index("restarts")?,
            bypass: readings.index("bypass")?,
            source: commands.index("source")?,
            shed: [
                commands.index("l1_shed")?,
                commands.index("l2_shed")?,
                commands.index("l3_shed")?,
            ],
            state: claims.index("state")?,
            dip_in_use: claims.index("dip_4_in_use")?,
            meter_model: claims.index("meter_model")?,
        };
        Some(Self {
            rules,
            pins,
            in_backup: false,
            grid_good: Held::default(),
            grid_bad: Held::default(),
            storage_good: Held::default(),
            delay_from: None,
            shed: [false; 3],
            dip_4: None,
            seen_restarts: 0.0,
            booted_at: SimTime::ZERO,
        })
    }

    /// Follows DIP switch and restarts; whether it is up.
    fn boot(&mut self, desk: &Desk<'_>) -> bool {
        let restarts = desk.readings.get(self.pins.restarts);
        if std::mem::replace(&mut self.seen_restarts, restarts) != restarts {
            self.booted_at = desk.now + self.rules.restart_time;
            self.dip_4 = None;
            // What it knew of its sources is gone.
            self.grid_good = Held::default();
            self.grid_bad = Held::default();
            self.storage_good = Held::default();
            self.delay_from = None;
        }
        if desk.now < self.booted_at {
            return false;
        }
        let set = desk.readings.get(self.pins.dip_4) > 0.5;
        if self.dip_4.is_none() || !self.rules.dip_needs_restart {
            self.dip_4 = Some(set);
        }
        true
    }

    fn look(&mut self, desk: &Desk<'_>) {
        let (low, high) = self.rules.grid_window;
        let (slow, fast) = self.rules.frequency_window;
        let frequency = desk.readings.get(self.pins.frequency);
        let phase_is_good = |&pin: &usize| {
            let volts = Volts(desk.readings.get(pin));
            volts >= low && volts <= high
        };
        let good =
            self.pins.grid.iter().all(phase_is_good) && frequency >= slow && frequency <= fast;
        let begins = if self.rules.from_failure { !good } else { good };
        let changes = self.grid_good.is_on() != good;
        if changes && begins && (self.rules.restarts || self.delay_from.is_none()) {
            self.delay_from = Some(desk.now);
        }
        if good && !self.in_backup {
            self.delay_from = None;
        }
        self.grid_good.note(good, desk.now);
        self.grid_bad.note(!good, desk.now);
        let storage = Volts(desk.readings.get(self.pins.storage));
        self.storage_good.note(storage >= self.rules.storage_low, desk.now);
    }

    /// The instant from which it wants to be on the other source.
    fn changes_at(&self) -> SimTime {
        let rules = &self.rules;
        if !self.in_backup {
            let failed = self.grid_bad.due(rules.detection_time);
            return failed.max(self.storage_good.due(rules.storage_settle));
        }
        let back = self.grid_good.due(SimTime::ZERO);
        if !self.storage_good.is_on() {
            // There is nothing to wait for.
            back
        } else if self.dip_4 == Some(true) {
            let delayed = self.delay_from.map_or(back, |from| from + rules.delayed_return);
            back.max(delayed)
        } else {
            self.grid_good.due(rules.return_time)
        }
    }

    fn change_over(&mut self, now: SimTime) -> SimTime {
        if now >= self.changes_at() {
            self.in_backup = !self.in_backup;
            if !self.in_backup {
                self.delay_from = None;
            }
        }
        self.changes_at()
    }

    /// Gives up phases and takes them back, and asks to be woken for the next.
    fn shed(&mut self, desk: &mut Desk<'_>) {
        let rules = self.rules.shed.filter(|_| self.in_backup);
        let soc = desk.readings.get(self.pins.soc);
        for phase in 0..3 {
            self.shed[phase] = rules.is_some_and(|rules| {
                soc <= rules.off_at[phase] || (self.shed[phase] && soc < rules.on_at(phase))
            });
            let level = rules.map(|rules| match self.shed[phase] {
                false => (Edge::Falling, rules.off_at[phase]),
                true => (Edge::Rising, rules.on_at(phase)),
            });
            let reading = Reading::One(self.pins.soc);
            let watch = level.map(|(edge, level)| Subscription { reading, edge, level });
            desk.subscribe(phase as u8, watch);
        }
    }

    fn state(&self, bypassed: bool) -> f64 {
        match (self.in_backup, self.grid_bad.is_on(), self.storage_good.is_on()) {
            _ if bypassed => 4.0,
            (false, true, false) | (true, _, false) => 3.0,
            (false, true, true) => 2.0,
            (in_backup, ..) => f64::from(in_backup),
        }
    }
}

/// Index of the state `restarting`.
const RESTARTING: f64 = 5.0;

impl Controller for BackupBox {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        if !self.boot(desk) {
            desk.claims.set(self.pins.state, RESTARTING);
            return self.booted_at;
        }
        self.look(desk);
        let bypassed = desk.readings.get(self.pins.bypass) > 0.5;
        let wake = if bypassed {
            self.in_backup = false;
            self.delay_from = None;
            SimTime::NEVER
        } else {
            self.change_over(desk.now)
        };
        self.shed(desk);
        desk.commands.set(self.pins.source, f64::from(self.in_backup));
        for (&pin, &shed) in self.pins.shed.iter().zip(&self.shed) {
            desk.commands.set(pin, f64::from(shed));
        }
        desk.claims.set(self.pins.state, self.state(bypassed));
        desk.claims.set(self.pins.dip_in_use, f64::from(self.dip_4 == Some(true)));
        desk.claims.set(self.pins.meter_model, f64::from(self.rules.is_meter));
        wake
    }
}
