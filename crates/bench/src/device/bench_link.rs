//! What both kinds of session over the bench link share: a terminal in the words of its agreement.

use bevy_ecs::prelude::{Entity, World};
use blackstart_engine::{
    AlertEdge, BusStatus, BusTransfer, PinBank, Subscription, Terminal, WatchedReading,
};
use blackstart_link::{Answer, EndedTransfer, SubscriptionChange};
use blackstart_plant::Recorder;
use blackstart_roles::{Direction, RoleTable, clash};
use blackstart_trace::SignalKind;
use blackstart_verdict::PinUse;
use blackstart_wire::bench_link::{
    self, Agreement, Offer, TransferForm, TransferStatus, from_counts, to_counts,
};

use crate::error::BenchError;

/// The pins of a terminal, as they are offered to a device.
///
/// # Errors
/// Pins that a device could not tell apart, or more than there are numbers for.
pub(super) fn offer(terminal: &Terminal) -> Result<Offer, BenchError> {
    let banks = [&terminal.readings, &terminal.commands, &terminal.claims];
    let placed =
        || banks.into_iter().flat_map(|bank| bank.pins().iter().map(move |one| (bank, one)));
    let impossible = |what: String| BenchError::Offer { role: terminal.role.clone(), what };
    if let Some(clash) = clash(&terminal.role, placed().map(|(_, one)| &one.pin)) {
        return Err(impossible(clash.to_string()));
    }
    let pins = placed().map(|(bank, one)| {
        let states = match bank.items().get(one.items.start).map(|item| &item.kind) {
            Some(SignalKind::State(names)) => names.clone(),
            _ => Vec::new(),
        };
        (one.pin.clone(), one.items.clone(), states)
    });
    let offer = Offer::of(pins).map_err(|error| impossible(error.to_string()))?;
    Ok(offer.reserving(RoleTable::standard().role(terminal.kind)))
}

/// Whether a device uses no command of a role that has some: it could change nothing.
pub(super) fn is_deaf(agreement: &Agreement) -> bool {
    let commands = || agreement.pins().filter(|(one, _)| one.pin.direction == Direction::Command);
    commands().next().is_some() && !commands().any(|(_, is_used)| is_used)
}

/// Whether a device uses a claim of its role, by its place among them.
pub(super) fn uses_claim(agreement: &Agreement, place: usize) -> bool {
    let mut used = agreement.pins().filter(|(_, is_used)| *is_used);
    used.any(|(one, _)| one.pin.direction == Direction::Claim && one.items.contains(&place))
}

/// Which of the pins that it was offered a device uses.
pub(super) fn pin_use(agreement: &Agreement) -> PinUse {
    let unused = |direction: Direction| {
        let unused =
            agreement.pins().filter(|(one, is_used)| one.pin.direction == direction && !is_used);
        unused.map(|(one, _)| one.pin.name.clone()).collect()
    };
    PinUse {
        offered: agreement.pins().count() as u64,
        used: agreement.pins().filter(|(_, is_used)| *is_used).count() as u64,
        unused_readings: unused(Direction::Reading),
        unused_commands: unused(Direction::Command),
        unused_claims: unused(Direction::Claim),
        own_claims: agreement.own().iter().map(|own| own.pin.name.clone()).collect(),
    }
}

/// Adds the claims that a device has named itself to its terminal and to what is recorded.
pub(super) fn add_own_claims(agreement: &Agreement, entity: Entity, world: &mut World) {
    for own in agreement.own() {
        let Some(mut terminal) = world.get_mut::<Terminal>(entity) else { return };
        terminal.claims.add(&own.pin, 1, &[]);
        let name = format!("{}.claim.{}", terminal.role, own.pin.name);
        let kind = terminal.claims.items().last().map(|item| item.kind.clone());
        if let Some(kind) = kind {
            world.resource_mut::<Recorder>().trace.declare(&name, kind);
        }
    }
}

/// The readings that have changed since the last time, of those that the device uses, as number and counts.
pub(super) fn changed_readings(terminal: &mut Terminal, agreement: &Agreement) -> Vec<(u16, i32)> {
    let changed = terminal.readings.take_changed().into_iter();
    // A reading beyond its range on the wire keeps its last value there.
    let counts = |(item, value)| {
        let (id, offered) = agreement.reading(item)?;
        Some((id, to_counts(&offered.pin, value).ok()?))
    };
    let changed = changed.filter_map(counts).collect();
    terminal.readings.note_sent(|item, value| {
        let (_, offered) = agreement.reading(item)?;
        to_counts(&offered.pin, value).ok()?;
        Some((offered.pin.resolution(), false))
    });
    changed
}

/// Transfers of a device that have ended since the last time.
pub(super) fn ended_transfers(
    terminal: &mut Terminal,
    agreement: &Agreement,
) -> Vec<EndedTransfer> {
    let ended = std::mem::take(&mut terminal.transferred).into_iter();
    let ended = ended.filter_map(|answer| {
        let mut pins = agreement.pins().map(|(one, _)| one);
        let is_meant = |one: &&bench_link::Offered| {
            one.pin.direction == Direction::Command && one.items.start == answer.bus
        };
        let status = match answer.status {
            BusStatus::Done => TransferStatus::Done,
            BusStatus::NotAcknowledged => TransferStatus::NotAcknowledged,
            BusStatus::Stuck => TransferStatus::Stuck,
        };
        Some(EndedTransfer { id: pins.find(is_meant)?.id(), status, read: answer.read })
    });
    ended.collect()
}

/// Writes what a device has said to its terminal. Returns the lines that it logged.
pub(super) fn apply(answer: Answer, terminal: &mut Terminal, agreement: &Agreement) -> Vec<String> {
    set_all(&mut terminal.commands, Direction::Command, &answer.commands, agreement);
    set_all(&mut terminal.claims, Direction::Claim, &answer.claims, agreement);
    for asked in answer.transfers {
        // The session has checked the number.
        let Ok(target) = agreement.target(Direction::Command, asked.id) else { continue };
        terminal.transfers.push(BusTransfer {
            bus: target.item,
            is_spi: asked.form == TransferForm::Spi,
            address: asked.address,
            write: asked.write,
            read: asked.read,
        });
    }
    for change in answer.subscriptions {
        terminal.subscriptions_changed = true;
        match change {
            SubscriptionChange::Cleared { slot } => {
                terminal.subscriptions.remove(&slot);
            }
            SubscriptionChange::Set { slot, id, edge, whichever, level } => {
                let edge = match edge {
                    bench_link::LinkEdge::Rising => AlertEdge::Rising,
                    bench_link::LinkEdge::Falling => AlertEdge::Falling,
                };
                // The session has checked the number.
                let Ok(target) = agreement.target(Direction::Reading, id) else { continue };
                let reading = match whichever {
                    true => WatchedReading::AnyOf(target.items.0..target.items.1),
                    false => WatchedReading::One(target.item),
                };
                let level = from_counts(target.pin, level);
                terminal.subscriptions.insert(slot, Subscription { reading, edge, level });
            }
        }
    }
    answer.logs
}

fn set_all(bank: &mut PinBank, direction: Direction, values: &[(u16, i32)], agreement: &Agreement) {
    for &(id, counts) in values {
        if let Ok(target) = agreement.target(direction, id) {
            bank.set(target.item, from_counts(target.pin, counts));
        }
    }
}

#[cfg(test)]
mod tests {
    use blackstart_engine::RoleShape;
    use blackstart_roles::{Alarm, Pin, PinForm, PinRange};

    use super::*;
    use blackstart_wire::bench_link::FromDevice;

    fn offered(table: &RoleTable) -> Offer {
        let shape = RoleShape { cells: 4, ..RoleShape::default() };
        let terminal = Terminal::new("pack.bms".to_owned(), &table.roles[0], shape);
        offer(&terminal).unwrap()
    }

    #[test]
    fn one_row_more_is_one_pin_more_and_one_alarm_more_a_state_more() {
        let mut table = RoleTable::standard().clone();
        table.roles[0].pins.push(Pin::new(
            Direction::Claim,
            "soh_pct",
            PinForm::Number,
            PinRange::Any,
            "",
        ));
        table.roles[0].alarms.push(Alarm::new("flooded", None));
        let (before, after) = (offered(RoleTable::standard()), offered(&table));
        assert_eq!(after.pins().len(), before.pins().len() + 1);
        assert!(after.digest() != before.digest());
        let alarm = after.pins().iter().find(|one| one.pin.name == "alarm").unwrap();
        assert_eq!(alarm.states.last().map(String::as_str), Some("flooded"));
    }

    #[test]
    fn a_device_is_deaf_only_where_its_role_has_commands() {
        let mut table = RoleTable::standard().clone();
        let nothing_used =
            |table: &RoleTable| bench_link::Negotiation::new(offered(table)).finish();
        assert!(is_deaf(&nothing_used(&table)));
        table.roles[0].pins.retain(|pin| pin.direction != Direction::Command);
        let listening = nothing_used(&table);
        assert!(listening.pins().count() > 0 && !is_deaf(&listening));
    }

    #[test]
    fn a_claim_that_this_system_lacks_is_still_a_name_of_the_role() {
        let mut negotiation = bench_link::Negotiation::new(offered(RoleTable::standard()));
        let text = bench_link::TextChunk::new(b"warn").unwrap();
        let (id, form) = (bench_link::FIRST_OWN, bench_link::CountForm::Number);
        let own = |text, end| FromDevice::Own { id, form, exponent: 0, text, end };
        assert_eq!(negotiation.take(own(text, false)), Ok(false));
        let rest = bench_link::TextChunk::new(b"ings").unwrap();
        let error = negotiation.take(own(rest, true)).unwrap_err().to_string();
        assert!(error.contains("`warnings`, which is a claim of its role"), "{error}");
    }

    #[test]
    fn two_pins_that_a_device_could_not_tell_apart_are_not_offered() {
        let mut table = RoleTable::standard().clone();
        let again = table.roles[0].pins[1].clone();
        table.roles[0].pins.push(again);
        let terminal = Terminal::new("pack.bms".to_owned(), &table.roles[0], RoleShape::default());
        let error = offer(&terminal).unwrap_err().to_string();
        assert!(error.ends_with("has the reading `pack_current_a` twice"), "{error}");
    }
}
