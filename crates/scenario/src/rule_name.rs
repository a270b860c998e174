//! The names of the rules that systems are held against.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rules that a system as drawn can break.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RuleName {
    /// The battery's voltage destroys the inverter. Fatal: nothing is simulated.
    InverterOverVoltage,
    /// The battery never reaches the inverter's start voltage. Fatal: nothing is simulated.
    InverterNeverStarts,
    /// The inverter can ask for more than the port may give continuously.
    PortContinuousCurrent,
    /// The inverter can ask for more than the port may give at all.
    PortPeakCurrent,
    /// A fuse would carry more than its rating.
    FuseRating,
    /// A fuse cannot interrupt what a short at its end would draw.
    FuseBreakingCapacity,
    /// A fuse is not rated for the battery's voltage.
    FuseVoltage,
    /// The BMS cuts off before the inverter shuts down by itself.
    CutOffOrder,
    /// The inverter's lock-out ends at a voltage that the battery does not reach.
    ChargeDetectDeadEnd,
    /// The inverter starts at or below the voltage at which it stops.
    StartBelowShutdown,
    /// A transfer switch could connect its sources to each other.
    NoInterlock,
    /// A voltage-sensing transfer switch waits for an inverter that waits for a load.
    EcoBehindTransferSwitch,
    /// A load is too small to wake its inverter.
    LoadBelowEcoWake,
    /// The loads ask for more than the inverter gives continuously.
    InverterOverload,
    /// A document contradicts itself; says which reading is modelled.
    DocumentConflict,
    /// A device does not do what its remote control wire is to make it do.
    RemoteControl,
    /// What is fed from an output of a BMS takes more than it gives.
    OutputOverload,
    /// A coil is fed from an output that is not made for one.
    InductiveOutput,
    /// A bank is larger than its BMS may serve, or of a voltage that it is not made for.
    BankTooLarge,
    /// A BMS is set to another fuse than the fitted one.
    FuseSetting,
    /// Nothing but its own ability limits an alternator that must not give it for long.
    AlternatorAtFullOutput,
    /// A BMS serves batteries of a family that it is not made for.
    BatteryFamily,
    /// A device is controlled over a bus that its BMS does not have.
    ControlBus,
    /// The batteries of a bank differ, or their strings do.
    MixedBank,
    /// A battery has no pre-alarm and its BMS is set to wait for one.
    PreAlarmExpected,
    /// The fuse of a BMS carries less than what is fed from it takes, or is not one of those allowed.
    SupplyFuse,
    /// A source would charge a battery beyond the voltage at which it is full.
    ChargeVoltage,
    /// The sources on a bank give more than it may be charged with.
    ChargeCurrent,
    /// A device on the bus is made for another voltage.
    BusVoltage,
    /// A source lies behind a diode that lets nothing into the battery.
    BlockedCharging,
    /// Nothing bonds the neutral of an inverter's output to earth.
    FloatingNeutral,
    /// Neutral is bonded to earth in two places at once.
    DoubleBond,
    /// The contacts of a backup box carry far more than the storage behind it gives.
    StorageBehindContacts,
    /// The loads on one phase of a backup box take more than it carries.
    PhaseCurrent,
    /// A conductor carries less than the breaker before it lets through.
    ConductorRating,
    /// A device hangs where it is colder or hotter than it may be.
    OperatingTemperature,
    /// The wrong meters are selected for the way in which solar power enters.
    MeterSelection,
    /// The connections made do not fit the way in which solar power enters.
    CouplingConnection,
    /// The ratio of a meter's current transformers was changed.
    TransformerRatio,
    /// A short on a cable draws on a battery without a fuse in between.
    UnguardedCable,
    /// A battery whose cells are watched is heard by no BMS.
    BatteryUnheard,
    /// A BMS cannot switch off what draws on its batteries.
    LoadNotShed,
    /// A BMS cannot stop what charges its batteries.
    ChargerNotControlled,
    /// A device is connected the wrong way round.
    ReversedPolarity,
    /// A three-phase load is fed from a storage of one phase.
    ThreePhaseLoad,
    /// A DC load takes constant power behind an inductance, and no capacitance holds its voltage.
    UnheldLoad,
    /// A contact carried more than its rating for longer than an inrush takes. Seen in the run.
    ContactRating,
    /// A switch that opens alone in a string of cells must block, or interrupt, more than it can.
    SwitchVoltage,
}

impl fmt::Display for RuleName {
    /// As in a scenario file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_written_as_in_a_scenario_file() {
        assert_eq!(RuleName::ChargeDetectDeadEnd.to_string(), "charge-detect-dead-end");
        assert_eq!(RuleName::NoInterlock.to_string(), "no-interlock");
    }
}
