//! Faults on a bus, with their role found and their numbers checked.

use blackstart_wire::can::CanId;

use super::Resolver;
use super::events::Timeline;
use crate::action::Action;
use crate::can_fault::{CanDisturbance, CanFault};
use crate::code::Code;
use crate::diagnostic::{Place, Problem};
use crate::event_entry::EventEntry;
use crate::roles::RoleError;
use crate::syntax::Value;

impl Resolver<'_> {
    /// The fault of an entry; `None`, with every mistake told, of one that cannot be.
    pub fn can_fault(
        &mut self,
        line: &Timeline<'_>,
        entry: &EventEntry,
        value: &Value,
        faults: &mut usize,
    ) -> Option<Action> {
        let EventEntry::CanFault { target, fault, way, id, share_pct, count, .. } = entry else {
            return None;
        };
        let role = self.any_role(line, target, line.place(value, "target"));
        let bus_id = self.bus_id(line, value, id.as_deref());
        let what = CanDisturbance::of(fault);
        if let Err((key, expected)) = &what {
            let fault = value.get("fault").unwrap_or(value);
            let message = format!("`{key}` cannot be that");
            let problem = Problem::at(line.place(fault, key), Code::OutOfRange, message);
            self.complain(problem.label(expected));
        }
        let share = share_pct.unwrap_or(100.0) / 100.0;
        if !(share > 0.0 && share <= 1.0) {
            let message = "`share_pct` cannot be that".to_owned();
            let problem = Problem::at(line.place(value, "share_pct"), Code::OutOfRange, message);
            self.complain(problem.label("expected more than 0, up to 100"));
        }
        let number = std::mem::replace(faults, *faults + 1);
        let fault = CanFault { what: what.ok()?, way: *way, id: bus_id?, share, count: *count };
        Some(Action::CanFault { role: role?, fault, id: number })
    }

    /// The identifier that an entry names, if it names any; `None` of one that is none.
    fn bus_id(
        &mut self,
        line: &Timeline<'_>,
        value: &Value,
        text: Option<&str>,
    ) -> Option<Option<CanId>> {
        let Some(text) = text else { return Some(None) };
        let id = CanId::parse(text);
        if id.is_none() {
            let message = format!("`{text}` is no identifier");
            let problem = Problem::at(line.place(value, "id"), Code::OutOfRange, message);
            self.complain(problem.label("expected three hexadecimal digits, or eight"));
        }
        id.map(Some)
    }

    fn any_role(&mut self, line: &Timeline<'_>, name: &str, place: Place) -> Option<String> {
        match line.system.role(name) {
            Ok(role) => Some(role),
            Err(error) => {
                let code = match error {
                    RoleError::Unknown(_) => Code::UnknownRole,
                    RoleError::Ambiguous { .. } => Code::AmbiguousRole,
                };
                let problem = Problem::at(place, code, error.to_string()).label("unknown role");
                let roles = line.system.roles();
                self.complain(problem.suggest(name, roles.iter().map(String::as_str)));
                None
            }
        }
    }
}
