//! A pseudo-terminal that passes bytes as they are.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;

use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::termios::{OutputFlags, SetArg, cfmakeraw, tcgetattr, tcsetattr};

/// Both ends: the bench's, which never blocks and is not inherited by children, and the device's.
pub(crate) fn open() -> io::Result<(PtyMaster, File)> {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
    let bench_end = posix_openpt(flags)?;
    grantpt(&bench_end)?;
    unlockpt(&bench_end)?;
    let device_end = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlag::O_NOCTTY.bits())
        .open(ptsname_r(&bench_end)?)?;
    // Before anybody writes: a line that still echoed would send the device its own answers.
    let mut settings = tcgetattr(&device_end)?;
    cfmakeraw(&mut settings);
    // A device that switches output processing on again (QEMU does) must not find newlines translated.
    settings.output_flags = OutputFlags::empty();
    tcsetattr(&device_end, SetArg::TCSANOW, &settings)?;
    Ok((bench_end, device_end))
}
