//! Systems with other amounts, without reading anything again.

use std::collections::BTreeMap;

use blackstart_scenario::{Action, Code, Library, Resolved, Source};

use crate::project::{Project, SMALL, root, small};

/// One scenario of this project for each of its systems.
fn one_of_each_system() -> Vec<Resolved> {
    let library = Library::open(&root()).unwrap();
    let paths = library.scenarios(&[root().join("scenarios")]).unwrap();
    let all = paths.iter().map(|path| library.scenario(path).unwrap());
    let by_system: BTreeMap<String, Resolved> =
        all.map(|scenario| (scenario.system.name.clone(), scenario)).collect();
    by_system.into_values().collect()
}

#[test]
fn every_amount_at_the_value_that_it_has_is_the_same_system() {
    for scenario in one_of_each_system() {
        let all = &scenario.provenance.parameters;
        let amounts: Vec<(&str, f64)> =
            all.iter().map(|(path, one)| (path.as_str(), one.value)).collect();
        let again = scenario.with_amounts(&amounts).unwrap();
        assert_eq!(again.system, scenario.system, "{}", scenario.system.name);
        assert!(again.provenance.parameters.values().all(|one| one.source == Source::Override));
        assert_eq!(again.events, scenario.events);
    }
}

/// Whatever file an amount stands in: what is set here is what a scenario's `overrides` set.
#[test]
fn an_amount_set_here_is_the_same_as_one_set_in_the_scenario() {
    for (system, path, value) in [
        ("sessy-phoenix-48-1200", "sessy-1.ocd.threshold_a", 33.0),
        ("sessy-phoenix-48-1200", "sessy-1.cells.resistance_mohm", 0.7),
        ("sessy-phoenix-48-1200", "inverter-1.switched_capacitance_pct", 50.0),
        ("sessy-phoenix-48-1200", "inverter-1.rated_load_efficiency_pct", 85.0),
        ("sessy-phoenix-48-1200", "cable-1.length_m", 3.0),
        ("sessy-phoenix-48-1200", "load-1.starting_multiple", 4.0),
    ] {
        let project = Project::new();
        let text = small("sessy-phoenix-48-1200", system);
        let plain = project.load(&text).unwrap();
        let set = text.replacen(
            "\"overrides\": {",
            &format!("\"overrides\": {{\"{path}\": {value}, "),
            1,
        );
        let set = project.load(set).unwrap();
        let varied = plain.with_amounts(&[(path, value)]).unwrap();
        assert_eq!(varied.system, set.system, "{path}");
        assert_ne!(varied.system, plain.system, "{path}");
        assert_eq!(varied.provenance.parameters[path].value, value);
    }
}

#[test]
fn parts_of_declared_kinds_are_set_as_well_and_keep_what_they_refer_to() {
    let mut parts = 0;
    for scenario in one_of_each_system().into_iter().filter(|one| !one.system.assemblies.is_empty())
    {
        let guesses = scenario.provenance.parameters.iter().filter_map(|(path, one)| {
            let Source::Guess { range, .. } = &one.source else { return None };
            let end = if range.1 == one.value { range.0 } else { range.1 };
            Some((path, end))
        });
        // Of parts of assemblies; what stands beside them need not come to anything.
        for (path, end) in guesses.filter(|(path, _)| path.matches('.').count() > 1) {
            let Ok(varied) = scenario.with_amounts(&[(path, end)]) else { continue };
            let (own, was) = (&varied.system.devices, &scenario.system.devices);
            let differing = own.iter().zip(was).filter(|(own, was)| own != was);
            let differing: Vec<&str> = differing.map(|(own, _)| own.id.as_str()).collect();
            // What refers to each element refers to another number of them.
            let counts = path.ends_with("cell_count") || path.ends_with("thermal_groups");
            assert!(differing.len() == 1 || counts, "{path}: {differing:?}");
            assert!(differing.iter().any(|id| path.starts_with(id)), "{path}: {differing:?}");
            parts += 1;
        }
    }
    assert!(parts > 20, "{parts}");
}

#[test]
fn what_no_file_may_say_is_no_system() {
    let plain = Project::new().load(SMALL).unwrap();
    let code = |amounts: &[(&str, f64)]| {
        plain.with_amounts(amounts).err().map(|problems| problems.iter().next().unwrap().code)
    };
    assert_eq!(code(&[("sessy-1.no_such_key_v", 1.0)]), Some(Code::UnknownKey));
    // By the name that its assembly shows it under, too.
    let shown = plain.with_amounts(&[("sessy-1.soc_pct", 40.0)]).unwrap();
    let inside = plain.with_amounts(&[("sessy-1.cells.soc_pct", 40.0)]).unwrap();
    assert_eq!(shown.system, inside.system);
    assert_eq!(shown.provenance.parameters["sessy-1.cells.soc_pct"].value, 40.0);
    assert_ne!(shown.system, plain.system);
    assert_eq!(code(&[("nobody.ocd_threshold_a", 1.0)]), Some(Code::UnknownKey));
    assert_eq!(code(&[("sessy-1.cells.resistance_mohm", -1.0)]), Some(Code::OutOfRange));
    let reversed = [("inverter-1.shutdown_voltage_v", 60.0)];
    assert_eq!(code(&reversed), Some(Code::ReversedLevels));
    assert!(plain.at_ends(&reversed).is_ok(), "nobody has said that the ranges may not meet");
    assert!(plain.at_ends(&[("sessy-1.cells.resistance_mohm", -1.0)]).is_err());
}

/// What a part is again when something is over is what the new system has, and what the file says stays.
#[test]
fn what_an_event_ends_is_found_in_the_new_system() {
    let path = root().join("scenarios/packs/coil-supply-of-6-v-never-pulls-in.json");
    let text = std::fs::read_to_string(path).unwrap();
    let written = r#""value": 9}"#;
    assert_eq!(text.matches(written).count(), 1);
    // Six volts for three seconds, then as it was; later twelve, which is what it has at the start.
    let text = text.replacen(r#""value": 6}"#, r#""value": 6, "for_s": 3}"#, 1);
    let text = text.replace(written, r#""value": 12}"#);
    let plain = Project::new().load(text).unwrap();
    let supplies = |scenario: &Resolved| -> Vec<f64> {
        let set = scenario.events.iter().filter_map(|event| match &event.action {
            Action::SetPart { what: "coil_supply_v", to, .. } => Some(*to),
            _ => None,
        });
        set.collect()
    };
    assert_eq!(supplies(&plain), [6.0, 12.0, 12.0]);
    let varied = plain.with_amounts(&[("pack-1.plus-contactor.coil_supply_v", 10.0)]).unwrap();
    assert_eq!(supplies(&varied), [6.0, 10.0, 12.0]);
}
