//! The other end of a meter's Modbus line: reads a real meter and records what it says.

use blackstart_units::SimTime;
use blackstart_wire::modbus::{Client, LineTiming, ModbusRequest, ModbusResponse, RequestOutcome};
use blackstart_wire::serial::Rate;

use super::meter::{BAUD, JITTER};
use super::{Effect, Emulated, LineErrors, SerialDevice, View};

/// What is recorded: what was read, then whether the meter answers.
const SHOWS: [&str; 11] = [
    "l1_voltage_v",
    "l2_voltage_v",
    "l3_voltage_v",
    "l1_current_a",
    "l2_current_a",
    "l3_current_a",
    "l1_power_w",
    "l2_power_w",
    "l3_power_w",
    "frequency_hz",
    "is_heard",
];
/// Place of `is_heard`.
const IS_HEARD: usize = SHOWS.len() - 1;
/// The three phases' voltages, currents and powers, and the frequency: first address and number of
/// registers of each question, and the place of its first value.
const QUESTIONS: [(u16, u16, usize); 2] = [(0x0000, 18, 0), (0x0046, 2, 9)];
/// Between two questions.
const PERIOD: SimTime = SimTime::from_millis(500);
/// How long the meter may take.
const TIMEOUT: SimTime = SimTime::from_millis(300);

/// A reader of one meter.
#[derive(Clone, Debug)]
pub struct MeterReader {
    client: Client,
    next_question: SimTime,
    question: usize,
    effects: Vec<Effect>,
    understood: u64,
    wrong: u64,
    silent: u64,
}

impl MeterReader {
    /// A reader of the meter with this address.
    pub fn new(unit: u8) -> Self {
        let timing = LineTiming::of_line(BAUD, 10).expect("neither is zero").seen_through(JITTER);
        Self {
            client: Client::new(unit, Rate::eight_n_one(BAUD), timing, TIMEOUT),
            next_question: SimTime::ZERO,
            question: 0,
            effects: Vec::new(),
            understood: 0,
            wrong: 0,
            silent: 0,
        }
    }

    fn take(&mut self, outcome: RequestOutcome, at: SimTime) {
        let mut show = |index, value| self.effects.push(Effect::Show { index, value, at });
        match outcome {
            RequestOutcome::Answered(
                ModbusRequest::ReadInput { start, .. },
                ModbusResponse::Registers(values),
            ) => {
                let asked = QUESTIONS.iter().find(|(first, ..)| *first == start);
                let (pairs, _) = values.as_chunks::<2>();
                for (pair, index) in pairs.iter().zip(asked.map_or(SHOWS.len(), |q| q.2)..IS_HEARD)
                {
                    let bits = u32::from(pair[0]) << 16 | u32::from(pair[1]);
                    let value = f64::from(f32::from_bits(bits));
                    if value.is_finite() {
                        show(index, value);
                    }
                }
                show(IS_HEARD, 1.0);
                self.understood += 1;
            }
            RequestOutcome::Answered(..) | RequestOutcome::Wrong(..) => self.wrong += 1,
            RequestOutcome::Silent(_) => {
                show(IS_HEARD, 0.0);
                self.silent += 1;
            }
        }
    }
}

impl Emulated for MeterReader {
    fn due(&self) -> SimTime {
        self.next_question.min(self.client.due())
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn shows(&self) -> &'static [&'static str] {
        &SHOWS
    }

    fn errors(&self) -> LineErrors {
        let line = self.client.line_counters();
        let noise = line.crc_errors + line.length_errors + line.pauses;
        LineErrors { understood: self.understood, rejected: self.wrong + noise, lost: self.silent }
    }
}

impl SerialDevice for MeterReader {
    fn hear(&mut self, at: SimTime, bytes: &[u8]) {
        for &byte in bytes {
            if let Some(outcome) = self.client.hear(at, byte) {
                self.take(outcome, at);
            }
        }
    }

    fn speak(&mut self, at: SimTime, _: &View<'_>, out: &mut Vec<u8>) {
        if let Some(outcome) = self.client.pass(at, out) {
            self.take(outcome, at);
        }
        if at >= self.next_question {
            let (start, count, _) = QUESTIONS[self.question];
            if self.client.ask(at, &ModbusRequest::ReadInput { start, count }) {
                self.question = (self.question + 1) % QUESTIONS.len();
            }
            self.next_question = at + PERIOD;
        }
    }
}
