//! From a system file and its devices to a [`System`].

use super::Resolver;
use super::banks;
use super::devices::{self, Ends};
use super::parameters::{Map, Reader, Setting, Settings};
use crate::code::Code;
use crate::dc_model::RemoteInput;
use crate::device_file::DeviceFile;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::library::FileKind;
use crate::resolved::{Device, Model, Node, Provenance, System};
use crate::schema;
use crate::shape::shape;
use crate::syntax::Document;
use crate::system_file::{BranchEntry, SystemFile};

/// Name of the common minus, in every system.
pub const GROUND: &str = "ground";

/// A system with the place of its name, so that a missing one can be pointed at.
pub struct Wanted<'n> {
    pub name: &'n str,
    /// `None` when the name comes from outside of any file.
    pub place: Option<Place>,
}

/// What is known of a system, also when not all of it could be resolved.
pub struct Outcome {
    pub system: System,
    pub provenance: Provenance,
}

impl Resolver<'_> {
    /// Resolves a system and checks that every setting found its parameter. `None` when there is
    /// nothing to hold a scenario against.
    pub fn system(&mut self, wanted: &Wanted<'_>, mut settings: Settings) -> Option<Outcome> {
        let (document, file) = self.system_file(wanted)?;
        let nodes = self.nodes(&document, &file);
        for id in file.instances.keys() {
            let (place, _) = member_places(&document, &["instances"], id);
            self.check_name(id, place);
        }
        self.system_settings(&document, &file, &mut settings);
        let mut provenance = Provenance::default();
        let mut devices = Vec::new();
        for (id, entry) in &file.instances {
            let place = document.place_of(&["instances", id, "device"]);
            let loaded = self.device_file(&entry.device, place);
            let Some((device, device_file)) = loaded else { continue };
            let ends = self.ends(&document, &file, &nodes, id, &device_file);
            let (mut in_file, mut in_settings) = (Diagnostics::new(), Diagnostics::new());
            let mut reader = Reader {
                instance: id,
                document: &device,
                settings: &mut settings,
                provenance: &mut provenance,
                in_file: &mut in_file,
                in_settings: &mut in_settings,
            };
            let (conflicts, fits) = (device_file.conflicts().to_vec(), device_file.fits());
            let model = devices::model(device_file, ends, &mut reader);
            self.complain_of_file(&device.file.path, in_file);
            self.problems.append(in_settings);
            devices.push(Device { id: id.clone(), model, conflicts, fits });
        }
        let instances: Vec<&str> = file.instances.keys().map(String::as_str).collect();
        self.problems.append(settings.leftovers(&instances));
        self.check_branches(&document, &file);
        let is_complete = devices.len() == file.instances.len();
        let feeds = self.feeds(&document, &file, &devices);
        let wires = self.wires(&document, &file, &devices);
        let bms_cables = self.bms_cables(&document, &file, &devices);
        let (name, title) = (wanted.name.to_owned(), file.title.clone());
        let mut system = System { name, title, nodes, devices, feeds, wires, bms_cables };
        banks::detect(&mut system);
        self.check_storages(&document, &system);
        is_complete.then_some(Outcome { system, provenance })
    }

    fn system_file(&mut self, wanted: &Wanted<'_>) -> Option<(Document, SystemFile)> {
        let document = self.named(FileKind::System, wanted.name, wanted.place.clone())?;
        let shaped = shape(&document, &schema::SYSTEM, &mut self.problems);
        shaped.file.map(|file| (document, file))
    }

    fn device_file(&mut self, name: &str, place: Place) -> Option<(Document, DeviceFile)> {
        let document = self.named(FileKind::Device, name, Some(place))?;
        let mut found = Diagnostics::new();
        let shaped = shape(&document, &schema::DEVICE, &mut found);
        self.complain_of_file(&document.file.path, found);
        shaped.file.map(|file| (document, file))
    }

    /// Reads the file of a kind and name.
    fn named(&mut self, kind: FileKind, name: &str, place: Option<Place>) -> Option<Document> {
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
        match self.library.document(path, kind) {
            Ok(document) => {
                self.keep(&document);
                Some(document)
            }
            Err(problems) => {
                self.complain_of_file(&self.library.shown(path), problems);
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

    /// Names become parts of paths, of signals and of file names.
    fn check_name(&mut self, name: &str, place: Place) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(fits) {
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

    /// Where a device of the DC network lies.
    fn ends(
        &mut self,
        document: &Document,
        file: &SystemFile,
        nodes: &[String],
        id: &str,
        device: &DeviceFile,
    ) -> Ends {
        let is_dc = !matches!(
            device,
            DeviceFile::Load { .. }
                | DeviceFile::TransferSwitch { .. }
                | DeviceFile::BackupBox { .. }
                | DeviceFile::Grid { .. }
                | DeviceFile::RemoteCable { .. }
        );
        match (file.branches.get(id), is_dc) {
            (Some(branch), true) => {
                let ends = self.branch_ends(document, nodes, id, branch)?;
                self.check_orientation(document, id, device, ends);
                Some(ends)
            }
            (None, false) => None,
            (None, true) => {
                let message = format!("`{id}` lies nowhere: it has no branch");
                let place = document.place_of(&["branches"]);
                let place = Place { span: place.span.start..place.span.start + 1, ..place };
                let problem = Problem::at(place, Code::Unconnected, message);
                self.complain(problem.label(format!("expected an entry `{id}`")));
                None
            }
            (Some(_), false) => {
                let message = format!("`{id}` is no DC device and cannot be a branch");
                let (place, _) = member_places(document, &["branches"], id);
                self.complain(Problem::at(place, Code::WrongDevice, message));
                None
            }
        }
    }

    fn branch_ends(
        &mut self,
        document: &Document,
        nodes: &[String],
        id: &str,
        branch: &BranchEntry,
    ) -> Ends {
        let mut end = |key: &str, name: &str| {
            let place = document.place_of(&["branches", id, key]);
            self.node(nodes, name, place)
        };
        let (from, to) = (end("from", &branch.from), end("to", &branch.to));
        let (from, to) = (from?, to?);
        if from == to {
            let message = format!("both ends of `{id}` lie at `{}`", branch.to);
            let place = document.place_of(&["branches", id, "to"]);
            let problem = Problem::at(place, Code::Unconnected, message);
            self.complain(problem.label("expected another node"));
        }
        Some((from, to))
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
    fn check_orientation(
        &mut self,
        document: &Document,
        id: &str,
        device: &DeviceFile,
        (from, to): (Node, Node),
    ) {
        let (key, end, expected) = match device {
            DeviceFile::Battery { .. } => {
                ("from", from, "a battery goes from `ground` to its port")
            }
            DeviceFile::Inverter { .. } => ("to", to, "an inverter goes from its node to `ground`"),
            DeviceFile::ExternalBms { alternator_port: None, .. } => {
                ("to", to, "a BMS goes from battery plus to `ground`")
            }
            DeviceFile::DcLoad { .. } => ("to", to, "a load goes from its node to `ground`"),
            DeviceFile::DcSource { .. } => {
                ("from", from, "a source goes from `ground` to its node")
            }
            _ => return,
        };
        if end != Node::GROUND {
            let place = document.place_of(&["branches", id, key]);
            let problem = Problem::at(place, Code::Unconnected, format!("`{id}`: {expected}"));
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

impl Model {
    /// Its remote input, if it has one.
    pub fn remote_input(&self) -> Option<RemoteInput> {
        match self {
            Self::Inverter(inverter) => inverter.remote,
            Self::RemoteSwitch(switch) => Some(switch.remote),
            Self::DcLoad(load) => load.remote,
            Self::DcSource(source) => source.remote,
            _ => None,
        }
    }

    /// With its article, for messages.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Battery(_) => "a battery",
            Self::Cable(_) => "a cable",
            Self::Fuse(_) => "a fuse",
            Self::Inverter(_) => "an inverter",
            Self::Load(_) => "a load",
            Self::TransferSwitch(_) => "a transfer switch",
            Self::BackupBox(_) => "a backup box",
            Self::Grid(_) => "a grid",
            Self::BatteryModule(_) => "a battery module",
            Self::ExternalBms(_) => "an external BMS",
            Self::RemoteSwitch(_) => "a remote-controlled switch",
            Self::DcLoad(_) => "a DC load",
            Self::DcSource(_) => "a DC source",
            Self::RemoteCable(_) => "a remote cable",
            Self::Diode(_) => "a diode",
        }
    }
}
