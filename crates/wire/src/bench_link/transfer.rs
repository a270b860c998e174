//! A transfer on a bus to a chip that the bench plays: its bytes in pieces, and how it ended.

use super::packet::MAX_PAYLOAD_BYTES;

/// Most bytes of one transfer in either direction: a chip has 256 registers, each with a checksum behind it.
pub const MAX_TRANSFER_BYTES: usize = 1024;

/// Bytes of a transfer, 1 … 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusBytes {
    length: u8,
    bytes: [u8; MAX_PAYLOAD_BYTES],
}

impl BusBytes {
    /// These bytes; `None` of none, or of more than eight.
    pub fn new(all: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_PAYLOAD_BYTES];
        bytes.get_mut(..all.len()).filter(|_| !all.is_empty())?.copy_from_slice(all);
        Some(Self { length: all.len() as u8, bytes })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// As many as are needed for all of these.
    pub fn pieces(all: &[u8]) -> impl Iterator<Item = Self> + '_ {
        all.chunks(MAX_PAYLOAD_BYTES).filter_map(Self::new)
    }
}

/// What kind of transfer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferForm {
    /// I2C: what is written, then what is read.
    I2c,
    /// SPI: as much is read as is written, at the same time.
    Spi,
}

impl TransferForm {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::I2c => 0,
            Self::Spi => 1,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        [Self::I2c, Self::Spi].into_iter().find(|form| form.code() == code)
    }
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferStatus {
    /// It came through.
    Done,
    /// The chip did not acknowledge.
    NotAcknowledged,
    /// The bus cannot be used: a line is held.
    Stuck,
}

impl TransferStatus {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::NotAcknowledged => 1,
            Self::Stuck => 2,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        let all = [Self::Done, Self::NotAcknowledged, Self::Stuck];
        all.into_iter().find(|status| status.code() == code)
    }
}
