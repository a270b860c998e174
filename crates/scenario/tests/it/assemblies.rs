//! Device files made of parts: what they become, and every way in which they can be wrong.

use blackstart_scenario::{Code, Diagnostics, Resolved};

use crate::project::Project;

/// A module with a fuse and a cable behind it.
const STRING: &str = r#"{
  "schema": 1, "kind": "device", "type": "assembly", "title": "A module behind its fuse",
  "terminals": {"minus": "minus", "plus": "plus"},
  "paths": [["minus", "module", "fuse", "lead", "plus"]],
  "parts": {
    "module": {"device": "smart-12-8-200"},
    "fuse": {"device": "fuse-30-a"},
    "lead": {"device": "cable-10-mm2", "length_m": {"value": 2, "source": "measured", "record": "a rule"}}
  },
  "shows": {"soc_pct": "module.soc_pct", "current_a": "fuse.current_a"}
}"#;

/// Two of them side by side.
const RACK: &str = r#"{
  "schema": 1, "kind": "device", "type": "assembly", "title": "Two strings in parallel",
  "terminals": {"minus": "minus", "plus": "bus"},
  "paths": [["minus", "left", "bus"], ["minus", "right", "bus"]],
  "parts": {"left": {"device": "string"}, "right": {"device": "string"}},
  "shows": {"soc_pct": "left.soc_pct"}
}"#;

const NESTED: &str = r#"{
  "schema": 1, "kind": "system", "title": "A rack with a load",
  "nodes": ["bus"],
  "instances": {"rack": {"device": "rack"}, "load-1": {"device": "dc-loads"}},
  "branches": {"rack": {"minus": "ground", "plus": "bus"}, "load-1": {"from": "bus", "to": "ground"}}
}"#;

const FLAT: &str = r#"{
  "schema": 1, "kind": "system", "title": "A rack with a load",
  "nodes": ["bus", "rack.left.module.to", "rack.left.fuse.to", "rack.right.module.to", "rack.right.fuse.to"],
  "instances": {
    "load-1": {"device": "dc-loads"},
    "rack.left.module": {"device": "smart-12-8-200"}, "rack.left.fuse": {"device": "fuse-30-a"}, "rack.left.lead": {"device": "lead"},
    "rack.right.module": {"device": "smart-12-8-200"}, "rack.right.fuse": {"device": "fuse-30-a"}, "rack.right.lead": {"device": "lead"}
  },
  "branches": {
    "load-1": {"from": "bus", "to": "ground"},
    "rack.left.module": {"from": "ground", "to": "rack.left.module.to"},
    "rack.left.fuse": {"from": "rack.left.module.to", "to": "rack.left.fuse.to"},
    "rack.left.lead": {"from": "rack.left.fuse.to", "to": "bus"},
    "rack.right.module": {"from": "ground", "to": "rack.right.module.to"},
    "rack.right.fuse": {"from": "rack.right.module.to", "to": "rack.right.fuse.to"},
    "rack.right.lead": {"from": "rack.right.fuse.to", "to": "bus"}
  },
  "shows": {
    "rack.left.module.soc_pct": "rack.soc_pct", "rack.left.fuse.current_a": "rack.left.current_a",
    "rack.right.module.soc_pct": "rack.right.soc_pct", "rack.right.fuse.current_a": "rack.right.current_a"
  }
}"#;

/// What [`RACK`]'s leads are, as a file of its own.
const LEAD: &str = r#"{
  "schema": 1, "kind": "device", "type": "cable", "title": "2 m", "extends": "cable-10-mm2",
  "length_m": {"value": 2, "source": "measured", "record": "a rule"}
}"#;

const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "Rack", "covers": [], "system": "rack", "duration_s": 60,
  "initial": {"rack.soc_pct": 50},
  "checks": [{"id": "on", "kind": "stays", "signal": "load-1.dc_voltage_v", "at_least": 10}]
}"#;

fn project(string: &str, rack: &str, system: &str) -> Project {
    let project = Project::new();
    project
        .write("fixtures/devices/string.json", string)
        .write("fixtures/devices/rack.json", rack)
        .write("fixtures/devices/lead.json", LEAD)
        .write("fixtures/systems/rack.json", system);
    project
}

fn load(string: &str, rack: &str, system: &str) -> Result<Resolved, Diagnostics> {
    project(string, rack, system).load(SCENARIO)
}

/// What is said of a string with one piece of its text replaced, once.
fn said(old: &str, new: &str) -> (Code, String) {
    assert_eq!(STRING.matches(old).count(), 1, "`{old}`");
    only(load(&STRING.replace(old, new), RACK, NESTED))
}

/// The one mistake of a project: its code, its message, the text that it points at, and label and help.
fn only(found: Result<Resolved, Diagnostics>) -> (Code, String) {
    let problems = found.expect_err("a broken file loads");
    let all: Vec<String> = problems.iter().map(|one| format!("{one} ({})", one.label)).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    let problem = problems.iter().next().unwrap();
    let place = problem.place.as_ref().expect("it has a place");
    let text = &place.file.text[place.span.clone()];
    let help = problem.help.as_deref().unwrap_or("");
    (problem.code, format!("{problem} | {text} | {} | {help}", problem.label))
}

fn assert_said((code, said): (Code, String), expected: Code, words: &[&str]) {
    assert_eq!(code, expected, "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` in: {said}");
    }
}

#[test]
fn parts_have_their_paths_as_names_and_lie_at_nodes_of_the_system() {
    let system = load(STRING, RACK, NESTED).unwrap().system;
    let ids: Vec<&str> = system.devices.iter().map(|device| device.id.as_str()).collect();
    let of = |side| ["fuse", "lead", "module"].map(|part| format!("rack.{side}.{part}"));
    let expected: Vec<String> =
        ["load-1".to_owned()].into_iter().chain(of("left")).chain(of("right")).collect();
    assert_eq!(ids, expected);
    assert_eq!(system.assemblies, ["rack", "rack.left", "rack.right"]);
    let fuse = &system.devices[1].model;
    assert_eq!(
        (fuse.kind.name, system.nodes[fuse.ends[0].0].as_str()),
        ("fuse", "rack.left.module.to")
    );
}

#[test]
fn a_flat_and_a_nested_drawing_are_one_system() {
    let [nested, flat] = [NESTED, FLAT].map(|system| load(STRING, RACK, system).unwrap());
    assert_eq!(nested.system.nodes.len(), flat.system.nodes.len());
    let models = |resolved: &Resolved| {
        let parts = resolved.system.devices.iter();
        parts.map(|device| format!("{} {:?}", device.id, device.model)).collect::<Vec<_>>()
    };
    assert_eq!(models(&nested), models(&flat));
    assert_eq!(nested.system.nodes, flat.system.nodes);
    assert_eq!(nested.system.shows, flat.system.shows);
}

#[test]
fn the_order_of_keys_changes_nothing() {
    let turned = STRING
        .replace(r#""module": {"device": "smart-12-8-200"},"#, "")
        .replace(r#"a rule"}}"#, r#"a rule"}}, "module": {"device": "smart-12-8-200"}"#);
    assert_ne!(turned, STRING);
    let rack = RACK.replace(
        r#"{"left": {"device": "string"}, "right": {"device": "string"}}"#,
        r#"{"right": {"device": "string"}, "left": {"device": "string"}}"#,
    );
    let [one, other] = [(STRING, RACK), (&turned, &rack)]
        .map(|(string, rack)| format!("{:?}", load(string, rack, NESTED).unwrap().system));
    assert_eq!(one, other);
}

#[test]
fn what_a_file_builds_on_is_laid_under_it_value_by_value() {
    let resolved = load(STRING, RACK, NESTED).unwrap();
    let parameter = |path: &str| &resolved.provenance.parameters[path];
    let length = parameter("rack.left.lead.length_m");
    assert_eq!((length.value, &*length.file), (2.0, "fixtures/devices/string.json"));
    let area = parameter("rack.left.lead.area_mm2");
    assert_eq!((area.value, &*area.file), (10.0, "fixtures/devices/cable-10-mm2.json"));
}

#[test]
fn a_name_shown_outside_is_set_inside() {
    let resolved = load(STRING, RACK, NESTED).unwrap();
    assert_eq!(resolved.provenance.parameters["rack.left.module.soc_pct"].value, 50.0);
    assert_ne!(resolved.provenance.parameters["rack.right.module.soc_pct"].value, 50.0);
}

#[test]
fn null_takes_a_part_away_and_type_never_changes() {
    let longer = r#"{"schema": 1, "kind": "device", "extends": "string", "title": "Without a fuse",
        "paths": [["minus", "module", "lead", "plus"]], "parts": {"fuse": null}, "shows": {"current_a": null}}"#;
    let rack = RACK.replace(r#""right": {"device": "string"}"#, r#""right": {"device": "plain"}"#);
    let with = |plain: &str| {
        let project = project(STRING, &rack, NESTED);
        project.write("fixtures/devices/plain.json", plain);
        project.load(SCENARIO)
    };
    let system = with(longer).unwrap().system;
    assert!(system.device("rack.left.fuse").is_some());
    assert!(system.device("rack.right.fuse").is_none());
    let changed = longer.replace(r#""extends""#, r#""type": "cable", "extends""#);
    assert_said(only(with(&changed)), Code::WrongDevice, &["`assembly`", "\"cable\""]);
}

#[test]
fn a_chain_of_eight_files_holds_and_nine_do_not() {
    let project = project(STRING, RACK, NESTED);
    let write = |last: usize| {
        for k in 1..=last {
            let base = if k == last { "cable-10-mm2".to_owned() } else { format!("c{}", k + 1) };
            let text = format!(r#"{{"schema": 1, "kind": "device", "extends": "{base}"}}"#);
            project.write(&format!("fixtures/devices/c{k}.json"), text);
        }
        let string = STRING.replace("cable-10-mm2", "c1");
        project.write("fixtures/devices/string.json", string).load(SCENARIO)
    };
    write(8).unwrap();
    assert_said(only(write(9)), Code::TooDeep, &["8 device files", "cable-10-mm2"]);
}

#[test]
fn what_builds_on_itself_or_contains_itself_has_no_end() {
    let own = STRING.replace(r#""type": "assembly""#, r#""extends": "string", "type": "assembly""#);
    assert_said(only(load(&own, RACK, NESTED)), Code::Circular, &["`string` builds on itself"]);
    let rack = RACK.replace(r#""right": {"device": "string"}"#, r#""right": {"device": "rack"}"#);
    assert_said(only(load(STRING, &rack, NESTED)), Code::Circular, &["`rack` contains itself"]);
}

#[test]
fn assemblies_nest_sixteen_deep_and_no_deeper() {
    let load = |depth: usize| {
        let project =
            project(STRING, RACK, &NESTED.replace(r#""device": "rack""#, r#""device": "d1""#));
        for k in 1..=depth {
            let inner = if k == depth { "string".to_owned() } else { format!("d{}", k + 1) };
            project.write(
                &format!("fixtures/devices/d{k}.json"),
                format!(
                    r#"{{"schema": 1, "kind": "device", "type": "assembly", "title": "",
                    "terminals": {{"minus": "a", "plus": "b"}}, "paths": [["a", "inner", "b"]],
                    "parts": {{"inner": {{"device": "{inner}"}}}}, "shows": {{"soc_pct": "inner.soc_pct"}}}}"#
                ),
            );
        }
        project.load(SCENARIO)
    };
    load(15).unwrap();
    assert_said(only(load(64)), Code::TooDeep, &["deeper than 16"]);
}

#[test]
fn a_thousand_parts_are_too_many() {
    let side: Vec<String> = (0..1000).map(|k| format!(r#"["minus", "m{k}", "bus"]"#)).collect();
    let parts: Vec<String> =
        (0..1000).map(|k| format!(r#""m{k}": {{"device": "cable-10-mm2"}}"#)).collect();
    let rack = format!(
        r#"{{"schema": 1, "kind": "device", "type": "assembly", "title": "", "terminals": {{"minus": "minus", "plus": "bus"}},
        "paths": [["minus", "one", "bus"], {}], "parts": {{"one": {{"device": "string"}}, {}}}}}"#,
        side.join(","),
        parts.join(",")
    );
    let scenario = SCENARIO.replace(r#""initial": {"rack.soc_pct": 50},"#, "");
    let found = project(STRING, &rack, NESTED).load(scenario);
    assert_said(only(found), Code::TooMany, &["more than 999 parts"]);
}

/// Forty parts of each are forty of the next: more than there are atoms, ten files deep. The parts of the last
/// are empty, or cables.
#[test]
fn a_few_files_that_are_more_parts_than_there_can_be() {
    let level = |inner: &str| {
        let each = |form: &dyn Fn(usize) -> String| (0..40).map(form).collect::<Vec<_>>().join(",");
        format!(
            r#"{{"schema": 1, "kind": "device", "type": "assembly", "title": "", "terminals": {{"minus": "a", "plus": "b"}},
            "paths": [{}], "parts": {{{}}}}}"#,
            each(&|k| format!(r#"["a", "x{k}", "b"]"#)),
            each(&|k| format!(r#""x{k}": {{"device": "{inner}"}}"#))
        )
    };
    let empty = r#"{"schema": 1, "kind": "device", "type": "assembly", "title": "", "terminals": {"minus": "a", "plus": "b"},
        "paths": [["a", "b"]], "parts": {}}"#;
    for last in [empty, LEAD] {
        let project =
            project(STRING, RACK, &NESTED.replace(r#""device": "rack""#, r#""device": "d1""#));
        for k in 1..=10 {
            let inner = if k == 10 { "last".to_owned() } else { format!("d{}", k + 1) };
            project.write(&format!("fixtures/devices/d{k}.json"), level(&inner));
        }
        project.write("fixtures/devices/last.json", last);
        let found = project.load(SCENARIO.replace(r#""initial": {"rack.soc_pct": 50},"#, ""));
        let said: Vec<Code> = found.unwrap_err().iter().map(|problem| problem.code).collect();
        assert!(said.contains(&Code::TooMany) && said.len() < 50, "{said:?}");
    }
}

#[test]
fn a_terminal_that_leads_nowhere() {
    let found = said(r#""plus": "plus"}"#, r#""plus": "pluss"}"#);
    // The node that the path ends at then stands in one place only.
    assert_said(found, Code::UnknownNode, &["leads nowhere", "`plus`"]);
}

#[test]
fn a_mistyped_part_next_to_a_node_or_between_parts() {
    let found = said(r#"["minus", "module", "#, r#"["minus", "modul", "#);
    assert_said(found, Code::UnknownNode, &["side by side", "`module`"]);
    let found = said(r#""fuse", "lead""#, r#""fuze", "lead""#);
    assert_said(found, Code::UnknownNode, &["`fuze` stands in one place only", "`fuse`"]);
}

#[test]
fn a_part_that_stands_nowhere_and_one_that_stands_twice() {
    let found = said(r#""fuse", "lead", "plus"]"#, r#""fuse", "plus"]"#);
    assert_said(found, Code::Unconnected, &["`lead` stands in no path"]);
    let found = said(r#""fuse", "lead", "plus"]"#, r#""fuse", "lead", "fuse", "plus"]"#);
    assert_said(found, Code::DuplicateId, &["`fuse` stands in two places"]);
}

#[test]
fn an_end_that_leads_nowhere() {
    let found = said(
        r#"[["minus", "module", "fuse", "lead", "plus"]]"#,
        r#"[["minus", "module", "lead", "plus"], ["module.to", "fuse"]]"#,
    );
    assert_said(found, Code::Unconnected, &["`to` of `fuse` leads nowhere"]);
}

#[test]
fn ends_and_parts_that_are_not_there() {
    let found = said(
        r#"[["minus", "module", "fuse", "lead", "plus"]]"#,
        r#"[["minus", "module", "fuse", "lead", "plus"], ["fuse.too", "plus"]]"#,
    );
    assert_said(found, Code::UnknownEnd, &["`fuse` has no end `too`", "`to`"]);
    let found = said(
        r#"[["minus", "module", "fuse", "lead", "plus"]]"#,
        r#"[["minus", "module", "fuse", "lead", "plus"], ["fuze.to", "plus"]]"#,
    );
    assert_said(found, Code::UnknownInstance, &["no part `fuze`", "`fuse`"]);
}

#[test]
fn an_ac_device_stands_in_no_path() {
    let found = said(r#""fuse": {"device": "fuse-30-a"}"#, r#""fuse": {"device": "fridge"}"#);
    assert_said(found, Code::WrongDevice, &["no part in the DC network"]);
}

#[test]
fn an_assembly_has_no_ground_of_its_own() {
    let found =
        load(&STRING.replace(r#"["minus", "module""#, r#"["ground", "module""#), RACK, NESTED);
    let problems = found.unwrap_err();
    assert!(problems.iter().any(|one| one.to_string().contains("no ground of its own")));
}

#[test]
fn terminals_of_one_node_and_a_branch_without_one() {
    let three = STRING.replace(r#""plus": "plus"}"#, r#""plus": "lead.to", "port": "plus"}"#);
    let said = load(&three, RACK, NESTED).unwrap_err();
    let said: Vec<String> = said.iter().map(|one| format!("{one} ({})", one.label)).collect();
    assert!(said[0].contains("`left` has 3 ends") && said[0].contains("`left.port`"), "{said:?}");
    assert!(said[2].contains("`plus` and `port` lead to one node"), "{said:?}");
    let system = NESTED
        .replace(r#"{"minus": "ground", "plus": "bus"}"#, r#"{"minus": "ground", "pluss": "bus"}"#);
    let problems = load(STRING, RACK, &system).unwrap_err();
    let said: Vec<String> = problems.iter().map(|one| format!("{one} ({})", one.label)).collect();
    assert!(
        said.iter().any(|one| one.contains("has no end `pluss`") && one.contains("`plus`")),
        "{said:?}"
    );
}

#[test]
fn shows_name_parts_that_are_there_once_each() {
    let found = said(r#""soc_pct": "module.soc_pct""#, r#""soc_pct": "modul.soc_pct""#);
    assert_said(found, Code::UnknownInstance, &["no part `modul`", "`module`"]);
    let found = said(r#""current_a": "fuse.current_a""#, r#""charge_pct": "module.soc_pct""#);
    assert_said(found, Code::DuplicateId, &["shown twice"]);
}

#[test]
fn a_part_of_no_kind() {
    let found = said(r#""fuse": {"device": "fuse-30-a"}"#, r#""fuse": {"title": "A fuse"}"#);
    assert_said(found, Code::MissingKey, &["a part of no kind", "`device`"]);
}

#[test]
fn a_mistake_in_a_part_points_into_the_file_that_it_stands_in() {
    let found = load(
        &STRING.replace(r#""length_m": {"value": 2"#, r#""length_m": {"value": -2"#),
        RACK,
        NESTED,
    );
    let (code, said) = only(found);
    assert_eq!(code, Code::OutOfRange);
    assert!(said.contains("| -2 |"), "{said}");
}
