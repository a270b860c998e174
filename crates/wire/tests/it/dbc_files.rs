//! What a DBC file says, and every way in which it can be wrong.

use blackstart_units::SimTime;
use blackstart_wire::can::{CanId, Payload};
use blackstart_wire::dbc::{
    ByteOrder, Concern, MAX_MISTAKES, Mistake, MistakeKind, MultiplexSelection, OutOfRange,
    ParsedDatabase, Raw, Severity, ValueKind, parse,
};
use proptest::prelude::*;

/// One of everything.
pub const SAMPLE: &str = r#"VERSION "1.2"

NS_ :
	CM_
	BA_DEF_
	SG_MUL_VAL_

BS_:

BU_: BMS Inverter
	Logger
VAL_TABLE_ Unused 1 "one" 0 "zero" ;

BO_ 849 Limits: 8 BMS
 SG_ Charge_V : 0|16@1+ (0.1,0) [0|65] "V" Inverter,Logger
 SG_ Discharge_A : 39|16@0- (0.1,-5) [0|0] "A" Vector__XXX
 SG_ State : 48|3@1+ (1,0) [7|2] "" Inverter

BO_ 2566834688 Far: 64 Vector__XXX
 SG_ Single : 0|32@1- (1,0) [0|0] "" Inverter
 SG_ Double : 32|64@1- (2,1) [-1.5e3|+1.5E3] "" Inverter

BO_ 100 Pages: 8 BMS
 SG_ Page M : 0|8@1+ (1,0) [0|0] "" Inverter
 SG_ Low m0 : 8|16@1+ (1,0) [0|0] "" Inverter
 SG_ Sub m1M : 8|8@1+ (1,0) [0|0] "" Inverter
 SG_ Deep m2 : 16|8@1+ (1,0) [0|0] "" Inverter
 SG_ Always : 56|8@1+ (1,0) [0|0] "" Inverter

BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX
 SG_ Nowhere : 0|99@1+ (1,0) [0|0] "" Vector__XXX

BO_TX_BU_ 849 : BMS,Logger;
EV_ Lamp: 0 [0|1] "" 0 1 DUMMY_NODE_VECTOR0 Vector__XXX;
CM_ "the file";
CM_ BU_ BMS "a node";
CM_ BO_ 849 "what chargers may do";
CM_ SG_ 849 Charge_V "up to here,
BO_ and \"no\" further";
BA_DEF_ "BusType" STRING ;
BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","StandardCAN_FD";
BA_DEF_ SG_ "GenSigStartValue" FLOAT -1E9 1E9;
BA_DEF_DEF_ "BusType" "";
BA_DEF_DEF_ "GenMsgCycleTime" 0;
BA_DEF_DEF_ "VFrameFormat" "StandardCAN";
BA_DEF_DEF_ "GenSigStartValue" 0;
BA_ "BusType" "CAN FD";
BA_ "GenMsgCycleTime" BO_ 849 250;
BA_ "VFrameFormat" BO_ 100 2;
BA_ "GenSigStartValue" SG_ 849 Charge_V 552;
VAL_ 849 State 0 "off" 1 "on" 7 "not \"known\"" ;
VAL_ Lamp 0 "off" ;
SIG_GROUP_ 849 Both 1 : Charge_V State;
SIG_VALTYPE_ 2566834688 Single : 1;
SIG_VALTYPE_ 2566834688 Double : 2;
SG_MUL_VAL_ 100 Deep Sub 2-3, 5-5, 4-4 ;
"#;

fn kinds(parsed: &ParsedDatabase) -> Vec<(u32, Severity)> {
    parsed.mistakes.iter().map(|mistake| (mistake.line, mistake.kind.severity())).collect()
}

#[test]
fn messages_have_identifiers_lengths_formats_and_cycle_times() {
    let parsed = parse(SAMPLE.as_bytes());
    assert_eq!(kinds(&parsed), [(17, Severity::Warning)], "{:?}", parsed.mistakes);
    let database = parsed.into_result().unwrap();
    assert_eq!(database.version, "1.2");
    assert_eq!(database.nodes, ["BMS", "Inverter", "Logger"]);
    let ids: Vec<_> = database.messages().iter().map(|message| message.id.to_string()).collect();
    assert_eq!(ids, ["064", "351", "18FECA00"]);
    let limits = database.message(CanId::standard(0x351).unwrap()).unwrap();
    assert_eq!(limits.name, "Limits");
    assert_eq!(limits.transmitter.as_deref(), Some("BMS"));
    assert_eq!(limits.cycle_time, Some(SimTime::from_millis(250)));
    assert_eq!(limits.comment.as_deref(), Some("what chargers may do"));
    let pages = database.message_named("Pages").unwrap();
    let far = database.message_named("Far").unwrap();
    assert_eq!((pages.cycle_time, far.cycle_time, &far.transmitter), (None, None, &None));
    assert_eq!([limits, far, pages].map(|message| message.is_fd), [false, true, true]);
    assert_eq!([limits, far, pages].map(|message| message.length), [8, 64, 8]);
}

#[test]
fn signals_have_places_scales_names_and_switches() {
    let database = parse(SAMPLE.as_bytes()).into_result().unwrap();
    let limits = database.message_named("Limits").unwrap();
    let charge = limits.signal("Charge_V").unwrap();
    assert_eq!((charge.start_bit(), charge.length_bits()), (0, 16));
    assert_eq!((charge.factor, charge.offset, charge.range), (0.1, 0.0, Some((0.0, 65.0))));
    assert_eq!((&*charge.unit, charge.start_counts), ("V", Some(552.0)));
    assert_eq!(charge.receivers, ["Inverter", "Logger"]);
    assert_eq!(charge.comment.as_deref(), Some("up to here,\nBO_ and \"no\" further"));
    let discharge = limits.signal("Discharge_A").unwrap();
    assert_eq!((discharge.byte_order(), discharge.kind), (ByteOrder::Big, ValueKind::Signed));
    assert_eq!((discharge.range, discharge.receivers.len()), (None, 0));
    let state = limits.signal("State").unwrap();
    assert_eq!(state.range, None, "an empty range is none");
    assert_eq!(state.value_named("not \"known\""), Some(7));
    let pages = database.message_named("Pages").unwrap();
    let selection = |name: &str| pages.signal(name).unwrap().selection.clone();
    assert_eq!(selection("Page"), None);
    assert_eq!(selection("Low"), Some(MultiplexSelection { switch: 0, ranges: vec![(0, 0)] }));
    assert_eq!(selection("Sub"), Some(MultiplexSelection { switch: 0, ranges: vec![(1, 1)] }));
    assert_eq!(selection("Deep"), Some(MultiplexSelection { switch: 2, ranges: vec![(2, 5)] }));
    let far = database.message_named("Far").unwrap();
    assert_eq!(far.signals[0].kind, ValueKind::Float32);
    assert_eq!(far.signals[1].kind, ValueKind::Float64);
}

/// A line, and what is wrong with it.
const WRONG: &[(&str, &str)] = &[
    ("BU_: A", ""),
    ("BO_ 1 One: 8 A", ""),
    (" SG_ S1 : 0|8@1+ (1,0) [0|0] \"\" A", ""),
    (" SG_ S1 : 8|8@1+ (1,0) [0|0] \"\" A", "another signal of the message is called `S1`"),
    (" SG_ S2 : 4|8@1+ (1,0) [0|0] \"\" A", "signal `S2` shares bits with `S1`"),
    (
        " SG_ S3 : 60|8@1+ (1,0) [0|0] \"\" A",
        "signal `S3` reaches beyond the 8 bytes of its message",
    ),
    (
        " SG_ S4 : 56|16@0+ (1,0) [0|0] \"\" A",
        "signal `S4` reaches beyond the 8 bytes of its message",
    ),
    (" SG_ S5 : 0|0@1+ (1,0) [0|0] \"\" A", "signal `S5` has 0 bits; possible are 1 to 64"),
    (
        " SG_ S6 : 16|8@1+ (0,0) [0|0] \"\" A",
        "signal `S6` has the factor 0: every value would be the same",
    ),
    (
        " SG_ S7 : 16|8@2+ (1,0) [0|0] \"\" A",
        "expected 0 (big-endian) or 1 (little-endian), found `2`",
    ),
    (" SG_ S8 : 16|8@1 (1,0) [0|0] \"\" A", "expected `+` (unsigned) or `-` (signed), found `(`"),
    (" SG_ S9 : 16|8@1+ (x,0) [0|0] \"\" A", "expected a factor, found `x`"),
    (" SG_ SA : 16|8@1+ (1e999,0) [0|0] \"\" A", "expected a factor, found `1e999`"),
    (" SG_ SB : 16|8@1+ (1,0) [0|0] A", "expected a unit, found `A`"),
    (
        " SG_ SC q : 16|8@1+ (1,0) [0|0] \"\" A",
        "expected `M`, `m` with a number, or `:`, found `q`",
    ),
    (
        " SG_ SD m1 : 16|8@1+ (1,0) [0|0] \"\" A",
        "`SD` is multiplexed, but its message has no switch for it",
    ),
    (" SG_ SE : 24|8@1+ (1,0) [0|0] \"\" B", "`B` is not in the list of nodes"),
    (" SG_ SF : 32|8@1+ (1,0) [1|0] \"\" A", "the range of `SF` is empty and is ignored"),
    (
        " SG_ SG : 99999999|8@1+ (1,0) [1|0] \"\" A",
        "signal `SG` reaches beyond the 8 bytes of its message",
    ),
    ("BO_ 1 Two: 8 A", "the identifier of `Two` is that of `One` on line 2"),
    ("BO_ 2 One: 8 A", "another message is called `One`, on line 2"),
    ("BO_ 2048 Three: 8 A", "2048 is no identifier of 11 bits, nor of 29 bits with bit 31 set"),
    ("BO_ 3 Four: 9 A", "no frame carries 9 bytes: message `Four` is left out"),
    (" SG_ S1 : 0|8@1+ (1,0) [0|0] \"\" A", ""),
    ("BO_ 4 Five 8 A", "expected `:`, found `8`"),
    (" SG_ S1 : 0|8@1+ (1,0) [0|0 \"\" A", "expected `]`, found a text"),
    ("BO_ 5 Six: 8 A", ""),
    (" SG_ M1 M : 0|8@1+ (1,0) [0|0] \"\" A", ""),
    (
        " SG_ M2 M : 8|8@1+ (1,0) [0|0] \"\" A",
        "`M2` is a second switch, and not every multiplexed signal says which one it follows",
    ),
    (
        " SG_ X1 m1M : 16|8@1+ (1,0) [0|0] \"\" A",
        "the switches of `X1` form a ring or more than 8 levels",
    ),
    (
        " SG_ X2 m1M : 24|8@1+ (1,0) [0|0] \"\" A",
        "the switches of `X2` form a ring or more than 8 levels",
    ),
    (" SG_ X3 m1 : 32|8@1+ (1,0) [0|0] \"\" A", ""),
    ("SG_MUL_VAL_ 5 X1 X2 1-1;", ""),
    ("SG_MUL_VAL_ 5 X2 X1 1-1;", ""),
    ("SG_MUL_VAL_ 5 X2 M9 1-1;", "`X2` is multiplexed, but its message has no switch for it"),
    ("SG_MUL_VAL_ 6 X2 M1 1-1;", "SG_MUL_VAL_ names message 6, which the file does not define"),
    ("CM_ BO_ 6 \"\";", "CM_ names message 6, which the file does not define"),
    ("CM_ SG_ 3 S1 \"left out with its message\";", ""),
    ("VAL_ 1 S0 1 \"one\";", "VAL_ names signal `S0`, which its message does not have"),
    ("VAL_ 1 S1 1.5 \"one\";", "expected a whole number, found `1.5`"),
    ("VAL_ 1 S1 1 \"one\"", ""),
    ("SIG_VALTYPE_ 1 S1 : 0;", "expected `;`, found `SIG_VALTYPE_`"),
    ("SIG_VALTYPE_ 1 S1 : 2;", "signal `S1` is declared floating with 64 bits, and has 8"),
    ("SIG_VALTYPE_ 1 S1 : 3;", "expected 0, 1 or 2, found `3`"),
    (
        "BA_ \"GenMsgCycleTime\" BO_ 1 \"often\";",
        "attribute `GenMsgCycleTime` cannot have this value",
    ),
    ("BA_ \"GenMsgCycleTime\" BO_ 1 -1;", "attribute `GenMsgCycleTime` cannot have this value"),
    ("HELLO 1 2 3", "expected a statement, found `HELLO`"),
    ("SG_ S1 : 0|8@1+ (1,0) [0|0] \"\" A", "signal `S1` belongs to no message"),
    ("%", "unexpected character '%'"),
    ("CM_ \"never closed", "the text that begins here has no closing quote"),
];

#[test]
fn every_mistake_of_a_file_is_reported_with_its_line() {
    let text: String = WRONG.iter().map(|(line, _)| format!("{line}\n")).collect();
    let parsed = parse(text.as_bytes());
    let found: Vec<(u32, String)> =
        parsed.mistakes.iter().map(|mistake| (mistake.line, mistake.kind.to_string())).collect();
    let mut expected: Vec<(u32, String)> = (1..)
        .zip(WRONG)
        .filter(|(_, (_, words))| !words.is_empty())
        .map(|(line, (_, words))| (line, (*words).to_owned()))
        .collect();
    // The statement that lost its text ends where the file ends.
    expected.insert(
        expected.len() - 1,
        (50, "expected a comment, found the end of the file".to_owned()),
    );
    assert_eq!(found, expected);
    assert!(parsed.into_result().is_err());
}

/// Names of the messages of a file that somebody can use as they are.
fn sound(text: &str) -> Vec<String> {
    let parsed = parse(text.as_bytes());
    let names = parsed.database.messages().iter().map(|message| message.name.clone());
    names.filter(|name| !parsed.mistakes.iter().any(|one| one.spoils(name))).collect()
}

#[test]
fn a_mistake_spoils_its_own_message_and_no_other() {
    const GOOD: &str = " SG_ S : 0|8@1+ (1,0) [0|0] \"\" A\n";
    let with = |lines: &str| format!("BU_: A\nBO_ 1 One: 8 A\n{GOOD}BO_ 2 Two: 8 A\n{GOOD}{lines}");
    for (lines, concern) in [
        (" SG_ S : 8|8@1+ (1,0) [0|0] \"\" A\n", "Two"),
        (" SG_ T : 8|8@1+ (0,0) [0|0] \"\" A\n", "Two"),
        (" SG_ T m0 : 8|8@1+ (1,0) [0|0] \"\" A\n", "Two"),
        (" SG_ T : 60|8@1+ (1,0) [0|0] \"\" A\n", "Two"),
        (" SG_ T : 8|8@1+ (1,0) [0|0] A\n", "Two"),
        (" SG_ T % : 8|8@1+ (1,0) [0|0] \"\" A\n", "Two"),
        (" ~\n", "Two"),
        (" 7 HELLO\n SG_ T : 8|8@1+ (1,0) [0|0] \"\" A\n", "Two"),
        ("BA_ \"GenMsgCycleTime\" BO_ 2 \"often\";\n", "Two"),
        ("VAL_ 2 S x;\n", "Two"),
        ("SIG_VALTYPE_ 2 S : 1;\n", "Two"),
        ("SG_MUL_VAL_ 2 S S 1-1;\n", "Two"),
        ("BO_ 3 Two: 8 A\n", "Two"),
    ] {
        let parsed = parse(with(lines).as_bytes());
        let concerns: Vec<_> = parsed.mistakes.iter().map(|one| one.concern.clone()).collect();
        assert!(concerns.contains(&Concern::Message(concern.to_owned())), "{lines}: {concerns:?}");
        assert_eq!(sound(&with(lines)), ["One"], "{lines}");
    }
    // Of two with one identifier neither can be trusted.
    assert_eq!(sound(&with("BO_ 2 Other: 8 A\n")), ["One"]);
    for lines in [
        "BO_ 3 Three: 0 A\n SG_ T : 0|8@1+ (1,0) [0|0] \"\" A\n",
        "BO_ 3 Three 8 A\n SG_ T : 0|8@1+ (1,0) [0|0] A\n",
        "CM_ \"never closed\n",
        "HELLO\nCM_ BU_ 7 \"\";\nBA_DEF_ ?\nBA_ \"x\" oops;\nVAL_ 9 S 1 \"one\";\n",
        "SIG_VALTYPE_ 9 S : 1;\n",
    ] {
        let lines = format!("VERSION \"\"\n{lines}");
        let names = sound(&with(&lines));
        assert_eq!(names[..2], ["One", "Two"], "{lines}");
        assert!(!parse(with(&lines).as_bytes()).mistakes.is_empty(), "{lines}");
    }
}

#[test]
fn a_mistake_of_which_nobody_can_tell_whose_it_is_spoils_all() {
    let file = "BU_: A\nBO_ 1 One: 8 A\n SG_ S : 0|16@1+ (1,0) [0|0] \"\" A\n";
    assert_eq!(sound(file), ["One"]);
    // Whose signal is it that follows a switch, or is a floating one?
    assert_eq!(sound(&format!("{file}SG_MUL_VAL_ x S M 1-1;\n")), [""; 0]);
    assert_eq!(sound(&format!("{file}SIG_VALTYPE_ : 1;\n")), [""; 0]);
    // A text without its end has swallowed a statement about bits.
    let swallowed = "CM_ BU_ A \"no end ;\nSIG_VALTYPE_ 1 S : 1;\nCM_ BU_ A \"\";\n";
    assert_eq!(sound(&format!("{file}{swallowed}")), [""; 0]);
    let swallowed = "CM_ BU_ A \"no end ;\nVAL_ 1 S 1 \"on\";\n";
    assert_eq!(sound(&format!("{file}{swallowed}")), ["One"]);
}

#[test]
fn long_names_are_the_names_and_statements_keep_to_the_short_ones() {
    let text = "BU_: A Long_0\nBO_ 1 Short: 8 Long_0\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" A,Long_0\n \
                SG_ T : 8|8@1+ (1,0) [0|0] \"\" A\nVAL_ 1 S 1 \"on\";\n\
                BA_ \"SystemNodeLongSymbol\" BU_ Long_0 \"A_longer_node\";\n\
                BA_ \"SystemMessageLongSymbol\" BO_ 1 \"A_longer_message\";\n\
                BA_ \"SystemSignalLongSymbol\" SG_ 1 S \"A_longer_signal\";\n\
                BA_ \"SystemSignalLongSymbol\" SG_ 1 T \"\";\n";
    let parsed = parse(text.as_bytes());
    assert_eq!(parsed.mistakes, []);
    let database = parsed.database;
    let message = database.message_named("A_longer_message").unwrap();
    assert_eq!(database.nodes, ["A", "A_longer_node"]);
    assert_eq!(message.transmitter.as_deref(), Some("A_longer_node"));
    let signal = message.signal("A_longer_signal").unwrap();
    assert_eq!(signal.value_named("on"), Some(1));
    assert_eq!(signal.receivers, ["A", "A_longer_node"]);
    assert!(message.signal("T").is_some() && message.signal("S").is_none());
    // Two that become one.
    let doubled = text.replace("SG_ 1 T \"\"", "SG_ 1 T \"A_longer_signal\"");
    let doubled = parse(doubled.as_bytes());
    let is_doubled = |one: &Mistake| matches!(one.kind, MistakeKind::DuplicateSignal { .. });
    let found = doubled.mistakes.iter().find(|one| is_doubled(one)).unwrap();
    assert!(found.spoils("A_longer_message"));
}

#[test]
fn a_number_may_be_written_as_a_text() {
    let text = "BU_: A\nBO_ 1 One: 8 A\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" A\nBO_ 2 Two: 8 A\n\
                BA_DEF_DEF_ \"GenMsgCycleTime\" \"\";\nBA_ \"GenMsgCycleTime\" BO_ 1 \"100\";\n\
                BA_ \"GenSigStartValue\" SG_ 1 S \"7\";\n";
    let database = parse(text.as_bytes()).into_result().unwrap();
    let [one, two] = database.messages() else { panic!() };
    assert_eq!((one.cycle_time, two.cycle_time), (Some(SimTime::from_millis(100)), None));
    assert_eq!(one.signals[0].start_counts, Some(7.0));
    let wrong = parse(text.replace("\"100\"", "\"-1\"").replace("\"7\"", "\"x\"").as_bytes());
    assert_eq!(wrong.mistakes.len(), 2);
}

#[test]
fn a_floating_signal_of_sixteen_bits_is_a_half() {
    let text = "BU_: A\nBO_ 1 One: 8 A\n SG_ S : 0|16@1- (2,1) [0|0] \"\" A\n SG_ T : 23|16@0- (1,0) [0|0] \"\" A\n\
                SIG_VALTYPE_ 1 S : 1;\nSIG_VALTYPE_ 1 T : 2;\n";
    let database = parse(text.as_bytes()).into_result().unwrap();
    let message = &database.messages()[0];
    assert_eq!(message.signals[0].kind, ValueKind::Float16);
    let encoded = message.encode(&[(0, 4.0), (1, -0.5)], OutOfRange::Refuse).unwrap();
    assert_eq!(encoded.payload.bytes()[..4], [0x00, 0x3E, 0xB8, 0x00]);
    let readings = message.decode(encoded.payload.bytes()).unwrap();
    assert_eq!((readings[0].raw, readings[0].physical), (Raw::Float(1.5), 4.0));
    assert!(message.encode(&[(1, 65_505.0)], OutOfRange::Refuse).is_err());
    let most = message.encode(&[(1, 1e9)], OutOfRange::Saturate).unwrap();
    assert_eq!(message.decode(most.payload.bytes()).unwrap()[1].physical, 65_504.0);
}

#[test]
fn a_file_in_latin_1_keeps_its_units() {
    let text = b"BU_: A\nBO_ 1 One: 8 A\n SG_ T : 0|8@1+ (1,0) [0|0] \"\xB0C\" A\n";
    let database = parse(text).into_result().unwrap();
    assert_eq!(database.messages()[0].signals[0].unit, "°C");
}

#[test]
fn what_is_too_large_is_refused_and_mistakes_are_counted_out() {
    let many = "?\n".repeat(5_000);
    let many = parse(many.as_bytes()).mistakes;
    assert_eq!(many.len(), MAX_MISTAKES);
    assert!(many.iter().any(|mistake| mistake.spoils("any message: the rest was not read")));
    // However many warnings there are, the error is among what is reported.
    let mut text = "BU_: A\n".to_owned();
    for id in 0..2_000 {
        text += &format!("BO_ {id} M{id}: 8 B{id}\n");
    }
    text += " SG_ S : 0|0@1+ (1,0) [0|0] \"\" A\n";
    let parsed = parse(text.as_bytes());
    assert_eq!(parsed.mistakes.len(), MAX_MISTAKES);
    let spoilt = |name: &str| parsed.mistakes.iter().any(|mistake| mistake.spoils(name));
    assert!(spoilt("M1999") && !spoilt("M1998"));
    let large = parse(&vec![b' '; (8 << 20) + 1]);
    assert_eq!(large.mistakes[0].kind, MistakeKind::TooLarge);
}

#[test]
fn several_switches_are_fine_when_each_signal_names_its_own() {
    let text = "BU_: A\nBO_ 1 One: 8 A\n SG_ S M : 0|8@1+ (1,0) [0|0] \"\" A\n \
                SG_ T M : 8|8@1+ (1,0) [0|0] \"\" A\n SG_ X m1 : 16|8@1+ (1,0) [0|0] \"\" A\n \
                SG_ Y m1 : 24|8@1+ (1,0) [0|0] \"\" A\nSG_MUL_VAL_ 1 X S 1-1;\n\
                SG_MUL_VAL_ 1 Y T 7-7;\n";
    let parsed = parse(text.as_bytes());
    assert_eq!(parsed.mistakes, []);
    let message = &parsed.database.messages()[0];
    let names = |data: [u8; 8]| -> String {
        message.decode(&data).unwrap().iter().map(|reading| &*reading.signal.name).collect()
    };
    assert_eq!(names([1, 7, 0, 0, 0, 0, 0, 0]), "STXY");
    assert_eq!(names([1, 1, 0, 0, 0, 0, 0, 0]), "STX");
    assert_eq!(names([7, 7, 0, 0, 0, 0, 0, 0]), "STY");
}

#[test]
fn signals_that_no_switch_selects_together_may_share_bits() {
    let mut text = "BU_: A\nBO_ 1 One: 8 A\n SG_ S M : 0|16@1+ (1,0) [0|0] \"\" A\n".to_owned();
    for page in 0..1_000 {
        text += &format!(" SG_ P{page} m{page} : 16|48@1+ (1,0) [0|0] \"\" A\n");
    }
    assert_eq!(parse(text.as_bytes()).mistakes, []);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        parse(&bytes);
    }

    /// Damage to a good file, and then whatever survived is used.
    #[test]
    fn a_damaged_file_is_read_and_what_is_left_of_it_works(
        places in prop::collection::vec((0..SAMPLE.len(), any::<u8>(), 0usize..30), 1..12),
        data: [u8; 32],
    ) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for (at, byte, cut) in places {
            let end = (at + cut).min(bytes.len());
            if at < end {
                bytes.splice(at..end, [byte]);
            }
        }
        let data = data.repeat(2);
        for message in parse(&bytes).database.messages() {
            let readings = message.decode(&data).unwrap();
            let values: Vec<_> = readings.iter().map(|r| (r.index, r.physical)).collect();
            let _ = message.encode(&values, OutOfRange::Saturate);
            prop_assert!(Payload::zeroed(message.length).is_some_and(|p| message.frame(&p).is_some()));
        }
    }
}
