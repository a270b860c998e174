//! What packets mean, in both directions.
//!
//! Integers are little-endian. Times are 56-bit nanoseconds since the session's first barrier, which
//! reach 2.28 years; all ones is *never*. Bits that have no meaning are zero, and a packet with one of
//! them set, or with a length that its type does not have, is refused rather than guessed at.

use blackstart_units::SimTime;
use thiserror::Error;

use super::packet::Packet;
use super::text::{IDENTITY_CHUNK_BYTES, OWN_CHUNK_BYTES, TextChunk};
use super::transfer::{BusBytes, TransferForm, TransferStatus};

/// The last instant that fits a message; later is *never*.
pub const LAST_INSTANT: SimTime = SimTime::from_nanos(NEVER_56 - 1);
/// Barriers are numbered modulo this.
pub const TURNS: u8 = 16;

const NEVER_56: u64 = (1 << 56) - 1;

mod kind {
    pub const HELLO: u8 = 0x01;
    pub const READING: u8 = 0x02;
    pub const ADVANCE: u8 = 0x03;
    pub const BYE: u8 = 0x04;
    pub const PIN: u8 = 0x05;
    pub const SPAN: u8 = 0x06;
    pub const PINS_END: u8 = 0x07;
    pub const BUS_READ: u8 = 0x10;
    pub const TRANSFERRED: u8 = 0x11;
    pub const IDENTITY: u8 = 0x81;
    pub const COMMAND: u8 = 0x82;
    pub const CLAIM: u8 = 0x83;
    pub const SUBSCRIBE: u8 = 0x84;
    pub const UNSUBSCRIBE: u8 = 0x85;
    pub const LOG: u8 = 0x86;
    pub const DONE: u8 = 0x87;
    pub const LOST: u8 = 0x88;
    pub const USE: u8 = 0x89;
    pub const OWN: u8 = 0x8A;
    pub const READY: u8 = 0x8B;
    pub const BOOT: u8 = 0x8C;
    pub const BUS_WRITE: u8 = 0x90;
    pub const TRANSFER: u8 = 0x91;
}

const LOCKSTEP: u8 = 1 << 0;
const LOG_END: u8 = 1 << 0;
const IDENTITY_VERSION: u8 = 1 << 0;
const IDENTITY_END: u8 = 1 << 7;
const FALLING: u8 = 1 << 0;
const WHICHEVER: u8 = 1 << 1;
const OWN_END: u8 = 1 << 7;

/// Why a barrier wakes the device: any combination, none only at a barrier that the bench needs itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WakeCause {
    /// The time has come that the device asked for; also set at the first barrier.
    pub timer: bool,
    /// The front end acted.
    pub alert: bool,
    /// A reading crossed a level that the device subscribed to.
    pub level: bool,
    /// An input changed: a button, a request.
    pub input: bool,
}

impl WakeCause {
    fn bits(self) -> u8 {
        u8::from(self.timer)
            | u8::from(self.alert) << 1
            | u8::from(self.level) << 2
            | u8::from(self.input) << 3
    }

    fn from_bits(bits: u8) -> Self {
        let is_set = |bit: u8| bits >> bit & 1 == 1;
        Self { timer: is_set(0), alert: is_set(1), level: is_set(2), input: is_set(3) }
    }
}

/// Direction of a crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEdge {
    /// From below to at or above the level.
    Rising,
    /// From above to at or below the level.
    Falling,
}

/// How the counts of a pin are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountForm {
    /// A quantity: so many times a power of ten of its unit.
    Quantity,
    /// A counter, or bits.
    Number,
    /// The index of a state.
    State,
}

impl CountForm {
    const fn code(self) -> u8 {
        match self {
            Self::Quantity => 0,
            Self::Number => 1,
            Self::State => 2,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::Quantity, Self::Number, Self::State].into_iter().find(|form| form.code() == code)
    }
}

/// Which text an identity message carries a piece of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityField {
    /// The firmware's name, sent first.
    Name,
    /// The firmware's version, sent second; its end completes the identity.
    Version,
}

/// A message from the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToDevice {
    /// Starts a session: the device behaves as after power-up and answers with its identity.
    Hello {
        /// What the bench speaks.
        protocol: u8,
        /// Time advances by barriers alone.
        lockstep: bool,
    },
    /// A pin that the device may use in this session. A device knows it by its key.
    Pin {
        /// Its number in this session.
        id: u16,
        /// Hash of its direction and name.
        key: u32,
        /// What its counts are.
        form: CountForm,
        /// Of a quantity: one count is 10 to this power of the unit.
        exponent: i8,
    },
    /// The pin that was sent last is an array.
    Span {
        /// Number of its first element.
        first: u16,
        /// Elements; the numbers follow each other.
        count: u16,
    },
    /// All pins have been sent.
    PinsEnd {
        /// How many.
        count: u16,
        /// Hash of the payloads of all [`ToDevice::Pin`] and [`ToDevice::Span`], in order.
        digest: u32,
    },
    /// The new value of a reading, in counts of its pin.
    Reading {
        /// Which.
        id: u16,
        /// Counts.
        value: i32,
    },
    /// A barrier: it is now `at`, the readings before this message are the newest. The device computes
    /// and answers [`FromDevice::Done`].
    Advance {
        /// Now; saturates to *never* beyond [`LAST_INSTANT`].
        at: SimTime,
        /// Why the device is woken.
        cause: WakeCause,
        /// Number of the barrier modulo [`TURNS`], so that an answer cannot be taken for another's.
        turn: u8,
    },
    /// The session is over.
    Bye,
    /// Bytes that were read in a transfer, before [`ToDevice::Transferred`].
    BusRead {
        /// The next of them.
        bytes: BusBytes,
    },
    /// A transfer has ended.
    Transferred {
        /// The command that stands for the bus.
        id: u16,
        /// How.
        status: TransferStatus,
        /// So many bytes were read.
        count: u16,
    },
}

/// A message from the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromDevice {
    /// A piece of the device's identity.
    Identity {
        /// What the device speaks.
        protocol: u8,
        /// Which text.
        field: IdentityField,
        /// Up to [`IDENTITY_CHUNK_BYTES`] of it; a longer piece is cut when encoded.
        text: TextChunk,
        /// The text is complete.
        end: bool,
    },
    /// It has a place for this pin; of an array the number of the first element.
    Use {
        /// Which.
        id: u16,
    },
    /// A piece of the name of a claim that no table has.
    Own {
        /// The number that the device gives it, from 0x8000 up.
        id: u16,
        /// What its counts are.
        form: CountForm,
        /// Of a quantity: one count is 10 to this power of the unit.
        exponent: i8,
        /// Up to [`OWN_CHUNK_BYTES`] of `name` or `name:first,second`; a longer piece is cut when encoded.
        text: TextChunk,
        /// The text is complete.
        end: bool,
    },
    /// It has said which pins it uses, and begins at the next barrier.
    Ready {
        /// That of [`ToDevice::PinsEnd`], of the pins that it was sent.
        digest: u32,
    },
    /// The firmware has started. Within a session: started anew.
    Boot,
    /// An order to the hardware, in counts of its pin.
    Command {
        /// Which.
        id: u16,
        /// Counts.
        value: i32,
    },
    /// What the firmware says of itself, in counts of its pin.
    Claim {
        /// Which.
        id: u16,
        /// Counts.
        value: i32,
    },
    /// Wake me when this reading crosses this level. Holds until the slot is filled again or emptied.
    Subscribe {
        /// Place of the subscription.
        slot: u8,
        /// A reading.
        id: u16,
        /// Which way.
        edge: LinkEdge,
        /// Whichever element crosses first of the array that begins with this reading.
        whichever: bool,
        /// In counts of the reading.
        level: i32,
    },
    /// Empties a slot.
    Unsubscribe {
        /// Place of the subscription.
        slot: u8,
    },
    /// A piece of a line of log.
    Log {
        /// The piece.
        text: TextChunk,
        /// The line is complete.
        end: bool,
    },
    /// The answer to a barrier: nothing more to say until then or until an event.
    Done {
        /// Sleep until; *never* beyond [`LAST_INSTANT`].
        wake: SimTime,
        /// The barrier that is answered.
        turn: u8,
    },
    /// Frames from the bench arrived damaged since the last barrier: what the device computed may rest
    /// on an old reading.
    Lost {
        /// How many, saturating.
        frames: u16,
    },
    /// Bytes that are to be written in a transfer, before [`FromDevice::Transfer`].
    BusWrite {
        /// The next of them.
        bytes: BusBytes,
    },
    /// A transfer on a bus: the bench answers when it has ended.
    Transfer {
        /// The command that stands for the bus.
        id: u16,
        /// What kind.
        form: TransferForm,
        /// Of I2C, seven bits.
        address: u8,
        /// So many bytes are written.
        written: u16,
        /// So many are read.
        read: u16,
    },
}

/// A packet that is intact and yet means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("message of type 0x{packet_kind:02X}: {kind}")]
pub struct UnintelligibleError {
    /// The packet's type byte.
    pub packet_kind: u8,
    /// What is wrong with it.
    pub kind: UnintelligibleKind,
}

/// What makes a packet unintelligible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnintelligibleKind {
    /// No such type in this direction.
    #[error("unknown type")]
    Type,
    /// The type exists, but not with that many bytes.
    #[error("{bytes} payload bytes do not fit the type")]
    Length {
        /// Payload bytes found.
        bytes: usize,
    },
    /// A bit without meaning is set, or an enumeration has no such value.
    #[error("byte 0x{byte:02X} has no meaning here")]
    Value {
        /// The offending byte.
        byte: u8,
    },
}

impl ToDevice {
    /// The packet that carries this message.
    pub fn encode(self) -> Packet {
        match self {
            Self::Hello { protocol, lockstep } => {
                Packet::empty(kind::HELLO).with(&[protocol, if lockstep { LOCKSTEP } else { 0 }])
            }
            Self::Pin { id, key, form, exponent } => Packet::empty(kind::PIN)
                .with(&id.to_le_bytes())
                .with(&key.to_le_bytes())
                .with(&[form.code(), exponent.to_le_bytes()[0]]),
            Self::Span { first, count } => {
                Packet::empty(kind::SPAN).with(&first.to_le_bytes()).with(&count.to_le_bytes())
            }
            Self::PinsEnd { count, digest } => {
                Packet::empty(kind::PINS_END).with(&count.to_le_bytes()).with(&digest.to_le_bytes())
            }
            Self::Reading { id, value } => numbered(kind::READING, id, value),
            Self::Advance { at, cause, turn } => Packet::empty(kind::ADVANCE)
                .with(&instant_bytes(at))
                .with(&[cause.bits() | (turn % TURNS) << 4]),
            Self::Bye => Packet::empty(kind::BYE),
            Self::BusRead { bytes } => Packet::empty(kind::BUS_READ).with(bytes.bytes()),
            Self::Transferred { id, status, count } => Packet::empty(kind::TRANSFERRED)
                .with(&id.to_le_bytes())
                .with(&[status.code()])
                .with(&count.to_le_bytes()),
        }
    }

    /// What a packet from the bench means.
    pub fn decode(packet: &Packet) -> Result<Self, UnintelligibleError> {
        let message = match (packet.kind(), packet.payload()) {
            (kind::HELLO, &[protocol, flags]) => {
                Self::Hello { protocol, lockstep: flag(packet, flags, LOCKSTEP)? }
            }
            (kind::READING, &[a, b, c, d, e, f]) => {
                Self::Reading { id: id(a, b), value: value(c, d, e, f) }
            }
            (kind::ADVANCE, &[a, b, c, d, e, f, g, last]) => Self::Advance {
                at: instant([a, b, c, d, e, f, g]),
                cause: WakeCause::from_bits(last),
                turn: last >> 4,
            },
            (kind::BYE, []) => Self::Bye,
            (kind::PIN, &[a, b, c, d, e, f, form, exponent]) => Self::Pin {
                id: id(a, b),
                key: u32::from_le_bytes([c, d, e, f]),
                form: CountForm::from_code(form).ok_or_else(|| wrong_value(packet, form))?,
                exponent: i8::from_le_bytes([exponent]),
            },
            (kind::SPAN, &[a, b, c, d]) => Self::Span { first: id(a, b), count: id(c, d) },
            (kind::PINS_END, &[a, b, c, d, e, f]) => {
                Self::PinsEnd { count: id(a, b), digest: u32::from_le_bytes([c, d, e, f]) }
            }
            (kind::BUS_READ, bytes) => {
                Self::BusRead { bytes: BusBytes::new(bytes).ok_or_else(|| wrong_length(packet))? }
            }
            (kind::TRANSFERRED, &[a, b, status, c, d]) => Self::Transferred {
                id: id(a, b),
                status: TransferStatus::from_code(status)
                    .ok_or_else(|| wrong_value(packet, status))?,
                count: id(c, d),
            },
            (kind::HELLO..=kind::PINS_END | kind::TRANSFERRED, _) => {
                return Err(wrong_length(packet));
            }
            _ => return Err(unintelligible(packet, UnintelligibleKind::Type)),
        };
        Ok(message)
    }
}

impl ToDevice {
    /// The message's name in the protocol's description.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hello { .. } => "HELLO",
            Self::Reading { .. } => "READING",
            Self::Advance { .. } => "ADVANCE",
            Self::Bye => "BYE",
            Self::Pin { .. } => "PIN",
            Self::Span { .. } => "SPAN",
            Self::PinsEnd { .. } => "PINS-END",
            Self::BusRead { .. } => "BUS-READ",
            Self::Transferred { .. } => "TRANSFERRED",
        }
    }
}

impl FromDevice {
    /// The packet that carries this message.
    pub fn encode(self) -> Packet {
        match self {
            Self::Identity { protocol, field, text, end } => {
                let version = if field == IdentityField::Version { IDENTITY_VERSION } else { 0 };
                let end = if end { IDENTITY_END } else { 0 };
                let text = text.bytes();
                Packet::empty(kind::IDENTITY)
                    .with(&[protocol, version | end])
                    .with(&text[..text.len().min(IDENTITY_CHUNK_BYTES)])
            }
            Self::Command { id, value } => numbered(kind::COMMAND, id, value),
            Self::Claim { id, value } => numbered(kind::CLAIM, id, value),
            Self::Subscribe { slot, id, edge, whichever, level } => {
                let falling = if edge == LinkEdge::Falling { FALLING } else { 0 };
                let whichever = if whichever { WHICHEVER } else { 0 };
                Packet::empty(kind::SUBSCRIBE)
                    .with(&[slot])
                    .with(&id.to_le_bytes())
                    .with(&[falling | whichever])
                    .with(&level.to_le_bytes())
            }
            Self::Unsubscribe { slot } => Packet::empty(kind::UNSUBSCRIBE).with(&[slot]),
            Self::Log { text, end } => {
                Packet::empty(kind::LOG).with(&[if end { LOG_END } else { 0 }]).with(text.bytes())
            }
            Self::Done { wake, turn } => {
                Packet::empty(kind::DONE).with(&instant_bytes(wake)).with(&[turn % TURNS])
            }
            Self::Lost { frames } => Packet::empty(kind::LOST).with(&frames.to_le_bytes()),
            Self::Use { id } => Packet::empty(kind::USE).with(&id.to_le_bytes()),
            Self::Own { id, form, exponent, text, end } => {
                let (end, text) = (if end { OWN_END } else { 0 }, text.bytes());
                Packet::empty(kind::OWN)
                    .with(&id.to_le_bytes())
                    .with(&[form.code() | end, exponent.to_le_bytes()[0]])
                    .with(&text[..text.len().min(OWN_CHUNK_BYTES)])
            }
            Self::Ready { digest } => Packet::empty(kind::READY).with(&digest.to_le_bytes()),
            Self::Boot => Packet::empty(kind::BOOT),
            Self::BusWrite { bytes } => Packet::empty(kind::BUS_WRITE).with(bytes.bytes()),
            Self::Transfer { id, form, address, written, read } => Packet::empty(kind::TRANSFER)
                .with(&id.to_le_bytes())
                .with(&[form.code(), address])
                .with(&written.to_le_bytes())
                .with(&read.to_le_bytes()),
        }
    }

    /// What a packet from the device means.
    pub fn decode(packet: &Packet) -> Result<Self, UnintelligibleError> {
        let message = match (packet.kind(), packet.payload()) {
            (kind::IDENTITY, &[protocol, flags, ref text @ ..]) => Self::Identity {
                protocol,
                field: match flags & !IDENTITY_END {
                    0 => IdentityField::Name,
                    IDENTITY_VERSION => IdentityField::Version,
                    _ => return Err(wrong_value(packet, flags)),
                },
                text: TextChunk::new(text).ok_or_else(|| wrong_length(packet))?,
                end: flags & IDENTITY_END != 0,
            },
            (kind::COMMAND, &[a, b, c, d, e, f]) => {
                Self::Command { id: id(a, b), value: value(c, d, e, f) }
            }
            (kind::CLAIM, &[a, b, c, d, e, f]) => {
                Self::Claim { id: id(a, b), value: value(c, d, e, f) }
            }
            (kind::SUBSCRIBE, &[slot, a, b, edge, c, d, e, f]) => Self::Subscribe {
                slot,
                id: id(a, b),
                edge: match edge & !WHICHEVER {
                    0 => LinkEdge::Rising,
                    FALLING => LinkEdge::Falling,
                    _ => return Err(wrong_value(packet, edge)),
                },
                whichever: edge & WHICHEVER != 0,
                level: value(c, d, e, f),
            },
            (kind::UNSUBSCRIBE, &[slot]) => Self::Unsubscribe { slot },
            (kind::LOG, &[flags, ref text @ ..]) => Self::Log {
                text: TextChunk::new(text).ok_or_else(|| wrong_length(packet))?,
                end: flag(packet, flags, LOG_END)?,
            },
            (kind::DONE, &[a, b, c, d, e, f, g, turn]) => {
                if turn >= TURNS {
                    return Err(wrong_value(packet, turn));
                }
                Self::Done { wake: instant([a, b, c, d, e, f, g]), turn }
            }
            (kind::LOST, &[a, b]) => Self::Lost { frames: id(a, b) },
            (kind::USE, &[a, b]) => Self::Use { id: id(a, b) },
            (kind::OWN, &[a, b, flags, exponent, ref text @ ..]) => Self::Own {
                id: id(a, b),
                form: CountForm::from_code(flags & !OWN_END)
                    .ok_or_else(|| wrong_value(packet, flags))?,
                exponent: i8::from_le_bytes([exponent]),
                text: TextChunk::new(text).ok_or_else(|| wrong_length(packet))?,
                end: flags & OWN_END != 0,
            },
            (kind::READY, &[a, b, c, d]) => {
                Self::Ready { digest: u32::from_le_bytes([a, b, c, d]) }
            }
            (kind::BOOT, []) => Self::Boot,
            (kind::BUS_WRITE, bytes) => {
                Self::BusWrite { bytes: BusBytes::new(bytes).ok_or_else(|| wrong_length(packet))? }
            }
            (kind::TRANSFER, &[a, b, form, address, c, d, e, f]) => Self::Transfer {
                id: id(a, b),
                form: TransferForm::from_code(form).ok_or_else(|| wrong_value(packet, form))?,
                address,
                written: id(c, d),
                read: id(e, f),
            },
            (kind::IDENTITY..=kind::BOOT | kind::TRANSFER, _) => return Err(wrong_length(packet)),
            _ => return Err(unintelligible(packet, UnintelligibleKind::Type)),
        };
        Ok(message)
    }

    /// The message's name in the protocol's description.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity { .. } => "IDENTITY",
            Self::Command { .. } => "COMMAND",
            Self::Claim { .. } => "CLAIM",
            Self::Subscribe { .. } => "SUBSCRIBE",
            Self::Unsubscribe { .. } => "UNSUBSCRIBE",
            Self::Log { .. } => "LOG",
            Self::Done { .. } => "DONE",
            Self::Lost { .. } => "LOST",
            Self::Use { .. } => "USE",
            Self::Own { .. } => "OWN",
            Self::Ready { .. } => "READY",
            Self::Boot => "BOOT",
            Self::BusWrite { .. } => "BUS-WRITE",
            Self::Transfer { .. } => "TRANSFER",
        }
    }
}

fn numbered(kind: u8, id: u16, value: i32) -> Packet {
    Packet::empty(kind).with(&id.to_le_bytes()).with(&value.to_le_bytes())
}

fn id(low: u8, high: u8) -> u16 {
    u16::from_le_bytes([low, high])
}

fn value(a: u8, b: u8, c: u8, d: u8) -> i32 {
    i32::from_le_bytes([a, b, c, d])
}

fn instant_bytes(at: SimTime) -> [u8; 7] {
    let [a, b, c, d, e, f, g, _] = at.as_nanos().min(NEVER_56).to_le_bytes();
    [a, b, c, d, e, f, g]
}

fn instant([a, b, c, d, e, f, g]: [u8; 7]) -> SimTime {
    match u64::from_le_bytes([a, b, c, d, e, f, g, 0]) {
        NEVER_56 => SimTime::NEVER,
        nanos => SimTime::from_nanos(nanos),
    }
}

/// Whether the one meaningful bit of a byte is set; any other bit is refused.
fn flag(packet: &Packet, byte: u8, bit: u8) -> Result<bool, UnintelligibleError> {
    if byte & !bit == 0 { Ok(byte != 0) } else { Err(wrong_value(packet, byte)) }
}

fn unintelligible(packet: &Packet, kind: UnintelligibleKind) -> UnintelligibleError {
    UnintelligibleError { packet_kind: packet.kind(), kind }
}

fn wrong_length(packet: &Packet) -> UnintelligibleError {
    unintelligible(packet, UnintelligibleKind::Length { bytes: packet.payload().len() })
}

fn wrong_value(packet: &Packet, byte: u8) -> UnintelligibleError {
    unintelligible(packet, UnintelligibleKind::Value { byte })
}
