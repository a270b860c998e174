//! The NTU on its serial port.

use blackstart_bench::emulate::{Effect, Emulated as _, Ntu, SerialDevice as _};
use blackstart_units::SimTime;
use blackstart_wire::ntu::{Flag, NtuDecoder, NtuReply, NtuStatus};

use super::{Recorded, seconds};

const CHANGE_OVER: &str = "scenarios/sessy/grid-loss-with-ntu-changes-over-by-itself.json";

fn replies(run: &Recorded, ntu: &mut Ntu, at: SimTime, bytes: &[u8]) -> Vec<NtuReply> {
    ntu.hear(at, bytes);
    let mut decoder = NtuDecoder::default();
    let said = run.listen(ntu, (at, at + SimTime::from_millis(300)));
    said.iter().filter_map(|&(_, byte)| decoder.reply(byte)).collect()
}

fn status(run: &Recorded, ntu: &mut Ntu, at: SimTime) -> NtuStatus {
    match &replies(run, ntu, at, b"Q\r")[..] {
        [NtuReply::Status(status)] => *status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn status_agrees_with_the_trace_in_bypass_and_on_battery() {
    let run = Recorded::of(CHANGE_OVER);
    let mut ntu = Ntu::new(&run.place("inverter-1")).unwrap();
    let position = run.trace.series_named("ats-1.position").unwrap();
    let changed = position.iter().find(|(_, value)| *value == 2.0).unwrap().0;
    for (at, on_battery) in [(changed - seconds(5), false), (changed + seconds(5), true)] {
        let status = status(&run, &mut ntu, at);
        let truth = |name: &str| run.at(name, at);
        assert!((status.battery_v - truth("inverter-1.dc_voltage_v")).abs() <= 0.051);
        assert_eq!(status.flags.has(Flag::InverterMode), on_battery);
        assert_eq!(status.flags.has(Flag::BypassMode), !on_battery);
        assert_eq!(status.flags.has(Flag::UtilityPresent), !on_battery);
        assert_eq!(status.output_v, if on_battery { 230.0 } else { 0.0 });
        assert_eq!(status.utility_v, if on_battery { 0.0 } else { 230.0 });
        let load = 100.0 * truth("load-1.power_w") / 1200.0;
        assert!((status.load_pct - load).abs() <= 0.51, "{status:?} {load}");
    }
}

#[test]
fn it_says_who_it_is_and_obeys_the_two_orders() {
    let run = Recorded::of(CHANGE_OVER);
    let mut ntu = Ntu::new(&run.place("inverter-1")).unwrap();
    let said = replies(&run, &mut ntu, seconds(20), b"I\r");
    let [NtuReply::Identity(identity)] = &said[..] else { panic!("{said:?}") };
    assert_eq!((identity.alarm_v, identity.shutdown_v), (44.0, 40.0));
    assert_eq!((&*identity.maker, &*identity.model), ("MEANWELL", "NTU-1200-248"));
    let orders = b"C100000000000000\rC010000000000000\r";
    assert_eq!(replies(&run, &mut ntu, seconds(21), orders), []);
    let reported = |value| Effect::Set { setting: "on", value };
    assert_eq!(ntu.take_effects(), [reported(0.0), reported(1.0)]);
    assert!(!status(&run, &mut ntu, seconds(22)).flags.has(Flag::RemoteShutdown));
    replies(&run, &mut ntu, seconds(23), b"C100000000000000\r");
    assert!(status(&run, &mut ntu, seconds(24)).flags.has(Flag::RemoteShutdown));
}

#[test]
fn more_questions_than_it_can_answer_are_lost_and_counted() {
    let run = Recorded::of(CHANGE_OVER);
    let mut ntu = Ntu::new(&run.place("inverter-1")).unwrap();
    ntu.hear(seconds(1), &b"Q\r".repeat(20));
    let mut decoder = NtuDecoder::default();
    let said = run.listen(&mut ntu, (seconds(1), seconds(3)));
    let answered = said.iter().filter_map(|&(_, byte)| decoder.reply(byte)).count();
    assert_eq!((answered as u64, ntu.errors().lost), (4, 16));
}
