//! A real CAN socket. These tests run where `BLACKSTART_VCAN` names a virtual interface that they may
//! use: in the CAN lane, where `vcan0` carries FD, `vcan1` does not, and `vcan2` is down. Witnesses that
//! were written by somebody else are the can-utils.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use blackstart_link::{
    CanPort, LinkErrorKind, ReceivedFrame, Sent, SocketCan, SocketCanOptions, Unusable,
    can_interfaces,
};
use blackstart_wire::can::{
    BusFault, CanFrame, CanId, DataFrame, FdFlags, MAX_STANDARD_ID, RemoteFrame, candump,
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

const VCAN: &str = "BLACKSTART_VCAN";
/// Never asserted: long enough for any machine, so that a failure ends.
const PATIENCE: Duration = Duration::from_secs(20);
/// Frames a second on a full bus of 500 kbit/s: 8 bytes each, about 125 bits with stuffing.
const FULL_BUS: usize = 4_000;

/// The interface, or a word past the capture of the harness that the test did not run.
fn bus(test: &str) -> Option<String> {
    let bus = std::env::var(VCAN).ok();
    if bus.is_none() {
        let note = format!("SKIPPED {test}: needs {VCAN}\n");
        std::io::stderr().write_all(note.as_bytes()).unwrap();
    }
    bus
}

fn open(bus: &str) -> SocketCan {
    SocketCan::open(bus, SocketCanOptions { fd: true, ..SocketCanOptions::default() }).unwrap()
}

fn data(id: u32, bytes: &[u8]) -> CanFrame {
    DataFrame::classic(CanId::standard(id).unwrap(), bytes).unwrap().into()
}

/// A frame with a number in it.
fn numbered(number: usize) -> CanFrame {
    data(number as u32 % (MAX_STANDARD_ID + 1), &(number as u64).to_be_bytes())
}

fn number(frame: &CanFrame) -> usize {
    let CanFrame::Data(frame) = frame else { panic!("data was expected: {frame:?}") };
    u64::from_be_bytes(frame.data().try_into().unwrap()) as usize
}

/// Sends, also if the bus has no room at first.
fn send(port: &mut dyn CanPort, frame: &CanFrame) {
    let deadline = Instant::now() + PATIENCE;
    while port.send(frame).unwrap() != Sent::Queued {
        assert!(Instant::now() < deadline, "the bus never had room");
        poll(&mut [], PollTimeout::from(1_u8)).unwrap();
    }
}

/// Receives until there are so many frames.
fn receive(port: &mut dyn CanPort, count: usize) -> Vec<ReceivedFrame> {
    let (mut frames, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    loop {
        port.receive(&mut frames).unwrap();
        if frames.len() >= count || Instant::now() >= deadline {
            assert_eq!(frames.len(), count, "{:?}", port.counters());
            return frames;
        }
        let fd = port.poll_fd().unwrap();
        poll(&mut [PollFd::new(fd, PollFlags::POLLIN)], PollTimeout::from(100_u8)).unwrap();
    }
}

fn frames(received: &[ReceivedFrame]) -> Vec<CanFrame> {
    received.iter().map(|received| received.frame).collect()
}

/// `candump` on the bus, once it listens.
struct Witness {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Witness {
    /// It listens as soon as one of the frames that it is sent arrives.
    fn start(bus: &str, port: &mut dyn CanPort) -> Self {
        let mut command = Command::new("candump");
        command.args(["-L", &format!("{bus},0:0,#FFFFFFFF")]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let knock = data(0x7FF, b"knock");
        let deadline = Instant::now() + PATIENCE;
        loop {
            send(port, &knock);
            let mut ends = [PollFd::new(std::os::fd::AsFd::as_fd(&output), PollFlags::POLLIN)];
            if poll(&mut ends, PollTimeout::from(50_u8)).unwrap() > 0 {
                break;
            }
            assert!(Instant::now() < deadline, "candump heard nothing");
        }
        Self { child, lines: BufReader::new(output) }
    }

    /// The next frame that is no knock.
    fn next(&mut self) -> CanFrame {
        loop {
            let (mut line, mut reader) = (Vec::new(), candump::CandumpReader::default());
            self.lines.read_until(b'\n', &mut line).unwrap();
            let record = line.iter().find_map(|&byte| reader.push_byte(byte)).unwrap().unwrap();
            if record.frame != data(0x7FF, b"knock") {
                return record.frame;
            }
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cansend(bus: &str, frame: &str) {
    assert!(Command::new("cansend").args([bus, frame]).status().unwrap().success(), "{frame}");
}

fn every_kind() -> Vec<CanFrame> {
    let (standard, extended) = (CanId::standard(0x123).unwrap(), CanId::extended(0x123).unwrap());
    let flags = FdFlags { bit_rate_switch: true, error_state: false };
    vec![
        DataFrame::classic(standard, &[0xDE, 0xAD]).unwrap().into(),
        DataFrame::classic(extended, &[1, 2, 3, 4, 5, 6, 7, 8]).unwrap().into(),
        DataFrame::classic(extended, &[]).unwrap().into(),
        RemoteFrame::new(standard, 4).unwrap().into(),
        DataFrame::fd(standard, &[0xA5; 64], flags).unwrap().into(),
        DataFrame::fd(extended, &[7; 12], FdFlags::default()).unwrap().into(),
    ]
}

#[test]
fn every_kind_of_frame_crosses_the_bus_with_a_stamp() {
    let Some(bus) = bus("every_kind_of_frame_crosses_the_bus_with_a_stamp") else { return };
    let (mut here, mut there) = (open(&bus), open(&bus));
    let before = Instant::now();
    every_kind().iter().for_each(|frame| send(&mut here, frame));
    let received = receive(&mut there, every_kind().len());
    assert_eq!(frames(&received), every_kind());
    // The kernel stamps in whole nanoseconds of a clock that may be coarse, as in user-mode Linux.
    let coarse = Duration::from_millis(20);
    assert!(received.iter().all(|r| r.at + coarse >= before && r.at <= Instant::now()));
    assert!(received.is_sorted_by_key(|received| received.at));
    assert_eq!((here.counters().sent, there.counters().received), (6, 6));
    let mut echo = Vec::new();
    here.receive(&mut echo).unwrap();
    assert_eq!(echo, [], "a port does not hear itself");
}

#[test]
fn candump_sees_what_is_sent() {
    let Some(bus) = bus("candump_sees_what_is_sent") else { return };
    let mut port = open(&bus);
    let mut witness = Witness::start(&bus, &mut port);
    for frame in every_kind() {
        send(&mut port, &frame);
        assert_eq!(witness.next(), frame);
    }
}

#[test]
fn what_cansend_sends_is_received() {
    let Some(bus) = bus("what_cansend_sends_is_received") else { return };
    let mut port = open(&bus);
    let texts = [
        "123#DEAD",
        "00000123#0102030405060708",
        "00000123#",
        "123#R4",
        "123##1A5A5A5A5A5A5A5A5A5A5A5A5",
    ];
    let line = |text: &str| format!("(0.0) {bus} {text}\n").into_bytes();
    let expected = texts.map(|text| {
        let mut reader = candump::CandumpReader::default();
        line(text).iter().find_map(|&byte| reader.push_byte(byte)).unwrap().unwrap().frame
    });
    texts.iter().for_each(|text| cansend(&bus, text));
    assert_eq!(frames(&receive(&mut port, texts.len())), expected);
}

#[test]
fn error_frames_are_distinguished_and_counted() {
    let Some(bus) = bus("error_frames_are_distinguished_and_counted") else { return };
    let mut port = open(&bus);
    // Bus off; error passive while sending; an overflow of the controller.
    for text in
        ["20000040#0000000000000000", "20000004#0020000000000000", "20000004#0001000000000000"]
    {
        cansend(&bus, text);
    }
    let faults = receive(&mut port, 3).into_iter().map(|received| match received.frame {
        CanFrame::Error(error) => error.faults(),
        other => panic!("an error was expected: {other:?}"),
    });
    let expected = [[BusFault::BusOff], [BusFault::Passive], [BusFault::RxOverflow]];
    assert_eq!(faults.collect::<Vec<_>>(), expected);
    let counters = port.counters();
    assert_eq!((counters.received, counters.errors.frames, counters.errors.bus_off), (0, 3, 1));
    assert_eq!((counters.errors.passive, counters.errors.overflows), (1, 1));
}

#[test]
fn a_full_bus_is_received_without_a_loss() {
    let Some(bus) = bus("a_full_bus_is_received_without_a_loss") else { return };
    let (mut here, mut there) = (open(&bus), open(&bus));
    // Two seconds of it at once, while the bench computes.
    (0..2 * FULL_BUS).for_each(|number| send(&mut here, &numbered(number)));
    let received = receive(&mut there, 2 * FULL_BUS);
    let numbers: Vec<usize> = received.iter().map(|received| number(&received.frame)).collect();
    assert_eq!(numbers, (0..2 * FULL_BUS).collect::<Vec<_>>());
    assert_eq!(there.counters().lost, 0);
}

#[test]
fn a_queue_that_runs_over_counts_every_frame() {
    let Some(bus) = bus("a_queue_that_runs_over_counts_every_frame") else { return };
    let options = SocketCanOptions { queue_frames: 100, ..SocketCanOptions::default() };
    let mut there = SocketCan::open(&bus, options).unwrap();
    let mut here = open(&bus);
    (0..1000).for_each(|number| send(&mut here, &numbered(number)));
    let deadline = Instant::now() + PATIENCE;
    while there.counters().received + there.counters().lost < 1000 {
        assert!(Instant::now() < deadline, "{:?}", there.counters());
        poll(&mut [], PollTimeout::from(5_u8)).unwrap();
    }
    assert_eq!((there.counters().received, there.counters().lost), (100, 900));
    assert_eq!(receive(&mut there, 100).len(), 100);
}

#[test]
fn a_socket_that_runs_over_counts_every_frame() {
    let Some(bus) = bus("a_socket_that_runs_over_counts_every_frame") else { return };
    // The least that the kernel gives: a few frames.
    let options = SocketCanOptions { buffer_bytes: 1, ..SocketCanOptions::default() };
    let mut there = SocketCan::open(&bus, options).unwrap();
    let mut here = open(&bus);
    (0..FULL_BUS).for_each(|number| send(&mut here, &numbered(number)));
    // The kernel tells of losses with the next frame that it does not lose.
    let (mut received, mut sent) = (Vec::new(), FULL_BUS);
    let deadline = Instant::now() + PATIENCE;
    while there.counters().received + there.counters().lost < sent as u64 {
        assert!(Instant::now() < deadline, "{sent} sent: {:?}", there.counters());
        poll(&mut [], PollTimeout::from(5_u8)).unwrap();
        there.receive(&mut received).unwrap();
        send(&mut here, &numbered(sent));
        sent += 1;
        poll(&mut [], PollTimeout::from(5_u8)).unwrap();
    }
    there.receive(&mut received).unwrap();
    let counters = there.counters();
    assert!(counters.lost > 0, "nothing was lost: {counters:?}");
    assert_eq!(received.len() as u64 + counters.lost, sent as u64);
    assert!(received.is_sorted_by_key(|received| number(&received.frame)));
}

#[test]
fn what_an_interface_cannot_carry_is_said() {
    let Some(bus) = bus("what_an_interface_cannot_carry_is_said") else { return };
    let fd = DataFrame::fd(CanId::standard(1).unwrap(), &[0; 12], FdFlags::default()).unwrap();
    let mut classic = SocketCan::open(&bus, SocketCanOptions::default()).unwrap();
    assert_eq!(classic.send(&fd.into()).unwrap(), Sent::Unsupported);
    assert_eq!(classic.counters().refused, 1);
    let cases = [
        ("vcan1", true, Some(Unusable::NoFd)),
        ("vcan1", false, None),
        ("vcan2", false, Some(Unusable::Down)),
        ("vcan9", false, Some(Unusable::Absent)),
        ("lo", false, Some(Unusable::NotCan)),
    ];
    for (name, fd, expected) in cases {
        let opened = SocketCan::open(name, SocketCanOptions { fd, ..SocketCanOptions::default() });
        let why = opened.err().map(|error| match error.kind {
            LinkErrorKind::UnusableInterface(why) => why,
            other => panic!("{name}: {other}"),
        });
        assert_eq!(why, expected, "{name}");
    }
}

#[test]
fn interfaces_are_listed_with_their_state() {
    let Some(bus) = bus("interfaces_are_listed_with_their_state") else { return };
    let all = can_interfaces().unwrap();
    let of = |name: &str| all.iter().find(|interface| interface.name == name).unwrap();
    assert_eq!((of(&bus).fd, of(&bus).unusable.clone()), (true, None));
    assert_eq!((of("vcan1").fd, of("vcan2").unusable.clone()), (false, Some(Unusable::Down)));
    assert!(all.iter().all(|interface| interface.name != "lo"));
}

#[test]
fn an_interface_that_goes_down_ends_the_port_after_what_it_received() {
    let test = "an_interface_that_goes_down_ends_the_port_after_what_it_received";
    if bus(test).is_none() {
        return;
    }
    let set = |state: &str| {
        let done = Command::new("ip").args(["link", "set", "vcan1", state]).status();
        assert!(done.unwrap().success());
    };
    let open = || SocketCan::open("vcan1", SocketCanOptions::default()).unwrap();
    let (mut here, mut there) = (open(), open());
    send(&mut here, &numbered(7));
    receive(&mut there, 1);
    set("down");
    let deadline = Instant::now() + PATIENCE;
    let error = loop {
        match there.receive(&mut Vec::new()) {
            Err(error) => break error,
            Ok(()) => assert!(Instant::now() < deadline, "nobody noticed"),
        }
        poll(&mut [], PollTimeout::from(5_u8)).unwrap();
    };
    assert!(matches!(error, LinkErrorKind::Io { doing: "receiving from the bus", .. }), "{error}");
    assert!(here.send(&numbered(8)).is_err());
    set("up");
}
