//! Numbers that modes, states, alarms and off reasons have.
//!
//! From Victron's gui-v2 at commit 3b945973 (`ve_regs.h`, `regs_payload.h`) and VictronMPPT-ESPHOME.

/// `MODE`, register 0x0200: what the inverter was sent.
pub mod mode {
    /// Inverter on.
    pub const ON: u8 = 2;
    /// Off.
    pub const OFF: u8 = 4;
    /// On, but asleep until a load is found.
    pub const ECO: u8 = 5;
    /// Hibernating; one client reads it as 253.
    pub const HIBERNATE: u8 = 0xFD;
}

/// `CS`, register 0x0201: what the inverter does.
pub mod state {
    /// Off.
    pub const OFF: u8 = 0;
    /// Looking for a load (eco).
    pub const LOW_POWER: u8 = 1;
    /// Off after a fault.
    pub const FAULT: u8 = 2;
    /// Inverting.
    pub const INVERTING: u8 = 9;
}

/// Bits of `AR` and `WARN`, registers 0x031E and 0x031C.
pub mod alarm {
    /// Battery voltage too low.
    pub const LOW_VOLTAGE: u16 = 1 << 0;
    /// Battery voltage too high.
    pub const HIGH_VOLTAGE: u16 = 1 << 1;
    /// Too cold.
    pub const LOW_TEMPERATURE: u16 = 1 << 5;
    /// Too hot.
    pub const HIGH_TEMPERATURE: u16 = 1 << 6;
    /// Overload.
    pub const OVERLOAD: u16 = 1 << 8;
    /// Ripple on the DC side.
    pub const DC_RIPPLE: u16 = 1 << 9;
    /// AC output too low.
    pub const LOW_AC_OUT: u16 = 1 << 10;
    /// AC output too high: another source is connected.
    pub const HIGH_AC_OUT: u16 = 1 << 11;
    /// Short circuit at the output.
    pub const SHORT_CIRCUIT: u16 = 1 << 12;
    /// The BMS forbids it.
    pub const BMS_LOCKOUT: u16 = 1 << 13;
}

/// Bits of `OR`, register 0x0207: why the inverter is off.
pub mod off_reason {
    /// No input power.
    pub const NO_INPUT: u32 = 1 << 0;
    /// The switch on the device.
    pub const HARD_SWITCH: u32 = 1 << 1;
    /// The mode register.
    pub const SOFT_SWITCH: u32 = 1 << 2;
    /// The remote input.
    pub const REMOTE_INPUT: u32 = 1 << 3;
    /// A protection.
    pub const PROTECTION: u32 = 1 << 4;
    /// The BMS.
    pub const BMS: u32 = 1 << 6;
    /// Battery low.
    pub const LOW_BATTERY: u32 = 1 << 11;
}
