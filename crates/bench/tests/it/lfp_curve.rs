//! The open-circuit curve of the shipped LFP cells, held against the sets that it was made from.

use blackstart_plant::network::OcvCurve;
use serde_json::Value;

use super::*;

/// Charge in % and the mean of both branches in V, as published, of the Sony/Murata US26650FTC1
/// (SimSES, BSD-3-Clause; limits 2.0 and 3.6 V).
const SONY: [(f64, f64); 12] = [
    (5.0, 3.0647),
    (10.0, 3.1967),
    (20.0, 3.2343),
    (30.0, 3.2703),
    (40.0, 3.2921),
    (50.0, 3.2995),
    (60.0, 3.3035),
    (70.0, 3.3108),
    (77.0, 3.3240),
    (80.0, 3.3345),
    (90.0, 3.3425),
    (97.0, 3.3463),
];
/// Where the Sony cell has the 2.93 V of an empty cell at rest, and where its step lies on the scale that
/// begins there.
const SONY_SCALE: (f64, f64) = (2.483, 77.95);
/// The same of the Haidi HDCF18650 at C/100 (SimSES; limits 2.0 and 3.65 V).
const HAIDI: [(f64, f64); 12] = [
    (5.0, 3.1615),
    (10.0, 3.2065),
    (20.0, 3.2520),
    (30.0, 3.2878),
    (40.0, 3.2966),
    (50.0, 3.2998),
    (60.0, 3.3067),
    (64.0, 3.3215),
    (66.0, 3.3350),
    (80.0, 3.3399),
    (90.0, 3.3421),
    (97.0, 3.3451),
];
const HAIDI_SCALE: (f64, f64) = (1.481, 63.97);
/// Voltages at rest of the Gotion IFP28148115A-52Ah at 25 °C (Q/GX 030-2019, annex A.4), not used for the
/// curve; its charge is counted from an empty cell at rest.
const GOTION: [(f64, f64); 12] = [
    (0.0, 2.928),
    (5.0, 3.180),
    (10.0, 3.210),
    (20.0, 3.253),
    (30.0, 3.284),
    (40.0, 3.288),
    (50.0, 3.290),
    (60.0, 3.310),
    (65.0, 3.324),
    (70.0, 3.327),
    (80.0, 3.328),
    (95.0, 3.329),
];

/// The curve of the shipped cells with its step somewhere, in % and V.
fn curve(step_pct: f64) -> impl Fn(f64) -> f64 {
    let (system, _) = Library::open(&root()).unwrap().system("sessy-phoenix-48-1200").unwrap();
    let mut cells = system.pack("sessy-1").unwrap().string().clone();
    assert!(cells.set("plateau_step_pct", step_pct));
    let curve = OcvCurve::from_table(&cells.open_circuit_curve().unwrap()).unwrap();
    move |soc_pct| curve.voltage(soc_pct / 100.0)
}

fn agrees(set: &[(f64, f64)], (empty, step): (f64, f64), within_v: f64) {
    let curve = curve(step);
    for &(charge, volts) in set {
        let soc = 100.0 * (charge - empty) / (100.0 - empty);
        let off = curve(soc) - volts;
        assert!(off.abs() <= within_v, "{charge} %: {} for {volts}", curve(soc));
    }
}

#[test]
fn the_curve_is_that_of_two_sets_once_its_step_lies_where_theirs_does() {
    // Between 2.93 V and 5 % both are steep and 60 mV apart, and the curve lies in the middle.
    agrees(&SONY[..1], SONY_SCALE, 0.035);
    agrees(&HAIDI[..1], HAIDI_SCALE, 0.035);
    agrees(&SONY[1..], SONY_SCALE, 0.012);
    agrees(&HAIDI[1..], HAIDI_SCALE, 0.012);
}

#[test]
fn the_curve_predicts_a_third_set_that_it_was_not_made_from() {
    agrees(&GOTION, (0.0, 62.5), 0.017);
}

#[test]
fn three_and_a_third_volts_at_rest_leave_the_charge_open() {
    for step in [60.0, 70.0, 81.0] {
        let curve = curve(step);
        let at = (0..1000).map(|k| f64::from(k) / 10.0).find(|&soc| curve(soc) >= 3.325).unwrap();
        assert!((at - step).abs() < 1.5, "with the step at {step} % it rests so at {at} %");
    }
}

#[test]
fn a_full_cell_runs_away_within_a_percent() {
    let curve = curve(70.0);
    assert!(curve(100.0) - curve(99.0) >= 0.17);
    for soc in [100.0, 100.5, 101.0, 103.0] {
        assert!(curve(soc + 1.0) - curve(soc) >= 0.28, "{soc} %");
    }
    assert!(curve(100.5) >= 3.65 && curve(101.0) >= 3.8, "{} {}", curve(100.5), curve(101.0));
}

/// The open-circuit curves of a file, wherever they stand.
fn curves(value: &Value) -> Vec<&Value> {
    let Some(object) = value.as_object() else { return Vec::new() };
    let of = |(name, one): (&String, &'_ Value)| name == "open_circuit_voltage" && one.is_object();
    let own = object.iter().filter(|&entry| of(entry)).map(|entry| entry.1);
    own.chain(object.values().flat_map(curves)).collect()
}

#[test]
fn every_file_of_cells_says_what_empty_and_full_mean() {
    let mut files = 0;
    for entry in std::fs::read_dir(root().join("fixtures/devices")).unwrap() {
        let path = entry.unwrap().path();
        let Some(file) = json(&path) else { continue };
        for curve in curves(&file) {
            let why = curve.get("why").and_then(Value::as_str);
            let why = why.unwrap_or_else(|| panic!("{path:?} gives no reason"));
            assert!(why.contains("0 % is") && why.contains("100 % is"), "{path:?}: {why}");
            files += 1;
        }
    }
    assert!(files >= 17, "{files}");
}

#[test]
fn branches_of_lfp_lie_as_far_apart_as_the_sets_say() {
    let sessy = json(&root().join("fixtures/devices/sessy-5-4-kwh.json")).unwrap();
    let laws = &sessy["parts"]["cells"];
    assert_eq!(laws["hysteresis_mv"]["range"], serde_json::json!([17, 32]));
    // Three spans, 95 % of a turn, are 5 to 10 % of the charge.
    assert_eq!(laws["hysteresis_span_pct"]["range"], serde_json::json!([1.7, 3.3]));
    assert_eq!(laws["plateau_step_pct"]["range"], serde_json::json!([60, 81]));
}

fn json(path: &Path) -> Option<Value> {
    let is_device = path.extension().is_some_and(|ending| ending == "json");
    let text = std::fs::read_to_string(path).ok().filter(|_| is_device)?;
    serde_json::from_str(&text).ok()
}
