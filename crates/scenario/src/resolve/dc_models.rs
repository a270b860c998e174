//! Sections of what is fed from a DC bus to models: which parameter goes where.

use blackstart_units::{AmpereHours, Amperes, Celsius, Fraction, SimTime, Volts};

use super::models::cell_laws;
use super::parameters::ParameterReader;
use crate::code::Code;
use crate::dc_model::{BatteryModule, Monitor};
use crate::dc_sections::{
    Alarms, AlternatorPortSection, Bank, Charge, Consumption, Module, MonitorSection, Outputs,
    RemoteTerminals, SupplyFuseSection, Update,
};
use crate::device_file::{CodeEntry, FuseLimit};
use crate::diagnostic::Problem;
use crate::external_bms::{
    AlternatorPort, AlternatorRules, BmsRules, ChargeRules, Condition, ExternalBms, OutputStage,
    RemoteTerminalRules, SupplyFuse,
};
use crate::parameter_entry::TableEntry;
use crate::resolved::{Cell, Node};
use crate::sections::{Cells, Laws};
use crate::unit::Amount;

type Ends = (Node, Node);

/// What a battery module is built from.
pub struct ModuleParts {
    pub cells: Cells<Amount>,
    pub each: Vec<Cell>,
    pub ocv: Vec<(Fraction, Volts)>,
    pub laws: Laws<Amount>,
    pub module: Module<Amount>,
    pub monitor: Option<MonitorSection<Amount>>,
}

/// What a BMS outside of the batteries is built from.
pub struct BmsParts {
    pub outputs: Outputs<Amount>,
    pub alarms: Alarms<Amount>,
    pub remote: RemoteTerminals<Amount>,
    pub consumption: Consumption<Amount>,
    pub supply_fuse: SupplyFuseSection<Amount>,
    pub update: Option<Update<Amount>>,
    pub bank: Bank<Amount>,
    pub charge: Option<Charge<Amount>>,
    pub alternator: Option<AlternatorPort>,
    pub codes: Vec<(Condition, String)>,
}

pub fn battery_module(parts: ModuleParts, (from, to): Ends) -> BatteryModule {
    let ModuleParts { cells, each, ocv, laws, module, monitor } = parts;
    let mean =
        |value: fn(&Cell) -> f64| each.iter().map(value).sum::<f64>() / each.len().max(1) as f64;
    let count_error = monitor.as_ref().map_or(Fraction(0.0), |one| one.count_error_pct.fraction());
    BatteryModule {
        from,
        to,
        capacity: AmpereHours(mean(|cell| cell.capacity.0)),
        stored_soc: Fraction((mean(|cell| cell.soc.0) + count_error.0).clamp(0.0, 1.0)),
        cells: each,
        ocv,
        laws: cell_laws(&laws),
        nominal_voltage: module.nominal_voltage_v.volts(),
        resistance: module.path_resistance_mohm.ohms(),
        electronics: module.electronics_ma.amperes(),
        discharge_current: (
            module.discharge_current_a.amperes(),
            module.pulse_discharge_current_a.amperes(),
        ),
        charge_current: (
            module.charge_current_a.amperes(),
            module.pulse_charge_current_a.amperes(),
        ),
        pulse_time: module.pulse_time_s.time(),
        reserve_after_cut_off: module.reserve_after_cut_off_pct.fraction(),
        damage_voltage: cells.damage_voltage_v.volts(),
        self_discharge_30d: cells.self_discharge_pct_per_30d.fraction(),
        monitor: monitor.as_ref().map(monitor_model),
    }
}

fn monitor_model(monitor: &MonitorSection<Amount>) -> Monitor {
    let report = monitor.report_period_s.time();
    Monitor {
        has_pre_alarm: monitor.has_pre_alarm.is_yes(),
        pre_alarm: (monitor.pre_alarm_cell_v.volts(), monitor.pre_alarm_clear_v.volts()),
        low_cell: (monitor.low_cell_v.volts(), monitor.low_cell_clear_v.volts()),
        high_cell: (monitor.high_cell_v.volts(), monitor.high_cell_clear_v.volts()),
        charge_window: (
            Celsius(monitor.coldest_charge_c.plain()),
            Celsius(monitor.hottest_charge_c.plain()),
        ),
        temperature_hysteresis: monitor.temperature_hysteresis_k.plain(),
        period: monitor.monitor_period_ms.time(),
        noise: monitor.cell_noise_mv.volts(),
        report_period: (report > SimTime::ZERO).then_some(report),
    }
}

pub fn external_bms(parts: BmsParts, (from, to): Ends) -> ExternalBms {
    let BmsParts { outputs, alarms, remote, consumption, supply_fuse, bank, alternator, .. } =
        &parts;
    let stage = |rating: Amount, protected: Amount, drop: Amount| OutputStage {
        rating: rating.amperes(),
        protected: protected.is_yes(),
        drop: drop.volts(),
    };
    let drop = outputs.output_drop_v;
    ExternalBms {
        from,
        to,
        outputs: [
            stage(outputs.load_output_ma, outputs.load_output_protected, drop),
            stage(outputs.charge_output_ma, outputs.charge_output_protected, drop),
            stage(
                outputs.pre_alarm_output_ma,
                outputs.pre_alarm_output_protected,
                outputs.pre_alarm_drop_v,
            ),
        ],
        rules: bms_rules(&parts),
        period: alarms.supply_period_ms.time(),
        remote_joined: remote.remote_joined.is_yes(),
        consumption: [
            consumption.on_ma,
            consumption.low_ma,
            consumption.off_ma,
            consumption.all_off_ma,
        ]
        .map(Amount::amperes),
        supply_fuse: SupplyFuse {
            fitted: supply_fuse.supply_fuse_ma.amperes(),
            allowed: (
                supply_fuse.smallest_supply_fuse_ma.amperes(),
                supply_fuse.largest_supply_fuse_ma.amperes(),
            ),
            factor: supply_fuse.supply_fuse_factor.plain(),
        },
        supplied_by_alternator: consumption.supplied_by_alternator_port.is_yes(),
        most_batteries: bank.most_batteries.count(),
        most_energy_wh: [
            bank.most_energy_12_v_kwh,
            bank.most_energy_24_v_kwh,
            bank.most_energy_48_v_kwh,
        ]
        .map(Amount::plain),
        alternator: *alternator,
    }
}

/// Whether its batteries make a bank, and what voltage is full for them, `banks` finds out later.
fn bms_rules(parts: &BmsParts) -> BmsRules {
    let BmsParts { alarms, remote, charge, codes, update, .. } = parts;
    BmsRules {
        pre_alarm_lead: alarms.pre_alarm_lead_s.time(),
        stops_charge_when_cold: alarms.stops_charge_when_cold.is_yes(),
        supply_window: (alarms.lowest_supply_v.volts(), alarms.highest_supply_v.volts()),
        allowed_window: (alarms.lowest_allowed_v.volts(), alarms.highest_allowed_v.volts()),
        expects_pre_alarm: alarms.expects_pre_alarm.is_yes(),
        valid_bank: true,
        update_grace: update.as_ref().map(|update| update.update_grace_s.time()),
        remote: RemoteTerminalRules {
            l_below: remote.remote_l_below_v.volts(),
            h_above: remote.remote_h_above_v.volts(),
            disables_all: remote.remote_disables_all.is_yes(),
        },
        charge: charge.as_ref().map(|charge| ChargeRules {
            floor: charge.discharge_floor_pct.fraction(),
            warning: charge.low_soc_warning_pct.fraction(),
            hysteresis: charge.soc_hysteresis_pct.fraction(),
            charged_voltage: charge.charged_voltage_v.volts(),
            tail: charge.tail_current_pct.fraction(),
            charged_time: charge.charged_time_s.time(),
            balanced_within: charge.balanced_within_mv.volts(),
            full_charge_memory: charge.full_charge_memory_s.time(),
        }),
        codes: codes.clone(),
    }
}

/// The port, with its limit from the table: the shunt is the fitted fuse, whose voltage is read as
/// that of the set one, and resistances of fuses go as the inverse of their rating.
pub fn alternator_port(
    port: &AlternatorPortSection<Amount>,
    table: Option<&TableEntry<FuseLimit>>,
    reader: &mut ParameterReader<'_>,
) -> AlternatorPort {
    let fitted = (port.fitted_fuse_a.amperes(), port.fitted_fuse_count.count());
    let set = (port.set_fuse_a.amperes(), port.set_fuse_count.count());
    let total = |(rating, count): (Amperes, usize)| rating.0 * count as f64;
    let (limit, lowest, highest) =
        (port.charge_limit_v, port.charge_limit_lowest_v, port.charge_limit_highest_v);
    if limit.plain() < lowest.plain() || limit.plain() > highest.plain() {
        let place = reader.place_of_value("alternator_port", "charge_limit_v");
        let message = format!("`charge_limit_v` cannot be {}", limit.plain());
        let label = format!("expected {} to {}", lowest.plain(), highest.plain());
        reader.in_settings.push(Problem::at(place, Code::OutOfRange, message).label(label));
    }
    let path = format!("{}.fuse_limits", reader.instance);
    let mut rows = table.map_or(&[][..], TableEntry::points).iter();
    if let Some(table) = table {
        reader.provenance.tables.insert(path, table.source());
    }
    let row = rows.find(|row| (Amperes(row.fuse_a), row.fuse_count as usize) == set);
    if row.is_none() {
        let place = reader.place_of_value("alternator_port", "set_fuse_a");
        let message = format!("no limit is known for {} fuses of {}", set.1, set.0);
        let problem = Problem::at(place, Code::OutOfRange, message);
        reader.in_settings.push(problem.label("expected a row of `fuse_limits`"));
    }
    AlternatorPort {
        rules: AlternatorRules {
            on_above: port.alternator_on_above_v.volts(),
            pause: port.alternator_pause_s.time(),
            charge_limit: limit.volts(),
            charge_resume: limit.volts() - port.charge_resume_below_limit_v.volts(),
            resume_time: port.charge_resume_time_s.time(),
        },
        resistance: port.alternator_path_mohm.ohms(),
        current_limit: Amperes(row.map_or(0.0, |row| row.limit_a)) * (total(fitted) / total(set)),
        fitted,
        set,
    }
}

pub fn codes(
    table: Option<&TableEntry<CodeEntry>>,
    reader: &mut ParameterReader<'_>,
) -> Vec<(Condition, String)> {
    let Some(table) = table else { return Vec::new() };
    reader.provenance.tables.insert(format!("{}.codes", reader.instance), table.source());
    table.points().iter().map(|entry| (entry.when, entry.code.clone())).collect()
}
