//! Pages with commands that a reader types: the commands run, and print what the page says.
//!
//! With `BLACKSTART_WRITE_GUIDE` set, what they print is written into the page instead.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::Project;

/// What the guide shows of a device in another language.
const PYTHON: &str = "fixtures/firmware/python/tiny_bms.py";

/// A fenced block of the guide.
struct Block {
    language: String,
    text: String,
}

fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn blocks(guide: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in guide.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => {
                open = Some(Block { language: language.to_owned(), text: String::new() });
            }
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

/// A project with the shipped scenarios and the sources of the firmware.
fn clone() -> Project {
    let project = Project::new();
    for folder in ["scenarios/sessy", "fixtures/dbc", "fixtures/firmware"] {
        copy_sources(&project, folder);
    }
    project
}

fn copy_sources(project: &Project, folder: &str) {
    for entry in fs::read_dir(shipped(folder)).expect("a shipped folder") {
        let path = entry.expect("an entry of it").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let below = format!("{folder}/{name}");
        match path.is_dir() {
            // What was compiled already.
            true if name == "build" => {}
            true => copy_sources(project, &below),
            false => project.write(&below, fs::read(&path).expect("a shipped file")),
        }
    }
}

/// What a block prints on standard output, whatever it ends with.
fn shell(project: &Project, script: &str) -> (String, String) {
    let command = Path::new(env!("CARGO_BIN_EXE_blackstart"));
    let folders = env::var_os("PATH").unwrap_or_default();
    let folders =
        command.parent().map(Path::to_owned).into_iter().chain(env::split_paths(&folders));
    let output = Command::new("bash")
        .args(["-uc", &format!("mkdir -p target; {script}")])
        .env("PATH", env::join_paths(folders).expect("folders without colons"))
        .current_dir(project.root())
        .output()
        .expect("bash starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr))
}

fn fenced(text: &str) -> String {
    format!("```text\n{text}```")
}

/// Runs the commands of a page from a heading on, and compares what it shows after them; how many
/// outputs that were.
fn follow(page: &str, heading: &str) -> usize {
    let path = shipped(page);
    let text = fs::read_to_string(&path).expect("the page");
    let start = text.find(heading).expect("the heading");
    let is_written = env::var_os("BLACKSTART_WRITE_GUIDE").is_some();
    let mut rewritten = text.clone();
    let project = clone();
    let mut printed = String::new();
    let mut outputs = 0;
    for Block { language, text } in blocks(&text[start..]) {
        match language.as_str() {
            "sh" => {
                let (stdout, stderr) = shell(&project, &text);
                printed = stdout;
                assert!(!stderr.contains("error:"), "{text}{stderr}");
            }
            "text" => {
                outputs += 1;
                if is_written {
                    rewritten = rewritten.replace(&fenced(&text), &fenced(&printed));
                }
                assert!(is_written || printed == text, "{page} shows after {outputs}:\n{printed}");
            }
            // A file of the project, whole.
            "python" => {
                let file = fs::read_to_string(shipped(PYTHON)).expect("the file that is shown");
                if is_written {
                    let shown = |text: &str| format!("```python\n{text}```");
                    rewritten = rewritten.replace(&shown(&text), &shown(&file));
                }
                assert!(is_written || file == text, "{page} shows another {PYTHON}");
            }
            other => panic!("a block of `{other}`"),
        }
    }
    if is_written {
        fs::write(path, rewritten).expect("the page is written");
    }
    outputs
}

#[test]
fn the_guide_to_attach_a_firmware_prints_what_it_says() {
    assert_eq!(follow("docs/attach-your-firmware.md", "## 1."), 8);
}

#[test]
fn the_comparison_of_builds_prints_what_it_says() {
    assert_eq!(follow("docs/ci.md", "## What a new build changed"), 2);
}

#[test]
fn the_tiny_firmware_is_tiny() {
    for (path, most) in [("fixtures/firmware/tiny-bms/tiny_bms.c", 180), (PYTHON, 130)] {
        let source = fs::read_to_string(shipped(path)).expect("the source");
        assert!(source.lines().count() <= most, "{path}");
    }
}
