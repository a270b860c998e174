//! A BMS outside of the batteries in the world: its banks, its outputs, its alternator path.
//!
//! An output that must give more than it can is lost when it is not protected, for good, and gives
//! nothing while it is overloaded when it is.

use bevy_ecs::prelude::{Component, Entity};
use blackstart_engine::Terminal;
use blackstart_scenario::{self as model, BmsOutput, OutputStage, RemoteWiring, UpdateState};
use blackstart_trace::SignalId;
use blackstart_units::Amperes;

use super::module::LINES;
use crate::network::{BranchId, LoadId, Quantity};
use crate::power_stage::POSITIONS;

/// What the bench needs to know of a BMS.
#[derive(Component, Clone)]
pub struct ExternalBms {
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
pub(crate) struct Output {
    pub signal: SignalId,
    /// Its voltage while it is high.
    pub voltage: SignalId,
    pub stage: OutputStage,
    /// What is fed from it takes this from a high output.
    pub burden: Amperes,
    pub level: Level,
}

impl Output {
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
    pub device: usize,
    pub id: String,
    pub model: model::ExternalBms,
    pub entity: Entity,
    /// Indices into the modules that it hears.
    pub hears: Vec<usize>,
    pub cable_broken: bool,
    pub update: UpdateState,
    /// What is wired to its remote terminals.
    pub remote: RemoteWiring,
    /// In the order of [`BmsOutput::ALL`].
    pub outputs: [Output; 3],
    pub path: Option<AlternatorPath>,
    pub draw: LoadId,
    /// Its own supply.
    pub supply: Quantity,
    /// Which of its consumptions holds.
    pub consumption: Option<usize>,
    /// What it claimed of discharge and charge when it was last looked at.
    pub stopped: (bool, bool),
}

/// Names of the claim `discharge`, in the order of its values.
pub(crate) const DISCHARGE: [&str; 3] = ["allowed", "pre-alarm", "stopped"];
/// Names of the claim `balancer`, in the order of its values.
pub(crate) const BALANCER: [&str; 4] = ["unknown", "balanced", "unbalanced", "balancing"];
/// Names of the claim `charge`, in the order of its values.
pub(crate) const CHARGE: [&str; 2] = ["allowed", "stopped"];
/// Index of the reading `remote_joined`; the other readings follow in this order.
pub(crate) const REMOTE: usize = 3;
/// Index of the first reading from the batteries.
pub(crate) const FIRST_LINE: usize = 9;
/// Index of the reading `battery_lost`, after which come charge and current.
pub(crate) const LOST: usize = FIRST_LINE + LINES.len();
/// Index of the command `alternator_path`, after those of the outputs.
pub(crate) const PATH: usize = 3;
/// Index of the claim `discharge`.
pub(crate) const CLAIM_DISCHARGE: usize = 1;
/// Index of the claim `charge`.
pub(crate) const CLAIM_CHARGE: usize = 2;

/// The banks of a BMS. The first readings are in the order of its sampling channels.
pub(crate) fn terminal(id: &str, model: &model::ExternalBms) -> Terminal {
    let mut terminal = Terminal::new(format!("{id}.control"));
    let readings = &mut terminal.readings;
    for name in ["supply_voltage_v", "bank_voltage_v", "port_voltage_v"] {
        readings.analog(name);
    }
    readings.state("remote_joined", &["no", "yes"]);
    readings.state("remote_l", &["open", "driven"]);
    readings.analog("remote_l_v");
    readings.state("remote_h", &["open", "driven"]);
    readings.analog("remote_h_v");
    readings.state("remote_h_to_plus", &["no", "yes"]);
    for line in LINES {
        readings.state(line, &["no", "yes"]);
    }
    readings.state("battery_lost", &["no", "yes"]);
    readings.analog("soc_pct");
    readings.analog("rate_per_h");
    readings.analog("imbalance_v");
    readings.state("update", &["none", "running", "failed"]);
    let commands = &mut terminal.commands;
    for output in BmsOutput::ALL {
        commands.state(format!("{}_output", output.name().replace('-', "_")), &LEVELS[..2]);
    }
    commands.state("alternator_path", &POSITIONS);
    // Before its first look it is what it has always been.
    let on = f64::from(model.remote_joined || !model.rules.remote.disables_all);
    for output in [BmsOutput::Load, BmsOutput::Charge] {
        commands.set(output as usize, on);
    }
    let claims = &mut terminal.claims;
    claims.state("state", &["off", "on"]);
    claims.state("discharge", &DISCHARGE);
    claims.state("charge", &CHARGE);
    claims.state("alarm", &codes(model));
    claims.analog("soc_pct");
    claims.analog("time_remaining_h");
    claims.state("balancer", &BALANCER);
    claims.set(0, f64::from(model.remote_joined));
    terminal
}

/// Names of the claim `alarm`, in the order of its values.
pub(crate) fn codes(model: &model::ExternalBms) -> Vec<&str> {
    let mut codes = vec!["none"];
    codes.extend(model.rules.codes.iter().map(|(_, code)| code.as_str()));
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(protected: bool) -> Output {
        Output {
            signal: SignalId(0),
            voltage: SignalId(1),
            stage: OutputStage { rating: Amperes(0.01), protected },
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
