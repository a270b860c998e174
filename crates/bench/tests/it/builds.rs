//! One firmware in its numbered builds, native and as Cortex-M3 code: what must differ, and what must not.

use std::io::Write;

use super::*;

const COLD_DIP: &str = "scenarios/sessy/short-dip-in-the-cold-does-not-cut-off.json";
/// Set where a missing emulator or compiler is a failure, not a skip.
const REQUIRED: &str = "BLACKSTART_REQUIRE_CORTEX_M";

/// What the Cortex-M3 tests need and this machine lacks.
fn missing() -> Vec<&'static str> {
    let is_there = |tool: &str| {
        Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    ["qemu-system-arm", "arm-none-eabi-gcc"].into_iter().filter(|tool| !is_there(tool)).collect()
}

/// Builds the firmware for the Cortex-M3; what this machine lacks for it, where that may be.
pub(crate) fn missing_for_cortex_m3() -> Option<String> {
    let missing = missing();
    if !missing.is_empty() {
        assert!(std::env::var_os(REQUIRED).is_none(), "{REQUIRED} is set, missing: {missing:?}");
        return Some(missing.join(" and "));
    }
    static BUILT: OnceLock<bool> = OnceLock::new();
    assert!(BUILT.get_or_init(|| make("cortex-m3")));
    None
}

/// Says past the capture of the test harness that a test was not run.
pub(crate) fn skipped(test: &str, missing: &str) {
    let note = format!("SKIPPED {test}: needs {missing}\n");
    std::io::stderr().write_all(note.as_bytes()).unwrap();
}

/// The firmware of a version in QEMU, its UART on standard input and output; `None`, said past the
/// capture of the test harness, where the machine lacks something.
pub fn cortex_m3(test: &str, version: &str) -> Option<Rig> {
    if let Some(missing) = missing_for_cortex_m3() {
        skipped(test, &missing);
        return None;
    }
    let image = build_folder().join(format!("reference-bms-{version}-cortex-m3.elf"));
    let shipped = library().rig(&root().join("bench-rigs/reference-bms-1.1-cortex-m3.json"));
    let binding = &shipped.unwrap().bindings["bms"];
    let blackstart_scenario::Transport::Process { command } = &binding.transport else {
        panic!("a shipped rig starts a process")
    };
    let mut command: Vec<&str> = command.iter().map(String::as_str).collect();
    let image = image.display().to_string();
    *command.last_mut().unwrap() = &image;
    Some(rig_with("", &command))
}

fn outcome(run: &Run) -> &'static str {
    run.verdict.judged.outcome.name()
}

fn alike(test: &str, version: &str, paths: &[&str]) {
    let Some(cortex) = cortex_m3(test, version) else { return };
    let native = rig(&[&native(version)]);
    for path in paths {
        let (on_arm, here) = (go(path, Some(&cortex)).unwrap(), go(path, Some(&native)).unwrap());
        assert_eq!(outcome(&on_arm), outcome(&here), "{path}");
        assert_eq!(on_arm.trace.digest(), here.trace.digest(), "{path}");
    }
}

#[test]
fn native_and_cortex_m3_give_the_same_digest() {
    let test = "native_and_cortex_m3_give_the_same_digest";
    alike(test, "1.1", &[PAIRING, INRUSH, SHORT, OUTAGE]);
}

#[test]
fn the_field_defect_has_the_same_digest_on_cortex_m3() {
    alike("the_field_defect_has_the_same_digest_on_cortex_m3", "1.0", &[INRUSH]);
}

/// What the suite has to say of each build where they could differ.
#[test]
fn the_suite_tells_the_builds_apart() {
    let rigs = ["1.0", "1.1", "1.2"].map(|version| rig(&[&native(version)]));
    let shorts = [
        "retry-into-a-short-stays-open",
        "short-already-there-at-pairing-never-closes",
        "short-at-the-port-trips-scd",
        "short-behind-the-capacitors-trips-scd",
        "short-right-after-pre-charge-trips-scd",
        "soft-short-of-half-an-ohm-is-interrupted",
    ];
    let shorts = shorts.map(|name| (format!("scenarios/sessy/{name}.json"), ["pass"; 3]));
    let table = [
        (PAIRING.to_owned(), ["pass"; 3]),
        (LIVE_LOAD.to_owned(), ["pass"; 3]),
        (OUTAGE.to_owned(), ["pass"; 3]),
        (INRUSH.to_owned(), ["fail", "pass", "pass"]),
        (COLD_DIP.to_owned(), ["pass", "pass", "fail"]),
    ];
    for (path, expected) in table.into_iter().chain(shorts) {
        let runs = rigs.each_ref().map(|rig| go(&path, Some(rig)).unwrap());
        let reasons = runs.each_ref().map(|run| &run.verdict.judged.reasons);
        assert_eq!(runs.each_ref().map(outcome), expected, "{path}: {reasons:?}");
    }
}

#[test]
fn the_same_build_gives_the_same_digest_twice() {
    let rig = rig(&[&native("1.1")]);
    let digest = || go(INRUSH, Some(&rig)).unwrap().trace.digest();
    assert_eq!(digest(), digest());
}
