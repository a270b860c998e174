//! The shipped scenarios through the command itself: verdicts as accepted, stories as snapshots.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::project::blackstart;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Story and verdict: what a change of the physics must not change unseen.
fn golden(folder: &Path) -> String {
    let mut text = fs::read_to_string(folder.join("story.txt")).unwrap();
    let verdict = fs::read_to_string(folder.join("verdict.json")).unwrap();
    let verdict: Value = serde_json::from_str(&verdict).unwrap();
    let judged = &verdict["judged"];
    writeln!(text, "\n{}", judged["outcome"].as_str().unwrap()).unwrap();
    for check in judged["checks"].as_array().unwrap() {
        let word = |key: &str| check[key].as_str().unwrap_or_default();
        let line = (word("outcome"), word("id"), word("actual"));
        writeln!(text, "  {:<12} {}: {}", line.0, line.1, line.2).unwrap();
    }
    text
}

#[test]
fn every_scenario_equals_its_accepted_verdict_and_tells_its_golden_story() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().display().to_string();
    let arguments =
        ["run", "scenarios", "--accepted", "reports/accepted", "--out", &folder, "--no-plots"];
    let seen = blackstart(&root(), &arguments);
    let index = fs::read_to_string(out.path().join("index.json")).expect(&seen.stderr);
    let index: Value = serde_json::from_str(&index).unwrap();
    let runs = index["runs"].as_array().unwrap();
    assert!(runs.len() >= 5, "{index}");
    for run in runs {
        let name = run["scenario"].as_str().unwrap();
        // Equal to what is accepted is not enough: an accepted surprise is still one.
        let standing = run["standing"].as_str().unwrap();
        assert!(["passed", "failed-as-known"].contains(&standing), "{name}: {standing}");
        insta::assert_snapshot!(name.replace('/', "."), golden(&out.path().join(name)));
    }
    assert_eq!(seen.code, Some(0), "{}{}", seen.stdout, seen.stderr);
}

#[test]
fn each_subject_has_one_file_of_digests_with_a_line_for_each_accepted_verdict() {
    for subject in fs::read_dir(root().join("reports/accepted")).unwrap() {
        let folder = subject.unwrap().path();
        let text = fs::read_to_string(folder.join("digests.txt")).unwrap();
        let listed = text.lines().map(|line| line.split_once("  ").unwrap().1.to_owned());
        assert_eq!(listed.collect::<Vec<_>>(), verdicts(&folder, &folder), "{}", folder.display());
    }
}

/// The scenarios whose verdicts lie at or below a folder, sorted.
fn verdicts(subject: &Path, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(verdicts(subject, &path));
        } else if path.extension().is_some_and(|kind| kind == "json") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains("digest"), "{}", path.display());
            let scenario = path.strip_prefix(subject).unwrap().with_extension("");
            found.push(scenario.display().to_string());
        }
    }
    found.sort();
    found
}

#[test]
fn no_snapshot_carries_a_digest() {
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let folders = crates.flat_map(|entry| {
        let path = entry.unwrap().path();
        [path.join("src/snapshots"), path.join("tests/it/snapshots")]
    });
    let mut seen = 0;
    for folder in folders.filter(|folder| folder.is_dir()) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let mut words = text.split(|c: char| !c.is_ascii_hexdigit());
            assert!(!words.any(|word| word.len() == 64), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen} snapshots: the search is broken");
}

/// Finding checks of the library: scenario, rule, and whether it must be broken.
fn findings() -> Vec<(String, String, bool)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(root().join("scenarios")).unwrap() {
        let Ok(files) = fs::read_dir(folder.unwrap().path()) else { continue };
        for file in files {
            let path = file.unwrap().path();
            let text: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            for check in text["checks"].as_array().into_iter().flatten() {
                if let Some(rule) = check["rule"].as_str() {
                    let is_broken = check["broken"].as_bool().unwrap_or(true);
                    found.push((name.clone(), rule.to_owned(), is_broken));
                }
            }
        }
    }
    found
}

/// Rules that no system of the library is asked about from both sides, and why.
const ONE_SIDED: [(&str, &str); 2] = [
    ("start-below-shutdown", "no file may have such levels: they must stand in order"),
    ("document-conflict", "a document that contradicts itself does so in every system"),
];

#[test]
fn every_rule_is_asked_about_where_it_is_broken_and_where_it_is_kept() {
    let schema = fs::read(root().join("scenarios/scenario.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let rules = schema["$defs"]["RuleName"]["oneOf"].as_array().unwrap();
    let findings = findings();
    let missing = rules.iter().filter_map(|rule| {
        let rule = rule["const"].as_str()?;
        let has = |side| findings.iter().any(|(_, of, broken)| of == rule && *broken == side);
        let is_excused = ONE_SIDED.iter().any(|(of, _)| *of == rule);
        let is_asked = has(true) && has(false);
        (is_asked == is_excused)
            .then(|| format!("{rule}: broken {}, kept {}", has(true), has(false)))
    });
    let missing: Vec<String> = missing.collect();
    assert!(rules.len() >= 40 && missing.is_empty(), "{missing:#?}");
}

#[test]
fn what_is_said_to_be_in_order_asks_whether_a_rule_is_kept() {
    let findings = findings();
    let mut named = 0;
    for folder in fs::read_dir(root().join("scenarios")).unwrap() {
        let Ok(files) = fs::read_dir(folder.unwrap().path()) else { continue };
        for file in files {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if name.ends_with("-is-in-order") || name.ends_with("-are-in-order") {
                named += 1;
                let asks = findings.iter().any(|(of, _, broken)| *of == name && !broken);
                assert!(asks, "{name} asks about no rule");
            }
        }
    }
    assert!(named >= 10, "{named}");
}
