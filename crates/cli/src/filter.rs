//! `--filter`: which of the scenarios are run, by an expression.
//!
//! ```text
//! expression = term { ("|" | "or") term }
//! term       = factor { ("&" | "and") factor }
//! factor     = ("!" | "not") factor | "(" expression ")" | WHAT "(" pattern ")"
//! ```
//!
//! A pattern stands for the whole of a text; `*` is any part of it and `?` any character. `docs/filters.md`
//! is the page for people, and names every WHAT; a test keeps the two equal.

mod parse;

use std::collections::BTreeSet;

use blackstart_scenario::Resolved;
use serde_json::Value;

use crate::last_run::{LastRun, LastWord};

pub use parse::FilterMistake;

/// What an expression asks of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Its name: path below `scenarios/` without ending.
    Name,
    /// A folder that it lies in, at any depth.
    Folder,
    /// Its system.
    System,
    /// A fact that it covers.
    Fact,
    /// A role of its system, by path or by the part behind the last dot.
    Role,
    /// A kind of check that it has.
    Check,
    /// A word of its events: what is done, or to what.
    Event,
    /// What came of it in the last run of the output folder.
    Last,
}

impl Asked {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Folder,
        Self::System,
        Self::Fact,
        Self::Role,
        Self::Check,
        Self::Event,
        Self::Last,
    ];

    /// As in an expression.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Folder => "folder",
            Self::System => "system",
            Self::Fact => "fact",
            Self::Role => "role",
            Self::Check => "check",
            Self::Event => "event",
            Self::Last => "last",
        }
    }
}

/// A read expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// One of the texts behind a word fits a pattern.
    Has(Asked, String),
    /// Not that.
    Not(Box<Self>),
    /// Both.
    And(Box<Self>, Box<Self>),
    /// One or both.
    Or(Box<Self>, Box<Self>),
}

impl Filter {
    /// What `--failed` stands for.
    pub fn failed() -> Self {
        let last = |word: LastWord| Box::new(Self::Has(Asked::Last, word.word().to_owned()));
        Self::Or(last(LastWord::Failed), last(LastWord::Unfinished))
    }

    /// Both, where there are both.
    pub fn both(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        match (first, second) {
            (Some(first), Some(second)) => Some(Self::And(Box::new(first), Box::new(second))),
            (one, other) => one.or(other),
        }
    }

    /// Whether a scenario is among those that are asked for.
    pub fn takes(&self, scenario: &Resolved, last: &LastRun) -> bool {
        match self {
            Self::Has(asked, pattern) => {
                texts(*asked, scenario, last).iter().any(|text| fits(pattern, text))
            }
            Self::Not(inner) => !inner.takes(scenario, last),
            Self::And(one, other) => one.takes(scenario, last) && other.takes(scenario, last),
            Self::Or(one, other) => one.takes(scenario, last) || other.takes(scenario, last),
        }
    }
}

fn texts(asked: Asked, scenario: &Resolved, last: &LastRun) -> BTreeSet<String> {
    let name = &scenario.name;
    match asked {
        Asked::Name => BTreeSet::from([name.clone()]),
        Asked::Folder => {
            let ends = name.match_indices('/').map(|(at, _)| at);
            ends.flat_map(|at| {
                let path = &name[..at];
                let folder = path.rsplit_once('/').map_or(path, |(_, folder)| folder);
                [path.to_owned(), folder.to_owned()]
            })
            .collect()
        }
        Asked::System => BTreeSet::from([scenario.system.name.clone()]),
        Asked::Fact => scenario.covers.iter().cloned().collect(),
        Asked::Role => {
            let roles = scenario.system.roles().into_iter().map(|role| role.to_string());
            roles
                .flat_map(|role| {
                    let short = role.rsplit_once('.').map_or(role.as_str(), |(_, short)| short);
                    [short.to_owned(), role.clone()]
                })
                .collect()
        }
        Asked::Check => scenario_words(scenario, "checks", &["kind"]),
        Asked::Event => scenario_words(scenario, "events", &["do", "target", "signal"]),
        Asked::Last => last.words(name).iter().map(|word| word.word().to_owned()).collect(),
    }
}

/// Words of a list of the scenario's own file, which has been read as sound.
fn scenario_words(scenario: &Resolved, list: &str, keys: &[&str]) -> BTreeSet<String> {
    let own = scenario.files.iter().find_map(|file| {
        let value: Value = serde_json::from_str(&file.text).ok()?;
        (value["kind"] == "scenario").then_some(value)
    });
    let entries = own.as_ref().and_then(|own| own[list].as_array()).cloned().unwrap_or_default();
    let words = entries.iter().flat_map(|entry| keys.iter().filter_map(|key| entry[*key].as_str()));
    words.map(str::to_owned).collect()
}

/// Whether a pattern stands for the whole of a text.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // Where to go on if what was taken so far does not lead to the end: behind the newest `*`.
    let (mut p, mut t, mut back) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((star, taken)) = back else { return false };
                (p, t) = (star, taken + 1);
                back = Some((star, t));
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_the_whole_text() {
        for (pattern, text, is_fit) in [
            ("sessy/*", "sessy/a/b", true),
            ("*inrush*", "sessy/inrush-trips", true),
            ("*inrush", "sessy/inrush-trips", false),
            ("SESSY-0?", "SESSY-02", true),
            ("SESSY-0?", "SESSY-021", false),
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("*a*b", "aab", true),
            ("*a*b", "aabc", false),
            ("uvp", "uvp", true),
        ] {
            assert_eq!(fits(pattern, text), is_fit, "{pattern} {text}");
        }
    }

    #[test]
    fn the_page_names_everything_that_can_be_asked() {
        let page = include_str!("../../../docs/filters.md");
        for asked in Asked::ALL {
            assert!(page.contains(&format!("\n| `{}(…)` |", asked.word())), "{}", asked.word());
        }
        for word in LastWord::ALL {
            assert!(page.contains(&format!("`last({})`", word.word())), "{}", word.word());
        }
    }
}
