//! What is converted, when, and in which units.

use blackstart_units::SimTime;

use crate::board::Board;

#[test]
fn cells_come_in_millivolts_and_a_block_has_all_of_them() {
    let mut board = Board::new();
    for k in 0..16 {
        board.cells[k] = 3.2 + 0.01 * k as f64 + 0.0004;
    }
    board.run(0.06);
    let block = board.read(0x14, 32);
    for k in 0..16 {
        let cell = i16::from_le_bytes([block[2 * k], block[2 * k + 1]]);
        assert_eq!(cell, 3_200 + 10 * k as i16);
    }
    // The stack once in three loops, in 10 mV.
    board.run(0.2);
    assert_eq!(board.word(0x34), 5_241);
}

#[test]
fn a_cell_is_converted_in_its_own_slot_of_the_loop() {
    // 18 slots of 3 ms and one thermistor: 57 ms. Cell 1 is converted 3 ms after its beginning.
    let mut board = Board::new();
    board.set_up(&[]);
    let loop_ms = 57.0;
    // Into the loop after next, right before its first slot ends.
    board.run(0.5);
    let mut changed = None;
    board.cells[0] = 3.4;
    let before = board.now;
    for _ in 0..600 {
        board.run(100e-6);
        if board.word(0x14) == 3_400 && changed.is_none() {
            changed = Some(board.now);
        }
    }
    let first = changed.unwrap();
    assert!(first - before <= SimTime::from_seconds(loop_ms * 1e-3 + 1e-4));
    // The next change is seen a whole number of loops later.
    board.cells[0] = 3.5;
    let mut second = None;
    for _ in 0..1200 {
        board.run(100e-6);
        if board.word(0x14) == 3_500 && second.is_none() {
            second = Some(board.now);
        }
    }
    let loops = (second.unwrap() - first).as_seconds() * 1e3 / loop_ms;
    assert!((loops - loops.round()).abs() < 0.01, "{loops}");
}

#[test]
fn charge_is_positive_and_the_current_saturates_at_16_bits() {
    let mut board = Board::started(&[]);
    board.load = 20.0;
    board.run(0.1);
    assert_eq!(board.word(0x3A), -20_000);
    board.load = 0.0;
    board.charger = 20.0;
    board.run(0.1);
    assert_eq!(board.word(0x3A), 20_000);
    board.charger = 40.0;
    board.run(0.1);
    assert_eq!(board.word(0x3A), 32_767);
    // In units of 10 mA it does not.
    let mut board = Board::started(&[(0x9303, 0x06, 1)]);
    board.charger = 40.0;
    board.run(0.1);
    assert_eq!(board.word(0x3A), 4_000);
}

#[test]
fn the_coulomb_counter_counts_what_is_above_its_dead_band() {
    let mut board = Board::started(&[(0x9286, 2, 1)]);
    board.command(0x0082);
    board.load = 36.0;
    board.run(100.0);
    board.load = 0.0;
    board.run(1.0);
    let answer = board.ask(0x0076, 12);
    let whole = i32::from_le_bytes(answer[..4].try_into().unwrap());
    let fraction = f64::from(u32::from_le_bytes(answer[4..8].try_into().unwrap()));
    let passed = f64::from(whole) + fraction / 4_294_967_296.0;
    // 36 A for 100 s are 1 Ah, in mAh; a window of 250 ms more or less at its ends.
    assert!((passed + 1_000.0).abs() < 5.0, "{passed}");
    let seconds = u32::from_le_bytes(answer[8..12].try_into().unwrap());
    assert!((100..=102).contains(&seconds));
    // 2.1 µV on 300 µΩ are 7.02 mA.
    for (load, counts) in [(0.0069, false), (0.0072, true)] {
        board.command(0x0082);
        board.load = load;
        board.run(600.0);
        let answer = board.ask(0x0076, 8);
        assert_eq!(answer != [0; 8], counts, "{load} A");
    }
}

#[test]
fn temperatures_come_in_tenths_of_kelvin_and_of_pins_that_have_a_thermistor() {
    let mut board = Board::new();
    board.warmth = -12.34;
    board.run(0.2);
    assert_eq!(board.word(0x70), 2_608);
    assert_eq!(board.word(0x68), 2_608);
    assert_eq!(board.word(0x72), 0);
    board.set_up(&[(0x92FE, 0x07, 1)]);
    board.run(0.2);
    assert_eq!(board.word(0x72), 2_608);
}

#[test]
fn a_gap_in_the_inputs_is_declared_or_trips_the_under_voltage() {
    // 14 cells on inputs 1 to 13 and 16.
    let inputs = 0b1001_1111_1111_1111;
    let mut board = Board::with(blackstart_chip::BusKind::I2c, inputs);
    board.set_up(&[(0x9261, 0x8C, 1)]);
    board.run(1.0);
    assert!(board.chip.has_acted(blackstart_chip::Fault::Cuv));
    let mut board = Board::with(blackstart_chip::BusKind::I2c, inputs);
    board.set_up(&[(0x9304, i64::from(inputs), 2), (0x9261, 0x8C, 1)]);
    board.run(1.0);
    assert!(!board.chip.has_acted(blackstart_chip::Fault::Cuv));
    // The cell behind the gap is looked at.
    board.cells[15] = 2.4;
    board.run(1.0);
    assert!(board.chip.has_acted(blackstart_chip::Fault::Cuv));
}
