//! The drivers of the switches: what is on, and why.

use blackstart_units::SimTime;

use crate::analog::{ChipChannel, ChipLevel};
use crate::chip::Chip;
use crate::fault::FaultBits;
use crate::looks::{ChipLook, Interest};
use crate::memory::address;
use crate::power::PowerMode;

/// The switches that a chip drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrivenFets {
    /// Charge.
    pub chg: bool,
    /// Pre-charge.
    pub pchg: bool,
    /// Discharge.
    pub dsg: bool,
    /// Pre-discharge.
    pub pdsg: bool,
}

/// Bits of `FET Options`.
mod option {
    pub const SFET: i64 = 1 << 0;
    pub const SLEEPCHG: i64 = 1 << 1;
    pub const HOST_FET_EN: i64 = 1 << 2;
    pub const FET_CTRL_EN: i64 = 1 << 3;
    pub const PDSG_EN: i64 = 1 << 4;
    pub const FET_INIT_OFF: i64 = 1 << 5;
}

/// What a host forces off.
pub(crate) mod off {
    pub const DSG: u8 = 1 << 0;
    pub const PDSG: u8 = 1 << 1;
    pub const CHG: u8 = 1 << 2;
    pub const PCHG: u8 = 1 << 3;
}

/// With these a fault of register A opens CHG at once.
const AT_ONCE: [u8; 2] = [0x98, 0x18];
/// The pin is an input that opens the switch.
const OFF_FUNCTION: u8 = 2;

/// The drivers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drivers {
    /// FET_EN: the firmware of the chip decides; otherwise tests do.
    pub is_enabled: bool,
    /// What tests have switched on.
    pub tested: DrivenFets,
    /// What the host forces off.
    pub host_off: u8,
    /// What is on.
    pub on: DrivenFets,
    /// Current flows through the body diode of this switch, as it would if it were off: CHG, DSG.
    pub through_diode: (bool, bool),
    pub is_precharging: bool,
    /// While pre-discharge runs: where it ends by time, if it does.
    pub predischarge: Option<Option<SimTime>>,
    /// A fault opens CHG only here.
    pub deferred: Option<SimTime>,
}

impl Chip {
    fn has_option(&self, option: i64) -> bool {
        self.memory.get(address::FET_OPTIONS) & option != 0
    }

    pub(crate) fn starts_with_switches_off(&self) -> u8 {
        if self.has_option(option::FET_INIT_OFF) {
            off::DSG | off::PDSG | off::CHG | off::PCHG
        } else {
            0
        }
    }

    /// The host forces switches off, or no longer.
    pub(crate) fn force_off(&mut self, bits: u8) {
        if self.has_option(option::HOST_FET_EN) {
            self.drivers.host_off = bits & 0x0F;
        }
    }

    fn is_blocked(&self, masks: u16) -> bool {
        self.protect.status.meets(self.memory.bits(masks))
    }

    fn pin_opens(&self, at: u16, is_pulled: bool) -> bool {
        is_pulled && self.memory.byte(at) & 3 == OFF_FUNCTION
    }

    /// Whether CHG is held off by a fault, which some settings let it be only later.
    fn charge_blocked(&mut self, now: SimTime) -> bool {
        let masks = self.memory.bits(address::CHG_FET_A);
        let by_a = FaultBits([self.protect.status.0[0], 0, 0]).meets(masks);
        let by_others = self.is_blocked(address::CHG_FET_A) && !by_a;
        if !by_a {
            self.drivers.deferred = None;
            return by_others;
        }
        if AT_ONCE.contains(&masks[0]) || !self.drivers.on.chg {
            return true;
        }
        let asleep = self.power.mode == PowerMode::Sleep;
        let period = SimTime::from_millis(if asleep { 1_000 } else { 250 });
        let origin = self.conv.origin;
        let at = *self
            .drivers
            .deferred
            .get_or_insert((now + SimTime::NANOSECOND).round_up_to(period, origin));
        now >= at
    }

    /// Brings the drivers to what they should be now; whether anything changed.
    pub(crate) fn drive(&mut self, now: SimTime) -> bool {
        let before = self.drivers.on;
        self.drivers.on = self.wanted(now);
        before != self.drivers.on
    }

    fn wanted(&mut self, now: SimTime) -> DrivenFets {
        let none = DrivenFets::default();
        let opens = self.power.shutdown.is_some_and(|(opens, _)| opens <= now);
        let is_failed = self.protect.permanent != [0; 4];
        if !self.power.mode.is_awake() || opens || is_failed {
            self.drivers.predischarge = None;
            return none;
        }
        let charge_free =
            !self.charge_blocked(now) && !self.pin_opens(address::CFETOFF_PIN, self.pins.cfetoff);
        let discharge_free = !self.is_blocked(address::DSG_FET_A)
            && !self.pin_opens(address::DFETOFF_PIN, self.pins.dfetoff);
        let Drivers { is_enabled, tested, host_off, is_precharging, through_diode, .. } =
            self.drivers;
        if !is_enabled {
            self.drivers.predischarge = None;
            return DrivenFets {
                chg: tested.chg && charge_free,
                pchg: tested.pchg && charge_free,
                dsg: tested.dsg && discharge_free,
                pdsg: tested.pdsg && discharge_free,
            };
        }
        if !self.has_option(option::FET_CTRL_EN) {
            return none;
        }
        let may = |bit: u8| host_off & bit == 0;
        let sleeps = self.power.mode == PowerMode::Sleep;
        let charge = charge_free && (!sleeps || self.has_option(option::SLEEPCHG));
        let chg = charge && !is_precharging && may(off::CHG);
        let (dsg, pdsg) = self.discharge(discharge_free && may(off::DSG), now);
        let series = self.has_option(option::SFET);
        DrivenFets {
            chg: chg || series && through_diode.0 && dsg,
            pchg: charge && is_precharging && may(off::PCHG),
            dsg: dsg || series && through_diode.1 && chg,
            pdsg: pdsg && may(off::PDSG),
        }
    }

    /// DSG with pre-discharge before it: which of both is on.
    fn discharge(&mut self, is_free: bool, now: SimTime) -> (bool, bool) {
        if !is_free {
            self.drivers.predischarge = None;
            return (false, false);
        }
        if self.drivers.on.dsg && self.drivers.predischarge.is_none() {
            return (true, false);
        }
        if !self.has_option(option::PDSG_EN) {
            return (true, false);
        }
        let ends = *self.drivers.predischarge.get_or_insert_with(|| {
            let tens = self.memory.get(address::PREDISCHARGE_TIMEOUT) as u64;
            (tens > 0).then(|| now + SimTime::from_millis(10 * tens))
        });
        if ends.is_some_and(|at| at <= now) {
            // Regardless of how far it got.
            self.drivers.predischarge = None;
            return (true, false);
        }
        (false, true)
    }

    /// LD at which pre-discharge has done its work, V.
    fn predischarge_level(&self) -> Option<f64> {
        let delta = self.memory.number(address::PREDISCHARGE_STOP_DELTA) * 0.01;
        (delta > 0.0).then(|| self.conv.high[0] - delta)
    }

    fn diode_current(&self) -> f64 {
        self.milliamperes(address::BODY_DIODE_THRESHOLD)
    }

    pub(crate) fn driver_interests(&self, into: &mut Vec<Interest>) {
        let Drivers { is_enabled, through_diode, predischarge, is_precharging, .. } = self.drivers;
        if !is_enabled {
            return;
        }
        if self.has_option(option::SFET) {
            let level = self.diode_current();
            let charge = ChipLevel::above(ChipChannel::Sense, level);
            let discharge = ChipLevel::below(ChipChannel::Sense, -level);
            let on = self.drivers.on;
            if through_diode.0 {
                into.push(Interest::one(ChipLook::Loop, discharge.back()));
            } else if !on.chg && on.dsg {
                into.push(Interest::one(ChipLook::Loop, discharge));
            }
            if through_diode.1 {
                into.push(Interest::one(ChipLook::Loop, charge.back()));
            } else if !on.dsg && on.chg {
                into.push(Interest::one(ChipLook::Loop, charge));
            }
        }
        if let Some(level) = self.predischarge_level().filter(|_| predischarge.is_some()) {
            into.push(Interest::one(
                ChipLook::Slow,
                ChipLevel::above(ChipChannel::LoadDetect, level),
            ));
        }
        let millivolts = |at| self.memory.number(at) * 1e-3;
        let (start, stop) =
            (millivolts(address::PRECHARGE_START), millivolts(address::PRECHARGE_STOP));
        if start > 0.0 {
            let all = match is_precharging {
                true => {
                    self.cells_beyond(true, stop).into_iter().map(crate::recovery::lowest).collect()
                }
                false => Vec::new(),
            };
            if !all.is_empty() {
                into.push(Interest { look: ChipLook::Loop, all });
            }
            if !is_precharging {
                for level in self.cells_beyond(false, start) {
                    into.push(Interest::one(ChipLook::Loop, level));
                }
            }
        }
    }

    /// What a loop of conversions decides of the switches.
    pub(crate) fn look_drivers(&mut self) {
        let (level, current) = (self.diode_current(), self.conv.cc2());
        let on = self.drivers.on;
        let (chg, dsg) = self.drivers.through_diode;
        let conducts = |is_on: bool, other: bool, through: bool, beyond: bool| {
            beyond && (through || (!is_on && other))
        };
        self.drivers.through_diode = (
            conducts(on.chg, on.dsg, chg, current < -level),
            conducts(on.dsg, on.chg, dsg, current > level),
        );
        let (lowest, _) = self.converted_extremes();
        let millivolts = |at| self.memory.number(at) * 1e-3;
        if self.drivers.is_precharging {
            self.drivers.is_precharging = lowest < millivolts(address::PRECHARGE_STOP);
        } else {
            self.drivers.is_precharging = lowest < millivolts(address::PRECHARGE_START);
        }
    }

    /// What the slow rhythm decides of them.
    pub(crate) fn look_predischarge(&mut self, load_detect: f64) {
        let is_done = self.predischarge_level().is_some_and(|level| load_detect >= level);
        if is_done && let Some(ends) = &mut self.drivers.predischarge {
            *ends = Some(SimTime::ZERO);
        }
    }

    pub(crate) fn drivers_next(&self) -> SimTime {
        let ends = self.drivers.predischarge.flatten();
        [ends, self.drivers.deferred.filter(|&at| at > self.now)]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(SimTime::NEVER)
    }
}
