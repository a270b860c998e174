//! Rules about a backup box: what is fed from its phases, what stands behind it, how it is wired and set.

use blackstart_scenario::{
    AcInput, BackupBox, Device, Feed, Grid, Inverter, Load, Phase, RuleName, System,
};
use blackstart_units::{Amperes, Volts, Watts};

use super::{Finding, add, amperes, watts};

/// Every rule about its backup boxes that the system breaks.
pub(super) fn box_findings(system: &System, found: &mut Vec<Finding>) {
    for (index, device) in system.devices.iter().enumerate() {
        let Some(model) = &device.of_kind::<BackupBox>() else { continue };
        interlock(device, model, found);
        storage(system, index, device, model, found);
        phase_power(system, index, found);
        phase_current(system, index, device, model, found);
        installation(device, model, found);
        metering(device, model, found);
        coupling(device, model, found);
    }
}

fn interlock(device: &Device, model: &BackupBox, found: &mut Vec<Finding>) {
    if !model.contacts.interlocked {
        let text = "nothing keeps one contact open while the other is closed".to_owned();
        add(found, RuleName::NoInterlock, &device.id, text, "ALPHA-02");
    }
    if !model.contacts.bypass_interlocked {
        let text = "nothing keeps the storage off while the bypass is engaged".to_owned();
        add(found, RuleName::NoInterlock, &device.id, text, "ALPHA-07");
    }
}

fn grid_voltage(system: &System, index: usize) -> Volts {
    let feed =
        system.feeds.iter().find(|one| one.sink == index && one.input == Some(AcInput::Grid));
    let grid = feed.and_then(|feed| system.devices[feed.source].of_kind::<Grid>());
    grid.map_or(Volts(0.0), |grid| grid.voltage)
}

fn storage_of(system: &System, index: usize) -> Option<(&Device, Inverter)> {
    let device = &system.devices[system.storage_inverter(index)?];
    Some(device).zip(device.of_kind())
}

/// What is fed from the output of a box.
fn behind(system: &System, index: usize) -> impl Iterator<Item = (&Feed, &Device)> {
    let feeds = system.feeds.iter().filter(move |feed| feed.source == index);
    feeds.map(|feed| (feed, &system.devices[feed.sink]))
}

fn storage(
    system: &System,
    index: usize,
    device: &Device,
    model: &BackupBox,
    found: &mut Vec<Finding>,
) {
    let Some((storage, inverter)) = storage_of(system, index) else { return };
    let carried = Watts(3.0 * model.phase_current.0 * grid_voltage(system, index).0);
    if carried > inverter.continuous_power {
        let text = format!(
            "its contacts carry 3 x {}, which is {}; {} gives {}: what runs on the grid may be {} times too much in backup",
            amperes(model.phase_current),
            watts(carried),
            storage.id,
            watts(inverter.continuous_power),
            crate::words::quantity(carried.0 / inverter.continuous_power.0, "").trim_end()
        );
        add(found, RuleName::StorageBehindContacts, &device.id, text, "ALPHA-04, ALPHA-05");
    }
    if inverter.phase_share.is_none() {
        for (_, load) in behind(system, index).filter(|(feed, _)| feed.phase.is_none()) {
            let text = format!(
                "it takes three phases, {} has one and puts it on all three of {}: no rotating field",
                storage.id, device.id
            );
            add(found, RuleName::ThreePhaseLoad, &load.id, text, "ALPHA-03, ALPHA-21");
        }
    }
}

/// What the loads on a phase ask for together, each by a measure of its own.
fn on_phase(system: &System, index: usize, phase: Phase, of: impl Fn(&Load) -> f64) -> f64 {
    let share = |feed: &Feed| match feed.phase {
        None => 1.0 / 3.0,
        Some(only) => f64::from(u8::from(only == phase)),
    };
    let asked = |(feed, device): (&Feed, &Device)| {
        device.of_kind().map_or(0.0, |load: Load| share(feed) * of(&load))
    };
    behind(system, index).map(asked).sum()
}

/// One phase of the storage may be asked for too much while all of them together are not.
fn phase_power(system: &System, index: usize, found: &mut Vec<Finding>) {
    let Some((storage, inverter)) = storage_of(system, index) else { return };
    let Some(share) = inverter.phase_share else { return };
    let asked = Phase::ALL.map(|phase| Watts(on_phase(system, index, phase, |load| load.power.0)));
    if asked.into_iter().sum::<Watts>() > inverter.continuous_power {
        // That is another finding.
        return;
    }
    let gives = inverter.continuous_power * share.0;
    for (phase, asked) in Phase::ALL.into_iter().zip(asked) {
        if asked > gives {
            let text = format!(
                "the loads on {} ask for {}, it gives {} of its {} on one phase",
                phase.name(),
                watts(asked),
                watts(gives),
                watts(inverter.continuous_power)
            );
            add(found, RuleName::InverterOverload, &storage.id, text, "ALPHA-05");
        }
    }
}

/// RMS current of each phase with all loads at work, capacitive and inductive shares added.
fn phase_current(
    system: &System,
    index: usize,
    device: &Device,
    model: &BackupBox,
    found: &mut Vec<Finding>,
) {
    let voltage = grid_voltage(system, index);
    if voltage <= Volts(0.0) {
        return;
    }
    for phase in Phase::ALL {
        let apparent = on_phase(system, index, phase, |load| load.power.0 / load.power_factor.0);
        let current = Amperes(apparent / voltage.0);
        if current > model.phase_current {
            let text = format!(
                "the loads on {} take {}, it carries {}",
                phase.name(),
                amperes(current),
                amperes(model.phase_current)
            );
            add(found, RuleName::PhaseCurrent, &device.id, text, "ALPHA-04");
        }
    }
}

fn installation(device: &Device, model: &BackupBox, found: &mut Vec<Finding>) {
    let place = &model.installation;
    let thinner = place.ampacity.iter().rev().find(|row| row.0 <= place.conductor_mm2);
    let carried = thinner.map_or(Amperes(0.0), |row| row.1);
    if place.breaker > carried {
        let text = format!(
            "a breaker of {} protects conductors of {} mm², which carry {}: replace it by a smaller one",
            amperes(place.breaker),
            place.conductor_mm2,
            amperes(carried)
        );
        add(found, RuleName::ConductorRating, &device.id, text, "ALPHA-08");
    }
    let (lowest, highest) = place.temperatures;
    if place.ambient < lowest || place.ambient > highest {
        let text = format!(
            "it hangs at {} °C and works from {} to {} °C",
            place.ambient.0, lowest.0, highest.0
        );
        add(found, RuleName::OperatingTemperature, &device.id, text, "ALPHA-06");
    }
}

/// Where solar power enters on the AC side the box must be its meter as well.
fn metering(device: &Device, model: &BackupBox, found: &mut Vec<Finding>) {
    let meter = &model.meter;
    if !meter.as_grid_meter && !meter.as_pv_meter {
        // It is not used as a meter at all, which is allowed.
        return;
    }
    let wanted = (true, model.coupling.pv_on_ac);
    if (meter.as_grid_meter, meter.as_pv_meter) != wanted {
        let select = |(grid, pv): (bool, bool)| match (grid, pv) {
            (true, true) => "grid and PV meter",
            (true, false) => "the grid meter only",
            (false, true) => "the PV meter only",
            (false, false) => "no meter",
        };
        let text = format!(
            "{} is selected; a system that is {} selects {}",
            select((meter.as_grid_meter, meter.as_pv_meter)),
            coupled(model),
            select(wanted)
        );
        add(found, RuleName::MeterSelection, &device.id, text, "ALPHA-13");
    }
    if meter.ct_ratio != 1.0 {
        let text = format!(
            "the ratio of its current transformers was changed by {}: every current is shown wrong",
            meter.ct_ratio
        );
        add(found, RuleName::TransformerRatio, &device.id, text, "ALPHA-13");
    }
}

fn coupled(model: &BackupBox) -> &'static str {
    match (model.coupling.pv_on_ac, model.coupling.pv_on_dc) {
        (true, true) => "hybrid",
        (true, false) => "AC-coupled",
        (false, true) => "DC-coupled",
        (false, false) => "without solar power",
    }
}

/// Connection ① is for solar power on the AC side, ② for that on the DC side.
fn coupling(device: &Device, model: &BackupBox, found: &mut Vec<Finding>) {
    let scheme = &model.coupling;
    let wanted = [scheme.pv_on_ac, scheme.pv_on_dc];
    if wanted == [false, false] || scheme.connections == wanted {
        return;
    }
    let words = |[one, two]: [bool; 2]| match (one, two) {
        (true, true) => "① and ②",
        (true, false) => "① alone",
        (false, true) => "② alone",
        (false, false) => "neither ① nor ②",
    };
    let text = format!(
        "connected by {}; a system that is {} is connected by {}",
        words(scheme.connections),
        coupled(model),
        words(wanted)
    );
    add(found, RuleName::CouplingConnection, &device.id, text, "ALPHA-14");
}
