//! Frames as they are sent and received.
//!
//! Only what ISO 11898-1 allows can be built: classic frames carry 0 … 8 bytes, FD frames the lengths
//! that their 4-bit code has, and FD has no remote frames.

use std::fmt;

use super::error_frame::ErrorFrame;
use super::id::CanId;

/// Most bytes of a classic frame.
pub const MAX_CLASSIC_BYTES: usize = 8;
/// Most bytes of an FD frame.
pub const MAX_FD_BYTES: usize = 64;

/// Length in bytes behind each data length code of an FD frame.
const FD_LENGTHS: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64];

/// Bytes behind a data length code of an FD frame; `None` above 15.
pub fn fd_length(dlc: u8) -> Option<usize> {
    FD_LENGTHS.get(usize::from(dlc)).map(|&length| usize::from(length))
}

/// The data length code of an FD frame of exactly so many bytes; `None` when FD has no such length.
pub fn fd_dlc(length: usize) -> Option<u8> {
    (0..16).find(|&dlc| fd_length(dlc) == Some(length))
}

/// The bytes of a data frame, 0 … 64.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    length: u8,
    /// Zero behind `length`, so that equal payloads are equal.
    bytes: [u8; MAX_FD_BYTES],
}

impl Payload {
    /// These bytes; `None` when they are more than [`MAX_FD_BYTES`].
    pub fn new(data: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_FD_BYTES];
        bytes.get_mut(..data.len())?.copy_from_slice(data);
        Some(Self { length: data.len() as u8, bytes })
    }

    /// So many zeros; `None` when they are more than [`MAX_FD_BYTES`].
    pub fn zeroed(length: usize) -> Option<Self> {
        (length <= MAX_FD_BYTES).then_some(Self { length: length as u8, bytes: [0; MAX_FD_BYTES] })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The bytes, to be changed in place.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..usize::from(self.length)]
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payload(")?;
        self.bytes().iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
        f.write_str(")")
    }
}

/// What only FD frames have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FdFlags {
    /// BRS: the data phase ran at the higher bit rate.
    pub bit_rate_switch: bool,
    /// ESI: the sender was error passive.
    pub error_state: bool,
}

/// A frame with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataFrame {
    id: CanId,
    fd: Option<FdFlags>,
    payload: Payload,
}

impl DataFrame {
    /// A classic frame; `None` for more than [`MAX_CLASSIC_BYTES`].
    pub fn classic(id: CanId, data: &[u8]) -> Option<Self> {
        let payload = Payload::new(data).filter(|_| data.len() <= MAX_CLASSIC_BYTES)?;
        Some(Self { id, fd: None, payload })
    }

    /// An FD frame; `None` when no data length code means so many bytes.
    pub fn fd(id: CanId, data: &[u8], flags: FdFlags) -> Option<Self> {
        fd_dlc(data.len())?;
        Some(Self { id, fd: Some(flags), payload: Payload::new(data)? })
    }

    /// Its identifier.
    pub fn id(&self) -> CanId {
        self.id
    }

    /// The flags of an FD frame, `None` for a classic one.
    pub fn fd_flags(&self) -> Option<FdFlags> {
        self.fd
    }

    /// Its data.
    pub fn data(&self) -> &[u8] {
        self.payload.bytes()
    }

    /// The data length code, 0 … 15.
    pub fn dlc(&self) -> u8 {
        fd_dlc(self.data().len()).expect("constructors let only lengths pass that have a code")
    }
}

/// A classic frame that asks for data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteFrame {
    id: CanId,
    dlc: u8,
}

impl RemoteFrame {
    /// Asks for `dlc` bytes; `None` above [`MAX_CLASSIC_BYTES`].
    pub fn new(id: CanId, dlc: u8) -> Option<Self> {
        (usize::from(dlc) <= MAX_CLASSIC_BYTES).then_some(Self { id, dlc })
    }

    /// Its identifier.
    pub fn id(&self) -> CanId {
        self.id
    }

    /// How many bytes it asks for, 0 … 8.
    pub fn dlc(&self) -> u8 {
        self.dlc
    }
}

/// Whatever a CAN interface hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanFrame {
    /// Data, classic or FD.
    Data(DataFrame),
    /// A request for data.
    Remote(RemoteFrame),
    /// What the controller says went wrong.
    Error(ErrorFrame),
}

impl From<DataFrame> for CanFrame {
    fn from(frame: DataFrame) -> Self {
        Self::Data(frame)
    }
}

impl From<RemoteFrame> for CanFrame {
    fn from(frame: RemoteFrame) -> Self {
        Self::Remote(frame)
    }
}

impl From<ErrorFrame> for CanFrame {
    fn from(frame: ErrorFrame) -> Self {
        Self::Error(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lengths_of_the_standard_can_be_built() {
        let id = CanId::standard(1).unwrap();
        let lengths = |build: &dyn Fn(&[u8]) -> bool| -> Vec<usize> {
            (0..=70).filter(|&length| build(&vec![0xA5; length])).collect()
        };
        let fd = lengths(&|data| DataFrame::fd(id, data, FdFlags::default()).is_some());
        assert_eq!(fd, FD_LENGTHS.map(usize::from));
        let classic = lengths(&|data| DataFrame::classic(id, data).is_some());
        assert_eq!(classic, (0..=8).collect::<Vec<_>>());
        assert_eq!(RemoteFrame::new(id, 9), None);
    }

    #[test]
    fn a_classic_and_an_fd_frame_of_the_same_bytes_differ() {
        let id = CanId::standard(1).unwrap();
        assert_ne!(DataFrame::classic(id, &[1]), DataFrame::fd(id, &[1], FdFlags::default()));
    }
}
