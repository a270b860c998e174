//! From a system file and its devices to a [`System`].

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::Resolver;
use super::device_documents::Said;
use super::drawing::{Drawing, Drawn, PlacedPart};
use super::levels;
use super::parameters::{Map, ParameterReader, Setting, Settings};
use super::parts::Entries;
use super::variants::Origin;
use crate::code::Code;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::kinds::Through;
use crate::kinds::remote_input::RemoteInput;
use crate::library::FileKind;
use crate::part::Part;
use crate::resolved::{Device, Fits, Node, Provenance, System};
use crate::schema;
use crate::shape::shape;
use crate::syntax::Document;
use crate::system_file::SystemFile;

/// Name of the common minus, in every system.
pub const GROUND: &str = "ground";

/// A system with the place of its name, so that a missing one can be pointed at.
pub struct WantedSystem<'n> {
    pub name: &'n str,
    /// `None` when the name comes from outside of any file.
    pub place: Option<Place>,
}

/// What is known of a system, also when not all of it could be resolved.
pub struct ResolvedSystem {
    pub system: System,
    pub provenance: Provenance,
    pub origin: Origin,
}

impl Resolver<'_> {
    /// Resolves a system and checks that every setting found its parameter. `None` when there is
    /// nothing to hold a scenario against.
    pub fn system(
        &mut self,
        wanted: &WantedSystem<'_>,
        mut settings: Settings,
    ) -> Option<ResolvedSystem> {
        let (document, file) = self.system_file(wanted)?;
        let nodes = self.nodes(&document, &file);
        for id in file.instances.keys() {
            let (place, _) = member_places(&document, &["instances"], id);
            self.check_name(id, place);
        }
        self.system_settings(&document, &file, &mut settings);
        let drawing = self.drawing(&document, &file, nodes);
        // Of half a drawing nothing else can be said.
        if drawing.is_cut_off {
            return None;
        }
        settings.follow(&drawing.shows);
        let mut provenance = Provenance::default();
        let mut devices = Vec::new();
        for part in &drawing.parts {
            devices.extend(self.part_model(part, &mut settings, &mut provenance));
        }
        if devices.len() == drawing.parts.len() {
            let of = (&drawing.parts[..], &settings);
            let value = |path: &str| provenance.parameters.get(path);
            self.complain_of_file(levels::check(&drawing.levels, of, value));
        }
        self.links(&drawing, &mut devices);
        let part_roles = self.part_roles(&drawing, &devices);
        let mut instances: Vec<&str> = file.instances.keys().map(String::as_str).collect();
        instances.extend(drawing.assemblies.iter().map(String::as_str));
        let is_complete = !drawing.is_broken && devices.len() == drawing.parts.len();
        let assemblies = if is_complete { &drawing.assemblies[..] } else { &[] };
        self.problems.append(settings.leftovers(&instances, (assemblies, &drawing.shows)));
        self.check_branches(&document, &file);
        let feeds = self.feeds(&document, &file, &devices);
        let wires = self.wires(&document, &file, &devices);
        let bms_cables = self.bms_cables(&document, &file, &devices);
        let (name, title) = (wanted.name.to_owned(), file.title.clone());
        let Drawing { parts, nodes, assemblies, shows, levels, .. } = drawing;
        let system = System {
            name,
            title,
            nodes,
            devices,
            feeds,
            wires,
            bms_cables,
            assemblies,
            shows,
            part_roles,
        };
        self.check_storages(&document, &system);
        let origin = Origin::new(parts, levels, settings);
        is_complete.then_some(ResolvedSystem { system, provenance, origin })
    }

    /// Every instance with all that it is made of.
    fn drawing(&mut self, document: &Document, file: &SystemFile, nodes: Vec<String>) -> Drawing {
        let mut drawing = Drawing::new(nodes.clone());
        for (id, entry) in &file.instances {
            let place = document.place_of(&["instances", id, "device"]);
            let loaded = self.device_document(&entry.device, place.clone());
            let said = loaded.and_then(|device| self.said(&device).map(|said| (device, said)));
            let Some((device, said)) = said else {
                drawing.is_broken = true;
                continue;
            };
            let ends = self.ends(document, file, &nodes, id, &said);
            let (id, within) = (id.clone(), &mut vec![entry.device.clone()]);
            self.draw(&mut drawing, PlacedPart { id, said, document: device, ends, place }, within);
        }
        for (inner, outer) in &file.shows {
            drawing.shows.insert(inner.clone(), outer.clone());
        }
        drawing.finish();
        drawing
    }

    /// A part with its numbers.
    fn part_model(
        &mut self,
        part: &Drawn,
        settings: &mut Settings,
        provenance: &mut Provenance,
    ) -> Option<Device> {
        let (mut in_file, mut in_settings) = (Diagnostics::new(), Diagnostics::new());
        let mut reader = ParameterReader {
            instance: &part.id,
            document: &part.document,
            settings,
            provenance,
            in_file: &mut in_file,
            in_settings: &mut in_settings,
        };
        let model = part.model(&mut reader);
        let (conflicts, fits) = match &part.said {
            Said::File(file) => (file.conflicts().to_vec(), Fits::default()),
            Said::Kind(_, Entries { said, .. }) => {
                (stated(said, "conflicts"), stated(said, "fits"))
            }
        };
        self.complain_of_file(in_file);
        self.problems.append(in_settings);
        self.check_orientation(part);
        let id = part.id.clone();
        model.map(|model| Device { id, model, conflicts, fits })
    }

    fn system_file(&mut self, wanted: &WantedSystem<'_>) -> Option<(Document, SystemFile)> {
        let document = self.named(FileKind::System, wanted.name, wanted.place.clone())?;
        let shaped = shape(&document, &schema::SYSTEM, &mut self.problems);
        shaped.file.map(|file| (document, file))
    }

    /// Reads the file of a kind and name.
    pub(super) fn named(
        &mut self,
        kind: FileKind,
        name: &str,
        place: Option<Place>,
    ) -> Option<Document> {
        let Some(path) = self.library.find(kind, name) else {
            let message = format!("no {kind} file `{name}`");
            let problem = match place {
                Some(place) => Problem::at(place, kind.unknown(), message),
                None => Problem::of_path(kind.unknown(), message),
            };
            let known = self.library.names(kind);
            self.complain(problem.label("no such file").suggest(name, known));
            return None;
        };
        let mut found = Diagnostics::new();
        self.library.check_name(name, &mut found);
        self.complain_of_file(found);
        match self.library.document(path, kind) {
            Ok(document) => {
                self.keep(&document);
                Some(document)
            }
            Err(problems) => {
                self.complain_of_file(problems);
                None
            }
        }
    }

    fn nodes(&mut self, document: &Document, file: &SystemFile) -> Vec<String> {
        let mut nodes = vec![GROUND.to_owned()];
        let places = document.root.get("nodes").map_or(&[][..], |nodes| nodes.elements());
        for (name, value) in file.nodes.iter().zip(places) {
            if nodes.contains(name) {
                let message = format!("the node `{name}` is there twice");
                let place = document.place(value.span.clone());
                let problem = Problem::at(place, Code::DuplicateId, message).label("second time");
                self.complain(problem.help("`ground` is always there and needs no entry"));
            }
            self.check_name(name, document.place(value.span.clone()));
            nodes.push(name.clone());
        }
        nodes
    }

    /// Names become parts of paths, of signals and of file names. What is drawn flat may have the path of
    /// a part as its name.
    fn check_name(&mut self, name: &str, place: Place) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.split('.').any(|part| part.is_empty() || !part.chars().all(fits)) {
            let problem = Problem::at(place, Code::BadName, format!("`{name}` cannot be a name"));
            self.complain(problem.label("expected small letters, digits and hyphens"));
        }
    }

    /// What the system sets; the scenario has set its own before and wins.
    fn system_settings(&mut self, document: &Document, file: &SystemFile, all: &mut Settings) {
        for (id, entry) in &file.instances {
            for (key, &value) in &entry.overrides {
                let path = ["instances", id.as_str(), "overrides"];
                let (key_place, value_place) = member_places(document, &path, key);
                let map = Map::Overrides;
                let setting = Setting { value, map, by_system: true, key_place, value_place };
                all.set_unless_set(format!("{id}.{key}"), setting);
            }
        }
    }

    /// Where the ends of an instance lie.
    fn ends(
        &mut self,
        document: &Document,
        file: &SystemFile,
        nodes: &[String],
        id: &str,
        said: &Said,
    ) -> Vec<(Node, Place)> {
        let ends = said.ends();
        let Some(branch) = file.branches.get(id) else {
            if !ends.is_empty() {
                let message = format!("`{id}` lies nowhere: it has no branch");
                let place = document.place_of(&["branches"]);
                let place = Place { span: place.span.start..place.span.start + 1, ..place };
                let problem = Problem::at(place, Code::Unconnected, message);
                self.complain(problem.label(format!("expected an entry `{id}`")));
            }
            return Vec::new();
        };
        if ends.is_empty() {
            let message = format!("`{id}` is no DC device and cannot be a branch");
            let (place, _) = member_places(document, &["branches"], id);
            self.complain(Problem::at(place, Code::WrongDevice, message));
            return Vec::new();
        }
        for key in branch.keys().filter(|key| !ends.contains(&key.as_str())) {
            let (place, _) = member_places(document, &["branches", id], key);
            let message = format!("`{id}` has no end `{key}`");
            let problem = Problem::at(place, Code::UnknownEnd, message).label("unknown end");
            self.complain(problem.suggest(key, ends.iter().copied()));
        }
        let lies: Vec<(Node, Place)> = ends
            .iter()
            .filter_map(|end| self.branch_end(document, branch, nodes, (id, end)))
            .collect();
        for (k, (node, place)) in lies.iter().enumerate() {
            if lies.len() == ends.len() && lies[..k].iter().any(|other| other.0 == *node) {
                let message = format!("both ends of `{id}` lie at `{}`", nodes[node.0]);
                let problem = Problem::at(place.clone(), Code::Unconnected, message);
                self.complain(problem.label("expected another node"));
            }
        }
        if lies.len() == ends.len() { lies } else { Vec::new() }
    }

    fn branch_end(
        &mut self,
        document: &Document,
        branch: &BTreeMap<String, String>,
        nodes: &[String],
        (id, end): (&str, &str),
    ) -> Option<(Node, Place)> {
        let place = document.place_of(&["branches", id, end]);
        let Some(name) = branch.get(end) else {
            let problem =
                Problem::at(place, Code::MissingKey, format!("the key `{end}` is missing"));
            self.complain(problem.label("in this object"));
            return None;
        };
        self.node(nodes, name, place.clone()).map(|node| (node, place))
    }

    /// A node by name.
    pub fn node(&mut self, nodes: &[String], name: &str, place: Place) -> Option<Node> {
        let found = nodes.iter().position(|node| node == name).map(Node);
        if found.is_none() {
            let message = format!("no node `{name}` in this system");
            let problem = Problem::at(place, Code::UnknownNode, message).label("unknown node");
            self.complain(problem.suggest(name, nodes.iter().map(String::as_str)));
        }
        found
    }

    /// A battery goes from ground to its port, an inverter from its node to ground: the sign of
    /// their currents rests on it.
    fn check_orientation(&mut self, part: &Drawn) {
        let at_ground = match &part.said {
            Said::Kind(kind, Entries { said, .. }) => {
                kind.at_ground.filter(|_| match kind.through {
                    Through::Port(group) => said.get(group).is_none(),
                    _ => true,
                })
            }
            Said::File(_) => None,
        };
        let Some((end, expected)) = at_ground else { return };
        if let Some((node, place)) = part.ends.get(end).filter(|end| end.0 != Node::GROUND) {
            debug_assert!(*node != Node::GROUND, "filtered above");
            let message = format!("`{}`: {expected}", part.id);
            let problem = Problem::at(place.clone(), Code::Unconnected, message);
            self.complain(problem.label(format!("expected `{GROUND}`")));
        }
    }

    fn check_branches(&mut self, document: &Document, file: &SystemFile) {
        for id in file.branches.keys().filter(|id| !file.instances.contains_key(*id)) {
            let (place, _) = member_places(document, &["branches"], id);
            self.unknown_instance(id, place, file.instances.keys().map(String::as_str));
        }
    }

    /// A name that no instance of the system has.
    pub fn unknown_instance<'k>(
        &mut self,
        id: &str,
        place: Place,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let message = format!("no instance `{id}` in this system");
        let problem = Problem::at(place, Code::UnknownInstance, message).label("unknown instance");
        self.complain(problem.suggest(id, known));
    }
}

/// What a file says beside numbers, links and words; nothing when it does not.
fn stated<T: DeserializeOwned + Default>(said: &Json, key: &str) -> T {
    // What does not fit the schema has been complained about.
    said.get(key).and_then(|value| T::deserialize(value).ok()).unwrap_or_default()
}

/// Places of a key and of its value, in the object at the end of a path.
pub fn member_places(document: &Document, path: &[&str], key: &str) -> (Place, Place) {
    let object = path.iter().try_fold(&document.root, |value, key| value.get(key));
    match object.and_then(|object| object.member(key)) {
        Some(member) => {
            (document.place(member.name_span.clone()), document.place(member.value.span.clone()))
        }
        None => (document.place_of(path), document.place_of(path)),
    }
}

impl Part {
    /// Its remote input, if it has one.
    pub fn remote_input(&self) -> Option<RemoteInput> {
        RemoteInput::of(self)
    }

    /// With its article, for messages.
    pub fn type_name(&self) -> String {
        self.kind.with_article()
    }
}
