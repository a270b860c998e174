//! Names that are too long for the 32 characters of the format stand in attributes.

use std::collections::BTreeMap;

use super::statement::{AttributeValue, Remark, StatementPlace, StatementSubject};

/// The long names of a file, by what they stand for.
#[derive(Default)]
pub(super) struct LongNames {
    nodes: BTreeMap<String, String>,
    messages: BTreeMap<u32, String>,
    /// By message and the signal's short name.
    signals: BTreeMap<(u32, String), String>,
}

impl LongNames {
    /// What the attributes say that Vector's tools keep long names in.
    pub(super) fn of(remarks: &[(StatementPlace, Remark)]) -> Self {
        let mut names = Self::default();
        for (_, remark) in remarks {
            let Remark::Attribute { attribute, subject, value: AttributeValue::Text(text) } =
                remark
            else {
                continue;
            };
            if text.trim().is_empty() {
                continue;
            }
            match (&**attribute, subject) {
                ("SystemNodeLongSymbol", StatementSubject::Node(node)) => {
                    names.nodes.insert(node.clone(), text.clone());
                }
                ("SystemMessageLongSymbol", StatementSubject::Message(id)) => {
                    names.messages.insert(*id, text.clone());
                }
                ("SystemSignalLongSymbol", StatementSubject::Signal(id, signal)) => {
                    names.signals.insert((*id, signal.clone()), text.clone());
                }
                _ => {}
            }
        }
        names
    }

    /// The name of a node.
    pub(super) fn node(&self, short: &str) -> String {
        self.nodes.get(short).map_or(short, |long| long).to_owned()
    }

    /// The name of a message, by its identifier as written.
    pub(super) fn message(&self, id: u32, short: &str) -> String {
        self.messages.get(&id).map_or(short, |long| long).to_owned()
    }

    /// The name of a signal of a message.
    pub(super) fn signal(&self, id: u32, short: &str) -> String {
        let long = self.signals.get(&(id, short.to_owned()));
        long.map_or(short, |long| long).to_owned()
    }
}
