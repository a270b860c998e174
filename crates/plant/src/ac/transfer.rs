//! A transfer switch: two contacts that take time to move, can weld, and may be interlocked.

use blackstart_scenario::{AcInput, TransferSwitch};
use blackstart_units::{Amperes, SimTime};

use super::Feeder;

/// One contact.
#[derive(Clone, Copy, Debug, Default)]
struct Contact {
    closed: bool,
    welded: bool,
    feeder: Option<Feeder>,
}

/// A movement under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Movement {
    /// The other contact opens; then this one closes.
    Opening { towards: AcInput, until: SimTime },
    /// This one closes.
    Closing { towards: AcInput, until: SimTime },
}

/// A transfer switch's power part.
#[derive(Clone, Debug)]
pub(crate) struct Changeover {
    pub device: usize,
    pub id: String,
    pub model: TransferSwitch,
    contacts: [Contact; 2],
    movement: Option<Movement>,
    was_parallel: bool,
}

fn other(input: AcInput) -> AcInput {
    match input {
        AcInput::Grid => AcInput::Inverter,
        AcInput::Inverter => AcInput::Grid,
    }
}

impl Changeover {
    /// A switch that rests on the grid.
    pub fn new(device: usize, id: String, model: TransferSwitch) -> Self {
        let mut contacts = [Contact::default(); 2];
        contacts[AcInput::Grid as usize].closed = true;
        Self { device, id, model, contacts, movement: None, was_parallel: false }
    }

    /// Connects an input.
    pub fn connect(&mut self, input: AcInput, feeder: Feeder) {
        self.contacts[input as usize].feeder = Some(feeder);
    }

    /// What an input hangs on.
    pub fn feeder(&self, input: AcInput) -> Option<Feeder> {
        self.contacts[input as usize].feeder
    }

    /// The inputs whose contact is closed.
    pub fn connected(&self) -> impl Iterator<Item = AcInput> + '_ {
        AcInput::ALL.into_iter().filter(|&input| self.contacts[input as usize].closed)
    }

    /// 0 between, 1 on the grid, 2 on the inverter, 3 on both.
    pub fn position(&self) -> u8 {
        let bit = |input: AcInput| u8::from(self.contacts[input as usize].closed);
        bit(AcInput::Grid) + 2 * bit(AcInput::Inverter)
    }

    /// Orders it to an input. An order to where it already heads changes nothing.
    pub fn head_for(&mut self, towards: AcInput, now: SimTime) {
        let heads_for = match self.movement {
            Some(Movement::Opening { towards, .. } | Movement::Closing { towards, .. }) => {
                Some(towards)
            }
            None => None,
        };
        let rests = heads_for.is_none() && self.contacts[towards as usize].closed;
        if heads_for != Some(towards) && !rests {
            self.movement = Some(Movement::Opening { towards, until: now + self.model.open_time });
        }
    }

    /// From now on the contact stays as it is.
    pub fn weld(&mut self, contact: AcInput) {
        self.contacts[contact as usize].welded = true;
    }

    /// Ends movements that are due; `carried` is what flows through it. Returns the current that a
    /// contact has welded on.
    pub fn arrive(&mut self, now: SimTime, carried: Amperes) -> Option<Amperes> {
        let mut welded = None;
        loop {
            match self.movement {
                Some(Movement::Opening { towards, until }) if until <= now => {
                    let contact = &mut self.contacts[other(towards) as usize];
                    if contact.closed && !contact.welded && carried > self.model.breaking_current {
                        contact.welded = true;
                        welded = Some(carried);
                    }
                    self.set(other(towards), false);
                    let until = until + self.model.close_time + self.model.bounce_time;
                    self.movement = Some(Movement::Closing { towards, until });
                }
                Some(Movement::Closing { towards, until }) if until <= now => {
                    let blocked =
                        self.model.interlocked && self.contacts[other(towards) as usize].closed;
                    if !blocked {
                        self.set(towards, true);
                    }
                    self.movement = None;
                }
                _ => return welded,
            }
        }
    }

    fn set(&mut self, input: AcInput, closed: bool) {
        let contact = &mut self.contacts[input as usize];
        if !contact.welded {
            contact.closed = closed;
        }
    }

    /// Whether both contacts have become closed since the last call.
    pub fn becomes_parallel(&mut self) -> bool {
        let parallel = self.position() == 3;
        !std::mem::replace(&mut self.was_parallel, parallel) && parallel
    }

    /// The end of the movement under way.
    pub fn next(&self) -> SimTime {
        match self.movement {
            Some(Movement::Opening { until, .. } | Movement::Closing { until, .. }) => until,
            None => SimTime::NEVER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_units::Volts;

    const MS: SimTime = SimTime::from_millis(1);
    const NO_LOAD: Amperes = Amperes(0.0);

    fn switch(interlocked: bool) -> Changeover {
        let model = TransferSwitch {
            grid_window: (Volts(184.0), Volts(264.5)),
            detection_time: MS,
            return_time: MS,
            inverter_low: Volts(184.0),
            inverter_settle: MS,
            open_time: SimTime::from_millis(5),
            close_time: SimTime::from_millis(8),
            bounce_time: SimTime::from_millis(2),
            breaking_current: Amperes(16.0),
            interlocked,
            switches_neutral: None,
            automatic: true,
        };
        Changeover::new(0, "ats-1".to_owned(), model)
    }

    #[test]
    fn one_contact_opens_before_the_other_closes() {
        let mut switch = switch(false);
        switch.head_for(AcInput::Inverter, SimTime::ZERO);
        switch.arrive(SimTime::from_millis(4), NO_LOAD);
        assert_eq!(switch.position(), 1);
        switch.arrive(SimTime::from_millis(5), NO_LOAD);
        assert_eq!(switch.position(), 0);
        switch.arrive(SimTime::from_millis(15), NO_LOAD);
        assert_eq!(switch.position(), 2);
        assert!(!switch.becomes_parallel());
    }

    #[test]
    fn a_contact_welds_on_what_it_cannot_interrupt() {
        for (carried, welds) in [(Amperes(16.0), false), (Amperes(16.1), true)] {
            let mut switch = switch(true);
            switch.head_for(AcInput::Inverter, SimTime::ZERO);
            let welded = switch.arrive(SimTime::from_millis(5), carried);
            assert_eq!(welded, welds.then_some(carried));
            assert_eq!(switch.position(), u8::from(welds));
        }
    }

    #[test]
    fn a_welded_contact_connects_both_sources_unless_the_interlock_holds() {
        for interlocked in [false, true] {
            let mut switch = switch(interlocked);
            switch.weld(AcInput::Grid);
            switch.head_for(AcInput::Inverter, SimTime::ZERO);
            switch.arrive(SimTime::from_millis(15), NO_LOAD);
            assert_eq!(switch.becomes_parallel(), !interlocked);
            assert_eq!(switch.position(), if interlocked { 1 } else { 3 });
        }
    }

    #[test]
    fn an_order_back_while_it_moves_is_obeyed() {
        let mut switch = switch(true);
        switch.head_for(AcInput::Inverter, SimTime::ZERO);
        switch.arrive(SimTime::from_millis(5), NO_LOAD);
        switch.head_for(AcInput::Grid, SimTime::from_millis(6));
        switch.arrive(SimTime::from_millis(60), NO_LOAD);
        assert_eq!(switch.position(), 1);
    }
}
