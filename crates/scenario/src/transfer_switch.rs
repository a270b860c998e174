//! A transfer switch, as it will be simulated: its contacts, and the rules that it follows.

use blackstart_units::{Amperes, SimTime, Volts};

/// Two AC sources, one output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransferSwitch {
    /// When it changes over.
    pub rules: TransferRules,
    /// From a command to the open contact.
    pub open_time: SimTime,
    /// From the open contact to the closed other one.
    pub close_time: SimTime,
    /// How long a closing contact bounces before it supplies anything.
    pub bounce_time: SimTime,
    /// What an opening contact can interrupt; beyond it it welds.
    pub breaking_current: Amperes,
    /// Whether one contact cannot close before the other is open.
    pub interlocked: bool,
    /// Whether it switches the neutral as well; `None` when nothing is known of it.
    pub switches_neutral: Option<bool>,
}

/// When a transfer switch changes over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransferRules {
    /// RMS voltages of the grid between which it counts as present.
    pub grid_window: (Volts, Volts),
    /// How long the grid must be outside of them.
    pub detection_time: SimTime,
    /// How long it must be inside again.
    pub return_time: SimTime,
    /// RMS voltage of the inverter below which it is no source.
    pub inverter_low: Volts,
    /// How long the inverter must be above it.
    pub inverter_settle: SimTime,
    /// Whether it changes over by itself.
    pub automatic: bool,
}
