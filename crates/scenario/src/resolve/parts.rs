//! The numbers, curves and words of a part, by the declaration of its kind.

use serde::Deserialize;
use serde_json::Value as Json;

use super::parameters::ParameterReader;
use crate::code::Code;
use crate::diagnostic::Problem;
use crate::kinds::{AmountKey, ColumnOf, GroupKey, PartKind, RowsKey, TableKey};
use crate::parameter_entry::{ParameterEntry, TableEntry};
use crate::part::{Part, RowValue};
use crate::range::MAX_CELLS;
use crate::resolved::Node;
use crate::unit::Amount;

/// What a file says of a part, by the declaration of its kind: read once, however often numbers change.
#[derive(Debug)]
pub struct Entries {
    amounts: Vec<ParameterEntry>,
    groups: Vec<Option<Vec<ParameterEntry>>>,
    tables: Vec<TableEntry<Json>>,
    /// Of those that are there.
    rows: Vec<Option<TableEntry<Json>>>,
    /// All of it.
    pub said: Json,
}

impl Entries {
    /// From what fits the schema of the kind; `None` where it does not, which has been complained about.
    pub fn of(kind: &PartKind, said: Json) -> Option<Self> {
        let entries = |keys: &[AmountKey], within: &Json| -> Option<Vec<ParameterEntry>> {
            keys.iter().map(|own| ParameterEntry::deserialize(within.get(own.key)?).ok()).collect()
        };
        let group = |group: &GroupKey| match said.get(group.key) {
            Some(object) => entries(group.amounts, object).map(Some),
            None => group.is_optional.then_some(None),
        };
        let table = |key: &str| TableEntry::<Json>::deserialize(said.get(key)?).ok();
        let rows = |one: &RowsKey| match said.get(one.key) {
            Some(_) => table(one.key).map(Some),
            None => Some(None),
        };
        Some(Self {
            amounts: entries(kind.amounts, &said)?,
            groups: kind.groups.iter().map(group).collect::<Option<_>>()?,
            tables: kind.tables.iter().map(|one| table(one.key)).collect::<Option<_>>()?,
            rows: kind.rows.iter().map(rows).collect::<Option<_>>()?,
            said,
        })
    }
}

/// A part with everything but what it refers to.
pub fn part(
    (kind, entries): (&'static PartKind, &Entries),
    ends: Vec<Node>,
    reader: &mut ParameterReader<'_>,
) -> Option<Part> {
    let mut read = |group: &str, keys: &[AmountKey], entries: &[ParameterEntry]| -> Vec<Amount> {
        let all = keys.iter().zip(entries);
        all.map(|(own, entry)| reader.read_own(group, own, entry)).collect()
    };
    let amounts = read("", kind.amounts, &entries.amounts);
    let groups: Vec<Option<Vec<Amount>>> = kind
        .groups
        .iter()
        .zip(&entries.groups)
        .map(|(group, own)| own.as_ref().map(|own| read(group.key, group.amounts, own)))
        .collect();
    let is_there = |key: &str| {
        let place = kind.groups.iter().position(|one| one.key == kind.group_of(key));
        place.is_none_or(|place| groups[place].is_some())
    };
    for pair in kind.levels.iter().filter(|pair| is_there(pair.lower) && is_there(pair.upper)) {
        reader.check_levels(|key| kind.group_of(key), std::slice::from_ref(pair));
    }
    let tables = kind.tables.iter().zip(&entries.tables);
    let tables =
        tables.map(|(table, own)| points(table, own, entries, reader)).collect::<Option<_>>()?;
    let rows = kind.rows.iter().zip(&entries.rows);
    let rows =
        rows.map(|(table, own)| rows_of(table, own.as_ref(), reader)).collect::<Option<_>>()?;
    let word = |key: &str| entries.said.get(key).and_then(Json::as_str);
    let words = kind
        .words
        .iter()
        .map(|one| {
            let said = word(one.key).or(one.otherwise)?;
            one.words.iter().copied().find(|word| *word == said)
        })
        .collect::<Option<_>>()?;
    let links = kind.links.iter().map(|_| Vec::new()).collect();
    let none = Vec::new();
    let mut part = Part { kind, ends, amounts, groups, tables, rows, words, links, each: none };
    part.each = each(&part, reader);
    for mistake in (kind.mistakes)(&part) {
        let place = reader.place_of_value(kind.group_of(&mistake.key), &mistake.key);
        let problem = Problem::at(place, mistake.code, mistake.message);
        reader.in_settings.push(problem.label(mistake.label).help(mistake.help));
    }
    Some(part)
}

/// What a scenario sets of single elements.
fn each(part: &Part, reader: &mut ParameterReader<'_>) -> Vec<(usize, &'static str, Amount)> {
    let Some((_, count)) = part.kind.elements.filter(|_| reader.may_name_cells()) else {
        return Vec::new();
    };
    // A count out of range has been complained about; it must not fill the memory as well.
    let count = part.amount(count).map_or(0, |count| count.count().min(MAX_CELLS as usize));
    let mut each = Vec::new();
    for own in part.kind.all_amounts().filter(|own| own.each) {
        for k in 0..count {
            each.extend(reader.cell(k, own.key, own.range).map(|amount| (k, own.key, amount)));
        }
    }
    each
}

/// The rows of a table, numbers in SI units; none of one that is not there.
fn rows_of(
    table: &RowsKey,
    entry: Option<&TableEntry<Json>>,
    reader: &mut ParameterReader<'_>,
) -> Option<Vec<Vec<RowValue>>> {
    let Some(entry) = entry else { return Some(Vec::new()) };
    let path = format!("{}.{}", reader.instance, table.key);
    reader.provenance.tables.insert(path, entry.source());
    let mut rows = Vec::new();
    for (k, said) in entry.points().iter().enumerate() {
        let mut row = Vec::new();
        for column in table.columns {
            let value = said.get(column.key)?;
            row.push(match column.of {
                ColumnOf::Number(range) => {
                    let value = value.as_f64()?;
                    reader.check_row((table.key, k, column.key), value, range);
                    RowValue::Number(Amount::new(column.key, value))
                }
                ColumnOf::Word(_) | ColumnOf::Text => RowValue::Text(value.as_str()?.to_owned()),
            });
        }
        rows.push(row);
    }
    Some(rows)
}

/// How many times its file's value a number that was read has.
fn scale(key: &str, entries: &Entries, reader: &ParameterReader<'_>) -> Option<f64> {
    let in_file = ParameterEntry::deserialize(entries.said.get(key)?).ok()?.value();
    let path = format!("{}.{key}", reader.instance);
    let now = reader.provenance.parameters.get(&path)?.value;
    Some(if in_file == 0.0 { 1.0 } else { now / in_file })
}

/// The points of a curve in SI units, its rule kept.
fn points(
    table: &TableKey,
    entry: &TableEntry<Json>,
    entries: &Entries,
    reader: &mut ParameterReader<'_>,
) -> Option<Vec<(f64, f64)>> {
    let path = format!("{}.{}", reader.instance, table.key);
    reader.provenance.tables.insert(path, entry.source());
    let number = |point: &Json, key| {
        point.get(key).and_then(Json::as_f64).map(|value| Amount::new(key, value).plain())
    };
    let scale = match table.scales_with {
        Some(key) => scale(key, entries, reader)?,
        None => 1.0,
    };
    let points: Vec<(f64, f64)> = entry
        .points()
        .iter()
        .map(|point| {
            Some((number(point, table.form.over)? * scale, number(point, table.form.gives)?))
        })
        .collect::<Option<_>>()?;
    let wrong = points.windows(2).position(|pair| !(table.in_order)(pair[0], pair[1]));
    if points.len() < 2 || wrong.is_some() {
        let array = reader.document.root.get(table.key).and_then(|value| value.get("points"));
        let at_fault = wrong.and_then(|k| array?.elements().get(k + 1)).or(array);
        let span = at_fault.map_or(0..0, |value| value.span.clone());
        let message = format!("`{}` is not a curve: {}", table.key, table.rule);
        let problem = Problem::at(reader.document.place(span), Code::OutOfRange, message);
        let label =
            if wrong.is_some() { "breaks the order" } else { "expected two points or more" };
        reader.in_file.push(problem.label(label));
    }
    Some(points)
}
