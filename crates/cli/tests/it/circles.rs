//! Files of the plant that import each other: two may, more are a knot in which nothing can be read alone.
//!
//! A path counts as an import of the file that defines what it names: a file that only passes names on
//! (`pub use child::Name` in a `mod.rs`) is followed to where they stand, and imports them where it says
//! them once more. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::files;

/// As many files as may import each other.
const TOGETHER: usize = 2;

/// A module, by its names from the crate on.
type Module = Vec<String>;

/// A name that a file brings in: the path that it stands for, and whether it passes the name on.
struct Brought {
    name: String,
    path: Vec<String>,
    is_passed_on: bool,
}

/// What one file says of others.
#[derive(Default)]
struct Source {
    brought: Vec<Brought>,
    /// Paths of two names and more outside of `use`.
    inline: Vec<Vec<String>>,
    /// All words outside of `use`.
    said: BTreeSet<String>,
}

/// Words and signs of a source text, without comments, strings and characters.
fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            string_length(rest)
        } else if first == '\'' {
            character_length(rest)
        } else if word > 0 {
            found.push(rest[..word].to_owned());
            word
        } else if rest.starts_with("::") {
            found.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                found.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    found
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|&(_, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// Of `'x'` and `'\n'` all of it, of a lifetime its mark.
fn character_length(text: &str) -> usize {
    let inner: Vec<char> = text.chars().skip(1).take(3).collect();
    match inner[..] {
        ['\\', escape, '\''] => 3 + escape.len_utf8(),
        [one, '\'', ..] => 2 + one.len_utf8(),
        _ => 1,
    }
}

/// The paths of a tree behind `use`, each with the name that it brings in, up to its `;`.
fn tree(tokens: &[String], before: &[String], into: &mut Vec<(String, Vec<String>)>) -> usize {
    let (mut path, mut alias, mut at) = (before.to_vec(), None, 0);
    let mut is_group = false;
    let close = |path: &[String], alias: Option<String>, into: &mut Vec<(String, Vec<String>)>| {
        let own = path.last().is_some_and(|last| last == "self") && path.len() > 1;
        let path = if own { &path[..path.len() - 1] } else { path };
        if path.len() > before.len() || own {
            let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
            into.push((name, path.to_vec()));
        }
    };
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "{" => {
                at += 1 + tree(&tokens[at + 1..], &path, into);
                is_group = true;
            }
            "," | "}" | ";" => {
                if !is_group {
                    close(&path, alias.take(), into);
                }
                (path, is_group) = (before.to_vec(), false);
                if token != "," {
                    return at;
                }
            }
            "as" => {
                alias = tokens.get(at + 1).cloned();
                at += 1;
            }
            "::" => {}
            word => path.push(word.to_owned()),
        }
        at += 1;
    }
    at
}

fn source(text: &str) -> Source {
    let tokens = tokens(text);
    let mut found = Source::default();
    let mut at = 0;
    while at < tokens.len() {
        let is_before = |behind: usize, word: &str| at >= behind && tokens[at - behind] == word;
        if tokens[at] == "use" && !is_before(1, "<") && !is_before(1, "+") {
            let mut brought = Vec::new();
            let is_passed_on = is_before(1, "pub") || is_before(1, ")") && is_before(4, "pub");
            at += 1 + tree(&tokens[at + 1..], &[], &mut brought);
            let all = brought.into_iter();
            found.brought.extend(all.map(|(name, path)| Brought { name, path, is_passed_on }));
        } else {
            found.said.insert(tokens[at].clone());
            let mut path = vec![tokens[at].clone()];
            while tokens.get(at + 1).is_some_and(|next| next == "::") && at + 2 < tokens.len() {
                path.push(tokens[at + 2].clone());
                at += 2;
            }
            if path.len() > 1 {
                found.inline.push(path);
            }
        }
        at += 1;
    }
    found
}

/// The module that a file is.
fn module(file: &str) -> Module {
    let mut names: Module = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|last| last == "mod" || last == "lib") {
        names.pop();
    }
    names
}

/// The files of a crate and what each imports of it.
struct Crate {
    sources: BTreeMap<Module, (String, Source)>,
}

impl Crate {
    fn of(files: &BTreeMap<String, String>) -> Self {
        let own = files.iter().map(|(file, text)| (module(file), (file.clone(), source(text))));
        Self { sources: own.collect() }
    }

    /// A path of a file from the crate on; `None` where it leads out of it.
    fn whole_path(&self, at: &Module, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let child = [&at[..], std::slice::from_ref(first)].concat();
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([at, rest].concat()),
            "super" => {
                let above = at[..at.len().checked_sub(1)?].to_vec();
                match rest.first().map(String::as_str) {
                    Some("super") => self.whole_path(&above, rest),
                    _ => Some([&above[..], rest].concat()),
                }
            }
            _ if self.sources.contains_key(&child) => Some([at, path].concat()),
            _ => None,
        }
    }

    /// The modules that define what a path names, through those that only pass it on.
    fn definers(&self, path: &[String], depth: usize, into: &mut BTreeSet<Module>) {
        let Some(length) = (0..=path.len()).rev().find(|&n| self.sources.contains_key(&path[..n]))
        else {
            return;
        };
        let (at, rest) = (path[..length].to_vec(), &path[length..]);
        let brought = &self.sources[&at].1.brought;
        let is_all = rest.first().is_some_and(|name| name == "*");
        let wanted = |one: &&Brought| is_all && one.is_passed_on || Some(&one.name) == rest.first();
        let mut is_own = true;
        for one in brought.iter().filter(wanted).filter(|_| depth < 16) {
            if let Some(from) = self.whole_path(&at, &one.path) {
                let behind = if is_all { &[] } else { &rest[1..] };
                self.definers(&[&from[..], behind].concat(), depth + 1, into);
                is_own = is_all;
            }
        }
        if is_own {
            into.insert(at);
        }
    }

    /// Which modules each imports.
    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let of = |(at, (_, source)): (&Module, &(String, Source))| {
            let mut found = BTreeSet::new();
            let is_own = |one: &&Brought| !one.is_passed_on || source.said.contains(&one.name);
            for one in source.brought.iter().filter(is_own) {
                if let Some(path) = self.whole_path(at, &one.path) {
                    self.definers(&path, 0, &mut found);
                }
            }
            for path in &source.inline {
                let mut whole = self.whole_path(at, path);
                // A module that was brought in before.
                if let Some(one) = source.brought.iter().find(|one| one.name == path[0]) {
                    let from = self.whole_path(at, &one.path);
                    whole = from.map(|from| [&from[..], &path[1..]].concat());
                }
                if let Some(path) = whole {
                    self.definers(&path, 0, &mut found);
                }
            }
            found.remove(at);
            (at.clone(), found)
        };
        self.sources.iter().map(of).collect()
    }

    /// Files of which each reaches every other by imports, where these are more than may be together.
    fn knots(&self) -> Vec<Vec<&str>> {
        let imports = self.imports();
        let reached: BTreeMap<&Module, BTreeSet<&Module>> =
            imports.keys().map(|from| (from, reached(&imports, from))).collect();
        let knot = |from: &Module| -> BTreeSet<&str> {
            let back = reached[from].iter().filter(|to| reached[**to].contains(from));
            back.map(|to| self.sources[*to].0.as_str()).collect()
        };
        let all: BTreeSet<BTreeSet<&str>> = imports.keys().map(knot).collect();
        let large = all.into_iter().filter(|knot| knot.len() > TOGETHER);
        large.map(|knot| knot.into_iter().collect()).collect()
    }
}

/// Everything that imports lead to from a module.
fn reached<'m>(
    imports: &'m BTreeMap<Module, BTreeSet<Module>>,
    from: &'m Module,
) -> BTreeSet<&'m Module> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![from];
    while let Some(at) = ahead.pop() {
        ahead.extend(imports[at].iter().filter(|&next| reached.insert(next)));
    }
    reached
}

#[test]
fn no_more_than_two_files_of_the_plant_import_each_other() {
    let files = files("plant");
    let plant = Crate::of(&files);
    let imports: usize = plant.imports().values().map(BTreeSet::len).sum();
    assert!(imports > 4 * files.len(), "{imports} imports: the search is broken");
    let knots = plant.knots();
    assert!(knots.is_empty(), "{knots:#?}");
}

fn knots(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let files = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    let owned = |knot: Vec<&str>| knot.into_iter().map(str::to_owned).collect();
    Crate::of(&files).knots().into_iter().map(owned).collect()
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    // By a group, by a name that a `mod.rs` passes on, and by a path in the middle of the code.
    let circle = [
        ("lib.rs", "mod a; mod deep; pub use a::A;"),
        ("a.rs", "use std::fmt;\nuse crate::{deep::{B, self as below}};"),
        ("deep/mod.rs", "mod b;\nmod c;\npub(crate) use b::B;\npub(crate) use c::C;"),
        ("deep/b.rs", "use super::C;\nfn f<'a>(x: &'a str) -> char { '\"' }"),
        ("deep/c.rs", "fn f() { crate::a::A::new() }"),
    ];
    assert_eq!(knots(&circle), [["a.rs", "deep/b.rs", "deep/c.rs"]]);
    // Any link of it that is only written about is none.
    let spoken = [
        "// fn f() { crate::a::A::new() }",
        "fn f() { \"crate::a::A\" }",
        "fn f() { std::a::A::new() }",
    ];
    for text in spoken {
        let mut cut = circle;
        cut[4].1 = text;
        assert_eq!(knots(&cut), Vec::<Vec<String>>::new(), "{text}");
    }
}

#[test]
fn two_may_import_each_other_and_a_file_that_passes_names_on_is_not_among_them() {
    let passing = [
        ("lib.rs", "mod parts;"),
        ("parts/mod.rs", "mod a; mod b; mod c; pub use a::A; pub use b::B; pub use c::C;"),
        ("parts/a.rs", "use super::B;"),
        ("parts/b.rs", "use super::A;"),
        ("parts/c.rs", "use super::{A, B};"),
    ];
    assert_eq!(knots(&passing), Vec::<Vec<String>>::new());
    // A `mod.rs` that calls its children, and defines what they need, is in the circle.
    let mut calling = passing;
    calling[1].1 = "mod a; mod b; mod c; pub struct A; fn f() { a::f(); b::f(); c::f() }";
    calling[2].1 = "use super::A;";
    assert_eq!(knots(&calling), [["parts/a.rs", "parts/b.rs", "parts/c.rs", "parts/mod.rs"]]);
    // So is one that says a name which it passes on.
    calling[1].1 = "mod a; mod b; mod c; pub use a::A; pub use c::C; pub struct D(A, C);";
    calling[2].1 = "use super::D;";
    calling[4].1 = "use super::D;";
    assert_eq!(knots(&calling), [["parts/a.rs", "parts/c.rs", "parts/mod.rs"]]);
    // By a module under another name, and by everything in it.
    let named = [
        ("a.rs", "use crate::b as other; fn f() { other::g() }"),
        ("b.rs", "use crate::c::*;"),
        ("c.rs", "use crate::a::f;"),
    ];
    assert_eq!(knots(&named), [["a.rs", "b.rs", "c.rs"]]);
}
