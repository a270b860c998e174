//! What `corners` prints for people: no line is wider than a hundred columns.

use std::iter;

use blackstart_mutate::{AtEnds, CheckAtEnds, MarginAt, StatedAt, StatedRange};
use blackstart_verdict::CheckOutcome;

/// Columns of a line.
const WIDTH: usize = 100;
/// Columns before what a line says.
const INDENT: usize = 12;

/// One scenario.
pub fn lines(found: &AtEnds) -> Vec<String> {
    let heading = format!(
        "{}: {}; {} guesses and tolerances, {} without effect; {} runs",
        found.scenario,
        found.outcome.name(),
        found.parameters,
        found.without_effect,
        found.runs
    );
    let mut lines = wrapped("", 0, &heading);
    let mut row = |what: &str, text: String| lines.extend(wrapped(what, INDENT, &text));
    for check in &found.checks {
        row("check", about(check));
        for turn in &check.turns {
            let (was, becomes) = (outcome(check.outcome), outcome(turn.becomes));
            let text = format!(
                "{becomes} with {} {} (is {}): still {was} at {}, turned at {}",
                turn.parameter, turn.end, turn.is, turn.still_at, turn.turned_at
            );
            row("turns", text);
        }
        for one in &check.moved {
            row("moved", moved(check, one));
        }
    }
    let (steady, moving): (Vec<_>, Vec<_>) = found.stated.iter().partition(|one| is_steady(one));
    moving.iter().for_each(|one| row("states", stated(one)));
    if !steady.is_empty() {
        row("states", format!("{} more that no end moves", steady.len()));
    }
    for one in &found.ended_otherwise {
        row("otherwise", format!("with {} {}: {}", one.parameter, one.end, one.how));
    }
    for one in &found.refused {
        let instead = one.tried.map_or_else(
            || "nothing towards it can be tried".to_owned(),
            |tried| format!("tried as far as {tried}"),
        );
        row("refused", format!("{} {}: {}; {instead}", one.parameter, one.end, one.why));
    }
    for curve in &found.curves {
        row("not tried", format!("{curve}: a curve that is a guess"));
    }
    lines
}

fn about(check: &CheckAtEnds) -> String {
    let unit = check.unit.as_deref().unwrap_or_default();
    let margin = check.margin.filter(|margin| !margin.get().is_nan());
    let margin = margin.map_or_else(String::new, |margin| format!(", margin {margin} {unit}"));
    let least = check.least_margin.as_ref().filter(|_| !check.moved.is_empty());
    let least = least.map_or_else(String::new, |least| format!(", at least {}", least.margin));
    let turned = if check.turns.is_empty() { "; no end turns it" } else { "" };
    format!("{}: {}{margin}{least}{turned}", check.id, outcome(check.outcome))
}

fn moved(check: &CheckAtEnds, one: &MarginAt) -> String {
    let unit = check.unit.as_deref().unwrap_or_default();
    let sign = if one.moved.get() > 0.0 { "+" } else { "" };
    format!("{sign}{} {unit} with {} {}", one.moved, one.parameter, one.end)
}

fn is_steady(one: &StatedRange) -> bool {
    one.least.value == one.most.value && one.gone_at.is_empty() && one.is.is_some()
}

fn stated(one: &StatedRange) -> String {
    let unit = if one.unit.is_empty() { String::new() } else { format!(" {}", one.unit) };
    let is = one.is.map_or_else(|| "none".to_owned(), |is| format!("{is}{unit}"));
    let at = |stated: &StatedAt| match (&stated.parameter, stated.end) {
        (Some(parameter), Some(end)) => format!("{}{unit} with {parameter} {end}", stated.value),
        _ => format!("{}{unit}", stated.value),
    };
    let range = match one.least.value == one.most.value {
        true => at(&one.least),
        false => format!("from {} to {}", at(&one.least), at(&one.most)),
    };
    let more = match (&one.gone_at[..], one.appears_at.len()) {
        ([only], _) => format!("; none with {only}"),
        ([first, more @ ..], _) => format!("; none with {first} and {} more", more.len()),
        ([], 0 | 1) => String::new(),
        ([], ends) => format!("; at {ends} ends"),
    };
    format!("{}: {is}; {range}{more}", one.what)
}

const fn outcome(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Pass => "pass",
        CheckOutcome::Fail => "fail",
        CheckOutcome::Skipped => "skipped",
        CheckOutcome::Inconclusive => "inconclusive",
    }
}

/// A text behind its heading, in as many lines as it needs; a word that is too long for one is cut.
fn wrapped(heading: &str, indent: usize, text: &str) -> Vec<String> {
    let room = WIDTH - indent;
    let mut lines = vec![String::new()];
    let pieces = text.split_whitespace().flat_map(|word| pieces(word, room));
    for piece in pieces {
        let line = lines.last_mut().expect("there is a first line");
        let (length, more) = (line.chars().count(), piece.chars().count());
        if line.is_empty() {
            line.push_str(&piece);
        } else if length + 1 + more <= room {
            line.push(' ');
            line.push_str(&piece);
        } else {
            lines.push(piece);
        }
    }
    let heading = format!("{heading:>0$}", indent.saturating_sub(2));
    let starts = iter::once(heading).chain(iter::repeat(" ".repeat(indent.saturating_sub(2))));
    let gap = if indent == 0 { "" } else { "  " };
    starts.zip(lines).map(|(start, line)| format!("{start}{gap}{line}")).collect()
}

fn pieces(word: &str, room: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.chunks(room).map(|chunk| chunk.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be_and_no_letter_is_lost() {
        let long = format!("with {} and more words {}", "x".repeat(250), "word ".repeat(40));
        let lines = wrapped("turns", INDENT, &long);
        assert!(lines.len() > 4 && lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert!(lines[0].starts_with("     turns  with"), "{}", lines[0]);
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        let all: usize = lines.iter().map(|line| letters(line)).sum();
        assert_eq!(all, letters(&long) + "turns".len());
    }
}
