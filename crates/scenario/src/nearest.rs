//! The nearest known name to a misspelt one, by edit distance.

/// The candidate that the author most likely meant: the fewest edits, and few enough to be a slip
/// of the hand (a third of the longer name). Of equals the first wins.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|(edits, name)| *edits <= 1.max(wrong.len().max(name.len()) / 3))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// Names longer than this are compared by their beginning only: the cost is quadratic.
const COMPARED: usize = 128;

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(COMPARED).collect();
    let b: Vec<char> = b.chars().take(COMPARED).collect();
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = a[i - 1] == b[j - 1];
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + usize::from(!same));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_finds_its_name() {
        let names = ["power_w", "target", "at_s", "do"];
        assert_eq!(nearest("powr_w", names), Some("power_w"));
        assert_eq!(nearest("tagret", names), Some("target"));
        assert_eq!(nearest("resistance", names), None);
        assert_eq!(nearest("x", []), None);
    }
}
