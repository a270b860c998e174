//! candump and ASC logs, and the kernel's structure of a frame.
#![no_main]

use blackstart_wire::can::{LogRecord, asc, candump, kernel_frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = candump::CandumpReader::default();
    for record in bytes.iter().filter_map(|&byte| reader.push_byte(byte)).flatten() {
        let mut line = Vec::new();
        candump::append_record(&record, &mut line);
        let mut again = candump::CandumpReader::default();
        let read: Vec<LogRecord> =
            line.iter().filter_map(|&byte| again.push_byte(byte)).flatten().collect();
        assert_eq!(read.len(), 1);
        assert_eq!((&read[0].frame, &read[0].channel), (&record.frame, &record.channel));
    }
    let mut reader = asc::AscReader::default();
    for record in bytes.iter().filter_map(|&byte| reader.push_byte(byte)).flatten() {
        let mut line = Vec::new();
        asc::AscWriter::default().record(&record, &mut line).expect("a channel of a log is a number");
        let mut again = asc::AscReader::default();
        let read: Vec<LogRecord> =
            line.iter().filter_map(|&byte| again.push_byte(byte)).flatten().collect();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].frame, record.frame);
    }
    for size in [kernel_frame::CLASSIC_FRAME_BYTES, kernel_frame::FD_FRAME_BYTES] {
        for structure in bytes.chunks(size) {
            if let Some(frame) = kernel_frame::decode(structure) {
                assert_eq!(kernel_frame::decode(&kernel_frame::encode(&frame)), Some(frame));
            }
        }
    }
});
