//! Whether a mapping says all that a role hears and orders, or says what it leaves out.

use blackstart_engine::{PinBank, Terminal};
use blackstart_scenario::{Code, Diagnostics, Mapping, Meaning, Without};

/// Names that are listed in one message.
const FEW: usize = 6;

/// Readings that no message carries, as the mapping says; complains of those that it does not mention.
pub(super) fn unfed(
    mapping: &Mapping,
    terminal: &Terminal,
    problems: &mut Diagnostics,
) -> Vec<String> {
    let mapped = |name: &str| is_mapped(mapping, &Meaning::Reading(name.to_owned()));
    let words = Words { key: "unfed", noun: "reading", lacks: "nothing feeds", has: "fed" };
    left_out(&terminal.readings, mapped, &mapping.unfed, (&terminal.role, &words), problems)
}

/// Commands that no message of the device gives, in the same way.
pub(super) fn ungiven(
    mapping: &Mapping,
    terminal: &Terminal,
    problems: &mut Diagnostics,
) -> Vec<String> {
    let mapped = |name: &str| is_mapped(mapping, &Meaning::Command(name.to_owned()));
    let words = Words { key: "ungiven", noun: "command", lacks: "no message gives", has: "given" };
    left_out(&terminal.commands, mapped, &mapping.ungiven, (&terminal.role, &words), problems)
}

/// How one bank is spoken of.
struct Words {
    key: &'static str,
    noun: &'static str,
    lacks: &'static str,
    has: &'static str,
}

fn is_mapped(mapping: &Mapping, meaning: &Meaning) -> bool {
    let mut signals = mapping.messages.iter().flat_map(|message| &message.signals);
    signals.any(|signal| signal.meaning == *meaning)
}

fn left_out(
    bank: &PinBank,
    is_mapped: impl Fn(&str) -> bool,
    without: &Without,
    (role, words): (&str, &Words),
    problems: &mut Diagnostics,
) -> Vec<String> {
    let names = || bank.items().iter().map(|item| item.name.as_str());
    let Words { key, noun, lacks, has } = words;
    for pattern in &without.names {
        let mut meant = names().filter(|name| matches(pattern, name)).peekable();
        if meant.peek().is_none() {
            let text = format!("the role `{role}` has no {noun} `{pattern}`");
            let known = Some((pattern.as_str(), names().collect()));
            problems.complain(&without.place, Code::UnknownSignal, text, known);
        } else if !pattern.ends_with('*') && is_mapped(pattern) {
            let text = format!("`{pattern}` is {has}, and stands under `{key}`");
            problems.complain(&without.place, Code::BadMapping, text, None);
        }
    }
    let missing: Vec<&str> = names().filter(|name| !is_mapped(name)).collect();
    let is_known = |name: &str| without.names.iter().any(|pattern| matches(pattern, name));
    let untold: Vec<&str> = missing.iter().copied().filter(|name| !is_known(name)).collect();
    if !untold.is_empty() {
        let shown: Vec<String> = untold.iter().take(FEW).map(|name| format!("`{name}`")).collect();
        let more = match untold.len().saturating_sub(FEW) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let text =
            format!("{lacks} {}{more}: map them or list them under `{key}`", shown.join(", "));
        problems.complain(&without.place, Code::BadMapping, text, None);
    }
    missing.into_iter().map(str::to_owned).collect()
}

/// Whether a name is meant: itself, or its beginning followed by a star.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}
