//! What messages carry so that a receiver notices damage, loss and a sender that hangs: a checksum in
//! one byte, and a counter that must move.
//!
//! CRC-8/SAE-J1850 is the polynomial x⁸ + x⁴ + x³ + x² + 1 started at 0xFF and inverted. End-to-end
//! profile 1 is AUTOSAR's (E2E Protocol Specification, profile 1): the same polynomial started at 0 and
//! not inverted, over the message's data id and all its bytes but the checksum, with the counter 0 … 14
//! in the low four bits of the byte behind the checksum. Left out: checksums of more than one byte, and
//! the state machine that profile 1 has on top of single messages.

/// How the 16-bit data id enters the checksum of profile 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataIdMode {
    /// Both bytes, low one first.
    #[default]
    Both,
    /// The low byte when the counter is even, the high byte when it is odd.
    Alternating,
    /// The low byte.
    Low,
    /// The low byte, and the low four bits of the high byte travel above the counter.
    Nibble,
}

/// A checksum of one byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksum {
    /// There is none.
    #[default]
    None,
    /// Sum of the other bytes modulo 256.
    Sum8,
    /// The other bytes, combined by exclusive or.
    Xor8,
    /// CRC-8/SAE-J1850 over the other bytes.
    Crc8SaeJ1850,
    /// AUTOSAR end-to-end profile 1.
    E2eProfile1 {
        /// Of the message; never travels whole.
        data_id: u16,
        /// How it counts.
        mode: DataIdMode,
    },
}

impl Checksum {
    /// Names for files, with the checksum that they mean; profile 1 with data id 0.
    pub const NAMES: [(&'static str, Self); 8] = {
        const fn profile(mode: DataIdMode) -> Checksum {
            Checksum::E2eProfile1 { data_id: 0, mode }
        }
        [
            ("none", Self::None),
            ("sum8", Self::Sum8),
            ("xor8", Self::Xor8),
            ("crc8-sae-j1850", Self::Crc8SaeJ1850),
            ("e2e-p01", profile(DataIdMode::Both)),
            ("e2e-p01-alt", profile(DataIdMode::Alternating)),
            ("e2e-p01-low", profile(DataIdMode::Low)),
            ("e2e-p01-nibble", profile(DataIdMode::Nibble)),
        ]
    };

    /// The checksum with this name; the data id matters to profile 1 only.
    pub fn named(name: &str, data_id: u16) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name)?.1;
        Some(match found {
            Self::E2eProfile1 { mode, .. } => Self::E2eProfile1 { data_id, mode },
            other => other,
        })
    }

    /// Puts the checksum in byte `at`, once everything else is in place. `false`, and nothing changed,
    /// when the message is too short for it.
    pub fn seal(self, data: &mut [u8], at: usize) -> bool {
        if self.lacks_room_in(data, at) {
            return false;
        }
        if let Self::E2eProfile1 { data_id, mode: DataIdMode::Nibble } = self {
            data[at + 1] = data[at + 1] & 0x0F | (data_id >> 8 << 4) as u8;
        }
        if let Some(sum) = self.over(data, at) {
            data[at] = sum;
        }
        true
    }

    /// Whether byte `at` is the checksum of the others.
    pub fn holds(self, data: &[u8], at: usize) -> bool {
        if self.lacks_room_in(data, at) {
            return false;
        }
        let nibble_holds = match self {
            Self::E2eProfile1 { data_id, mode: DataIdMode::Nibble } => {
                data[at + 1] & 0xF0 == (data_id >> 8 << 4) as u8
            }
            _ => true,
        };
        nibble_holds && self.over(data, at).is_none_or(|sum| sum == data[at])
    }

    fn lacks_room_in(self, data: &[u8], at: usize) -> bool {
        let needed = match self {
            Self::None => return false,
            Self::E2eProfile1 { .. } => 2,
            Self::Sum8 | Self::Xor8 | Self::Crc8SaeJ1850 => 1,
        };
        data.get(at..).is_none_or(|rest| rest.len() < needed)
    }

    /// The checksum of all bytes but `at`; `None` when there is none, or no room for it.
    fn over(self, data: &[u8], at: usize) -> Option<u8> {
        let (before, rest) = data.split_at_checked(at)?;
        let (_, behind) = rest.split_first()?;
        let others = || before.iter().chain(behind).copied();
        Some(match self {
            Self::None => return None,
            Self::Sum8 => others().fold(0, u8::wrapping_add),
            Self::Xor8 => others().fold(0, |sum, byte| sum ^ byte),
            Self::Crc8SaeJ1850 => !crc8(0xFF, others()),
            Self::E2eProfile1 { data_id, mode } => {
                let [low, high] = data_id.to_le_bytes();
                let odd = behind.first()? & 1 == 1;
                let start = match mode {
                    DataIdMode::Both => crc8(0, [low, high]),
                    DataIdMode::Alternating => crc8(0, [if odd { high } else { low }]),
                    DataIdMode::Low => crc8(0, [low]),
                    DataIdMode::Nibble => crc8(0, [low, 0]),
                };
                crc8(start, others())
            }
        })
    }
}

/// The polynomial 0x1D, most significant bit first.
fn crc8(start: u8, bytes: impl IntoIterator<Item = u8>) -> u8 {
    bytes.into_iter().fold(start, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x1D })
    })
}

/// A counter that goes up by one with each message, modulo something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AliveCounter {
    modulo: u32,
}

/// What a receiver makes of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alive {
    /// One more than before.
    Next,
    /// The same as before: repeated, or its sender hangs.
    Repeated,
    /// It jumped: at least so many messages are missing.
    Missed(u32),
    /// A number that the counter never has.
    Invalid,
}

impl AliveCounter {
    /// Counts 0 … `modulo` − 1; `None` below 2. Profile 1 counts modulo 15.
    pub fn new(modulo: u32) -> Option<Self> {
        (modulo >= 2).then_some(Self { modulo })
    }

    /// What follows.
    pub fn after(self, previous: u32) -> u32 {
        (previous % self.modulo + 1) % self.modulo
    }

    /// How `now` follows `previous`.
    pub fn judge(self, previous: u32, now: u32) -> Alive {
        if now >= self.modulo || previous >= self.modulo {
            return Alive::Invalid;
        }
        let step = (u64::from(now) + u64::from(self.modulo) - u64::from(previous))
            % u64::from(self.modulo);
        match step as u32 {
            0 => Alive::Repeated,
            1 => Alive::Next,
            step => Alive::Missed(step - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_catalogues_check_value_holds() {
        assert_eq!(!crc8(0xFF, *b"123456789"), 0x4B);
        let mut data = *b"\x00123456789";
        assert!(Checksum::Crc8SaeJ1850.seal(&mut data, 0));
        assert_eq!(data[0], 0x4B);
    }

    /// The first is the example of AUTOSAR's specification; all were made with the Python package
    /// `autosar-e2e`, data id 0x123.
    #[test]
    fn profile_1_agrees_with_its_reference() {
        use DataIdMode::{Alternating, Both, Low, Nibble};
        let cases = [
            (Both, 0, false, [0xCC, 0x00]),
            (Both, 1, false, [0x91, 0x01]),
            (Both, 14, true, [0xCC, 0x0E]),
            (Alternating, 0, true, [0xCF, 0x00]),
            (Alternating, 1, true, [0x03, 0x01]),
            (Low, 1, false, [0x93, 0x01]),
            (Low, 14, true, [0xCE, 0x0E]),
            (Nibble, 0, false, [0x2A, 0x10]),
            (Nibble, 14, true, [0x2A, 0x1E]),
        ];
        for (mode, counter, filled, head) in cases {
            let mut data = if filled { [0, 0, 1, 2, 3, 4, 5, 6] } else { [0; 8] };
            data[1] = counter;
            assert!(Checksum::E2eProfile1 { data_id: 0x123, mode }.seal(&mut data, 0));
            assert_eq!(data[..2], head, "{mode:?} {counter}");
        }
    }

    #[test]
    fn sums_leave_their_own_byte_out() {
        let mut data = [0x80, 0xFF, 0x81];
        assert!(Checksum::Sum8.seal(&mut data, 1));
        assert_eq!(data, [0x80, 0x01, 0x81]);
        assert!(Checksum::Xor8.seal(&mut data, 2));
        assert_eq!(data, [0x80, 0x01, 0x81]);
    }

    #[test]
    fn a_message_that_is_too_short_is_neither_sealed_nor_sound() {
        let profile = Checksum::named("e2e-p01", 7).unwrap();
        for (checksum, length, at) in
            [(Checksum::Sum8, 0, 0), (Checksum::Xor8, 8, 8), (profile, 8, 7)]
        {
            let mut data = vec![0; length];
            assert!(!checksum.seal(&mut data, at));
            assert!(!checksum.holds(&data, at));
        }
        assert!(Checksum::None.seal(&mut [], 9) && Checksum::None.holds(&[], 9));
        assert_eq!(Checksum::named("crc32", 0), None);
    }

    #[test]
    fn a_counter_tells_hanging_from_missing() {
        let counter = AliveCounter::new(15).unwrap();
        assert_eq!(counter.after(14), 0);
        assert_eq!(counter.judge(14, 0), Alive::Next);
        assert_eq!(counter.judge(3, 3), Alive::Repeated);
        assert_eq!(counter.judge(13, 1), Alive::Missed(2));
        assert_eq!(counter.judge(14, 15), Alive::Invalid);
        assert_eq!(AliveCounter::new(1), None);
        let whole = AliveCounter::new(u32::MAX).unwrap();
        assert_eq!(whole.after(u32::MAX - 1), 0);
        assert_eq!(whole.judge(u32::MAX - 1, 0), Alive::Next);
    }

    proptest! {
        #[test]
        fn a_sealed_message_holds_and_one_damaged_bit_is_noticed(
            which in 1..Checksum::NAMES.len(), data_id: u16,
            mut data in prop::collection::vec(any::<u8>(), 2..64), at: usize, bit: usize,
        ) {
            let checksum = Checksum::named(Checksum::NAMES[which].0, data_id).unwrap();
            let at = at % (data.len() - 1);
            prop_assert!(checksum.seal(&mut data, at));
            prop_assert!(checksum.holds(&data, at));
            let bit = bit % (8 * data.len());
            data[bit / 8] ^= 1 << (bit % 8);
            // The alternating data id changes with the counter, which may hide a change of both.
            let counter = matches!(checksum,
                Checksum::E2eProfile1 { mode: DataIdMode::Alternating, .. }) && bit / 8 == at + 1;
            prop_assert!(counter || !checksum.holds(&data, at));
        }
    }
}
