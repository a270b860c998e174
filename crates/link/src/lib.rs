//! The outside world: child processes on a pseudo-terminal, serial ports, TCP connections, CAN buses and
//! recorded sessions, with bounded waits.
//!
//! [`Process`] is a device under test (DUT) that runs on this machine, [`OpenPort`] one on a bench; [`Session`] speaks the bench link
//! over any [`ByteStream`], in lockstep or on the device's own clock. Whatever the device does (crash, hang, flood, babble, never
//! start), each call here ends within the time that it was given, with a [`LinkError`] that says what
//! was seen. In lockstep the wall clock is read for that purpose alone: no time of it enters an answer.
//! Only [`Pace`] ties simulated time to it.
//!
//! A [`CanPort`] is a bus: an interface of this machine ([`SocketCan`]) or an adapter on a line of bytes
//! ([`Slcan`]), the bus behind an emulated adapter ([`SlcanBus`]), a log ([`LogPort`]), a device that speaks
//! frames and lets itself be paced ([`PacedBus`]; on a line of bytes, [`PacedClient`]), or any of them with faults ([`FaultyBus`]). [`CanStream`] carries the bench link over one, [`play`] sends a log to one.
//!
//! A session can be recorded ([`RecordingWriter`]), and a [`SessionRecording`] can take the device's place.

mod allowance;
mod answer;
mod can_log;
mod can_port;
mod can_stream;
mod companion;
mod error;
mod faulty_bus;
pub mod guard;
mod line;
mod log_player;
mod log_port;
mod origin;
mod pace;
mod paced_bus;
mod paced_line;
mod pacer;
mod port;
mod process;
mod pseudo_port;
mod pseudo_terminal;
mod recording;
mod serial_ports;
mod session;
mod slcan;
mod slcan_bus;
mod socket_can;
mod stream;
mod tail;
mod wall_limit;

pub use answer::{Answer, AskedTransfer, EndedTransfer, SubscriptionChange};
pub use blackstart_wire::bench_link::{LinkEdge, LinkLineCounters, WakeCause};
pub use can_log::{CanLog, CanLogError, CanLogErrorKind, Damage, LogRecords};
pub use can_port::{CanPort, CanPortCounters, ErrorCounters, ReceivedFrame, Sent};
pub use can_stream::CanStream;
pub use companion::Companion;
pub use error::{LinkError, LinkErrorKind};
pub use faulty_bus::{Disturbance, FaultControl, FaultId, FaultyBus, InjectedFault, Way};
pub use log_player::{Lateness, PlayedLog, Unsent, play};
pub use log_port::LogPort;
pub use origin::SimOrigin;
pub use pace::{ON_TIME, Pace, PaceTiming};
pub use paced_bus::PacedBus;
pub use paced_line::PacedClient;
pub use port::OpenPort;
pub use process::Process;
pub use pseudo_port::PseudoPort;
pub use recording::{
    BUS_FILE, Departure, Header, LINES_FILE, RecordedFile, RecordedLine, RecordingError,
    RecordingErrorKind, RecordingWriter, Replay, SessionRecording, Tape, TrafficLog, TrafficTap,
};
pub use serial_ports::{SerialPort, serial_ports};
pub use session::{Counters, DeviceIdentity, Drift, Session, Timebase};
pub use slcan::{About, Slcan};
pub use slcan_bus::SlcanBus;
pub use socket_can::{CanInterface, SocketCan, SocketCanOptions, Unusable, can_interfaces};
pub use stream::ByteStream;
pub use wall_limit::WallLimit;
