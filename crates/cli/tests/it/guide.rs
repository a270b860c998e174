//! The guide `docs/attach-your-firmware.md`: its commands run, and print what it says.
//!
//! With `BLACKSTART_WRITE_GUIDE` set, what they print is written into the guide instead.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::Project;

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

/// A project with the shipped scenarios and the sources that the guide compiles.
fn clone() -> Project {
    let project = Project::new();
    for folder in ["scenarios/sessy", "fixtures/firmware/benchlink", "fixtures/firmware/tiny-bms"] {
        for entry in fs::read_dir(shipped(folder)).expect("a shipped folder") {
            let path = entry.expect("an entry of it").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            project.write(&format!("{folder}/{name}"), fs::read(&path).expect("a shipped file"));
        }
    }
    project
}

/// What a block prints on standard output, whatever it ends with.
fn shell(project: &Project, script: &str) -> (String, String) {
    let command = Path::new(env!("CARGO_BIN_EXE_blackstart"));
    let folders = env::var_os("PATH").unwrap_or_default();
    let folders =
        command.parent().map(Path::to_owned).into_iter().chain(env::split_paths(&folders));
    let output = Command::new("bash")
        .args(["-uc", script])
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

#[test]
fn the_guide_to_attach_a_firmware_prints_what_it_says() {
    let path = shipped("docs/attach-your-firmware.md");
    let guide = fs::read_to_string(&path).expect("the guide");
    let is_written = env::var_os("BLACKSTART_WRITE_GUIDE").is_some();
    let mut rewritten = guide.clone();
    let project = clone();
    let mut printed = String::new();
    let (mut commands, mut outputs) = (0, 0);
    for Block { language, text } in blocks(&guide) {
        match language.as_str() {
            "sh" => {
                let (stdout, stderr) = shell(&project, &text);
                printed = stdout;
                commands += 1;
                assert!(!stderr.contains("error:"), "{text}{stderr}");
            }
            "text" => {
                if is_written {
                    rewritten = rewritten.replace(&fenced(&text), &fenced(&printed));
                }
                assert!(
                    is_written || printed == text,
                    "what the guide shows after its block {commands}:\n{printed}"
                );
                outputs += 1;
            }
            other => panic!("a block of `{other}`"),
        }
    }
    assert_eq!((commands, outputs), (7, 5));
    if is_written {
        fs::write(path, rewritten).expect("the guide is written");
    }
}

#[test]
fn the_tiny_firmware_is_tiny() {
    let source = fs::read_to_string(shipped("fixtures/firmware/tiny-bms/tiny_bms.c"));
    assert!(source.expect("the source").lines().count() < 150);
}
