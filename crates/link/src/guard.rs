//! The process between the bench and a device, so that nothing of a device outlives the bench.
//!
//! A program that calls [`serve`] first of all can be started once more as the guard of a device. The
//! guard takes in every descendant of the device that loses its parent, whatever session or group it has
//! gone to, and ends them all when the device has ended, when the bench asks, and when the bench is gone:
//! its socket to the bench closes with the last process that holds the other end, however that ended. What a
//! device starts through another daemon of the machine is not its descendant, and stays.
//!
//! The device keeps its own standard streams; the guard lets go of its copies, so that a line hangs up
//! and an error channel ends when the device lets go of them.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// The first argument of a guard.
const WORD: &str = "--guard-a-device";
/// How often a guard looks whether its device lives.
const LOOK_PERIOD: Duration = Duration::from_millis(5);
/// How long a guard may take to start its device.
const START_PATIENCE: Duration = Duration::from_secs(10);
/// How long a guard tries to end what a device has left.
const END_PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks at processes that are about to end.
const REAP_PERIOD: Duration = Duration::from_millis(1);

/// How to start this program once more, if it can be a guard.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
/// The bench's ends of the sockets of all guards that may live.
static GUARDS: Mutex<Vec<(u64, UnixStream)>> = Mutex::new(Vec::new());
/// Tells them apart.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// What a guard tells the bench, one line each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// The device runs under this id.
    Started(u32),
    /// It could not be started, for this error of the system.
    Refused(i32),
    /// It exited.
    Exited(i32),
    /// It was killed.
    Killed(i32),
}

impl Word {
    fn line(self) -> String {
        match self {
            Self::Started(id) => format!("started {id}\n"),
            Self::Refused(errno) => format!("refused {errno}\n"),
            Self::Exited(code) => format!("exited {code}\n"),
            Self::Killed(signal) => format!("killed {signal}\n"),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let (word, number) = line.trim_end().split_once(' ')?;
        match word {
            "started" => number.parse().ok().map(Self::Started),
            "refused" => number.parse().ok().map(Self::Refused),
            "exited" => number.parse().ok().map(Self::Exited),
            "killed" => number.parse().ok().map(Self::Killed),
            _ => None,
        }
    }
}

/// To be called first of all in `main`. If the program was started as a guard, it is one, and returns
/// how to end; otherwise devices are guarded by this program from now on.
pub fn serve() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_none_or(|word| word != WORD) {
        // Also of a program that is replaced while it runs.
        let _ = PROGRAM.set(PathBuf::from("/proc/self/exe"));
        return None;
    }
    let Some(program) = words.next() else { return Some(ExitCode::FAILURE) };
    let mut command = Command::new(program);
    command.args(words);
    Some(match guard(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

/// The bench's side of a guard.
#[derive(Debug)]
pub(crate) struct Guard {
    number: u64,
    socket: UnixStream,
    heard: String,
}

impl Guard {
    /// The command that starts a guard for a program, and what speaks with it; nothing where this
    /// program cannot be one. The device's line must be its standard output.
    pub fn prepare() -> io::Result<Option<(Command, Self)>> {
        let Some(program) = PROGRAM.get() else { return Ok(None) };
        let (socket, theirs) = UnixStream::pair()?;
        socket.set_read_timeout(Some(START_PATIENCE))?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        guards().push((number, socket.try_clone()?));
        let mut command = Command::new(program);
        command.arg(WORD).stdin(Stdio::from(OwnedFd::from(theirs)));
        Ok(Some((command, Self { number, socket, heard: String::new() })))
    }

    /// Waits for the device to be started; its id.
    pub fn started(&mut self) -> io::Result<u32> {
        match self.next()? {
            Some(Word::Started(id)) => Ok(id),
            Some(Word::Refused(errno)) => Err(io::Error::from_raw_os_error(errno)),
            _ => Err(io::Error::other("the guard of the device ended")),
        }
    }

    /// What it says next; nothing when it is gone.
    pub fn next(&mut self) -> io::Result<Option<Word>> {
        let mut chunk = [0; 64];
        loop {
            if let Some((line, rest)) = self.heard.split_once('\n') {
                let word = Word::parse(line);
                self.heard = rest.to_owned();
                return Ok(word);
            }
            match self.socket.read(&mut chunk) {
                Ok(0) => return Ok(None),
                Ok(count) => self.heard.push_str(&String::from_utf8_lossy(&chunk[..count])),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks it to end the device and all that has come of it.
    pub fn ask_to_end(&self) {
        let _ = self.socket.shutdown(std::net::Shutdown::Write);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.ask_to_end();
        guards().retain(|(number, _)| *number != self.number);
    }
}

fn guards() -> MutexGuard<'static, Vec<(u64, UnixStream)>> {
    GUARDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends every guarded device, and waits so long for them to be gone. For a bench that is to end at once.
pub fn end_all(patience: Duration) {
    let deadline = Instant::now() + patience;
    let guards = std::mem::take(&mut *guards());
    for (_, socket) in &guards {
        let _ = socket.shutdown(std::net::Shutdown::Write);
    }
    for (_, mut socket) in guards {
        let left = deadline.saturating_duration_since(Instant::now());
        let _ = socket.set_read_timeout(Some(left.max(REAP_PERIOD)));
        let mut chunk = [0; 64];
        // Until the guard is gone, whatever it says before.
        while matches!(socket.read(&mut chunk), Ok(1..)) {}
    }
}

/// The guard's life.
fn guard(mut command: Command) -> io::Result<()> {
    let mut bench = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let line = io::stdout().as_fd().try_clone_to_owned()?;
    let errors = io::stderr().as_fd().try_clone_to_owned()?;
    nix::sys::prctl::set_child_subreaper(true)?;
    command.stdin(line.try_clone()?).stdout(line).stderr(errors).process_group(0);
    let spawned = command.spawn();
    // Drops the guard's copies of the device's streams.
    drop(command);
    let nothing = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    nix::unistd::dup2_stdout(&nothing)?;
    nix::unistd::dup2_stderr(&nothing)?;
    let device = match spawned {
        Ok(device) => device,
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(Errno::EINVAL as i32);
            return bench.write_all(Word::Refused(errno).line().as_bytes());
        }
    };
    // Whether the bench still hears it is found out below.
    let _ = bench.write_all(Word::Started(device.id()).line().as_bytes());
    fcntl(&bench, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    let ending = watch(&bench, device);
    end_descendants();
    if let Some(ending) = ending {
        let _ = bench.write_all(ending.line().as_bytes());
    }
    Ok(())
}

/// Until the device has ended, or the bench asks or is gone; how the device ended by itself.
fn watch(bench: &UnixStream, mut device: Child) -> Option<Word> {
    loop {
        if let Ok(Some(status)) = device.try_wait() {
            return status.code().map(Word::Exited).or(status.signal().map(Word::Killed));
        }
        // Orphans that have ended.
        reap_others(device.id());
        let mut ends = [PollFd::new(bench.as_fd(), PollFlags::POLLIN)];
        let millis = PollTimeout::from(LOOK_PERIOD.as_millis() as u16);
        if matches!(poll(&mut ends, millis), Ok(1..)) {
            return None;
        }
    }
}

fn reap_others(device: u32) {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    while let Ok(status) = nix::sys::wait::waitid(nix::sys::wait::Id::All, flags) {
        let Some(id) = status.pid().filter(|id| id.as_raw() as u32 != device) else { return };
        let _ = waitpid(id, Some(WaitPidFlag::WNOHANG));
    }
}

/// Kills and reaps until there are no children: what dies leaves its children to this process.
fn end_descendants() {
    let deadline = Instant::now() + END_PATIENCE;
    loop {
        for id in descendants(Pid::this()) {
            let _ = kill(id, Signal::SIGKILL);
        }
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Err(Errno::ECHILD) => return,
                Ok(WaitStatus::StillAlive) | Err(_) => break,
                Ok(_) => {}
            }
        }
        if Instant::now() >= deadline {
            return;
        }
        std::thread::sleep(REAP_PERIOD);
    }
}

/// Every process below one, children before their own children.
fn descendants(of: Pid) -> Vec<Pid> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let parents: Vec<(Pid, Pid)> =
        ids.filter_map(|id| Some((Pid::from_raw(id), parent(id)?))).collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(&above) = found.get(next) {
        let below = parents.iter().filter(|(id, parent)| *parent == above && *id != of);
        let below: Vec<Pid> = below.map(|(id, _)| *id).filter(|id| !found.contains(id)).collect();
        found.extend(below);
        next += 1;
    }
    found.split_off(1)
}

/// The parent of a process, from the fourth field of its `stat`; the second is a name in parentheses.
fn parent(id: i32) -> Option<Pid> {
    let mut text = String::new();
    std::fs::File::options()
        .read(true)
        .open(format!("/proc/{id}/stat"))
        .ok()?
        .read_to_string(&mut text)
        .ok()?;
    let behind_name = text.rsplit_once(')')?.1;
    behind_name.split_whitespace().nth(1)?.parse().ok().map(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_guard_says_is_understood() {
        for word in [Word::Started(7), Word::Refused(2), Word::Exited(-1), Word::Killed(9)] {
            assert_eq!(Word::parse(&word.line()), Some(word));
        }
        assert_eq!(Word::parse("hello"), None);
    }

    #[test]
    fn descendants_are_found_over_several_generations() {
        let script = "sh -c 'setsid sleep 600 & wait' & wait";
        let mut child = Command::new("sh").args(["-c", script]).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut found = Vec::new();
        while found.len() < 3 && Instant::now() < deadline {
            found = descendants(Pid::from_raw(child.id() as i32));
            found.push(Pid::from_raw(child.id() as i32));
        }
        for id in &found {
            let _ = kill(*id, Signal::SIGKILL);
        }
        child.wait().unwrap();
        assert!(found.len() >= 3, "{found:?}");
    }
}
