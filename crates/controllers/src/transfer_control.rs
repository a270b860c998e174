//! A transfer switch's own control: which source its loads get.
//!
//! Automatic: leaves the grid when it has been outside its window for the detection time and the
//! inverter has settled, returns when the grid has been back for the return time, or at once when
//! the inverter is gone and the grid is there. Manual: does what the lever says.

use blackstart_engine::{Controller, Desk, PinBank};
use blackstart_scenario::TransferRules;
use blackstart_units::{SimTime, Volts};

use crate::held::Held;

/// The control of one transfer switch.
#[derive(Clone, Debug)]
pub struct TransferControl {
    rules: TransferRules,
    on_inverter: bool,
    grid_good: Held,
    grid_bad: Held,
    inverter_good: Held,
    grid_voltage: usize,
    inverter_voltage: usize,
    lever: usize,
    source: usize,
    claim: usize,
}

impl TransferControl {
    /// A control for a role whose banks have these names; `None` when one that it needs is missing.
    pub fn new(
        rules: TransferRules,
        readings: &PinBank,
        commands: &PinBank,
        claims: &PinBank,
    ) -> Option<Self> {
        Some(Self {
            rules,
            on_inverter: false,
            grid_good: Held::default(),
            grid_bad: Held::default(),
            inverter_good: Held::default(),
            grid_voltage: readings.index("grid_voltage_v")?,
            inverter_voltage: readings.index("inverter_voltage_v")?,
            lever: readings.index("lever")?,
            source: commands.index("source")?,
            claim: claims.index("state")?,
        })
    }

    fn look(&mut self, desk: &Desk<'_>) {
        let grid = Volts(desk.readings.get(self.grid_voltage));
        let inverter = Volts(desk.readings.get(self.inverter_voltage));
        let (low, high) = self.rules.grid_window;
        let good = grid >= low && grid <= high;
        self.grid_good.note(good, desk.now);
        self.grid_bad.note(!good, desk.now);
        self.inverter_good.note(inverter >= self.rules.inverter_low, desk.now);
    }

    /// The instant from which it wants to be on the other source.
    fn changes_at(&self) -> SimTime {
        let rules = &self.rules;
        if self.on_inverter {
            // With the inverter gone there is nothing to wait for.
            let settled =
                if self.inverter_good.is_on() { rules.return_time } else { SimTime::ZERO };
            self.grid_good.due(settled)
        } else {
            let failed = self.grid_bad.due(rules.detection_time);
            failed.max(self.inverter_good.due(rules.inverter_settle))
        }
    }
}

impl Controller for TransferControl {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        self.look(desk);
        let wake = if self.rules.automatic {
            if desk.now >= self.changes_at() {
                self.on_inverter = !self.on_inverter;
            }
            self.changes_at()
        } else {
            self.on_inverter = desk.readings.get(self.lever) > 0.5;
            SimTime::NEVER
        };
        let state = match (self.on_inverter, self.grid_bad.is_on(), self.inverter_good.is_on()) {
            (false, true, false) => 3.0,
            (false, true, true) => 2.0,
            (true, _, false) => 3.0,
            (on_inverter, ..) => f64::from(on_inverter),
        };
        desk.commands.set(self.source, f64::from(self.on_inverter));
        desk.claims.set(self.claim, state);
        wake
    }
}
