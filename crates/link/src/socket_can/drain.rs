//! The thread that empties a socket, and the queue that it fills.

use std::collections::VecDeque;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use blackstart_wire::can::kernel_frame;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use nix::sys::time::TimeSpec;

use crate::can_port::{CanPortCounters, ReceivedFrame};
use crate::error::LinkErrorKind;
use crate::process::failed;

/// Frames that are taken from the socket before the queue is shown.
const BATCH: usize = 256;

/// Empties a socket until it is dropped.
#[derive(Debug)]
pub(super) struct SocketDrain {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    inbox: Mutex<Inbox>,
    /// Readable while the inbox has something to say.
    filled: EventFd,
    /// Readable once the thread is to end.
    stop: EventFd,
}

#[derive(Debug)]
struct Inbox {
    frames: VecDeque<ReceivedFrame>,
    limit: usize,
    counters: CanPortCounters,
    /// The kernel's count of frames that found no room in the socket, which wraps.
    kernel_lost: u32,
    ended: Option<io::Error>,
}

/// What one call of `recvmsg` gave.
struct Message {
    frame: Option<ReceivedFrame>,
    kernel_lost: Option<u32>,
}

impl SocketDrain {
    pub fn start(socket: OwnedFd, limit: usize) -> io::Result<Self> {
        let flags = EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC;
        let shared = Arc::new(Shared {
            inbox: Mutex::new(Inbox {
                frames: VecDeque::new(),
                limit,
                counters: CanPortCounters::default(),
                kernel_lost: 0,
                ended: None,
            }),
            filled: EventFd::from_value_and_flags(0, flags)?,
            stop: EventFd::from_value_and_flags(0, flags)?,
        });
        let its = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("can-drain".to_owned())
            .spawn(move || its.drain(&socket))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub fn hand_over(&self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        let mut inbox = self.shared.inbox();
        // Under the lock: the thread writes both together.
        let _ = self.shared.filled.read();
        if inbox.frames.is_empty()
            && let Some(error) = inbox.ended.take()
        {
            // The error is reported once with its cause, and from then on as a line that is closed.
            inbox.ended = Some(Errno::ENETDOWN.into());
            return Err(failed("receiving from the bus", error));
        }
        into.extend(inbox.frames.drain(..));
        Ok(())
    }

    pub fn poll_fd(&self) -> BorrowedFd<'_> {
        self.shared.filled.as_fd()
    }

    pub fn counters(&self) -> CanPortCounters {
        self.shared.inbox().counters
    }
}

impl Drop for SocketDrain {
    fn drop(&mut self) {
        let _ = self.shared.stop.write(1);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        // Nobody panics under the lock; if somebody did, the counters still stand.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drain(&self, socket: &OwnedFd) {
        let ended = loop {
            let mut ends = [
                PollFd::new(socket.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.stop.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut ends, PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => break errno.into(),
            }
            if ends[1].any() == Some(true) {
                return;
            }
            if let Err(error) = self.take_batch(socket) {
                break error;
            }
        };
        self.inbox().ended = Some(ended);
        let _ = self.filled.write(1);
    }

    /// Moves what stands in the socket to the inbox.
    fn take_batch(&self, socket: &OwnedFd) -> io::Result<()> {
        let mut messages = Vec::new();
        let outcome = loop {
            match receive(socket) {
                Ok(message) => messages.push(message),
                Err(Errno::EAGAIN | Errno::EINTR) => break Ok(()),
                Err(errno) => break Err(errno.into()),
            }
            if messages.len() == BATCH {
                break Ok(());
            }
        };
        let mut inbox = self.inbox();
        messages.into_iter().for_each(|message| inbox.take(message));
        if !inbox.frames.is_empty() {
            let _ = self.filled.write(1);
        }
        outcome
    }
}

impl Inbox {
    fn take(&mut self, message: Message) {
        if let Some(total) = message.kernel_lost {
            self.counters.lost += u64::from(total.wrapping_sub(self.kernel_lost));
            self.kernel_lost = total;
        }
        match message.frame {
            None => self.counters.rejected += 1,
            Some(_) if self.frames.len() >= self.limit => self.counters.lost += 1,
            Some(frame) => {
                self.counters.count(&frame.frame);
                self.frames.push_back(frame);
            }
        }
    }
}

fn receive(socket: &OwnedFd) -> Result<Message, Errno> {
    let mut bytes = [0; kernel_frame::FD_FRAME_BYTES];
    let mut control = cmsg_space!(TimeSpec, u32);
    let (count, stamp, kernel_lost) = {
        let mut slices = [IoSliceMut::new(&mut bytes)];
        let flags = MsgFlags::MSG_DONTWAIT;
        let message = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut control), flags)?;
        let (mut stamp, mut lost) = (None, None);
        for part in message.cmsgs()? {
            match part {
                ControlMessageOwned::ScmTimestampns(time) => stamp = Some(Duration::from(time)),
                ControlMessageOwned::RxqOvfl(total) => lost = Some(total),
                _ => {}
            }
        }
        (message.bytes, stamp, lost)
    };
    let at = monotonic(stamp);
    let frame = kernel_frame::decode(&bytes[..count]).map(|frame| ReceivedFrame { at, frame });
    Ok(Message { frame, kernel_lost })
}

/// The kernel stamps in time since 1970; how long ago that was is the same on every clock, unless
/// somebody set the time in between.
fn monotonic(stamp: Option<Duration>) -> Instant {
    let now = Instant::now();
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
    let age = since_1970.zip(stamp).and_then(|(now, stamp)| now.checked_sub(stamp));
    age.and_then(|age| now.checked_sub(age)).unwrap_or(now)
}
