//! A CAN device behind an emulated SLCAN adapter, so that a client needs a serial line and no CAN.
//!
//! The adapter is the only other node of the bus: what the host sends reaches the device, what the device
//! sends reaches the host while its channel is open. A device goes on talking to a closed channel, as it
//! would to a bus that nobody listens to.

use blackstart_units::SimTime;
use blackstart_wire::can::CanFrame;
use blackstart_wire::can::slcan::{Action, Adapter};

use super::{CanNode, Effect, Emulated, LineErrors, MAX_HEARD, SerialDevice, View};

/// A device with its adapter.
pub struct BehindSlcan {
    node: Box<dyn CanNode>,
    adapter: Adapter,
    /// Answers to commands, and frames, that wait to be taken.
    replies: Vec<u8>,
    lost: u64,
}

impl BehindSlcan {
    /// Puts a device behind a closed adapter.
    pub fn new(node: Box<dyn CanNode>) -> Self {
        Self { node, adapter: Adapter::default(), replies: Vec::new(), lost: 0 }
    }
}

impl Emulated for BehindSlcan {
    fn due(&self) -> SimTime {
        if self.replies.is_empty() { self.node.due() } else { SimTime::ZERO }
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        self.node.take_effects()
    }

    fn shows(&self) -> &'static [&'static str] {
        self.node.shows()
    }

    fn errors(&self) -> LineErrors {
        let errors = self.node.errors();
        LineErrors {
            rejected: errors.rejected + self.adapter.counters().refused,
            lost: errors.lost + self.lost,
            ..errors
        }
    }
}

impl SerialDevice for BehindSlcan {
    fn hear(&mut self, at: SimTime, bytes: &[u8]) {
        for &byte in bytes {
            // A host that never takes its answers gets no more of them.
            if self.replies.len() > MAX_HEARD {
                self.lost += 1;
                continue;
            }
            if let Some(Action::Send(frame)) = self.adapter.push(byte, &mut self.replies) {
                self.node.hear(at, &frame);
            }
        }
    }

    fn speak(&mut self, at: SimTime, view: &View<'_>, out: &mut Vec<u8>) {
        out.append(&mut self.replies);
        let mut frames: Vec<CanFrame> = Vec::new();
        self.node.speak(at, view, &mut frames);
        for frame in frames {
            self.adapter.receive(&frame, at, out);
        }
    }
}
