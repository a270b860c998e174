//! Reading files that a stranger may have written.
//!
//! Everything that Blackstart reads goes through here: a pipe would wait for somebody to write, a
//! device would give bytes without end, and a file may grow while it is read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

/// Opens a regular file, never waiting.
///
/// # Errors
/// If it cannot be opened, or is a pipe, a socket, a device or a folder.
pub fn open(path: &Path) -> io::Result<File> {
    // Looked at before it is opened: opening a tape would wind it.
    regular(&std::fs::metadata(path)?)?;
    // And afterwards again, without waiting for a writer: it may be another one by now.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

/// The bytes of a regular file that has no more than `most`.
///
/// # Errors
/// As [`open`]; [`io::ErrorKind::FileTooLarge`] of one that has more.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    let mut bytes = Vec::new();
    if size <= most {
        // A growing file may hold more than its metadata says.
        file.take(most + 1).read_to_end(&mut bytes)?;
    }
    let size = size.max(bytes.len() as u64);
    if size > most {
        let message = format!("it has {size} bytes, and {most} are the most");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// The same of a file in UTF-8.
///
/// # Errors
/// As [`read`]; [`io::ErrorKind::InvalidData`] of one that is no UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn regular(about: &std::fs::Metadata) -> io::Result<()> {
    if about.is_file() { Ok(()) } else { Err(io::Error::other("not a regular file")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_sockets_devices_and_folders_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, socket) = (folder.path().join("pipe"), folder.path().join("socket"));
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        let others = [Path::new("/dev/zero"), Path::new("/dev/tty"), folder.path()];
        for path in [pipe.as_path(), &socket, &link].into_iter().chain(others) {
            let error = read(path, 10).unwrap_err();
            assert_eq!(error.to_string(), "not a regular file", "{}", path.display());
        }
    }

    #[test]
    fn a_file_is_read_up_to_its_limit_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "0123456789").unwrap();
        assert_eq!(read_text(&path, 10).unwrap(), "0123456789");
        assert_eq!(read(&path, 9).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path, 9).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    /// No other file of the workspace opens one to read it, but for what is no file of the user's.
    #[test]
    fn nothing_else_reads_files() {
        /// Files of the kernel, devices that their own crate looks at first, a file of our own, and one that
        /// is added to.
        const OTHERS: [&str; 6] = [
            "cli/src/github.rs",
            "cli/src/output_lock.rs",
            "link/src/guard.rs",
            "link/src/port.rs",
            "link/src/pseudo_terminal.rs",
            "link/src/socket_can/interface.rs",
        ];
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut folders = vec![crates.clone()];
        let (mut found, mut looked_at) = (Vec::new(), 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let below = path.strip_prefix(&crates).unwrap().to_string_lossy().into_owned();
                if path.is_dir() && !below.contains("/tests") && !below.contains("/benches") {
                    folders.push(path);
                } else if below.ends_with(".rs") && !below.starts_with("limits/") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let code = text.split("#[cfg(test)]").next().unwrap();
                    looked_at += 1;
                    let words = [
                        "fs::read(",
                        "fs::read_to_string(",
                        "File::open(",
                        "File::options",
                        "OpenOptions",
                    ];
                    if words.iter().any(|word| code.contains(word))
                        && !OTHERS.contains(&below.as_str())
                    {
                        found.push(below);
                    }
                }
            }
        }
        assert!(looked_at > 200, "{looked_at}");
        assert_eq!(found, Vec::<String>::new(), "use `blackstart_limits::read`");
    }
}
