//! What a person sees who asks.

use std::path::Path;

use crate::project::blackstart;

fn help(arguments: &[&str]) -> String {
    let seen = blackstart(Path::new("."), arguments);
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    seen.stdout
}

#[test]
fn help_names_every_command_and_every_exit_code() {
    insta::assert_snapshot!("help", help(&["--help"]));
}

#[test]
fn help_of_each_command_is_stable() {
    for command in [
        "run", "accept", "diff", "replay", "check", "convert", "list", "coverage", "mutate",
        "corners", "schema",
    ] {
        insta::assert_snapshot!(format!("help-{command}"), help(&[command, "--help"]));
    }
}

#[test]
fn help_of_each_rig_command_is_stable() {
    for command in ["transports", "play", "write"] {
        insta::assert_snapshot!(format!("help-rig-{command}"), help(&["rig", command, "--help"]));
    }
}

#[test]
fn the_version_is_an_answer_too() {
    assert_eq!(help(&["--version"]), format!("blackstart {}\n", env!("CARGO_PKG_VERSION")));
}
