//! Files made wrong, each by a number: the same number makes the same file.

/// A stream of numbers, the same on every machine (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below a number; 0 below 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }
}

/// Numbers at the ends of what can be written.
const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1e308",
    "-1e308",
    "1e-308",
    "1e400",
    "0.1",
    "1e15",
    "-0",
    "9007199254740993",
    "1e6",
    "null",
    "\"1\"",
    "[1]",
];
/// Pieces that stand where they do not belong.
const PIECES: [&[u8]; 12] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\"",
    b"\\",
    b"\xff\xfe",
    b"\x00",
    b"\x1b[2J",
    "\u{202e}".as_bytes(),
    b"\n\n",
];

/// The bytes of a file with one to three things wrong.
pub fn mutate(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(3) {
        change(&mut bytes, dice);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len());
    let end = (at + dice.below(200)).min(bytes.len());
    match dice.below(10) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        3 => drop(bytes.splice(at..at, dice.one_of(&PIECES).iter().copied())),
        4 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
        5 | 6 => replace(
            bytes,
            at,
            |byte| byte.is_ascii_digit() || b".-+eE".contains(&byte),
            dice.one_of(&NUMBERS),
        ),
        7 => replace(bytes, at, |byte| byte.is_ascii_lowercase() || byte == b'_', "x"),
        8 => {
            let long = "a".repeat(dice.below(70_000));
            bytes.splice(at..at, long.bytes());
        }
        _ => {
            let line = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            let piece = bytes[line..at].to_vec();
            let many = 1 + dice.below(500);
            bytes.splice(at..at, piece.repeat(many.min(200_000 / piece.len().max(1))));
        }
    }
}

/// Replaces the next run of such bytes.
fn replace(bytes: &mut Vec<u8>, from: usize, is_such: impl Fn(u8) -> bool, by: &str) {
    let Some(start) = bytes[from..].iter().position(|&byte| is_such(byte)) else { return };
    let start = from + start;
    let length =
        bytes[start..].iter().position(|&byte| !is_such(byte)).unwrap_or(bytes.len() - start);
    bytes.splice(start..start + length, by.bytes());
}
