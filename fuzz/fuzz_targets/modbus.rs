//! Modbus RTU: frames from bytes and times, requests and answers.
#![no_main]

use blackstart_units::SimTime;
use blackstart_wire::modbus::{Adu, Framer, Request, Response, Timing};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let timing = Timing::of_line(9_600, 11).expect("a rate that is not zero");
    let mut framer = Framer::new(timing);
    let mut at = SimTime::ZERO;
    for pair in bytes.chunks(2) {
        at += SimTime::from_micros(u64::from(pair.get(1).copied().unwrap_or(0)) * 20);
        let _ = framer.push(pair[0], at);
    }
    let _ = framer.idle(SimTime::NEVER);
    let _ = Adu::parse(bytes);
    if let Ok(request) = Request::decode(bytes) {
        assert_eq!(request.encode(), bytes);
        if let Ok(response) = Response::decode(bytes, &request) {
            assert_eq!(response.encode(&request).as_deref(), Some(bytes));
        }
    }
    let read = Request::ReadHolding { start: 0, count: 1 };
    if let Ok(response) = Response::decode(bytes, &read) {
        assert_eq!(response.encode(&read).as_deref(), Some(bytes));
    }
});
