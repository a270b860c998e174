//! The ranges of values that make sense for a parameter.

use blackstart_limits::PARAMETER;

/// Most cells in series.
pub const MAX_CELLS: f64 = 1024.0;

/// Which values a parameter may have, in the unit of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterRange {
    /// Above 0.
    Positive,
    /// 0 or above.
    NotNegative,
    /// 0 to 100 %.
    Share,
    /// Above 0, up to 100 %.
    Efficiency,
    /// Above 0, up to 50 %.
    Reserve,
    /// A state of charge: −20 to 110 %.
    Charge,
    /// A whole number from 1 to 1024.
    Count,
    /// 0 or 1.
    Flag,
    /// −50 to 50 %.
    Error,
    /// Any number.
    Any,
    /// Above 0, up to 1.
    Factor,
    /// 1 or more.
    Multiple,
    /// 1, 2 or 3.
    Priority,
    /// A state of charge at which a phase is shed: 10 to 100 % (ALPHA-17).
    ShedCharge,
    /// Where the step between the plateaus of LFP may lie: 45 to 90 %.
    Plateau,
    /// A temperature that equipment meets, in °C: −40 to 85.
    Ambient,
}

impl ParameterRange {
    /// Whether a value, in the unit of its key, is within the range.
    pub fn contains(self, value: f64) -> bool {
        value.abs() <= PARAMETER as f64 && self.holds(value)
    }

    fn holds(self, value: f64) -> bool {
        match self {
            Self::Positive => value > 0.0,
            Self::NotNegative => value >= 0.0,
            Self::Share => (0.0..=100.0).contains(&value),
            Self::Efficiency => value > 0.0 && value <= 100.0,
            Self::Reserve => value > 0.0 && value <= 50.0,
            Self::Charge => (-20.0..=110.0).contains(&value),
            Self::Count => (1.0..=MAX_CELLS).contains(&value) && value.fract() == 0.0,
            Self::Flag => value == 0.0 || value == 1.0,
            Self::Error => (-50.0..=50.0).contains(&value),
            Self::Any => true,
            Self::Factor => value > 0.0 && value <= 1.0,
            Self::Multiple => value >= 1.0,
            Self::Priority => [1.0, 2.0, 3.0].contains(&value),
            Self::ShedCharge => (10.0..=100.0).contains(&value),
            Self::Plateau => (45.0..=90.0).contains(&value),
            Self::Ambient => (-40.0..=85.0).contains(&value),
        }
    }

    /// What is expected, in words.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Positive => "more than 0",
            Self::NotNegative => "0 or more",
            Self::Share => "0 to 100",
            Self::Efficiency => "more than 0, up to 100",
            Self::Reserve => "more than 0, up to 50",
            Self::Charge => "-20 to 110",
            Self::Count => "a whole number from 1 to 1024",
            Self::Flag => "0 or 1",
            Self::Error => "-50 to 50",
            Self::Any => "any number",
            Self::Factor => "more than 0, up to 1",
            Self::Multiple => "1 or more",
            Self::Priority => "1, 2 or 3",
            Self::ShedCharge => "10 to 100",
            Self::Plateau => "45 to 90",
            Self::Ambient => "-40 to 85",
        }
    }
}
