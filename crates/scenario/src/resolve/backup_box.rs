//! Sections of a backup box to its model, and what its load management may be set to.

use blackstart_units::{Amperes, Celsius};

use super::parameters::ParameterReader;
use crate::backup_box::{
    BackupBox, BoxMeter, CouplingScheme, Installation, Phase, ReturnRules, ShedRules,
    SupervisionRules,
};
use crate::backup_box_sections::{
    BoxContacts, BoxInstallation, BoxMetering, Coupling, GridReturnSection, LoadManagement,
    SupervisionSection,
};
use crate::code::Code;
use crate::device_file::Ampacity;
use crate::diagnostic::Problem;
use crate::parameter_entry::TableEntry;
use crate::unit::Amount;

/// What a backup box is built from.
pub struct BoxParts {
    pub contacts: BoxContacts<Amount>,
    pub supervision: SupervisionSection<Amount>,
    pub grid_return: GridReturnSection<Amount>,
    pub load_management: LoadManagement<Amount>,
    pub metering: BoxMetering<Amount>,
    pub coupling: Coupling<Amount>,
    pub installation: BoxInstallation<Amount>,
    pub ampacity: Vec<(f64, Amperes)>,
}

pub fn backup_box(parts: BoxParts, reader: &mut ParameterReader<'_>) -> BackupBox {
    let BoxParts { contacts, supervision, grid_return, metering, coupling, .. } = &parts;
    let management = &parts.load_management;
    let enabled = management.load_management.is_yes();
    BackupBox {
        phase_current: contacts.phase_current_a.amperes(),
        open_time: contacts.contact_open_time_ms.time(),
        close_time: contacts.contact_close_time_ms.time(),
        bounce_time: contacts.contact_bounce_ms.time(),
        breaking_current: contacts.contact_breaking_current_a.amperes(),
        interlocked: contacts.interlocked.is_yes(),
        bypass_interlocked: contacts.bypass_interlocked.is_yes(),
        supervision: SupervisionRules {
            grid_window: (
                supervision.grid_low_voltage_v.volts(),
                supervision.grid_high_voltage_v.volts(),
            ),
            frequency_window: (
                supervision.grid_low_frequency_hz.plain(),
                supervision.grid_high_frequency_hz.plain(),
            ),
            detection_time: supervision.detection_time_ms.time(),
            storage_low: supervision.storage_low_voltage_v.volts(),
            storage_settle: supervision.storage_settle_ms.time(),
        },
        grid_return: ReturnRules {
            dip_4: grid_return.dip_4.is_yes(),
            return_time: grid_return.return_time_s.time(),
            delayed_return: grid_return.delayed_return_s.time(),
            from_failure: grid_return.delay_from_failure.is_yes(),
            restarts: grid_return.delay_restarts.is_yes(),
            dip_needs_restart: grid_return.dip_needs_restart.is_yes(),
            restart_time: grid_return.restart_time_s.time(),
        },
        load_management: enabled.then(|| shed_rules(management, reader)),
        soc_report_period: management.soc_report_period_s.time(),
        soc_resolution: management.soc_resolution_pct.fraction(),
        meter: BoxMeter {
            as_grid_meter: metering.grid_meter.is_yes(),
            as_pv_meter: metering.pv_meter.is_yes(),
            ct_ratio: metering.ct_ratio.plain(),
            in_backup: metering.meters_in_backup.is_yes(),
        },
        coupling: CouplingScheme {
            pv_on_ac: coupling.pv_on_ac.is_yes(),
            pv_on_dc: coupling.pv_on_dc.is_yes(),
            connections: [coupling.connection_1.is_yes(), coupling.connection_2.is_yes()],
        },
        installation: installation(&parts.installation, parts.ampacity),
    }
}

fn installation(section: &BoxInstallation<Amount>, ampacity: Vec<(f64, Amperes)>) -> Installation {
    Installation {
        conductor_mm2: section.conductor_mm2.plain(),
        breaker: section.breaker_a.amperes(),
        ampacity,
        ambient: Celsius(section.ambient_temperature_c.plain()),
        temperatures: (
            Celsius(section.lowest_temperature_c.plain()),
            Celsius(section.highest_temperature_c.plain()),
        ),
    }
}

/// The values by phase. Where it is enabled no two phases have one priority, and a phase of higher
/// priority has the lower value (ALPHA-16, ALPHA-17, ALPHA-20).
fn shed_rules(section: &LoadManagement<Amount>, reader: &mut ParameterReader<'_>) -> ShedRules {
    let priorities =
        [section.l1_priority, section.l2_priority, section.l3_priority].map(Amount::plain);
    let values = [section.l1_soc_pct, section.l2_soc_pct, section.l3_soc_pct];
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
        let place = reader.place_of_value("load_management", &key);
        let problem = Problem::at(place, Code::LoadManagement, message);
        reader.in_settings.push(problem.label("breaks the order").help(help));
    }
    ShedRules {
        off_at: values.map(Amount::fraction),
        reconnect_above: section.reconnect_above_pct.fraction(),
    }
}

/// What conductors carry, by cross-section.
pub fn ampacity(table: &TableEntry<Ampacity>) -> Vec<(f64, Amperes)> {
    table.points().iter().map(|point| (point.area_mm2, Amperes(point.current_a))).collect()
}
