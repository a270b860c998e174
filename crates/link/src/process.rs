//! A device under test that is a process on this machine, its serial line a pseudo-terminal.
//!
//! The process runs in a process group of its own, and is ended when the [`Process`] is dropped. Where the
//! program can be a [guard](crate::guard), one stands between: nothing that comes of the device outlives it
//! or the bench, in whatever session. Elsewhere its group is killed, and should the bench itself be killed
//! outright, the device sees its line hang up.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use blackstart_limits::{BARRIER_BYTES, LAST_WORDS};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::PtyMaster;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use crate::error::{LinkError, LinkErrorKind};
use crate::guard::{Guard, Word};
use crate::pseudo_terminal;
use crate::stream::ByteStream;
use crate::tail::Tail;

/// Most of the error channel that is read in one go: a device may write faster than the bench reads.
const MAX_ERRORS_AT_ONCE: usize = 1 << 18;
/// Longest command that is named with its arguments.
const MAX_DESCRIPTION: usize = 80;
/// While a device says nothing, how often to look whether it still lives. A hang-up of its line is
/// noticed at once; this is for a device whose descendants hold the line open.
const LIFE_SIGN_PERIOD: Duration = Duration::from_millis(50);
/// Between closing its line and ending, a process may still have to clean up.
const HANG_UP_GRACE: Duration = Duration::from_millis(500);
/// A killed process ends when the kernel gets to it; only one stuck in a driver takes longer.
const KILL_GRACE: Duration = Duration::from_secs(2);
/// Between two looks at a process that is about to end.
const REAP_PERIOD: Duration = Duration::from_millis(1);

/// A running child with its line.
#[derive(Debug)]
pub struct Process {
    description: String,
    /// The device, or its guard.
    child: Child,
    guard: Option<Guard>,
    /// The device's id, also that of its group.
    device: u32,
    line: PtyMaster,
    errors: Option<ChildStderr>,
    last_words: Tail,
    /// What came while the bench was sending.
    inbox: Vec<u8>,
    ended: Option<Ending>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Exited(i32),
    Killed(Signal),
}

impl Ending {
    /// What a guard that has ended said of its device. One that said nothing was asked to end it, or was
    /// killed itself.
    fn of_guarded(guard: &mut Guard) -> Self {
        match guard.next() {
            Ok(Some(Word::Exited(code))) => Self::Exited(code),
            Ok(Some(Word::Killed(signal))) => {
                Self::Killed(Signal::try_from(signal).unwrap_or(Signal::SIGKILL))
            }
            _ => Self::Killed(Signal::SIGKILL),
        }
    }
}

impl From<Ending> for LinkErrorKind {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Exited(code) => Self::Exited { code },
            Ending::Killed(signal) => Self::Killed { signal: signal as i32, name: signal.as_str() },
        }
    }
}

impl Process {
    /// Starts `command` (program, then arguments) in `directory`, which a relative program path also
    /// starts from. Its standard input and output are the line.
    ///
    /// # Errors
    /// [`LinkErrorKind::NeverStarted`].
    pub fn start(command: &[String], directory: &Path) -> Result<Self, LinkError> {
        Self::try_start(command, directory).map_err(|source| LinkError {
            device: describe(command),
            kind: LinkErrorKind::NeverStarted(source),
            last_words: String::new(),
        })
    }

    fn try_start(command: &[String], directory: &Path) -> io::Result<Self> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the command is empty"));
        };
        // The child looks for its program after it has changed directory.
        let directory = std::path::absolute(directory)?;
        let (line, device_end) = pseudo_terminal::open()?;
        // A bare name is looked up in PATH, as everywhere.
        let path = if program.contains('/') { directory.join(program) } else { program.into() };
        // The builder owns the device's end of the line: it is dropped once the child has started, so that
        // the line hangs up when the child's copies close.
        let (mut builder, mut guard) = match Guard::prepare()? {
            Some((mut command, guard)) => {
                command.arg(path);
                (command, Some(guard))
            }
            None => {
                let mut command = Command::new(path);
                command.stdin(device_end.try_clone()?);
                (command, None)
            }
        };
        builder.args(arguments).current_dir(directory);
        builder.stdout(device_end).stderr(Stdio::piped()).process_group(0);
        let mut child = builder.spawn()?;
        drop(builder);
        let device = match guard.as_mut().map(Guard::started) {
            None => child.id(),
            Some(Ok(device)) => device,
            Some(Err(error)) => {
                drop(guard);
                let _ = child.wait();
                return Err(error);
            }
        };
        let errors = child.stderr.take();
        let process = Self {
            description: describe(command),
            child,
            guard,
            device,
            line,
            errors,
            last_words: Tail::new(LAST_WORDS),
            inbox: Vec::new(),
            ended: None,
        };
        if let Some(errors) = &process.errors {
            fcntl(errors, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        Ok(process)
    }

    /// Process id, also that of its group.
    pub fn id(&self) -> u32 {
        self.device
    }

    /// Waits for any of `interest` on the line, for error output, or for the time to pass.
    fn wait(&mut self, interest: PollFlags, time: Duration) -> Result<PollFlags, LinkErrorKind> {
        // Rounded up: rounding down would spin through the last millisecond.
        let time = time.min(LIFE_SIGN_PERIOD).as_micros().div_ceil(1000) as u16;
        let line = PollFd::new(self.line.as_fd(), interest);
        let errors = self.errors.as_ref().map(|e| PollFd::new(e.as_fd(), PollFlags::POLLIN));
        let errors = errors.unwrap_or_else(|| line.clone());
        let mut ends = [line, errors];
        match poll(&mut ends, PollTimeout::from(time)) {
            Ok(_) => {}
            Err(Errno::EINTR) => return Ok(PollFlags::empty()),
            Err(errno) => return Err(failed("waiting for the device", errno.into())),
        }
        let [line, errors] = ends.map(|end| end.revents().unwrap_or(PollFlags::empty()));
        if !errors.is_empty() {
            self.drain_errors();
        }
        Ok(line)
    }

    /// Reads what stands in the error channel, or as much of it as one call may.
    fn drain_errors(&mut self) {
        let mut chunk = [0; 4096];
        for _ in 0..MAX_ERRORS_AT_ONCE / chunk.len() {
            let Some(errors) = &mut self.errors else { return };
            match errors.read(&mut chunk) {
                Ok(count @ 1..) => self.last_words.append(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => self.errors = None,
            }
        }
    }

    /// Appends what has come. `None` when the line has hung up.
    fn read_line(&mut self, into: &mut Vec<u8>) -> Result<Option<usize>, LinkErrorKind> {
        let mut chunk = [0; 4096];
        match self.line.read(&mut chunk) {
            Ok(0) => Ok(None),
            Ok(count) => {
                into.extend_from_slice(&chunk[..count]);
                Ok(Some(count))
            }
            Err(error) => match error.raw_os_error().map(Errno::from_raw) {
                // How Linux reports that nobody holds the other end any more.
                Some(Errno::EIO) => Ok(None),
                Some(Errno::EAGAIN | Errno::EINTR) => Ok(Some(0)),
                _ => Err(failed("reading from the device", error)),
            },
        }
    }

    /// Looks whether the child has ended, and if so clears up behind it.
    fn check_end(&mut self) -> Option<Ending> {
        if self.ended.is_none() {
            // Without reaping: as long as the child is a zombie, nobody else can get its group id.
            let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
            let child = Pid::from_raw(self.child.id() as i32);
            let ended = match waitid(Id::Pid(child), flags) {
                Ok(WaitStatus::Exited(_, code)) => Some(Ending::Exited(code)),
                Ok(WaitStatus::Signaled(_, signal, _)) => Some(Ending::Killed(signal)),
                _ => None,
            };
            self.ended = match (&mut self.guard, ended) {
                (Some(guard), Some(_)) => Some(Ending::of_guarded(guard)),
                (_, ended) => ended,
            };
            if self.ended.is_some() {
                self.bury();
            }
        }
        self.ended
    }

    /// Looks for the child's end for so long.
    fn await_end(&mut self, time: Duration) -> Option<Ending> {
        let deadline = Instant::now() + time;
        loop {
            let ended = self.check_end();
            if ended.is_some() || Instant::now() >= deadline {
                return ended;
            }
            self.drain_errors();
            std::thread::sleep(REAP_PERIOD);
        }
    }

    /// Kills what is left of the group and reaps its leader, which has ended.
    fn bury(&mut self) {
        // What is guarded is gone by now, and its group's id may be another's.
        if self.guard.is_none() {
            self.kill_group();
        }
        let _ = self.child.wait();
        self.drain_errors();
    }

    fn kill_group(&self) {
        let _ = killpg(Pid::from_raw(self.device as i32), Signal::SIGKILL);
    }

    /// What to say of a line that has hung up.
    fn hung_up(&mut self) -> LinkErrorKind {
        self.await_end(HANG_UP_GRACE).map_or(LinkErrorKind::HungUp, LinkErrorKind::from)
    }
}

impl ByteStream for Process {
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkErrorKind> {
        let mut rest = bytes;
        loop {
            let count = self.try_send(rest)?;
            rest = &rest[count..];
            if rest.is_empty() {
                return Ok(());
            }
            let Some(left) = left_until(deadline) else {
                return Err(LinkErrorKind::NotReading);
            };
            // A device that is itself writing must be listened to, or both wait for each other.
            let seen = self.wait(PollFlags::POLLIN | PollFlags::POLLOUT, left)?;
            if seen.intersects(PollFlags::POLLIN | PollFlags::POLLHUP) {
                let mut inbox = std::mem::take(&mut self.inbox);
                let count = self.read_line(&mut inbox)?;
                self.inbox = inbox;
                if count.is_none() {
                    return Err(self.hung_up());
                }
            }
            if self.inbox.len() > BARRIER_BYTES {
                return Err(LinkErrorKind::Flooded { bytes: self.inbox.len() as u64, messages: 0 });
            }
            if !seen.contains(PollFlags::POLLOUT)
                && let Some(ending) = self.check_end()
            {
                return Err(ending.into());
            }
        }
    }

    fn try_send(&mut self, bytes: &[u8]) -> Result<usize, LinkErrorKind> {
        self.line.write(bytes).or_else(|error| match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EAGAIN | Errno::EINTR) => Ok(0),
            Some(Errno::EIO) => Err(self.hung_up()),
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
            let left = left_until(deadline);
            let seen = self.wait(PollFlags::POLLIN, left.unwrap_or_default())?;
            // Looked at before the line is read, so that what the device sent last is not missed.
            let ended = if seen.is_empty() { self.check_end() } else { None };
            match self.read_line(into)? {
                Some(0) => {}
                Some(count) => return Ok(count),
                None => return Err(self.hung_up()),
            }
            if let Some(ending) = ended {
                return Err(ending.into());
            }
            if left.is_none() {
                return Ok(0);
            }
        }
    }

    fn describe(&self) -> String {
        self.description.clone()
    }

    fn last_words(&mut self) -> String {
        self.drain_errors();
        self.last_words.text()
    }

    fn close(&mut self, grace: Duration) {
        if self.await_end(grace).is_some() {
            return;
        }
        match &self.guard {
            Some(guard) => guard.ask_to_end(),
            None => self.kill_group(),
        }
        if self.await_end(KILL_GRACE).is_none() {
            // A guard that is stuck, or stopped by somebody.
            self.kill_group();
            let _ = self.child.kill();
            self.await_end(KILL_GRACE);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.close(Duration::ZERO);
    }
}

/// A command as people would name it: whole when it is short, else by its program.
fn describe(command: &[String]) -> String {
    let whole = command.join(" ");
    match command {
        [program, ..] if whole.len() > MAX_DESCRIPTION => format!("`{program} …`"),
        _ => format!("`{whole}`"),
    }
}

/// The time left, `None` when the deadline has passed.
pub(crate) fn left_until(deadline: Instant) -> Option<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

pub(crate) fn failed(doing: &'static str, source: io::Error) -> LinkErrorKind {
    LinkErrorKind::Io { doing, source }
}
