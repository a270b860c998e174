//! A system taken apart: every assembly into its parts, and these into theirs, until only parts are left
//! that are no assemblies. Each has its path as its name and lies at nodes of the whole system.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Resolver;
use super::device_documents::Said;
use super::joints::Joints;
use super::levels::DrawnLevels;
use crate::code::Code;
use crate::device_file::DeviceFile;
use crate::diagnostic::{Place, Problem};
use crate::resolved::Node;
use crate::role_entry::RoleEntry;
use crate::syntax::Document;

/// Deepest assembly in assemblies.
pub const MAX_NESTING: usize = 16;
/// Most parts of a system.
pub const MAX_PARTS: usize = 999;

/// One part that is no assembly.
#[derive(Debug)]
pub struct Drawn {
    /// Its path (`pack-1.fuse`).
    pub id: String,
    /// What it is.
    pub said: Said,
    /// Its file, with what its assembly says of it.
    pub document: Document,
    /// Where its ends lie, in the order in which a path passes them; empty for what has none.
    pub ends: Vec<(Node, Place)>,
    /// Where it is drawn.
    pub place: Place,
}

/// A role of an assembly.
pub struct DrawnRole {
    /// Its path (`pack-1.bms`).
    pub path: String,
    /// The assembly (`pack-1`), and its file.
    pub scope: String,
    pub document: Arc<Document>,
    /// Its name in that file.
    pub key: String,
    pub entry: RoleEntry,
}

/// All of a system.
#[derive(Default)]
pub struct Drawing {
    pub parts: Vec<Drawn>,
    /// Names of all nodes; ground comes first.
    pub nodes: Vec<String>,
    /// Paths of all assemblies.
    pub assemblies: Vec<String>,
    pub roles: Vec<DrawnRole>,
    /// Roles that an outer assembly takes away.
    pub removed: BTreeSet<String>,
    /// Names inside, and what they are called outside.
    pub shows: BTreeMap<String, String>,
    /// Numbers of parts that must stand in order.
    pub levels: Vec<DrawnLevels>,
    /// Something could not be drawn, and that has been said.
    pub is_broken: bool,
    /// It ends at the most parts that there may be: what else there is has not been looked at.
    pub is_cut_off: bool,
}

/// A part on its way into the drawing.
pub struct PlacedPart {
    pub id: String,
    pub said: Said,
    pub document: Document,
    pub ends: Vec<(Node, Place)>,
    pub place: Place,
}

impl Drawing {
    pub fn new(nodes: Vec<String>) -> Self {
        Self { nodes, ..Self::default() }
    }

    pub fn node(&mut self, name: String) -> Node {
        self.nodes.push(name);
        Node(self.nodes.len() - 1)
    }

    /// Brings parts and nodes into an order that does not depend on how they were drawn, nor on which nodes
    /// the system's file names: ground, then each where the first part lies at it. What is computed depends
    /// on it in the last bits.
    pub fn finish(&mut self) {
        self.parts.sort_by(|a, b| a.id.cmp(&b.id));
        let mut order = vec![Node::GROUND.0];
        let mut is_placed = vec![false; self.nodes.len()];
        is_placed[Node::GROUND.0] = true;
        let ends = self.parts.iter().flat_map(|part| part.ends.iter().map(|end| end.0.0));
        for node in ends.chain(0..self.nodes.len()) {
            if !std::mem::replace(&mut is_placed[node], true) {
                order.push(node);
            }
        }
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(to, &from)| place[from] = to);
        self.nodes = order.iter().map(|&from| self.nodes[from].clone()).collect();
        for (node, _) in self.parts.iter_mut().flat_map(|part| &mut part.ends) {
            *node = Node(place[node.0]);
        }
        let removed = &self.removed;
        self.roles.retain(|role| !removed.contains(&role.path));
        self.roles.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

impl Resolver<'_> {
    /// Draws a part: as it is, or as what it is made of. `within` are the device files that it is in.
    pub fn draw(&mut self, drawing: &mut Drawing, part: PlacedPart, within: &mut Vec<String>) {
        // Assemblies that contain each other several times would be drawn for years.
        if drawing.is_cut_off {
            return;
        }
        if drawing.parts.len().max(drawing.assemblies.len()) >= MAX_PARTS {
            drawing.is_cut_off = true;
            drawing.is_broken = true;
            let message = format!("more than {MAX_PARTS} parts in one system");
            self.complain(Problem::at(part.place, Code::TooMany, message).label("one too many"));
            return;
        }
        if matches!(part.said, Said::Kind(..)) {
            let PlacedPart { id, said, document, ends, place } = part;
            drawing.parts.push(Drawn { id, said, document, ends, place });
            return;
        }
        if part.id.split('.').count() > MAX_NESTING {
            let message = format!("assemblies nest deeper than {MAX_NESTING}");
            self.complain(Problem::at(part.place, Code::TooDeep, message).label("one too deep"));
            drawing.is_broken = true;
            return;
        }
        self.assembly(drawing, part, within);
    }

    fn assembly(&mut self, drawing: &mut Drawing, part: PlacedPart, within: &mut Vec<String>) {
        let PlacedPart { id, said, document, ends, .. } = part;
        let Said::File(file) = said else { return };
        let outside: BTreeMap<String, Node> =
            file.ends().into_iter().map(str::to_owned).zip(ends.iter().map(|end| end.0)).collect();
        let DeviceFile::Assembly { terminals, paths, parts, roles, shows, levels, .. } = *file;
        drawing.assemblies.push(id.clone());
        let mut joints = Joints::new(&document);
        let mut inside = Vec::new();
        for key in parts.keys() {
            let member = document.root.get("parts").and_then(|parts| parts.member(key));
            let Some(member) = member else { continue };
            let place = document.place(member.name_span.clone());
            self.check_part_name(key, place.clone());
            let device = member.value.get("device");
            let name = device.and_then(|name| name.as_str()).map(str::to_owned);
            if let Some(name) = name.as_ref().filter(|name| within.contains(name)) {
                let place = document.place(device.map_or(0..0, |device| device.span.clone()));
                let message = format!("`{name}` contains itself");
                let problem = Problem::at(place, Code::Circular, message);
                self.complain(problem.label("within a part of it"));
                drawing.is_broken = true;
                joints.part(key, &["from", "to"], place_of_key(&document, key));
                continue;
            }
            let loaded = self
                .part_document(&document, &member.value)
                .and_then(|part| self.said(&part).map(|said| (part, said)));
            let Some((part, said)) = loaded else {
                drawing.is_broken = true;
                joints.part(key, &["from", "to"], place);
                continue;
            };
            let index = joints.part(key, &said.ends(), place.clone());
            inside.push((index, key.clone(), name, said, part, place));
        }
        for (index, _, _, said, part, _) in &inside {
            if matches!(said, Said::Kind(kind, _) if kind.is_between_nodes()) {
                joints.between(*index, part, self);
            }
        }
        joints.walk(&paths, self);
        let nodes = joints.settle(&terminals, &outside, &id, drawing, self);
        for (index, key, name, said, document, place) in inside {
            let ends = nodes[index].clone();
            let id = format!("{id}.{key}");
            let pushed = name.is_some();
            within.extend(name);
            self.draw(drawing, PlacedPart { id, said, document, ends, place }, within);
            if pushed {
                within.pop();
            }
        }
        let document = Arc::new(document);
        for (key, entry) in roles {
            let path = format!("{id}.{key}");
            match entry {
                Some(entry) => {
                    let (scope, document) = (id.clone(), Arc::clone(&document));
                    drawing.roles.push(DrawnRole { path, scope, document, key, entry });
                }
                None => drop(drawing.removed.insert(path)),
            }
        }
        self.drawn_levels(drawing, &document, &id, &levels);
        self.shows(drawing, &document, &id, &shows, parts.keys().map(String::as_str).collect());
    }

    /// What an assembly calls otherwise outside. What a part of it shows already is followed inside.
    fn shows(
        &mut self,
        drawing: &mut Drawing,
        document: &Document,
        id: &str,
        shows: &BTreeMap<String, String>,
        parts: Vec<&str>,
    ) {
        let mut own: Vec<String> = Vec::new();
        for (outward, inward) in shows {
            let place = document.place_of(&["shows", outward]);
            let Some((part, _)) = inward.split_once('.') else {
                let message = format!("`{inward}` is no path to something inside");
                let problem = Problem::at(place, Code::UnknownWord, message);
                self.complain(problem.label("expected `<part>.<name>`"));
                drawing.is_broken = true;
                continue;
            };
            if !parts.contains(&part) {
                let message = format!("no part `{part}` in this assembly");
                let problem = Problem::at(place, Code::UnknownInstance, message);
                self.complain(problem.label("unknown part").suggest(part, parts.iter().copied()));
                drawing.is_broken = true;
                continue;
            }
            let (inner, outer) = (format!("{id}.{inward}"), format!("{id}.{outward}"));
            let deeper = drawing.shows.iter().find(|(_, name)| **name == inner);
            let inner = deeper.map_or(inner, |(deeper, _)| deeper.clone());
            let same = drawing.shows.get(&inner).filter(|other| own.contains(other));
            if let Some(other) = same {
                let other = other.strip_prefix(id).unwrap_or(other).trim_start_matches('.');
                let message = format!("`{inward}` is shown twice, as `{other}` too");
                let problem = Problem::at(place, Code::DuplicateId, message);
                self.complain(problem.label("second time"));
            }
            own.push(outer.clone());
            drawing.shows.insert(inner, outer);
        }
    }

    fn check_part_name(&mut self, name: &str, place: Place) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(fits) {
            let problem = Problem::at(place, Code::BadName, format!("`{name}` cannot be a name"));
            self.complain(problem.label("expected small letters, digits and hyphens"));
        }
    }
}

fn place_of_key(document: &Document, key: &str) -> Place {
    document.place_of(&["parts", key])
}
