//! The DC network: sources, cells, wires, switches, fuses, diodes, capacitors and loads, solved together.
//!
//! A plain data structure, without anything of the engine around it. **Branches** are elements in
//! series that carry one current; **loads** draw what conductance, current and power they are set to.
//! Devices are piecewise linear: a switch with its avalanche clamp and body diode, a diode, a
//! fuse that melts by its time-current curve. Cells are an open-circuit voltage over state of
//! charge, a resistance and two RC pairs, each with a state of its own.
//!
//! Time integration is an L-stable Runge-Kutta method of fourth order (`tableau`) whose steps
//! are whole nanoseconds, as long as the error estimate allows: microseconds in an inrush, hours at
//! rest. Each implicit stage turns storage elements into Thevenin equivalents, so that the only
//! unknowns are node potentials (`circuit`). Events are located to the nanosecond by repeating
//! the step (`advance`), and the energy books are integrated with the same weights.
//!
//! Left out: electromagnetic propagation, saturation of inductors, temperature (its owner sets
//! resistances), hysteresis of the open-circuit voltage, finite switching times (a contact
//! opens at an instant; what its inductance does then goes into the clamp).

mod advance;
mod books;
mod builder;
mod cell_heat;
mod cell_string;
mod circuit;
mod cubic;
mod dense_matrix;
mod element;
mod elimination;
mod error;
mod fade;
mod flow;
mod follower;
mod fuse;
mod gate;
mod ledger;
mod load;
mod melting;
#[expect(
    clippy::module_inception,
    reason = "the type `Network` has its file like every other noun"
)]
mod network;
mod ocv;
mod pace;
mod quantity;
mod sense;
mod settle;
mod situation;
mod steadiness;
mod step;
mod tableau;
mod trial;
mod warmth;

pub use advance::Stop;
pub use books::Books;
pub use builder::NetworkBuilder;
pub use element::{
    BodyDiode, Branch, BranchId, Capacitor, CellModel, CellString, Clamp, DiodeGate, Followed,
    Follower, FollowerId, FuseGate, Gate, LoadId, NetworkLoad, NodeId, RegulatorGate, Sense,
    StringLaws, SwitchGate, Thermal, Warmth,
};
pub use error::{NetworkError, NetworkErrorKind};
pub use flow::{Shares, Tally};
pub use network::{CellState, Network};
pub use ocv::OcvCurve;
pub use quantity::{CrossingEdge, Quantity, RippleShare, Watch};
pub use situation::Situation;
pub use step::Step;
