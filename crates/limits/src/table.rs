//! The limits, each with its unit and what happens beyond it.

use std::time::Duration;

/// One limit, as it stands in the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Name of the constant.
    pub name: &'static str,
    /// What is limited.
    pub what: &'static str,
    /// The most that there may be.
    pub most: u64,
    /// Its unit.
    pub unit: &'static str,
    /// What happens beyond it.
    pub beyond: &'static str,
}

macro_rules! limits {
    ($($(#[doc = $what:literal])+ $name:ident: $type:ty = $most:expr, $unit:literal, $beyond:literal;)*) => {
        $($(#[doc = $what])+ pub const $name: $type = $most;)*

        /// Every limit.
        pub const ALL: &[Limit] = &[$(Limit {
            name: stringify!($name),
            what: concat!($($what),+),
            most: $name as u64,
            unit: $unit,
            beyond: $beyond,
        },)*];
    };
}

limits! {
    /// Size of a scenario, system, device, rig, facts or profile file, of an accepted verdict
    FILE_BYTES: u64 = 16 << 20, "bytes", "it is refused: `scenario/too-large`";
    /// Nesting of objects and arrays in such a file
    NESTING: usize = 64, "levels", "it is refused: `scenario/too-deep`";
    /// Size of a log of CAN frames
    CAN_LOG_BYTES: u64 = 1 << 29, "bytes", "it is refused";
    /// Size of a program of a device whose digest is noted
    PROGRAM_BYTES: u64 = 1 << 30, "bytes", "its digest is left out";
    /// Folders below each other that are looked into
    FOLDERS: usize = 32, "levels", "what lies deeper is not found";
    /// Symbolic links to folders that are followed in one search
    LINKS_FOLLOWED: usize = 64, "links", "the search is refused: `scenario/too-many`";
    /// Files that one search looks at
    FILES_FOUND: usize = 100_000, "files", "the search is refused: `scenario/too-many`";
    /// Mistakes of one command that are shown
    MISTAKES_SHOWN: usize = 50, "mistakes", "the rest is counted";
    /// Length of a line of a file that is quoted
    QUOTED_LINE: usize = 160, "characters", "it is quoted in part, around the mistake";
    /// Lines of a file that are quoted for one mistake
    QUOTED_LINES: usize = 12, "lines", "the first is quoted alone";
    /// Length of a message, a hint or a name that is shown
    SHOWN_TEXT: usize = 1_000, "characters", "it is cut, with the number of characters left out";
    /// A parameter of a device, of either sign
    PARAMETER: u64 = 1_000_000_000_000, "of its unit", "it is refused: `scenario/out-of-range`";
    /// Events of a scenario, profiles and ends of faults among them
    EVENTS: usize = 20_000, "events", "the scenario is refused: `scenario/too-many`";
    /// Ticks of a run at one instant of simulated time
    TICKS_AT_ONCE: u32 = 10_000, "ticks", "the run breaks off: 3 where a device keeps it there, else 70";
    /// Steps of the solver in a row that are as short as a step can be, a nanosecond
    SHORTEST_STEPS: u32 = 100_000, "steps", "the run breaks off with the name of what moves: 2";
    /// Wall time of a run, unless `--longest-wall` says otherwise; on the realtime clock in addition to its length
    WALL_SECONDS: u64 = 3_600, "seconds", "the run breaks off: 2";
    /// Wall time of a mutant, unless `--longest-wall` says otherwise
    MUTANT_SECONDS: u64 = 10, "seconds", "it counts as noticed, by an error with its name";
    /// Numbers of devices that are changed for one scenario, besides those of its facts
    NUMBERS_TRIED: usize = 60, "numbers", "every second, third, … is tried, and the rest is counted";
    /// Samples of all signals of a run
    TRACE_SAMPLES: u64 = 24_000_000, "samples", "the run breaks off: 2";
    /// Events that a run records
    TRACE_EVENTS: usize = 500_000, "events", "the run breaks off: 2";
    /// Size of a trace file that is read
    TRACE_BYTES: u64 = 1 << 30, "bytes", "it is refused";
    /// Size of a recorded session
    RECORDING_BYTES: u64 = 1 << 28, "bytes", "it ends there and can be replayed up to there";
    /// Size of `bus.log`, and of `lines.txt`, of a run
    TRAFFIC_BYTES: u64 = 1 << 28, "bytes", "it ends there with a whole line";
    /// What a device may send at one barrier, in a second of its own clock, or before it has introduced itself
    BARRIER_BYTES: usize = 1 << 20, "bytes", "the device is lost: it flooded the line";
    /// The same in messages
    BARRIER_MESSAGES: u64 = 10_000, "messages", "the device is lost: it flooded the line";
    /// Barriers of one device in a second of simulated time
    BARRIERS_PER_SECOND: u32 = 20_000, "barriers", "the device is lost: it never rests";
    /// Changed commands and lines of a log that one device may give in a run
    DEVICE_EVENTS: u64 = 300_000, "commands and lines", "the device is lost: it has said too much";
    /// The end of what a device wrote to its error channel
    LAST_WORDS: usize = 4_096, "bytes", "what came before is forgotten";
    /// Scenarios that `run` keeps in memory from the reading of all to the run of each
    SCENARIOS_HELD: usize = 64, "scenarios", "the others are read again when their turn comes";
    /// Time in which SIGTERM, SIGHUP or a second SIGINT ends the command
    END_MILLIS: u64 = 1_000, "milliseconds", "the rest is left as it is, and no device stays";
}

/// [`WALL_SECONDS`] as a duration.
pub const WALL: Duration = Duration::from_secs(WALL_SECONDS);

#[cfg(test)]
mod tests {
    use super::*;

    fn row(limit: &Limit) -> String {
        let Limit { name, what, most, unit, beyond } = limit;
        format!("| `{name}` | {} | {most} {unit} | {beyond} |", what.trim())
    }

    #[test]
    fn the_documented_limits_are_the_limits() {
        let page = include_str!("../../../docs/limits.md");
        let documented: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let expected: Vec<String> = ALL.iter().map(row).collect();
        assert_eq!(documented, expected, "\n{}", expected.join("\n"));
    }
}
