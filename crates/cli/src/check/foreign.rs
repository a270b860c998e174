//! Files that others wrote: DBC files, and logs of frames.

use std::io::Read as _;
use std::path::Path;

use blackstart_limits::MISTAKES_SHOWN;
use blackstart_link::{CanLog, Damage};
use blackstart_wire::can::LogFormat;
use blackstart_wire::dbc::{self, Concern, Mistake, ParsedDatabase, Severity};

use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;

/// Endings of files that others write. A log may have any other as well.
const ENDINGS: [&str; 9] = ["dbc", "log", "asc", "blf", "trc", "csv", "mf4", "mdf", "gz"];

/// Whether a path is a DBC file or a log, or is called so.
pub fn is_foreign(path: &Path) -> bool {
    let is_called = |ending: &str| ENDINGS.iter().any(|one| one.eq_ignore_ascii_case(ending));
    let ending = path.extension().and_then(|ending| ending.to_str());
    if !path.is_file() || ending.is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        return false;
    }
    ending.is_some_and(is_called) || begins_as_a_log(path)
}

fn begins_as_a_log(path: &Path) -> bool {
    let mut head = Vec::new();
    let most = LogFormat::HEAD_BYTES as u64;
    let read =
        blackstart_limits::open(path).and_then(|file| file.take(most).read_to_end(&mut head));
    read.is_ok() && LogFormat::of(&head).is_ok()
}

/// Says what is in a file and what is wrong with it. [`Exit::Failed`] where part of it cannot be used.
///
/// # Errors
/// If nothing of it can.
pub fn check(path: &Path, console: &mut Console) -> Result<Exit, Failure> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("dbc")) {
        return check_dbc(path, console);
    }
    let log = CanLog::read(path, None, Damage::Skip).map_err(Failure::Log)?;
    let name = path.display();
    let seconds = log.span().as_seconds();
    let channels = log.channels.join(", ");
    let (format, frames) = (log.format.name(), log.frames);
    console
        .result(&format!("{name}  {format}, {frames} frames in {seconds:.3} s on {channels}"))?;
    if log.unstamped > 0 {
        let line = format!("  warning  {} frames have no time: it cannot be played", log.unstamped);
        console.result(&line)?;
    }
    for mistake in &log.mistakes {
        console.result(&format!("  error    {mistake}"))?;
    }
    if let Some(more @ 1..) = log.damaged.checked_sub(log.mistakes.len() as u64) {
        console.result(&format!("  error    … and {more} more"))?;
    }
    Ok(if log.damaged > 0 { Exit::Failed } else { Exit::Passed })
}

fn check_dbc(path: &Path, console: &mut Console) -> Result<Exit, Failure> {
    let bytes = blackstart_limits::read(path, dbc::MAX_FILE_BYTES as u64)
        .map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    let ParsedDatabase { database, mistakes } = dbc::parse(&bytes);
    let spoilt = |name: &str| mistakes.iter().any(|mistake| mistake.spoils(name));
    let all = database.messages();
    let usable = all.iter().filter(|message| !spoilt(&message.name));
    let (messages, signals) =
        usable.fold((0, 0), |(messages, signals), one| (messages + 1, signals + one.signals.len()));
    let name = path.display();
    console.result(&format!("{name}  {messages} messages with {signals} signals can be used"))?;
    for mistake in mistakes.iter().take(MISTAKES_SHOWN) {
        console.result(&format!("  {}", shown(mistake)))?;
    }
    if let Some(more @ 1..) = mistakes.len().checked_sub(MISTAKES_SHOWN) {
        console.result(&format!("  … and {more} more"))?;
    }
    let is_error =
        |one: &Mistake| one.kind.severity() == Severity::Error && one.concern != Concern::Nobody;
    Ok(if mistakes.iter().any(is_error) { Exit::Failed } else { Exit::Passed })
}

/// A mistake with the message that it spoils.
fn shown(mistake: &Mistake) -> String {
    match (mistake.kind.severity(), &mistake.concern) {
        (Severity::Error, Concern::Message(name)) => format!("error    {mistake} (`{name}`)"),
        (Severity::Error, Concern::Anybody) => format!("error    {mistake} (any message)"),
        (Severity::Error | Severity::Warning, _) => format!("warning  {mistake}"),
    }
}
