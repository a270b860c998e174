//! `coverage`: which numbered facts which scenarios check, and with which accepted verdict.
//!
//! Nothing is simulated: the facts, the `covers` of the scenarios and the accepted verdicts of the
//! built-in controllers are held together. A fact that no scenario covers says why, if it can.

use std::collections::BTreeMap;
use std::path::Path;

use blackstart_scenario::{Fact, FactKind, Facts, Passage};
use serde::Serialize;

use crate::accepted::accepted_standing;
use crate::arguments::{Format, ScenarioSelection};
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::{Project, Scenario};
use crate::result::json_line;

/// Prints the table. How much is covered does not decide how the command ends: it is a report.
///
/// # Errors
/// All mistakes of all files; if the project numbers no facts, or an accepted verdict cannot be read.
pub fn coverage(
    selection: &ScenarioSelection,
    format: Format,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let project = Project::open(selection)?;
    let facts = project.facts()?;
    let scenarios = project.scenarios()?;
    let coverage = Coverage::of(facts, &scenarios, &project.accepted())?;
    match format {
        Format::Human => coverage.lines().iter().try_for_each(|line| console.result(line))?,
        Format::Json => console.result(&json_line(&coverage))?,
    }
    Ok(Exit::Passed)
}

/// Every fact with what covers it.
#[derive(Serialize)]
struct Coverage<'a> {
    /// Version of the format.
    schema: u32,
    /// `coverage`.
    kind: &'static str,
    /// In the order of the facts file.
    facts: Vec<Row<'a>>,
    /// By document, in order of their first fact; the last is of all.
    totals: Vec<Totals<'a>>,
    #[serde(skip)]
    documents: &'a BTreeMap<String, String>,
}

/// One fact.
#[derive(Serialize)]
struct Row<'a> {
    fact: &'a str,
    kind: FactKind,
    document: &'a str,
    section: &'a str,
    also: &'a [Passage],
    says: &'a str,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    cannot: Option<&'a str>,
    scenarios: Vec<Covering<'a>>,
}

/// One scenario that covers a fact.
#[derive(Clone, Serialize)]
struct Covering<'a> {
    scenario: &'a str,
    verdict: &'static str,
}

/// What became of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// A scenario covers it.
    Covered,
    /// None does, though one could.
    NotCovered,
    /// No simulation can.
    Cannot,
    /// It is about nothing that a simulation knows.
    DocumentedOnly,
}

/// How many facts of a document are covered.
#[derive(Serialize)]
struct Totals<'a> {
    document: &'a str,
    /// Covered, and all that can be, by kind; kinds of which there is none are left out.
    kinds: BTreeMap<FactKind, Share>,
    /// The same over all kinds.
    all: Share,
    cannot: usize,
    documented_only: usize,
}

/// How many of how many.
#[derive(Clone, Copy, Default, Serialize)]
struct Share {
    covered: usize,
    of: usize,
}

impl<'a> Coverage<'a> {
    fn of(facts: &'a Facts, scenarios: &'a [Scenario], accepted: &Path) -> Result<Self, Failure> {
        let mut by_fact: BTreeMap<&str, Vec<Covering<'_>>> = BTreeMap::new();
        for Scenario { resolved, .. } in scenarios {
            let covering = Covering {
                scenario: &resolved.name,
                verdict: accepted_standing(accepted, resolved)?,
            };
            for id in &resolved.covers {
                let found = by_fact.entry(id).or_default();
                // Who names a fact twice covers it once.
                if found.last().is_none_or(|last| last.scenario != covering.scenario) {
                    found.push(covering.clone());
                }
            }
        }
        let row = |fact: &'a Fact| Row::new(fact, by_fact.remove(fact.id.as_str()));
        let rows: Vec<Row<'a>> = facts.facts.iter().map(row).collect();
        let mut documents = Vec::new();
        for row in &rows {
            if !documents.contains(&row.document) {
                documents.push(row.document);
            }
        }
        let of = |name: &'a str| Totals::new(name, rows.iter().filter(|row| row.document == name));
        let mut totals: Vec<Totals<'a>> = documents.into_iter().map(of).collect();
        totals.push(Totals::new("all", rows.iter()));
        Ok(Self { schema: 1, kind: "coverage", facts: rows, totals, documents: &facts.documents })
    }

    fn lines(&self) -> Vec<String> {
        let width = self.facts.iter().map(|row| row.fact.len()).max().unwrap_or(0);
        let mut lines = Vec::new();
        for Totals { document, .. } in &self.totals {
            let Some(title) = self.documents.get(*document) else { continue };
            lines.extend([format!("{document}: {title}")]);
            let rows = self.facts.iter().filter(|row| row.document == *document);
            lines.extend(rows.flat_map(|row| row.lines(width)));
            lines.push(String::new());
        }
        lines.extend(table(&self.totals));
        lines
    }
}

impl<'a> Row<'a> {
    fn new(fact: &'a Fact, covering: Option<Vec<Covering<'a>>>) -> Self {
        let scenarios = covering.unwrap_or_default();
        let state = match (fact.kind, &fact.cannot) {
            _ if !scenarios.is_empty() => State::Covered,
            (FactKind::DocumentedOnly, _) => State::DocumentedOnly,
            (_, Some(_)) => State::Cannot,
            (_, None) => State::NotCovered,
        };
        let Fact { id, kind, document, section, also, says, cannot } = fact;
        let (kind, cannot) = (*kind, cannot.as_deref());
        Self { fact: id, kind, document, section, also, says, state, cannot, scenarios }
    }

    /// A line for each scenario, or one that says why there is none.
    fn lines(&self, width: usize) -> Vec<String> {
        let said: Vec<String> = match self.state {
            State::Covered => {
                let line = |one: &Covering<'_>| format!("{:<15} {}", one.verdict, one.scenario);
                self.scenarios.iter().map(line).collect()
            }
            State::NotCovered => vec![format!("not covered     {}", self.says)],
            State::Cannot => vec![format!("cannot          {}", self.cannot.unwrap_or_default())],
            State::DocumentedOnly => vec![format!("-               {}", self.says)],
        };
        let heads =
            std::iter::once((self.fact, self.kind.name())).chain(std::iter::repeat(("", "")));
        let line = |((fact, kind), said): ((&str, &str), String)| {
            format!("  {fact:<width$}  {kind:<15}  {said}")
        };
        heads.zip(said).map(line).collect()
    }
}

impl<'a> Totals<'a> {
    fn new<'r>(document: &'a str, rows: impl Iterator<Item = &'r Row<'a>>) -> Self
    where
        'a: 'r,
    {
        let (kinds, all) = (BTreeMap::new(), Share::default());
        let mut totals = Self { document, kinds, all, cannot: 0, documented_only: 0 };
        for row in rows {
            match row.state {
                State::Cannot => totals.cannot += 1,
                State::DocumentedOnly => totals.documented_only += 1,
                State::Covered | State::NotCovered => {
                    let covered = usize::from(row.state == State::Covered);
                    for share in [totals.kinds.entry(row.kind).or_default(), &mut totals.all] {
                        share.covered += covered;
                        share.of += 1;
                    }
                }
            }
        }
        totals
    }

    fn cells(&self) -> Vec<String> {
        let share = |share: &Share| format!("{} of {}", share.covered, share.of);
        let kind = |kind: FactKind| self.kinds.get(&kind).map_or_else(|| "-".to_owned(), share);
        let kinds = FactKind::ALL.into_iter().filter(|kind| *kind != FactKind::DocumentedOnly);
        let ends = [share(&self.all), self.cannot.to_string(), self.documented_only.to_string()];
        std::iter::once(self.document.to_owned()).chain(kinds.map(kind)).chain(ends).collect()
    }
}

/// The totals with a heading, in columns.
fn table(totals: &[Totals<'_>]) -> Vec<String> {
    let kinds = FactKind::ALL.into_iter().filter(|kind| *kind != FactKind::DocumentedOnly);
    let heading = std::iter::once("covered").chain(kinds.map(FactKind::name));
    let heading = heading.chain(["all", "cannot", "documented-only"]).map(str::to_owned).collect();
    let rows: Vec<Vec<String>> =
        std::iter::once(heading).chain(totals.iter().map(Totals::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}  "));
        cells.collect::<String>().trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
