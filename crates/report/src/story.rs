//! The story of a run: a table of moments in plain text, one line each.
//!
//! ```text
//! sessy-1 main switch            1  .open C closed
//!
//!       time s  1  port V    A  cell V  what
//!     0.000000  .    0.00  0.0   3.300  scenario: switch-on
//!     0.000070  C   31.90  757   3.300  sessy-1: SCD trips: inrush, …
//! ```
//!
//! A moment is an event; samples only give the values beside it. Device states are one character
//! each. Lines are at most [`WIDTH`] characters wide and go on below, what repeats is reported once with
//! its number, and the middle of a very long story is left out: a story can be read, and kept as a
//! snapshot.
//! It leaves out the closest approaches: they belong to the run's end and stand in the verdict.

mod error_output;
mod moment;
mod repetition;
mod state_column;
mod value_column;

use blackstart_trace::{Event, Trace};

pub use error_output::error_output;
use moment::StoryMoment;
use repetition::Reported;
use state_column::StateColumn;
use value_column::ValueColumns;

/// Longest line, in characters.
const WIDTH: usize = 100;
/// Most lines of the table; of a longer one the beginning and the end are kept.
const MOST_LINES: usize = 200;
const KEPT_AT_END: usize = 50;

/// Tells the run.
pub fn story(trace: &Trace) -> String {
    let columns = StateColumn::all(trace);
    let values = ValueColumns::new(trace);
    let moments: Vec<StoryMoment> = trace.events().iter().filter_map(StoryMoment::of).collect();
    let time_width = clock(trace.end()).len().max("time s".len());

    let mut story = String::new();
    for (number, column) in columns.iter().enumerate() {
        push(&mut story, &column.legend(number));
    }
    if !columns.is_empty() {
        story.push('\n');
    }
    let numbers: String = (0..columns.len()).map(state_column::number).collect();
    let states_width = numbers.chars().count();
    push(&mut story, &format!("{:>time_width$}  {numbers}{}what", "time s", values.header()));

    let line = |moment: &StoryMoment| {
        let at = moment.event.at;
        let states: String = columns.iter().map(|column| column.letter(trace, at)).collect();
        let values = values.at(trace, moment.event);
        wrapped(&format!("{:>time_width$}  {states}{values}", clock(at)), &moment.text)
    };
    let remark = |text: String| format!("{:>time_width$}  {:states_width$}  … {text}", "", "");
    let reported = repetition::tell(&moments);
    let (beginning, left_out, end) = split(&reported);
    let tell = |story: &mut String, part: &Reported<'_>| {
        for line in reported_line(part, &line, &remark).lines() {
            push(story, line);
        }
    };
    for part in beginning {
        tell(&mut story, part);
    }
    if left_out > 0 {
        push(&mut story, &remark(format!("{left_out} lines left out")));
    }
    for part in end {
        tell(&mut story, part);
    }
    if moments.is_empty() {
        push(&mut story, &remark("nothing happens".to_owned()));
    }
    push(&mut story, &format!("{:>time_width$}  end", clock(trace.end())));
    story
}

fn reported_line(
    reported: &Reported<'_>,
    line: &impl Fn(&StoryMoment) -> String,
    remark: &impl Fn(String) -> String,
) -> String {
    match reported {
        Reported::Moment(moment) => line(moment),
        Reported::Again { lines, times, until } => {
            let what =
                if *lines == 1 { "the line".to_owned() } else { format!("the {lines} lines") };
            remark(format!("{what} above {times} times more, until {} s", clock(*until)))
        }
    }
}

/// Beginning, number of lines left out, end.
fn split<'a, 'b>(reported: &'b [Reported<'a>]) -> (&'b [Reported<'a>], usize, &'b [Reported<'a>]) {
    if reported.len() <= MOST_LINES {
        return (reported, 0, &[]);
    }
    let (beginning, rest) = reported.split_at(MOST_LINES - KEPT_AT_END);
    let (left_out, end) = rest.split_at(rest.len() - KEPT_AT_END);
    (beginning, left_out.len(), end)
}

/// Seconds with six decimals, rounded to the microsecond.
fn clock(at: blackstart_units::SimTime) -> String {
    let micros = at.as_nanos().saturating_add(500) / 1000;
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// The text behind what stands before it, going on below itself when it is longer than the line.
fn wrapped(before: &str, text: &str) -> String {
    const LEAST: usize = 30;
    let indent = before.chars().count();
    let room = WIDTH.saturating_sub(indent).max(LEAST);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(format!("  {word}"));
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    before.to_owned() + &lines.join(&format!("\n{:indent$}", ""))
}

/// One line, cut at the width, without spaces at its end.
fn push(story: &mut String, line: &str) {
    let line = line.trim_end();
    if line.chars().count() <= WIDTH {
        story.push_str(line);
    } else {
        story.extend(line.chars().take(WIDTH - 1));
        story.push('…');
    }
    story.push('\n');
}

/// The instance, role or node an event happened to, with what happened.
fn about(event: &Event, text: &str) -> String {
    if event.subject.is_empty() { text.to_owned() } else { format!("{}: {text}", event.subject) }
}
