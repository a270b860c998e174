//! Sections in SI units to models: which parameter goes where.
//!
//! There is no arithmetic in it.

use blackstart_units::{Celsius, Fraction, Volts};

use crate::resolved::{
    Battery, BmsSettings, Cell, CellLaws, ChargeLimits, Comparator, Contactor, Node, Sensing,
    Switch,
};
use crate::sections::{
    Bms, Cells, ChargeLimitSection, Charging, ContactorSection, FrontEnd, Laws, Port, PowerStage,
    Precharge, SensingSection,
};
use crate::unit::Amount;

/// What a battery is built from.
pub struct BatteryParts {
    pub cells: Cells<Amount>,
    pub each: Vec<Cell>,
    pub ocv: Vec<(Fraction, Volts)>,
    pub laws: Laws<Amount>,
    pub power_stage: PowerStage<Amount>,
    pub contactor: Option<ContactorSection<Amount>>,
    pub charging: Charging<Amount>,
    pub charge_limits: Option<ChargeLimitSection<Amount>>,
    pub port: Port<Amount>,
    pub precharge: Precharge<Amount>,
    pub front_end: FrontEnd<Amount>,
    pub sensing: SensingSection<Amount>,
    pub bms: Bms<Amount>,
}

pub fn battery(parts: BatteryParts, (from, to): (Node, Node)) -> Battery {
    let BatteryParts {
        cells,
        each,
        ocv,
        laws,
        power_stage,
        contactor,
        charging,
        charge_limits,
        port,
        precharge,
        front_end,
        sensing,
        bms,
    } = parts;
    Battery {
        from,
        to,
        cells: each,
        ocv,
        laws: cell_laws(&laws),
        resistance: power_stage.path_resistance_mohm.ohms(),
        inductance: power_stage.path_inductance_uh.henries(),
        switch: switch(&power_stage, contactor.as_ref()),
        charge_power: charging.charge_power_w.watts(),
        charge_end_voltage: charging.charge_end_voltage_v.volts(),
        continuous_current: port.continuous_current_a.amperes(),
        peak_current: port.peak_current_a.amperes(),
        precharge_resistance: precharge.precharge_resistance_ohm.ohms(),
        precharge_rating: precharge.precharge_rating_j.joules(),
        scd: Comparator {
            threshold: front_end.scd_threshold_a.amperes(),
            delay: front_end.scd_delay_us.time(),
        },
        ocd: Comparator {
            threshold: front_end.ocd_threshold_a.amperes(),
            delay: front_end.ocd_delay_ms.time(),
        },
        sense_filter: front_end.sense_filter_us.seconds(),
        shunt_time: front_end.shunt_time_us.seconds(),
        overvoltage: Comparator {
            threshold: front_end.front_end_overvoltage_v.volts(),
            delay: front_end.front_end_overvoltage_delay_s.time(),
        },
        undervoltage: Comparator {
            threshold: front_end.front_end_undervoltage_v.volts(),
            delay: front_end.front_end_undervoltage_delay_s.time(),
        },
        command_latency: power_stage.command_latency_us.time(),
        quiescent_draw: power_stage.quiescent_draw_w.watts(),
        sensing: Sensing {
            period: sensing.sensing_period_ms.time(),
            latency: sensing.sensing_latency_ms.time(),
            voltage_noise: sensing.voltage_noise_mv.volts(),
            current_noise: sensing.current_noise_ma.amperes(),
            voltage_step: sensing.voltage_step_mv.volts(),
            current_step: sensing.current_step_ma.amperes(),
            current_gain_error: sensing.current_gain_error_pct.fraction(),
            current_offset: sensing.current_offset_ma.amperes(),
            current_dead_band: sensing.current_dead_band_ma.amperes(),
            current_averaging: sensing.current_averaging_ms.time(),
            cell_skew: sensing.cell_skew_us.time(),
        },
        bms: bms_settings(&bms, charge_limits.as_ref()),
        damage_voltage: cells.damage_voltage_v.volts(),
        self_discharge_30d: cells.self_discharge_pct_per_30d.fraction(),
    }
}

pub fn cell_laws(laws: &Laws<Amount>) -> CellLaws {
    CellLaws {
        activation: laws.resistance_activation_k.plain(),
        empty_factor: laws.empty_resistance_factor.plain(),
        hysteresis: laws.hysteresis_mv.volts(),
        hysteresis_span: laws.hysteresis_span_pct.fraction(),
        heat_capacity: laws.heat_capacity_kj_per_k.plain(),
        thermal_resistance: laws.thermal_resistance_k_per_w.plain(),
        ambient: Celsius(laws.ambient_temperature_c.plain()),
        temperature: Celsius(laws.cell_temperature_c.plain()),
    }
}

fn switch(
    power_stage: &PowerStage<Amount>,
    contactor: Option<&ContactorSection<Amount>>,
) -> Switch {
    Switch {
        on_resistance: power_stage.switch_on_resistance_mohm.ohms(),
        off_resistance: power_stage.switch_off_resistance_kohm.ohms(),
        clamp_voltage: power_stage.clamp_voltage_v.volts(),
        clamp_resistance: power_stage.clamp_resistance_mohm.ohms(),
        clamp_rating: power_stage.clamp_rating_j.joules(),
        switching_time: power_stage.switching_time_us.time(),
        contactor: contactor.map(|contactor| Contactor {
            pull_in: contactor.pull_in_ms.time(),
            drop_out: contactor.drop_out_ms.time(),
            bounces: contactor.bounce_count.count() as u32,
            bounce_time: contactor.bounce_ms.time(),
            making_current: contactor.making_current_a.amperes(),
            breaking_current: contactor.breaking_current_a.amperes(),
        }),
    }
}

fn bms_settings(bms: &Bms<Amount>, limits: Option<&ChargeLimitSection<Amount>>) -> BmsSettings {
    BmsSettings {
        precharge_delta: bms.precharge_delta_v.volts(),
        precharge_current: bms.precharge_current_ma.amperes(),
        precharge_timeout: bms.precharge_timeout_s.time(),
        precharge_tries: bms.precharge_tries.count() as u32,
        precharge_pause: bms.precharge_pause_s.time(),
        cell_cutoff: bms.cell_cutoff_v.volts(),
        cell_cutoff_delay: bms.cell_cutoff_delay_s.time(),
        charge_limits: limits.map(|limits| ChargeLimits {
            lowest: Celsius(limits.charge_lowest_temperature_c.plain()),
            highest: Celsius(limits.charge_highest_temperature_c.plain()),
            current: limits.charge_detect_current_a.amperes(),
            delay: limits.charge_temperature_delay_s.time(),
        }),
        paired: bms.paired.is_yes(),
    }
}
