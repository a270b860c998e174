//! Whatever comes over a line: no panic, no memory that grows, and time goes on.

use std::sync::OnceLock;

use blackstart_bench::emulate::{
    BmsCan, BmsCanInverter, CanNode, Meter, MeterReader, Ntu, Phoenix, PhoenixReader, SerialDevice,
};
use blackstart_units::SimTime;
use blackstart_wire::can::{CanFrame, CanId, DataFrame};
use proptest::prelude::*;

use super::Recorded;
use crate::PAIRING;

/// Most bytes that a device may say in one look at it, whatever it heard.
const MOST: usize = 16_384;

fn run() -> &'static Recorded {
    static RUN: OnceLock<Recorded> = OnceLock::new();
    RUN.get_or_init(|| Recorded::of(PAIRING))
}

fn devices() -> Vec<Box<dyn SerialDevice>> {
    let run = run();
    let inverter = run.place("inverter-1");
    vec![
        Box::new(Phoenix::new(&inverter).unwrap()),
        Box::new(PhoenixReader::default()),
        Box::new(Meter::new(&run.place("load-1"), 1).unwrap()),
        Box::new(MeterReader::new(1)),
        Box::new(Ntu::new(&inverter).unwrap()),
    ]
}

fn nodes() -> Vec<Box<dyn CanNode>> {
    let battery = run().place("sessy-1");
    let mut nodes: Vec<Box<dyn CanNode>> = Vec::new();
    for dialect in ["victron", "pylontech", "sma"] {
        nodes.push(Box::new(BmsCan::new(&battery, dialect).unwrap()));
        nodes.push(Box::new(BmsCanInverter::new(dialect).unwrap()));
    }
    nodes
}

/// Frames of the family and others, of any length and content.
fn frame() -> impl Strategy<Value = CanFrame> {
    let id = prop_oneof![3 => 0x350u32..0x360, 1 => Just(0x305u32), 1 => 0u32..0x800];
    (id, proptest::collection::vec(any::<u8>(), 0..=8)).prop_map(|(id, data)| {
        DataFrame::classic(CanId::standard(id).unwrap(), &data).unwrap().into()
    })
}

/// Bytes among which the beginnings of every protocol are frequent.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => proptest::collection::vec(any::<u8>(), 0..40),
        1 => Just(b":7000200".to_vec()),
        1 => Just(b":80002000249\n".to_vec()),
        1 => Just(vec![1, 4, 0, 0, 0, 2, 0x71, 0xCB]),
        1 => Just(b"\r\nV\t12800\r\nChecksum\t".to_vec()),
        1 => Just(b"Q\rI\rC100000000000000\r".to_vec()),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_bytes_are_survived_in_bounded_memory(
        lumps in proptest::collection::vec((noise(), 0u64..40_000), 1..8),
    ) {
        for mut device in devices() {
            let mut now = SimTime::from_whole_seconds(20);
            for (bytes, micros) in &lumps {
                now += SimTime::from_micros(*micros);
                device.hear(now, bytes);
                let mut out = Vec::new();
                device.speak(now, &run().view(), &mut out);
                prop_assert!(out.len() < MOST, "{} bytes at once", out.len());
                device.take_effects();
            }
        }
    }

    #[test]
    fn any_frames_are_survived_and_time_goes_on(
        frames in proptest::collection::vec((frame(), 0u64..5_000), 1..40),
    ) {
        for mut node in nodes() {
            let mut now = SimTime::ZERO;
            for (frame, millis) in &frames {
                now += SimTime::from_millis(*millis);
                node.hear(now, frame);
                let mut out = Vec::new();
                node.speak(now, &run().view(), &mut out);
                prop_assert!(out.len() <= 60, "{} frames at once", out.len());
                prop_assert!(node.due() > now, "it is due without end");
                node.take_effects();
            }
        }
    }
}

#[test]
fn a_flood_without_a_pause_does_not_make_a_device_grow() {
    for mut device in devices() {
        let now = SimTime::from_whole_seconds(20);
        let mut out = Vec::new();
        device.speak(now, &run().view(), &mut out);
        for _ in 0..2_000 {
            device.hear(now, b":154\nQ\r");
        }
        out.clear();
        device.speak(now, &run().view(), &mut out);
        assert!(out.len() < MOST, "{} bytes", out.len());
    }
}
