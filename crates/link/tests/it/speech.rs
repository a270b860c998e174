//! What a device would say, as bytes.

use std::path::Path;

use blackstart_link::Process;
use blackstart_units::SimTime;
use blackstart_wire::bench_link::{
    FromDevice, IdentityField, Offer, PROTOCOL_VERSION, TextChunk, append_frame,
};

use crate::pins::offer;

/// The identity `mock 0.1`.
pub fn identity() -> Vec<FromDevice> {
    let piece = |field, text: &[u8]| FromDevice::Identity {
        protocol: PROTOCOL_VERSION,
        field,
        text: TextChunk::new(text).unwrap(),
        end: true,
    };
    vec![piece(IdentityField::Name, b"mock"), piece(IdentityField::Version, b"0.1")]
}

/// The same, and that it uses everything that a pack of 16 cells offers.
pub fn introduction() -> Vec<FromDevice> {
    introduction_to(&offer())
}

/// The identity, and that it uses everything.
pub fn introduction_to(offer: &Offer) -> Vec<FromDevice> {
    let uses = offer.pins().iter().map(|one| FromDevice::Use { id: one.id() });
    let ready = FromDevice::Ready { digest: offer.digest() };
    identity().into_iter().chain(uses).chain([ready]).collect()
}

/// The answer to a barrier.
pub fn done(turn: u8) -> FromDevice {
    FromDevice::Done { wake: SimTime::NEVER, turn }
}

/// The messages on the line.
pub fn frames(messages: &[FromDevice]) -> Vec<u8> {
    let mut bytes = Vec::new();
    messages.iter().for_each(|message| append_frame(&message.encode(), &mut bytes));
    bytes
}

/// The shell command that puts these bytes on the line.
pub fn print(bytes: &[u8]) -> String {
    let escapes: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
    format!("printf '{escapes}'; ")
}

/// A device that is a line of shell.
pub fn shell(script: &str) -> Process {
    let command = ["/bin/sh", "-c", script].map(str::to_owned);
    Process::start(&command, Path::new("/")).unwrap()
}
