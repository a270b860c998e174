//! Modbus RTU: frames from bytes and times, requests and answers, and both ends of the line.
#![no_main]

use blackstart_units::SimTime;
use blackstart_wire::modbus::{
    Adu, Client, Exception, Framer, LineTiming, MAX_ADU_BYTES, ModbusRequest, ModbusResponse,
    Server,
};
use blackstart_wire::serial::Rate;
use libfuzzer_sys::fuzz_target;

/// Both ends hear the same, with pauses between the bytes; neither may say more than a frame at a time.
fn both_ends(bytes: &[u8], timing: LineTiming) {
    let rate = Rate::eight_n_one(9_600);
    let mut server = Server::new(1, rate, timing);
    let mut client = Client::new(1, rate, timing, SimTime::from_millis(100));
    let mut now = SimTime::ZERO;
    for pair in bytes.chunks(2) {
        now += SimTime::from_micros(u64::from(pair.get(1).copied().unwrap_or(0)) * 100);
        let (mut answer, mut question) = (Vec::new(), Vec::new());
        server.hear(now, pair[0]);
        if let Some(query) = server.query(now) {
            server.answer(&query, Err(Exception::Busy));
        }
        server.take(now, &mut answer);
        let _ = client.hear(now, pair[0]);
        client.ask(now, &ModbusRequest::ReadInput { start: 0, count: 2 });
        let _ = client.pass(now, &mut question);
        assert!(answer.len() <= MAX_ADU_BYTES && question.len() <= MAX_ADU_BYTES);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let timing = LineTiming::of_line(9_600, 11).expect("a rate that is not zero");
    both_ends(bytes, timing);
    let mut framer = Framer::new(timing);
    let mut at = SimTime::ZERO;
    for pair in bytes.chunks(2) {
        at += SimTime::from_micros(u64::from(pair.get(1).copied().unwrap_or(0)) * 20);
        let _ = framer.push(pair[0], at);
    }
    let _ = framer.idle(SimTime::NEVER);
    let _ = Adu::parse(bytes);
    if let Ok(request) = ModbusRequest::decode(bytes) {
        assert_eq!(request.encode(), bytes);
        if let Ok(response) = ModbusResponse::decode(bytes, &request) {
            assert_eq!(response.encode(&request).as_deref(), Some(bytes));
        }
    }
    let read = ModbusRequest::ReadHolding { start: 0, count: 1 };
    if let Ok(response) = ModbusResponse::decode(bytes, &read) {
        assert_eq!(response.encode(&read).as_deref(), Some(bytes));
    }
});
