//! The command line, and how to write it down again.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};

use blackstart_limits::{MUTANT_SECONDS, WALL_SECONDS};
use blackstart_scenario::Transport;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bus_argument::bus;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::filter::Filter;
use crate::log_argument::{LogTarget, log_target};

/// Simulate battery backup systems, with built-in controllers or real firmware, and judge them.
#[derive(Debug, Parser)]
#[command(name = "blackstart", version, after_help = Exit::help())]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: CliCommand,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Run scenarios; write verdict, story, plots and trace of each
    Run {
        /// What to run, and how.
        #[command(flatten)]
        campaign: Campaign,
        /// Compare with the accepted verdicts in this folder: equal is 0, new or changed is 1
        #[arg(long, value_name = "DIR")]
        accepted: Option<PathBuf>,
        /// Then run them in memory again with every guess and tolerance at its ends, on every core, as
        /// `corners` does; nothing may be plugged in
        #[arg(long, value_enum, value_name = "WHICH", conflicts_with = "rigs")]
        corners: Option<CornersWanted>,
        /// Give an amount another value, whatever the files say: its path as verdicts name it, and a number
        /// in the unit of its key, as in `sessy-1.scd_delay_us=400`; may be given more than once
        #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting, conflicts_with_all = ["accepted", "corners"])]
        settings: Vec<(String, f64)>,
        /// Write no trace
        #[arg(long)]
        no_trace: bool,
        /// Stay, and run again what rests on a file that has changed, until interrupted
        #[arg(long, conflicts_with = "corners")]
        watch: bool,
    },
    /// Run scenarios and make their verdicts the accepted ones
    Accept {
        /// What to run, and how.
        #[command(flatten)]
        campaign: Campaign,
        /// Where to keep them; `reports/accepted` of the project when absent
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
        /// Take those as well that did not come out as expected
        #[arg(long)]
        surprises: bool,
    },
    /// Say what changed between two builds, from the folders that two runs wrote or from accepted verdicts
    Diff {
        /// What to compare.
        #[command(flatten)]
        comparing: Comparing,
    },
    /// Make the pages of runs again from the files that they wrote, or one over another
    Page {
        /// What to make.
        #[command(flatten)]
        paging: Paging,
    },
    /// Run recorded sessions again without their devices, and say whether the verdict is the same
    Replay {
        /// What to replay.
        #[command(flatten)]
        replaying: Replaying,
    },
    /// Read scenarios, rigs, devices and everything that they name, without running them; of a system, say
    /// what is wrong with it as drawn; of a DBC file or a log of CAN frames, what is in it and what is wrong
    Check {
        /// Where the scenarios are.
        #[command(flatten)]
        selection: ScenarioSelection,
    },
    /// Move the system, device, rig and scenario files of a project in place to the newest format
    Convert {
        /// The project, a folder of such files, or one file
        #[arg(value_name = "FOLDER")]
        path: PathBuf,
    },
    /// List scenarios with their titles and the facts that they cover
    List {
        /// Where the scenarios are.
        #[command(flatten)]
        selection: ScenarioSelection,
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
        /// Print the page scenarios/README.md: folders, titles, facts and accepted verdicts
        #[arg(long, conflicts_with = "format")]
        index: bool,
    },
    /// Say which numbered facts of the documents the scenarios cover, with their accepted verdicts, and
    /// why the others are not
    Coverage {
        /// Where the scenarios are.
        #[command(flatten)]
        selection: ScenarioSelection,
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Change scenarios in one thing at a time and say which checks notice: without each event, with other
    /// numbers, with controllers that do something wrong
    Mutate {
        /// What to examine, and how.
        #[command(flatten)]
        mutating: Mutating,
    },
    /// Run scenarios again with every guess and tolerance at the ends of its range, and say which one turns
    /// which check, and where
    Corners {
        /// What to try, and how.
        #[command(flatten)]
        cornering: Cornering,
    },
    /// What this machine can be plugged into, and logs of CAN frames played to it
    Rig {
        /// What to do.
        #[command(subcommand)]
        command: RigCommand,
    },
    /// Print the JSON Schema of a kind of file, or the names of all
    Schema {
        /// `scenario`, `system`, `device`, `rig` or `facts`
        name: Option<String>,
    },
}

/// What to do with a rig.
#[derive(Debug, Subcommand)]
pub enum RigCommand {
    /// List the transports that a rig file can name: usable, or why not
    Transports {
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Send a log of CAN frames to a bus, with the log's timing; say how late each frame was, and which
    /// were not sent
    Play {
        /// What to play, and where.
        #[command(flatten)]
        playing: Playing,
    },
    /// Write a log of CAN frames in another format
    Write {
        /// What to write, and where.
        #[command(flatten)]
        writing: Writing,
    },
}

/// A log to be written in another format.
#[derive(Clone, Debug, Args)]
pub struct Writing {
    /// The log: candump, ASC, BLF, TRC, CSV or MF4, packed with gzip or not; its content says which
    #[arg(value_name = "LOG")]
    pub log: PathBuf,
    /// The file to write, in the format of its ending: .log (candump), .asc, .blf, .trc, .csv, .mf4, and .gz behind
    /// any of them
    #[arg(value_name = "FILE", value_parser = log_target)]
    pub to: LogTarget,
    /// The channel of the log that is written; all of them when absent
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,
    /// Leave out places of the log that should be frames and are none, and say how many
    #[arg(long)]
    pub skip_damage: bool,
}

/// A log to be played.
#[derive(Clone, Debug, Args)]
pub struct Playing {
    /// The log: candump, ASC, BLF, TRC, CSV or MF4, packed with gzip or not; its content says which
    #[arg(value_name = "LOG")]
    pub log: PathBuf,
    /// The bus: socketcan:INTERFACE[,fd], slcan:PORT[,KBIT/S] or slcan:HOST:PORT[,KBIT/S]
    #[arg(long, value_name = "BUS", value_parser = bus)]
    pub on: Transport,
    /// The channel of the log that is played; all of them when absent
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,
    /// Leave out places of the log that should be frames and are none, and say how many
    #[arg(long)]
    pub skip_damage: bool,
    /// How to print results
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Which scenarios.
#[derive(Clone, Debug, Args)]
pub struct ScenarioSelection {
    /// Scenario files, or folders of them; `scenarios` of the project when absent
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The project: the folder that holds scenarios/ and fixtures/; found from the first PATH upward
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

/// Which scenarios, on which bench.
#[derive(Clone, Debug, Args)]
pub struct Campaign {
    /// Where the scenarios are.
    #[command(flatten)]
    pub selection: ScenarioSelection,
    /// What is plugged in; without it every role is built in. Given more than once, every scenario
    /// runs on each, written below a folder of the rig's name
    #[arg(long = "rig", value_name = "FILE")]
    pub rigs: Vec<PathBuf>,
    /// Where to write; `reports` of the project when absent
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write the results as JUnit test cases as well
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the results in the Common Test Report Format as well
    #[arg(long, value_name = "FILE")]
    pub ctrf: Option<PathBuf>,
    /// Write what is not as expected as a code quality report of GitLab as well
    #[arg(long, value_name = "FILE")]
    pub gitlab: Option<PathBuf>,
    /// Annotate scenario files on GitHub and add to the job's summary; done anyway where GITHUB_ACTIONS is
    /// `true`
    #[arg(long)]
    pub github: bool,
    /// Run the scenarios that an expression takes, such as `folder(sessy) & !last(passed)`: docs/filters.md
    #[arg(short = 'E', long, value_name = "EXPRESSION")]
    pub filter: Option<String>,
    /// Run what did not come out as expected in the last run of the output folder, or did not end there
    #[arg(long)]
    pub failed: bool,
    /// Begin no other scenario once one has not come out as expected
    #[arg(long)]
    pub fail_fast: bool,
    /// Run each scenario so many times, and fail it where a run is not like the first, bit for bit
    #[arg(long, value_name = "N", default_value = "1")]
    pub repeat: NonZeroU32,
    /// Print all checks and trips below the line of a scenario, and every role with who plays it
    #[arg(short, long)]
    pub verbose: bool,
    /// How to print results
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Seed of every random stream, instead of each scenario's own
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Longest wall time of one run in seconds; on the realtime clock in addition to the scenario's length
    #[arg(long, value_name = "SECONDS", default_value_t = WALL_SECONDS, value_parser = clap::value_parser!(u64).range(1..))]
    pub longest_wall: u64,
    /// Draw no plots
    #[arg(long)]
    pub no_plots: bool,
    /// Make no pages
    #[arg(long)]
    pub no_page: bool,
    /// Scenarios that are run at a time; as many as the machine has threads when absent. Always one where
    /// something is plugged in that is there once: a port, a bus, anything on the realtime clock
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// Amounts that are given another value.
    #[arg(skip)]
    pub settings: Vec<(String, f64)>,
    /// Whether traces are left out.
    #[arg(skip)]
    pub no_trace: bool,
}

impl Campaign {
    /// What `--filter` and `--failed` take; nothing if all scenarios are wanted.
    ///
    /// # Errors
    /// If the expression is none.
    pub fn filter(&self) -> Result<Option<Filter>, Failure> {
        let filter = self.filter.as_deref().map(str::parse).transpose().map_err(Failure::Filter)?;
        Ok(Filter::both(filter, self.failed.then(Filter::failed)))
    }
}

/// Scenarios to be changed.
#[derive(Clone, Debug, Args)]
pub struct Mutating {
    /// Where the scenarios are.
    #[command(flatten)]
    pub selection: ScenarioSelection,
    /// End with 1 if less than this much of what could be noticed is noticed
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub at_least: Option<f64>,
    /// Examine so many of the scenarios, drawn by the seed
    #[arg(long, value_name = "N")]
    pub sample: Option<usize>,
    /// Which scenarios are drawn, and which numbers are tried where there are too many
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Threads that examine scenarios; as many as the machine has when absent
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// Longest wall time of one mutant in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = MUTANT_SECONDS, value_parser = clap::value_parser!(u64).range(1..))]
    pub longest_wall: u64,
    /// How to print results
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Scenarios whose guesses are tried.
#[derive(Clone, Debug, Args)]
pub struct Cornering {
    /// Where the scenarios are.
    #[command(flatten)]
    pub selection: ScenarioSelection,
    /// Seed of every random stream, instead of each scenario's own
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Threads that run ends; as many as the machine has when absent
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// Longest wall time of one run in seconds; one that takes longer breaks off, and counts as turned
    #[arg(long, value_name = "SECONDS", default_value_t = WALL_SECONDS, value_parser = clap::value_parser!(u64).range(1..))]
    pub longest_wall: u64,
    /// How to print results
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Which corners a run tries beyond those of its trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CornersWanted {
    /// Every guess and tolerance at its ends, in whole runs
    Full,
}

fn setting(text: &str) -> Result<(String, f64), String> {
    let expected = || "expected PATH=VALUE, such as `sessy-1.scd_delay_us=400`".to_owned();
    let (path, value) = text.split_once('=').ok_or_else(expected)?;
    let value: f64 = value.trim().parse().map_err(|_| expected())?;
    if value.is_finite() { Ok((path.trim().to_owned(), value)) } else { Err(expected()) }
}

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a number of threads, 1 or more".to_owned())
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "expected 0 to 100".to_owned())
}

/// Two runs to compare.
#[derive(Clone, Debug, Args)]
pub struct Comparing {
    /// Output folder, folder of accepted verdicts, or verdict file, of the older build
    #[arg(value_name = "A")]
    pub first: PathBuf,
    /// The same of the newer build
    #[arg(value_name = "B")]
    pub second: PathBuf,
    /// What a line is about
    #[arg(long, value_enum, default_value_t = By::Scenario)]
    pub by: By,
    /// Where to draw both waveforms of what changed; accepted verdicts have none
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How to print results
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// What a line of a comparison is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// A scenario: what moved in it
    Scenario,
    /// A field of the verdicts: in how many it moved, and by how much
    Field,
}

/// Pages to be made.
#[derive(Clone, Debug, Args)]
pub struct Paging {
    /// Output folder of a command, or the folder of one run in it
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The same of an earlier build: its curves are laid over these, and what differs is listed
    #[arg(long, value_name = "DIR")]
    pub beside: Option<PathBuf>,
    /// Leave out no sample, however large a page becomes
    #[arg(long)]
    pub whole: bool,
}

/// Sessions to replay.
#[derive(Clone, Debug, Args)]
pub struct Replaying {
    /// Output folder of a run, or a session.rec in it
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// The project with the scenarios; found from PATH upward, or from the current folder
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// How to print results
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Who reads the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One line each
    Human,
    /// JSON
    Json,
}

/// The line that runs one scenario of a campaign again.
pub fn reproduce(
    command: &str,
    scenario: &Path,
    campaign: &Campaign,
    (rig, accepted): (Option<&Path>, Option<&Path>),
    seed: u64,
) -> String {
    let mut words = vec![command.to_owned(), scenario.display().to_string()];
    let folders = [
        ("--root", campaign.selection.root.as_deref()),
        ("--rig", rig),
        ("--out", campaign.out.as_deref()),
        ("--accepted", accepted),
    ];
    for (option, path) in folders {
        words.extend(
            path.map(|path| [option.to_owned(), path.display().to_string()]).into_iter().flatten(),
        );
    }
    for (path, value) in &campaign.settings {
        words.extend(["--set".to_owned(), format!("{path}={value}")]);
    }
    if campaign.longest_wall != WALL_SECONDS {
        words.extend(["--longest-wall".to_owned(), campaign.longest_wall.to_string()]);
    }
    words.extend(["--seed".to_owned(), seed.to_string()]);
    command_line(words)
}

/// `reproduce: blackstart …`, as it can be pasted into a shell.
pub fn command_line(words: impl IntoIterator<Item = String>) -> String {
    let quoted = words.into_iter().map(|word| quote(&word));
    ["reproduce: blackstart".to_owned()].into_iter().chain(quoted).collect::<Vec<_>>().join(" ")
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if word.chars().any(char::is_control) {
        let escaped = word.chars().map(|c| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        });
        return format!("$'{}'", escaped.collect::<String>());
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_to_paste_survives_the_shell() {
        let line =
            command_line(["run", "my scenarios/it's.json", "", "--seed", "7"].map(str::to_owned));
        assert_eq!(line, r"reproduce: blackstart run 'my scenarios/it'\''s.json' '' --seed 7");
        assert_eq!(quote("it's\u{1b}[2J"), r"$'it\'s\u001b[2J'");
    }

    #[test]
    fn the_line_names_what_decides_the_run() {
        let parsed =
            Arguments::try_parse_from(["blackstart", "run", "s", "--rig", "r.json", "--no-plots"]);
        let CliCommand::Run { campaign, accepted, .. } = parsed.unwrap().command else {
            panic!("asked to run")
        };
        let line = reproduce(
            "run",
            Path::new("s/a.json"),
            &campaign,
            (campaign.rigs.first().map(PathBuf::as_path), accepted.as_deref()),
            7,
        );
        assert_eq!(line, "reproduce: blackstart run s/a.json --rig r.json --seed 7");
    }
}
