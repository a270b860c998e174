//! `check`, `list` and `schema`: what can be said without running anything.

use blackstart_scenario::schemas;
use serde::Serialize;

use crate::arguments::{Format, Selection};
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::{Project, Scenario};
use crate::result::json_line;

/// Reads the selected scenarios with everything that they name, and looks up every signal in the
/// world that they would run in. Of a system file it says which rules the system breaks.
///
/// # Errors
/// All mistakes of all files.
pub fn check(selection: &Selection, console: &mut Console) -> Result<Exit, Failure> {
    let mut project = Project::open(selection)?;
    let (systems, has_scenarios) = project.take_systems()?;
    let mut exit = Exit::Passed;
    for system in systems {
        let findings = blackstart_verdict::findings(&system);
        console.result(&format!("{}  {}", system.name, system.title))?;
        for finding in findings {
            let weight = if finding.fatal { "fatal  " } else { "warning" };
            let (about, text, source) = (finding.about, finding.text, finding.source);
            console.result(&format!("  {weight}  {about}: {text} [{source}]"))?;
            if finding.fatal {
                exit = Exit::Failed;
            }
        }
    }
    if !has_scenarios {
        return Ok(exit);
    }
    for Scenario { resolved, .. } in project.sound_scenarios()? {
        console.result(&format!("ok  {}", resolved.name))?;
    }
    Ok(exit)
}

/// One scenario in `list --format json`.
#[derive(Serialize)]
struct Entry<'a> {
    scenario: &'a str,
    path: String,
    title: &'a str,
    covers: &'a [String],
}

/// Lists the selected scenarios.
///
/// # Errors
/// All mistakes of all files.
pub fn list(selection: &Selection, format: Format, console: &mut Console) -> Result<Exit, Failure> {
    let scenarios = Project::open(selection)?.scenarios()?;
    let entries = scenarios.iter().map(|Scenario { path, resolved }| Entry {
        scenario: &resolved.name,
        path: path.display().to_string(),
        title: &resolved.title,
        covers: &resolved.covers,
    });
    let widest = scenarios.iter().map(|scenario| scenario.resolved.name.len()).max().unwrap_or(0);
    for entry in entries {
        console.result(&match format {
            Format::Human => {
                format!(
                    "{:<widest$}  {}  [{}]",
                    entry.scenario,
                    entry.title,
                    entry.covers.join(", ")
                )
            }
            Format::Json => json_line(&entry),
        })?;
    }
    Ok(Exit::Passed)
}

/// Prints a schema, or the names of all.
///
/// # Errors
/// If there is none of that name.
pub fn schema(name: Option<&str>, console: &mut Console) -> Result<Exit, Failure> {
    let schemas = schemas();
    let short = |file: &'static str| file.strip_suffix(".schema.json").unwrap_or(file);
    let Some(name) = name else {
        for (file, _) in &schemas {
            console.result(short(file))?;
        }
        return Ok(Exit::Passed);
    };
    let Some((_, schema)) = schemas.iter().find(|(file, _)| short(file) == name || *file == name)
    else {
        let known = schemas.iter().map(|(file, _)| short(file)).collect::<Vec<_>>().join(", ");
        return Err(Failure::NoSchema { name: name.to_owned(), known });
    };
    console.result(&format!("{schema:#}"))?;
    Ok(Exit::Passed)
}
