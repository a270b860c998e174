//! A message that the bench sends: readings, truth and constants to bytes.

use blackstart_engine::PinBank;
use blackstart_scenario::{Schedule, Turn};
use blackstart_trace::{SignalId, Trace};
use blackstart_units::SimTime;
use blackstart_wire::can::{AliveCounter, CanFrame, Checksum, Payload};
use blackstart_wire::dbc::{Message, OutOfRange};

/// Where the value of a signal comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum SignalFeed {
    /// A reading of the terminal.
    Reading(usize),
    /// A signal of the trace.
    Plant(SignalId),
    /// The physical value itself.
    Constant(f64),
}

/// One signal of a message.
#[derive(Clone, Debug)]
pub(super) struct Fed {
    /// Its index in the message.
    pub index: usize,
    pub feed: SignalFeed,
    /// Physical value of one of the name's unit.
    pub factor: f64,
    /// Where the physical value is zero, in the name's unit.
    pub offset: f64,
    /// Physical values of the states of a signal with a value table, by state.
    pub states: Option<Vec<f64>>,
    /// The signal that says whether this one is valid.
    pub valid: Option<usize>,
}

impl Fed {
    /// The physical value.
    fn value(&self, readings: &PinBank, trace: &Trace, now: SimTime) -> f64 {
        let value = match self.feed {
            SignalFeed::Reading(index) => readings.get(index),
            SignalFeed::Plant(signal) => trace.series(signal).held_at(now).unwrap_or(0.0),
            SignalFeed::Constant(value) => return value,
        };
        match &self.states {
            Some(states) => states.get(value as usize).copied().unwrap_or(f64::NAN),
            None => (value - self.offset) * self.factor,
        }
    }
}

/// A message and where it stands.
pub(super) struct OutgoingMessage {
    pub message: Message,
    pub schedule: Schedule,
    pub fed: Vec<Fed>,
    /// The signal that counts, how, and the next count.
    pub counter: Option<(usize, AliveCounter, u32)>,
    pub checksum: Option<(Checksum, usize)>,
    /// What its multiplexors say in turn, and whose turn it is; empty of a message that has none.
    pub turns: Vec<Turn>,
    turn: usize,
    pub next: SimTime,
    /// What was sent last, by turn, without counter and checksum.
    pub last: Vec<Option<Payload>>,
}

impl OutgoingMessage {
    pub fn new(message: Message, schedule: Schedule, fed: Vec<Fed>) -> Self {
        let next = match schedule {
            Schedule::Cyclic { phase, .. } | Schedule::OnChange { phase, .. } => phase,
            Schedule::Answer { .. } => SimTime::NEVER,
        };
        Self {
            message,
            schedule,
            fed,
            counter: None,
            checksum: None,
            turns: Vec::new(),
            turn: 0,
            next,
            last: vec![None],
        }
    }

    /// Its cycle, if it has one.
    pub fn cycle(&self) -> Option<SimTime> {
        match self.schedule {
            Schedule::Cyclic { cycle, .. } | Schedule::OnChange { cycle, .. } => Some(cycle),
            Schedule::Answer { .. } => None,
        }
    }

    /// When it is looked at next.
    pub fn next(&self) -> SimTime {
        self.next
    }

    /// Whether it answers the message at this place of those that come.
    pub fn answers(&self, index: usize) -> bool {
        self.schedule == Schedule::Answer { to: index }
    }

    /// The frame to send now, if there is one.
    pub fn frame(
        &mut self,
        now: SimTime,
        is_asked: bool,
        readings: &PinBank,
        trace: &Trace,
    ) -> Option<CanFrame> {
        if !is_asked && now < self.next {
            return None;
        }
        if let Some(cycle) = self.cycle() {
            // From the phase on, whenever it was looked at: being late shifts nothing.
            let phase = SimTime::from_nanos(self.next.as_nanos() % cycle.as_nanos());
            self.next = (now + SimTime::NANOSECOND).round_up_to(cycle, phase);
        }
        let turn = self.turn;
        let payload = self.payload(readings, trace, now)?;
        self.turn = (turn + 1) % self.turns.len().max(1);
        let is_new = self.last[turn] != Some(payload);
        if matches!(self.schedule, Schedule::OnChange { .. }) && !is_new {
            return None;
        }
        self.last[turn] = Some(payload);
        let sealed = self.sealed(payload);
        self.message.frame(&sealed)
    }

    /// Whether its next look at `now` tells its device what the readings of its turn are: it is sent then, or
    /// it would be if they had changed.
    pub fn tells(&self, now: SimTime, is_asked: bool) -> bool {
        is_asked || now >= self.next
    }

    /// The readings of its turn: which, how large one count is in the reading's unit, and whether there is a
    /// mark of what is invalid.
    pub fn readings(&self) -> impl Iterator<Item = (usize, f64, bool)> + '_ {
        let turn = self.turns.get(self.turn).map(Vec::as_slice).unwrap_or_default();
        let present = self.fed.iter().filter(|fed| self.is_present(fed.index, turn));
        present.filter_map(|fed| {
            let SignalFeed::Reading(index) = fed.feed else { return None };
            let count = match fed.states {
                Some(_) => 1.0,
                None => (self.message.signals[fed.index].factor / fed.factor).abs(),
            };
            Some((index, count, fed.valid.is_some()))
        })
    }

    /// The bytes of this turn, without counter and checksum; nothing where no frame can carry them.
    fn payload(&self, readings: &PinBank, trace: &Trace, now: SimTime) -> Option<Payload> {
        let mut values: Vec<(usize, f64)> = Vec::with_capacity(2 * self.fed.len() + 1);
        let turn = self.turns.get(self.turn).map(Vec::as_slice).unwrap_or_default();
        for &(switch, counts) in turn {
            let signal = &self.message.signals[switch];
            values.push((switch, counts as f64 * signal.factor + signal.offset));
        }
        for fed in &self.fed {
            let signal = &self.message.signals[fed.index];
            if !self.is_present(fed.index, turn) {
                continue;
            }
            let value = fed.value(readings, trace, now);
            // What no bits can carry is sent as the nearest that they can, and is not valid.
            let carried = signal.counts(value, OutOfRange::Saturate).ok();
            if let Some(valid) = fed.valid {
                let is_vouched_for = match fed.feed {
                    SignalFeed::Reading(index) => readings.is_valid(index),
                    SignalFeed::Plant(_) | SignalFeed::Constant(_) => true,
                };
                let is_valid = is_vouched_for && carried.is_some_and(|(_, clamped)| !clamped);
                values.push((valid, f64::from(is_valid)));
            }
            if carried.is_some() {
                values.push((fed.index, value));
            }
        }
        self.message.encode(&values, OutOfRange::Saturate).ok().map(|encoded| encoded.payload)
    }

    /// Whether a signal is in the message while its switches say this; one that says nothing has its start
    /// value, or zero.
    fn is_present(&self, index: usize, turn: &[(usize, u64)]) -> bool {
        let mut signal = &self.message.signals[index];
        // The file's rings of switches were refused: this ends.
        while let Some(selection) = &signal.selection {
            let said = turn.iter().find(|(switch, _)| *switch == selection.switch);
            signal = &self.message.signals[selection.switch];
            let usual = || signal.start_counts.unwrap_or(0.0) as u64;
            let counts = said.map_or_else(usual, |&(_, counts)| counts);
            if !selection.ranges.iter().any(|&(from, to)| (from..=to).contains(&counts)) {
                return false;
            }
        }
        true
    }

    /// The same with its counter and its checksum.
    fn sealed(&mut self, mut payload: Payload) -> Payload {
        if let Some((index, counter, count)) = &mut self.counter {
            let signal = &self.message.signals[*index];
            let raw = blackstart_wire::dbc::Raw::Unsigned(u64::from(*count));
            signal.write_raw(raw, payload.bytes_mut());
            *count = counter.after(*count);
        }
        if let Some((checksum, byte)) = self.checksum {
            // That there is room was checked when the mapping was read.
            let _ = checksum.seal(payload.bytes_mut(), byte);
        }
        payload
    }
}

#[cfg(test)]
mod tests {
    use blackstart_roles::{Direction, Pin, PinForm, PinRange};
    use blackstart_trace::Catalogue;
    use blackstart_wire::dbc;

    use super::*;

    const DBC: &str = "\
BU_: Bench
BO_ 1 Cells: 4 Bench
 SG_ Group M : 0|8@1+ (1,0) [0|9] \"\" Bench
 SG_ A m0 : 8|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ B m3 : 8|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ Ok : 16|1@1+ (1,0) [0|1] \"\" Bench
 SG_ Count : 24|2@1+ (1,0) [0|3] \"\" Bench
";
    const CYCLE: SimTime = SimTime::from_millis(20);

    fn readings() -> PinBank {
        let milli = PinForm::Quantity { exponent: -3 };
        let pin = |name| Pin::new(Direction::Reading, name, milli.clone(), PinRange::Any, "");
        let mut bank = PinBank::of(["a_v", "b_v"].map(pin));
        bank.set(0, 10.0);
        bank.set(1, 20.0);
        bank
    }

    fn outgoing(schedule: Schedule) -> OutgoingMessage {
        let database = dbc::parse(DBC.as_bytes()).into_result().unwrap();
        let message = database.message_named("Cells").unwrap().clone();
        let fed = |index, reading| Fed {
            index,
            feed: SignalFeed::Reading(reading),
            factor: 1.0,
            offset: 0.0,
            states: None,
            valid: Some(3),
        };
        let mut outgoing = OutgoingMessage::new(message, schedule, vec![fed(1, 0), fed(2, 1)]);
        outgoing.turns = vec![vec![(0, 0)], vec![(0, 3)]];
        outgoing.last = vec![None; 2];
        outgoing
    }

    fn bytes(frame: Option<CanFrame>) -> Option<Vec<u8>> {
        match frame? {
            CanFrame::Data(frame) => Some(frame.data().to_vec()),
            other => panic!("no data frame: {other:?}"),
        }
    }

    fn at(outgoing: &mut OutgoingMessage, micros: u64, readings: &PinBank) -> Option<Vec<u8>> {
        let trace = Trace::new(Catalogue::default());
        bytes(outgoing.frame(SimTime::from_micros(micros), false, readings, &trace))
    }

    #[test]
    fn values_of_a_multiplexor_take_turns_and_come_round_again() {
        let mut one = outgoing(Schedule::Cyclic { cycle: CYCLE, phase: SimTime::ZERO });
        let sent: Vec<_> = (0..3).map(|k| at(&mut one, 20_000 * k, &readings()).unwrap()).collect();
        assert_eq!(sent, [[0, 10, 1, 0], [3, 20, 1, 0], [0, 10, 1, 0]]);
    }

    #[test]
    fn nested_multiplexors_take_turns_together() {
        let nested = "\
BU_: Bench
BO_ 1 Cells: 4 Bench
 SG_ Outer M : 0|4@1+ (1,0) [0|9] \"\" Bench
 SG_ Inner m1M : 4|4@1+ (1,0) [0|9] \"\" Bench
 SG_ A m0 : 8|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ B m2 : 8|8@1+ (1,0) [0|200] \"V\" Bench
 SG_ C m5 : 8|8@1+ (1,0) [0|200] \"V\" Bench
SG_MUL_VAL_ 1 Inner Outer 1-1;
SG_MUL_VAL_ 1 B Inner 2-2;
SG_MUL_VAL_ 1 C Inner 5-5;
";
        let database = dbc::parse(nested.as_bytes()).into_result().unwrap();
        let message = database.message_named("Cells").unwrap().clone();
        let fed =
            |index, feed| Fed { index, feed, factor: 1.0, offset: 0.0, states: None, valid: None };
        let fed = vec![
            fed(2, SignalFeed::Reading(0)),
            fed(3, SignalFeed::Reading(1)),
            fed(4, SignalFeed::Constant(7.0)),
        ];
        let mut one = OutgoingMessage::new(
            message,
            Schedule::Cyclic { cycle: CYCLE, phase: SimTime::ZERO },
            fed,
        );
        one.turns = vec![vec![(0, 0)], vec![(0, 1), (1, 2)], vec![(0, 1), (1, 5)]];
        one.last = vec![None; 3];
        let sent: Vec<_> = (0..4).map(|k| at(&mut one, 20_000 * k, &readings()).unwrap()).collect();
        assert_eq!(sent, [[0, 10, 0, 0], [0x21, 20, 0, 0], [0x51, 7, 0, 0], [0, 10, 0, 0]]);
    }

    #[test]
    fn being_late_shifts_no_cycle() {
        let phase = SimTime::from_millis(5);
        let mut one = outgoing(Schedule::Cyclic { cycle: CYCLE, phase });
        assert_eq!(at(&mut one, 4_999, &readings()), None);
        assert!(at(&mut one, 5_000, &readings()).is_some());
        assert!(at(&mut one, 31_000, &readings()).is_some());
        assert_eq!(one.next(), SimTime::from_millis(45));
    }

    #[test]
    fn what_is_sent_on_change_is_sent_once_for_each_turn() {
        let mut one = outgoing(Schedule::OnChange { cycle: CYCLE, phase: SimTime::ZERO });
        let mut readings = readings();
        let sent = (0..4).map(|k| at(&mut one, 20_000 * k, &readings).is_some());
        assert_eq!(sent.collect::<Vec<_>>(), [true, true, false, false]);
        readings.set(1, 21.0);
        let sent = (4..7).map(|k| at(&mut one, 20_000 * k, &readings).is_some());
        assert_eq!(sent.collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn a_value_that_does_not_fit_is_the_nearest_and_not_valid() {
        let mut one = outgoing(Schedule::Cyclic { cycle: CYCLE, phase: SimTime::ZERO });
        let mut readings = readings();
        readings.set(0, 300.0);
        assert_eq!(at(&mut one, 0, &readings).unwrap(), [0, 200, 0, 0]);
    }

    #[test]
    fn a_counter_counts_what_is_sent() {
        let mut one = outgoing(Schedule::Cyclic { cycle: CYCLE, phase: SimTime::ZERO });
        one.counter = AliveCounter::new(3).map(|counter| (4, counter, 0));
        let counts = (0..5).map(|k| at(&mut one, 20_000 * k, &readings()).unwrap()[3]);
        assert_eq!(counts.collect::<Vec<_>>(), [0, 1, 2, 0, 1]);
    }

    #[test]
    fn an_answer_is_sent_when_asked_and_not_before() {
        let mut one = outgoing(Schedule::Answer { to: 2 });
        assert!(one.answers(2) && !one.answers(1));
        assert_eq!(at(&mut one, 1_000_000, &readings()), None);
        let trace = Trace::new(Catalogue::default());
        let asked = one.frame(SimTime::from_whole_seconds(1), true, &readings(), &trace);
        assert_eq!(bytes(asked).unwrap(), [0, 10, 1, 0]);
        assert_eq!(one.next(), SimTime::NEVER);
    }
}
