//! What each rule about systems as drawn looks at. Where a system has nothing of it the rule is kept, and that
//! says nothing of the system.

use crate::kinds::{
    backup_box, battery_module, cable, dc_load, dc_source, diode, external_bms, fuse, inverter,
    load, remote_switch, transfer_switch,
};
use crate::resolved::System;
use crate::rule_name::RuleName;

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleSubject {
    /// Devices of these kinds; it is reported of one of them.
    Of(&'static [&'static str]),
    /// Devices of these kinds and what is connected to them; it is reported of either.
    Around(&'static [&'static str]),
    /// Anything.
    Anything,
}

const INVERTER: RuleSubject = RuleSubject::Of(&[inverter::INVERTER.name]);
const FUSE: RuleSubject = RuleSubject::Of(&[fuse::FUSE.name]);
const BOX: RuleSubject = RuleSubject::Of(&[backup_box::BACKUP_BOX.name]);
const LOAD: RuleSubject = RuleSubject::Of(&[load::LOAD.name]);
const BMS: RuleSubject = RuleSubject::Of(&[external_bms::EXTERNAL_BMS.name]);
const AROUND_A_BMS: RuleSubject = RuleSubject::Around(&[external_bms::EXTERNAL_BMS.name]);
const MODULE: RuleSubject = RuleSubject::Of(&[battery_module::BATTERY_MODULE.name]);
const SOURCE: RuleSubject = RuleSubject::Of(&[dc_source::DC_SOURCE.name]);

impl RuleName {
    /// Whether it may be reported of an instance of a system.
    pub fn may_be_about(self, system: &System, id: &str) -> bool {
        self.subject().may_be(system, id)
    }

    /// Whether a check may ask it of a system, and of the instance that it names.
    pub fn may_be_asked(self, system: &System, target: Option<&str>) -> bool {
        let is_there = |id: &str| system.device(id).is_some() || system.pack(id).is_some();
        let fits = target.is_none_or(|id| is_there(id) && self.may_be_about(system, id));
        fits && self.subject().is_in(system)
    }

    /// What it looks at.
    pub(crate) fn subject(self) -> RuleSubject {
        match self {
            Self::InverterOverVoltage
            | Self::InverterNeverStarts
            | Self::PortContinuousCurrent
            | Self::PortPeakCurrent
            | Self::CutOffOrder
            | Self::ChargeDetectDeadEnd
            | Self::StartBelowShutdown
            | Self::EcoBehindTransferSwitch
            | Self::InverterOverload
            | Self::FloatingNeutral
            | Self::DoubleBond => INVERTER,
            Self::FuseRating | Self::FuseBreakingCapacity | Self::FuseVoltage => FUSE,
            Self::LoadBelowEcoWake | Self::ThreePhaseLoad => LOAD,
            Self::StorageBehindContacts
            | Self::PhaseCurrent
            | Self::MeterSelection
            | Self::CouplingConnection
            | Self::TransformerRatio => BOX,
            Self::OperatingTemperature => {
                RuleSubject::Of(&[backup_box::BACKUP_BOX.name, external_bms::EXTERNAL_BMS.name])
            }
            Self::NoInterlock => RuleSubject::Of(&[
                transfer_switch::TRANSFER_SWITCH.name,
                backup_box::BACKUP_BOX.name,
            ]),
            Self::ConductorRating => RuleSubject::Of(&[
                cable::CABLE.name,
                diode::DIODE.name,
                backup_box::BACKUP_BOX.name,
            ]),
            Self::UnguardedCable => RuleSubject::Of(&[cable::CABLE.name]),
            Self::BankTooLarge | Self::FuseSetting | Self::MixedBank | Self::SupplyFuse => BMS,
            Self::OutputOverload
            | Self::InductiveOutput
            | Self::AlternatorAtFullOutput
            | Self::ControlBus
            | Self::RemoteControl
            | Self::LoadNotShed => AROUND_A_BMS,
            Self::BatteryFamily | Self::PreAlarmExpected | Self::BatteryUnheard => MODULE,
            Self::ChargeVoltage | Self::BlockedCharging | Self::ChargerNotControlled => SOURCE,
            Self::BusVoltage => {
                RuleSubject::Of(&[inverter::INVERTER.name, dc_source::DC_SOURCE.name])
            }
            Self::UnheldLoad => RuleSubject::Of(&[dc_load::DC_LOAD.name]),
            Self::ContactRating => RuleSubject::Of(&[remote_switch::REMOTE_SWITCH.name]),
            // Of a bank, of a pack, of any part that can be turned round or break through.
            Self::ChargeCurrent
            | Self::DocumentConflict
            | Self::ReversedPolarity
            | Self::SwitchVoltage => RuleSubject::Anything,
        }
    }
}

impl RuleSubject {
    /// Whether a system has anything of it.
    pub fn is_in(self, system: &System) -> bool {
        match self {
            Self::Of(kinds) | Self::Around(kinds) => {
                system.devices.iter().any(|one| kinds.contains(&one.model.kind.name))
            }
            Self::Anything => true,
        }
    }

    /// Whether it may be reported of an instance.
    pub fn may_be(self, system: &System, id: &str) -> bool {
        let of = system.device(id).map(|index| system.devices[index].model.kind.name);
        match self {
            Self::Of(kinds) => of.is_some_and(|kind| kinds.contains(&kind)),
            Self::Around(_) | Self::Anything => true,
        }
    }

    /// Its kinds, in words.
    pub fn names(self) -> String {
        match self {
            Self::Of(kinds) | Self::Around(kinds) => kinds.join(", "),
            Self::Anything => "anything".to_owned(),
        }
    }
}
