//! The switches, pre-discharge, balancing.

use blackstart_chip::{DrivenFets, Fault};
use blackstart_units::SimTime;

use crate::board::Board;

const BOTH: DrivenFets = DrivenFets { chg: true, pchg: false, dsg: true, pdsg: false };

#[test]
fn out_of_reset_the_switches_stay_off_and_under_voltage_means_nothing() {
    let mut board = Board::new();
    board.command(0x0012);
    board.cells[0] = 1.0;
    board.run(5.0);
    assert_eq!(board.chip.outputs().fets, DrivenFets::default());
    assert_eq!(board.read(0x03, 1), [0]);
    assert_eq!(board.ask(0x0057, 2), [0x40, 0]);
    // A test switches on what it names.
    board.command(0x0020);
    assert_eq!(board.chip.outputs().fets, DrivenFets { dsg: true, ..Default::default() });
    assert_eq!(board.ask(0x0057, 2), [0x44, 0]);
}

#[test]
fn enabling_the_switches_twice_disables_them() {
    let mut board = Board::new();
    board.command(0x0022);
    assert_eq!(board.chip.outputs().fets, BOTH);
    assert_eq!(board.read(0x7F, 1), [0x05]);
    board.command(0x0022);
    assert_eq!(board.chip.outputs().fets, DrivenFets::default());
}

#[test]
fn the_bits_of_the_host_mean_off_and_never_override_a_fault() {
    let mut board = Board::started(&[]);
    board.with_data(0x0097, &[0x04], 0);
    assert_eq!(board.chip.outputs().fets, DrivenFets { dsg: true, ..Default::default() });
    board.command(0x0093);
    assert_eq!(board.chip.outputs().fets, DrivenFets::default());
    board.command(0x0096);
    assert_eq!(board.chip.outputs().fets, BOTH);
    board.load = 300.0;
    board.run(0.01);
    board.command(0x0096);
    assert_eq!(board.chip.outputs().fets, DrivenFets::default());
}

#[test]
fn a_set_up_under_load_drops_the_load() {
    let mut board = Board::started(&[]);
    board.load = 10.0;
    board.run(0.1);
    board.write(&[0x3E, 0x90, 0x00]);
    board.run(0.0019);
    assert_eq!(board.current(), -10.0);
    board.run(0.0002);
    assert_eq!(board.current(), 0.0);
    assert_eq!(board.word(0x12) & 1, 1);
    // Nothing is protected meanwhile.
    board.cells[0] = 5.0;
    board.run(1.0);
    assert!(!board.chip.has_acted(Fault::Cov));
    board.cells[0] = 3.3;
    board.command(0x0092);
    board.run(0.1);
    assert_eq!(board.current(), -10.0);
}

#[test]
fn over_voltage_opens_charge_alone_and_a_load_closes_it_again_for_a_while() {
    let mut board = Board::started(&[]);
    board.cells[0] = 4.4;
    board.run(0.5);
    let discharge = DrivenFets { dsg: true, ..Default::default() };
    assert_eq!(board.chip.outputs().fets, discharge);
    board.load = 0.04;
    board.run(1.0);
    assert_eq!(board.chip.outputs().fets, discharge, "40 mA stay in the diode");
    board.load = 1.0;
    board.run(0.3);
    assert_eq!(board.chip.outputs().fets, BOTH);
    assert!(board.chip.has_acted(Fault::Cov));
    board.load = 0.0;
    board.run(0.3);
    assert_eq!(board.chip.outputs().fets, discharge);
}

#[test]
fn pre_discharge_ends_by_its_time_whatever_it_has_reached() {
    let mut board = Board::new();
    board.set_up(&[(0x9308, 0x1D, 1)]);
    board.ld = 0.0;
    board.moves.clear();
    board.command(0x0022);
    board.run(0.2);
    let [(begins, first), (ends, second)] = board.moves[..] else { panic!("{:?}", board.moves) };
    assert_eq!(first, DrivenFets { chg: true, pdsg: true, ..Default::default() });
    assert_eq!(second, BOTH);
    assert_eq!(ends - begins, SimTime::from_millis(50));

    // Without a time it waits for LD, at which it looks every 250 ms: within 0.5 V of the stack.
    let mut board = Board::new();
    board.set_up(&[(0x9308, 0x1D, 1), (0x930E, 0, 1)]);
    board.ld = 52.2;
    board.command(0x0022);
    board.run(2.0);
    assert!(!board.chip.outputs().fets.dsg);
    board.ld = 52.4;
    board.run(0.26);
    assert!(board.chip.outputs().fets.dsg);
}

#[test]
fn a_charge_mask_of_its_own_opens_charge_later() {
    // With SCD left to DSG and OCD1 added, CHG follows in the slow rhythm.
    let mut board = Board::started(&[(0x9265, 0x28, 1)]);
    board.cells[0] = 4.4;
    board.until(1.0, |chip| chip.has_acted(Fault::Cov)).unwrap();
    assert_eq!(board.chip.outputs().fets, BOTH);
    board.run(0.251);
    assert!(!board.chip.outputs().fets.chg);
}

#[test]
fn low_cells_are_pre_charged_until_they_are_no_longer_low() {
    let mut board = Board::started(&[(0x930A, 2_800, 2), (0x930C, 3_000, 2)]);
    board.cells[3] = 2.7;
    board.run(0.2);
    let fets = board.chip.outputs().fets;
    assert!(fets.pchg && !fets.chg);
    board.cells[3] = 2.9;
    board.run(0.2);
    assert!(board.chip.outputs().fets.pchg);
    board.cells[3] = 3.05;
    board.run(0.2);
    assert_eq!(board.chip.outputs().fets, BOTH);
}

#[test]
fn pins_open_switches_only_where_they_are_set_to() {
    for (settings, opens) in [(&[][..], false), (&[(0x92FB, 0x02, 1)][..], true)] {
        let mut board = Board::started(settings);
        board.pins(|pins| pins.dfetoff = true);
        assert_eq!(!board.chip.outputs().fets.dsg, opens);
    }
}

#[test]
fn balancing_by_itself_waits_for_its_voltage_and_never_takes_neighbours() {
    let uneven = |board: &mut Board| {
        for k in 0..16 {
            board.cells[k] = 3.3;
        }
        (board.cells[4], board.cells[5], board.cells[9]) = (3.45, 3.44, 3.42);
    };
    let mut board = Board::started(&[(0x9335, 0x02, 1), (0x933A, 3, 1)]);
    uneven(&mut board);
    board.run(60.0);
    assert_eq!(board.chip.outputs().balancing, 0, "3900 mV are never reached");
    let mut board = Board::started(&[(0x9335, 0x02, 1), (0x933A, 3, 1), (0x933F, 3_300, 2)]);
    uneven(&mut board);
    board.run(21.0);
    assert_eq!(board.chip.outputs().balancing, 1 << 4 | 1 << 9);
    assert_eq!(board.ask(0x0083, 2), [0x10, 0x02]);
    // Below 20 mV over the lowest it ends.
    (board.cells[4], board.cells[5], board.cells[9]) = (3.319, 3.33, 3.33);
    board.run(20.0);
    assert_eq!(board.chip.outputs().balancing, 1 << 9);
}

#[test]
fn a_host_may_balance_neighbours_and_must_say_so_again() {
    let mut board = Board::started(&[]);
    board.with_data(0x0083, &[0x06, 0x00], 0);
    assert_eq!(board.chip.outputs().balancing, 0b110);
    board.run(10.0);
    assert_eq!(board.ask(0x0086, 8)[4], 10);
    board.run(15.0);
    assert_eq!(board.chip.outputs().balancing, 0);
    // Too hot.
    board.warmth = 61.0;
    board.run(0.2);
    board.with_data(0x0083, &[0x06, 0x00], 0);
    assert_eq!(board.chip.outputs().balancing, 0);
}
