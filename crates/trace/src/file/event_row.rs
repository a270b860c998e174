//! Events as the JSON objects of the `event` column.
//!
//! The types here are the file's, not the program's: [`crate::EventKind`] may change its shape
//! without the format changing, and the other way round. Times are in whole nanoseconds, quantities
//! carry their unit in the key.

use blackstart_units::{Amperes, Joules, SimTime};
use serde::{Deserialize, Serialize};

use blackstart_roles::Protection;

use crate::{Approach, Cause, Digest, Event, EventKind, Evidence, Trip};

/// One row of the column.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum EventRow {
    Stimulus {
        subject: String,
        what: String,
    },
    Command {
        subject: String,
        name: String,
        value: Option<f64>,
    },
    State {
        subject: String,
        signal: String,
        from: String,
        to: String,
    },
    Trip {
        subject: String,
        protection: String,
        value: Option<f64>,
        extreme: Option<f64>,
        threshold: Option<f64>,
        delay_ns: Option<u64>,
        since_ns: Option<u64>,
        cause: String,
        because: String,
        evidence: String,
    },
    Approach {
        subject: String,
        protection: String,
        extreme: Option<f64>,
        extreme_at_ns: u64,
        threshold: Option<f64>,
        longest_dwell_ns: u64,
        delay_ns: u64,
        evidence: String,
    },
    Interrupted {
        subject: String,
        current_a: Option<f64>,
        clamp_energy_j: Option<f64>,
        clamp_rating_j: Option<f64>,
    },
    FuseMelted {
        subject: String,
        current_a: Option<f64>,
    },
    GapEnded {
        subject: String,
        lasted_ns: u64,
        rode_through: bool,
    },
    GapOpen {
        subject: String,
        lasted_ns: u64,
        rode_through: bool,
    },
    SourcesParallel {
        subject: String,
    },
    ContactWelded {
        subject: String,
        current_a: f64,
    },
    LoadLost {
        subject: String,
    },
    LoadSupplied {
        subject: String,
    },
    FaultEnded {
        subject: String,
        fault: String,
        reading: Option<String>,
        count: u64,
    },
    DutLost {
        subject: String,
        reason: String,
    },
    DutSilent {
        subject: String,
        what: String,
    },
    ChipNote {
        subject: String,
        text: String,
    },
    NotModelled {
        subject: String,
        what: String,
    },
    DutLog {
        subject: String,
        text: String,
    },
    /// The last row of a whole file.
    EndOfRun {
        digest: String,
    },
}

/// What a row means.
pub(super) enum Decoded {
    Event(Event),
    End(Digest),
}

impl From<&Event> for EventRow {
    fn from(event: &Event) -> Self {
        let subject = event.subject.clone();
        match event.kind.clone() {
            EventKind::Stimulus { what } => Self::Stimulus { subject, what },
            EventKind::Command { name, value } => {
                Self::Command { subject, name, value: finite(value) }
            }
            EventKind::State { signal, from, to } => Self::State { subject, signal, from, to },
            EventKind::Trip(trip) => Self::Trip {
                subject,
                protection: trip.protection.name().to_owned(),
                value: trip.value.and_then(finite),
                extreme: trip.extreme.and_then(finite),
                threshold: trip.threshold.and_then(finite),
                delay_ns: trip.delay.map(SimTime::as_nanos),
                since_ns: trip.since.map(SimTime::as_nanos),
                cause: trip.cause.name().to_owned(),
                because: trip.because,
                evidence: trip.evidence.name().to_owned(),
            },
            EventKind::Approach(approach) => Self::Approach {
                subject,
                protection: approach.protection.name().to_owned(),
                extreme: finite(approach.extreme),
                extreme_at_ns: approach.extreme_at.as_nanos(),
                threshold: finite(approach.threshold),
                longest_dwell_ns: approach.longest_dwell.as_nanos(),
                delay_ns: approach.delay.as_nanos(),
                evidence: approach.evidence.name().to_owned(),
            },
            EventKind::Interrupted { current, clamp_energy, clamp_rating } => Self::Interrupted {
                subject,
                current_a: finite(current.0),
                clamp_energy_j: finite(clamp_energy.0),
                clamp_rating_j: finite(clamp_rating.0),
            },
            EventKind::FuseMelted { current } => {
                Self::FuseMelted { subject, current_a: finite(current.0) }
            }
            EventKind::GapEnded { lasted, rode_through } => {
                Self::GapEnded { subject, lasted_ns: lasted.as_nanos(), rode_through }
            }
            EventKind::GapOpen { lasted, rode_through } => {
                Self::GapOpen { subject, lasted_ns: lasted.as_nanos(), rode_through }
            }
            EventKind::SourcesParallel => Self::SourcesParallel { subject },
            EventKind::ContactWelded { current } => {
                Self::ContactWelded { subject, current_a: current.0 }
            }
            EventKind::LoadLost => Self::LoadLost { subject },
            EventKind::LoadSupplied => Self::LoadSupplied { subject },
            EventKind::FaultEnded { fault, reading, count } => {
                Self::FaultEnded { subject, fault, reading, count }
            }
            EventKind::DutLost { reason } => Self::DutLost { subject, reason },
            EventKind::DutSilent { what } => Self::DutSilent { subject, what },
            EventKind::ChipNote { text } => Self::ChipNote { subject, text },
            EventKind::NotModelled { what } => Self::NotModelled { subject, what },
            EventKind::DutLog { text } => Self::DutLog { subject, text },
        }
    }
}

impl EventRow {
    /// The event of this row; the error names the word that is unknown.
    pub(super) fn decode(self, at: SimTime) -> Result<Decoded, String> {
        let (subject, kind) = match self {
            Self::Stimulus { subject, what } => (subject, EventKind::Stimulus { what }),
            Self::Command { subject, name, value } => {
                (subject, EventKind::Command { name, value: number(value) })
            }
            Self::State { subject, signal, from, to } => {
                (subject, EventKind::State { signal, from, to })
            }
            Self::Trip {
                subject,
                protection,
                value,
                extreme,
                threshold,
                delay_ns,
                since_ns,
                cause,
                because,
                evidence,
            } => {
                let trip = Trip {
                    protection: one_of(&Protection::ALL, Protection::name, &protection)?,
                    value,
                    extreme,
                    threshold,
                    delay: delay_ns.map(SimTime::from_nanos),
                    since: since_ns.map(SimTime::from_nanos),
                    cause: one_of(&Cause::ALL, Cause::name, &cause)?,
                    because,
                    evidence: one_of(EVIDENCES, Evidence::name, &evidence)?,
                };
                (subject, EventKind::Trip(trip))
            }
            Self::Approach {
                subject,
                protection,
                extreme,
                extreme_at_ns,
                threshold,
                longest_dwell_ns,
                delay_ns,
                evidence,
            } => {
                let approach = Approach {
                    protection: one_of(&Protection::ALL, Protection::name, &protection)?,
                    extreme: number(extreme),
                    extreme_at: SimTime::from_nanos(extreme_at_ns),
                    threshold: number(threshold),
                    longest_dwell: SimTime::from_nanos(longest_dwell_ns),
                    delay: SimTime::from_nanos(delay_ns),
                    evidence: one_of(EVIDENCES, Evidence::name, &evidence)?,
                };
                (subject, EventKind::Approach(approach))
            }
            Self::Interrupted { subject, current_a, clamp_energy_j, clamp_rating_j } => {
                let kind = EventKind::Interrupted {
                    current: Amperes(number(current_a)),
                    clamp_energy: Joules(number(clamp_energy_j)),
                    clamp_rating: Joules(number(clamp_rating_j)),
                };
                (subject, kind)
            }
            Self::FuseMelted { subject, current_a } => {
                (subject, EventKind::FuseMelted { current: Amperes(number(current_a)) })
            }
            Self::GapEnded { subject, lasted_ns, rode_through } => {
                let lasted = SimTime::from_nanos(lasted_ns);
                (subject, EventKind::GapEnded { lasted, rode_through })
            }
            Self::GapOpen { subject, lasted_ns, rode_through } => {
                let lasted = SimTime::from_nanos(lasted_ns);
                (subject, EventKind::GapOpen { lasted, rode_through })
            }
            Self::SourcesParallel { subject } => (subject, EventKind::SourcesParallel),
            Self::ContactWelded { subject, current_a } => {
                (subject, EventKind::ContactWelded { current: Amperes(current_a) })
            }
            Self::LoadLost { subject } => (subject, EventKind::LoadLost),
            Self::LoadSupplied { subject } => (subject, EventKind::LoadSupplied),
            Self::FaultEnded { subject, fault, reading, count } => {
                (subject, EventKind::FaultEnded { fault, reading, count })
            }
            Self::DutLost { subject, reason } => (subject, EventKind::DutLost { reason }),
            Self::DutSilent { subject, what } => (subject, EventKind::DutSilent { what }),
            Self::ChipNote { subject, text } => (subject, EventKind::ChipNote { text }),
            Self::NotModelled { subject, what } => (subject, EventKind::NotModelled { what }),
            Self::DutLog { subject, text } => (subject, EventKind::DutLog { text }),
            Self::EndOfRun { digest } => return parse_digest(&digest).map(Decoded::End),
        };
        Ok(Decoded::Event(Event { at, subject, kind }))
    }
}

const EVIDENCES: &[Evidence] = &[Evidence::Dut, Evidence::DutSettingsOnModel, Evidence::ModelOnly];

/// The variant with this name.
fn one_of<T: Copy>(all: &[T], name: fn(T) -> &'static str, found: &str) -> Result<T, String> {
    all.iter()
        .copied()
        .find(|&one| name(one) == found)
        .ok_or_else(|| format!("unknown word `{found}`"))
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn number(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

fn parse_digest(text: &str) -> Result<Digest, String> {
    let malformed = || format!("`{text}` is no digest");
    let mut digest = [0; 32];
    if text.len() != 2 * digest.len() || !text.is_ascii() {
        return Err(malformed());
    }
    for (i, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| malformed())?;
    }
    Ok(Digest(digest))
}
