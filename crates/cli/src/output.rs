//! Files that are either whole or not there: written under another name, then renamed.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::failure::Failure;

/// Writes a file, and the folders above it.
///
/// # Errors
/// If the system refuses.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |source| Failure::Write { path: path.to_owned(), source };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.part"));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, path)).map_err(failed)
}

/// Removes what an earlier run left.
///
/// # Errors
/// If it is there and stays.
pub fn remove_stale(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(source) if path.exists() => Err(Failure::Write { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}

/// The folder of a scenario below another one. Whatever the name says, it stays below.
pub fn folder_of(parent: &Path, scenario: &str) -> PathBuf {
    let parts =
        Path::new(scenario).components().filter(|part| matches!(part, Component::Normal(_)));
    parent.join(parts.collect::<PathBuf>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/verdict.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_scenario_cannot_write_outside_its_folder() {
        assert_eq!(folder_of(Path::new("reports"), "../../etc/x"), Path::new("reports/etc/x"));
        assert_eq!(folder_of(Path::new("reports"), "/etc/x"), Path::new("reports/etc/x"));
    }
}
