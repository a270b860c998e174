//! `list --index`: the scenario library as a page to find one's way in.
//!
//! A folder is a heading, a scenario a row: its title, the facts that it covers, and the accepted
//! verdict of the built-in controllers. The page lies in the folder of the scenarios, so links are
//! relative to it.

use std::collections::BTreeMap;

use crate::accepted::accepted_standing;
use crate::arguments::ScenarioSelection;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::{Project, Scenario};

/// What stands above the tables.
const HEAD: &str = "\
<!-- Written by `blackstart list --index`; a test holds it up to date. -->

# Scenarios

One behaviour each, named situation first, then what must be true. Folders are systems.
The facts are those of [fixtures/facts.json](../fixtures/facts.json); the verdict is the accepted one of the built-in controllers, where `known fail` is a miss that the scenario itself writes down under `built_in`.
How to write one: [docs/writing-scenarios.md](../docs/writing-scenarios.md).";

/// Prints the page of the selected scenarios.
///
/// # Errors
/// All mistakes of all files, or if an accepted verdict cannot be read.
pub fn index(selection: &ScenarioSelection, console: &mut Console) -> Result<Exit, Failure> {
    let project = Project::open(selection)?;
    let scenarios = project.scenarios()?;
    let mut folders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for scenario in &scenarios {
        let verdict = accepted_standing(&project.accepted(), &scenario.resolved)?;
        let name = scenario.resolved.name.as_str();
        let (folder, short) = name.rsplit_once('/').unwrap_or(("", name));
        folders.entry(folder).or_default().push(row(short, scenario, verdict));
    }
    console.result(HEAD)?;
    for (folder, rows) in folders {
        let title = if folder.is_empty() { "here" } else { folder };
        console.result(&format!("\n## {title}\n"))?;
        console.result("| scenario | what happens | facts | verdict |\n|---|---|---|---|")?;
        rows.iter().try_for_each(|row| console.result(row))?;
    }
    Ok(Exit::Passed)
}

fn row(short: &str, Scenario { resolved, .. }: &Scenario, verdict: &str) -> String {
    let title = resolved.title.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ");
    let facts = resolved.covers.join(", ");
    format!("| [{short}]({}.json) | {title} | {facts} | {verdict} |", resolved.name)
}
