//! Sub-commands: 0x3E to 0x61, what they take, what they answer, and how long they need.

use std::collections::VecDeque;

use blackstart_units::SimTime;

use crate::chip::Chip;
use crate::crc::block_checksum;
use crate::drivers::off;
use crate::fault::Fault;
use crate::measurement::INPUTS;
use crate::memory::{DataMemory, MemoryWrite, address};
use crate::note::{ChipQuestion, Note};
use crate::power::PowerMode;
use crate::protection::tenths_of_kelvin;
use crate::variant::BusKind;

/// Bytes of a block.
pub(crate) const BLOCK: usize = 32;
/// Places of the data memory lie from here on.
const MEMORY: u16 = 0x9000;
/// What is kept waiting while a sub-command runs.
const MOST_PENDING: usize = 16;

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Full = 1,
    Unsealed = 2,
    Sealed = 3,
}

/// Something that was written and is to be done.
#[derive(Clone, Debug, PartialEq)]
enum Order {
    Run(u16),
    Write(u16, Vec<u8>),
}

/// The window through which sub-commands pass.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CommandPort {
    /// 0x3E and 0x3F as they were written.
    pub address: [u8; 2],
    /// 0x40 to 0x5F.
    pub block: [u8; BLOCK],
    pub checksum: u8,
    pub length: u8,
    pending: VecDeque<(SimTime, Order)>,
    /// The last unknown thing, until its answer was read.
    pub asked: Option<ChipQuestion>,
    /// 0x00 was written: the next read of it answers once in its own way.
    pub control_written: bool,
    /// The last word that could be a key.
    key: Option<u16>,
    previous: u16,
    pub access: Access,
    /// Two words that unseal, two that give full access.
    keys: [u16; 4],
    manufacturer: [u8; BLOCK],
    /// What the host has switched on of REG1 and REG2, which supply nothing here.
    pub regulators: u8,
    /// As a test has set it: there is no fuse.
    pub has_fuse_blown: bool,
    /// The first of two commands that force a permanent failure, and when.
    forced: Option<SimTime>,
}

impl Default for CommandPort {
    fn default() -> Self {
        Self {
            address: [0; 2],
            block: [0; BLOCK],
            checksum: 0,
            length: 0,
            pending: VecDeque::new(),
            asked: None,
            control_written: false,
            key: None,
            previous: 0,
            access: Access::Full,
            keys: [0x0414, 0x3672, 0xFFFF, 0xFFFF],
            manufacturer: [0; BLOCK],
            regulators: 0,
            has_fuse_blown: false,
            forced: None,
        }
    }
}

impl CommandPort {
    fn answer(&mut self, address: u16, data: &[u8]) {
        self.block = [0; BLOCK];
        self.block[..data.len()].copy_from_slice(data);
        self.address = address.to_le_bytes();
        self.length = data.len() as u8 + 4;
        self.checksum = block_checksum(self.address.into_iter().chain(data.iter().copied()));
    }

    pub fn next(&self) -> SimTime {
        self.pending.front().map_or(SimTime::NEVER, |one| one.0)
    }

    /// Whether a sub-command still runs.
    pub fn is_busy(&self, now: SimTime) -> bool {
        self.pending.front().is_some_and(|one| one.0 > now)
    }
}

/// How long each needs, µs.
fn execution(command: u16) -> u64 {
    match command {
        0x0001..=0x0003 => 400,
        0x0004 => 8_500,
        0x0005 => 450,
        0x0009 => 650,
        0x0057 => 605,
        0x0070..=0x0077 | 0x0080 | 0x0081 => 660,
        0x0083 => 560,
        0x0084 => 480,
        0x0085..=0x0087 => 575,
        0x0097 => 495,
        0x0098 => 450,
        0xF081 => 630,
        0x00A0 | 0x00A1 => 580,
        0x0090 => 2_000,
        0x0092 => 1_000,
        0x001C..=0x0022 | 0x0024 | 0x0030 | 0x0093..=0x0095 => 550,
        0x29A3 => 800,
        _ => 500,
    }
}

impl Chip {
    /// The address is complete: what it names is to be done, when what runs is done.
    pub(crate) fn write_address(&mut self, now: SimTime) {
        let address = u16::from_le_bytes(self.command.address);
        self.order(now, execution(address), Order::Run(address));
    }

    /// The length was written: what stands in the block is to be taken, if both fit it.
    pub(crate) fn write_length(&mut self, now: SimTime) {
        let count = usize::from(self.command.length).wrapping_sub(4);
        if count == 0 || count > BLOCK {
            return;
        }
        let data = self.command.block[..count].to_vec();
        let all = self.command.address.into_iter().chain(data.iter().copied());
        if block_checksum(all) != self.command.checksum {
            return;
        }
        let address = u16::from_le_bytes(self.command.address);
        self.order(now, execution(address), Order::Write(address, data));
    }

    fn order(&mut self, now: SimTime, micros: u64, order: Order) {
        if self.power.mode == PowerMode::DeepSleep && order != Order::Run(0x000E) {
            return;
        }
        let begins = self.command.pending.back().map_or(now, |one| one.0.max(now));
        if self.command.pending.len() < MOST_PENDING {
            self.command.pending.push_back((begins + SimTime::from_micros(micros), order));
        }
    }

    /// Does what is due; whether there was anything.
    pub(crate) fn run_commands(&mut self, now: SimTime) -> bool {
        let mut any = false;
        while let Some((_, order)) = self.command.pending.pop_front_if(|one| one.0 <= now) {
            any = true;
            match order {
                Order::Run(command) => self.run(command, now),
                Order::Write(address, data) => self.take(address, &data, now),
            }
        }
        any
    }

    fn is_sealed(&self) -> bool {
        self.command.access == Access::Sealed
    }

    fn run(&mut self, command: u16, now: SimTime) {
        self.command.asked = None;
        if self.unlock(command) {
            return;
        }
        let may = !self.is_sealed();
        match command {
            0x000E => self.leave_deep_sleep(now),
            0x000F => {
                if self.is_second(command, now) {
                    self.enter(PowerMode::DeepSleep, now);
                }
            }
            0x0010 => {
                let again = self.is_second(command, now);
                if may || again {
                    self.order_shutdown(now, again);
                }
            }
            0x0012 if may => {
                self.reset(now);
                self.restart_conversions(now);
            }
            0x001C if may => self.drivers.tested.pdsg ^= true,
            0x001D if may => self.command.has_fuse_blown ^= true,
            0x001E if may => self.drivers.tested.pchg ^= true,
            0x001F if may => self.drivers.tested.chg ^= true,
            0x0020 if may => self.drivers.tested.dsg ^= true,
            0x0022 if may => self.drivers.is_enabled ^= true,
            0x0024 if may => self.permanent_enabled ^= true,
            0x0029 if may => {
                self.protect.permanent = [0; 4];
                self.protect.permanent_held.clear();
            }
            0x0030 if may => self.command.access = Access::Sealed,
            0x0082 if may => {
                self.conv.charge = 0.0;
                self.conv.charge_since = now;
            }
            0x008A if may => self.let_go(Fault::Pto, now),
            0x0090 if may && self.power.mode.is_awake() => self.enter(PowerMode::ConfigUpdate, now),
            0x0092 if may => self.leave_config_update(now),
            0x0093 if may => self.force_off(self.drivers.host_off | off::DSG | off::PDSG),
            0x0094 if may => self.force_off(self.drivers.host_off | off::CHG | off::PCHG),
            0x0095 if may => self.force_off(off::DSG | off::PDSG | off::CHG | off::PCHG),
            0x0096 if may => self.force_off(0),
            0x0099 if may => self.power.sleep_enabled = true,
            0x009A if may => {
                self.power.sleep_enabled = false;
                self.wake(now);
            }
            0x009B if may => self.let_go(Fault::Ocdl, now),
            0x009C if may => self.let_go(Fault::Scdl, now),
            0x009D | 0x009E if may => self.start_load_detect(now),
            0x009F if may => self.load_detect = Default::default(),
            0x2857 if may => self.command.forced = Some(now),
            0x29A3 if may => self.force_permanent(now),
            0x29BC if may => self.bus.next_kind = Some(self.memory.get(address::COMM_TYPE)),
            0x29E7 if may => self.bus.kind = BusKind::I2c,
            0x7C35 if may => self.bus.kind = BusKind::SpiCrc,
            MEMORY.. if DataMemory::is_known(command) || (0x9180..0x9400).contains(&command) => {
                let data: Vec<u8> =
                    (0..BLOCK as u16).map(|k| self.memory.byte(command.wrapping_add(k))).collect();
                self.command.answer(command, &data);
            }
            _ => match self.response(command, now) {
                Some(data) => self.command.answer(command, &data),
                // A sealed chip heeds few commands, and says nothing of it.
                None if !may => {}
                None => {
                    let asked = ChipQuestion::SubCommand(command);
                    self.note(now, Note::Unknown(asked));
                    self.command.answer(command, &[]);
                    self.command.asked = Some(asked);
                }
            },
        }
        self.command.previous = command;
    }

    /// The second of two commands: CMDF, if the first was not long ago.
    fn force_permanent(&mut self, now: SimTime) {
        const WITHIN: SimTime = SimTime::from_whole_seconds(4);
        const REGISTER_C: usize = 2;
        if self.command.forced.take().is_some_and(|first| now - first <= WITHIN) {
            self.protect.permanent[REGISTER_C] |= 1 << 7;
        }
    }

    fn leave_config_update(&mut self, now: SimTime) {
        if self.power.mode != PowerMode::ConfigUpdate {
            return;
        }
        self.reload_alarms();
        self.is_reset = false;
        self.protect.heard = now;
        if let Some(kind) = self.bus.next_kind.take().and_then(BusKind::of_setting) {
            self.bus.kind = kind;
        }
        self.enter(PowerMode::Normal, now);
        let hysteresis = self.seconds(address::SLEEP_HYSTERESIS_TIME);
        self.power.awake_until = now + hysteresis;
    }

    /// Two words of a key in a row open what is sealed.
    fn unlock(&mut self, word: u16) -> bool {
        let keys = self.command.keys;
        let (unseal, full) = ((keys[0], keys[1]), (keys[2], keys[3]));
        let before = self.command.key.replace(word);
        let opened = match (self.command.access, before) {
            (Access::Sealed, Some(first)) if (first, word) == unseal => Some(Access::Unsealed),
            (Access::Unsealed, Some(first)) if (first, word) == full => Some(Access::Full),
            _ => None,
        };
        if let Some(access) = opened {
            self.command.access = access;
            self.command.key = None;
        }
        let is_first = match self.command.access {
            Access::Sealed => word == unseal.0,
            Access::Unsealed => word == full.0,
            Access::Full => false,
        };
        opened.is_some() || is_first
    }

    /// Data for a sub-command or the data memory.
    fn take(&mut self, address: u16, data: &[u8], now: SimTime) {
        if self.is_sealed() {
            return;
        }
        let word = || u16::from_le_bytes([data[0], data.get(1).copied().unwrap_or(0)]);
        match address {
            0x0035 if data.len() == 8 => {
                let words = data.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                self.command.keys.iter_mut().zip(words).for_each(|(key, word)| *key = word);
            }
            0x0070 => self.command.manufacturer[..data.len()].copy_from_slice(data),
            0x0083 => self.balance_for_host(word(), now),
            0x0084 => self.balance_above(word().cast_signed(), now),
            0x0097 => self.force_off(data[0]),
            0x0098 => self.command.regulators = data[0],
            MEMORY.. => {
                for written in self.memory.write(address, data) {
                    match written {
                        MemoryWrite::Stored => {}
                        MemoryWrite::Outside(at) => self.note(now, Note::OutsideLimits(at)),
                        MemoryWrite::Unknown(at) => {
                            self.note(now, Note::Unknown(ChipQuestion::Memory(at)))
                        }
                    }
                }
            }
            _ => self.note(now, Note::Unknown(ChipQuestion::SubCommand(address))),
        }
    }

    /// What a sub-command answers; nothing where the model does not know it.
    fn response(&mut self, command: u16, now: SimTime) -> Option<Vec<u8>> {
        let word = |value: u16| value.to_le_bytes().to_vec();
        let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let data = match command {
            0x0001 => word(self.variant.device_number),
            0x0007 => word(self.command.previous),
            // Only who may change them reads them.
            0x0035 if self.command.access == Access::Full => words(&self.command.keys),
            0x0053 => self.protect.permanent.to_vec(),
            0x0057 => word(self.manufacturing_status()),
            0x0070 => self.command.manufacturer.to_vec(),
            0x0075 => {
                self.note(now, Note::Unknown(ChipQuestion::ReferenceCount(command)));
                self.fifth_status()
            }
            0x0076 => self.passed_charge(now),
            0x0080 | 0x0081 => {
                let cells = &self.protect.snapshots[usize::from(command - 0x0080)];
                let counts = cells.map(|volts| ((volts * 1e3).round() as i16).cast_unsigned());
                words(&counts)
            }
            0x0083 => word(self.balance.active),
            0x0084 => word(0),
            0x0085 => {
                let since = self.balance.since.map_or(SimTime::ZERO, |since| now - since);
                word(since.as_seconds() as u16)
            }
            0x0086 | 0x0087 => {
                let first = if command == 0x0086 { 0 } else { INPUTS / 2 };
                (first..first + INPUTS / 2)
                    .flat_map(|k| self.balance.seconds(k, now).to_le_bytes())
                    .collect()
            }
            0x0097 => vec![self.drivers.host_off],
            0x0098 => vec![self.command.regulators],
            _ => return None,
        };
        Some(data)
    }

    fn manufacturing_status(&self) -> u16 {
        let tested = self.drivers.tested;
        u16::from(self.permanent_enabled) << 6
            | u16::from(tested.pdsg) << 5
            | u16::from(self.drivers.is_enabled) << 4
            | u16::from(tested.dsg) << 2
            | u16::from(tested.chg) << 1
            | u16::from(tested.pchg)
    }

    /// Counts of the reference and of its ground, extremes of the cells, temperatures, currents. The first is
    /// not known and zero; ground counts as zero.
    fn fifth_status(&self) -> Vec<u8> {
        let (lowest, highest) = self.converted_extremes();
        let millivolts = |volts: f64| (volts * 1e3).round() as i16;
        let used = (0..INPUTS).filter(|k| self.used_inputs() >> k & 1 == 1);
        let sum: f64 = used.map(|k| self.conv.cells[k]).sum();
        let cells = self.converted_warmth(Fault::Otd);
        let extreme =
            |of: fn(f64, f64) -> f64| cells.iter().copied().reduce(of).map_or(0, tenths_of_kelvin);
        let mean = cells.iter().sum::<f64>() / cells.len().max(1) as f64;
        let mean = if cells.is_empty() { 0 } else { tenths_of_kelvin(mean) };
        let fet = self.converted_warmth(Fault::Otf).into_iter().reduce(f64::max);
        let words = [
            0,
            0,
            millivolts(highest),
            millivolts(lowest),
            (sum / self.user_volt()).round() as i16,
            mean,
            fet.map_or(0, tenths_of_kelvin),
            extreme(f64::max),
            extreme(f64::min),
            mean,
            self.in_user_amperes(self.conv.cc3()),
            self.in_user_amperes(self.conv.cc1()),
        ];
        let mut data: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        data.resize(BLOCK, 0);
        data
    }

    /// Whole userAh, the fraction of one in 2⁻³², seconds.
    fn passed_charge(&self, now: SimTime) -> Vec<u8> {
        let hours = self.conv.charge / self.sense_ohms() / self.user_ampere() / 3_600.0;
        let whole = hours.floor();
        let fraction = ((hours - whole) * 4_294_967_296.0) as u32;
        let seconds = (now - self.conv.charge_since).as_seconds() as u32;
        let words = [(whole as i32).to_le_bytes(), fraction.to_le_bytes(), seconds.to_le_bytes()];
        words.concat()
    }

    /// Whether alarms of a scan are wanted, which only an awake chip can give.
    pub(crate) fn wants_loops(&self) -> bool {
        self.power.mode.is_awake() && self.tells_of_loops()
    }
}
