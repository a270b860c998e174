//! Protections that can act, in the field's words.

/// A protection that can act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protection {
    /// Short circuit in discharge (SCD): µs, in the front end.
    ShortCircuit,
    /// Over-current in discharge (OCD): ms, in the front end.
    OverCurrent,
    /// Cell under-voltage (CUV, UVP): s.
    CellUnderVoltage,
    /// A cell below the front end's own limit.
    FrontEndUnderVoltage,
    /// A cell above the front end's own limit.
    FrontEndOverVoltage,
    /// Pre-charge did not finish in its time.
    PrechargeTimeout,
    /// Cell over-voltage (COV, OVP): s.
    CellOverVoltage,
    /// Cells too cold to be charged.
    ChargeUnderTemperature,
    /// Cells too hot to be charged.
    ChargeOverTemperature,
    /// Charge at the discharge floor.
    LowSoc,
    /// A cell beyond a limit of the front end, where the device does not say which.
    FrontEndVoltage,
    /// Too hot, in either direction.
    OverTemperature,
    /// Too cold, in either direction.
    UnderTemperature,
    /// Measurements that cannot be trusted.
    Measurement,
    /// A watchdog: the controller, its host or its battery did not answer.
    Watchdog,
    /// Over-current in charge (OCC): ms, in the front end.
    ChargeOverCurrent,
    /// Cells too hot to be discharged.
    DischargeOverTemperature,
    /// Cells too cold to be discharged.
    DischargeUnderTemperature,
    /// A switch too hot to carry current.
    SwitchOverTemperature,
    /// Cells too deeply discharged to be charged.
    DeepDischarge,
}

/// The quantity that a protection guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    /// The current, A, positive in discharge.
    Current,
    /// The voltage across the open switch, V.
    PortVoltage,
    /// The voltage of the lowest cell, V: danger lies below.
    LowestCell,
    /// The voltage of the highest cell, V.
    HighestCell,
    /// The cells' temperature, °C.
    Temperature,
    /// The temperature of a switch, °C.
    SwitchTemperature,
    /// The state of charge, %: danger lies below.
    Charge,
    /// No quantity.
    Nothing,
}

impl Protection {
    /// All there are.
    pub const ALL: [Self; 20] = [
        Self::ShortCircuit,
        Self::OverCurrent,
        Self::CellUnderVoltage,
        Self::FrontEndUnderVoltage,
        Self::FrontEndOverVoltage,
        Self::PrechargeTimeout,
        Self::CellOverVoltage,
        Self::ChargeUnderTemperature,
        Self::ChargeOverTemperature,
        Self::LowSoc,
        Self::FrontEndVoltage,
        Self::OverTemperature,
        Self::UnderTemperature,
        Self::Measurement,
        Self::Watchdog,
        Self::ChargeOverCurrent,
        Self::DischargeOverTemperature,
        Self::DischargeUnderTemperature,
        Self::SwitchOverTemperature,
        Self::DeepDischarge,
    ];

    /// The quantity that it guards.
    pub const fn guards(self) -> Guarded {
        match self {
            Self::ShortCircuit | Self::OverCurrent | Self::ChargeOverCurrent => Guarded::Current,
            Self::CellUnderVoltage | Self::FrontEndUnderVoltage | Self::DeepDischarge => {
                Guarded::LowestCell
            }
            Self::CellOverVoltage | Self::FrontEndOverVoltage => Guarded::HighestCell,
            Self::ChargeUnderTemperature
            | Self::ChargeOverTemperature
            | Self::DischargeUnderTemperature
            | Self::DischargeOverTemperature
            | Self::OverTemperature
            | Self::UnderTemperature => Guarded::Temperature,
            Self::SwitchOverTemperature => Guarded::SwitchTemperature,
            Self::LowSoc => Guarded::Charge,
            Self::PrechargeTimeout => Guarded::PortVoltage,
            Self::FrontEndVoltage | Self::Measurement | Self::Watchdog => Guarded::Nothing,
        }
    }

    /// The field's short name: `scd`, `ocd`, `uvp`, `front-end-ovp`, `precharge-timeout`, `utc`, ….
    pub const fn name(self) -> &'static str {
        match self {
            Self::ShortCircuit => "scd",
            Self::OverCurrent => "ocd",
            Self::CellUnderVoltage => "uvp",
            Self::FrontEndUnderVoltage => "front-end-uvp",
            Self::FrontEndOverVoltage => "front-end-ovp",
            Self::PrechargeTimeout => "precharge-timeout",
            Self::CellOverVoltage => "ovp",
            Self::ChargeUnderTemperature => "utc",
            Self::ChargeOverTemperature => "otc",
            Self::LowSoc => "low-soc",
            Self::FrontEndVoltage => "front-end-voltage",
            Self::OverTemperature => "over-temperature",
            Self::UnderTemperature => "under-temperature",
            Self::Measurement => "measurement",
            Self::Watchdog => "watchdog",
            Self::ChargeOverCurrent => "occ",
            Self::DischargeOverTemperature => "otd",
            Self::DischargeUnderTemperature => "utd",
            Self::SwitchOverTemperature => "switch-over-temperature",
            Self::DeepDischarge => "deep-discharge",
        }
    }

    /// What it is, in one line.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ShortCircuit => "Short circuit in discharge.",
            Self::OverCurrent => "Over-current in discharge.",
            Self::CellUnderVoltage => "Cell under-voltage, as the BMS sees it.",
            Self::FrontEndUnderVoltage => "Cell under-voltage, by the front end itself.",
            Self::FrontEndOverVoltage => "Cell over-voltage, by the front end itself.",
            Self::PrechargeTimeout => "Pre-charge did not finish in time.",
            Self::CellOverVoltage => "Cell over-voltage.",
            Self::ChargeUnderTemperature => "Too cold to be charged.",
            Self::ChargeOverTemperature => "Too hot to be charged.",
            Self::LowSoc => "Charge at the discharge floor.",
            Self::FrontEndVoltage => "A cell beyond a limit of the front end, not said which.",
            Self::OverTemperature => "Too hot, in either direction.",
            Self::UnderTemperature => "Too cold, in either direction.",
            Self::Measurement => "Measurements that cannot be trusted.",
            Self::Watchdog => "The controller, its host or its battery did not answer in time.",
            Self::ChargeOverCurrent => "Over-current in charge.",
            Self::DischargeOverTemperature => "Too hot to be discharged.",
            Self::DischargeUnderTemperature => "Too cold to be discharged.",
            Self::SwitchOverTemperature => "A switch too hot to carry current.",
            Self::DeepDischarge => "Too deeply discharged to be charged.",
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether somebody who says that `self` acted may mean that `other` did: the same one, or one that
    /// `self` leaves open.
    pub const fn may_mean(self, other: Self) -> bool {
        let is_front_end_voltage =
            matches!(other, Self::FrontEndUnderVoltage | Self::FrontEndOverVoltage);
        matches!(self, Self::FrontEndVoltage) && is_front_end_voltage || self as u8 == other as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protection_is_found_by_its_name_and_means_itself() {
        for (place, one) in Protection::ALL.into_iter().enumerate() {
            assert_eq!(Protection::named(one.name()), Some(one));
            assert_eq!(one as usize, place, "{}", one.name());
            assert!(one.may_mean(one));
        }
        assert!(Protection::FrontEndVoltage.may_mean(Protection::FrontEndOverVoltage));
        assert!(!Protection::FrontEndOverVoltage.may_mean(Protection::FrontEndVoltage));
    }
}
