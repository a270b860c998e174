//! Rig files: which controllers are real, and how they are reached.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::emulation::EmulationEntry;
use crate::rig_mapping_file::ProtocolEntry;

/// One rig file, `bench-rigs/*.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RigFile {
    /// Path of the JSON Schema, for editors.
    #[serde(rename = "$schema", default)]
    pub json_schema: Option<String>,
    /// Version of this format: 1.
    pub schema: u32,
    /// `rig`.
    pub kind: RigKind,
    /// One line for people.
    pub title: String,
    /// Who paces the run; `lockstep` when absent.
    #[serde(default)]
    pub clock: Option<ClockEntry>,
    /// What the realtime clock may miss before the verdict is inconclusive; nothing when absent.
    #[serde(default)]
    pub budget: Option<BudgetEntry>,
    /// Longest scenario that the rig can afford; longer ones are skipped. 600 s on the realtime clock
    /// when absent, any in lockstep.
    #[serde(default)]
    pub longest_s: Option<f64>,
    /// The device under test of each role; every other role is built in.
    pub bindings: BTreeMap<String, BindingEntry>,
    /// What the bench plays besides the roles, by the instance that it is or reads: a device of the field
    /// for a client to talk to, or a reader of a real one. Needs the realtime clock.
    #[serde(default)]
    pub emulates: BTreeMap<String, EmulationEntry>,
}

/// Who paces a run.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClockEntry {
    /// A barrier: the devices' time is the simulation's. Runs are as fast as the machine, and repeat
    /// bit for bit.
    Lockstep,
    /// The wall clock: the simulation keeps up with the devices' own time.
    Realtime,
}

/// What the realtime clock may miss before the verdict is inconclusive.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetEntry {
    /// Ticks that may be more than 1 ms late; 0 when absent.
    #[serde(default)]
    pub late_ticks: Option<u64>,
    /// The most that one tick may be late; 1 ms when absent.
    #[serde(default)]
    pub late_ms: Option<f64>,
    /// How far the clock of a device may depart from the bench's, where the device tells it; 100 ms when
    /// absent.
    #[serde(default)]
    pub drift_ms: Option<f64>,
    /// Frames that may be lost or damaged on the lines of all devices together; 0 when absent.
    #[serde(default)]
    pub lost_frames: Option<u64>,
}

/// The `kind` of a rig file.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RigKind {
    /// The only one.
    Rig,
}

/// One device under test.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BindingEntry {
    /// The name by which it must identify itself; anything goes when absent. A device that does not
    /// introduce itself is called so, and nobody checks it.
    #[serde(default)]
    pub expect: Option<String>,
    /// The version by which it must identify itself; any goes when absent. Not of a device that does not
    /// introduce itself.
    #[serde(default)]
    pub expect_version: Option<String>,
    /// How it is reached.
    pub transport: TransportEntry,
    /// How long it may stay silent before it counts as dead, on the wall clock; 10 s when absent.
    #[serde(default)]
    pub answer_timeout_s: Option<f64>,
    /// What it speaks; the bench link when absent.
    #[serde(default)]
    pub protocol: Option<ProtocolEntry>,
}

/// How a device under test is reached.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TransportEntry {
    /// A child process that speaks the bench link on its standard input and output, a
    /// pseudo-terminal.
    Process {
        /// Program and arguments; a relative program is sought below the project's root.
        command: Vec<String>,
    },
    /// A serial port of this machine on which a device speaks the bench link: 8 data bits, no parity,
    /// one stop bit, no flow control.
    Serial {
        /// The port (`/dev/ttyUSB0`, `/dev/serial/by-id/…`).
        path: String,
        /// Bits a second; 115200 when absent.
        #[serde(default)]
        baud: Option<u32>,
    },
    /// A TCP connection on which a device, an emulator or a serial server speaks the bench link.
    Tcp {
        /// `host:port`.
        address: String,
    },
    /// A pseudo-terminal that the bench makes for a client or a device of this machine.
    Pty {
        /// Its name: a symbolic link that leads to it as long as the run goes (`reports/phoenix.tty`),
        /// below the project's root.
        link: String,
    },
    /// A CAN interface of this machine (Linux SocketCAN).
    Socketcan {
        /// Its name (`can0`, `vcan0`). Bit rate and state are set outside: `ip link set can0 up type
        /// can bitrate 500000`.
        interface: String,
        /// Whether FD frames are sent and received; not when absent.
        #[serde(default)]
        fd: bool,
        /// Program and arguments of a device that is a process of this machine: started when the run
        /// begins, ended with it. Not when absent: the device is there already.
        #[serde(default)]
        command: Option<Vec<String>>,
    },
    /// A CAN adapter that is spoken to in lines of text (SLCAN, Lawicel), or a device that speaks as
    /// one.
    Slcan {
        /// The serial line to it.
        line: LineEntry,
        /// Bit rate of the bus: 10, 20, 50, 100, 125, 250, 500, 800 or 1000; 500 when absent.
        #[serde(default)]
        bit_rate_kbps: Option<u32>,
        /// Whether the adapter answers what it is sent; it does when absent. One that does not is opened
        /// without waiting for it, and what its line takes counts as sent.
        #[serde(default)]
        answers: Option<bool>,
    },
    /// A log of frames (candump, ASC, BLF, TRC or CSV, also packed with gzip), played back with its own
    /// timing. Nothing that is sent to it goes anywhere.
    Replay {
        /// The log, sought below the project's root.
        log: String,
        /// The channel of it that is played (`can0`, `1`); all of them when absent.
        #[serde(default)]
        channel: Option<String>,
        /// Whether places of it that should be frames and are none are left out and counted; the log is
        /// refused for them when absent.
        #[serde(default)]
        skip_damage: bool,
    },
}

/// A line of bytes to a CAN adapter.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LineEntry {
    /// A child process: its standard input and output, a pseudo-terminal.
    Process {
        /// Program and arguments; a relative program is sought below the project's root.
        command: Vec<String>,
    },
    /// A serial port of this machine: 8 data bits, no parity, one stop bit, no flow control.
    Serial {
        /// The port (`/dev/ttyACM0`, `/dev/serial/by-id/…`).
        path: String,
        /// Bits a second; 115200 when absent.
        #[serde(default)]
        baud: Option<u32>,
    },
    /// A TCP connection.
    Tcp {
        /// `host:port`.
        address: String,
    },
}
