//! A backup box in the world: its role's banks, its signals, its meter. Its contacts are part of the
//! AC side.
//!
//! The state of charge reaches it from the storage as reports: the true mean of the cells at fixed
//! instants, rounded. How far the storage's own counting is off is left out. The meter shows what
//! passes the grid contacts, and goes silent with its last values in backup.

use bevy_ecs::prelude::Component;
use blackstart_engine::{RoleShape, Terminal};
use blackstart_roles::RoleKind;
use blackstart_scenario::{self as model, AcInput, Phase};
use blackstart_trace::{Catalogue, SignalId};
use blackstart_units::SimTime;

use crate::ac::AcSide;
use crate::record::Recorder;
use crate::role;

/// What does not change during a run.
#[derive(Component)]
pub struct InstalledBackupBox {
    /// Instance (`box-1`).
    pub id: String,
    /// Its parameters.
    pub model: model::BackupBox,
    pub(crate) state: SignalId,
}

/// The terminal of a backup box's control. Its first reading is its sampling channel.
pub(crate) fn terminal(id: &str, dip_4: bool) -> Terminal {
    let mut terminal = role::terminal(id, RoleKind::BackupBox, RoleShape::default());
    terminal.readings.put("dip_4", f64::from(dip_4));
    terminal
}

/// Signals of one phase.
#[derive(Clone, Copy)]
struct PhaseSignals {
    current: SignalId,
    fed: SignalId,
    meter_voltage: SignalId,
    meter_current: SignalId,
    meter_power: SignalId,
}

/// Signals of a backup box beyond those of a transfer switch.
pub(crate) struct BoxSignals {
    switch: usize,
    meter: model::BoxMeter,
    bypass: SignalId,
    meter_state: SignalId,
    meter_frequency: SignalId,
    phases: [PhaseSignals; 3],
}

impl BoxSignals {
    pub fn declare(
        id: &str,
        switch: usize,
        meter: model::BoxMeter,
        catalogue: &mut Catalogue,
    ) -> Self {
        let phases = Phase::ALL.map(|phase| {
            let name = phase.name();
            PhaseSignals {
                current: catalogue.analog(format!("{id}.{name}_current_a")),
                fed: catalogue.state(format!("{id}.{name}"), &["off", "on"]),
                meter_voltage: catalogue.analog(format!("{id}.meter.{name}_voltage_v")),
                meter_current: catalogue.analog(format!("{id}.meter.{name}_current_a")),
                meter_power: catalogue.analog(format!("{id}.meter.{name}_power_w")),
            }
        });
        Self {
            switch,
            meter,
            bypass: catalogue.state(format!("{id}.bypass"), &["off", "on"]),
            meter_state: catalogue.state(format!("{id}.meter.state"), &["silent", "live"]),
            meter_frequency: catalogue.analog(format!("{id}.meter.frequency_hz")),
            phases,
        }
    }

    /// Writes down what the box carries, and what its meter shows of it.
    pub fn write_down(&self, now: SimTime, ac: &AcSide, recorder: &mut Recorder) {
        let switch = &ac.switches[self.switch];
        let on_grid = switch.connected().any(|input| input == AcInput::Grid);
        let live = self.meter.as_grid_meter && (on_grid || self.meter.in_backup);
        recorder.state(&switch.id, self.bypass, now, f64::from(switch.is_bypassed()));
        recorder.state(&switch.id, self.meter_state, now, f64::from(live));
        if live {
            let frequency = ac.input_frequency(self.switch, AcInput::Grid);
            recorder.held(self.meter_frequency, now, frequency);
        }
        for (phase, ids) in Phase::ALL.into_iter().zip(&self.phases) {
            let (power, current) = ac.phase_load(self.switch, phase, now);
            recorder.held(ids.current, now, current.0);
            recorder.state(&switch.id, ids.fed, now, f64::from(!switch.is_shed(phase)));
            if live {
                let voltage = ac.phase_voltage(switch.feeder(AcInput::Grid), phase);
                recorder.held(ids.meter_voltage, now, voltage.0);
                recorder.held(ids.meter_current, now, current.0 * self.meter.ct_ratio);
                recorder.held(ids.meter_power, now, power.0 * self.meter.ct_ratio);
            }
        }
    }
}

/// Shows a box's control what its inputs carry.
pub(crate) fn show_inputs(terminal: &mut Terminal, ac: &AcSide, switch: usize) {
    let grid = ac.switches[switch].feeder(AcInput::Grid);
    for phase in Phase::ALL {
        let reading = format!("grid_{}_v", phase.name());
        terminal.show(&reading, ac.phase_voltage(grid, phase).0);
    }
    terminal.show("grid_frequency_hz", ac.input_frequency(switch, AcInput::Grid));
    terminal.show("storage_voltage_v", ac.input(switch, AcInput::Inverter).0);
}
