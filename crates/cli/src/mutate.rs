//! `mutate`: would the checks of these scenarios notice?
//!
//! Each scenario is examined by one thread, read when its turn comes and forgotten when its line is
//! printed: a library of thousands needs no more memory than one of ten. Nothing is written.

use std::path::PathBuf;
use std::time::Duration;

use blackstart_bench::Bounds;
use blackstart_mutate::{Examined, Examiner, Score, Share};
use serde::Serialize;

use crate::arguments::{Format, Mutating};
use crate::console::Console;
use crate::defect::caught;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::jobs::{all_cores, in_order};
use crate::project::Project;
use crate::result::json_line;
use crate::sample::sample;

/// Runs the mutants of every scenario, and says how the command ends.
///
/// # Errors
/// If there is nothing to examine. What is wrong with one scenario is explained and counted in the end.
pub fn mutate(mutating: &Mutating, console: &mut Console) -> Result<Exit, Failure> {
    let project = Project::open(&mutating.selection)?;
    let all = project.scenario_paths()?;
    let paths = match mutating.sample {
        Some(size) => sample(all, size, mutating.seed),
        None => all,
    };
    let interrupt = Interrupt::listen()?;
    let bounds = Bounds {
        halt: interrupt.halt().clone(),
        longest_wall: Duration::from_secs(mutating.longest_wall),
    };
    let examiner = Examiner { library: project.library(), bounds: &bounds, seed: mutating.seed };
    let (mut score, mut worst, mut done) = (Score::default(), Exit::Passed, 0);
    let examine = |path: &PathBuf| {
        let examined = caught(|| examiner.examine(path).map_err(Failure::from));
        examined.transpose()
    };
    let jobs = mutating.jobs.unwrap_or_else(all_cores);
    in_order(&paths, jobs, examine, |index, examined| {
        done += 1;
        match examined {
            Ok(examined) => {
                console.say(&format!("{}/{} {}", index + 1, paths.len(), examined.scenario));
                score.add(&examined);
                console.result(&match mutating.format {
                    Format::Human => line(&examined),
                    Format::Json => json_line(&examined),
                })
            }
            Err(failure) => {
                console.say(&format!("{}/{} {}", index + 1, paths.len(), paths[index].display()));
                console.explain(&failure);
                worst = worst.or_worse(failure.exit());
                Ok(())
            }
        }
    })?;
    let summary = Summary { schema: 1, kind: "score", percent: score.percent(), score: &score };
    match mutating.format {
        Format::Human => table(&score).iter().try_for_each(|line| console.result(line))?,
        Format::Json => console.result(&json_line(&summary))?,
    }
    if interrupt.is_asked() {
        console.say(&format!("interrupted with {} to go", paths.len() - done));
        return Ok(worst.or_worse(Exit::Interrupted));
    }
    let is_enough = mutating.at_least.is_none_or(|least| score.percent() >= least);
    Ok(worst.or_worse(if is_enough { Exit::Passed } else { Exit::Failed }))
}

/// The last line of `--format json`.
#[derive(Serialize)]
struct Summary<'a> {
    schema: u32,
    kind: &'static str,
    percent: f64,
    #[serde(flatten)]
    score: &'a Score,
}

/// One scenario, for people.
fn line(examined: &Examined) -> String {
    let gaps = examined.gaps();
    let name = &examined.scenario;
    let untried = match examined.untried {
        0 => String::new(),
        some => format!(", {some} numbers not tried"),
    };
    match gaps.is_empty() {
        true => format!("{:<8} {name}  {} mutants{untried}", "complete", examined.mutants),
        false => format!("{:<8} {name}  {}{untried}", "gaps", gaps.join("; ")),
    }
}

/// What came of all, for people.
fn table(score: &Score) -> Vec<String> {
    let row = |what: &str, share: Share, more: &str| {
        format!("{what:<34} {:>5} of {:>5}{more}", share.noticed, share.of)
    };
    let Score { turned, unchangeable, .. } = score;
    let folders = score.folders.iter();
    let folders = folders.map(|(folder, share)| {
        format!("{folder:<34} {:>5} of {:>5}, {:.1} %", share.noticed, share.of, share.percent())
    });
    let mut lines: Vec<String> = folders.collect();
    lines.extend([
        row("scenarios notice that nothing happens", score.without_events, ""),
        row(
            "checks are changed by a mutant",
            score.checks,
            &format!(", {turned} come out otherwise, {unchangeable} say why they cannot be"),
        ),
        row("events and settings are asked about", score.stimuli, ""),
        row("wrong controllers are noticed", score.controllers, ""),
        row("numbers of documents decide", score.numbers, ""),
        format!(
            "{:.1} % of {} scenarios, by {} mutants; {} came to no verdict",
            score.percent(),
            score.scenarios,
            score.mutants,
            score.errors
        ),
    ]);
    lines
}
