//! Phases of the AC side, and what a backup box hears of the storage behind it.

use crate::graph::Graph;
use crate::kinds::inverter::Inverter;
use crate::part::Part;
use crate::resolved::{AcInput, System};

/// One of the phases of the public grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// L1.
    L1,
    /// L2.
    L2,
    /// L3.
    L3,
}

impl Phase {
    /// All three.
    pub const ALL: [Self; 3] = [Self::L1, Self::L2, Self::L3];

    /// `l1`, `l2`, `l3`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
            Self::L3 => "l3",
        }
    }
}

impl System {
    /// The inverter that feeds a backup box in backup: an index into [`System::devices`].
    pub fn storage_inverter(&self, backup_box: usize) -> Option<usize> {
        let feed = self
            .feeds
            .iter()
            .find(|feed| feed.sink == backup_box && feed.input == Some(AcInput::Inverter))?;
        self.devices[feed.source].of_kind::<Inverter>().map(|_| feed.source)
    }

    /// The battery whose state of charge a backup box hears: that of the inverter on its storage
    /// input, reached through conductors and fuses.
    pub fn storage_battery(&self, backup_box: usize) -> Option<usize> {
        let inverter = self.storage_inverter(backup_box)?;
        let inverter: Inverter = self.devices[inverter].of_kind()?;
        Graph::of(self).wired_store(inverter.from)
    }
}

impl Part {
    /// Whether an AC source has three phases.
    pub fn is_three_phase(&self) -> bool {
        (self.kind.three_phase)(self)
    }
}
