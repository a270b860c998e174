//! `list` and `schema`: what is there.

use blackstart_scenario::schemas;
use serde::Serialize;

use crate::arguments::{Format, ScenarioSelection};
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::{Project, Scenario};
use crate::result::json_line;

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
pub fn list(
    selection: &ScenarioSelection,
    format: Format,
    console: &mut Console,
) -> Result<Exit, Failure> {
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
