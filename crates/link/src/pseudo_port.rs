//! A serial port of our own making: a pseudo-terminal that a client of this machine opens by a name.
//!
//! The name is a symbolic link, so that it stays the same between runs. Nobody need be there: what is
//! sent then is lost, as on a serial line without a cable, and so is what a client does not take. A
//! client may leave and come back.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{PtyMaster, ptsname_r};

use crate::error::{LinkError, LinkErrorKind};
use crate::process::{failed, left_until};
use crate::pseudo_terminal;
use crate::stream::ByteStream;

/// How often to look whether a client has come.
const LOOK_PERIOD: Duration = Duration::from_millis(20);

/// The bench's end of a pseudo-terminal with a name.
#[derive(Debug)]
pub struct PseudoPort {
    line: PtyMaster,
    name: PathBuf,
    /// What the name leads to.
    target: PathBuf,
}

impl PseudoPort {
    /// Makes a port with a name, which replaces a symbolic link that is there and nothing else.
    ///
    /// # Errors
    /// [`LinkErrorKind::NeverStarted`] when there can be no such name, or no pseudo-terminal.
    pub fn create(name: &Path) -> Result<Self, LinkError> {
        Self::try_create(name).map_err(|source| LinkError {
            device: describe(name),
            kind: LinkErrorKind::NeverStarted(source),
            last_words: String::new(),
        })
    }

    fn try_create(name: &Path) -> io::Result<Self> {
        // Closed at once: from then on the kernel says whether anybody is there.
        let (line, _) = pseudo_terminal::open()?;
        let target = PathBuf::from(ptsname_r(&line)?);
        match fs::symlink_metadata(name) {
            Ok(there) if there.is_symlink() => fs::remove_file(name)?,
            Ok(_) => {
                let message = "there is something that is no symbolic link";
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
            }
            Err(_) => {
                if let Some(folder) = name.parent() {
                    fs::create_dir_all(folder)?;
                }
            }
        }
        symlink(&target, name)?;
        Ok(Self { line, name: name.to_owned(), target })
    }

    /// Waits for any of `interest`, or for the time to pass; what is seen. Without a client nothing is.
    fn look(&self, interest: PollFlags, time: Duration) -> PollFlags {
        let millis = time.as_micros().div_ceil(1000).min(u128::from(u16::MAX)) as u16;
        let mut ends = [PollFd::new(self.line.as_fd(), interest)];
        match poll(&mut ends, PollTimeout::from(millis)) {
            Ok(_) => ends[0].revents().unwrap_or(PollFlags::empty()),
            Err(_) => PollFlags::empty(),
        }
    }

    fn is_client_there(&self) -> bool {
        !self.look(PollFlags::empty(), Duration::ZERO).contains(PollFlags::POLLHUP)
    }

    /// Appends what has come; 0 when there is nothing or nobody.
    fn read(&mut self, into: &mut Vec<u8>) -> Result<usize, LinkErrorKind> {
        let mut chunk = [0; 4096];
        match self.line.read(&mut chunk) {
            Ok(count) => {
                into.extend_from_slice(&chunk[..count]);
                Ok(count)
            }
            Err(error) => match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::EAGAIN | Errno::EINTR | Errno::EIO) => Ok(0),
                _ => Err(failed("reading from the port's client", error)),
            },
        }
    }
}

impl ByteStream for PseudoPort {
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkErrorKind> {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = &rest[self.try_send(rest)?..];
            let left = left_until(deadline);
            if rest.is_empty() {
                break;
            }
            let left = left.ok_or(LinkErrorKind::NotReading)?;
            self.look(PollFlags::POLLOUT, left.min(LOOK_PERIOD));
        }
        Ok(())
    }

    /// Without a client everything is taken, and lost.
    fn try_send(&mut self, bytes: &[u8]) -> Result<usize, LinkErrorKind> {
        if !self.is_client_there() {
            return Ok(bytes.len());
        }
        self.line.write(bytes).or_else(|error| match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EAGAIN | Errno::EINTR) => Ok(0),
            // It left in this moment.
            Some(Errno::EIO) => Ok(bytes.len()),
            _ => Err(failed("writing to the port's client", error)),
        })
    }

    /// Nothing without a client: the line would count as readable all the time.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.is_client_there().then(|| self.line.as_fd())
    }

    fn receive(&mut self, into: &mut Vec<u8>, deadline: Instant) -> Result<usize, LinkErrorKind> {
        loop {
            let count = self.read(into)?;
            if count > 0 {
                return Ok(count);
            }
            let Some(left) = left_until(deadline) else { return Ok(0) };
            let seen = self.look(PollFlags::POLLIN, left.min(LOOK_PERIOD));
            if seen.contains(PollFlags::POLLHUP) {
                std::thread::sleep(left.min(LOOK_PERIOD));
            }
        }
    }

    fn describe(&self) -> String {
        describe(&self.name)
    }

    fn last_words(&mut self) -> String {
        String::new()
    }

    /// The port goes when it is dropped.
    fn close(&mut self, _grace: Duration) {}
}

impl Drop for PseudoPort {
    /// Takes its name away, unless it is somebody else's by now.
    fn drop(&mut self) {
        if fs::read_link(&self.name).is_ok_and(|target| target == self.target) {
            let _ = fs::remove_file(&self.name);
        }
    }
}

fn describe(name: &Path) -> String {
    format!("pty {}", name.display())
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[test]
    fn a_client_opens_the_port_by_its_name_and_both_ends_talk() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("ports/meter.tty");
        let mut port = PseudoPort::create(&name).unwrap();
        assert!(port.poll_fd().is_none(), "nobody is there");
        port.send(b"lost", Instant::now()).unwrap();
        let mut client = OpenOptions::new().read(true).write(true).open(&name).unwrap();
        assert!(port.poll_fd().is_some());
        port.send(b"\r\n\x03hello", soon()).unwrap();
        let mut heard = [0; 8];
        client.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"\r\n\x03hello");
        client.write_all(b"Q\r").unwrap();
        let mut heard = Vec::new();
        assert_eq!(port.receive(&mut heard, soon()).unwrap(), 2);
        assert_eq!(heard, b"Q\r");
        drop(client);
        assert!(port.poll_fd().is_none());
        assert_eq!(port.receive(&mut heard, Instant::now()).unwrap(), 0);
        OpenOptions::new().read(true).open(&name).expect("a client may come back");
        drop(port);
        assert!(!name.is_symlink());
    }

    #[test]
    fn a_client_that_does_not_read_loses_what_does_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("port");
        let mut port = PseudoPort::create(&name).unwrap();
        let _client = OpenOptions::new().read(true).open(&name).unwrap();
        let taken = (0..1_000).map(|_| port.try_send(&[b'x'; 1_000]).unwrap()).sum::<usize>();
        assert!((1..900_000).contains(&taken), "{taken}");
    }

    #[test]
    fn a_file_in_the_place_of_the_name_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("precious");
        fs::write(&name, "data").unwrap();
        assert!(PseudoPort::create(&name).is_err());
        assert_eq!(fs::read(&name).unwrap(), b"data");
    }
}
