//! What lies at the chip's pins.

use blackstart_units::SimTime;

/// A quantity at the chip's pins. Currents have the chip's own sign: charge is positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChipChannel {
    /// Voltage across a cell input, counted from 0, V.
    Cell(usize),
    /// Of all inputs that have a cell, the lowest, V.
    Lowest,
    /// The highest, V.
    Highest,
    /// Top of stack over VSS, V.
    Stack,
    /// The pin PACK over VSS, V.
    Pack,
    /// The pin LD over VSS, V.
    LoadDetect,
    /// Across the sense resistor, SRP over SRN, V.
    Sense,
    /// SRN over SRP, as a comparator sees it that must see it for so long, V: positive in discharge.
    Discharge(SimTime),
    /// SRP over SRN, the same, V: positive in charge.
    Charge(SimTime),
    /// Integral of the voltage across the sense resistor since the start, V·s: grows in charge.
    SenseTime,
    /// True temperature of a thermistor, by its place in [`THERMISTORS`](crate::register::THERMISTORS), °C.
    Thermistor(usize),
    /// Of the chip itself, °C.
    Die,
}

/// What lies at the pins, at any instant since the chip was last looked at.
pub trait Analog {
    /// The value of a channel.
    fn value(&self, channel: ChipChannel, at: SimTime) -> f64;
}

impl<F: Fn(ChipChannel, SimTime) -> f64> Analog for F {
    fn value(&self, channel: ChipChannel, at: SimTime) -> f64 {
        self(channel, at)
    }
}

/// The direction in which a level matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipEdge {
    /// From below to the level or above.
    Rising,
    /// From above to the level or below.
    Falling,
}

/// A level at which the chip must be looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChipLevel {
    /// What is watched.
    pub channel: ChipChannel,
    /// In the channel's unit.
    pub level: f64,
    /// Which way.
    pub edge: ChipEdge,
}

impl ChipLevel {
    pub(crate) const fn above(channel: ChipChannel, level: f64) -> Self {
        Self { channel, level, edge: ChipEdge::Rising }
    }

    pub(crate) const fn below(channel: ChipChannel, level: f64) -> Self {
        Self { channel, level, edge: ChipEdge::Falling }
    }

    /// Whether a value lies at the level or beyond it.
    pub(crate) fn is_reached(&self, value: f64) -> bool {
        match self.edge {
            ChipEdge::Rising => value >= self.level,
            ChipEdge::Falling => value <= self.level,
        }
    }

    /// The same level, the other way.
    pub(crate) const fn back(self) -> Self {
        let edge = match self.edge {
            ChipEdge::Rising => ChipEdge::Falling,
            ChipEdge::Falling => ChipEdge::Rising,
        };
        Self { edge, ..self }
    }
}
