//! Whether a number of one device decides a check of a scenario.

use std::ops::ControlFlow;

use blackstart_bench::{BenchError, Job, rehearse};
use blackstart_scenario::{CheckEntry, Parameter, Resolved};
use blackstart_verdict::Judged;

use crate::attempt::attempt;
use crate::mutant::{Mutant, Table};
use crate::notice::{changed, checks_of};
use crate::numbers::others;
use crate::read_back::reads_back;

/// A scenario as it is written, of which numbers of single devices are asked.
pub struct Deciding<'a> {
    job: Job<'a>,
    written: Judged,
}

impl<'a> Deciding<'a> {
    /// Runs the scenario as it is written.
    ///
    /// # Errors
    /// If it comes to no verdict.
    pub fn new(job: Job<'a>) -> Result<Self, BenchError> {
        let run = rehearse(&job, None, &mut |_| ControlFlow::Continue(()))?;
        Ok(Self { written: checks_of(&run.verdict.judged), job })
    }

    /// The first check that comes out otherwise, or sees what a reading could tell from what it saw, with one
    /// amount at another value, and that does more than read it back. Of a value that no file may have, and of
    /// a run that comes to no verdict, there is none.
    pub fn check(&self, path: &str, to: f64) -> Option<String> {
        let scenario = self.job.scenario;
        let varied = scenario.with_amounts(&[(path, to)]).ok()?;
        let mutant = Mutant::Set { table: Table::Overrides, path: path.to_owned(), to };
        let looks = |id: &String| {
            let check = scenario.checks.iter().find(|check: &&CheckEntry| check.id() == id);
            check.is_none_or(|check| !reads_back(check, &mutant, scenario))
        };
        self.changed(&varied)?.find(looks)
    }

    /// The first check that is otherwise where the scenario was read with other devices.
    pub fn check_with(&self, varied: &Resolved) -> Option<String> {
        self.changed(varied)?.next()
    }

    fn changed(&self, varied: &Resolved) -> Option<impl Iterator<Item = String>> {
        let judged = attempt(&Job { scenario: varied, ..self.job }, None).ok()?;
        Some(changed(&self.written, &checks_of(&judged)).into_keys())
    }

    /// The first of the other values of an amount that changes a check, and which one.
    pub fn decides(&self, path: &str, parameter: &Parameter) -> Option<(f64, String)> {
        others(parameter.value).into_iter().find_map(|to| Some((to, self.check(path, to)?)))
    }
}
