//! A pseudo-terminal for somebody else to open, by the path that the system gave it.

use std::path::PathBuf;

use blackstart_link::PseudoPort;

/// The bench's end, and the path of the other one. The name between them is gone: programs that expect a
/// device of the system follow no link.
pub fn pseudo_line() -> (PseudoPort, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("line");
    let port = PseudoPort::create(&name).unwrap();
    let path = name.canonicalize().unwrap();
    (port, path)
}
