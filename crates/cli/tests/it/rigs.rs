//! `rig`: what can be plugged in, and logs.

use crate::project::Project;

#[test]
fn every_transport_is_listed_as_usable_or_with_its_reason() {
    let project = Project::new();
    let seen = project.blackstart(&["rig", "transports", "--format", "json"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let entries: Vec<serde_json::Value> =
        seen.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for transport in ["process", "serial", "tcp", "socketcan", "slcan", "replay"] {
        assert!(entries.iter().any(|entry| entry["transport"] == transport), "{transport}");
    }
    for entry in &entries {
        let says_why = entry["note"].as_str().is_some_and(|note| !note.is_empty());
        assert!(entry["usable"] == true || says_why, "{entry}");
    }
    let people = project.blackstart(&["rig", "transports"]).stdout;
    assert_eq!(people.lines().count(), entries.len());
}

#[test]
fn a_bus_that_is_not_there_is_named_with_what_to_do() {
    let project = Project::new();
    project.write("a.log", "(0.0) can0 123#00\n");
    let seen = project.blackstart(&["rig", "play", "a.log", "--on", "socketcan:nowhere0"]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(3), ""));
    assert!(seen.stderr.contains("nowhere0 cannot be used"), "{}", seen.stderr);
    assert!(seen.stderr.contains("reproduce: blackstart rig play a.log"), "{}", seen.stderr);
}

#[test]
fn a_log_with_mistakes_or_a_bus_that_means_nothing_is_bad_input() {
    let project = Project::new();
    project.write("a.log", "nonsense\n");
    let seen = project.blackstart(&["rig", "play", "a.log", "--on", "socketcan:can0"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("line 1"), "{}", seen.stderr);
    let seen = project.blackstart(&["rig", "play", "a.log", "--on", "can0"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("socketcan:INTERFACE"), "{}", seen.stderr);
}
