//! What went over the lines, as other tools open it: frames as a candump log, bytes as plain text.
//!
//! `bus.log` has the frames of devices that speak frames of their own, and of those that the bench plays, the
//! role or the instance in the place of the interface: `R` came from the other end, `T` went to it. `lines.txt`
//! has the bytes of all other lines: simulated seconds, role, `>` to the other end or `<` from it, bytes in
//! hexadecimal digits. Both are stamped with simulated time.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::RecordingError;
use blackstart_limits::TRAFFIC_BYTES;
use blackstart_units::SimTime;
use blackstart_wire::can::{CanFrame, FrameDirection, LogRecord, MAX_CHANNEL_BYTES, candump};

/// Frames, beside a recording.
pub const BUS_FILE: &str = "bus.log";
/// Bytes, beside a recording.
pub const LINES_FILE: &str = "lines.txt";

/// Both files, each made when something comes for it.
#[derive(Debug)]
pub struct TrafficLog {
    folder: PathBuf,
    bus: Option<File>,
    lines: Option<File>,
    seen: Arc<Mutex<SeenTraffic>>,
}

/// Where the traffic of one line is written down.
#[derive(Clone, Debug)]
pub struct TrafficTap {
    role: Arc<str>,
    seen: Arc<Mutex<SeenTraffic>>,
}

/// Text that is not in its files yet.
#[derive(Debug, Default)]
struct SeenTraffic {
    bus: GrowingText,
    lines: GrowingText,
}

/// Text of a file that grows up to a limit.
#[derive(Debug, Default)]
struct GrowingText {
    waiting: Vec<u8>,
    /// All that came, what has been written among it.
    bytes: u64,
}

impl GrowingText {
    /// Takes a line, unless the file has come to its limit; then none that follows either.
    fn push(&mut self, line: &[u8]) {
        self.bytes = self.bytes.saturating_add(line.len() as u64);
        if self.bytes <= TRAFFIC_BYTES {
            self.waiting.extend_from_slice(line);
        } else {
            self.bytes = u64::MAX;
        }
    }
}

impl TrafficLog {
    /// The files beside a recording. What an earlier run left there is removed.
    pub fn beside(recording: &Path) -> Self {
        let folder = recording.parent().map(Path::to_owned).unwrap_or_default();
        for name in [BUS_FILE, LINES_FILE] {
            // One that cannot be removed cannot be written either, and that is said then.
            let _ = std::fs::remove_file(folder.join(name));
        }
        Self { folder, bus: None, lines: None, seen: Arc::default() }
    }

    /// Where the traffic of this role or instance is written down.
    pub fn tap(&self, role: &str) -> TrafficTap {
        TrafficTap { role: role.into(), seen: Arc::clone(&self.seen) }
    }

    /// Hands everything so far to the operating system.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn flush(&mut self) -> Result<(), RecordingError> {
        let (bus, lines) = {
            let mut seen = lock(&self.seen);
            (std::mem::take(&mut seen.bus.waiting), std::mem::take(&mut seen.lines.waiting))
        };
        append(&mut self.bus, &self.folder.join(BUS_FILE), &bus)?;
        append(&mut self.lines, &self.folder.join(LINES_FILE), &lines)
    }
}

impl Drop for TrafficLog {
    fn drop(&mut self) {
        // Whoever could hear of a failure has heard of a worse one.
        let _ = self.flush();
    }
}

impl TrafficTap {
    /// A frame went over the bus.
    pub fn frame(&self, direction: FrameDirection, at: SimTime, frame: &CanFrame) {
        let channel = self.role.chars().filter(char::is_ascii_graphic).take(MAX_CHANNEL_BYTES);
        let (channel, direction) = (channel.collect(), Some(direction));
        let mut line = Vec::new();
        candump::append_record(&LogRecord { at, channel, direction, frame: *frame }, &mut line);
        lock(&self.seen).bus.push(&line);
    }

    /// Bytes went over the line, all at once.
    pub fn bytes(&self, direction: FrameDirection, at: SimTime, bytes: &[u8]) {
        let arrow = match direction {
            FrameDirection::Tx => '>',
            FrameDirection::Rx => '<',
        };
        let nanos = at.as_nanos();
        let (seconds, micros) = (nanos / 1_000_000_000, nanos % 1_000_000_000 / 1_000);
        let mut line = format!("{seconds}.{micros:06} {} {arrow}", self.role);
        bytes.iter().for_each(|byte| line.push_str(&format!(" {byte:02x}")));
        line.push('\n');
        lock(&self.seen).lines.push(line.as_bytes());
    }
}

fn append(file: &mut Option<File>, path: &Path, text: &[u8]) -> Result<(), RecordingError> {
    if text.is_empty() {
        return Ok(());
    }
    let mut write = || {
        let file = match file {
            Some(file) => file,
            None => file.insert(File::create(path)?),
        };
        file.write_all(text)
    };
    write().map_err(|io: std::io::Error| RecordingError::new(path, io))
}

fn lock(seen: &Mutex<SeenTraffic>) -> MutexGuard<'_, SeenTraffic> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_becomes_too_long_ends_with_a_whole_line() {
        let mut text = GrowingText { bytes: TRAFFIC_BYTES - 10, ..GrowingText::default() };
        for line in ["12345\n", "123456\n", "1\n"] {
            text.push(line.as_bytes());
        }
        assert_eq!(text.waiting, b"12345\n");
    }
}
