//! Holds a tree against the schema of its kind and says where they differ.
//!
//! A general validator says of a tagged union only that no branch fits. Here the tag selects the
//! branch, so that the message is about the key that is wrong. Only the keywords that our own types
//! generate are known. What fits is passed on, so that one mistake does not hide the next.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::nearest::nearest;
use crate::syntax::{Document, Member, SpannedValue, SyntaxKind};
use crate::unit::{Unit, stem};

/// What a file says, as far as it has the right shape.
pub struct Shaped<T> {
    /// `None` when something is missing that nothing can replace.
    pub file: Option<T>,
    /// Beginnings of the array elements that were left out because they do not fit.
    dropped: BTreeSet<usize>,
    /// Keys of the whole file that are missing or do not fit, for which a neutral value stands in.
    stand_ins: BTreeSet<String>,
}

impl<T> Shaped<T> {
    /// Whether the file itself says something that fits under a key: if not, what stands there has
    /// been complained about and means nothing.
    pub fn says(&self, key: &str) -> bool {
        !self.stand_ins.contains(key)
    }

    /// The elements of an array that were kept, in step with those of the typed file.
    pub fn kept<'v>(&self, array: Option<&'v SpannedValue>) -> Vec<&'v SpannedValue> {
        let elements = array.map_or(&[][..], SpannedValue::elements);
        elements.iter().filter(|element| !self.dropped.contains(&element.span.start)).collect()
    }
}

/// Reads a document as a `T`, whose schema is given.
pub fn shape<T: DeserializeOwned>(
    document: &Document,
    schema: &Json,
    problems: &mut Diagnostics,
) -> Shaped<T> {
    let found_before = problems.len();
    let Shaped { file, dropped, stand_ins } = fit(document, schema, problems);
    let file = file.and_then(|json| match serde_json::from_value(json) {
        Ok(file) => Some(file),
        Err(error) => {
            // The schema is generated from the same type, so only what it cannot express gets here.
            if problems.len() == found_before {
                let place = document.place(document.root.span.clone());
                problems.push(Problem::at(place, Code::WrongType, error.to_string()));
            }
            None
        }
    });
    Shaped { file, dropped, stand_ins }
}

/// What a document says, as far as it fits a schema.
pub fn fit(document: &Document, schema: &Json, problems: &mut Diagnostics) -> Shaped<Json> {
    let (dropped, stand_ins) = (BTreeSet::new(), BTreeSet::new());
    let mut fitter = Fitter { document, schema, problems, dropped, stand_ins };
    let file = fitter.fit(&document.root, schema);
    Shaped { file, dropped: fitter.dropped, stand_ins: fitter.stand_ins }
}

struct Fitter<'a> {
    document: &'a Document,
    schema: &'a Json,
    problems: &'a mut Diagnostics,
    dropped: BTreeSet<usize>,
    stand_ins: BTreeSet<String>,
}

impl<'a> Fitter<'a> {
    fn complain(&self, span: Range<usize>, code: Code, message: String) -> Problem {
        Problem::at(self.document.place(span), code, message)
    }

    /// The value without what does not belong there; `None` when it cannot stand there at all.
    fn fit(&mut self, value: &SpannedValue, schema: &'a Json) -> Option<Json> {
        if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
            let name = name.strip_prefix("#/$defs/")?;
            return self.fit(value, self.schema.get("$defs")?.get(name)?);
        }
        if let Some(branches) = schema.get("anyOf").and_then(Json::as_array) {
            let nullable = branches.iter().any(|branch| accepts(branch, "null"));
            if nullable && matches!(value.kind, SyntaxKind::Null) {
                return Some(Json::Null);
            }
            return self.fit(value, branches.iter().find(|branch| !accepts(branch, "null"))?);
        }
        if let Some(branches) = schema.get("oneOf").and_then(Json::as_array) {
            return match tag(branches) {
                Some(tag) => self.fit_tagged(value, tag, branches),
                None => self.fit_word(value, branches.iter().flat_map(words).collect()),
            };
        }
        if schema.get("const").is_some() || schema.get("enum").is_some() {
            return self.fit_word(value, words(schema));
        }
        self.fit_plain(value, schema)
    }

    /// A tagged object: the tag decides against which branch it is held.
    fn fit_tagged(
        &mut self,
        value: &SpannedValue,
        tag: &str,
        branches: &'a [Json],
    ) -> Option<Json> {
        let tag_of = |branch: &'a Json| branch.get("properties")?.get(tag)?.get("const")?.as_str();
        let known = || branches.iter().filter_map(tag_of).collect::<Vec<&str>>();
        if let (SyntaxKind::Number(_, text), "source") = (&value.kind, tag) {
            let problem = self
                .complain(
                    value.span.clone(),
                    Code::BareNumber,
                    format!("the number {text} does not say where it comes from"),
                )
                .label("a parameter needs a source")
                .help(format!(
                    "write {{\"value\": {text}, \"source\": \"guess\", \"range\": [low, high], \
                     \"why\": \"…\"}}, or one of: \"seed\" with \"fact\", \"datasheet\" with \
                     \"document\", \"measured\" with \"record\", \"derived\" with \"from\""
                ));
            self.problems.push(problem);
            return None;
        }
        if !matches!(value.kind, SyntaxKind::Object(_)) {
            self.wrong_type(value, "an object");
            return None;
        }
        let Some(found) = value.get(tag) else {
            let problem = self
                .complain(head(value), Code::MissingKey, format!("the key `{tag}` is missing"))
                .label("in this object")
                .help(format!("one of: {}", quoted(&known())));
            self.problems.push(problem);
            return None;
        };
        let word = found.as_str();
        match branches.iter().find(|branch| word.is_some() && tag_of(branch) == word) {
            Some(branch) => self.fit_plain(value, branch),
            None => self.fit_word(found, known()).and(None),
        }
    }

    /// One word of a few.
    fn fit_word(&mut self, value: &SpannedValue, known: Vec<&str>) -> Option<Json> {
        let Some(word) = value.as_str() else {
            self.wrong_type(value, &format!("one of {}", quoted(&known)));
            return None;
        };
        if known.contains(&word) {
            return Some(Json::String(word.to_owned()));
        }
        let message = format!("`{word}` is not known here");
        let problem = self
            .complain(value.span.clone(), Code::UnknownWord, message)
            .help(format!("one of: {}", quoted(&known)))
            .label("unknown word")
            .suggest(word, known.iter().copied());
        self.problems.push(problem);
        None
    }

    fn fit_plain(&mut self, value: &SpannedValue, schema: &'a Json) -> Option<Json> {
        match &value.kind {
            SyntaxKind::Object(members) if accepts(schema, "object") => {
                self.fit_object(value, members, schema)
            }
            SyntaxKind::Array(elements) if accepts(schema, "array") => {
                self.fit_array(value, elements, schema)
            }
            SyntaxKind::String(text) if accepts(schema, "string") => {
                Some(Json::String(text.clone()))
            }
            SyntaxKind::Bool(yes) if accepts(schema, "boolean") => Some(Json::Bool(*yes)),
            SyntaxKind::Null if accepts(schema, "null") => Some(Json::Null),
            SyntaxKind::Number(number, _) if accepts(schema, "number") => Some(Json::from(*number)),
            SyntaxKind::Number(_, text) if accepts(schema, "integer") => {
                let whole = text.parse::<u64>().ok().filter(|&number| {
                    schema.get("format").and_then(Json::as_str) != Some("uint32")
                        || u32::try_from(number).is_ok()
                });
                if whole.is_none() {
                    self.wrong_type(value, "a whole number, 0 or more");
                }
                whole.map(Json::from)
            }
            _ => {
                self.wrong_type(value, expected(schema));
                None
            }
        }
    }

    fn fit_object(
        &mut self,
        value: &SpannedValue,
        members: &[Member],
        schema: &'a Json,
    ) -> Option<Json> {
        let none = Map::new();
        // What is held against a schema of its own, later.
        if schema.get("additionalProperties").and_then(Json::as_bool) == Some(true) {
            return Some(value.to_json());
        }
        let properties = schema.get("properties").and_then(Json::as_object).unwrap_or(&none);
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        let required = strings(schema.get("required"));
        let mut kept = Map::new();
        let mut misspelt = Vec::new();
        let mut complete = true;
        for member in members {
            let name = member.name.as_str();
            let own = schema.get("properties").and_then(|all| all.get(name));
            match own.or(others) {
                None | Some(_) if own.is_none() && is_reason(member) => {}
                None => misspelt.extend(self.unknown_key(member, properties)),
                Some(inner) => match self.fit(&member.value, inner) {
                    Some(json) => drop(kept.insert(name.to_owned(), json)),
                    None if required.contains(&name) => {
                        complete &= self.stand_in(value, name, inner, &mut kept);
                    }
                    None => {}
                },
            }
        }
        for name in required.into_iter().filter(|name| value.member(name).is_none()) {
            let property = schema.get("properties").and_then(|all| all.get(name));
            complete &= property.is_some_and(|inner| self.stand_in(value, name, inner, &mut kept));
            // Who misspells a key need not hear that the right one is missing as well.
            if !misspelt.contains(&name) {
                self.missing_key(value, name, properties);
            }
        }
        complete.then_some(Json::Object(kept))
    }

    /// Puts a neutral value where the whole file lacks one, so that the rest of it is still looked
    /// at; whether there is one.
    fn stand_in(
        &mut self,
        object: &SpannedValue,
        name: &str,
        schema: &'a Json,
        kept: &mut Map<String, Json>,
    ) -> bool {
        let is_root = object.span == self.document.root.span;
        let Some(neutral) = is_root.then(|| self.neutral(schema)).flatten() else { return false };
        kept.insert(name.to_owned(), neutral);
        self.stand_ins.insert(name.to_owned());
        true
    }

    fn neutral(&self, schema: &'a Json) -> Option<Json> {
        if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
            let name = name.strip_prefix("#/$defs/")?;
            return self.neutral(self.schema.get("$defs")?.get(name)?);
        }
        let branches = schema.get("oneOf").and_then(Json::as_array);
        let first = branches.into_iter().flatten().flat_map(words).next();
        if let Some(word) = first.or_else(|| words(schema).first().copied()) {
            return Some(Json::from(word));
        }
        let by_type = [
            ("string", Json::from("")),
            ("array", Json::Array(Vec::new())),
            ("number", Json::from(0)),
            ("integer", Json::from(1)),
        ];
        by_type.into_iter().find(|(name, _)| accepts(schema, name)).map(|(_, neutral)| neutral)
    }

    fn missing_key(&mut self, object: &SpannedValue, name: &str, properties: &Map<String, Json>) {
        let message = format!("the key `{name}` is missing");
        let mut problem =
            self.complain(head(object), Code::MissingKey, message).label("in this object");
        let property = properties.get(name).and_then(|one| one.get("description"));
        if let Some(what) = property.and_then(Json::as_str) {
            problem = problem.help(format!("`{name}`: {}", what.replace('\n', " ")));
        }
        self.problems.push(problem);
    }

    fn fit_array(
        &mut self,
        value: &SpannedValue,
        elements: &[SpannedValue],
        schema: &'a Json,
    ) -> Option<Json> {
        let bound = |name| schema.get(name).and_then(Json::as_u64);
        let (least, most) = (bound("minItems").unwrap_or(0), bound("maxItems").unwrap_or(u64::MAX));
        if !(least..=most).contains(&(elements.len() as u64)) {
            self.wrong_type(value, &format!("an array of {least}"));
            return None;
        }
        let items = schema.get("items")?;
        let mut kept = Vec::with_capacity(elements.len());
        for element in elements {
            match self.fit(element, items) {
                Some(json) => kept.push(json),
                None => drop(self.dropped.insert(element.span.start)),
            }
        }
        Some(Json::Array(kept))
    }

    fn wrong_type(&mut self, value: &SpannedValue, expected: &str) {
        let found = value.type_name();
        let problem = self
            .complain(
                if matches!(value.kind, SyntaxKind::Object(_) | SyntaxKind::Array(_)) {
                    head(value)
                } else {
                    value.span.clone()
                },
                Code::WrongType,
                format!("{found} where {expected} is expected"),
            )
            .label(format!("expected {expected}"));
        self.problems.push(problem);
    }

    /// Complains, and says which known key is probably meant.
    fn unknown_key<'k>(
        &mut self,
        member: &Member,
        properties: &'k Map<String, Json>,
    ) -> Option<&'k str> {
        let name = member.name.as_str();
        let place = self.document.place(member.name_span.clone());
        let known: Vec<&str> =
            properties.keys().map(String::as_str).filter(|&key| key != "$schema").collect();
        let number = match member.value.kind {
            SyntaxKind::Number(number, _) => Some(number),
            _ => None,
        };
        if let Some((meant, problem)) = wrong_unit(&place, name, number, &known) {
            self.problems.push(problem);
            return Some(meant);
        }
        let meant = nearest(name, known.iter().copied());
        let problem = Problem::at(place, Code::UnknownKey, format!("unknown key `{name}`"));
        self.problems.push(problem.label("unknown key").suggest(name, known));
        meant
    }
}

/// Which known key is meant by one that is right but for its unit, and the problem, with the value
/// converted.
pub fn wrong_unit<'k>(
    place: &Place,
    wrong: &str,
    value: Option<f64>,
    known: &[&'k str],
) -> Option<(&'k str, Problem)> {
    let is_meant = |key: &&str| *key != wrong && stem(key) == stem(wrong);
    let right = known.iter().copied().find(is_meant)?;
    let unit = Unit::of_key(right)?;
    let message = match Unit::of_key(wrong) {
        Some(_) => format!("`{wrong}` has the wrong unit"),
        None => format!("`{wrong}` lacks its unit"),
    };
    let problem = Problem::at(place.clone(), Code::WrongUnit, message)
        .label(format!("write `{right}`, in {}", unit.name));
    let converted =
        Unit::of_key(wrong).zip(value).filter(|(from, _)| from.dimension == unit.dimension);
    let Some((from, value)) = converted else { return Some((right, problem)) };
    let result = tidy(value * from.factor / unit.factor);
    Some((right, problem.help(format!("{value} {} is {result} {}", from.name, unit.name))))
}

/// Without the dust of a division by a power of ten.
fn tidy(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

/// An object is pointed at by its opening bracket: its whole body would bury the message.
fn head(value: &SpannedValue) -> Range<usize> {
    value.span.start..(value.span.start + 1).min(value.span.end)
}

/// Any object may say why.
fn is_reason(member: &Member) -> bool {
    member.name == "why" && matches!(member.value.kind, SyntaxKind::String(_))
}

fn accepts(schema: &Json, name: &str) -> bool {
    match schema.get("type") {
        Some(Json::String(one)) => one == name,
        Some(Json::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

fn expected(schema: &Json) -> &'static str {
    const NAMES: [(&str, &str); 6] = [
        ("object", "an object"),
        ("array", "an array"),
        ("string", "a string"),
        ("number", "a number"),
        ("integer", "a whole number"),
        ("boolean", "a boolean"),
    ];
    NAMES.iter().find(|(name, _)| accepts(schema, name)).map_or("something else", |(_, said)| said)
}

/// The property that has a fixed value in every branch: the only one that has one in any.
fn tag(branches: &[Json]) -> Option<&str> {
    let properties = branches.first()?.get("properties")?.as_object()?;
    let fixed = properties.iter().find(|(_, schema)| schema.get("const").is_some());
    fixed.map(|(key, _)| key.as_str())
}

/// The words that a schema of words allows.
fn words(schema: &Json) -> Vec<&str> {
    let fixed = schema.get("const").and_then(Json::as_str);
    fixed.into_iter().chain(strings(schema.get("enum"))).collect()
}

/// The strings in an array; none when there is no array.
fn strings(array: Option<&Json>) -> Vec<&str> {
    let elements = array.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    elements.iter().filter_map(Json::as_str).collect()
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    /// Every list of alternatives within a schema.
    fn alternatives<'a>(schema: &'a Json, into: &mut Vec<&'a [Json]>) {
        match schema {
            Json::Object(keywords) => {
                let own = keywords.get("oneOf").and_then(Json::as_array);
                into.extend(own.map(Vec::as_slice));
                keywords.values().for_each(|inner| alternatives(inner, into));
            }
            Json::Array(elements) => elements.iter().for_each(|inner| alternatives(inner, into)),
            _ => {}
        }
    }

    #[test]
    fn alternatives_differ_by_one_property_that_each_has_fixed() {
        let all =
            [&*schema::SCENARIO, &schema::SYSTEM, &schema::DEVICE, &schema::RIG, &schema::FACTS];
        let mut found = Vec::new();
        all.into_iter().for_each(|schema| alternatives(schema, &mut found));
        let mut tagged = 0;
        for branches in found {
            let Some(tag) = tag(branches) else { continue };
            tagged += 1;
            for branch in branches {
                let properties = branch["properties"].as_object().unwrap();
                let fixed = properties.iter().filter(|(_, one)| one.get("const").is_some());
                let fixed: Vec<&String> = fixed.map(|(key, _)| key).collect();
                assert_eq!(fixed, [tag], "{branch:#}");
            }
        }
        assert!(tagged > 10, "{tagged}");
    }
}
