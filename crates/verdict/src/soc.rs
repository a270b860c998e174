//! What the controllers believed of the state of charge, beside the truth.

use blackstart_roles::Protection;
use blackstart_trace::EventKind;
use blackstart_units::SimTime;

use crate::trips::belongs_to;
use crate::{Material, SocSeen};

/// At the failure of the grid, at its return, at each cut-off and at the end; none for a controller
/// that claims nothing.
pub(crate) fn soc(material: &Material) -> Vec<SocSeen> {
    let mut seen = Vec::new();
    for battery in material.batteries {
        let mut instants: Vec<(&str, SimTime)> = Vec::new();
        if let Some(grid) = material.grid {
            let state = format!("{grid}.state");
            let failed = material.first_in_state(&state, "failed", SimTime::ZERO);
            let returned = failed.and_then(|at| material.first_in_state(&state, "up", at));
            instants.extend(failed.map(|at| ("grid-lost", at)));
            instants.extend(returned.map(|at| ("grid-back", at)));
        }
        let cut_off = material.trace.events().iter().filter(|event| {
            belongs_to(&event.subject, &battery.id)
                && matches!(&event.kind, EventKind::Trip(trip)
                    if trip.protection == Protection::CellUnderVoltage)
        });
        instants.extend(cut_off.map(|event| ("cut-off", event.at)));
        instants.push(("end", material.reached));
        instants.sort_by_key(|instant| instant.1);
        seen.extend(
            instants.into_iter().filter_map(|(when, at)| entry(material, &battery.id, when, at)),
        );
    }
    seen
}

fn entry(material: &Material, battery: &str, when: &str, at: SimTime) -> Option<SocSeen> {
    let claimed = material.trace.series_named(&format!("{battery}.bms.claim.soc_pct"))?;
    // What it claimed before the instant: a cut-off corrects it.
    let claimed = claimed.held_at(at - SimTime::NANOSECOND)?;
    let truth = material.trace.series_named(&format!("{battery}.soc_pct"))?.value_at(at)?;
    Some(SocSeen {
        battery: battery.to_owned(),
        when: when.to_owned(),
        at_s: at.into(),
        claimed_pct: claimed.into(),
        true_pct: truth.into(),
        error_pct: (claimed - truth).into(),
    })
}
