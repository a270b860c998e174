//! Which serial ports this machine has.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

/// Where Linux puts ports that can be plugged in, by their kernel's name.
const DEVICES: &str = "/dev";
/// How the names of such ports begin: USB to serial, and USB's own class.
const PLUGGABLE: [&str; 2] = ["ttyUSB", "ttyACM"];
/// Where it names them by maker and serial number, the same at each plugging in.
const BY_ID: &str = "/dev/serial/by-id";

/// One serial port.
#[derive(Debug)]
pub struct SerialPort {
    /// Its path: by maker and serial number, where there is one.
    pub path: PathBuf,
    /// Why it cannot be opened by this user.
    pub unusable: Option<io::Error>,
}

/// The serial ports that were plugged in, by path. A port that is built in cannot be distinguished from one that the
/// chipset has and the board does not: those are left out, and can be used all the same.
pub fn serial_ports() -> Vec<SerialPort> {
    let named = entries(Path::new(BY_ID));
    let known: Vec<PathBuf> = named.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let is_pluggable = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| PLUGGABLE.iter().any(|start| name.starts_with(start)))
    };
    let others = entries(Path::new(DEVICES)).into_iter();
    let others = others.filter(|path| is_pluggable(path) && !known.contains(path));
    let mut paths: Vec<PathBuf> = named.iter().cloned().chain(others).collect();
    paths.retain(|path| fs::metadata(path).is_ok_and(|file| file.file_type().is_char_device()));
    paths.sort();
    let port = |path: PathBuf| {
        let denied = access(&path, AccessFlags::R_OK | AccessFlags::W_OK).err();
        SerialPort { path, unusable: denied.map(io::Error::from) }
    };
    paths.into_iter().map(port).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
