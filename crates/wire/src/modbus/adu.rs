//! The unit of transport: address, function and data, CRC.
//!
//! The CRC is 16 bits, polynomial 0x8005, least significant bit first, started at 0xFFFF, low byte sent
//! first (catalogued as CRC-16/MODBUS).

use thiserror::Error;

use super::{MAX_ADU_BYTES, MAX_PDU_BYTES, function};

/// The address that every unit obeys and none answers.
pub const BROADCAST: u8 = 0;

/// 0x8005 with its bits reversed.
const POLYNOMIAL: u16 = 0xA001;

/// One frame, its function not yet looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adu {
    /// Address of the unit that is asked or answers.
    pub unit: u8,
    /// 1 … [`MAX_PDU_BYTES`].
    pdu: Vec<u8>,
}

/// Bytes that are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AduError {
    /// Too few, or too many.
    #[error("{bytes} bytes are no frame: it has 4 to {MAX_ADU_BYTES}")]
    Length {
        /// How many.
        bytes: usize,
    },
    /// The checksum is wrong.
    #[error("the CRC is {found:#06X} and should be {wanted:#06X}")]
    Crc {
        /// Which came.
        found: u16,
        /// Which belongs to the bytes.
        wanted: u16,
    },
}

impl Adu {
    /// A frame; `None` when function and data are empty or more than [`MAX_PDU_BYTES`].
    pub fn new(unit: u8, pdu: &[u8]) -> Option<Self> {
        (1..=MAX_PDU_BYTES).contains(&pdu.len()).then(|| Self { unit, pdu: pdu.to_vec() })
    }

    /// Function and data.
    pub fn pdu(&self) -> &[u8] {
        &self.pdu
    }

    /// Appends the frame, CRC included.
    pub fn append(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.push(self.unit);
        out.extend_from_slice(&self.pdu);
        let crc = crc16(&out[start..]);
        out.extend_from_slice(&crc.to_le_bytes());
    }

    /// The frame that these bytes are, all of them.
    ///
    /// # Errors
    /// If their number or their CRC is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, AduError> {
        let length = AduError::Length { bytes: bytes.len() };
        let (content, crc) = bytes.split_last_chunk().ok_or(length)?;
        let (&unit, pdu) = content.split_first().ok_or(length)?;
        let adu = Self::new(unit, pdu).ok_or(length)?;
        let (found, wanted) = (u16::from_le_bytes(*crc), crc16(content));
        if found == wanted { Ok(adu) } else { Err(AduError::Crc { found, wanted }) }
    }
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte), |crc, _| {
            if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ POLYNOMIAL }
        })
    })
}

/// How long a frame is that begins with some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many bytes; more than [`MAX_ADU_BYTES`] when the count in it lies.
    Known(usize),
    /// The byte that says it has not come yet.
    Open,
    /// No function that has a length here.
    Unknown,
}

/// Length of the request that begins so, CRC included.
pub fn request_length(bytes: &[u8]) -> Length {
    match bytes.get(1) {
        None => Length::Open,
        Some(&(function::READ_HOLDING | function::READ_INPUT | function::WRITE_SINGLE)) => {
            Length::Known(8)
        }
        Some(&function::WRITE_MULTIPLE) => counted(bytes.get(6), 7),
        Some(_) => Length::Unknown,
    }
}

/// Length of the answer that begins so, CRC included.
pub fn response_length(bytes: &[u8]) -> Length {
    match bytes.get(1) {
        None => Length::Open,
        Some(&(function::READ_HOLDING | function::READ_INPUT)) => counted(bytes.get(2), 3),
        Some(&(function::WRITE_SINGLE | function::WRITE_MULTIPLE)) => Length::Known(8),
        Some(code) if code & function::EXCEPTION != 0 => Length::Known(5),
        Some(_) => Length::Unknown,
    }
}

/// What stands before the counted bytes, they themselves, and the CRC.
fn counted(count: Option<&u8>, before: usize) -> Length {
    count.map_or(Length::Open, |&count| Length::Known(before + usize::from(count) + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_check_value_holds() {
        assert_eq!(crc16(b"123456789"), 0x4B37);
    }
}
