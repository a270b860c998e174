//! Nothing that a device started outlives it.

use std::fs::{File, OpenOptions};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use blackstart_link::{LinkErrorKind, Process, Session};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::kill;
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};

use crate::pins::offer;
use crate::speech::{frames, introduction, print, shell};

const PATIENCE: Duration = Duration::from_secs(10);

/// A pipe that a descendant of the device holds open for as long as it lives.
struct LifeLine {
    reader: File,
    _folder: tempfile::TempDir,
}

impl LifeLine {
    /// The pipe, and the shell command that starts the descendant.
    fn new() -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("life-line");
        mkfifo(&path, Mode::S_IRWXU).unwrap();
        let nonblocking = nix::fcntl::OFlag::O_NONBLOCK.bits();
        let reader = OpenOptions::new().read(true).custom_flags(nonblocking).open(&path).unwrap();
        // Opened before the descendant exists: it inherits the pipe, however soon it is killed.
        let start = format!("exec 8>'{}'; sleep 600 & exec 8>&-; ", path.display());
        (Self { reader, _folder: folder }, start)
    }

    /// Whether the descendant ends within the test's patience.
    fn is_cut(&self) -> bool {
        let mut ends = [PollFd::new(self.reader.as_fd(), PollFlags::POLLIN)];
        let patience = PollTimeout::from(PATIENCE.as_millis() as u16);
        poll(&mut ends, patience).unwrap();
        ends[0].revents().is_some_and(|seen| seen.contains(PollFlags::POLLHUP))
    }
}

fn is_known(id: u32) -> bool {
    kill(Pid::from_raw(id as i32), None) != Err(Errno::ESRCH)
}

#[test]
fn dropping_the_device_ends_it_and_its_descendants() {
    let (life_line, start_descendant) = LifeLine::new();
    let script = start_descendant + &print(&frames(&introduction())) + "wait";
    let process = shell(&script);
    let id = process.id();
    let (session, _) = Session::connect(process, PATIENCE, offer()).unwrap();
    drop(session);
    assert!(!is_known(id), "neither running nor a zombie");
    assert!(life_line.is_cut());
}

#[test]
fn a_device_that_ends_takes_its_descendants_along_though_they_hold_the_line() {
    let (life_line, start_descendant) = LifeLine::new();
    let error =
        Session::connect(shell(&(start_descendant + "exit 4")), PATIENCE, offer()).err().unwrap();
    assert!(matches!(error.kind, LinkErrorKind::Exited { code: 4 }), "{error}");
    assert!(life_line.is_cut());
}

#[test]
fn a_farewell_ends_also_a_device_that_ignores_it() {
    let script =
        "trap '' HUP INT TERM; ".to_owned() + &print(&frames(&introduction())) + "exec sleep 600";
    let process = shell(&script);
    let id = process.id();
    let (session, _) = Session::connect(process, PATIENCE, offer()).unwrap();
    session.finish();
    assert!(!is_known(id));
}

#[test]
fn a_device_that_was_never_spoken_to_is_ended_as_well() {
    let command = ["/bin/sleep", "600"].map(str::to_owned);
    let process = Process::start(&command, Path::new("/")).unwrap();
    let id = process.id();
    assert!(is_known(id));
    drop(process);
    assert!(!is_known(id));
}
