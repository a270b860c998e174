//! What lets comparators go again without a controller, and counts how often it has.

use blackstart_scenario::Part;
use blackstart_trace::SignalId;
use blackstart_units::SimTime;

use super::{Acting, Build, Stage};
use crate::network::{CrossingEdge, Quantity, Watch};

/// What must be so for a time.
#[derive(Debug)]
enum When {
    /// Nothing more than that one of them has tripped.
    Tripped,
    /// A voltage beyond a threshold as well.
    Voltage(Quantity, f64, CrossingEdge),
}

#[derive(Debug)]
struct Release {
    when: When,
    time: SimTime,
    retries: usize,
    /// Whether one of its comparators holds switches open.
    is_needed: bool,
    since: Option<SimTime>,
    done: usize,
    /// It has just let them go itself.
    has_acted: bool,
    count: SignalId,
}

pub(super) fn timed(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    install(part, into, When::Tripped, "after_ms")
}

pub(super) fn by_voltage(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let edge =
        if part.word("beyond") == "above" { CrossingEdge::Rising } else { CrossingEdge::Falling };
    let voltage = Quantity::Difference(into.end(0)?, into.end(1)?);
    let threshold = part.amount("threshold_v")?.volts().0;
    install(part, into, When::Voltage(voltage, threshold, edge), "delay_ms")
}

fn install(part: &Part, into: &mut Build<'_, '_>, when: When, time: &str) -> Option<()> {
    let release = Release {
        when,
        time: part.amount(time)?.time(),
        retries: part.amount("retry_count")?.count(),
        is_needed: false,
        since: None,
        done: 0,
        has_acted: false,
        count: into.analog("retry_count"),
    };
    into.releases(part.links("releases").iter().map(|link| link.part.clone()).collect());
    into.acts(release);
    Some(())
}

impl Release {
    fn may_act(&self) -> bool {
        self.is_needed && self.done < self.retries
    }

    fn due(&self) -> SimTime {
        self.since.map_or(SimTime::NEVER, |since| since + self.time)
    }
}

impl Acting for Release {
    fn act(&mut self, stage: &mut Stage<'_>) {
        let is_so = match self.when {
            When::Tripped => true,
            When::Voltage(quantity, level, edge) => {
                let value = stage.network.value(quantity);
                if edge == CrossingEdge::Rising { value >= level } else { value <= level }
            }
        };
        self.since = (self.may_act() && is_so).then(|| self.since.unwrap_or(stage.now));
        if self.due() <= stage.now {
            self.since = None;
            self.done += 1;
            self.has_acted = true;
            stage.release();
        }
        stage.recorder.held(self.count, stage.now, self.done as f64);
    }

    fn next(&self) -> SimTime {
        self.due()
    }

    fn watch(&self, into: &mut Vec<Watch>) {
        if let When::Voltage(quantity, level, edge) = self.when
            && self.may_act()
        {
            let edge = if self.since.is_some() { edge.back() } else { edge };
            into.push(Watch { quantity, level, edge });
        }
    }

    fn need(&mut self, is_needed: bool) {
        let was_needed = std::mem::replace(&mut self.is_needed, is_needed);
        if was_needed && !is_needed && !std::mem::take(&mut self.has_acted) {
            // Somebody else has let them go.
            self.done = 0;
        }
    }
}
