//! The waveforms of a run as a page carries them: what each signal is, and all samples in one packed text.
//!
//! Of each signal the instants come first, as differences in nanoseconds, seven bits to a byte, the lowest
//! first; then the values as 32-bit floats, all lowest bytes before all second ones and so on, which packs
//! better. The whole is deflated and written in base 64. Seven digits of a value are kept, and every
//! nanosecond.

use std::io::Write as _;

use blackstart_trace::{SignalKind, Trace};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

use crate::thin::{kept, share};

/// One signal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Wave {
    /// Full name.
    pub name: String,
    /// Its unit as it is written behind a number; of a state nothing.
    pub unit: String,
    /// Whether a value holds until the next one.
    pub holds: bool,
    /// Names of its states.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<String>,
    /// Samples that the page has.
    pub count: usize,
    /// Samples that the trace has.
    pub of: usize,
    /// Whether it never changes.
    pub flat: bool,
}

/// The waveforms of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waves {
    /// The signals that have samples, in order of their declaration.
    pub signals: Vec<Wave>,
    /// All samples, packed.
    pub packed: String,
    /// The last instant, in seconds.
    pub end_s: f64,
}

impl Waves {
    /// Packs the samples of a trace, no more than `budget` of them.
    pub fn of(trace: &Trace, budget: usize) -> Self {
        let all = || {
            let all = trace.catalogue().iter().map(|(id, signal)| (signal, trace.series(id)));
            all.filter(|(_, series)| !series.times().is_empty())
        };
        let lengths: Vec<usize> = all().map(|(_, series)| series.times().len()).collect();
        let most = share(&lengths, budget);
        let mut bytes = Vec::new();
        let mut signals = Vec::new();
        for (signal, series) in all() {
            let (times, values) = (series.times(), series.values());
            let kept = kept(values, most);
            let mut last = 0;
            for &index in &kept {
                let at = times[index].as_nanos();
                varint(&mut bytes, at.saturating_sub(last));
                last = at;
            }
            let floats = || kept.iter().map(|&index| (values[index] as f32).to_le_bytes());
            (0..4).for_each(|plane| bytes.extend(floats().map(|float| float[plane])));
            let states = match &signal.kind {
                SignalKind::State(names) => names.clone(),
                SignalKind::Analog | SignalKind::Held => Vec::new(),
            };
            signals.push(Wave {
                name: signal.name.clone(),
                unit: symbol(signal.unit()).to_owned(),
                holds: series.holds(),
                states,
                count: kept.len(),
                of: values.len(),
                flat: values.iter().all(|value| *value == values[0]),
            });
        }
        let packed = base64(&deflated(&bytes));
        Self { signals, packed, end_s: trace.end().as_seconds() }
    }
}

/// The symbol of a unit suffix.
fn symbol(suffix: &str) -> &str {
    match suffix {
        "v" => "V",
        "a" => "A",
        "w" => "W",
        "j" => "J",
        "ah" => "Ah",
        "pct" => "%",
        "c" => "°C",
        "hz" => "Hz",
        other => other,
    }
}

fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let place = (bits >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit <= group.len() { DIGITS[place] as char } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use blackstart_trace::Catalogue;
    use blackstart_units::SimTime;
    use flate2::read::DeflateDecoder;

    use super::*;

    #[test]
    fn bytes_are_written_as_everybody_writes_them() {
        for (bytes, text) in
            [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes), text);
        }
    }

    #[test]
    fn samples_are_packed_in_the_order_that_is_documented() {
        let mut catalogue = Catalogue::default();
        let id = catalogue.analog("pack.current_a");
        let never = catalogue.analog("nobody.voltage_v");
        let mut trace = Trace::new(catalogue);
        trace.sample(id, SimTime::from_nanos(5), 1.5);
        trace.sample(id, SimTime::from_nanos(205), -2.0);
        let waves = Waves::of(&trace, 1000);
        assert!(trace.series(never).times().is_empty());
        assert_eq!(waves.signals.len(), 1);
        assert_eq!((waves.signals[0].unit.as_str(), waves.signals[0].count), ("A", 2));
        let mut bytes = vec![5, 200 | 0x80, 1];
        let (one, two) = (1.5f32.to_le_bytes(), (-2.0f32).to_le_bytes());
        (0..4).for_each(|plane| bytes.extend([one[plane], two[plane]]));
        let mut packed = Vec::new();
        DeflateDecoder::new(&deflated(&bytes)[..]).read_to_end(&mut packed).unwrap();
        assert_eq!(packed, bytes);
        assert_eq!(waves.packed, base64(&deflated(&bytes)));
    }
}
