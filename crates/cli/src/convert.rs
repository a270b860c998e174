//! `convert`: the files of a project, moved in place to the newest format.
//!
//! What cannot be moved stays as it is and is reported in a sentence: a file may be broken for a reason that
//! `check` says better, and the others are worth moving all the same.

use std::fs;
use std::path::{Path, PathBuf};

use blackstart_scenario::{Converted, MAX_BYTES};

use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write_whole;

/// Deepest folder in which files are looked for.
const MAX_FOLDERS: usize = 32;
/// The folders of a project that hold files of a format; anything else in it is not looked at.
const PARTS: [&str; 3] = ["scenarios", "fixtures", "bench-rigs"];

/// How many files came out how.
#[derive(Default)]
struct Count {
    moved: usize,
    newest: usize,
    left: usize,
}

/// Moves every file of a project, of a folder, or one file.
///
/// # Errors
/// If a folder cannot be read, or a file that changed cannot be written.
pub fn convert(path: &Path, console: &mut Console) -> Result<Exit, Failure> {
    let mut files = Vec::new();
    let parts = PARTS.map(|part| path.join(part));
    let is_project = parts.iter().take(2).all(|part| part.is_dir());
    if is_project {
        for part in parts.iter().filter(|part| part.is_dir()) {
            collect(part, MAX_FOLDERS, &mut files)?;
        }
    } else {
        collect(path, MAX_FOLDERS, &mut files)?;
    }
    files.sort();
    let mut count = Count::default();
    for file in files {
        convert_one(&file, &mut count, console)?;
    }
    let Count { moved, newest, left } = count;
    console.say(&format!(
        "{moved} files moved to the newest format, {newest} were of it, {left} left as they are"
    ));
    Ok(Exit::Passed)
}

fn convert_one(path: &Path, count: &mut Count, console: &mut Console) -> Result<(), Failure> {
    let shown = path.display();
    let mut leave = |why: &str| {
        count.left += 1;
        console.say(&format!("left as it is: {shown}: {why}"));
    };
    let about =
        fs::metadata(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    if about.len() > MAX_BYTES {
        leave(&format!("it has {} bytes; a file may have {MAX_BYTES}", about.len()));
        return Ok(());
    }
    let Ok(text) = fs::read_to_string(path) else {
        leave("it cannot be read as text");
        return Ok(());
    };
    match blackstart_scenario::convert(&shown.to_string(), &text) {
        Converted::Newest => count.newest += 1,
        // Schemas, logs, whatever else lies there.
        Converted::Other => {}
        Converted::Left(why) => leave(&why),
        Converted::Moved { text, renamed } => {
            write_whole(path, text.as_bytes())?;
            count.moved += 1;
            let names = renamed.iter().map(|((old, new), times)| match times {
                1 => format!("{old} -> {new}"),
                times => format!("{old} -> {new} ({times} times)"),
            });
            console.result(&format!("{shown}: {}", names.collect::<Vec<_>>().join(", ")))?;
        }
    }
    Ok(())
}

/// Every regular `*.json` at or below a path. Links are not followed: what they lead to is not part of it.
fn collect(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |source| Failure::Read { path: path.to_owned(), source };
    if fs::symlink_metadata(path).map_err(unreadable)?.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let path = entry.path();
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        if kind.is_dir() || kind.is_file() && is_json {
            collect(&path, depth - 1, files)?;
        }
    }
    Ok(())
}
