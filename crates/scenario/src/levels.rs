//! Pairs of levels of one device that must stand in order, declared beside its parameters.

/// Two parameters of one section, in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    /// Key of the lower one.
    pub lower: &'static str,
    /// Key of the upper one.
    pub upper: &'static str,
    /// Whether they may be equal: where nothing is undone at the one that was done at the other.
    pub may_be_equal: bool,
}

impl Levels {
    /// One lies below the other.
    pub const fn below(lower: &'static str, upper: &'static str) -> Self {
        Self { lower, upper, may_be_equal: false }
    }

    /// One lies no higher than the other.
    pub const fn up_to(lower: &'static str, upper: &'static str) -> Self {
        Self { lower, upper, may_be_equal: true }
    }

    /// Whether two values of theirs stand in order.
    pub fn are_in_order(self, lower: f64, upper: f64) -> bool {
        lower < upper || self.may_be_equal && lower == upper
    }
}
