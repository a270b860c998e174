//! The unit of transport: a type byte and up to eight payload bytes.

/// Most payload bytes of one message: what a classic CAN frame carries.
pub const MAX_PAYLOAD_BYTES: usize = 8;

/// One message as it travels, its meaning not yet looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    kind: u8,
    length: u8,
    payload: [u8; MAX_PAYLOAD_BYTES],
}

impl Packet {
    /// A packet of this type; `None` when the payload is longer than [`MAX_PAYLOAD_BYTES`].
    pub fn new(kind: u8, payload: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_PAYLOAD_BYTES];
        bytes.get_mut(..payload.len())?.copy_from_slice(payload);
        Some(Self { kind, length: payload.len() as u8, payload: bytes })
    }

    /// The type byte.
    pub fn kind(&self) -> u8 {
        self.kind
    }

    /// The payload, 0 … 8 bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload[..usize::from(self.length)]
    }

    /// A packet with no payload yet; messages append theirs, which by construction fits.
    pub(super) fn empty(kind: u8) -> Self {
        Self { kind, length: 0, payload: [0; MAX_PAYLOAD_BYTES] }
    }

    pub(super) fn with(mut self, bytes: &[u8]) -> Self {
        let start = usize::from(self.length);
        self.payload[start..start + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len() as u8;
        self
    }
}
