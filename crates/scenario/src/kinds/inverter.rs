//! An inverter: its DC terminals, what it draws, when it runs, its output.

use blackstart_units::{Farads, Fraction, Ohms, SimTime, Volts, Watts};

use super::remote_input::{self, RemoteInput};
use super::{AcPlace, Amounts, GroupKey, OfPart, PartKind, Quiescent, Through, amounts, same};
use crate::levels::Levels;
use crate::part::Part;
use crate::resolved::Node;

amounts! {
    /// An inverter.
    InverterAmounts {
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
        capacitor_voltage_v: NotNegative initial,
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
        switched_on: Flag initial,
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
    }
}

amounts! {
    /// What an inverter's output has to do with earth.
    BondAmounts {
        /// 1 when its neutral is bonded to earth.
        neutral_bonded: Flag,
    }
}

amounts! {
    /// The phases of an inverter's output.
    OutputPhaseAmounts {
        /// Share of its power that one phase may give.
        phase_share_pct: Efficiency,
    }
}

/// An inverter.
pub const INVERTER: PartKind = PartKind {
    name: "inverter",
    doc: "An inverter.",
    ends: &["from", "to"],
    at_ground: Some((1, "an inverter goes from its node to `ground`")),
    through: Through::Draws,
    ac: AcPlace::Source,
    three_phase: |part| part.group::<OutputPhaseAmounts>("output_phases").is_some(),
    draws: |part, _| match RemoteInput::of(part) {
        Some(_) => Some(Quiescent { key: "off_draw_w", called: "off" }),
        None => Some(Quiescent { key: "idle_w", called: "idle" }),
    },
    fits: true,
    amounts: InverterAmounts::KEYS,
    groups: &[
        GroupKey {
            key: "bond",
            doc: "What its output has to do with earth; absent when nothing is known of it.",
            amounts: BondAmounts::KEYS,
            is_optional: true,
        },
        GroupKey {
            key: "output_phases",
            doc: "Its three phases; absent when it has one.",
            amounts: OutputPhaseAmounts::KEYS,
            is_optional: true,
        },
        remote_input::MAY_HAVE,
    ],
    levels: &[
        Levels::below("shutdown_voltage_v", "start_voltage_v"),
        Levels::below("start_voltage_v", "high_voltage_v"),
        Levels::below("shutdown_voltage_v", "charge_detect_voltage_v"),
        Levels::up_to("rated_power_w", "peak_power_w"),
    ],
    control: |_| Some("control"),
    same: same::<Inverter>,
    ..PartKind::NONE
};

/// An inverter on the DC node `from`, returning to `to` (ground).
#[derive(Clone, Debug, PartialEq)]
pub struct Inverter {
    /// Plus terminal.
    pub from: Node,
    /// Minus terminal.
    pub to: Node,
    /// Input capacitors.
    pub input_capacitance: Farads,
    /// Share of them behind the front switch.
    pub switched_capacitance: Fraction,
    /// Their series resistance.
    pub input_esr: Ohms,
    /// What discharges them when nothing else does.
    pub bleed_resistance: Ohms,
    /// Voltage on the capacitors at the start of the run.
    pub initial_voltage: Volts,
    /// Draw with the front switch off, from the terminals.
    pub off_draw: Watts,
    /// Draw with the front switch on but not inverting (below the start voltage).
    pub housekeeping: Watts,
    /// Draw when inverting without load.
    pub idle: Watts,
    /// AC power over DC power at half the rated power, idle draw included.
    pub half_load_efficiency: Fraction,
    /// AC power over DC power at the rated power, idle draw included.
    pub rated_load_efficiency: Fraction,
    /// Lowest DC voltage at which its electronics draw their power; below, the draw falls with the voltage.
    pub minimum_voltage: Volts,
    /// Amplitude of its current's ripple at twice the output frequency, as a share of the mean.
    pub ripple: Fraction,
    /// DC voltage at which it starts inverting.
    pub start_voltage: Volts,
    /// DC voltage at which it stops.
    pub shutdown_voltage: Volts,
    /// How long the voltage must be below it.
    pub shutdown_delay: SimTime,
    /// From seeing the start voltage to inverting.
    pub start_delay: SimTime,
    /// Shortest time between a low-voltage shutdown and the next start.
    pub restart_delay: SimTime,
    /// How many restarts may each be followed by another shutdown within `restart_delay`.
    pub restart_tries: u32,
    /// DC voltage above which it stops at once.
    pub high_voltage: Volts,
    /// DC voltage that, held for `charge_detect_time`, ends a lock-out.
    pub charge_detect_voltage: Volts,
    /// See above.
    pub charge_detect_time: SimTime,
    /// Search for a load by pulses; `None` when it inverts all the time.
    pub eco: Option<Eco>,
    /// Continuous AC power at 25 °C.
    pub rated_power: Watts,
    /// Continuous AC power at the temperature around it.
    pub continuous_power: Watts,
    /// Continuous apparent power, in VA.
    pub rated_apparent: Watts,
    /// AC power for a short time, and where its current limit holds the output.
    pub peak_power: Watts,
    /// How long it carries more than the continuous power.
    pub peak_time: SimTime,
    /// How long it holds its current limit.
    pub limit_time: SimTime,
    /// RMS, between phase and neutral.
    pub output_voltage: Volts,
    /// Of the output, in Hz.
    pub output_frequency: f64,
    /// Share of its power that each of three phases may give; `None` when it has one phase.
    pub phase_share: Option<Fraction>,
    /// Nominal DC voltage.
    pub nominal_voltage: Volts,
    /// Whether the front switch is on at the start of the run.
    pub switched_on: bool,
    /// Its remote input, if it has one.
    pub remote: Option<RemoteInput>,
    /// Whether its output's neutral is bonded to earth; `None` when nothing is known of it.
    pub bonds_neutral: Option<bool>,
}

/// How an inverter searches for a load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eco {
    /// AC power below which it goes back to searching.
    pub wake_power: Watts,
    /// Time between two pulses.
    pub interval: SimTime,
    /// Length of a pulse.
    pub pulse: SimTime,
}

impl OfPart for Inverter {
    const KIND: &'static PartKind = &INVERTER;

    fn of(part: &Part) -> Option<Self> {
        let amounts: InverterAmounts = part.amounts()?;
        let &[from, to] = &part.ends[..] else { return None };
        Some(Self {
            from,
            to,
            input_capacitance: amounts.input_capacitance_mf.farads(),
            switched_capacitance: amounts.switched_capacitance_pct.fraction(),
            input_esr: amounts.input_esr_mohm.ohms(),
            bleed_resistance: amounts.bleed_resistance_kohm.ohms(),
            initial_voltage: amounts.capacitor_voltage_v.volts(),
            off_draw: amounts.off_draw_w.watts(),
            housekeeping: amounts.housekeeping_w.watts(),
            idle: amounts.idle_w.watts(),
            half_load_efficiency: amounts.half_load_efficiency_pct.fraction(),
            rated_load_efficiency: amounts.rated_load_efficiency_pct.fraction(),
            minimum_voltage: amounts.minimum_voltage_v.volts(),
            ripple: amounts.ripple_pct.fraction(),
            start_voltage: amounts.start_voltage_v.volts(),
            shutdown_voltage: amounts.shutdown_voltage_v.volts(),
            shutdown_delay: amounts.shutdown_delay_ms.time(),
            start_delay: amounts.start_delay_ms.time(),
            restart_delay: amounts.restart_delay_s.time(),
            restart_tries: amounts.restart_tries.count() as u32,
            high_voltage: amounts.high_voltage_v.volts(),
            charge_detect_voltage: amounts.charge_detect_voltage_v.volts(),
            charge_detect_time: amounts.charge_detect_time_s.time(),
            eco: amounts.eco.is_yes().then(|| Eco {
                wake_power: amounts.eco_wake_power_w.watts(),
                interval: amounts.eco_search_interval_s.time(),
                pulse: amounts.eco_pulse_ms.time(),
            }),
            rated_power: amounts.rated_power_w.watts(),
            continuous_power: derated(&amounts),
            rated_apparent: Watts(amounts.rated_apparent_va.plain()),
            peak_power: amounts.peak_power_w.watts(),
            peak_time: amounts.peak_time_s.time(),
            limit_time: amounts.limit_time_ms.time(),
            output_voltage: amounts.output_voltage_v.volts(),
            output_frequency: amounts.output_frequency_hz.plain(),
            phase_share: part
                .group("output_phases")
                .map(|phases: OutputPhaseAmounts| phases.phase_share_pct.fraction()),
            nominal_voltage: amounts.nominal_voltage_v.volts(),
            switched_on: amounts.switched_on.is_yes(),
            remote: RemoteInput::of(part),
            bonds_neutral: part.group("bond").map(|bond: BondAmounts| bond.neutral_bonded.is_yes()),
        })
    }
}

/// Continuous power: constant below 25 °C, a straight line through the ratings at 25 and 40 °C above; never
/// below 0.
fn derated(amounts: &InverterAmounts) -> Watts {
    let (cool, hot) = (amounts.rated_power_w.watts(), amounts.hot_power_w.watts());
    let above = (amounts.ambient_temperature_c.plain() - 25.0).max(0.0);
    (cool + (hot - cool) * (above / 15.0)).max(Watts(0.0))
}
