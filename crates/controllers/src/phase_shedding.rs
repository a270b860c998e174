//! Which phases a backup box sheds on its storage: each at its own state of charge.
//!
//! A phase comes back above where it went, by what the rules say and never by nothing, so that no state
//! of charge asks for both.

use blackstart_engine::AlertEdge;
use blackstart_scenario::ShedRules;

/// The phases of one backup box, in the order of its rules.
#[derive(Clone, Debug)]
pub(crate) struct PhaseShedding {
    rules: Option<ShedRules>,
    in_backup: bool,
    off: [bool; 3],
}

impl PhaseShedding {
    /// All phases are kept at first, and always without rules.
    pub fn new(rules: Option<ShedRules>) -> Self {
        Self { rules, in_backup: false, off: [false; 3] }
    }

    /// The rules that count now: outside of backup all phases are kept.
    fn active(&self) -> Option<ShedRules> {
        self.rules.filter(|_| self.in_backup)
    }

    /// Sheds phases and takes them back at this state of charge, a share; which are shed.
    pub fn look(&mut self, in_backup: bool, soc: f64) -> [bool; 3] {
        self.in_backup = in_backup;
        let rules = self.active();
        for (phase, off) in self.off.iter_mut().enumerate() {
            *off = rules.is_some_and(|rules| {
                soc <= rules.off_at[phase].0 || (*off && soc < on_at(&rules, phase))
            });
        }
        self.off
    }

    /// The state of charge at which it must look at a phase again.
    pub fn watch(&self, phase: usize) -> Option<(AlertEdge, f64)> {
        let rules = self.active()?;
        Some(match self.off[phase] {
            false => (AlertEdge::Falling, rules.off_at[phase].0),
            true => (AlertEdge::Rising, on_at(&rules, phase)),
        })
    }
}

/// Where a phase comes back: always above where it goes.
fn on_at(rules: &ShedRules, phase: usize) -> f64 {
    let off_at = rules.off_at[phase].0;
    (off_at + rules.reconnect_above.0).max(off_at.next_up())
}

#[cfg(test)]
mod tests {
    use blackstart_units::Fraction;

    use super::*;

    fn phases(reconnect_above: f64) -> PhaseShedding {
        let off_at = [0.1, 0.2, 0.3].map(Fraction);
        PhaseShedding::new(Some(ShedRules { off_at, reconnect_above: Fraction(reconnect_above) }))
    }

    #[test]
    fn phases_go_at_their_values_and_come_back_above_them() {
        let mut phases = phases(0.05);
        assert_eq!(phases.look(false, 0.15), [false; 3], "on the grid all are kept");
        for (soc, off) in [
            (0.31, [false, false, false]),
            (0.30, [false, false, true]),
            (0.34, [false, false, true]),
            (0.35, [false, false, false]),
            (0.20, [false, true, true]),
            (0.10, [true, true, true]),
            (0.24, [false, true, true]),
            (0.36, [false, false, false]),
        ] {
            assert_eq!(phases.look(true, soc), off, "at {soc}");
        }
    }

    #[test]
    fn without_hysteresis_a_phase_still_goes_and_comes_at_different_values() {
        let mut phases = phases(0.0);
        assert!(phases.look(true, 0.3)[2]);
        assert!(!phases.look(true, 0.3_f64.next_up())[2]);
    }

    #[test]
    fn the_next_look_is_where_a_phase_moves() {
        let mut phases = phases(0.0);
        phases.look(true, 0.25);
        assert_eq!(phases.watch(1), Some((AlertEdge::Falling, 0.2)));
        assert_eq!(phases.watch(2), Some((AlertEdge::Rising, 0.3_f64.next_up())));
        phases.look(false, 0.25);
        assert_eq!(phases.watch(1), None);
    }

    #[test]
    fn without_rules_all_phases_are_kept() {
        let mut phases = PhaseShedding::new(None);
        assert_eq!(phases.look(true, 0.0), [false; 3]);
        assert_eq!(phases.watch(0), None);
    }
}
