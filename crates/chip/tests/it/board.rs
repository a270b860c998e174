//! A board around the chip: cells, a sense resistor, a load or a charger behind its switches, all of which
//! stay as they are between two calls.

use blackstart_chip::{
    BusKind, BusReply, Chip, ChipChannel, ChipNote, ChipPins, ChipWiring, DrivenFets, Variant, crc8,
};
use blackstart_units::SimTime;

pub const ADDRESS: u8 = 0x08;
/// 300 µΩ.
pub const SENSE: f64 = 300e-6;

pub struct Board {
    pub chip: Chip,
    pub now: SimTime,
    pub cells: [f64; 16],
    /// What a load would draw, and a charger give, A.
    pub load: f64,
    pub charger: f64,
    pub pack: f64,
    pub ld: f64,
    pub warmth: f64,
    /// The switches conduct whatever the chip says.
    pub is_welded: bool,
    /// Integral of the sense voltage up to `since`.
    integral: (SimTime, f64),
    pub notes: Vec<ChipNote>,
    /// Every state of the switches, and when.
    pub moves: Vec<(SimTime, DrivenFets)>,
}

struct At<'a> {
    board: &'a Board,
    sense: f64,
}

impl blackstart_chip::Analog for At<'_> {
    fn value(&self, channel: ChipChannel, at: SimTime) -> f64 {
        let board = self.board;
        match channel {
            ChipChannel::Cell(k) => board.cells[k],
            ChipChannel::Lowest => board.cells.iter().copied().fold(f64::INFINITY, f64::min),
            ChipChannel::Highest => board.cells.iter().copied().fold(0.0, f64::max),
            ChipChannel::Stack => board.cells.iter().sum(),
            ChipChannel::Pack => board.pack,
            ChipChannel::LoadDetect => board.ld,
            ChipChannel::Sense => self.sense,
            ChipChannel::Discharge(_) => -self.sense,
            ChipChannel::Charge(_) => self.sense,
            ChipChannel::SenseTime => {
                board.integral.1 + self.sense * (at - board.integral.0).as_seconds()
            }
            ChipChannel::Thermistor(_) | ChipChannel::Die => board.warmth,
        }
    }
}

impl Board {
    pub fn new() -> Self {
        Self::with(BusKind::I2c, 0xFFFF)
    }

    pub fn with(bus: BusKind, inputs: u16) -> Self {
        let variant = Variant::named("bq76952").unwrap();
        let chip = Chip::new(variant, bus, ChipWiring { inputs, capacitor_f: 220e-9 });
        let cells = std::array::from_fn(|k| if inputs >> k & 1 == 1 { 3.3 } else { 0.0 });
        let mut board = Self {
            chip,
            now: SimTime::ZERO,
            cells,
            load: 0.0,
            charger: 0.0,
            pack: 52.8,
            ld: 52.8,
            warmth: 25.0,
            is_welded: false,
            integral: (SimTime::ZERO, 0.0),
            notes: Vec::new(),
            moves: Vec::new(),
        };
        board.run(0.1);
        board
    }

    /// The current through the sense resistor, charge positive: what the switches let through.
    pub fn current(&self) -> f64 {
        let fets = self.chip.outputs().fets;
        let wanted = self.charger - self.load;
        // A switch in series blocks one way; the other way its diode carries.
        let passes = if wanted > 0.0 { fets.chg } else { fets.dsg || fets.pdsg };
        if passes || self.is_welded { wanted } else { 0.0 }
    }

    fn look(&mut self) {
        for _ in 0..8 {
            let sense = self.current() * SENSE;
            let mut chip = self.chip.clone();
            chip.advance(self.now, &At { board: self, sense });
            let before = self.chip.outputs();
            self.chip = chip;
            self.notes.extend(self.chip.take_notes());
            if self.chip.outputs().fets != before.fets {
                self.moves.push((self.now, self.chip.outputs().fets));
            }
            if self.chip.outputs() == before {
                break;
            }
        }
    }

    /// Lets time pass.
    pub fn run(&mut self, seconds: f64) {
        let end = self.now + SimTime::from_seconds(seconds);
        self.look();
        while self.now < end {
            let next = self.chip.next().max(self.now + SimTime::NANOSECOND).min(end);
            let sense = self.current() * SENSE;
            let integral = self.integral.1 + sense * (next - self.integral.0).as_seconds();
            let mut chip = self.chip.clone();
            chip.observe(next, &At { board: self, sense });
            self.chip = chip;
            (self.now, self.integral) = (next, (next, integral));
            self.look();
        }
    }

    /// Until the chip says something of this kind, at most so long; when it did.
    pub fn until(&mut self, seconds: f64, is_so: impl Fn(&Chip) -> bool) -> Option<SimTime> {
        let end = self.now + SimTime::from_seconds(seconds);
        self.look();
        while self.now < end && !is_so(&self.chip) {
            let next = self.chip.next().max(self.now + SimTime::NANOSECOND).min(end);
            self.run((next - self.now).as_seconds());
        }
        is_so(&self.chip).then_some(self.now)
    }

    pub fn pins(&mut self, change: impl Fn(&mut ChipPins)) {
        let mut pins = self.chip.pins();
        change(&mut pins);
        self.chip.set_pins(pins, self.now);
        self.look();
    }

    pub fn transfer(&mut self, write: &[u8], read: usize) -> BusReply {
        self.look();
        let reply = self.chip.transfer(ADDRESS, write, read, self.now);
        self.notes.extend(self.chip.take_notes());
        self.look();
        reply
    }

    pub fn read(&mut self, register: u8, count: usize) -> Vec<u8> {
        match self.transfer(&[register], count) {
            BusReply::Done(bytes) => bytes,
            other => panic!("{other:?}"),
        }
    }

    pub fn word(&mut self, register: u8) -> i16 {
        let bytes = self.read(register, 2);
        i16::from_le_bytes([bytes[0], bytes[1]])
    }

    pub fn write(&mut self, bytes: &[u8]) {
        assert_eq!(self.transfer(bytes, 0), BusReply::Done(Vec::new()));
    }

    /// A sub-command, and the time that it needs.
    pub fn command(&mut self, number: u16) {
        let [low, high] = number.to_le_bytes();
        self.write(&[0x3E, low, high]);
        self.run(0.01);
    }

    pub fn ask(&mut self, number: u16, count: usize) -> Vec<u8> {
        self.command(number);
        self.read(0x40, count)
    }

    pub fn with_data(&mut self, address: u16, data: &[u8], checksum_off_by: u8) {
        let [low, high] = address.to_le_bytes();
        self.write(&[&[0x3E, low, high], data].concat());
        let sum = [low, high].iter().chain(data).fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        let checksum = (!sum).wrapping_add(checksum_off_by);
        self.write(&[0x60, checksum, data.len() as u8 + 4]);
        self.run(0.01);
    }

    /// Settings, as drivers write them: one after another, in a set-up.
    pub fn set_up(&mut self, settings: &[(u16, i64, usize)]) {
        self.command(0x0090);
        // 300 µΩ: 7.4768 / 0.3.
        self.with_data(0x91A8, &(7.4768_f32 / 0.3).to_le_bytes(), 0);
        for &(address, value, bytes) in settings {
            self.with_data(address, &value.to_le_bytes()[..bytes], 0);
        }
        self.command(0x0092);
    }

    /// The same, with the switches under the chip's own control, and awake.
    pub fn started(settings: &[(u16, i64, usize)]) -> Self {
        let mut board = Self::new();
        board.set_up(settings);
        board.command(0x0022);
        board.command(0x009A);
        board.run(0.3);
        assert!(board.chip.outputs().fets.dsg, "{:?}", board.chip.outputs());
        board.moves.clear();
        board
    }
}

/// A write on I2C with its checksums.
pub fn with_crc(bytes: &[u8]) -> Vec<u8> {
    let mut all = vec![bytes[0], bytes[1], crc8([ADDRESS << 1, bytes[0], bytes[1]])];
    all.extend(bytes[2..].iter().flat_map(|&byte| [byte, crc8([byte])]));
    all
}
