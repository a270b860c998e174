//! VE.Direct: text and HEX.
#![no_main]

use blackstart_wire::ve_direct::hex::{Request, Response};
use blackstart_wire::ve_direct::{Event, Reader, phoenix};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = Reader::default();
    for event in bytes.iter().filter_map(|&byte| reader.push(byte)) {
        match event {
            Event::Hex(frame) => {
                if let Some(request) = Request::decode(&frame) {
                    assert_eq!(request.encode(), frame);
                }
                if let Some(response) = Response::decode(&frame) {
                    assert_eq!(response.encode(), frame);
                }
            }
            Event::Block(fields) => {
                for field in fields {
                    phoenix::item_labelled(&field.label)
                        .and_then(|item| item.from_text(&field.value));
                }
            }
        }
    }
});
