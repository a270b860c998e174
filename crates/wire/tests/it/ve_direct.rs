//! VE.Direct: blocks with HEX frames between their bytes, and the numbers of a Phoenix inverter.

use blackstart_wire::ve_direct::hex::{
    FLAG_UNKNOWN, FRAMING_ERROR, HexFrame, HexRequest, HexResponse, RegisterReport, RegisterValue,
};
use blackstart_wire::ve_direct::phoenix::{self, ITEMS, RegisterForm, TextForm, codes};
use blackstart_wire::ve_direct::{Block, Field, FieldError, VeDirectEvent, VeDirectReader};
use proptest::prelude::*;

fn field(label: &str, value: &str) -> Field {
    Field { label: label.to_owned(), value: value.to_owned() }
}

/// A block as an inverter with 5.0 A at 230.00 V sends it.
fn fields() -> Vec<Field> {
    vec![
        field("PID", "0xA264"),
        field("FW", "0114"),
        field("SER#", "HQ141112345"),
        field("MODE", "2"),
        field("CS", "9"),
        field("AC_OUT_V", "23000"),
        field("AC_OUT_I", "50"),
        field("V", "51200"),
        field("AR", "0"),
        field("WARN", "0"),
        field("OR", "0x00000000"),
    ]
}

fn events(reader: &mut VeDirectReader, bytes: &[u8]) -> Vec<VeDirectEvent> {
    bytes.iter().filter_map(|&byte| reader.push(byte)).collect()
}

fn hex_line(frame: HexFrame) -> String {
    let mut line = Vec::new();
    frame.append(&mut line);
    String::from_utf8(line).unwrap()
}

fn value(bytes: &[u8]) -> RegisterValue {
    RegisterValue::new(bytes).unwrap()
}

#[test]
fn a_block_ends_with_the_byte_that_makes_its_sum_zero() {
    let bytes = Block::new(&[field("V", "51200"), field("AR", "0")]).unwrap().bytes();
    assert!(bytes.starts_with(b"\r\nV\t51200\r\nAR\t0\r\nChecksum\t"));
    assert_eq!(bytes.len(), 27);
    assert_eq!(bytes.iter().fold(0u8, |sum, &byte| sum.wrapping_add(byte)), 0);
}

#[test]
fn requests_have_the_bytes_of_the_protocol() {
    let get = |register| HexRequest::Get { register };
    let set = |register, bytes: &[u8]| HexRequest::Set { register, value: value(bytes) };
    let cases = [
        (HexRequest::Ping, ":154\n"),
        (HexRequest::AppVersion, ":352\n"),
        (HexRequest::ProductId, ":451\n"),
        (HexRequest::Restart, ":64F\n"),
        (get(0x0200), ":70002004C\n"),
        (get(0x0201), ":70102004B\n"),
        (get(0x0207), ":707020045\n"),
        (get(0x2210), ":71022001C\n"),
        (get(0xED8D), ":78DED00D4\n"),
        (set(0x0200, &[codes::mode::ON]), ":80002000249\n"),
        (set(0x0200, &[codes::mode::OFF]), ":80002000447\n"),
        (set(0x0200, &[codes::mode::ECO]), ":80002000546\n"),
        (set(0x2210, &[0x30, 0x11]), ":81022003011DA\n"),
    ];
    for (request, line) in cases {
        assert_eq!(hex_line(request.encode()), line, "{request:?}");
        let frame = HexFrame::parse(&line.as_bytes()[1..line.len() - 1]).unwrap();
        assert_eq!(HexRequest::decode(&frame), Some(request));
    }
    assert!(hex_line(HexRequest::EnterBoot.encode()).starts_with(":051FA51FA51FA51FA51FA"));
}

#[test]
fn answers_have_the_bytes_of_the_protocol() {
    let shutdown = phoenix::item("shutdown_low_voltage_v").unwrap();
    let report =
        RegisterReport { register: 0x2210, flags: 0, value: shutdown.to_register(37.2).unwrap() };
    assert_eq!(hex_line(HexResponse::Get(report).encode()), ":7102200880E86\n");
    assert_eq!(hex_line(HexResponse::Error(FRAMING_ERROR).encode()), ":4AAAAFD\n");
    let unknown = RegisterReport { register: 0x1234, flags: FLAG_UNKNOWN, value: value(&[]) };
    assert_eq!(hex_line(HexResponse::Get(unknown).encode()), ":734120107\n");
    assert_eq!(shutdown.from_register(&report.value), Some(37.2));
}

#[test]
fn a_frame_with_a_wrong_check_or_half_a_byte_is_none() {
    for digits in ["", "1", "15", "155", "1544", "70002004D", "7000200 4C", "G54"] {
        assert_eq!(HexFrame::parse(digits.as_bytes()), None, "{digits}");
    }
    assert!(HexFrame::parse(b"154\r").is_some());
    let longest = HexFrame::new(7, &[0xFF; HexFrame::MAX_DATA]).unwrap();
    assert_eq!(HexFrame::new(7, &[0; HexFrame::MAX_DATA + 1]), None);
    let line = hex_line(longest);
    assert_eq!(HexFrame::parse(line.trim_matches([':', '\n']).as_bytes()), Some(longest));
}

#[test]
fn a_hex_frame_between_the_bytes_of_a_block_belongs_to_neither() {
    let report = RegisterReport { register: 0x0201, flags: 0, value: value(&[9]) };
    let frame = HexResponse::Async(report).encode();
    let bytes = Block::new(&fields()).unwrap().bytes();
    // Everywhere but in front of the checksum byte, which may be a colon itself.
    for at in 0..bytes.len() - 1 {
        let mut line = bytes[..at].to_vec();
        frame.append(&mut line);
        line.extend_from_slice(&bytes[at..]);
        let mut reader = VeDirectReader::default();
        assert_eq!(
            events(&mut reader, &line),
            [VeDirectEvent::Hex(frame), VeDirectEvent::Block(fields())],
            "{at}"
        );
        assert_eq!(reader.counters().checksum_errors, 0);
    }
}

#[test]
fn the_checksum_byte_may_be_a_colon_or_a_line_feed() {
    let mut seen = std::collections::BTreeSet::<u8>::new();
    for (length, letter) in (0..16).flat_map(|length| (b';'..=b'~').map(move |c| (length, c))) {
        let fields = [field("V", &format!("{}{}", " ".repeat(length), char::from(letter)))];
        let bytes = Block::new(&fields).unwrap().bytes();
        seen.extend(bytes.last());
        let block = VeDirectEvent::Block(fields.to_vec());
        let found = events(&mut VeDirectReader::default(), &bytes.repeat(2));
        assert_eq!(found, [block.clone(), block]);
    }
    assert!([b':', b'\n', b'\r', b'\t'].iter().all(|byte| seen.contains(byte)), "{seen:?}");
}

#[test]
fn a_reader_that_starts_in_the_middle_loses_one_block() {
    let bytes = Block::new(&fields()).unwrap().bytes();
    let mut reader = VeDirectReader::default();
    assert_eq!(events(&mut reader, &bytes[20..]), []);
    assert_eq!(events(&mut reader, &bytes), [VeDirectEvent::Block(fields())]);
    assert_eq!((reader.counters().blocks, reader.counters().checksum_errors), (1, 1));
    events(&mut reader, &bytes[..30]);
    reader.reset();
    assert_eq!(events(&mut reader, &bytes), [VeDirectEvent::Block(fields())]);
}

#[test]
fn a_field_that_cannot_travel_is_refused() {
    for (label, text) in
        [("", "1"), ("TooLongLb", "1"), ("A\tB", "1"), ("A:B", "1"), ("Checksum", "")]
    {
        let error = Block::new(&[field(label, text)]).unwrap_err();
        assert_eq!(error, FieldError::Label { label: label.to_owned() });
    }
    for text in ["a:b", "a\nb", "é", &"x".repeat(33)] {
        assert!(matches!(Block::new(&[field("A", text)]), Err(FieldError::Value { .. })), "{text}");
    }
    assert_eq!(Block::new(&vec![field("A", ""); 65]), Err(FieldError::TooMany));
}

#[test]
fn an_endless_field_is_dropped_in_bounded_memory() {
    let mut reader = VeDirectReader::default();
    assert_eq!(events(&mut reader, b"\r\nV\t"), []);
    assert_eq!(events(&mut reader, &vec![b'x'; 1_000_000]), []);
    assert_eq!(events(&mut reader, b"\r\nChecksum\t\0"), []);
    assert_eq!(reader.counters().checksum_errors + reader.counters().malformed, 1);
    let bytes = Block::new(&fields()).unwrap().bytes();
    assert_eq!(events(&mut reader, &bytes), [VeDirectEvent::Block(fields())]);
    events(&mut reader, &[&b":"[..], &[b'0'; 500], b"\n"].concat());
    assert_eq!(reader.counters().hex_errors, 1);
}

#[test]
fn every_item_has_one_name_one_label_one_register() {
    for (index, item) in ITEMS.iter().enumerate() {
        assert!(item.text.is_some() || item.register.is_some(), "{}", item.name);
        let others = || ITEMS[index + 1..].iter();
        assert!(others().all(|other| other.name != item.name), "{}", item.name);
        if let Some(text) = item.text {
            assert!(others().all(|other| other.text.is_none_or(|o| o.label != text.label)));
            assert_eq!(phoenix::item_labelled(text.label), Some(item));
        }
        if let Some(register) = item.register {
            assert!(others().all(|other| other.register.is_none_or(|o| o.id != register.id)));
            assert_eq!(phoenix::item_of_register(register.id), Some(item));
        }
    }
}

#[test]
fn items_read_the_fields_of_a_block() {
    let read = |label: &str, text: &str| phoenix::item_labelled(label)?.from_text(text);
    assert_eq!(read("AC_OUT_V", "23000"), Some(230.0));
    assert_eq!(read("AC_OUT_I", "50"), Some(5.0));
    assert_eq!(read("V", "51200"), Some(51.2));
    assert_eq!(read("PID", "0xA264"), Some(f64::from(0xA264)));
    assert_eq!(read("Relay", "ON"), Some(1.0));
    assert_eq!(read("OR", "12"), None);
    assert_eq!(read("SER#", "HQ141112345"), None);
    let both = codes::off_reason::REMOTE_INPUT | codes::off_reason::LOW_BATTERY;
    assert_eq!(phoenix::item("off_reason").unwrap().to_text(both.into()).unwrap(), "0x00000808");
}

#[test]
fn a_number_that_does_not_fit_its_form_is_refused() {
    let item = |name: &str| phoenix::item(name).unwrap();
    for number in [f64::NAN, -0.01, 655.36, 1e300] {
        assert!(item("shutdown_low_voltage_v").to_register(number).is_err(), "{number}");
    }
    assert!(item("ac_out_voltage_v").to_register(-327.68).is_ok());
    assert!(item("ac_out_voltage_v").to_register(327.68).is_err());
    assert!(item("relay").to_text(2.0).is_err());
    assert!(item("serial").to_text(1.0).is_err());
    assert!(item("alarm_acknowledge").to_register(1.0).is_err());
    assert_eq!(item("mode").from_register(&value(&[2, 0])), None);
}

prop_compose! {
    fn any_fields()(fields in prop::collection::vec(("[!-9;-~]{1,8}", "[ -9;-~]{0,32}"), 0..20))
        -> Vec<Field>
    {
        let keep = |(label, _): &(String, String)| label != "Checksum";
        fields.into_iter().filter(keep).map(|(label, text)| field(&label, &text)).collect()
    }
}

proptest! {
    #[test]
    fn blocks_survive_the_line(blocks in prop::collection::vec(any_fields(), 0..4)) {
        let bytes: Vec<u8> =
            blocks.iter().flat_map(|fields| Block::new(fields).unwrap().bytes()).collect();
        let expected: Vec<_> = blocks.into_iter().map(VeDirectEvent::Block).collect();
        prop_assert_eq!(events(&mut VeDirectReader::default(), &bytes), expected);
    }

    #[test]
    fn hex_frames_survive_the_line(command in 0u8..16, data in prop::collection::vec(any::<u8>(), 0..=34)) {
        let frame = HexFrame::new(command, &data).unwrap();
        let line = hex_line(frame);
        prop_assert_eq!(events(&mut VeDirectReader::default(), line.as_bytes()), [VeDirectEvent::Hex(frame)]);
        // What is understood is understood whole.
        if let Some(request) = HexRequest::decode(&frame) {
            prop_assert_eq!(request.encode(), frame);
        }
        if let Some(response) = HexResponse::decode(&frame) {
            prop_assert_eq!(response.encode(), frame);
        }
    }

    #[test]
    fn any_bytes_leave_the_reader_able_to_read(bytes in prop::collection::vec(
        prop_oneof![any::<u8>(), prop::sample::select(b"\r\n\t:0123Checksum".to_vec())], 0..400,
    )) {
        let mut reader = VeDirectReader::default();
        events(&mut reader, &bytes);
        // A line feed ends a HEX frame that has begun; the block behind it may be lost with the sum.
        let block = Block::new(&fields()).unwrap().bytes();
        events(&mut reader, &[b"\n", &block[..]].concat());
        let found = events(&mut reader, &block);
        prop_assert_eq!(found.last(), Some(&VeDirectEvent::Block(fields())));
    }

    #[test]
    fn numbers_survive_their_registers_and_fields(which in 0..ITEMS.len(), counts in -40_000i32..70_000) {
        let item = ITEMS[which];
        if let Some(register) = item.register {
            let number = f64::from(counts) / register.counts_per_unit;
            if let Ok(value) = item.to_register(number) {
                prop_assert_eq!(item.from_register(&value), Some(number));
            } else {
                let always = matches!(register.form, RegisterForm::Signed(4));
                prop_assert!(!always);
            }
        }
        if let Some(text) = item.text.filter(|text| text.form != TextForm::Text) {
            let number = f64::from(counts) / text.counts_per_unit;
            if let Ok(shown) = item.to_text(number) {
                prop_assert_eq!(item.from_text(&shown), Some(number));
            }
        }
    }
}
