//! One run of the command under bad conditions: how it ended, what it took, and what it left behind.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Codes that `docs/exit-codes.md` documents, and that no bad day excuses: 70 is a defect.
const DOCUMENTED: [i32; 8] = [0, 1, 2, 3, 4, 5, 6, 130];
/// The most memory that a command may take.
const MOST_KIB: u64 = 512 << 10;
/// The most that a command may say.
const MOST_SAID: usize = 1_000_000;
/// Inherited by every process that a command starts: those that it leaves behind are known by it.
const MARK: &str = "BLACKSTART_ORDEAL";

/// A command that is running.
pub struct Ordeal {
    child: Child,
    mark: String,
    said: TempDir,
    peak_kib: u64,
}

/// How one ended.
pub struct Ended {
    /// Its exit code; nothing if a signal ended it, or the test's patience.
    pub code: Option<i32>,
    /// The signal.
    pub signal: Option<i32>,
    /// Standard output and error.
    pub said: String,
    /// Memory at its most.
    pub peak_kib: u64,
    /// Wall time.
    pub took: Duration,
    /// Processes that are still there, a while after its end.
    pub left: Vec<u32>,
    has_hung: bool,
}

impl Ordeal {
    pub fn begin(mut command: Command) -> Self {
        let said = tempfile::tempdir().unwrap();
        let file = |name: &str| fs::File::create(said.path().join(name)).unwrap();
        let mark = said.path().display().to_string();
        command.env(MARK, &mark).stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
        Self { child: command.spawn().unwrap(), mark, said, peak_kib: 0 }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until something is as it should be, or the command has ended; whether it is.
    pub fn until(&mut self, patience: Duration, is_so: impl Fn(&Self) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && self.child.try_wait().unwrap().is_none() {
            if is_so(self) {
                return true;
            }
            self.look();
        }
        is_so(self)
    }

    /// Marked processes whose program has this name.
    pub fn processes(&self, program: &str) -> usize {
        marked(&self.mark).into_iter().filter(|id| name_of(*id) == program).count()
    }

    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        // One that has ended meanwhile cannot be signalled.
        let _ =
            Command::new("kill").args([&format!("-{name}"), &id]).stderr(Stdio::null()).status();
    }

    /// Waits for the end, no longer than `patience`.
    pub fn end(mut self, patience: Duration) -> Ended {
        let start = Instant::now();
        let mut status: Option<ExitStatus> = None;
        while status.is_none() && start.elapsed() < patience {
            self.look();
            status = self.child.try_wait().unwrap();
        }
        let took = start.elapsed();
        if status.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut left = marked(&self.mark);
        while !left.is_empty() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
            left = marked(&self.mark);
        }
        for id in &left {
            let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
        }
        let text = |name: &str| fs::read(self.said.path().join(name)).unwrap();
        let said = [text("out"), text("err")].concat();
        Ended {
            code: status.and_then(|status| status.code()),
            signal: status.and_then(|status| status.signal()),
            said: String::from_utf8_lossy(&said).into_owned(),
            peak_kib: self.peak_kib,
            took,
            left,
            has_hung: status.is_none(),
        }
    }

    fn look(&mut self) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok());
        self.peak_kib = self.peak_kib.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Ended {
    /// What must never be, if it is: a hang, a crash, an undocumented end, too much memory or talk,
    /// something left behind.
    pub fn complaint(&self) -> Option<String> {
        let tail = || {
            let from = self.said.len().saturating_sub(2_000);
            String::from_utf8_lossy(&self.said.as_bytes()[from..]).into_owned()
        };
        if self.has_hung {
            return Some(format!("hangs for {:?}: {}", self.took, tail()));
        }
        if !self.code.is_some_and(|code| DOCUMENTED.contains(&code)) {
            return Some(format!("ends with {:?} by {:?}: {}", self.code, self.signal, tail()));
        }
        if self.peak_kib > MOST_KIB {
            return Some(format!("takes {} KiB", self.peak_kib));
        }
        if self.said.len() > MOST_SAID {
            return Some(format!("says {} bytes", self.said.len()));
        }
        if self.said.contains(['\u{1b}', '\u{7}']) {
            return Some("gives orders to the terminal".to_owned());
        }
        self.left_behind()
    }

    /// Processes that have outlived the command.
    pub fn left_behind(&self) -> Option<String> {
        (!self.left.is_empty()).then(|| format!("leaves {:?} behind", self.left))
    }
}

/// Processes that have inherited a mark. A zombie has no environment any more, and does not count.
fn marked(mark: &str) -> Vec<u32> {
    let wanted = format!("{MARK}={mark}");
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| {
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|word| word == wanted.as_bytes())
    })
    .collect()
}

fn name_of(id: u32) -> String {
    let program = fs::read_link(format!("/proc/{id}/exe")).unwrap_or_else(|_| PathBuf::new());
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
