//! A device under test in a role: its terminal on one side, its line on the other.

use std::path::Path;
use std::time::{Duration, Instant};

use bevy_ecs::prelude::Entity;
use blackstart_engine::{Causes, Edge, Reading, Subscription, Terminal};
use blackstart_link::{
    Answer, Identity, LinkError, LinkErrorKind, RecordedLine, Replay, Session, SubscriptionChange,
    Tape,
};
use blackstart_scenario::Binding;
use blackstart_units::SimTime;
use blackstart_wire::bench_link::vocabulary::{self, Direction};
use blackstart_wire::bench_link::{self, Cause};

use crate::error::BenchError;
use crate::open_line::open_stream;

/// One device under test.
pub(crate) struct Device {
    pub entity: Entity,
    pub role: String,
    pub identity: Identity,
    /// Words of its command that are files: the program, the image that an emulator loads.
    pub files: Vec<String>,
    pub round_trips: u64,
    pub longest_wait: Duration,
    pub session: Session,
}

impl Device {
    pub fn connect(
        entity: Entity,
        role: String,
        binding: &Binding,
        root: &Path,
        tape: Option<Tape>,
    ) -> Result<Self, BenchError> {
        let timeout = Duration::from_nanos(binding.answer_timeout.as_nanos());
        let connected = open_stream(&binding.transport, root, timeout)
            .and_then(|stream| Session::connect_taped(stream, timeout, tape));
        let (session, identity) = match connected {
            Ok(connected) => connected,
            Err(source) => return Err(BenchError::NeverAnswered { role, source }),
        };
        expect(&role, "name", binding.name.as_ref(), &identity.name)?;
        expect(&role, "version", binding.version.as_ref(), &identity.version)?;
        // What runs behind a port is known by its identity alone.
        let words = binding.transport.command().unwrap_or_default();
        let files = words.iter().filter(|word| root.join(word).is_file()).cloned().collect();
        Ok(Self::new(entity, role, identity, session, files))
    }

    /// A recorded device in the place of the one that was recorded.
    pub fn replay(entity: Entity, line: &RecordedLine, replay: Replay) -> Result<Self, BenchError> {
        let role = line.role.clone();
        match Session::connect(replay, line.answer_timeout()) {
            Ok((session, identity)) => Ok(Self::new(entity, role, identity, session, Vec::new())),
            Err(source) => Err(parted(&role, source)
                .unwrap_or_else(|source| BenchError::NeverAnswered { role, source })),
        }
    }

    fn new(
        entity: Entity,
        role: String,
        identity: Identity,
        session: Session,
        files: Vec<String>,
    ) -> Self {
        let (round_trips, longest_wait) = (0, Duration::ZERO);
        Self { entity, role, identity, files, round_trips, longest_wait, session }
    }

    /// Tells the device that the run is over. One that is gone or deaf is no matter.
    ///
    /// # Errors
    /// Of a recorded device, if it has more to say.
    pub fn say_farewell(&mut self) -> Result<(), BenchError> {
        match self.session.say_farewell() {
            Err(error) => parted(&self.role, error).map_or(Ok(()), Err),
            Ok(()) => Ok(()),
        }
    }

    /// Tells the device what its terminal shows, and writes its answer to the terminal.
    /// Returns the lines that it logged.
    pub fn exchange(
        &mut self,
        now: SimTime,
        terminal: &mut Terminal,
    ) -> Result<Vec<String>, LinkError> {
        let Causes { timer, alert, level, input } = std::mem::take(&mut terminal.causes);
        let mut readings = Vec::new();
        for (index, value) in terminal.readings.take_changed() {
            let name = &terminal.readings.items()[index].name;
            let entry = vocabulary::by_name(Direction::Reading, name);
            // A reading beyond its range on the wire keeps its last value there.
            if let Some(counts) = entry.and_then(|e| e.to_counts(value).ok().map(|c| (e.id, c))) {
                readings.push(counts);
            }
        }
        let asked = Instant::now();
        let answer = self.session.exchange(now, Cause { timer, alert, level, input }, &readings)?;
        self.longest_wait = self.longest_wait.max(asked.elapsed());
        self.round_trips += 1;
        terminal.wake_at = answer.wake;
        Ok(apply(answer, terminal))
    }
}

/// What a replay ends with when it has left its recording; gives any other error back.
pub(crate) fn parted(role: &str, source: LinkError) -> Result<BenchError, LinkError> {
    let role = role.to_owned();
    match source.kind {
        LinkErrorKind::Departed(_) => Ok(BenchError::Departed { role, source }),
        LinkErrorKind::RecordingEnds { .. } => Ok(BenchError::RecordingEnds { role, source }),
        _ => Err(source),
    }
}

/// Whether the device is what the rig names, where it names anything.
fn expect(
    role: &str,
    what: &'static str,
    expected: Option<&String>,
    found: &str,
) -> Result<(), BenchError> {
    match expected {
        Some(expected) if expected != found => Err(BenchError::WrongFirmware {
            role: role.to_owned(),
            what,
            expected: expected.clone(),
            found: found.to_owned(),
        }),
        _ => Ok(()),
    }
}

fn apply(answer: Answer, terminal: &mut Terminal) -> Vec<String> {
    for (bank, values) in
        [(&mut terminal.commands, &answer.commands), (&mut terminal.claims, &answer.claims)]
    {
        for &(id, counts) in values {
            let Some(entry) = vocabulary::by_id(id) else { continue };
            if let (Some(index), Ok(value)) = (bank.index(&entry.name), entry.from_counts(counts)) {
                bank.set(index, value);
            }
        }
    }
    for change in answer.subscriptions {
        terminal.subscriptions_changed = true;
        match change {
            SubscriptionChange::Cleared { slot } => {
                terminal.subscriptions.remove(&slot);
            }
            SubscriptionChange::Set { slot, id, edge, level } => {
                if let Some(subscription) = subscription(id, edge, level, terminal) {
                    terminal.subscriptions.insert(slot, subscription);
                }
            }
        }
    }
    answer.logs
}

fn subscription(
    id: u16,
    edge: bench_link::Edge,
    level: i32,
    terminal: &Terminal,
) -> Option<Subscription> {
    let items = terminal.readings.items();
    let (reading, entry) = if id == vocabulary::ANY_CELL {
        let cells = items.iter().take_while(|item| item.name.starts_with("cell-")).count();
        (Reading::AnyOf(0..cells), vocabulary::cell(0)?)
    } else {
        let entry = vocabulary::by_id(id)?;
        (Reading::One(terminal.readings.index(&entry.name)?), entry)
    };
    let edge = match edge {
        bench_link::Edge::Rising => Edge::Rising,
        bench_link::Edge::Falling => Edge::Falling,
    };
    Some(Subscription { reading, edge, level: entry.from_counts(level).ok()? })
}
