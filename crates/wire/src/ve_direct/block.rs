//! Text blocks: fields, and a last one that makes the sum of all bytes zero.
//!
//! ```text
//! block = ( CR LF label TAB value )…  CR LF "Checksum" TAB byte
//! ```

use thiserror::Error;

use super::{MAX_FIELDS, MAX_LABEL, MAX_VALUE};

/// Label of the field that ends a block.
pub(super) const CHECKSUM: &[u8] = b"Checksum";

/// A label and its value, as they travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// 1 … [`MAX_LABEL`] characters.
    pub label: String,
    /// 0 … [`MAX_VALUE`] characters.
    pub value: String,
}

/// A field that a block cannot carry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FieldError {
    /// Its label.
    #[error("`{label}` is no label: 1 to {MAX_LABEL} printable characters, and not `Checksum`")]
    Label {
        /// What it is.
        label: String,
    },
    /// Its value.
    #[error("`{value}` is no value of `{label}`: up to {MAX_VALUE} printable characters, no colon")]
    Value {
        /// The label.
        label: String,
        /// What it is.
        value: String,
    },
    /// Too many fields.
    #[error("a block has at most {MAX_FIELDS} fields")]
    TooMany,
}

/// A block that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Each with its carriage return and line feed in front; the last ends with the checksum.
    lines: Vec<Vec<u8>>,
}

impl Block {
    /// A block of these fields, in this order.
    ///
    /// # Errors
    /// At the first field that cannot travel.
    pub fn new(fields: &[Field]) -> Result<Self, FieldError> {
        if fields.len() > MAX_FIELDS {
            return Err(FieldError::TooMany);
        }
        fields.iter().try_for_each(Field::check)?;
        let line = |label: &[u8], value: &[u8]| [b"\r\n", label, b"\t", value].concat();
        let mut lines: Vec<_> = fields
            .iter()
            .map(|field| line(field.label.as_bytes(), field.value.as_bytes()))
            .collect();
        let mut last = line(CHECKSUM, &[]);
        let bytes = lines.iter().flatten().chain(&last);
        let sum = bytes.fold(0, |sum: u8, &byte| sum.wrapping_add(byte));
        last.push(sum.wrapping_neg());
        lines.push(last);
        Ok(Self { lines })
    }

    /// The block in pieces between which a HEX frame may be sent.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|line| &line[..])
    }

    /// The whole block.
    pub fn bytes(&self) -> Vec<u8> {
        self.lines.concat()
    }
}

impl Field {
    fn check(&self) -> Result<(), FieldError> {
        let printable = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let (label, value) = (&self.label, &self.value);
        let is_label = !label.is_empty()
            && label.len() <= MAX_LABEL
            && label.as_bytes() != CHECKSUM
            && printable(label)
            && !label.contains(':');
        if !is_label {
            return Err(FieldError::Label { label: label.clone() });
        }
        // A reader takes a colon for the start of a HEX frame.
        if value.len() > MAX_VALUE || !printable(value) || value.contains(':') {
            return Err(FieldError::Value { label: label.clone(), value: value.clone() });
        }
        Ok(())
    }
}
