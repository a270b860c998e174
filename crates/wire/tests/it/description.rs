//! What firmware engineers read (the page, the C header, the C test) says what the code does.

use blackstart_roles::{Direction, Pin, RoleKind, RoleTable};
use blackstart_units::SimTime;
use blackstart_wire::bench_link::{
    BusBytes, CountForm, FromDevice, IdentityField, LinkEdge, Offer, PROTOCOL_VERSION, Packet,
    TextChunk, ToDevice, TransferForm, TransferStatus, WakeCause, append_frame,
};

const PAGE: &str = include_str!("../../../../docs/bench-link.md");
const C_TEST: &str = include_str!("../../../../fixtures/firmware/benchlink/test_benchlink.c");

fn identity(field: IdentityField, text: &[u8]) -> FromDevice {
    let text = TextChunk::new(text).unwrap();
    FromDevice::Identity { protocol: PROTOCOL_VERSION, field, text, end: true }
}

/// What a pack of 16 cells and one switch offers.
fn offer() -> Offer {
    let role = RoleTable::standard().role(RoleKind::BatteryManagement);
    let row = |direction, name: &str| -> Pin {
        role.pins_of(direction).find(|pin| pin.name == name).unwrap().clone()
    };
    let states = ["open", "closed"].map(str::to_owned).to_vec();
    Offer::of([
        (row(Direction::Reading, "cell-*_voltage_v"), 0..16, Vec::new()),
        (row(Direction::Command, "main_switch"), 0..1, states),
    ])
    .unwrap()
}

fn words(message: ToDevice) -> String {
    let name = message.name();
    match message {
        ToDevice::Hello { protocol, .. } => format!("{name} version {protocol}, lockstep"),
        ToDevice::Reading { id, value } => format!("{name} 0x{id:04X}, {value}"),
        ToDevice::Advance { .. } => format!("{name} 1 ms, timer, turn 0"),
        ToDevice::Bye | ToDevice::BusRead { .. } | ToDevice::Transferred { .. } => name.to_owned(),
        ToDevice::Pin { id, form: CountForm::Quantity, exponent, .. } => {
            format!("{name} 0x{id:04X} cell-*_voltage_v, quantity, 10^{exponent}")
        }
        ToDevice::Pin { id, .. } => format!("{name} 0x{id:04X} main_switch, state"),
        ToDevice::Span { first, count } => format!("{name} 0x{first:04X}, {count}"),
        ToDevice::PinsEnd { count, digest } => format!("{name} {count}, 0x{digest:08X}"),
    }
}

/// The messages of the page's example, in its words.
fn example() -> Vec<(String, Packet)> {
    let at = SimTime::from_millis(1);
    let cause = WakeCause { timer: true, ..WakeCause::default() };
    let offer = offer();
    let bench = |message: ToDevice| (format!("bench   {}", words(message)), message.encode());
    let device = |words: &str, message: FromDevice| {
        (format!("device  {} {words}", message.name()), message.encode())
    };
    let digest = offer.digest();
    let mut example = vec![bench(ToDevice::Hello { protocol: PROTOCOL_VERSION, lockstep: true })];
    example.extend([
        device("version 2, name \"bms\", end", identity(IdentityField::Name, b"bms")),
        device("version 2, version \"1.0\", end", identity(IdentityField::Version, b"1.0")),
    ]);
    example.extend(offer.messages().iter().map(|&message| bench(message)));
    example.extend([
        device("0x0001", FromDevice::Use { id: 1 }),
        device("0x4000", FromDevice::Use { id: 0x4000 }),
        device(&format!("0x{digest:08X}"), FromDevice::Ready { digest }),
        bench(ToDevice::Reading { id: 5, value: 32_650 }),
        bench(ToDevice::Advance { at, cause, turn: 0 }),
        device("0x4000, 1", FromDevice::Command { id: 0x4000, value: 1 }),
        device("never, turn 0", FromDevice::Done { wake: SimTime::NEVER, turn: 0 }),
    ]);
    example
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
        .map(|(words, packet)| format!("{words:<54}{}", hex(packet, "", " ")))
        .collect();
    let is_example = |line: &&str| line.starts_with("bench   ") || line.starts_with("device  ");
    let found: Vec<&str> = PAGE.lines().filter(is_example).collect();
    assert_eq!(found, expected, "should read\n{}", expected.join("\n"));
}

#[test]
fn the_c_test_uses_the_frames_of_the_example() {
    for (words, packet) in example() {
        let is_shared = ["HELLO", "PIN 0x0001", "SPAN", "USE 0x0001"];
        if is_shared.iter().any(|name| words.contains(name)) {
            let frame = hex(&packet, "0x", ", ");
            assert!(C_TEST.contains(&frame), "{words}: {frame}");
        }
    }
}

#[test]
fn the_page_lists_every_type_with_its_number() {
    let at = SimTime::ZERO;
    let text = TextChunk::default();
    let field = IdentityField::Name;
    let form = CountForm::Number;
    let to_device = [
        ToDevice::Hello { protocol: 2, lockstep: true },
        ToDevice::Reading { id: 0, value: 0 },
        ToDevice::Advance { at, cause: WakeCause::default(), turn: 0 },
        ToDevice::Bye,
        ToDevice::Pin { id: 0, key: 0, form, exponent: 0 },
        ToDevice::Span { first: 0, count: 0 },
        ToDevice::PinsEnd { count: 0, digest: 0 },
        ToDevice::BusRead { bytes: BusBytes::new(&[0]).unwrap() },
        ToDevice::Transferred { id: 0, status: TransferStatus::Done, count: 0 },
    ];
    let from_device = [
        FromDevice::Identity { protocol: 2, field, text, end: false },
        FromDevice::Command { id: 0, value: 0 },
        FromDevice::Claim { id: 0, value: 0 },
        FromDevice::Subscribe {
            slot: 0,
            id: 0,
            edge: LinkEdge::Rising,
            whichever: false,
            level: 0,
        },
        FromDevice::Unsubscribe { slot: 0 },
        FromDevice::Log { text, end: false },
        FromDevice::Done { wake: at, turn: 0 },
        FromDevice::Lost { frames: 0 },
        FromDevice::Use { id: 0 },
        FromDevice::Own { id: 0, form, exponent: 0, text, end: true },
        FromDevice::Ready { digest: 0 },
        FromDevice::Boot,
        FromDevice::BusWrite { bytes: BusBytes::new(&[0]).unwrap() },
        FromDevice::Transfer { id: 0, form: TransferForm::I2c, address: 0, written: 0, read: 0 },
    ];
    let to_device = to_device.map(|message| (message.name(), message.encode().kind()));
    let from_device = from_device.map(|message| (message.name(), message.encode().kind()));
    for (name, kind) in to_device.into_iter().chain(from_device) {
        assert!(PAGE.contains(&format!("\n| 0x{kind:02X} | {name} |")), "{name}");
    }
}
