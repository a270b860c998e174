//! A watchdog of a controller: it opens switches when the controller has said nothing for too long.

use blackstart_roles::Protection;

use super::comparator::STATES;
use super::{Amounts, LinkKey, LinkTo, PartKind, PinDirection, PinKey, amounts};

/// The pin that keeps it quiet.
pub const KICK: &str = "kick";

amounts! {
    /// A watchdog of a controller.
    HostWatchdogAmounts {
        /// For how long the controller may say nothing.
        timeout_ms: Positive,
    }
}

/// A watchdog of a controller.
pub const HOST_WATCHDOG: PartKind = PartKind {
    name: "host-watchdog",
    doc: "Hardware that opens switches when its controller has not changed a pin for too long, and lets them go with the next change.",
    amounts: HostWatchdogAmounts::KEYS,
    acts_for: &[Protection::Watchdog],
    links: &[LinkKey { key: "opens", doc: "Which switches it holds open.", to: LinkTo::Switches }],
    pins: &[
        PinKey { name: "state", direction: PinDirection::Reading, states: STATES, each: false },
        PinKey { name: "trips", direction: PinDirection::Reading, states: &[], each: false },
        PinKey { name: KICK, direction: PinDirection::Command, states: &[], each: false },
    ],
    ..PartKind::NONE
};
