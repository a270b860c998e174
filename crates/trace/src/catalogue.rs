//! The signals of a run: declared once, with name and kind, before the first sample.

use std::collections::BTreeMap;

/// Handle of a declared signal: its place in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignalId(pub u32);

/// What the values of a signal mean.
#[derive(Clone, Debug, PartialEq)]
pub enum SignalKind {
    /// A quantity that changes continuously; the name's last part is its unit (`pack_current_a`).
    Analog,
    /// A number that somebody published: a claim, a command, a meter's reading. It holds until the next
    /// record, and has no value in between. The name's last part is its unit.
    Held,
    /// One of a few named states, held until the next record; the value is the index into the names.
    State(Vec<String>),
}

/// One signal: `<instance>.<signal>_<unit>`, for example `sessy-1.port_voltage_v`.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Full path, unit last.
    pub name: String,
    /// What its values mean.
    pub kind: SignalKind,
}

impl Signal {
    /// Whether its values are numbers, not names.
    pub fn is_quantity(&self) -> bool {
        matches!(self.kind, SignalKind::Analog | SignalKind::Held)
    }

    /// The unit suffix of a quantity (`a`, `v`, `pct`), empty for a state.
    pub fn unit(&self) -> &str {
        match self.kind {
            SignalKind::Analog | SignalKind::Held => {
                self.name.rsplit_once('_').map_or("", |(_, unit)| unit)
            }
            SignalKind::State(_) => "",
        }
    }
}

/// All signals of one run, in order of declaration.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    signals: Vec<Signal>,
    by_name: BTreeMap<String, SignalId>,
}

impl Catalogue {
    /// Declares a continuous signal.
    ///
    /// # Panics
    /// If the name is declared already: two devices with one name are a bug of the builder.
    pub fn analog(&mut self, name: impl Into<String>) -> SignalId {
        self.declare(name.into(), SignalKind::Analog)
    }

    /// Declares a number that holds until the next record; see [`Catalogue::analog`].
    pub fn held(&mut self, name: impl Into<String>) -> SignalId {
        self.declare(name.into(), SignalKind::Held)
    }

    /// Declares a signal with named states; see [`Catalogue::analog`].
    pub fn state(&mut self, name: impl Into<String>, names: &[&str]) -> SignalId {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        self.declare(name.into(), SignalKind::State(names))
    }

    /// Declares a signal of a kind; see [`Catalogue::analog`].
    pub fn declare(&mut self, name: String, kind: SignalKind) -> SignalId {
        let id = SignalId(self.signals.len() as u32);
        let previous = self.by_name.insert(name.clone(), id);
        assert!(previous.is_none(), "signal `{name}` is declared twice");
        self.signals.push(Signal { name, kind });
        id
    }

    /// The signal with this full name.
    pub fn find(&self, name: &str) -> Option<SignalId> {
        self.by_name.get(name).copied()
    }

    /// The declaration behind a handle.
    pub fn signal(&self, id: SignalId) -> &Signal {
        &self.signals[id.0 as usize]
    }

    /// Every signal with its handle, in order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = (SignalId, &Signal)> {
        self.signals.iter().enumerate().map(|(i, signal)| (SignalId(i as u32), signal))
    }

    /// How many signals there are.
    pub fn len(&self) -> usize {
        self.signals.len()
    }

    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        self.signals.is_empty()
    }
}
