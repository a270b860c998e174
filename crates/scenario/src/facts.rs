//! The facts of a project: what its scenarios may say that they cover.
//!
//! A project need not have any; then `covers` is free text. What a fact is worth is not judged here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use blackstart_limits::FILE_BYTES;
use serde::Deserialize;

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::facts_file::{Fact, FactsFile};
use crate::library::{FileKind, Library};
use crate::schema;
use crate::shape::{Shaped, shape};
use crate::syntax::{Document, SpannedValue};

/// Where the facts stand, below the root of a project.
pub const FACTS_FILE: &str = "fixtures/facts.json";

/// Numbered facts, and the documents that state them.
#[derive(Clone, Debug)]
pub struct Facts {
    /// One line for people.
    pub title: String,
    /// Titles of the documents, by name.
    pub documents: BTreeMap<String, String>,
    /// Every fact, in the order of the file.
    pub facts: Vec<Fact>,
}

impl Facts {
    pub(crate) fn load(library: &Library, path: &Path) -> Result<Self, Diagnostics> {
        let document = library.document(path, FileKind::Facts)?;
        let mut problems = Diagnostics::new();
        let shaped: Shaped<FactsFile> = shape(&document, &schema::FACTS, &mut problems);
        let values = shaped.kept(document.root.get("facts"));
        let Some(file) = shaped.file else { return Err(problems) };
        let mut ids = BTreeSet::new();
        for (fact, value) in file.facts.iter().zip(values) {
            if !ids.insert(fact.id.as_str()) {
                let message = format!("the fact `{}` is there twice", fact.id);
                let problem =
                    Problem::at(place(&document, value, "id"), Code::DuplicateId, message);
                problems.push(problem.label("second time"));
            }
            check_documents(&document, &file, fact, value, &mut problems);
        }
        problems.into_result()?;
        Ok(Self { title: file.title, documents: file.documents, facts: file.facts })
    }

    /// The numbers in a file of facts, whatever else is wrong with it; `None` where there are none to be had.
    pub(crate) fn ids(path: &Path) -> Option<BTreeSet<String>> {
        #[derive(Deserialize)]
        struct Numbered {
            id: String,
        }
        #[derive(Deserialize)]
        struct Numbers {
            facts: Vec<Numbered>,
        }
        let bytes = blackstart_limits::read(path, FILE_BYTES).ok()?;
        let numbers: Numbers = serde_json::from_slice(&bytes).ok()?;
        Some(numbers.facts.into_iter().map(|fact| fact.id).collect())
    }

    /// The fact of a number.
    pub fn get(&self, id: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.id == id)
    }

    /// Complains of each number in `covers` that no fact has.
    pub(crate) fn check_covers(
        &self,
        document: &Document,
        covers: &[(&str, &SpannedValue)],
        problems: &mut Diagnostics,
    ) {
        for (id, value) in covers.iter().filter(|(id, _)| self.get(id).is_none()) {
            let message = format!("no fact `{id}` in {FACTS_FILE}");
            let place = document.place(value.span.clone());
            let problem = Problem::at(place, Code::UnknownFact, message).label("unknown fact");
            problems.push(problem.suggest(id, self.facts.iter().map(|fact| fact.id.as_str())));
        }
    }
}

fn place(document: &Document, fact: &SpannedValue, key: &str) -> Place {
    document.place(fact.get(key).unwrap_or(fact).span.clone())
}

/// Complains of each document that a fact names and the file does not list.
fn check_documents(
    document: &Document,
    file: &FactsFile,
    fact: &Fact,
    value: &SpannedValue,
    problems: &mut Diagnostics,
) {
    let also = value.get("also").map_or(&[][..], SpannedValue::elements);
    let others = fact.also.iter().zip(also);
    let others = others.map(|(passage, value)| (passage.document.as_str(), value));
    for (name, value) in std::iter::once((fact.document.as_str(), value)).chain(others) {
        if !file.documents.contains_key(name) {
            let message = format!("no document `{name}` in this file");
            let at = place(document, value, "document");
            let problem = Problem::at(at, Code::UnknownWord, message).label("unknown document");
            problems.push(problem.suggest(name, file.documents.keys().map(String::as_str)));
        }
    }
}
