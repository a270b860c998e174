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

pub(crate) use sections;

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

    /// An inverter's DC terminals.
    Input {
        /// All input capacitors.
        input_capacitance_mf: Positive,
        /// Share of them that the front switch connects; the rest is always on the terminals.
        switched_capacitance_pct: Share,
        /// Their series resistance.
        input_esr_mohm: Positive,
        /// What discharges them when nothing else does.
        bleed_resistance_kohm: Positive,
        /// Nominal DC voltage.
        nominal_voltage_v: Positive,
        /// Voltage of the capacitors at the start of a run.
        capacitor_voltage_v: NotNegative,
    }

    /// What an inverter draws, by state.
    Draw {
        /// Front switch off.
        off_draw_w: NotNegative,
        /// Front switch on, not inverting.
        housekeeping_w: NotNegative,
        /// Inverting without load.
        idle_w: NotNegative,
        /// AC power over DC power at half the rated power, idle draw included.
        half_load_efficiency_pct: Efficiency,
        /// AC power over DC power at the rated power, idle draw included.
        rated_load_efficiency_pct: Efficiency,
        /// Amplitude of its current's ripple at twice the output frequency, as a share of the mean.
        ripple_pct: Share,
        /// Lowest DC voltage at which its electronics run.
        minimum_voltage_v: Positive,
    }

    /// When an inverter runs.
    Control {
        /// DC voltage at which it starts.
        start_voltage_v: Positive,
        /// DC voltage at which it stops.
        shutdown_voltage_v: Positive,
        /// How long the voltage must be below it.
        shutdown_delay_ms: NotNegative,
        /// DC voltage above which it stops at once.
        high_voltage_v: Positive,
        /// From seeing the start voltage to full output voltage.
        start_delay_ms: NotNegative,
        /// Shortest time between a shutdown by low voltage or overload and the next start.
        restart_delay_s: NotNegative,
        /// Restarts that may each be followed by another shutdown within the restart delay.
        restart_tries: Count,
        /// DC voltage that, held for the time below, lets it start again after too many tries.
        charge_detect_voltage_v: Positive,
        /// See above.
        charge_detect_time_s: NotNegative,
        /// 1 when it searches for a load by pulses instead of inverting all the time.
        eco: Flag,
        /// AC power below which it goes back to searching.
        eco_wake_power_w: NotNegative,
        /// Time between two pulses.
        eco_search_interval_s: Positive,
        /// Length of a pulse.
        eco_pulse_ms: Positive,
        /// 1 when its front switch is on at the start of a run, otherwise 0.
        switched_on: Flag,
    } => in order {
        shutdown_voltage_v < start_voltage_v,
        start_voltage_v < high_voltage_v,
        shutdown_voltage_v < charge_detect_voltage_v,
    }

    /// An inverter's AC terminals.
    Output {
        /// Continuous power at 25 °C.
        rated_power_w: Positive,
        /// Continuous power at 40 °C.
        hot_power_w: Positive,
        /// Continuous apparent power.
        rated_apparent_va: Positive,
        /// Power for a short time; its current limit holds the output there.
        peak_power_w: Positive,
        /// How long it carries more than the continuous power.
        peak_time_s: Positive,
        /// How long it holds its current limit.
        limit_time_ms: Positive,
        /// Between phase and neutral.
        output_voltage_v: Positive,
        /// Of the output.
        output_frequency_hz: Positive,
        /// Around the inverter.
        ambient_temperature_c: Ambient,
    } => in order {
        rated_power_w <= peak_power_w,
    }

    /// What a consumer takes.
    Demand {
        /// AC power at the start of a run.
        power_w: NotNegative,
        /// Real over apparent power.
        power_factor: Factor,
        /// RMS voltage below which it does not work.
        lowest_voltage_v: Positive,
        /// Longest gap in its supply that it does not notice.
        ride_through_ms: NotNegative,
        /// From the return of the supply to its restart.
        restart_delay_s: NotNegative,
        /// Power while it starts, as a multiple of its demand.
        starting_multiple: Multiple,
        /// How long it starts.
        starting_time_ms: NotNegative,
        /// It works in cycles of this length; 0 when it works all the time.
        duty_period_s: NotNegative,
        /// Share of a cycle in which it works.
        duty_share_pct: Efficiency,
    }

    /// Two sources, one output.
    Changeover {
        /// RMS voltage of the grid below which it counts as failed.
        grid_low_voltage_v: Positive,
        /// RMS voltage of the grid above which it counts as failed.
        grid_high_voltage_v: Positive,
        /// How long the grid must be outside that window.
        detection_time_ms: NotNegative,
        /// How long it must be inside again.
        return_time_s: NotNegative,
        /// RMS voltage of the inverter below which it is no source.
        inverter_low_voltage_v: Positive,
        /// How long the inverter must be above it.
        inverter_settle_ms: NotNegative,
        /// From a command to the open contact.
        contact_open_time_ms: NotNegative,
        /// From the open contact to the closed other one.
        contact_close_time_ms: NotNegative,
        /// How long a closing contact bounces before it supplies anything.
        contact_bounce_ms: NotNegative,
        /// Current that an opening contact can still interrupt; beyond it it welds.
        contact_breaking_current_a: Positive,
        /// 1 when one contact cannot close before the other is open.
        interlocked: Flag,
        /// 1 when it changes over by itself, 0 when somebody turns it.
        automatic: Flag,
    } => in order {
        grid_low_voltage_v < grid_high_voltage_v,
    }

    /// What the grid supplies.
    Supply {
        /// Between phase and neutral.
        nominal_voltage_v: Positive,
        /// Of the grid.
        frequency_hz: Positive,
    }
}
