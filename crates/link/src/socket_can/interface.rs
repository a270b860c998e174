//! Which CAN interfaces this machine has, and whether they can be used.

use std::fs;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};
use socketcan::nl::{CanState, InterfaceDetails, Mtu};
use thiserror::Error;

/// Where Linux lists the network interfaces.
const INTERFACES: &str = "/sys/class/net";
/// `ARPHRD_CAN` of `linux/if_arp.h`: what a CAN interface says of its kind there.
const CAN_INTERFACE_KIND: &str = "280";

/// One CAN interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanInterface {
    /// Its name.
    pub name: String,
    /// Bit/s; `None` of one that has none, as `vcan`.
    pub bit_rate: Option<u32>,
    /// Whether it carries FD frames.
    pub fd: bool,
    /// Why it cannot be used now.
    pub unusable: Option<Unusable>,
}

/// Why an interface cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    /// The kernel was built without CAN, or its module is not loaded and cannot be.
    #[error("this kernel has no CAN")]
    NoKernelSupport,
    /// There is none of that name.
    #[error("there is no such interface")]
    Absent,
    /// There is one, of another kind.
    #[error("it is no CAN interface")]
    NotCan,
    /// It is not up.
    #[error("it is down")]
    Down,
    /// Its controller has disconnected itself from the bus.
    #[error("it is bus off")]
    BusOff,
    /// FD was asked for.
    #[error("it carries no FD frames")]
    NoFd,
}

/// The CAN interfaces of this machine, by name.
///
/// # Errors
/// [`Unusable::NoKernelSupport`].
pub fn can_interfaces() -> Result<Vec<CanInterface>, Unusable> {
    check_kernel()?;
    let entries = fs::read_dir(INTERFACES).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| is_can(name)).collect();
    names.sort();
    Ok(names.iter().filter_map(|name| details(name)).map(CanInterface::from).collect())
}

/// Whether an interface can be used, with FD if asked.
pub(super) fn check(name: &str, fd: bool) -> Result<(), Unusable> {
    check_kernel()?;
    if !Path::new(INTERFACES).join(name).exists() {
        return Err(Unusable::Absent);
    }
    if !is_can(name) {
        return Err(Unusable::NotCan);
    }
    let interface = details(name).map(CanInterface::from).ok_or(Unusable::Absent)?;
    match interface.unusable {
        Some(why) => Err(why),
        None if fd && !interface.fd => Err(Unusable::NoFd),
        None => Ok(()),
    }
}

fn check_kernel() -> Result<(), Unusable> {
    let protocol = SockProtocol::CanRaw;
    match socket(AddressFamily::Can, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol) {
        Err(Errno::EAFNOSUPPORT | Errno::EPROTONOSUPPORT) => Err(Unusable::NoKernelSupport),
        // Any other refusal is reported with its reason when the socket is opened in earnest.
        Ok(_) | Err(_) => Ok(()),
    }
}

fn is_can(name: &str) -> bool {
    let kind = fs::read_to_string(Path::new(INTERFACES).join(name).join("type"));
    kind.is_ok_and(|kind| kind.trim() == CAN_INTERFACE_KIND)
}

fn details(name: &str) -> Option<InterfaceDetails> {
    let interface = socketcan::CanInterface::open(name).ok()?;
    let mut details = interface.details().ok()?;
    details.name = Some(name.to_owned());
    Some(details)
}

impl From<InterfaceDetails> for CanInterface {
    fn from(details: InterfaceDetails) -> Self {
        let unusable = match details.can.state {
            _ if !details.is_up => Some(Unusable::Down),
            Some(CanState::BusOff) => Some(Unusable::BusOff),
            Some(CanState::Stopped | CanState::Sleeping) => Some(Unusable::Down),
            _ => None,
        };
        Self {
            name: details.name.unwrap_or_default(),
            bit_rate: details.can.bit_timing.map(|timing| timing.bitrate).filter(|&rate| rate > 0),
            fd: details.mtu == Some(Mtu::Fd),
            unusable,
        }
    }
}
