//! Modbus RTU: the bytes of the functions, exceptions, and where a frame ends.

use blackstart_units::SimTime;
use blackstart_wire::modbus::{
    Adu, AduError, Exception, Framer, Length, LineTiming, ModbusRequest, ModbusResponse,
    ResponseErrorKind, Values, request_length, response_length,
};
use proptest::prelude::*;

fn frame(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Adu::new(unit, pdu).unwrap().append(&mut bytes);
    bytes
}

fn values(values: &[u16]) -> Values {
    Values::new(values).unwrap()
}

#[test]
fn requests_and_answers_have_the_bytes_of_the_protocol() {
    let cases: [(ModbusRequest, &[u8], ModbusResponse, &[u8]); 4] = [
        (
            ModbusRequest::ReadHolding { start: 0x6B, count: 3 },
            &[0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87],
            ModbusResponse::Registers(vec![0xAE41, 0x5652, 0x4340]),
            &[0x11, 0x03, 0x06, 0xAE, 0x41, 0x56, 0x52, 0x43, 0x40, 0x49, 0xAD],
        ),
        (
            ModbusRequest::ReadInput { start: 8, count: 1 },
            &[0x11, 0x04, 0x00, 0x08, 0x00, 0x01, 0xB2, 0x98],
            ModbusResponse::Registers(vec![10]),
            &[0x11, 0x04, 0x02, 0x00, 0x0A, 0xF8, 0xF4],
        ),
        (
            ModbusRequest::WriteSingle { address: 1, value: 3 },
            &[0x11, 0x06, 0x00, 0x01, 0x00, 0x03, 0x9A, 0x9B],
            ModbusResponse::Written,
            &[0x11, 0x06, 0x00, 0x01, 0x00, 0x03, 0x9A, 0x9B],
        ),
        (
            ModbusRequest::WriteMultiple { start: 1, values: values(&[0x000A, 0x0102]) },
            &[0x11, 0x10, 0x00, 0x01, 0x00, 0x02, 0x04, 0x00, 0x0A, 0x01, 0x02, 0xC6, 0xF0],
            ModbusResponse::Written,
            &[0x11, 0x10, 0x00, 0x01, 0x00, 0x02, 0x12, 0x98],
        ),
    ];
    for (request, asked, response, answered) in cases {
        assert_eq!(frame(0x11, &request.encode()), asked);
        assert_eq!(ModbusRequest::decode(Adu::parse(asked).unwrap().pdu()), Ok(request.clone()));
        assert_eq!(frame(0x11, &response.encode(&request).unwrap()), answered);
        let pdu = Adu::parse(answered).unwrap();
        assert_eq!(ModbusResponse::decode(pdu.pdu(), &request), Ok(response));
        for (bytes, length) in
            [(asked, request_length as fn(&[u8]) -> Length), (answered, response_length)]
        {
            assert_eq!(length(bytes), Length::Known(bytes.len()));
            assert_eq!(length(&bytes[..1]), Length::Open);
        }
    }
}

#[test]
fn what_a_unit_cannot_do_is_an_exception() {
    let cases: [(&[u8], Exception); 9] = [
        (&[0x01, 0, 0, 0, 1], Exception::IllegalFunction),
        (&[0x2B], Exception::IllegalFunction),
        (&[3, 0, 0, 0, 0], Exception::IllegalValue),
        (&[3, 0, 0, 0, 126], Exception::IllegalValue),
        (&[4, 0xFF, 0xFF, 0, 2], Exception::IllegalAddress),
        (&[3, 0, 0, 0], Exception::IllegalValue),
        (&[16, 0, 0, 0, 124, 248], Exception::IllegalValue),
        (&[16, 0, 0, 0, 2, 4, 0, 1], Exception::IllegalValue),
        (&[16, 0, 0, 0, 1, 4, 0, 1, 0, 2], Exception::IllegalValue),
    ];
    for (pdu, exception) in cases {
        assert_eq!(ModbusRequest::decode(pdu), Err(exception), "{pdu:?}");
        let refused = ModbusResponse::refuse(pdu[0], exception);
        assert_eq!(refused, [pdu[0] | 0x80, exception.code()]);
    }
    assert!(ModbusRequest::decode(&[3, 0xFF, 0xFF, 0, 1]).is_ok());
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let read = ModbusRequest::ReadHolding { start: 0, count: 2 };
    let write = ModbusRequest::WriteSingle { address: 1, value: 3 };
    let kind = |pdu: &[u8], request| ModbusResponse::decode(pdu, request).unwrap_err().kind;
    assert_eq!(kind(&[4, 4, 0, 0, 0, 0], &read), ResponseErrorKind::Function { found: 4 });
    assert_eq!(kind(&[3, 2, 0, 0], &read), ResponseErrorKind::Length);
    assert_eq!(kind(&[3, 4, 0, 0, 0], &read), ResponseErrorKind::Length);
    assert_eq!(kind(&[0x83], &read), ResponseErrorKind::Length);
    assert_eq!(kind(&[6, 0, 1, 0, 4], &write), ResponseErrorKind::Echo);
    assert_eq!(kind(&[6, 0, 1], &write), ResponseErrorKind::Length);
    assert_eq!(kind(&[], &write), ResponseErrorKind::Length);
    assert_eq!(
        ModbusResponse::decode(&[0x83, 2], &read),
        Ok(ModbusResponse::Refused(Exception::IllegalAddress))
    );
    assert_eq!(ModbusResponse::Written.encode(&read), None);
    assert_eq!(ModbusResponse::Registers(vec![1]).encode(&read), None);
}

#[test]
fn a_frame_with_a_wrong_length_or_crc_is_none() {
    let good = frame(1, &[3, 0, 0, 0, 1]);
    assert_eq!(Adu::parse(&good[..3]), Err(AduError::Length { bytes: 3 }));
    assert_eq!(Adu::parse(&[0; 257]), Err(AduError::Length { bytes: 257 }));
    for at in 0..8 * good.len() {
        let mut bytes = good.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        assert!(matches!(Adu::parse(&bytes), Err(AduError::Crc { .. })), "bit {at}");
    }
}

fn line() -> (LineTiming, Framer) {
    let timing = LineTiming::of_line(9_600, 11).unwrap();
    (timing, Framer::new(timing))
}

/// Sends bytes with this silence after each; when the last was complete.
fn send(
    framer: &mut Framer,
    bytes: &[u8],
    mut at: SimTime,
    step: SimTime,
    out: &mut Vec<Adu>,
) -> SimTime {
    for &byte in bytes {
        at += step;
        out.extend(framer.push(byte, at));
    }
    at
}

#[test]
fn silence_of_three_and_a_half_characters_ends_a_frame() {
    let (timing, mut framer) = line();
    let (first, second) = (frame(1, &[3, 0, 0, 0, 1]), frame(2, &[6, 0, 1, 0, 1]));
    let mut out = Vec::new();
    let at = send(&mut framer, &first, SimTime::ZERO, timing.character, &mut out);
    assert_eq!(framer.ends_at(), Some(at + timing.between_frames));
    assert_eq!(framer.idle(at + timing.between_frames - SimTime::NANOSECOND), None);
    let at = send(&mut framer, &second, at + timing.between_frames, timing.character, &mut out);
    assert_eq!(out, [Adu::new(1, &[3, 0, 0, 0, 1]).unwrap()]);
    assert_eq!(framer.idle(at + timing.between_frames).map(|adu| adu.unit), Some(2));
    assert_eq!(framer.idle(SimTime::NEVER), None);
    assert_eq!((framer.counters().frames, framer.ends_at()), (2, None));
}

#[test]
fn a_pause_inside_a_frame_spoils_it() {
    let (timing, mut framer) = line();
    let good = frame(1, &[3, 0, 0, 0, 1]);
    let mut out = Vec::new();
    let step = timing.character + timing.inside_a_frame;
    let at = send(&mut framer, &good, SimTime::ZERO, step, &mut out);
    assert!(framer.idle(at + timing.between_frames).is_some(), "1.5 characters are allowed");
    let at = at + SimTime::from_whole_seconds(1);
    let at = send(&mut framer, &good, at, step + SimTime::NANOSECOND, &mut out);
    assert_eq!(framer.idle(at + timing.between_frames), None);
    assert_eq!(framer.counters().pauses, 1);
}

#[test]
fn noise_is_counted_by_what_is_wrong_with_it() {
    let (timing, mut framer) = line();
    let mut at = SimTime::ZERO;
    for bytes in [&[1u8, 2, 3][..], &[0; 300], &[1, 3, 0, 0, 0, 1, 0, 0]] {
        at += SimTime::from_whole_seconds(1);
        at = send(&mut framer, bytes, at, timing.character, &mut Vec::new());
        assert_eq!(framer.idle(at + timing.between_frames), None);
    }
    let counters = framer.counters();
    assert_eq!((counters.bytes, counters.length_errors, counters.crc_errors), (311, 2, 1));
}

fn requests() -> impl Strategy<Value = ModbusRequest> {
    let range =
        || (any::<u16>(), 1u16..=125).prop_filter("fits", |(s, c)| s.checked_add(c - 1).is_some());
    prop_oneof![
        range().prop_map(|(start, count)| ModbusRequest::ReadHolding { start, count }),
        range().prop_map(|(start, count)| ModbusRequest::ReadInput { start, count }),
        any::<(u16, u16)>()
            .prop_map(|(address, value)| ModbusRequest::WriteSingle { address, value }),
        (0u16..65_000, prop::collection::vec(any::<u16>(), 1..=123)).prop_map(|(start, list)| {
            ModbusRequest::WriteMultiple { start, values: values(&list) }
        }),
    ]
}

proptest! {
    #[test]
    fn requests_survive_their_frames(unit: u8, request in requests()) {
        let bytes = frame(unit, &request.encode());
        prop_assert!(bytes.len() <= 256);
        let adu = Adu::parse(&bytes).unwrap();
        prop_assert_eq!(adu.unit, unit);
        prop_assert_eq!(ModbusRequest::decode(adu.pdu()), Ok(request));
        prop_assert_eq!(request_length(&bytes), Length::Known(bytes.len()));
    }

    #[test]
    fn answers_survive_their_frames(request in requests(), code: u8, refused: bool, seed: u16) {
        let response = match &request {
            _ if refused => ModbusResponse::Refused(Exception::from_code(code)),
            ModbusRequest::ReadHolding { count, .. } | ModbusRequest::ReadInput { count, .. } => {
                ModbusResponse::Registers((0..*count).map(|at| at ^ seed).collect())
            }
            _ => ModbusResponse::Written,
        };
        let pdu = response.encode(&request).unwrap();
        prop_assert_eq!(ModbusResponse::decode(&pdu, &request), Ok(response));
        let bytes = frame(9, &pdu);
        prop_assert_eq!(response_length(&bytes), Length::Known(bytes.len()));
    }

    #[test]
    fn any_bytes_are_a_request_or_an_exception(pdu in prop::collection::vec(any::<u8>(), 0..260)) {
        if let Ok(request) = ModbusRequest::decode(&pdu) {
            prop_assert_eq!(request.encode(), pdu.clone());
        }
        let read = ModbusRequest::ReadInput { start: 0, count: 2 };
        let _ = ModbusResponse::decode(&pdu, &read);
        let _ = Adu::parse(&pdu);
        request_length(&pdu);
        response_length(&pdu);
    }

    /// Every byte ends up in a frame or in one of the counters.
    #[test]
    fn any_bytes_at_any_times_leave_the_framer_with_closed_books(
        bytes in prop::collection::vec((any::<u8>(), 0u64..10_000), 0..600),
    ) {
        let (timing, mut framer) = line();
        let mut at = SimTime::ZERO;
        let mut sequences = 0u64;
        let mut frames = 0;
        for (index, &(byte, micros)) in bytes.iter().enumerate() {
            let next = at + SimTime::from_micros(micros);
            sequences += u64::from(index == 0 || timing.silence(at, next) >= timing.between_frames);
            at = next;
            frames += framer.push(byte, at).iter().count() as u64;
        }
        frames += framer.idle(SimTime::NEVER).iter().count() as u64;
        let counters = framer.counters();
        prop_assert_eq!(counters.frames, frames);
        let rejected = counters.crc_errors + counters.length_errors + counters.pauses;
        prop_assert_eq!(counters.frames + rejected, sequences);
    }
}
