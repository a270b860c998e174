//! The bench link's serial line, and a device's answer to the pins that it is offered.
#![no_main]

use blackstart_roles::{Direction, RoleTable};
use blackstart_wire::bench_link::{FromDevice, Negotiation, Offer, PacketDecoder, ToDevice};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let pins = RoleTable::standard().roles[0].pins.iter().enumerate();
    let offer = Offer::of(pins.map(|(k, pin)| (pin.clone(), k..k + 1, Vec::new()))).unwrap();
    let digest = offer.digest();
    let mut negotiation = Some(Negotiation::new(offer));
    let mut decoder = PacketDecoder::default();
    for packet in bytes.iter().filter_map(|&byte| decoder.push(byte)) {
        if let Ok(message) = FromDevice::decode(&packet) {
            assert_eq!(message.encode(), packet);
            let taken = negotiation.as_mut().map(|one| one.take(message));
            if taken.is_some_and(|taken| taken.is_err()) {
                negotiation = None;
            }
            if let FromDevice::Claim { id, value } = message
                && let Some(mut answered) = negotiation.clone()
                && answered.take(FromDevice::Ready { digest }) == Ok(true)
            {
                let _ = answered.finish().check(Direction::Claim, id, value);
            }
        }
        if let Ok(message) = ToDevice::decode(&packet) {
            assert_eq!(message.encode(), packet);
        }
    }
});
