//! A device that speaks CAN frames of its own: which signal of its DBC file is which reading, command or
//! claim of the role.
//!
//! What can be known from the rig and the DBC file alone is checked here: messages, signals, units, value
//! tables, counters and checksums. Whether the role has such readings is known once its system is spawned,
//! so that is for the bench; every part of a mapping carries its place for that.
//!
//! Scaling and byte order are the DBC file's. Its units are converted to those that names end in. The sign of
//! a current is a convention that no DBC file states, so the mapping must.

use std::sync::Arc;

use blackstart_units::SimTime;
use blackstart_wire::can::{AliveCounter, Checksum};
use blackstart_wire::dbc::{Message, Signal};

use crate::diagnostic::Place;

/// How a device's frames are mapped.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The DBC file, below the project's root.
    pub path: String,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// The messages that are used.
    pub messages: Vec<MappedMessage>,
    /// Readings that the device has no use for.
    pub unfed: Without,
    /// Commands that it never gives.
    pub ungiven: Without,
}

/// What a mapping leaves out and says so.
#[derive(Clone, Debug)]
pub struct Without {
    /// Names; one that ends in `*` means all that begin so.
    pub names: Vec<String>,
    /// Where the rig file lists them, or would.
    pub place: Place,
}

/// One message.
#[derive(Clone, Debug)]
pub struct MappedMessage {
    /// As the DBC file describes it.
    pub message: Message,
    /// Who sends it, and when.
    pub traffic: Traffic,
    /// Index of the signal that counts, and how it does.
    pub counter: Option<(usize, AliveCounter)>,
    /// The checksum, and the byte that carries it.
    pub checksum: Option<(Checksum, usize)>,
    /// Its signals, in the order of the DBC file.
    pub signals: Vec<MappedSignal>,
    /// Where the rig file names it.
    pub place: Place,
}

/// Who sends a message, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Traffic {
    /// The bench, at these times.
    Sent(Schedule),
    /// The device.
    Received {
        /// How long it may stay away.
        timeout: Option<SimTime>,
    },
}

/// When the bench sends a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// Every cycle, from the phase on.
    Cyclic {
        /// Between two.
        cycle: SimTime,
        /// The first.
        phase: SimTime,
    },
    /// When it says something else than before; looked at every cycle.
    OnChange {
        /// Between two looks.
        cycle: SimTime,
        /// The first.
        phase: SimTime,
    },
    /// When the device has sent the message at this place of the mapping.
    Answer {
        /// Its index.
        to: usize,
    },
}

/// One signal.
#[derive(Clone, Debug)]
pub struct MappedSignal {
    /// Its index in the message.
    pub index: usize,
    /// What it means.
    pub meaning: Meaning,
    /// Times this, what the frame carries in the DBC file's unit is in the unit of the name; negative where
    /// the device counts the other way round.
    pub scale: f64,
    /// Index of the signal that says whether this one is valid.
    pub valid: Option<usize>,
    /// Names of its value table, each with the state that it means. Empty of a signal without one.
    pub states: Vec<(i128, String)>,
    /// Where the rig file maps it.
    pub place: Place,
}

/// What a signal means.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// A reading of the role.
    Reading(String),
    /// The truth.
    Plant(String),
    /// Always this, in the DBC file's unit.
    Constant(f64),
    /// A command of the role.
    Command(String),
    /// A claim of the role.
    Claim(String),
}

impl Meaning {
    /// The name that it refers to, if it does.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Reading(name) | Self::Plant(name) | Self::Command(name) | Self::Claim(name) => {
                Some(name)
            }
            Self::Constant(_) => None,
        }
    }
}

impl MappedMessage {
    /// The signal of a mapped one.
    pub fn signal(&self, mapped: &MappedSignal) -> &Signal {
        &self.message.signals[mapped.index]
    }

    /// The switch whose values take turns, with the values that any mapped signal needs, ascending; nothing
    /// of a message that is always the same.
    pub fn turns(&self) -> Option<(usize, Vec<u64>)> {
        let selections: Vec<_> = self
            .signals
            .iter()
            .filter_map(|mapped| self.signal(mapped).selection.as_ref())
            .collect();
        let switch = selections.first()?.switch;
        let mut values: Vec<u64> = selections
            .iter()
            .flat_map(|selection| selection.ranges.iter().flat_map(|&(from, to)| from..=to))
            .take(MOST_TURNS)
            .collect();
        values.sort_unstable();
        values.dedup();
        Some((switch, values))
    }
}

/// Most values of a multiplexor that take turns.
pub(crate) const MOST_TURNS: usize = 4096;
