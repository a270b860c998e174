//! The colours of a figure: distinguished with any kind of colour vision, legible on white.
//!
//! The hues are those of Okabe and Ito, "Color Universal Design" (2008); the tints under text and
//! shading are the same hues mixed with white. Red belongs to trips alone.

/// An opaque colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour(pub u8, pub u8, pub u8);

pub(crate) const WHITE: Colour = Colour(0xff, 0xff, 0xff);
pub(crate) const INK: Colour = Colour(0x22, 0x22, 0x22);
pub(crate) const MUTED: Colour = Colour(0x66, 0x66, 0x66);
pub(crate) const FRAME: Colour = Colour(0x88, 0x88, 0x88);
pub(crate) const GRID: Colour = Colour(0xe4, 0xe4, 0xe4);
pub(crate) const STIMULUS: Colour = Colour(0x70, 0x70, 0x70);
pub(crate) const TRIP: Colour = Colour(0xc0, 0x14, 0x2b);
pub(crate) const DELAY_SHADE: Colour = Colour(0xf8, 0xe0, 0xe2);

/// Curves in one panel, in this order, then from the beginning.
pub(crate) const CURVES: [Colour; 6] = [
    Colour(0x00, 0x72, 0xb2),
    Colour(0xe6, 0x9f, 0x00),
    Colour(0x00, 0x9e, 0x73),
    Colour(0xcc, 0x79, 0xa7),
    Colour(0x56, 0xb4, 0xe9),
    Colour(0x55, 0x55, 0x55),
];

/// Percentages on the right-hand axis, the state of charge first.
pub(crate) const PERCENTAGES: [Colour; 3] =
    [Colour(0x8a, 0x5a, 0x00), Colour(0xcc, 0x79, 0xa7), Colour(0x55, 0x55, 0x55)];

/// Background of the title's badge.
pub(crate) fn of_outcome(outcome: &str) -> Colour {
    match outcome {
        "pass" => Colour(0x00, 0x7d, 0x5a),
        "fail" => TRIP,
        "inconclusive" => Colour(0xa8, 0x6c, 0x00),
        _ => Colour(0x55, 0x55, 0x55),
    }
}

/// What a state's name says, as far as colour is concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tone {
    Fault,
    Moving,
    Off,
    On,
    Healthy,
}

/// Beginnings of the words in a state's name; the first tone that has one decides.
const TONES: [(Tone, &[&str]); 5] = [
    (
        Tone::Fault,
        &[
            "scd", "ocd", "uvp", "cuv", "trip", "fault", "latch", "melt", "blown", "lost", "fail",
            "err", "damage", "lock", "shutdown", "low",
        ],
    ),
    (
        Tone::Moving,
        &[
            "prech", "start", "pair", "wait", "closing", "opening", "retry", "retries", "pause",
            "soft", "house",
        ],
    ),
    (Tone::Off, &["open", "off", "no", "not", "idle", "un", "stand", "empty", "disconnected"]),
    (
        Tone::On,
        &["closed", "on", "run", "invert", "suppl", "yes", "active", "connected", "discharg"],
    ),
    (Tone::Healthy, &["ok", "intact", "whole", "good", "up", "normal", "present"]),
];

/// Background of a state's bar, under dark text.
pub(crate) fn of_state(name: &str) -> Colour {
    let words = || name.split(|c: char| !c.is_alphanumeric());
    let has =
        |starts: &[&str]| words().any(|word| starts.iter().any(|start| word.starts_with(start)));
    let tone = TONES.iter().find(|(_, starts)| has(starts)).map(|&(tone, _)| tone);
    match tone {
        Some(Tone::Fault) => Colour(0xf0, 0x9a, 0x7a),
        Some(Tone::Moving) => Colour(0xf5, 0xd4, 0x82),
        Some(Tone::Off) => Colour(0xdd, 0xdd, 0xdd),
        Some(Tone::On) => Colour(0x9a, 0xcd, 0xee),
        Some(Tone::Healthy) => Colour(0xd3, 0xe9, 0xe0),
        None => Colour(0xe2, 0xd2, 0xe4),
    }
}
