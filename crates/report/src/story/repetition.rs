//! Ten thousand times the same, reported once.

use blackstart_units::SimTime;

use super::moment::StoryMoment;

/// Longest sequence of lines that is recognised when it repeats.
const LONGEST: usize = 12;
/// How often a sequence must come in all before its repetitions are left out.
const LEAST: usize = 4;

/// A part of the story.
#[derive(Debug)]
pub(super) enum Reported<'a> {
    Moment(&'a StoryMoment<'a>),
    /// The last `lines` moments happen `times` more.
    Again {
        lines: usize,
        times: usize,
        until: SimTime,
    },
}

/// The moments with repeated sequences reported once. At each place the shortest sequence that repeats
/// often enough wins.
pub(super) fn tell<'a>(moments: &'a [StoryMoment<'a>]) -> Vec<Reported<'a>> {
    let mut reported = Vec::new();
    let mut next = 0;
    while next < moments.len() {
        let rest = &moments[next..];
        let found =
            (1..=LONGEST).map(|lines| (lines, repeats(rest, lines))).find(|&(_, n)| n >= LEAST);
        let Some((lines, count)) = found else {
            reported.push(Reported::Moment(&moments[next]));
            next += 1;
            continue;
        };
        reported.extend(rest[..lines].iter().map(Reported::Moment));
        let until = rest[lines * count - 1].event.at;
        reported.push(Reported::Again { lines, times: count - 1, until });
        next += lines * count;
    }
    reported
}

/// How often the first `lines` moments come in a row.
fn repeats(moments: &[StoryMoment<'_>], lines: usize) -> usize {
    let Some(first) = moments.get(..lines) else { return 0 };
    let same =
        |chunk: &&[StoryMoment<'_>]| chunk.iter().map(|m| &m.key).eq(first.iter().map(|m| &m.key));
    moments.chunks_exact(lines).take_while(same).count()
}
