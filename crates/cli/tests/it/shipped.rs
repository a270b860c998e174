//! The shipped scenarios through the command itself: verdicts as accepted, stories as snapshots.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::project::blackstart;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Story, verdict and digest: what a change of the physics must not change unseen.
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
    writeln!(text, "trace {}", judged["trace_digest"].as_str().unwrap()).unwrap();
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
