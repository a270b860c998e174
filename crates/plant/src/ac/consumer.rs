//! A load: what it takes, how it starts, which gaps it survives.

use blackstart_scenario::Load;
use blackstart_trace::EventKind;
use blackstart_units::{SimTime, Volts, Watts};

use super::Tap;

/// Something worth an event, and whose it is.
pub(crate) type Happening = (String, EventKind);

/// A load that has dropped out is not back within the same half cycle: an inverter that it overloads
/// would otherwise see it come and go without time passing.
const SHORTEST_RESTART: SimTime = SimTime::from_millis(10);

/// What a load does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    /// It has dropped out.
    Down,
    /// It has supply again and waits before it starts.
    Waiting { until: SimTime },
    /// It draws its starting power.
    Starting { until: SimTime },
    /// It works, or rests in its cycle.
    Working,
}

/// One load.
#[derive(Clone, Debug)]
pub(crate) struct AcConsumer {
    pub id: String,
    pub model: Load,
    pub fed_by: Option<Tap>,
    /// Share of its power on each phase.
    pub shares: [f64; 3],
    /// What it asks for when it works; the scenario may change it.
    pub demand: Watts,
    pub voltage: Volts,
    activity: Activity,
    gap_since: Option<SimTime>,
    /// Whether it worked in its cycle when it was last looked at.
    was_at_work: bool,
}

impl AcConsumer {
    /// A load that has never had supply.
    pub fn new(id: String, model: Load) -> Self {
        Self {
            id,
            model,
            fed_by: None,
            shares: [1.0, 0.0, 0.0],
            demand: model.power,
            voltage: Volts(0.0),
            activity: Activity::Down,
            gap_since: Some(SimTime::ZERO),
            was_at_work: false,
        }
    }

    /// Whether it is up: working, starting, or riding through a gap.
    pub fn is_up(&self) -> bool {
        matches!(self.activity, Activity::Working | Activity::Starting { .. })
    }

    /// A load that has been up since before the run.
    pub fn settle(&mut self, voltage: Volts) {
        if voltage >= self.model.lowest_voltage {
            (self.activity, self.gap_since, self.voltage) = (Activity::Working, None, voltage);
            self.was_at_work = self.is_at_work(SimTime::ZERO);
        }
    }

    fn is_at_work(&self, now: SimTime) -> bool {
        self.model.duty.is_none_or(|duty| {
            let phase = now.as_nanos() % duty.period.as_nanos();
            phase < duty.work.as_nanos()
        })
    }

    /// What it takes at this instant.
    pub fn draw(&self, now: SimTime) -> Watts {
        // On too low a voltage it does not work, but still draws.
        if self.voltage <= Volts(0.0) || !self.is_at_work(now) {
            return Watts(0.0);
        }
        match self.activity {
            Activity::Starting { .. } => self.demand * self.model.starting_multiple,
            Activity::Working => self.demand,
            Activity::Down | Activity::Waiting { .. } => Watts(0.0),
        }
    }

    /// Brings it to `now` under a supply voltage.
    pub fn step(&mut self, now: SimTime, voltage: Volts, happened: &mut Vec<Happening>) {
        self.voltage = voltage;
        self.notice_supply(now, voltage >= self.model.lowest_voltage, happened);
        let lost = |since: SimTime| now >= since + self.model.ride_through;
        if self.gap_since.is_some_and(lost) && self.activity != Activity::Down {
            if self.is_up() {
                happened.push((self.id.clone(), EventKind::LoadLost));
            }
            self.activity = Activity::Down;
        }
        if let Activity::Waiting { until } = self.activity
            && now >= until
        {
            happened.push((self.id.clone(), EventKind::LoadSupplied));
            self.start(now);
        }
        if let Activity::Starting { until } = self.activity
            && now >= until
        {
            self.activity = Activity::Working;
        }
        let at_work = self.is_at_work(now);
        if at_work && !self.was_at_work && self.activity == Activity::Working {
            self.start(now);
        }
        self.was_at_work = at_work;
    }

    fn notice_supply(&mut self, now: SimTime, powered: bool, happened: &mut Vec<Happening>) {
        match (powered, self.gap_since) {
            (false, None) => self.gap_since = Some(now),
            (true, Some(since)) => {
                self.gap_since = None;
                let down = self.activity == Activity::Down;
                if now > since {
                    let kind = EventKind::GapEnded { lasted: now - since, rode_through: !down };
                    happened.push((self.id.clone(), kind));
                }
                if down {
                    let until = now + self.model.restart_delay.max(SHORTEST_RESTART);
                    self.activity = Activity::Waiting { until };
                }
            }
            _ => {}
        }
    }

    /// What there is to say of its supply at the end of a run: a gap that goes on.
    pub fn open_gap(&self, now: SimTime) -> Option<Happening> {
        let since = self.gap_since.filter(|&since| now > since)?;
        let kind = EventKind::GapOpen { lasted: now - since, rode_through: self.is_up() };
        Some((self.id.clone(), kind))
    }

    /// Ends its start, if it is in one; whether it was.
    pub fn finish_start(&mut self) -> bool {
        let starts = matches!(self.activity, Activity::Starting { .. });
        if starts {
            self.activity = Activity::Working;
        }
        starts
    }

    fn start(&mut self, now: SimTime) {
        let until = now + self.model.starting_time;
        self.activity = if until > now { Activity::Starting { until } } else { Activity::Working };
    }

    /// The next instant at which it does something by itself.
    pub fn next(&self, now: SimTime) -> SimTime {
        let own = match (self.gap_since, self.activity) {
            (Some(since), Activity::Working | Activity::Starting { .. }) => {
                since + self.model.ride_through
            }
            (None, Activity::Waiting { until } | Activity::Starting { until }) => until,
            _ => SimTime::NEVER,
        };
        own.min(self.next_edge(now))
    }

    /// The next beginning or end of work in its cycle.
    fn next_edge(&self, now: SimTime) -> SimTime {
        let (Some(duty), true) = (self.model.duty, self.is_up()) else { return SimTime::NEVER };
        let (period, work) = (duty.period.as_nanos(), duty.work.as_nanos());
        let phase = now.as_nanos() % period;
        let ahead = if phase < work { work - phase } else { period - phase };
        now + SimTime::from_nanos(ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_scenario::Duty;
    use blackstart_units::Fraction;

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    fn fridge() -> AcConsumer {
        let model = Load {
            power: Watts(100.0),
            power_factor: Fraction(0.8),
            lowest_voltage: Volts(180.0),
            ride_through: at(20),
            restart_delay: at(1000),
            starting_multiple: 5.0,
            starting_time: at(200),
            duty: None,
        };
        let mut fridge = AcConsumer::new("fridge-1".to_owned(), model);
        fridge.settle(Volts(230.0));
        fridge
    }

    #[test]
    fn a_gap_within_the_ride_through_is_reported_and_survived() {
        let (mut fridge, mut happened) = (fridge(), Vec::new());
        fridge.step(at(100), Volts(0.0), &mut happened);
        assert_eq!(fridge.draw(at(100)), Watts(0.0));
        fridge.step(at(115), Volts(230.0), &mut happened);
        assert!(fridge.is_up());
        let gap = EventKind::GapEnded { lasted: at(15), rode_through: true };
        assert_eq!(happened, [("fridge-1".to_owned(), gap)]);
    }

    #[test]
    fn a_longer_gap_drops_it_and_it_starts_again_after_its_delay() {
        let (mut fridge, mut happened) = (fridge(), Vec::new());
        fridge.step(at(100), Volts(0.0), &mut happened);
        assert_eq!(fridge.next(at(100)), at(120));
        fridge.step(at(120), Volts(0.0), &mut happened);
        assert!(!fridge.is_up());
        fridge.step(at(500), Volts(230.0), &mut happened);
        assert_eq!(fridge.next(at(500)), at(1500));
        fridge.step(at(1500), Volts(230.0), &mut happened);
        assert_eq!(fridge.draw(at(1500)), Watts(500.0));
        fridge.step(at(1700), Volts(230.0), &mut happened);
        assert_eq!(fridge.draw(at(1700)), Watts(100.0));
        let kinds: Vec<&EventKind> = happened.iter().map(|one| &one.1).collect();
        let gap = EventKind::GapEnded { lasted: at(400), rode_through: false };
        assert_eq!(kinds, [&EventKind::LoadLost, &gap, &EventKind::LoadSupplied]);
    }

    #[test]
    fn what_never_had_supply_has_a_gap_since_the_start_and_one_that_goes_on_is_reported_at_the_end()
    {
        let (settled, mut happened) = (fridge(), Vec::new());
        assert_eq!(settled.open_gap(at(500)), None);
        let mut cold = AcConsumer::new("fridge-1".to_owned(), settled.model);
        cold.step(at(100), Volts(0.0), &mut happened);
        let open = |lasted, rode_through| {
            Some(("fridge-1".to_owned(), EventKind::GapOpen { lasted, rode_through }))
        };
        assert_eq!(cold.open_gap(at(150)), open(at(150), false));
        cold.step(at(200), Volts(230.0), &mut happened);
        let gap = EventKind::GapEnded { lasted: at(200), rode_through: false };
        assert_eq!(happened, [("fridge-1".to_owned(), gap)]);
        assert_eq!(cold.open_gap(at(210)), None);
        // It waits to start when it loses its supply again, and was not up to be lost.
        cold.step(at(220), Volts(0.0), &mut happened);
        assert_eq!(cold.open_gap(at(500)), open(at(280), false));
        let mut riding = fridge();
        riding.step(at(100), Volts(0.0), &mut happened);
        assert_eq!(riding.open_gap(at(110)), open(at(10), true));
    }

    #[test]
    fn every_cycle_begins_with_a_start() {
        let (mut fridge, mut happened) = (fridge(), Vec::new());
        fridge.model.duty = Some(Duty { period: at(10_000), work: at(3_000) });
        assert_eq!(fridge.next(at(0)), at(3_000));
        fridge.step(at(3_000), Volts(230.0), &mut happened);
        assert_eq!(fridge.draw(at(3_000)), Watts(0.0));
        assert_eq!(fridge.next(at(3_000)), at(10_000));
        fridge.step(at(10_000), Volts(230.0), &mut happened);
        assert_eq!(fridge.draw(at(10_000)), Watts(500.0));
    }
}
