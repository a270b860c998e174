//! The sections of device files: every parameter with its unit, its range and its meaning.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::levels::Levels;
use crate::range::ParameterRange;

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $key:ident: $range:ident,)* }
        $(=> in order { $($lower:ident $below:tt $upper:ident,)* })?
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name<T> {
            $($(#[$field_doc])* pub $key: T,)*
        }

        impl<T> $name<T> {
            /// Every parameter in turn, with its key and the range of its values.
            pub fn map<U>(self, each: &mut impl FnMut(&'static str, ParameterRange, T) -> U) -> $name<U> {
                $name { $($key: each(stringify!($key), ParameterRange::$range, self.$key),)* }
            }

            /// The pairs of its parameters that must stand in order.
            pub const fn levels(&self) -> &'static [Levels] {
                // A pair names parameters that there are.
                $($(let _ = (&self.$lower, &self.$upper);)*)?
                const LEVELS: &[Levels] = &[$($(Levels {
                    lower: stringify!($lower),
                    upper: stringify!($upper),
                    may_be_equal: matches!(stringify!($below).as_bytes(), b"<="),
                },)*)?];
                LEVELS
            }
        }
    )*};
}

sections! {
    /// One cell, and how many there are.
    Cells {
        /// Cells in series, 1 to 1024.
        cell_count: Count,
        /// Capacity.
        capacity_ah: Positive,
        /// Ohmic resistance of one cell.
        resistance_mohm: Positive,
        /// Resistance of the faster relaxation.
        fast_relaxation_resistance_mohm: NotNegative,
        /// Time constant of the faster relaxation.
        fast_relaxation_time_s: Positive,
        /// Resistance of the slower relaxation.
        slow_relaxation_resistance_mohm: NotNegative,
        /// Time constant of the slower relaxation.
        slow_relaxation_time_s: Positive,
        /// State of charge at the start of a run.
        soc_pct: Charge,
        /// Below this voltage a cell must not be charged again.
        damage_voltage_v: Positive,
        /// Charge between the lowest point of the open-circuit curve and the damage voltage, as a
        /// share of the capacity.
        reserve_pct: Reserve,
        /// Share of the capacity that is lost in 30 days of rest.
        self_discharge_pct_per_30d: Share,
    }

    /// How cells depend on temperature, charge and the direction of their current.
    Laws {
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
        cell_temperature_c: Ambient,
    }

    /// Cells whose open-circuit voltage has two plateaus, with a step between them.
    Plateaus {
        /// Charge at which the step lies. The curve has it at 70 %; from 40 to 95 % it is stretched.
        plateau_step_pct: Plateau,
    }

    /// From the cells to the port.
    PowerStage {
        /// Busbars, shunt and connectors in series with the cells, without the switch.
        path_resistance_mohm: Positive,
        /// Inductance of the same path.
        path_inductance_uh: Positive,
        /// Main switch, closed.
        switch_on_resistance_mohm: Positive,
        /// Main switch, open, below its clamp voltage.
        switch_off_resistance_kohm: Positive,
        /// Voltage at which the open switch avalanches.
        clamp_voltage_v: Positive,
        /// Slope of the avalanche.
        clamp_resistance_mohm: Positive,
        /// Energy that the avalanche may take in one pulse.
        clamp_rating_j: Positive,
        /// From a trip or command to the open or closed switch.
        switching_time_us: NotNegative,
        /// From a command of the BMS to the switch or front end that it is for.
        command_latency_us: NotNegative,
        /// What the battery's own electronics draw from the cells.
        quiescent_draw_w: NotNegative,
    }

    /// What charges it from the grid.
    Charging {
        /// DC power into the cells; 0 when it cannot be charged.
        charge_power_w: NotNegative,
        /// Voltage of the highest cell at which charging ends.
        charge_end_voltage_v: Positive,
    }

    /// A contactor as main switch. What is the clamp of a transistor is the arc of its contacts.
    ContactorSection {
        /// From the command to the first touch of the contacts.
        pull_in_ms: NotNegative,
        /// From the command, or a trip, to the parting of the contacts.
        drop_out_ms: NotNegative,
        /// How often closing contacts part again.
        bounce_count: Count,
        /// From the first touch to the last.
        bounce_ms: NotNegative,
        /// Current at which contacts weld that have not come to rest.
        making_current_a: Positive,
        /// Current that opening contacts can still interrupt; beyond it they weld.
        breaking_current_a: Positive,
    }

    /// Where cells must not be charged.
    ChargeLimitSection {
        /// Below this temperature of the cells …
        charge_lowest_temperature_c: Ambient,
        /// … and above this one.
        charge_highest_temperature_c: Ambient,
        /// What counts as charging.
        charge_detect_current_a: Positive,
        /// For so long both must be so until the port opens.
        charge_temperature_delay_s: NotNegative,
    } => in order {
        charge_lowest_temperature_c < charge_highest_temperature_c,
    }

    /// What may be drawn from the port.
    Port {
        /// Continuous current.
        continuous_current_a: Positive,
        /// Current for a short time.
        peak_current_a: Positive,
    } => in order {
        continuous_current_a <= peak_current_a,
    }

    /// The resistor beside the main switch.
    Precharge {
        /// Its resistance.
        precharge_resistance_ohm: Positive,
        /// Energy that it may take in one go.
        precharge_rating_j: Positive,
    }

    /// Hardware protection.
    FrontEnd {
        /// Discharge current above which the short-circuit delay runs.
        scd_threshold_a: Positive,
        /// Short-circuit delay.
        scd_delay_us: NotNegative,
        /// Discharge current above which the over-current delay runs.
        ocd_threshold_a: Positive,
        /// Over-current delay.
        ocd_delay_ms: NotNegative,
        /// Time constant of the filter between the shunt and these two.
        sense_filter_us: Positive,
        /// Inductance of the shunt over its resistance.
        shunt_time_us: NotNegative,
        /// Voltage of the highest cell above which the hardware over-voltage delay runs.
        front_end_overvoltage_v: Positive,
        /// Hardware over-voltage delay.
        front_end_overvoltage_delay_s: NotNegative,
        /// Voltage of the lowest cell below which the hardware under-voltage delay runs.
        front_end_undervoltage_v: Positive,
        /// Hardware under-voltage delay.
        front_end_undervoltage_delay_s: NotNegative,
    } => in order {
        ocd_threshold_a <= scd_threshold_a,
        front_end_undervoltage_v < front_end_overvoltage_v,
    }

    /// What the BMS sees.
    SensingSection {
        /// Time between two conversions of all channels.
        sensing_period_ms: Positive,
        /// From a conversion or a front-end alert to the BMS seeing it.
        sensing_latency_ms: NotNegative,
        /// Noise of a cell voltage, one σ.
        voltage_noise_mv: NotNegative,
        /// Noise of the current, one σ.
        current_noise_ma: NotNegative,
        /// Resolution of a cell voltage.
        voltage_step_mv: NotNegative,
        /// Resolution of the current.
        current_step_ma: NotNegative,
        /// By how much the current reads too high, as a share of it.
        current_gain_error_pct: Error,
        /// What the current reads when none flows.
        current_offset_ma: Any,
        /// Below this the current reads 0, and is not counted as charge.
        current_dead_band_ma: NotNegative,
        /// Window over which a current is averaged before it is converted.
        current_averaging_ms: NotNegative,
        /// From the conversion of one cell to that of the next; the last one counts as the instant.
        cell_skew_us: NotNegative,
    }

    /// What the BMS is set to.
    Bms {
        /// Pre-charge is done when pack and port differ by no more than this, and …
        precharge_delta_v: Positive,
        /// … when no more than this still flows.
        precharge_current_ma: Positive,
        /// Longest time of one try.
        precharge_timeout_s: Positive,
        /// Tries of one pairing.
        precharge_tries: Count,
        /// Pause between two tries.
        precharge_pause_s: NotNegative,
        /// A cell below this voltage …
        cell_cutoff_v: Positive,
        /// … for this long opens the port.
        cell_cutoff_delay_s: NotNegative,
        /// 1 when a pairing was completed before the run, otherwise 0.
        paired: Flag,
    }
}
