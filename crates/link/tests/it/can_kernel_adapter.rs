//! The kernel's own SLCAN driver in front of an emulated adapter: an interface with a transmit queue
//! that can be full and a controller that can be in trouble, which a virtual bus has not.
//!
//! Runs where `BLACKSTART_SLCAN_DRIVER` says that the driver and `slcand` are there: in the CAN lane.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use blackstart_link::{
    ByteStream, CanPort, LinkErrorKind, Sent, SlcanBus, SocketCan, SocketCanOptions, Unusable,
};
use blackstart_wire::can::slcan::AdapterIdentity;
use blackstart_wire::can::{BusFault, CanFrame};

use crate::memory_port::frame;
use crate::pseudo_line::pseudo_line;

const DRIVER: &str = "BLACKSTART_SLCAN_DRIVER";
/// Never asserted: long enough for any machine, so that a failure ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// `slcand` on a line, which makes an interface of it.
struct Driver {
    daemon: Child,
    interface: String,
}

impl Driver {
    /// Starts it and waits for its interface, which is then up.
    fn start(line: &Path, interface: &str) -> Self {
        let mut command = Command::new("slcand");
        let command = command.args(["-F", "-o", "-s6"]).arg(line).arg(interface);
        let daemon = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !Path::new("/sys/class/net").join(interface).exists() {
            assert!(Instant::now() < deadline, "slcand made no interface");
            std::thread::sleep(Duration::from_millis(5));
        }
        let up = Command::new("ip").args(["link", "set", interface, "up"]).status();
        assert!(up.unwrap().success());
        Self { daemon, interface: interface.to_owned() }
    }

    fn open(&self) -> SocketCan {
        SocketCan::open(&self.interface, SocketCanOptions::default()).unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn is_there(test: &str) -> bool {
    let is_there = std::env::var_os(DRIVER).is_some();
    if !is_there {
        let note = format!("SKIPPED {test}: needs {DRIVER}\n");
        std::io::stderr().write_all(note.as_bytes()).unwrap();
    }
    is_there
}

/// Lets both ends work until one has received so many frames.
fn deliver(to: &mut dyn CanPort, from: &mut dyn CanPort, count: usize) -> Vec<CanFrame> {
    let (mut frames, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    while frames.len() < count {
        assert!(
            Instant::now() < deadline,
            "{} of {count} came: {:?}",
            frames.len(),
            from.counters()
        );
        from.receive(&mut Vec::new()).unwrap();
        to.receive(&mut frames).unwrap();
        std::thread::sleep(Duration::from_micros(200));
    }
    frames.iter().map(|received| received.frame).collect()
}

#[test]
fn the_kernels_driver_opens_the_adapter_and_frames_cross() {
    if !is_there("the_kernels_driver_opens_the_adapter_and_frames_cross") {
        return;
    }
    let (line, path) = pseudo_line();
    let mut bus = SlcanBus::new(Box::new(line), AdapterIdentity::default());
    let driver = Driver::start(&path, "slcan0");
    let mut port = driver.open();
    let out: Vec<CanFrame> = (0..5).map(|number| frame(0x100, &[number])).collect();
    out.iter().for_each(|frame| assert_eq!(port.send(frame).unwrap(), Sent::Queued));
    assert_eq!(deliver(&mut bus, &mut port, 5), out);
    assert_eq!(bus.bit_rate().map(|rate| rate.bits_per_second()), Some(500_000));
    assert_eq!(bus.send(&frame(0x200, &[9])).unwrap(), Sent::Queued);
    assert_eq!(deliver(&mut port, &mut bus, 1), [frame(0x200, &[9])]);
}

#[test]
fn a_full_transmit_queue_is_said_and_what_was_taken_arrives() {
    if !is_there("a_full_transmit_queue_is_said_and_what_was_taken_arrives") {
        return;
    }
    let (line, path) = pseudo_line();
    let mut bus = SlcanBus::new(Box::new(line), AdapterIdentity::default());
    let driver = Driver::start(&path, "slcan1");
    let mut port = driver.open();
    deliver_opening(&mut bus);
    // Nobody takes them off the line.
    let numbered = |number: usize| frame(0x100, &(number as u32).to_be_bytes());
    let taken =
        (0..10_000).take_while(|&n| port.send(&numbered(n)).unwrap() == Sent::Queued).count();
    assert!(taken < 10_000, "the queue never filled");
    assert_eq!((port.counters().sent, port.counters().full), (taken as u64, 1));
    let expected: Vec<CanFrame> = (0..taken).map(numbered).collect();
    assert_eq!(deliver(&mut bus, &mut port, taken), expected);
    assert_eq!(port.send(&numbered(taken)).unwrap(), Sent::Queued);
    assert_eq!(deliver(&mut bus, &mut port, 1), [numbered(taken)]);
}

fn deliver_opening(bus: &mut SlcanBus) {
    let deadline = Instant::now() + PATIENCE;
    while !bus.is_open() {
        assert!(Instant::now() < deadline, "the driver never opened the adapter");
        bus.receive(&mut Vec::new()).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The lines that the driver understands beyond Lawicel's: the controller's state, and bus errors.
#[test]
fn a_controller_in_trouble_is_seen_in_error_frames_and_in_its_state() {
    if !is_there("a_controller_in_trouble_is_seen_in_error_frames_and_in_its_state") {
        return;
    }
    let (mut line, path) = pseudo_line();
    let driver = Driver::start(&path, "slcan2");
    let mut port = driver.open();
    let mut faults = |text: &[u8]| {
        line.send(text, Instant::now() + PATIENCE).unwrap();
        let (mut frames, deadline) = (Vec::new(), Instant::now() + PATIENCE);
        while frames.is_empty() {
            assert!(Instant::now() < deadline, "no error frame for {text:?}");
            port.receive(&mut frames).unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
        match frames[0].frame {
            CanFrame::Error(error) => error.faults(),
            other => panic!("an error frame was expected: {other:?}"),
        }
    };
    assert!(faults(b"sw000100\r").contains(&BusFault::Warning));
    assert!(faults(b"sp000130\r").contains(&BusFault::Passive));
    assert!(faults(b"e1a\r").contains(&BusFault::NoAcknowledge));
    assert!(faults(b"sb000256\r").contains(&BusFault::BusOff));
    let counters = port.counters();
    assert_eq!((counters.errors.bus_off, counters.errors.passive, counters.received), (1, 1, 0));
    let error = SocketCan::open(&driver.interface, SocketCanOptions::default()).err().unwrap();
    let LinkErrorKind::UnusableInterface(why) = &error.kind else { panic!("{error}") };
    assert_eq!(*why, Unusable::BusOff);
}
