//! Device files by name: each laid over the file that it builds on, and a part over its device file.

use super::Resolver;
use super::parts::Entries;
use crate::code::Code;
use crate::device_file::DeviceFile;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::kinds::{self, LinkTo, PartKind};
use crate::library::FileKind;
use crate::schema;
use crate::shape::{fit, shape};
use crate::syntax::{self, Document, SpannedValue};

/// Most files that build on each other.
const MAX_EXTENDS: usize = 8;

/// What a device file says, as far as its type goes.
#[derive(Debug)]
pub enum Said {
    /// A type with sections.
    File(Box<DeviceFile>),
    /// A kind by its declaration, and what fits it.
    Kind(&'static PartKind, Entries),
}

impl Said {
    /// Its ends, in the order in which a path passes them. What lies between two nodes without a part in
    /// the network has two as well.
    pub fn ends(&self) -> Vec<&str> {
        match self {
            Self::File(file) => file.ends(),
            Self::Kind(kind, _) if kind.is_between_nodes() => vec!["from", "to"],
            Self::Kind(kind, _) => kind.ends.to_vec(),
        }
    }
}

impl PartKind {
    /// Whether it only looks at two nodes.
    pub fn is_between_nodes(&self) -> bool {
        self.links.iter().any(|link| link.to == LinkTo::Nodes)
    }
}

impl Resolver<'_> {
    /// The device file of a name, with all that it builds on.
    pub fn device_document(&mut self, name: &str, place: Place) -> Option<Document> {
        let document = self.named(FileKind::Device, name, Some(place))?;
        self.extended(document, &mut vec![name.to_owned()])
    }

    /// A device file that no system names yet: it and the parts that it lists are held against their schemas.
    pub fn device_alone(&mut self, name: &str) -> Option<()> {
        let document = self.named(FileKind::Device, name, None)?;
        let document = self.extended(document, &mut vec![name.to_owned()])?;
        self.said(&document)?;
        let parts = document.root.get("parts").map(SpannedValue::members).unwrap_or_default();
        for part in parts {
            if let Some(part) = self.part_document(&document, &part.value) {
                self.said(&part);
            }
        }
        Some(())
    }

    fn extended(&mut self, mut document: Document, chain: &mut Vec<String>) -> Option<Document> {
        let Some(extends) = document.root.take("extends") else { return Some(document) };
        let place = document.place(extends.value.span.clone());
        let Some(name) = extends.value.as_str() else {
            let message = format!("{} where a name is expected", extends.value.type_name());
            self.complain(Problem::at(place, Code::WrongType, message).label("expected a string"));
            return None;
        };
        if chain.iter().any(|other| other == name) {
            let message = format!("`{name}` builds on itself");
            self.complain(
                Problem::at(place, Code::Circular, message).label("back to where it began"),
            );
            return None;
        }
        if chain.len() > MAX_EXTENDS {
            let message = format!("more than {MAX_EXTENDS} device files build on each other");
            self.complain(Problem::at(place, Code::TooDeep, message).label("one too many"));
            return None;
        }
        chain.push(name.to_owned());
        let base = self.named(FileKind::Device, name, Some(place))?;
        let base = self.extended(base, chain)?;
        self.keeps_type(&document, &base, name).then(|| document.over(base))
    }

    /// A part of an assembly: what it says, laid over the device file that it names.
    pub fn part_document(&mut self, within: &Document, tree: &SpannedValue) -> Option<Document> {
        let mut part = within.part(tree.clone());
        if let Some(device) = part.root.take("device") {
            let place = within.place(device.value.span.clone());
            let Some(name) = device.value.as_str() else {
                let message = format!("{} where a name is expected", device.value.type_name());
                self.complain(
                    Problem::at(place, Code::WrongType, message).label("expected a string"),
                );
                return None;
            };
            let base = self.device_document(name, place)?;
            return self.keeps_type(&part, &base, name).then(|| part.over(base));
        }
        if part.root.get("type").is_none() {
            let place = within.place(tree.span.start..tree.span.start + 1);
            let problem = Problem::at(place, Code::MissingKey, "a part of no kind");
            let help = "give `device`, the name of a device file, or `type`";
            self.complain(problem.label("in this object").help(help));
            return None;
        }
        part.root.supply("schema", syntax::SyntaxKind::Number(1.0, "1".to_owned()));
        part.root.supply("kind", syntax::SyntaxKind::String("device".to_owned()));
        part.root.supply("title", syntax::SyntaxKind::String(String::new()));
        Some(part)
    }

    /// What builds on another is of its type.
    fn keeps_type(&mut self, over: &Document, base: &Document, name: &str) -> bool {
        let of = |document: &Document| {
            document.root.get("type").and_then(SpannedValue::as_str).map(str::to_owned)
        };
        let (Some(own), Some(other)) = (of(over), of(base)) else { return true };
        if own != other {
            let message =
                format!("`{name}` is of the type `{other}`, and what builds on it stays so");
            let problem = Problem::at(over.place_of(&["type"]), Code::WrongDevice, message);
            self.complain(problem.label(format!("expected \"{other}\", or nothing")));
        }
        own == other
    }

    /// Holds a device against the schema of its type; all that is wrong is noted.
    pub fn said(&mut self, document: &Document) -> Option<Said> {
        let mut found = Diagnostics::new();
        let word = document.root.get("type").and_then(SpannedValue::as_str);
        let schema = schema::of_device(word);
        let said = match word.and_then(kinds::find) {
            Some(kind) => {
                let said = fit(document, schema, &mut found).file;
                said.and_then(|said| Some(Said::Kind(kind, Entries::of(kind, said)?)))
            }
            None => {
                let shaped = shape::<DeviceFile>(document, schema, &mut found);
                shaped.file.map(|file| Said::File(Box::new(file)))
            }
        };
        self.complain_of_file(found);
        said
    }
}
