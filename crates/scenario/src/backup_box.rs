//! A backup box: a three-phase transfer switch with a meter, a bypass, and contacts that shed phases.

use blackstart_units::{Amperes, Celsius, Fraction, SimTime, Volts};

use crate::graph::Graph;
use crate::resolved::{AcInput, Model, System};

/// One of the phases of the public grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// L1.
    L1,
    /// L2.
    L2,
    /// L3.
    L3,
}

impl Phase {
    /// All three.
    pub const ALL: [Self; 3] = [Self::L1, Self::L2, Self::L3];

    /// `l1`, `l2`, `l3`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
            Self::L3 => "l3",
        }
    }
}

/// A backup box between grid, storage and loads. What belongs to one phase stands in the order of
/// [`Phase::ALL`].
#[derive(Clone, Debug, PartialEq)]
pub struct BackupBox {
    /// RMS current of one phase that it carries continuously.
    pub phase_current: Amperes,
    /// From a command to the open contact.
    pub open_time: SimTime,
    /// From the open contact to the closed other one.
    pub close_time: SimTime,
    /// How long a closing contact bounces before it supplies anything.
    pub bounce_time: SimTime,
    /// What an opening contact can interrupt; beyond it it welds.
    pub breaking_current: Amperes,
    /// Whether the storage cannot be connected before the grid is cut off.
    pub interlocked: bool,
    /// Whether the bypass cannot be engaged before the storage is cut off.
    pub bypass_interlocked: bool,
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

impl System {
    /// The inverter that feeds a backup box in backup: an index into [`System::devices`].
    pub fn storage_inverter(&self, backup_box: usize) -> Option<usize> {
        let feed = self
            .feeds
            .iter()
            .find(|feed| feed.sink == backup_box && feed.input == Some(AcInput::Inverter))?;
        matches!(self.devices[feed.source].model, Model::Inverter(_)).then_some(feed.source)
    }

    /// The battery whose state of charge a backup box hears: that of the inverter on its storage
    /// input, reached through conductors and fuses.
    pub fn storage_battery(&self, backup_box: usize) -> Option<usize> {
        let inverter = self.storage_inverter(backup_box)?;
        let Model::Inverter(inverter) = &self.devices[inverter].model else { return None };
        Graph::of(self).wired_store(inverter.from)
    }
}

impl Model {
    /// Whether an AC source has three phases.
    pub fn is_three_phase(&self) -> bool {
        match self {
            Self::Grid(grid) => grid.three_phase,
            Self::Inverter(inverter) => inverter.phase_share.is_some(),
            Self::BackupBox(_) => true,
            _ => false,
        }
    }
}
