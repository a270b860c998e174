//! The alarm registers: what is so, what has become so, and the line that tells.

use crate::chip::Chip;
use crate::memory::address;

pub(crate) mod bit {
    pub const SSBC: u16 = 1 << 15;
    pub const SSA: u16 = 1 << 14;
    pub const PF: u16 = 1 << 13;
    pub const MSK_SFALERT: u16 = 1 << 12;
    pub const INITSTART: u16 = 1 << 10;
    pub const INITCOMP: u16 = 1 << 9;
    pub const FULLSCAN: u16 = 1 << 7;
    pub const XCHG: u16 = 1 << 6;
    pub const XDSG: u16 = 1 << 5;
    pub const SHUTV: u16 = 1 << 4;
    pub const CB: u16 = 1 << 2;
    pub const ADSCAN: u16 = 1 << 1;
    pub const WAKE: u16 = 1 << 0;
}

/// The pin ALERT tells only where its function is set so.
const ALERT_FUNCTION: u8 = 2;

/// The alarm registers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AlarmRegisters {
    /// 0x62: has become so since it was cleared.
    pub latched: u16,
    /// 0x64: is so.
    pub raw: u16,
    /// 0x66: which become latched.
    pub enabled: u16,
    pub woke: bool,
    /// Loops and scans that were reported.
    scans: (u64, u64),
}

impl Chip {
    /// Brings the alarm registers to what is so now.
    pub(crate) fn raise_alarms(&mut self) {
        let status = self.protect.status.0;
        let masks = self.memory.bits(address::SF_ALERT_MASK_A);
        let scans = (self.conv.loops_seen, self.conv.full_scans());
        let is_new = |new: u64, old: u64| new > old;
        let fets = self.drivers.on;
        let is_awake = self.power.mode.is_awake();
        let shut = self.power.low_since.is_some() || self.power.shutdown.is_some();
        let bits = [
            (bit::SSA, status[0] != 0),
            (bit::SSBC, status[1] != 0 || status[2] != 0),
            (bit::PF, self.protect.permanent != [0; 4]),
            (bit::MSK_SFALERT, self.protect.alerts.meets(masks)),
            (bit::INITSTART, is_awake),
            (bit::INITCOMP, is_awake && self.conv.has_scanned()),
            (bit::FULLSCAN, is_new(scans.1, self.alarm.scans.1)),
            (bit::ADSCAN, is_new(scans.0, self.alarm.scans.0)),
            (bit::XCHG, !fets.chg),
            (bit::XDSG, !fets.dsg),
            (bit::SHUTV, shut),
            (bit::CB, self.balance.active != 0),
            (bit::WAKE, std::mem::take(&mut self.alarm.woke)),
        ];
        self.alarm.scans = scans;
        let raw = bits.iter().filter(|one| one.1).fold(0, |raw, one| raw | one.0);
        let rising = raw & !self.alarm.raw;
        self.alarm.latched |= rising & self.alarm.enabled;
        // What lasts for an instant is over.
        self.alarm.raw = raw & !(bit::FULLSCAN | bit::ADSCAN | bit::WAKE);
    }

    /// Whether the line is pulled.
    pub(crate) fn alerts(&self) -> bool {
        let is_alert = self.memory.byte(address::ALERT_PIN) & 3 == ALERT_FUNCTION;
        let enabled = self.alarm.latched & self.alarm.enabled;
        is_alert && enabled != 0 && self.power.mode != crate::PowerMode::Shutdown
    }

    pub(crate) fn reload_alarms(&mut self) {
        self.alarm.enabled = self.memory.get(address::ALARM_MASK) as u16;
    }

    /// Whether somebody wants to know of each loop.
    pub(crate) fn tells_of_loops(&self) -> bool {
        self.alarm.enabled & (bit::ADSCAN | bit::FULLSCAN | bit::INITCOMP) != 0
    }
}
