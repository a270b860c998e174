//! Parts of declared kinds: each kind is built in one file here, as it is declared in one of `scenario`.
//!
//! A part puts branches and loads into the network and offers quantities by name; sensors, comparators
//! and balancers find these. What acts between the steps of the network does so through [`Acting`]:
//! all are brought to now together, until nothing moves any more, whenever the network stops.

mod acting;
mod backup_box;
mod balancer;
mod battery_module;
mod build;
mod builder;
mod cable;
mod capacitor;
mod cell_monitor;
mod cells;
mod comparator;
mod contactor;
mod current_sensor;
mod dc_load;
mod dc_source;
mod digital_input;
mod digital_output;
mod diode;
mod external_bms;
mod fet_switch;
mod front_end_chip;
mod fuse;
mod grid;
mod host_watchdog;
mod inverter;
mod load;
mod pack_charger;
mod pack_monitor;
mod pairing_inputs;
#[expect(clippy::module_inception, reason = "the type `Parts` has its file like every other noun")]
mod parts;
mod placed_detector;
mod ptc_limiter;
mod quiescent_draw;
mod release;
mod remote_switch;
mod resistor;
mod role;
mod shunt;
mod thermistor;
mod transfer_switch;
mod voltage_sensor;
mod wiring;

use std::collections::BTreeSet;

use blackstart_scenario::kinds::AcPlace;
use blackstart_scenario::{Device, Link, Part, System};

use crate::installer::{Installer, PlantError};
use acting::{Acting, Command, Stage, TRIPS, owner};
use build::Build;
use builder::Sensor;

pub(crate) use builder::PartsBuilder;
pub use parts::Parts;
pub(crate) use placed_detector::PlacedDetector;
pub use role::PartRole;
pub(crate) use role::obey;

/// Builds a part; `None` where it refers to what is not there.
type Builder = fn(&Part, &mut Build<'_, '_>) -> Option<()>;

/// How each kind is built.
const BUILDERS: &[(&str, Builder)] = &[
    ("backup-box", backup_box::build),
    ("balancer", balancer::build),
    ("battery-module", battery_module::build),
    ("cable", cable::build),
    ("capacitor", capacitor::build),
    ("cell-monitor", cell_monitor::build),
    ("cells", cells::build),
    ("contactor", contactor::build),
    ("current-comparator", comparator::build),
    ("current-sensor", current_sensor::build),
    ("dc-load", dc_load::build),
    ("dc-source", dc_source::build),
    ("digital-input", digital_input::build),
    ("digital-output", digital_output::build),
    ("diode", diode::build),
    ("external-bms", external_bms::build),
    ("fet-switch", fet_switch::build),
    ("front-end-chip", front_end_chip::build),
    ("fuse", fuse::build),
    ("grid", grid::build),
    ("host-watchdog", host_watchdog::build),
    ("inverter", inverter::build),
    ("load", load::build),
    ("pack-charger", pack_charger::build),
    ("pack-monitor", pack_monitor::build),
    // What a controller is set to is nothing in the world.
    ("pack-rules", |_, _| Some(())),
    ("pairing-inputs", pairing_inputs::build),
    ("pairing-rules", |_, _| Some(())),
    // What may be drawn is a rule's business.
    ("port-rating", |_, _| Some(())),
    ("ptc-limiter", ptc_limiter::build),
    ("quiescent-draw", quiescent_draw::build),
    // It carries levels, which the wires of a system do.
    ("remote-cable", |_, _| Some(())),
    ("remote-switch", remote_switch::build),
    ("resistor", resistor::build),
    ("shunt", shunt::build),
    ("temperature-comparator", comparator::build),
    ("thermistor", thermistor::build),
    ("timed-release", release::timed),
    ("transfer-switch", transfer_switch::build),
    ("voltage-comparator", comparator::build),
    ("voltage-release", release::by_voltage),
    ("voltage-sensor", voltage_sensor::build),
];

impl Installer<'_> {
    /// Builds every part: first what others refer to, then what refers to it.
    pub(crate) fn parts(&mut self, system: &System) -> Result<(), PlantError> {
        // What changes over may hear a battery, which must be there.
        let all = || system.devices.iter().map(of_part);
        let changes_over = |part: &Part| part.kind.ac == AcPlace::Switch;
        let mut built = BTreeSet::new();
        self.build(system, all().filter(|(_, part)| !changes_over(part)), &mut built)?;
        self.build(system, all().filter(|(_, part)| changes_over(part)), &mut built)?;
        self.parts.acting.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(())
    }

    /// Spawns the roles that are made of pins of parts.
    pub(crate) fn roles(&mut self, system: &System) -> Result<(), PlantError> {
        for made in &system.part_roles {
            let wiring = role::install(self, system, made)
                .ok_or_else(|| PlantError::Part(made.path.clone()))?;
            self.parts.roles.push(wiring);
        }
        Ok(())
    }

    /// Builds these parts, each when what it looks at stands.
    fn build<'s>(
        &mut self,
        system: &'s System,
        parts: impl Iterator<Item = (&'s str, &'s Part)>,
        built: &mut BTreeSet<&'s str>,
    ) -> Result<(), PlantError> {
        let mut waiting: Vec<_> = parts.collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut later = Vec::new();
            for (id, part) in waiting {
                let mut links = part.kind.links.iter().filter(|key| key.looks());
                let is_there = |one: &Link| built.contains(one.part.as_str());
                if !links.all(|key| part.links(key.key).iter().all(is_there)) {
                    later.push((id, part));
                    continue;
                }
                let missing = || PlantError::Part(id.to_owned());
                let found = BUILDERS.iter().find(|(name, _)| *name == part.kind.name);
                let (_, builder): &(&str, Builder) = found.ok_or_else(missing)?;
                let ends = part.ends.iter().map(|node| self.nodes[node.0]).collect();
                let mut build = Build { installer: self, system, id, ends };
                builder(part, &mut build).ok_or_else(missing)?;
                built.insert(id);
            }
            // Parts that look at each other in a circle.
            if let Some((id, _)) = later.first().filter(|_| later.len() == before) {
                return Err(PlantError::Part((*id).to_owned()));
            }
            waiting = later;
        }
        Ok(())
    }
}

/// A device with its path.
fn of_part(device: &Device) -> (&str, &Part) {
    (device.id.as_str(), &device.model)
}

#[cfg(test)]
mod tests {
    use blackstart_scenario::kinds;

    #[test]
    fn every_declared_kind_is_built_here_and_nothing_else() {
        let declared: Vec<&str> = kinds::ALL.iter().map(|kind| kind.name).collect();
        let built: Vec<&str> = super::BUILDERS.iter().map(|(name, _)| *name).collect();
        assert_eq!(declared, built);
    }
}
