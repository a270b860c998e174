//! Hostile and huge files: reported, never a panic, never more work than they are worth.

use blackstart_scenario::Code;
use proptest::prelude::*;

use crate::project::{Project, SMALL, small};

#[test]
fn ten_thousand_events_load() {
    let event = r#"{"do": "set-load", "at_s": 20, "target": "load-1", "power_w": 500}"#;
    let many = vec![event; 10_000].join(",\n");
    let scenario = Project::new().load(small(event, &many)).unwrap();
    assert_eq!(scenario.events.len(), 10_001);
}

#[test]
fn more_events_than_the_limit_are_refused() {
    let event = r#"{"do": "set-load", "at_s": 20, "target": "load-1", "power_w": 500}"#;
    let many = vec![event; 20_000].join(",\n");
    let problems = Project::new().load(small(event, &many)).unwrap_err();
    assert_eq!(problems.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::TooMany]);
}

#[test]
fn a_file_above_sixteen_mebibytes_is_not_read() {
    let problems = Project::new().load(vec![b' '; (16 << 20) + 1]).unwrap_err();
    assert_eq!(problems.iter().next().map(|one| one.code), Some(Code::TooLarge));
}

#[test]
fn a_million_brackets_do_not_overflow_the_stack() {
    for bracket in ["[", "{\"a\":"] {
        let problems = Project::new().load(bracket.repeat(1_000_000)).unwrap_err();
        assert_eq!(problems.iter().next().map(|one| one.code), Some(Code::TooDeep));
    }
}

#[test]
fn brackets_inside_a_string_are_no_nesting() {
    let title = format!(r#""title": "{}\"{}""#, "[".repeat(100), "{".repeat(100));
    assert!(Project::new().load(small(r#""title": "Small""#, &title)).is_ok());
}

#[test]
fn a_huge_number_of_cells_fills_no_memory() {
    let project = Project::new();
    project.edit(
        "fixtures/devices/sessy-5-4-kwh.json",
        r#""cell_count": {"value": 16"#,
        r#""cell_count": {"value": 1e15"#,
    );
    let problems = project.load(SMALL).unwrap_err();
    assert!(problems.iter().all(|one| one.code == Code::OutOfRange));
}

#[test]
fn a_parameter_of_no_part_that_there_is_is_refused() {
    for (value, accepted) in [("1e12", true), ("1.1e12", false), ("1e300", false)] {
        let set = format!(r#""overrides": {{"sessy-1.sensing.cell_skew_us": {value}, "#);
        let loaded = Project::new().load(small(r#""overrides": {"#, &set));
        assert_eq!(loaded.is_ok(), accepted, "{value}");
        if let Err(problems) = loaded {
            assert_eq!(problems.iter().next().map(|one| one.code), Some(Code::OutOfRange));
        }
    }
}

/// A piece of JSON that stands where another belongs.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("[[{}], 1]".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"sessy-1.bms\"".to_owned()),
        Just("1e400".to_owned()),
        (-1e308..1e308_f64).prop_map(|number| number.to_string()),
        "\"[a-zµ.é-]{0,12}\"",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic_the_loader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Project::new().load(bytes).is_err());
    }

    #[test]
    fn no_changed_byte_panics_the_loader(at in 0..SMALL.len(), byte in any::<u8>()) {
        let mut bytes = SMALL.as_bytes().to_vec();
        bytes[at] = byte;
        if let Err(problems) = Project::new().load(bytes) {
            prop_assert!(!crate::diagnostics::render(&problems).is_empty());
        }
    }

    #[test]
    fn no_misplaced_value_panics_the_loader(which in 0_usize..22, new in value()) {
        // The n-th `": "` begins a value; it ends where the next comma, bracket or line does.
        let start = SMALL.match_indices("\": ").nth(which % SMALL.matches("\": ").count());
        let start = start.unwrap().0 + 3;
        let length = SMALL[start..].find([',', '}', ']', '\n']).unwrap();
        let text = format!("{}{new}{}", &SMALL[..start], &SMALL[start + length..]);
        if let Err(problems) = Project::new().load(text) {
            prop_assert!(!crate::diagnostics::render(&problems).is_empty());
        }
    }
}
