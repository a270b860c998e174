//! `rig write`: a log of frames in another format.

use std::fs::{self, File};

use blackstart_link::{CanLog, Damage};

use crate::arguments::Writing;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;

/// Reads a log and writes it anew. The file is either whole or not there.
///
/// # Errors
/// If the log cannot be read or the file not be written.
pub fn write(writing: &Writing, console: &mut Console) -> Result<Exit, Failure> {
    let damage = if writing.skip_damage { Damage::Skip } else { Damage::Refuse };
    let log =
        CanLog::read(&writing.log, writing.channel.as_deref(), damage).map_err(Failure::Log)?;
    let to = &writing.to;
    let failed = |source| Failure::Write { path: to.path.clone(), source };
    let name = to.path.file_name().unwrap_or_default().to_string_lossy();
    let part = to.path.with_file_name(format!(".{name}.part"));
    let written = File::create(&part).and_then(|mut file| log.write(&mut file, to.format, to.gzip));
    written.and_then(|()| fs::rename(&part, &to.path)).map_err(|source| {
        let _ = fs::remove_file(&part);
        failed(source)
    })?;
    let (frames, format) = (log.frames, to.format.name());
    console.result(&format!("{}  {format}, {frames} frames", to.path.display()))?;
    if log.damaged > 0 {
        console.result(&format!("  {} damaged places are left out", log.damaged))?;
    }
    Ok(Exit::Passed)
}
