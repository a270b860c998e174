//! A device that the bench plays, or reads, on its line.
//!
//! It plays no role: the plant goes on without it, and a client that misbehaves is no failure of anything
//! that is judged. What it is sent changes settings of the built-in controller in the role of its
//! instance; a device under test in that role cannot be ordered anything, and the trace says so.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::time::Duration;

use bevy_ecs::prelude::{Entity, World};
use blackstart_engine::{BuiltIn, Clock, Simulation, Terminal};
use blackstart_link::{
    ByteStream, CanPort, LinkError, LinkErrorKind, Pace, PacedBus, PacedClient, Sent, SimOrigin,
    SlcanBus, TrafficTap,
};
use blackstart_plant::{Recorder, Roster};
use blackstart_roles::Protection;
use blackstart_scenario::{Emulation, EmulationKind, RigClock, Transport};
use blackstart_trace::{Cause, EventKind, Evidence, SignalId, SignalKind, Trip};
use blackstart_units::SimTime;
use blackstart_verdict::LinkStatistics;
use blackstart_wire::can::slcan::AdapterIdentity;
use blackstart_wire::can::{CanFrame, FrameDirection};
use blackstart_wire::{ntu, ve_direct};

use super::{Attached, MOST_WAITING, OutsideDevice};
use crate::emulate::{
    BmsCan, BmsCanInverter, CanNode, Effect, EmulationSite, LineErrors, METER_BAUD, Meter,
    MeterReader, Ntu, Phoenix, PhoenixReader, PlaceError, SerialDevice, View,
};
use crate::error::BenchError;
use crate::files::Files;
use crate::open_line::{open_can, open_stream};
use crate::run::Job;

/// How long an adapter may take to answer when its bus is opened.
const OPENING: Duration = Duration::from_secs(10);
/// Most that is read from a line in one go: a client may write faster than the bench reads.
const MOST_AT_ONCE: usize = 1 << 16;

/// A device with its line.
enum Line {
    Serial { device: Box<dyn SerialDevice>, stream: Box<dyn ByteStream> },
    Bus { node: Box<dyn CanNode>, port: Box<dyn CanPort> },
}

/// What came.
enum Heard {
    Bytes(Vec<u8>),
    Frame(CanFrame),
}

/// A device that plays no role.
pub(crate) struct PlayedDevice {
    instance: String,
    line: Line,
    /// It reads a real device, which must be there; a client of one that the bench plays need not.
    reads: bool,
    /// Where the simulation paces the other end: when that wants to run next.
    wakes_at: Option<SimTime>,
    /// The role of its instance, if it has one.
    entity: Option<Entity>,
    /// Where what it learns is recorded.
    signals: Vec<SignalId>,
    /// What has come and has not taken effect, with its time of arrival.
    heard: VecDeque<(SimTime, Result<Heard, LinkErrorKind>)>,
    bytes_sent: u64,
    bytes_received: u64,
    /// What the line did not take, and frames that found no room here.
    lost: u64,
    /// Where its traffic is written down.
    tap: Option<TrafficTap>,
}

/// Puts everything on its line that the job's rig emulates.
///
/// # Errors
/// If an instance is not what is to be emulated, or a line cannot be opened.
pub(crate) fn plug(
    simulation: &mut Simulation,
    job: &Job<'_>,
    files: &Files,
) -> Result<Vec<Attached>, BenchError> {
    let emulates = job.rig.into_iter().flat_map(|rig| &rig.emulates);
    let attached = emulates.map(|(instance, emulation)| {
        let mut device = Box::new(PlayedDevice::plug(simulation, job, instance, emulation)?);
        device.tap = files.tap(instance);
        let role = format!("{instance} as {}", emulation.kind.name());
        Ok(Attached { role, subject: None, files: Vec::new(), faults: None, device })
    });
    attached.collect()
}

impl PlayedDevice {
    fn plug(
        simulation: &mut Simulation,
        job: &Job<'_>,
        instance: &str,
        emulation: &Emulation,
    ) -> Result<Self, BenchError> {
        let recorder = simulation.world.resource::<Recorder>();
        let catalogue = recorder.trace.catalogue();
        let place = EmulationSite { system: &job.scenario.system, catalogue, instance };
        let device = Unplugged::new(emulation, &place).map_err(BenchError::Emulation)?;
        let paced = job.rig.is_some_and(|rig| rig.clock == RigClock::Lockstep);
        let line = device.open(emulation, job.root, paced).map_err(|source| {
            let role = format!("{instance} as {}", emulation.kind.name());
            BenchError::NeverAnswered { role, source }
        })?;
        let (entity, role) = controller(&simulation.world, instance).unzip();
        let prefix = format!("{}.claim", role.as_deref().unwrap_or(instance));
        let shows = match &line {
            Line::Serial { device, .. } => device.shows(),
            Line::Bus { node, .. } => node.shows(),
        };
        let trace = &mut simulation.world.resource_mut::<Recorder>().trace;
        let signals =
            shows.iter().map(|name| trace.declare(&format!("{prefix}.{name}"), SignalKind::Analog));
        let signals = signals.collect();
        let (bytes_sent, bytes_received, lost) = (0, 0, 0);
        let heard = VecDeque::new();
        let reads = emulation.kind.reads();
        let (instance, wakes_at) = (instance.to_owned(), paced.then_some(SimTime::ZERO));
        Ok(Self {
            instance,
            line,
            reads,
            wakes_at,
            entity,
            signals,
            heard,
            bytes_sent,
            bytes_received,
            lost,
            tap: None,
        })
    }

    fn hear(&mut self, at: SimTime, heard: &Heard) {
        match (&mut self.line, heard) {
            (Line::Serial { device, .. }, Heard::Bytes(bytes)) => device.hear(at, bytes),
            (Line::Bus { node, .. }, Heard::Frame(frame)) => node.hear(at, frame),
            _ => {}
        }
    }

    /// Lets the device speak, and puts on the line what its line would have carried by now.
    fn speak(&mut self, now: SimTime, world: &World) -> Result<(), LinkErrorKind> {
        let terminal = self.entity.and_then(|entity| world.get::<Terminal>(entity));
        let view = View::new(&world.resource::<Recorder>().trace, terminal);
        match &mut self.line {
            Line::Serial { device, stream } => {
                let mut bytes = Vec::new();
                device.speak(now, &view, &mut bytes);
                if bytes.is_empty() {
                    return Ok(());
                }
                // A line does not wait for its reader.
                let taken = stream.try_send(&bytes)?;
                self.bytes_sent += taken as u64;
                self.lost += u64::from(taken < bytes.len());
                if let Some(tap) = self.tap.as_ref().filter(|_| taken > 0) {
                    tap.bytes(FrameDirection::Tx, now, &bytes[..taken]);
                }
            }
            Line::Bus { node, port } => {
                let mut frames = Vec::new();
                node.speak(now, &view, &mut frames);
                for frame in &frames {
                    let is_taken = port.send(frame)? == Sent::Queued;
                    self.bytes_sent += if is_taken { length(frame) } else { 0 };
                    self.lost += u64::from(!is_taken);
                    if let Some(tap) = self.tap.as_ref().filter(|_| is_taken) {
                        tap.frame(FrameDirection::Tx, now, frame);
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes in what has come by now.
    fn take_in(&mut self, at: SimTime) {
        match &mut self.line {
            Line::Serial { stream, .. } => {
                let mut bytes = Vec::new();
                let outcome = loop {
                    match stream.try_receive(&mut bytes) {
                        Ok(0) => break Ok(()),
                        Ok(_) if bytes.len() >= MOST_AT_ONCE => break Ok(()),
                        Ok(_) => {}
                        Err(kind) => break Err(kind),
                    }
                };
                self.bytes_received += bytes.len() as u64;
                if !bytes.is_empty() {
                    if let Some(tap) = &self.tap {
                        tap.bytes(FrameDirection::Rx, at, &bytes);
                    }
                    self.heard.push_back((at, Ok(Heard::Bytes(bytes))));
                }
                if let Err(kind) = outcome {
                    self.heard.push_back((at, Err(kind)));
                }
            }
            Line::Bus { port, .. } => {
                let mut frames = Vec::new();
                let outcome = port.receive(&mut frames);
                for received in frames {
                    self.bytes_received += length(&received.frame);
                    if let Some(tap) = &self.tap {
                        tap.frame(FrameDirection::Rx, at, &received.frame);
                    }
                    if self.heard.len() < MOST_WAITING {
                        self.heard.push_back((at, Ok(Heard::Frame(received.frame))));
                    } else {
                        self.lost += 1;
                    }
                }
                if let Err(kind) = outcome {
                    self.heard.push_back((at, Err(kind)));
                }
            }
        }
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        match &mut self.line {
            Line::Serial { device, .. } => device.take_effects(),
            Line::Bus { node, .. } => node.take_effects(),
        }
    }

    /// Carries out what the device was sent; what is to be recorded of it.
    fn apply(&self, effect: Effect, world: &mut World) -> Option<EventKind> {
        match effect {
            Effect::Show { index, value, at } => {
                let signal = *self.signals.get(index)?;
                world.resource_mut::<Recorder>().trace.sample(signal, at, value);
                None
            }
            Effect::Silenced { since, patience } => {
                let now = world.resource::<Clock>().now;
                let silent = now.since(since).as_seconds();
                let trip = Trip {
                    protection: Protection::Watchdog,
                    value: None,
                    extreme: None,
                    threshold: None,
                    delay: Some(patience),
                    since: Some(since),
                    cause: Cause::HostSilent,
                    because: format!("what it hears on its line came last {silent} s ago"),
                    evidence: Evidence::ModelOnly,
                };
                let mut recorder = world.resource_mut::<Recorder>();
                recorder.event(now, &self.instance, EventKind::Trip(trip));
                None
            }
            Effect::Set { setting, value } => {
                let mut controllers = world.query::<(&mut BuiltIn, &mut Terminal)>();
                let controller = self.entity.and_then(|e| controllers.get_mut(world, e).ok());
                let taken = controller.is_some_and(|(mut built_in, mut terminal)| {
                    built_in.set(setting, value, &mut terminal)
                });
                Some(if taken {
                    EventKind::Command { name: setting.to_owned(), value }
                } else {
                    let text = format!("{setting} = {value} reaches nobody");
                    EventKind::DutLog { text }
                })
            }
        }
    }

    /// What has come takes effect, and the device says what it has to say.
    fn converse(
        &mut self,
        now: SimTime,
        world: &mut World,
        events: &mut Vec<EventKind>,
    ) -> Result<(), LinkErrorKind> {
        while let Some((at, heard)) = self.heard.pop_front_if(|(at, _)| *at <= now) {
            self.hear(at, &heard?);
        }
        self.speak(now, world)?;
        let effects = self.take_effects();
        events.extend(effects.into_iter().filter_map(|effect| self.apply(effect, world)));
        Ok(())
    }

    /// The same until neither end has anything to say at this instant.
    fn converse_paced(
        &mut self,
        now: SimTime,
        world: &mut World,
        events: &mut Vec<EventKind>,
    ) -> Result<(), LinkErrorKind> {
        match &mut self.line {
            Line::Serial { stream, .. } => stream.reach(now),
            Line::Bus { port, .. } => port.reach(now),
        }
        self.converse(now, world, events)?;
        loop {
            let wakes_at = match &mut self.line {
                Line::Serial { stream, .. } if stream.is_due() => stream.run_device()?,
                Line::Bus { port, .. } if port.is_due() => port.run_device()?,
                _ => return Ok(()),
            };
            self.wakes_at = Some(wakes_at);
            self.take_in(now);
            self.converse(now, world, events)?;
        }
    }

    fn describe(&self) -> String {
        match &self.line {
            Line::Serial { stream, .. } => stream.describe(),
            Line::Bus { port, .. } => port.describe(),
        }
    }

    fn last_words(&mut self) -> String {
        match &mut self.line {
            Line::Serial { stream, .. } => stream.last_words(),
            Line::Bus { port, .. } => port.last_words(),
        }
    }

    fn lost_line(&mut self, kind: LinkErrorKind) -> LinkError {
        LinkError { device: self.describe(), kind, last_words: self.last_words() }
    }

    fn errors(&self) -> LineErrors {
        match &self.line {
            Line::Serial { device, .. } => device.errors(),
            Line::Bus { node, .. } => node.errors(),
        }
    }
}

impl OutsideDevice for PlayedDevice {
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.line {
            Line::Serial { stream, .. } => stream.poll_fd(),
            Line::Bus { port, .. } => port.poll_fd(),
        }
    }

    fn listen(&mut self, pace: &Pace) {
        self.take_in(pace.reached());
    }

    fn due(&self) -> SimTime {
        let due = match &self.line {
            Line::Serial { device, .. } => device.due(),
            Line::Bus { node, .. } => node.due(),
        };
        let due = due.min(self.wakes_at.unwrap_or(SimTime::NEVER));
        self.heard.front().map_or(due, |(at, _)| due.min(*at))
    }

    fn attend(&mut self, now: SimTime, world: &mut World) -> Result<Vec<EventKind>, LinkError> {
        let mut events = Vec::new();
        let outcome = match self.wakes_at {
            None => self.converse(now, world, &mut events),
            Some(_) => self.converse_paced(now, world, &mut events),
        };
        outcome.map(|()| events).map_err(|kind| self.lost_line(kind))
    }

    fn has_answered(&self) -> bool {
        !self.reads || self.errors().understood > 0
    }

    /// It plays no role.
    fn claims(&self, _: usize) -> bool {
        false
    }

    /// What is read is not judged: it may fall silent, and what was read says when. It must have been there.
    fn show_life(&mut self, now: SimTime, _: &mut World) -> Result<(), LinkError> {
        if self.has_answered() {
            return Ok(());
        }
        let waited = Duration::from_nanos(now.as_nanos());
        let received = self.bytes_received;
        Err(self.lost_line(LinkErrorKind::NeverAnswered { waited, received }))
    }

    /// Nobody at the other end expects one.
    fn say_farewell(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn statistics(&self, role: String) -> LinkStatistics {
        let errors = self.errors();
        LinkStatistics {
            role,
            bytes_sent: self.bytes_sent,
            bytes_received: self.bytes_received,
            bad_frames: errors.rejected,
            lost_frames: self.lost,
            ..LinkStatistics::default()
        }
    }

    fn finish(mut self: Box<Self>) -> String {
        match &mut self.line {
            Line::Serial { stream, .. } => stream.close(Duration::ZERO),
            Line::Bus { port, .. } => port.close(Duration::ZERO),
        }
        self.last_words()
    }
}

/// Bytes of a frame that carry data.
fn length(frame: &CanFrame) -> u64 {
    match frame {
        CanFrame::Data(data) => data.data().len() as u64,
        CanFrame::Remote(_) | CanFrame::Error(_) => 0,
    }
}

/// Who decides in an instance, and the name of that role.
fn controller(world: &World, instance: &str) -> Option<(Entity, String)> {
    let mut controlled = world.resource::<Roster>().controlled();
    controlled.find_map(|entity| {
        let role = &world.get::<Terminal>(entity)?.role;
        let (owner, _) = role.rsplit_once('.')?;
        (owner == instance).then(|| (entity, role.clone()))
    })
}

/// A device that has no line yet.
enum Unplugged {
    /// On a line of bytes, at so many bit/s.
    Serial(Box<dyn SerialDevice>, u32),
    Can(Box<dyn CanNode>),
}

impl Unplugged {
    fn new(emulation: &Emulation, place: &EmulationSite<'_>) -> Result<Self, PlaceError> {
        let (unit, baud) = (emulation.unit, ve_direct::BAUD);
        let bms = |dialect| -> Result<Self, PlaceError> {
            Ok(Self::Can(Box::new(BmsCan::new(place, dialect)?)))
        };
        let inverter = |dialect| -> Result<Self, PlaceError> {
            Ok(Self::Can(Box::new(BmsCanInverter::new(dialect)?)))
        };
        Ok(match emulation.kind {
            EmulationKind::VeDirectPhoenix => Self::Serial(Box::new(Phoenix::new(place)?), baud),
            EmulationKind::VeDirectReader => Self::Serial(Box::new(PhoenixReader::default()), baud),
            EmulationKind::ModbusMeter => {
                Self::Serial(Box::new(Meter::new(place, unit)?), METER_BAUD)
            }
            EmulationKind::ModbusMeterReader => {
                Self::Serial(Box::new(MeterReader::new(unit)), METER_BAUD)
            }
            EmulationKind::Ntu => Self::Serial(Box::new(Ntu::new(place)?), ntu::BAUD),
            EmulationKind::BmsCanVictron => bms("victron")?,
            EmulationKind::BmsCanPylontech => bms("pylontech")?,
            EmulationKind::BmsCanSma => bms("sma")?,
            EmulationKind::BmsCanInverterVictron => inverter("victron")?,
            EmulationKind::BmsCanInverterPylontech => inverter("pylontech")?,
            EmulationKind::BmsCanInverterSma => inverter("sma")?,
        })
    }

    /// Opens its line. On a line of bytes a CAN device speaks as an adapter does.
    fn open(self, emulation: &Emulation, root: &Path, paced: bool) -> Result<Line, LinkError> {
        let transport = &emulation.transport;
        if paced {
            return self.open_paced(transport, root);
        }
        let is_bus = matches!(
            transport,
            Transport::SocketCan { .. } | Transport::Slcan { .. } | Transport::Replay { .. }
        );
        let (device, transport) = match (self, transport) {
            (Self::Can(node), transport) if is_bus => {
                return Ok(Line::Bus { node, port: open_can(transport, root, OPENING)? });
            }
            (Self::Can(node), transport) => {
                let stream = open_stream(transport, root, OPENING)?;
                let port = Box::new(SlcanBus::new(stream, AdapterIdentity::default()));
                return Ok(Line::Bus { node, port });
            }
            // The protocol knows its rate.
            (Self::Serial(device, baud), Transport::Serial { path, .. }) => {
                (device, Transport::Serial { path: path.clone(), baud })
            }
            (Self::Serial(device, _), transport) => (device, transport.clone()),
        };
        Ok(Line::Serial { device, stream: open_stream(&transport, root, OPENING)? })
    }

    /// Opens the line to another end that lets itself be paced.
    fn open_paced(self, transport: &Transport, root: &Path) -> Result<Line, LinkError> {
        let transport = match transport {
            Transport::Slcan { line, .. } => line,
            line => line,
        };
        let line = open_stream(transport, root, OPENING)?;
        Ok(match self {
            Self::Can(node) => {
                // An emulated device asks for no instants.
                let origin = SimOrigin::start(SimTime::ZERO);
                Line::Bus { node, port: Box::new(PacedBus::new(line, origin, OPENING)) }
            }
            Self::Serial(device, _) => {
                Line::Serial { device, stream: Box::new(PacedClient::new(line, OPENING)) }
            }
        })
    }
}
