//! A device that is there already: on a serial port, or behind a TCP connection.
//!
//! Nobody starts it and nobody can see whether it lives: all there is are bytes, silence, and a line
//! that closes. A serial port is set to raw bytes, 8 data bits, no parity, one stop bit and no
//! flow control, and what had come before the bench opened it is thrown away.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use blackstart_limits::BARRIER_BYTES;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{
    BaudRate, ControlFlags, FlushArg, SetArg, cfmakeraw, cfsetspeed, tcflush, tcgetattr, tcsetattr,
};

use crate::error::{LinkError, LinkErrorKind};
use crate::process::{failed, left_until};
use crate::stream::ByteStream;

/// Longest time for one address of a TCP connection to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Baud rates that a serial port can be set to.
const BAUD_RATES: [(u32, BaudRate); 9] = [
    (9_600, BaudRate::B9600),
    (19_200, BaudRate::B19200),
    (38_400, BaudRate::B38400),
    (57_600, BaudRate::B57600),
    (115_200, BaudRate::B115200),
    (230_400, BaudRate::B230400),
    (460_800, BaudRate::B460800),
    (921_600, BaudRate::B921600),
    (1_000_000, BaudRate::B1000000),
];

/// An open line to a device.
#[derive(Debug)]
pub struct OpenPort {
    description: String,
    line: File,
    /// What came while the bench was sending.
    inbox: Vec<u8>,
}

impl OpenPort {
    /// Opens a serial port at a rate in baud.
    ///
    /// # Errors
    /// [`LinkErrorKind::NeverStarted`] when there is no such port, it is no terminal, or it cannot be set so.
    pub fn serial(path: &Path, baud: u32) -> Result<Self, LinkError> {
        let description = format!("{} at {baud} baud", path.display());
        let opened = open_serial(path, baud);
        Self::opened(description, opened)
    }

    /// Connects to `host:port`.
    ///
    /// # Errors
    /// [`LinkErrorKind::NeverStarted`] when nobody listens there within five seconds.
    pub fn tcp(address: &str) -> Result<Self, LinkError> {
        Self::opened(format!("tcp {address}"), connect(address))
    }

    fn opened(description: String, line: io::Result<OwnedFd>) -> Result<Self, LinkError> {
        match line {
            Ok(line) => Ok(Self { description, line: line.into(), inbox: Vec::new() }),
            Err(source) => Err(LinkError {
                device: description,
                kind: LinkErrorKind::NeverStarted(source),
                last_words: String::new(),
            }),
        }
    }

    fn wait(&self, interest: PollFlags, time: Duration) -> Result<PollFlags, LinkErrorKind> {
        let time = time.min(Duration::from_secs(1)).as_micros().div_ceil(1000) as u16;
        let mut ends = [PollFd::new(self.line.as_fd(), interest)];
        match poll(&mut ends, PollTimeout::from(time)) {
            Ok(_) => Ok(ends[0].revents().unwrap_or(PollFlags::empty())),
            Err(Errno::EINTR) => Ok(PollFlags::empty()),
            Err(errno) => Err(failed("waiting for the device", errno.into())),
        }
    }

    /// Appends what has come; 0 when there is nothing.
    fn read(&mut self, into: &mut Vec<u8>) -> Result<usize, LinkErrorKind> {
        let mut chunk = [0; 4096];
        match self.line.read(&mut chunk) {
            Ok(0) => Err(LinkErrorKind::HungUp),
            Ok(count) => {
                into.extend_from_slice(&chunk[..count]);
                Ok(count)
            }
            Err(error) => match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::EAGAIN | Errno::EINTR) => Ok(0),
                // An adapter that was pulled out, a peer that is gone.
                Some(Errno::EIO | Errno::ENXIO | Errno::ECONNRESET) => Err(LinkErrorKind::HungUp),
                _ => Err(failed("reading from the device", error)),
            },
        }
    }
}

fn open_serial(path: &Path, baud: u32) -> io::Result<OwnedFd> {
    let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
    let rate = BAUD_RATES.into_iter().find(|(rate, _)| *rate == baud);
    let (_, rate) = rate.ok_or_else(|| invalid(format!("{baud} baud is no usual rate")))?;
    if !std::fs::metadata(path)?.file_type().is_char_device() {
        return Err(invalid("not a serial port".to_owned()));
    }
    let flags = OFlag::O_NOCTTY | OFlag::O_NONBLOCK;
    let port = OpenOptions::new().read(true).write(true).custom_flags(flags.bits()).open(path)?;
    let mut settings = tcgetattr(&port)?;
    cfmakeraw(&mut settings);
    settings.control_flags |= ControlFlags::CREAD | ControlFlags::CLOCAL;
    settings.control_flags &= !(ControlFlags::CSTOPB | ControlFlags::CRTSCTS);
    cfsetspeed(&mut settings, rate)?;
    tcsetattr(&port, SetArg::TCSANOW, &settings)?;
    tcflush(&port, FlushArg::TCIFLUSH)?;
    Ok(port.into())
}

fn connect(address: &str) -> io::Result<OwnedFd> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the address names no host");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(stream) => {
                // A barrier is a few bytes that somebody waits for.
                stream.set_nodelay(true)?;
                fcntl(&stream, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
                return Ok(stream.into());
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl ByteStream for OpenPort {
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkErrorKind> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.try_send(rest)? {
                0 => {}
                count => {
                    rest = &rest[count..];
                    continue;
                }
            }
            let left = left_until(deadline).ok_or(LinkErrorKind::NotReading)?;
            // A device that is itself writing must be listened to, or both wait for each other.
            let seen = self.wait(PollFlags::POLLIN | PollFlags::POLLOUT, left)?;
            if seen.intersects(PollFlags::POLLIN | PollFlags::POLLHUP) {
                let mut inbox = std::mem::take(&mut self.inbox);
                let outcome = self.read(&mut inbox);
                self.inbox = inbox;
                outcome?;
            }
            if self.inbox.len() > BARRIER_BYTES {
                return Err(LinkErrorKind::Flooded { bytes: self.inbox.len() as u64, messages: 0 });
            }
        }
        Ok(())
    }

    fn try_send(&mut self, bytes: &[u8]) -> Result<usize, LinkErrorKind> {
        self.line.write(bytes).or_else(|error| match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EAGAIN | Errno::EINTR) => Ok(0),
            Some(Errno::EIO | Errno::ENXIO | Errno::EPIPE | Errno::ECONNRESET) => {
                Err(LinkErrorKind::HungUp)
            }
            _ => Err(failed("writing to the device", error)),
        })
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.line.as_fd())
    }

    fn receive(&mut self, into: &mut Vec<u8>, deadline: Instant) -> Result<usize, LinkErrorKind> {
        if !self.inbox.is_empty() {
            let count = self.inbox.len();
            into.append(&mut self.inbox);
            return Ok(count);
        }
        loop {
            let count = self.read(into)?;
            if count > 0 {
                return Ok(count);
            }
            let Some(left) = left_until(deadline) else { return Ok(0) };
            self.wait(PollFlags::POLLIN, left)?;
        }
    }

    fn describe(&self) -> String {
        self.description.clone()
    }

    fn last_words(&mut self) -> String {
        String::new()
    }

    /// There is nobody to end: the line closes when the port is dropped.
    fn close(&mut self, _grace: Duration) {}
}
