//! Measurement files: forms that other tools write, damage, and agreement with the Python package asammdf.

use blackstart_units::SimTime;
use blackstart_wire::can::{
    CanFrame, CanId, DataFrame, ErrorFrame, FdFlags, FrameDirection, LogCounters, LogErrorKind,
    LogFormat, LogItem, LogRecord, RemoteFrame,
};

use crate::log_formats::{WITNESS, decode, hex, kept, records_of, sample, written};
use crate::python_can::printed;
use crate::witness::Witness;

/// A block with its place, each behind those that it names.
#[derive(Default)]
struct File {
    bytes: Vec<u8>,
}

impl File {
    fn new(finished: bool, flags: u16) -> Self {
        let mut bytes = if finished {
            b"MDF     4.10    test    ".to_vec()
        } else {
            b"UnFinMF 4.10    test    ".to_vec()
        };
        bytes.resize(60, 0);
        bytes.extend(flags.to_le_bytes());
        bytes.resize(64 + 104, 0);
        Self { bytes }
    }

    fn block(kind: &[u8; 2], links: &[u64], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![b'#', b'#', kind[0], kind[1], 0, 0, 0, 0];
        bytes.extend(((24 + 8 * links.len() + data.len()) as u64).to_le_bytes());
        bytes.extend((links.len() as u64).to_le_bytes());
        bytes.extend(links.iter().flat_map(|link| link.to_le_bytes()));
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    fn add(&mut self, kind: &[u8; 2], links: &[u64], data: &[u8]) -> u64 {
        let at = self.bytes.len() as u64;
        self.bytes.extend(Self::block(kind, links, data));
        at
    }

    fn channel(
        &mut self,
        next: u64,
        name: &str,
        head: [u8; 4],
        byte: u32,
        bits: u32,
        values: u64,
    ) -> u64 {
        let name = self.add(b"TX", &[], &[name.as_bytes(), &[0]].concat());
        let mut data = head.to_vec();
        data.extend(byte.to_le_bytes());
        data.extend(bits.to_le_bytes());
        data.resize(72, 0);
        self.add(b"CN", &[next, 0, name, 0, 0, values, 0, 0], &data)
    }

    fn group(
        &mut self,
        next: u64,
        channels: u64,
        id: u64,
        records: u64,
        flags: u16,
        bytes: u32,
    ) -> u64 {
        let mut data = id.to_le_bytes().to_vec();
        data.extend(records.to_le_bytes());
        data.extend(flags.to_le_bytes());
        data.extend([b'.', 0, 0, 0, 0, 0]);
        data.extend(bytes.to_le_bytes());
        data.extend([0; 4]);
        self.add(b"CG", &[next, channels, 0, 0, 0, 0], &data)
    }

    fn finish(mut self, groups: u64, start: u64) -> Vec<u8> {
        let mut head = start.to_le_bytes().to_vec();
        head.resize(32, 0);
        let first = Self::block(b"HD", &[groups, 0, 0, 0, 0, 0], &head);
        self.bytes[64..64 + first.len()].copy_from_slice(&first);
        self.bytes
    }
}

/// As loggers on a vehicle leave it when they lose their supply: never finished, two groups in one row, values
/// whose length varies among them, bits within a byte, identifiers that carry their own mark.
fn unfinished(values_first: bool) -> Vec<u8> {
    let mut file = File::new(false, 0b101);
    let values = file.group(0, 0, 2, 0, 1, 0);
    // Ten bytes: seconds as a float of four, identifier, one of flags, place of the values in four.
    let data = file.channel(0, "CAN_DataFrame.DataBytes", [1, 0, 10, 0], 9, 32, values);
    let edl = file.channel(data, "CAN_DataFrame.EDL", [0, 0, 0, 1], 8, 1, 0);
    let dir = file.channel(edl, "CAN_DataFrame.Dir", [0, 0, 0, 0], 8, 1, 0);
    let id = file.channel(dir, "CAN_DataFrame.ID", [0, 0, 1, 0], 4, 32, 0);
    let time = file.channel(id, "Timestamp", [2, 1, 4, 0], 0, 32, 0);
    let groups = file.group(values, time, 1, 0, 6, 13);
    let record = |seconds: f32, id: u32, flags: u8, place: u32| {
        let mut bytes = vec![1];
        bytes.extend(seconds.to_le_bytes());
        bytes.extend(id.to_be_bytes());
        bytes.push(flags);
        bytes.extend(place.to_le_bytes());
        bytes
    };
    let value = |bytes: &[u8]| [&[2][..], &(bytes.len() as u32).to_le_bytes(), bytes].concat();
    let (first, second) = (record(0.5, 0x123, 1, 0), record(1.25, 0x8000_0123, 2, 7));
    let (three, twelve) = (value(&[1, 2, 3]), value(&[9; 12]));
    let row = if values_first {
        [three, first, twelve, second].concat()
    } else {
        [first, three, second, twelve].concat()
    };
    let at = file.bytes.len() as u64 + 24 + 4 * 8 + 8;
    let group = file.add(b"DG", &[0, groups, at, 0], &[1, 0, 0, 0, 0, 0, 0, 0]);
    // Its length is that of an empty block.
    let place = file.add(b"DT", &[], &[]);
    assert_eq!(place, at);
    file.bytes.extend(row);
    file.finish(group, 1_700_000_000_000_000_000)
}

fn record(at: u64, direction: FrameDirection, frame: DataFrame) -> LogRecord {
    let direction = Some(direction);
    LogRecord {
        at: SimTime::from_millis(at),
        channel: "0".to_owned(),
        direction,
        frame: frame.into(),
    }
}

#[test]
fn a_file_that_nobody_finished_is_read_to_its_end() {
    let start = 1_700_000_000_000;
    let plain = DataFrame::classic(CanId::standard(0x123).unwrap(), &[1, 2, 3]).unwrap();
    let fd = DataFrame::fd(CanId::extended(0x123).unwrap(), &[9; 12], FdFlags::default()).unwrap();
    let expected = vec![
        record(start + 500, FrameDirection::Tx, plain),
        record(start + 1250, FrameDirection::Rx, fd),
    ];
    for values_first in [true, false] {
        assert_eq!(records_of(&unfinished(values_first)), expected, "values first: {values_first}");
    }
    // Cut within a record: what came before it stands.
    let whole = unfinished(true);
    let (items, counters) = decode(&whole[..whole.len() - 3], 100).unwrap();
    assert_eq!((counters.records, counters.rejected), (1, 1));
    assert_eq!(items.last().unwrap().as_ref().unwrap_err().kind, LogErrorKind::Cut);
}

#[test]
fn groups_beside_each_other_are_read_by_their_stamps() {
    let mut file = File::new(true, 0);
    let mut group = |name: &str, next: u64, stamps: &[f64], counted: u64| {
        let id = file.channel(0, &format!("{name}.ID"), [0, 0, 0, 0], 8, 16, 0);
        let dlc = file.channel(id, &format!("{name}.DLC"), [0, 0, 0, 0], 10, 8, 0);
        let data = file.channel(dlc, &format!("{name}.DataBytes"), [0, 0, 10, 0], 11, 64, 0);
        let time = file.channel(data, "t", [2, 1, 4, 0], 0, 64, 0);
        let group = file.group(0, time, 1, counted, 6, 19);
        let mut rows = Vec::new();
        for (at, stamp) in stamps.iter().enumerate() {
            rows.extend(stamp.to_le_bytes());
            rows.extend((0x100 + at as u16).to_le_bytes());
            rows.push(2);
            rows.extend([at as u8; 8]);
        }
        let rows = file.add(b"DT", &[], &rows);
        file.add(b"DG", &[next, group, rows, 0], &[0; 8])
    };
    let noise = group("Speed", 0, &[0.1, 0.2], 2);
    let errors = group("CAN_ErrorFrame", noise, &[2.5], 1);
    let remote = group("CAN_RemoteFrame", errors, &[0.5, 3.0], 2);
    // Behind the records that are counted stands what was there before.
    let data = group("CAN_DataFrame", remote, &[1.0, 2.0, 99.0], 2);
    let found = records_of(&file.finish(data, 0));
    let data = |at: u8| {
        CanFrame::from(
            DataFrame::classic(CanId::standard(0x100 + u32::from(at)).unwrap(), &[at; 2]).unwrap(),
        )
    };
    let remote = |at: u32| {
        CanFrame::from(RemoteFrame::new(CanId::standard(0x100 + at).unwrap(), 2).unwrap())
    };
    let expected = [
        (500, remote(0)),
        (1000, data(0)),
        (2000, data(1)),
        (2500, ErrorFrame::UNSPECIFIED.into()),
        (3000, remote(1)),
    ];
    let found: Vec<_> =
        found.iter().map(|one| (one.at.as_nanos() / 1_000_000, one.frame)).collect();
    assert_eq!(found, expected);
}

#[test]
fn files_that_lead_nowhere_end() {
    let bytes = written(LogFormat::Mf4, &sample());
    let expect = |bytes: &[u8], what: &str| -> (Vec<LogItem>, LogCounters) {
        let (items, counters) = decode(bytes, 1 << 16).unwrap();
        assert!(counters.rejected > 0, "{what}: {counters:?}");
        (items, counters)
    };
    let put = |at: usize, value: u64| {
        let mut bytes = bytes.clone();
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let links = 64 + 24;
    expect(&put(links, 64), "the first group of data is the header");
    expect(&put(links, u64::MAX), "it lies beyond the end");
    let group = u64::from_le_bytes(bytes[links..links + 8].try_into().unwrap()) as usize;
    expect(&put(group + 24, group as u64), "a ring of groups");
    expect(&put(group + 16, u64::MAX / 2), "more links than there are bytes");
    expect(&put(group + 8, 8), "a block shorter than its head");
    // The list of pieces names one of them twice.
    let pieces = bytes.windows(4).rposition(|window| window == b"##DL").unwrap();
    let piece = bytes[pieces + 32..pieces + 40].to_vec();
    let mut twice = bytes[..pieces].to_vec();
    let links: Vec<u64> =
        [0].into_iter().chain([u64::from_le_bytes(piece.try_into().unwrap()); 2]).collect();
    twice.extend(File::block(b"DL", &links, &[0; 24]));
    let (items, _) = expect(&twice, "a piece that stands twice");
    assert_eq!(items.len(), 1);
    // A piece that would become larger than what it says.
    let packed = bytes.windows(4).position(|window| window == b"##DZ").unwrap();
    expect(&put(packed + 24 + 8, 1 << 40), "too large when unpacked");
    expect(&put(packed + 24 + 8, 100), "its length is not what it says");
    for length in (0..bytes.len()).step_by(97) {
        if let Ok((_, counters)) = decode(&bytes[..length], 1 << 16) {
            assert!(counters.rejected > 0, "{length}");
        }
    }
}

#[test]
fn a_long_file_is_given_in_batches() {
    let records: Vec<LogRecord> = sample().into_iter().cycle().take(50_000).collect();
    let bytes = written(LogFormat::Mf4, &records);
    let mut decoder = blackstart_wire::can::LogDecoder::new(1 << 30);
    let (mut items, mut count) = (Vec::new(), 0);
    decoder.push(&bytes, &mut items).unwrap();
    loop {
        let has_more = decoder.finish(&mut items).unwrap();
        assert!(items.len() <= 5_000, "{} at once", items.len());
        count += items.len();
        items.clear();
        if !has_more {
            break;
        }
    }
    assert_eq!(count, 50_000);
    assert_eq!(decoder.counters().records, 50_000);
}

fn from_hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn asammdf_reads_what_is_written_here() {
    let Some(witness) = Witness::with("asammdf") else { return };
    let mut records = sample();
    let error = CanFrame::from(ErrorFrame::UNSPECIFIED);
    records.push(LogRecord { at: SimTime::from_millis(1500), frame: error, ..records[0].clone() });
    let found =
        witness.ask(WITNESS, format!("read mf4 {}\n", hex(&written(LogFormat::Mf4, &records))));
    let shown = |record: &LogRecord| {
        let seconds = record.at.as_seconds();
        match kept(LogFormat::Mf4, record).frame {
            CanFrame::Error(_) => format!("{seconds:.3} error"),
            frame => format!("{seconds:.3} {}", printed(&frame)),
        }
    };
    let mut expected: Vec<String> = records.iter().map(shown).collect();
    expected.push("end".to_owned());
    assert_eq!(found, expected);
}

#[test]
fn what_asammdf_writes_is_read() {
    let Some(witness) = Witness::with("asammdf") else { return };
    // As it is, packed, packed by columns; the same by another of its writers, with values whose length varies.
    for form in ["mf4 0", "mf4 1", "mf4 2", "variable 0", "variable 2"] {
        let lines = witness.ask(WITNESS, format!("write {form}\n"));
        let found = records_of(&from_hex(&lines[0]));
        let mut expected = sample();
        if let Some(CanFrame::Data(last)) = expected.last().map(|one| one.frame) {
            expected[5].frame =
                DataFrame::fd(last.id(), last.data(), FdFlags::default()).unwrap().into();
        }
        if form.starts_with("variable") {
            expected.retain(|one| matches!(one.frame, CanFrame::Data(_)));
        }
        let first = found[0].at;
        let shown = |records: &[LogRecord], first: SimTime| -> Vec<_> {
            records
                .iter()
                .map(|one| (one.at.since(first).as_nanos() / 1_000, one.direction, one.frame))
                .collect()
        };
        let micros = |records: Vec<(u64, _, _)>| -> Vec<_> {
            records.into_iter().map(|(at, way, frame)| ((at + 50) / 100, way, frame)).collect()
        };
        assert_eq!(micros(shown(&found, first)), micros(shown(&expected, SimTime::ZERO)), "{form}");
    }
}
