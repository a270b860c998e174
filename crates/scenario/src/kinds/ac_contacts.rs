//! The contacts of what changes over between two AC sources: one model for a transfer switch and a backup box.

use blackstart_units::{Amperes, SimTime};

use crate::part::Part;

/// Contacts between two AC sources and one output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AcContacts {
    /// From a command to the open contact.
    pub open_time: SimTime,
    /// From the open contact to the closed other one.
    pub close_time: SimTime,
    /// How long a closing contact bounces before it supplies anything.
    pub bounce_time: SimTime,
    /// What an opening contact can interrupt; beyond it it welds.
    pub breaking_current: Amperes,
    /// Whether one contact cannot close before the other is open.
    pub interlocked: bool,
    /// Whether a bypass cannot be engaged before the second source is cut off; of what has none it says nothing.
    pub bypass_interlocked: bool,
    /// Whether they have three poles.
    pub three_phase: bool,
}

impl AcContacts {
    /// Those of a part; `None` of one that has none.
    pub fn of(part: &Part) -> Option<Self> {
        let flag = |key| part.amount(key).map(|amount| amount.is_yes());
        Some(Self {
            open_time: part.amount("contact_open_time_ms")?.time(),
            close_time: part.amount("contact_close_time_ms")?.time(),
            bounce_time: part.amount("contact_bounce_ms")?.time(),
            breaking_current: part.amount("contact_breaking_current_a")?.amperes(),
            interlocked: flag("interlocked")?,
            bypass_interlocked: flag("bypass_interlocked").unwrap_or(false),
            three_phase: (part.kind.three_phase)(part),
        })
    }
}
