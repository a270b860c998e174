//! Rows of what is fed from a DC bus: a BMS outside of the batteries, monitors in them, remote switches, chargers.

use crate::pin::{PinForm, PinRange};
use crate::protection::Protection;
use crate::role::{Role, RoleKind};
use crate::rows::{
    HUNDREDTHS, MILLI, TENTHS_OF_MILLI, alarms, claim, command, no_yes, off_on, open_closed,
    reading, states,
};

#[rustfmt::skip]
pub(crate) fn external_bms() -> Role {
    use PinRange::{Any, NotNegative};
    let driven = || states(&["open", "driven"]);
    let output = || states(&["floating", "high"]);
    let balancer = states(&["unknown", "balanced", "unbalanced", "balancing"]);
    Role {
        kind: RoleKind::ExternalBms,
        title: "Control of a BMS outside of the batteries".to_owned(),
        pins: vec![
            reading("supply_voltage_v", MILLI, Any, "its own supply"),
            reading("bank_voltage_v", MILLI, Any, "of the batteries"),
            reading("port_voltage_v", MILLI, Any, "of the alternator's port"),
            reading("remote_joined", no_yes(), Any, "whether its remote terminals are bridged"),
            reading("remote_l", driven(), Any, "whether anything drives its terminal L …"),
            reading("remote_l_v", MILLI, Any, "… and at which voltage"),
            reading("remote_h", driven(), Any, "the same for terminal H …"),
            reading("remote_h_v", MILLI, Any, "…"),
            reading("remote_h_to_plus", no_yes(), Any, "whether terminal H is wired to plus"),
            reading("pre_alarm", no_yes(), Any, "line of the battery cable: a cell is about to be too low"),
            reading("low_cell", no_yes(), Any, "line of the battery cable: a cell is too low"),
            reading("high_cell", no_yes(), Any, "line of the battery cable: a cell is too high"),
            reading("cold", no_yes(), Any, "line of the battery cable: too cold to be charged"),
            reading("hot", no_yes(), Any, "line of the battery cable: too hot to be charged"),
            reading("battery_lost", no_yes(), Any, "whether the battery cable is broken"),
            reading("soc_pct", HUNDREDTHS, Any, "mean of what the batteries report"),
            reading("rate_per_h", TENTHS_OF_MILLI, Any, "current per capacity, discharge positive"),
            reading("imbalance_v", TENTHS_OF_MILLI, NotNegative, "between the highest and the lowest cell"),
            reading("update", states(&["none", "running", "failed"]), Any, "of its firmware"),
            command("load_output", output(), Any, "load disconnect: high while loads may run"),
            command("charge_output", output(), Any, "charge disconnect: high while chargers may run"),
            command("pre_alarm_output", output(), Any, "high before the load output floats"),
            command("alternator_path", open_closed(), Any, "from the alternator's port to the batteries"),
            claim("state", off_on(), Any, ""),
            claim("discharge", states(&["allowed", "pre-alarm", "stopped"]), Any, ""),
            claim("charge", states(&["allowed", "stopped"]), Any, ""),
            claim("alarm", PinForm::Alarms, Any, "none, or one of the codes that its device file lists"),
            claim("soc_pct", HUNDREDTHS, Any, "state of charge"),
            claim("time_remaining_h", HUNDREDTHS, Any, "until the discharge floor"),
            claim("balancer", balancer, Any, ""),
        ],
        alarms: alarms(&[("none", None)]),
    }
}

#[rustfmt::skip]
pub(crate) fn cell_monitor() -> Role {
    use PinRange::{Any, Cell, NotNegative};
    Role {
        kind: RoleKind::CellMonitor,
        title: "Monitor in a battery module".to_owned(),
        pins: vec![
            reading("lowest_cell_v", TENTHS_OF_MILLI, Cell, ""),
            reading("highest_cell_v", TENTHS_OF_MILLI, Cell, ""),
            reading("temperature_c", HUNDREDTHS, Any, "of the cells"),
            reading("pack_current_a", MILLI, Any, "discharge positive"),
            reading("passed_charge_c", HUNDREDTHS, Any, "coulomb counter, discharge positive"),
            command("pre_alarm", no_yes(), Any, "line of the battery cable: a cell is about to be too low"),
            command("low_cell", no_yes(), Any, "line of the battery cable: a cell is too low"),
            command("high_cell", no_yes(), Any, "line of the battery cable: a cell is too high"),
            command("cold", no_yes(), Any, "line of the battery cable: too cold to be charged"),
            command("hot", no_yes(), Any, "line of the battery cable: too hot to be charged"),
            command("soc_pct", HUNDREDTHS, NotNegative, "what it tells the BMS of its charge"),
            command("rate_per_h", TENTHS_OF_MILLI, Any, "current per capacity, discharge positive"),
            command("imbalance_v", TENTHS_OF_MILLI, NotNegative, "between the highest and the lowest cell"),
            claim("alarm", PinForm::Alarms, Any, ""),
        ],
        alarms: alarms(&[
            ("none", None),
            ("pre-alarm", None),
            ("low-cell", Some(Protection::CellUnderVoltage)),
            ("high-cell", Some(Protection::CellOverVoltage)),
            ("cold", Some(Protection::ChargeUnderTemperature)),
            ("hot", Some(Protection::ChargeOverTemperature)),
        ]),
    }
}

#[rustfmt::skip]
pub(crate) fn remote_switch() -> Role {
    use PinRange::Any;
    let state = states(&["remote-off", "open", "closing", "closed", "opening"]);
    Role {
        kind: RoleKind::RemoteSwitch,
        title: "Control of a remote switch".to_owned(),
        pins: vec![
            reading("sensed_voltage_v", MILLI, Any, "on the side that it looks at"),
            reading("remote", off_on(), Any, "what its remote input makes of the wires that end there"),
            reading("starts_closed", no_yes(), Any, "what it was before the run"),
            command("contact", open_closed(), Any, ""),
            claim("state", state, Any, ""),
        ],
        alarms: Vec::new(),
    }
}

#[rustfmt::skip]
pub(crate) fn charger() -> Role {
    use PinRange::{Any, NotNegative};
    let state = states(&["off", "on", "bulk", "absorption", "float", "error"]);
    Role {
        kind: RoleKind::Charger,
        title: "Control of a charger".to_owned(),
        pins: vec![
            reading("battery_voltage_v", MILLI, Any, "on its output"),
            reading("output_current_a", MILLI, Any, "charge positive"),
            reading("allowed", no_yes(), Any, "what its remote input makes of the wires that end there; without one it always may"),
            reading("input", off_on(), Any, "whether what feeds it is there: mains, sun, a running engine"),
            reading("set_voltage_v", MILLI, NotNegative, "what is set on it, by its file or by somebody"),
            reading("rated_current_a", MILLI, NotNegative, "the most that it can give"),
            command("voltage_setpoint_v", MILLI, NotNegative, "where its current ends"),
            command("current_limit_a", MILLI, NotNegative, "never more than it can give; 0 gives nothing"),
            command("enable", no_yes(), Any, "whether its output gives anything"),
            claim("state", state, Any, "on: no stages, it gives what is set whenever it may"),
            claim("alarm", PinForm::Alarms, Any, ""),
        ],
        // The protections of the table guard cells: none of these is a trip of a battery.
        alarms: alarms(&[
            ("none", None),
            ("over-voltage", None),
            ("over-temperature", None),
            ("measurement", None),
        ]),
    }
}
