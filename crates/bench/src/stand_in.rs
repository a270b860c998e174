//! Controllers that play a role wrongly, made from the built-in one by the forms of its pins.
//!
//! They are what a verdict must notice: a check that holds as well with a controller that never opens has
//! not looked at the opening. None knows which role it plays. The built-in one works on banks of its own,
//! and what of them reaches the terminal is what the stand-in lets through.

use std::collections::VecDeque;
use std::fmt;

use blackstart_engine::{Causes, Controller, Desk, PinBank, Terminal};
use blackstart_roles::{Direction, Pin, PinForm};
use blackstart_units::SimTime;

/// What a stand-in does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StandIn {
    /// It orders nothing and says nothing.
    DoesNothing,
    /// It orders and says everything a second late.
    ActsLate,
    /// The same, a minute late.
    ActsMuchLater,
    /// A command that has left its first state (`open`, `off`, `no`) never returns to it.
    NeverOpens,
    /// No command ever leaves its first state.
    NeverCloses,
    /// It claims no alarm, whatever it does.
    ClaimsAllIsWell,
    /// It orders, and says nothing.
    Mute,
}

impl StandIn {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::DoesNothing,
        Self::ActsLate,
        Self::ActsMuchLater,
        Self::NeverOpens,
        Self::NeverCloses,
        Self::ClaimsAllIsWell,
        Self::Mute,
    ];

    /// What follows the name of the role: `does nothing`, `acts a second late`.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::DoesNothing => "does nothing",
            Self::ActsLate => "acts a second late",
            Self::ActsMuchLater => "acts a minute late",
            Self::NeverOpens => "never opens",
            Self::NeverCloses => "never closes",
            Self::ClaimsAllIsWell => "claims that all is well",
            Self::Mute => "is mute",
        }
    }

    /// Whether a role has what this one does wrong: what orders nothing cannot fail to close.
    pub(crate) fn fits(self, terminal: &Terminal) -> bool {
        let has = |bank: &PinBank, wanted: fn(&Pin) -> bool| {
            bank.pins().iter().any(|placed| wanted(&placed.pin))
        };
        match self {
            Self::NeverOpens | Self::NeverCloses => {
                has(&terminal.commands, |pin| matches!(pin.form, PinForm::States(_)))
            }
            Self::ClaimsAllIsWell => has(&terminal.claims, |pin| pin.form == PinForm::Alarms),
            Self::Mute => has(&terminal.claims, |_| true),
            Self::DoesNothing | Self::ActsLate | Self::ActsMuchLater => true,
        }
    }

    const fn delay(self) -> SimTime {
        match self {
            Self::ActsLate => SimTime::from_millis(1_000),
            Self::ActsMuchLater => SimTime::from_millis(60_000),
            _ => SimTime::ZERO,
        }
    }

    /// What a pin becomes that has one value and is to have another.
    fn lets_through(self, pin: &Pin, from: f64, to: f64) -> f64 {
        let is_command = pin.direction == Direction::Command;
        let is_switch = is_command && matches!(pin.form, PinForm::States(_));
        match self {
            Self::DoesNothing => from,
            Self::NeverOpens if is_switch && to == 0.0 => from,
            Self::NeverCloses if is_switch => 0.0,
            Self::ClaimsAllIsWell if pin.form == PinForm::Alarms => 0.0,
            Self::Mute if !is_command => from,
            _ => to,
        }
    }
}

impl fmt::Display for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe())
    }
}

/// A built-in controller, and what is let through of it.
pub(crate) struct StoodIn {
    inner: Box<dyn Controller>,
    fault: StandIn,
    /// When the inner one wants to be woken.
    due: SimTime,
    /// What the inner one orders and says; empty until it is woken first.
    banks: Option<[PinBank; 2]>,
    /// What has still to reach the terminal: when, in which bank, which item, what.
    on_their_way: VecDeque<(SimTime, usize, usize, f64)>,
}

impl StoodIn {
    pub(crate) fn new(inner: Box<dyn Controller>, fault: StandIn) -> Self {
        let (due, on_their_way) = (SimTime::ZERO, VecDeque::new());
        Self { inner, fault, due, banks: None, on_their_way }
    }

    /// Lets the inner one work on its own banks, and notes what it changed.
    fn work(&mut self, desk: &mut Desk<'_>) {
        let [commands, claims] =
            self.banks.get_or_insert_with(|| [desk.commands.clone(), desk.claims.clone()]);
        let before = [commands.clone(), claims.clone()];
        std::mem::swap(desk.commands, commands);
        std::mem::swap(desk.claims, claims);
        self.due = self.inner.wake(desk);
        std::mem::swap(desk.commands, commands);
        std::mem::swap(desk.claims, claims);
        let at = desk.now + self.fault.delay();
        for (k, (now, before)) in [&*commands, &*claims].into_iter().zip(&before).enumerate() {
            for item in 0..now.items().len() {
                if now.get(item) != before.get(item) {
                    self.on_their_way.push_back((at, k, item, now.get(item)));
                }
            }
        }
    }
}

impl Controller for StoodIn {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        let causes = desk.causes;
        let is_due = desk.now >= self.due;
        let others = Causes { timer: false, ..causes };
        if is_due || !others.is_empty() {
            desk.causes = Causes { timer: causes.timer && is_due, ..causes };
            self.work(desk);
        }
        while let Some((_, k, item, to)) =
            self.on_their_way.pop_front_if(|(at, ..)| *at <= desk.now)
        {
            let bank = if k == 0 { &mut *desk.commands } else { &mut *desk.claims };
            let placed = bank.pins().iter().find(|placed| placed.items.contains(&item));
            let Some(pin) = placed.map(|placed| placed.pin.clone()) else { continue };
            let passed = self.fault.lets_through(&pin, bank.get(item), to);
            bank.set(item, passed);
        }
        self.on_their_way.front().map_or(self.due, |(at, ..)| self.due.min(*at))
    }

    fn set(&mut self, setting: &str, value: f64) -> bool {
        self.inner.set(setting, value)
    }
}

#[cfg(test)]
mod tests {
    use blackstart_engine::BuiltIn;
    use blackstart_roles::{RoleKind, RoleTable};

    use super::*;

    /// Closes at once, opens with an alarm ten seconds later.
    struct ClosesAndOpens;

    impl Controller for ClosesAndOpens {
        fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
            let is_late = desk.now >= SimTime::from_whole_seconds(10);
            let switch = desk.commands.place("main_switch");
            desk.commands.set(switch, f64::from(!is_late));
            let alarm = desk.claims.place("alarm");
            desk.claims.set(alarm, if is_late { 2.0 } else { 0.0 });
            let state = desk.claims.place("state");
            desk.claims.set(state, if is_late { 3.0 } else { 2.0 });
            if is_late { SimTime::NEVER } else { SimTime::from_whole_seconds(10) }
        }
    }

    /// Main switch, alarm and state at some instants.
    fn played(fault: StandIn, seconds: &[u64]) -> Vec<(f64, f64, f64)> {
        let role = RoleTable::standard().role(RoleKind::BatteryManagement);
        let mut terminal = Terminal::new("pack.bms".to_owned(), role, Default::default());
        let mut built_in = BuiltIn(Box::new(StoodIn::new(Box::new(ClosesAndOpens), fault)));
        terminal.wake_at = SimTime::ZERO;
        let mut now = SimTime::ZERO;
        let mut seen = Vec::new();
        for &second in seconds {
            let until = SimTime::from_whole_seconds(second);
            while terminal.wake_at <= until {
                now = now.max(terminal.wake_at);
                terminal.causes.timer = true;
                built_in.decide(now, &mut terminal);
            }
            let [switch, alarm, state] = [
                terminal.commands.value("main_switch"),
                terminal.claims.value("alarm"),
                terminal.claims.value("state"),
            ];
            seen.push((switch, alarm, state));
        }
        seen
    }

    #[test]
    fn each_does_one_thing_wrong_and_the_rest_as_the_built_in_one() {
        let at = &[0, 9, 10, 11, 69, 70];
        let (off, on, tripped) = ((0.0, 0.0, 0.0), (1.0, 0.0, 2.0), (0.0, 2.0, 3.0));
        let expected = [
            (StandIn::DoesNothing, [off; 6]),
            (StandIn::ActsLate, [off, on, on, tripped, tripped, tripped]),
            (StandIn::ActsMuchLater, [off, off, off, off, on, tripped]),
            (
                StandIn::NeverOpens,
                [on, on, (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (1.0, 2.0, 3.0)],
            ),
            (
                StandIn::NeverCloses,
                [(0.0, 0.0, 2.0), (0.0, 0.0, 2.0), tripped, tripped, tripped, tripped],
            ),
            (
                StandIn::ClaimsAllIsWell,
                [on, on, (0.0, 0.0, 3.0), (0.0, 0.0, 3.0), (0.0, 0.0, 3.0), (0.0, 0.0, 3.0)],
            ),
            (StandIn::Mute, [(1.0, 0.0, 0.0), (1.0, 0.0, 0.0), off, off, off, off]),
        ];
        assert_eq!(expected.map(|(fault, _)| fault), StandIn::ALL);
        for (fault, seen) in expected {
            assert_eq!(played(fault, at), seen, "{fault}");
        }
    }

    #[test]
    fn what_a_role_has_not_cannot_be_done_wrong() {
        let fits = |fault: StandIn, kind| {
            let role = RoleTable::standard().role(kind);
            fault.fits(&Terminal::new("device.role".to_owned(), role, Default::default()))
        };
        assert!(!fits(StandIn::ClaimsAllIsWell, RoleKind::Inverter), "it has no alarm");
        for kind in RoleKind::ALL {
            assert!(
                fits(StandIn::DoesNothing, kind) && fits(StandIn::NeverOpens, kind),
                "{kind:?}"
            );
        }
    }
}
