//! What it took to get each battery back after a trip.

use crate::trips::{alarm_claim, belongs_to};
use crate::{Material, Moment, Recovery, TripSeen};

/// One entry per battery. What a person did is told by the bench; that it was *needed* is for the
/// checks to say.
pub(crate) fn recovery(material: &Material, trips: &[TripSeen]) -> Vec<Recovery> {
    let entry = |battery: &crate::BatteryEnd| {
        let first_trip =
            trips.iter().find(|trip| belongs_to(&trip.subject, &battery.id)).map(|trip| trip.at_s);
        let again = material.pairings.iter().filter(|pairing| {
            pairing.battery == battery.id
                && first_trip.is_some_and(|trip| Moment::from(pairing.at) >= trip)
        });
        Recovery {
            battery: battery.id.clone(),
            pairings_after_first_trip: u32::try_from(again.count()).unwrap_or(u32::MAX),
            port_up_at_end: port_up(material, &battery.id),
            alarm_at_end: alarm_at_end(material, &battery.id),
        }
    };
    material.batteries.iter().map(entry).collect()
}

/// Whether the battery's main switch was closed when the run ended, or what stands for it.
pub(crate) fn port_up(material: &Material, battery: &str) -> bool {
    let end = material.batteries.iter().find(|end| end.id == battery);
    if let Some(connected) = end.and_then(|end| end.connected) {
        return connected;
    }
    material.state_at(&format!("{battery}.main_switch"), material.reached) == Some("closed")
}

fn alarm_at_end(material: &Material, battery: &str) -> Option<String> {
    let (names, series) = alarm_claim(material.trace, battery)?;
    let value = series.held_at(material.reached)?;
    names.get(value as usize).filter(|&name| name != "none").cloned()
}
