//! `diff`: what changed between two builds, from what two runs wrote or what was accepted of them.

use std::path::Path;

use blackstart_report::{Figure, overlay};
use blackstart_verdict::{Difference, Extreme, FieldMoved, Fields, Spans};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{By, Comparing, Format};
use crate::campaign::played_by;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{folder_of, write_whole};
use crate::result::json_line;
use crate::verdicts::{Written, pairs, verdicts};

/// Differences of one scenario that are reported to people, the most important first.
const MOST_LINES: usize = 12;

/// One scenario in `diff --format json`.
#[derive(Serialize)]
struct Entry<'a> {
    scenario: &'a str,
    /// `same`, `changed`, `only-first`, `only-second`.
    found: &'static str,
    first: Option<&'static str>,
    second: Option<&'static str>,
    differences: Vec<Difference>,
}

/// `diff --by field --format json`.
#[derive(Default, Serialize)]
struct Summary {
    /// Verdicts that both have …
    both: usize,
    /// … of which so many are equal in all that is judged …
    equal: usize,
    /// … and so many of these have another trace.
    trace_alone: usize,
    /// Verdicts that one has alone.
    only_first: usize,
    only_second: usize,
    fields: Vec<FieldMoved>,
}

/// Compares every scenario that either run judged.
///
/// # Errors
/// If a folder holds no verdict, or a file in it cannot be read or written.
pub fn diff(comparing: &Comparing, console: &mut Console) -> Result<Exit, Failure> {
    let (first, second) = (verdicts(&comparing.first)?, verdicts(&comparing.second)?);
    let mut exit = Exit::Passed;
    let mut summary = Summary::default();
    let mut fields = Fields::default();
    for (name, one, two) in pairs(&first, &second) {
        let entry = entry(name, (one, two));
        if entry.found != "same" {
            exit = Exit::Failed;
        }
        if let ((Some(a), Some(b)), Some(out), "changed") =
            ((one, two), &comparing.out, entry.found)
        {
            draw(name, (a, b), &folder_of(out, name))?;
        }
        match (comparing.by, comparing.format) {
            (By::Scenario, Format::Human) => say(&entry, (one, two), console)?,
            (By::Scenario, Format::Json) => console.result(&json_line(&entry))?,
            (By::Field, _) => {
                summary.count(&entry);
                fields.add(name, entry.differences);
            }
        }
    }
    if comparing.by == By::Field {
        summary.trace_alone = fields.trace_alone();
        summary.equal += summary.trace_alone;
        summary.fields = fields.summary();
        match comparing.format {
            Format::Human => summary.lines().iter().try_for_each(|line| console.result(line))?,
            Format::Json => console.result(&json_line(&summary))?,
        }
    }
    Ok(exit)
}

fn entry<'a>(name: &'a str, pair: (Option<&Written>, Option<&Written>)) -> Entry<'a> {
    let differences = match pair {
        (Some(a), Some(b)) => a.differences(b),
        _ => Vec::new(),
    };
    let found = match pair {
        (Some(_), None) => "only-first",
        (None, _) => "only-second",
        _ if differences.is_empty() => "same",
        _ => "changed",
    };
    let outcome = |one: Option<&Written>| one.map(|one| one.judged.outcome.name());
    Entry { scenario: name, found, first: outcome(pair.0), second: outcome(pair.1), differences }
}

/// The outcome first, then what moved, one line each.
fn say(
    entry: &Entry<'_>,
    pair: (Option<&Written>, Option<&Written>),
    console: &mut Console,
) -> Result<(), Failure> {
    let who = |one: Option<&Written>| {
        one.map_or_else(|| "absent".to_owned(), |one| played_by(&one.judged))
    };
    let outcome = |word: Option<&'static str>| word.unwrap_or("absent");
    let (a, b) = (outcome(entry.first), outcome(entry.second));
    let headline = if a == b { a.to_owned() } else { format!("{a} -> {b}") };
    console.result(&format!(
        "{headline:<16} {}  ({} -> {})",
        entry.scenario,
        who(pair.0),
        who(pair.1)
    ))?;
    for difference in entry.differences.iter().take(MOST_LINES) {
        console.result(&format!("    {}", difference.text))?;
    }
    match entry.differences.len().saturating_sub(MOST_LINES) {
        0 => Ok(()),
        more => console.result(&format!("    and {more} more: see --format json")),
    }
}

impl Summary {
    fn count(&mut self, entry: &Entry<'_>) {
        match entry.found {
            "only-first" => self.only_first += 1,
            "only-second" => self.only_second += 1,
            found => {
                self.both += 1;
                self.equal += usize::from(found == "same");
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let Self { both, equal, trace_alone, only_first, only_second, fields } = self;
        let mut lines = vec![format!(
            "{both} verdicts in both: {equal} equal ({trace_alone} of them with another trace), {} not; \
             {only_first} in the first only, {only_second} in the second only",
            both - equal
        )];
        for field in fields {
            lines.push(format!("{}  in {}", field.field, often(field, *both)));
            lines.extend(field.by.iter().flat_map(sizes));
            lines.extend(field.example.as_ref().map(|at| format!("    first: {}", place(at))));
        }
        lines
    }
}

/// `37 of 297 verdicts, 41 places, 2 new`.
fn often(field: &FieldMoved, both: usize) -> String {
    let mut words = vec![format!("{} of {both} verdicts", field.verdicts)];
    let counts = [(field.places, "places"), (field.new, "new"), (field.gone, "gone")];
    let reported = counts.into_iter().filter(|(count, word)| match *word {
        "places" => *count != field.verdicts,
        _ => *count > 0,
    });
    words.extend(reported.map(|(count, word)| format!("{count} {word}")));
    words.join(", ")
}

fn sizes(by: &Spans) -> Vec<String> {
    let percent = |share: f64| format!("{:.3} %", share * 100.0);
    vec![
        format!(
            "    by {} at most, {} in the median: {}",
            by.largest,
            by.median,
            place(&by.largest_at)
        ),
        format!(
            "    by {} at most, {} in the median: {}",
            percent(by.largest_share.get()),
            percent(by.median_share.get()),
            place(&by.largest_share_at)
        ),
    ]
}

fn place(at: &Extreme) -> String {
    let show = |value: &Option<Value>| match value {
        None => "absent".to_owned(),
        Some(value @ (Value::Array(_) | Value::Object(_))) => {
            let text = value.to_string();
            let short: String = text.chars().take(MOST_SHOWN).collect();
            if short.len() < text.len() { format!("{short}…") } else { short }
        }
        Some(value) => value.to_string(),
    };
    format!("{} -> {} ({} of {})", show(&at.before), show(&at.after), at.path, at.scenario)
}

/// Letters of a whole object that a line shows.
const MOST_SHOWN: usize = 60;

/// Both waveforms in one picture; nothing where one of the two has no trace.
fn draw(name: &str, (a, b): (&Written, &Written), out: &Path) -> Result<(), Failure> {
    let (Some(first), Some(second)) = (a.trace()?, b.trace()?) else { return Ok(()) };
    let both = overlay(("A", &first.trace), ("B", &second.trace));
    let figure = Figure {
        title: name,
        outcome: b.judged.outcome.name(),
        subject: &format!("A {}, B {}", played_by(&a.judged), played_by(&b.judged)),
        trace: &both,
    };
    write_whole(&out.join("diff.svg"), figure.svg().map_err(Failure::Plot)?.as_bytes())?;
    write_whole(&out.join("diff.png"), &figure.png().map_err(Failure::Plot)?)
}
