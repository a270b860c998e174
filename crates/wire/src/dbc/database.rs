//! Messages, and how they are found.

use blackstart_units::SimTime;

use super::signal::DbcSignal;
use crate::can::CanId;

/// A message: what the frames with one identifier carry.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Identifier of its frames.
    pub id: CanId,
    /// Its name.
    pub name: String,
    /// Length in bytes, one that a frame can have.
    pub length: usize,
    /// Its frames are FD: they are longer than eight bytes, or the attribute `VFrameFormat` says so.
    pub is_fd: bool,
    /// The node that sends it, if one is named.
    pub transmitter: Option<String>,
    /// In the order of the file.
    pub signals: Vec<DbcSignal>,
    /// Every signal's index, each behind the switch that selects it.
    pub(super) order: Vec<usize>,
    /// How often it is sent (attribute `GenMsgCycleTime`).
    pub cycle_time: Option<SimTime>,
    /// Its comment.
    pub comment: Option<String>,
    /// Where it stands in the file.
    pub line: u32,
}

impl Message {
    /// The index of the signal with this name.
    pub fn signal_index(&self, name: &str) -> Option<usize> {
        self.signals.iter().position(|signal| signal.name == name)
    }

    /// The signal with this name.
    pub fn signal(&self, name: &str) -> Option<&DbcSignal> {
        self.signals.iter().find(|signal| signal.name == name)
    }
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Database {
    /// The text behind `VERSION`.
    pub version: String,
    /// Nodes on the bus.
    pub nodes: Vec<String>,
    /// In order of identifiers.
    pub(super) messages: Vec<Message>,
}

impl Database {
    /// Every message, in order of identifiers, standard ones first.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The message with this identifier.
    pub fn message(&self, id: CanId) -> Option<&Message> {
        let at = self.messages.binary_search_by_key(&id, |message| message.id).ok()?;
        self.messages.get(at)
    }

    /// The first message with this name.
    pub fn message_named(&self, name: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.name == name)
    }
}
