//! A message that the device sends: bytes to commands and claims.

use blackstart_engine::Terminal;
use blackstart_trace::EventKind;
use blackstart_units::SimTime;
use blackstart_wire::can::{Alive, AliveCounter, CanId, Checksum, Payload};
use blackstart_wire::dbc::{Message, Raw};

/// Which bank a signal goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetBank {
    Commands,
    Claims,
}

/// One signal of a message.
#[derive(Clone, Debug)]
pub(super) struct Read {
    /// Its index in the message.
    pub index: usize,
    pub bank: TargetBank,
    /// Its place in the bank.
    pub item: usize,
    /// Value of one physical unit.
    pub scale: f64,
    /// Value where the physical one is zero.
    pub offset: f64,
    /// State of each count of a signal with a value table.
    pub states: Option<Vec<(i128, f64)>>,
    /// How many states there are, of a signal that has some and no value table.
    pub state_count: Option<usize>,
    /// The signal that says whether this one is valid.
    pub valid: Option<usize>,
}

impl Read {
    /// The value that travelled; nothing where it means nothing.
    fn value(&self, raw: Raw, physical: f64) -> Option<f64> {
        if let Some(states) = &self.states {
            let counts = raw.as_integer()?;
            return states.iter().find(|(value, _)| *value == counts).map(|&(_, state)| state);
        }
        let value = physical * self.scale + self.offset;
        let is_state =
            |count: usize| value >= 0.0 && value < count as f64 && value.trunc() == value;
        (value.is_finite() && self.state_count.is_none_or(is_state)).then_some(value)
    }
}

/// What came of a frame.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// It is damaged, or says what cannot be.
    pub is_bad: bool,
    /// Messages that are missing before it.
    pub missed: u64,
    /// What is to be recorded.
    pub event: Option<EventKind>,
}

/// A message and where it stands.
pub(super) struct Incoming {
    pub message: Message,
    pub read: Vec<Read>,
    /// The signal that counts, how, and the last count.
    pub counter: Option<(usize, AliveCounter, Option<u32>)>,
    pub checksum: Option<(Checksum, usize)>,
    pub timeout: Option<SimTime>,
    /// When it came last; zero before.
    pub came_at: SimTime,
    /// Its absence has been recorded.
    pub is_missed: bool,
    /// What it said when it came last, without counter and checksum.
    pub content: Option<Payload>,
    /// Damaged ones since the counter was last read: their gap is known.
    pub damaged: u64,
}

impl Incoming {
    pub fn is(&self, id: CanId) -> bool {
        self.message.id == id
    }

    /// When its absence is to be recorded.
    pub fn overdue_at(&self) -> SimTime {
        match self.timeout {
            Some(timeout) if !self.is_missed => self.came_at + timeout,
            _ => SimTime::NEVER,
        }
    }

    /// Its absence, once.
    pub fn overdue(&mut self, now: SimTime) -> Option<EventKind> {
        let timeout = self.timeout.filter(|_| now >= self.overdue_at())?;
        self.is_missed = true;
        let what = format!("no message `{}` for {timeout}", self.message.name);
        Some(EventKind::DutSilent { what })
    }

    /// Whether these bytes say something else than the last ones that were asked about, beyond their counter
    /// and their checksum. Damaged ones do.
    pub fn is_news(&mut self, data: &[u8]) -> bool {
        let whole = Some(data).filter(|data| !self.is_damaged(data));
        let content = whole.and_then(Payload::new).map(|mut content| {
            if let Some((index, ..)) = self.counter {
                let counter = &self.message.signals[index];
                counter.write_raw(Raw::Unsigned(0), content.bytes_mut());
            }
            if let Some((_, byte)) = self.checksum {
                content.bytes_mut()[byte] = 0;
            }
            content
        });
        let before = std::mem::replace(&mut self.content, content);
        content.is_none() || content != before
    }

    /// Too short, or with another checksum than its bytes have.
    fn is_damaged(&self, data: &[u8]) -> bool {
        data.len() < self.message.length
            || self.checksum.is_some_and(|(checksum, byte)| !checksum.holds(data, byte))
    }

    /// Takes the bytes of a frame; a damaged one changes nothing.
    pub fn take(&mut self, at: SimTime, data: &[u8], terminal: &mut Terminal) -> Taken {
        let bad = Taken { is_bad: true, ..Taken::default() };
        if self.is_damaged(data) {
            self.damaged += 1;
            return bad;
        }
        let mut taken = Taken { missed: self.count(data), ..Taken::default() };
        let Ok(readings) = self.message.decode(data) else { return bad };
        if std::mem::take(&mut self.is_missed) {
            let what = format!("message `{}` again", self.message.name);
            taken.event = Some(EventKind::DutSilent { what });
        }
        self.came_at = at;
        let physical = |index: usize| readings.iter().find(|reading| reading.index == index);
        for read in &self.read {
            let Some(reading) = physical(read.index) else { continue };
            let is_valid = read
                .valid
                .is_none_or(|valid| physical(valid).is_some_and(|flag| flag.raw.as_f64() != 0.0));
            if !is_valid {
                continue;
            }
            match read.value(reading.raw, reading.physical) {
                Some(value) => {
                    let bank = match read.bank {
                        TargetBank::Commands => &mut terminal.commands,
                        TargetBank::Claims => &mut terminal.claims,
                    };
                    bank.set(read.item, value);
                }
                None => taken.is_bad = true,
            }
        }
        taken
    }

    /// How many messages are missing before this one, by its counter.
    fn count(&mut self, data: &[u8]) -> u64 {
        let Some((index, counter, last)) = &mut self.counter else { return 0 };
        let raw = self.message.signals[*index].read_raw(data);
        let now = raw.as_integer().and_then(|count| u32::try_from(count).ok()).unwrap_or(u32::MAX);
        let damaged = std::mem::take(&mut self.damaged);
        let Some(last) = last.replace(now) else { return 0 };
        match counter.judge(last, now) {
            Alive::Next => 0,
            Alive::Repeated | Alive::Invalid => 1,
            Alive::Missed(count) => u64::from(count).saturating_sub(damaged),
        }
    }
}

#[cfg(test)]
mod tests {
    use blackstart_engine::RoleShape;
    use blackstart_roles::{Direction, Pin, PinForm, PinRange, Role, RoleKind};
    use blackstart_wire::dbc;

    use super::*;

    const DBC: &str = "\
BU_: Bms
BO_ 2 Command: 4 Bms
 SG_ Switch : 0|2@1+ (1,0) [0|3] \"\" Bms
 SG_ Current : 8|8@1- (0.5,0) [-64|63] \"A\" Bms
 SG_ Known : 2|1@1+ (1,0) [0|1] \"\" Bms
 SG_ Count : 4|4@1+ (1,0) [0|15] \"\" Bms
 SG_ Sum : 24|8@1+ (1,0) [0|255] \"\" Bms
";
    const TIMEOUT: SimTime = SimTime::from_millis(100);

    fn terminal() -> Terminal {
        let pin = |direction, name, form| Pin::new(direction, name, form, PinRange::Any, "");
        let positions = ["open", "closed"].map(str::to_owned).to_vec();
        let role = Role {
            kind: RoleKind::BatteryManagement,
            title: String::new(),
            pins: vec![
                pin(Direction::Command, "switch", PinForm::States(positions)),
                pin(Direction::Claim, "current_a", PinForm::Quantity { exponent: -3 }),
            ],
            alarms: Vec::new(),
        };
        Terminal::new("bms".to_owned(), &role, RoleShape::default())
    }

    fn incoming() -> Incoming {
        let database = dbc::parse(DBC.as_bytes()).into_result().unwrap();
        let switch = Read {
            index: 0,
            bank: TargetBank::Commands,
            item: 0,
            scale: 1.0,
            offset: 0.0,
            states: Some(vec![(0, 0.0), (2, 1.0)]),
            state_count: None,
            valid: None,
        };
        let current = Read {
            index: 1,
            bank: TargetBank::Claims,
            item: 0,
            scale: -1.0,
            offset: 0.0,
            states: None,
            state_count: None,
            valid: Some(2),
        };
        Incoming {
            message: database.message_named("Command").unwrap().clone(),
            read: vec![switch, current],
            counter: AliveCounter::new(16).map(|counter| (3, counter, None)),
            checksum: Some((Checksum::Sum8, 3)),
            timeout: Some(TIMEOUT),
            came_at: SimTime::ZERO,
            is_missed: false,
            content: None,
            damaged: 0,
        }
    }

    fn take(one: &mut Incoming, terminal: &mut Terminal, first: u8, second: u8) -> Taken {
        let mut data = [first, second, 0, 0];
        assert!(Checksum::Sum8.seal(&mut data, 3));
        one.take(SimTime::from_millis(10), &data, terminal)
    }

    #[test]
    fn values_arrive_in_the_names_unit_sign_and_states() {
        let (mut one, mut terminal) = (incoming(), terminal());
        let taken = take(&mut one, &mut terminal, 0b0000_0110, 0xF6);
        assert!(!taken.is_bad);
        assert_eq!(terminal.commands.get(0), 1.0);
        assert_eq!(terminal.claims.get(0), 5.0);
    }

    #[test]
    fn what_the_device_does_not_vouch_for_is_not_taken() {
        let (mut one, mut terminal) = (incoming(), terminal());
        take(&mut one, &mut terminal, 0b0000_0010, 0xF6);
        assert_eq!((terminal.commands.get(0), terminal.claims.get(0)), (1.0, 0.0));
    }

    #[test]
    fn a_damaged_frame_changes_nothing() {
        let (mut one, mut terminal) = (incoming(), terminal());
        assert!(one.take(SimTime::ZERO, &[2, 0, 0, 9], &mut terminal).is_bad);
        assert!(one.take(SimTime::ZERO, &[2, 0, 2], &mut terminal).is_bad);
        assert_eq!(terminal.commands.get(0), 0.0);
    }

    #[test]
    fn a_value_without_a_meaning_is_bad_and_keeps_the_last_one() {
        let (mut one, mut terminal) = (incoming(), terminal());
        take(&mut one, &mut terminal, 2, 0);
        assert!(take(&mut one, &mut terminal, 0b0001_0011, 0).is_bad);
        assert_eq!(terminal.commands.get(0), 1.0);
    }

    #[test]
    fn gaps_in_the_counter_are_missing_messages() {
        let (mut one, mut terminal) = (incoming(), terminal());
        let mut missed = |count: u8| take(&mut one, &mut terminal, count << 4, 0).missed;
        assert_eq!([3, 4, 4, 8, 15, 0].map(&mut missed), [0, 0, 1, 3, 6, 0]);
    }

    #[test]
    fn a_count_and_its_checksum_are_no_news() {
        let mut one = incoming();
        let mut is_news = |first: u8, second: u8, error: u8| {
            let mut data = [first, second, 0, 0];
            assert!(Checksum::Sum8.seal(&mut data, 3));
            data[3] ^= error;
            one.is_news(&data)
        };
        assert!(is_news(2, 7, 0));
        assert!(!is_news(2 | 3 << 4, 7, 0));
        assert!(is_news(2 | 4 << 4, 8, 0));
        assert!(is_news(2 | 5 << 4, 8, 1));
        assert!(is_news(2 | 6 << 4, 8, 0));
    }

    #[test]
    fn a_damaged_message_is_not_missing_as_well() {
        let (mut one, mut terminal) = (incoming(), terminal());
        take(&mut one, &mut terminal, 3 << 4, 0);
        assert!(one.take(SimTime::ZERO, &[4 << 4, 0, 0, 9], &mut terminal).is_bad);
        assert_eq!(take(&mut one, &mut terminal, 5 << 4, 0).missed, 0);
        assert_eq!(take(&mut one, &mut terminal, 7 << 4, 0).missed, 1);
    }

    #[test]
    fn a_message_that_stays_away_is_reported_once_and_so_is_its_return() {
        let (mut one, mut terminal) = (incoming(), terminal());
        assert_eq!(one.overdue_at(), TIMEOUT);
        assert_eq!(one.overdue(SimTime::from_millis(99)), None);
        let what = "no message `Command` for 0.1 s".to_owned();
        assert_eq!(one.overdue(TIMEOUT), Some(EventKind::DutSilent { what }));
        assert_eq!(one.overdue(SimTime::from_millis(500)), None);
        let what = "message `Command` again".to_owned();
        let event = take(&mut one, &mut terminal, 0, 0).event;
        assert_eq!(event, Some(EventKind::DutSilent { what }));
        assert_eq!(one.overdue_at(), SimTime::from_millis(110));
    }
}
