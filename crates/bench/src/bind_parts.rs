//! Built-in controllers of roles that are made of pins, by the word of their declaration.

use blackstart_controllers::{PackControl, PackRules};
use blackstart_engine::{Controller, Terminal};
use blackstart_plant::PartRole;

/// The controller of a role; `None` where there is none of that name, or its pins do not do.
pub(crate) fn built_in(made: &PartRole, terminal: &Terminal) -> Option<Box<dyn Controller>> {
    let Terminal { readings, commands, .. } = terminal;
    match made.role.built_in.as_str() {
        "pack" => Some(Box::new(PackControl::new(pack_rules(made), readings, commands)?)),
        _ => None,
    }
}

fn pack_rules(made: &PartRole) -> PackRules {
    let rules = made.rules;
    PackRules {
        period: rules.period_ms.time(),
        cell_high: rules.cell_high_v.volts().0,
        cell_high_clear: rules.cell_high_clear_v.volts().0,
        cell_low: rules.cell_low_v.volts().0,
        cell_low_clear: rules.cell_low_clear_v.volts().0,
        discharge_limit: rules.discharge_limit_a.amperes().0,
        charge_limit: rules.charge_limit_a.amperes().0,
        hottest: rules.hottest_c.plain(),
        coldest_charge: rules.coldest_charge_c.plain(),
        temperature_hysteresis: rules.temperature_hysteresis_k.plain(),
        limit_time: rules.limit_time_ms.time(),
        precharge_within: rules.precharge_within_v.volts().0,
        precharge_timeout: rules.precharge_timeout_ms.time(),
        feedback_time: rules.feedback_time_ms.time(),
        interlock_time: rules.interlock_time_ms.time(),
        balance_above: rules.balance_above_v.volts().0,
        balance_difference: rules.balance_difference_mv.volts().0,
        body_diode_current: rules.body_diode_current_a.amperes().0,
    }
}
