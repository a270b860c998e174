//! The nodes of an assembly: which ends its paths, its terminals and its sensors join.

use std::collections::BTreeMap;

use super::Resolver;
use super::drawing::Drawing;
use super::system::GROUND;
use crate::code::Code;
use crate::diagnostic::{Place, Problem};
use crate::resolved::Node;
use crate::syntax::{Document, SpannedValue};

/// How a part is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// Current flows through it.
    Within,
    /// It looks at two nodes.
    Beside,
}

struct Part {
    key: String,
    ends: Vec<String>,
    /// Its first joint; one follows for each end.
    first: usize,
    place: Place,
    stands: Stands,
    is_placed: bool,
}

/// What a joint is.
#[derive(Clone, Debug)]
enum Joint {
    End { part: usize, end: usize },
    Named(String),
}

/// Joints of one assembly, and which are one node.
pub struct Joints<'d> {
    document: &'d Document,
    parts: Vec<Part>,
    joints: Vec<Joint>,
    /// Of each joint one that it is joined with; itself for one that stands for its node.
    joined: Vec<usize>,
    /// Named nodes, and how often each stands somewhere.
    names: BTreeMap<String, (usize, usize, Place)>,
    /// Something has been complained about.
    is_wrong: bool,
}

/// What a word of a path is.
enum Step {
    Part(usize),
    Node(usize),
    /// It has been complained about.
    Wrong,
}

impl<'d> Joints<'d> {
    pub fn new(document: &'d Document) -> Self {
        let (parts, joints, joined) = (Vec::new(), Vec::new(), Vec::new());
        Self { document, parts, joints, joined, names: BTreeMap::new(), is_wrong: false }
    }

    fn joint(&mut self, joint: Joint) -> usize {
        self.joints.push(joint);
        self.joined.push(self.joints.len() - 1);
        self.joints.len() - 1
    }

    /// A part with its ends; its place among the parts.
    pub fn part(&mut self, key: &str, ends: &[&str], place: Place) -> usize {
        let first = self.joints.len();
        let part = self.parts.len();
        for end in 0..ends.len() {
            self.joint(Joint::End { part, end });
        }
        let ends = ends.iter().map(|&end| end.to_owned()).collect();
        let (key, stands) = (key.to_owned(), Stands::Within);
        self.parts.push(Part { key, ends, first, place, stands, is_placed: false });
        part
    }

    /// Where a part looks that lies between two nodes.
    pub fn between(&mut self, part: usize, document: &Document, resolver: &mut Resolver<'_>) {
        self.parts[part].stands = Stands::Beside;
        let Some(nodes) = document.root.get("between") else { return };
        self.parts[part].is_placed = true;
        for (end, value) in nodes.elements().iter().take(2).enumerate() {
            let Some(word) = value.as_str() else { continue };
            let place = document.place(value.span.clone());
            match self.step(word, place.clone(), resolver) {
                Step::Node(joint) => self.join(self.parts[part].first + end, joint),
                Step::Part(_) => {
                    let message = format!("`{word}` is a part, not a node");
                    let problem = Problem::at(place, Code::UnknownNode, message);
                    self.wrong(
                        resolver,
                        problem.label(format!("expected `{word}.from` or `{word}.to`")),
                    );
                }
                Step::Wrong => {}
            }
        }
    }

    /// Complains; what follows from a mistake is not reported as well.
    fn wrong(&mut self, resolver: &mut Resolver<'_>, problem: Problem) {
        self.is_wrong = true;
        resolver.complain(problem);
    }

    fn root(&self, mut joint: usize) -> usize {
        while self.joined[joint] != joint {
            joint = self.joined[joint];
        }
        joint
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.joined[a.max(b)] = a.min(b);
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.parts.iter().position(|part| part.key == key)
    }

    /// A part, one of its ends, or a node by its name.
    fn step(&mut self, word: &str, place: Place, resolver: &mut Resolver<'_>) -> Step {
        if let Some(part) = self.position(word) {
            return Step::Part(part);
        }
        let Some((key, end)) = word.split_once('.') else {
            return self.named(word, place, resolver);
        };
        let Some(part) = self.position(key) else {
            let message = format!("no part `{key}` in this assembly");
            let problem = Problem::at(place, Code::UnknownInstance, message).label("unknown part");
            let known: Vec<&str> = self.parts.iter().map(|part| part.key.as_str()).collect();
            self.wrong(resolver, problem.suggest(key, known));
            return Step::Wrong;
        };
        let one = &self.parts[part];
        match one.ends.iter().position(|other| other == end) {
            Some(end) => Step::Node(one.first + end),
            None => {
                let message = format!("`{key}` has no end `{end}`");
                let problem = Problem::at(place, Code::UnknownEnd, message).label("unknown end");
                let known: Vec<&str> = one.ends.iter().map(String::as_str).collect();
                self.wrong(resolver, problem.suggest(end, known));
                Step::Wrong
            }
        }
    }

    fn named(&mut self, name: &str, place: Place, resolver: &mut Resolver<'_>) -> Step {
        if name == GROUND {
            let problem =
                Problem::at(place, Code::UnknownNode, "an assembly has no ground of its own");
            self.wrong(resolver, problem.label("expected a node that a terminal leads to"));
            return Step::Wrong;
        }
        if let Some((joint, count, _)) = self.names.get_mut(name) {
            *count += 1;
            return Step::Node(*joint);
        }
        let joint = self.joint(Joint::Named(name.to_owned()));
        self.names.insert(name.to_owned(), (joint, 1, place));
        Step::Node(joint)
    }

    /// Goes along every path.
    pub fn walk(&mut self, paths: &[Vec<String>], resolver: &mut Resolver<'_>) {
        let document = self.document;
        let lists = document.root.get("paths").map_or(&[][..], SpannedValue::elements);
        for (path, list) in paths.iter().zip(lists) {
            let mut before: Option<(usize, Option<&str>)> = None;
            for (word, value) in path.iter().zip(list.elements()) {
                let place = document.place(value.span.clone());
                let step = self.step(word, place.clone(), resolver);
                before = match step {
                    Step::Part(part) => self.through(part, before, place, resolver),
                    Step::Node(joint) => {
                        let name =
                            matches!(self.joints[joint], Joint::Named(_)).then_some(word.as_str());
                        match before {
                            Some((_, Some(other))) if name.is_some() => {
                                self.side_by_side(other, word, place, resolver);
                            }
                            Some((last, _)) => self.join(last, joint),
                            None => {}
                        }
                        Some((joint, name))
                    }
                    Step::Wrong => None,
                };
            }
            if path.len() < 2 {
                let place = document.place(list.span.clone());
                let problem = Problem::at(place, Code::Unconnected, "a path that connects nothing");
                self.wrong(resolver, problem.label("expected two words or more"));
            }
        }
    }

    /// Through a part, from the end that comes first; the joint behind it.
    fn through(
        &mut self,
        part: usize,
        before: Option<(usize, Option<&str>)>,
        place: Place,
        resolver: &mut Resolver<'_>,
    ) -> Option<(usize, Option<&'static str>)> {
        let one = &mut self.parts[part];
        let (key, count) = (one.key.clone(), one.ends.len());
        let complaint = if count == 0 {
            let message =
                format!("`{key}` has no part in the DC network: nothing flows through it here");
            Some(
                Problem::at(place, Code::WrongDevice, message)
                    .label("expected a part of the DC network"),
            )
        } else if one.stands == Stands::Beside {
            let message = format!("`{key}` only looks at nodes and stands in no path");
            Some(
                Problem::at(place, Code::WrongDevice, message)
                    .label("say `between` which nodes it is"),
            )
        } else if count != 2 {
            let ends: Vec<String> = one.ends.iter().map(|end| format!("`{key}.{end}`")).collect();
            let message = format!("`{key}` has {count} ends");
            Some(
                Problem::at(place, Code::UnknownEnd, message)
                    .label(format!("expected one of {}", ends.join(", "))),
            )
        } else if one.is_placed {
            let message = format!("`{key}` stands in two places");
            Some(Problem::at(place, Code::DuplicateId, message).label("second time"))
        } else {
            None
        };
        one.is_placed = true;
        if let Some(complaint) = complaint {
            self.wrong(resolver, complaint);
            return None;
        }
        let first = one.first;
        if let Some((last, _)) = before {
            self.join(last, first);
        }
        Some((first + 1, None))
    }

    /// Two nodes without a part between them would be a wire: mostly one is a part that is misspelt.
    fn side_by_side(&mut self, one: &str, other: &str, place: Place, resolver: &mut Resolver<'_>) {
        let message = format!("the nodes `{one}` and `{other}` stand side by side");
        let problem =
            Problem::at(place, Code::UnknownNode, message).label("expected a part between them");
        let known: Vec<&str> = self.parts.iter().map(|part| part.key.as_str()).collect();
        let near = [other, one]
            .into_iter()
            .find_map(|word| crate::nearest::nearest(word, known.iter().copied()));
        self.wrong(
            resolver,
            match near {
                Some(near) => problem.help(format!("is a part meant? there is `{near}`")),
                None => problem,
            },
        );
    }

    /// The node of every end of every part, in the order of the parts. What leads nowhere is complained
    /// about.
    pub fn settle(
        mut self,
        terminals: &BTreeMap<String, String>,
        outside: &BTreeMap<String, Node>,
        id: &str,
        drawing: &mut Drawing,
        resolver: &mut Resolver<'_>,
    ) -> Vec<Vec<(Node, Place)>> {
        let mut nodes: BTreeMap<usize, (Node, String)> = BTreeMap::new();
        for (terminal, name) in terminals {
            let place = self.document.place_of(&["terminals", terminal]);
            let known = self.names.contains_key(name);
            let joint = match self.step(name, place.clone(), resolver) {
                Step::Node(joint) if known || name.contains('.') => joint,
                Step::Node(_) => {
                    self.names.remove(name);
                    let message =
                        format!("the terminal `{terminal}` leads nowhere: no path has `{name}`");
                    let problem =
                        Problem::at(place, Code::UnknownNode, message).label("unknown node");
                    self.wrong(
                        resolver,
                        problem.suggest(name, self.names.keys().map(String::as_str)),
                    );
                    continue;
                }
                Step::Part(_) => {
                    let message =
                        format!("the terminal `{terminal}` leads to a part, not to a node");
                    let problem = Problem::at(place, Code::UnknownNode, message);
                    self.wrong(
                        resolver,
                        problem.label(format!("expected `{name}.from` or `{name}.to`")),
                    );
                    continue;
                }
                Step::Wrong => continue,
            };
            let root = self.root(joint);
            if let Some((_, other)) = nodes.get(&root) {
                let message = format!("the terminals `{other}` and `{terminal}` lead to one node");
                let problem = Problem::at(place, Code::DuplicateId, message);
                self.wrong(resolver, problem.label("second time"));
            } else if let Some(node) = outside.get(terminal) {
                nodes.insert(root, (*node, terminal.clone()));
            }
        }
        if !self.is_wrong {
            self.check_names(resolver);
        }
        if !self.is_wrong {
            self.check_ends(&nodes, resolver);
        }
        for joint in 0..self.joints.len() {
            let root = self.root(joint);
            if !nodes.contains_key(&root) && self.is_used(root) {
                let node = drawing.node(format!("{id}.{}", self.name_of(root)));
                nodes.insert(root, (node, String::new()));
            }
        }
        let of = |part: &Part| {
            let ends = (0..part.ends.len()).map(|end| nodes.get(&self.root(part.first + end)));
            ends.map(|found| (found.map_or(Node::GROUND, |found| found.0), part.place.clone()))
                .collect()
        };
        self.parts.iter().map(of).collect()
    }

    /// What a node is called: by its name, else by an end that lies there.
    fn name_of(&self, root: usize) -> String {
        let here = || (0..self.joints.len()).filter(|&joint| self.root(joint) == root);
        let named = here().find_map(|joint| match &self.joints[joint] {
            Joint::Named(name) => Some(name.clone()),
            Joint::End { .. } => None,
        });
        // What current flows out of gives its name, where there is such a part.
        let ends = here().filter_map(|joint| match self.joints[joint] {
            Joint::End { part, end } => Some((end == 0, part, end)),
            Joint::Named(_) => None,
        });
        let end = ends.min().map(|(_, part, end)| {
            let part = &self.parts[part];
            format!("{}.{}", part.key, part.ends[end])
        });
        named.or(end).unwrap_or_default()
    }

    /// Whether a part lies at a node.
    fn is_used(&self, root: usize) -> bool {
        (0..self.joints.len()).any(|joint| {
            self.root(joint) == root && matches!(self.joints[joint], Joint::End { .. })
        })
    }

    fn check_names(&mut self, resolver: &mut Resolver<'_>) {
        let once = self.names.iter().filter(|(_, (_, count, _))| *count < 2);
        let once: Vec<(String, Place)> =
            once.map(|(name, (_, _, place))| (name.clone(), place.clone())).collect();
        for (name, place) in once {
            let message = format!("the node `{name}` stands in one place only");
            let problem = Problem::at(place, Code::UnknownNode, message).label("leads nowhere");
            let known = self.parts.iter().map(|part| part.key.as_str());
            let others = self.names.keys().map(String::as_str).filter(|other| *other != name);
            let problem = problem.suggest(&name, known.chain(others));
            self.wrong(resolver, problem);
        }
    }

    fn check_ends(&mut self, nodes: &BTreeMap<usize, (Node, String)>, resolver: &mut Resolver<'_>) {
        let mut lie_at = BTreeMap::new();
        for (joint, what) in self.joints.iter().enumerate() {
            if let Joint::End { part, .. } = what
                && self.parts[*part].stands == Stands::Within
            {
                *lie_at.entry(self.root(joint)).or_insert(0) += 1;
            }
        }
        let is_loose = |part: &Part, end: usize| {
            let root = self.root(part.first + end);
            let here = lie_at.get(&root).copied().unwrap_or(0);
            here <= usize::from(part.stands == Stands::Within) && !nodes.contains_key(&root)
        };
        let mut problems = Vec::new();
        for part in &self.parts {
            let loose: Vec<usize> =
                (0..part.ends.len()).filter(|&end| is_loose(part, end)).collect();
            let message = match loose.first() {
                None => continue,
                Some(_) if !part.is_placed && loose.len() == part.ends.len() => {
                    format!("`{}` stands in no path", part.key)
                }
                Some(&end) => {
                    format!("the end `{}` of `{}` leads nowhere", part.ends[end], part.key)
                }
            };
            let label = match part.stands {
                Stands::Within => "expected it in a path",
                Stands::Beside => "expected `between` with two nodes",
            };
            problems.push(Problem::at(part.place.clone(), Code::Unconnected, message).label(label));
        }
        problems.into_iter().for_each(|problem| self.wrong(resolver, problem));
    }
}
