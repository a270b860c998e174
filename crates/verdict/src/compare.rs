//! What differs between an accepted verdict and a new one, in words first.
//!
//! Both are walked as JSON, so that a field that a later version adds is compared without anybody
//! remembering to. Lists of things with a name are matched by that name: a new trip is one
//! difference, not a shift of all that follow. Only the *version* of a subject is left out: a new
//! build is what one compares for. `compare/fields.rs` sums up the differences of many verdicts.

mod fields;
mod resolution;
mod tolerance;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Judged, Moment, Rounded};
pub use fields::{Extreme, FieldMoved, Fields, Spans};
pub use tolerance::Tolerance;

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Where in `judged` (`trips/scd of sessy-1/at_s`).
    pub path: String,
    /// The same without the names of things (`trips[].at_s`): equal for the same field of another verdict.
    pub field: String,
    /// What it was, in the unit of the field; absent of what is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is; absent of what is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// What, for people.
    pub text: String,
}

impl Difference {
    /// Whether it is one between traces, not between what was judged.
    pub fn is_of_trace(&self) -> bool {
        self.field == TRACE_DIGEST
    }
}

/// What changed from `accepted` to `new`, most important first: everything but the versions of their
/// subjects that a reading or a check could tell apart (see `resolution`). Their traces may differ all the
/// same: [`compare_traces`] tells.
pub fn compare(accepted: &Judged, new: &Judged) -> Vec<Difference> {
    differences(by_name(accepted), by_name(new), None)
}

/// The same of runs on the wall clock, which may differ within a tolerance.
pub fn compare_within(accepted: &Judged, new: &Judged, tolerance: Tolerance) -> Vec<Difference> {
    let (mut accepted, mut new) = (by_name(accepted), by_name(new));
    Tolerance::prepare(&mut accepted);
    Tolerance::prepare(&mut new);
    differences(accepted, new, Some(tolerance))
}

/// What the digest of a trace, another one than the accepted, adds to what differs in `judged`. It changes
/// with every bit of the trace, so it is said last.
pub fn compare_traces(accepted: &str, new: &str, judged: &[Difference]) -> Option<Difference> {
    let text = match judged {
        [] => "what is judged is equal, the trace is not the same bit for bit",
        _ => "the trace is not the same bit for bit",
    };
    let difference = || Difference {
        path: TRACE_DIGEST.to_owned(),
        field: TRACE_DIGEST.to_owned(),
        before: Some(accepted.into()),
        after: Some(new.into()),
        text: text.to_owned(),
    };
    (accepted != new).then(difference)
}

/// The field of a difference between traces.
const TRACE_DIGEST: &str = "trace_digest";

fn differences(
    accepted: Map<String, Value>,
    new: Map<String, Value>,
    tolerance: Option<Tolerance>,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for section in sections(&accepted, &new) {
        let pair = (accepted.get(&section), new.get(&section));
        walk(&[&section], pair, tolerance, &mut found);
    }
    without_repetition(found)
}

/// A check's numbers stand in its words already.
fn without_repetition(differences: Vec<Difference>) -> Vec<Difference> {
    let reported =
        differences.iter().filter_map(|difference| difference.path.strip_suffix("/actual"));
    let reported = reported.map(|check| format!("{check}/numbers/")).collect::<BTreeSet<_>>();
    let repeats = |path: &str| reported.iter().any(|numbers| path.starts_with(numbers.as_str()));
    differences.into_iter().filter(|difference| !repeats(&difference.path)).collect()
}

/// What a reader wants to know first; every other section follows in order of its name.
const FIRST: [&str; 4] = ["outcome", "trips", "checks", "runtimes"];

fn sections(accepted: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let all = accepted.keys().chain(new.keys()).map(String::as_str).collect::<BTreeSet<_>>();
    let rest = all.into_iter().filter(|name| !FIRST.contains(name));
    FIRST.into_iter().chain(rest).map(str::to_owned).collect()
}

/// Lists of named things: the section, a list inside it if it is not the section itself, and the keys
/// that name an item.
const NAMED: [(&str, Option<&str>, &[&str]); 17] = [
    ("trips", None, &["protection", "subject"]),
    ("approaches", None, &["protection", "subject"]),
    ("checks", None, &["id"]),
    ("known_reason", None, &["id"]),
    ("runtimes", None, &["load"]),
    ("recovery", None, &["battery"]),
    ("restarts", None, &["inverter"]),
    ("energy", Some("delivered"), &["place"]),
    ("energy", Some("losses"), &["place"]),
    // The drains of a battery are found through its name, so they come first.
    ("deep_discharge", Some("drains"), &["name"]),
    ("deep_discharge", None, &["battery"]),
    ("outside", None, &["signal"]),
    ("findings", None, &["rule", "about"]),
    ("gaps", None, &["load"]),
    ("parallel", None, &["switch"]),
    ("on_inverter", None, &["inverter"]),
    ("soc", None, &["battery", "when"]),
];

/// Whether the last word of a path names an item of a list, or a role.
fn is_name(path: &[&str]) -> bool {
    let is_list = |section, inside| NAMED.iter().any(|one| (one.0, one.1) == (section, inside));
    match *path {
        ["subject", _] => true,
        [section, _] => is_list(section, None),
        [section, inside, _] => is_list(section, Some(inside)) && !is_list(section, None),
        [section, _, inside, _] => is_list(section, Some(inside)) && is_list(section, None),
        _ => false,
    }
}

/// A path without the names of things: `trips[].at_s`.
fn field(path: &[&str]) -> String {
    let mut field = String::new();
    for (depth, word) in path.iter().enumerate() {
        if is_name(&path[..=depth]) {
            field.push_str("[]");
        } else {
            if depth > 0 {
                field.push('.');
            }
            field.push_str(word);
        }
    }
    field
}

/// The verdict as JSON, with lists of named things turned into maps and versions removed.
fn by_name(judged: &Judged) -> Map<String, Value> {
    let value = serde_json::to_value(judged).expect("every key of a verdict is a string");
    let Value::Object(mut sections) = value else { unreachable!("a struct becomes an object") };
    for (section, inside, keys) in NAMED {
        let Some(section) = sections.get_mut(section) else { continue };
        match (inside, section) {
            (None, list) => index(list, keys),
            (Some(inside), Value::Array(items)) => {
                items
                    .iter_mut()
                    .filter_map(|item| item.get_mut(inside))
                    .for_each(|list| index(list, keys));
            }
            (Some(inside), section) => {
                section.get_mut(inside).into_iter().for_each(|list| index(list, keys))
            }
        }
    }
    if let Some(Value::Object(roles)) = sections.get_mut("subject") {
        roles.values_mut().filter_map(Value::as_object_mut).for_each(|subject| {
            subject.remove("version");
        });
    }
    sections
}

/// Makes a list a map by name; the second and later of one name are numbered (`scd of sessy-1 #2`).
fn index(list: &mut Value, keys: &[&str]) {
    let Value::Array(items) = list else { return };
    let mut seen = BTreeMap::<String, u32>::new();
    let mut named = Map::new();
    for item in std::mem::take(items) {
        let words = keys.iter().filter_map(|key| item[key].as_str()).collect::<Vec<_>>();
        let name = words.join(" of ");
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name} #{count}") };
        named.insert(name, item);
    }
    *list = Value::Object(named);
}

fn walk(
    path: &[&str],
    (accepted, new): (Option<&Value>, Option<&Value>),
    tolerance: Option<Tolerance>,
    found: &mut Vec<Difference>,
) {
    let key = path.last().copied().unwrap_or_default();
    match (accepted, new) {
        (Some(Value::Object(accepted)), Some(Value::Object(new))) => {
            let keys = accepted.keys().chain(new.keys()).collect::<BTreeSet<_>>();
            for key in keys {
                let path = [path, &[key.as_str()]].concat();
                walk(&path, (accepted.get(key), new.get(key)), tolerance, found);
            }
        }
        (accepted, new) => {
            let is_same = match tolerance {
                None => resolution::is_same(key, accepted, new),
                Some(tolerance) => tolerance.covers(key, accepted, new),
            };
            if accepted == new || is_same {
                return;
            }
            found.push(Difference {
                path: path.join("/"),
                field: field(path),
                before: accepted.cloned(),
                after: new.cloned(),
                text: say(path, accepted, new),
            });
        }
    }
}

fn say(path: &[&str], accepted: Option<&Value>, new: Option<&Value>) -> String {
    let name = match path {
        ["trips", trip, ..] => format!("trip {trip}"),
        ["approaches", approach, ..] => format!("closest approach of {approach}"),
        ["checks", check, ..] => format!("check {check}"),
        ["runtimes", load, ..] => format!("runtime of {load}"),
        ["recovery", battery, ..] => format!("recovery of {battery}"),
        ["restarts", inverter, ..] => format!("restarts of {inverter}"),
        ["outside", signal, ..] => format!("{signal} outside what was checked"),
        ["deep_discharge", battery, ..] => format!("deep discharge of {battery}"),
        ["gaps", load, ..] => format!("gap of {load}"),
        ["findings", finding, ..] => format!("finding {finding}"),
        ["parallel", switch, ..] => format!("parallel sources at {switch}"),
        ["on_inverter", inverter, ..] => format!("measurements of {inverter}"),
        ["soc", battery, ..] => format!("state of charge of {battery}"),
        path => path[..path.len().min(2)].join(" "),
    };
    let key = path.last().copied().unwrap_or_default();
    let what = match path.get(2..) {
        Some(field @ [_, ..]) => format!("{name}: {}", field.join(" ")),
        _ => name.clone(),
    };
    match (accepted, new) {
        (None, Some(new)) if path.len() == 2 => format!("new {name}{}", when(new)),
        (Some(old), None) if path.len() == 2 => format!("{name}{} is gone", when(old)),
        (Some(old), Some(new)) if path[0] == "trips" && key == "at_s" => {
            format!("{name} moved from {} to {}{}", instant(old), instant(new), step(key, old, new))
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            let differs =
                |place: &usize| !resolution::is_same(key, old.get(*place), new.get(*place));
            let first = (0..old.len().max(new.len())).find(differs).unwrap_or_default();
            let (was, is) = (show(key, old.get(first)), show(key, new.get(first)));
            format!("{what} #{} was {was}, is {is}", first + 1)
        }
        (old, new) => {
            let step = old.zip(new).map(|(old, new)| step(key, old, new)).unwrap_or_default();
            format!("{what} was {}, is {}{step}", show(key, old), show(key, new))
        }
    }
}

/// ` at 1.000204 s` of something that has an instant.
fn when(item: &Value) -> String {
    item.get("at_s").map(|at| format!(" at {}", instant(at))).unwrap_or_default()
}

fn show(key: &str, value: Option<&Value>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(value) if key.ends_with("_s") => instant(value),
        Some(value) => value.to_string(),
    }
}

fn instant(value: &Value) -> String {
    let moment = serde_json::from_value::<Moment>(value.clone());
    moment.map_or_else(|_| value.to_string(), |moment| moment.to_string())
}

/// ` (+107 µs)`: how far a number moved; nothing for what is not a number.
fn step(key: &str, old: &Value, new: &Value) -> String {
    let Some((old, new)) = old.as_f64().zip(new.as_f64()) else { return String::new() };
    let change = new - old;
    let sign = if change < 0.0 { '−' } else { '+' };
    let size = change.abs();
    let size = match size {
        _ if !key.ends_with("_s") => Rounded::new(size).to_string(),
        ..1e-3 => format!("{} µs", (size * 1e6).round()),
        ..1.0 => format!("{} ms", Rounded::new((size * 1e6).round() / 1e3)),
        _ => format!("{} s", Rounded::new(size)),
    };
    format!(" ({sign}{size})")
}

#[cfg(test)]
mod tests {
    use blackstart_trace::{Cause, Event, EventKind};
    use blackstart_units::SimTime;

    use super::*;
    use crate::sample_run::SampleRun;

    fn texts(accepted: &SampleRun, new: &SampleRun) -> Vec<String> {
        compare(&accepted.judged(), &new.judged())
            .into_iter()
            .map(|difference| difference.text)
            .collect()
    }

    #[test]
    fn a_verdict_equals_itself() {
        assert_eq!(texts(&SampleRun::hard_connect(), &SampleRun::hard_connect()), [""; 0]);
    }

    #[test]
    fn of_a_list_the_first_that_differs_is_shown_before_and_after() {
        let mut new = SampleRun::hard_connect().judged();
        let accepted = new.clone();
        new.checks[0].before.last_mut().unwrap().push_str(", too");
        new.checks[1].before.pop();
        let texts: Vec<String> =
            compare(&accepted, &new).into_iter().map(|difference| difference.text).collect();
        let count = accepted.checks[0].before.len();
        let last = accepted.checks[0].before.last().unwrap();
        let changed = format!("before #{count} was `{last}`, is `{last}, too`");
        assert!(texts.iter().any(|text| text.ends_with(&changed)), "{texts:?}");
        assert!(texts.iter().any(|text| text.ends_with(", is absent")), "{texts:?}");
    }

    #[test]
    fn a_moved_trip_says_from_where_to_where() {
        let mut moved = SampleRun::hard_connect().judged();
        let accepted = moved.clone();
        moved.trips[0].at_s = SimTime::from_micros(1_000_311).into();
        let differences = compare(&accepted, &moved);
        assert_eq!(differences.len(), 1);
        assert_eq!(differences[0].path, "trips/scd of sessy-1/at_s");
        assert_eq!(differences[0].field, "trips[].at_s");
        assert_eq!(differences[0].before, Some(1.000204.into()));
        assert_eq!(
            differences[0].text,
            "trip scd of sessy-1 moved from 1.000204 s to 1.000311 s (+107 µs)"
        );
    }

    #[test]
    fn another_cause_is_reported_and_the_trace_after_it_or_alone() {
        let accepted = SampleRun::hard_connect();
        let new = accepted.clone().edit_trips(|trip| trip.cause = Cause::Short);
        let judged = compare(&accepted.judged(), &new.judged());
        assert_eq!(judged[0].text, "trip scd of sessy-1: cause was `inrush`, is `short`");
        let trace = |judged: &[Difference]| compare_traces("00", "01", judged).unwrap().text;
        assert_eq!(trace(&judged), "the trace is not the same bit for bit");
        assert_eq!(trace(&[]), "what is judged is equal, the trace is not the same bit for bit");
        assert_eq!(compare_traces("00", "00", &judged), None);
    }

    #[test]
    fn a_second_trip_is_one_new_trip_and_not_a_change_of_the_first() {
        let accepted = SampleRun::hard_connect();
        let mut new = accepted.clone();
        let trip = accepted
            .trace
            .events()
            .iter()
            .find(|event| matches!(event.kind, EventKind::Trip(_)))
            .unwrap();
        new.trace.event(Event { at: SimTime::from_whole_seconds(9), ..trip.clone() });
        let texts = texts(&accepted, &new);
        assert_eq!(texts[0], "new trip scd of sessy-1 #2 at 9.0 s");
        assert!(!texts.iter().any(|text| text.starts_with("trip scd of sessy-1:")), "{texts:?}");
    }

    #[test]
    fn a_trip_that_no_longer_happens_and_another_outcome_are_reported_first() {
        let accepted = SampleRun::hard_connect();
        let mut new = accepted.judged();
        new.trips.clear();
        new.outcome = crate::Outcome::Pass;
        let differences = compare(&accepted.judged(), &new);
        assert_eq!(differences[0].text, "outcome was `fail`, is `pass`");
        assert_eq!(differences[1].text, "trip scd of sessy-1 at 1.000204 s is gone");
    }

    #[test]
    fn a_check_that_moved_is_reported_in_words_and_not_again_in_numbers() {
        let accepted = SampleRun::hard_connect().judged();
        let mut new = accepted.clone();
        new.checks[0].actual = "1 V at worst at 5.0 s".to_owned();
        new.checks[0].numbers.as_mut().unwrap().actual = Rounded::new(1.0);
        let texts = compare(&accepted, &new).into_iter().map(|difference| difference.text);
        let expected =
            "check port-stays-up: actual was `0 V at worst at 5.0 s`, is `1 V at worst at 5.0 s`";
        assert_eq!(texts.collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn a_new_build_of_the_same_firmware_is_no_difference_and_another_firmware_is() {
        let run = SampleRun::hard_connect();
        let with = |name, version| run.clone().with_dut(name, version);
        assert_eq!(texts(&with("bms", "1.0"), &with("bms", "1.1")), [""; 0]);
        assert_eq!(
            texts(&with("bms", "1.0"), &with("other", "1.0")),
            ["subject sessy-1.bms: name was `bms`, is `other`"]
        );
    }

    #[test]
    fn every_field_of_a_verdict_is_compared() {
        let judged = SampleRun::outage().judged();
        let text = serde_json::to_value(&judged).unwrap();
        for section in text.as_object().unwrap().keys() {
            let mut other = text.clone();
            // Each section is replaced by that of another run, as far as the two differ.
            let replacement = serde_json::to_value(SampleRun::hard_connect().judged()).unwrap();
            match replacement.get(section) {
                Some(same) if *same == text[section] => continue,
                Some(another) => other[section] = another.clone(),
                // What a verdict has nothing to say of it leaves out.
                None => drop(other.as_object_mut().unwrap().remove(section)),
            }
            let other = serde_json::from_value::<Judged>(other).unwrap();
            assert!(!compare(&judged, &other).is_empty(), "a change of `{section}` went unseen");
        }
    }
}
