//! What a device may answer to the pins that it is offered, and what it may say afterwards.

use blackstart_roles::{Direction, RoleKind, RoleTable};
use blackstart_wire::bench_link::{
    Agreement, CountForm, FIRST_OWN, FromDevice, MAX_OWN_CLAIMS, Negotiation, OWN_CHUNK_BYTES,
    Offer, RefusedError, TextChunk,
};
use proptest::prelude::*;

/// What a pack with so many cells offers.
fn offer(cells: usize) -> Offer {
    Offer::of_role(RoleTable::standard().role(RoleKind::BatteryManagement), cells).unwrap()
}

fn id(offer: &Offer, direction: Direction, name: &str) -> u16 {
    let mut pins = offer.pins().iter();
    pins.find(|one| one.pin.direction == direction && one.pin.name == name).unwrap().id()
}

/// The pieces in which a claim of its own travels.
fn own(id: u16, form: CountForm, exponent: i8, text: &str) -> Vec<FromDevice> {
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(OWN_CHUNK_BYTES).collect();
    let last = pieces.len() - 1;
    let piece = |(k, piece): (usize, &&[u8])| FromDevice::Own {
        id,
        form,
        exponent,
        text: TextChunk::new(piece).unwrap(),
        end: k == last,
    };
    pieces.iter().enumerate().map(piece).collect()
}

fn quantity(id: u16, text: &str) -> Vec<FromDevice> {
    own(id, CountForm::Quantity, 0, text)
}

fn agree(offer: &Offer, messages: &[FromDevice]) -> Result<Agreement, RefusedError> {
    let mut negotiation = Negotiation::new(offer.clone());
    for &message in messages {
        if negotiation.take(message)? {
            return Ok(negotiation.finish());
        }
    }
    negotiation.take(FromDevice::Ready { digest: offer.digest() })?;
    Ok(negotiation.finish())
}

fn refusal(messages: &[FromDevice]) -> String {
    agree(&offer(16), messages).unwrap_err().to_string()
}

#[test]
fn what_a_device_uses_and_adds_is_what_it_may_say() {
    let offer = offer(16);
    let [switch, soc] = [(Direction::Command, "main_switch"), (Direction::Claim, "soc_pct")]
        .map(|(direction, name)| id(&offer, direction, name));
    let mut messages = vec![FromDevice::Use { id: switch }];
    messages.extend(own(FIRST_OWN, CountForm::Quantity, -3, "balancing_a"));
    messages.extend(own(FIRST_OWN + 9, CountForm::State, 0, "mode:idle,top-balancing"));
    let agreement = agree(&offer, &messages).unwrap();
    assert_eq!(agreement.own()[1].pin.name, "own.mode");
    assert_eq!(agreement.check(Direction::Command, switch, 1), Ok(()));
    assert_eq!(agreement.check(Direction::Claim, FIRST_OWN, -5), Ok(()));
    assert_eq!(agreement.check(Direction::Claim, FIRST_OWN + 9, 1), Ok(()));
    // Its claims stand after those of the role.
    let claims = agreement.pins().filter(|(one, _)| one.pin.direction == Direction::Claim).count();
    assert_eq!(agreement.target(Direction::Claim, FIRST_OWN + 9).unwrap().item, claims + 1);
    for (direction, id, counts, expected) in [
        (Direction::Command, switch, 2, "`main_switch` cannot be 2".to_owned()),
        (Direction::Claim, FIRST_OWN + 9, 2, "`own.mode` cannot be 2".to_owned()),
        (
            Direction::Claim,
            soc,
            1,
            "`soc_pct` is none of the claims that it said it uses".to_owned(),
        ),
        (Direction::Command, soc, 1, format!("there is no command 0x{soc:04X}")),
        (Direction::Claim, FIRST_OWN + 1, 0, "there is no claim 0x8001".to_owned()),
    ] {
        assert_eq!(agreement.check(direction, id, counts).unwrap_err().to_string(), expected);
    }
}

#[test]
fn no_command_is_negative_where_its_row_says_so() {
    let offer = offer(16);
    let delay = id(&offer, Direction::Command, "scd_delay_us");
    let agreement = agree(&offer, &[FromDevice::Use { id: delay }]).unwrap();
    let error = agreement.check(Direction::Command, delay, i32::MIN).unwrap_err();
    assert_eq!(error.to_string(), "`scd_delay_us` cannot be -2147483648");
}

#[test]
fn a_subscription_is_to_a_reading_that_is_used_or_to_an_array() {
    let offer = offer(4095);
    let [cells, current] =
        ["cell-*_voltage_v", "pack_current_a"].map(|name| id(&offer, Direction::Reading, name));
    let agreement = agree(&offer, &[FromDevice::Use { id: cells }]).unwrap();
    assert_eq!(agreement.check_subscription(cells, true, 27_000), Ok(()));
    assert_eq!(agreement.check_subscription(cells + 4094, false, 27_000), Ok(()));
    let text =
        |id, whichever| agreement.check_subscription(id, whichever, 1).unwrap_err().to_string();
    assert_eq!(text(cells + 1, true), "`cell-*_voltage_v` is not the beginning of an array");
    assert_eq!(
        text(current, false),
        "`pack_current_a` is none of the readings that it said it uses"
    );
    assert_eq!(agreement.reading(4094).unwrap().0, cells + 4094);
    assert_eq!(agreement.reading(4095), None);
}

#[test]
fn each_answer_that_cannot_be_taken_has_its_sentence() {
    let twice = |one: Vec<FromDevice>, other: Vec<FromDevice>| [one, other].concat();
    let long = "x".repeat(65);
    for (messages, expected) in [
        (vec![FromDevice::Use { id: 0x7000 }], "uses the pin 0x7000, which it was never offered"),
        // Not the first of its array.
        (vec![FromDevice::Use { id: 2 }], "uses the pin 0x0002, which it was never offered"),
        (vec![FromDevice::Use { id: 1 }; 2], "says twice that it uses `cell-*_voltage_v`"),
        (
            quantity(FIRST_OWN, "balancing_a")[..2].to_vec(),
            "begins to name a claim of its own, `balancin…`, and never ends it",
        ),
        (
            twice(quantity(FIRST_OWN, "balancing_a")[..1].to_vec(), quantity(FIRST_OWN + 1, "x")),
            "begins to name a claim of its own, `bala…`, and never ends it",
        ),
        (
            quantity(FIRST_OWN, "soc_pct"),
            "names a claim of its own `soc_pct`, and there is one of that name already",
        ),
        (
            // Only some systems have it.
            quantity(FIRST_OWN, "charge_voltage_limit_v"),
            "names a claim of its own `charge_voltage_limit_v`, which is a claim of its role that this \
             system does not have",
        ),
        (
            twice(quantity(FIRST_OWN, "x_a"), quantity(FIRST_OWN + 1, "x_a")),
            "names a claim of its own `x_a`, and there is one of that name already",
        ),
        (
            twice(quantity(FIRST_OWN, "x_a"), quantity(FIRST_OWN, "y_a")),
            "names a claim of its own `y_a`: its number is that of another one",
        ),
        (quantity(0x6000, "x_a"), "names a claim of its own `x_a`: its number is below 0x8000"),
        (
            quantity(FIRST_OWN, "Über"),
            "names a claim of its own `Über`: expected small letters, digits, `_` and `-`",
        ),
        (
            own(FIRST_OWN, CountForm::State, 0, "mode"),
            "names a claim of its own `mode`: states stand after a colon where it has some, and nowhere \
             else",
        ),
        (
            own(FIRST_OWN, CountForm::Quantity, 10, "x_a"),
            "names a claim of its own `x_a`: its exponent is beyond 9",
        ),
        (
            own(FIRST_OWN, CountForm::Number, 1, "x"),
            "names a claim of its own `x`: an exponent belongs to a quantity",
        ),
    ] {
        assert_eq!(refusal(&messages), expected);
    }
    assert!(refusal(&quantity(FIRST_OWN, &long)).ends_with("that is more than 64 bytes"));
    let many = (0..=MAX_OWN_CLAIMS as u16)
        .flat_map(|k| quantity(FIRST_OWN + k, &format!("x{k}_a")))
        .collect::<Vec<_>>();
    assert_eq!(refusal(&many), "names more than 64 claims of its own");
}

#[test]
fn a_device_that_heard_other_pins_is_refused() {
    let (reported, heard) = (offer(16), offer(15));
    let ready = FromDevice::Ready { digest: heard.digest() };
    let error = agree(&reported, &[ready]).unwrap_err();
    assert!(matches!(error, RefusedError::OtherDigest { .. }));
    assert!(error.to_string().ends_with("it has not heard them all"), "{error}");
}

proptest! {
    /// Whatever a device says, it is taken or refused.
    #[test]
    fn no_answer_panics(
        messages in prop::collection::vec(
            prop_oneof![
                (0u16..40).prop_map(|id| FromDevice::Use { id }),
                (any::<(u16, i8, bool)>(), prop::collection::vec(any::<u8>(), 0..=OWN_CHUNK_BYTES))
                    .prop_map(|((id, exponent, end), text)| FromDevice::Own {
                        id: id | FIRST_OWN,
                        form: CountForm::Quantity,
                        exponent,
                        text: TextChunk::new(&text).unwrap(),
                        end,
                    }),
            ],
            0..40,
        ),
        said in any::<(u16, i32)>(),
    ) {
        if let Ok(agreement) = agree(&offer(4), &messages) {
            for direction in Direction::ALL {
                let _ = agreement.check(direction, said.0, said.1);
            }
        }
    }
}
