//! The monitor inside a battery module: it watches cells and temperature, tells the BMS by a line for
//! each alarm, and reports charge and current where it can.
//!
//! It switches nothing. An alarm begins at one level and ends at another, so that a cell that
//! recovers when its load is gone does not end it at once. The charge is counted; a full charge is for
//! the BMS to recognise. Left out: balancing, and the time that a line takes.

use blackstart_engine::{AlertEdge, Controller, Desk, PinBank, Subscription, WatchedReading};
use blackstart_scenario::Monitor;
use blackstart_units::{AmpereHours, Fraction, SimTime, Volts};

use crate::held::RELOOK;

/// What a monitor is set to.
#[derive(Clone, Copy, Debug)]
pub struct MonitorRules {
    /// What it watches.
    pub monitor: Monitor,
    /// Charge between empty and full.
    pub capacity: AmpereHours,
    /// State of charge that it remembers from before the run.
    pub stored_soc: Fraction,
}

/// One alarm: where it begins and where it ends.
#[derive(Clone, Copy, Debug)]
struct Alarm {
    /// Index of the reading.
    reading: usize,
    /// Which way it begins.
    edge: AlertEdge,
    begins: f64,
    ends: f64,
    on: bool,
}

impl Alarm {
    fn look(&mut self, value: f64) {
        let ends_when = match self.edge {
            AlertEdge::Falling => value > self.ends,
            AlertEdge::Rising => value < self.ends,
        };
        self.on = if self.on { !ends_when } else { self.edge.is_beyond(value, self.begins) };
    }

    /// The level that would change it.
    fn watch(&self) -> Subscription {
        let (edge, level) = match (self.on, self.edge) {
            (false, edge) => (edge, self.begins),
            // Beyond its end means past it: the next number on the way.
            (true, AlertEdge::Falling) => (AlertEdge::Rising, self.ends.next_up()),
            (true, AlertEdge::Rising) => (AlertEdge::Falling, self.ends.next_down()),
        };
        Subscription { reading: WatchedReading::One(self.reading), edge, level }
    }
}

/// The monitor of one module.
#[derive(Clone, Debug)]
pub struct CellMonitor {
    rules: MonitorRules,
    /// In the order of the lines: pre-alarm, low cell, high cell, cold, hot.
    alarms: [Alarm; 5],
    lines: [usize; 5],
    cells: (usize, usize),
    current: usize,
    charge: usize,
    soc: usize,
    rate: usize,
    imbalance: usize,
    claim: usize,
}

impl CellMonitor {
    /// A monitor for a role whose banks have these names; `None` when one that it needs is missing.
    pub fn new(
        rules: MonitorRules,
        readings: &PinBank,
        commands: &PinBank,
        claims: &PinBank,
    ) -> Option<Self> {
        let monitor = rules.monitor;
        let (lowest, highest) =
            (readings.index("lowest_cell_v")?, readings.index("highest_cell_v")?);
        let warmth = readings.index("temperature_c")?;
        let alarm = |reading, edge, (begins, ends): (f64, f64)| Alarm {
            reading,
            edge,
            begins,
            ends,
            on: false,
        };
        let volts = |(begins, ends): (Volts, Volts)| (begins.0, ends.0);
        let (coldest, hottest) = (monitor.charge_window.0.0, monitor.charge_window.1.0);
        let hysteresis = monitor.temperature_hysteresis;
        // Cold is below the limit, hot above it: the limits themselves may be charged at.
        let cold = (coldest.next_down(), coldest + hysteresis);
        let hot = (hottest.next_up(), hottest - hysteresis);
        let line = |name: &str| commands.index(name);
        Some(Self {
            rules,
            alarms: [
                alarm(lowest, AlertEdge::Falling, volts(monitor.pre_alarm)),
                alarm(lowest, AlertEdge::Falling, volts(monitor.low_cell)),
                alarm(highest, AlertEdge::Rising, volts(monitor.high_cell)),
                alarm(warmth, AlertEdge::Falling, cold),
                alarm(warmth, AlertEdge::Rising, hot),
            ],
            lines: [
                line("pre_alarm")?,
                line("low_cell")?,
                line("high_cell")?,
                line("cold")?,
                line("hot")?,
            ],
            cells: (lowest, highest),
            current: readings.index("pack_current_a")?,
            charge: readings.index("passed_charge_c")?,
            soc: line("soc_pct")?,
            rate: line("rate_per_h")?,
            imbalance: line("imbalance_v")?,
            claim: claims.index("alarm")?,
        })
    }

    /// What it shows: the alarm that counts most.
    fn shown(&self) -> f64 {
        let [pre_alarm, low, high, cold, hot] = self.alarms.map(|alarm| alarm.on);
        let ranked = [(low, 2.0), (high, 3.0), (hot, 5.0), (cold, 4.0), (pre_alarm, 1.0)];
        ranked.into_iter().find(|one| one.0).map_or(0.0, |one| one.1)
    }

    fn report(&self, desk: &mut Desk<'_>) {
        let capacity = self.rules.capacity;
        let passed = desk.readings.get(self.charge) / capacity.as_coulombs().0;
        // It counts on beyond empty and full: what is known better is for the BMS to add.
        let soc = self.rules.stored_soc.0 - passed;
        desk.commands.set(self.soc, 100.0 * soc);
        desk.commands.set(self.rate, desk.readings.get(self.current) / capacity.0);
        let imbalance = desk.readings.get(self.cells.1) - desk.readings.get(self.cells.0);
        desk.commands.set(self.imbalance, imbalance);
    }
}

impl Controller for CellMonitor {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        for (slot, alarm) in (0u8..).zip(&mut self.alarms) {
            if slot == 0 && !self.rules.monitor.has_pre_alarm {
                continue;
            }
            alarm.look(desk.readings.get(alarm.reading));
            desk.subscribe(slot, Some(alarm.watch()));
        }
        for (alarm, &line) in self.alarms.iter().zip(&self.lines) {
            desk.commands.set(line, f64::from(alarm.on));
        }
        desk.claims.set(self.claim, self.shown());
        let relook = if desk.causes.level { desk.now + RELOOK } else { SimTime::NEVER };
        let Some(period) = self.rules.monitor.report_period else { return relook };
        self.report(desk);
        relook.min(desk.now + period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(edge: AlertEdge, begins: f64, ends: f64) -> Alarm {
        Alarm { reading: 0, edge, begins, ends, on: false }
    }

    #[test]
    fn a_low_cell_begins_at_its_level_and_ends_above_the_other() {
        let mut low = alarm(AlertEdge::Falling, 2.8, 3.2);
        for (value, on) in [(2.801, false), (2.8, true), (3.1, true), (3.2, true), (3.201, false)] {
            low.look(value);
            assert_eq!(low.on, on, "at {value}");
        }
    }

    #[test]
    fn a_battery_at_the_very_limit_of_its_temperatures_may_be_charged() {
        let mut cold = alarm(AlertEdge::Falling, 5.0f64.next_down(), 6.0);
        for (value, on) in [(5.0, false), (4.9, true), (5.5, true), (6.1, false)] {
            cold.look(value);
            assert_eq!(cold.on, on, "at {value}");
        }
    }

    #[test]
    fn what_would_change_an_alarm_is_watched() {
        let mut high = alarm(AlertEdge::Rising, 3.75, 3.5);
        let watch = high.watch();
        assert_eq!((watch.edge, watch.level), (AlertEdge::Rising, 3.75));
        high.look(3.8);
        assert_eq!(high.watch().edge, AlertEdge::Falling);
        assert!(high.watch().level < 3.5);
    }
}
