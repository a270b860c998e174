//! One word for one thing: `docs/glossary.md` has the words, these tests keep them.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Words that others have replaced, in lower case, and the others. `_` counts as a space.
const RETIRED: [(&str, &str); 16] = [
    ("standing draw", "quiescent draw"),
    ("standing drain", "quiescent draw"),
    ("standing ma", "quiescent_ma"),
    ("surroundings", "ambient"),
    ("strain", "over-rating"),
    ("strains", "over-ratings"),
    ("gives up", "sheds, stops"),
    ("gave up", "shed, stopped"),
    ("hangs on", "is fed from"),
    ("hung on", "was fed from"),
    ("told", "reported, sent"),
    ("vigil", "watchdog"),
    ("unrest", "chatter"),
    ("left by averaging", "residual ripple"),
    ("spread v", "imbalance_v"),
    ("for ever", "continuously, without end"),
];

/// Files that speak of the words themselves.
const ABOUT_WORDS: [&str; 4] = [
    "crates/cli/tests/it/words.rs",
    "crates/cli/tests/it/converting.rs",
    "crates/scenario/src/convert.rs",
    "crates/scenario/src/convert/table.rs",
];

/// Every file of the project that people write or read, below its root.
fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for part in ["crates", "docs", "fixtures", "scenarios", "bench-rigs", "reports/accepted"] {
        collect(&root().join(part), &mut found);
    }
    found.push(root().join("README.md"));
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What compilers wrote is nobody's.
        let is_built = path.ends_with("build") || path.ends_with("target");
        if path.is_dir() && !is_built {
            collect(&path, found);
        } else if path.extension().and_then(|ending| ending.to_str()).is_some_and(is_text) {
            found.push(path);
        }
    }
}

fn is_text(ending: &str) -> bool {
    ["rs", "md", "json", "c", "h", "py", "dbc", "snap"].contains(&ending)
}

/// A text in lower case with one space for everything between words.
fn spoken(line: &str) -> String {
    let letters = line.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' });
    let words = letters.collect::<String>().to_lowercase();
    let words: Vec<&str> = words.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

#[test]
fn words_that_others_have_replaced_do_not_come_back() {
    let mut back = Vec::new();
    let files = files();
    assert!(files.len() > 1000, "{} files: the search is broken", files.len());
    for path in files {
        let below = path.strip_prefix(root()).unwrap().display().to_string();
        if ABOUT_WORDS.contains(&below.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let line = spoken(line);
            for (word, instead) in RETIRED {
                if line.contains(&format!(" {word} ")) {
                    back.push(format!("{below}:{}: `{word}`: {instead}", number + 1));
                }
            }
        }
    }
    assert!(back.is_empty(), "{}", back.join("\n"));
}

#[test]
fn a_word_is_found_whatever_joins_it() {
    for line in ["a_standing_drain_w", "Standing  drain", "x.standing-drain;"] {
        assert!(spoken(line).contains(" standing drain "), "{line}");
    }
    assert!(!spoken("constraint").contains(" strain "));
}

#[test]
fn the_glossary_is_sorted_and_every_place_in_it_exists() {
    let text = fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    let rows: Vec<&str> =
        text.lines().skip_while(|line| !line.starts_with("|---")).skip(1).collect();
    assert!(rows.len() > 60, "{} rows", rows.len());
    let terms: Vec<String> =
        rows.iter().map(|row| row.split('|').nth(1).unwrap().trim().to_lowercase()).collect();
    let mut sorted = terms.clone();
    sorted.sort();
    assert_eq!(terms, sorted);
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        assert_eq!(cells.len(), 6, "{row}");
        assert!(!cells[2].trim().is_empty(), "{row} has no meaning");
        for place in cells[4].split('`').skip(1).step_by(2) {
            assert!(root().join(place).exists(), "{place}");
        }
    }
}
