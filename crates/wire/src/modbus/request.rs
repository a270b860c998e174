//! What a master asks.

use super::response::Exception;
use super::{MAX_READ, MAX_WRITE, function};

/// Values for registers that follow each other, 1 … [`MAX_WRITE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values(Vec<u16>);

impl Values {
    /// These values; `None` when there are none or more than [`MAX_WRITE`].
    pub fn new(values: &[u16]) -> Option<Self> {
        (1..=usize::from(MAX_WRITE)).contains(&values.len()).then(|| Self(values.to_vec()))
    }

    /// The values.
    pub fn as_slice(&self) -> &[u16] {
        &self.0
    }
}

/// A request. Addresses count from 0, as they travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModbusRequest {
    /// Function 3: read holding registers.
    ReadHolding {
        /// First address.
        start: u16,
        /// How many, 1 … [`MAX_READ`].
        count: u16,
    },
    /// Function 4: read input registers.
    ReadInput {
        /// First address.
        start: u16,
        /// How many, 1 … [`MAX_READ`].
        count: u16,
    },
    /// Function 6: write one holding register.
    WriteSingle {
        /// Its address.
        address: u16,
        /// What.
        value: u16,
    },
    /// Function 16: write holding registers.
    WriteMultiple {
        /// First address.
        start: u16,
        /// What.
        values: Values,
    },
}

impl ModbusRequest {
    /// The function's number.
    pub fn function(&self) -> u8 {
        match self {
            Self::ReadHolding { .. } => function::READ_HOLDING,
            Self::ReadInput { .. } => function::READ_INPUT,
            Self::WriteSingle { .. } => function::WRITE_SINGLE,
            Self::WriteMultiple { .. } => function::WRITE_MULTIPLE,
        }
    }

    /// Function and data.
    pub fn encode(&self) -> Vec<u8> {
        let words = |a: &u16, b: &u16| [a.to_be_bytes(), b.to_be_bytes()].concat();
        let mut pdu = vec![self.function()];
        match self {
            Self::ReadHolding { start, count } | Self::ReadInput { start, count } => {
                pdu.extend(words(start, count));
            }
            Self::WriteSingle { address, value } => pdu.extend(words(address, value)),
            Self::WriteMultiple { start, values } => {
                let values = values.as_slice();
                pdu.extend(words(start, &(values.len() as u16)));
                pdu.push(2 * values.len() as u8);
                pdu.extend(values.iter().flat_map(|value| value.to_be_bytes()));
            }
        }
        pdu
    }

    /// What function and data ask.
    ///
    /// # Errors
    /// The exception with which a unit answers: an unknown function, a count that is not allowed or
    /// contradicts the data, a range beyond address 65,535.
    pub fn decode(pdu: &[u8]) -> Result<Self, Exception> {
        let (&code, data) = pdu.split_first().ok_or(Exception::IllegalFunction)?;
        let word = |high: u8, low: u8| u16::from_be_bytes([high, low]);
        match (code, data) {
            (function::READ_HOLDING, &[a, b, c, d]) => {
                let (start, count) = range(word(a, b), word(c, d), MAX_READ)?;
                Ok(Self::ReadHolding { start, count })
            }
            (function::READ_INPUT, &[a, b, c, d]) => {
                let (start, count) = range(word(a, b), word(c, d), MAX_READ)?;
                Ok(Self::ReadInput { start, count })
            }
            (function::WRITE_SINGLE, &[a, b, c, d]) => {
                Ok(Self::WriteSingle { address: word(a, b), value: word(c, d) })
            }
            (function::WRITE_MULTIPLE, &[a, b, c, d, bytes, ref values @ ..]) => {
                let (start, count) = range(word(a, b), word(c, d), MAX_WRITE)?;
                let fits =
                    usize::from(bytes) == values.len() && values.len() == 2 * usize::from(count);
                let (pairs, _) = values.as_chunks::<2>();
                let values: Vec<u16> = pairs.iter().map(|&pair| u16::from_be_bytes(pair)).collect();
                let values = Values::new(&values).filter(|_| fits);
                Ok(Self::WriteMultiple { start, values: values.ok_or(Exception::IllegalValue)? })
            }
            (
                function::READ_HOLDING
                | function::READ_INPUT
                | function::WRITE_SINGLE
                | function::WRITE_MULTIPLE,
                _,
            ) => Err(Exception::IllegalValue),
            _ => Err(Exception::IllegalFunction),
        }
    }
}

fn range(start: u16, count: u16, most: u16) -> Result<(u16, u16), Exception> {
    if !(1..=most).contains(&count) {
        return Err(Exception::IllegalValue);
    }
    let last = u32::from(start) + u32::from(count) - 1;
    if last > u16::MAX.into() { Err(Exception::IllegalAddress) } else { Ok((start, count)) }
}
