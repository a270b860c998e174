//! What happens, in order of time, with every target found.

use blackstart_limits::EVENTS;
use blackstart_units::{Ohms, SimTime, Volts, Watts};

use super::Resolver;
use super::part_stimuli::undone;
use super::scenario::MAX_DURATION_S;
use crate::action::{Action, RemoteWiring, ScenarioEvent, UpdateState};
use crate::backup_box::Phase;
use crate::code::Code;
use crate::diagnostic::{Place, Problem};
use crate::event_entry::{EventEntry, InputName, PhaseName};
use crate::kinds::backup_box::BackupBox;
use crate::kinds::dc_load::DcLoad;
use crate::kinds::transfer_switch::TransferSwitch;
use crate::part::Part;
use crate::resolved::{AcInput, System};
use crate::roles::RoleError;
use crate::syntax::{Document, SpannedValue};

/// The entries of one file, held against one system.
pub struct Timeline<'a> {
    pub document: &'a Document,
    pub system: &'a System,
    pub duration_s: f64,
}

impl Timeline<'_> {
    /// Place of a key of an entry, or of the entry when it lacks the key.
    pub fn place(&self, entry: &SpannedValue, key: &str) -> Place {
        self.document.place(entry.get(key).unwrap_or(entry).span.clone())
    }
}

impl Resolver<'_> {
    /// Events in order of time; of equal times in order of the file.
    pub fn events(
        &mut self,
        line: &Timeline<'_>,
        entries: &[EventEntry],
        values: &[&SpannedValue],
    ) -> Vec<ScenarioEvent> {
        if let Some(first) = values.get(EVENTS) {
            let message = format!("{} events; a scenario may have {EVENTS}", entries.len());
            let place = line.place(first, "do");
            self.complain(Problem::at(place, Code::TooMany, message).label("one too many"));
            return Vec::new();
        }
        let mut events = Vec::new();
        let (mut shorts, mut faults, mut reading_faults) = (0, 0, 0);
        for (entry, value) in entries.iter().zip(values) {
            let at = self.instant(line, value, "at_s", at_s(entry));
            if let EventEntry::FollowProfile { target, profile, .. } = entry {
                let place = line.place(value, "target");
                let load = self.addressed(line.system, target, place, "a load");
                if let (Some(load), Some(at)) = (load, at) {
                    let span = (at, SimTime::from_seconds(line.duration_s.max(0.0)));
                    events.extend(self.profile(profile, line.place(value, "profile"), &load, span));
                }
                continue;
            }
            let action = match entry {
                EventEntry::CanFault { .. } => self.can_fault(line, entry, value, &mut faults),
                EventEntry::FaultReading { .. } => {
                    self.reading_fault(line, entry, value, &mut reading_faults)
                }
                EventEntry::SetPart { .. } => self.part_stimulus(line, entry, value),
                _ => self.action(line, entry, value, &mut shorts),
            };
            let Some(action) = action else { continue };
            let Some(at) = at else { continue };
            if let Some((end, ends)) =
                ending(line.system, &action).zip(self.end(line, entry, value))
            {
                events.push(ScenarioEvent { at: ends, action: end, ends: true });
            }
            events.push(ScenarioEvent { at, action, ends: false });
        }
        events.sort_by_key(|event| event.at);
        events
    }

    /// An instant within the scenario.
    pub fn instant(
        &mut self,
        line: &Timeline<'_>,
        entry: &SpannedValue,
        key: &str,
        seconds: f64,
    ) -> Option<SimTime> {
        // A duration that is wrong itself has been complained about.
        let end = if line.duration_s >= 0.0 { line.duration_s } else { MAX_DURATION_S };
        if (0.0..=end).contains(&seconds) {
            return Some(SimTime::from_seconds(seconds));
        }
        let (message, label) = if seconds < 0.0 {
            (format!("`{key}` is before the start: {seconds}"), "expected 0 or more".to_owned())
        } else {
            let message = format!("`{key}` is after the end: {seconds}");
            (message, format!("the scenario ends at {end} s"))
        };
        let place = line.place(entry, key);
        self.complain(Problem::at(place, Code::OutOfRange, message).label(label));
        None
    }

    /// When what has a duration ends; what outlasts the scenario has no end in it.
    fn end(
        &mut self,
        line: &Timeline<'_>,
        entry: &EventEntry,
        value: &SpannedValue,
    ) -> Option<SimTime> {
        let (&EventEntry::Short { at_s, for_s: Some(for_s), .. }
        | &EventEntry::SetPart { at_s, for_s: Some(for_s), .. }
        | &EventEntry::FaultReading { at_s, for_s: Some(for_s), .. }
        | &EventEntry::CanFault { at_s, for_s: Some(for_s), .. }) = entry
        else {
            return None;
        };
        if for_s <= 0.0 {
            self.not_positive(line, value, "for_s", for_s);
            return None;
        }
        let ends = at_s + for_s;
        (ends <= line.duration_s).then(|| SimTime::from_seconds(ends))
    }

    fn action(
        &mut self,
        line: &Timeline<'_>,
        entry: &EventEntry,
        value: &SpannedValue,
        shorts: &mut usize,
    ) -> Option<Action> {
        let place = line.place(value, "target");
        match entry {
            EventEntry::StartPairing { target, .. } => {
                let bms = self.bms((line.system, target), "pairing_request", place);
                bms.map(|bms| Action::StartPairing { bms })
            }
            EventEntry::EnablePort { target, .. } => {
                let bms = self.bms((line.system, target), "port_request", place);
                bms.map(|bms| Action::EnablePort { bms })
            }
            EventEntry::DisablePort { target, .. } => {
                let bms = self.bms((line.system, target), "port_request", place);
                bms.map(|bms| Action::DisablePort { bms })
            }
            EventEntry::SwitchOn { target, .. } => self
                .addressed(line.system, target, place, "an inverter")
                .map(|inverter| Action::SwitchOn { inverter }),
            EventEntry::SwitchOff { target, .. } => self
                .addressed(line.system, target, place, "an inverter")
                .map(|inverter| Action::SwitchOff { inverter }),
            EventEntry::Short { target, resistance_mohm, .. } => {
                self.short(line, value, target, *resistance_mohm, shorts)
            }
            EventEntry::SetLoad { target, power_w, .. } => {
                self.not_negative(line, value, "power_w", *power_w);
                let power = Watts(*power_w);
                let dc = |load: usize| line.system.devices[load].of_kind::<DcLoad>().is_some();
                match line.system.device(target) {
                    Some(load) if dc(load) => {
                        Some(Action::SetDcLoad { load: target.clone(), power })
                    }
                    _ => self
                        .addressed(line.system, target, place, "a load")
                        .map(|load| Action::SetLoad { load, power }),
                }
            }
            // Resolved before: one entry that is many events, and what is not of the plant.
            EventEntry::FollowProfile { .. }
            | EventEntry::CanFault { .. }
            | EventEntry::FaultReading { .. }
            | EventEntry::SetPart { .. } => None,
            EventEntry::FailGrid { target, phase, .. } => {
                let (grid, phase) = self.grid(line, value, target, *phase)?;
                Some(Action::FailGrid { grid, phase })
            }
            EventEntry::SetGrid { target, voltage_v, phase, frequency_hz, .. } => {
                self.not_negative(line, value, "voltage_v", *voltage_v);
                if let Some(frequency) = frequency_hz {
                    self.not_negative(line, value, "frequency_hz", *frequency);
                }
                let (voltage, frequency) = (Volts(*voltage_v), *frequency_hz);
                let (grid, phase) = self.grid(line, value, target, *phase)?;
                Some(Action::SetGrid { grid, phase, voltage, frequency })
            }
            EventEntry::TurnSwitch { target, to, .. } => {
                let to = input(*to);
                let switch = self.turned_by_hand(line.system, target, place)?;
                Some(Action::TurnSwitch { switch, to })
            }
            EventEntry::WeldContact { target, contact, .. } => {
                let contact = input(*contact);
                let expected = switch_or_box(line.system, target);
                self.addressed(line.system, target, place, expected)
                    .map(|switch| Action::WeldContact { switch, contact })
            }
            EventEntry::RestoreGrid { target, phase, .. } => {
                let (grid, phase) = self.grid(line, value, target, *phase)?;
                Some(Action::RestoreGrid { grid, phase })
            }
            EventEntry::SetDip4 { target, on, .. } => self
                .addressed(line.system, target, place, "a backup box")
                .map(|backup_box| Action::SetDip4 { backup_box, on: *on }),
            EventEntry::RestartBox { target, .. } => self
                .addressed(line.system, target, place, "a backup box")
                .map(|backup_box| Action::RestartBox { backup_box }),
            EventEntry::SetBypass { target, engaged, .. } => self
                .addressed(line.system, target, place, "a backup box")
                .map(|backup_box| Action::SetBypass { backup_box, engaged: *engaged }),
            EventEntry::SetRemote { target, joined, l_v, h_v, h_to_plus, .. } => {
                let remote = RemoteWiring {
                    joined: *joined,
                    l: l_v.map(Volts),
                    h: h_v.map(Volts),
                    h_to_plus: *h_to_plus,
                };
                self.addressed(line.system, target, place, "an external BMS")
                    .map(|bms| Action::SetRemote { bms, remote })
            }
            EventEntry::StartSource { target, .. } | EventEntry::StopSource { target, .. } => {
                let running = matches!(entry, EventEntry::StartSource { .. });
                self.addressed(line.system, target, place, "a DC source")
                    .map(|source| Action::RunSource { source, running })
            }
            EventEntry::SetSource { target, voltage_v, .. } => {
                self.not_negative(line, value, "voltage_v", *voltage_v);
                let voltage = Volts(*voltage_v);
                self.addressed(line.system, target, place, "a DC source")
                    .map(|source| Action::SetSource { source, voltage })
            }
            EventEntry::BreakBmsCable { target, .. } | EventEntry::MendBmsCable { target, .. } => {
                let broken = matches!(entry, EventEntry::BreakBmsCable { .. });
                self.addressed(line.system, target, place, "an external BMS")
                    .map(|bms| Action::BmsCable { bms, broken })
            }
            EventEntry::StartUpdate { target, .. } => {
                self.update(line.system, target, place, UpdateState::Running)
            }
            EventEntry::FailUpdate { target, .. } => {
                self.update(line.system, target, place, UpdateState::Failed)
            }
            EventEntry::FinishUpdate { target, .. } => {
                self.update(line.system, target, place, UpdateState::None)
            }
        }
    }

    /// The path of a device that is what is expected.
    fn addressed(
        &mut self,
        system: &System,
        id: &str,
        place: Place,
        expected: &str,
    ) -> Option<String> {
        self.device(system, id, place, expected).map(|_| id.to_owned())
    }

    /// A grid, and one of its phases if one is named.
    fn grid(
        &mut self,
        line: &Timeline<'_>,
        value: &SpannedValue,
        target: &str,
        phase: Option<PhaseName>,
    ) -> Option<(String, Option<Phase>)> {
        let grid = self.device(line.system, target, line.place(value, "target"), "a grid")?;
        if phase.is_some() && !line.system.devices[grid].model.is_three_phase() {
            let message = format!("`{target}` has one phase only");
            let problem = Problem::at(line.place(value, "phase"), Code::WrongDevice, message);
            self.complain(problem.label("expected a grid with three phases"));
            return None;
        }
        Some((target.to_owned(), phase.map(phase_of)))
    }

    fn short(
        &mut self,
        line: &Timeline<'_>,
        value: &SpannedValue,
        target: &str,
        resistance_mohm: f64,
        shorts: &mut usize,
    ) -> Option<Action> {
        let place = line.place(value, "target");
        let node = self.node(&line.system.nodes, target, place.clone());
        if resistance_mohm <= 0.0 {
            self.not_positive(line, value, "resistance_mohm", resistance_mohm);
        }
        if node == Some(crate::Node::GROUND) {
            let problem = Problem::at(place, Code::UnknownNode, "a short of ground to ground");
            self.complain(problem.label("expected another node"));
            return None;
        }
        let id = std::mem::replace(shorts, *shorts + 1);
        let resistance = Ohms(resistance_mohm * 1e-3);
        node.map(|_| Action::Short { node: target.to_owned(), resistance, id })
    }

    /// A transfer switch that somebody can turn: an automatic one would not listen.
    fn turned_by_hand(&mut self, system: &System, id: &str, place: Place) -> Option<String> {
        let switch = self.device(system, id, place.clone(), "a transfer switch")?;
        let one = system.devices[switch].of_kind::<TransferSwitch>();
        if one.is_some_and(|one| one.rules.automatic) {
            let message = format!("`{id}` changes over by itself: nobody turns it");
            let problem = Problem::at(place, Code::WrongDevice, message);
            self.complain(problem.label("expected a switch with `automatic` 0"));
            return None;
        }
        Some(id.to_owned())
    }

    /// An update of a BMS that says what one does to it.
    fn update(
        &mut self,
        system: &System,
        id: &str,
        place: Place,
        update: UpdateState,
    ) -> Option<Action> {
        let bms = self.device(system, id, place.clone(), "an external BMS")?;
        if !system.devices[bms].model.has_group("update") {
            let message = format!("`{id}` says nothing of updates");
            let problem = Problem::at(place, Code::WrongDevice, message);
            self.complain(problem.label("expected a BMS with a section `update`"));
            return None;
        }
        Some(Action::Update { bms: id.to_owned(), update })
    }

    fn not_negative(&mut self, line: &Timeline<'_>, value: &SpannedValue, key: &str, found: f64) {
        if found < 0.0 {
            let message = format!("`{key}` cannot be {found}");
            let problem = Problem::at(line.place(value, key), Code::OutOfRange, message);
            self.complain(problem.label("expected 0 or more"));
        }
    }

    fn not_positive(&mut self, line: &Timeline<'_>, value: &SpannedValue, key: &str, found: f64) {
        let message = format!("`{key}` cannot be {found}");
        let problem = Problem::at(line.place(value, key), Code::OutOfRange, message);
        self.complain(problem.label("expected more than 0"));
    }

    /// Full path of a BMS, given in full or in its short form.
    fn bms(&mut self, (system, name): (&System, &str), pin: &str, place: Place) -> Option<String> {
        let bms: Vec<String> =
            system.roles().into_iter().filter(|role| role.ends_with(".bms")).collect();
        match system.role(name) {
            Ok(role) if bms.contains(&role) => {
                let made = system.part_roles.iter().find(|made| made.path == role);
                if made.is_some_and(|made| made.pins.iter().all(|one| one.name != pin)) {
                    let message =
                        format!("`{role}` has no pin `{pin}`: nobody can ask it for that");
                    let problem = Problem::at(place, Code::WrongDevice, message);
                    self.complain(problem.label(format!("expected a BMS with the pin `{pin}`")));
                    return None;
                }
                Some(role)
            }
            Ok(role) => {
                let message = format!("`{role}` is no BMS");
                let problem = Problem::at(place, Code::WrongDevice, message);
                self.complain(problem.label("expected the role of a BMS"));
                None
            }
            Err(error) => {
                let code = match error {
                    RoleError::Unknown(_) => Code::UnknownRole,
                    RoleError::Ambiguous { .. } => Code::AmbiguousRole,
                };
                let problem = Problem::at(place, code, error.to_string()).label("unknown role");
                let known = bms.iter().map(String::as_str).chain(["bms"]);
                self.complain(problem.suggest(name, known));
                None
            }
        }
    }

    /// Index of an instance that must be of one type.
    pub fn device(
        &mut self,
        system: &System,
        id: &str,
        place: Place,
        expected: &str,
    ) -> Option<usize> {
        let fits = |model: &Part| model.type_name() == expected;
        let Some(index) = system.device(id) else {
            if system.assemblies.iter().any(|one| one == id) {
                let message = format!("`{id}` is an assembly");
                let problem = Problem::at(place, Code::WrongDevice, message);
                self.complain(problem.label(format!("expected {expected}")));
                return None;
            }
            let of_type = system.devices.iter().filter(|device| fits(&device.model));
            self.unknown_instance(id, place, of_type.map(|device| device.id.as_str()));
            return None;
        };
        let model = &system.devices[index].model;
        if !fits(model) {
            let message = format!("`{id}` is {}", model.type_name());
            let problem = Problem::at(place, Code::WrongDevice, message);
            self.complain(problem.label(format!("expected {expected}")));
            return None;
        }
        Some(index)
    }
}

/// What ends an action that can have a duration.
fn ending(system: &System, action: &Action) -> Option<Action> {
    match action {
        Action::SetPart { part, what, .. } => undone(system, part, what),
        Action::Short { id, .. } => Some(Action::EndShort { id: *id }),
        Action::CanFault { role, id, .. } => {
            Some(Action::EndCanFault { role: role.clone(), id: *id })
        }
        Action::FaultReading { role, id, .. } => {
            Some(Action::EndFaultReading { role: role.clone(), id: *id })
        }
        _ => None,
    }
}

fn input(name: InputName) -> AcInput {
    match name {
        InputName::Grid => AcInput::Grid,
        InputName::Inverter => AcInput::Inverter,
    }
}

fn phase_of(name: PhaseName) -> Phase {
    match name {
        PhaseName::L1 => Phase::L1,
        PhaseName::L2 => Phase::L2,
        PhaseName::L3 => Phase::L3,
    }
}

/// What has two inputs and contacts: which of the two kinds to expect of an instance.
pub(super) fn switch_or_box(system: &System, id: &str) -> &'static str {
    let found = system.device(id).and_then(|index| system.devices[index].of_kind::<BackupBox>());
    if found.is_some() { "a backup box" } else { "a transfer switch" }
}

fn at_s(entry: &EventEntry) -> f64 {
    match entry {
        EventEntry::StartPairing { at_s, .. }
        | EventEntry::EnablePort { at_s, .. }
        | EventEntry::DisablePort { at_s, .. }
        | EventEntry::SwitchOn { at_s, .. }
        | EventEntry::SwitchOff { at_s, .. }
        | EventEntry::Short { at_s, .. }
        | EventEntry::SetPart { at_s, .. }
        | EventEntry::SetLoad { at_s, .. }
        | EventEntry::FollowProfile { at_s, .. }
        | EventEntry::FailGrid { at_s, .. }
        | EventEntry::SetGrid { at_s, .. }
        | EventEntry::TurnSwitch { at_s, .. }
        | EventEntry::WeldContact { at_s, .. }
        | EventEntry::RestoreGrid { at_s, .. }
        | EventEntry::SetDip4 { at_s, .. }
        | EventEntry::RestartBox { at_s, .. }
        | EventEntry::SetBypass { at_s, .. }
        | EventEntry::SetRemote { at_s, .. }
        | EventEntry::StartSource { at_s, .. }
        | EventEntry::StopSource { at_s, .. }
        | EventEntry::SetSource { at_s, .. }
        | EventEntry::BreakBmsCable { at_s, .. }
        | EventEntry::MendBmsCable { at_s, .. }
        | EventEntry::StartUpdate { at_s, .. }
        | EventEntry::FailUpdate { at_s, .. }
        | EventEntry::FinishUpdate { at_s, .. }
        | EventEntry::FaultReading { at_s, .. }
        | EventEntry::CanFault { at_s, .. } => *at_s,
    }
}
