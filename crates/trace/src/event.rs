//! What happened at an instant, as opposed to what was measured.

use blackstart_roles::Protection;
use blackstart_units::{Amperes, Joules, SimTime};

/// Something that happened to one device.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: SimTime,
    /// Path of the instance, role or node it happened to (`sessy-1`, `sessy-1.bms`, `port`).
    pub subject: String,
    /// What.
    pub kind: EventKind,
}

/// The kinds of event. Texts are the field's words in kebab-case.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// The scenario did something: `start-pairing`, `short 5 mΩ`, `grid-fails`.
    Stimulus {
        /// What it did, with its numbers.
        what: String,
    },
    /// A controller's command took effect on the hardware.
    Command {
        /// The command's name without its role (`main_switch`).
        name: String,
        /// Its new value.
        value: f64,
    },
    /// A controller or device entered another state.
    State {
        /// The state signal's name without its instance (`state`).
        signal: String,
        /// The state that it left.
        from: String,
        /// The state that it entered.
        to: String,
    },
    /// A protection acted.
    Trip(Trip),
    /// How close a protection came without acting; recorded once, at the end of the run.
    Approach(Approach),
    /// A switch interrupted current.
    Interrupted {
        /// The current at the moment of opening, discharge positive.
        current: Amperes,
        /// Energy that its avalanche clamp had to take.
        clamp_energy: Joules,
        /// What the clamp is rated for.
        clamp_rating: Joules,
    },
    /// A fuse melted.
    FuseMelted {
        /// The current that melted it.
        current: Amperes,
    },
    /// A gap in a load's supply has ended. What had no supply when the run began has a gap since then.
    GapEnded {
        /// How long it was.
        lasted: SimTime,
        /// Whether the load worked through it.
        rode_through: bool,
    },
    /// A gap in a load's supply that goes on when the run ends; recorded once, then.
    GapOpen {
        /// How long it is.
        lasted: SimTime,
        /// Whether the load works so far.
        rode_through: bool,
    },
    /// Both contacts of a transfer switch are closed: its sources are connected to each other.
    SourcesParallel,
    /// A contact has welded on more than it can make or break.
    ContactWelded {
        /// RMS current.
        current: Amperes,
    },
    /// A load lost its supply.
    LoadLost,
    /// A load got its supply.
    LoadSupplied,
    /// A fault of the scenario is over: it was lifted, or the run was.
    FaultEnded {
        /// Which (`lose`, `stuck`).
        fault: String,
        /// Of which reading; none of a fault on the bus to a device.
        reading: Option<String>,
        /// Frames that it happened to, or how often a controller was shown what it changed of a reading.
        count: u64,
    },
    /// The device under test is gone: it crashed, hung up or stopped answering.
    DutLost {
        /// What was seen, with exit code or signal.
        reason: String,
    },
    /// A message of the device under test stays away, or comes again.
    DutSilent {
        /// Which, and for how long.
        what: String,
    },
    /// A chip that the bench plays has something to say: a protection of it acted, it was asked for what it
    /// does not have.
    ChipNote {
        /// In words.
        text: String,
    },
    /// A chip that the bench plays was asked for an answer that it does not have: what the device makes of it
    /// nobody can vouch for.
    NotModelled {
        /// What it was asked for.
        what: String,
    },
    /// A line that the device under test logged.
    DutLog {
        /// The text, already made printable.
        text: String,
    },
}

/// Why a protection acted, decided from the network alone. `docs/causes.md` has the borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Capacitors filling: with the switch held closed the current falls by itself.
    Inrush,
    /// Loads draw more than they do once they have started.
    Starting,
    /// With the switch held closed the current stays above the limit, drawn by loads.
    Overload,
    /// Into another battery, or out of one.
    Equalising,
    /// A charger or another source pushes it.
    Charger,
    /// A path that is neither load nor source.
    Short,
    /// The sensor showed what was not there.
    FalseReading,
    /// Another source keeps the port from following the pack's pre-charge.
    HeldByAnotherSource,
    /// A load on the far side keeps the capacitors from filling.
    LiveLoad,
    /// The cells are empty.
    Empty,
    /// A cell is low that is not empty.
    CellLow,
    /// The cells are full.
    Full,
    /// A cell is high that is not full.
    CellHigh,
    /// The cells are too hot.
    Hot,
    /// The cells are too cold.
    Cold,
    /// What it listens to said nothing for too long.
    HostSilent,
    /// Nothing decides, or there is no waveform to decide from.
    Undetermined,
}

impl Cause {
    /// All there are.
    pub const ALL: [Self; 17] = [
        Self::Inrush,
        Self::Starting,
        Self::Overload,
        Self::Equalising,
        Self::Charger,
        Self::Short,
        Self::FalseReading,
        Self::HeldByAnotherSource,
        Self::LiveLoad,
        Self::Empty,
        Self::CellLow,
        Self::Full,
        Self::CellHigh,
        Self::Hot,
        Self::Cold,
        Self::HostSilent,
        Self::Undetermined,
    ];

    /// As in files: `inrush`, `held-by-another-source`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inrush => "inrush",
            Self::Starting => "starting",
            Self::Overload => "overload",
            Self::Equalising => "equalising",
            Self::Charger => "charger",
            Self::Short => "short",
            Self::FalseReading => "false-reading",
            Self::HeldByAnotherSource => "held-by-another-source",
            Self::LiveLoad => "live-load",
            Self::Empty => "empty",
            Self::CellLow => "cell-low",
            Self::Full => "full",
            Self::CellHigh => "cell-high",
            Self::Hot => "hot",
            Self::Cold => "cold",
            Self::HostSilent => "host-silent",
            Self::Undetermined => "undetermined",
        }
    }
}

/// What a trip or margin rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// The device under test itself acted.
    Dut,
    /// Its settings acted in the simulated front end.
    DutSettingsOnModel,
    /// Simulated from end to end.
    ModelOnly,
}

impl Evidence {
    /// `dut`, `dut-settings-on-model`, `model-only`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dut => "dut",
            Self::DutSettingsOnModel => "dut-settings-on-model",
            Self::ModelOnly => "model-only",
        }
    }
}

/// One protection acting. Value and threshold are in the protection's own unit (A, V, °C or %).
#[derive(Clone, Debug, PartialEq)]
pub struct Trip {
    /// Which.
    pub protection: Protection,
    /// The quantity at the moment of the trip; `None` of a protection that guards none.
    pub value: Option<f64>,
    /// The most extreme value while the protection was beyond its threshold; where that is not known, the
    /// value at the moment of the trip.
    pub extreme: Option<f64>,
    /// The level it compares with; `None` where nobody but the device knows.
    pub threshold: Option<f64>,
    /// How long the quantity must stay beyond it; `None` likewise.
    pub delay: Option<SimTime>,
    /// When the quantity went beyond the threshold; `None` likewise.
    pub since: Option<SimTime>,
    /// Why, from the network.
    pub cause: Cause,
    /// What the cause was read from, in words and numbers.
    pub because: String,
    /// Who acted.
    pub evidence: Evidence,
}

/// The closest that a protection came without acting: a pair, because a high peak that is short
/// and a long dwell just above the threshold are different dangers.
#[derive(Clone, Debug, PartialEq)]
pub struct Approach {
    /// Which.
    pub protection: Protection,
    /// Most extreme value of the quantity.
    pub extreme: f64,
    /// When it had that value.
    pub extreme_at: SimTime,
    /// The level it compares with.
    pub threshold: f64,
    /// Longest time beyond the threshold.
    pub longest_dwell: SimTime,
    /// The delay that the dwell would have had to reach.
    pub delay: SimTime,
    /// Who would have acted.
    pub evidence: Evidence,
}
