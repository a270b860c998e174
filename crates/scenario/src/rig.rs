//! A rig: which controllers are real, and how they are reached.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use blackstart_units::SimTime;

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Place, Problem, SourceFile};
use crate::emulation::{Emulation, EmulationEntry};
use crate::library::{FileKind, Library};
use crate::mapping::Mapping;
use crate::mapping_check::mapping;
use crate::resolve::Resolved;
use crate::resolved::System;
use crate::rig_clock::{RigClock, clock, longest};
use crate::rig_file::{ClockEntry, RigFile};
use crate::rig_mapping_file::ProtocolEntry;
use crate::roles::RoleError;
use crate::schema;
use crate::shape::{Shaped, shape};
use crate::syntax::Document;
use crate::transport::Transport;

/// How long a device under test may stay silent when its rig does not say.
const ANSWER_TIMEOUT: SimTime = SimTime::from_whole_seconds(10);
/// Longest wait that a rig may ask for.
pub(crate) const MAX_TIMEOUT_S: f64 = 3600.0;

/// One rig.
#[derive(Clone, Debug)]
pub struct Rig {
    /// File name without folder and ending.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Who paces a run on it.
    pub clock: RigClock,
    /// Longest scenario that it can afford.
    pub longest: SimTime,
    /// The device under test of each role, by the role as the file writes it (`bms`).
    pub bindings: BTreeMap<String, Binding>,
    /// What the bench plays besides the roles, by instance.
    pub emulates: BTreeMap<String, Emulation>,
    /// What is amiss with files that it names and does not keep anybody from using it, a line each.
    pub warnings: Vec<String>,
    /// The file.
    pub file: Arc<SourceFile>,
    places: BTreeMap<String, Place>,
}

/// One device under test.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The name by which it must identify itself; anything goes when `None`.
    pub name: Option<String>,
    /// The version by which it must identify itself; any goes when `None`.
    pub version: Option<String>,
    /// How it is reached.
    pub transport: Transport,
    /// How long it may stay silent before it counts as dead, on the wall clock.
    pub answer_timeout: SimTime,
    /// How its frames are mapped; `None` of a device that speaks the bench link.
    pub mapping: Option<Mapping>,
}

impl Rig {
    pub(crate) fn load(library: &Library, path: &Path) -> Result<Self, Diagnostics> {
        let document = library.document(path, FileKind::Rig)?;
        let mut problems = Diagnostics::new();
        let shaped: Shaped<RigFile> = shape(&document, &schema::RIG, &mut problems);
        let Some(file) = shaped.file else { return Err(problems) };
        // What was dropped for its shape leaves gaps in the lists that a mapping is read from.
        let is_shaped = problems.is_empty();
        let mut bindings = BTreeMap::new();
        let mut places = BTreeMap::new();
        let mut warnings = Vec::new();
        for (role, entry) in file.bindings {
            let timeout = timeout(&document, &role, entry.answer_timeout_s, &mut problems);
            let transport = Transport::from(entry.transport);
            for complaint in transport.complaints() {
                let path = ["bindings", &role, "transport"].into_iter().chain(complaint.keys);
                let place = document.place_of(&path.collect::<Vec<_>>());
                let problem = Problem::at(place, Code::OutOfRange, complaint.message);
                problems.push(problem.label(complaint.expected));
            }
            let bindings_of = document.root.get("bindings");
            if let Some(member) = bindings_of.and_then(|all| all.member(&role)) {
                places.insert(role.clone(), document.place(member.name_span.clone()));
            }
            let mapping = entry.protocol.as_ref().filter(|_| is_shaped).and_then(|protocol| {
                let ProtocolEntry::Dbc { files, messages, unfed, ungiven } = protocol;
                let (at, root) = ((&document, role.as_str()), library.root());
                let complaints = (&mut warnings, &mut problems);
                mapping(at, root, files, messages, (unfed, ungiven), complaints)
            });
            if entry.protocol.is_some() {
                let realtime = matches!(file.clock, Some(ClockEntry::Realtime));
                check_bus(&document, &role, (&transport, realtime), &mut problems);
                if entry.expect_version.is_some() {
                    let place = document.place_of(&["bindings", &role, "expect_version"]);
                    let message = "a device with frames of its own states no version";
                    let problem = Problem::at(place, Code::WrongPlace, message);
                    problems.push(problem.label("nobody could check it: take it out"));
                }
            }
            let (name, version) = (entry.expect, entry.expect_version);
            let binding = Binding { name, version, transport, answer_timeout: timeout, mapping };
            bindings.insert(role, binding);
        }
        let clock = clock(&document, file.clock, file.budget, &mut problems);
        let longest = longest(&document, clock, file.longest_s, &mut problems);
        let emulates = emulations(&document, file.emulates, clock, &mut places, &mut problems);
        problems.into_result()?;
        let name =
            path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let (title, file) = (file.title, document.file);
        Ok(Self { name, title, clock, longest, bindings, emulates, warnings, file, places })
    }

    /// Whether several runs can be on it at a time: in lockstep, where all that is plugged in is started for each.
    pub fn starts_anew(&self) -> bool {
        let bindings = self.bindings.values().map(|binding| &binding.transport);
        let emulates = self.emulates.values().map(|emulation| &emulation.transport);
        self.clock == RigClock::Lockstep && bindings.chain(emulates).all(Transport::starts_anew)
    }

    /// Why a scenario cannot be run on this rig, in words for people; `None` when it can.
    pub fn unfit_for(&self, scenario: &Resolved) -> Option<String> {
        if let Err(problems) = self.bind(&scenario.system) {
            return problems.iter().next().map(ToString::to_string);
        }
        if let Some(defect) = scenario.shows_defect.as_ref().filter(|_| !self.bindings.is_empty()) {
            return Some(format!("it shows a defect of the built-in controllers: {defect}"));
        }
        (scenario.duration > self.longest)
            .then(|| format!("it takes {}, the rig affords {}", scenario.duration, self.longest))
    }

    /// The bindings by the full paths of a system's roles.
    ///
    /// # Errors
    /// When a role is not in the system, is not unique in its short form, or is bound twice.
    pub fn bind(&self, system: &System) -> Result<BTreeMap<String, &Binding>, Diagnostics> {
        let mut problems = Diagnostics::new();
        let mut bound = BTreeMap::new();
        for (written, binding) in &self.bindings {
            let (code, message) = match system.role(written) {
                Ok(role) => {
                    let message = format!("the role `{role}` is bound twice");
                    match bound.insert(role, binding) {
                        None => continue,
                        Some(_) => (Code::DuplicateId, message),
                    }
                }
                Err(error @ RoleError::Unknown(_)) => (Code::UnknownRole, error.to_string()),
                Err(error @ RoleError::Ambiguous { .. }) => {
                    (Code::AmbiguousRole, error.to_string())
                }
            };
            let problem = match self.places.get(written) {
                Some(place) => Problem::at(place.clone(), code, message),
                None => Problem::of_path(code, message),
            };
            let roles = system.roles();
            problems.push(problem.suggest(written, roles.iter().map(String::as_str)));
        }
        let is_there = |id: &str| system.device(id).is_some() || system.pack(id).is_some();
        for instance in self.emulates.keys().filter(|id| !is_there(id)) {
            let message = format!("the system has no instance `{instance}`");
            let problem = match self.places.get(instance) {
                Some(place) => Problem::at(place.clone(), Code::UnknownInstance, message),
                None => Problem::of_path(Code::UnknownInstance, message),
            };
            let devices = system.devices.iter().map(|device| device.id.as_str());
            let instances = devices.chain(system.packs().map(|pack| pack.id));
            problems.push(problem.suggest(instance, instances));
        }
        problems.into_result()?;
        Ok(bound)
    }
}

/// A device that speaks frames of its own needs a bus, and goes by its own clock.
fn check_bus(
    document: &Document,
    role: &str,
    (transport, realtime): (&Transport, bool),
    problems: &mut Diagnostics,
) {
    if !transport.is_bus() {
        let place = document.place_of(&["bindings", role, "transport"]);
        let problem = Problem::at(place, Code::BadMapping, "a DBC file describes a CAN bus");
        problems.push(problem.label("expected `socketcan`, `slcan` or `replay`"));
    }
    // Only whoever plays an adapter can be given the time beside the frames.
    if !realtime && transport.is_bus() && !matches!(transport, Transport::Slcan { .. }) {
        let place = document.place_of(&["bindings", role, "transport"]);
        let message = "nobody on this bus can be paced";
        let problem = Problem::at(place, Code::BadMapping, message);
        problems.push(problem.label("needs `\"clock\": \"realtime\"` in the rig, or `slcan`"));
    }
}

fn timeout(
    document: &Document,
    role: &str,
    seconds: Option<f64>,
    problems: &mut Diagnostics,
) -> SimTime {
    let Some(seconds) = seconds else { return ANSWER_TIMEOUT };
    if !(seconds > 0.0 && seconds <= MAX_TIMEOUT_S) {
        let place = document.place_of(&["bindings", role, "answer_timeout_s"]);
        let message = format!("`answer_timeout_s` cannot be {seconds}");
        let problem = Problem::at(place, Code::OutOfRange, message);
        problems.push(problem.label(format!("expected more than 0, up to {MAX_TIMEOUT_S}")));
    }
    SimTime::from_seconds(seconds)
}

/// What the bench plays, and where the file says so.
fn emulations(
    document: &Document,
    entries: BTreeMap<String, EmulationEntry>,
    clock: RigClock,
    places: &mut BTreeMap<String, Place>,
    problems: &mut Diagnostics,
) -> BTreeMap<String, Emulation> {
    let all = document.root.get("emulates");
    let mut emulates = BTreeMap::new();
    for (instance, entry) in entries {
        if let Some(member) = all.and_then(|all| all.member(&instance)) {
            places.insert(instance.clone(), document.place(member.name_span.clone()));
        }
        let emulation = Emulation::of(entry, document, &instance, problems);
        // Only whoever is at the other end of a line of ours can be given the time.
        let is_paced = match &emulation.transport {
            Transport::Slcan { .. } => true,
            line => !line.is_bus() && !matches!(line, Transport::Pty { .. }),
        };
        if clock == RigClock::Lockstep && !is_paced {
            let place = document.place_of(&["emulates", &instance, "transport"]);
            let problem = Problem::at(place, Code::WrongPlace, "nobody on this line can be paced");
            let needed =
                "needs `\"clock\": \"realtime\"` in the rig, or a client that is given the time";
            problems.push(problem.label(needed));
        }
        emulates.insert(instance, emulation);
    }
    emulates
}
