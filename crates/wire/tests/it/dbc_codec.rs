//! Physical values to bytes and back.

use blackstart_wire::can::CanFrame;
use blackstart_wire::dbc::{Database, EncodeErrorKind, Message, OutOfRange, Raw, parse};
use proptest::prelude::*;

use crate::dbc_files::SAMPLE;

fn sample() -> Database {
    parse(SAMPLE.as_bytes()).into_result().unwrap()
}

fn one_signal(text: &str) -> Message {
    let text = format!("BU_: A\nBO_ 1 One: 8 A\n SG_ {text} A\n");
    parse(text.as_bytes()).into_result().unwrap().messages()[0].clone()
}

fn encode(message: &Message, value: f64, policy: OutOfRange) -> Result<u64, EncodeErrorKind> {
    let encoded = message.encode(&[(0, value)], policy).map_err(|error| error.kind)?;
    Ok(u64::from_le_bytes(encoded.payload.bytes().try_into().unwrap()))
}

#[test]
fn a_message_carries_its_values_and_its_start_values() {
    let database = sample();
    let limits = database.message_named("Limits").unwrap();
    let index = |name: &str| limits.signal_index(name).unwrap();
    let encoded =
        limits.encode(&[(index("Discharge_A"), -45.0), (index("State"), 7.0)], OutOfRange::Refuse);
    let payload = encoded.unwrap().payload;
    // 552 counts from the start; (−45 + 5) / 0.1 = −400, high byte first; three bits.
    assert_eq!(payload.bytes(), [0x28, 0x02, 0, 0, 0xFE, 0x70, 7, 0]);
    let readings = limits.decode(payload.bytes()).unwrap();
    assert_eq!(readings[0].physical, 55.2);
    assert_eq!(readings[2].signal.value_name(readings[2].raw), Some("not \"known\""));
    let CanFrame::Data(frame) = limits.frame(&payload).unwrap() else { panic!("no data") };
    assert_eq!((frame.id(), frame.fd_flags()), (limits.id, None));
}

#[test]
fn switches_decide_what_is_present() {
    let database = sample();
    let pages = database.message_named("Pages").unwrap();
    let names = |data: &[u8; 8]| -> Vec<&str> {
        pages.decode(data).unwrap().iter().map(|reading| &*reading.signal.name).collect()
    };
    assert_eq!(names(&[0, 1, 2, 0, 0, 0, 0, 9]), ["Page", "Low", "Always"]);
    assert_eq!(names(&[1, 1, 2, 0, 0, 0, 0, 9]), ["Page", "Sub", "Always"]);
    assert_eq!(names(&[1, 5, 2, 0, 0, 0, 0, 9]), ["Page", "Sub", "Deep", "Always"]);
    // Not below the page of its switch's switch.
    assert_eq!(names(&[0, 5, 2, 0, 0, 0, 0, 9]), ["Page", "Low", "Always"]);
    assert_eq!(names(&[2, 5, 2, 0, 0, 0, 0, 9]), ["Page", "Always"]);
}

#[test]
fn a_value_without_its_page_is_refused() {
    let database = sample();
    let pages = database.message_named("Pages").unwrap();
    let index = |name: &str| pages.signal_index(name).unwrap();
    let deep = [(index("Deep"), 9.0), (index("Sub"), 3.0), (index("Page"), 1.0)];
    let encoded = pages.encode(&deep, OutOfRange::Refuse).unwrap();
    assert_eq!(encoded.payload.bytes(), [1, 3, 9, 0, 0, 0, 0, 0]);
    let error = pages.encode(&deep[..2], OutOfRange::Refuse).unwrap_err();
    assert_eq!(
        error.to_string(),
        "message `Pages`: signal `Sub` is not present with these values \
                                   of its switches"
    );
    let error = pages.encode(&[(5, 0.0)], OutOfRange::Refuse).unwrap_err();
    assert_eq!(error.kind, EncodeErrorKind::NoSuchSignal { index: 5 });
}

#[test]
fn too_few_bytes_are_no_message_and_more_are() {
    let database = sample();
    let limits = database.message_named("Limits").unwrap();
    let error = limits.decode(&[0; 7]).unwrap_err();
    assert_eq!(error.to_string(), "message `Limits` has 8 bytes, 7 came");
    assert!(limits.decode(&[0; 12]).is_ok());
}

#[test]
fn a_range_ends_at_the_count_that_its_limit_rounds_to() {
    let message = one_signal("S : 0|16@1+ (0.1,0) [0.3|6.3] \"V\"");
    // 0.3 / 0.1 is 2.9999999999999996, and 6.34 rounds to the last count that may travel.
    assert_eq!(encode(&message, 0.3, OutOfRange::Refuse), Ok(3));
    assert_eq!(encode(&message, 6.34, OutOfRange::Refuse), Ok(63));
    let error = encode(&message, 6.36, OutOfRange::Refuse).unwrap_err();
    let words = "signal `S` cannot be 6.36: it takes numbers from 0.30000000000000004 to \
                 6.300000000000001";
    assert_eq!(error.to_string(), words);
    assert_eq!(encode(&message, 6.36, OutOfRange::Saturate), Ok(63));
    assert_eq!(encode(&message, -1e300, OutOfRange::Saturate), Ok(3));
    assert_eq!(encode(&message, f64::INFINITY, OutOfRange::Saturate), Ok(63));
    assert!(encode(&message, f64::NAN, OutOfRange::Saturate).is_err());
}

#[test]
fn a_negative_factor_turns_the_range_round() {
    let message = one_signal("S : 0|8@1+ (-2,100) [0|40] \"V\"");
    assert_eq!(encode(&message, 40.0, OutOfRange::Refuse), Ok(30));
    assert_eq!(encode(&message, 1000.0, OutOfRange::Saturate), Ok(30));
    assert_eq!(encode(&message, -1000.0, OutOfRange::Saturate), Ok(50));
}

#[test]
fn a_range_that_the_bits_cannot_reach_leaves_the_bits() {
    let message = one_signal("S : 0|8@1+ (1,0) [1000|2000] \"V\"");
    assert_eq!(encode(&message, 255.0, OutOfRange::Refuse), Ok(255));
    assert!(encode(&message, 256.0, OutOfRange::Refuse).is_err());
}

#[test]
fn sixty_four_bits_saturate_at_their_ends() {
    let unsigned = one_signal("S : 0|64@1+ (1,0) [0|0] \"\"");
    let two_pow_64 = 18_446_744_073_709_551_616.0;
    assert!(encode(&unsigned, two_pow_64, OutOfRange::Refuse).is_err());
    assert_eq!(encode(&unsigned, two_pow_64, OutOfRange::Saturate), Ok(u64::MAX));
    assert!(encode(&unsigned, -1.0, OutOfRange::Refuse).is_err());
    assert_eq!(encode(&unsigned, -0.5, OutOfRange::Refuse), Ok(0));
    let signed = one_signal("S : 0|64@1- (1,0) [0|0] \"\"");
    let two_pow_63 = two_pow_64 / 2.0;
    assert_eq!(encode(&signed, -two_pow_63, OutOfRange::Refuse), Ok(1 << 63));
    assert!(encode(&signed, two_pow_63, OutOfRange::Refuse).is_err());
    assert_eq!(encode(&signed, two_pow_63, OutOfRange::Saturate), Ok(i64::MAX as u64));
}

#[test]
fn a_half_goes_to_the_even_count() {
    let message = one_signal("S : 0|8@1- (1,0) [0|0] \"\"");
    for (value, counts) in [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, 0xFE)] {
        assert_eq!(encode(&message, value, OutOfRange::Refuse), Ok(counts), "{value}");
    }
}

#[test]
fn a_floating_signal_can_say_that_it_has_no_value() {
    let text = SAMPLE.replace("Single : 0|32@1- (1,0) [0|0]", "Single : 0|32@1- (1,0) [-5|5]");
    let database = parse(text.as_bytes()).into_result().unwrap();
    let far = database.message_named("Far").unwrap();
    let bits = |value: f64, policy| {
        let payload = far.encode(&[(0, value)], policy).ok()?.payload;
        Some(u32::from_le_bytes(payload.bytes()[..4].try_into().unwrap()))
    };
    assert_eq!(bits(f64::NAN, OutOfRange::Refuse), Some(f32::NAN.to_bits()));
    assert_eq!(bits(f64::INFINITY, OutOfRange::Refuse), None);
    assert_eq!(bits(f64::INFINITY, OutOfRange::Saturate), Some(5.0f32.to_bits()));
    assert_eq!(bits(-5.0, OutOfRange::Refuse), Some((-5.0f32).to_bits()));
    let double = far.encode(&[(1, 3.0)], OutOfRange::Refuse).unwrap().payload;
    assert_eq!(far.decode(double.bytes()).unwrap()[1].raw, Raw::Float(1.0));
}

#[test]
fn saturated_signals_are_named() {
    let database = sample();
    let limits = database.message_named("Limits").unwrap();
    let encoded = limits.encode(&[(2, 9.0), (0, 66.0), (1, 1.0)], OutOfRange::Saturate).unwrap();
    assert_eq!(encoded.saturated, [0, 2]);
}

proptest! {
    /// Whatever bytes a message has, decoding and encoding brings the bits of its signals back.
    #[test]
    fn bytes_survive_their_values(data in prop::collection::vec(any::<u8>(), 64)) {
        for message in sample().messages() {
            let readings = message.decode(&data).unwrap();
            if readings.iter().any(|reading| !reading.physical.is_finite()) {
                continue;
            }
            let values: Vec<_> = readings.iter().map(|r| (r.index, r.physical)).collect();
            let Ok(encoded) = message.encode(&values, OutOfRange::Refuse) else { continue };
            for (index, raw) in readings.iter().map(|reading| (reading.index, reading.raw)) {
                // Scaling a floating signal there and back rounds.
                if message.signals[index].factor == 1.0 || !matches!(raw, Raw::Float(_)) {
                    prop_assert_eq!(message.signals[index].read_raw(encoded.payload.bytes()), raw);
                }
            }
        }
    }
}
