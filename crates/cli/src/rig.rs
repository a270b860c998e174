//! `rig`: what this machine can be plugged into, and logs played to it.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use blackstart_bench::open_can;
use blackstart_link::{
    CanInterface, CanLog, Damage, PlayedLog, Sent, Unusable, can_interfaces, serial_ports,
};
use serde::Serialize;

use crate::arguments::{Format, Playing};
use crate::console::{BAR_STEPS, Console};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::result::json_line;

/// How long an adapter may take for its first answer.
const ADAPTER_TIMEOUT: Duration = Duration::from_secs(5);
/// Frames that were not sent and are named for people; machines get all.
const NAMED_FRAMES: usize = 20;

/// One line of `rig transports`.
#[derive(Serialize)]
struct Entry {
    /// As a rig file names it.
    transport: &'static str,
    /// The port or interface; nothing where a rig names it.
    place: Option<String>,
    usable: bool,
    /// Why not, or what is known of it.
    note: String,
}

/// Lists the transports of this machine.
///
/// # Errors
/// If nobody can read it.
pub fn transports(format: Format, console: &mut Console) -> Result<Exit, Failure> {
    let entries = all();
    let width = |text: fn(&Entry) -> &str| entries.iter().map(|e| text(e).len()).max().unwrap_or(0);
    let (kind, place) = (width(|e| e.transport), width(|e| e.place.as_deref().unwrap_or("")));
    for entry in &entries {
        console.result(&match format {
            Format::Json => json_line(entry),
            Format::Human => {
                let usable = if entry.usable { "usable    " } else { "not usable" };
                let at = entry.place.as_deref().unwrap_or("");
                format!("{:<kind$}  {at:<place$}  {usable}  {}", entry.transport, entry.note)
                    .trim_end()
                    .to_owned()
            }
        })?;
    }
    Ok(Exit::Passed)
}

fn all() -> Vec<Entry> {
    let named = |transport, note: &str| Entry {
        transport,
        place: None,
        usable: true,
        note: note.to_owned(),
    };
    let mut entries = vec![named("process", "a program that the bench starts")];
    entries.extend(serial());
    entries.push(named("tcp", "host:port"));
    entries.extend(socketcan());
    entries.push(named("slcan", "a CAN adapter over serial, tcp or process; one that answers nothing needs \"answers\": false"));
    entries.push(named("replay", "a log of CAN frames"));
    entries
}

fn serial() -> Vec<Entry> {
    let ports = serial_ports();
    if ports.is_empty() {
        let note = "no port is plugged in".to_owned();
        return vec![Entry { transport: "serial", place: None, usable: false, note }];
    }
    let entry = |port: blackstart_link::SerialPort| Entry {
        transport: "serial",
        place: Some(port.path.display().to_string()),
        usable: port.unusable.is_none(),
        note: port.unusable.map_or_else(String::new, |why| {
            format!("{why}: sudo usermod -aG dialout $USER, then log in again")
        }),
    };
    ports.into_iter().map(entry).collect()
}

fn socketcan() -> Vec<Entry> {
    let transport = "socketcan";
    let nothing = |note: String| vec![Entry { transport, place: None, usable: false, note }];
    let interfaces = match can_interfaces() {
        Ok(interfaces) => interfaces,
        Err(why) => return nothing(why.to_string()),
    };
    if interfaces.is_empty() {
        return nothing(
            "no interface; a virtual one: ip link add vcan0 type vcan && ip link set vcan0 up"
                .to_owned(),
        );
    }
    let entry = |interface: CanInterface| Entry {
        transport,
        note: match &interface.unusable {
            None => state(&interface),
            Some(why) => with_remedy(&interface.name, why),
        },
        usable: interface.unusable.is_none(),
        place: Some(interface.name),
    };
    interfaces.into_iter().map(entry).collect()
}

fn state(interface: &CanInterface) -> String {
    let rate = match interface.bit_rate {
        Some(rate) => format!("{} kbit/s", rate / 1000),
        None => "no bit rate".to_owned(),
    };
    if interface.fd { format!("{rate}, FD") } else { rate }
}

/// Why an interface cannot be used, and what to do about it.
fn with_remedy(name: &str, why: &Unusable) -> String {
    match remedy(name, why) {
        Some(remedy) => format!("{why}: {remedy}"),
        None => why.to_string(),
    }
}

/// The command that makes an interface usable.
pub fn remedy(name: &str, why: &Unusable) -> Option<String> {
    let is_virtual = name.starts_with("vcan");
    match why {
        Unusable::Down if is_virtual => Some(format!("ip link set {name} up")),
        Unusable::Down => Some(format!("ip link set {name} up type can bitrate 500000")),
        Unusable::BusOff => Some(format!("ip link set {name} type can restart")),
        Unusable::NoFd if is_virtual => Some(format!("ip link set {name} mtu 72")),
        Unusable::NoFd => {
            Some(format!("ip link set {name} up type can bitrate 500000 dbitrate 2000000 fd on"))
        }
        Unusable::Absent if is_virtual => {
            Some(format!("ip link add {name} type vcan && ip link set {name} up"))
        }
        Unusable::Absent | Unusable::NotCan => Some("ip link show type can".to_owned()),
        Unusable::NoKernelSupport => None,
    }
}

/// What `rig play --format json` says.
#[derive(Serialize)]
struct Report {
    frames: u64,
    sent: u64,
    refused: u64,
    received: u64,
    intended_ms: f64,
    achieved_ms: f64,
    late_mean_ms: f64,
    late_worst_ms: f64,
    late_over_1_ms: u64,
    interrupted: bool,
    unsent: Vec<String>,
}

/// Plays a log to a bus.
///
/// # Errors
/// If the log cannot be read or the bus not be opened.
pub fn play(playing: &Playing, console: &mut Console) -> Result<Exit, Failure> {
    let damage = if playing.skip_damage { Damage::Skip } else { Damage::Refuse };
    let log = CanLog::read(&playing.log, playing.channel.as_deref(), damage);
    let log = log.and_then(|log| log.records().map(|_| log)).map_err(Failure::Log)?;
    if log.damaged > 0 {
        console.say(&format!("{} damaged places of the log are left out", log.damaged));
    }
    let mut port = open_can(&playing.on, Path::new("."), ADAPTER_TIMEOUT).map_err(Failure::Bus)?;
    let interrupt = Interrupt::listen()?;
    let (bar, frames) = (console.bar("playing"), log.frames);
    let outcome = blackstart_link::play(
        &log,
        &mut *port,
        &mut |done| {
            bar.set_position(done as u64 * BAR_STEPS / frames);
            if interrupt.is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
        &mut |_| {},
    );
    bar.finish_and_clear();
    port.close(Duration::ZERO);
    let played = outcome.map_err(|kind| {
        let (device, last_words) = (port.describe(), port.last_words());
        Failure::Bus(blackstart_link::LinkError { device, kind, last_words })
    })?;
    tell(&played, frames, playing.format, console)?;
    Ok(match played {
        PlayedLog { interrupted: true, .. } => Exit::Interrupted,
        PlayedLog { sent, refused: 0, .. } if sent == frames => Exit::Passed,
        _ => Exit::NoRig,
    })
}

fn tell(
    played: &PlayedLog,
    frames: u64,
    format: Format,
    console: &mut Console,
) -> Result<(), Failure> {
    let ms = |time: Duration| time.as_micros() as f64 / 1000.0;
    let late = played.lateness;
    if format == Format::Json {
        return console.result(&json_line(&Report {
            frames,
            sent: played.sent,
            refused: played.refused,
            received: played.received,
            intended_ms: ms(played.intended),
            achieved_ms: ms(played.achieved),
            late_mean_ms: ms(late.mean),
            late_worst_ms: ms(late.worst),
            late_over_1_ms: late.over_a_millisecond,
            interrupted: played.interrupted,
            unsent: played.unsent.iter().map(ToString::to_string).collect(),
        }));
    }
    console.result(&format!(
        "{} of {frames} frames sent, {} received; {:.1} ms, intended {:.1} ms",
        played.sent,
        played.received,
        ms(played.achieved),
        ms(played.intended),
    ))?;
    console.result(&format!(
        "late: {:.3} ms on average, {:.3} ms at worst, {} frames by more than a millisecond",
        ms(late.mean),
        ms(late.worst),
        late.over_a_millisecond
    ))?;
    if played.refused > 0 {
        console.result(&format!("{} frames were refused by the adapter", played.refused))?;
    }
    for unsent in played.unsent.iter().take(NAMED_FRAMES) {
        console.result(&format!("not sent: {unsent}"))?;
    }
    let more = played.unsent.len().saturating_sub(NAMED_FRAMES);
    if more > 0 {
        let full = played.unsent.iter().filter(|unsent| unsent.why == Sent::Full).count();
        console.result(&format!("… and {more} more ({full} of all for want of room)"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_reported_with_its_remedy() {
        let reported = |name, why| with_remedy(name, &why);
        assert_eq!(
            reported("can0", Unusable::Down),
            "it is down: ip link set can0 up type can bitrate 500000"
        );
        assert_eq!(reported("vcan0", Unusable::Down), "it is down: ip link set vcan0 up");
        assert_eq!(reported("can0", Unusable::NoKernelSupport), "this kernel has no CAN");
    }
}
