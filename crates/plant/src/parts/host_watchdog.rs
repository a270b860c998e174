//! A watchdog of a controller.

use blackstart_roles::Protection;
use blackstart_scenario::Part;
use blackstart_scenario::kinds::comparator::STATES;
use blackstart_scenario::kinds::host_watchdog::HostWatchdogAmounts;
use blackstart_trace::{Cause, EventKind, Evidence, SignalId, Trip};
use blackstart_units::SimTime;

use super::owner;
use super::{Acting, Build, Command, Stage, TRIPS};

#[derive(Debug)]
struct Watchdog {
    id: String,
    timeout: SimTime,
    opens: Vec<String>,
    /// When the controller was heard last; the start counts as once.
    heard: SimTime,
    value: f64,
    latched: bool,
    trips: u32,
    evidence: Evidence,
    signal: SignalId,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: HostWatchdogAmounts = part.amounts()?;
    let watchdog = Watchdog {
        id: into.id.to_owned(),
        timeout: amounts.timeout_ms.time(),
        opens: part.links("opens").iter().map(|link| link.part.clone()).collect(),
        heard: SimTime::ZERO,
        value: 0.0,
        latched: false,
        trips: 0,
        evidence: Evidence::ModelOnly,
        signal: into.state("state", STATES),
    };
    into.acts(watchdog);
    Some(())
}

impl Watchdog {
    fn due(&self) -> SimTime {
        self.heard + self.timeout
    }
}

impl Acting for Watchdog {
    fn act(&mut self, stage: &mut Stage<'_>) {
        let is_late = stage.now >= self.due();
        if is_late != self.latched {
            self.latched = is_late;
            for part in &self.opens {
                stage.hold(part, is_late);
            }
            if is_late {
                self.trips += 1;
                let trip = Trip {
                    protection: Protection::Watchdog,
                    value: None,
                    extreme: None,
                    threshold: None,
                    delay: Some(self.timeout),
                    since: Some(self.heard),
                    cause: Cause::HostSilent,
                    because: "its controller said nothing".to_owned(),
                    evidence: self.evidence,
                };
                stage.recorder.event(stage.now, &owner(&self.id), EventKind::Trip(trip));
            }
        }
        stage.recorder.state(&self.id, self.signal, stage.now, f64::from(self.latched));
    }

    fn next(&self) -> SimTime {
        if self.latched { SimTime::NEVER } else { self.due() }
    }

    fn command(&mut self, Command { value, now, .. }: Command) {
        if self.value != value {
            (self.value, self.heard) = (value, now);
        }
    }

    fn reading(&self, pin: &str) -> f64 {
        if pin == TRIPS { f64::from(self.trips) } else { f64::from(self.latched) }
    }

    fn is_latched(&self) -> bool {
        self.latched
    }

    fn rests_on(&mut self, evidence: Evidence) {
        self.evidence = evidence;
    }
}
