//! What firmware engineers read (the page, the C header, the C test) says what the code does.

use blackstart_units::SimTime;
use blackstart_wire::bench_link::vocabulary::{self, ANY_CELL, Entry, Scale};
use blackstart_wire::bench_link::{
    Cause, Edge, FromDevice, IdentityField, Packet, TextChunk, ToDevice, append_frame,
};

const PAGE: &str = include_str!("../../../../docs/bench-link.md");
const HEADER: &str = include_str!("../../../../fixtures/firmware/benchlink/benchlink_ids.h");
const C_TEST: &str = include_str!("../../../../fixtures/firmware/benchlink/test_benchlink.c");

fn identity(field: IdentityField, text: &[u8]) -> Packet {
    let text = TextChunk::new(text).unwrap();
    FromDevice::Identity { protocol: 1, field, text, end: true }.encode()
}

/// The messages of the page's example, in its words.
fn example() -> [(&'static str, Packet); 7] {
    let at = SimTime::from_millis(1);
    let cause = Cause { timer: true, ..Cause::default() };
    [
        (
            "bench   HELLO version 1, lockstep",
            ToDevice::Hello { protocol: 1, lockstep: true }.encode(),
        ),
        ("device  IDENTITY version 1, name \"bms\", end", identity(IdentityField::Name, b"bms")),
        (
            "device  IDENTITY version 1, version \"1.0\", end",
            identity(IdentityField::Version, b"1.0"),
        ),
        ("bench   READING 0x1004, 32650", ToDevice::Reading { id: 0x1004, value: 32_650 }.encode()),
        ("bench   ADVANCE 1 ms, timer, turn 0", ToDevice::Advance { at, cause, turn: 0 }.encode()),
        ("device  COMMAND 0x4000, 1", FromDevice::Command { id: 0x4000, value: 1 }.encode()),
        ("device  DONE never, turn 0", FromDevice::Done { wake: SimTime::NEVER, turn: 0 }.encode()),
    ]
}

fn hex(packet: &Packet, prefix: &str, separator: &str) -> String {
    let mut bytes = Vec::new();
    append_frame(packet, &mut bytes);
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{prefix}{byte:02X}")).collect();
    bytes.join(separator)
}

#[test]
fn the_worked_example_is_what_the_encoder_makes() {
    let expected: Vec<String> = example()
        .iter()
        .map(|(words, packet)| format!("{words:<48}{}", hex(packet, "", " ")))
        .collect();
    let is_example = |line: &&str| line.starts_with("bench   ") || line.starts_with("device  ");
    let found: Vec<&str> = PAGE.lines().filter(is_example).collect();
    assert_eq!(found, expected, "should read\n{}", expected.join("\n"));
}

#[test]
fn the_c_test_uses_the_frames_of_the_example() {
    let messages = example();
    for index in [0, 3, 4] {
        let frame = hex(&messages[index].1, "0x", ", ");
        assert!(C_TEST.contains(&format!("{{{frame}}}")), "{}: {frame}", messages[index].0);
    }
}

#[test]
fn the_page_lists_every_type_with_its_number() {
    let at = SimTime::ZERO;
    let text = TextChunk::default();
    let field = IdentityField::Name;
    let to_device = [
        ("HELLO", ToDevice::Hello { protocol: 1, lockstep: true }),
        ("READING", ToDevice::Reading { id: 0, value: 0 }),
        ("ADVANCE", ToDevice::Advance { at, cause: Cause::default(), turn: 0 }),
        ("BYE", ToDevice::Bye),
    ];
    let from_device = [
        FromDevice::Identity { protocol: 1, field, text, end: false },
        FromDevice::Command { id: 0, value: 0 },
        FromDevice::Claim { id: 0, value: 0 },
        FromDevice::Subscribe { slot: 0, id: 0, edge: Edge::Rising, level: 0 },
        FromDevice::Unsubscribe { slot: 0 },
        FromDevice::Log { text, end: false },
        FromDevice::Done { wake: at, turn: 0 },
        FromDevice::Lost { frames: 0 },
    ];
    let to_device = to_device.map(|(name, message)| (name, message.encode().kind()));
    let from_device = from_device.map(|message| (message.name(), message.encode().kind()));
    for (name, kind) in to_device.into_iter().chain(from_device) {
        assert!(PAGE.contains(&format!("\n| 0x{kind:02X} | {name} |")), "{name}");
    }
}

/// How the page and the header write what one count is worth.
fn unit(entry: &Entry) -> &'static str {
    let unit = entry.name.rsplit('_').next().unwrap_or_default();
    match (entry.scale, unit) {
        (Scale::States(_), _) => "state",
        (Scale::Number, "status" | "warnings") => "bits",
        (Scale::Number, _) => "1",
        (Scale::Quantity { counts_per_unit: 1.0 }, "us") => "1 µs",
        (Scale::Quantity { counts_per_unit: 1.0 }, "ms") => "1 ms",
        (Scale::Quantity { counts_per_unit: 100.0 }, "a") => "10 mA",
        (Scale::Quantity { counts_per_unit: 1_000.0 }, "a") => "1 mA",
        (Scale::Quantity { counts_per_unit: 1_000.0 }, "v") => "1 mV",
        (Scale::Quantity { counts_per_unit: 10_000.0 }, "v") => "100 µV",
        (Scale::Quantity { counts_per_unit: 100.0 }, "c") if entry.name.contains("temperature") => {
            "0.01 °C"
        }
        (Scale::Quantity { counts_per_unit: 100.0 }, "c") => "0.01 C",
        (Scale::Quantity { counts_per_unit: 100.0 }, "pct") => "0.01 %",
        (scale, unit) => panic!("{}: {scale:?} of {unit} has no words yet", entry.name),
    }
}

#[test]
fn the_page_lists_every_id_with_its_scale_and_states() {
    for entry in vocabulary::entries() {
        let row = format!("\n| 0x{:04X} | `{}` | {} |", entry.id, entry.name, unit(&entry));
        let Some((_, rest)) = PAGE.split_once(&row) else { panic!("missing: {row}") };
        if let Scale::States(names) = entry.scale {
            let states: Vec<String> =
                names.iter().enumerate().map(|(index, name)| format!("{index} {name}")).collect();
            let remark = rest.lines().next().unwrap_or_default();
            assert!(remark.contains(&states.join(", ")), "{row} {remark}");
        }
    }
    let cell = vocabulary::cell(0).unwrap();
    let row = format!("| 0x{:04X} + k | `{}` … | {} |", cell.id, cell.name, unit(&cell));
    assert!(PAGE.contains(&row), "missing: {row}");
    assert!(PAGE.contains(&format!("0x{ANY_CELL:04X} in SUBSCRIBE is any cell")));
}

#[test]
fn the_c_header_has_exactly_the_ids_of_the_vocabulary() {
    let mut expected: Vec<String> = vocabulary::entries()
        .map(|entry| format!("BL_{} 0x{:04X}u", entry.name.to_uppercase(), entry.id))
        .chain([format!("BL_CELL_VOLTAGE_V 0x{:04X}u", vocabulary::cell(0).unwrap().id)])
        .chain([format!("BL_ANY_CELL 0x{ANY_CELL:04X}u")])
        .collect();
    for entry in vocabulary::entries().filter(|entry| ["state", "alarm"].contains(&&*entry.name)) {
        let Scale::States(names) = entry.scale else { panic!("{} has states", entry.name) };
        expected.extend(names.iter().enumerate().map(|(index, name)| {
            let name = format!("{}_{}", entry.name, name.replace('-', "_"));
            format!("BL_{} {index}", name.to_uppercase())
        }));
    }
    expected.extend(["BL_STATUS_SCD 0x1u".to_owned(), "BL_STATUS_OCD 0x2u".to_owned()]);
    let define = |line: &str| {
        let mut words = line.strip_prefix("#define ")?.split_whitespace();
        Some(format!("{} {}", words.next()?, words.next()?))
    };
    let mut found: Vec<String> = HEADER.lines().filter_map(define).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}
