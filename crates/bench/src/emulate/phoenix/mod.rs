//! A Phoenix inverter on its VE.Direct port: text blocks, and answers in HEX.
//!
//! Once a second a block with every text field, between whose fields HEX frames may stand: answers, and
//! once a host has spoken HEX also reports of what changed. A host that only reads text never meets a
//! HEX frame: several public readers lose the block in which one stands.
//!
//! Writing a register changes the inverter's control where that control has such a setting
//! ([`settings`]); what the simulated inverter cannot follow is refused, flag 0x02. The port sees the
//! inverter's own truth: the sensors of a Phoenix are not published.

mod registers;
mod settings;
mod state;

use std::collections::{BTreeMap, VecDeque};

use blackstart_scenario::Inverter;
use blackstart_units::SimTime;
use blackstart_wire::ve_direct::hex::{
    FRAMING_ERROR, HexFrame, HexRequest, HexResponse, RegisterValue,
};
use blackstart_wire::ve_direct::phoenix::{ITEMS, PRODUCTS, TextForm, item};
use blackstart_wire::ve_direct::{BLOCK_PERIOD, Block, Field, Heard, Listener, Sender};

use self::settings::PhoenixSettings;
use self::state::{Pins, State};
use super::{Effect, Emulated, EmulationSite, LineErrors, PlaceError, SerialDevice, View};

/// Version 1.14, as the text field shows it and as it is in the register (binary coded decimal).
const FIRMWARE: (f64, u16) = (114.0, 0x0114);
/// Two highest bits of the version in a HEX answer: an application, no boot loader (from memory).
const APPLICATION: u16 = 0x4000;
/// A number of the form that serial numbers have.
const SERIAL: &str = "HQ2600BLKST";
/// Requests that wait for an answer; a host that asks faster loses the rest.
const MAX_ASKED: usize = 16;
/// What is reported unasked when it changes.
const REPORTED: [&str; 5] = ["mode", "state", "alarm_reason", "warning_reason", "off_reason"];

/// One inverter.
#[derive(Debug)]
pub struct Phoenix {
    model: Inverter,
    product: u16,
    pins: Pins,
    settings: PhoenixSettings,
    listener: Listener,
    sender: Sender,
    asked: VecDeque<Heard>,
    unanswered: u64,
    next_block: SimTime,
    /// A host has spoken HEX since the device started.
    host_speaks_hex: bool,
    /// What was last reported of each register, by name.
    reported: BTreeMap<&'static str, f64>,
    /// When a setting was last written, s.
    settings_changed: f64,
    effects: Vec<Effect>,
}

impl Phoenix {
    /// The inverter at a place.
    ///
    /// # Errors
    /// If there is none, or Victron has no number for it.
    pub fn new(place: &EmulationSite<'_>) -> Result<Self, PlaceError> {
        let wanted = "inverter";
        let id = place.instance;
        let index = place.system.device(id).ok_or_else(|| PlaceError::NoInstance(id.to_owned()))?;
        let wrong = || PlaceError::WrongKind { instance: id.to_owned(), wanted };
        let model: Inverter = place.system.devices[index].of_kind().ok_or_else(wrong)?;
        let product = product(&model).ok_or_else(|| PlaceError::NoProduct(id.to_owned()))?;
        let pins = Pins::find(place.catalogue, id).ok_or_else(wrong)?;
        Ok(Self {
            product,
            pins,
            settings: PhoenixSettings::of(&model),
            listener: Listener::default(),
            sender: Sender::default(),
            asked: VecDeque::new(),
            unanswered: 0,
            next_block: SimTime::ZERO,
            host_speaks_hex: false,
            reported: BTreeMap::new(),
            settings_changed: 0.0,
            effects: Vec::new(),
            model,
        })
    }

    /// The value of an item, in its unit; `None` for text and commands.
    fn number(&self, name: &str, state: &State, at: SimTime, view: &View<'_>) -> Option<f64> {
        let measured = state.number(name).or_else(|| self.settings.number(name));
        measured.or_else(|| match name {
            "product_id" => Some(self.product.into()),
            "app_version" => Some(FIRMWARE.1.into()),
            // An inverter's programmable relay is not modelled: it never closes.
            "relay" => Some(0.0),
            "history_time_s" => Some(self.pins.running_time(at, view).as_seconds()),
            "history_energy_kvah" => Some(self.pins.energy_kwh(at, view)),
            _ => registers::plate(name, &self.model),
        })
    }

    fn block(&self, at: SimTime, view: &View<'_>) -> Block {
        let state = self.state(at, view);
        let field = |item: &blackstart_wire::ve_direct::phoenix::PhoenixItem| {
            let text = item.text?;
            let value = match (item.name, text.form) {
                (_, TextForm::Text) => SERIAL.to_owned(),
                ("app_version", _) => item.to_text(FIRMWARE.0).ok()?,
                // A number that has no place in its field is not shown.
                _ => item.to_text(self.number(item.name, &state, at, view)?).ok()?,
            };
            Some(Field { label: text.label.to_owned(), value })
        };
        let fields: Vec<Field> = ITEMS.iter().filter_map(field).collect();
        Block::new(&fields).expect("fewer fields than a block has, each with a short value")
    }

    fn state(&self, at: SimTime, view: &View<'_>) -> State {
        self.pins.state(&self.model, &self.settings, at, view)
    }

    fn answer(&mut self, heard: Heard, at: SimTime, view: &View<'_>) {
        let answer = match heard {
            Heard::FramingError => Some(HexResponse::Error(FRAMING_ERROR)),
            Heard::Frame(frame) => match HexRequest::decode(&frame) {
                Some(request) => {
                    self.host_speaks_hex = true;
                    self.obey(&request, at, view)
                }
                None => Some(HexResponse::Unknown(one_byte(&frame))),
            },
        };
        if let Some(answer) = answer {
            self.sender.frame(at, &answer.encode());
        }
    }

    fn obey(&mut self, request: &HexRequest, at: SimTime, view: &View<'_>) -> Option<HexResponse> {
        let version = FIRMWARE.1 | APPLICATION;
        let two_bytes = |number: u16| RegisterValue::new(&number.to_le_bytes());
        match request {
            HexRequest::Ping => Some(HexResponse::Ping(version)),
            HexRequest::AppVersion => two_bytes(version).map(HexResponse::Done),
            HexRequest::ProductId => two_bytes(self.product).map(HexResponse::Done),
            // There is no boot loader to enter.
            HexRequest::EnterBoot => None,
            HexRequest::Restart => {
                self.sender.clear();
                self.asked.clear();
                self.host_speaks_hex = false;
                self.reported.clear();
                self.next_block = at + BLOCK_PERIOD;
                None
            }
            HexRequest::Get { register } => Some(HexResponse::Get(self.read(*register, at, view))),
            HexRequest::Set { register, value } => {
                Some(HexResponse::Set(self.write(*register, value, at, view)))
            }
        }
    }

    /// Reports what has changed, as far as the line has room.
    fn report(&mut self, at: SimTime, view: &View<'_>) {
        let state = self.state(at, view);
        for name in REPORTED {
            let Some(value) = self.number(name, &state, at, view) else { continue };
            let known = self.reported.get(name).copied();
            if known == Some(value) {
                continue;
            }
            let register = item(name).and_then(|item| item.register);
            // What it is at first is no change.
            let sent = known.is_none()
                || register.is_some_and(|register| {
                    let report = self.read(register.id, at, view);
                    self.sender.frame(at, &HexResponse::Async(report).encode())
                });
            if sent {
                self.reported.insert(name, value);
            }
        }
    }
}

/// Number of a 48 V inverter with this rating; the first processor's.
fn product(model: &Inverter) -> Option<u16> {
    let name = format!("Phoenix {}/{}", model.nominal_voltage.0, model.rated_apparent.0);
    PRODUCTS.iter().find(|(_, known)| *known == name).map(|(number, _)| *number)
}

/// The command of a frame, as an answer carries it.
fn one_byte(frame: &HexFrame) -> RegisterValue {
    RegisterValue::new(&[frame.command()]).expect("one byte fits")
}

impl Emulated for Phoenix {
    fn due(&self) -> SimTime {
        if self.asked.is_empty() { self.next_block.min(self.sender.due()) } else { SimTime::ZERO }
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn errors(&self) -> LineErrors {
        let counters = self.listener.counters();
        LineErrors {
            understood: counters.frames,
            rejected: counters.framing_errors,
            lost: self.sender.lost_frames() + self.unanswered,
        }
    }
}

impl SerialDevice for Phoenix {
    fn hear(&mut self, _: SimTime, bytes: &[u8]) {
        for heard in bytes.iter().filter_map(|&byte| self.listener.push(byte)) {
            if self.asked.len() < MAX_ASKED {
                self.asked.push_back(heard);
            } else {
                self.unanswered += 1;
            }
        }
    }

    fn speak(&mut self, at: SimTime, view: &View<'_>, out: &mut Vec<u8>) {
        while let Some(heard) = self.asked.pop_front() {
            self.answer(heard, at, view);
        }
        if self.host_speaks_hex {
            self.report(at, view);
        }
        while self.next_block <= at {
            let begins = self.next_block;
            self.next_block = begins + BLOCK_PERIOD;
            self.sender.take(begins, out);
            let block = self.block(begins, view);
            // A line that is full of HEX frames has no time for another block.
            self.sender.block(begins, &block);
        }
        self.sender.take(at, out);
    }
}
