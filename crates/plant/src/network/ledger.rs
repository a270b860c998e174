//! Where each integral that nothing depends on stands in the vector of totals.

/// Places of the quadratures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ledger {
    branches: usize,
    strings: usize,
    loads: usize,
}

/// Quadratures of a branch.
#[derive(Debug, Clone, Copy)]
pub(super) enum BranchEntry {
    /// ∫i, C.
    Charge,
    /// ∫i², A²s.
    JouleIntegral,
    /// Energy in resistances, J.
    Resistive,
    /// Energy in avalanche clamps and arcs, J.
    Clamped,
    /// Energy in diodes, J.
    Diode,
    /// Energy given by the source voltage, J.
    Source,
    /// Share of the fuse's life that pulses have taken, 1.
    Fatigue,
}

/// Quadratures of a cell string, J.
#[derive(Debug, Clone, Copy)]
pub(super) enum StringEntry {
    /// ∫ocv·(i + leakage).
    Chemical,
    /// In the series resistances.
    Series,
    /// In the RC pairs' resistances.
    Relaxation,
    /// To hysteresis.
    Hysteresis,
    /// Self-discharge.
    Leakage,
}

const BRANCH_ENTRIES: usize = 7;
const STRING_ENTRIES: usize = 5;

impl Ledger {
    pub(super) fn new(branches: usize, strings: usize, loads: usize) -> Self {
        Self { branches, strings, loads }
    }

    pub(super) fn len(self) -> usize {
        self.load(self.loads)
    }

    pub(super) fn branch(self, branch: usize, entry: BranchEntry) -> usize {
        BRANCH_ENTRIES * branch + entry as usize
    }

    pub(super) fn string(self, string: usize, entry: StringEntry) -> usize {
        BRANCH_ENTRIES * self.branches + STRING_ENTRIES * string + entry as usize
    }

    pub(super) fn load(self, load: usize) -> usize {
        BRANCH_ENTRIES * self.branches + STRING_ENTRIES * self.strings + load
    }
}
