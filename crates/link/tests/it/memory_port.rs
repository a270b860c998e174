//! A bus in memory: what is to come is put in, what was sent is taken out.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use blackstart_link::{CanPort, CanPortCounters, LinkErrorKind, ReceivedFrame, Sent};
use blackstart_wire::can::{CanFrame, CanId, DataFrame};

/// Both sides of it.
#[derive(Clone, Default)]
pub struct MemoryPort(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    incoming: Vec<CanFrame>,
    sent: Vec<CanFrame>,
    answers: VecDeque<Sent>,
    counters: CanPortCounters,
}

impl MemoryPort {
    /// The other side sends a frame.
    pub fn put(&self, frame: CanFrame) {
        self.0.lock().unwrap().incoming.push(frame);
    }

    /// What was sent since it was asked last.
    pub fn take(&self) -> Vec<CanFrame> {
        std::mem::take(&mut self.0.lock().unwrap().sent)
    }

    /// What becomes of the next frames; those after them are queued.
    pub fn answer(&self, answers: &[Sent]) {
        self.0.lock().unwrap().answers.extend(answers);
    }

    /// Frames were lost on the way here.
    pub fn lose(&self, frames: u64) {
        self.0.lock().unwrap().counters.lost += frames;
    }
}

impl CanPort for MemoryPort {
    fn send(&mut self, frame: &CanFrame) -> Result<Sent, LinkErrorKind> {
        let mut contents = self.0.lock().unwrap();
        let answer = contents.answers.pop_front().unwrap_or(Sent::Queued);
        match answer {
            Sent::Queued => {
                contents.sent.push(*frame);
                contents.counters.sent += 1;
            }
            Sent::Full => contents.counters.full += 1,
            Sent::Unsupported => contents.counters.refused += 1,
        }
        Ok(answer)
    }

    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        let at = Instant::now();
        let mut contents = self.0.lock().unwrap();
        into.extend(contents.incoming.drain(..).map(|frame| ReceivedFrame { at, frame }));
        Ok(())
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn counters(&self) -> CanPortCounters {
        self.0.lock().unwrap().counters
    }

    fn describe(&self) -> String {
        "a bus in memory".to_owned()
    }
}

pub fn frame(id: u32, data: &[u8]) -> CanFrame {
    DataFrame::classic(CanId::standard(id).unwrap(), data).unwrap().into()
}
