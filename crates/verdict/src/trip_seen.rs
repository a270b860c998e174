//! What protections did, in a verdict: those that acted, and how close the others came.

use serde::{Deserialize, Serialize};

use crate::{Moment, Rounded};

/// One protection acting. Value, extreme and threshold are in the protection's own unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TripSeen {
    /// Instance that it belongs to.
    pub subject: String,
    /// Short name (`scd`).
    pub protection: String,
    /// When it acted.
    pub at_s: Moment,
    /// When the quantity went beyond the threshold; absent where only the device knows its threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_s: Option<Moment>,
    /// How long it had to stay there; absent likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_s: Option<Moment>,
    /// The quantity at the moment of the trip; absent of a protection that guards none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Rounded>,
    /// Its most extreme value beyond the threshold; absent likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extreme: Option<Rounded>,
    /// The level; absent where only the device knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Rounded>,
    /// Why, as the network showed.
    pub cause: String,
    /// What that was read from.
    pub because: String,
    /// What the trip rests on.
    pub evidence: String,
    /// Whether it would have acted with other specimens; absent where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Holds>,
    /// What the controller said about it; absent when it said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Claimed>,
}

/// Whether an outcome is the same within every range of what is guessed and every tolerance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Holds {
    /// In every corner: one parameter at a time, and all together at both ends.
    AllCorners,
    /// In every corner that could be run again from a moment of the run; the others need a whole run.
    /// Both lists with their keys stand in the basis.
    AllTried {
        /// How many guesses and tolerances need a whole run.
        whole_run: u64,
        /// Which of these would draw another network.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shapes: Vec<String>,
    },
    /// With any one parameter at its ends, but not with all of them together.
    NominalOnly,
    /// Not with these.
    FailsAt {
        /// What turns it around.
        corners: Vec<CornerValue>,
    },
}

/// A parameter at one end of its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CornerValue {
    /// Path with unit (`inverter-1.input_capacitance_mf`).
    pub parameter: String,
    /// In that unit.
    pub value: Rounded,
}

impl Holds {
    /// `in all corners`, `all tried, 12 need a whole run`, `not with …`.
    pub fn in_words(&self) -> String {
        match self {
            Self::AllCorners => "in all corners".to_owned(),
            Self::AllTried { whole_run, .. } => {
                let need = if *whole_run == 1 { "needs" } else { "need" };
                format!("all tried, {whole_run} {need} a whole run")
            }
            Self::NominalOnly => "not with all guesses at their ends together".to_owned(),
            Self::FailsAt { corners } => {
                let corner =
                    |corner: &CornerValue| format!("{} = {}", corner.parameter, corner.value);
                format!("not with {}", corners.iter().map(corner).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// An alarm that a controller raised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// Its name.
    pub alarm: String,
    /// When it was first seen.
    pub at_s: Moment,
}

/// How close a protection came without acting: both members of the pair, because a high peak that is
/// short and a long dwell just beyond the threshold are different dangers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproachSeen {
    /// Instance that it belongs to.
    pub subject: String,
    /// Short name.
    pub protection: String,
    /// Most extreme value, in the protection's unit.
    pub extreme: Rounded,
    /// When.
    pub extreme_at_s: Moment,
    /// The level.
    pub threshold: Rounded,
    /// Longest time beyond it.
    pub longest_dwell_s: Moment,
    /// The time that would have made it act.
    pub delay_s: Moment,
    /// What the pair rests on.
    pub evidence: String,
    /// Whether it would have stayed quiet with other specimens; absent where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Holds>,
}
