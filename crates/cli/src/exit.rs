//! How the command ends. The codes are a promise to whoever scripts it: `docs/exit-codes.md` says the
//! same, and a test keeps the two equal.

use std::process::ExitCode;

/// The ends that the command can come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything is as it should be.
    Passed,
    /// A verdict is not what it should be.
    Failed,
    /// The user's input is at fault.
    BadInput,
    /// The device under test is at fault.
    NoDevice,
    /// Nothing was asked for.
    NothingLeft,
    /// Nobody can tell.
    Inconclusive,
    /// The rig is at fault, or what it is plugged into.
    NoRig,
    /// Blackstart is at fault.
    Defect,
    /// The user had enough.
    Interrupted,
}

impl Exit {
    /// All of them, in order of their codes.
    pub const ALL: [Self; 9] = [
        Self::Passed,
        Self::Failed,
        Self::BadInput,
        Self::NoDevice,
        Self::NothingLeft,
        Self::Inconclusive,
        Self::NoRig,
        Self::Defect,
        Self::Interrupted,
    ];

    /// The number that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::BadInput => 2,
            Self::NoDevice => 3,
            Self::NothingLeft => 4,
            Self::Inconclusive => 5,
            Self::NoRig => 6,
            Self::Defect => 70,
            Self::Interrupted => 130,
        }
    }

    /// What the number means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Passed => {
                "passed, failed as the scenario knows of the built-in baseline or of the system, or equal to the accepted verdict"
            }
            Self::Failed => {
                "a verdict failed, passed unexpectedly, or differs from the accepted one; too few mutants were noticed; or a guess turns a check"
            }
            Self::BadInput => "bad command line or file",
            Self::NoDevice => {
                "a device under test that never answered, or keeps a run from going on"
            }
            Self::NothingLeft => "a filter left nothing to run",
            Self::Inconclusive => "inconclusive",
            Self::NoRig => "rig at fault, or what it is plugged into",
            Self::Defect => "a defect of Blackstart",
            Self::Interrupted => "interrupted",
        }
    }

    /// Of two ends of one command the one that it reports: an interruption over 70 over 2 over 6
    /// over 3 over 1 over 5.
    pub fn or_worse(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::NothingLeft => 1,
            Self::Inconclusive => 2,
            Self::Failed => 3,
            Self::NoDevice => 4,
            Self::NoRig => 5,
            Self::BadInput => 6,
            Self::Defect => 7,
            Self::Interrupted => 8,
        }
    }

    /// The list that `--help` ends with.
    pub fn help() -> String {
        let line = |exit: Self| format!("\n  {:>3}  {}", exit.code(), exit.meaning());
        format!("Exit codes:{}", Self::ALL.map(line).concat())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_codes_are_the_codes() {
        let documented = include_str!("../../../docs/exit-codes.md");
        let rows =
            documented.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| code"));
        let expected = Exit::ALL.map(|exit| format!("| {} | {} |", exit.code(), exit.meaning()));
        assert_eq!(rows.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn of_several_ends_70_is_over_2_over_6_over_3_over_1_over_5() {
        let worst = |ends: &[Exit]| {
            ends.iter().fold(Exit::Passed, |worst, &end| worst.or_worse(end)).code()
        };
        assert_eq!(worst(&[Exit::Inconclusive, Exit::Passed]), 5);
        assert_eq!(worst(&[Exit::Failed, Exit::Inconclusive]), 1);
        assert_eq!(worst(&[Exit::Failed, Exit::NoDevice, Exit::Inconclusive]), 3);
        assert_eq!(worst(&[Exit::NoDevice, Exit::BadInput]), 2);
        assert_eq!(worst(&[Exit::NoRig, Exit::NoDevice]), 6);
        assert_eq!(worst(&[Exit::NoRig, Exit::BadInput]), 2);
        assert_eq!(worst(&[Exit::Defect, Exit::BadInput]), 70);
        assert_eq!(worst(&[Exit::Defect, Exit::Interrupted]), 130);
        assert_eq!(worst(&[Exit::Interrupted, Exit::BadInput]), 130);
    }
}
