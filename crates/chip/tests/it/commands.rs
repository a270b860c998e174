//! Every command of a driver: what is answered, what is done, and what is said not to be modelled.

use blackstart_chip::{Note, PowerMode};

use crate::board::Board;

/// What becomes of a sub-command.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Becomes {
    /// It answers so many bytes.
    Answers(u8),
    /// It does something.
    Acts,
    /// It is said not to be modelled.
    Unknown,
}

use Becomes::{Acts, Answers, Unknown};

/// All that drivers name.
const COMMANDS: &[(u16, Becomes)] = &[
    (0x0001, Answers(2)),
    (0x0002, Unknown),
    (0x0003, Unknown),
    (0x0004, Unknown),
    (0x0005, Unknown),
    (0x0007, Answers(2)),
    (0x0009, Unknown),
    (0x000E, Acts),
    (0x000F, Acts),
    (0x0010, Acts),
    (0x0012, Acts),
    (0x001C, Acts),
    (0x001D, Acts),
    (0x001E, Acts),
    (0x001F, Acts),
    (0x0020, Acts),
    (0x0022, Acts),
    (0x0024, Acts),
    (0x0029, Acts),
    (0x0030, Acts),
    (0x0035, Answers(8)),
    (0x0053, Answers(4)),
    (0x0057, Answers(2)),
    (0x0070, Answers(32)),
    (0x0071, Unknown),
    (0x0072, Unknown),
    (0x0073, Unknown),
    (0x0074, Unknown),
    (0x0075, Answers(32)),
    (0x0076, Answers(12)),
    (0x0077, Unknown),
    (0x0080, Answers(32)),
    (0x0081, Answers(32)),
    (0x0082, Acts),
    (0x0083, Answers(2)),
    (0x0084, Answers(2)),
    (0x0085, Answers(2)),
    (0x0086, Answers(32)),
    (0x0087, Answers(32)),
    (0x008A, Acts),
    (0x0090, Acts),
    (0x0092, Acts),
    (0x0093, Acts),
    (0x0094, Acts),
    (0x0095, Acts),
    (0x0096, Acts),
    (0x0097, Answers(1)),
    (0x0098, Answers(1)),
    (0x0099, Acts),
    (0x009A, Acts),
    (0x009B, Acts),
    (0x009C, Acts),
    (0x009D, Acts),
    (0x009E, Acts),
    (0x009F, Acts),
    (0x00A0, Unknown),
    (0x00A1, Unknown),
    (0x2800, Unknown),
    (0x2818, Unknown),
    (0x2857, Acts),
    (0x29A3, Acts),
    (0x29BC, Acts),
    (0x7C40, Unknown),
    (0xF081, Unknown),
    (0xF090, Unknown),
    (0xF091, Unknown),
];

fn unknown_in(board: &Board) -> Vec<String> {
    let notes = board.notes.iter().map(|one| &one.note);
    notes
        .filter(|note| matches!(note, Note::Unknown(_) | Note::Awaited(_)))
        .map(ToString::to_string)
        .collect()
}

#[test]
fn every_sub_command_answers_acts_or_says_that_it_is_not_modelled() {
    for &(number, becomes) in COMMANDS {
        let mut board = Board::started(&[]);
        board.notes.clear();
        // What nobody has answered before.
        board.write(&[0x61, 0xEE]);
        board.command(number);
        // Whoever is off answers nothing.
        let bytes = if becomes == Acts { Vec::new() } else { board.read(0x40, 32) };
        let said = unknown_in(&board);
        match becomes {
            Answers(count) => {
                assert_eq!(board.read(0x61, 1), [count + 4], "0x{number:04X}");
                let expected = if number == 0x0075 { 1 } else { 0 };
                assert_eq!(said.len(), expected, "0x{number:04X}: {said:?}");
            }
            Acts => assert_eq!(said, Vec::<String>::new(), "0x{number:04X}"),
            Unknown => {
                assert_eq!(said.len(), 2, "0x{number:04X} was done and answered: {bytes:?}");
                assert!(said[1].contains("its answer was read"), "{said:?}");
            }
        }
    }
}

/// Each register of two bytes, and what stands in it on a board where no two values are the same.
#[test]
fn every_direct_command_has_its_value() {
    let mut board = Board::started(&[(0x9303, 0x01, 1)]);
    board.cells = std::array::from_fn(|k| 3.200 + 0.001 * k as f64);
    (board.pack, board.ld, board.warmth) = (30.123, 28.456, 31.5);
    board.load = 12.0;
    board.run(1.0);
    board.notes.clear();
    for k in 0..16_u8 {
        assert_eq!(board.word(0x14 + 2 * k), 3200 + i16::from(k), "cell {k}");
    }
    // mV without the bit of DA Config that makes them 10 mV; the stack saturates.
    assert_eq!([board.word(0x34), board.word(0x36), board.word(0x38)], [i16::MAX, 30_123, 28_456]);
    assert_eq!(board.word(0x3A), -12_000);
    let kelvin = 2731 + 315;
    assert_eq!(
        [board.word(0x68), board.word(0x70)].map(|one| (one - kelvin).abs() <= 1),
        [true; 2]
    );
    for register in [0x6A, 0x6C, 0x6E, 0x72, 0x74, 0x76, 0x78, 0x7A] {
        assert_eq!(board.word(register), 0, "no thermistor is set up at 0x{register:02X}");
    }
    // Full access, POR over, sleep not allowed.
    assert_eq!(board.word(0x12) & !(1 << 5), 1 << 8);
    for register in (0x02..=0x07).chain(0x0A..=0x11) {
        assert_eq!(board.read(register, 1), [0], "0x{register:02X}");
    }
    // INITSTART and INITCOMP are so.
    assert_eq!(board.word(0x64) & 0x7640, 0x0600);
    assert_eq!(board.word(0x66).cast_unsigned(), 0xF800);
    assert_eq!(board.read(0x7F, 1), [0b0101]);
    assert_eq!(unknown_in(&board), Vec::<String>::new());
    // Between them is nothing.
    for register in [0x08, 0x09, 0x7C, 0x7D, 0x7E] {
        board.notes.clear();
        board.read(register, 1);
        assert_eq!(unknown_in(&board).len(), 1, "0x{register:02X}");
    }
}

#[test]
fn a_pin_that_measures_a_voltage_has_none_to_measure() {
    // TS3: an input of a voltage, and no thermistor.
    let mut board = Board::started(&[(0x92FF, 0x03, 1)]);
    board.notes.clear();
    board.word(0x74);
    let said = unknown_in(&board);
    assert!(
        said.iter().all(|one| one.contains("its answer was read")) && !said.is_empty(),
        "{said:?}"
    );
    let mut board = Board::started(&[(0x92FF, 0x07, 1)]);
    board.notes.clear();
    assert!((board.word(0x74) - 2981).abs() <= 1);
    assert_eq!(unknown_in(&board), Vec::<String>::new());
}

#[test]
fn cells_stand_in_the_snapshot_of_the_protection_that_acted() {
    // COV at 86, CUV at 50 codes, both enabled.
    let mut board = Board::started(&[(0x9261, 0x8C, 1)]);
    let words = |bytes: Vec<u8>| -> Vec<i16> {
        bytes.chunks(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    };
    assert_eq!(words(board.ask(0x0081, 32)), [0; 16], "nothing has acted");
    board.cells[4] = 4.4;
    board.run(1.0);
    board.cells[4] = 3.3;
    board.run(1.0);
    let seen = words(board.ask(0x0081, 32));
    assert_eq!((seen[3], seen[4], seen[5]), (3300, 4400, 3300));
    assert_eq!(words(board.ask(0x0080, 32)), [0; 16], "CUV has not acted");
    board.cells[9] = 2.4;
    board.run(1.0);
    assert_eq!(words(board.ask(0x0080, 32))[9], 2400);
    assert_eq!(words(board.ask(0x0081, 32))[4], 4400);
}

#[test]
fn what_a_host_leaves_in_the_chip_is_there_until_a_reset() {
    let mut board = Board::started(&[]);
    assert_eq!(board.ask(0x0035, 8), [0x14, 0x04, 0x72, 0x36, 0xFF, 0xFF, 0xFF, 0xFF]);
    board.with_data(0x0070, b"serial 17", 0);
    board.with_data(0x0098, &[0x0D], 0);
    board.with_data(0x0035, &[0x11, 0x11, 0x22, 0x22, 0xFF, 0xFF, 0xFF, 0xFF], 0);
    assert_eq!(board.ask(0x0070, 9), b"serial 17");
    assert_eq!(board.ask(0x0098, 1), [0x0D]);
    // The old keys open nothing, the new ones do, and nobody reads them who may not change them.
    board.command(0x0030);
    let access = |board: &mut Board| board.word(0x12) >> 8 & 3;
    for key in [0x0414, 0x3672] {
        board.command(key);
    }
    assert_eq!(access(&mut board), 3);
    for key in [0x1111, 0x2222] {
        board.command(key);
    }
    assert_eq!(access(&mut board), 2);
    board.notes.clear();
    board.ask(0x0035, 8);
    assert!(!unknown_in(&board).is_empty());
    board.command(0x0012);
    board.run(0.3);
    assert_eq!(board.ask(0x0070, 9), [0; 9]);
    assert_eq!(board.ask(0x0098, 1), [0]);
    assert_eq!(board.ask(0x0035, 2), [0x14, 0x04]);
}

#[test]
fn a_permanent_failure_is_forced_by_two_commands_within_four_seconds() {
    for (apart, is_failed) in [(3.9, true), (4.1, false)] {
        let mut board = Board::started(&[]);
        board.command(0x2857);
        board.run(apart - 0.01);
        board.command(0x29A3);
        board.run(0.1);
        assert_eq!(board.read(0x0F, 1), [if is_failed { 0x80 } else { 0 }], "{apart} s");
        assert_eq!(board.word(0x12) >> 12 & 1 == 1, is_failed);
        assert_eq!(board.chip.outputs().fets.dsg, !is_failed, "{apart} s");
        board.command(0x0029);
        assert_eq!(board.read(0x0F, 1), [0]);
    }
}

#[test]
fn a_switch_that_conducts_while_it_is_off_is_a_permanent_failure() {
    // DFETF and CFETF enabled; 20 units of 1 mA in 10 mA for 5 s. Diodes of the other way carry.
    for (command, ampere, register_b) in
        [(0x0093, 0.25, 0b10), (0x0093, 0.15, 0), (0x0094, -0.25, 0b01)]
    {
        let mut board = Board::started(&[(0x92C1, 0x03, 1), (0x9303, 0x06, 1)]);
        board.command(command);
        board.run(0.3);
        board.is_welded = true;
        (board.load, board.charger) = (f64::max(ampere, 0.0), f64::max(-ampere, 0.0));
        board.run(4.9);
        assert_eq!(board.read(0x0D, 1), [0], "too early: {ampere} A");
        assert_eq!(board.read(0x0C, 1), [register_b], "{ampere} A");
        board.run(0.6);
        assert_eq!(board.read(0x0D, 1), [register_b], "{ampere} A");
        assert_eq!(board.read(0x0C, 1), [0]);
    }
}

#[test]
fn a_check_for_open_wires_shows_for_a_slot() {
    let mut board = Board::started(&[]);
    assert_eq!(board.chip.mode(), PowerMode::Normal);
    let mut seen = 0;
    for _ in 0..5_000 {
        board.run(1e-3);
        seen += i32::from(board.word(0x12) >> 5 & 1 == 1);
    }
    // 3 ms of each 5 s.
    assert!((2..=4).contains(&seen), "{seen} ms");
    let mut board = Board::started(&[(0x9314, 0, 1)]);
    for _ in 0..5_000 {
        board.run(1e-3);
        assert_eq!(board.word(0x12) >> 5 & 1, 0, "there is no check");
    }
}

#[test]
fn a_test_of_the_fuse_shows_in_the_status() {
    let mut board = Board::started(&[]);
    for blown in [1, 0] {
        board.command(0x001D);
        assert_eq!(board.word(0x12) >> 10 & 1, blown);
    }
}
