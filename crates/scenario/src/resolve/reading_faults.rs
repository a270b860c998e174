//! Faults of readings, with their role and their reading found and their numbers checked.

use super::Resolver;
use super::events::Timeline;
use crate::action::Action;
use crate::code::Code;
use crate::diagnostic::Problem;
use crate::event_entry::EventEntry;
use crate::reading_fault::{ReadingDisturbance, ReadingFault};
use crate::role_readings::RoleReading;
use crate::syntax::SpannedValue;

impl Resolver<'_> {
    /// The fault of an entry; `None`, with every mistake reported, of one that cannot be.
    pub fn reading_fault(
        &mut self,
        line: &Timeline<'_>,
        entry: &EventEntry,
        value: &SpannedValue,
        faults: &mut usize,
    ) -> Option<Action> {
        let EventEntry::FaultReading { target, reading, fault, .. } = entry else { return None };
        let role = self.any_role(line, target, line.place(value, "target"))?;
        let rows = line.system.readings(&role);
        let Some((pin, readings)) = named(&rows, reading) else {
            let message = format!("`{role}` has no reading `{reading}`");
            let place = line.place(value, "reading");
            let problem = Problem::at(place, Code::WrongPin, message).label("unknown reading");
            let arrays = rows.iter().map(|row| row.pin.name.clone());
            let known: Vec<String> =
                rows.iter().flat_map(RoleReading::names).chain(arrays).collect();
            self.complain(problem.suggest(reading, known.iter().map(String::as_str)));
            return None;
        };
        let what = ReadingDisturbance::of(fault, pin);
        if let Err((key, expected)) = &what {
            let entry = value.get("fault").unwrap_or(value);
            let (message, code) = match *key {
                "type" => (format!("`{reading}` cannot have this fault"), Code::OutOfRange),
                "fault" => (format!("nothing says what `{reading}` is"), Code::MissingKey),
                "is" => (format!("`{reading}` cannot be that"), Code::UnknownState),
                key => (format!("`{key}` cannot be that"), Code::OutOfRange),
            };
            let problem = Problem::at(line.place(entry, key), code, message);
            self.complain(problem.label(expected));
        }
        let id = std::mem::replace(faults, *faults + 1);
        let fault = ReadingFault { what: what.ok()?, readings, written: reading.clone() };
        Some(Action::FaultReading { role, fault, id })
    }
}

/// The row that a name belongs to, and the readings that it means: one, or all of an array by its pattern.
fn named<'a>(
    rows: &'a [RoleReading],
    name: &str,
) -> Option<(&'a blackstart_roles::Pin, Vec<String>)> {
    if let Some(row) = rows.iter().find(|row| row.pin.name == name) {
        return Some((&row.pin, row.names()));
    }
    let row = rows.iter().find(|row| row.names().iter().any(|one| one == name))?;
    Some((&row.pin, vec![name.to_owned()]))
}
