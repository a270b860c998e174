//! Fewer samples of a signal without losing what it reached: of every few neighbours the first, the least,
//! the greatest and the last, each with its own instant.
//!
//! What is left out lies between two values that are kept, at both sides of it in time; a spike of a
//! microsecond in a week stays, exactly. Samples stand close where much happens, and so does what is kept.

/// Places of the samples that are kept, ascending: all of them where there are no more than `most`.
pub(crate) fn kept(values: &[f64], most: usize) -> Vec<usize> {
    let most = most.max(8);
    if values.len() <= most {
        return (0..values.len()).collect();
    }
    // Four of each block.
    let block = values.len().div_ceil(most / 4);
    let mut kept = Vec::with_capacity(most + 4);
    for begin in (0..values.len()).step_by(block) {
        let end = (begin + block).min(values.len());
        let (mut least, mut greatest) = (begin, begin);
        for index in begin..end {
            if values[index] < values[least] {
                least = index;
            }
            if values[index] > values[greatest] {
                greatest = index;
            }
        }
        let mut four = [begin, least, greatest, end - 1];
        four.sort_unstable();
        kept.extend(four);
    }
    kept.dedup();
    kept
}

/// How many samples each signal may keep, so that all together have no more than `budget`: whoever has few
/// keeps them all, the rest share what is left alike.
pub(crate) fn share(lengths: &[usize], budget: usize) -> usize {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let mut left = budget;
    for (place, length) in sorted.iter().enumerate() {
        let fair = left / (sorted.len() - place);
        if *length > fair {
            return fair;
        }
        left -= length;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_spike_stays_wherever_it_is_and_however_little_is_kept(
            length in 1usize..2000, at in 0usize..2000, most in 8usize..600, up in any::<bool>(),
        ) {
            let at = at % length;
            let mut values: Vec<f64> = (0..length).map(|index| (index % 7) as f64).collect();
            values[at] = if up { 1e3 } else { -1e3 };
            let kept = kept(&values, most);
            prop_assert!(kept.contains(&at));
            prop_assert!(kept.is_sorted_by(|a, b| a < b));
            prop_assert!(kept.len() <= most.max(8) + 4);
            prop_assert_eq!((kept[0], *kept.last().unwrap()), (0, length - 1));
        }

        #[test]
        fn what_is_left_out_lies_between_what_is_kept(
            values in proptest::collection::vec(-100.0f64..100.0, 1..2000), most in 8usize..200,
        ) {
            let kept = kept(&values, most);
            let block = values.len().div_ceil(most.max(8) / 4);
            for begin in (0..values.len()).step_by(block) {
                let end = (begin + block).min(values.len());
                let inside = |index: &&usize| (begin..end).contains(*index);
                let extremes = |all: &mut dyn Iterator<Item = f64>| {
                    all.fold((f64::MAX, f64::MIN), |(low, high), one| (low.min(one), high.max(one)))
                };
                let of_kept = extremes(&mut kept.iter().filter(inside).map(|&index| values[index]));
                prop_assert_eq!(of_kept, extremes(&mut values[begin..end].iter().copied()));
            }
        }

        #[test]
        fn the_budget_is_kept_and_nobody_gives_who_has_little(
            lengths in proptest::collection::vec(0usize..1000, 1..40), budget in 0usize..20_000,
        ) {
            let share = share(&lengths, budget);
            let taken: usize = lengths.iter().map(|length| *length.min(&share)).sum();
            prop_assert!(taken <= budget || share == 0);
            if share == usize::MAX {
                prop_assert!(lengths.iter().sum::<usize>() <= budget);
            }
        }
    }
}
