//! The 0x351-family BMS protocol: what its DBC files (`fixtures/dbc/`) cannot hold.
//!
//! A BMS tells an inverter over CAN what it may do: limits (0x351), charge (0x355), measurements
//! (0x356), alarms (0x359 or 0x35A). Frames and scales are in the DBC files; here is who must send what
//! how often, and what the other side does when it does not come or is nonsense. The makers' documents
//! disagree with each other; each fact names its source.
//!
//! Left out: the maker's own extensions, and everything that is said in no public document.

use blackstart_units::SimTime;

/// Bit/s on the bus of every dialect.
pub const BIT_RATE: u32 = 500_000;
/// Identifier of the limits.
pub const LIMITS: u32 = 0x351;
/// Identifier of the state of charge.
pub const STATE_OF_CHARGE: u32 = 0x355;
/// Identifier of the measurements.
pub const MEASUREMENTS: u32 = 0x356;
/// Identifier of Pylontech's flags.
pub const FLAGS: u32 = 0x359;
/// Identifier of the alarms of two bits each.
pub const ALARMS: u32 = 0x35A;
/// Identifier of Pylontech's requests.
pub const REQUESTS: u32 = 0x35C;
/// Identifier of the inverter's answer to a Pylontech BMS, and of SMA's own measurements.
pub const INVERTER_ANSWER: u32 = 0x305;

/// "No value" in a signed field of 16 bits (SMA FSS-ConnectingBat-TI-en-10).
pub const NO_VALUE_SIGNED: i16 = i16::MIN;
/// "No value" in an unsigned field of 16 bits (same).
pub const NO_VALUE_UNSIGNED: u16 = u16::MAX;
/// An alarm of two bits: it is raised (MG EN-8000, SMA).
pub const RAISED: u8 = 1;
/// An alarm of two bits: it is cleared (same).
pub const CLEARED: u8 = 2;

/// State of charge, in percent, from below which to which a Pylontech BMS asks for forced charge I (V1.2,
/// US2000B-Plus; 15 to 19 for the US2000B).
pub const FORCE_CHARGE_1_PCT: (f64, f64) = (5.0, 10.0);
/// The same for forced charge II (V1.2).
pub const FORCE_CHARGE_2_PCT: (f64, f64) = (9.0, 13.0);
/// A Pylontech BMS asks for a full charge when its state of charge was never above this, in percent, …
/// (V1.2)
pub const FULL_CHARGE_PCT: f64 = 97.0;
/// … for so long (V1.2: 30 days).
pub const FULL_CHARGE_AFTER: SimTime = SimTime::from_whole_seconds(30 * 24 * 3_600);

/// What one side does when a message does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnSilence {
    /// The inverter stops charging and discharging.
    StopBoth,
    /// The inverter goes to stand-by with this error.
    StandBy(&'static str),
    /// The inverter shows this warning.
    Warn(&'static str),
    /// The BMS holds the link for down, and pauses its own messages for so long.
    Pause(SimTime),
}

/// A message that must not stay out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BmsSupervision {
    /// Its identifier.
    pub id: u32,
    /// How long it may stay out.
    pub after: SimTime,
    /// What happens then.
    pub effect: OnSilence,
    /// Who says so.
    pub source: &'static str,
}

/// What the inverter does with limits that make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnNonsense {
    /// A charge voltage of 0 is taken for over-voltage.
    ZeroIsOverVoltage,
    /// Values out of range are ignored, the last good ones hold until the time-out.
    KeepsLastGood,
    /// Nobody says.
    Unknown,
}

/// How one maker speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Its name, also that of its DBC file.
    pub name: &'static str,
    /// Messages that a BMS sends, all with the same period.
    pub sends: &'static [u32],
    /// That period.
    pub period: SimTime,
    /// Who gives the period.
    pub period_source: &'static str,
    /// Least time between two frames of one message, if there is one.
    pub at_least_apart: Option<SimTime>,
    /// Period of the inverter's answer on [`INVERTER_ANSWER`], if the BMS expects one.
    pub answer_period: Option<SimTime>,
    /// What must not stay out.
    pub supervised: &'static [BmsSupervision],
    /// What the inverter does with limits that make no sense.
    pub nonsense: OnNonsense,
}

/// Towards a Victron system.
pub const VICTRON: Dialect = Dialect {
    name: "victron",
    sends: &[LIMITS, STATE_OF_CHARGE, MEASUREMENTS, ALARMS, 0x35E, 0x35F],
    period: SimTime::from_millis(500),
    period_source: "MG Energy Systems EN-8000",
    at_least_apart: None,
    answer_period: None,
    supervised: &[BmsSupervision {
        id: LIMITS,
        after: SimTime::from_whole_seconds(3),
        effect: OnSilence::StopBoth,
        source: "diyBMSv4ESP32, a note in its code",
    }],
    nonsense: OnNonsense::ZeroIsOverVoltage,
};

/// As a Pylontech battery speaks.
pub const PYLONTECH: Dialect = Dialect {
    name: "pylontech",
    sends: &[LIMITS, STATE_OF_CHARGE, MEASUREMENTS, FLAGS, REQUESTS, 0x35E],
    period: SimTime::from_whole_seconds(1),
    period_source: "Pylon LV V1.2",
    at_least_apart: None,
    answer_period: Some(SimTime::from_whole_seconds(1)),
    supervised: &[BmsSupervision {
        id: INVERTER_ANSWER,
        after: SimTime::from_whole_seconds(5),
        effect: OnSilence::Pause(SimTime::from_whole_seconds(30)),
        source: "esphome-yambms at e6bfef6",
    }],
    nonsense: OnNonsense::Unknown,
};

/// Towards an SMA Sunny Island.
pub const SMA: Dialect = Dialect {
    name: "sma",
    sends: &[LIMITS, STATE_OF_CHARGE, MEASUREMENTS, ALARMS, 0x35E, 0x35F],
    period: SimTime::from_millis(500),
    period_source: "a guess within 200 ms and 60 s",
    // Another public mapping wants 100 ms.
    at_least_apart: Some(SimTime::from_millis(200)),
    answer_period: None,
    supervised: &[
        BmsSupervision {
            id: STATE_OF_CHARGE,
            after: SimTime::from_whole_seconds(60),
            effect: OnSilence::StandBy("F952"),
            source: "SMA FSS-ConnectingBat-TI-en-10",
        },
        BmsSupervision {
            id: LIMITS,
            after: SimTime::from_whole_seconds(60),
            effect: OnSilence::Warn("W952"),
            source: "SMA FSS-ConnectingBat-TI-en-10",
        },
    ],
    nonsense: OnNonsense::KeepsLastGood,
};

/// Every dialect.
pub const DIALECTS: [Dialect; 3] = [VICTRON, PYLONTECH, SMA];

/// The dialect with this name.
pub fn dialect(name: &str) -> Option<Dialect> {
    DIALECTS.into_iter().find(|dialect| dialect.name == name)
}
