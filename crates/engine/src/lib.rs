//! The deterministic ECS shell: clock, tick order, named random streams, and the terminals between
//! physics and controllers.
//!
//! The engine knows nothing of batteries or protocols. A tick is as long as it may be; what happens
//! in it, and in which order, is [`TickSystems`].

mod clock;
mod controller;
mod disturbance;
mod disturbed;
mod noise;
mod simulation;
mod terminal;
mod transfer;

pub use blackstart_trace::SignalKind;
pub use clock::Clock;
pub use controller::{BuiltIn, Controller, Desk};
pub use disturbance::{Distortion, FOLLOW_PERIOD, Passing, Shown};
pub use disturbed::FaultStart;
pub use noise::NoiseStream;
pub use simulation::{Simulation, TickSystems};
pub use terminal::{
    AlertEdge, Causes, PinBank, PinItem, PlacedPin, RoleShape, Subscription, Subscriptions,
    Terminal, WIRE_SLOTS, WatchedReading,
};
pub use transfer::{BusAnswer, BusStatus, BusTransfer};
