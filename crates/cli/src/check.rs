//! `check`: are the files right, and does a system as drawn hold together? Nothing is run.

mod foreign;

use std::collections::BTreeSet;
use std::path::PathBuf;

use blackstart_scenario::{Fact, Facts, RuleName, System};
use blackstart_verdict::Finding;

use crate::arguments::ScenarioSelection;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Project;

/// Reads the selected scenarios with everything that they name, and looks up every signal in the
/// world that they would run in. Of a system file it says which rules the system breaks, and which
/// passages of which documents say so; of a rig, what is amiss with the files that it names. DBC files and
/// logs need no project.
///
/// # Errors
/// All mistakes of all files.
pub fn check(selection: &ScenarioSelection, console: &mut Console) -> Result<Exit, Failure> {
    let mut selection = selection.clone();
    let is_foreign = |path: &mut PathBuf| foreign::is_foreign(path);
    let files: Vec<PathBuf> = selection.paths.extract_if(.., is_foreign).collect();
    let mut exit = Exit::Passed;
    for file in &files {
        if foreign::check(file, console)? == Exit::Failed {
            exit = Exit::Failed;
        }
    }
    if !files.is_empty() && selection.paths.is_empty() {
        return Ok(exit);
    }
    let mut project = Project::open(&selection)?;
    let parts = project.take_parts()?;
    for device in &parts.devices {
        console.result(&format!("ok  {device}"))?;
    }
    for rig in &parts.rigs {
        console.result(&format!("ok  {}", rig.name))?;
        for warning in &rig.warnings {
            console.result(&format!("  warning  {warning}"))?;
        }
    }
    for system in parts.systems {
        // A project may do without numbered facts: then the sources stand as they are.
        let facts = project.facts().ok();
        let findings = blackstart_verdict::findings(&system);
        if findings.iter().any(|finding| finding.fatal) {
            exit = Exit::Failed;
        }
        for line in report(&system, &findings, facts) {
            console.result(&line)?;
        }
    }
    if !parts.has_scenarios {
        return Ok(exit);
    }
    let sound = project.sound(&[])?;
    for name in sound.iter().map(|scenario| &scenario.name).collect::<BTreeSet<_>>() {
        console.result(&format!("ok  {name}"))?;
    }
    Ok(exit)
}

/// What is wrong with a system, the worst first, each finding with its sources below it.
fn report(system: &System, findings: &[Finding], facts: Option<&Facts>) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", system.name, system.title)];
    let mut findings: Vec<&Finding> = findings.iter().collect();
    findings.sort_by_key(|finding| weight(finding));
    for finding in &findings {
        let word = ["fatal  ", "warning", "note   "][weight(finding)];
        lines.push(format!("  {word}  {}: {}", finding.about, finding.text));
        let sources = sources(finding, facts).into_iter();
        lines.extend(sources.map(|source| format!("           {source}")));
    }
    if findings.iter().all(|finding| weight(finding) == NOTE) {
        lines.push("  holds together: it breaks no rule".to_owned());
    }
    lines
}

/// What documents contradict themselves in is true of every system with the device.
const NOTE: usize = 2;

/// How bad it is, 0 the worst.
fn weight(finding: &Finding) -> usize {
    match finding.rule {
        _ if finding.fatal => 0,
        RuleName::DocumentConflict => NOTE,
        _ => 1,
    }
}

/// Where a finding comes from: number, document and section of each fact; anything else as it stands.
fn sources(finding: &Finding, facts: Option<&Facts>) -> Vec<String> {
    let known: Option<Vec<String>> = facts.and_then(|facts| {
        let ids = finding.source.split(", ");
        ids.map(|id| facts.get(id).map(|fact| passages(facts, fact))).collect()
    });
    known.unwrap_or_else(|| vec![finding.source.clone()])
}

/// A fact's number, and every place of a document that states it.
fn passages(facts: &Facts, fact: &Fact) -> String {
    let first = (&fact.document, &fact.section);
    let also = fact.also.iter().map(|passage| (&passage.document, &passage.section));
    let places = std::iter::once(first).chain(also).map(|(document, section)| {
        format!("{}, {section}", facts.documents.get(document).unwrap_or(document))
    });
    format!("{}: {}", fact.id, places.collect::<Vec<_>>().join("; "))
}
