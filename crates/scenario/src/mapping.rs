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
use blackstart_wire::dbc::{DbcSignal, Message};

use crate::diagnostic::Place;

/// How a device's frames are mapped.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The DBC files, as the rig lists them, at least one.
    pub files: Vec<MappingFile>,
    /// The messages that are used.
    pub messages: Vec<MappedMessage>,
    /// Readings that the device has no use for.
    pub unfed: Without,
    /// Commands that it never gives.
    pub ungiven: Without,
}

/// A DBC file of a mapping.
#[derive(Clone, Debug)]
pub struct MappingFile {
    /// Below the project's root.
    pub path: String,
    /// As it was read.
    pub bytes: Arc<[u8]>,
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
    /// Times this and then with `offset` added, what the frame carries in the DBC file's unit is in the
    /// unit of the name; negative where the device counts the other way round.
    pub scale: f64,
    /// In the unit of the name; zero but of temperatures.
    pub offset: f64,
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
    pub fn signal(&self, mapped: &MappedSignal) -> &DbcSignal {
        &self.message.signals[mapped.index]
    }

    /// What the message's switches say in turn, so that every mapped signal is sent: all the values that
    /// select any of them, ascending; nothing of a message that is always the same. Switches that know
    /// nothing of each other go on together, and one that has been through begins again.
    pub fn turns(&self) -> Vec<Turn> {
        let needed = self.needed_turns();
        let mut is_taken = vec![false; needed.len()];
        let mut turns = Vec::new();
        while let Some(first) = is_taken.iter().position(|taken| !taken) {
            let mut turn = needed[first].clone();
            // Those that have had their turn come last.
            for wanted in [false, true] {
                for one in needed.iter().zip(&is_taken).filter(|(_, taken)| **taken == wanted) {
                    join(&mut turn, one.0);
                }
            }
            for (one, taken) in needed.iter().zip(&mut is_taken) {
                *taken |= one.iter().all(|set| turn.contains(set));
            }
            turns.push(turn);
        }
        turns
    }

    /// The settings of switches that signals need, each alone; as many as [`MOST_TURNS`] if there are more.
    pub(crate) fn needed_turns(&self) -> Vec<Turn> {
        let mut turns: Vec<Turn> = Vec::new();
        for mapped in self.signals.iter().filter(|mapped| self.signal(mapped).selection.is_some()) {
            turns.extend(self.ways_to(mapped.index));
            turns.sort();
            turns.dedup();
            turns.truncate(MOST_TURNS);
        }
        // What a longer turn sends as well needs no turn of its own.
        let is_within =
            |one: &Turn, other: &Turn| one != other && one.iter().all(|set| other.contains(set));
        let all = turns.clone();
        turns.retain(|one| !all.iter().any(|other| is_within(one, other)));
        turns
    }

    /// The settings of switches under which a signal is present, as many as may take turns.
    fn ways_to(&self, index: usize) -> Vec<Turn> {
        let Some(selection) = &self.message.signals[index].selection else {
            return vec![Turn::new()];
        };
        let above = self.ways_to(selection.switch);
        let counts = || selection.ranges.iter().flat_map(|&(from, to)| from..=to);
        let with = |way: &Turn, counts: u64| {
            let mut turn = way.clone();
            turn.push((selection.switch, counts));
            turn.sort_unstable();
            turn
        };
        let ways = above.iter().flat_map(|way| counts().map(move |counts| with(way, counts)));
        ways.take(MOST_TURNS).collect()
    }
}

/// Adds what another turn sets, if the two do not contradict each other.
fn join(turn: &mut Turn, other: &Turn) {
    let set = |switch: usize| turn.iter().find(|(at, _)| *at == switch).map(|&(_, counts)| counts);
    if other.iter().any(|&(switch, counts)| set(switch).is_some_and(|known| known != counts)) {
        return;
    }
    let new: Turn = other.iter().copied().filter(|&(switch, _)| set(switch).is_none()).collect();
    turn.extend(new);
    turn.sort_unstable();
}

/// What switches say together, by their index in the message, ascending.
pub type Turn = Vec<(usize, u64)>;

/// Most combinations of multiplexors that take turns.
pub(crate) const MOST_TURNS: usize = 4096;

#[cfg(test)]
mod tests {
    use blackstart_wire::dbc;

    use super::*;

    const NESTED: &str = "\
BU_: Bench
BO_ 1 Cells: 4 Bench
 SG_ Outer M : 0|4@1+ (1,0) [0|9] \"\" Bench
 SG_ Inner m1M : 4|4@1+ (1,0) [0|9] \"\" Bench
 SG_ A m0 : 8|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ B m2 : 8|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ C m5 : 8|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ D m1 : 16|8@1+ (1,0) [0|200] \"V\" Bench
SG_MUL_VAL_ 1 Inner Outer 1-1;
SG_MUL_VAL_ 1 B Inner 2-2, 4-4;
SG_MUL_VAL_ 1 C Inner 5-5;
SG_MUL_VAL_ 1 D Outer 1-1;
";

    /// Two switches at the top, and below a page of the second one two more.
    const APART: &str = "\
BU_: Bench
BO_ 1 Cells: 8 Bench
 SG_ Left M : 0|8@1+ (1,0) [0|9] \"\" Bench
 SG_ Right M : 8|8@1+ (1,0) [0|9] \"\" Bench
 SG_ A m1 : 16|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ B m3 : 16|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ C m5 : 16|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ D m2 : 24|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ E m5 : 24|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ Under m7M : 24|4@1+ (1,0) [0|9] \"\" Bench
 SG_ Beside m7M : 28|4@1+ (1,0) [0|9] \"\" Bench
 SG_ F m4 : 32|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ G m6 : 40|8@1+ (1,0) [0|200] \"V\" Bench
SG_MUL_VAL_ 1 A Left 1-1;
SG_MUL_VAL_ 1 B Left 3-3;
SG_MUL_VAL_ 1 C Left 5-5;
SG_MUL_VAL_ 1 D Right 2-2;
SG_MUL_VAL_ 1 E Right 5-5;
SG_MUL_VAL_ 1 Under Right 7-7;
SG_MUL_VAL_ 1 Beside Right 7-7;
SG_MUL_VAL_ 1 F Under 4-4;
SG_MUL_VAL_ 1 G Beside 6-6;
";

    fn mapped(signals: &[usize]) -> MappedMessage {
        mapped_of(NESTED, signals)
    }

    fn mapped_of(file: &str, signals: &[usize]) -> MappedMessage {
        let database = dbc::parse(file.as_bytes()).into_result().unwrap();
        let (path, text) = ("rig.json".into(), String::new());
        let file = Arc::new(crate::SourceFile { path, text });
        let place = || Place { file: Arc::clone(&file), span: 0..0 };
        let signal = |&index: &usize| MappedSignal {
            index,
            meaning: Meaning::Constant(0.0),
            scale: 1.0,
            offset: 0.0,
            valid: None,
            states: Vec::new(),
            place: place(),
        };
        MappedMessage {
            message: database.message_named("Cells").unwrap().clone(),
            traffic: Traffic::Received { timeout: None },
            counter: None,
            checksum: None,
            signals: signals.iter().map(signal).collect(),
            place: place(),
        }
    }

    #[test]
    fn every_mapped_signal_has_its_turn_and_none_more_than_it_needs() {
        assert_eq!(mapped(&[]).turns(), Vec::<Turn>::new());
        assert_eq!(mapped(&[2]).turns(), [[(0, 0)]]);
        assert_eq!(mapped(&[3, 4]).turns(), [[(0, 1), (1, 2)], [(0, 1), (1, 4)], [(0, 1), (1, 5)]]);
        // Wherever the inner one is present, the outer one says what this needs too.
        assert_eq!(mapped(&[4, 5]).turns(), [[(0, 1), (1, 5)]]);
    }

    #[test]
    fn switches_that_know_nothing_of_each_other_go_on_together() {
        let turns = |signals: &[usize]| mapped_of(APART, signals).turns();
        assert_eq!(turns(&[2, 3, 5, 6]), [[(0, 1), (1, 2)], [(0, 3), (1, 5)]]);
        // The shorter one begins again: no frame has a value of it that nobody needs.
        assert_eq!(turns(&[2, 3, 4, 5]), [[(0, 1), (1, 2)], [(0, 3), (1, 2)], [(0, 5), (1, 2)]]);
        assert_eq!(turns(&[9, 10]), [[(1, 7), (7, 4), (8, 6)]]);
        assert_eq!(turns(&[2, 5, 9]), [vec![(0, 1), (1, 2)], vec![(0, 1), (1, 7), (7, 4)]]);
    }
}
