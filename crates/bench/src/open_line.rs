//! From the transport that a rig names to an open line.

use std::io;
use std::path::Path;
use std::time::Duration;

use blackstart_link::{
    ByteStream, CanLog, CanLogError, CanPort, CanStream, Companion, Damage, LinkError,
    LinkErrorKind, LogPort, OpenPort, PacedBus, Process, PseudoPort, SimOrigin, Slcan, SocketCan,
    SocketCanOptions, Timebase,
};
use blackstart_scenario::{Rig, Transport};
use blackstart_wire::bench_link::CanChannel;
use blackstart_wire::can::slcan::BitRate;

/// Opens a line for the bench link: bytes as they are, or packed into the frames of a bus. `timeout` is
/// for an adapter to answer.
///
/// # Errors
/// What the line says when it cannot be opened.
pub fn open_stream(
    transport: &Transport,
    root: &Path,
    timeout: Duration,
) -> Result<Box<dyn ByteStream>, LinkError> {
    match transport {
        Transport::Process { command } => Ok(Box::new(Process::start(command, root)?)),
        Transport::Serial { path, baud } => Ok(Box::new(OpenPort::serial(Path::new(path), *baud)?)),
        Transport::Tcp { address } => Ok(Box::new(OpenPort::tcp(address)?)),
        Transport::Pty { link } => Ok(Box::new(PseudoPort::create(&root.join(link))?)),
        Transport::SocketCan { .. } | Transport::Slcan { .. } | Transport::Replay { .. } => {
            let port = open_can(transport, root, timeout)?;
            Ok(bench_link_on(port, Timebase::Lockstep, timeout))
        }
    }
}

/// The bench link on a bus. On the device's own clock a frame may wait so long for room.
pub(crate) fn bench_link_on(
    port: Box<dyn CanPort>,
    timebase: Timebase,
    patience: Duration,
) -> Box<dyn ByteStream> {
    let channel = CanChannel::default();
    Box::new(match timebase {
        Timebase::Lockstep => CanStream::new(port, channel),
        Timebase::OwnClock => CanStream::on_own_clock(port, channel, patience),
    })
}

/// Opens a CAN bus; a process that belongs on it is started with it.
///
/// # Errors
/// What the bus says when it cannot be opened.
pub fn open_can(
    transport: &Transport,
    root: &Path,
    timeout: Duration,
) -> Result<Box<dyn CanPort>, LinkError> {
    match transport {
        Transport::SocketCan { interface, fd, command } => {
            let options = SocketCanOptions { fd: *fd, ..SocketCanOptions::default() };
            // Before the device starts, so that its first frame is not missed.
            let port = Box::new(SocketCan::open(interface, options)?);
            match command {
                None => Ok(port),
                Some(command) => Ok(Box::new(Companion::new(port, Process::start(command, root)?))),
            }
        }
        Transport::Slcan { line, bit_rate, answers } => {
            let rate = BitRate::new(*bit_rate).expect("a rig file's rates are those of adapters");
            let open = if *answers { Slcan::open } else { Slcan::open_mute };
            Ok(Box::new(open(open_stream(line, root, timeout)?, rate, timeout)?))
        }
        Transport::Replay { log, channel, skip_damage } => {
            let log = CanLog::read(&root.join(log), channel.as_deref(), damage(*skip_damage));
            match log.and_then(LogPort::new) {
                Ok(port) => Ok(Box::new(port)),
                Err(error) => Err(never_started(transport, io::Error::other(error))),
            }
        }
        Transport::Process { .. }
        | Transport::Serial { .. }
        | Transport::Tcp { .. }
        | Transport::Pty { .. } => {
            let why = "it is a line of bytes and no CAN bus";
            Err(never_started(transport, io::Error::new(io::ErrorKind::InvalidInput, why)))
        }
    }
}

/// Opens the bus of a device that speaks frames and lets itself be paced. What of an adapter would be set
/// up, its bit rate, is nothing here.
///
/// # Errors
/// What the line says when it cannot be opened.
pub(crate) fn open_paced(
    transport: &Transport,
    root: &Path,
    origin: SimOrigin,
    timeout: Duration,
) -> Result<Box<dyn CanPort>, LinkError> {
    let Transport::Slcan { line, .. } = transport else {
        let why = "nobody on it can be paced";
        return Err(never_started(transport, io::Error::new(io::ErrorKind::InvalidInput, why)));
    };
    let line = open_stream(line, root, timeout)?;
    Ok(Box::new(PacedBus::new(line, origin, timeout)))
}

/// Reads every log that a rig plays in the place of a device, so that a mistake is reported before anything
/// starts. A line for each that had damage to skip.
///
/// # Errors
/// The first log that cannot be used.
pub fn check_logs(rig: &Rig, root: &Path) -> Result<Vec<String>, CanLogError> {
    let mut skipped = Vec::new();
    let devices = rig.bindings.values().map(|binding| &binding.transport);
    let emulated = rig.emulates.values().map(|emulation| &emulation.transport);
    for transport in devices.chain(emulated) {
        if let Transport::Replay { log, channel, skip_damage } = transport {
            let read = CanLog::read(&root.join(log), channel.as_deref(), damage(*skip_damage))?;
            read.records()?;
            if read.damaged > 0 {
                let CanLog { frames, damaged, .. } = read;
                skipped.push(format!(
                    "{log}: {damaged} damaged places left out, {frames} frames read"
                ));
            }
        }
    }
    Ok(skipped)
}

fn damage(is_skipped: bool) -> Damage {
    if is_skipped { Damage::Skip } else { Damage::Refuse }
}

fn never_started(transport: &Transport, source: io::Error) -> LinkError {
    let kind = LinkErrorKind::NeverStarted(source);
    LinkError { device: transport.to_string(), kind, last_words: String::new() }
}
