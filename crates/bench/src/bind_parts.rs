//! Built-in controllers of roles that are made of pins, by the word of their declaration.

use blackstart_controllers::{BatteryManagement, ManagementRules, Nobody, PackControl, PackRules};
use blackstart_engine::{Controller, Terminal};
use blackstart_plant::PartRole;
use blackstart_scenario::kinds::pack_rules::PackRulesAmounts;
use blackstart_scenario::kinds::pairing_rules::PairingRulesAmounts;
use blackstart_scenario::{BmsSettings, ChargeLimits};
use blackstart_units::{AmpereHours, Celsius, Fraction};

/// The controller of a role; `None` where there is none of that name, or its pins do not do.
pub(crate) fn built_in(made: &PartRole, terminal: &Terminal) -> Option<Box<dyn Controller>> {
    let Terminal { readings, commands, claims, .. } = terminal;
    match made.role.built_in.as_str() {
        "pack" => Some(Box::new(PackControl::new(pack_rules(made)?, readings, commands)?)),
        "pairing" => {
            let paired = readings.index("stored_paired").map(|place| readings.get(place) > 0.5);
            let rules = pairing_rules(made, paired?)?;
            Some(Box::new(BatteryManagement::new(rules, readings, commands, claims)?))
        }
        "nobody" => Some(Box::new(Nobody)),
        _ => None,
    }
}

fn pairing_rules(made: &PartRole, paired: bool) -> Option<ManagementRules> {
    let rules: PairingRulesAmounts = made.rules.amounts()?;
    let cells = made.cells.as_ref()?;
    let each = |key| (0..cells.elements()).filter_map(move |k| cells.amount_of(k, key));
    let mean = |values: Vec<f64>| {
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    Some(ManagementRules {
        settings: BmsSettings {
            precharge_delta: rules.precharge_delta_v.volts(),
            precharge_current: rules.precharge_current_ma.amperes(),
            precharge_timeout: rules.precharge_timeout_s.time(),
            precharge_tries: rules.precharge_tries.count() as u32,
            precharge_pause: rules.precharge_pause_s.time(),
            cell_cutoff: rules.cell_cutoff_v.volts(),
            cell_cutoff_delay: rules.cell_cutoff_delay_s.time(),
            charge_limits: Some(ChargeLimits {
                lowest: Celsius(rules.charge_lowest_temperature_c.plain()),
                highest: Celsius(rules.charge_highest_temperature_c.plain()),
                current: rules.charge_detect_current_a.amperes(),
                delay: rules.charge_temperature_delay_s.time(),
            }),
            paired,
        },
        capacity: mean(each("capacity_ah").map(|one| one.ampere_hours().0).collect())
            .map(AmpereHours)?,
        stored_soc: mean(each("soc_pct").map(|one| one.fraction().0).collect()).map(Fraction)?,
    })
}

fn pack_rules(made: &PartRole) -> Option<PackRules> {
    let rules: PackRulesAmounts = made.rules.amounts()?;
    Some(PackRules {
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
    })
}
