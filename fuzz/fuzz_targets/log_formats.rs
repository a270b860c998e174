//! Logs of every format, packed or not, in pieces.
#![no_main]

use blackstart_wire::can::{LogDecoder, LogFormat, LogItem};
use libfuzzer_sys::fuzz_target;

/// Unpacked, no input becomes longer.
const MOST_BYTES: u64 = 1 << 22;

fn decoded(bytes: &[u8], piece: usize) -> Option<Vec<LogItem>> {
    let (mut decoder, mut items) = (LogDecoder::new(MOST_BYTES), Vec::new());
    for piece in bytes.chunks(piece) {
        decoder.push(piece, &mut items).ok()?;
    }
    decoder.finish(&mut items).ok()?;
    let counters = decoder.counters();
    assert_eq!(counters.records + counters.rejected, items.len() as u64);
    Some(items)
}

fuzz_target!(|bytes: &[u8]| {
    let whole = decoded(bytes, 4096);
    // However it comes, it says the same; what is packed and damaged is unpacked as far as the piece goes.
    if !bytes.starts_with(b"\x1f\x8b") {
        assert_eq!(decoded(bytes, 7), whole);
    }
    for format in LogFormat::ALL {
        let (mut reader, mut items) = (format.reader(), Vec::new());
        reader.push(bytes, &mut items);
        reader.finish(&mut items);
        let counters = reader.counters();
        assert_eq!(counters.records + counters.rejected, items.len() as u64);
    }
});
