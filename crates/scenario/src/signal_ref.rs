//! A signal that a check names, with its place in the file. Which signals exist is known only when
//! the world has been spawned, so they are judged later.

use crate::diagnostic::Place;

/// A check's reference to a signal.
#[derive(Clone, Debug)]
pub struct SignalRef {
    /// Full name as written.
    pub name: String,
    /// Id of the check.
    pub check: String,
    /// Where the name stands.
    pub place: Place,
    /// What the check does with it.
    pub wanted: WantedSignal,
}

/// What a check needs of its signal.
#[derive(Clone, Debug)]
pub enum WantedSignal {
    /// A continuous signal.
    Number,
    /// A state signal.
    AnyState,
    /// A state signal that has this state.
    State {
        /// The state as written.
        state: String,
        /// Where it stands.
        place: Place,
    },
}
