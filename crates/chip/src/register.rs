//! Direct commands: the registers that a host reads at any time.

use blackstart_units::SimTime;

use crate::chip::Chip;
use crate::command::BLOCK;
use crate::memory::address;
use crate::note::{ChipQuestion, Note};
use crate::power::PowerMode;
use crate::protection::tenths_of_kelvin;

/// Pins that can have a thermistor, in the order of their registers from 0x6A on and of their settings.
pub const THERMISTORS: [&str; 9] =
    ["cfetoff", "dfetoff", "alert", "ts1", "ts2", "ts3", "hdq", "dchg", "ddsg"];

const ADDRESS: u8 = 0x3E;
const DATA: u8 = 0x40;
const CHECKSUM: u8 = 0x60;
const LENGTH: u8 = 0x61;
const ALARM_STATUS: u8 = 0x62;
const ALARM_ENABLE: u8 = 0x66;

impl Chip {
    /// A unit of current of the registers, A.
    pub(crate) fn user_ampere(&self) -> f64 {
        [1e-4, 1e-3, 1e-2, 1e-1][self.memory.get(address::DA_CONFIG) as usize & 3]
    }

    /// A unit of the high voltages of the registers, V.
    pub(crate) fn user_volt(&self) -> f64 {
        if self.memory.get(address::DA_CONFIG) & 4 == 0 { 1e-3 } else { 1e-2 }
    }

    /// A sense voltage as a current of the registers, which saturates.
    pub(crate) fn in_user_amperes(&self, sense: f64) -> i16 {
        (sense / self.sense_ohms() / self.user_ampere()).round() as i16
    }

    fn battery_status(&self, now: SimTime) -> u16 {
        let bit = |is_set: bool, place: u16| u16::from(is_set) << place;
        bit(self.power.mode == PowerMode::Sleep, 15)
            | bit(self.power.shutdown.is_some(), 13)
            | bit(self.protect.permanent != [0; 4], 12)
            | bit(self.protect.status.any(), 11)
            | bit(self.command.has_fuse_blown, 10)
            | (self.command.access as u16) << 8
            | bit(self.is_checking_wires(now), 5)
            | bit(self.is_reset, 3)
            | bit(self.power.sleep_enabled, 2)
            | bit(self.drivers.is_precharging, 1)
            | bit(self.power.mode == PowerMode::ConfigUpdate, 0)
    }

    fn fet_status(&self) -> u8 {
        let on = self.drivers.on;
        u8::from(self.alerts()) << 6
            | u8::from(on.pdsg) << 3
            | u8::from(on.dsg) << 2
            | u8::from(on.pchg) << 1
            | u8::from(on.chg)
    }

    fn control_status(&self) -> u16 {
        let deep = self.power.mode == PowerMode::DeepSleep;
        u16::from(deep) << 2
            | u16::from(self.load_detect.timed_out) << 1
            | u16::from(self.load_detect.is_on)
    }

    /// A register of two bytes, by its even address; nothing where there is none.
    fn word(&self, at: u8, now: SimTime) -> Option<u16> {
        let millivolts = |volts: f64| (volts * 1e3).round() as i16;
        let users = |volts: f64| (volts / self.user_volt()).round() as i16;
        let signed = |value: i16| Some(value.cast_unsigned());
        match at {
            0x00 => Some(self.control_status()),
            0x12 => Some(self.battery_status(now)),
            0x14..=0x32 => signed(millivolts(self.conv.cells[usize::from(at - 0x14) / 2])),
            0x34..=0x38 => signed(users(self.conv.high[usize::from(at - 0x34) / 2])),
            0x3A => signed(self.in_user_amperes(self.conv.cc2())),
            0x62 => Some(self.alarm.latched),
            0x64 => Some(self.alarm.raw),
            0x66 => Some(self.alarm.enabled),
            0x68 => signed(tenths_of_kelvin(self.conv.die)),
            // In millivolts of what nobody has drawn.
            0x6A..=0x7A if self.is_plain_input(usize::from(at - 0x6A) / 2) => None,
            0x6A..=0x7A => {
                signed(tenths_of_kelvin(self.conv.temperatures[usize::from(at - 0x6A) / 2]))
            }
            _ => None,
        }
    }

    /// One byte of the registers as they are at `now`.
    pub(crate) fn read_byte(&mut self, at: u8, now: SimTime) -> u8 {
        let busy = self.command.is_busy(now);
        let window = (ADDRESS..=LENGTH).contains(&at);
        if window && let Some(asked) = self.command.asked.take_if(|_| at >= DATA && !busy) {
            self.note(now, Note::Awaited(asked));
        }
        match at {
            0x00 | 0x01 if self.command.control_written => {
                self.command.control_written = at == 0x00;
                if at == 0x00 { 0xA5 } else { 0xFF }
            }
            0x02 | 0x04 | 0x06 => self.protect.alerts.0[usize::from(at - 0x02) / 2],
            0x03 | 0x05 | 0x07 => self.protect.status.0[usize::from(at - 0x03) / 2],
            0x0A | 0x0C | 0x0E | 0x10 => {
                let held = self.protect.permanent_held.keys();
                let bits = held.fold(0_u32, |bits, bit| bits | 1 << bit);
                bits.to_le_bytes()[usize::from(at - 0x0A) / 2]
            }
            0x0B | 0x0D | 0x0F | 0x11 => self.protect.permanent[usize::from(at - 0x0B) / 2],
            0x3E | 0x3F if busy => 0xFF,
            0x3E | 0x3F => self.command.address[usize::from(at - ADDRESS)],
            DATA..CHECKSUM => self.command.block[usize::from(at - DATA)],
            CHECKSUM => self.command.checksum,
            LENGTH => self.command.length,
            0x7F => self.fet_status(),
            _ => match self.word(at & !1, now) {
                Some(word) => word.to_le_bytes()[usize::from(at & 1)],
                None => {
                    self.note(now, Note::Awaited(ChipQuestion::Register(at)));
                    0
                }
            },
        }
    }

    /// One byte is written.
    pub(crate) fn write_byte(&mut self, at: u8, byte: u8, now: SimTime) {
        let is_window = at <= 0x01 || at == ADDRESS || at == 0x3F;
        if self.power.mode == PowerMode::DeepSleep && !is_window {
            return;
        }
        match at {
            0x00 | ADDRESS => {
                self.command.control_written = at == 0x00;
                self.command.address[0] = byte;
            }
            0x01 | 0x3F => {
                self.command.address[1] = byte;
                self.write_address(now);
            }
            DATA..CHECKSUM => self.command.block[usize::from(at - DATA) % BLOCK] = byte,
            CHECKSUM => self.command.checksum = byte,
            LENGTH => {
                self.command.length = byte;
                self.write_length(now);
            }
            0x62 | 0x63 => {
                let bits = u16::from(byte) << (8 * u16::from(at - ALARM_STATUS));
                self.alarm.latched &= !bits;
            }
            0x66 | 0x67 => {
                let mut bytes = self.alarm.enabled.to_le_bytes();
                bytes[usize::from(at - ALARM_ENABLE)] = byte;
                self.alarm.enabled = u16::from_le_bytes(bytes);
            }
            _ => self.note(now, Note::Unknown(ChipQuestion::Register(at))),
        }
    }
}
