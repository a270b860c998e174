//! From bytes to a tree in which every value knows its place.
//!
//! Strict JSON: no comments, no trailing commas, no duplicate keys, no number that a double cannot
//! hold. The limits keep a hostile file from costing more than it weighs.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use blackstart_limits::{FILE_BYTES, NESTING};
use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Place, Problem, SourceFile};

/// A value and its place.
#[derive(Clone, Debug)]
pub struct SpannedValue {
    pub span: Range<usize>,
    pub kind: SyntaxKind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum SyntaxKind {
    Null,
    Bool(bool),
    /// The number and its text.
    Number(f64, String),
    String(String),
    Array(Vec<SpannedValue>),
    Object(Vec<Member>),
}

/// One entry of an object.
#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    pub name_span: Range<usize>,
    pub value: SpannedValue,
}

impl SpannedValue {
    /// The value under a key, when this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.member(name).map(|member| &member.value)
    }

    /// The entry of a key, when this is an object that has it.
    pub fn member(&self, name: &str) -> Option<&Member> {
        match &self.kind {
            SyntaxKind::Object(members) => members.iter().find(|member| member.name == name),
            _ => None,
        }
    }

    /// The text, when this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            SyntaxKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, when this is an array; otherwise none.
    pub fn elements(&self) -> &[Self] {
        match &self.kind {
            SyntaxKind::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The members of an object; none of anything else.
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            SyntaxKind::Object(members) => members,
            _ => &[],
        }
    }

    /// Moves the place of the value and of all within it.
    fn shift(&mut self, by: usize) {
        let moved = |span: &Range<usize>| span.start + by..span.end + by;
        self.span = moved(&self.span);
        match &mut self.kind {
            SyntaxKind::Array(elements) => elements.iter_mut().for_each(|inner| inner.shift(by)),
            SyntaxKind::Object(members) => {
                for member in members {
                    member.name_span = moved(&member.name_span);
                    member.value.shift(by);
                }
            }
            _ => {}
        }
    }

    /// Takes an entry out, when this is an object that has it.
    pub fn take(&mut self, name: &str) -> Option<Member> {
        let SyntaxKind::Object(members) = &mut self.kind else { return None };
        let place = members.iter().position(|member| member.name == name)?;
        Some(members.remove(place))
    }

    /// Puts a text under a key that is not there, at the place of the object itself.
    pub fn supply(&mut self, name: &str, kind: SyntaxKind) {
        let span = self.span.start..(self.span.start + 1).min(self.span.end);
        let SyntaxKind::Object(members) = &mut self.kind else { return };
        if members.iter().all(|member| member.name != name) {
            let value = Self { span: span.clone(), kind };
            members.push(Member { name: name.to_owned(), name_span: span, value });
        }
    }

    /// As plain JSON, without places.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.kind {
            SyntaxKind::Null => Json::Null,
            SyntaxKind::Bool(yes) => Json::Bool(*yes),
            SyntaxKind::Number(number, text) => {
                text.parse::<u64>().map_or_else(|_| Json::from(*number), Json::from)
            }
            SyntaxKind::String(text) => Json::String(text.clone()),
            SyntaxKind::Array(elements) => elements.iter().map(Self::to_json).collect(),
            SyntaxKind::Object(members) => {
                members.iter().map(|member| (member.name.clone(), member.value.to_json())).collect()
            }
        }
    }

    /// With its article, for messages.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            SyntaxKind::Null => "null",
            SyntaxKind::Bool(_) => "a boolean",
            SyntaxKind::Number(..) => "a number",
            SyntaxKind::String(_) => "a string",
            SyntaxKind::Array(_) => "an array",
            SyntaxKind::Object(_) => "an object",
        }
    }
}

/// A tree and the file that it stands in; or several, where a file builds on others.
///
/// The spans of a tree of several files are those of their texts one behind the other, so that every
/// value knows its place whichever file it comes from.
#[derive(Clone, Debug)]
pub struct Document {
    pub file: Arc<SourceFile>,
    pub root: SpannedValue,
    /// Files behind the first, each with where its spans begin.
    behind: Vec<(usize, Arc<SourceFile>)>,
}

impl Document {
    /// A place in the file that a span belongs to.
    pub fn place(&self, span: Range<usize>) -> Place {
        match self.behind.iter().rev().find(|(start, _)| *start <= span.start) {
            Some((start, file)) => {
                Place { file: Arc::clone(file), span: span.start - start..span.end - start }
            }
            None => Place { file: Arc::clone(&self.file), span },
        }
    }

    /// Another tree whose values stand in the same files.
    pub fn part(&self, root: SpannedValue) -> Self {
        Self { root, file: Arc::clone(&self.file), behind: self.behind.clone() }
    }

    /// This tree laid over that of another document: what it says counts, the rest is the other's.
    pub fn over(self, mut base: Self) -> Self {
        let start = self.end();
        base.root.shift(start);
        let mut behind = self.behind;
        behind.push((start, base.file));
        behind.extend(base.behind.into_iter().map(|(at, file)| (at + start, file)));
        Self { file: self.file, root: merge(base.root, self.root), behind }
    }

    /// Where the spans of a further file may begin.
    fn end(&self) -> usize {
        let (start, last) = self.behind.last().map_or((0, &self.file), |(at, file)| (*at, file));
        start + last.text.len() + 1
    }

    /// The place of the value at the end of a path of keys, or of the last one that exists.
    pub fn place_of(&self, path: &[&str]) -> Place {
        let mut value = &self.root;
        for key in path {
            match value.get(key) {
                Some(inner) => value = inner,
                None => break,
            }
        }
        self.place(value.span.clone())
    }
}

/// A value laid over another. Objects merge by key; one that says where it comes from is replaced
/// whole, as lists and plain values are; `null` removes.
fn merge(base: SpannedValue, over: SpannedValue) -> SpannedValue {
    let says_source = base.get("source").is_some() || over.get("source").is_some();
    match (base.kind, over.kind) {
        (SyntaxKind::Object(mut members), SyntaxKind::Object(own)) if !says_source => {
            for member in own {
                let place = members.iter().position(|other| other.name == member.name);
                match (place, &member.value.kind) {
                    (Some(place), SyntaxKind::Null) => drop(members.remove(place)),
                    (Some(place), _) => {
                        let other = members.remove(place);
                        let value = merge(other.value, member.value);
                        members.insert(place, Member { value, ..member });
                    }
                    (None, _) => members.push(member),
                }
            }
            SpannedValue { span: over.span, kind: SyntaxKind::Object(members) }
        }
        (_, kind) => SpannedValue { span: over.span, kind },
    }
}

/// Reads a file; `shown` is its path in messages.
pub fn read_text(path: &Path, shown: &str) -> Result<Arc<SourceFile>, Diagnostics> {
    let bytes = blackstart_limits::read(path, FILE_BYTES).map_err(|error| {
        let code = match error.kind() {
            std::io::ErrorKind::FileTooLarge => Code::TooLarge,
            _ => Code::Unreadable,
        };
        Problem::of_path(code, format!("cannot read {shown}: {error}"))
    })?;
    text_of(bytes, shown)
}

/// Reads and parses a file.
pub fn read(path: &Path, shown: &str) -> Result<Document, Diagnostics> {
    parse(read_text(path, shown)?)
}

/// The bytes of a file as text.
fn text_of(bytes: Vec<u8>, shown: &str) -> Result<Arc<SourceFile>, Diagnostics> {
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(&error, shown))?;
    Ok(Arc::new(SourceFile { path: shown.to_owned(), text }))
}

/// Parses the text of a file.
pub fn parse(file: Arc<SourceFile>) -> Result<Document, Diagnostics> {
    let at = |span: Range<usize>| Place { file: Arc::clone(&file), span };

    if let Some(position) = first_too_deep(&file.text) {
        let message = format!("objects and arrays nest deeper than {NESTING}");
        let problem = Problem::at(at(position..position + 1), Code::TooDeep, message)
            .label(format!("level {}", NESTING + 1));
        return Err(problem.into());
    }
    let syntax = |span: Range<usize>, what: String| {
        let message = format!("not JSON: {what}");
        Diagnostics::from(Problem::at(at(span), Code::Syntax, message))
    };
    let parsed = parse_to_ast(&file.text, &CollectOptions::default(), &strict());
    let parsed = parsed.map_err(|error| {
        let what = error.kind().to_string().to_lowercase();
        syntax(error.range().start..error.range().end, what)
    })?;
    let Some(tree) = parsed.value else { return Err(syntax(0..0, "the file is empty".into())) };
    // Catches what the span parser is lenient about: control characters in strings, leading zeros.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&file.text) {
        let position = offset(&file.text, error.line(), error.column());
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
        return Err(syntax(position..position, what));
    }
    let mut problems = Diagnostics::new();
    let root = lower(&tree, &at, &mut problems);
    problems.into_result()?;
    drop(tree);
    Ok(Document { file, root, behind: Vec::new() })
}

fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Shows the readable beginning and points at the first byte that is not.
fn not_utf8(error: &std::string::FromUtf8Error, shown: &str) -> Diagnostics {
    let position = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    let file = Arc::new(SourceFile { path: shown.to_owned(), text });
    let end = position + char::REPLACEMENT_CHARACTER.len_utf8();
    let message = format!("not UTF-8: byte {position} begins no character");
    Problem::at(Place { file, span: position..end }, Code::NotUtf8, message)
        .help("save the file as UTF-8")
        .into()
}

/// Where the nesting first exceeds the limit. Runs before the recursive parser does.
fn first_too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (position, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > NESTING {
                    return Some(position);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Byte position of serde_json's line and column, both counted from 1; the column counts bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut position = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(position) {
        position -= 1;
    }
    position
}

fn lower(
    tree: &ast::Value<'_>,
    at: &impl Fn(Range<usize>) -> Place,
    problems: &mut Diagnostics,
) -> SpannedValue {
    let range = tree.range();
    let kind = match tree {
        ast::Value::NullKeyword(_) => SyntaxKind::Null,
        ast::Value::BooleanLit(literal) => SyntaxKind::Bool(literal.value),
        ast::Value::StringLit(literal) => SyntaxKind::String(literal.value.clone().into_owned()),
        ast::Value::NumberLit(literal) => {
            let number = literal.value.parse().unwrap_or(f64::NAN);
            if !number.is_finite() {
                let message = format!("`{}` is not a finite number", literal.value);
                let place = at(range.start..range.end);
                let problem = Problem::at(place, Code::NumberTooLarge, message)
                    .label("larger than a double can hold")
                    .help("leave the key out where `without end` or `no limit` is meant");
                problems.push(problem);
            }
            SyntaxKind::Number(number, literal.value.to_owned())
        }
        ast::Value::Array(array) => SyntaxKind::Array(
            array.elements.iter().map(|inner| lower(inner, at, problems)).collect(),
        ),
        ast::Value::Object(object) => SyntaxKind::Object(members(object, at, problems)),
    };
    SpannedValue { span: range.start..range.end, kind }
}

fn members(
    object: &ast::Object<'_>,
    at: &impl Fn(Range<usize>) -> Place,
    problems: &mut Diagnostics,
) -> Vec<Member> {
    let mut seen = std::collections::BTreeSet::new();
    let mut members = Vec::with_capacity(object.properties.len());
    for property in &object.properties {
        let range = property.name.range();
        let name = property.name.as_str().to_owned();
        let value = lower(&property.value, at, problems);
        if !seen.insert(name.clone()) {
            let message = format!("the key `{name}` is there twice");
            let place = at(range.start..range.end);
            problems.push(Problem::at(place, Code::DuplicateKey, message).label("second time"));
            continue;
        }
        members.push(Member { name, name_span: range.start..range.end, value });
    }
    members
}
