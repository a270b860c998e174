//! What can go wrong on the CAN bus between the bench and a device under test.
//!
//! Which frames a fault happens to is drawn from the run's seed and the count of frames before. What lasts
//! for a time takes the bench's; so a rig in lockstep, where a frame that is late or missing ends the
//! session, never meets a fault, and its verdict says so.

use std::sync::Arc;

use blackstart_units::SimTime;
use blackstart_wire::can::{CanFrame, CanId, candump};
use schemars::JsonSchema;
use serde::Deserialize;

/// Longest delay of a frame.
const MAX_DELAY_MS: f64 = 60_000.0;
/// Shortest pause of a node that babbles: a full bus of 1 Mbit/s.
const SHORTEST_PERIOD_MS: f64 = 0.1;
/// Longest pause.
const LONGEST_PERIOD_MS: f64 = 60_000.0;

/// What goes wrong on a bus.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CanFaultEntry {
    /// Frames are gone.
    Lose {},
    /// Frames come later, and others overtake them.
    Delay {
        /// By how much, up to a minute.
        by_ms: f64,
    },
    /// Frames come twice.
    Duplicate {},
    /// One bit of the data is another: what a gateway or a sender does to a frame before CAN's own
    /// checksum is put on it.
    Corrupt {},
    /// Frames come after the one that follows them.
    Reorder {},
    /// The bench's controller is off the bus.
    BusOff {},
    /// Another node sends a frame on and on.
    Babble {
        /// The frame as can-utils write it (`000#FF00`, `18FEF100#`, `123#R4`).
        frame: String,
        /// Between two of them, 0.1 ms to a minute.
        period_ms: f64,
    },
    /// Another node uses the same identifier: behind each frame comes one with other data.
    Collide {},
    /// The bench's transmit queue is full.
    FullQueue {},
    /// Another node sends what was logged in the field, each frame when it was sent then.
    Replay {
        /// The log (candump, ASC, BLF, TRC or CSV, also packed with gzip), below the project's root
        /// (`fixtures/captures/field.log`).
        log: String,
        /// The channel of it that is played (`can0`, `1`); all of them when absent.
        #[serde(default)]
        channel: Option<String>,
        /// Whether places of it that should be frames and are none are left out; the log is refused for
        /// them when absent.
        #[serde(default)]
        skip_damage: bool,
    },
}

/// Which way frames go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CanWay {
    /// From the bench to the device.
    ToDevice,
    /// From the device to the bench.
    FromDevice,
}

/// A fault on a bus, ready to be injected.
#[derive(Clone, Debug, PartialEq)]
pub struct CanFault {
    /// What goes wrong.
    pub what: CanDisturbance,
    /// On which way; on both where none is named.
    pub way: Option<CanWay>,
    /// With which identifier; with any where none is named.
    pub id: Option<CanId>,
    /// To this share of these frames, above 0 up to 1.
    pub share: f64,
    /// To so many of them at most.
    pub count: Option<u64>,
}

/// What goes wrong on a bus: [`CanFaultEntry`] in base units.
#[derive(Clone, Debug, PartialEq)]
pub enum CanDisturbance {
    /// Frames are gone.
    Lose,
    /// Frames come later.
    Delay {
        /// By how much.
        by: SimTime,
    },
    /// Frames come twice.
    Duplicate,
    /// One bit of the data is another.
    Corrupt,
    /// Frames come after the one that follows them.
    Reorder,
    /// The controller is off the bus.
    BusOff,
    /// Another node sends on and on.
    Babble {
        /// What.
        frame: CanFrame,
        /// Between two of them.
        period: SimTime,
    },
    /// Another node uses the same identifier.
    Collide,
    /// The transmit queue is full.
    FullQueue,
    /// Another node sends what was logged.
    Replay {
        /// Frames, with their times since the first.
        frames: Arc<[(SimTime, CanFrame)]>,
    },
}

/// What is wrong with an entry: the key, and what was expected there.
pub(crate) type Expected = (&'static str, String);

impl CanDisturbance {
    /// Of an entry, a log read with `read`; else what is wrong with it.
    pub(crate) fn of(
        entry: &CanFaultEntry,
        read: impl FnOnce(&str, Option<&str>, bool) -> Result<Vec<(SimTime, CanFrame)>, String>,
    ) -> Result<Self, Expected> {
        Ok(match entry {
            CanFaultEntry::Lose {} => Self::Lose,
            CanFaultEntry::Delay { by_ms } => {
                Self::Delay { by: time("by_ms", *by_ms, 0.0, MAX_DELAY_MS)? }
            }
            CanFaultEntry::Duplicate {} => Self::Duplicate,
            CanFaultEntry::Corrupt {} => Self::Corrupt,
            CanFaultEntry::Reorder {} => Self::Reorder,
            CanFaultEntry::BusOff {} => Self::BusOff,
            CanFaultEntry::Babble { frame, period_ms } => {
                let expected = || ("frame", "expected a frame as `123#DEAD`".to_owned());
                let frame = candump::frame(frame).ok_or_else(expected)?;
                let period = time("period_ms", *period_ms, SHORTEST_PERIOD_MS, LONGEST_PERIOD_MS)?;
                Self::Babble { frame, period }
            }
            CanFaultEntry::Collide {} => Self::Collide,
            CanFaultEntry::FullQueue {} => Self::FullQueue,
            CanFaultEntry::Replay { log, channel, skip_damage } => {
                let frames = read(log, channel.as_deref(), *skip_damage);
                let frames = frames.map_err(|why| ("log", why))?;
                Self::Replay { frames: frames.into() }
            }
        })
    }

    /// Its name in a scenario.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Lose => "lose",
            Self::Delay { .. } => "delay",
            Self::Duplicate => "duplicate",
            Self::Corrupt => "corrupt",
            Self::Reorder => "reorder",
            Self::BusOff => "bus-off",
            Self::Babble { .. } => "babble",
            Self::Collide => "collide",
            Self::FullQueue => "full-queue",
            Self::Replay { .. } => "replay",
        }
    }
}

fn time(key: &'static str, millis: f64, least: f64, most: f64) -> Result<SimTime, Expected> {
    if (least..=most).contains(&millis) {
        return Ok(SimTime::from_seconds(millis * 1e-3));
    }
    Err((key, format!("expected {least} to {most}")))
}
