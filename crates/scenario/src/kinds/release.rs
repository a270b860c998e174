//! What lets comparators go again without a controller: time, or the voltage between two nodes.
//!
//! With the nodes on both sides of the switches that were opened, a small voltage says that the load was
//! removed, and one the other way that a charger is there.

use super::comparator::BEYOND;
use super::{Amounts, LinkKey, LinkTo, PartKind, amounts};

const RELEASES: LinkKey =
    LinkKey { key: "releases", doc: "Which comparators it lets go (`ocd`).", to: LinkTo::Latches };

amounts! {
    /// A release by time.
    TimedRelease {
        /// How long after a trip.
        after_ms: NotNegative,
        /// How often before only a controller does; it begins to count anew when one has.
        retry_count: Count,
    }
}

/// A release by time.
pub const TIMED_RELEASE: PartKind = PartKind {
    name: "timed-release",
    doc: "Lets comparators go so long after a trip, so many times.",
    amounts: TimedRelease::KEYS,
    links: &[RELEASES],
    ..PartKind::NONE
};

amounts! {
    /// A release by a voltage.
    VoltageRelease {
        /// The voltage from the first node to the second that tells.
        threshold_v: Any,
        /// How long it must have been passed.
        delay_ms: NotNegative,
        /// How often before only a controller does; it begins to count anew when one has.
        retry_count: Count,
    }
}

/// A release by a voltage.
pub const VOLTAGE_RELEASE: PartKind = PartKind {
    name: "voltage-release",
    doc: "Lets comparators go when the voltage between two nodes has passed a threshold for a time, so many times: the load was removed, or a charger is there.",
    amounts: VoltageRelease::KEYS,
    words: &[BEYOND],
    links: &[
        LinkKey {
            key: "between",
            doc: "Two nodes: across the opened switches, or outside of them.",
            to: LinkTo::Nodes,
        },
        RELEASES,
    ],
    ..PartKind::NONE
};
