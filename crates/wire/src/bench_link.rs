//! The bench link: how the bench talks to firmware that was built for it.
//!
//! Three layers, each with its own type: a [`Packet`] is a type byte and up to eight bytes, so that it
//! also fits one classic CAN frame; [`ToDevice`] and [`FromDevice`] say what a packet means;
//! [`append_frame`] and [`PacketDecoder`] carry packets over a serial line, [`CanChannel`] and [`CanReceiver`]
//! over a CAN bus. What the numbers in readings, commands and claims mean is agreed at the beginning of a
//! session: an [`Offer`] of the role's pins, and the device's [`Agreement`] to it.
//!
//! Left out: when to send what. The order of messages around a barrier belongs to the session that
//! drives the link. `docs/bench-link.md` describes the whole for a firmware engineer.

mod agreement;
mod can;
mod counts;
mod crc;
mod frame;
mod message;
mod offer;
mod packet;
mod text;
mod transfer;

pub use agreement::{
    AbsurdError, Agreement, FIRST_OWN, MAX_OWN_CLAIMS, MAX_OWN_TEXT, Negotiation, OwnClaim,
    RefusedError, Target,
};
pub use can::{CanChannel, CanEnd, CanReceiver, LinkCanCounters};
pub use counts::{PinRangeError, from_counts, to_counts};
pub use frame::{FRAME_DELIMITER, LinkLineCounters, MAX_FRAME_BYTES, PacketDecoder, append_frame};
pub use message::{
    CountForm, FromDevice, IdentityField, LAST_INSTANT, LinkEdge, TURNS, ToDevice,
    UnintelligibleError, UnintelligibleKind, WakeCause,
};
pub use offer::{MAX_ORDERS, MAX_READINGS, Offer, Offered, TooManyPinsError};
pub use packet::{MAX_PAYLOAD_BYTES, Packet};
pub use text::{
    IDENTITY_CHUNK_BYTES, LOG_CHUNK_BYTES, OWN_CHUNK_BYTES, TextChunk, log_messages, printable,
};
pub use transfer::{BusBytes, MAX_TRANSFER_BYTES, TransferForm, TransferStatus};

/// Version that both ends must speak.
pub const PROTOCOL_VERSION: u8 = 2;
