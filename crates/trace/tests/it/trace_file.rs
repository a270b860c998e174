use std::fs;
use std::path::Path;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use blackstart_roles::Protection;
use blackstart_trace::file::{RecordedTrace, TraceFileErrorKind, TraceWriter, read};
use blackstart_trace::{Approach, Catalogue, Cause, Event, EventKind, Evidence, Trace, Trip};
use blackstart_units::{Amperes, Joules, SimTime};
use proptest::prelude::*;

fn micros(micros: u64) -> SimTime {
    SimTime::from_micros(micros)
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.analog("sessy-1.pack_current_a");
    catalogue.state("sessy-1.main_switch", &["open", "closed"]);
    catalogue.analog("sessy-1.port_voltage_v");
    catalogue
}

/// One event of each kind.
fn events() -> Vec<Event> {
    let trip = Trip {
        protection: Protection::ShortCircuit,
        value: Some(512.5),
        extreme: Some(757.25),
        threshold: Some(400.0),
        delay: Some(micros(200)),
        since: Some(micros(70)),
        cause: Cause::Inrush,
        because: "falls to 3.1 A within 900 µs".to_owned(),
        evidence: Evidence::DutSettingsOnModel,
    };
    let approach = Approach {
        protection: Protection::OverCurrent,
        extreme: 757.25,
        extreme_at: micros(130),
        threshold: 45.0,
        longest_dwell: micros(260),
        delay: micros(10_000),
        evidence: Evidence::ModelOnly,
    };
    let kinds = [
        EventKind::Stimulus { what: "short 5 mΩ \"at\" the port\n".to_owned() },
        EventKind::Command { name: "main_switch".to_owned(), value: 1.0 },
        EventKind::State {
            signal: "state".to_owned(),
            from: "off".to_owned(),
            to: "on".to_owned(),
        },
        EventKind::Trip(trip),
        EventKind::Interrupted {
            current: Amperes(512.5),
            clamp_energy: Joules(0.31),
            clamp_rating: Joules(2.0),
        },
        EventKind::FuseMelted { current: Amperes(1300.0) },
        EventKind::LoadLost,
        EventKind::LoadSupplied,
        EventKind::FaultEnded { fault: "lose".to_owned(), reading: None, count: 3 },
        EventKind::FaultEnded {
            fault: "stuck".to_owned(),
            reading: Some("pack_current_a".to_owned()),
            count: 0,
        },
        EventKind::DutLost { reason: "exit code 3".to_owned() },
        EventKind::DutSilent { what: "no message `Status` for 0.3 s".to_owned() },
        EventKind::ChipNote { text: "SCD acted".to_owned() },
        EventKind::NotModelled { what: "sub-command 0xF090".to_owned() },
        EventKind::DutLog { text: "hello".to_owned() },
        EventKind::Approach(approach),
    ];
    let event =
        |(i, kind)| Event { at: micros(10 * i as u64), subject: format!("device-{i}"), kind };
    kinds.into_iter().enumerate().map(event).collect()
}

/// A run in three parts, so that constants go on and jumps fall between two chunks.
fn record(trace: &mut Trace, part: u64) {
    let ids: Vec<_> = trace.catalogue().iter().map(|(id, _)| id).collect();
    for step in 0..20 {
        let at = micros(1000 * part + 10 * step);
        trace.sample(ids[0], at, if part == 1 { 12.0 } else { (step * step) as f64 - 0.1 });
        trace.sample(ids[1], at, f64::from(u8::from(part > 0)));
        trace.sample(ids[2], at, 52.8);
    }
}

fn assert_same(recording: &RecordedTrace, trace: &Trace) {
    for (id, signal) in trace.catalogue().iter() {
        assert_eq!(recording.trace.catalogue().signal(id), signal);
        assert_eq!(recording.trace.series(id), trace.series(id), "{}", signal.name);
    }
    assert_eq!(recording.trace.events(), trace.events());
    assert_eq!(recording.trace.end(), trace.end());
}

fn written(folder: &Path) -> (std::path::PathBuf, Trace) {
    let path = folder.join("trace.arrows");
    let mut trace = Trace::new(catalogue());
    let mut writer = TraceWriter::create(&path, trace.catalogue()).unwrap();
    for part in 0..3 {
        record(&mut trace, part);
        writer.append(&trace).unwrap();
    }
    for event in events() {
        trace.event(event);
    }
    writer.finish(&trace).unwrap();
    (path, trace)
}

#[test]
fn a_run_written_in_chunks_reads_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (path, trace) = written(folder.path());
    let recording = read(&path).unwrap();
    assert_same(&recording, &trace);
    assert_eq!(recording.digest, Some(trace.digest()));
    assert!(recording.is_complete());
}

#[test]
fn the_same_run_gives_the_same_bytes_and_leaves_no_part_file() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (written(one.path()).0, written(other.path()).0);
    assert_eq!(fs::read(&one).unwrap(), fs::read(other).unwrap());
    assert!(!one.with_extension("arrows.part").exists());
}

#[test]
fn a_killed_run_keeps_every_chunk_that_was_appended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.arrows");
    let mut trace = Trace::new(catalogue());
    let mut writer = TraceWriter::create(&path, trace.catalogue()).unwrap();
    record(&mut trace, 0);
    writer.append(&trace).unwrap();
    let until_here = trace.clone();
    record(&mut trace, 1);
    drop(writer);
    assert!(!path.exists(), "an unfinished file must not have the final name");
    let recording = read(&folder.path().join("trace.arrows.part")).unwrap();
    assert_same(&recording, &until_here);
    assert!(!recording.is_complete());
}

#[test]
fn a_file_torn_anywhere_reads_as_a_beginning_of_the_run_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (path, trace) = written(folder.path());
    let bytes = fs::read(&path).unwrap();
    let torn = folder.path().join("torn.arrows");
    let mut readable = 0;
    for len in (0..bytes.len()).step_by(7) {
        fs::write(&torn, &bytes[..len]).unwrap();
        let Ok(recording) = read(&torn) else { continue };
        readable += 1;
        assert!(recording.trace.end() <= trace.end());
        assert!(trace.events().starts_with(recording.trace.events()));
    }
    assert!(readable > bytes.len() / 14, "only {readable} beginnings could be read");
}

#[test]
fn strangers_read_names_instead_of_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (path, trace) = written(folder.path());
    let file = fs::File::open(path).unwrap();
    let reader = arrow_ipc::reader::StreamReader::try_new(file, None).unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    let signals = batches[0].column_by_name("signal").unwrap().as_dictionary::<UInt32Type>();
    let names = signals.values().as_string::<i32>();
    assert_eq!(names.value(signals.keys().value(0) as usize), "sessy-1.pack_current_a");
    let last = batches.last().unwrap().column_by_name("event").unwrap().as_string::<i32>().clone();
    let end: serde_json::Value = serde_json::from_str(last.value(last.len() - 1)).unwrap();
    assert_eq!(end["event"], "end-of-run");
    assert_eq!(end["digest"], trace.digest().to_string());
}

#[test]
fn an_append_longer_than_a_chunk_is_several() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.arrows");
    let mut trace = Trace::new(catalogue());
    let id = trace.catalogue().find("sessy-1.pack_current_a").unwrap();
    for step in 0..150_000 {
        trace.sample(id, micros(step), (step * step % 977) as f64);
    }
    TraceWriter::create(&path, trace.catalogue()).unwrap().finish(&trace).unwrap();
    assert_same(&read(&path).unwrap(), &trace);
}

/// Arches on a slope, with a jump at its half, in two chunks.
#[test]
fn a_file_leaves_out_what_straight_lines_tell_and_keeps_where_a_curve_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wave.arrows");
    let mut trace = Trace::new(catalogue());
    let mut writer = TraceWriter::create(&path, trace.catalogue()).unwrap();
    let id = trace.catalogue().find("sessy-1.pack_current_a").unwrap();
    let other = trace.catalogue().find("sessy-1.port_voltage_v").unwrap();
    let mut given = Vec::new();
    for step in 0..20_000_u64 {
        let (slope, x) = (step as f64 * 1e-3, (step % 4000) as f64 * 1e-3 - 2.0);
        let value = if step < 10_000 { 0.0 } else { 40.0 } + slope + 5.0 * (4.0 - x * x);
        trace.sample(id, micros(step), value);
        trace.sample(other, micros(step), 52.8 + step as f64 * 1e-6);
        given.push((micros(step), value));
        if step == 9_999 {
            trace.sample(id, micros(step), value + 40.0);
            writer.append(&trace).unwrap();
        }
    }
    writer.finish(&trace).unwrap();
    let recording = read(&path).unwrap();
    assert_eq!(recording.digest, Some(trace.digest()));
    let kept = recording.trace.series(id);
    assert!(kept.times().len() < 1500, "{} of a wave", kept.times().len());
    assert!(recording.trace.series(other).times().len() <= 4);
    for &(at, value) in given.iter().filter(|sample| sample.0 != micros(9_999)) {
        let line = kept.value_at(at).unwrap();
        assert!((line - value).abs() <= 1.001e-4 * value.abs() + 1e-6, "{at}: {line} for {value}");
    }
    // Both sides of the jump, and every crest and trough as it was.
    assert_eq!(kept.times().iter().filter(|&&at| at == micros(9_999)).count(), 2);
    let turns = |window: &&[(SimTime, f64)]| {
        let (before, after) = (window[1].1 - window[0].1, window[2].1 - window[1].1);
        (before > 0.0) != (after > 0.0)
    };
    let turns: Vec<_> = given.windows(3).filter(turns).map(|window| window[1]).collect();
    assert!(turns.len() >= 6, "{turns:?}");
    for (at, value) in turns {
        assert!((kept.value_at(at).unwrap() - value).abs() < 1e-4, "{at}");
        assert!(kept.values().iter().any(|kept| (kept - value).abs() < 1e-4), "{at}");
    }
}

/// A buffer that would become longer than the rows of its chunk is refused before it is unpacked.
#[test]
fn a_packed_buffer_that_lies_about_its_length_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("liar.arrows");
    let mut trace = Trace::new(catalogue());
    let id = trace.catalogue().find("sessy-1.pack_current_a").unwrap();
    for step in 0..1000 {
        trace.sample(id, micros(step), (step * step % 977) as f64);
    }
    TraceWriter::create(&path, trace.catalogue()).unwrap().finish(&trace).unwrap();
    let bytes = fs::read(&path).unwrap();
    let rows = read(&path).unwrap().trace.series(id).times().len();
    let said = (8 * rows as u64).to_le_bytes();
    let at = bytes.windows(8).position(|window| window == said).expect("the times of the chunk");
    for claim in [1_u64 << 40, 8 * rows as u64 + 1024, u64::MAX - 1] {
        let mut liar = bytes.clone();
        liar[at..at + 8].copy_from_slice(&claim.to_le_bytes());
        fs::write(&path, liar).unwrap();
        let kind = read(&path).unwrap_err().kind;
        let TraceFileErrorKind::Damaged { why, .. } = kind else { panic!("{kind:?}") };
        assert!(why.contains("a buffer"), "{why}");
    }
}

#[test]
fn what_is_no_trace_is_named_so() {
    let folder = tempfile::tempdir().unwrap();
    let kind = |content: &[u8]| {
        let path = folder.path().join("other");
        fs::write(&path, content).unwrap();
        read(&path).unwrap_err().kind
    };
    assert!(matches!(kind(b""), TraceFileErrorKind::NotATrace { .. }));
    assert!(matches!(kind(b"ARROW1\0\0 is the file form"), TraceFileErrorKind::NotATrace { .. }));
    let missing = read(&folder.path().join("missing")).unwrap_err();
    assert!(matches!(missing.kind, TraceFileErrorKind::Io(_)));
    assert!(missing.to_string().contains("missing"));
}

#[test]
fn a_number_that_json_cannot_hold_reads_back_as_not_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.arrows");
    let mut trace = Trace::new(catalogue());
    let kind = EventKind::FuseMelted { current: Amperes(f64::INFINITY) };
    trace.event(Event { at: SimTime::ZERO, subject: "fuse-1".to_owned(), kind });
    TraceWriter::create(&path, trace.catalogue()).unwrap().finish(&trace).unwrap();
    let recording = read(&path).unwrap();
    let EventKind::FuseMelted { current } = recording.trace.events()[0].kind else { panic!() };
    assert!(current.0.is_nan());
}

proptest! {
    #[test]
    fn no_bytes_panic_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.arrows");
        // Beginning like a message leads deeper than noise does.
        fs::write(&path, [&[0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0], &bytes[..]].concat()).unwrap();
        prop_assert!(read(&path).is_err());
    }
}

#[test]
fn no_damaged_file_panics_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(written(folder.path()).0).unwrap();
    let path = folder.path().join("damaged.arrows");
    let config =
        ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4))| {
        let mut damaged = bytes.clone();
        for (place, byte) in places {
            damaged[place.index(bytes.len())] = byte;
        }
        fs::write(&path, &damaged).unwrap();
        let _ = read(&path);
    });
}
