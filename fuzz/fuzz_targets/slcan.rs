//! SLCAN at both ends, and time beside frames.
#![no_main]

use blackstart_units::SimTime;
use blackstart_wire::can::slcan::{Adapter, AdapterAction, PacedLines, SlcanHost, SlcanReply};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut adapter = Adapter::default();
    let mut replies = Vec::new();
    for &byte in bytes {
        if let Some(AdapterAction::Send(frame)) = adapter.push(byte, &mut replies) {
            let mut line = Vec::new();
            assert!(adapter.receive(&frame, SimTime::ZERO, &mut line));
            let mut host = SlcanHost::default();
            let reply = line.iter().find_map(|&byte| host.push(byte));
            assert!(
                matches!(reply, Some(SlcanReply::Frame { frame: found, .. }) if found == frame)
            );
        }
    }
    let mut host = SlcanHost::default();
    for reply in bytes.iter().filter_map(|&byte| host.push(byte)) {
        let mut line = Vec::new();
        assert!(reply.append(&mut line));
        let mut again = SlcanHost::default();
        assert_eq!(line.iter().find_map(|&byte| again.push(byte)), Some(reply));
    }
    let mut paced = PacedLines::default();
    for said in bytes.iter().filter_map(|&byte| paced.push(byte).ok().flatten()) {
        let mut line = Vec::new();
        assert!(said.append(&mut line));
        let mut again = PacedLines::default();
        let read = line.iter().find_map(|&byte| again.push(byte).ok().flatten());
        assert_eq!(read, Some(said));
    }
});
