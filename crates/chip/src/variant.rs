//! The members of the family, and their buses.

use blackstart_units::SimTime;

/// A member of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: &'static str,
    /// Cell inputs.
    pub inputs: usize,
    /// What the sub-command 0x0001 answers; of the last three taken from their relatives.
    pub device_number: u16,
    /// Slots of 3 ms in a loop without thermistors.
    pub slots: u64,
}

impl Variant {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self { name: "bq76952", inputs: 16, device_number: 0x7695, slots: 18 },
        Self { name: "bq76942", inputs: 10, device_number: 0x7694, slots: 12 },
        Self { name: "bq769142", inputs: 14, device_number: 0x7695, slots: 18 },
        Self { name: "bq76922", inputs: 5, device_number: 0x7692, slots: 7 },
        Self { name: "bq76972", inputs: 16, device_number: 0x7697, slots: 18 },
    ];

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|one| one.name == name).copied()
    }
}

/// How a host speaks to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusKind {
    /// I2C at 400 kHz.
    I2c,
    /// I2C with a CRC behind each byte.
    I2cCrc,
    /// SPI in frames of two bytes.
    Spi,
    /// SPI in frames of three bytes, the last a CRC.
    SpiCrc,
}

impl BusKind {
    /// By the value of `Settings:Configuration:Comm Type`; `None` where it is another bus, or the one of the
    /// factory.
    pub(crate) fn of_setting(value: i64) -> Option<Self> {
        match value {
            0x07 | 0x08 | 0x09 | 0x1E => Some(Self::I2c),
            0x11 | 0x12 => Some(Self::I2cCrc),
            0x0F => Some(Self::Spi),
            0x10 => Some(Self::SpiCrc),
            _ => None,
        }
    }

    /// By its name in a file.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "i2c" => Some(Self::I2c),
            "i2c-crc" => Some(Self::I2cCrc),
            "spi" => Some(Self::Spi),
            "spi-crc" => Some(Self::SpiCrc),
            _ => None,
        }
    }

    /// How long a transfer of so many bytes takes, in each direction, without the address: nine bits a byte at
    /// 400 kHz, the address before the write and once more before the read; on SPI eight bits at 2 MHz.
    pub fn duration(self, written: usize, read: usize) -> SimTime {
        let (written, read) = (written as u64, read as u64);
        match self {
            Self::I2c | Self::I2cCrc => {
                let addresses = u64::from(written > 0 || read == 0) + u64::from(read > 0);
                SimTime::from_nanos((written + read + addresses) * 9 * 2_500)
            }
            Self::Spi | Self::SpiCrc => SimTime::from_nanos(written.max(read) * 8 * 500),
        }
    }
}
