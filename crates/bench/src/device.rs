//! A device outside: the simulated world on one side, its line on the other.
//!
//! The runner knows of a device only when it is due, what becomes readable when it speaks, and that it is
//! to be attended after every tick. What travels, and in which form, is the device's own business.

mod bench_link;
mod emulated;
mod lockstep;
mod mapped;
mod own_clock;

use std::os::fd::BorrowedFd;
use std::path::Path;
use std::time::Duration;

use bevy_ecs::prelude::{Entity, World};
use blackstart_engine::Terminal;
use blackstart_link::{
    CanPort, DeviceIdentity, Drift, FaultControl, FaultyBus, LinkError, LinkErrorKind, Pace,
    RecordedLine, Replay, Session, SimOrigin, Tape, Timebase,
};
use blackstart_scenario::{Binding, Mapping, RigClock};
use blackstart_trace::EventKind;
use blackstart_units::SimTime;
use blackstart_verdict::{LinkStatistics, Subject};
use blackstart_wire::bench_link::Offer;

use crate::error::BenchError;
use crate::open_line::{bench_link_on, open_can, open_paced, open_stream};
use bench_link::{add_own_claims, is_deaf, offer};
pub(crate) use emulated::plug;
use lockstep::Lockstep;
use mapped::{Bus, Mapped};
use own_clock::OwnClock;

pub(crate) use mapped::fit;

/// Frames from a bus that may wait to take effect: two seconds of a full one of 500 kbit/s. A simulation that
/// is further behind is of no use, and a bus without a limit would fill the memory.
const MOST_WAITING: usize = 8_000;

/// Something outside that a run talks to.
pub(crate) trait OutsideDevice {
    /// Its shortest cycle, on the wall clock: what is simulated in one go is a part of it.
    fn cycle(&self) -> Option<SimTime> {
        None
    }

    /// What becomes readable when it has said something.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Takes in what has come, never waiting. It takes effect when the simulation gets to the instant
    /// at which it came. Called on the realtime clock alone.
    fn listen(&mut self, _pace: &Pace) {}

    /// The next instant at which there is something to do without a cause on its terminal: what has come
    /// takes effect, or a message is to be sent.
    fn due(&self) -> SimTime {
        SimTime::NEVER
    }

    /// The world stands at `now`: what is due is done. Returns what is to be recorded of it.
    ///
    /// # Errors
    /// If the device is lost.
    fn attend(&mut self, now: SimTime, world: &mut World) -> Result<Vec<EventKind>, LinkError>;

    /// Whether anything of its own has come: the acknowledgements of an adapter are not the device. Until
    /// then it cannot be lost, because nobody knows that it was there.
    fn has_answered(&self) -> bool {
        true
    }

    /// Whether a claim of its role, by its place among them, is one that the bench hears from it.
    fn claims(&self, place: usize) -> bool;

    /// The run has got to its end: whether the device still lives, which a run that is shorter than the time
    /// for which it may be silent has not shown. Waits no longer than that time.
    ///
    /// # Errors
    /// If the device is lost, or never answered.
    fn show_life(&mut self, now: SimTime, world: &mut World) -> Result<(), LinkError>;

    /// Tells the device that the run is over.
    ///
    /// # Errors
    /// If it is gone or deaf; of a recorded device, if it has more to say.
    fn say_farewell(&mut self) -> Result<(), LinkError>;

    /// How far its own clock has departed from the bench's, as far as it tells.
    fn drift(&self) -> Drift {
        Drift::default()
    }

    /// How the conversation went.
    fn statistics(&self, role: String) -> LinkStatistics;

    /// Ends the device. Returns the end of what it wrote to its error channel.
    fn finish(self: Box<Self>) -> String;
}

/// A device in a role, or one that plays none.
pub(crate) struct Attached {
    /// The role that it plays; of one that plays none, what it is.
    pub role: String,
    /// Who it is in the verdict; nothing where it plays no role.
    pub subject: Option<Subject>,
    /// Words of its command that are files: the program, the image that an emulator loads.
    pub files: Vec<String>,
    /// What makes things go wrong on its bus, where the scenario wants that.
    pub faults: Option<FaultControl>,
    pub device: Box<dyn OutsideDevice>,
}

impl Attached {
    /// Starts or opens what the rig names, and lets it introduce itself. With a seed for them, faults can
    /// be injected into its bus, if it is on one.
    ///
    /// # Errors
    /// If it never answers, or is another firmware than the rig names.
    pub fn connect(
        (entity, world): (Entity, &mut World),
        role: String,
        binding: &Binding,
        clock: RigClock,
        root: &Path,
        (tape, fault_seed): (Option<Tape>, Option<u64>),
    ) -> Result<Self, BenchError> {
        let timeout = Duration::from_nanos(binding.answer_timeout.as_nanos());
        // What runs behind a port is known by its identity alone.
        let words = binding.transport.command().unwrap_or_default();
        let files = words.iter().filter(|word| root.join(word).is_file()).cloned().collect();
        let mut faults = None;
        let paced = (clock == RigClock::Lockstep && binding.mapping.is_some())
            .then(|| SimOrigin::start(SimTime::ZERO));
        let mut bus = || {
            let port = match paced {
                Some(origin) => open_paced(&binding.transport, root, origin, timeout)?,
                None => open_can(&binding.transport, root, timeout)?,
            };
            let Some(seed) = fault_seed else { return Ok(port) };
            let bus = match paced {
                Some(origin) => FaultyBus::paced(port, seed, origin),
                None => FaultyBus::new(port, seed),
            };
            faults = Some(bus.control());
            Ok(Box::new(bus) as Box<dyn CanPort>)
        };
        if let Some(mapping) = &binding.mapping {
            let port = match bus() {
                Ok(port) => port,
                Err(source) => return Err(BenchError::NeverAnswered { role, source }),
            };
            let patience = binding.answer_timeout;
            let bus = Bus { port, faults: faults.clone(), tape, paced };
            let device =
                Mapped::new(entity, bus, mapping, world, patience).map_err(BenchError::Rig)?;
            let subject = Some(Subject::UnnamedDut { called: called(binding, mapping) });
            return Ok(Self { role, subject, files, faults, device: Box::new(device) });
        }
        let timebase = match clock {
            RigClock::Lockstep => Timebase::Lockstep,
            RigClock::Realtime(_) => Timebase::OwnClock,
        };
        let line = if binding.transport.is_bus() {
            bus().map(|port| bench_link_on(port, timebase, timeout))
        } else {
            open_stream(&binding.transport, root, timeout)
        };
        let offer = offer_of(entity, world)?;
        let connected =
            line.and_then(|line| Session::connect_taped(line, timebase, timeout, offer, tape));
        let (session, identity) = match connected {
            Ok(connected) => connected,
            Err(source) => return Err(BenchError::NeverAnswered { role, source }),
        };
        expect(&role, "name", binding.name.as_ref(), &identity.name)?;
        expect(&role, "version", binding.version.as_ref(), &identity.version)?;
        if is_deaf(session.agreement()) {
            let device = format!("{} {}", identity.name, identity.version);
            let source_name = binding.transport.to_string();
            return Err(BenchError::Deaf { role, device, source_name });
        }
        add_own_claims(session.agreement(), entity, world);
        let device: Box<dyn OutsideDevice> = match timebase {
            Timebase::Lockstep => Box::new(Lockstep::new(entity, session)),
            Timebase::OwnClock => Box::new(OwnClock::new(entity, session)),
        };
        Ok(Self { role, subject: Some(introduced(identity)), files, faults, device })
    }

    /// A recorded device in the place of the one that was recorded.
    ///
    /// # Errors
    /// If the recording does not begin as a session does.
    pub fn replay(
        (entity, world): (Entity, &mut World),
        line: &RecordedLine,
        replay: Replay,
    ) -> Result<Self, BenchError> {
        let role = line.role.clone();
        match Session::connect(replay, line.answer_timeout(), offer_of(entity, world)?) {
            Ok((session, identity)) => {
                add_own_claims(session.agreement(), entity, world);
                let device = Box::new(Lockstep::new(entity, session));
                let subject = Some(introduced(identity));
                Ok(Self { role, subject, files: Vec::new(), faults: None, device })
            }
            Err(source) => Err(parted(&role, source)
                .unwrap_or_else(|source| BenchError::NeverAnswered { role, source })),
        }
    }

    /// Tells the device that the run is over. One that is gone or deaf is no matter.
    ///
    /// # Errors
    /// Of a recorded device, if it has more to say.
    pub fn say_farewell(&mut self) -> Result<(), BenchError> {
        match self.device.say_farewell() {
            Err(error) => parted(&self.role, error).map_or(Ok(()), Err),
            Ok(()) => Ok(()),
        }
    }
}

/// The pins of a role's terminal.
fn offer_of(entity: Entity, world: &World) -> Result<Offer, BenchError> {
    world.get::<Terminal>(entity).map_or_else(|| Ok(Offer::default()), offer)
}

/// Who a device is that has said so.
fn introduced(DeviceIdentity { name, version, .. }: DeviceIdentity) -> Subject {
    Subject::Dut { name, version }
}

/// What a device goes by that does not introduce itself: what its rig calls it, or else its first DBC file.
fn called(binding: &Binding, mapping: &Mapping) -> String {
    let first = mapping.files.first().and_then(|file| Path::new(&file.path).file_stem());
    let stem = || first.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    binding.name.clone().unwrap_or_else(stem)
}

/// What a run ends with instead of a verdict: a replay that has left its recording. Gives any other error
/// back.
pub(crate) fn parted(role: &str, source: LinkError) -> Result<BenchError, LinkError> {
    let role = role.to_owned();
    match source.kind {
        LinkErrorKind::Departed(_) => Ok(BenchError::Departed { role, source }),
        LinkErrorKind::RecordingEnds { .. } => Ok(BenchError::RecordingEnds { role, source }),
        _ => Err(source),
    }
}

/// Whether the device is what the rig names, where it names anything.
fn expect(
    role: &str,
    what: &'static str,
    expected: Option<&String>,
    found: &str,
) -> Result<(), BenchError> {
    match expected {
        Some(expected) if expected != found => Err(BenchError::WrongFirmware {
            role: role.to_owned(),
            what,
            expected: expected.clone(),
            found: found.to_owned(),
        }),
        _ => Ok(()),
    }
}
