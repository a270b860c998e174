//! Messages survive the way through a packet, and no packet makes the decoder guess.

use blackstart_units::SimTime;
use blackstart_wire::bench_link::{
    BusBytes, CountForm, FromDevice, IDENTITY_CHUNK_BYTES, IdentityField, LAST_INSTANT,
    LOG_CHUNK_BYTES, LinkEdge, MAX_PAYLOAD_BYTES, OWN_CHUNK_BYTES, Packet, TURNS, TextChunk,
    ToDevice, TransferForm, TransferStatus, UnintelligibleKind, WakeCause,
};
use proptest::prelude::*;

fn instants() -> impl Strategy<Value = SimTime> {
    prop_oneof![
        Just(SimTime::NEVER),
        Just(LAST_INSTANT),
        (0..=LAST_INSTANT.as_nanos()).prop_map(SimTime::from_nanos),
    ]
}

fn chunks(most: usize) -> impl Strategy<Value = TextChunk> {
    prop::collection::vec(any::<u8>(), 0..=most).prop_map(|bytes| TextChunk::new(&bytes).unwrap())
}

fn causes() -> impl Strategy<Value = WakeCause> {
    any::<[bool; 4]>().prop_map(|[timer, alert, level, input]| WakeCause {
        timer,
        alert,
        level,
        input,
    })
}

fn edges() -> impl Strategy<Value = LinkEdge> {
    prop_oneof![Just(LinkEdge::Rising), Just(LinkEdge::Falling)]
}

fn forms() -> impl Strategy<Value = CountForm> {
    prop_oneof![Just(CountForm::Quantity), Just(CountForm::Number), Just(CountForm::State)]
}

fn bus_bytes() -> impl Strategy<Value = BusBytes> {
    prop::collection::vec(any::<u8>(), 1..=MAX_PAYLOAD_BYTES)
        .prop_map(|bytes| BusBytes::new(&bytes).unwrap())
}

fn transfer_forms() -> impl Strategy<Value = TransferForm> {
    prop_oneof![Just(TransferForm::I2c), Just(TransferForm::Spi)]
}

fn statuses() -> impl Strategy<Value = TransferStatus> {
    prop_oneof![
        Just(TransferStatus::Done),
        Just(TransferStatus::NotAcknowledged),
        Just(TransferStatus::Stuck),
    ]
}

/// Any message of the bench.
pub fn to_device() -> impl Strategy<Value = ToDevice> {
    prop_oneof![
        any::<(u8, bool)>().prop_map(|(protocol, lockstep)| ToDevice::Hello { protocol, lockstep }),
        any::<(u16, i32)>().prop_map(|(id, value)| ToDevice::Reading { id, value }),
        (instants(), causes(), 0..TURNS).prop_map(|(at, cause, turn)| ToDevice::Advance {
            at,
            cause,
            turn
        }),
        Just(ToDevice::Bye),
        (any::<(u16, u32, i8)>(), forms()).prop_map(|((id, key, exponent), form)| ToDevice::Pin {
            id,
            key,
            form,
            exponent
        }),
        any::<(u16, u16)>().prop_map(|(first, count)| ToDevice::Span { first, count }),
        any::<(u16, u32)>().prop_map(|(count, digest)| ToDevice::PinsEnd { count, digest }),
        bus_bytes().prop_map(|bytes| ToDevice::BusRead { bytes }),
        (any::<(u16, u16)>(), statuses()).prop_map(|((id, count), status)| ToDevice::Transferred {
            id,
            status,
            count
        }),
    ]
}

fn from_device() -> impl Strategy<Value = FromDevice> {
    let field = prop_oneof![Just(IdentityField::Name), Just(IdentityField::Version)];
    prop_oneof![
        (any::<u8>(), field, chunks(IDENTITY_CHUNK_BYTES), any::<bool>()).prop_map(
            |(protocol, field, text, end)| FromDevice::Identity { protocol, field, text, end }
        ),
        any::<(u16, i32)>().prop_map(|(id, value)| FromDevice::Command { id, value }),
        any::<(u16, i32)>().prop_map(|(id, value)| FromDevice::Claim { id, value }),
        (any::<(u8, u16, i32, bool)>(), edges()).prop_map(
            |((slot, id, level, whichever), edge)| {
                FromDevice::Subscribe { slot, id, edge, whichever, level }
            }
        ),
        any::<u8>().prop_map(|slot| FromDevice::Unsubscribe { slot }),
        (chunks(LOG_CHUNK_BYTES), any::<bool>())
            .prop_map(|(text, end)| FromDevice::Log { text, end }),
        (instants(), 0..TURNS).prop_map(|(wake, turn)| FromDevice::Done { wake, turn }),
        any::<u16>().prop_map(|frames| FromDevice::Lost { frames }),
        any::<u16>().prop_map(|id| FromDevice::Use { id }),
        (any::<(u16, i8, bool)>(), forms(), chunks(OWN_CHUNK_BYTES)).prop_map(
            |((id, exponent, end), form, text)| FromDevice::Own { id, form, exponent, text, end }
        ),
        any::<u32>().prop_map(|digest| FromDevice::Ready { digest }),
        Just(FromDevice::Boot),
        bus_bytes().prop_map(|bytes| FromDevice::BusWrite { bytes }),
        (any::<(u16, u8, u16, u16)>(), transfer_forms()).prop_map(
            |((id, address, written, read), form)| FromDevice::Transfer {
                id,
                form,
                address,
                written,
                read
            }
        ),
    ]
}

proptest! {
    #[test]
    fn a_message_of_the_bench_survives_its_packet(message in to_device()) {
        prop_assert_eq!(ToDevice::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn a_message_of_the_device_survives_its_packet(message in from_device()) {
        prop_assert_eq!(FromDevice::decode(&message.encode()), Ok(message));
    }

    /// What decodes at all has one form only: nothing is silently ignored.
    #[test]
    fn a_packet_that_is_understood_is_understood_whole(
        kind: u8, payload in prop::collection::vec(any::<u8>(), 0..=MAX_PAYLOAD_BYTES),
    ) {
        let packet = Packet::new(kind, &payload).unwrap();
        if let Ok(message) = ToDevice::decode(&packet) {
            prop_assert_eq!(message.encode(), packet);
        }
        if let Ok(message) = FromDevice::decode(&packet) {
            prop_assert_eq!(message.encode(), packet);
        }
    }
}

#[test]
fn times_beyond_the_wire_are_never() {
    let packet = FromDevice::Done { wake: LAST_INSTANT + SimTime::NANOSECOND, turn: 3 }.encode();
    assert_eq!(FromDevice::decode(&packet), Ok(FromDevice::Done { wake: SimTime::NEVER, turn: 3 }));
}

#[test]
fn each_way_of_being_unintelligible_has_its_name() {
    let decode = |kind, payload: &[u8]| {
        FromDevice::decode(&Packet::new(kind, payload).unwrap()).unwrap_err().kind
    };
    assert_eq!(decode(0x02, &[0; 6]), UnintelligibleKind::Type);
    assert_eq!(decode(0x82, &[0; 5]), UnintelligibleKind::Length { bytes: 5 });
    assert_eq!(decode(0x84, &[0, 0, 0, 4, 0, 0, 0, 0]), UnintelligibleKind::Value { byte: 4 });
    assert_eq!(decode(0x8A, &[0, 0, 3, 0]), UnintelligibleKind::Value { byte: 3 });
    assert_eq!(decode(0x8A, &[0; 3]), UnintelligibleKind::Length { bytes: 3 });
    assert_eq!(decode(0x90, &[]), UnintelligibleKind::Length { bytes: 0 });
    assert_eq!(decode(0x91, &[0, 0, 2, 0, 0, 0, 0, 0]), UnintelligibleKind::Value { byte: 2 });
    // Reserved.
    assert_eq!(decode(0x92, &[]), UnintelligibleKind::Type);
}
