//! What an emulated device can see: the trace, and what its controller sees.

use blackstart_engine::Terminal;
use blackstart_trace::{Catalogue, SignalId, SignalKind, Trace};
use blackstart_units::SimTime;

/// A look at a run, up to where it is.
#[derive(Clone, Copy)]
pub struct View<'a> {
    trace: &'a Trace,
    terminal: Option<&'a Terminal>,
}

/// A signal with named states.
#[derive(Clone, Debug)]
pub struct StatePin {
    id: SignalId,
    names: Vec<String>,
}

impl StatePin {
    /// The signal with this name, if it is a state.
    pub fn find(catalogue: &Catalogue, name: &str) -> Option<Self> {
        let id = catalogue.find(name)?;
        match &catalogue.signal(id).kind {
            SignalKind::State(names) => Some(Self { id, names: names.clone() }),
            SignalKind::Analog | SignalKind::Held => None,
        }
    }

    fn name(&self, value: f64) -> Option<&str> {
        self.names.get(value as usize).map(String::as_str)
    }
}

impl<'a> View<'a> {
    /// A view of what is recorded, and of the terminal of the role that the device is the outside of.
    pub fn new(trace: &'a Trace, terminal: Option<&'a Terminal>) -> Self {
        Self { trace, terminal }
    }

    /// A quantity at an instant; `None` before its first record.
    pub fn value(&self, signal: SignalId, at: SimTime) -> Option<f64> {
        self.trace.series(signal).value_at(at)
    }

    /// A state at an instant.
    pub fn state<'p>(&self, pin: &'p StatePin, at: SimTime) -> Option<&'p str> {
        pin.name(self.trace.series(pin.id).held_at(at)?)
    }

    /// The newest of some states that there was up to an instant.
    pub fn last_of<'p>(&self, pin: &'p StatePin, at: SimTime, wanted: &[&str]) -> Option<&'p str> {
        let series = self.trace.series(pin.id);
        let before = series.times().partition_point(|&time| time <= at);
        let names = series.values()[..before].iter().rev().filter_map(|&value| pin.name(value));
        names.into_iter().find(|name| wanted.contains(name))
    }

    /// How long a state was held up to an instant.
    pub fn time_in(&self, pin: &StatePin, at: SimTime, wanted: &str) -> SimTime {
        let series = self.trace.series(pin.id);
        let mut total = SimTime::ZERO;
        let mut since = None;
        for (time, value) in series.iter().take_while(|(time, _)| *time <= at) {
            if let Some(since) = since.take() {
                total += time.since(since);
            }
            since = (pin.name(value) == Some(wanted)).then_some(time);
        }
        total + since.map_or(SimTime::ZERO, |since| at.since(since))
    }

    /// The integral of a quantity from the start of the run to an instant, in its unit times seconds.
    pub fn integral(&self, signal: SignalId, at: SimTime) -> f64 {
        let series = self.trace.series(signal);
        let mut sum = 0.0;
        let mut before: Option<(SimTime, f64)> = None;
        let end = series.value_at(at).map(|value| (at, value));
        for (time, value) in series.iter().take_while(|(time, _)| *time <= at).chain(end) {
            if let Some((earlier, then)) = before {
                let mean = if series.holds() { then } else { 0.5 * (value + then) };
                sum += mean * time.since(earlier).as_seconds();
            }
            before = Some((time, value));
        }
        sum
    }

    /// What the controller in the device's role sees now.
    pub fn reading(&self, name: &str) -> Option<f64> {
        let readings = &self.terminal?.readings;
        readings.index(name).map(|index| readings.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_whole_seconds(seconds)
    }

    #[test]
    fn a_view_looks_back_to_the_instant_and_no_further() {
        let mut catalogue = Catalogue::default();
        let power = catalogue.analog("x.power_w");
        catalogue.state("x.state", &["off", "on", "fault"]);
        let pin = StatePin::find(&catalogue, "x.state").unwrap();
        let mut trace = Trace::new(catalogue);
        for (second, value) in [(0, 100.0), (10, 100.0), (10, 0.0), (20, 0.0)] {
            trace.sample(power, at(second), value);
        }
        for (second, value) in [(0, 0.0), (2, 1.0), (5, 2.0), (6, 0.0), (8, 1.0)] {
            trace.sample(pin.id, at(second), value);
        }
        let view = View::new(&trace, None);
        assert_eq!(view.value(power, at(10)), Some(0.0));
        assert_eq!(view.state(&pin, at(4)), Some("on"));
        assert_eq!(view.last_of(&pin, at(4), &["fault"]), None);
        assert_eq!(view.last_of(&pin, at(7), &["fault"]), Some("fault"));
        assert_eq!(view.time_in(&pin, at(9), "on"), at(4));
        assert_eq!(view.integral(power, at(5)), 500.0);
        assert_eq!(view.integral(power, at(30)), 1000.0);
    }
}
