//! The NTU's lines at both ends.
#![no_main]

use blackstart_wire::ntu::NtuDecoder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut device = NtuDecoder::default();
    bytes.iter().for_each(|&byte| {
        device.request(byte);
    });
    let mut host = NtuDecoder::default();
    for reply in bytes.iter().filter_map(|&byte| host.reply(byte)) {
        let mut line = Vec::new();
        if reply.append(&mut line).is_ok() {
            let mut again = NtuDecoder::default();
            assert!(line.iter().find_map(|&byte| again.reply(byte)).is_some());
        }
    }
});
