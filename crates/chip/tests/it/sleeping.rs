//! Sleep, what wakes from it, and shutdown.

use blackstart_chip::{Fault, PowerMode};

use crate::board::Board;

fn sleepy(settings: &[(u16, i64, usize)]) -> Board {
    let mut board = Board::new();
    board.set_up(settings);
    board.command(0x0022);
    board
}

#[test]
fn a_small_current_for_long_enough_lets_it_sleep_and_a_large_one_wakes_it_at_once() {
    let mut board = sleepy(&[]);
    board.load = 0.021;
    board.run(30.0);
    assert_eq!(board.chip.mode(), PowerMode::Normal, "21 mA is too much");
    board.load = 0.010;
    board.run(9.0);
    assert_eq!(board.chip.mode(), PowerMode::Normal);
    board.run(2.0);
    assert_eq!(board.chip.mode(), PowerMode::Sleep);
    assert_eq!(board.word(0x12) >> 15 & 1, 1);
    let fets = board.chip.outputs().fets;
    assert!(fets.dsg && !fets.chg, "asleep it discharges only");
    board.load = 0.49;
    board.run(1.0);
    assert_eq!(board.chip.mode(), PowerMode::Sleep);
    board.load = 0.6;
    let before = board.now;
    board.until(1.0, |chip| chip.mode() == PowerMode::Normal).unwrap();
    assert!((board.now - before).as_seconds() <= 0.012);
    assert!(board.chip.outputs().fets.chg);
}

#[test]
fn asleep_temperatures_are_looked_at_rarely_and_comparators_as_ever() {
    let settings = [(0x9262, 0x20, 1), (0x929E, 0, 1), (0x9261, 0x88, 1)];
    let mut board = sleepy(&settings);
    board.run(12.0);
    assert_eq!(board.chip.mode(), PowerMode::Sleep);
    let before = board.now;
    board.warmth = 70.0;
    let found = board.until(20.0, |chip| chip.has_acted(Fault::Otd)).unwrap() - before;
    assert!((0.5..5.01).contains(&found.as_seconds()), "{found}");
    assert_eq!(board.chip.mode(), PowerMode::Normal, "a fault wakes it");

    let mut board = sleepy(&settings);
    board.run(12.0);
    let before = board.now;
    board.cells[3] = 4.5;
    let found = board.until(5.0, |chip| chip.has_acted(Fault::Cov)).unwrap() - before;
    assert!((0.250..0.255).contains(&found.as_seconds()), "{found}");
}

#[test]
fn a_charger_wakes_it_and_the_host_may_forbid_sleep() {
    let mut board = sleepy(&[]);
    board.run(12.0);
    board.pack = 54.7;
    board.run(1.0);
    assert_eq!(board.chip.mode(), PowerMode::Sleep, "1.9 V above the stack");
    board.pack = 54.9;
    board.run(0.3);
    assert_eq!(board.chip.mode(), PowerMode::Normal);
    board.command(0x009A);
    board.pack = 52.8;
    board.run(60.0);
    assert_eq!(board.chip.mode(), PowerMode::Normal);
    board.command(0x0099);
    board.run(12.0);
    assert_eq!(board.chip.mode(), PowerMode::Sleep);
}

#[test]
fn a_stack_that_is_too_low_turns_it_off() {
    for (cell, off) in [(6.01 / 16.0, false), (5.99 / 16.0, true)] {
        let mut board = sleepy(&[]);
        board.cells = [cell; 16];
        board.ld = 0.0;
        board.run(0.9);
        assert!(board.chip.mode() != PowerMode::Shutdown);
        board.run(0.2);
        assert_eq!(board.chip.mode() == PowerMode::Shutdown, off, "{cell}");
        // A charger at LD starts it.
        board.cells = [3.3; 16];
        board.ld = 40.0;
        board.run(0.01);
        assert!(board.chip.mode() != PowerMode::Shutdown);
    }
}

#[test]
fn the_line_rst_shut_wakes_it_by_a_pulse_and_turns_it_off_by_a_second() {
    let mut board = sleepy(&[]);
    board.run(12.0);
    board.pins(|pins| pins.rst_shut = true);
    board.run(0.5);
    board.pins(|pins| pins.rst_shut = false);
    assert_eq!(board.chip.mode(), PowerMode::Normal);
    board.pins(|pins| pins.rst_shut = true);
    board.run(1.1);
    board.pins(|pins| pins.rst_shut = false);
    assert_eq!(board.chip.mode(), PowerMode::Shutdown);
}
