//! The numbered facts: read, validated, and what `covers` may name.

use std::collections::BTreeSet;

use blackstart_scenario::{Code, FactKind, Library};

use crate::diagnostics::render;
use crate::project::{Project, SMALL, root, small};

const FACTS: &str = r#"{
  "schema": 1,
  "kind": "facts",
  "title": "What the manual says",
  "documents": {"manual": "The manual"},
  "facts": [
    {"id": "SESSY-10", "kind": "behaviour", "document": "manual", "section": "1", "says": "It runs."},
    {"id": "SESSY-11", "kind": "limit", "document": "manual", "section": "2", "says": "It stops.",
     "also": [{"document": "manual", "section": "3"}], "cannot": "nobody can tell"}
  ]
}
"#;

fn with_facts(facts: &str) -> Project {
    let project = Project::new();
    project.write("fixtures/facts.json", facts);
    project
}

/// What is said of [`FACTS`] when one piece of it is replaced.
fn wrong(old: &str, new: &str) -> (Vec<Code>, String) {
    assert_eq!(FACTS.matches(old).count(), 1, "`{old}`");
    let project = with_facts(&FACTS.replace(old, new));
    let problems = Library::open(&project.path("")).expect_err(new);
    (problems.iter().map(|one| one.code).collect(), render(&problems))
}

#[test]
fn facts_are_read_in_their_order() {
    let project = with_facts(FACTS);
    let library = project.library();
    let facts = library.facts().unwrap();
    let ids: Vec<&str> = facts.facts.iter().map(|fact| fact.id.as_str()).collect();
    assert_eq!(ids, ["SESSY-10", "SESSY-11"]);
    assert_eq!(facts.get("SESSY-11").unwrap().cannot.as_deref(), Some("nobody can tell"));
    assert_eq!(facts.get("SESSY-12"), None);
}

#[test]
fn a_project_without_facts_may_cover_what_it_likes() {
    let project = Project::new();
    assert!(project.library().facts().is_none());
    assert!(project.load(small(r#"["SESSY-10"]"#, r#"["anything"]"#)).is_ok());
}

#[test]
fn covers_that_name_no_fact_are_pointed_at_each_in_its_place() {
    let text = small(r#"["SESSY-10"]"#, r#"["SESSY-1O", "SESSY-11", "elsewhere"]"#)
        .replace(r#""power_w": 500"#, r#""powr_w": 500"#)
        .replace(r#""system": "sessy-phoenix-48-1200""#, r#""system": "none""#);
    insta::assert_snapshot!(render(&with_facts(FACTS).load(text).unwrap_err()));
    assert!(with_facts(FACTS).load(SMALL).is_ok());
}

#[test]
fn every_mistake_of_the_facts_is_reported_when_the_project_is_opened() {
    for (old, new, code) in [
        (r#""SESSY-11""#, r#""SESSY-10""#, Code::DuplicateId),
        (r#""kind": "limit""#, r#""kind": "limits""#, Code::UnknownWord),
        (r#""manual", "section": "2""#, r#""manul", "section": "2""#, Code::UnknownWord),
        (r#""manual", "section": "3""#, r#""manul", "section": "3""#, Code::UnknownWord),
        (r#""says": "It runs.""#, r#""say": "It runs.""#, Code::UnknownKey),
        (r#""kind": "facts""#, r#""kind": "device""#, Code::NotBlackstart),
        (r#""schema": 1"#, r#""schema": 2"#, Code::WrongVersion),
        (r#""title": "What the manual says","#, "", Code::MissingKey),
        (r#""documents": {"#, r#""documents": {{"#, Code::Syntax),
    ] {
        let (codes, text) = wrong(old, new);
        assert_eq!(codes, [code], "{new}\n{text}");
    }
}

#[test]
fn mistakes_of_several_facts_are_shown_at_once() {
    let wrong = FACTS
        .replace(r#""SESSY-11""#, r#""SESSY-10""#)
        .replace(r#""manual", "section": "1""#, r#""manul", "section": "1""#)
        .replace(r#""kind": "limit""#, r#""kind": "limt""#);
    let project = with_facts(&wrong.replace("limt", "limit"));
    assert_eq!(Library::open(&project.path("")).unwrap_err().len(), 2);
    let project = with_facts(&wrong);
    insta::assert_snapshot!(render(&Library::open(&project.path("")).unwrap_err()));
}

#[test]
fn a_facts_file_is_no_scenario() {
    let project = with_facts(FACTS);
    let problems = project.library().scenarios(&[project.path("fixtures/facts.json")]);
    assert_eq!(problems.unwrap_err().iter().next().unwrap().code, Code::NotBlackstart);
}

#[test]
fn the_shipped_facts_are_one_line_each_and_every_document_is_used() {
    let library = Library::open(&root()).unwrap();
    let facts = library.facts().unwrap();
    let mut used = BTreeSet::new();
    for fact in &facts.facts {
        let lines = [Some(&fact.says), fact.cannot.as_ref()];
        for line in lines.into_iter().flatten() {
            assert!(!line.is_empty() && !line.contains('\n') && line.len() < 300, "{}", fact.id);
        }
        used.insert(&fact.document);
        used.extend(fact.also.iter().map(|passage| &passage.document));
    }
    assert_eq!(used, facts.documents.keys().collect());
}

#[test]
fn numbers_of_a_document_go_up_without_an_unexplained_gap() {
    let library = Library::open(&root()).unwrap();
    let facts = library.facts().unwrap();
    // Numbers that were never given: tables and truth tables took round ones.
    let gaps = [("CL", 12..=15), ("CL", 19..=19), ("CL", 27..=29), ("CL", 33..=39)];
    let more = [("CL", 43..=49), ("CL", 59..=59), ("NG", 9..=9)];
    let gaps: Vec<_> = gaps.into_iter().chain(more).collect();
    for prefix in ["SESSY-", "SESSY-X", "ALPHA-", "ALPHA-X", "CL-", "CL-X", "SBMS-", "SBMS-X"]
        .into_iter()
        .chain(["NG-", "NG-X", "GEN-", "D-", "T-"])
    {
        let numbers = facts.facts.iter().filter_map(|fact| fact.id.strip_prefix(prefix));
        let numbers: BTreeSet<u32> = numbers.filter_map(|number| number.parse().ok()).collect();
        let last = *numbers.last().unwrap_or_else(|| panic!("no fact {prefix}…"));
        for number in (1..=last).filter(|number| !numbers.contains(number)) {
            let name = prefix.trim_end_matches('-');
            let known = gaps.iter().any(|(gap, range)| *gap == name && range.contains(&number));
            assert!(known, "{prefix}{number} is missing");
        }
    }
}

#[test]
fn what_no_simulation_can_check_no_scenario_claims_to_check() {
    let library = Library::open(&root()).unwrap();
    let facts = library.facts().unwrap();
    for path in library.scenarios(&[root().join("scenarios")]).unwrap() {
        let scenario = library.scenario(&path).unwrap();
        for id in &scenario.covers {
            let fact = facts.get(id).unwrap();
            assert_eq!(fact.cannot, None, "{} covers {id}", scenario.name);
            assert_ne!(fact.kind, FactKind::DocumentedOnly, "{} covers {id}", scenario.name);
        }
    }
}

#[test]
fn every_parameter_that_a_fact_backs_names_one_that_exists() {
    let library = Library::open(&root()).unwrap();
    let facts = library.facts().unwrap();
    for path in library.scenarios(&[root().join("scenarios")]).unwrap() {
        let provenance = library.scenario(&path).unwrap().provenance;
        let tables = provenance.tables.iter();
        let all = provenance.parameters.iter().map(|(name, one)| (name, &one.source));
        for (name, source) in all.chain(tables) {
            if let blackstart_scenario::Source::Seed(id) = source {
                assert!(facts.get(id).is_some(), "{name} names {id}");
            }
        }
    }
}
