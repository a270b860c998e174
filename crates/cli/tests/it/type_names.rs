//! One name for one type: what stands in a message, a schema or a search means one thing.
//!
//! A type that only its own file sees may have any name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Macros whose calls declare public types, a name and a brace for each.
const DECLARING: [&str; 2] = ["sections! {", "amounts! {"];

/// The types of a source file that other files can see.
fn types(text: &str) -> Vec<&str> {
    let mut declares = false;
    text.lines()
        .filter_map(|line| {
            if line.starts_with('}') {
                declares = false;
            }
            declares |= DECLARING.iter().any(|call| line.ends_with(call));
            if declares { declared(line) } else { visible(line) }
        })
        .collect()
}

/// The name of `    Name {`.
fn declared(line: &str) -> Option<&str> {
    let name = line.strip_prefix("    ")?.strip_suffix(" {")?;
    is_name(name).then_some(name)
}

/// The name of `pub struct Name`, `pub(crate) enum Name` …
fn visible(line: &str) -> Option<&str> {
    let behind = line.trim_start().strip_prefix("pub")?;
    let behind = match behind.strip_prefix('(') {
        Some(place) => place.split_once(')')?.1,
        None => behind,
    };
    let words = behind.strip_prefix(' ')?;
    let words = words.strip_prefix("unsafe ").unwrap_or(words);
    let (kind, rest) = words.split_once(' ')?;
    let is_type = ["struct", "enum", "trait", "type", "union"].contains(&kind);
    let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (is_type && is_name(name)).then_some(name)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(char::is_alphanumeric)
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_two_types_share_a_name() {
    let mut files = Vec::new();
    for entry in fs::read_dir(crates()).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut files);
    }
    files.sort();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files {
        let below = path.strip_prefix(crates()).unwrap().display().to_string();
        for name in types(&fs::read_to_string(&path).unwrap()) {
            places.entry(name.to_owned()).or_default().push(below.clone());
        }
    }
    assert!(places.len() > 800, "{} types: the search is broken", places.len());
    let shared: Vec<String> = places
        .iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(name, places)| format!("{name}: {}", places.join(", ")))
        .collect();
    assert!(shared.is_empty(), "{}", shared.join("\n"));
}

#[test]
fn a_type_is_found_however_it_is_declared() {
    let text = "pub struct A<T> {\npub(crate) enum B {\n    pub(in crate::x) trait C: Send {\n\
                pub type D = f64;\npub unsafe trait E {\npub struct F(u8);\n\
                struct Own;\npub fn G() {\n\
                amounts! {\n    /// Doc.\n    H {\n        key: Positive,\n    }\n}\n    I {\n";
    assert_eq!(types(text), ["A", "B", "C", "D", "E", "F", "H"]);
}
