//! A message between its statements and its final form: who selects whom, who comes first, who shares
//! bits.

use std::collections::{BTreeMap, BTreeSet};

use super::database::Message;
use super::mistake::{Mistake, MistakeKind};
use super::signal::{DbcSignal, MultiplexSelection};
use super::statement::SignalStatement;
use crate::can::MAX_FD_BYTES;

/// Most levels of switches that select switches.
pub(super) const MAX_LEVELS: usize = 8;

/// A message that is still being put together.
pub(super) struct Draft {
    pub(super) message: Message,
    /// Indices of its signals by the name that statements use.
    pub(super) names: BTreeMap<String, usize>,
    /// The names that they have in the end.
    pub(super) shown: BTreeSet<String>,
    /// Statements of its signals, by index.
    pub(super) statements: Vec<SignalStatement>,
    /// Switch and ranges of `SG_MUL_VAL_`, by index of the signal.
    pub(super) ranges: BTreeMap<usize, (usize, Vec<(u64, u64)>)>,
    /// No frame can carry it: known, so that others may name it, but left out.
    pub(super) left_out: bool,
}

impl Draft {
    /// Who selects whom, who comes first, who shares bits.
    pub(super) fn finish(mut self, mistakes: &mut Vec<Mistake>) -> Option<Message> {
        if self.left_out {
            return None;
        }
        self.select(mistakes);
        self.sort(mistakes);
        self.find_overlaps(mistakes);
        Some(self.message)
    }

    fn select(&mut self, mistakes: &mut Vec<Mistake>) {
        let roots: Vec<usize> = (0..self.statements.len())
            .filter(|&at| self.statements[at].mark.switch)
            .filter(|&at| self.statements[at].mark.selected_by.is_none())
            .collect();
        // Several switches are fine as long as every signal says which one it follows.
        let follows_any = |(index, statement): (usize, &SignalStatement)| -> bool {
            statement.mark.selected_by.is_some() && !self.ranges.contains_key(&index)
        };
        let one_only = self.statements.iter().enumerate().any(follows_any);
        for (index, statement) in self.statements.iter().enumerate() {
            let mut report = |kind: fn(String) -> MistakeKind| {
                mistakes.push(Mistake::at(statement.place, kind(statement.name.clone())));
            };
            let selection = match (self.ranges.remove(&index), statement.mark.selected_by) {
                (Some((switch, ranges)), _) => Some(MultiplexSelection { switch, ranges }),
                (None, Some(value)) => match roots[..] {
                    [switch] => Some(MultiplexSelection { switch, ranges: vec![(value, value)] }),
                    // The second switch is the mistake.
                    [_, _, ..] => None,
                    [] => {
                        report(|signal| MistakeKind::NoSwitch { signal });
                        None
                    }
                },
                (None, None) => {
                    if one_only && statement.mark.switch && roots.first() != Some(&index) {
                        report(|signal| MistakeKind::SecondSwitch { signal });
                    }
                    None
                }
            };
            self.message.signals[index].selection = selection;
        }
    }

    /// Orders signals by level, and cuts rings.
    fn sort(&mut self, mistakes: &mut Vec<Mistake>) {
        let levels: Vec<Option<usize>> =
            (0..self.message.signals.len()).map(|index| self.level(index)).collect();
        for (index, level) in levels.iter().enumerate() {
            if level.is_none() {
                let SignalStatement { place, name, .. } = &self.statements[index];
                let kind = MistakeKind::Levels { signal: name.clone() };
                mistakes.push(Mistake::at(*place, kind));
                self.message.signals[index].selection = None;
            }
        }
        let mut order: Vec<usize> = (0..levels.len()).collect();
        order.sort_by_key(|&index| levels[index]);
        self.message.order = order;
    }

    /// How many switches stand above a signal; `None` when they do not end.
    fn level(&self, index: usize) -> Option<usize> {
        let mut at = index;
        for level in 0..=MAX_LEVELS {
            match &self.message.signals[at].selection {
                None => return Some(level),
                Some(selection) => at = selection.switch,
            }
        }
        None
    }

    fn find_overlaps(&self, mistakes: &mut Vec<Mistake>) {
        let signals = &self.message.signals;
        let bits: Vec<[u64; 8]> = signals.iter().map(occupied_bits).collect();
        for index in 0..signals.len() {
            let mut earlier = 0..index;
            let other = earlier.find(|&at| {
                shares_bits(&bits[at], &bits[index]) && self.message.may_coexist(at, index)
            });
            if let Some(other) = other {
                let place = self.statements[index].place;
                let (signal, other) = (signals[index].name.clone(), signals[other].name.clone());
                mistakes.push(Mistake::at(place, MistakeKind::Overlap { signal, other }));
            }
        }
    }
}

impl Message {
    /// Whether two of its signals, by index, share bits while both are present.
    pub fn overlaps(&self, a: usize, b: usize) -> bool {
        let bits = |index: usize| self.signals.get(index).map(occupied_bits);
        let shared = bits(a).zip(bits(b)).is_some_and(|(a, b)| shares_bits(&a, &b));
        shared && self.may_coexist(a, b)
    }

    /// Whether some value of a common switch selects both. Signals of different switches may.
    fn may_coexist(&self, a: usize, b: usize) -> bool {
        let above = |index: usize| {
            let selection = |at: usize| self.signals[at].selection.as_ref();
            std::iter::successors(selection(index), move |above| selection(above.switch))
        };
        above(a).all(|a| {
            above(b).filter(|b| b.switch == a.switch).all(|b| intersect(&a.ranges, &b.ranges))
        })
    }
}

/// The bits of the longest frame that a signal takes.
fn occupied_bits(signal: &DbcSignal) -> [u64; 8] {
    let mut frame = [0; MAX_FD_BYTES];
    signal.span.insert(u64::MAX, &mut frame);
    let (words, _) = frame.as_chunks::<8>();
    std::array::from_fn(|at| u64::from_le_bytes(words[at]))
}

/// Plain on purpose: it runs for every pair of signals of a message.
fn shares_bits(a: &[u64; 8], b: &[u64; 8]) -> bool {
    let mut shared = 0;
    for at in 0..8 {
        shared |= a[at] & b[at];
    }
    shared != 0
}

/// Ascending, and no two that touch.
pub(super) fn merged(mut ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    ranges.sort_unstable();
    ranges.dedup_by(|next, kept| {
        let touches = next.0 <= kept.1.saturating_add(1);
        if touches {
            kept.1 = kept.1.max(next.1);
        }
        touches
    });
    ranges
}

/// Whether two lists of ascending ranges have a number in common.
fn intersect(a: &[(u64, u64)], b: &[(u64, u64)]) -> bool {
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (a.get(i), b.get(j)) {
        if a.0 <= b.1 && b.0 <= a.1 {
            return true;
        }
        if a.1 < b.1 {
            i += 1;
        } else {
            j += 1;
        }
    }
    false
}
