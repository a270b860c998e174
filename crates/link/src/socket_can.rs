//! A CAN interface of this machine: Linux SocketCAN.
//!
//! A thread empties the socket into a bounded queue, so that no frame is lost while the bench computes.
//! What is lost all the same is counted: the kernel says how many frames found no room in the socket's
//! buffer (`SO_RXQ_OVFL`, with the next frame that does), the queue counts its own. Frames carry the
//! kernel's time of reception. Error frames come as any other frame.
//!
//! Left out: setting bit rates and bringing interfaces up, which is an administrator's decision.

mod drain;
mod interface;

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use blackstart_wire::can::{CanFrame, kernel_frame};
use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use socketcan::{CanFdSocket, CanSocket, Socket, SocketOptions};

use crate::can_port::{CanPort, CanPortCounters, ReceivedFrame, Sent};
use crate::error::{LinkError, LinkErrorKind};
use crate::process::failed;
use drain::SocketDrain;
pub use interface::{CanInterface, Unusable, can_interfaces};

/// How a CAN interface is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketCanOptions {
    /// Whether FD frames are sent and received.
    pub fd: bool,
    /// Size asked for the socket's buffer, in bytes as the kernel counts them: about 800 a frame.
    pub buffer_bytes: usize,
    /// Most frames that wait to be handed over.
    pub queue_frames: usize,
}

impl Default for SocketCanOptions {
    /// Classic; room for two seconds of a full 500 kbit/s bus in the kernel, for twenty behind it.
    fn default() -> Self {
        Self { fd: false, buffer_bytes: 8 << 20, queue_frames: 80_000 }
    }
}

/// An open socket on a CAN interface.
#[derive(Debug)]
pub struct SocketCan {
    interface: String,
    fd: bool,
    socket: File,
    drain: SocketDrain,
    /// Of what is sent; the rest is the drain's.
    sent: u64,
    full: u64,
    refused: u64,
}

impl SocketCan {
    /// Opens a socket on an interface that is up.
    ///
    /// # Errors
    /// [`LinkErrorKind::UnusableInterface`], which says what is missing; else
    /// [`LinkErrorKind::NeverStarted`].
    pub fn open(interface: &str, options: SocketCanOptions) -> Result<Self, LinkError> {
        let lost = |kind| LinkError {
            device: describe(interface, options.fd),
            kind,
            last_words: String::new(),
        };
        if let Err(why) = interface::check(interface, options.fd) {
            return Err(lost(LinkErrorKind::UnusableInterface(why)));
        }
        Self::try_open(interface, options).map_err(|error| lost(LinkErrorKind::NeverStarted(error)))
    }

    fn try_open(interface: &str, options: SocketCanOptions) -> io::Result<Self> {
        let socket = if options.fd {
            prepare(&CanFdSocket::open(interface)?, options)?
        } else {
            prepare(&CanSocket::open(interface)?, options)?
        };
        let drain = SocketDrain::start(socket.try_clone()?, options.queue_frames)?;
        Ok(Self {
            interface: interface.to_owned(),
            fd: options.fd,
            socket: socket.into(),
            drain,
            sent: 0,
            full: 0,
            refused: 0,
        })
    }
}

/// Sets a socket's options, and gives it as one that reads and writes bytes.
fn prepare<S>(socket: &S, options: SocketCanOptions) -> io::Result<OwnedFd>
where
    S: Socket + SocketOptions + AsFd,
{
    socket.set_error_filter_accept_all()?;
    socket.set_nonblocking(true)?;
    // Beyond the limit of the system, which takes a right; without it, up to that limit.
    setsockopt(socket, sockopt::RcvBufForce, &options.buffer_bytes)
        .or_else(|_| setsockopt(socket, sockopt::RcvBuf, &options.buffer_bytes))?;
    setsockopt(socket, sockopt::RxqOvfl, &1)?;
    setsockopt(socket, sockopt::ReceiveTimestampns, &true)?;
    socket.as_fd().try_clone_to_owned()
}

fn describe(interface: &str, fd: bool) -> String {
    format!("{interface}{}", if fd { " with FD" } else { "" })
}

impl CanPort for SocketCan {
    fn send(&mut self, frame: &CanFrame) -> Result<Sent, LinkErrorKind> {
        let possible = match frame {
            CanFrame::Data(frame) => self.fd || frame.fd_flags().is_none(),
            CanFrame::Remote(_) => true,
            CanFrame::Error(_) => false,
        };
        if !possible {
            self.refused += 1;
            return Ok(Sent::Unsupported);
        }
        match self.socket.write_all(&kernel_frame::encode(frame)) {
            Ok(()) => {
                self.sent += 1;
                Ok(Sent::Queued)
            }
            Err(error) => match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::ENOBUFS | Errno::EAGAIN) => {
                    self.full += 1;
                    Ok(Sent::Full)
                }
                // The interface's frames are shorter, whatever was asked of the socket.
                Some(Errno::EINVAL | Errno::EMSGSIZE) => {
                    self.refused += 1;
                    Ok(Sent::Unsupported)
                }
                _ => Err(failed("sending to the bus", error)),
            },
        }
    }

    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        self.drain.hand_over(into)
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.drain.poll_fd())
    }

    fn counters(&self) -> CanPortCounters {
        let (sent, full, refused) = (self.sent, self.full, self.refused);
        CanPortCounters { sent, full, refused, ..self.drain.counters() }
    }

    fn describe(&self) -> String {
        describe(&self.interface, self.fd)
    }
}
