//! What a device answers to an offer: which pins it uses, and which claims of its own it adds.

use blackstart_roles::{Direction, Pin, PinForm, PinRange};
use thiserror::Error;

use super::counts;
use super::message::{CountForm, FromDevice};
use super::offer::{Offer, Offered};
use super::text::printable;

/// Most claims of its own that a device may add.
pub const MAX_OWN_CLAIMS: usize = 64;
/// Most bytes of the text of one: its name, and of its states.
pub const MAX_OWN_TEXT: usize = 64;
/// The first number that a device may give.
pub const FIRST_OWN: u16 = 0x8000;

/// Why a device's answer to an offer cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RefusedError {
    /// USE of a number that was not reported, or of an element that is not the first of its array.
    #[error("uses the pin 0x{id:04X}, which it was never offered")]
    NeverOffered {
        /// The number.
        id: u16,
    },
    /// The same USE again.
    #[error("says twice that it uses `{name}`")]
    UsedTwice {
        /// The pin.
        name: String,
    },
    /// READY, or another OWN, before the end of one.
    #[error("begins to name a claim of its own, `{text}…`, and never ends it")]
    UnfinishedOwn {
        /// What came of it.
        text: String,
    },
    /// A claim of its own with the name of one that it was offered, or that it has named already.
    #[error("names a claim of its own `{name}`, and there is one of that name already")]
    OwnTaken {
        /// The name.
        name: String,
    },
    /// A claim of its own with the name of one that its role has in other systems.
    #[error(
        "names a claim of its own `{name}`, which is a claim of its role that this system does not have"
    )]
    OwnOfRole {
        /// The name.
        name: String,
    },
    /// A claim of its own that no claim can be.
    #[error("names a claim of its own `{text}`: {reason}")]
    BadOwn {
        /// What it said.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More claims of its own than it may have.
    #[error("names more than {MAX_OWN_CLAIMS} claims of its own")]
    TooManyOwn,
    /// It has heard other pins than it was sent.
    #[error(
        "answers with the digest 0x{answered:08X} to pins whose digest is 0x{offered:08X}: it has not \
         heard them all"
    )]
    OtherDigest {
        /// Of the pins that it was sent.
        offered: u32,
        /// Of those that it heard.
        answered: u32,
    },
}

/// What a device said that no device can mean.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AbsurdError {
    /// No such number in this direction.
    #[error("there is no {} 0x{id:04X}", direction.noun())]
    Unknown {
        /// Message that carried it.
        direction: Direction,
        /// The number.
        id: u16,
    },
    /// It has not said that it uses this pin.
    #[error("`{name}` is none of the {}s that it said it uses", direction.noun())]
    NotUsed {
        /// Message that carried it.
        direction: Direction,
        /// The pin.
        name: String,
    },
    /// The pin cannot have this value.
    #[error("`{name}` cannot be {counts}")]
    Value {
        /// The pin.
        name: String,
        /// What was sent.
        counts: i32,
    },
    /// A transfer on what is no bus.
    #[error("`{name}` is no bus")]
    NoBus {
        /// The pin.
        name: String,
    },
    /// A subscription to whichever element of what is no array, or does not begin there.
    #[error("`{name}` is not the beginning of an array")]
    NoArray {
        /// The pin.
        name: String,
    },
}

/// A claim that a device adds to those of its role.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnClaim {
    /// Its number.
    pub id: u16,
    /// As a row of the table; the name begins with `own.`.
    pub pin: Pin,
}

/// An answer to an offer that is being received.
#[derive(Clone, Debug)]
pub struct Negotiation {
    agreement: Agreement,
    piece: Option<Piece>,
}

/// A claim of its own whose text is not complete.
#[derive(Clone, Debug)]
struct Piece {
    id: u16,
    form: CountForm,
    exponent: i8,
    text: Vec<u8>,
}

/// An offer and a device's answer to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    offer: Offer,
    used: Vec<bool>,
    own: Vec<OwnClaim>,
}

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target<'a> {
    /// Its pin.
    pub pin: &'a Pin,
    /// Where its value stands among those of its direction.
    pub item: usize,
    /// Of an array, where its values stand.
    pub items: (usize, usize),
}

impl Negotiation {
    /// Nothing is answered yet.
    pub fn new(offer: Offer) -> Self {
        let used = vec![false; offer.pins().len()];
        Self { agreement: Agreement { offer, used, own: Vec::new() }, piece: None }
    }

    /// Takes USE, OWN or READY; whether the answer is complete. Other messages are no part of it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, message: FromDevice) -> Result<bool, RefusedError> {
        match message {
            FromDevice::Use { id } => self.take_use(id)?,
            FromDevice::Own { id, form, exponent, text, end } => {
                let mut piece = match self.piece.take() {
                    Some(piece) if piece.id != id => return Err(piece.unfinished()),
                    Some(piece) => piece,
                    None => Piece { id, form, exponent, text: Vec::new() },
                };
                piece.text.extend(text.bytes());
                if (piece.form, piece.exponent) != (form, exponent) {
                    return Err(piece.bad("its pieces disagree in form or exponent"));
                }
                if piece.text.len() > MAX_OWN_TEXT {
                    return Err(piece.bad("that is more than 64 bytes"));
                }
                match end {
                    true => self.take_own(&piece)?,
                    false => self.piece = Some(piece),
                }
            }
            FromDevice::Ready { digest } => {
                if let Some(piece) = self.piece.take() {
                    return Err(piece.unfinished());
                }
                let (offered, answered) = (self.agreement.offer.digest(), digest);
                if offered != answered {
                    return Err(RefusedError::OtherDigest { offered, answered });
                }
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    /// What was agreed.
    pub fn finish(self) -> Agreement {
        self.agreement
    }

    fn take_use(&mut self, id: u16) -> Result<(), RefusedError> {
        let Agreement { offer, used, .. } = &mut self.agreement;
        let found = offer.find(id).filter(|(_, element)| *element == 0);
        let (place, _) = found.ok_or(RefusedError::NeverOffered { id })?;
        if std::mem::replace(&mut used[place], true) {
            return Err(RefusedError::UsedTwice { name: offer.pins()[place].pin.name.clone() });
        }
        Ok(())
    }

    fn take_own(&mut self, piece: &Piece) -> Result<(), RefusedError> {
        let Agreement { offer, own, .. } = &mut self.agreement;
        let pin = piece.pin()?;
        let name = pin.name.trim_start_matches(OWN_PREFIX);
        let claims = offer.pins().iter().filter(|one| one.pin.direction == Direction::Claim);
        if claims.into_iter().any(|one| one.pin.name == name)
            || own.iter().any(|one| one.pin.name == pin.name)
        {
            return Err(RefusedError::OwnTaken { name: name.to_owned() });
        }
        if offer.is_reserved(name) {
            return Err(RefusedError::OwnOfRole { name: name.to_owned() });
        }
        if piece.id < FIRST_OWN {
            return Err(piece.bad("its number is below 0x8000"));
        }
        if own.iter().any(|one| one.id == piece.id) {
            return Err(piece.bad("its number is that of another one"));
        }
        if own.len() == MAX_OWN_CLAIMS {
            return Err(RefusedError::TooManyOwn);
        }
        own.push(OwnClaim { id: piece.id, pin });
        Ok(())
    }
}

/// What stands before the name of a device's own claim.
const OWN_PREFIX: &str = "own.";

impl Piece {
    fn unfinished(&self) -> RefusedError {
        RefusedError::UnfinishedOwn { text: printable(&self.text) }
    }

    fn bad(&self, reason: &'static str) -> RefusedError {
        let shown = &self.text[..self.text.len().min(MAX_OWN_TEXT)];
        RefusedError::BadOwn { text: printable(shown), reason }
    }

    /// The row that its text stands for.
    fn pin(&self) -> Result<Pin, RefusedError> {
        let is_word = |word: &str| {
            let is_letter =
                |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"_-".contains(&c);
            !word.is_empty() && word.bytes().all(is_letter)
        };
        let text = str::from_utf8(&self.text).map_err(|_| self.bad("that is no ASCII"))?;
        let (name, states) = match text.split_once(':') {
            Some((name, states)) => (name, states.split(',').map(str::to_owned).collect()),
            None => (text, Vec::new()),
        };
        if !is_word(name) || states.iter().any(|state| !is_word(state)) {
            return Err(self.bad("expected small letters, digits, `_` and `-`"));
        }
        if states.is_empty() == (self.form == CountForm::State) {
            return Err(self.bad("states stand after a colon where it has some, and nowhere else"));
        }
        if self.exponent.unsigned_abs() > counts::MAX_EXPONENT {
            return Err(self.bad("its exponent is beyond 9"));
        }
        if self.exponent != 0 && self.form != CountForm::Quantity {
            return Err(self.bad("an exponent belongs to a quantity"));
        }
        let form = match self.form {
            CountForm::Quantity => PinForm::Quantity { exponent: self.exponent },
            CountForm::Number => PinForm::Number,
            CountForm::State => PinForm::States(states),
        };
        let name = format!("{OWN_PREFIX}{name}");
        Ok(Pin::new(Direction::Claim, &name, form, PinRange::Any, "a claim of the device's own"))
    }
}

impl Agreement {
    /// The device uses everything and adds nothing: what is known of one before it is asked.
    pub fn with_everything(offer: Offer) -> Self {
        let used = vec![true; offer.pins().len()];
        Self { offer, used, own: Vec::new() }
    }

    /// Every pin that was offered, and whether the device uses it.
    pub fn pins(&self) -> impl Iterator<Item = (&Offered, bool)> {
        self.offer.pins().iter().zip(self.used.iter().copied())
    }

    /// Claims of the device's own, in the order in which it named them.
    pub fn own(&self) -> &[OwnClaim] {
        &self.own
    }

    /// The number of a reading by its place among the readings; `None` where the device does not use it.
    pub fn reading(&self, item: usize) -> Option<(u16, &Offered)> {
        let is_meant =
            |one: &Offered| one.pin.direction == Direction::Reading && one.items.contains(&item);
        let (offered, is_used) = self.pins().find(|(one, _)| is_meant(one))?;
        let id = offered.id() + (item - offered.items.start) as u16;
        is_used.then_some((id, offered))
    }

    /// What a number that the device may say means in a direction.
    ///
    /// # Errors
    /// A number that there is not, or that the device has not said it uses.
    pub fn target(&self, direction: Direction, id: u16) -> Result<Target<'_>, AbsurdError> {
        let unknown = AbsurdError::Unknown { direction, id };
        if direction == Direction::Claim
            && let Some(place) = self.own.iter().position(|one| one.id == id)
        {
            let item = self.claims() + place;
            return Ok(Target { pin: &self.own[place].pin, item, items: (item, item + 1) });
        }
        let found = self.offer.find(id);
        let (place, element) = found.ok_or_else(|| unknown.clone())?;
        let Offered { pin, items, .. } = &self.offer.pins()[place];
        if pin.direction != direction {
            return Err(unknown);
        }
        if !self.used[place] {
            return Err(AbsurdError::NotUsed { direction, name: pin.name.clone() });
        }
        Ok(Target { pin, item: items.start + element, items: (items.start, items.end) })
    }

    /// Whether a device may say this.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, direction: Direction, id: u16, counts: i32) -> Result<(), AbsurdError> {
        let Target { pin, .. } = self.target(direction, id)?;
        let states = match self.offer.find(id) {
            Some((place, _)) => self.offer.pins()[place].states.len(),
            None => counts::own_states(&pin.form),
        };
        match counts::is_possible(pin, states, counts) {
            true => Ok(()),
            false => Err(AbsurdError::Value { name: pin.name.clone(), counts }),
        }
    }

    /// Whether a device may begin a transfer there.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_bus(&self, id: u16) -> Result<(), AbsurdError> {
        let Target { pin, .. } = self.target(Direction::Command, id)?;
        match pin.form {
            PinForm::Bus => Ok(()),
            _ => Err(AbsurdError::NoBus { name: pin.name.clone() }),
        }
    }

    /// Whether a device may subscribe to this.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_subscription(
        &self,
        id: u16,
        whichever: bool,
        level: i32,
    ) -> Result<(), AbsurdError> {
        let Target { pin, item, items } = self.target(Direction::Reading, id)?;
        if whichever && !(pin.is_array() && item == items.0) {
            return Err(AbsurdError::NoArray { name: pin.name.clone() });
        }
        self.check(Direction::Reading, id, level)
    }

    /// How many claims were offered.
    fn claims(&self) -> usize {
        let pins = self.offer.pins().iter();
        let claims = pins.filter(|one| one.pin.direction == Direction::Claim);
        claims.map(|one| one.items.end).max().unwrap_or(0)
    }
}
