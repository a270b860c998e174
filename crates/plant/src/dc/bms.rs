//! A BMS outside of the batteries in the world: its banks, its outputs, its alternator path.
//!
//! An output that must give more than it can is lost when it is not protected, for good, and gives
//! nothing while it is overloaded when it is.

use bevy_ecs::prelude::{Component, Entity};
use blackstart_engine::{RoleShape, Terminal};
use blackstart_roles::{Alarm, Protection, RoleKind};
use blackstart_scenario::{
    self as model, BmsOutput, Condition, OutputStage, RemoteWiring, UpdateState,
};
use blackstart_trace::SignalId;
use blackstart_units::{Amperes, SimTime};

use crate::network::{BranchId, LoadId, Quantity};
use crate::role;

/// What the bench needs to know of a BMS.
#[derive(Component, Clone)]
pub struct InstalledExternalBms {
    /// Its parameters.
    pub model: model::ExternalBms,
}

/// Names of what an output shows, in the order of [`Level`].
pub(crate) const LEVELS: [&str; 3] = ["floating", "high", "failed"];

/// What an output shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Floating,
    High,
    Failed,
}

/// One output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DcOutput {
    pub signal: SignalId,
    /// Its voltage while it is high.
    pub voltage: SignalId,
    pub stage: OutputStage,
    /// What is fed from it takes this from a high output.
    pub burden: Amperes,
    pub level: Level,
}

impl DcOutput {
    /// Follows its controller, as far as it can.
    pub fn drive(&mut self, high: bool) {
        let overloaded = self.burden > self.stage.rating;
        self.level = match (self.level, high, overloaded, self.stage.protected) {
            (Level::Failed, ..) | (_, true, true, false) => Level::Failed,
            (_, true, false, _) => Level::High,
            (_, true, true, true) | (_, false, ..) => Level::Floating,
        };
    }
}

/// The path from the alternator to the bank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlternatorPath {
    pub switch: BranchId,
    pub limiter: BranchId,
    pub signal: SignalId,
}

/// One BMS.
#[derive(Clone, Debug)]
pub(crate) struct Manager {
    pub id: String,
    pub model: model::ExternalBms,
    pub entity: Entity,
    /// Indices into the modules that it hears.
    pub hears: Vec<usize>,
    /// Since when the cable to its batteries is broken.
    pub cable_broken: Option<SimTime>,
    pub update: UpdateState,
    /// What is wired to its remote terminals.
    pub remote: RemoteWiring,
    /// In the order of [`BmsOutput::ALL`].
    pub outputs: [DcOutput; 3],
    pub path: Option<AlternatorPath>,
    /// Signals of its lamps, in the order of its model's.
    pub lamps: Vec<SignalId>,
    pub draw: LoadId,
    /// Its own supply.
    pub supply: Quantity,
    /// Which of its consumptions holds.
    pub consumption: Option<usize>,
    /// What it claimed of discharge and charge when it was last looked at.
    pub stopped: (bool, bool),
    /// Protections that have made it do so, as long as it does.
    pub acted: (Vec<Protection>, Vec<Protection>),
}

impl Manager {
    /// Whether a battery has a trip of this protection for which loads or chargers are still cut off.
    pub fn has_acted(&self, protection: Protection) -> bool {
        let (discharge, charge) = &self.acted;
        discharge.iter().chain(charge).any(|one| *one == protection)
    }
}

/// The terminal of a BMS. The first readings are in the order of its sampling channels.
pub(crate) fn terminal(id: &str, model: &model::ExternalBms) -> Terminal {
    let codes = codes(model);
    let shape = RoleShape { codes: &codes, ..RoleShape::default() };
    let mut terminal = role::terminal(id, RoleKind::ExternalBms, shape);
    // Before its first look it is what it has been all along.
    let on = f64::from(model.remote_joined || !model.rules.remote.disables_all);
    for output in [BmsOutput::Load, BmsOutput::Charge] {
        terminal.commands.put(command(output), on);
    }
    terminal.claims.put("state", f64::from(model.remote_joined));
    terminal
}

/// The command of an output.
pub(crate) const fn command(output: BmsOutput) -> &'static str {
    match output {
        BmsOutput::Load => "load_output",
        BmsOutput::Charge => "charge_output",
        BmsOutput::PreAlarm => "pre_alarm_output",
    }
}

/// The codes that a BMS shows, with the protection that its condition is.
fn codes(model: &model::ExternalBms) -> Vec<Alarm> {
    let protection = |condition: Condition| match condition {
        Condition::LowCell => Some(Protection::CellUnderVoltage),
        Condition::LowSoc => Some(Protection::LowSoc),
        Condition::HighCell => Some(Protection::CellOverVoltage),
        Condition::HotBattery => Some(Protection::ChargeOverTemperature),
        Condition::ColdBattery => Some(Protection::ChargeUnderTemperature),
        Condition::BatteryLost => Some(Protection::Watchdog),
        Condition::InvalidConfiguration
        | Condition::VoltageNotAllowed
        | Condition::PreAlarmMissing
        | Condition::OwnHeat
        | Condition::LowCellWarning
        | Condition::LowSocWarning => None,
    };
    let codes = model.rules.codes.iter();
    codes.map(|(condition, code)| Alarm::new(code, protection(*condition))).collect()
}

#[cfg(test)]
mod tests {
    use blackstart_units::Volts;

    use super::*;

    fn output(protected: bool) -> DcOutput {
        DcOutput {
            signal: SignalId(0),
            voltage: SignalId(1),
            stage: OutputStage { rating: Amperes(0.01), protected, drop: Volts(0.0) },
            burden: Amperes(0.02),
            level: Level::Floating,
        }
    }

    #[test]
    fn an_overloaded_output_is_lost_unless_it_is_protected() {
        let mut bare = output(false);
        bare.drive(true);
        assert_eq!(bare.level, Level::Failed);
        bare.burden = Amperes(0.0);
        bare.drive(true);
        assert_eq!(bare.level, Level::Failed);
        let mut protected = output(true);
        protected.drive(true);
        assert_eq!(protected.level, Level::Floating);
        protected.burden = Amperes(0.01);
        protected.drive(true);
        assert_eq!(protected.level, Level::High);
    }
}
