//! Devices of the field that the bench plays on a line, and readers of real ones.
//!
//! Each is a struct without IO and without a clock: it [hears](SerialDevice::hear) bytes or frames, says
//! when it is [due](SerialDevice::due), and [speaks](SerialDevice::speak) what its line would have carried
//! by now. What it says of the plant it takes from the trace, at the instant at which a real device would
//! have measured it, so its numbers agree with the trace. What it is sent becomes an [`Effect`].
//!
//! `docs/emulated-devices.md` says what each answers, and which parts are guesses.

mod bms_can;
mod bms_can_inverter;
mod meter;
mod meter_reader;
mod ntu;
mod phoenix;
mod phoenix_reader;
mod view;

use blackstart_scenario::System;
use blackstart_trace::Catalogue;
use blackstart_units::SimTime;
use blackstart_wire::can::CanFrame;

pub use bms_can::BmsCan;
pub use bms_can_inverter::BmsCanInverter;
pub use meter::{BAUD as METER_BAUD, Meter, UNIT as USUAL_METER_UNIT};
pub use meter_reader::MeterReader;
pub use ntu::Ntu;
pub use phoenix::Phoenix;
pub use phoenix_reader::PhoenixReader;
pub use view::{StatePin, View};

/// What a device does to the world, or learns of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A setting of the controller in its role is to change; keys and units are those of device files.
    Set {
        /// Which.
        setting: &'static str,
        /// Its new value.
        value: f64,
    },
    /// A value that it recorded, by its place among [`Emulated::shows`].
    Show {
        /// Which.
        index: usize,
        /// In the unit of its name.
        value: f64,
        /// When it was said.
        at: SimTime,
    },
    /// It stops because what it listens to has said nothing for too long.
    Silenced {
        /// When that last said something.
        since: SimTime,
        /// For how long it may say nothing.
        patience: SimTime,
    },
}

/// What was wrong on a device's line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineErrors {
    /// Requests, frames or blocks that were understood.
    pub understood: u64,
    /// Bytes that came and were nothing: wrong checksum, wrong length, no known form.
    pub rejected: u64,
    /// What it had to say and its line had no room for.
    pub lost: u64,
}

/// What every device of the bench has.
pub trait Emulated: Send + Sync {
    /// When it next has something to do if it hears nothing more; [`SimTime::NEVER`] when it has not.
    fn due(&self) -> SimTime;

    /// What it did or learned since the last call.
    fn take_effects(&mut self) -> Vec<Effect>;

    /// Names of what it records, without the instance.
    fn shows(&self) -> &'static [&'static str] {
        &[]
    }

    /// What was wrong on its line so far.
    fn errors(&self) -> LineErrors;
}

/// A device on a line of bytes.
pub trait SerialDevice: Emulated {
    /// Takes bytes that came, the last of them at `at`.
    fn hear(&mut self, at: SimTime, bytes: &[u8]);

    /// Appends the bytes that have left it by `at`. Time never goes back.
    fn speak(&mut self, at: SimTime, view: &View<'_>, out: &mut Vec<u8>);
}

/// A device on a CAN bus.
pub trait CanNode: Emulated {
    /// Takes a frame that came at `at`.
    fn hear(&mut self, at: SimTime, frame: &CanFrame);

    /// Appends the frames that it has sent by `at`. Time never goes back.
    fn speak(&mut self, at: SimTime, view: &View<'_>, out: &mut Vec<CanFrame>);
}

/// Where a device is put.
#[derive(Clone, Copy)]
pub struct EmulationSite<'a> {
    /// The system that it is part of.
    pub system: &'a System,
    /// The signals of the run.
    pub catalogue: &'a Catalogue,
    /// The instance that it is, or reads.
    pub instance: &'a str,
}

/// A device that cannot be what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// There is no such instance.
    #[error("the system has no `{0}`")]
    NoInstance(String),
    /// It is another kind of device.
    #[error("`{instance}` is no {wanted}")]
    WrongKind {
        /// Which.
        instance: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// Its maker gives no number to one with these ratings.
    #[error("no VE.Direct product number is known for `{0}`")]
    NoProduct(String),
    /// The run records nothing that it could show.
    #[error("nothing of `{instance}` is recorded that {wanted} could show")]
    NothingToShow {
        /// Which.
        instance: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// Another maker.
    #[error("no dialect `{0}` of the 0x351 family")]
    NoDialect(String),
}
