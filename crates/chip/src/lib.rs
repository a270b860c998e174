//! Battery monitor chips of the bq769x2 family, as a state machine over time.
//!
//! [`Chip`] has what the maker's manuals state: registers and sub-commands behind a bus with its checksums,
//! the data memory with its units and limits, converters, protections with their recovery, the switches'
//! drivers, balancing, the alert line, sleep and shutdown. It does no IO and solves nothing: [`Analog`] says
//! what lies at its pins, [`Chip::levels`] and [`Chip::next`] say when it must be looked at again, so that
//! whoever solves the circuit stops there and a comparator acts at the instant. Between two stops it converts
//! by itself, at its own instants ([`Chip::observe`]).
//!
//! Left out: what stands under [`Note`] when it is asked for, HDQ, one-time programming, regulators, the
//! polynomials of thermistors, clock stretching, and the time for which balancing pauses to measure.
//! `docs/chips.md` lists what is known from where.

mod alarm;
mod analog;
mod balancing;
mod bus;
mod chip;
mod command;
mod crc;
mod drivers;
mod fault;
mod looks;
mod measurement;
mod memory;
mod note;
mod power;
mod protection;
mod recovery;
mod register;
mod variant;

pub use analog::{Analog, ChipChannel, ChipEdge, ChipLevel};
pub use bus::{BusReply, ChipBusFault};
pub use chip::{Chip, ChipOutputs, ChipPins, ChipWiring};
pub use crc::crc8;
pub use drivers::DrivenFets;
pub use fault::Fault;
pub use memory::address;
pub use note::{ChipNote, Note};
pub use power::PowerMode;
pub use variant::{BusKind, Variant};
