//! The beginning of a session: who is there, and which pins of its role it uses.

use std::time::Instant;

use blackstart_wire::bench_link::{
    FRAME_DELIMITER, FromDevice, IdentityField, Negotiation, Offer, PROTOCOL_VERSION, ToDevice,
    append_frame, printable,
};

use super::{
    DeviceIdentity, GREETING_PERIOD, Heard, Hearing, MAX_IDENTITY_TEXT, Session, Timebase, garbage,
};
use crate::error::LinkErrorKind;

impl Session {
    pub(super) fn greet(&mut self) -> Result<DeviceIdentity, LinkErrorKind> {
        let mut hearing = self.start_hearing();
        let deadline = hearing.deadline;
        let (mut name, mut version) = (Vec::new(), Vec::new());
        self.send_hello(deadline)?;
        hearing.deadline = deadline.min(Instant::now() + GREETING_PERIOD);
        loop {
            let Some(heard) = self.hear(&mut hearing)? else {
                if self.line.is_late(deadline) {
                    return Err(self.never_answered(&hearing));
                }
                // In the middle of an introduction it need not be greeted again.
                if name.is_empty() && version.is_empty() {
                    self.send_hello(deadline)?;
                }
                hearing.deadline = deadline.min(Instant::now() + GREETING_PERIOD);
                continue;
            };
            // Noise of a device that boots, and leftovers of an earlier session, are not for this one.
            let Heard::Message(FromDevice::Identity { protocol, field, text, end }) = heard else {
                continue;
            };
            if protocol != PROTOCOL_VERSION {
                let (device, bench) = (protocol, PROTOCOL_VERSION);
                return Err(LinkErrorKind::ProtocolVersion { device, bench });
            }
            let part = match field {
                IdentityField::Name => &mut name,
                IdentityField::Version => &mut version,
            };
            part.extend(text.bytes().iter().take(MAX_IDENTITY_TEXT - part.len()));
            if end && field == IdentityField::Version {
                self.greetings -= 1;
                let (name, version) = (printable(&name), printable(&version));
                return Ok(DeviceIdentity { name, version, protocol });
            }
        }
    }

    fn send_hello(&mut self, deadline: Instant) -> Result<(), LinkErrorKind> {
        // The delimiter ends whatever the line has picked up before.
        let mut bytes = vec![FRAME_DELIMITER];
        let hello = ToDevice::Hello {
            protocol: PROTOCOL_VERSION,
            lockstep: self.timebase == Timebase::Lockstep,
        };
        append_frame(&hello.encode(), &mut bytes);
        self.greetings += 1;
        self.send(&bytes, 1, deadline)
    }

    fn never_answered(&self, hearing: &Hearing) -> LinkErrorKind {
        let counters = self.decoder.counters();
        if counters.rejected() > 0 {
            return garbage(counters);
        }
        LinkErrorKind::NeverAnswered { waited: self.timeout, received: hearing.bytes(counters) }
    }

    /// Tells the device the pins of its role, and waits until it has said which it uses.
    pub(super) fn negotiate(&mut self, offer: Offer) -> Result<(), LinkErrorKind> {
        let mut hearing = self.start_hearing();
        let mut bytes = Vec::new();
        offer.messages().iter().for_each(|message| append_frame(&message.encode(), &mut bytes));
        self.send(&bytes, offer.messages().len() as u64, hearing.deadline)?;
        let mut negotiation = Negotiation::new(offer);
        loop {
            let message = match self.hear(&mut hearing)? {
                Some(Heard::Message(message)) => message,
                // On a bus of its own clock a frame may be damaged; the digest shows what got lost.
                Some(Heard::Noise(LinkErrorKind::Garbage { .. }))
                    if self.timebase == Timebase::OwnClock =>
                {
                    continue;
                }
                Some(Heard::Noise(kind)) => return Err(kind),
                None => {
                    let (waited, messages) = (self.timeout, hearing.messages);
                    return Err(LinkErrorKind::NotReady { waited, messages });
                }
            };
            match message {
                FromDevice::Use { .. } | FromDevice::Own { .. } | FromDevice::Ready { .. } => {
                    if negotiation.take(message)? {
                        self.greetings = 0;
                        self.agreement = negotiation.finish();
                        return Ok(());
                    }
                }
                FromDevice::Log { text, end } => self.first_logs.extend(self.log.append(text, end)),
                FromDevice::Lost { frames } if self.timebase == Timebase::OwnClock => {
                    self.counters.frames_lost += u64::from(frames);
                }
                FromDevice::Lost { frames } => return Err(LinkErrorKind::LostFrames { frames }),
                FromDevice::Identity { field, end, .. } if self.greetings > 0 => {
                    self.greetings -= u32::from(end && field == IdentityField::Version);
                }
                FromDevice::Identity { .. } | FromDevice::Boot => {
                    return Err(LinkErrorKind::Restarted);
                }
                message => return Err(LinkErrorKind::Untimely { message: message.name() }),
            }
        }
    }
}
