//! The world and its one schedule.

use bevy_ecs::prelude::{IntoScheduleConfigs, Schedule, SystemSet, World};
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, SingleThreadedExecutor};
use blackstart_units::SimTime;

use crate::clock::Clock;

/// The parts of a tick, in running order.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TickSystems {
    /// Answers of devices under test go from their mailboxes to their terminals.
    Receive,
    /// Scenario events that are due change the world.
    Inject,
    /// Built-in controllers that are due are woken.
    Decide,
    /// Changed commands are handed to the hardware.
    Actuate,
    /// The physics runs to the next instant at which something else must act.
    Solve,
    /// The state after solving is mirrored into components.
    Measure,
    /// What devices under test must see goes into their mailboxes.
    Transmit,
    /// Invariants of the run are checked.
    Check,
    /// Changes are written to the trace.
    Record,
}

/// A world and the schedule that advances it by one tick.
pub struct Simulation {
    /// Everything that there is. Systems own it during a tick; between ticks the bench does.
    pub world: World,
    /// The tick. One chained set enum, one thread, an ambiguity is an error.
    pub schedule: Schedule,
}

impl Simulation {
    /// An empty world that runs until `end`.
    ///
    /// `shuffle` permutes the order of systems wherever the schedule leaves it open: by the rules it
    /// leaves it open nowhere that matters, and a test turns this to prove it.
    pub fn new(end: SimTime, shuffle: Option<u64>) -> Self {
        let mut world = World::new();
        world.insert_resource(Clock::until(end));
        let mut schedule = Schedule::default();
        schedule.set_executor(SingleThreadedExecutor::new());
        schedule.set_build_settings(ScheduleBuildSettings {
            ambiguity_detection: LogLevel::Error,
            auto_insert_apply_deferred: false,
            shuffle_seed: shuffle,
            ..Default::default()
        });
        schedule.configure_sets(
            (
                TickSystems::Receive,
                TickSystems::Inject,
                TickSystems::Decide,
                TickSystems::Actuate,
                TickSystems::Solve,
                TickSystems::Measure,
                TickSystems::Transmit,
                TickSystems::Check,
                TickSystems::Record,
            )
                .chain(),
        );
        Self { world, schedule }
    }

    /// Runs one tick and says where the world stands then.
    pub fn tick(&mut self) -> SimTime {
        self.schedule.run(&mut self.world);
        self.world.resource::<Clock>().now
    }

    /// Names of the systems that use `Commands` or another deferred buffer. They escape the
    /// ambiguity check, so there must be none; empty before the first tick.
    pub fn deferred_systems(&self) -> Vec<String> {
        let Ok(systems) = self.schedule.systems() else { return Vec::new() };
        systems
            .filter(|(_, system)| system.has_deferred())
            .map(|(_, system)| system.name().to_string())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_ecs::prelude::{Commands, ResMut, Resource};

    #[derive(Resource, Default)]
    struct Log(Vec<&'static str>);

    fn note(text: &'static str) -> impl FnMut(ResMut<Log>) {
        move |mut log| log.0.push(text)
    }

    #[test]
    fn sets_run_in_written_order_whatever_the_shuffle() {
        for seed in 0..8 {
            let mut simulation = Simulation::new(SimTime::ZERO, Some(seed));
            simulation.world.init_resource::<Log>();
            simulation.schedule.add_systems((
                note("solve").in_set(TickSystems::Solve),
                note("receive").in_set(TickSystems::Receive),
                note("record").in_set(TickSystems::Record),
                note("decide").in_set(TickSystems::Decide),
            ));
            simulation.tick();
            assert_eq!(
                simulation.world.resource::<Log>().0,
                ["receive", "decide", "solve", "record"]
            );
        }
    }

    #[test]
    #[should_panic(expected = "ambigu")]
    fn two_systems_that_write_the_same_without_an_order_are_refused() {
        let mut simulation = Simulation::new(SimTime::ZERO, None);
        simulation.world.init_resource::<Log>();
        simulation.schedule.add_systems((
            note("a").in_set(TickSystems::Solve),
            note("b").in_set(TickSystems::Solve),
        ));
        simulation.tick();
    }

    #[test]
    fn a_system_with_commands_is_found() {
        fn spawns(_commands: Commands) {}
        let mut simulation = Simulation::new(SimTime::ZERO, None);
        simulation.schedule.add_systems(spawns.in_set(TickSystems::Check));
        simulation.tick();
        assert_eq!(simulation.deferred_systems().len(), 1);
    }
}
