//! Emulated devices without a line: what they say is held against the trace of a whole run.

mod any_bytes;
mod bms_can;
mod bms_can_inverter;
mod meter;
mod ntu;
mod phoenix;
mod readers;

use blackstart_bench::emulate::{CanNode, EmulationSite, SerialDevice, View};
use blackstart_trace::Trace;
use blackstart_units::SimTime;
use blackstart_wire::can::CanFrame;

use blackstart_scenario::Resolved;

use crate::{go, scenario};

/// A scenario with the trace of its run by the built-in controllers.
struct Recorded {
    scenario: Resolved,
    trace: Trace,
}

impl Recorded {
    fn of(path: &str) -> Self {
        Self { scenario: scenario(path), trace: go(path, None).unwrap().trace }
    }

    fn place<'a>(&'a self, instance: &'a str) -> EmulationSite<'a> {
        let catalogue = self.trace.catalogue();
        EmulationSite { system: &self.scenario.system, catalogue, instance }
    }

    fn view(&self) -> View<'_> {
        View::new(&self.trace, None)
    }

    /// A quantity of the run at an instant.
    fn at(&self, signal: &str, at: SimTime) -> f64 {
        self.trace.series_named(signal).unwrap().value_at(at).unwrap()
    }

    /// Every byte that a device sends up to an instant, with when it was taken, in steps that fit nothing.
    fn listen(
        &self,
        device: &mut dyn SerialDevice,
        (from, to): (SimTime, SimTime),
    ) -> Vec<(SimTime, u8)> {
        let mut said = Vec::new();
        let mut now = from;
        while now <= to {
            let mut out = Vec::new();
            device.speak(now, &self.view(), &mut out);
            said.extend(out.into_iter().map(|byte| (now, byte)));
            now += SimTime::from_micros(2_713);
        }
        said
    }

    /// Every frame that a device sends up to an instant.
    fn frames(&self, node: &mut dyn CanNode, to: SimTime) -> Vec<(SimTime, CanFrame)> {
        let mut said = Vec::new();
        let mut now = SimTime::ZERO;
        while now <= to {
            let mut out = Vec::new();
            node.speak(now, &self.view(), &mut out);
            said.extend(out.into_iter().map(|frame| (now, frame)));
            now += SimTime::from_millis(50);
        }
        said
    }
}

fn seconds(seconds: u64) -> SimTime {
    SimTime::from_whole_seconds(seconds)
}
