//! `docs/ARCHITECTURE.md` is the map: these tests keep it true.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn map() -> String {
    fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap()
}

/// The crates in the order of the table.
fn crates() -> Vec<String> {
    let map = map();
    let rows = map.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`')).map(|(name, _)| name.to_owned()).collect()
}

/// What a crate imports: its `[dependencies]`, without those of its tests.
fn dependencies(name: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
    let from = manifest.find("[dependencies]").map_or("", |at| &manifest[at..]);
    let lines = from.lines().skip(1).take_while(|line| !line.starts_with('['));
    let name = |line: &str| line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned();
    lines.map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_crate_is_in_the_table_and_every_row_is_a_crate() {
    let listed: BTreeSet<String> = crates().into_iter().collect();
    let folders = fs::read_dir(root().join("crates")).unwrap();
    let found: BTreeSet<String> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(listed, found);
}

#[test]
fn a_crate_imports_only_crates_above_it() {
    let order = crates();
    for (place, name) in order.iter().enumerate() {
        for import in dependencies(name) {
            let Some(import) = import.strip_prefix("blackstart-") else { continue };
            assert!(order[..place].iter().any(|above| above == import), "{name} imports {import}");
        }
    }
}

#[test]
fn controllers_do_not_see_the_plant_and_plain_crates_do_not_see_the_ecs() {
    assert!(!dependencies("controllers").contains("blackstart-plant"));
    for name in ["units", "wire", "trace", "scenario", "link", "verdict", "report", "cli"] {
        assert!(!dependencies(name).contains("bevy_ecs"), "{name}");
    }
    assert!(dependencies("engine").contains("bevy_ecs"), "the reader of manifests is broken");
}

#[test]
fn every_path_that_the_map_names_exists() {
    let map = map();
    let quoted = map.split('`').skip(1).step_by(2);
    let paths: Vec<&str> =
        quoted.filter(|word| word.contains('/') && !word.contains(' ')).collect();
    assert!(paths.len() >= 10, "{paths:?}");
    for path in paths {
        assert!(root().join(path).exists(), "{path}");
    }
}
