//! Named random streams whose n-th value can be asked for in any order.
//!
//! A sensor's noise at sample 625,000 must not cost 625,000 draws, and adding a sensor must not move
//! another one's noise. So each consumer has its own ChaCha stream, keyed by the run's seed and the
//! consumer's name, and a value is addressed by its index.

use core::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Normally distributed noise, addressed by sample index.
#[derive(Clone, Debug)]
pub struct NoiseStream {
    generator: ChaCha8Rng,
}

impl NoiseStream {
    /// The stream of the consumer called `name` in a run with this seed.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&fnv1a(name).to_le_bytes());
        Self { generator: ChaCha8Rng::from_seed(key) }
    }

    /// Sample `index` of channel `channel` of a standard normal distribution (mean 0, σ 1).
    ///
    /// Box–Muller over two 64-bit draws; the largest magnitude that 53 bits can give is 8.6 σ.
    pub fn standard_normal(&mut self, channel: u64, index: u64) -> f64 {
        self.generator.set_stream(channel);
        self.generator.set_word_pos(u128::from(index) * 4);
        let radius = libm::sqrt(-2.0 * libm::log(unit_interval(self.generator.next_u64())));
        radius * libm::cos(TAU * unit_interval(self.generator.next_u64()))
    }

    /// Sample `index` of channel `channel` of a sine wave at random phases, −1 … 1. Independent of the
    /// channel's normal samples.
    pub fn crest(&mut self, channel: u64, index: u64) -> f64 {
        self.generator.set_stream(channel | CREST_STREAMS);
        self.generator.set_word_pos(u128::from(index) * 2);
        libm::cos(TAU * unit_interval(self.generator.next_u64()))
    }
}

/// Channels of crests stand apart from those of normal samples.
const CREST_STREAMS: u64 = 1 << 32;

/// 53 random bits to (0, 1]: never zero, because its logarithm is taken.
fn unit_interval(bits: u64) -> f64 {
    ((bits >> 11) + 1) as f64 / (1u64 << 53) as f64
}

/// FNV-1a: names become keys the same way on every platform and in every version.
fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_does_not_depend_on_the_order_of_asking() {
        let mut forward = NoiseStream::new(7, "sessy-1");
        let mut backward = NoiseStream::new(7, "sessy-1");
        let ascending: Vec<f64> = (0..100).map(|i| forward.standard_normal(i % 3, i)).collect();
        let mut descending: Vec<f64> =
            (0..100).rev().map(|i| backward.standard_normal(i % 3, i)).collect();
        descending.reverse();
        assert_eq!(ascending, descending);
    }

    #[test]
    fn streams_differ_by_name_seed_and_channel() {
        let value = |seed, name, channel| NoiseStream::new(seed, name).standard_normal(channel, 0);
        let reference = value(1, "a", 0);
        assert_ne!(reference, value(2, "a", 0));
        assert_ne!(reference, value(1, "b", 0));
        assert_ne!(reference, value(1, "a", 1));
    }

    #[test]
    fn noise_has_mean_zero_and_unit_variance() {
        let mut stream = NoiseStream::new(42, "statistics");
        let n = 20_000;
        let samples: Vec<f64> = (0..n).map(|i| stream.standard_normal(0, i)).collect();
        let mean = samples.iter().sum::<f64>() / n as f64;
        let variance = samples.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64;
        // Five standard errors of each estimate.
        assert!(mean.abs() < 5.0 / (n as f64).sqrt(), "mean {mean}");
        assert!((variance - 1.0).abs() < 5.0 * (2.0 / n as f64).sqrt(), "variance {variance}");
    }
}
