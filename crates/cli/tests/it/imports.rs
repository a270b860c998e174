//! What the files of the plant know of how a system was resolved.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn source(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(of).join("src")
}

/// Every file of a crate without its tests, by its path within the crate.
pub(crate) fn files(of: &str) -> BTreeMap<String, String> {
    let root = source(of);
    let mut found = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let own = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
            if !name.ends_with("tests.rs") {
                found.insert(name, own);
            }
        }
    }
    found
}

/// What only an index into a resolved system would be good for.
const BY_INDEX: [&str; 9] = [
    ".devices[",
    ".devices.iter().enumerate()",
    ".device(",
    ".feeds",
    ".wires.iter()",
    ".bms_cables",
    ".storage_battery(",
    "device: usize",
    ".device ==",
];

/// Where a file of the plant reaches for one.
fn by_index(text: &str) -> Vec<&'static str> {
    let whole: String = text.split_whitespace().collect();
    let is_there = |word: &&&str| whole.contains(&word.replace(' ', ""));
    BY_INDEX
        .iter()
        .filter(is_there)
        .filter(|word| {
            **word != ".wires.iter()" || {
                // The plant has wires of its own.
                whole.contains("system.wires")
            }
        })
        .copied()
        .collect()
}

#[test]
fn the_plant_finds_what_it_builds_by_its_path_and_never_by_an_index_of_the_resolution() {
    let found: Vec<_> = files("plant")
        .into_iter()
        .map(|(file, text)| (file, by_index(&text)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    for sample in ["one.device == device", "system.devices[sink]", "for feed in &system.feeds {"] {
        assert_eq!(by_index(sample).len(), 1, "{sample}");
    }
    // An event names what it is done to; numbers in it count shorts and faults.
    let action = fs::read_to_string(source("scenario").join("action.rs")).unwrap();
    let indices = action.lines().map(str::trim).filter(|line| line.ends_with(": usize,"));
    assert!(indices.clone().count() > 0 && indices.clone().all(|line| line == "id: usize,"));
}
