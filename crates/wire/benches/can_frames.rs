//! How many frames a second one core encodes and decodes: the messages of `fixtures/dbc/can-bms.dbc`, one
//! after another, the multiplexed one in all its pages. Counter and checksum are made and checked where
//! the message has them.
//!
//! Prints a line of JSON for each work. `can_frames_peer.py` does the same work with cantools and prints
//! both. Of several repetitions the fastest counts: what else the machine does can only slow them.

use std::hint::black_box;
use std::time::Instant;

use blackstart_wire::can::{Checksum, Payload};
use blackstart_wire::dbc::{self, Database, Message, OutOfRange};

const DBC: &str = include_str!("../../../fixtures/dbc/can-bms.dbc");
const REPETITIONS: usize = 20;
const ROUNDS: usize = 2000;
/// The byte of the checksum, where a message has one.
const CRC_BYTE: usize = 7;

/// A message with values for it, and the bytes that carry them.
struct Work<'a> {
    message: &'a Message,
    values: Vec<(usize, f64)>,
    payload: Payload,
    has_checksum: bool,
}

impl Work<'_> {
    fn encode(&self) -> Payload {
        let encoded = self.message.encode(&self.values, OutOfRange::Saturate);
        let mut payload = encoded.expect("the values are within range").payload;
        if self.has_checksum {
            Checksum::Crc8SaeJ1850.seal(payload.bytes_mut(), CRC_BYTE);
        }
        payload
    }

    fn decode(&self) -> f64 {
        let data = self.payload.bytes();
        if self.has_checksum && !Checksum::Crc8SaeJ1850.holds(data, CRC_BYTE) {
            return f64::NAN;
        }
        let readings = self.message.decode(data).expect("the frame has its length");
        readings.iter().map(|reading| reading.physical).sum()
    }
}

/// Every message of the file, a multiplexed one once for each of its pages.
fn works(database: &Database) -> Vec<Work<'_>> {
    let mut works = Vec::new();
    for message in database.messages() {
        let switch = message.signals.iter().position(|signal| signal.is_switch);
        let pages = if switch.is_some() { 0..6 } else { 0..1 };
        for page in pages {
            let is_there = |index: usize| match &message.signals[index].selection {
                Some(selection) => selection.ranges.iter().any(|&(from, _)| from == page),
                None => true,
            };
            let value = |index: usize| match message.signals[index].range {
                _ if Some(index) == switch => page as f64,
                Some((low, high)) => low + 0.25 * (high - low),
                None => 0.0,
            };
            let indices = (0..message.signals.len()).filter(|&index| is_there(index));
            let values = indices.map(|index| (index, value(index))).collect();
            let has_checksum = message.signal("Crc").is_some();
            let payload = Payload::zeroed(message.length).expect("a frame's length");
            let mut work = Work { message, values, payload, has_checksum };
            work.payload = work.encode();
            works.push(work);
        }
    }
    works
}

/// Frames a second of the fastest repetition.
fn rate(frames: usize, mut round: impl FnMut()) -> f64 {
    let seconds = (0..REPETITIONS).map(|_| {
        let started = Instant::now();
        (0..ROUNDS).for_each(|_| round());
        started.elapsed().as_secs_f64()
    });
    (ROUNDS * frames) as f64 / seconds.fold(f64::INFINITY, f64::min)
}

fn main() {
    let database = dbc::parse(DBC.as_bytes()).into_result().expect("the shipped file is sound");
    let works = works(&database);
    let encoded = rate(works.len(), || {
        works.iter().for_each(|work| {
            black_box(work.encode());
        });
    });
    let decoded = rate(works.len(), || {
        works.iter().for_each(|work| {
            black_box(work.decode());
        });
    });
    println!(r#"{{"work": "encode", "frames_per_s": {encoded:.0}}}"#);
    println!(r#"{{"work": "decode", "frames_per_s": {decoded:.0}}}"#);
}
