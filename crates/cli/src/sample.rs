//! A part of a library, drawn by a seed.

/// So many of these, in their order; all of them where there are no more. Another seed draws others.
pub fn sample<T>(all: Vec<T>, size: usize, seed: u64) -> Vec<T> {
    let mut drawn: Vec<(u64, usize)> =
        (0..all.len()).map(|index| (scrambled(seed ^ scrambled(index as u64)), index)).collect();
    drawn.sort_unstable();
    drawn.truncate(size);
    let mut kept: Vec<usize> = drawn.into_iter().map(|(_, index)| index).collect();
    kept.sort_unstable();
    let is_kept = |index: &usize| kept.binary_search(index).is_ok();
    let all = all.into_iter().enumerate();
    all.filter(|(index, _)| is_kept(index)).map(|(_, one)| one).collect()
}

/// The finaliser of SplitMix64: every bit of its argument reaches every bit of its result.
const fn scrambled(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_sample_is_the_same_for_a_seed_and_in_time_everything_is_drawn() {
        let all: Vec<u32> = (0..300).collect();
        let of = |seed| sample(all.clone(), 20, seed);
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        assert!(of(7).is_sorted() && of(7).len() == 20);
        let drawn: BTreeSet<u32> = (0..200).flat_map(of).collect();
        assert_eq!(drawn.len(), 300);
        assert_eq!(sample(all.clone(), 301, 7), all);
    }
}
