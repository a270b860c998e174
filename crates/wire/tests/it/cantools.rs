//! Thousands of random messages, decoded and encoded here and by the Python package cantools.

use std::fmt::Write as _;

use blackstart_wire::can::Payload;
use blackstart_wire::dbc::{ByteOrder, Database, Message, OutOfRange, Raw, ValueKind, parse};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::witness::Witness;

const MESSAGES: u32 = 400;
const PAYLOADS_PER_MESSAGE: usize = 20;
const WITNESS: &str = include_str!("cantools_witness.py");

struct Random(TestRng);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0.next_u32() % bound
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }
}

/// Where the pages of a nested switch begin: their numbers name their signals.
const NESTED: u32 = 100;

/// A file of random messages: both orders, all lengths, floats, switches in two levels.
fn random_file(random: &mut Random) -> String {
    let mut file = "VERSION \"\"\nBU_: A B\n".to_owned();
    let mut remarks = String::new();
    for number in 0..MESSAGES {
        let id = (number + 1) | if random.below(2) == 0 { 0x8000_0000 } else { 0 };
        let bytes = random.one_of(&[8, 8, 8, 16, 64]);
        writeln!(file, "BO_ {id} M{number}: {bytes} A").unwrap();
        let mut pages = 0;
        let mut at = 0;
        if random.below(3) == 0 {
            pages = 1 + random.below(4);
            writeln!(file, " SG_ S0 M : 0|8@1+ (1,0) [0|0] \"\" B").unwrap();
            at = 8;
        }
        let is_nested = pages > 0 && random.below(2) == 0;
        for page in 0..pages.max(1) {
            let mark = if pages > 0 { format!(" m{page}") } else { String::new() };
            if page == 0 && is_nested {
                nest(random, &mut file, &mut remarks, (id, bytes * 8));
                continue;
            }
            let from = file.len();
            random_signals(random, &mut file, &mut remarks, (id, bytes * 8, at, page), &mark);
            if is_nested {
                // Where there are two switches, each signal says which is its own.
                for signal in names(&file[from..]) {
                    writeln!(remarks, "SG_MUL_VAL_ {id} {signal} S0 {page}-{page};").unwrap();
                }
            } else if pages > 0 && page % 2 == 1 {
                writeln!(
                    remarks,
                    "SG_MUL_VAL_ {id} P{page}_0 S0 {page}-{page}, {0}-{1};",
                    10 * page,
                    10 * page + 3
                )
                .unwrap();
            }
        }
    }
    file + &remarks
}

/// The names of the signals of some lines.
fn names(lines: &str) -> Vec<String> {
    lines.lines().filter_map(|line| line.split(' ').nth(2)).map(str::to_owned).collect()
}

/// Puts a switch with pages of its own in the place of page 0.
fn nest(random: &mut Random, file: &mut String, remarks: &mut String, (id, bits): (u32, u32)) {
    writeln!(file, " SG_ S1 m0M : 8|8@1+ (1,0) [0|0] \"\" B").unwrap();
    writeln!(remarks, "SG_MUL_VAL_ {id} S1 S0 0-0;").unwrap();
    for page in 0..1 + random.below(3) {
        let (name, mark) = (NESTED + page, format!(" m{page}"));
        let from = file.len();
        random_signals(random, file, remarks, (id, bits, 16, name), &mark);
        for signal in names(&file[from..]) {
            let beside = 10 * page + 40;
            writeln!(remarks, "SG_MUL_VAL_ {id} {signal} S1 {page}-{page}, {beside}-{beside};")
                .unwrap();
        }
    }
}

/// Fills a message, or a page of it, from bit `from` on; at least one signal.
fn random_signals(
    random: &mut Random,
    file: &mut String,
    remarks: &mut String,
    (id, bits, from, page): (u32, u32, u32, u32),
    mark: &str,
) {
    let mut at = from;
    for index in 0.. {
        let float = random.below(8) == 0;
        let length = match random.below(6) {
            _ if float => random.one_of(&[16, 32, 64]),
            0 => 1 + random.below(64),
            1 => random.one_of(&[8, 16, 32, 64]),
            _ => 1 + random.below(20),
        };
        let length = if index == 0 { length.min(bits - at) } else { length };
        let float = float && [16, 32, 64].contains(&length);
        if at + length > bits {
            return;
        }
        let name = format!("P{page}_{index}");
        // A big-endian signal is placed by its top bit, and never shares a byte with another here.
        // A page whose first signal has no room as a big-endian one still gets it.
        let top = at.div_ceil(8) * 8 + random.below(8);
        let big = random.below(2) == 0 && top + length <= bits;
        let (start, order, end) =
            if big { (top / 8 * 8 + 7 - top % 8, 0, top + length) } else { (at, 1, at + length) };
        let sign = random.one_of(&["+", "-"]);
        let factor = random.one_of(&["1", "1", "0.1", "0.01", "2", "-0.5", "0.0078125", "3.7"]);
        let offset = random.one_of(&["0", "0", "-40", "12.5", "1000"]);
        let (factor, offset) = if float { ("1", "0") } else { (factor, offset) };
        writeln!(
            file,
            " SG_ {name}{mark} : {start}|{length}@{order}{sign} ({factor},{offset}) \
             [0|0] \"\" B"
        )
        .unwrap();
        if float {
            writeln!(remarks, "SIG_VALTYPE_ {id} {name} : {};", length.div_ceil(32)).unwrap();
        }
        at = end.div_ceil(8) * 8;
        if !big && random.below(2) == 0 {
            at = end;
        }
        if index >= 40 {
            return;
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Random bytes whose switch selects a page.
fn random_payload(random: &mut Random, message: &Message) -> Payload {
    let mut payload = Payload::zeroed(message.length).unwrap();
    random.0.fill_bytes(payload.bytes_mut());
    let switched: Vec<_> =
        message.signals.iter().filter(|one| one.selection.is_some() && !one.is_switch).collect();
    if switched.is_empty() {
        return payload;
    }
    // Each switch is a byte: those above one signal select it.
    let mut signal = random.one_of(&switched);
    while let Some(selection) = &signal.selection {
        signal = &message.signals[selection.switch];
        let byte = signal.start_bit() as usize / 8;
        payload.bytes_mut()[byte] = random.one_of(&selection.ranges).0 as u8;
    }
    payload
}

/// One question to the witness, and what it has to answer.
struct Question {
    text: String,
    expected: Vec<(String, Raw, f64)>,
}

/// Signals that cantools scales in whole numbers of any size, and `f64` does not.
fn is_exact(message: &Message, readings: &[(String, Raw, f64)]) -> bool {
    readings.iter().all(|(name, raw, _)| {
        let signal = message.signal(name).unwrap();
        if signal.kind.is_floating() {
            raw.as_f64().is_finite()
        } else {
            signal.length_bits() <= 40
        }
    })
}

fn questions(random: &mut Random, database: &Database) -> Vec<Question> {
    let mut questions = Vec::new();
    for message in database.messages() {
        for _ in 0..PAYLOADS_PER_MESSAGE {
            let payload = random_payload(random, message);
            let readings = message.decode(payload.bytes()).unwrap();
            let expected: Vec<_> =
                readings.iter().map(|r| (r.signal.name.clone(), r.raw, r.physical)).collect();
            let mut text = format!("{} {}", message.id.number(), hex(payload.bytes()));
            if is_exact(message, &expected) {
                let values: Vec<_> = readings.iter().map(|r| (r.index, r.physical)).collect();
                let encoded = message.encode(&values, OutOfRange::Refuse).unwrap();
                write!(text, " {}", hex(encoded.payload.bytes())).unwrap();
                for (name, _, physical) in &expected {
                    write!(text, " {name}={physical:?}").unwrap();
                }
            }
            questions.push(Question { text, expected });
        }
    }
    questions
}

fn agrees(found: &str, expected: &[(String, Raw, f64)]) -> bool {
    let found: Vec<&str> = found.split(' ').collect();
    found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, (name, raw, physical))| {
            let parts: Vec<&str> = found.split('=').collect();
            let scaled: f64 = parts[2].parse().unwrap();
            let same_raw = match raw {
                Raw::Float(value) => {
                    let found: f64 = parts[1].parse().unwrap();
                    found == *value || found.is_nan() && value.is_nan()
                }
                raw => parts[1] == raw.as_integer().unwrap().to_string(),
            };
            // Beyond 53 bits cantools scales in whole numbers, which round once instead of thrice.
            let tolerance = if physical.abs() < 1e15 { 0.0 } else { physical.abs() * 4e-16 };
            let same = (scaled - physical).abs() <= tolerance || scaled == *physical;
            parts[0] == name && same_raw && (same || scaled.is_nan() && physical.is_nan())
        })
}

#[test]
fn cantools_agrees_on_thousands_of_random_messages() {
    let Some(witness) = Witness::with("cantools") else { return };
    let mut random = Random(TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let file = random_file(&mut random);
    let parsed = parse(file.as_bytes());
    assert_eq!(parsed.mistakes, [], "the random file is a good one");
    let database = parsed.database;
    let signals = || database.messages().iter().flat_map(|message| &message.signals);
    assert!(signals().any(|s| s.is_switch && s.selection.is_some()));
    assert!(signals().any(|s| s.kind == ValueKind::Float16));
    assert!(signals().any(|s| s.byte_order() == ByteOrder::Big && s.length_bits() > 8));
    let questions = questions(&mut random, &database);
    let lines: String = questions.iter().map(|question| format!("{}\n", question.text)).collect();
    let answers = witness.ask(WITNESS, format!("{}\n{file}{lines}", file.lines().count()));
    assert_eq!(answers.len(), questions.len());
    for (answer, question) in answers.iter().zip(&questions) {
        assert!(
            agrees(answer, &question.expected),
            "{}\n{answer}\n{:?}",
            question.text,
            question.expected
        );
    }
    let encoded = questions.iter().filter(|question| question.text.contains('=')).count();
    assert!(encoded > 2_000, "{encoded} messages were encoded");
}
