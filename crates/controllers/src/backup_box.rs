//! A backup box's own control: grid or storage, when to return, and which phases to shed.
//!
//! It leaves the grid when a phase or the frequency has been outside its window for the detection time
//! and the storage has settled, all three phases together. It returns when the grid is back for the
//! return time; with DIP switch 4 on only after the delay, which counts from the return or from the
//! failure of the grid, and anew or not with a further outage: the manual allows each. It returns at
//! once when the storage is gone and the grid is there. On the storage it sheds phases at their
//! values of the state of charge. A changed DIP switch counts after a restart, during which nothing
//! moves. While the bypass is engaged the storage stays off.

use blackstart_engine::{Controller, Desk, PinBank, Subscription, WatchedReading};
use blackstart_scenario::{ReturnRules, ShedRules, SupervisionRules};
use blackstart_units::{SimTime, Volts};

use crate::held::Held;
use crate::phase_shedding::PhaseShedding;

/// What the control is set to.
#[derive(Clone, Copy, Debug)]
pub struct BackupBoxRules {
    /// When it changes over.
    pub supervision: SupervisionRules,
    /// When it returns. Where DIP switch 4 stands it reads.
    pub grid_return: ReturnRules,
    /// Which phases it sheds; `None` when it keeps all.
    pub shed: Option<ShedRules>,
    /// Whether it is configured as a meter.
    pub is_meter: bool,
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
pub struct BackupBoxControl {
    rules: BackupBoxRules,
    pins: Pins,
    in_backup: bool,
    grid_good: Held,
    grid_bad: Held,
    storage_good: Held,
    /// What the delayed return counts from.
    delay_from: Option<SimTime>,
    shedding: PhaseShedding,
    /// `None` until it is read at the first wake.
    dip_4: Option<bool>,
    seen_restarts: f64,
    booted_at: SimTime,
}

impl BackupBoxControl {
    /// A control for a role whose banks have these names; `None` when one that it needs is missing.
    pub fn new(
        rules: BackupBoxRules,
        readings: &PinBank,
        commands: &PinBank,
        claims: &PinBank,
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
            shedding: PhaseShedding::new(rules.shed),
            dip_4: None,
            seen_restarts: 0.0,
            booted_at: SimTime::ZERO,
        })
    }

    /// Follows DIP switch and restarts; whether it is up.
    fn boot(&mut self, desk: &Desk<'_>) -> bool {
        let restarts = desk.readings.get(self.pins.restarts);
        if std::mem::replace(&mut self.seen_restarts, restarts) != restarts {
            self.booted_at = desk.now + self.rules.grid_return.restart_time;
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
        if self.dip_4.is_none() || !self.rules.grid_return.dip_needs_restart {
            self.dip_4 = Some(set);
        }
        true
    }

    fn look(&mut self, desk: &Desk<'_>) {
        let BackupBoxRules { supervision, grid_return, .. } = self.rules;
        let (low, high) = supervision.grid_window;
        let (slow, fast) = supervision.frequency_window;
        let frequency = desk.readings.get(self.pins.frequency);
        let phase_is_good = |&pin: &usize| {
            let volts = Volts(desk.readings.get(pin));
            volts >= low && volts <= high
        };
        let good =
            self.pins.grid.iter().all(phase_is_good) && frequency >= slow && frequency <= fast;
        let begins = if grid_return.from_failure { !good } else { good };
        let changes = self.grid_good.is_on() != good;
        if changes && begins && (grid_return.restarts || self.delay_from.is_none()) {
            self.delay_from = Some(desk.now);
        }
        if good && !self.in_backup {
            self.delay_from = None;
        }
        self.grid_good.note(good, desk.now);
        self.grid_bad.note(!good, desk.now);
        let storage = Volts(desk.readings.get(self.pins.storage));
        self.storage_good.note(storage >= supervision.storage_low, desk.now);
    }

    /// The instant from which it wants to be on the other source.
    fn changes_at(&self) -> SimTime {
        let BackupBoxRules { supervision, grid_return, .. } = &self.rules;
        if !self.in_backup {
            let failed = self.grid_bad.due(supervision.detection_time);
            return failed.max(self.storage_good.due(supervision.storage_settle));
        }
        let back = self.grid_good.due(SimTime::ZERO);
        if !self.storage_good.is_on() {
            // There is nothing to wait for.
            back
        } else if self.dip_4 == Some(true) {
            let delayed = self.delay_from.map_or(back, |from| from + grid_return.delayed_return);
            back.max(delayed)
        } else {
            self.grid_good.due(grid_return.return_time)
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

    /// Sheds phases and takes them back, and asks to be woken for the next.
    fn shed(&mut self, desk: &mut Desk<'_>) {
        let shed = self.shedding.look(self.in_backup, desk.readings.get(self.pins.soc));
        for (phase, &shed) in shed.iter().enumerate() {
            let reading = WatchedReading::One(self.pins.soc);
            let watch = self.shedding.watch(phase);
            let watch = watch.map(|(edge, level)| Subscription { reading, edge, level });
            desk.subscribe(phase as u8, watch);
            desk.commands.set(self.pins.shed[phase], f64::from(shed));
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

impl Controller for BackupBoxControl {
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
        desk.claims.set(self.pins.state, self.state(bypassed));
        desk.claims.set(self.pins.dip_in_use, f64::from(self.dip_4 == Some(true)));
        desk.claims.set(self.pins.meter_model, f64::from(self.rules.is_meter));
        wake
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_engine::{BuiltIn, Causes, RoleShape, Terminal};
    use blackstart_roles::{RoleKind, RoleTable};
    use blackstart_units::Fraction;

    const MS: SimTime = SimTime::from_millis(1);

    fn ms(millis: u64) -> SimTime {
        SimTime::from_millis(millis)
    }

    fn s(seconds: u64) -> SimTime {
        SimTime::from_whole_seconds(seconds)
    }

    fn rules() -> BackupBoxRules {
        BackupBoxRules {
            supervision: SupervisionRules {
                grid_window: (Volts(184.0), Volts(264.5)),
                frequency_window: (47.5, 51.5),
                detection_time: SimTime::from_millis(20),
                storage_low: Volts(184.0),
                storage_settle: MS,
            },
            grid_return: ReturnRules {
                dip_4: false,
                return_time: SimTime::ZERO,
                delayed_return: s(310),
                from_failure: false,
                restarts: true,
                dip_needs_restart: true,
                restart_time: s(10),
            },
            shed: Some(ShedRules {
                off_at: [0.1, 0.2, 0.3].map(Fraction),
                reconnect_above: Fraction(0.05),
            }),
            is_meter: true,
        }
    }

    /// A control with what it sees and says.
    struct OnBench {
        terminal: Terminal,
        control: BuiltIn,
    }

    impl OnBench {
        /// On a sound grid with a sound, full storage, after its first wake at 0 and long settled.
        fn new(rules: BackupBoxRules, dip_4: bool) -> Self {
            let role = RoleTable::standard().role(RoleKind::BackupBox);
            let terminal = Terminal::new("box-1.control".to_owned(), role, RoleShape::default());
            let Terminal { readings, commands, claims, .. } = &terminal;
            let control = BackupBoxControl::new(rules, readings, commands, claims).unwrap();
            let mut bench = Self { terminal, control: BuiltIn(Box::new(control)) };
            bench.set("storage_soc", 1.0).set("storage_voltage_v", 230.0);
            bench.set("dip_4", f64::from(dip_4)).set("grid_frequency_hz", 50.0);
            bench.grid(230.0).wake(SimTime::ZERO);
            bench
        }

        fn set(&mut self, name: &str, value: f64) -> &mut Self {
            self.terminal.readings.put(name, value);
            self
        }

        fn grid(&mut self, volts: f64) -> &mut Self {
            self.set("grid_l1_v", volts).set("grid_l2_v", volts).set("grid_l3_v", volts)
        }

        fn wake(&mut self, at: SimTime) -> &mut Self {
            self.terminal.causes = Causes { input: true, ..Causes::default() };
            self.control.decide(at, &mut self.terminal);
            self
        }

        /// Wakes it now and at each time that it asks for, up to an instant.
        fn wake_until(&mut self, from: SimTime, until: SimTime) -> &mut Self {
            self.wake(from);
            while self.terminal.wake_at <= until {
                let at = self.terminal.wake_at;
                self.wake(at);
                assert!(self.terminal.wake_at > at, "it would be woken at {at} without end");
            }
            self
        }

        fn command(&self, name: &str) -> bool {
            self.terminal.commands.value(name) > 0.5
        }

        fn in_backup(&self) -> bool {
            self.command("source")
        }

        fn shed(&self) -> [bool; 3] {
            ["l1_shed", "l2_shed", "l3_shed"].map(|name| self.command(name))
        }
    }

    #[test]
    fn one_phase_outside_the_window_is_a_failed_grid() {
        for (volts, fails) in [(183.9, true), (184.0, false), (264.5, false), (264.6, true)] {
            for phase in ["grid_l1_v", "grid_l2_v", "grid_l3_v"] {
                let mut bench = OnBench::new(rules(), false);
                bench.set(phase, volts).wake_until(s(5), s(6));
                assert_eq!(bench.in_backup(), fails, "{phase} at {volts} V");
            }
        }
    }

    #[test]
    fn a_grid_of_another_frequency_has_failed() {
        for (hertz, fails) in [(47.4, true), (47.5, false), (51.5, false), (51.6, true)] {
            let mut bench = OnBench::new(rules(), false);
            bench.set("grid_frequency_hz", hertz).wake_until(s(5), s(6));
            assert_eq!(bench.in_backup(), fails, "{hertz} Hz");
        }
    }

    #[test]
    fn it_waits_for_the_whole_detection_time_without_a_break() {
        let mut bench = OnBench::new(rules(), false);
        bench.grid(0.0).wake(s(5)).grid(230.0).wake(s(5) + ms(19));
        bench.grid(0.0).wake(s(5) + ms(21)).wake_until(s(5) + ms(30), s(5) + ms(40));
        assert!(!bench.in_backup());
        bench.wake(s(5) + ms(41));
        assert!(bench.in_backup());
    }

    /// When it is back on the grid after outages, each with its beginning and end in seconds.
    fn back_at(rules: BackupBoxRules, dip_4: bool, outages: &[(u64, u64)]) -> SimTime {
        let mut bench = OnBench::new(rules, dip_4);
        for &(from, to) in outages {
            bench.grid(0.0).wake_until(s(from), s(to) - MS);
            bench.grid(230.0).wake(s(to));
        }
        if bench.in_backup() { bench.terminal.wake_at } else { s(outages.last().unwrap().1) }
    }

    #[test]
    fn the_delay_counts_from_what_it_is_set_to() {
        let mut own = rules();
        assert_eq!(back_at(own, false, &[(60, 120)]), s(120));
        assert_eq!(back_at(own, true, &[(60, 120)]), s(430));
        let twice = [(60, 120), (300, 330)];
        assert_eq!(back_at(own, true, &twice), s(640));
        own.grid_return.restarts = false;
        assert_eq!(back_at(own, true, &twice), s(430));
        own.grid_return.from_failure = true;
        assert_eq!(back_at(own, true, &[(60, 120)]), s(370));
        assert_eq!(back_at(own, true, &twice), s(370));
        own.grid_return.restarts = true;
        assert_eq!(back_at(own, true, &twice), s(610));
        assert_eq!(back_at(own, true, &[(60, 400)]), s(400), "the delay is over by then");
    }

    #[test]
    fn a_changed_dip_switch_counts_after_a_restart() {
        let mut bench = OnBench::new(rules(), false);
        bench.set("dip_4", 1.0).wake(s(5));
        bench.grid(0.0).wake_until(s(60), s(119)).grid(230.0).wake(s(120));
        assert!(!bench.in_backup());
        bench.set("restarts", 1.0).wake_until(s(130), s(140));
        bench.grid(0.0).wake_until(s(200), s(219)).grid(230.0).wake(s(220));
        assert!(bench.in_backup());
        assert_eq!(bench.terminal.wake_at, s(530));
    }

    #[test]
    fn nothing_moves_while_it_restarts() {
        let mut bench = OnBench::new(rules(), false);
        bench.set("restarts", 1.0).wake(s(5)).grid(0.0).wake_until(s(6), s(14));
        assert!(!bench.in_backup());
        bench.wake_until(s(15), s(16));
        assert!(bench.in_backup());
    }

    #[test]
    fn it_stays_on_the_grid_without_a_storage_and_leaves_a_dead_one_at_once() {
        let mut bench = OnBench::new(rules(), true);
        bench.set("storage_voltage_v", 0.0).grid(0.0).wake_until(s(5), s(50));
        assert!(!bench.in_backup());
        bench.set("storage_voltage_v", 230.0).wake_until(s(60), s(61));
        assert!(bench.in_backup());
        bench.grid(230.0).wake(s(70));
        assert!(bench.in_backup(), "the delay runs");
        bench.set("storage_voltage_v", 0.0).wake(s(71));
        assert!(!bench.in_backup());
    }

    #[test]
    fn the_bypass_keeps_the_storage_off() {
        let mut bench = OnBench::new(rules(), false);
        bench.grid(0.0).wake_until(s(5), s(6));
        bench.set("bypass", 1.0).wake_until(s(10), s(60));
        assert!(!bench.in_backup());
        bench.set("bypass", 0.0).wake_until(s(61), s(62));
        assert!(bench.in_backup());
    }

    #[test]
    fn phases_are_given_up_in_backup_alone() {
        let mut bench = OnBench::new(rules(), false);
        bench.set("storage_soc", 0.15).wake(s(1));
        assert_eq!(bench.shed(), [false; 3], "on the grid all are kept");
        bench.grid(0.0).wake_until(s(5), s(6));
        assert_eq!(bench.shed(), [false, true, true]);
        assert_eq!(bench.terminal.subscriptions.len(), 3);
        bench.set("storage_soc", 0.05).wake(s(200));
        assert_eq!(bench.shed(), [true; 3]);
        bench.grid(230.0).wake(s(201));
        assert_eq!(bench.shed(), [false; 3]);
        assert!(bench.terminal.subscriptions.is_empty());
    }
}
