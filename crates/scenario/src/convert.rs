//! Files of an older format, moved to the newest.
//!
//! `convert/table.rs` is the list of what has another name now. A file is changed where a name of the
//! table stands and nowhere else: the text between keeps every space. What the table does not know stays,
//! and what is no file of Blackstart is left as it is.

mod battery;
mod table;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::SourceFile;
use crate::library::FileKind;
use crate::syntax::{Member, SpannedValue, SyntaxKind, parse};
use table::{DISSOLVED, NamePlace, Rename, TABLE, WORDED};

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Converted {
    /// It is of the newest format already.
    Newest,
    /// It had old names: the new text, and how often each was met.
    Moved {
        /// The text.
        text: String,
        /// Old and new name, and how often it stood in the file.
        renamed: BTreeMap<(&'static str, &'static str), usize>,
    },
    /// It is JSON, and none of the files that have a format.
    Other,
    /// It cannot be moved, for this reason.
    Left(String),
}

/// Moves one file to the newest format; `shown` is its path in messages. Twice is once.
pub fn convert(shown: &str, text: &str) -> Converted {
    let drawn = match battery::in_parts(text) {
        None => return convert_by(TABLE, shown, text),
        Some(Err(why)) => return Converted::Left(why),
        Some(Ok(drawn)) => drawn,
    };
    let as_parts = (("battery", "assembly"), 1);
    match convert_by(TABLE, shown, &drawn) {
        Converted::Moved { text, mut renamed } => {
            renamed.extend([as_parts]);
            Converted::Moved { text, renamed }
        }
        Converted::Newest => Converted::Moved { text: drawn, renamed: [as_parts].into() },
        other => other,
    }
}

fn convert_by(table: &'static [Rename], shown: &str, text: &str) -> Converted {
    let file = Arc::new(SourceFile { path: shown.to_owned(), text: text.to_owned() });
    let document = match parse(file) {
        Ok(document) => document,
        Err(mistakes) => {
            let first = mistakes.iter().next();
            let place = first.and_then(crate::Problem::line).map(|line| format!("line {line}: "));
            let what = first.map_or_else(|| "not readable".to_owned(), ToString::to_string);
            return Converted::Left(format!("{}{what}", place.unwrap_or_default()));
        }
    };
    let kind = document.root.get("kind").and_then(SpannedValue::as_str);
    let Some(kind) = FileKind::CONVERTED.into_iter().find(|one| kind == Some(one.name())) else {
        return Converted::Other;
    };
    let mut edits = Edits { table, kind, found: Vec::new(), doubled: None };
    edits.walk(&document.root, &mut Vec::new());
    if let Some((old, new)) = edits.doubled {
        return Converted::Left(format!(
            "it has `{old}`, and `{new}`, which is its name now, as well"
        ));
    }
    edits.apply(text)
}

/// One name to be replaced.
struct Edit {
    span: Range<usize>,
    /// The row of the table; `None` of what goes with the edit of a name.
    row: Option<(&'static str, &'static str)>,
    /// The text in the place of the span, with its quotes.
    text: String,
}

struct Edits {
    table: &'static [Rename],
    kind: FileKind,
    found: Vec<Edit>,
    /// An old name that cannot become the new one.
    doubled: Option<(String, String)>,
}

impl Edits {
    /// Looks at every key and every string below a value; `keys` lead to it.
    fn walk<'a>(&mut self, value: &'a SpannedValue, keys: &mut Vec<&'a str>) {
        match &value.kind {
            SyntaxKind::Object(members) => {
                for (place, member) in members.iter().enumerate() {
                    if self.unreasoned(place, members, keys) {
                        continue;
                    }
                    self.key(member, members, keys);
                    self.section(member, members, keys);
                    self.flag(member, members, keys);
                    keys.push(&member.name);
                    self.walk(&member.value, keys);
                    keys.pop();
                }
            }
            SyntaxKind::Array(elements) => {
                elements.iter().for_each(|element| self.walk(element, keys))
            }
            SyntaxKind::String(word) => {
                if let Some((row, new)) = self.renamed(word, keys, false) {
                    let (span, row) = (value.span.clone(), Some((row.from, row.to)));
                    self.found.push(Edit { span, row, text: quoted(&new) });
                }
            }
            SyntaxKind::Null | SyntaxKind::Bool(_) | SyntaxKind::Number(..) => {}
        }
    }

    fn key(&mut self, member: &Member, beside: &[Member], keys: &[&str]) {
        let Some((row, new)) = self.renamed(&member.name, keys, true) else { return };
        if beside.iter().any(|other| other.name == new) {
            self.doubled = Some((member.name.clone(), new));
            return;
        }
        let (span, name) = (member.name_span.clone(), Some((row.from, row.to)));
        self.found.push(Edit { span, row: name, text: quoted(&new) });
        if let (SyntaxKind::Number(number, _), true) = (&member.value.kind, row.factor != 1.0) {
            let text = (number * row.factor).to_string();
            self.found.push(Edit { span: member.value.span.clone(), row: None, text });
        }
        if row.is_list && !matches!(member.value.kind, SyntaxKind::Array(_)) {
            let Range { start, end } = member.value.span;
            for (at, bracket) in [(start, "["), (end, "]")] {
                self.found.push(Edit { span: at..at, row: None, text: bracket.to_owned() });
            }
        }
    }

    /// Takes out a known miss that states no reason: nobody here knows it, and without the miss a scenario
    /// that fails says so.
    fn unreasoned(&mut self, place: usize, beside: &[Member], keys: &[&str]) -> bool {
        let member = &beside[place];
        let is_known_miss =
            self.kind == FileKind::Scenario && keys.is_empty() && member.name == KNOWN_MISS;
        let SyntaxKind::Object(inner) = &member.value.kind else { return false };
        if !is_known_miss || inner.iter().any(|one| one.name == "reason") {
            return false;
        }
        let Range { end, .. } = member.value.span;
        let span = match (place.checked_sub(1).map(|before| &beside[before]), beside.get(place + 1))
        {
            (Some(before), _) => before.value.span.end..end,
            (None, Some(next)) => member.name_span.start..next.name_span.start,
            (None, None) => member.name_span.start..end,
        };
        let row = Some((KNOWN_MISS, "nothing: a known miss states its `reason` as checks"));
        self.found.push(Edit { span, row, text: String::new() });
        true
    }

    /// Says in a word what was true or false.
    fn flag(&mut self, member: &Member, beside: &[Member], keys: &[&str]) {
        let SyntaxKind::Bool(value) = member.value.kind else { return };
        if self.kind != FileKind::Device || !matches!(keys, [] | ["parts", _]) {
            return;
        }
        let word = beside.iter().find(|one| one.name == "type").and_then(|one| one.value.as_str());
        let is_of = |&&(of, key, ..): &&(&str, &str, &str, [&str; 2])| {
            key == member.name && word.is_none_or(|word| word == of)
        };
        let Some(&(_, old, new, words)) = WORDED.iter().find(is_of) else { return };
        let said = words[usize::from(value)];
        let span = member.name_span.start..member.value.span.end;
        let text = format!("{}: {}", quoted(new), quoted(said));
        self.found.push(Edit { span, row: Some((old, new)), text });
    }

    /// Takes the braces from around what stands on the device itself now.
    fn section(&mut self, member: &Member, beside: &[Member], keys: &[&str]) {
        let is_device = matches!(keys, [] | ["parts", _]) && self.kind == FileKind::Device;
        let SyntaxKind::Object(inner) = &member.value.kind else { return };
        // A number may have the name of what was its section.
        if inner.iter().any(|one| one.name == "source") {
            return;
        }
        let word = beside.iter().find(|one| one.name == "type").and_then(|one| one.value.as_str());
        let is_of = |&&(of, sections): &&(&str, &[&str])| {
            word.is_none_or(|word| word == of) && sections.contains(&member.name.as_str())
        };
        let Some((_, sections)) = DISSOLVED.iter().find(is_of).filter(|_| is_device) else {
            return;
        };
        let Some((first, last)) = inner.first().zip(inner.last()) else { return };
        if let Some(twice) = inner.iter().find(|one| beside.iter().any(|own| own.name == one.name))
        {
            self.doubled = Some((format!("{}.{}", member.name, twice.name), twice.name.clone()));
            return;
        }
        let name = sections.iter().find(|name| **name == member.name).copied().unwrap_or_default();
        let before = member.name_span.start..first.name_span.start;
        let after = last.value.span.end..member.value.span.end;
        self.found.push(Edit {
            span: before,
            row: Some((name, "the device itself")),
            text: String::new(),
        });
        self.found.push(Edit { span: after, row: None, text: String::new() });
    }

    /// The row that renames a word below some keys, and the whole new word.
    fn renamed(
        &self,
        word: &str,
        keys: &[&str],
        is_key: bool,
    ) -> Option<(&'static Rename, String)> {
        let (before, last) = word
            .rsplit_once('.')
            .map_or(("", word), |(_, last)| (&word[..word.len() - last.len()], last));
        let row = self.table.iter().find(|row| {
            row.from == last && row.place.holds(self.kind, keys, !before.is_empty(), is_key)
        })?;
        Some((row, format!("{before}{}", row.to)))
    }

    fn apply(mut self, text: &str) -> Converted {
        if self.found.is_empty() {
            return Converted::Newest;
        }
        self.found.sort_by_key(|edit| edit.span.start);
        let mut new = String::with_capacity(text.len());
        let mut renamed = BTreeMap::new();
        let mut at = 0;
        for Edit { span, row, text: word } in self.found {
            new.push_str(&text[at..span.start]);
            new.push_str(&word);
            at = span.end;
            if let Some(row) = row {
                *renamed.entry(row).or_default() += 1;
            }
        }
        new.push_str(&text[at..]);
        Converted::Moved { text: new, renamed }
    }
}

impl NamePlace {
    /// Whether a word stands in this place: in a file of a kind, below keys, after an instance and a dot or
    /// alone, as a key or as a string.
    fn holds(self, file: FileKind, keys: &[&str], has_instance: bool, is_key: bool) -> bool {
        let below = |names: &[&str]| keys.last().is_some_and(|key| names.contains(key));
        match self {
            Self::Setting if file == FileKind::Device => false,
            Self::Parameter | Self::Setting => match file {
                FileKind::Device => is_key && !has_instance,
                FileKind::System => is_key && !has_instance && below(&["overrides"]),
                FileKind::Scenario => is_key && has_instance && below(&["overrides", "initial"]),
                FileKind::Rig | FileKind::Facts => false,
            },
            Self::Signal => match file {
                FileKind::Scenario => !is_key && has_instance && !below(&["title", "why"]),
                FileKind::Rig => !is_key && below(&["plant", "reading", "command", "claim"]),
                FileKind::System | FileKind::Device | FileKind::Facts => false,
            },
            Self::Key(kind, under) => kind == file && is_key && !has_instance && below(&[under]),
        }
    }
}

/// Under which a scenario says what the built-in controllers are known to miss.
const KNOWN_MISS: &str = "built_in";

fn quoted(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A file of a kind with what belongs into it.
    fn file(kind: &str, rest: &str) -> String {
        format!("{{ \"schema\" : 1,\t\"kind\":\"{kind}\",\n\n  {rest}}}  \n")
    }

    fn moved(text: &str) -> String {
        match convert("it.json", text) {
            Converted::Moved { text, .. } => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_row_leads_to_a_name_that_no_row_leads_away_from() {
        let from: BTreeSet<&str> = TABLE.iter().map(|row| row.from).collect();
        for row in TABLE {
            assert!(!from.contains(row.to), "{} would be renamed again", row.to);
        }
    }

    #[test]
    fn what_is_not_renamed_keeps_its_place_and_its_spaces() {
        let old = file(
            "scenario",
            r#""overrides" : {"a.soc_pct":1 ,  "sessy-1.standing_ma"  :900.0},"why":"standing_ma""#,
        );
        let new = moved(&old);
        assert_eq!(new, old.replacen("sessy-1.standing_ma", "sessy-1.quiescent_ma", 1));
        assert_eq!(convert("it.json", &new), Converted::Newest, "twice is once");
    }

    #[test]
    fn parameters_are_renamed_in_devices_systems_and_scenarios() {
        let parameter = r#""standing_ma": {"value": 4, "why": "standing_ma"}"#;
        let device = moved(&file("device", &format!(r#""contact": {{{parameter}}}"#)));
        assert!(
            device.contains(r#""quiescent_ma": {"value": 4, "why": "standing_ma"}"#),
            "{device}"
        );
        let system = file("system", r#""instances": {"a": {"overrides": {"standing_ma": 4}}}"#);
        assert!(moved(&system).contains(r#"{"quiescent_ma": 4}"#));
        let scenario = file("scenario", r#""initial": {"b.surroundings_temperature_c": 4}"#);
        assert!(moved(&scenario).contains(r#"{"b.ambient_temperature_c": 4}"#));
        // An instance may be called anything.
        let named = file("system", r#""instances": {"standing_ma": {"device": "standing_ma"}}"#);
        assert_eq!(convert("it.json", &named), Converted::Newest);
    }

    #[test]
    fn a_known_miss_without_a_reason_is_taken_out() {
        let miss = r#""built_in": {"outcome": "fail", "checks": ["a.strain"]}"#;
        let new = moved(&file("scenario", &format!(r#""why": "x", {miss}, "seed": 4"#)));
        assert_eq!(new, file("scenario", r#""why": "x", "seed": 4"#));
        let first = format!(r#"{{{miss}, "kind": "scenario"}}"#);
        assert_eq!(moved(&first), r#"{"kind": "scenario"}"#);
        let reasoned = miss.replace("}", r#", "reason": []}"#).replace("a.strain", "a");
        let kept = file("scenario", &reasoned);
        assert_eq!(convert("it.json", &kept), Converted::Newest);
        let device = file("device", &format!(r#""roles": {{{miss}}}"#));
        assert_eq!(convert("it.json", &device), Converted::Newest);
    }

    #[test]
    fn a_number_is_said_in_its_new_unit() {
        let set = |name: &str, value: &str| {
            file("scenario", &format!(r#""overrides": {{"sessy-1.{name}": {value}}}"#))
        };
        assert_eq!(moved(&set("ocd_delay_ms", "3.2")), set("ocd.delay_us", "3200"));
        // The pin of a role is called so still.
        let pins = file("device", r#""pins": {"ocd_delay_ms": ["ocd.delay_ms"]}"#);
        assert_eq!(convert("it.json", &pins), Converted::Newest);
    }

    #[test]
    fn signals_are_renamed_in_checks_and_pins_in_mappings() {
        let check = file(
            "scenario",
            r#""title": "a.strain", "checks": [{"id": "strain", "signal": "a.strain"}]"#,
        );
        let new = moved(&check);
        assert!(new.contains(r#""title": "a.strain""#), "{new}");
        assert!(new.contains(r#"{"id": "strain", "signal": "a.over_rating"}"#), "{new}");
        let rig = file("rig", r#""signals": {"spread_v": {"reading": "spread_v"}}"#);
        assert!(moved(&rig).contains(r#"{"spread_v": {"reading": "imbalance_v"}}"#));
    }

    #[test]
    fn keys_are_renamed_where_their_row_says() {
        const ROWS: &[Rename] = &[Rename {
            place: NamePlace::Key(FileKind::System, "instances"),
            from: "old",
            to: "new",
            is_list: false,
            factor: 1.0,
        }];
        let by = |text: &str| match convert_by(ROWS, "it.json", text) {
            Converted::Moved { text, renamed } => (text, renamed.values().sum()),
            _ => (text.to_owned(), 0),
        };
        let system = file("system", r#""instances": {"old": {"old": 1}}, "old": 2"#);
        assert_eq!(by(&system), (system.replacen("old", "new", 1), 1));
        assert_eq!(by(&file("rig", r#""instances": {"old": 1}"#)).1, 0);
    }

    #[test]
    fn the_dbc_file_of_a_mapping_becomes_a_list_of_one() {
        let old =
            file("rig", r#""protocol": {"type": "dbc", "file" : "a/µ.dbc" , "messages": []}"#);
        let new = moved(&old);
        assert_eq!(new, old.replacen(r#""file" : "a/µ.dbc""#, r#""files" : ["a/µ.dbc"]"#, 1));
        assert_eq!(convert("it.json", &new), Converted::Newest, "twice is once");
        let elsewhere = file("rig", r#""file": "a""#);
        assert_eq!(convert("it.json", &elsewhere), Converted::Newest);
    }

    #[test]
    fn the_numbers_of_a_section_stand_on_the_device_now() {
        let old = file(
            "device",
            r#""type": "cable", "conductor" : { "length_m": {"value": 2}, "area_mm2": {"value": 6} }, "title": "a""#,
        );
        let new = moved(&old);
        assert_eq!(
            new,
            file(
                "device",
                r#""type": "cable", "length_m": {"value": 2}, "area_mm2": {"value": 6}, "title": "a""#,
            )
        );
        assert_eq!(convert("it.json", &new), Converted::Newest, "twice is once");
        let part = r#""parts": {"a": {"device": "x", "conductor": {"length_m": 1}}, "element": {"type": "fuse"}}"#;
        let new = moved(&file("device", part));
        assert!(
            new.contains(r#"{"a": {"device": "x", "length_m": 1}, "element": {"type": "fuse"}}"#)
        );
        // Another type has a section of that name, and a system has no sections.
        for other in [
            file("device", r#""type": "bolt", "conductor": {"length_m": 1}"#),
            file("system", r#""conductor": {"length_m": 1}"#),
        ] {
            assert_eq!(convert("it.json", &other), Converted::Newest);
        }
        let number =
            r#""type": "backup-box", "load_management": {"value": 1, "source": "derived"}"#;
        assert_eq!(convert("it.json", &file("device", number)), Converted::Newest);
        let both = file("device", r#""type": "cable", "why": "a", "conductor": {"why": "b"}"#);
        assert!(matches!(convert("it.json", &both), Converted::Left(_)));
    }

    #[test]
    fn what_was_true_or_false_is_a_word_now() {
        let old = file("device", r#""type": "grid", "three_phase" : true"#);
        let new = moved(&old);
        assert_eq!(new, file("device", r#""type": "grid", "phases": "three""#));
        assert_eq!(convert("it.json", &new), Converted::Newest, "twice is once");
        let one = moved(&file("device", r#""type": "grid", "three_phase": false"#));
        assert!(one.contains(r#""phases": "one""#), "{one}");
        let other = file("device", r#""type": "motor", "three_phase": true"#);
        assert_eq!(convert("it.json", &other), Converted::Newest);
    }

    #[test]
    fn a_file_that_has_the_old_and_the_new_name_is_left() {
        let both = file("device", r#""a": {"standing_ma": 1, "quiescent_ma": 2}"#);
        let Converted::Left(why) = convert("it.json", &both) else { panic!("it was changed") };
        assert_eq!(why, "it has `standing_ma`, and `quiescent_ma`, which is its name now, as well");
    }

    #[test]
    fn what_is_no_file_of_blackstart_is_left_with_the_reason_or_none() {
        assert_eq!(
            convert("it.json", r#"{"kind": "verdict", "standing_ma": 1}"#),
            Converted::Other
        );
        assert_eq!(convert("it.json", "[]"), Converted::Other);
        let Converted::Left(why) = convert("it.json", "{\n\n oh") else { panic!("it was read") };
        assert!(why.starts_with("line 3: not JSON"), "{why}");
    }

    #[test]
    fn escapes_and_letters_of_more_than_one_byte_do_not_shift_an_edit() {
        let old = file(
            "system",
            r#""title": "Ω \"µ\"", "instances": {"a": {"overrides": {"standing_m\u0061": 4, "x": 1}}}"#,
        );
        let new = moved(&old);
        assert!(new.contains(
            r#""title": "Ω \"µ\"", "instances": {"a": {"overrides": {"quiescent_ma": 4, "x": 1}}}"#
        ));
    }
}
