//! What can be wrong with a network, when it is built and while it is solved.

use blackstart_units::SimTime;

/// A network that cannot be built, or that could not be solved any further.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{subject}`: {kind}")]
pub struct NetworkError {
    /// The branch, load, node or curve that the error is about.
    pub subject: String,
    /// What is wrong with it.
    pub kind: NetworkErrorKind,
}

/// The kinds of [`NetworkError`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NetworkErrorKind {
    /// A parameter is infinite, not a number, or outside what the model can carry.
    #[error("{field} is {value}, but must be {allowed}")]
    OutOfRange {
        /// The parameter, in words.
        field: &'static str,
        /// What was given.
        value: f64,
        /// What would be accepted.
        allowed: &'static str,
    },
    /// A node that this network does not have.
    #[error("is tied to a node that this network does not have")]
    UnknownNode,
    /// Both ends on one node.
    #[error("begins and ends at the same node")]
    SameNode,
    /// Neither resistance nor inductance: its current would have no law.
    #[error("has neither resistance nor inductance, so nothing limits its current")]
    Shorted,
    /// No chain of branches leads from the node to ground.
    #[error("no branch leads from here to ground, so its potential has no value")]
    Floating,
    /// A cell string without cells.
    #[error("has a cell string without cells")]
    NoCells,
    /// Something that follows a temperature, of what has none.
    #[error("follows the temperature of what has none")]
    NoTemperature,
    /// A table too short to interpolate.
    #[error("a curve needs at least {needed} points, and this one has {given}")]
    TooFewPoints {
        /// The least number of points.
        needed: usize,
        /// The number given.
        given: usize,
    },
    /// A table out of order.
    #[error("point {index} of the curve is out of order: {order}")]
    OutOfOrder {
        /// Index of the first offending point, from 0.
        index: usize,
        /// The order that the curve has to be in.
        order: &'static str,
    },
    /// The nonlinear equations had no solution near the last one, even one nanosecond ahead.
    #[error("no operating point exists at {at}: the supply cannot carry the load")]
    NoOperatingPoint {
        /// The instant up to which the solution is good.
        at: SimTime,
    },
    /// Constant power behind an inductance, and nothing beside it that holds its voltage.
    #[error(
        "takes constant power behind an inductance at {at}, and no capacitance holds its voltage: \
         no operating point exists"
    )]
    NothingHolds {
        /// The instant.
        at: SimTime,
    },
    /// No combination of conducting and blocking devices satisfies the circuit.
    #[error("no consistent set of conducting and blocking devices at {at}")]
    NoConsistentModes {
        /// The instant of the discontinuity.
        at: SimTime,
    },
    /// Time passes in the shortest steps that there are.
    #[error("changes within nanoseconds, on and on, before {at}")]
    NoProgress {
        /// The instant at which the run stopped.
        at: SimTime,
    },
    /// Somebody asked to stop.
    #[error("was stopped at {at}")]
    Halted {
        /// The last good instant.
        at: SimTime,
    },
    /// Two devices switch each other without end.
    #[error("chatters with `{other}`: {changes} mode changes within a millisecond before {at}")]
    Chatter {
        /// The other branch or load.
        other: String,
        /// Changes counted.
        changes: u32,
        /// The instant at which the run was abandoned.
        at: SimTime,
    },
}

impl NetworkError {
    pub(super) fn new(subject: impl Into<String>, kind: NetworkErrorKind) -> Self {
        Self { subject: subject.into(), kind }
    }
}

/// Checks one parameter of `subject` against a range given as a predicate and in words.
fn require(
    subject: &str,
    field: &'static str,
    value: f64,
    allowed: &'static str,
    holds: impl FnOnce(f64) -> bool,
) -> Result<f64, NetworkError> {
    if value.is_finite() && holds(value) {
        Ok(value)
    } else {
        Err(NetworkError::new(subject, NetworkErrorKind::OutOfRange { field, value, allowed }))
    }
}

/// Any finite number.
pub(super) fn finite(subject: &str, field: &'static str, value: f64) -> Result<f64, NetworkError> {
    require(subject, field, value, "finite", |_| true)
}

/// Finite and zero or more.
pub(super) fn not_negative(
    subject: &str,
    field: &'static str,
    value: f64,
) -> Result<f64, NetworkError> {
    require(subject, field, value, "finite and not negative", |v| v >= 0.0)
}

/// Finite and more than zero.
pub(super) fn positive(
    subject: &str,
    field: &'static str,
    value: f64,
) -> Result<f64, NetworkError> {
    require(subject, field, value, "finite and above zero", |v| v > 0.0)
}
