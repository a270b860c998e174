//! What went over the lines, as other tools open it: frames as a candump log, bytes as plain text.
//!
//! `bus.log` has the frames of devices that speak frames of their own, the role in the place of the
//! interface: `R` came from the device, `T` went to it. `lines.txt` has the bytes of all other lines:
//! simulated seconds, role, `>` to the device or `<` from it, bytes in hexadecimal digits. Both are stamped
//! with simulated time.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use blackstart_units::SimTime;
use blackstart_wire::can::{CanFrame, FrameDirection, LogRecord, MAX_CHANNEL_BYTES, candump};

/// Frames, beside a recording.
pub const BUS_FILE: &str = "bus.log";
/// Bytes, beside a recording.
pub const LINES_FILE: &str = "lines.txt";

/// Text that is not in its files yet.
#[derive(Debug, Default)]
pub(super) struct SeenTraffic {
    bus: Vec<u8>,
    lines: Vec<u8>,
}

impl SeenTraffic {
    pub fn frame(&mut self, role: &str, direction: FrameDirection, at: SimTime, frame: &CanFrame) {
        let channel = role.chars().filter(char::is_ascii_graphic).take(MAX_CHANNEL_BYTES);
        let (channel, direction) = (channel.collect(), Some(direction));
        candump::append_record(&LogRecord { at, channel, direction, frame: *frame }, &mut self.bus);
    }

    pub fn bytes(&mut self, role: &str, direction: FrameDirection, at: SimTime, bytes: &[u8]) {
        let arrow = match direction {
            FrameDirection::Tx => '>',
            FrameDirection::Rx => '<',
        };
        let nanos = at.as_nanos();
        let (seconds, micros) = (nanos / 1_000_000_000, nanos % 1_000_000_000 / 1_000);
        let mut line = format!("{seconds}.{micros:06} {role} {arrow}");
        bytes.iter().for_each(|byte| line.push_str(&format!(" {byte:02x}")));
        line.push('\n');
        self.lines.extend_from_slice(line.as_bytes());
    }
}

/// Both files, each made when something comes for it.
pub(super) struct TrafficFiles {
    folder: PathBuf,
    bus: Option<File>,
    lines: Option<File>,
}

impl TrafficFiles {
    /// Those beside a recording. What an earlier run left there is removed.
    pub fn beside(recording: &Path) -> Self {
        let folder = recording.parent().map(Path::to_owned).unwrap_or_default();
        for name in [BUS_FILE, LINES_FILE] {
            // One that cannot be removed cannot be written either, and that is said then.
            let _ = std::fs::remove_file(folder.join(name));
        }
        Self { folder, bus: None, lines: None }
    }

    pub fn write(&mut self, traffic: SeenTraffic) -> io::Result<()> {
        append(&mut self.bus, &self.folder.join(BUS_FILE), &traffic.bus)?;
        append(&mut self.lines, &self.folder.join(LINES_FILE), &traffic.lines)
    }
}

fn append(file: &mut Option<File>, path: &Path, text: &[u8]) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let file = match file {
        Some(file) => file,
        None => file.insert(File::create(path)?),
    };
    file.write_all(text)
}
