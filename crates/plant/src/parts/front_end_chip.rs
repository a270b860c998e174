//! A battery monitor chip: its registers and decisions are those of the crate `chip`, what lies at its pins
//! and what it drives are the network's.
//!
//! It acts where the network stops: at the levels that it names, at the instants that it names, at the end of
//! a transfer on its bus. In between it converts from each accepted step. A thermistor reads the true
//! temperature of what it touches, with its time constant; the chip itself is as warm as the first of them.

use std::collections::VecDeque;

use blackstart_chip::{
    Analog, BusKind, BusReply, Chip, ChipBusFault, ChipChannel, ChipEdge, ChipLevel, ChipOutputs,
    ChipWiring, DrivenFets, Fault, Note, PowerMode, Variant, address,
};
use blackstart_engine::{BusAnswer, BusStatus, BusTransfer};
use blackstart_roles::Protection;
use blackstart_scenario::Part;
use blackstart_scenario::kinds::front_end_chip::{ALERT, FrontEndChipAmounts, INPUTS, LINES};
use blackstart_scenario::kinds::shunt::Shunt;
use blackstart_trace::{Cause, EventKind, Evidence, SignalId, Trip};
use blackstart_units::{Siemens, SimTime};

use super::owner;
use super::{Acting, Build, Command, Stage, TRIPS};
use crate::detector::{ComparatorSetting, SeenQuantity, ThresholdDetector, Watched};
use crate::moments::Moments;
use crate::network::{BranchId, CrossingEdge, Follower, Network, NodeId, Quantity, Step, Watch};
use crate::record::Recorder;

/// Of the chip's own switch across a cell, Ω.
const BALANCER_OHM: f64 = 28.0;
/// Where thermistors sit, by their places among the chip's pins: TS1, TS2, TS3, HDQ, DCHG, DDSG, ALERT,
/// CFETOFF, DFETOFF.
const THERMISTOR_PINS: [usize; 9] = [3, 4, 5, 6, 7, 8, 2, 0, 1];
/// What a thermistor without wires reads, and one whose wires touch, °C.
const OPEN: f64 = -50.0;
const SHORTED: f64 = 150.0;
/// How long a host waits for a bus that is held.
const STUCK: SimTime = SimTime::from_millis(25);
/// What the switches under its own control from the start are programmed to.
const FETS_ENABLED: [u8; 2] = [0x50, 0x00];

/// The quantities at its pins.
#[derive(Clone, Debug)]
struct Board {
    string: BranchId,
    /// The cell at each input.
    inputs: Vec<Option<usize>>,
    /// VSS, top of stack, PACK.
    nodes: [NodeId; 3],
    shunt: BranchId,
    sense_ohm: f64,
    sense: SeenQuantity,
    thermistors: Vec<Quantity>,
    /// What the wires of each make it read.
    says: Vec<Option<f64>>,
}

/// A protection as others see it: for its trips, and how near it came.
#[derive(Debug)]
struct Eye {
    fault: Fault,
    detector: ThresholdDetector,
}

#[derive(Debug)]
struct FrontEndChip {
    id: String,
    chip: Chip,
    board: Board,
    eyes: Vec<Eye>,
    /// Switches at CHG, PCHG, DSG, PDSG.
    drives: [Option<String>; 4],
    outputs: Option<ChipOutputs>,
    filter_ohm: f64,
    /// Transfers that were begun: when each ends.
    under_way: VecDeque<(SimTime, BusTransfer)>,
    ended: Vec<BusAnswer>,
    bus_fault: ChipBusFault,
    mode: SignalId,
    alert: SignalId,
    power: SignalId,
    evidence: Evidence,
}

/// What each protection stands for, which quantity it sees, and on which side danger lies.
fn eyes(board: &Board) -> Vec<Eye> {
    let current = board.sense;
    let string = board.string;
    let cells = (Quantity::HighestCell(string), Quantity::LowestCell(string));
    let above = |seen| Watched { seen, edge: CrossingEdge::Rising };
    let below = |seen| Watched { seen, edge: CrossingEdge::Falling };
    let mut all = vec![
        (Fault::Scd, Protection::ShortCircuit, above(current)),
        (Fault::Ocd1, Protection::OverCurrent, above(current)),
        (Fault::Ocd2, Protection::OverCurrent, above(current)),
        (Fault::Ocd3, Protection::OverCurrent, above(current)),
        (Fault::Occ, Protection::ChargeOverCurrent, below(current)),
        (Fault::Cov, Protection::FrontEndOverVoltage, above(SeenQuantity::Plain(cells.0))),
        (Fault::Cuv, Protection::FrontEndUnderVoltage, below(SeenQuantity::Plain(cells.1))),
    ];
    if let Some(&warmth) = board.thermistors.first() {
        let warmth = SeenQuantity::Plain(warmth);
        all.extend([
            (Fault::Otc, Protection::ChargeOverTemperature, above(warmth)),
            (Fault::Otd, Protection::DischargeOverTemperature, above(warmth)),
            (Fault::Utc, Protection::ChargeUnderTemperature, below(warmth)),
            (Fault::Utd, Protection::DischargeUnderTemperature, below(warmth)),
        ]);
    }
    let eye = |(fault, protection, watched)| {
        let setting = ComparatorSetting { threshold: f64::INFINITY, delay: SimTime::ZERO };
        Eye { fault, detector: ThresholdDetector::new(protection, watched, setting) }
    };
    all.into_iter().map(eye).collect()
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: FrontEndChipAmounts = part.amounts()?;
    let variant = Variant::named(part.word("variant"))?;
    let links = part.links("across");
    let cells: Vec<(BranchId, usize)> =
        links.iter().map(|link| into.cell(link)).collect::<Option<_>>()?;
    let string = cells.first()?.0;
    let bled = into.installer.builder.cells_mut(string)?;
    bled.separate = true;
    let inputs = inputs(variant.inputs, &cells)?;
    let link = part.links("current").first()?;
    let Quantity::Current(shunt) = into.look(link)? else { return None };
    let sense_ohm = into.part(&link.part)?.amounts::<Shunt>()?.resistance_mohm.ohms().0;
    let mut thermistors = Vec::new();
    for (k, link) in part.links("temperatures").iter().take(THERMISTOR_PINS.len()).enumerate() {
        let name = format!("{}.{}", into.id, k + 1);
        let lag = amounts.thermal_time_s.seconds();
        let follower = into.installer.builder.follower(Follower {
            name,
            of: into.look(link)?.followed()?,
            lag,
        });
        thermistors.push(Quantity::Followed(follower));
    }
    let sense = into.installer.builder.sense(shunt);
    let board = Board {
        string,
        nodes: [into.end(0)?, into.end(1)?, into.end(2)?],
        shunt,
        sense_ohm,
        sense: SeenQuantity::current(shunt, sense, into.installer.ripple_period),
        says: vec![None; thermistors.len()],
        thermistors,
        inputs,
    };
    let taken = board.inputs.iter().enumerate().filter(|(_, cell)| cell.is_some());
    let wiring = ChipWiring {
        inputs: taken.fold(0, |mask, (k, _)| mask | 1 << k),
        capacitor_f: amounts.filter_uf.farads().0,
    };
    let mut chip = Chip::new(variant, BusKind::named(part.word("bus"))?, wiring);
    if part.word("programmed") == "fets-enabled" {
        chip.program(address::MANUFACTURING_STATUS, &FETS_ENABLED);
    }
    let drive = |key: &str| part.links(key).first().map(|link| link.part.clone());
    let made = FrontEndChip {
        id: into.id.to_owned(),
        chip,
        eyes: eyes(&board),
        board,
        drives: ["charge", "precharge", "discharge", "predischarge"].map(drive),
        outputs: None,
        filter_ohm: amounts.filter_ohm.ohms().0,
        under_way: VecDeque::new(),
        ended: Vec::new(),
        bus_fault: ChipBusFault::None,
        mode: into.state("mode", PowerMode::NAMES),
        alert: into.state(ALERT, LINES),
        power: into.analog("power_w"),
        evidence: Evidence::ModelOnly,
    };
    into.acts(made);
    Some(())
}

/// The cell at each of so many inputs: of fewer cells the last is at the last input.
fn inputs(count: usize, cells: &[(BranchId, usize)]) -> Option<Vec<Option<usize>>> {
    let top = cells.len().checked_sub(1).filter(|_| cells.len() <= count)?;
    let at = |k: usize| {
        let which = if k + 1 == count { Some(top) } else { Some(k).filter(|&k| k < top) };
        which.map(|which| cells[which].1)
    };
    Some((0..count).map(at).collect())
}

impl Board {
    /// The quantity of a channel, and by what its value is multiplied.
    fn quantity(&self, channel: ChipChannel) -> Option<(Quantity, f64)> {
        let seen = |edge| Watched { seen: self.sense, edge };
        let [minus, stack, pack] = self.nodes;
        let found = match channel {
            ChipChannel::Cell(k) => {
                let cell = self.inputs.get(k).copied().flatten()?;
                (Quantity::CellVoltage(self.string, cell), 1.0)
            }
            ChipChannel::Lowest => (Quantity::LowestCell(self.string), 1.0),
            ChipChannel::Highest => (Quantity::HighestCell(self.string), 1.0),
            ChipChannel::Stack => (Quantity::Difference(stack, minus), 1.0),
            ChipChannel::Pack | ChipChannel::LoadDetect => (Quantity::Difference(pack, minus), 1.0),
            // A discharge is positive in the network and negative at the chip.
            ChipChannel::Sense => (seen(CrossingEdge::Rising).mean(), -self.sense_ohm),
            ChipChannel::Discharge(delay) => {
                (seen(CrossingEdge::Rising).decisive(delay), self.sense_ohm)
            }
            ChipChannel::Charge(delay) => {
                (seen(CrossingEdge::Falling).decisive(delay), -self.sense_ohm)
            }
            ChipChannel::SenseTime => (Quantity::Charge(self.shunt), -self.sense_ohm),
            ChipChannel::Thermistor(pin) => {
                let which = THERMISTOR_PINS.iter().position(|&one| one == pin)?;
                (*self.thermistors.get(which).filter(|_| self.says[which].is_none())?, 1.0)
            }
            ChipChannel::Die => (*self.thermistors.first()?, 1.0),
        };
        Some(found)
    }

    /// What a channel reads that no quantity is behind.
    fn fixed(&self, channel: ChipChannel) -> f64 {
        match channel {
            ChipChannel::Thermistor(pin) => {
                let which = THERMISTOR_PINS.iter().position(|&one| one == pin);
                which.and_then(|which| *self.says.get(which)?).unwrap_or(OPEN)
            }
            _ => 0.0,
        }
    }

    fn watch(&self, level: ChipLevel) -> Option<Watch> {
        let (quantity, factor) = self.quantity(level.channel)?;
        let rises = (level.edge == ChipEdge::Rising) == (factor > 0.0);
        let edge = if rises { CrossingEdge::Rising } else { CrossingEdge::Falling };
        Some(Watch { quantity, level: level.level / factor, edge })
    }
}

/// The pins, read from a network that stands still or from a step.
struct Reads<'a, F> {
    board: &'a Board,
    read: F,
}

impl<F: Fn(Quantity, SimTime) -> f64> Analog for Reads<'_, F> {
    fn value(&self, channel: ChipChannel, at: SimTime) -> f64 {
        match self.board.quantity(channel) {
            Some((quantity, factor)) => factor * (self.read)(quantity, at),
            None => self.board.fixed(channel),
        }
    }
}

impl FrontEndChip {
    /// Its protections as the memory has them now.
    fn look(&mut self, network: &Network, moments: &Moments) {
        for Eye { fault, detector } in &mut self.eyes {
            let raw = self.chip.threshold(*fault);
            let threshold = match detector.watched().current_of() {
                // OCD3 is written with the chip's own sign.
                Some(_) if *fault == Fault::Ocd3 => -raw / self.board.sense_ohm,
                Some(_) => detector.watched().outwards(raw / self.board.sense_ohm),
                None => raw,
            };
            let is_armed = self.chip.is_armed(*fault);
            let unreachable = detector.watched().outwards(f64::INFINITY);
            detector.setting = ComparatorSetting {
                threshold: if is_armed { threshold } else { unreachable },
                delay: self.chip.delay(*fault).unwrap_or_default(),
            };
            detector.look(network, moments);
        }
    }

    fn advance(&mut self, now: SimTime, network: &Network) {
        let reads = Reads { board: &self.board, read: |quantity, _| network.value(quantity) };
        self.chip.advance(now, &reads);
    }

    /// Transfers that are complete.
    fn converse(&mut self, now: SimTime, network: &Network) {
        while let Some((_, asked)) = self.under_way.pop_front_if(|one| one.0 <= now) {
            let reply = match asked.is_spi {
                true => self.chip.transfer_spi(&asked.write, now),
                false => self.chip.transfer(asked.address, &asked.write, asked.read, now),
            };
            let (status, read) = match reply {
                BusReply::Done(read) => (BusStatus::Done, read),
                BusReply::NotAcknowledged => (BusStatus::NotAcknowledged, Vec::new()),
                BusReply::Stuck => (BusStatus::Stuck, Vec::new()),
            };
            self.ended.push(BusAnswer { bus: asked.bus, status, read });
            self.advance(now, network);
        }
    }

    /// Switches and balancers as they should be.
    fn drive(&mut self, stage: &mut Stage<'_>) {
        let outputs = self.chip.outputs();
        let before = self.outputs.replace(outputs);
        let on = |fets: DrivenFets| [fets.chg, fets.pchg, fets.dsg, fets.pdsg];
        let was = before.map(|one| on(one.fets));
        for (k, is_on) in on(outputs.fets).into_iter().enumerate() {
            if was.is_none_or(|was| was[k] != is_on)
                && let Some(part) = &self.drives[k]
            {
                stage.order(part, "gate", f64::from(is_on));
            }
        }
        if before.is_none_or(|before| before.balancing != outputs.balancing) {
            self.bleed(outputs.balancing, stage);
        }
    }

    /// Neighbours share the resistor between them, which then carries nothing.
    fn bleed(&self, mask: u16, stage: &mut Stage<'_>) {
        let is_on = |k: usize| k < 16 && mask >> k & 1 == 1;
        for (k, cell) in self.board.inputs.iter().enumerate() {
            let Some(cell) = *cell else { continue };
            let mut conductance = 0.0;
            if is_on(k) {
                let below = (0..k).rev().take_while(|&j| is_on(j)).count();
                let above = (k + 1..).take_while(|&j| is_on(j)).count();
                let run = (below + 1 + above) as f64;
                conductance = 1.0 / (BALANCER_OHM + 2.0 * self.filter_ohm / run);
            }
            if stage.network.set_bleed(self.board.string, cell, Siemens(conductance)) {
                stage.moved();
            }
        }
    }

    fn tell(&mut self, stage: &mut Stage<'_>) {
        for noted in self.chip.take_notes() {
            let text = noted.note.to_string();
            let kind = match noted.note {
                Note::Tripped(fault) => {
                    self.trip(fault, stage);
                    EventKind::ChipNote { text }
                }
                Note::Mode(_) => continue,
                Note::Awaited(_) => EventKind::NotModelled { what: text },
                _ => EventKind::ChipNote { text },
            };
            stage.recorder.event(stage.now, &self.id, kind);
        }
    }

    fn trip(&mut self, fault: Fault, stage: &mut Stage<'_>) {
        let now = stage.now;
        if let Some(eye) = self.eyes.iter_mut().find(|eye| eye.fault == fault) {
            let since = eye.detector.over_since.unwrap_or(now - eye.detector.setting.delay);
            let mut seen = eye.detector.clone();
            seen.over_since = Some(since);
            stage.trip_on(seen, since, self.evidence);
            eye.detector.act(now);
        } else if fault == Fault::Hwdf {
            let delay = self.chip.delay(fault);
            let trip = Trip {
                protection: Protection::Watchdog,
                value: None,
                extreme: None,
                threshold: None,
                delay,
                since: delay.map(|delay| now - delay),
                cause: Cause::HostSilent,
                because: "nothing came over its bus".to_owned(),
                evidence: self.evidence,
            };
            stage.recorder.event(now, &owner(&self.id), EventKind::Trip(trip));
        }
    }
}

impl Acting for FrontEndChip {
    fn act(&mut self, stage: &mut Stage<'_>) {
        let now = stage.now;
        self.look(stage.network, stage.moments);
        self.advance(now, stage.network);
        self.converse(now, stage.network);
        self.tell(stage);
        self.drive(stage);
        let outputs = self.chip.outputs();
        let mode = self.chip.mode() as usize as f64;
        stage.recorder.state(&self.id, self.mode, now, mode);
        stage.recorder.state(&self.id, self.alert, now, f64::from(outputs.alert));
    }

    fn next(&self) -> SimTime {
        let transfer = self.under_way.front().map_or(SimTime::NEVER, |one| one.0);
        self.chip.next().min(transfer)
    }

    fn watch(&self, into: &mut Vec<Watch>) {
        into.extend(self.chip.levels().into_iter().filter_map(|level| self.board.watch(level)));
        let armed = self.eyes.iter().filter(|eye| eye.detector.setting.threshold.is_finite());
        into.extend(armed.map(|eye| eye.detector.watch()));
    }

    fn see(&mut self, step: &Step<'_>, moments: &Moments) {
        for eye in &mut self.eyes {
            eye.detector.pass(step, moments);
        }
        let reads = Reads {
            board: &self.board,
            read: |quantity, at: SimTime| step.value(quantity, at.max(step.start())),
        };
        self.chip.observe(step.end(), &reads);
    }

    fn command(&mut self, Command { pin, value, now, .. }: Command) {
        let mut pins = self.chip.pins();
        let is_pulled = value > 0.5;
        match INPUTS.iter().position(|one| *one == pin) {
            Some(0) => pins.cfetoff = is_pulled,
            Some(1) => pins.dfetoff = is_pulled,
            // Pulled high.
            Some(2) => pins.rst_shut = is_pulled,
            Some(3) => pins.ts2_low = is_pulled,
            _ => return,
        }
        self.chip.set_pins(pins, now);
    }

    fn begin_transfer(&mut self, transfer: BusTransfer, now: SimTime) {
        let begins = self.under_way.back().map_or(now, |one| one.0.max(now));
        let lasts = match self.bus_fault {
            ChipBusFault::StuckLow => STUCK,
            _ => {
                let kind = if transfer.is_spi { BusKind::Spi } else { BusKind::I2c };
                kind.duration(transfer.write.len(), transfer.read)
            }
        };
        self.under_way.push_back((begins + lasts, transfer));
    }

    fn ended_transfers(&mut self) -> Vec<BusAnswer> {
        std::mem::take(&mut self.ended)
    }

    fn reading(&self, pin: &str) -> f64 {
        if pin == TRIPS {
            return Fault::ALL.iter().map(|&fault| f64::from(self.chip.times_acted(fault))).sum();
        }
        f64::from(self.chip.outputs().alert)
    }

    fn stimulate(&mut self, what: &str, to: f64) {
        let which = (to as usize).checked_sub(1);
        match what {
            "bus" => {
                self.bus_fault = match to as usize {
                    1 => ChipBusFault::NoAcknowledge,
                    2 => ChipBusFault::WrongCrc,
                    3 => ChipBusFault::StuckLow,
                    _ => ChipBusFault::None,
                };
                self.chip.set_bus_fault(self.bus_fault);
            }
            "open_input" => {
                let mut pins = self.chip.pins();
                let cells = self.board.inputs.iter().enumerate();
                let found = cells.filter_map(|(k, cell)| cell.map(|_| k)).nth(which.unwrap_or(0));
                pins.open_inputs = match (which, found) {
                    (Some(_), Some(input)) => pins.open_inputs | 1 << input,
                    _ => 0,
                };
                self.chip.set_pins(pins, self.chip.now());
            }
            _ => {
                let said = if what == "open_thermistor" { OPEN } else { SHORTED };
                match which {
                    Some(which) if which < self.board.says.len() => {
                        self.board.says[which] = Some(said);
                    }
                    _ => self.board.says.fill(None),
                }
            }
        }
    }

    fn rests_on(&mut self, evidence: Evidence) {
        self.evidence = evidence;
    }

    fn record(&self, network: &Network, recorder: &mut Recorder) {
        let power = |cell: usize| {
            let volts = network.value(Quantity::CellVoltage(self.board.string, cell));
            network.bleed(self.board.string, cell) * volts * volts
        };
        let power = self.board.inputs.iter().flatten().map(|&cell| power(cell)).sum();
        recorder.trace.sample(self.power, network.now(), power);
    }

    fn conclude(&self, now: SimTime, recorder: &mut Recorder) {
        for Eye { detector, .. } in &self.eyes {
            let came_near =
                detector.extreme.1.is_finite() && detector.setting.threshold.is_finite();
            if detector.tripped_at.is_none() && came_near {
                let approach = detector.approach(self.evidence);
                recorder.event(now, &owner(&self.id), EventKind::Approach(approach));
            }
        }
    }
}
