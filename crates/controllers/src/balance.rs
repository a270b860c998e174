//! What a BMS says of the balance of its bank: unknown, balanced, unbalanced, balancing.
//!
//! The cells show how far they differ only when they are full, so it is judged there, and what was
//! seen is forgotten after a time. Moving charge between cells is the batteries' own work and is left
//! out.

use blackstart_scenario::ChargeRules;
use blackstart_units::{SimTime, Volts};

/// What it says, in the order of the claim's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BalanceStatus {
    /// Not full for too long, a battery that was just added, or a charge that is not known.
    Unknown,
    Balanced,
    Unbalanced,
    /// At the top, with cells that differ: the batteries are at work.
    Balancing,
}

/// The balance of one bank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Balance {
    within: Volts,
    memory: SimTime,
    /// When the bank was last full, and whether its cells agreed.
    full: Option<(SimTime, bool)>,
    at_work: bool,
}

impl Balance {
    pub fn new(rules: &ChargeRules) -> Self {
        let (within, memory) = (rules.balanced_within, rules.full_charge_memory);
        Self { within, memory, full: None, at_work: false }
    }

    /// Takes the distance between the highest and the lowest cell of a battery, whether the bank is at
    /// its charged voltage, and whether it counts as full.
    pub fn look(&mut self, now: SimTime, imbalance: Volts, at_top: bool, is_full: bool) {
        let agrees = imbalance <= self.within;
        self.at_work = at_top && !agrees;
        if is_full {
            self.full = Some((now, agrees));
        }
    }

    pub fn status(&self, now: SimTime) -> BalanceStatus {
        match self.full {
            Some((at, agrees)) if now < at + self.memory => match (self.at_work, agrees) {
                (true, _) => BalanceStatus::Balancing,
                (false, true) => BalanceStatus::Balanced,
                (false, false) => BalanceStatus::Unbalanced,
            },
            _ => BalanceStatus::Unknown,
        }
    }

    /// When what was seen is forgotten.
    pub fn due(&self, now: SimTime) -> SimTime {
        let forgotten = self.full.map(|(at, _)| at + self.memory);
        forgotten.filter(|&at| at > now).unwrap_or(SimTime::NEVER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_whole_seconds(seconds)
    }

    fn balance() -> Balance {
        Balance { within: Volts(0.05), memory: at(1000), full: None, at_work: false }
    }

    #[test]
    fn nothing_is_known_before_the_first_full_charge_and_long_after_the_last() {
        let mut balance = balance();
        balance.look(at(0), Volts(0.01), true, false);
        assert_eq!(balance.status(at(0)), BalanceStatus::Unknown);
        balance.look(at(100), Volts(0.01), true, true);
        assert_eq!(balance.status(at(1099)), BalanceStatus::Balanced);
        assert_eq!(balance.due(at(200)), at(1100));
        assert_eq!(balance.status(at(1100)), BalanceStatus::Unknown);
        assert_eq!(balance.due(at(1100)), SimTime::NEVER);
    }

    #[test]
    fn cells_that_differ_at_the_top_are_balancing_and_unbalanced_below_it() {
        let mut balance = balance();
        balance.look(at(100), Volts(0.2), true, true);
        assert_eq!(balance.status(at(100)), BalanceStatus::Balancing);
        balance.look(at(200), Volts(0.0), false, false);
        assert_eq!(balance.status(at(200)), BalanceStatus::Unbalanced);
    }
}
