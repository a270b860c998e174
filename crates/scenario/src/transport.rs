//! How a device under test is reached: a line of bytes, or a CAN bus.

use std::fmt;

use crate::rig_file::{LineEntry, TransportEntry};

/// How a device under test is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A child process on a pseudo-terminal.
    Process {
        /// Program and arguments, never empty; a relative program is sought below the project's
        /// root.
        command: Vec<String>,
    },
    /// A serial port of this machine.
    Serial {
        /// The port.
        path: String,
        /// Bits a second.
        baud: u32,
    },
    /// A TCP connection.
    Tcp {
        /// `host:port`.
        address: String,
    },
    /// A pseudo-terminal of our own.
    Pty {
        /// Its name, below the project's root.
        link: String,
    },
    /// A CAN interface of this machine.
    SocketCan {
        /// Its name.
        interface: String,
        /// Whether FD frames are sent and received.
        fd: bool,
        /// The device, where it is a process that lives as long as the run: program and arguments,
        /// never empty.
        command: Option<Vec<String>>,
    },
    /// A CAN adapter on a line of bytes.
    Slcan {
        /// [`Transport::Process`], [`Transport::Serial`] or [`Transport::Tcp`].
        line: Box<Transport>,
        /// Of the bus, in bit/s.
        bit_rate: u32,
        /// Whether it answers what it is sent.
        answers: bool,
    },
    /// A log of CAN frames, played back.
    Replay {
        /// The log, sought below the project's root.
        log: String,
        /// The channel of it that is played; all where none is named.
        channel: Option<String>,
        /// Whether what is damaged in it is left out.
        skip_damage: bool,
    },
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process { command } => write!(f, "process {}", command.join(" ")),
            Self::Serial { path, baud } => write!(f, "serial {path} at {baud} baud"),
            Self::Tcp { address } => write!(f, "tcp {address}"),
            Self::Pty { link } => write!(f, "pty {link}"),
            Self::SocketCan { interface, fd, command } => {
                write!(f, "socketcan {interface}{}", if *fd { " with FD" } else { "" })?;
                match command {
                    Some(command) => write!(f, ", process {}", command.join(" ")),
                    None => Ok(()),
                }
            }
            Self::Slcan { line, bit_rate, answers } => {
                let mute = if *answers { "" } else { ", unanswered," };
                write!(f, "slcan at {} kbit/s{mute} over {line}", bit_rate / BITS_PER_KILOBIT)
            }
            Self::Replay { log, channel: None, .. } => write!(f, "replay {log}"),
            Self::Replay { log, channel: Some(channel), .. } => {
                write!(f, "replay {log}, channel {channel}")
            }
        }
    }
}

const BITS_PER_KILOBIT: u32 = 1000;
/// Rates that a serial port can be set to.
const BAUD_RATES: [u32; 9] =
    [9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_000_000];
/// Rate of a serial port whose rig file names none.
const USUAL_BAUD: u32 = 115_200;
/// Rates of a CAN bus that an adapter can be set to, in kbit/s.
const CAN_RATES_KBPS: [u32; 9] = [10, 20, 50, 100, 125, 250, 500, 800, 1000];
/// Rate of a CAN bus whose rig file names none, in kbit/s: that of the 0x351 family.
const USUAL_CAN_RATE_KBPS: u32 = 500;

impl From<TransportEntry> for Transport {
    fn from(entry: TransportEntry) -> Self {
        match entry {
            TransportEntry::Process { command } => Self::Process { command },
            TransportEntry::Serial { path, baud } => {
                Self::Serial { path, baud: baud.unwrap_or(USUAL_BAUD) }
            }
            TransportEntry::Tcp { address } => Self::Tcp { address },
            TransportEntry::Pty { link } => Self::Pty { link },
            TransportEntry::Socketcan { interface, fd, command } => {
                Self::SocketCan { interface, fd, command }
            }
            TransportEntry::Slcan { line, bit_rate_kbps, answers } => {
                let rate = bit_rate_kbps.unwrap_or(USUAL_CAN_RATE_KBPS);
                let bit_rate = rate.saturating_mul(BITS_PER_KILOBIT);
                let answers = answers.unwrap_or(true);
                Self::Slcan { line: Box::new(line.into()), bit_rate, answers }
            }
            TransportEntry::Replay { log, channel, skip_damage } => {
                Self::Replay { log, channel, skip_damage }
            }
        }
    }
}

impl From<LineEntry> for Transport {
    fn from(entry: LineEntry) -> Self {
        match entry {
            LineEntry::Process { command } => Self::Process { command },
            LineEntry::Serial { path, baud } => {
                Self::Serial { path, baud: baud.unwrap_or(USUAL_BAUD) }
            }
            LineEntry::Tcp { address } => Self::Tcp { address },
        }
    }
}

/// What is wrong with a transport, and where below its entry.
pub(crate) struct Complaint {
    pub keys: Vec<&'static str>,
    pub message: String,
    pub expected: String,
}

impl Transport {
    /// Whether it is a CAN bus, and not a line of bytes.
    pub const fn is_bus(&self) -> bool {
        match self {
            Self::SocketCan { .. } | Self::Slcan { .. } | Self::Replay { .. } => true,
            Self::Process { .. } | Self::Serial { .. } | Self::Tcp { .. } | Self::Pty { .. } => {
                false
            }
        }
    }

    /// A CAN adapter on a line of bytes; `None` where it is none, or adapters do not know the rate.
    pub fn slcan(line: Self, bit_rate_kbps: u32) -> Option<Self> {
        let is_line = matches!(line, Self::Process { .. } | Self::Serial { .. } | Self::Tcp { .. });
        let bit_rate = bit_rate_kbps.checked_mul(BITS_PER_KILOBIT)?;
        let is_known = CAN_RATES_KBPS.contains(&bit_rate_kbps);
        (is_line && is_known).then(|| Self::Slcan { line: Box::new(line), bit_rate, answers: true })
    }

    /// The program that is started for it, with its arguments.
    pub fn command(&self) -> Option<&[String]> {
        match self {
            Self::Process { command } => Some(command),
            Self::SocketCan { command, .. } => command.as_deref(),
            Self::Slcan { line, .. } => line.command(),
            Self::Serial { .. } | Self::Tcp { .. } | Self::Pty { .. } | Self::Replay { .. } => None,
        }
    }

    /// Whether each run has one of its own: a program that is started for it.
    pub fn starts_anew(&self) -> bool {
        match self {
            Self::Process { .. } => true,
            Self::Slcan { line, .. } => line.starts_anew(),
            _ => false,
        }
    }

    /// The log that stands in its place, below the project's root.
    pub fn log(&self) -> Option<&str> {
        match self {
            Self::Replay { log, .. } => Some(log),
            _ => None,
        }
    }

    /// What no transport can be, in the order of the keys.
    pub(crate) fn complaints(&self) -> Vec<Complaint> {
        match self {
            Self::Process { command } | Self::SocketCan { command: Some(command), .. }
                if command.is_empty() =>
            {
                let expected = "expected a program and its arguments".to_owned();
                let message = "the command is empty".to_owned();
                vec![Complaint { keys: vec!["command"], message, expected }]
            }
            Self::Serial { baud, .. } if !BAUD_RATES.contains(baud) => vec![Complaint {
                keys: vec!["baud"],
                message: format!("{baud} baud is no usual rate"),
                expected: format!("expected one of {BAUD_RATES:?}"),
            }],
            Self::Slcan { line, bit_rate, .. } => {
                let mut complaints = line.complaints();
                complaints.iter_mut().for_each(|complaint| complaint.keys.insert(0, "line"));
                let rate = bit_rate / BITS_PER_KILOBIT;
                if !CAN_RATES_KBPS.contains(&rate) {
                    complaints.push(Complaint {
                        keys: vec!["bit_rate_kbps"],
                        message: format!("an adapter cannot be set to {rate} kbit/s"),
                        expected: format!("expected one of {CAN_RATES_KBPS:?}"),
                    });
                }
                complaints
            }
            _ => Vec::new(),
        }
    }
}
