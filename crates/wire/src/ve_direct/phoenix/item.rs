//! One thing that an inverter reports or is sent: its form in text and in its register.

use thiserror::Error;

use crate::ve_direct::hex::RegisterValue;

/// How the bytes of a register are a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterForm {
    /// Unsigned, so many bytes.
    Unsigned(usize),
    /// Two's complement, so many bytes.
    Signed(usize),
    /// One byte that is zero, then unsigned, so many bytes.
    Prefixed(usize),
    /// Characters, no number.
    Text,
    /// Nothing: writing it does something.
    Command,
}

/// A register.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Register {
    /// Its number.
    pub id: u16,
    /// How its bytes are a number.
    pub form: RegisterForm,
    /// Counts of one unit of the item.
    pub counts_per_unit: f64,
    /// It can be written.
    pub writable: bool,
}

/// How a text field shows a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// Decimal, with a sign if negative.
    Decimal,
    /// `0x` and so many digits.
    Hex(usize),
    /// `ON` or `OFF`.
    OnOff,
    /// Characters, no number.
    Text,
}

/// A field of a text block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhoenixText {
    /// Its label.
    pub label: &'static str,
    /// How it shows its number.
    pub form: TextForm,
    /// Counts of one unit of the item.
    pub counts_per_unit: f64,
}

/// One thing that the inverter reports or is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhoenixItem {
    /// Its name here, with the unit at its end where it has one.
    pub name: &'static str,
    /// As a text field, if it is one.
    pub text: Option<PhoenixText>,
    /// As a register, if it is one.
    pub register: Option<Register>,
}

/// A number that has no such form.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("`{item}` cannot be {value} {form}")]
pub struct ItemError {
    /// Name of the item.
    pub item: &'static str,
    /// The number, in the item's unit.
    pub value: f64,
    /// Which form.
    pub form: &'static str,
}

impl PhoenixItem {
    /// The value of the item's text field.
    ///
    /// # Errors
    /// If the item has no number in text, or not this one.
    pub fn to_text(&self, value: f64) -> Result<String, ItemError> {
        self.text_of(value).ok_or(ItemError { item: self.name, value, form: "in a text field" })
    }

    /// The number, in the item's unit, that a text field shows.
    pub fn from_text(&self, value: &str) -> Option<f64> {
        let text = self.text?;
        let counts = match text.form {
            TextForm::Decimal => value.parse::<i64>().ok()?,
            TextForm::Hex(_) => {
                let digits = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"))?;
                i64::from(crate::digits::hex(digits.as_bytes())?)
            }
            TextForm::OnOff => match value {
                "ON" => 1,
                "OFF" => 0,
                _ => return None,
            },
            TextForm::Text => return None,
        };
        Some(counts as f64 / text.counts_per_unit)
    }

    /// The bytes of the item's register.
    ///
    /// # Errors
    /// If the item has no register with a number, or not this one.
    pub fn to_register(&self, value: f64) -> Result<RegisterValue, ItemError> {
        self.value_of(value).ok_or(ItemError { item: self.name, value, form: "in its register" })
    }

    /// The number, in the item's unit, that a register's bytes are. Bytes beyond its length must not be.
    pub fn from_register(&self, value: &RegisterValue) -> Option<f64> {
        let register = self.register?;
        let bytes = value.bytes();
        let counts = match register.form {
            RegisterForm::Unsigned(length) if bytes.len() == length => unsigned(bytes),
            RegisterForm::Prefixed(length) if bytes.len() == 1 + length => unsigned(&bytes[1..]),
            RegisterForm::Signed(length) if bytes.len() == length => {
                let unused = 64 - 8 * length;
                unsigned(bytes) << unused >> unused
            }
            _ => return None,
        };
        Some(counts as f64 / register.counts_per_unit)
    }

    fn text_of(&self, value: f64) -> Option<String> {
        let text = self.text?;
        let counts = whole(value * text.counts_per_unit)?;
        match text.form {
            TextForm::Decimal => Some(counts.to_string()),
            TextForm::Hex(digits) => {
                let fits = (0..1 << (4 * digits)).contains(&counts);
                fits.then(|| format!("0x{counts:0digits$X}"))
            }
            TextForm::OnOff => match counts {
                0 => Some("OFF".to_owned()),
                1 => Some("ON".to_owned()),
                _ => None,
            },
            TextForm::Text => None,
        }
    }

    fn value_of(&self, value: f64) -> Option<RegisterValue> {
        let register = self.register?;
        let counts = whole(value * register.counts_per_unit)?;
        let bytes = counts.to_le_bytes();
        match register.form {
            RegisterForm::Unsigned(length) => {
                let fits = (0..1 << (8 * length)).contains(&counts);
                fits.then(|| RegisterValue::new(&bytes[..length])).flatten()
            }
            RegisterForm::Prefixed(length) => {
                let fits = (0..1 << (8 * length)).contains(&counts);
                fits.then(|| RegisterValue::new(&[&[0], &bytes[..length]].concat())).flatten()
            }
            RegisterForm::Signed(length) => {
                let half = 1 << (8 * length - 1);
                (-half..half)
                    .contains(&counts)
                    .then(|| RegisterValue::new(&bytes[..length]))
                    .flatten()
            }
            RegisterForm::Text | RegisterForm::Command => None,
        }
    }
}

/// The nearest whole number, if it is one that a register or field could have.
fn whole(counts: f64) -> Option<i64> {
    const MOST: f64 = 4_294_967_295.0;
    let rounded = counts.round();
    (rounded.abs() <= MOST).then_some(rounded as i64)
}

/// At most four bytes.
fn unsigned(bytes: &[u8]) -> i64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | i64::from(byte))
}
