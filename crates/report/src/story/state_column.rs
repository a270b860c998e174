//! Device states, one character each.

use blackstart_trace::{SignalId, SignalKind, Trace};
use blackstart_units::SimTime;

use crate::format;
use crate::select::{lanes, state_name};

/// Names that mean rest: they get a dot, so that what is active stands out.
const AT_REST: [&str; 8] = ["open", "off", "no", "idle", "ok", "intact", "present", "disconnected"];

/// One state signal with a letter for each of its states.
pub(super) struct StateColumn {
    id: SignalId,
    label: String,
    /// State names and their letters.
    letters: Vec<(String, char)>,
}

impl StateColumn {
    /// The columns of a trace: the same signals as the figure's lanes.
    pub(super) fn all(trace: &Trace) -> Vec<Self> {
        lanes(trace).into_iter().map(|id| Self::new(trace, id)).collect()
    }

    fn new(trace: &Trace, id: SignalId) -> Self {
        let signal = trace.catalogue().signal(id);
        let names: &[String] = match &signal.kind {
            SignalKind::State(names) => names,
            SignalKind::Analog | SignalKind::Held => &[],
        };
        let mut letters: Vec<(String, char)> = Vec::new();
        for name in names {
            let free = |letter: &char| letters.iter().all(|(_, taken)| taken != letter);
            let rest = AT_REST.contains(&name.as_str()).then_some('.').into_iter();
            let own =
                name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase());
            let letter = rest.chain(own).chain('a'..='z').find(free).unwrap_or('?');
            letters.push((name.clone(), letter));
        }
        Self { id, label: format::signal(&signal.name, ""), letters }
    }

    /// `1  sessy-1 main switch   . open  C closed`
    pub(super) fn legend(&self, column: usize) -> String {
        let states: Vec<String> =
            self.letters.iter().map(|(name, letter)| format!("{letter} {name}")).collect();
        format::printable(&format!("{}  {:<28}  {}", number(column), self.label, states.join("  ")))
    }

    /// The letter at an instant, after what happens then; a space before the first record.
    pub(super) fn letter(&self, trace: &Trace, at: SimTime) -> char {
        let signal = trace.catalogue().signal(self.id);
        trace.series(self.id).held_at(at).map_or(' ', |value| {
            let name = state_name(signal, value);
            self.letters.iter().find(|(known, _)| known == name).map_or('?', |&(_, letter)| letter)
        })
    }
}

/// The name of a column: 1 … 9, then a … z, then `+`.
pub(super) fn number(column: usize) -> char {
    ('1'..='9').chain('a'..='z').nth(column).unwrap_or('+')
}
