//! Devices that are there already: on a serial port, behind a TCP connection.

use std::fs::File;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use blackstart_link::{LinkErrorKind, OpenPort, Session, WakeCause};
use blackstart_units::SimTime;
use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};

use crate::firmware::built;
use crate::pins::offer;

const PATIENCE: Duration = Duration::from_secs(10);

/// A pair of serial ports: the far end, and the path of the near one.
fn crossed_ports() -> (OwnedFd, PathBuf) {
    let far = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY).unwrap();
    grantpt(&far).unwrap();
    unlockpt(&far).unwrap();
    let near = ptsname_r(&far).unwrap().into();
    (far.into(), near)
}

fn firmware_on(line: OwnedFd) -> Child {
    let output = Stdio::from(line.try_clone().unwrap());
    let program = built().join("reference-bms-1.0");
    Command::new(program).stdin(Stdio::from(line)).stdout(output).spawn().unwrap()
}

#[test]
fn firmware_on_a_serial_port_answers_barriers() {
    let (far, near) = crossed_ports();
    // Held open, as a real port is: a pseudo-terminal hangs up when nobody holds the near end.
    let _held = File::open(&near).unwrap();
    let port = OpenPort::serial(&near, 115_200).unwrap();
    let mut firmware = firmware_on(far);
    let (mut session, identity) = Session::connect(port, PATIENCE, offer()).unwrap();
    assert_eq!(identity.name, "reference-bms");
    assert!(session.exchange(SimTime::ZERO, WakeCause::default(), &[]).is_ok());
    firmware.kill().unwrap();
    firmware.wait().unwrap();
    let lost = session.exchange(SimTime::from_millis(1), WakeCause::default(), &[]).unwrap_err();
    assert!(matches!(lost.kind, LinkErrorKind::HungUp), "{lost}");
}

#[test]
fn a_device_behind_tcp_that_closes_has_hung_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let port = OpenPort::tcp(&address).unwrap();
    drop(listener.accept().unwrap());
    let lost = Session::connect(port, PATIENCE, offer()).err().unwrap();
    assert!(matches!(lost.kind, LinkErrorKind::HungUp), "{lost}");
}

#[test]
fn what_is_no_serial_port_is_refused() {
    for (path, baud, expected) in [
        ("/dev/no-such-port", 115_200, "No such file"),
        ("/dev/null", 115_200, "ioctl"),
        ("/", 115_200, "not a serial port"),
        ("/dev/null", 123, "no usual rate"),
    ] {
        let error = OpenPort::serial(Path::new(path), baud).unwrap_err();
        let LinkErrorKind::NeverStarted(source) = &error.kind else { panic!("{error}") };
        assert!(source.to_string().contains(expected), "{path}: {source}");
    }
}
