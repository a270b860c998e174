//! What is wrong with the files, all at once, each with its place, what was expected, and the fix.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use blackstart_limits::{MISTAKES_SHOWN, SHOWN_TEXT, cut, visible};
use miette::{Diagnostic, LabeledSpan, SourceCode};

use crate::code::Code;
use crate::excerpt::Excerpt;
use crate::nearest::nearest;
use crate::signal_ref::{SignalRef, WantedSignal};

/// One file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path below the project's root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A place in a file: bytes `span` of its text.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Bytes of its text.
    pub span: Range<usize>,
}

impl Place {
    /// Line, counted from 1.
    pub fn line(&self) -> usize {
        let before = self.file.text.get(..self.span.start).unwrap_or_default();
        before.matches('\n').count() + 1
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong, in a sentence fragment.
    pub message: String,
    /// Where; `None` when no text could be read.
    pub place: Option<Place>,
    /// What is said at the place: mostly what was expected.
    pub label: String,
    /// The fix.
    pub help: Option<String>,
    excerpt: OnceLock<Excerpt>,
}

impl Problem {
    /// A problem at a place of a file.
    pub(crate) fn at(place: Place, code: Code, message: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::of_path(code, message) }
    }

    /// A problem with a whole file or folder.
    pub(crate) fn of_path(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            place: None,
            label: "here".to_owned(),
            help: None,
            excerpt: OnceLock::new(),
        }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers the nearest of the known names, or all of them when there are few.
    pub(crate) fn suggest<'a>(self, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        /// Longer lists hide the answer instead of giving it.
        const LISTED: usize = 16;
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(wrong, known.iter().copied()) {
            Some(near) => self.label(format!("did you mean `{near}`?")),
            None if known.is_empty() => self,
            None if known.len() <= LISTED => {
                let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                self.help(format!("known here: {}", list.join(", ")))
            }
            None => self,
        }
    }

    /// Line, counted from 1; `None` when no text could be read.
    pub fn line(&self) -> Option<usize> {
        self.place.as_ref().map(Place::line)
    }

    /// Whether it says the same of the same place.
    fn is_the_same_as(&self, other: &Self) -> bool {
        let place =
            |one: &Self| one.place.as_ref().map(|at| (at.span.clone(), at.file.path.clone()));
        self.place.is_some() && self.message == other.message && place(self) == place(other)
    }

    fn excerpt(&self) -> Option<&Excerpt> {
        self.place.as_ref().map(|place| self.excerpt.get_or_init(|| Excerpt::of(place)))
    }
}

/// As a person may see it, whoever wrote it.
fn shown(text: &str) -> String {
    visible(&cut(text, SHOWN_TEXT)).into_owned()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.message))
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn code(&self) -> Option<Box<dyn fmt::Display + '_>> {
        Some(Box::new(self.code))
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.help.as_ref().map(|help| Box::new(shown(help)) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.excerpt()?.span.clone();
        let label = LabeledSpan::new_with_span(Some(shown(&self.label)), span);
        Some(Box::new(std::iter::once(label)))
    }
}

/// Everything that is wrong, in the order in which it was found. The first [`MISTAKES_SHOWN`] are kept,
/// the rest is counted.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    problems: Vec<Problem>,
    /// What is wrong besides.
    others: usize,
}

impl Diagnostics {
    /// No problem yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many things are wrong that are only counted.
    pub const fn others(&self) -> usize {
        self.others
    }

    /// How many things are wrong.
    pub fn len(&self) -> usize {
        self.problems.len() + self.others
    }

    /// Every problem that is kept.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter()
    }

    /// Adds what another step found.
    pub fn append(&mut self, other: Self) {
        self.others += other.others;
        other.problems.into_iter().for_each(|problem| self.push(problem));
    }

    /// Each problem by itself.
    pub(crate) fn into_problems(self) -> impl Iterator<Item = Problem> {
        self.problems.into_iter()
    }

    /// `Err` when something is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Adds what somebody found who knows more than the files say; with the name that is wrong and those
    /// that there are, where it is one.
    pub fn complain(
        &mut self,
        place: &Place,
        code: Code,
        message: impl Into<String>,
        names: Option<(&str, Vec<&str>)>,
    ) {
        let problem = Problem::at(place.clone(), code, message);
        self.push(match names {
            Some((wrong, known)) => problem.suggest(wrong, known),
            None => problem,
        });
    }

    /// A check names a signal that the system does not have; `known` are those that it has.
    pub fn unknown_signal<'a>(
        &mut self,
        wrong: &SignalRef,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let message = format!("no signal `{}` in this system", wrong.name);
        let problem = Problem::at(wrong.place.clone(), Code::UnknownSignal, message)
            .label("unknown signal")
            .help("signals are named `<instance>.<signal>_<unit>` or `<role>.claim.<name>`");
        let known: Vec<&str> = known.into_iter().collect();
        let problem = problem.suggest(&wrong.name, known.iter().copied());
        self.push(match signals_of_instance(&wrong.name, &known) {
            Some(list) => problem.help(list),
            None => problem,
        });
    }

    /// A check wants a number of a state signal, or a state of a continuous one.
    pub fn wrong_signal_kind(&mut self, wrong: &SignalRef) {
        let (message, help) = match wrong.wanted {
            WantedSignal::Number => (
                format!("`{}` is a state, not a number", wrong.name),
                "`stays` and `reaches` need a continuous signal; a state is checked with `state-is`",
            ),
            WantedSignal::AnyState | WantedSignal::State { .. } => (
                format!("`{}` is a number, not a state", wrong.name),
                "a continuous signal is checked with `stays` or `reaches`",
            ),
        };
        let place = wrong.place.clone();
        let problem = Problem::at(place, Code::WrongSignalKind, message);
        self.push(problem.label("wrong kind of signal").help(help));
    }

    /// A check names a state that its signal never has; `known` are those that it has.
    pub fn unknown_state<'a>(
        &mut self,
        wrong: &SignalRef,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let WantedSignal::State { state, place } = &wrong.wanted else { return };
        let message = format!("`{}` has no state `{state}`", wrong.name);
        let problem = Problem::at(place.clone(), Code::UnknownState, message);
        self.push(problem.label("unknown state").suggest(state, known));
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        // A device that several scenarios share is read for each of them.
        if self.problems.iter().any(|known| known.is_the_same_as(&problem)) {
            return;
        }
        if self.problems.len() < MISTAKES_SHOWN {
            self.problems.push(problem);
        } else {
            self.others += 1;
        }
    }
}

/// The signals of the instance that a wrong name begins with, without those of single cells.
fn signals_of_instance(wrong: &str, known: &[&str]) -> Option<String> {
    let instance = wrong.split('.').next().filter(|instance| !instance.is_empty())?;
    let of_it = known.iter().filter(|name| name.split('.').next() == Some(instance));
    let of_it = of_it.filter(|name| !name.contains(".cell-"));
    let list: Vec<String> = of_it.map(|name| format!("`{name}`")).collect();
    (!list.is_empty()).then(|| format!("signals of `{instance}`: {}", list.join(", ")))
}

impl From<Problem> for Diagnostics {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem], others: 0 }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.len(), self.others) {
            (1, _) => f.write_str("1 problem in the files"),
            (all, 0) => write!(f, "{all} problems in the files"),
            (all, _) => write!(f, "{all} problems in the files, the first {}", self.problems.len()),
        }
    }
}

impl std::error::Error for Diagnostics {}

impl Diagnostic for Diagnostics {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}
