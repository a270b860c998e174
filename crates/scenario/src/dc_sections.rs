//! The sections of what is fed from a DC bus: battery modules, the BMS outside of them, switches,
//! sources, loads, and the wires between their terminals.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::levels::Levels;
use crate::range::ParameterRange;
use crate::sections::sections;

sections! {
    /// A battery module: conductors, electronics, and what it may carry.
    Module {
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
    } => in order {
        discharge_current_a <= pulse_discharge_current_a,
        charge_current_a <= pulse_charge_current_a,
    }

    /// What a module watches and tells the BMS over its cable.
    MonitorSection {
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
        /// By how much its count is above the true charge at the start of a run, as a share of the
        /// capacity.
        count_error_pct: Error,
    } => in order {
        pre_alarm_cell_v < pre_alarm_clear_v,
        low_cell_v < low_cell_clear_v,
        high_cell_clear_v < high_cell_v,
        low_cell_v < high_cell_v,
        coldest_charge_c < hottest_charge_c,
    }

    /// A BMS outside of the batteries: what its outputs give.
    Outputs {
        /// Load disconnect: current that it gives.
        load_output_ma: Positive,
        /// 1 when it survives a short circuit.
        load_output_protected: Flag,
        /// Charge disconnect: current that it gives.
        charge_output_ma: Positive,
        /// 1 when it survives a short circuit.
        charge_output_protected: Flag,
        /// Pre-alarm: current that it gives.
        pre_alarm_output_ma: Positive,
        /// 1 when it survives a short circuit.
        pre_alarm_output_protected: Flag,
        /// By how much a high load or charge disconnect lies below the supply.
        output_drop_v: NotNegative,
        /// By how much a high pre-alarm lies below the supply.
        pre_alarm_drop_v: NotNegative,
    }

    /// When a BMS outside of the batteries acts.
    Alarms {
        /// Shortest time from the pre-alarm to the load disconnect because of a low cell.
        pre_alarm_lead_s: NotNegative,
        /// 1 when cold cells stop the charging, 0 when only hot ones do.
        stops_charge_when_cold: Flag,
        /// Below this supply voltage it is out of its range.
        lowest_supply_v: Positive,
        /// Above this supply voltage it is out of its range.
        highest_supply_v: Positive,
        /// Below this supply voltage it shows that the voltage is not allowed.
        lowest_allowed_v: Positive,
        /// Above this supply voltage it shows that the voltage is not allowed.
        highest_allowed_v: Positive,
        /// 1 when it is set to wait for a pre-alarm of its batteries, 0 when it knows that there is none.
        expects_pre_alarm: Flag,
        /// Time between two conversions of its own voltages.
        supply_period_ms: Positive,
    } => in order {
        lowest_supply_v < highest_supply_v,
        lowest_allowed_v < highest_allowed_v,
        lowest_supply_v <= lowest_allowed_v,
        highest_allowed_v <= highest_supply_v,
    }

    /// The remote on/off terminals L and H of a BMS.
    RemoteTerminals {
        /// It is on while L is below this voltage …
        remote_l_below_v: Positive,
        /// … or while H is above this one and no higher than the supply.
        remote_h_above_v: Positive,
        /// 1 when off means that load and charge disconnect float, 0 when it only stops the alternator.
        remote_disables_all: Flag,
        /// 1 when a loop joins L and H at the start of a run.
        remote_joined: Flag,
    }

    /// What a BMS takes for itself, outputs not included.
    Consumption {
        /// Remote on.
        on_ma: NotNegative,
        /// With the load disconnected because of a low cell or a low charge.
        low_ma: NotNegative,
        /// Remote off.
        off_ma: NotNegative,
        /// Remote off where that floats all outputs, or switches all off.
        all_off_ma: NotNegative,
        /// 1 when it is supplied from the alternator port, 0 from the batteries.
        supplied_by_alternator_port: Flag,
    }

    /// The fuse in the supply of a BMS.
    SupplyFuseSection {
        /// The one that is fitted.
        supply_fuse_ma: Positive,
        /// The smallest that its manual allows …
        smallest_supply_fuse_ma: Positive,
        /// … and the largest.
        largest_supply_fuse_ma: Positive,
        /// By how much it must exceed what the BMS and its outputs take.
        supply_fuse_factor: Multiple,
    } => in order {
        smallest_supply_fuse_ma <= largest_supply_fuse_ma,
    }

    /// What an update of its firmware does to a BMS.
    Update {
        /// Loads stay on for this long after it broke off.
        update_grace_s: NotNegative,
    }

    /// The largest bank that a BMS may serve.
    Bank {
        /// Batteries in all.
        most_batteries: Count,
        /// Energy at 12 V; 0 when it is not made for 12 V, and so on.
        most_energy_12_v_kwh: NotNegative,
        /// Energy at 24 V.
        most_energy_24_v_kwh: NotNegative,
        /// Energy at 48 V.
        most_energy_48_v_kwh: NotNegative,
    }

    /// What a BMS does with the state of charge.
    Charge {
        /// At or below this charge loads are disconnected at once; 0 switches it off.
        discharge_floor_pct: Share,
        /// At or below this charge it warns.
        low_soc_warning_pct: Share,
        /// By how much the charge must come back.
        soc_hysteresis_pct: Efficiency,
        /// At or above this voltage of a battery of 12.8 V, as often as the bank has one in series …
        charged_voltage_v: Positive,
        /// … and below this charge current, as a share of the capacity per hour …
        tail_current_pct: Share,
        /// … for this long the bank counts as full.
        charged_time_s: Positive,
        /// Cells that differ by no more than this when the bank is full are balanced.
        balanced_within_mv: Positive,
        /// What a full charge has shown of the balance is known for this long.
        full_charge_memory_s: Positive,
    }

    /// A port through which an alternator charges the bank.
    AlternatorPortSection {
        /// The path closes above this voltage at the port.
        alternator_on_above_v: Positive,
        /// After it has opened it stays open for this long.
        alternator_pause_s: NotNegative,
        /// Closed resistance.
        alternator_path_mohm: Positive,
        /// Bank voltage at which charging is interrupted …
        charge_limit_v: Positive,
        /// … which may be set from …
        charge_limit_lowest_v: Positive,
        /// … to.
        charge_limit_highest_v: Positive,
        /// By how much below it the bank must be …
        charge_resume_below_limit_v: Positive,
        /// … for this long.
        charge_resume_time_s: NotNegative,
        /// The fuse that is fitted, and is the shunt.
        fitted_fuse_a: Positive,
        /// How many of them in parallel.
        fitted_fuse_count: Count,
        /// The fuse that it is set to.
        set_fuse_a: Positive,
        /// How many of them.
        set_fuse_count: Count,
    }
}
