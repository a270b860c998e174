//! What another amount changes of a system as it is built: the network, its comparators,
//! what its inverters take for what they give.

use blackstart_engine::Simulation;
use blackstart_scenario::{self as model, ScenarioEvent, System};
use blackstart_units::{SimTime, Watts};

use crate::detector::{ComparatorSetting, ThresholdDetector};
use crate::exposure::Exposure;
use crate::install::draw;
use crate::installer::{Installer, PlantError};
use crate::inverter::{InstalledInverter, taken_instead};
use crate::network::{LoadId, Network};
use crate::parts::PlacedDetector;
use crate::replay::Look;

/// A comparator of a system.
struct BuiltComparator {
    subject: String,
    path: String,
    detector: ThresholdDetector,
}

/// A system as far as a replay needs it.
pub(crate) struct Built {
    pub network: Network,
    comparators: Vec<BuiltComparator>,
    inverters: Vec<(LoadId, model::Inverter)>,
}

/// Where systems are built, one after another.
pub(crate) struct Workshop {
    scratch: Simulation,
}

impl Workshop {
    /// An empty one.
    pub fn new() -> Self {
        Self { scratch: Simulation::new(SimTime::ZERO, None) }
    }

    /// Builds a system as far as a replay needs it.
    ///
    /// # Errors
    /// A parameter that no network can have.
    pub fn build(
        &mut self,
        system: &System,
        events: &[ScenarioEvent],
    ) -> Result<Built, PlantError> {
        let (Installer { builder, roster, parts, .. }, _) =
            draw(&mut self.scratch, system, events, 0)?;
        let world = &mut self.scratch.world;
        let of_part = |placed: PlacedDetector<'_>| BuiltComparator {
            subject: placed.subject(),
            path: placed.path.to_owned(),
            detector: placed.detector.clone(),
        };
        let comparators = parts.finish().detectors().map(of_part).collect();
        let of_inverter = |&entity: &_| {
            let inverter = world.get::<InstalledInverter>(entity)?;
            Some((inverter.draw, inverter.model.clone()))
        };
        let inverters = roster.inverters.iter().filter_map(of_inverter).collect();
        for entity in roster.controlled() {
            world.despawn(entity);
        }
        Ok(Built { comparators, inverters, network: builder.build()? })
    }
}

impl Built {
    /// Whether a replay can begin with the states of a network of the other.
    pub fn is_shaped_as(&self, other: &Self) -> bool {
        self.network.is_shaped_as(&other.network)
    }

    /// Whether a replay of anything can be another than in the other.
    pub fn differs(&self, other: &Self) -> bool {
        self.flows_otherwise(other)
            || other.comparators.iter().any(|one| self.looks_otherwise(other, &one.subject))
    }

    /// Whether anything can flow otherwise than in the other.
    pub fn flows_otherwise(&self, other: &Self) -> bool {
        !self.network.is_built_as(&other.network)
            || self.inverters.iter().zip(&other.inverters).any(|(own, other)| {
                let rated = other.1.rated_power;
                [other.1.off_draw, other.1.housekeeping, other.1.idle, rated * 0.5, rated]
                    .into_iter()
                    .any(|taken| {
                        taken_instead((&other.1, &own.1), taken)
                            != taken_instead((&other.1, &other.1), taken)
                    })
            })
    }

    /// Whether comparators of a battery or an assembly look otherwise than in the other.
    pub fn looks_otherwise(&self, other: &Self, subject: &str) -> bool {
        self.of(subject)
            .zip(other.of(subject))
            .any(|(own, other)| own.setting != other.setting || own.watched() != other.watched())
    }

    fn of<'a>(&'a self, subject: &'a str) -> impl Iterator<Item = &'a ThresholdDetector> {
        let own = self.comparators.iter().filter(move |one| one.subject == subject);
        own.map(|one| &one.detector)
    }

    /// How an exposure's comparator looks here, where it looked otherwise in the system that ran. A
    /// setting that has been commanded is changed by the share by which the file's is.
    pub fn look(&self, ran: &Self, exposure: &Exposure, until: SimTime) -> Look {
        let usual = Look::of(exposure, until);
        let find = |built: &Self| {
            let mut all = built.comparators.iter();
            all.find(|one| one.path == exposure.comparator).map(|one| one.detector.clone())
        };
        let Some((own, ran)) = find(self).zip(find(ran)) else { return usual };
        let watched = if own.watched() == ran.watched() { usual.watched } else { own.watched() };
        // A device under test has set its own thresholds: the device file's are void.
        if exposure.evidence != blackstart_trace::Evidence::ModelOnly {
            return Look { watched, ..usual };
        }
        Look { watched, setting: scaled(usual.setting, ran.setting, own.setting), ..usual }
    }

    /// The network here in the situation of one of the system that ran.
    pub fn in_situation(&self, ran: &Self, from: &Network) -> Network {
        let mut network = self.network.clone();
        network.adopt(from, &ran.network);
        for ((draw, own), (_, ran)) in self.inverters.iter().zip(&ran.inverters) {
            let taken = from.load_power(*draw);
            let usual = taken_instead((ran, ran), taken);
            let instead = taken_instead((ran, own), taken);
            if instead != usual {
                network.set_load_power(*draw, Watts(instead.0 + (taken - usual).0));
            }
        }
        network
    }
}

/// A setting changed as another one is.
fn scaled(
    setting: ComparatorSetting,
    from: ComparatorSetting,
    to: ComparatorSetting,
) -> ComparatorSetting {
    let ratio = |from: f64, to: f64| if from == to { 1.0 } else { to / from };
    let delay = if from.delay == to.delay {
        setting.delay
    } else {
        let share = ratio(from.delay.as_seconds(), to.delay.as_seconds());
        SimTime::from_seconds(setting.delay.as_seconds() * share)
    };
    ComparatorSetting { threshold: setting.threshold * ratio(from.threshold, to.threshold), delay }
}
