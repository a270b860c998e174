//! The other end of a VE.Direct cable: reads a real Phoenix and records what it says.
//!
//! Every block's numbers are recorded; a few settings are asked for in HEX, seldom, because some devices
//! stop their text while they answer. A torn block is started over after the protocol's gap of silence.

use blackstart_units::SimTime;
use blackstart_wire::serial::{OutgoingBytes, Rate};
use blackstart_wire::ve_direct::hex::{HexRequest, HexResponse, RegisterReport};
use blackstart_wire::ve_direct::phoenix::{item, item_labelled, item_of_register};
use blackstart_wire::ve_direct::{
    BAUD, BYTE_GAP, Field, STALE_AFTER, VeDirectEvent, VeDirectReader,
};

use super::{Effect, Emulated, LineErrors, SerialDevice, View};

/// What is recorded: items of the inverter by their names, then whether it can be heard.
const SHOWS: [&str; 13] = [
    "mode",
    "state",
    "ac_out_voltage_v",
    "ac_out_current_a",
    "ac_out_apparent_power_va",
    "dc_voltage_v",
    "dc_current_a",
    "alarm_reason",
    "warning_reason",
    "off_reason",
    "shutdown_low_voltage_v",
    "low_voltage_alarm_set_v",
    "is_heard",
];
/// Place of `is_heard`.
const IS_HEARD: usize = SHOWS.len() - 1;
/// Settings that are asked for.
const ASKED: [&str; 2] = ["shutdown_low_voltage_v", "low_voltage_alarm_set_v"];
/// How often each is.
const ASK_PERIOD: SimTime = SimTime::from_whole_seconds(10);
/// Room for the requests.
const ROOM: usize = 64;

/// A reader of one inverter.
#[derive(Clone, Debug)]
pub struct PhoenixReader {
    reader: VeDirectReader,
    line: OutgoingBytes,
    next_question: SimTime,
    last_byte: SimTime,
    last_block: Option<SimTime>,
    effects: Vec<Effect>,
    lost: u64,
}

impl Default for PhoenixReader {
    fn default() -> Self {
        Self {
            reader: VeDirectReader::default(),
            line: OutgoingBytes::new(Rate::eight_n_one(BAUD), ROOM),
            next_question: SimTime::ZERO,
            last_byte: SimTime::ZERO,
            last_block: None,
            effects: Vec::new(),
            lost: 0,
        }
    }
}

impl PhoenixReader {
    fn show(&mut self, name: &str, value: f64, at: SimTime) {
        if let Some(index) = SHOWS.iter().position(|known| *known == name) {
            self.effects.push(Effect::Show { index, value, at });
        }
    }

    fn take_block(&mut self, fields: &[Field], at: SimTime) {
        for field in fields {
            let found = item_labelled(&field.label);
            if let Some((item, value)) = found.and_then(|i| Some((i, i.from_text(&field.value)?))) {
                self.show(item.name, value, at);
            }
        }
        self.show("is_heard", 1.0, at);
        self.last_block = Some(at);
    }

    fn take_register(&mut self, report: &RegisterReport, at: SimTime) {
        if report.flags != 0 {
            return;
        }
        let found = item_of_register(report.register);
        if let Some((item, value)) = found.and_then(|i| Some((i, i.from_register(&report.value)?)))
        {
            self.show(item.name, value, at);
        }
    }

    fn ask(&mut self, at: SimTime) {
        for name in ASKED {
            let Some(register) = item(name).and_then(|item| item.register) else { continue };
            let mut bytes = Vec::new();
            HexRequest::Get { register: register.id }.encode().append(&mut bytes);
            self.lost += u64::from(!self.line.push(at, &bytes));
        }
    }
}

impl Emulated for PhoenixReader {
    fn due(&self) -> SimTime {
        let sent = if self.line.is_empty() { SimTime::NEVER } else { self.line.free_at() };
        let stale = self.last_block.map_or(SimTime::NEVER, |at| at + STALE_AFTER);
        self.next_question.min(sent).min(stale)
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn shows(&self) -> &'static [&'static str] {
        &SHOWS
    }

    fn errors(&self) -> LineErrors {
        let counters = self.reader.counters();
        LineErrors {
            understood: counters.blocks + counters.hex_frames,
            rejected: counters.checksum_errors + counters.malformed + counters.hex_errors,
            lost: self.lost,
        }
    }
}

impl SerialDevice for PhoenixReader {
    fn hear(&mut self, at: SimTime, bytes: &[u8]) {
        if at.since(self.last_byte) > BYTE_GAP {
            self.reader.reset();
        }
        self.last_byte = at;
        for &byte in bytes {
            match self.reader.push(byte) {
                Some(VeDirectEvent::Block(fields)) => self.take_block(&fields, at),
                Some(VeDirectEvent::Hex(frame)) => {
                    if let Some(
                        HexResponse::Get(report)
                        | HexResponse::Set(report)
                        | HexResponse::Async(report),
                    ) = HexResponse::decode(&frame)
                    {
                        self.take_register(&report, at);
                    }
                }
                None => {}
            }
        }
    }

    fn speak(&mut self, at: SimTime, _: &View<'_>, out: &mut Vec<u8>) {
        if at >= self.next_question {
            self.ask(at);
            self.next_question = at + ASK_PERIOD;
        }
        if self.last_block.take_if(|last| at >= *last + STALE_AFTER).is_some() {
            self.effects.push(Effect::Show { index: IS_HEARD, value: 0.0, at });
        }
        self.line.take(at, out);
    }
}
