//! `corners`: which guess turns which check.
//!
//! The ends of one scenario are run on every thread, then those of the next. Nothing is written.

use std::time::Duration;

use blackstart_bench::Bounds;
use blackstart_mutate::{AtEnds, CornerBench, CornerRuns, End};
use blackstart_scenario::Resolved;
use blackstart_verdict::Outcome;
use serde::Serialize;

use crate::arguments::{Campaign, Cornering, Format};
use crate::console::Console;
use crate::corner_table::lines;
use crate::defect::caught;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::jobs::{all_cores, in_order};
use crate::project::Project;
use crate::result::json_line;

/// Tries the ends of every scenario, and says how the command ends.
///
/// # Errors
/// If there is nothing to try. What goes wrong with one scenario is explained and counted in the end.
pub fn corners(cornering: &Cornering, console: &mut Console) -> Result<Exit, Failure> {
    let project = Project::open(&cornering.selection)?;
    let scenarios = project.sound(&[])?;
    let interrupt = Interrupt::listen()?;
    let bounds = Bounds {
        halt: interrupt.halt().clone(),
        longest_wall: Duration::from_secs(cornering.longest_wall),
    };
    let bench = CornerBench { root: &project.root, bounds: &bounds, seed: cornering.seed };
    let (mut worst, mut turned, mut done) = (Exit::Passed, 0, 0);
    for (index, scenario) in scenarios.iter().enumerate() {
        let name = &scenario.name;
        let found = project
            .open_sound(scenario, &[])
            .and_then(|resolved| at_ends(bench, &resolved, cornering));
        match found {
            Ok(None) => break,
            Ok(Some(found)) => {
                console.say(&format!("{}/{} {name}", index + 1, scenarios.len()));
                turned += usize::from(found.is_turned());
                worst = worst.or_worse(exit(&found));
                match cornering.format {
                    Format::Human => {
                        lines(&found).iter().try_for_each(|line| console.result(line))?;
                    }
                    Format::Json => console.result(&json_line(&found))?,
                }
            }
            Err(failure) => {
                console.say(&format!("{}/{} {name}", index + 1, scenarios.len()));
                console.explain(&failure);
                worst = worst.or_worse(failure.exit());
            }
        }
        done += 1;
    }
    let summary = Summary { schema: 1, kind: "corners", scenarios: done, turned };
    match cornering.format {
        Format::Human => {
            console.result(&format!("{turned} of {done} scenarios rest on a guess"))?
        }
        Format::Json => console.result(&json_line(&summary))?,
    }
    if interrupt.is_asked() {
        console.say(&format!("interrupted with {} to go", scenarios.len() - done));
        worst = worst.or_worse(Exit::Interrupted);
    }
    Ok(worst)
}

/// The corners of what has been run, unless that was interrupted.
///
/// # Errors
/// As [`corners`].
pub fn after(campaign: &Campaign, ran: Exit, console: &mut Console) -> Result<Exit, Failure> {
    if ran == Exit::Interrupted {
        return Ok(ran);
    }
    let cornering = Cornering {
        selection: campaign.selection.clone(),
        seed: campaign.seed,
        jobs: None,
        longest_wall: campaign.longest_wall,
        format: campaign.format,
    };
    Ok(ran.or_worse(corners(&cornering, console)?))
}

/// The last line of `--format json`.
#[derive(Serialize)]
struct Summary {
    schema: u32,
    kind: &'static str,
    scenarios: usize,
    turned: usize,
}

/// What became of one scenario; nothing if an interrupt cut that short.
fn at_ends(
    bench: CornerBench<'_>,
    scenario: &Resolved,
    cornering: &Cornering,
) -> Result<Option<AtEnds>, Failure> {
    let corners = caught(|| CornerRuns::new(bench, scenario).map_err(Failure::Bench))?;
    let Some(corners) = corners else { return Ok(None) };
    let mut tried = Vec::new();
    let attempt = |end: &End| corners.attempt(end);
    in_order(corners.ends(), cornering.jobs.unwrap_or_else(all_cores), attempt, |_, one| {
        tried.push(one);
        Ok(())
    })?;
    let is_whole = tried.len() == corners.ends().len();
    Ok(is_whole.then(|| corners.conclude(&tried)))
}

/// A verdict that cannot be given as written is not better for being the same at every end.
fn exit(found: &AtEnds) -> Exit {
    let written = match found.outcome {
        Outcome::Error => Exit::Defect,
        Outcome::Inconclusive => Exit::Inconclusive,
        Outcome::Pass | Outcome::Fail => Exit::Passed,
    };
    written.or_worse(if found.is_turned() { Exit::Failed } else { Exit::Passed })
}
