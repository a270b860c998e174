//! VE.Direct: text and HEX, and a device that answers whatever it is sent.
#![no_main]

use blackstart_units::SimTime;
use blackstart_wire::ve_direct::hex::{FRAMING_ERROR, HexRequest, HexResponse};
use blackstart_wire::ve_direct::{
    Block, Field, Heard, Listener, Sender, VeDirectEvent, VeDirectReader, phoenix,
};
use libfuzzer_sys::fuzz_target;

/// Every byte heard is a millisecond; frames are echoed, errors answered, between the fields of blocks
/// that never stop. A reader at the other end must find no torn block.
fn answer(bytes: &[u8]) {
    let field = Field { label: "V".to_owned(), value: "51200".to_owned() };
    let block = Block::new(&[field]).expect("a short field");
    let (mut listener, mut sender) = (Listener::default(), Sender::default());
    let (mut reader, mut said) = (VeDirectReader::default(), Vec::new());
    for (millis, &byte) in (0..).zip(bytes) {
        let now = SimTime::from_millis(millis);
        sender.block(now, &block);
        match listener.push(byte) {
            Some(Heard::Frame(frame)) => sender.frame(now, &frame),
            Some(Heard::FramingError) => {
                sender.frame(now, &HexResponse::Error(FRAMING_ERROR).encode())
            }
            None => true,
        };
        sender.take(now, &mut said);
    }
    said.iter().for_each(|&byte| drop(reader.push(byte)));
    let counters = reader.counters();
    assert_eq!(counters.checksum_errors + counters.malformed + counters.hex_errors, 0);
}

fuzz_target!(|bytes: &[u8]| {
    answer(bytes);
    let mut reader = VeDirectReader::default();
    for event in bytes.iter().filter_map(|&byte| reader.push(byte)) {
        match event {
            VeDirectEvent::Hex(frame) => {
                if let Some(request) = HexRequest::decode(&frame) {
                    assert_eq!(request.encode(), frame);
                }
                if let Some(response) = HexResponse::decode(&frame) {
                    assert_eq!(response.encode(), frame);
                }
            }
            VeDirectEvent::Block(fields) => {
                for field in fields {
                    phoenix::item_labelled(&field.label)
                        .and_then(|item| item.from_text(&field.value));
                }
            }
        }
    }
});
