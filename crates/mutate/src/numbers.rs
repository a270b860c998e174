//! Other values of the numbers of devices.

use blackstart_scenario::{Parameter, Source};

/// Values that are tried instead of one that has no range: twice and half of it, ten times and a tenth, and
/// where that cannot be, a little more and less; of nothing one; of one, which may be a flag, nothing.
pub fn others(value: f64) -> Vec<f64> {
    match value {
        0.0 => vec![1.0],
        1.0 => vec![0.0, 2.0, 0.5],
        _ => FACTORS.map(|factor| factor * value).to_vec(),
    }
}

/// What a number without a range is multiplied by.
const FACTORS: [f64; 6] = [2.0, 0.5, 10.0, 0.1, 1.05, 0.95];

/// Values that are tried instead of a parameter's that nobody has named: the ends of its range or tolerance,
/// or twice and half of it.
pub fn others_of(parameter: &Parameter) -> Vec<f64> {
    let value = parameter.value;
    match parameter.ends() {
        Some((low, high)) => [low, high].into_iter().filter(|&end| end != value).collect(),
        None => others(value).into_iter().take(2).collect(),
    }
}

/// The fact that a parameter rests on.
pub fn fact_of(parameter: &Parameter) -> Option<&str> {
    match &parameter.source {
        Source::Seed(fact) => Some(fact),
        _ => None,
    }
}
