//! Each rule is broken by one change to a shipped system, and by nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use blackstart_scenario::{Inverter, Library, Node, OfPart, Part, RuleName, System};
use blackstart_verdict::findings;
use serde_json::{Value, json};
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped(name: &str) -> System {
    Library::open(&root()).unwrap().system(name).unwrap().0
}

/// The rules that a system breaks; what documents contradict themselves in is another matter. Each is about
/// what a scenario may ask it of.
fn rules(system: &System) -> Vec<RuleName> {
    let found = findings(system);
    for one in &found {
        assert!(one.rule.may_be_about(system, &one.about), "{} of {}", one.rule, one.about);
    }
    let found = found.into_iter().map(|one| one.rule);
    let mut rules: Vec<_> = found.filter(|&rule| rule != RuleName::DocumentConflict).collect();
    rules.sort();
    rules
}

/// Whether it is a part of that kind.
fn is_a<V: OfPart>(model: &Part) -> bool {
    model.kind.name == V::KIND.name
}

/// Sets a number of whatever part has it.
fn set(model: &mut Part, key: &str, value: f64) {
    model.set(key, value);
}

/// What a change adds to the rules that the shipped system breaks anyway.
fn added(change: impl Fn(&mut Part)) -> Vec<RuleName> {
    let mut system = shipped("sessy-phoenix-48-1200-ats");
    let before = rules(&system);
    system.devices.iter_mut().for_each(|device| change(&mut device.model));
    let mut after = rules(&system);
    for rule in before {
        if let Some(k) = after.iter().position(|&one| one == rule) {
            after.remove(k);
        }
    }
    after
}

#[test]
fn the_shipped_system_breaks_what_the_manuals_let_it_break() {
    let expected =
        [RuleName::PortContinuousCurrent, RuleName::CutOffOrder, RuleName::ChargeDetectDeadEnd];
    assert_eq!(rules(&shipped("sessy-phoenix-48-1200-ats")), expected);
}

#[test]
fn what_is_said_of_any_shipped_system_is_about_what_its_rule_looks_at() {
    let library = Library::open(&root()).unwrap();
    let broken = library.systems().into_iter().map(|name| rules(&shipped(name)).len());
    assert!(broken.sum::<usize>() > 100);
}

#[test]
fn every_rule_is_broken_by_its_own_change() {
    use RuleName::*;
    let inverter = |sets: &'static [(&str, f64)]| {
        added(move |model| {
            if is_a::<Inverter>(model) {
                sets.iter().for_each(|&(key, value)| set(model, key, value));
            }
        })
    };
    assert_eq!(inverter(&[("high_voltage_v", 32.0)]), [InverterOverVoltage]);
    assert_eq!(inverter(&[("start_voltage_v", 60.0)]), [InverterNeverStarts]);
    assert_eq!(
        inverter(&[("rated_power_w", 1500.0), ("hot_power_w", 1500.0)]),
        [PortPeakCurrent, FuseRating]
    );
    assert_eq!(inverter(&[("start_voltage_v", 36.6)]), [StartBelowShutdown]);
    assert_eq!(inverter(&[("rated_power_w", 400.0), ("hot_power_w", 400.0)]), [InverterOverload]);
    let eco = |wake: f64| {
        added(move |model| {
            set(model, "eco", 1.0);
            set(model, "eco_wake_power_w", wake);
        })
    };
    assert_eq!(eco(15.0), [EcoBehindTransferSwitch]);
    assert_eq!(eco(600.0), [EcoBehindTransferSwitch, LoadBelowEcoWake]);
    let fuse = |key: &'static str, value: f64| added(move |model| set(model, key, value));
    assert_eq!(fuse("voltage_rating_v", 32.0), [FuseVoltage]);
    assert_eq!(fuse("breaking_capacity_a", 1000.0), [FuseBreakingCapacity]);
    let open = added(|model| set(model, "interlocked", 0.0));
    assert_eq!(open, [NoInterlock]);
}

#[test]
fn a_wire_or_output_that_cannot_work_is_reported_and_one_that_can_is_not() {
    use RuleName::*;
    for (name, expected) in [
        ("small-bms-12-v", vec![]),
        ("small-bms-24-v", vec![]),
        ("smart-bms-cl-camper", vec![]),
        ("smart-bms-cl-twenty", vec![]),
        ("small-bms-twenty-48-v", vec![]),
        ("small-bms-ng-fifty-24-v", vec![]),
        ("small-bms-interface-list", vec![]),
        ("small-bms-ng-interface-list", vec![]),
        ("small-bms-interface-list-on-wrong-cables", vec![RemoteControl; 12]),
        ("small-bms-multiplus-3000", vec![ControlBus]),
        ("small-bms-ng-mixed", vec![MixedBank]),
        ("small-bms-ng-on-smart-batteries", vec![BatteryFamily]),
        ("smart-bms-cl-on-an-ng-battery", vec![BatteryFamily]),
        ("smart-bms-cl-on-24-v", vec![BankTooLarge, BusVoltage]),
        ("small-bms-12-v-solar-on-a-plain-wire", vec![RemoteControl]),
        ("small-bms-12-v-solar-inverted", vec![RemoteControl]),
        ("small-bms-phoenix-compact-on-a-plain-wire", vec![RemoteControl]),
        ("small-bms-12-v-coil-on-charge-output", vec![OutputOverload, InductiveOutput]),
    ] {
        assert_eq!(rules(&shipped(name)), expected, "{name}");
    }
    let mut camper = shipped("smart-bms-cl-camper");
    for device in &mut camper.devices {
        set(&mut device.model, "most_energy_12_v_kwh", 2.0);
        set(&mut device.model, "fitted_fuse_a", 60.0);
        // A fuse of 60 A where one of 100 A is set holds the current at 54 A.
        set(&mut device.model, "source_current_a", 50.0);
    }
    assert_eq!(rules(&camper), [BankTooLarge, FuseSetting, AlternatorAtFullOutput]);
}

/// What a change adds to the rules that a sound camper breaks: none.
fn added_to_the_camper(change: impl Fn(&mut Part)) -> Vec<RuleName> {
    let mut camper = shipped("smart-bms-cl-camper");
    camper.devices.iter_mut().for_each(|device| change(&mut device.model));
    rules(&camper)
}

#[test]
fn what_feeds_a_bank_and_guards_its_bms_is_held_against_it() {
    use RuleName::*;
    let bms = |key: &str, value: f64| added_to_the_camper(|model| set(model, key, value));
    assert_eq!(bms("supply_fuse_ma", 290.0), [SupplyFuse]);
    assert_eq!(bms("supply_fuse_ma", 1310.0), [SupplyFuse]);
    assert_eq!(bms("on_ma", 500.0), [SupplyFuse]);
    assert_eq!(bms("supply_fuse_factor", 1.0), []);
    assert_eq!(bms("ambient_temperature_c", 60.1), [OperatingTemperature]);
    assert_eq!(bms("ambient_temperature_c", 60.0), []);
    assert_eq!(bms("lowest_temperature_c", 20.1), [OperatingTemperature]);
    assert_eq!(bms("lowest_temperature_c", 20.0), []);
    let sun = |volts: f64, amperes: f64| {
        added_to_the_camper(move |part| {
            if part.amount("full_output_time_s").is_some_and(|time| time.plain() == 0.0) {
                part.set("source_voltage_v", volts);
                part.set("source_current_a", amperes);
            }
        })
    };
    assert_eq!(sun(14.2, 30.0), []);
    assert_eq!(sun(15.2, 30.0), [ChargeVoltage]);
    assert_eq!(sun(28.4, 30.0), [BusVoltage]);
    assert_eq!(sun(14.2, 111.0), [ChargeCurrent]);
    let silent = added_to_the_camper(|model| set(model, "has_pre_alarm", 0.0));
    assert_eq!(silent, [PreAlarmExpected]);
}

#[test]
fn batteries_side_by_side_share_what_one_port_could_not_give() {
    let one = rules(&shipped("sessy-phoenix-48-1200"));
    let two = rules(&shipped("sessy-two-through-a-diode-box"));
    assert!(one.contains(&RuleName::PortContinuousCurrent));
    assert!(!two.contains(&RuleName::PortContinuousCurrent), "{two:?}");
}

#[test]
fn a_charger_behind_a_diode_is_reported_and_one_beside_the_battery_is_not() {
    let behind = rules(&shipped("sessy-diode-box-solar"));
    let beside = rules(&shipped("sessy-solar-on-the-port"));
    assert!(behind.contains(&RuleName::BlockedCharging), "{behind:?}");
    assert!(!beside.contains(&RuleName::BlockedCharging), "{beside:?}");
}

#[test]
fn a_contradiction_is_reported_once_with_its_fact() {
    let found = findings(&shipped("small-bms-12-v"));
    let facts: Vec<&str> = found
        .iter()
        .filter(|one| one.rule == RuleName::DocumentConflict)
        .map(|one| one.source.as_str())
        .collect();
    assert_eq!(facts.iter().filter(|&&fact| fact == "SBMS-X4").count(), 1);
    assert!(facts.contains(&"SBMS-X1") && facts.contains(&"SBMS-X3"), "{facts:?}");
}

#[test]
fn an_inverter_that_shuts_down_before_the_battery_breaks_no_rule_of_order() {
    let mut system = shipped("sessy-phoenix-48-1200-ats");
    for device in &mut system.devices {
        set(&mut device.model, "shutdown_voltage_v", 46.4);
        set(&mut device.model, "start_voltage_v", 50.0);
        set(&mut device.model, "charge_detect_voltage_v", 53.0);
    }
    assert_eq!(rules(&system), [RuleName::PortContinuousCurrent]);
}

#[test]
fn neutral_is_bonded_to_earth_once() {
    use RuleName::*;
    let bonds = |bonded: bool, switched: bool| {
        added(move |model| {
            set(model, "neutral_bonded", f64::from(bonded));
            set(model, "neutral_switched", f64::from(switched));
        })
    };
    assert_eq!(bonds(true, true), []);
    assert_eq!(bonds(false, false), []);
    assert_eq!(bonds(false, true), [FloatingNeutral]);
    assert_eq!(bonds(true, false), [DoubleBond]);
}

/// A name of the second of two systems in one file: of a node or an instance, whatever follows it.
fn named(name: &str) -> String {
    let (first, rest) = name
        .split_once('.')
        .map_or((name, String::new()), |(first, rest)| (first, format!(".{rest}")));
    if first == "ground" { name.to_owned() } else { format!("{first}-b{rest}") }
}

/// Its names wherever they stand in what a system connects.
fn renamed(value: &Value) -> Value {
    match value {
        Value::String(name) => json!(named(name)),
        Value::Array(all) => all.iter().map(renamed).collect(),
        Value::Object(all) => all.iter().map(|(name, one)| (named(name), renamed(one))).collect(),
        other => other.clone(),
    }
}

/// Two shipped systems in one file, connected with nothing.
fn beside(first: &str, second: &str) -> System {
    let folder = TempDir::new().unwrap();
    let files = root().join("fixtures");
    fs::create_dir_all(folder.path().join("fixtures/systems")).unwrap();
    fs::create_dir_all(folder.path().join("fixtures/devices")).unwrap();
    for entry in fs::read_dir(files.join("devices")).unwrap() {
        let from = entry.unwrap().path();
        let to = folder.path().join("fixtures/devices").join(from.file_name().unwrap());
        fs::copy(&from, to).unwrap();
    }
    let read = |name: &str| -> Value {
        let text = fs::read_to_string(files.join(format!("systems/{name}.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let (mut both, second) = (read(first), read(second));
    let nodes = renamed(&second["nodes"]);
    both["nodes"].as_array_mut().unwrap().extend(nodes.as_array().unwrap().clone());
    for (id, instance) in second["instances"].as_object().unwrap() {
        both["instances"][named(id)] = instance.clone();
    }
    for (id, ends) in second["branches"].as_object().unwrap() {
        let ends = ends.as_object().unwrap().iter();
        let at = ends.map(|(end, node)| (end.clone(), renamed(node)));
        both["branches"][named(id)] = at.collect();
    }
    for key in ["feeds", "bms_cables"] {
        let Some(all) = second.get(key) else { continue };
        for (name, one) in renamed(all).as_object().unwrap() {
            both[key][name] = one.clone();
        }
    }
    for (name, wire) in second.get("wires").and_then(Value::as_object).into_iter().flatten() {
        both["wires"][named(name)] = json!({
            "from": named(wire["from"].as_str().unwrap()),
            "to": named(wire["to"].as_str().unwrap()),
        });
    }
    fs::write(folder.path().join("fixtures/systems/both.json"), both.to_string()).unwrap();
    let problems = |problems| panic!("{problems:?}");
    Library::open(folder.path()).unwrap().system("both").unwrap_or_else(problems).0
}

#[test]
fn what_stands_in_the_same_file_neither_hides_nor_adds_a_rule() {
    let names = ["sessy-phoenix-48-1200-ats", "sessy-phoenix-48-2000", "smart-bms-cl-multiplus"];
    let reported = |system: &System| {
        let about = |one: &blackstart_verdict::Finding| {
            (one.rule, one.about.trim_end_matches("-b").to_owned(), one.text.replace("-b:", ":"))
        };
        let mut reported: Vec<_> = findings(system).iter().map(about).collect();
        // What a document says against itself is reported once for each device file.
        reported.retain(|one| one.0 != RuleName::DocumentConflict);
        reported.sort();
        reported
    };
    for one in names {
        for other in names {
            let mut expected = [reported(&shipped(one)), reported(&shipped(other))].concat();
            expected.sort();
            assert_eq!(reported(&beside(one, other)), expected, "{one}, {other}");
        }
    }
}

/// The rules that a shipped system breaks after a change to its drawing, and did not break before.
fn added_to(name: &str, change: impl Fn(&mut System)) -> Vec<(RuleName, String)> {
    let found = |system: &System| -> Vec<(RuleName, String)> {
        findings(system).into_iter().map(|one| (one.rule, one.about)).collect()
    };
    let mut system = shipped(name);
    let before = found(&system);
    change(&mut system);
    found(&system).into_iter().filter(|one| !before.contains(one)).collect()
}

fn device<'a>(system: &'a mut System, id: &str) -> &'a mut Part {
    let index = system.device(id).unwrap();
    &mut system.devices[index].model
}

fn part<'a>(system: &'a mut System, id: &str) -> &'a mut Part {
    device(system, id)
}

#[test]
fn a_cable_lies_behind_a_fuse_that_it_outlasts() {
    let name = "sessy-phoenix-48-1200";
    let unguarded = [(RuleName::UnguardedCable, "cable-1".to_owned())];
    let swapped = added_to(name, |system| {
        // Battery, cable, fuse, inverter.
        let of_fuse = part(system, "fuse-1").ends.clone();
        let of_cable = std::mem::replace(&mut part(system, "cable-1").ends, of_fuse);
        part(system, "fuse-1").ends = of_cable;
    });
    assert_eq!(swapped, unguarded);
    let none = added_to(name, |system| {
        let at = part(system, "fuse-1").ends[0];
        part(system, "cable-1").ends[0] = at;
    });
    assert!(none.contains(&unguarded[0]), "{none:?}");
    let thin = |ampacity: f64| {
        added_to(name, move |system| {
            set(device(system, "cable-1"), "ampacity_a", ampacity);
        })
    };
    assert_eq!(thin(30.0), []);
    assert_eq!(thin(29.9), [(RuleName::ConductorRating, "cable-1".to_owned())]);
}

#[test]
fn a_bms_hears_its_batteries_and_switches_what_draws_on_them_and_charges_them() {
    let name = "small-bms-12-v";
    let only = |rule: RuleName, about: &str| vec![(rule, about.to_owned())];
    let unheard = added_to(name, |system| {
        let mut second = system.devices[system.device("battery-1").unwrap()].clone();
        second.id = "battery-2".to_owned();
        system.devices.push(second);
    });
    assert_eq!(unheard, only(RuleName::BatteryUnheard, "battery-2"));
    let past = |from: &'static str| {
        added_to(name, move |system| {
            let bus = part(system, "cable-1").ends[1];
            part(system, from).ends[0] = bus;
        })
    };
    assert_eq!(past("loads-1"), only(RuleName::LoadNotShed, "loads-1"));
    let without = |wire: &'static str| {
        added_to(name, move |system| {
            let cable = system.device(wire).unwrap();
            system.wires.retain(|one| one.cable != cable);
        })
    };
    assert_eq!(without("charge-wire"), only(RuleName::ChargerNotControlled, "solar-1"));
    assert_eq!(without("load-wire"), only(RuleName::LoadNotShed, "loads-1"));
}

#[test]
fn plus_and_minus_are_not_mixed_up() {
    let turned = added_to("sessy-phoenix-48-1200", |system| {
        part(system, "inverter-1").ends.reverse();
    });
    assert!(turned.contains(&(RuleName::ReversedPolarity, "inverter-1".to_owned())), "{turned:?}");
    // Its minus at the port, its port at ground.
    let pack = added_to("sessy-phoenix-48-1200", |system| {
        let port = part(system, "fuse-1").ends[0];
        for device in &mut system.devices {
            let part = &mut device.model;
            if !device.id.starts_with("sessy-1.") {
                continue;
            }
            for end in &mut part.ends {
                *end = match *end {
                    Node::GROUND => port,
                    at if at == port => Node::GROUND,
                    other => other,
                };
            }
        }
    });
    assert!(pack.contains(&(RuleName::ReversedPolarity, "inverter-1".to_owned())), "{pack:?}");
    let charger = added_to("small-bms-12-v", |system| {
        part(system, "solar-1").ends.reverse();
    });
    assert!(charger.contains(&(RuleName::ReversedPolarity, "solar-1".to_owned())), "{charger:?}");
}

#[test]
fn a_dc_load_behind_an_inductance_wants_something_beside_it_that_holds_its_voltage() {
    let mut system = shipped("nmc-13s-with-a-drive");
    let unheld = |system: &System| {
        rules(system).into_iter().filter(|&rule| rule == RuleName::UnheldLoad).count()
    };
    let place = |system: &System, id: &str| system.device(id).unwrap();
    let load = system.devices[place(&system, "load-1")].model.clone();
    assert_eq!(unheld(&system), 0);
    let charger = place(&system, "charger-1");
    system.devices[charger].model = load.clone();
    assert_eq!(unheld(&system), 0, "the drive's capacitors hold it");
    let drive = place(&system, "drive-1");
    system.devices[drive].model = load;
    assert_eq!(unheld(&system), 3);
}

#[test]
fn an_open_switch_in_a_string_of_packs_has_all_of_them_across_it() {
    let reported = |name: &str| {
        let found = findings(&shipped(name)).into_iter();
        let of_rule = found.filter(|one| one.rule == RuleName::SwitchVoltage);
        of_rule.map(|one| format!("{}: {}", one.about, one.text)).collect::<Vec<_>>()
    };
    assert_eq!(reported("two-24-v-packs-in-series"), [""; 0]);
    // 8 cells are 26 V, which 44 V block, and 16 of them 53 V.
    let found = reported("two-24-v-packs-behind-40-v-switches");
    assert_eq!(found.len(), 2, "{found:?}");
    for (one, about) in found.iter().zip(["pack-1.discharge: ", "pack-2.discharge: "]) {
        assert!(one.starts_with(about) && one.contains("44 V") && one.contains("52.8"), "{one}");
    }
}
