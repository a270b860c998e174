//! Rows of what stands on the AC side.

use crate::pin::{PinForm, PinRange};
use crate::role::{Role, RoleKind};
use crate::rows::{
    MILLI, TENTHS, TENTHS_OF_MILLI, claim, command, no_yes, off_on, open_closed, reading, states,
};

#[rustfmt::skip]
pub(crate) fn inverter() -> Role {
    use PinRange::{Any, NotNegative};
    let state = states(&["off", "waiting", "running", "low-voltage", "locked-out", "overload", "high-voltage", "searching"]);
    Role {
        kind: RoleKind::Inverter,
        title: "Control of an inverter".to_owned(),
        pins: vec![
            reading("dc_voltage_v", MILLI, NotNegative, "on its DC terminals"),
            reading("front_switch", off_on(), Any, "its own switch"),
            reading("ac_power_w", TENTHS, NotNegative, "what the loads ask for"),
            reading("ac_apparent_va", TENTHS, NotNegative, "the same, apparent"),
            reading("remote", off_on(), Any, "what its remote input makes of the wires that end there"),
            command("run", no_yes(), Any, "whether it inverts"),
            claim("state", state, Any, ""),
        ],
        alarms: Vec::new(),
    }
}

#[rustfmt::skip]
pub(crate) fn transfer_switch() -> Role {
    use PinRange::{Any, NotNegative};
    Role {
        kind: RoleKind::TransferSwitch,
        title: "Control of a transfer switch".to_owned(),
        pins: vec![
            reading("grid_voltage_v", MILLI, NotNegative, "RMS"),
            reading("inverter_voltage_v", MILLI, NotNegative, "RMS"),
            reading("lever", states(&["grid", "inverter"]), Any, "what a person wants"),
            command("source", states(&["grid", "inverter"]), Any, "which contacts to head for"),
            command("grid_contact", open_closed(), Any, "of a control that drives both contacts itself: this one's coil"),
            command("inverter_contact", open_closed(), Any, "the same of the other contact"),
            claim("state", states(&["on-grid", "on-inverter", "grid-doubtful", "no-source"]), Any, ""),
        ],
        alarms: Vec::new(),
    }
}

#[rustfmt::skip]
pub(crate) fn backup_box() -> Role {
    use PinRange::{Any, NotNegative};
    let state = states(&["on-grid", "in-backup", "grid-doubtful", "no-source", "bypassed", "restarting"]);
    Role {
        kind: RoleKind::BackupBox,
        title: "Control of a backup box".to_owned(),
        pins: vec![
            reading("storage_soc", TENTHS_OF_MILLI, NotNegative, "charge of the storage as it reports it, a share of 1"),
            reading("grid_l1_v", MILLI, NotNegative, "RMS"),
            reading("grid_l2_v", MILLI, NotNegative, "RMS"),
            reading("grid_l3_v", MILLI, NotNegative, "RMS"),
            reading("grid_frequency_hz", MILLI, NotNegative, ""),
            reading("storage_voltage_v", MILLI, NotNegative, "RMS, of the storage's output"),
            reading("dip_4", off_on(), Any, "its switch for the delayed return to the grid"),
            reading("restarts", PinForm::Number, Any, "how often somebody has switched it off and on"),
            reading("bypass", off_on(), Any, "where its handle is"),
            command("source", states(&["grid", "storage"]), Any, "which contacts to head for"),
            command("l1_shed", no_yes(), Any, "whether this phase is disconnected"),
            command("l2_shed", no_yes(), Any, ""),
            command("l3_shed", no_yes(), Any, ""),
            claim("state", state, Any, ""),
            claim("dip_4_in_use", off_on(), Any, "the position that it goes by"),
            claim("meter_model", states(&["none", "BackupBox_PLUS"]), Any, "what the storage's page shows once the meter is selected"),
        ],
        alarms: Vec::new(),
    }
}
