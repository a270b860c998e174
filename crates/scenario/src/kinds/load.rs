//! A consumer on the AC side.

use blackstart_units::{Fraction, SimTime, Volts, Watts};

use super::{AcPlace, Amounts, OfPart, PartKind, amounts, same};
use crate::part::Part;

amounts! {
    /// A consumer on the AC side.
    LoadAmounts {
        /// AC power at the start of a run.
        power_w: NotNegative initial,
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
}

/// A consumer on the AC side.
pub const LOAD: PartKind = PartKind {
    name: "load",
    doc: "A consumer.",
    ac: AcPlace::Load,
    amounts: LoadAmounts::KEYS,
    same: same::<Load>,
    ..PartKind::NONE
};

/// A consumer on the AC side by its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Demand at the start of the run, AC side.
    pub power: Watts,
    /// Real over apparent power.
    pub power_factor: Fraction,
    /// RMS voltage below which it does not work.
    pub lowest_voltage: Volts,
    /// Longest gap in its supply that it does not notice.
    pub ride_through: SimTime,
    /// From the return of the supply to its restart.
    pub restart_delay: SimTime,
    /// Power while it starts, as a multiple of its demand.
    pub starting_multiple: f64,
    /// How long it starts.
    pub starting_time: SimTime,
    /// Cycles in which it works; `None` when it works all the time.
    pub duty: Option<Duty>,
}

/// Cycles of work and rest, counted from the start of the run; each begins with work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duty {
    /// Length of a cycle.
    pub period: SimTime,
    /// Work in it.
    pub work: SimTime,
}

impl OfPart for Load {
    const KIND: &'static PartKind = &LOAD;

    fn of(part: &Part) -> Option<Self> {
        let demand: LoadAmounts = part.amounts()?;
        let period = demand.duty_period_s.time();
        let share = demand.duty_share_pct.fraction();
        let work = SimTime::from_seconds(demand.duty_period_s.plain() * share.0);
        Some(Self {
            power: demand.power_w.watts(),
            power_factor: Fraction(demand.power_factor.plain()),
            lowest_voltage: demand.lowest_voltage_v.volts(),
            ride_through: demand.ride_through_ms.time(),
            restart_delay: demand.restart_delay_s.time(),
            starting_multiple: demand.starting_multiple.plain(),
            starting_time: demand.starting_time_ms.time(),
            duty: (period > SimTime::ZERO && work < period).then_some(Duty { period, work }),
        })
    }
}
