//! A battery module: cells and what watches them, without a switch of their own.

use blackstart_roles::{Protection, RoleKind};
use blackstart_units::{AmpereHours, Amperes, Celsius, Fraction, Ohms, SimTime, Volts};

use super::{
    Amounts, GroupKey, OfPart, PartKind, Quiescent, TableForm, TableKey, Through, amounts, same,
};
use crate::levels::Levels;
use crate::open_circuit::open_circuit;
use crate::part::Part;
use crate::resolved::{Cell, CellLaws, Node};

amounts! {
    /// One cell of a module, and how many there are.
    ModuleCellAmounts {
        /// Cells in series, 1 to 1024.
        cell_count: Count,
        /// Capacity.
        capacity_ah: Positive each,
        /// Ohmic resistance of one cell.
        resistance_mohm: Positive each,
        /// Resistance of the faster relaxation.
        fast_relaxation_resistance_mohm: NotNegative,
        /// Time constant of the faster relaxation.
        fast_relaxation_time_s: Positive,
        /// Resistance of the slower relaxation.
        slow_relaxation_resistance_mohm: NotNegative,
        /// Time constant of the slower relaxation.
        slow_relaxation_time_s: Positive,
        /// State of charge at the start of a run.
        soc_pct: Charge initial each,
        /// Below this voltage a cell must not be charged again.
        damage_voltage_v: Positive,
        /// Charge between the lowest point of the open-circuit curve and the damage voltage, as a share of the capacity.
        reserve_pct: Reserve,
        /// Share of the capacity that is lost in 30 days of rest.
        self_discharge_pct_per_30d: Share,
    }
}

amounts! {
    /// Where the step of the open-circuit curve lies.
    ModulePlateauAmounts {
        /// Charge at which the step lies. The curve has it at 70 %; from 40 to 95 % it is stretched.
        plateau_step_pct: Plateau,
    }
}

amounts! {
    /// How the cells of a module depend on temperature, charge and the direction of their current.
    ModuleLawAmounts {
        /// Resistances grow as exp(activation·(1/T − 1/298.15 K)).
        resistance_activation_k: NotNegative,
        /// Factor of the resistances at 0 % of charge.
        empty_resistance_factor: Multiple,
        /// Half the gap between the open-circuit curves after charge and after discharge.
        hysteresis_mv: NotNegative,
        /// Share of the capacity after which 63 % of a turn between them is done.
        hysteresis_span_pct: Efficiency,
        /// Of all cells together.
        heat_capacity_kj_per_k: Positive,
        /// From the cells to ambient.
        thermal_resistance_k_per_w: Positive,
        /// Around the battery.
        ambient_temperature_c: Ambient,
        /// Of the cells at the start of a run.
        cell_temperature_c: Ambient initial,
    }
}

amounts! {
    /// Conductors and electronics of a module, and what it may carry.
    ModuleAmounts {
        /// Nominal voltage of the module.
        nominal_voltage_v: Positive,
        /// Terminals, busbars and connectors in series with the cells.
        path_resistance_mohm: Positive,
        /// What the module's own electronics take from the cells.
        electronics_ma: NotNegative,
        /// Continuous discharge current.
        discharge_current_a: Positive,
        /// Discharge current for the pulse time.
        pulse_discharge_current_a: Positive,
        /// Continuous charge current.
        charge_current_a: Positive,
        /// Charge current for the pulse time.
        pulse_charge_current_a: Positive,
        /// How long a pulse may last.
        pulse_time_s: Positive,
        /// Share of the capacity that may still leave after a cut-off before the cells are damaged.
        reserve_after_cut_off_pct: Reserve,
    }
}

amounts! {
    /// What a module watches and tells the BMS over its cable.
    MonitorAmounts {
        /// 1 when it has a pre-alarm, 0 when it goes straight to the alarm.
        has_pre_alarm: Flag,
        /// A cell at or below this voltage is about to be too low …
        pre_alarm_cell_v: Positive,
        /// … until every cell is above this one.
        pre_alarm_clear_v: Positive,
        /// A cell at or below this voltage is too low …
        low_cell_v: Positive,
        /// … until every cell is above this one.
        low_cell_clear_v: Positive,
        /// A cell at or above this voltage is too high …
        high_cell_v: Positive,
        /// … until every cell is below this one.
        high_cell_clear_v: Positive,
        /// Below this temperature the cells must not be charged.
        coldest_charge_c: Ambient,
        /// Above this temperature the cells must not be charged.
        hottest_charge_c: Ambient,
        /// By how much the temperature must come back.
        temperature_hysteresis_k: Positive,
        /// Time between two conversions.
        monitor_period_ms: Positive,
        /// Noise of a cell voltage, one σ.
        cell_noise_mv: NotNegative,
        /// Time between two reports of charge and current; 0 when it reports none.
        report_period_s: NotNegative,
        /// By how much its count is above the true charge at the start of a run, as a share of the capacity.
        count_error_pct: Error,
    }
}

/// A battery module.
pub const BATTERY_MODULE: PartKind = PartKind {
    name: "battery-module",
    doc: "Cells and what watches them, without a switch of their own.",
    ends: &["from", "to"],
    elements: Some(("cell", "cell_count")),
    through: Through::Cells,
    draws: |_, _| Some(Quiescent { key: "electronics_ma", called: "electronics" }),
    fits: true,
    groups: &[
        GroupKey {
            key: "cells",
            doc: "One cell, and how many there are.",
            amounts: ModuleCellAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "plateaus",
            doc: "Where the step of the open-circuit curve lies, if it has one.",
            amounts: ModulePlateauAmounts::KEYS,
            is_optional: true,
        },
        GroupKey {
            key: "laws",
            doc: "How they depend on temperature, charge and the direction of their current.",
            amounts: ModuleLawAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "module",
            doc: "Conductors, electronics, currents.",
            amounts: ModuleAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "monitor",
            doc: "What it tells a BMS; absent for a battery that tells nobody.",
            amounts: MonitorAmounts::KEYS,
            is_optional: true,
        },
    ],
    levels: &[
        Levels::up_to("discharge_current_a", "pulse_discharge_current_a"),
        Levels::up_to("charge_current_a", "pulse_charge_current_a"),
        Levels::below("pre_alarm_cell_v", "pre_alarm_clear_v"),
        Levels::below("low_cell_v", "low_cell_clear_v"),
        Levels::below("high_cell_clear_v", "high_cell_v"),
        Levels::below("low_cell_v", "high_cell_v"),
        Levels::below("coldest_charge_c", "hottest_charge_c"),
    ],
    tables: &[TableKey {
        key: "open_circuit_voltage",
        doc: "Open-circuit voltage of one cell over its state of charge, both ascending. Below the lowest point it goes on in a straight line to the damage voltage, which it reaches where the reserve is used up.",
        rule: "charge and voltage must both rise from point to point",
        in_order: |a, b| a.0 < b.0 && a.1 < b.1,
        form: TableForm { over: "soc_pct", gives: "voltage_v" },
        scales_with: None,
    }],
    mistakes: super::cells::damage_on_the_curve,
    control: |part| part.group::<MonitorAmounts>("monitor").map(|_| "monitor"),
    // The discharge floor is its BMS's.
    guarded_by: Some((RoleKind::CellMonitor, &[Protection::LowSoc])),
    same: same::<BatteryModule>,
    ..PartKind::NONE
};

/// Cells between `from` (minus) and `to` (plus), without a switch of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct BatteryModule {
    /// Minus.
    pub from: Node,
    /// Plus.
    pub to: Node,
    /// Cells in series.
    pub cells: Vec<Cell>,
    /// Open-circuit voltage over state of charge, both ascending.
    pub ocv: Vec<(Fraction, Volts)>,
    /// How the cells depend on temperature, charge and direction.
    pub laws: CellLaws,
    /// Rated capacity.
    pub capacity: AmpereHours,
    /// State of charge that it has counted before the run.
    pub stored_soc: Fraction,
    /// Nominal voltage.
    pub nominal_voltage: Volts,
    /// In series with the cells.
    pub resistance: Ohms,
    /// What its electronics take.
    pub electronics: Amperes,
    /// Discharge currents: continuous, and for the pulse time.
    pub discharge_current: (Amperes, Amperes),
    /// Charge currents: continuous, and for the pulse time.
    pub charge_current: (Amperes, Amperes),
    /// How long a pulse may last.
    pub pulse_time: SimTime,
    /// Share of the capacity that may leave after a cut-off.
    pub reserve_after_cut_off: Fraction,
    /// Below this voltage a cell must not be charged again.
    pub damage_voltage: Volts,
    /// Self-discharge per 30 days, as a share of the capacity.
    pub self_discharge_30d: Fraction,
    /// What it watches; `None` for a battery that tells nobody.
    pub monitor: Option<Monitor>,
}

/// What a module watches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Monitor {
    /// Whether it has a pre-alarm.
    pub has_pre_alarm: bool,
    /// Pre-alarm: at or below the first, until above the second.
    pub pre_alarm: (Volts, Volts),
    /// Low cell: at or below the first, until above the second.
    pub low_cell: (Volts, Volts),
    /// High cell: at or above the first, until below the second.
    pub high_cell: (Volts, Volts),
    /// Temperatures between which the cells may be charged.
    pub charge_window: (Celsius, Celsius),
    /// By how much the temperature must come back, K.
    pub temperature_hysteresis: f64,
    /// Time between two conversions.
    pub period: SimTime,
    /// Noise of a cell voltage, one σ.
    pub noise: Volts,
    /// Time between two reports of charge; `None` when it reports none.
    pub report_period: Option<SimTime>,
}

impl OfPart for BatteryModule {
    const KIND: &'static PartKind = &BATTERY_MODULE;

    fn of(part: &Part) -> Option<Self> {
        let cells: ModuleCellAmounts = part.group("cells")?;
        let laws: ModuleLawAmounts = part.group("laws")?;
        let module: ModuleAmounts = part.group("module")?;
        let monitor: Option<MonitorAmounts> = part.group("monitor");
        let &[from, to] = &part.ends[..] else { return None };
        let each: Vec<Cell> =
            (0..part.elements()).map(|k| cell(part, &cells, k)).collect::<Option<_>>()?;
        let mean = |value: fn(&Cell) -> f64| {
            each.iter().map(value).sum::<f64>() / each.len().max(1) as f64
        };
        let count_error = monitor.map_or(Fraction(0.0), |one| one.count_error_pct.fraction());
        Some(Self {
            from,
            to,
            capacity: AmpereHours(mean(|cell| cell.capacity.0)),
            stored_soc: Fraction((mean(|cell| cell.soc.0) + count_error.0).clamp(0.0, 1.0)),
            cells: each,
            ocv: curve(part, &cells),
            laws: CellLaws {
                activation: laws.resistance_activation_k.plain(),
                empty_factor: laws.empty_resistance_factor.plain(),
                hysteresis: laws.hysteresis_mv.volts(),
                hysteresis_span: laws.hysteresis_span_pct.fraction(),
                heat_capacity: laws.heat_capacity_kj_per_k.plain(),
                thermal_resistance: laws.thermal_resistance_k_per_w.plain(),
                ambient: Celsius(laws.ambient_temperature_c.plain()),
                temperature: Celsius(laws.cell_temperature_c.plain()),
            },
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
            monitor: monitor.map(|monitor| Monitor::of(&monitor)),
        })
    }
}

fn cell(part: &Part, cells: &ModuleCellAmounts, k: usize) -> Option<Cell> {
    Some(Cell {
        capacity: part.amount_of(k, "capacity_ah")?.ampere_hours(),
        resistance: part.amount_of(k, "resistance_mohm")?.ohms(),
        relaxation: [
            (cells.fast_relaxation_resistance_mohm.ohms(), cells.fast_relaxation_time_s.seconds()),
            (cells.slow_relaxation_resistance_mohm.ohms(), cells.slow_relaxation_time_s.seconds()),
        ],
        soc: part.amount_of(k, "soc_pct")?.fraction(),
    })
}

/// The curve of the file, its step where it lies, extended to the damage voltage.
fn curve(part: &Part, cells: &ModuleCellAmounts) -> Vec<(Fraction, Volts)> {
    let points = part.table("open_circuit_voltage").iter();
    let points: Vec<_> = points.map(|&(soc, volts)| (Fraction(soc), Volts(volts))).collect();
    let step: Option<ModulePlateauAmounts> = part.group("plateaus");
    let below = (cells.reserve_pct.fraction(), cells.damage_voltage_v.volts());
    open_circuit(&points, step.map(|one| one.plateau_step_pct.fraction()), below)
}

impl Monitor {
    fn of(amounts: &MonitorAmounts) -> Self {
        let report = amounts.report_period_s.time();
        Self {
            has_pre_alarm: amounts.has_pre_alarm.is_yes(),
            pre_alarm: (amounts.pre_alarm_cell_v.volts(), amounts.pre_alarm_clear_v.volts()),
            low_cell: (amounts.low_cell_v.volts(), amounts.low_cell_clear_v.volts()),
            high_cell: (amounts.high_cell_v.volts(), amounts.high_cell_clear_v.volts()),
            charge_window: (
                Celsius(amounts.coldest_charge_c.plain()),
                Celsius(amounts.hottest_charge_c.plain()),
            ),
            temperature_hysteresis: amounts.temperature_hysteresis_k.plain(),
            period: amounts.monitor_period_ms.time(),
            noise: amounts.cell_noise_mv.volts(),
            report_period: (report > SimTime::ZERO).then_some(report),
        }
    }
}
