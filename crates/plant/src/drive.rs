//! What drives a switch: where it is to be, when it gets there, contacts that bounce and weld.

use blackstart_scenario::Contactor;
use blackstart_units::{Amperes, SimTime};

/// An interruption of less than this is not worth a line in the story.
pub(crate) const WORTH_RECORDING: Amperes = Amperes(1.0);
/// How long after an opening the clamp is taken to have finished: far beyond any L/R of a pack.
pub(crate) const CLAMP_SETTLED: SimTime = SimTime::from_millis(1);
/// One switch and what drives it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Drive {
    /// What the controller last commanded.
    pub wanted: bool,
    /// A movement under way: when it ends, and where.
    turning: Option<(SimTime, bool)>,
    /// Contacts that have closed and not come to rest.
    bouncing: Option<Bounce>,
    /// From now on it stays closed.
    welded: bool,
}

/// Contacts that part and touch again.
#[derive(Clone, Copy, Debug)]
struct Bounce {
    next: SimTime,
    interval: SimTime,
    /// Partings and touches to come; after an even number they are closed.
    left: u32,
}

/// What contacts do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    Closes,
    Opens,
    /// In a bounce.
    Parts,
    /// After one.
    Touches,
}

impl Drive {
    /// Heads for a position. A movement that already leads there keeps its instant, so that a late
    /// command cannot delay what the front end has begun.
    pub fn head_for(&mut self, closed: bool, is_closed: bool, arrives: SimTime) {
        self.turning = match self.turning {
            Some(turning) if turning.1 == closed => Some(turning),
            _ if closed == is_closed => None,
            _ => Some((arrives, closed)),
        };
    }

    /// The movement that has ended by now, if any.
    pub fn arrive(&mut self, now: SimTime) -> Option<Motion> {
        if let Some((_, closed)) = self.turning.take_if(|turning| turning.0 <= now) {
            self.bouncing = None;
            return Some(if closed { Motion::Closes } else { Motion::Opens });
        }
        let bounce = self.bouncing.as_mut().filter(|bounce| bounce.next <= now)?;
        let motion = if bounce.left.is_multiple_of(2) { Motion::Parts } else { Motion::Touches };
        bounce.next = now + bounce.interval;
        bounce.left -= 1;
        self.bouncing.take_if(|bounce| bounce.left == 0);
        Some(motion)
    }

    /// Contacts that have just closed begin to bounce.
    pub fn bounce(&mut self, now: SimTime, contactor: &Contactor) {
        let left = 2 * contactor.bounces;
        let interval =
            SimTime::from_nanos(contactor.bounce_time.as_nanos() / u64::from(left.max(1)));
        self.bouncing = (interval > SimTime::ZERO)
            .then_some(Bounce { next: now + interval, interval, left })
            .filter(|bounce| bounce.left > 0);
    }

    /// What contacts in such a motion can carry without welding.
    pub fn bears(&self, contactor: &Contactor, motion: Option<Motion>) -> Amperes {
        match motion {
            Some(Motion::Opens) => contactor.breaking_current,
            _ if self.bouncing.is_some() => contactor.making_current,
            _ => Amperes(f64::INFINITY),
        }
    }

    /// It stays where it is.
    pub fn weld(&mut self) {
        *self = Self { wanted: self.wanted, welded: true, ..Self::default() };
    }

    /// Whether it stays closed.
    pub fn is_welded(&self) -> bool {
        self.welded
    }

    /// It moves again.
    pub fn free(&mut self) {
        self.welded = false;
    }

    /// Whether its contacts have not come to rest.
    pub fn is_bouncing(&self) -> bool {
        self.bouncing.is_some()
    }

    /// When it moves next.
    pub fn next(&self) -> SimTime {
        let turns = self.turning.map_or(SimTime::NEVER, |turning| turning.0);
        turns.min(self.bouncing.map_or(SimTime::NEVER, |bounce| bounce.next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: SimTime = SimTime::from_micros(10);

    #[test]
    fn a_second_order_to_open_does_not_delay_the_first() {
        let mut drive = Drive::default();
        drive.head_for(false, true, LATER);
        drive.head_for(false, true, LATER + LATER);
        assert_eq!(drive.arrive(LATER), Some(Motion::Opens));
    }

    fn contactor(bounces: u32, bounce_time: SimTime) -> Contactor {
        Contactor {
            pull_in: LATER,
            drop_out: LATER,
            bounces,
            bounce_time,
            making_current: Amperes(500.0),
            breaking_current: Amperes(500.0),
        }
    }

    #[test]
    fn closing_contacts_part_as_often_as_they_bounce_and_rest_closed() {
        let mut drive = Drive::default();
        drive.bounce(SimTime::ZERO, &contactor(2, SimTime::from_millis(4)));
        let mut seen = Vec::new();
        while drive.next() != SimTime::NEVER {
            let now = drive.next();
            seen.extend(drive.arrive(now).map(|motion| (now.as_nanos() / 1_000_000, motion)));
        }
        use Motion::{Parts, Touches};
        assert_eq!(seen, [(1, Parts), (2, Touches), (3, Parts), (4, Touches)]);
    }

    #[test]
    fn contacts_that_bounce_for_no_time_rest_at_once() {
        let mut drive = Drive::default();
        drive.bounce(SimTime::ZERO, &contactor(3, SimTime::ZERO));
        assert_eq!(drive.next(), SimTime::NEVER);
    }

    #[test]
    fn an_order_to_open_ends_a_bounce() {
        let mut drive = Drive::default();
        drive.bounce(SimTime::ZERO, &contactor(2, SimTime::from_millis(4)));
        drive.head_for(false, true, LATER);
        assert_eq!(drive.arrive(LATER), Some(Motion::Opens));
        assert_eq!(drive.next(), SimTime::NEVER);
    }

    #[test]
    fn an_order_taken_back_before_the_switch_moves_leaves_it_where_it_is() {
        let mut drive = Drive::default();
        drive.head_for(true, false, LATER);
        drive.head_for(false, false, LATER);
        assert_eq!(drive.arrive(SimTime::NEVER), None);
    }
}
