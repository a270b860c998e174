//! DBC files, and then every message of what was read.
#![no_main]

use blackstart_wire::dbc::{OutOfRange, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let parsed = parse(bytes);
    for message in parsed.database.messages() {
        let data: Vec<u8> = bytes.iter().copied().chain(0..64).take(64).collect();
        let readings = message.decode(&data).expect("64 bytes are enough for any message");
        let values: Vec<(usize, f64)> =
            readings.iter().map(|reading| (reading.index, reading.physical)).collect();
        for policy in [OutOfRange::Refuse, OutOfRange::Saturate] {
            if let Ok(encoded) = message.encode(&values, policy) {
                assert!(message.frame(&encoded.payload).is_some());
            }
        }
    }
});
