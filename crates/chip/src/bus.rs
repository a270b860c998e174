//! The buses: I2C with or without CRC, SPI in frames with or without, and what can go wrong on them.

use blackstart_units::SimTime;

use crate::chip::Chip;
use crate::crc::crc8;
use crate::memory::address;
use crate::note::Note;
use crate::power::PowerMode;
use crate::variant::BusKind;

/// Address on I2C, seven bits, unless it is set otherwise.
const ADDRESS: u8 = 0x08;

/// What is wrong with a bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChipBusFault {
    /// Nothing.
    #[default]
    None,
    /// Nobody acknowledges.
    NoAcknowledge,
    /// Every checksum that the chip sends arrives wrong.
    WrongCrc,
    /// The data line is held low: nothing comes through, all that is read is 0.
    StuckLow,
}

/// What a transfer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusReply {
    /// What was read.
    Done(Vec<u8>),
    /// The chip did not acknowledge: it is off, it is not there, or a checksum was wrong.
    NotAcknowledged,
    /// The bus cannot be used.
    Stuck,
}

/// The chip's end of its bus.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChipBus {
    pub kind: BusKind,
    /// What `Comm Type` says, to be taken at the end of the set-up.
    pub next_kind: Option<i64>,
    pub fault: ChipBusFault,
    /// Of SPI: what the next frame gets.
    answer: [u8; 3],
}

impl ChipBus {
    pub fn new(kind: BusKind) -> Self {
        Self { kind, next_kind: None, fault: ChipBusFault::None, answer: NOT_READY }
    }
}

const NOT_READY: [u8; 3] = [0xFF, 0xFF, 0x00];
const WRONG_CHECKSUM: [u8; 3] = [0xFF, 0xFF, 0xAA];
const WRITE: u8 = 0x80;

impl Chip {
    /// How it is spoken to now.
    pub fn bus_kind(&self) -> BusKind {
        self.bus.kind
    }

    /// Something goes wrong on the bus from now on, or no longer.
    pub fn set_bus_fault(&mut self, fault: ChipBusFault) {
        self.bus.fault = fault;
    }

    /// One transfer on I2C, complete at `now`: what is written, then so many bytes read. The address has
    /// seven bits. Checksums are part of what is written and read.
    pub fn transfer(&mut self, address: u8, write: &[u8], read: usize, now: SimTime) -> BusReply {
        if let Some(reply) = self.faulted(read, now) {
            return reply;
        }
        let is_i2c = matches!(self.bus.kind, BusKind::I2c | BusKind::I2cCrc);
        if !is_i2c || address != self.address() || self.power.mode == PowerMode::Shutdown {
            return BusReply::NotAcknowledged;
        }
        let with_crc = self.bus.kind == BusKind::I2cCrc;
        let Some((&register, data)) = write.split_first() else {
            return BusReply::Done(self.read_on(0, read, None, now));
        };
        self.heard(now);
        let mut at = register;
        if with_crc {
            let mut head = vec![address << 1, register];
            for pair in data.chunks(2) {
                head.push(pair[0]);
                let is_right = pair.get(1) == Some(&crc8(head.drain(..)));
                if !is_right {
                    return BusReply::NotAcknowledged;
                }
                self.write_byte(at, pair[0], now);
                at = at.wrapping_add(1);
            }
        } else {
            for &byte in data {
                self.write_byte(at, byte, now);
                at = at.wrapping_add(1);
            }
        }
        let crc = with_crc.then(|| vec![address << 1, register, address << 1 | 1]);
        BusReply::Done(self.read_on(register, read, crc, now))
    }

    /// Bytes from a register on, each with its checksum where that is asked for.
    fn read_on(&mut self, from: u8, count: usize, crc: Option<Vec<u8>>, now: SimTime) -> Vec<u8> {
        let mut at = from;
        let mut read = Vec::new();
        let mut head = crc;
        while read.len() < count {
            let byte = self.read_byte(at, now);
            at = at.wrapping_add(1);
            read.push(byte);
            if let Some(head) = &mut head {
                head.push(byte);
                read.push(self.sent(crc8(head.drain(..))));
            }
        }
        read.truncate(count);
        read
    }

    fn sent(&self, crc: u8) -> u8 {
        if self.bus.fault == ChipBusFault::WrongCrc { !crc } else { crc }
    }

    /// One frame on SPI, complete at `now`; gives what came back meanwhile, the answer to the frame before.
    pub fn transfer_spi(&mut self, frame: &[u8], now: SimTime) -> BusReply {
        if let Some(reply) = self.faulted(frame.len(), now) {
            return reply;
        }
        let size = match self.bus.kind {
            BusKind::Spi => 2,
            BusKind::SpiCrc => 3,
            _ => 0,
        };
        // Nobody drives the line of a chip that is off, or speaks another language.
        if size == 0 || frame.len() != size || self.power.mode == PowerMode::Shutdown {
            return BusReply::Done(vec![0xFF; frame.len()]);
        }
        let back = self.bus.answer[..size].to_vec();
        let is_right = size == 2 || frame[2] == crc8(frame[..2].iter().copied());
        self.bus.answer = WRONG_CHECKSUM;
        if is_right {
            self.heard(now);
            let at = frame[0] & !WRITE;
            let byte = if frame[0] & WRITE != 0 {
                self.write_byte(at, frame[1], now);
                frame[1]
            } else {
                self.read_byte(at, now)
            };
            let crc = self.sent(crc8([frame[0], byte]));
            self.bus.answer = [frame[0], byte, crc];
        }
        BusReply::Done(back)
    }

    fn faulted(&mut self, count: usize, now: SimTime) -> Option<BusReply> {
        let reply = match self.bus.fault {
            ChipBusFault::None | ChipBusFault::WrongCrc => return None,
            ChipBusFault::NoAcknowledge if self.is_on_spi() => BusReply::Done(vec![0xFF; count]),
            ChipBusFault::NoAcknowledge => BusReply::NotAcknowledged,
            ChipBusFault::StuckLow if self.is_on_spi() => BusReply::Done(vec![0; count]),
            ChipBusFault::StuckLow => BusReply::Stuck,
        };
        self.note(now, Note::BusFaulted);
        Some(reply)
    }

    fn is_on_spi(&self) -> bool {
        matches!(self.bus.kind, BusKind::Spi | BusKind::SpiCrc)
    }

    fn address(&self) -> u8 {
        match self.memory.get(address::I2C_ADDRESS) as u8 >> 1 {
            0 => ADDRESS,
            own => own,
        }
    }
}
