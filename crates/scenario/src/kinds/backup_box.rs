//! A backup box: a three-phase transfer switch with a meter, a bypass, and contacts that shed phases.

use blackstart_units::{Amperes, Celsius, Fraction, SimTime, Volts};

use super::ac_contacts::AcContacts;
use super::{AcPlace, Amounts, OfPart, PartKind, PartMistake, TableForm, TableKey, amounts, same};
use crate::backup_box::Phase;
use crate::code::Code;
use crate::levels::Levels;
use crate::part::Part;
use crate::unit::Amount;

amounts! {
    /// A backup box. Three poles move together, with one contact on each phase of the output and a bypass
    /// around all of them.
    BackupBoxAmounts {
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
        /// 1 when DIP switch 4 is on at the start of a run.
        dip_4: Flag initial,
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
        /// 1 when it is selected as the grid meter.
        grid_meter: Flag,
        /// 1 when it is selected as the PV meter as well.
        pv_meter: Flag,
        /// Ratio of its current transformers, as a multiple of what they were made for.
        ct_ratio: Positive,
        /// 1 when it goes on reporting in backup.
        meters_in_backup: Flag,
        /// 1 when there are solar inverters on the AC side.
        pv_on_ac: Flag,
        /// 1 when there are solar panels on the storage's DC side.
        pv_on_dc: Flag,
        /// 1 when connection ① of the wiring diagram is made.
        connection_1: Flag,
        /// 1 when connection ② of the wiring diagram is made.
        connection_2: Flag,
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
    }
}

/// A backup box.
pub const BACKUP_BOX: PartKind = PartKind {
    name: "backup-box",
    doc: "A backup box: a three-phase transfer switch with a meter, a bypass and load management.",
    ac: AcPlace::Switch,
    three_phase: |_| true,
    amounts: BackupBoxAmounts::KEYS,
    tables: &[TableKey {
        key: "ampacity",
        doc: "What conductors carry, cross-section and current ascending.",
        rule: "cross-section and current must both rise from point to point",
        in_order: |a, b| a.0 < b.0 && a.1 < b.1,
        form: TableForm { over: "area_mm2", gives: "current_a" },
        scales_with: None,
    }],
    levels: &[
        Levels::below("grid_low_voltage_v", "grid_high_voltage_v"),
        Levels::below("grid_low_frequency_hz", "grid_high_frequency_hz"),
        Levels::below("lowest_temperature_c", "highest_temperature_c"),
    ],
    mistakes: |part| part.amounts().map_or_else(Vec::new, |amounts| shed_mistakes(&amounts)),
    control: |_| Some("control"),
    same: same::<BackupBox>,
    ..PartKind::NONE
};

/// A backup box between grid, storage and loads. What belongs to one phase stands in the order of
/// [`Phase::ALL`].
#[derive(Clone, Debug, PartialEq)]
pub struct BackupBox {
    /// RMS current of one phase that it carries continuously.
    pub phase_current: Amperes,
    /// What it switches with.
    pub contacts: AcContacts,
    /// When it changes over.
    pub supervision: SupervisionRules,
    /// When it returns.
    pub grid_return: ReturnRules,
    /// Which phases it sheds; `None` when it keeps all.
    pub load_management: Option<ShedRules>,
    /// Time between two reports of the state of charge by the storage.
    pub soc_report_period: SimTime,
    /// Resolution of these reports.
    pub soc_resolution: Fraction,
    /// Its meter.
    pub meter: BoxMeter,
    /// Where solar power enters.
    pub coupling: CouplingScheme,
    /// What is connected to it, and where it hangs.
    pub installation: Installation,
}

/// What a backup box holds to be a sound source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SupervisionRules {
    /// RMS voltages between which every phase of the grid must be.
    pub grid_window: (Volts, Volts),
    /// Frequencies between which the grid must be, in Hz.
    pub frequency_window: (f64, f64),
    /// How long the grid must be outside of them.
    pub detection_time: SimTime,
    /// RMS voltage of the storage's weakest phase below which it is no source.
    pub storage_low: Volts,
    /// How long the storage must be above it.
    pub storage_settle: SimTime,
}

/// When a backup box returns to a grid that is back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReturnRules {
    /// Whether DIP switch 4 is on at the start of a run.
    pub dip_4: bool,
    /// How long the grid must be back, with DIP switch 4 off.
    pub return_time: SimTime,
    /// By how much the return is delayed, with DIP switch 4 on.
    pub delayed_return: SimTime,
    /// Whether that delay counts from the failure of the grid rather than from its return.
    pub from_failure: bool,
    /// Whether a further outage within the delay makes it count anew.
    pub restarts: bool,
    /// Whether a changed DIP switch counts only after a restart.
    pub dip_needs_restart: bool,
    /// How long a restart takes.
    pub restart_time: SimTime,
}

/// At which state of charge phases are shed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShedRules {
    /// Each phase is off at or below this …
    pub off_at: [Fraction; 3],
    /// … and back on this much above it.
    pub reconnect_above: Fraction,
}

/// The meter in a backup box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxMeter {
    /// Whether it is selected as the grid meter.
    pub as_grid_meter: bool,
    /// Whether it is selected as the PV meter.
    pub as_pv_meter: bool,
    /// Ratio of its current transformers, as a multiple of what they were made for.
    pub ct_ratio: f64,
    /// Whether it goes on reporting in backup.
    pub in_backup: bool,
}

/// Where solar power enters, and which connections are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CouplingScheme {
    /// Whether there are solar inverters on the AC side.
    pub pv_on_ac: bool,
    /// Whether there are solar panels on the storage's DC side.
    pub pv_on_dc: bool,
    /// Whether connections ① and ② of the wiring diagram are made.
    pub connections: [bool; 2],
}

/// What is connected to a backup box, and where it hangs.
#[derive(Clone, Debug, PartialEq)]
pub struct Installation {
    /// Cross-section of the conductors, mm².
    pub conductor_mm2: f64,
    /// Rating of the breakers in it.
    pub breaker: Amperes,
    /// What conductors carry by their cross-section in mm², ascending.
    pub ampacity: Vec<(f64, Amperes)>,
    /// Around it.
    pub ambient: Celsius,
    /// It works between these.
    pub temperatures: (Celsius, Celsius),
}

impl OfPart for BackupBox {
    const KIND: &'static PartKind = &BACKUP_BOX;

    fn of(part: &Part) -> Option<Self> {
        let amounts: BackupBoxAmounts = part.amounts()?;
        let enabled = amounts.load_management.is_yes();
        let ampacity = part.table("ampacity").iter();
        Some(Self {
            phase_current: amounts.phase_current_a.amperes(),
            contacts: AcContacts::of(part)?,
            supervision: SupervisionRules {
                grid_window: (
                    amounts.grid_low_voltage_v.volts(),
                    amounts.grid_high_voltage_v.volts(),
                ),
                frequency_window: (
                    amounts.grid_low_frequency_hz.plain(),
                    amounts.grid_high_frequency_hz.plain(),
                ),
                detection_time: amounts.detection_time_ms.time(),
                storage_low: amounts.storage_low_voltage_v.volts(),
                storage_settle: amounts.storage_settle_ms.time(),
            },
            grid_return: ReturnRules {
                dip_4: amounts.dip_4.is_yes(),
                return_time: amounts.return_time_s.time(),
                delayed_return: amounts.delayed_return_s.time(),
                from_failure: amounts.delay_from_failure.is_yes(),
                restarts: amounts.delay_restarts.is_yes(),
                dip_needs_restart: amounts.dip_needs_restart.is_yes(),
                restart_time: amounts.restart_time_s.time(),
            },
            load_management: enabled.then(|| ShedRules {
                off_at: shed_at(&amounts).map(Amount::fraction),
                reconnect_above: amounts.reconnect_above_pct.fraction(),
            }),
            soc_report_period: amounts.soc_report_period_s.time(),
            soc_resolution: amounts.soc_resolution_pct.fraction(),
            meter: BoxMeter {
                as_grid_meter: amounts.grid_meter.is_yes(),
                as_pv_meter: amounts.pv_meter.is_yes(),
                ct_ratio: amounts.ct_ratio.plain(),
                in_backup: amounts.meters_in_backup.is_yes(),
            },
            coupling: CouplingScheme {
                pv_on_ac: amounts.pv_on_ac.is_yes(),
                pv_on_dc: amounts.pv_on_dc.is_yes(),
                connections: [amounts.connection_1.is_yes(), amounts.connection_2.is_yes()],
            },
            installation: Installation {
                conductor_mm2: amounts.conductor_mm2.plain(),
                breaker: amounts.breaker_a.amperes(),
                ampacity: ampacity.map(|&(area, current)| (area, Amperes(current))).collect(),
                ambient: Celsius(amounts.ambient_temperature_c.plain()),
                temperatures: (
                    Celsius(amounts.lowest_temperature_c.plain()),
                    Celsius(amounts.highest_temperature_c.plain()),
                ),
            },
        })
    }
}

fn shed_at(amounts: &BackupBoxAmounts) -> [Amount; 3] {
    [amounts.l1_soc_pct, amounts.l2_soc_pct, amounts.l3_soc_pct]
}

/// Where load management is enabled no two phases have one priority, and a phase of higher priority has the
/// lower value (ALPHA-16, ALPHA-17, ALPHA-20).
fn shed_mistakes(amounts: &BackupBoxAmounts) -> Vec<PartMistake> {
    if !amounts.load_management.is_yes() {
        return Vec::new();
    }
    let mut mistakes = Vec::new();
    let priorities =
        [amounts.l1_priority, amounts.l2_priority, amounts.l3_priority].map(Amount::plain);
    let values = shed_at(amounts);
    let mut order = Phase::ALL;
    order.sort_by(|&a, &b| priorities[a as usize].total_cmp(&priorities[b as usize]));
    for pair in order.windows(2) {
        let (above, below) = (pair[0], pair[1]);
        let equal = priorities[above as usize] == priorities[below as usize];
        let ordered = values[above as usize].fraction() < values[below as usize].fraction();
        let (key, message, help) = if equal {
            let message = format!(
                "{} and {} have the same priority, and load management is enabled",
                above.name(),
                below.name()
            );
            let help = "disable it with `load_management` 0: equal phases are not managed";
            (format!("{}_priority", below.name()), message, help)
        } else if !ordered {
            let message = format!(
                "{} must keep its supply longer than {}, but is shed no later",
                above.name(),
                below.name()
            );
            let help = "the charge values rise strictly from priority 1 to priority 3";
            (format!("{}_soc_pct", above.name()), message, help)
        } else {
            continue;
        };
        let (code, label) = (Code::LoadManagement, "breaks the order");
        mistakes.push(PartMistake { key, code, message, label, help });
    }
    mistakes
}
