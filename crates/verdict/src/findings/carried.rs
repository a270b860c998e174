//! What a run shows of a system that a drawing does not: contacts that carried more than they are made for.

use blackstart_scenario::{RemoteSwitch, RuleName, System};
use blackstart_trace::Trace;
use blackstart_units::Amperes;

use super::{Finding, add, amperes};
use crate::outside::lasting_beyond;

/// A current at the rating is allowed: a thousandth above it is beyond.
const BEYOND: f64 = 1.001;

/// Every contact that carried more than its rating for a second or longer: that is no inrush. Nothing opens
/// or welds because of it, as its maker does not say what does; what it is rated for is its device file's.
pub fn carried(system: &System, trace: &Trace) -> Vec<Finding> {
    let mut found = Vec::new();
    for device in &system.devices {
        let Some(switch) = device.of_kind::<RemoteSwitch>() else { continue };
        let current = trace.series_named(&format!("{}.current_a", device.id));
        let worst = current.and_then(|current| lasting_beyond(current, BEYOND * switch.rating.0));
        let Some((at, most)) = worst else { continue };
        let text = format!(
            "it carried {} at {}, and is rated for {}",
            amperes(Amperes(most.abs())),
            crate::words::quantity(at.as_seconds(), "s"),
            amperes(switch.rating)
        );
        let source = format!("{}.contact_current_a", device.id);
        add(&mut found, RuleName::ContactRating, &device.id, text, &source);
    }
    found
}
