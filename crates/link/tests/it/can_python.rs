//! python-can as the host of an emulated adapter. Runs when `BLACKSTART_WITNESSES` names a folder that
//! holds a Python virtual environment with it, and says so when it does not.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use blackstart_link::{CanPort, ReceivedFrame, Sent, SlcanBus};
use blackstart_wire::can::slcan::AdapterIdentity;
use blackstart_wire::can::{CanFrame, CanId, DataFrame, RemoteFrame};

use crate::pseudo_line::pseudo_line;

const WITNESS: &str = include_str!("python_can_witness.py");
/// Never asserted: long enough for any machine, so that a failure ends.
const PATIENCE: Duration = Duration::from_secs(60);

fn python() -> Option<PathBuf> {
    let python = Path::new(&std::env::var_os("BLACKSTART_WITNESSES")?).join("bin/python3");
    let imported = Command::new(&python).args(["-c", "import can, serial"]).output().ok()?;
    imported.status.success().then_some(python)
}

fn next(bus: &mut SlcanBus) -> CanFrame {
    let (mut frames, deadline) = (Vec::<ReceivedFrame>::new(), Instant::now() + PATIENCE);
    while frames.is_empty() {
        assert!(Instant::now() < deadline, "python-can sent nothing");
        bus.receive(&mut frames).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(frames.len(), 1);
    frames[0].frame
}

#[test]
fn python_can_opens_the_adapter_and_frames_cross_both_ways() {
    let Some(python) = python() else {
        let note =
            "\nnot run: python-can as a host (BLACKSTART_WITNESSES names no environment with it)\n";
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return;
    };
    let (line, path) = pseudo_line();
    let identity = AdapterIdentity { version: *b"1013", serial: *b"A123" };
    let mut bus = SlcanBus::new(Box::new(line), identity);
    let id = |number| CanId::standard(number).unwrap();
    let extended = |number| CanId::extended(number).unwrap();
    let data = |id, data: &[u8]| CanFrame::from(DataFrame::classic(id, data).unwrap());
    let pairs = [
        (data(id(0x351), &[1, 2, 3, 4, 5, 6, 7, 8]), data(id(0x352), &[8, 7, 6, 5, 4, 3, 2, 1])),
        (data(extended(0x18FE_F100), &[]), data(extended(0x18FE_F101), &[])),
        (
            RemoteFrame::new(id(0x100), 4).unwrap().into(),
            RemoteFrame::new(id(0x101), 4).unwrap().into(),
        ),
    ];
    let mut command = Command::new(python);
    command.args(["-c", WITNESS]).arg(&path).arg(pairs.len().to_string());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(next(&mut bus), data(id(0x7FF), b"ready"));
    for (sent, answer) in pairs {
        assert_eq!(bus.send(&sent).unwrap(), Sent::Queued);
        assert_eq!(next(&mut bus), answer);
    }
    // The farewell of a host that closes the channel.
    let deadline = Instant::now() + PATIENCE;
    while bus.is_open() {
        assert!(Instant::now() < deadline, "python-can never closed the channel");
        bus.receive(&mut Vec::new()).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(bus.bit_rate().map(|rate| rate.bits_per_second()), Some(500_000));
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(said, "version 10 13\nserial A123\n");
}
