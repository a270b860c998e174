//! A transfer switch: two contacts that take time to move, can weld, and may be interlocked.
//!
//! That of a backup box has three poles on each contact, which move together, one contact more on each
//! phase of its output, and a bypass around all of them that is turned by hand. The output contacts and
//! the bypass move at once: what they take is nothing beside the hand or the state of charge that moves
//! them.

use blackstart_scenario::{AcContacts, AcInput, Phase};
use blackstart_units::{Amperes, SimTime};

use super::Tap;

/// One contact.
#[derive(Clone, Copy, Debug, Default)]
struct Contact {
    closed: bool,
    welded: bool,
    feeder: Option<Tap>,
    /// Where its own coil moves it, and when it is there; never while the interlock blocks it.
    driven: Option<(bool, SimTime)>,
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
pub(crate) struct TransferContacts {
    pub id: String,
    pub mechanism: AcContacts,
    contacts: [Contact; 2],
    /// Phases of the output that are shed.
    shed: [bool; 3],
    bypass: Bypass,
    movement: Option<Movement>,
    was_parallel: bool,
}

/// The way around the contacts, from the grid to the output.
#[derive(Clone, Copy, Debug, Default)]
struct Bypass {
    /// Where its handle is.
    wanted: bool,
    engaged: bool,
}

fn other(input: AcInput) -> AcInput {
    match input {
        AcInput::Grid => AcInput::Inverter,
        AcInput::Inverter => AcInput::Grid,
    }
}

impl TransferContacts {
    /// A switch that rests on the grid.
    pub fn new(id: String, mechanism: AcContacts) -> Self {
        let mut contacts = [Contact::default(); 2];
        contacts[AcInput::Grid as usize].closed = true;
        Self {
            id,
            mechanism,
            contacts,
            shed: [false; 3],
            bypass: Bypass::default(),
            movement: None,
            was_parallel: false,
        }
    }

    /// Connects an input.
    pub fn connect(&mut self, input: AcInput, feeder: Tap) {
        self.contacts[input as usize].feeder = Some(feeder);
    }

    /// What an input is fed from.
    pub fn feeder(&self, input: AcInput) -> Option<Tap> {
        self.contacts[input as usize].feeder
    }

    /// The inputs whose contact is closed.
    pub fn connected(&self) -> impl Iterator<Item = AcInput> + '_ {
        AcInput::ALL.into_iter().filter(|&input| self.contacts[input as usize].closed)
    }

    /// The inputs that a phase of the output is connected to, around the contacts as well.
    pub fn feeding(&self, phase: Phase) -> impl Iterator<Item = AcInput> + '_ {
        let through = self.connected().filter(move |_| !self.is_shed(phase));
        through.chain(self.bypass.engaged.then_some(AcInput::Grid))
    }

    /// Whether a phase of the output is shed.
    pub fn is_shed(&self, phase: Phase) -> bool {
        self.shed[phase as usize]
    }

    /// Gives a phase of the output up, or takes it back.
    pub fn set_shed(&mut self, phase: Phase, shed: bool) {
        self.shed[phase as usize] = shed;
    }

    /// Whether the bypass bridges the contacts.
    pub fn is_bypassed(&self) -> bool {
        self.bypass.engaged
    }

    /// Turns the bypass; an interlocked one first cuts the storage off.
    pub fn turn_bypass(&mut self, engaged: bool, now: SimTime) {
        self.bypass.wanted = engaged;
        if engaged && self.mechanism.bypass_interlocked {
            self.head_for(AcInput::Grid, now);
        }
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
            self.movement =
                Some(Movement::Opening { towards, until: now + self.mechanism.open_time });
        }
    }

    /// Energises or releases the coil of one contact, for a control that drives both by itself. One that
    /// the interlock blocks closes when the other has opened.
    pub fn drive(&mut self, input: AcInput, closed: bool, now: SimTime) {
        let AcContacts { open_time, close_time, bounce_time, .. } = self.mechanism;
        let takes = if closed { close_time + bounce_time } else { open_time };
        let contact = &mut self.contacts[input as usize];
        let heads_for = contact.driven.map_or(contact.closed, |(closed, _)| closed);
        if heads_for != closed {
            contact.driven = (contact.closed != closed).then_some((closed, now + takes));
        }
    }

    /// From now on the contact stays as it is.
    pub fn weld(&mut self, contact: AcInput) {
        self.contacts[contact as usize].welded = true;
    }

    /// Ends movements that are due; `carried` is what flows through it. Returns the current that a
    /// contact has welded on.
    pub fn arrive(&mut self, now: SimTime, carried: Amperes) -> Option<Amperes> {
        let welded = self.move_contacts(now, carried).or(self.move_driven(now, carried));
        let storage = self.contacts[AcInput::Inverter as usize].closed;
        if !(self.bypass.wanted && storage && self.mechanism.bypass_interlocked) {
            self.bypass.engaged = self.bypass.wanted;
        }
        welded
    }

    fn move_contacts(&mut self, now: SimTime, carried: Amperes) -> Option<Amperes> {
        let mut welded = None;
        loop {
            match self.movement {
                Some(Movement::Opening { towards, until }) if until <= now => {
                    welded = self.open(other(towards), carried).or(welded);
                    let mechanism = &self.mechanism;
                    let until = until + mechanism.close_time + mechanism.bounce_time;
                    self.movement = Some(Movement::Closing { towards, until });
                }
                Some(Movement::Closing { towards, until }) if until <= now => {
                    if !self.is_blocked(towards) {
                        self.set(towards, true);
                    }
                    self.movement = None;
                }
                _ => return welded,
            }
        }
    }

    /// The same of contacts that are driven each by its own coil, in the order in which they arrive.
    fn move_driven(&mut self, now: SimTime, carried: Amperes) -> Option<Amperes> {
        let mut welded = None;
        let due = |switch: &Self| {
            let arrives = |&input: &AcInput| switch.contacts[input as usize].driven;
            let next = AcInput::ALL.into_iter().filter(|one| arrives(one).is_some());
            next.min_by_key(|one| arrives(one).map(|(_, at)| at))
        };
        while let Some(input) = due(self) {
            let contact = &mut self.contacts[input as usize];
            let Some((closed, at)) = contact.driven.filter(|&(_, at)| at <= now) else { break };
            contact.driven = None;
            if !closed {
                welded = self.open(input, carried).or(welded);
                let waiting = &mut self.contacts[other(input) as usize].driven;
                if *waiting == Some((true, SimTime::NEVER)) {
                    *waiting = Some((true, at + self.mechanism.bounce_time));
                }
            } else if self.is_blocked(input) {
                self.contacts[input as usize].driven = Some((true, SimTime::NEVER));
            } else {
                self.set(input, true);
            }
        }
        welded
    }

    /// Opens a contact, which welds on more than it can interrupt; that current, if so.
    fn open(&mut self, input: AcInput, carried: Amperes) -> Option<Amperes> {
        let contact = &mut self.contacts[input as usize];
        let welds = contact.closed && !contact.welded && carried > self.mechanism.breaking_current;
        contact.welded |= welds;
        self.set(input, false);
        welds.then_some(carried)
    }

    /// Whether an interlock keeps a contact from closing.
    fn is_blocked(&self, towards: AcInput) -> bool {
        let AcContacts { interlocked, bypass_interlocked, .. } = self.mechanism;
        let by_contact = interlocked && self.contacts[other(towards) as usize].closed;
        let by_bypass = bypass_interlocked && towards == AcInput::Inverter && self.bypass.engaged;
        by_contact || by_bypass
    }

    fn set(&mut self, input: AcInput, closed: bool) {
        let contact = &mut self.contacts[input as usize];
        if !contact.welded {
            contact.closed = closed;
        }
    }

    /// Whether both sources have become connected since the last call, by both contacts or by the
    /// bypass and that of the storage.
    pub fn becomes_parallel(&mut self) -> bool {
        let storage = self.contacts[AcInput::Inverter as usize].closed;
        let parallel = self.position() == 3 || (self.bypass.engaged && storage);
        !std::mem::replace(&mut self.was_parallel, parallel) && parallel
    }

    /// When the next movement ends.
    pub fn next(&self) -> SimTime {
        let moved = match self.movement {
            Some(Movement::Opening { until, .. } | Movement::Closing { until, .. }) => until,
            None => SimTime::NEVER,
        };
        let driven = self.contacts.iter().filter_map(|one| one.driven.map(|(_, at)| at));
        driven.fold(moved, SimTime::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NO_LOAD: Amperes = Amperes(0.0);

    fn switch(interlocked: bool) -> TransferContacts {
        let contacts = AcContacts {
            open_time: SimTime::from_millis(5),
            close_time: SimTime::from_millis(8),
            bounce_time: SimTime::from_millis(2),
            breaking_current: Amperes(16.0),
            interlocked,
            bypass_interlocked: false,
            three_phase: false,
        };
        TransferContacts::new("ats-1".to_owned(), contacts)
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
    fn a_bypass_waits_for_the_storage_contact_if_it_is_interlocked() {
        for interlocked in [false, true] {
            let mut switch = switch(true);
            switch.mechanism.bypass_interlocked = interlocked;
            switch.head_for(AcInput::Inverter, SimTime::ZERO);
            switch.arrive(SimTime::from_millis(15), NO_LOAD);
            let turned = SimTime::from_millis(100);
            switch.turn_bypass(true, turned);
            switch.arrive(turned, NO_LOAD);
            assert_eq!(switch.becomes_parallel(), !interlocked);
            assert_eq!(switch.is_bypassed(), !interlocked);
            switch.arrive(SimTime::from_millis(105), NO_LOAD);
            assert!(switch.is_bypassed() && !switch.becomes_parallel());
            switch.arrive(SimTime::from_millis(200), NO_LOAD);
            switch.head_for(AcInput::Inverter, SimTime::from_millis(300));
            switch.arrive(SimTime::from_millis(400), NO_LOAD);
            assert_eq!(switch.position(), if interlocked { 0 } else { 2 });
        }
    }

    #[test]
    fn a_slow_contact_without_a_pause_meets_the_other_unless_the_interlock_holds() {
        for (pause, interlocked, parallel) in
            [(0, false, true), (0, true, false), (50, false, false), (50, true, false)]
        {
            let mut switch = switch(interlocked);
            switch.mechanism.open_time = SimTime::from_millis(50);
            switch.drive(AcInput::Grid, false, SimTime::ZERO);
            switch.drive(AcInput::Inverter, true, SimTime::from_millis(pause));
            let mut met = false;
            while switch.next() < SimTime::NEVER {
                let due = switch.next();
                switch.arrive(due, NO_LOAD);
                met |= switch.becomes_parallel();
            }
            assert_eq!(met, parallel, "{pause} ms, interlocked {interlocked}");
            assert_eq!(switch.position(), 2);
        }
    }

    #[test]
    fn a_coil_released_before_its_contact_has_moved_moves_nothing() {
        let mut switch = switch(false);
        switch.drive(AcInput::Inverter, true, SimTime::ZERO);
        switch.drive(AcInput::Inverter, false, SimTime::from_millis(9));
        assert_eq!(switch.next(), SimTime::NEVER);
        switch.arrive(SimTime::from_millis(100), NO_LOAD);
        assert_eq!(switch.position(), 1);
    }

    #[test]
    fn a_driven_contact_welds_on_what_it_cannot_interrupt() {
        let mut switch = switch(false);
        switch.drive(AcInput::Grid, false, SimTime::ZERO);
        let carried = Amperes(16.1);
        assert_eq!(switch.arrive(SimTime::from_millis(5), carried), Some(carried));
        assert_eq!(switch.position(), 1);
    }

    /// Something done to a switch, by its control, by hand or by a fault.
    fn deed() -> impl Strategy<Value = u8> {
        0u8..10
    }

    proptest! {
        #[test]
        fn whatever_is_done_interlocks_keep_the_sources_apart(
            deeds in prop::collection::vec((1u64..30, deed()), 1..40),
        ) {
            let mut switch = switch(true);
            switch.mechanism.bypass_interlocked = true;
            let mut now = SimTime::ZERO;
            for (wait, deed) in deeds {
                // Every movement is seen at its own instant, as a run would see it.
                let then = now + SimTime::from_millis(wait);
                while switch.next() <= then {
                    let due = switch.next();
                    switch.arrive(due, NO_LOAD);
                    prop_assert!(!switch.becomes_parallel(), "at {}", due);
                }
                now = then;
                match deed {
                    0 => switch.head_for(AcInput::Grid, now),
                    1 => switch.head_for(AcInput::Inverter, now),
                    2 => switch.turn_bypass(true, now),
                    3 => switch.turn_bypass(false, now),
                    4 => switch.weld(AcInput::Grid),
                    5 => switch.weld(AcInput::Inverter),
                    6 => switch.drive(AcInput::Grid, true, now),
                    7 => switch.drive(AcInput::Grid, false, now),
                    8 => switch.drive(AcInput::Inverter, true, now),
                    _ => switch.drive(AcInput::Inverter, false, now),
                }
                switch.arrive(now, NO_LOAD);
                prop_assert!(!switch.becomes_parallel(), "at {}", now);
            }
        }
    }

    #[test]
    fn a_phase_that_is_given_up_is_fed_by_the_bypass_alone() {
        let mut switch = switch(true);
        switch.set_shed(Phase::L2, true);
        assert_eq!(switch.feeding(Phase::L1).count(), 1);
        assert_eq!(switch.feeding(Phase::L2).count(), 0);
        switch.turn_bypass(true, SimTime::ZERO);
        switch.arrive(SimTime::ZERO, NO_LOAD);
        assert_eq!(switch.feeding(Phase::L2).collect::<Vec<_>>(), [AcInput::Grid]);
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
