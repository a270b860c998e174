//! Identifiers: 11 bits, or 29.

use std::fmt;

use crate::digits::hex;

/// Largest standard identifier.
pub const MAX_STANDARD_ID: u32 = 0x7FF;
/// Largest extended identifier.
pub const MAX_EXTENDED_ID: u32 = 0x1FFF_FFFF;

/// Sets an extended identifier apart, as SocketCAN and DBC files do.
const EXTENDED: u32 = 1 << 31;

/// The identifier of a frame. Standard 0x123 and extended 0x123 are two identifiers. Standard ones sort
/// first; that is not the order of arbitration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CanId(u32);

impl CanId {
    /// A standard identifier; `None` above [`MAX_STANDARD_ID`].
    pub const fn standard(number: u32) -> Option<Self> {
        if number <= MAX_STANDARD_ID { Some(Self(number)) } else { None }
    }

    /// An extended identifier; `None` above [`MAX_EXTENDED_ID`].
    pub const fn extended(number: u32) -> Option<Self> {
        if number <= MAX_EXTENDED_ID { Some(Self(number | EXTENDED)) } else { None }
    }

    /// From the text that can-utils print: three hexadecimal digits are a standard identifier, eight an
    /// extended one; `None` of anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let number = hex(text.as_bytes())?;
        match text.len() {
            3 => Self::standard(number),
            8 => Self::extended(number),
            _ => None,
        }
    }

    /// From the form in which bit 31 marks an extended identifier: DBC files, SocketCAN.
    pub const fn from_flagged(flagged: u32) -> Option<Self> {
        if flagged & EXTENDED == 0 {
            Self::standard(flagged)
        } else {
            Self::extended(flagged & !EXTENDED)
        }
    }

    /// The form in which bit 31 marks an extended identifier.
    pub const fn flagged(self) -> u32 {
        self.0
    }

    /// The number without the mark.
    pub const fn number(self) -> u32 {
        self.0 & !EXTENDED
    }

    /// Whether it has 29 bits.
    pub const fn is_extended(self) -> bool {
        self.0 & EXTENDED != 0
    }
}

/// Three or eight hexadecimal digits, as can-utils prints them.
impl fmt::Display for CanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = if self.is_extended() { 8 } else { 3 };
        write!(f, "{:0width$X}", self.number())
    }
}

impl fmt::Debug for CanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_standard_and_extended_is_two_identifiers() {
        let (standard, extended) = (CanId::standard(0x123), CanId::extended(0x123));
        assert_ne!(standard, extended);
        assert_eq!(standard.unwrap().to_string(), "123");
        assert_eq!(extended.unwrap().to_string(), "00000123");
        assert_eq!(CanId::from_flagged(0x8000_0123), extended);
    }

    #[test]
    fn an_identifier_reads_as_it_prints() {
        for text in ["000", "7FF", "00000123", "1FFFFFFF"] {
            assert_eq!(CanId::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "7F", "800", "0123", "20000000", "xyz", "0000123", "000000123"] {
            assert_eq!(CanId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_that_does_not_fit_is_no_identifier() {
        assert_eq!(CanId::standard(0x800), None);
        assert_eq!(CanId::extended(0x2000_0000), None);
        assert_eq!(CanId::from_flagged(0x800), None);
        assert_eq!(CanId::from_flagged(u32::MAX), None);
    }
}
