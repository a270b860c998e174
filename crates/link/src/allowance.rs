//! What one device may do in a run before it counts as one that will never come to rest.

use std::collections::BTreeMap;

use blackstart_limits::{BARRIERS_PER_SECOND, DEVICE_EVENTS};
use blackstart_units::SimTime;

use crate::answer::Answer;
use crate::error::LinkErrorKind;

/// What a device has done so far.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    /// Where the running second of simulated time began.
    second: SimTime,
    /// Barriers in it.
    barriers: u32,
    /// The newest value of each command.
    commands: BTreeMap<u16, i32>,
    /// Changed commands and lines of its log.
    said: u64,
}

impl Allowance {
    /// A barrier at this instant.
    pub fn barrier(&mut self, at: SimTime) -> Result<(), LinkErrorKind> {
        if at.since(self.second) >= SimTime::from_whole_seconds(1) {
            (self.second, self.barriers) = (at, 0);
        }
        self.barriers += 1;
        if self.barriers > BARRIERS_PER_SECOND {
            return Err(LinkErrorKind::Restless { barriers: self.barriers });
        }
        Ok(())
    }

    /// What it says.
    pub fn spend(&mut self, answer: &Answer) -> Result<(), LinkErrorKind> {
        let changed =
            |&&(id, counts): &&(u16, i32)| self.commands.insert(id, counts) != Some(counts);
        let changed = answer.commands.iter().filter(changed).count();
        self.said += (changed + answer.logs.len()) as u64;
        if self.said > DEVICE_EVENTS {
            return Err(LinkErrorKind::Talkative { said: self.said });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_so_many_barriers_and_the_next_as_many() {
        let mut allowance = Allowance::default();
        let mut ask = |nanos: u64| allowance.barrier(SimTime::from_nanos(nanos));
        for step in 0..u64::from(BARRIERS_PER_SECOND) {
            ask(step * 1_000).unwrap();
        }
        assert!(matches!(ask(999_999_999), Err(LinkErrorKind::Restless { .. })));
        assert!(ask(1_000_000_000).is_ok());
    }

    #[test]
    fn commands_and_lines_are_counted_over_the_whole_run() {
        let mut allowance = Allowance::default();
        let toggles: Vec<_> = (0..1_000).map(|k| (1, k % 2)).collect();
        let answer = Answer { commands: toggles, ..Answer::default() };
        let same = Answer { commands: vec![(1, 1); 1_000], ..Answer::default() };
        for _ in 0..DEVICE_EVENTS / 1_000 {
            allowance.spend(&answer).unwrap();
            // Who says again what holds already says nothing.
            allowance.spend(&same).unwrap();
        }
        let line = Answer { logs: vec!["again".to_owned()], ..Answer::default() };
        assert!(matches!(allowance.spend(&line), Err(LinkErrorKind::Talkative { .. })));
        assert!(allowance.spend(&Answer::default()).is_err());
    }
}
