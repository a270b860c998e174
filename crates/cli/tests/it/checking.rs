//! `check` of what is no scenario: rigs, devices, and the files of others.

use crate::project::{Project, blackstart};

const DBC: &str = "BU_: Bms Bench\nBO_ 853 State: 8 Bms\n SG_ Soc : 0|16@1+ (1,0) [0|100] \"%\" Bench\n\
                   BO_ 900 Zero: 8 Bms\n SG_ A : 0|8@1+ (0,0) [0|0] \"\" Bench\n";

#[test]
fn a_dbc_file_is_checked_without_a_project() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.dbc"), DBC).unwrap();
    let seen = blackstart(folder.path(), &["check", "a.dbc"]);
    assert_eq!(seen.code, Some(1), "{}", seen.stderr);
    let lines: Vec<&str> = seen.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "a.dbc  1 messages with 1 signals can be used",
            "  error    line 5, column 2: signal `A` has the factor 0: every value would be the same (`Zero`)",
        ]
    );
    std::fs::write(folder.path().join("a.dbc"), DBC.replace("(0,0)", "(1,0)")).unwrap();
    assert_eq!(blackstart(folder.path(), &["check", "a.dbc"]).code, Some(0));
}

#[test]
fn a_log_is_known_by_its_content_and_its_damage_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        blackstart(folder.path(), &["check", name])
    };
    let seen = check("a.txt", b"(1.0) can0 351#28\n(2.5) can1 351#28\n");
    assert_eq!(seen.stdout, "a.txt  candump, 2 frames in 1.500 s on can0, can1\n");
    assert_eq!(seen.code, Some(0));
    let seen = check("a.log", b"(1.0) can0 351#28\n(2.5) can0 35");
    assert!(
        seen.stdout.contains("  error    line 2: the log ends in the middle"),
        "{}",
        seen.stdout
    );
    assert_eq!(seen.code, Some(1));
    let seen = check("a.log", b" can0  351   [1]  28\n");
    assert!(seen.stdout.contains("1 frames have no time"), "{}", seen.stdout);
    let seen = check("a.mf4", b"MDF     4.10    ");
    let why =
        "a.mf4 has 1 places that are no frames, the first: byte 64: the log ends in the middle";
    assert!(seen.stderr.contains(why), "{}", seen.stderr);
    let seen = check("a.mf4", b"MDF     3.30    ");
    assert!(
        seen.stderr.contains("is a measurement file of another version than 4 (ASAM MDF)"),
        "{}",
        seen.stderr
    );
    assert_eq!(seen.code, Some(2));
    assert_eq!(check("a.csv", b"a,b\n1,2\n").code, Some(2));
}

#[test]
fn rigs_and_devices_are_checked() {
    let project = Project::new();
    project.write("fixtures/dbc/a.dbc", DBC);
    project.write("a.log", "(1.0) can0 351#28\nnonsense\n");
    let rig = |skip: bool| {
        format!(
            r#"{{"schema": 1, "kind": "rig", "title": "t", "clock": "realtime", "bindings": {{"bms": {{
            "transport": {{"type": "replay", "log": "a.log", "skip_damage": {skip}}},
            "protocol": {{"type": "dbc", "files": ["fixtures/dbc/a.dbc"], "unfed": ["*"], "ungiven": ["*"],
            "messages": [{{"message": "State", "from": "device", "signals": {{"Soc": {{"claim": "soc_pct"}}}}}}]}}}}}}}}"#
        )
    };
    project.write("bench-rigs/r.json", rig(true));
    let seen = project.blackstart(&["check", "bench-rigs/r.json"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert_eq!(
        seen.stdout.lines().collect::<Vec<_>>(),
        [
            "ok  r",
            "  warning  fixtures/dbc/a.dbc, line 5, column 2: signal `A` has the factor 0: every value would be the same",
            "  warning  a.log: 1 damaged places left out, 1 frames read",
        ]
    );
    project.write("bench-rigs/r.json", rig(false));
    let seen = project.blackstart(&["check", "bench-rigs/r.json"]);
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(seen.stderr.contains("1 places that are no frames"), "{}", seen.stderr);
}

#[test]
fn a_log_is_written_in_any_format_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let frames = "(1700000000.250000) can0 351#2801 R\n(1700000000.500000) can1 18FEF100#010203 T\n\
                  (1700000001.500000) can0 123##100112233 R\n";
    std::fs::write(folder.path().join("a.log"), frames).unwrap();
    let blackstart = |words: &[&str]| blackstart(folder.path(), words);
    for name in ["b.mf4", "b.blf", "b.asc", "b.trc", "b.csv", "b.log.gz", "b.mf4.gz"] {
        let seen = blackstart(&["rig", "write", "a.log", name]);
        assert_eq!(seen.code, Some(0), "{name}: {}", seen.stderr);
        assert!(seen.stdout.ends_with(", 3 frames\n"), "{}", seen.stdout);
        let seen = blackstart(&["rig", "write", name, "back.log"]);
        assert_eq!(seen.code, Some(0), "{name}: {}", seen.stderr);
        let back = std::fs::read_to_string(folder.path().join("back.log")).unwrap();
        let frames = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.split(' ').nth(2).unwrap().to_owned()).collect()
        };
        let mut expected = frames(&std::fs::read_to_string(folder.path().join("a.log")).unwrap());
        if name == "b.csv" {
            // Nothing marks what is short and FD.
            expected[2] = "123#00112233".to_owned();
        }
        assert_eq!(frames(&back), expected, "{name}");
        let first = back.split(['(', '.']).nth(1).unwrap();
        let has_dates = !["b.blf", "b.asc", "b.trc"].contains(&name);
        assert_eq!(first, if has_dates { "1700000000" } else { "0" }, "{name}");
    }
    // Two channels stay two.
    let seen = blackstart(&["check", "b.blf"]);
    assert_eq!(seen.stdout, "b.blf  BLF, 3 frames in 1.250 s on 1, 2\n");
    let seen = blackstart(&["rig", "write", "a.log", "c.xyz"]);
    assert!(seen.stderr.contains("its ending is none of .log"), "{}", seen.stderr);
    assert_eq!(seen.code, Some(2));
    std::fs::write(folder.path().join("d.log"), format!("{frames}nonsense (\n")).unwrap();
    assert_eq!(blackstart(&["rig", "write", "d.log", "d.blf"]).code, Some(2));
    assert!(!folder.path().join("d.blf").exists());
    let seen = blackstart(&["rig", "write", "d.log", "d.blf", "--skip-damage"]);
    assert!(seen.stdout.contains("1 damaged places are left out"), "{}", seen.stdout);
}
