//! A load's profile: a CSV file of instants and powers, as events.
//!
//! The file stands in `fixtures/profiles/`. Its first line is `at_s,power_w`; times ascend, count from
//! the event that names the profile, and hold until the next. Empty lines and lines that begin with
//! `#` are skipped.

use std::sync::Arc;

use blackstart_limits::EVENTS;
use blackstart_units::{SimTime, Watts};

use super::Resolver;
use crate::action::{Action, ScenarioEvent};
use crate::code::Code;
use crate::diagnostic::{Place, Problem, SourceFile};
use crate::syntax;

const FOLDER: &str = "fixtures/profiles";
const HEADER: &str = "at_s,power_w";

impl Resolver<'_> {
    /// The events of a load that follows the profile of this name from `starts` on, as far as the
    /// scenario lasts.
    pub(super) fn profile(
        &mut self,
        name: &str,
        place: Place,
        load: &str,
        (starts, ends): (SimTime, SimTime),
    ) -> Vec<ScenarioEvent> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let path = self.library.root().join(FOLDER).join(format!("{name}.csv"));
        if name.is_empty() || !name.chars().all(is_plain) || !path.is_file() {
            let message = format!("there is no profile `{name}`");
            let problem = Problem::at(place, Code::BadProfile, message)
                .label("unknown profile")
                .help(format!("write the name of a file in {FOLDER}/ without `.csv`"));
            self.complain(problem);
            return Vec::new();
        }
        let shown = format!("{FOLDER}/{name}.csv");
        let file = match syntax::read_text(&path, &shown) {
            Ok(file) => file,
            Err(problems) => {
                self.complain_of_file(problems);
                return Vec::new();
            }
        };
        if !self.files.iter().any(|known| known.path == file.path) {
            self.files.push(Arc::clone(&file));
        }
        match rows(&file) {
            Ok(rows) => {
                let later = rows.into_iter().map(|(after, power)| ScenarioEvent {
                    at: starts + after,
                    action: Action::SetLoad { load: load.to_owned(), power },
                    ends: false,
                });
                later.take_while(|event| event.at <= ends).collect()
            }
            Err(problem) => {
                self.complain_of_file((*problem).into());
                Vec::new()
            }
        }
    }
}

/// The rows of a profile, or the first line that is wrong.
fn rows(file: &Arc<SourceFile>) -> Result<Vec<(SimTime, Watts)>, Box<Problem>> {
    let mut rows: Vec<(SimTime, Watts)> = Vec::new();
    let mut has_header = false;
    let mut start = 0;
    for whole in file.text.split_inclusive('\n') {
        let line = whole.trim();
        let span = start..start + whole.trim_end().len();
        start += whole.len();
        let wrong = |message: String, label: &str| {
            let place = Place { file: Arc::clone(file), span: span.clone() };
            Box::new(Problem::at(place, Code::BadProfile, message).label(label))
        };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !has_header {
            if line != HEADER {
                return Err(wrong(
                    "a profile begins with its columns".to_owned(),
                    "expected `at_s,power_w`",
                ));
            }
            has_header = true;
            continue;
        }
        if rows.len() >= EVENTS {
            return Err(wrong(format!("a profile may have {EVENTS} rows"), "one too many"));
        }
        let numbers = line.split_once(',').and_then(|(at, power)| {
            Some((at.trim().parse::<f64>().ok()?, power.trim().parse::<f64>().ok()?))
        });
        let sound = numbers.filter(|(at, power)| {
            at.is_finite() && *at >= 0.0 && *at <= MAX_SECONDS && power.is_finite() && *power >= 0.0
        });
        let Some((at, power)) = sound else {
            return Err(wrong(
                "a row is a time in seconds and a power in watts, both 0 or more".to_owned(),
                "no such row",
            ));
        };
        let at = SimTime::from_seconds(at);
        if rows.last().is_some_and(|(before, _)| *before >= at) {
            return Err(wrong("times ascend".to_owned(), "not later than the row before"));
        }
        rows.push((at, Watts(power)));
    }
    if rows.is_empty() {
        let place = Place { file: Arc::clone(file), span: 0..file.text.len().min(1) };
        return Err(Box::new(Problem::at(place, Code::BadProfile, "a profile without rows")));
    }
    Ok(rows)
}

/// Far beyond any scenario.
const MAX_SECONDS: f64 = 1e9;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(SimTime, Watts)>, String> {
        let file = SourceFile { path: "profile.csv".to_owned(), text: text.to_owned() };
        rows(&Arc::new(file)).map_err(|problem| problem.message.clone())
    }

    #[test]
    fn comments_and_empty_lines_are_skipped() {
        let rows = read("# evening\nat_s,power_w\r\n\n0, 100\n60.5,250.5\n").unwrap();
        assert_eq!(
            rows,
            [(SimTime::ZERO, Watts(100.0)), (SimTime::from_seconds(60.5), Watts(250.5)),]
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("", "a profile without rows"),
            ("at_s,power_w\n", "a profile without rows"),
            ("time;power\n0,1\n", "a profile begins with its columns"),
            ("at_s,power_w\n0\n", "a row is a time"),
            ("at_s,power_w\n0,-1\n", "a row is a time"),
            ("at_s,power_w\nNaN,1\n", "a row is a time"),
            ("at_s,power_w\n0,1,2\n", "a row is a time"),
            ("at_s,power_w\n5,1\n5,2\n", "times ascend"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.starts_with(expected), "{text:?}: {message}");
        }
    }

    #[test]
    fn a_profile_of_any_length_is_bounded() {
        let mut text = format!("{HEADER}\n");
        for second in 0..=EVENTS {
            text += &format!("{second},1\n");
        }
        assert!(read(&text).unwrap_err().contains("may have"));
    }
}
