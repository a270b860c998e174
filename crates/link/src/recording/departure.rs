//! Where a replay and its recording part.

use std::fmt;

use blackstart_units::SimTime;
use blackstart_wire::bench_link::vocabulary::{self, Scale};
use blackstart_wire::bench_link::{Decoder, ToDevice};

/// The bench says something else to the device than when the session was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Barriers of this line before it.
    pub barrier: u64,
    /// Time of the barrier in the recording.
    pub at: SimTime,
    /// The first message that differs, as recorded, for people.
    pub recorded: String,
    /// What the bench sends in its place.
    pub asked: String,
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { barrier, at, recorded, asked } = self;
        write!(
            f,
            "at barrier {barrier}, at {at}, the bench now sends {asked}, recorded is {recorded}"
        )
    }
}

impl Departure {
    /// Of what was recorded at this place, and what the bench sends now.
    pub(super) fn between(barrier: u64, at: SimTime, recorded: &[u8], asked: &[u8]) -> Self {
        let (recorded, asked) = (messages(recorded), messages(asked));
        let same = recorded.iter().zip(&asked).take_while(|(a, b)| a == b).count();
        let name = |messages: &[ToDevice]| {
            messages.get(same).map_or_else(|| "nothing".to_owned(), |message| in_words(*message))
        };
        Self { barrier, at, recorded: name(&recorded), asked: name(&asked) }
    }
}

/// What the bench said with these bytes.
pub(super) fn messages(bytes: &[u8]) -> Vec<ToDevice> {
    let mut decoder = Decoder::default();
    let packets = bytes.iter().filter_map(|&byte| decoder.push(byte));
    packets.filter_map(|packet| ToDevice::decode(&packet).ok()).collect()
}

fn in_words(message: ToDevice) -> String {
    match message {
        ToDevice::Hello { protocol, .. } => format!("HELLO of version {protocol}"),
        ToDevice::Reading { id, value } => reading(id, value),
        ToDevice::Advance { at, cause, .. } => {
            let causes = [
                (cause.timer, "timer"),
                (cause.alert, "alert"),
                (cause.level, "level"),
                (cause.input, "input"),
            ];
            let set: Vec<&str> =
                causes.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect();
            format!("ADVANCE to {at} (cause {})", set.join(" and "))
        }
        ToDevice::Bye => "BYE".to_owned(),
    }
}

/// `READING port_voltage_v 51.203`.
fn reading(id: u16, counts: i32) -> String {
    let Some(entry) = vocabulary::by_id(id) else { return format!("READING 0x{id:04X} {counts}") };
    match (entry.scale, entry.from_counts(counts)) {
        (Scale::States(names), _) => {
            let state = usize::try_from(counts).ok().and_then(|index| names.get(index));
            format!("READING {} {}", entry.name, state.unwrap_or(&"?"))
        }
        (_, Ok(value)) => format!("READING {} {value}", entry.name),
        (_, Err(_)) => format!("READING {} {counts}", entry.name),
    }
}
