//! What has come from a device and has not taken effect.
//!
//! Every frame is taken in with the time at which it arrived. A frame that says the same as the one before
//! it, but for its counter and its checksum, changes nothing at any instant, and is taken in along with what
//! comes next: so a full bus costs the physics no more steps than it has news.

use std::collections::VecDeque;

use blackstart_units::SimTime;
use blackstart_wire::can::DataFrame;

use crate::device::MOST_WAITING;

/// The queue of one device.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    frames: VecDeque<Waiting>,
    /// When the frames came that have news.
    news: VecDeque<SimTime>,
    /// Frames that found no room.
    overrun: u64,
}

/// A frame of a message that is mapped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub at: SimTime,
    /// The message's place among those that come.
    pub message: usize,
    pub frame: DataFrame,
}

impl Inbox {
    pub fn push(&mut self, waiting: Waiting, has_news: bool) {
        if self.frames.len() >= MOST_WAITING {
            self.overrun += 1;
            return;
        }
        if has_news {
            self.news.push_back(waiting.at);
        }
        self.frames.push_back(waiting);
    }

    /// The next frame that came until now.
    pub fn pop(&mut self, now: SimTime) -> Option<Waiting> {
        while self.news.pop_front_if(|at| *at <= now).is_some() {}
        self.frames.pop_front_if(|waiting| waiting.at <= now)
    }

    /// When the next news came.
    pub fn due(&self) -> Option<SimTime> {
        self.news.front().copied()
    }

    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    pub fn overrun(&self) -> u64 {
        self.overrun
    }
}

#[cfg(test)]
mod tests {
    use blackstart_wire::can::CanId;

    use super::*;

    fn waiting(millis: u64) -> Waiting {
        let frame = DataFrame::classic(CanId::standard(1).unwrap(), &[]).unwrap();
        Waiting { at: SimTime::from_millis(millis), message: 0, frame }
    }

    #[test]
    fn what_is_no_news_waits_for_what_comes_next() {
        let mut inbox = Inbox::default();
        inbox.push(waiting(1), false);
        assert_eq!(inbox.due(), None);
        inbox.push(waiting(2), true);
        inbox.push(waiting(3), false);
        assert_eq!(inbox.due(), Some(SimTime::from_millis(2)));
        let taken = std::iter::from_fn(|| inbox.pop(SimTime::from_millis(2))).count();
        assert_eq!((taken, inbox.due(), inbox.is_empty()), (2, None, false));
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let mut inbox = Inbox::default();
        (0..MOST_WAITING as u64 + 3).for_each(|millis| inbox.push(waiting(millis), true));
        assert_eq!(inbox.overrun(), 3);
        assert!(std::iter::from_fn(|| inbox.pop(SimTime::NEVER)).count() == MOST_WAITING);
        assert_eq!(inbox.due(), None);
    }
}
