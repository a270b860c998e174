//! Frames on a line that is cut anywhere, damaged anywhere, and full of garbage.

use blackstart_units::SimTime;
use blackstart_wire::bench_link::{
    FRAME_DELIMITER, FromDevice, MAX_FRAME_BYTES, Packet, PacketDecoder, ToDevice, WakeCause,
    append_frame,
};
use proptest::prelude::*;

use crate::messages::to_device;

fn line(messages: &[ToDevice]) -> Vec<u8> {
    let mut bytes = Vec::new();
    messages.iter().for_each(|message| append_frame(&message.encode(), &mut bytes));
    bytes
}

fn received(decoder: &mut PacketDecoder, bytes: &[u8]) -> Vec<Packet> {
    bytes.iter().filter_map(|&byte| decoder.push(byte)).collect()
}

fn packets(messages: &[ToDevice]) -> Vec<Packet> {
    messages.iter().map(|message| message.encode()).collect()
}

proptest! {
    #[test]
    fn whole_lines_arrive_whole(messages in prop::collection::vec(to_device(), 0..20)) {
        let bytes = line(&messages);
        let mut decoder = PacketDecoder::default();
        prop_assert_eq!(received(&mut decoder, &bytes), packets(&messages));
        let counters = decoder.counters();
        prop_assert_eq!(counters.bytes, bytes.len() as u64);
        prop_assert_eq!(counters.frames, messages.len() as u64);
        prop_assert_eq!((counters.rejected(), counters.dropped_bytes), (0, 0));
    }

    #[test]
    fn a_frame_has_one_zero_and_it_is_the_last_byte(message in to_device()) {
        let bytes = line(&[message]);
        prop_assert!(bytes.len() <= MAX_FRAME_BYTES);
        prop_assert_eq!(bytes.iter().position(|&b| b == FRAME_DELIMITER), Some(bytes.len() - 1));
    }

    #[test]
    fn after_any_garbage_the_next_delimiter_is_a_fresh_start(
        garbage in prop::collection::vec(any::<u8>(), 0..200),
        messages in prop::collection::vec(to_device(), 1..5),
    ) {
        let mut decoder = PacketDecoder::default();
        received(&mut decoder, &garbage);
        decoder.push(FRAME_DELIMITER);
        prop_assert_eq!(received(&mut decoder, &line(&messages)), packets(&messages));
    }

    /// Every byte is in an accepted frame, is a delimiter, or is counted as dropped.
    #[test]
    fn the_books_of_the_decoder_close(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        bytes.push(FRAME_DELIMITER);
        let mut decoder = PacketDecoder::default();
        let accepted = received(&mut decoder, &bytes);
        let in_frames: usize = accepted.iter().map(|packet| packet.payload().len() + 4).sum();
        let delimiters = bytes.iter().filter(|&&byte| byte == FRAME_DELIMITER).count();
        let counters = decoder.counters();
        prop_assert_eq!(counters.frames, accepted.len() as u64);
        prop_assert_eq!(counters.dropped_bytes, (bytes.len() - in_frames - delimiters) as u64);
    }
}

#[test]
fn no_single_damaged_byte_passes() {
    let cause = WakeCause { level: true, ..WakeCause::default() };
    let advance = ToDevice::Advance { at: SimTime::from_whole_seconds(60), cause, turn: 9 };
    for message in [advance, ToDevice::Reading { id: 0x1000, value: 32_650 }, ToDevice::Bye] {
        let intact = line(&[message]);
        for (index, flip) in (0..intact.len()).flat_map(|at| (1..=255).map(move |flip| (at, flip)))
        {
            let mut bytes = intact.clone();
            bytes[index] ^= flip;
            bytes.push(FRAME_DELIMITER);
            let arrived = received(&mut PacketDecoder::default(), &bytes);
            assert_eq!(arrived, [], "{message:?}, byte {index} flipped by {flip:#04x}");
        }
    }
}

#[test]
fn an_endless_line_without_delimiter_is_dropped_in_bounded_memory() {
    let mut decoder = PacketDecoder::default();
    for _ in 0..1_000_000 {
        assert_eq!(decoder.push(0x55), None);
    }
    assert_eq!(decoder.push(FRAME_DELIMITER), None);
    let counters = decoder.counters();
    assert_eq!((counters.malformed, counters.dropped_bytes), (1, 1_000_000));
    assert_eq!(received(&mut decoder, &line(&[ToDevice::Bye])).len(), 1);
}

#[test]
fn an_idle_barrier_is_at_most_sixteen_bytes_each_way() {
    let at = SimTime::from_nanos(0x00AB_CDEF_0123_4567);
    let cause = WakeCause { timer: true, alert: true, level: true, input: true };
    assert!(line(&[ToDevice::Advance { at, cause, turn: 15 }]).len() <= 16);
    let mut answer = Vec::new();
    append_frame(&FromDevice::Done { wake: at, turn: 15 }.encode(), &mut answer);
    assert!(answer.len() <= 16);
}
