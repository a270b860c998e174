//! Faults on a bus, with their role found and their numbers checked.

use blackstart_limits::{CAN_LOG_BYTES, FILE_BYTES};
use blackstart_units::SimTime;
use blackstart_wire::can::{CanFrame, CanId, LogDecoder};

use super::events::Timeline;
use super::{LogFile, Resolver};
use crate::action::Action;
use crate::can_fault::{CanDisturbance, CanFault, CanFaultEntry};
use crate::code::Code;
use crate::diagnostic::{Place, Problem};
use crate::event_entry::EventEntry;
use crate::roles::RoleError;
use crate::syntax::SpannedValue;

/// Bytes of a log that are decoded at once.
const PIECE_BYTES: usize = 1 << 16;
/// Most frames of a log that a fault holds.
const FRAMES_OF_A_FAULT: usize = 1_000_000;

impl Resolver<'_> {
    /// The fault of an entry; `None`, with every mistake reported, of one that cannot be.
    pub fn can_fault(
        &mut self,
        line: &Timeline<'_>,
        entry: &EventEntry,
        value: &SpannedValue,
        faults: &mut usize,
    ) -> Option<Action> {
        let EventEntry::CanFault { target, fault, way, id, share_pct, count, .. } = entry else {
            return None;
        };
        if let CanFaultEntry::Replay { log, .. } = fault
            && let Err(why) = self.library.inside(log)
        {
            let place = line.place(value.get("fault").unwrap_or(value), "log");
            let message = format!("the log `{log}` {why}");
            let problem = Problem::at(place, Code::OutsideProject, message);
            self.complain(problem.label("expected a file below the project's root"));
            return None;
        }
        let role = self.any_role(line, target, line.place(value, "target"));
        let bus_id = self.bus_id(line, value, id.as_deref());
        let what = CanDisturbance::of(fault, |log, channel, skip_damage| {
            self.frames(log, channel, skip_damage)
        });
        if let Err((key, expected)) = &what {
            let fault = value.get("fault").unwrap_or(value);
            let message = format!("`{key}` cannot be that");
            let problem = Problem::at(line.place(fault, key), Code::OutOfRange, message);
            self.complain(problem.label(expected));
        }
        if let Ok(what) = &what {
            self.unheeded(line, value, what);
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

    /// Complains about keys that pick frames, of a fault that happens to none in particular.
    fn unheeded(&mut self, line: &Timeline<'_>, value: &SpannedValue, what: &CanDisturbance) {
        let heeded: &[&str] = match what {
            CanDisturbance::BusOff | CanDisturbance::Babble { .. } => &[],
            CanDisturbance::Replay { .. } => &["way"],
            _ => return,
        };
        let keys = ["way", "id", "share_pct", "count"].into_iter();
        for key in keys.filter(|key| !heeded.contains(key) && value.get(key).is_some()) {
            let message = format!("`{key}` means nothing to `{}`", what.name());
            let problem = Problem::at(line.place(value, key), Code::WrongPlace, message);
            self.complain(problem.label("it picks no frames of others"));
        }
    }

    /// The frames of a log that can be sent; else what was expected.
    fn frames(
        &mut self,
        log: &str,
        channel: Option<&str>,
        skip_damage: bool,
    ) -> Result<Vec<(SimTime, CanFrame)>, String> {
        let bytes = blackstart_limits::read(&self.library.root().join(log), FILE_BYTES)
            .map_err(|error| format!("expected a log below the project's root: {error}"))?;
        let (mut decoder, mut items) = (LogDecoder::new(CAN_LOG_BYTES), Vec::new());
        let mut frames = Vec::new();
        let refused = |why| format!("expected a log of frames: it {why}");
        // Packed, it may be many times as long.
        let (mut pieces, mut has_more) = (bytes.chunks(PIECE_BYTES), true);
        while has_more {
            match pieces.next() {
                Some(piece) => decoder.push(piece, &mut items).map_err(refused)?,
                None => has_more = decoder.finish(&mut items).map_err(refused)?,
            }
            for item in items.drain(..) {
                match item {
                    Ok(record)
                        if channel.is_none_or(|name| record.channel == name)
                            && !matches!(record.frame, CanFrame::Error(_)) =>
                    {
                        frames.push((record.at, record.frame));
                    }
                    Err(error) if !skip_damage => {
                        return Err(format!("expected a log of frames: {error}"));
                    }
                    _ => {}
                }
            }
            if frames.len() > FRAMES_OF_A_FAULT {
                return Err(format!("expected a log of at most {FRAMES_OF_A_FAULT} frames"));
            }
        }
        if decoder.counters().unstamped > 0 {
            return Err("expected a log with time stamps".to_owned());
        }
        let Some(&(first, _)) = frames.first() else {
            return Err("expected a log with frames of this channel".to_owned());
        };
        frames.iter_mut().for_each(|(at, _)| *at = at.since(first));
        if !self.logs.iter().any(|known| known.path == log) {
            self.logs.push(LogFile { path: log.to_owned(), bytes: bytes.into() });
        }
        Ok(frames)
    }

    /// The identifier that an entry names, if it names any; `None` of one that is none.
    fn bus_id(
        &mut self,
        line: &Timeline<'_>,
        value: &SpannedValue,
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

    /// The full path of a role of any kind.
    pub fn any_role(&mut self, line: &Timeline<'_>, name: &str, place: Place) -> Option<String> {
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
