//! A master's end of the line: one request at a time, its answer or its time-out.

use blackstart_units::SimTime;

use super::MAX_ADU_BYTES;
use super::adu::Adu;
use super::framer::{Framer, FramerCounters};
use super::request::ModbusRequest;
use super::response::{ModbusResponse, ResponseError};
use super::timing::LineTiming;
use crate::serial::{OutgoingBytes, Rate};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestOutcome {
    /// The unit answered, perhaps with an exception.
    Answered(ModbusRequest, ModbusResponse),
    /// What the unit answered does not belong to the request.
    Wrong(ModbusRequest, ResponseError),
    /// Nothing came in time, or only noise.
    Silent(ModbusRequest),
}

/// A master. Holds one frame in and one out.
#[derive(Clone, Debug)]
pub struct Client {
    unit: u8,
    timeout: SimTime,
    framer: Framer,
    line: OutgoingBytes,
    pending: Option<(ModbusRequest, SimTime)>,
}

impl Client {
    /// A master that asks this unit and waits so long after the request has left.
    pub fn new(unit: u8, rate: Rate, timing: LineTiming, timeout: SimTime) -> Self {
        let (framer, line) = (Framer::new(timing), OutgoingBytes::new(rate, MAX_ADU_BYTES));
        Self { unit, timeout, framer, line, pending: None }
    }

    /// Asks; `false`, and nothing is sent, while an answer is awaited.
    pub fn ask(&mut self, at: SimTime, request: &ModbusRequest) -> bool {
        if self.pending.is_some() {
            return false;
        }
        let Some(adu) = Adu::new(self.unit, &request.encode()) else { return false };
        let mut bytes = Vec::new();
        adu.append(&mut bytes);
        if self.line.push(at, &bytes) {
            self.pending = Some((request.clone(), self.line.free_at() + self.timeout));
        }
        self.pending.is_some()
    }

    /// Takes a byte and the instant at which it came.
    pub fn hear(&mut self, at: SimTime, byte: u8) -> Option<RequestOutcome> {
        let adu = self.framer.push(byte, at)?;
        self.conclude(&adu)
    }

    /// Time has passed: appends the bytes that have left by now, and says what became of the request if
    /// that is known now.
    pub fn pass(&mut self, now: SimTime, out: &mut Vec<u8>) -> Option<RequestOutcome> {
        self.line.take(now, out);
        if let Some(adu) = self.framer.idle(now)
            && let Some(outcome) = self.conclude(&adu)
        {
            return Some(outcome);
        }
        let (request, _) = self.pending.take_if(|(_, until)| now >= *until)?;
        Some(RequestOutcome::Silent(request))
    }

    /// When it next has something to do if nothing comes; [`SimTime::NEVER`] when it has not.
    pub fn due(&self) -> SimTime {
        let sent = if self.line.is_empty() { SimTime::NEVER } else { self.line.free_at() };
        let until = self.pending.as_ref().map_or(SimTime::NEVER, |(_, until)| *until);
        self.framer.ends_at().unwrap_or(SimTime::NEVER).min(sent).min(until)
    }

    /// The bytes and frames so far.
    pub fn line_counters(&self) -> FramerCounters {
        self.framer.counters()
    }

    fn conclude(&mut self, adu: &Adu) -> Option<RequestOutcome> {
        // On a bus of two wires it hears other units, and itself.
        if adu.unit != self.unit {
            return None;
        }
        let (request, _) = self.pending.take()?;
        Some(match ModbusResponse::decode(adu.pdu(), &request) {
            Ok(response) => RequestOutcome::Answered(request, response),
            Err(error) => RequestOutcome::Wrong(request, error),
        })
    }
}
