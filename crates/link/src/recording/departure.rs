//! Where a replay and its recording part.

use std::fmt;

use blackstart_roles::{Pin, PinForm, RoleTable};
use blackstart_units::SimTime;
use blackstart_wire::bench_link::{PacketDecoder, ToDevice, from_counts};

/// The bench says something else to the device than when the session was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Barriers of this line before it.
    pub barrier: u64,
    /// Time of the barrier in the recording.
    pub at: SimTime,
    /// The first message that differs, as recorded, for people.
    pub recorded: String,
    /// What the bench sends in its place.
    pub asked: String,
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { barrier, at, recorded, asked } = self;
        write!(
            f,
            "at barrier {barrier}, at {at}, the bench now sends {asked}, recorded is {recorded}"
        )
    }
}

impl Departure {
    /// Of what was recorded at this place, and what the bench sends now.
    pub(super) fn between(
        (barrier, at): (u64, SimTime),
        reported: &OfferedPins,
        recorded: &[u8],
        asked: &[u8],
    ) -> Self {
        let (recorded, asked) = (messages(recorded), messages(asked));
        let same = recorded.iter().zip(&asked).take_while(|(a, b)| a == b).count();
        let name = |messages: &[ToDevice]| {
            messages
                .get(same)
                .map_or_else(|| "nothing".to_owned(), |message| in_words(*message, reported))
        };
        Self { barrier, at, recorded: name(&recorded), asked: name(&asked) }
    }
}

/// What the bench said with these bytes.
pub(super) fn messages(bytes: &[u8]) -> Vec<ToDevice> {
    let mut decoder = PacketDecoder::default();
    let packets = bytes.iter().filter_map(|&byte| decoder.push(byte));
    packets.filter_map(|packet| ToDevice::decode(&packet).ok()).collect()
}

/// The pins that a device was sent, as far as they are known by their keys.
#[derive(Clone, Debug, Default)]
pub(super) struct OfferedPins(Vec<(u16, u16, Pin)>);

impl OfferedPins {
    /// Notes what a message says of them.
    pub fn note(&mut self, message: ToDevice) {
        match message {
            ToDevice::Hello { .. } => self.0.clear(),
            ToDevice::Pin { id, key, exponent, .. } => {
                let mut rows = RoleTable::standard().roles.iter().flat_map(|role| &role.pins);
                let Some(mut pin) = rows.find(|pin| pin.key() == key).cloned() else { return };
                if let PinForm::Quantity { exponent: of_count } = &mut pin.form {
                    *of_count = exponent;
                }
                self.0.push((id, 1, pin));
            }
            ToDevice::Span { first, count } => {
                if let Some(last) = self.0.last_mut().filter(|last| last.0 == first) {
                    last.1 = count;
                }
            }
            _ => {}
        }
    }

    fn find(&self, id: u16) -> Option<(&Pin, String)> {
        let is_meant = |(first, count, _): &&(u16, u16, Pin)| {
            id.checked_sub(*first).is_some_and(|element| element < *count)
        };
        let (first, _, pin) = self.0.iter().find(is_meant)?;
        Some((pin, pin.element(usize::from(id - first))))
    }
}

fn in_words(message: ToDevice, reported: &OfferedPins) -> String {
    match message {
        ToDevice::Hello { protocol, .. } => format!("HELLO of version {protocol}"),
        ToDevice::Reading { id, value } => reading(id, value, reported),
        ToDevice::Pin { key, .. } => {
            let rows = RoleTable::standard().roles.iter().flat_map(|role| &role.pins);
            match rows.into_iter().find(|pin| pin.key() == key) {
                Some(pin) => format!("PIN {} {}", pin.direction.noun(), pin.name),
                None => format!("PIN 0x{key:08X}"),
            }
        }
        ToDevice::Span { count, .. } => format!("SPAN of {count}"),
        ToDevice::PinsEnd { count, .. } => format!("PINS-END of {count}"),
        ToDevice::Advance { at, cause, .. } => {
            let causes = [
                (cause.timer, "timer"),
                (cause.alert, "alert"),
                (cause.level, "level"),
                (cause.input, "input"),
            ];
            let set: Vec<&str> =
                causes.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect();
            format!("ADVANCE to {at} (cause {})", set.join(" and "))
        }
        ToDevice::Bye => "BYE".to_owned(),
        ToDevice::BusRead { bytes } => format!("BUS-READ {:02X?}", bytes.bytes()),
        ToDevice::Transferred { status, count, .. } => {
            format!("TRANSFERRED {count} bytes ({status:?})")
        }
    }
}

/// `READING port_voltage_v 51.203`.
fn reading(id: u16, counts: i32, reported: &OfferedPins) -> String {
    let Some((pin, name)) = reported.find(id) else {
        return format!("READING 0x{id:04X} {counts}");
    };
    match &pin.form {
        PinForm::States(names) => {
            let state = usize::try_from(counts).ok().and_then(|index| names.get(index));
            format!("READING {name} {}", state.map_or("?", String::as_str))
        }
        _ => format!("READING {name} {}", from_counts(pin, counts)),
    }
}
