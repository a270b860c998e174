//! One command at a time writes to an output folder.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use crate::failure::Failure;

/// Name of the file that is locked.
const LOCK_FILE: &str = ".blackstart.lock";

/// A folder that nobody else writes to, for as long as this lives. The kernel lets go of it when the
/// process ends, however that happens; the file stays, which is no matter.
#[derive(Debug)]
pub struct OutputLock {
    _file: File,
}

impl OutputLock {
    /// Takes a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If another command has it, or it cannot be written.
    pub fn take(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(LOCK_FILE);
        let failed = |source| Failure::Write { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        if fs::symlink_metadata(&path).is_ok_and(|there| !there.is_file()) {
            return Err(failed(std::io::Error::other("not a regular file")));
        }
        let options = File::options().read(true).write(true).create(true).truncate(false).clone();
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.take(32).read_to_string(&mut text);
                let process = text.trim().parse().ok();
                return Err(Failure::Taken { folder: folder.to_owned(), process });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // For whoever comes second.
        let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(failed)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_hears_who_came_first_and_the_next_may_write() {
        let folder = tempfile::tempdir().unwrap();
        let first = OutputLock::take(folder.path()).unwrap();
        let refused = OutputLock::take(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("(process {})", std::process::id())), "{refused}");
        drop(first);
        OutputLock::take(folder.path()).unwrap();
    }
}
