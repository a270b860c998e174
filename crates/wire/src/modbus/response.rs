//! What a unit answers.

use thiserror::Error;

use super::request::ModbusRequest;
use super::{MAX_READ, function};

/// Why a unit refuses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Exception {
    /// 1: it does not know the function.
    #[error("illegal function")]
    IllegalFunction,
    /// 2: it has no such register.
    #[error("illegal data address")]
    IllegalAddress,
    /// 3: it cannot take the value, or the request contradicts itself.
    #[error("illegal data value")]
    IllegalValue,
    /// 4: it failed while doing it.
    #[error("server device failure")]
    Failure,
    /// 5: it has begun and will be long.
    #[error("acknowledge")]
    Acknowledge,
    /// 6: it is busy.
    #[error("server device busy")]
    Busy,
    /// Another number.
    #[error("exception {0}")]
    Other(u8),
}

impl Exception {
    /// Its number.
    pub fn code(self) -> u8 {
        match self {
            Self::IllegalFunction => 1,
            Self::IllegalAddress => 2,
            Self::IllegalValue => 3,
            Self::Failure => 4,
            Self::Acknowledge => 5,
            Self::Busy => 6,
            Self::Other(code) => code,
        }
    }

    /// The exception with this number.
    pub fn from_code(code: u8) -> Self {
        match code {
            1 => Self::IllegalFunction,
            2 => Self::IllegalAddress,
            3 => Self::IllegalValue,
            4 => Self::Failure,
            5 => Self::Acknowledge,
            6 => Self::Busy,
            other => Self::Other(other),
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModbusResponse {
    /// To a read: the registers, in order.
    Registers(Vec<u16>),
    /// To a write: done.
    Written,
    /// To any request: refused.
    Refused(Exception),
}

/// An answer that does not belong to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("answer to function {function}: {kind}")]
pub struct ResponseError {
    /// Function of the request.
    pub function: u8,
    /// What is wrong.
    pub kind: ResponseErrorKind,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ResponseErrorKind {
    /// It answers another function.
    #[error("it answers function {found}")]
    Function {
        /// Which.
        found: u8,
    },
    /// It has another length than it says, or than was asked for.
    #[error("its length is wrong")]
    Length,
    /// It confirms another address or value than was written.
    #[error("it confirms something else")]
    Echo,
}

impl ModbusResponse {
    /// Function and data with which a unit refuses a function, also one that it does not know.
    pub fn refuse(function: u8, exception: Exception) -> Vec<u8> {
        vec![function | function::EXCEPTION, exception.code()]
    }

    /// Function and data of this answer to that request. `None` for registers that do not answer it:
    /// another number than asked for, or a write.
    pub fn encode(&self, request: &ModbusRequest) -> Option<Vec<u8>> {
        let function = request.function();
        match (self, request) {
            (Self::Refused(exception), _) => Some(Self::refuse(function, *exception)),
            (
                Self::Registers(values),
                ModbusRequest::ReadHolding { count, .. } | ModbusRequest::ReadInput { count, .. },
            ) if values.len() == usize::from(*count) && *count <= MAX_READ => {
                let mut pdu = vec![function, 2 * values.len() as u8];
                pdu.extend(values.iter().flat_map(|value| value.to_be_bytes()));
                Some(pdu)
            }
            (
                Self::Written,
                ModbusRequest::WriteSingle { .. } | ModbusRequest::WriteMultiple { .. },
            ) => Some(echo(request)),
            _ => None,
        }
    }

    /// What function and data answer to a request.
    ///
    /// # Errors
    /// If they do not belong to it.
    pub fn decode(pdu: &[u8], request: &ModbusRequest) -> Result<Self, ResponseError> {
        let function = request.function();
        let error = |kind| ResponseError { function, kind };
        let (&found, data) = pdu.split_first().ok_or(error(ResponseErrorKind::Length))?;
        if found == function | function::EXCEPTION {
            return match data {
                &[code] => Ok(Self::Refused(Exception::from_code(code))),
                _ => Err(error(ResponseErrorKind::Length)),
            };
        }
        if found != function {
            return Err(error(ResponseErrorKind::Function { found }));
        }
        match request {
            ModbusRequest::ReadHolding { count, .. } | ModbusRequest::ReadInput { count, .. } => {
                let values = data.split_first().filter(|(bytes, values)| {
                    usize::from(**bytes) == values.len() && values.len() == 2 * usize::from(*count)
                });
                let (_, values) = values.ok_or(error(ResponseErrorKind::Length))?;
                let (pairs, _) = values.as_chunks::<2>();
                Ok(Self::Registers(pairs.iter().map(|&pair| u16::from_be_bytes(pair)).collect()))
            }
            ModbusRequest::WriteSingle { .. } | ModbusRequest::WriteMultiple { .. } => {
                let wanted = echo(request);
                match pdu {
                    pdu if pdu == wanted => Ok(Self::Written),
                    pdu if pdu.len() == wanted.len() => Err(error(ResponseErrorKind::Echo)),
                    _ => Err(error(ResponseErrorKind::Length)),
                }
            }
        }
    }
}

/// A write is confirmed by its first five bytes.
fn echo(request: &ModbusRequest) -> Vec<u8> {
    let mut pdu = request.encode();
    pdu.truncate(5);
    pdu
}
