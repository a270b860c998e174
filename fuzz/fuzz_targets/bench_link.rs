//! The bench link's serial line.
#![no_main]

use blackstart_wire::bench_link::{Decoder, FromDevice, ToDevice};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = Decoder::default();
    for packet in bytes.iter().filter_map(|&byte| decoder.push(byte)) {
        if let Ok(message) = FromDevice::decode(&packet) {
            assert_eq!(message.encode(), packet);
        }
        if let Ok(message) = ToDevice::decode(&packet) {
            assert_eq!(message.encode(), packet);
        }
    }
});
