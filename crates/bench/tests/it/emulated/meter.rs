//! The meter on Modbus RTU.

use blackstart_bench::emulate::{
    Emulated as _, Meter, PlaceError, SerialDevice as _, USUAL_METER_UNIT,
};
use blackstart_units::SimTime;
use blackstart_wire::modbus::{Adu, BROADCAST, Exception, ModbusRequest, ModbusResponse, Values};

use super::{Recorded, seconds};
use crate::PAIRING;

/// What a meter answers on the line to these bytes, within 200 ms.
fn answer(run: &Recorded, meter: &mut Meter, at: SimTime, bytes: &[u8]) -> Vec<u8> {
    meter.hear(at, bytes);
    let said = run.listen(meter, (at, at + SimTime::from_millis(200)));
    said.into_iter().map(|(_, byte)| byte).collect()
}

fn frame(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Adu::new(unit, pdu).unwrap().append(&mut bytes);
    bytes
}

/// Asks and decodes.
fn ask(run: &Recorded, meter: &mut Meter, at: SimTime, request: &ModbusRequest) -> ModbusResponse {
    let unit = meter.unit();
    let bytes = answer(run, meter, at, &frame(unit, &request.encode()));
    let adu = Adu::parse(&bytes).unwrap();
    assert_eq!(adu.unit, unit);
    ModbusResponse::decode(adu.pdu(), request).unwrap()
}

fn numbers(response: &ModbusResponse) -> Vec<f32> {
    let ModbusResponse::Registers(values) = response else { panic!("{response:?}") };
    let (pairs, _) = values.as_chunks::<2>();
    pairs
        .iter()
        .map(|[high, low]| f32::from_bits(u32::from(*high) << 16 | u32::from(*low)))
        .collect()
}

fn float(value: f32) -> Values {
    let bits = value.to_bits();
    Values::new(&[(bits >> 16) as u16, bits as u16]).unwrap()
}

#[test]
fn what_it_measures_agrees_with_the_trace() {
    let run = Recorded::of(PAIRING);
    let mut meter = Meter::new(&run.place("load-1"), USUAL_METER_UNIT).unwrap();
    for second in [5, 15, 40, 58] {
        let at = seconds(second);
        let read = ModbusRequest::ReadInput { start: 0, count: 80 };
        let values = numbers(&ask(&run, &mut meter, at, &read));
        let truth = |name: &str| run.at(&format!("load-1.{name}"), at) as f32;
        let (voltage, power) = (truth("ac_voltage_v"), truth("power_w"));
        assert_eq!((values[0], values[6]), (voltage, power), "{second} s");
        assert_eq!(values[26], power, "all phases together, {second} s");
        assert_eq!((values[1], values[7]), (0.0, 0.0), "the other phases are not there");
        if voltage > 0.0 {
            assert!((values[3] - power / voltage).abs() < 1e-4, "{second} s");
            assert_eq!(values[35], 50.0);
        }
    }
    let energy = numbers(&ask(
        &run,
        &mut meter,
        seconds(59),
        &ModbusRequest::ReadInput { start: 0x48, count: 2 },
    ));
    let expected = 500.0 * 39.0 / 3.6e6;
    assert!((f64::from(energy[0]) - expected).abs() < 0.05 * expected, "{energy:?} {expected}");
}

#[test]
fn requests_that_it_cannot_follow_get_the_exception_of_the_protocol() {
    let run = Recorded::of(PAIRING);
    let mut meter = Meter::new(&run.place("load-1"), 7).unwrap();
    let mut now = seconds(20);
    let mut refused = |request: &ModbusRequest| {
        now += seconds(1);
        ask(&run, &mut meter, now, request)
    };
    for (request, exception) in [
        (ModbusRequest::ReadInput { start: 1, count: 2 }, Exception::IllegalAddress),
        (ModbusRequest::ReadInput { start: 0, count: 3 }, Exception::IllegalValue),
        (ModbusRequest::ReadInput { start: 0, count: 82 }, Exception::IllegalValue),
        (ModbusRequest::ReadInput { start: 0x017C, count: 4 }, Exception::IllegalAddress),
        (ModbusRequest::ReadHolding { start: 0, count: 2 }, Exception::IllegalAddress),
        (ModbusRequest::WriteSingle { address: 0x14, value: 1 }, Exception::IllegalFunction),
        (
            ModbusRequest::WriteMultiple { start: 0x14, values: float(248.0) },
            Exception::IllegalValue,
        ),
        (ModbusRequest::WriteMultiple { start: 0x1C, values: float(1.0) }, Exception::IllegalValue),
        (
            ModbusRequest::WriteMultiple { start: 0x00, values: float(1.0) },
            Exception::IllegalAddress,
        ),
    ] {
        assert_eq!(refused(&request), ModbusResponse::Refused(exception), "{request:?}");
    }
    let unknown = answer(&run, &mut meter, seconds(40), &frame(7, &[0x2B, 0x0E]));
    assert_eq!(Adu::parse(&unknown).unwrap().pdu(), [0xAB, 1]);
}

#[test]
fn a_written_address_holds_from_the_next_request_on() {
    let run = Recorded::of(PAIRING);
    let mut meter = Meter::new(&run.place("load-1"), 1).unwrap();
    let write = ModbusRequest::WriteMultiple { start: 0x14, values: float(9.0) };
    let bytes = answer(&run, &mut meter, seconds(20), &frame(1, &write.encode()));
    assert_eq!(Adu::parse(&bytes).unwrap().unit, 9, "it answers from where it is now");
    let read = ModbusRequest::ReadHolding { start: 0x14, count: 2 };
    assert_eq!(numbers(&ask(&run, &mut meter, seconds(21), &read)), [9.0]);
}

#[test]
fn other_units_broadcasts_and_torn_frames_are_met_with_silence() {
    let run = Recorded::of(PAIRING);
    let mut meter = Meter::new(&run.place("load-1"), 1).unwrap();
    let read = ModbusRequest::ReadInput { start: 0, count: 2 }.encode();
    let good = frame(1, &read);
    let mut torn = good.clone();
    torn[4] ^= 0x40;
    for (second, bytes) in (20..).zip([
        frame(2, &read),
        frame(BROADCAST, &read),
        torn,
        good[..5].to_vec(),
        vec![0x55; 700],
    ]) {
        let said = answer(&run, &mut meter, seconds(second), &bytes);
        assert!(said.is_empty(), "{second}: {said:?}");
    }
    assert_eq!(meter.errors().rejected, 3);
    assert_eq!(answer(&run, &mut meter, seconds(30), &good).len(), 9, "it still answers");
}

#[test]
fn an_answer_waits_for_the_pause_and_leaves_at_the_lines_rate() {
    let run = Recorded::of(PAIRING);
    let mut meter = Meter::new(&run.place("load-1"), 1).unwrap();
    let at = seconds(20);
    meter.hear(at, &frame(1, &ModbusRequest::ReadInput { start: 0, count: 2 }.encode()));
    let said = run.listen(&mut meter, (at, at + SimTime::from_millis(200)));
    let (first, last) = (said[0].0.since(at), said[8].0.since(at));
    assert!(first >= SimTime::from_micros(3_646 + 1_041), "{first:?}");
    assert!(last >= first + SimTime::from_millis(5), "nine bytes at 9600 bit/s: {last:?}");
}

#[test]
fn what_has_no_ac_side_cannot_be_metered() {
    let run = Recorded::of(PAIRING);
    let error = Meter::new(&run.place("fuse-1"), 1).map(|_| ()).unwrap_err();
    assert!(matches!(error, PlaceError::NothingToShow { .. }), "{error}");
}

#[test]
fn a_backup_box_shows_three_phases_on_the_grid_and_is_silent_without() {
    let run = Recorded::of("scenarios/alpha/grid-loss-on-three-phases-changes-over-and-back.json");
    let signals = run.trace.catalogue().iter();
    let named = signals.filter_map(|(_, signal)| signal.name.strip_suffix(".meter.state"));
    let instance = named.map(str::to_owned).next().unwrap();
    let mut meter = Meter::new(&run.place(&instance), 1).unwrap();
    let state = run.trace.series_named(&format!("{instance}.meter.state")).unwrap();
    let silent = state.iter().find(|(at, v)| *v == 0.0 && *at > SimTime::ZERO).unwrap().0;
    let live = silent - SimTime::from_millis(400);
    let read = ModbusRequest::ReadInput { start: 0, count: 18 };
    let values = numbers(&ask(&run, &mut meter, live, &read));
    for (phase, name) in ["l1", "l2", "l3"].into_iter().enumerate() {
        for (place, quantity) in [(0, "voltage_v"), (3, "current_a"), (6, "power_w")] {
            let truth = run.at(&format!("{instance}.meter.{name}_{quantity}"), live) as f32;
            assert_eq!(values[place + phase], truth, "{name} {quantity}");
        }
    }
    let bytes = frame(1, &read.encode());
    let said = answer(&run, &mut meter, silent + SimTime::from_millis(100), &bytes);
    assert!(said.is_empty(), "it has nothing to report: {said:?}");
}
