//! A unit's end of the line: requests for it come out, answers go in, and the line's pauses are kept.
//!
//! A request for another unit, and one with a wrong CRC, is met with silence; a broadcast is obeyed
//! without an answer. What is no request is refused here. An answer begins when the line has been silent
//! for 3.5 characters, and leaves at the line's rate.

use blackstart_units::SimTime;

use super::adu::{Adu, BROADCAST};
use super::framer::{Framer, FramerCounters};
use super::request::ModbusRequest;
use super::response::{Exception, ModbusResponse};
use super::timing::LineTiming;
use super::{MAX_ADU_BYTES, function};
use crate::serial::{OutgoingBytes, Rate};

/// Requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerCounters {
    /// For this unit, also those that it refused.
    pub for_this_unit: u64,
    /// For everybody.
    pub broadcasts: u64,
    /// For other units.
    pub for_others: u64,
    /// Answers that were exceptions.
    pub refused: u64,
}

/// What a master asks of this unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The request.
    pub request: ModbusRequest,
    /// The line was silent after it from here on.
    at: SimTime,
    is_broadcast: bool,
}

/// A unit. Holds one frame in, one request, and one frame out.
#[derive(Clone, Debug)]
pub struct Server {
    unit: u8,
    timing: LineTiming,
    framer: Framer,
    /// A master waits for its answer: one is enough, and of two the later counts.
    query: Option<Query>,
    line: OutgoingBytes,
    counters: ServerCounters,
}

impl Server {
    /// A unit with this address on a line with this rate.
    pub fn new(unit: u8, rate: Rate, timing: LineTiming) -> Self {
        Self {
            unit,
            timing,
            framer: Framer::new(timing),
            query: None,
            line: OutgoingBytes::new(rate, MAX_ADU_BYTES),
            counters: ServerCounters::default(),
        }
    }

    /// Takes a byte and the instant at which it came.
    pub fn hear(&mut self, at: SimTime, byte: u8) {
        if let Some(adu) = self.framer.push(byte, at) {
            self.take_in(at, &adu);
        }
    }

    /// What is asked by now, once. A broadcast must be obeyed, and its answer goes nowhere.
    pub fn query(&mut self, now: SimTime) -> Option<Query> {
        let ended = self.framer.ends_at().unwrap_or(now);
        if let Some(adu) = self.framer.idle(now) {
            self.take_in(ended, &adu);
        }
        self.query.take()
    }

    /// Answers. What does not answer the request becomes [`Exception::Failure`].
    pub fn answer(&mut self, query: &Query, outcome: Result<ModbusResponse, Exception>) {
        if query.is_broadcast {
            return;
        }
        let answered = outcome.as_ref().ok().and_then(|response| response.encode(&query.request));
        match answered {
            Some(pdu) => self.send(query.at, &pdu),
            None => {
                let exception = outcome.err().unwrap_or(Exception::Failure);
                self.refuse(query.at, query.request.function(), exception);
            }
        }
    }

    /// Appends the bytes that have left by now.
    pub fn take(&mut self, now: SimTime, out: &mut Vec<u8>) {
        self.line.take(now, out);
    }

    /// When it next has something to do if nothing more comes; [`SimTime::NEVER`] when it has not.
    pub fn due(&self) -> SimTime {
        let sent = if self.line.is_empty() { SimTime::NEVER } else { self.line.free_at() };
        let asked = self.query.as_ref().map_or(SimTime::NEVER, |query| query.at);
        self.framer.ends_at().unwrap_or(SimTime::NEVER).min(sent).min(asked)
    }

    /// Moves to another address.
    pub fn set_unit(&mut self, unit: u8) {
        self.unit = unit;
    }

    /// Its address.
    pub fn unit(&self) -> u8 {
        self.unit
    }

    /// The requests so far.
    pub fn counters(&self) -> ServerCounters {
        self.counters
    }

    /// The bytes and frames so far.
    pub fn line_counters(&self) -> FramerCounters {
        self.framer.counters()
    }

    fn take_in(&mut self, at: SimTime, adu: &Adu) {
        let is_broadcast = adu.unit == BROADCAST;
        if adu.unit != self.unit && !is_broadcast {
            self.counters.for_others += 1;
            return;
        }
        let count = if is_broadcast {
            &mut self.counters.broadcasts
        } else {
            &mut self.counters.for_this_unit
        };
        *count += 1;
        match ModbusRequest::decode(adu.pdu()) {
            Ok(request) => self.query = Some(Query { request, at, is_broadcast }),
            Err(_) if is_broadcast => {}
            Err(exception) => {
                let function = adu.pdu().first().map_or(0, |code| code & !function::EXCEPTION);
                self.refuse(at, function, exception);
            }
        }
    }

    fn refuse(&mut self, at: SimTime, function: u8, exception: Exception) {
        self.counters.refused += 1;
        self.send(at, &ModbusResponse::refuse(function, exception));
    }

    /// A master that did not wait for the answer before loses this one.
    fn send(&mut self, at: SimTime, pdu: &[u8]) {
        let Some(answer) = Adu::new(self.unit, pdu) else { return };
        let mut bytes = Vec::new();
        answer.append(&mut bytes);
        self.line.push(at.max(self.line.free_at() + self.timing.between_frames), &bytes);
    }
}
