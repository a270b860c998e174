//! Rigs over the DBC files of the field: which of their mistakes matter, units, long names, several files.

use blackstart_scenario::Rig;

use crate::project::Project;

/// A message that can be used, with lines of other messages below it.
const GOOD: &str =
    "BU_: Bms Bench\nBO_ 853 State: 8 Bms\n SG_ Soc : 0|16@1+ (1,0) [0|100] \"%\" Bench\n";

/// A rig that hears `message` of these files, one signal of it.
fn rig(files: &[&str], message: &str, signal: &str) -> Result<Rig, Vec<String>> {
    let project = Project::new();
    let mut names = Vec::new();
    for (number, text) in files.iter().enumerate() {
        let name = format!("fixtures/dbc/file-{number}.dbc");
        project.write(&name, text);
        names.push(format!("{name:?}"));
    }
    let names = names.join(", ");
    let text = format!(
        r#"{{"schema": 1, "kind": "rig", "title": "t", "clock": "realtime", "bindings": {{"bms": {{
        "transport": {{"type": "replay", "log": "a.log"}}, "protocol": {{"type": "dbc", "files": [{names}],
        "messages": [{{"message": "{message}", {signal}}}], "unfed": ["*"], "ungiven": ["*"]}}}}}}}}"#
    );
    project.write("bench-rigs/rig.json", text);
    let read = project.library().rig(&project.path("bench-rigs/rig.json"));
    read.map_err(|found| found.iter().map(ToString::to_string).collect())
}

const SOC: &str = r#""from": "device", "signals": {"Soc": {"claim": "soc_pct"}}"#;

#[test]
fn a_mistake_in_a_message_that_is_not_mapped_is_a_warning_with_its_place() {
    for (lines, warning) in [
        (
            "BO_ 900 X: 4 Bms\n SG_ C : 0|64@1+ (1,0) [0|0] \"\" Bench\n",
            "line 5, column 2: signal `C` reaches beyond the 4 bytes of its message",
        ),
        (
            "BO_ 900 X: 8 Bms\n SG_ B : 0|8@1+ (1,0) [0|0] \"\" Bench\n SG_ B : 8|8@1+ (1,0) [0|0] \"\" Bench\n",
            "line 6, column 2: another signal of the message is called `B`",
        ),
        (
            "BO_ 900 X: 0 Bms\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" Bench\n",
            "line 5, column 2: signal `A` reaches beyond the 0 bytes of its message",
        ),
        (
            "BO_ 900 X: 8 Bms\n SG_ A m0 : 0|16@1- (1,0) [0|0] \"\" Bench\n",
            "line 5, column 2: `A` is multiplexed, but its message has no switch for it",
        ),
        (
            "BO_ 900 X: 8 Bms\n SG_ A : 0|16@1+ (0,0) [0|0] \"\" Bench\n",
            "line 5, column 2: signal `A` has the factor 0: every value would be the same",
        ),
        ("BO_ 900 X: 65 Bms\n", "line 4, column 1: no frame carries 65 bytes"),
        ("BA_ \"Text\" BO_ 900 oops;\n", "line 4, column 20: expected a number or a text"),
        ("VAL_ 999 Nothing 0 \"a\" ;\n", "line 4, column 1: VAL_ names message 999"),
    ] {
        let rig = rig(&[&format!("{GOOD}{lines}")], "State", SOC).unwrap();
        let [found] = &rig.warnings[..] else { panic!("{lines}: {:?}", rig.warnings) };
        assert!(found.starts_with(&format!("fixtures/dbc/file-0.dbc, {warning}")), "{found}");
    }
}

#[test]
fn the_same_in_a_mapped_message_refuses_the_rig() {
    for lines in [
        " SG_ B : 16|8@1+ (1,0) [0|0] \"\" Bench\n SG_ B : 24|8@1+ (1,0) [0|0] \"\" Bench\n",
        " SG_ B : 16|8@1+ (0,0) [0|0] \"\" Bench\n",
        " SG_ B m0 : 16|8@1+ (1,0) [0|0] \"\" Bench\n",
        "BO_ 853 Other: 8 Bms\n",
        "BO_ 854 State: 8 Bms\n",
        "BA_ \"GenMsgCycleTime\" BO_ 853 \"often\";\n",
    ] {
        let found = rig(&[&format!("{GOOD}{lines}")], "State", SOC).unwrap_err();
        assert!(found[0].starts_with("fixtures/dbc/file-0.dbc, line "), "{found:?}");
    }
    // A message that was left out says why.
    let found = rig(&[&format!("{GOOD}BO_ 853 Other: 8 Bms\n")], "Other", SOC).unwrap_err();
    assert!(found[0].contains("the identifier of `Other` is that of `State`"), "{found:?}");
    let found = rig(&[&format!("{GOOD}BO_ 9 Long: 65 Bms\n")], "Long", SOC).unwrap_err();
    assert!(found[0].contains("no frame carries 65 bytes"), "{found:?}");
}

#[test]
fn long_names_are_the_names_that_a_rig_maps() {
    let long = "BA_ \"SystemMessageLongSymbol\" BO_ 853 \"The_state_of_the_pack\";\n\
                BA_ \"SystemSignalLongSymbol\" SG_ 853 Soc \"State_of_charge\";\n";
    let signal = r#""from": "device", "signals": {"State_of_charge": {"claim": "soc_pct"}}"#;
    let file = format!("{GOOD}{long}");
    assert!(rig(&[&file], "The_state_of_the_pack", signal).is_ok());
    let found = rig(&[&file], "State", SOC).unwrap_err();
    assert_eq!(found, ["no DBC file has a message `State`"]);
}

#[test]
fn units_are_read_as_exporters_write_them_and_the_rig_has_the_last_word() {
    let with = |unit: &str| GOOD.replace("\"%\"", &format!("{unit:?}"));
    for unit in ["Percent", "pct", "%"] {
        assert!(rig(&[&with(unit)], "State", SOC).is_ok(), "{unit}");
    }
    let found = rig(&[&with("Zorkmids")], "State", SOC).unwrap_err();
    assert_eq!(found, ["`Soc` is in `Zorkmids`, and `soc_pct` in %"]);
    let stated = r#""from": "device", "signals": {"Soc": {"claim": "soc_pct", "unit": "%"}}"#;
    assert!(rig(&[&with("Zorkmids")], "State", stated).is_ok());
    let stated = stated.replace(r#""unit": "%""#, r#""unit": "V""#);
    assert!(rig(&[&with("%")], "State", &stated).is_err());
}

#[test]
fn a_mapping_has_its_messages_from_several_files() {
    let other =
        "BU_: Bms Bench\nBO_ 100 Other: 8 Bms\n SG_ Soc : 0|8@1+ (1,0) [0|100] \"%\" Bench\n";
    for message in ["State", "Other"] {
        let rig = rig(&[GOOD, other], message, SOC).unwrap();
        let mapping = rig.bindings["bms"].mapping.as_ref().unwrap();
        assert_eq!(mapping.files.len(), 2);
        assert_eq!(mapping.messages[0].message.name, message);
    }
    // Which of the two is it?
    for twin in [other.replace("Other", "State"), other.replace("BO_ 100", "BO_ 853")] {
        let found = rig(&[GOOD, &twin], "State", SOC).unwrap_err();
        assert!(found[0].contains("both have `"), "{found:?}");
    }
    let found = rig(&[GOOD, other], "Stat", SOC).unwrap_err();
    assert_eq!(found, ["no DBC file has a message `Stat`"]);
    assert!(rig(&[], "State", SOC).is_err());
}

#[test]
fn two_signals_that_share_bits_are_not_sent_together() {
    let file = "BU_: Bms Bench\nBO_ 1 Meas: 8 Bench\n SG_ A : 0|16@1+ (1,0) [0|0] \"\" Bms\n \
                SG_ B : 8|16@1+ (1,0) [0|0] \"\" Bms\n SG_ C : 32|8@1+ (1,0) [0|0] \"\" Bms\n";
    let with = |one: &str, other: &str| {
        let signals = format!(r#""{one}": {{"value": 1}}, "{other}": {{"value": 2}}"#);
        rig(
            &[file],
            "Meas",
            &format!(r#""from": "bench", "cycle_ms": 10, "signals": {{{signals}}}"#),
        )
    };
    assert_eq!(with("A", "C").unwrap().warnings.len(), 1);
    assert_eq!(with("A", "B").unwrap_err(), ["`B` and `A` share bits"]);
}
