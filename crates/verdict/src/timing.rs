//! How a run on the realtime clock kept time, and what its rig allows.

use serde::{Deserialize, Serialize};

use crate::Rounded;
use crate::words::quantity;

/// How a run on the realtime clock kept time. Part of the basis; past the budget, the verdict is
/// inconclusive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Longest stretch that was simulated in one go.
    pub slice_ms: Rounded,
    /// Deadlines on the wall clock.
    pub ticks: u64,
    /// Those that were missed by more than 1 ms.
    pub late_ticks: u64,
    /// The most that one was missed by.
    pub worst_late_ms: Rounded,
    /// The most that the clock of a device was behind or ahead, where a device tells it.
    pub worst_drift_ms: Rounded,
    /// Frames that were lost or damaged, on all lines.
    pub lost_frames: u64,
    /// What the rig allows.
    pub budget: Budget,
}

/// What a rig allows its run to miss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Late ticks.
    pub late_ticks: u64,
    /// The most that one may be late.
    pub late_ms: Rounded,
    /// The most that the clock of a device may depart.
    pub drift_ms: Rounded,
    /// Lost or damaged frames.
    pub lost_frames: u64,
}

impl Timing {
    /// What was missed beyond the budget, in words; empty when the run kept time.
    pub fn missed(&self) -> Vec<String> {
        let budget = &self.budget;
        let mut missed = Vec::new();
        let (late, worst) = (self.late_ticks, self.worst_late_ms.get());
        if late > budget.late_ticks || worst > budget.late_ms.get() {
            let (worst, allowed) = (quantity(worst, "ms"), quantity(budget.late_ms.get(), "ms"));
            let ticks = self.ticks;
            missed.push(format!(
                "{late} of {ticks} ticks were late, the worst by {worst}; the rig allows {} and {allowed}",
                budget.late_ticks
            ));
        }
        let drift = self.worst_drift_ms.get();
        if drift > budget.drift_ms.get() {
            missed.push(format!(
                "a device's clock departed by {}; the rig allows {}",
                quantity(drift, "ms"),
                quantity(budget.drift_ms.get(), "ms")
            ));
        }
        if self.lost_frames > budget.lost_frames {
            missed.push(format!(
                "{} frames were lost or damaged; the rig allows {}",
                self.lost_frames, budget.lost_frames
            ));
        }
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn what_the_budget_allows_is_not_missed() {
        assert_eq!(SampleRun::punctual().missed(), Vec::<String>::new());
    }

    #[test]
    fn each_thing_beyond_the_budget_is_said() {
        let late = Timing { late_ticks: 3, ..SampleRun::punctual() };
        let expected = "3 of 4000 ticks were late, the worst by 5 ms; the rig allows 2 and 5 ms";
        assert_eq!(late.missed(), [expected]);
        let worst = Timing { worst_late_ms: 5.5.into(), ..SampleRun::punctual() };
        assert_eq!(worst.missed().len(), 1);
        let drifting = Timing { worst_drift_ms: 250.0.into(), ..SampleRun::punctual() };
        assert_eq!(
            drifting.missed(),
            ["a device's clock departed by 250 ms; the rig allows 100 ms"]
        );
        let lossy = Timing { lost_frames: 1, late_ticks: 9, ..SampleRun::punctual() };
        assert_eq!(lossy.missed()[1], "1 frames were lost or damaged; the rig allows 0");
    }
}
