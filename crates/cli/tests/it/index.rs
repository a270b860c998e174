//! `list --index`: the page by which people find their way in the scenario library.

use std::fs;
use std::path::Path;

use crate::project::{Project, blackstart};

#[test]
fn the_page_of_the_shipped_scenarios_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let seen = blackstart(&root, &["list", "--index"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let page = fs::read_to_string(root.join("scenarios/README.md")).unwrap_or_default();
    assert!(page == seen.stdout, "scenarios/README.md is out of date: run `just index`");
}

#[test]
fn folders_are_headings_and_every_link_leads_to_its_scenario() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    project.quiet_scenario("deeper/b", -0.001);
    project.quiet_scenario("deeper/still/c", -0.001);
    assert_eq!(project.blackstart(&["accept", "scenarios/a.json", "--no-plots"]).code, Some(0));
    let page = project.blackstart(&["list", "--index"]).stdout;
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings, ["## here", "## deeper", "## deeper/still"]);
    let links: Vec<&str> =
        page.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let links: Vec<&str> = links.into_iter().filter(|link| !link.starts_with("../")).collect();
    assert_eq!(links, ["a.json", "deeper/b.json", "deeper/still/c.json"]);
    assert!(links.iter().all(|link| project.path("scenarios").join(link).is_file()));
    assert!(page.contains("| nothing happens | SESSY-01 | pass |"), "{page}");
    assert!(page.contains("| nothing happens | SESSY-01 | not accepted |"), "{page}");
}

#[test]
fn a_title_cannot_break_the_table() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    let text = project.read("scenarios/a.json").replace("nothing happens", "one | or\\n two");
    project.write("scenarios/a.json", text);
    let page = project.blackstart(&["list", "--index"]).stdout;
    assert!(page.contains(r"| one \| or two |"), "{page}");
}

#[test]
fn a_page_for_machines_is_refused() {
    let seen = Project::new().blackstart(&["list", "--index", "--format", "json"]);
    assert_eq!(seen.code, Some(2));
}
