//! Numbers of several parts of an assembly that must stand in order, as its file says.

use super::Resolver;
use super::drawing::{Drawing, Drawn};
use super::links::within;
use super::parameters::{PlacedNumber, Settings, reversed};
use crate::code::Code;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::resolved::Parameter;
use crate::syntax::Document;
use crate::unit::{Amount, Unit};

/// Two numbers that must stand in order.
#[derive(Clone, Debug)]
pub struct DrawnLevels {
    /// Path of the lower one.
    lower: String,
    /// Path of the upper one.
    upper: String,
    may_be_equal: bool,
    /// Where the file says so.
    place: Place,
}

/// What is said between two numbers, and whether they may then be equal.
const BETWEEN: [(&str, bool); 2] = [("<", false), ("<=", true)];

impl Resolver<'_> {
    /// What an assembly says of the order of its parts' numbers.
    pub fn drawn_levels(
        &mut self,
        drawing: &mut Drawing,
        document: &Document,
        id: &str,
        said: &[String],
    ) {
        let list = document.root.get("levels").map_or(&[][..], |levels| levels.elements());
        for (line, value) in said.iter().zip(list) {
            let place = document.place(value.span.clone());
            let words: Vec<&str> = line.split(' ').collect();
            let found = match words[..] {
                [lower, between, upper] => BETWEEN
                    .iter()
                    .find(|one| one.0 == between)
                    .map(|&(_, may_be_equal)| (lower, upper, may_be_equal)),
                _ => None,
            };
            let Some((lower, upper, may_be_equal)) = found else {
                let problem =
                    Problem::at(place, Code::UnknownWord, format!("`{line}` is no order"));
                let expected = "expected `<part>.<number> < <part>.<number>`, or `<=` between them";
                self.complain(problem.label(expected));
                continue;
            };
            let measures = |path: &str| Unit::of_key(path).map(|unit| unit.dimension);
            if measures(lower) != measures(upper) {
                let message = format!("`{lower}` and `{upper}` do not measure the same");
                let problem = Problem::at(place, Code::WrongUnit, message);
                self.complain(problem.label("cannot be compared"));
                continue;
            }
            let (lower, upper) = (within(id, lower), within(id, upper));
            drawing.levels.push(DrawnLevels { lower, upper, may_be_equal, place });
        }
    }
}

impl DrawnLevels {
    /// What is wrong with them among these parameters, if anything.
    fn problem<'p>(
        &self,
        parts: &[Drawn],
        settings: &Settings,
        value: impl Fn(&str) -> Option<&'p Parameter>,
    ) -> Option<Problem> {
        let number = |path: &str| {
            let set = settings.place_of(path);
            let place = set.cloned().or_else(|| place_in_file(parts, path));
            Ok::<_, String>(PlacedNumber {
                name: path.to_owned(),
                value: value(path).ok_or_else(|| path.to_owned())?.value,
                place: place.unwrap_or_else(|| self.place.clone()),
                is_set: set.is_some(),
            })
        };
        let (lower, upper) = match (number(&self.lower), number(&self.upper)) {
            (Ok(lower), Ok(upper)) => (lower, upper),
            (Err(path), _) | (_, Err(path)) => {
                let message = format!("`{path}` names no parameter");
                let problem = Problem::at(self.place.clone(), Code::UnknownKey, message);
                return Some(problem.label("expected a number of a part"));
            }
        };
        let plain = |number: &PlacedNumber| Amount::new(&number.name, number.value).plain();
        let (low, high) = (plain(&lower), plain(&upper));
        let are_in_order = low < high || self.may_be_equal && low == high;
        (!are_in_order).then(|| reversed(&lower, &upper, self.may_be_equal).0)
    }
}

/// Where a number stands in the file of its part.
fn place_in_file(parts: &[Drawn], path: &str) -> Option<Place> {
    let (id, key) = path.rsplit_once('.')?;
    let part = parts.iter().find(|part| part.id == id)?;
    Some(part.document.place_of(&[key, "value"]))
}

/// What is wrong with the order of numbers, among these parameters.
pub fn check<'p>(
    levels: &[DrawnLevels],
    (parts, settings): (&[Drawn], &Settings),
    value: impl Fn(&str) -> Option<&'p Parameter> + Copy,
) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let found = levels.iter().filter_map(|one| one.problem(parts, settings, value));
    found.for_each(|problem| problems.push(problem));
    problems
}
