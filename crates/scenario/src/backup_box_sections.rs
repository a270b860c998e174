//! The sections of a backup box: contacts, supervision, return, load management, meter, wiring.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::levels::Levels;
use crate::range::ParameterRange;
use crate::sections::sections;

sections! {
    /// The contacts of a backup box: three poles that move together, one contact on each phase of the
    /// output, and a bypass around all of them.
    BoxContacts {
        /// RMS current of one phase that it carries continuously.
        phase_current_a: Positive,
        /// From a command to the open contact.
        contact_open_time_ms: NotNegative,
        /// From the open contact to the closed other one.
        contact_close_time_ms: NotNegative,
        /// How long a closing contact bounces before it supplies anything.
        contact_bounce_ms: NotNegative,
        /// Current that an opening contact can still interrupt; beyond it it welds.
        contact_breaking_current_a: Positive,
        /// 1 when the storage cannot be connected before the grid is cut off, and the other way round.
        interlocked: Flag,
        /// 1 when the bypass cannot be engaged before the storage is cut off, and the other way round.
        bypass_interlocked: Flag,
    }

    /// What a backup box holds to be a sound grid and a sound storage.
    SupervisionSection {
        /// RMS voltage of any phase of the grid below which it counts as failed.
        grid_low_voltage_v: Positive,
        /// RMS voltage of any phase of the grid above which it counts as failed.
        grid_high_voltage_v: Positive,
        /// Frequency of the grid below which it counts as failed.
        grid_low_frequency_hz: Positive,
        /// Frequency of the grid above which it counts as failed.
        grid_high_frequency_hz: Positive,
        /// How long the grid must be outside these windows.
        detection_time_ms: NotNegative,
        /// RMS voltage of the storage's weakest phase below which it is no source.
        storage_low_voltage_v: Positive,
        /// How long the storage must be above it.
        storage_settle_ms: NotNegative,
    } => in order {
        grid_low_voltage_v < grid_high_voltage_v,
        grid_low_frequency_hz < grid_high_frequency_hz,
    }

    /// When a backup box returns to a grid that is back.
    GridReturnSection {
        /// 1 when DIP switch 4 is on at the start of a run.
        dip_4: Flag,
        /// How long the grid must be back, with DIP switch 4 off.
        return_time_s: NotNegative,
        /// By how much the return is delayed, with DIP switch 4 on.
        delayed_return_s: NotNegative,
        /// 1 when that delay counts from the failure of the grid, 0 from its return.
        delay_from_failure: Flag,
        /// 1 when a further outage within the delay makes it count anew.
        delay_restarts: Flag,
        /// 1 when a changed DIP switch counts only after a restart.
        dip_needs_restart: Flag,
        /// How long a restart takes; the contacts rest meanwhile.
        restart_time_s: NotNegative,
    }

    /// Which phases are shed when the charge runs low, while the storage feeds them.
    LoadManagement {
        /// 1 when phases are switched off by charge.
        load_management: Flag,
        /// Priority of phase L1: 1 is the highest.
        l1_priority: Priority,
        /// Priority of phase L2.
        l2_priority: Priority,
        /// Priority of phase L3.
        l3_priority: Priority,
        /// L1 is fed above this state of charge only.
        l1_soc_pct: ShedCharge,
        /// L2 is fed above this state of charge only.
        l2_soc_pct: ShedCharge,
        /// L3 is fed above this state of charge only.
        l3_soc_pct: ShedCharge,
        /// A phase comes back this much above its value.
        reconnect_above_pct: Share,
        /// Time between two reports of the state of charge by the storage.
        soc_report_period_s: Positive,
        /// Resolution of these reports.
        soc_resolution_pct: NotNegative,
    }

    /// The meter in a backup box.
    BoxMetering {
        /// 1 when it is selected as the grid meter.
        grid_meter: Flag,
        /// 1 when it is selected as the PV meter as well.
        pv_meter: Flag,
        /// Ratio of its current transformers, as a multiple of what they were made for.
        ct_ratio: Positive,
        /// 1 when it goes on reporting in backup.
        meters_in_backup: Flag,
    }

    /// Where solar power enters, and which connections of the wiring diagram are made.
    Coupling {
        /// 1 when there are solar inverters on the AC side.
        pv_on_ac: Flag,
        /// 1 when there are solar panels on the storage's DC side.
        pv_on_dc: Flag,
        /// 1 when connection ① of the wiring diagram is made.
        connection_1: Flag,
        /// 1 when connection ② of the wiring diagram is made.
        connection_2: Flag,
    }

    /// What is connected to a backup box, and where it hangs.
    BoxInstallation {
        /// Cross-section of the conductors.
        conductor_mm2: Positive,
        /// Rating of the breakers in it.
        breaker_a: Positive,
        /// Around it.
        ambient_temperature_c: Ambient,
        /// It works from here …
        lowest_temperature_c: Ambient,
        /// … to here.
        highest_temperature_c: Ambient,
    } => in order {
        lowest_temperature_c < highest_temperature_c,
    }

    /// The phases of an inverter's output.
    OutputPhases {
        /// Share of its power that one phase may give.
        phase_share_pct: Efficiency,
    }
}
