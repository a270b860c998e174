//! The `blackstart` command: arguments, progress, exit codes.
//!
//! It decides nothing about batteries: it reads a command line, hands scenarios to the bench, and
//! writes down what comes back. Results go to stdout, everything for people to stderr.

mod accepted;
mod arguments;
mod bus_argument;
mod campaign;
mod check;
mod ci_reports;
mod console;
mod convert;
mod corner_table;
mod corners;
mod coverage;
mod ctrf;
mod defect;
mod diff;
mod digests;
mod error_output;
mod exit;
mod failure;
mod filter;
mod github;
mod gitlab;
mod index;
mod inspect;
mod interrupt;
mod jobs;
mod junit;
mod last_run;
mod log_argument;
mod logs;
mod mutate;
mod output;
mod output_lock;
mod pages;
mod progress;
mod project;
mod replay;
mod result;
mod rig;
mod sample;
mod verdicts;
mod watch;
mod width;

use std::env;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Campaign, CliCommand, CornersWanted, RigCommand, command_line};
use crate::campaign::Purpose;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;

fn main() -> ExitCode {
    if let Some(end) = blackstart_link::guard::serve() {
        return end;
    }
    defect::listen();
    let mut console = Console::new();
    let exit = match Arguments::try_parse() {
        Ok(arguments) => {
            let executed = defect::caught(|| execute(&arguments.command, &mut console));
            executed.unwrap_or_else(|failure| {
                console.explain(&failure);
                failure.exit()
            })
        }
        Err(question) => {
            // Help and version are answers, anything else is a complaint; who does not read either
            // hears nothing of it.
            let _ = question.print();
            if question.use_stderr() { Exit::BadInput } else { Exit::Passed }
        }
    };
    // What is not the fault of one scenario is seen again by the whole command.
    if exit != Exit::Passed && (exit == Exit::Interrupted || !console.has_reproduced()) {
        let words = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
        console.reproduce(&command_line(words));
    }
    exit.into()
}

fn execute(command: &CliCommand, console: &mut Console) -> Result<Exit, Failure> {
    match command {
        CliCommand::Run { campaign, accepted, corners, settings, no_trace, watch } => {
            let campaign =
                &Campaign { settings: settings.clone(), no_trace: *no_trace, ..campaign.clone() };
            let purpose = accepted.clone().map_or(Purpose::Judge, Purpose::Compare);
            if *watch {
                return watch::watch(campaign, &purpose, console);
            }
            let ran = campaign::run(campaign, &purpose, console)?;
            match corners {
                None => Ok(ran),
                Some(CornersWanted::Full) => corners::after(campaign, ran, console),
            }
        }
        CliCommand::Accept { campaign, to, surprises } => {
            let purpose = Purpose::Accept { to: to.clone(), surprises: *surprises };
            campaign::run(campaign, &purpose, console)
        }
        CliCommand::Diff { comparing } => diff::diff(comparing, console),
        CliCommand::Page { paging } => pages::page(paging, console),
        CliCommand::Replay { replaying } => replay::replay(replaying, console),
        CliCommand::Check { selection } => check::check(selection, console),
        CliCommand::Convert { path } => convert::convert(path, console),
        CliCommand::List { selection, index: true, .. } => index::index(selection, console),
        CliCommand::List { selection, format, .. } => inspect::list(selection, *format, console),
        CliCommand::Coverage { selection, format } => {
            coverage::coverage(selection, *format, console)
        }
        CliCommand::Mutate { mutating } => mutate::mutate(mutating, console),
        CliCommand::Corners { cornering } => corners::corners(cornering, console),
        CliCommand::Rig { command: RigCommand::Transports { format } } => {
            rig::transports(*format, console)
        }
        CliCommand::Rig { command: RigCommand::Play { playing } } => rig::play(playing, console),
        CliCommand::Rig { command: RigCommand::Write { writing } } => logs::write(writing, console),
        CliCommand::Schema { name } => inspect::schema(name.as_deref(), console),
    }
}
