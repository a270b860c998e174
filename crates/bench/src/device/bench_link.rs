//! What both kinds of session over the bench link share: a terminal in the words of its vocabulary.

use blackstart_engine::{Bank, Edge, Reading, Subscription, Terminal};
use blackstart_link::{Answer, SubscriptionChange};
use blackstart_wire::bench_link::vocabulary::{self, Direction};
use blackstart_wire::bench_link::{self};

/// The readings that have changed since the last time, as id and counts.
pub(super) fn changed_readings(terminal: &mut Terminal) -> Vec<(u16, i32)> {
    let mut readings = Vec::new();
    for (index, value) in terminal.readings.take_changed() {
        let name = &terminal.readings.items()[index].name;
        let entry = vocabulary::by_name(Direction::Reading, name);
        // A reading beyond its range on the wire keeps its last value there.
        if let Some(counts) = entry.and_then(|e| e.to_counts(value).ok().map(|c| (e.id, c))) {
            readings.push(counts);
        }
    }
    readings
}

/// Writes what a device has said to its terminal. Returns the lines that it logged.
pub(super) fn apply(answer: Answer, terminal: &mut Terminal) -> Vec<String> {
    set_all(&mut terminal.commands, &answer.commands);
    set_all(&mut terminal.claims, &answer.claims);
    for change in answer.subscriptions {
        terminal.subscriptions_changed = true;
        match change {
            SubscriptionChange::Cleared { slot } => {
                terminal.subscriptions.remove(&slot);
            }
            SubscriptionChange::Set { slot, id, edge, level } => {
                if let Some(subscription) = subscription(id, edge, level, terminal) {
                    terminal.subscriptions.insert(slot, subscription);
                }
            }
        }
    }
    answer.logs
}

fn set_all(bank: &mut Bank, values: &[(u16, i32)]) {
    for &(id, counts) in values {
        let Some(entry) = vocabulary::by_id(id) else { continue };
        if let (Some(index), Ok(value)) = (bank.index(&entry.name), entry.from_counts(counts)) {
            bank.set(index, value);
        }
    }
}

fn subscription(
    id: u16,
    edge: bench_link::Edge,
    level: i32,
    terminal: &Terminal,
) -> Option<Subscription> {
    let items = terminal.readings.items();
    let (reading, entry) = if id == vocabulary::ANY_CELL {
        let cells = items.iter().take_while(|item| item.name.starts_with("cell-")).count();
        (Reading::AnyOf(0..cells), vocabulary::cell(0)?)
    } else {
        let entry = vocabulary::by_id(id)?;
        (Reading::One(terminal.readings.index(&entry.name)?), entry)
    };
    let edge = match edge {
        bench_link::Edge::Rising => Edge::Rising,
        bench_link::Edge::Falling => Edge::Falling,
    };
    Some(Subscription { reading, edge, level: entry.from_counts(level).ok()? })
}
