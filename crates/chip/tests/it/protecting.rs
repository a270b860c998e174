//! Protections at both sides of their thresholds and delays, and how they let go.

use blackstart_chip::Fault;
use blackstart_units::SimTime;

use crate::board::{Board, SENSE};

const MS: f64 = 1e-3;

/// Enables of register A.
const ALL_A: (u16, i64, usize) = (0x9261, 0xFC, 1);

fn trips_after(board: &mut Board, fault: Fault, at_most: f64) -> Option<SimTime> {
    let before = board.now;
    board.until(at_most, |chip| chip.has_acted(fault)).map(|at| at - before)
}

#[test]
fn a_short_circuit_trips_at_its_rounded_threshold_after_its_delay() {
    // Code 1 is 20 mV: 66.67 A on 300 µΩ; n = 14 is 195 µs.
    let settings = [(0x9286, 1, 1), (0x9287, 14, 1)];
    let mut board = Board::started(&settings);
    board.load = 66.6;
    assert_eq!(trips_after(&mut board, Fault::Scd, 1.0), None);
    board.load = 66.7;
    let delay = trips_after(&mut board, Fault::Scd, 1.0);
    assert_eq!(delay, Some(SimTime::from_micros(195)));
    let fets = board.chip.outputs().fets;
    assert!(!fets.dsg && !fets.chg);
    // A short that is over before.
    let mut board = Board::started(&settings);
    board.load = 70.0;
    board.run(194e-6);
    board.load = 0.0;
    board.run(0.1);
    board.load = 70.0;
    board.run(194e-6);
    assert!(!board.chip.has_acted(Fault::Scd));
    board.run(2e-6);
    assert!(board.chip.has_acted(Fault::Scd));
}

#[test]
fn the_shortest_delay_of_a_short_circuit_is_none_and_the_next_15_us() {
    for (n, delay) in [(1, SimTime::ZERO), (2, SimTime::from_micros(15))] {
        let mut board = Board::started(&[(0x9286, 1, 1), (0x9287, n, 1)]);
        board.load = 100.0;
        let found = trips_after(&mut board, Fault::Scd, 1.0).unwrap();
        assert!(found - delay <= SimTime::NANOSECOND, "n = {n}: {found}");
    }
}

#[test]
fn over_voltage_lies_on_the_grid_of_its_looks() {
    // n = 606: 3.3 ms × 608 = 2006.4 ms; threshold 72 × 50.6 mV = 3.6432 V.
    let settings = [(0x9278, 72, 1), (0x9279, 606, 2)];
    let mut board = Board::started(&settings);
    board.cells[4] = 3.643;
    assert_eq!(trips_after(&mut board, Fault::Cov, 5.0), None);
    board.cells[4] = 3.6433;
    let found = trips_after(&mut board, Fault::Cov, 5.0).unwrap().as_seconds();
    assert!((2006.4 * MS..2009.7 * MS).contains(&found), "{found}");
    // Whenever it begins, the trips lie on one grid.
    let trip_at = |after: f64| {
        let mut board = Board::started(&settings);
        board.run(after);
        board.cells[4] = 3.65;
        trips_after(&mut board, Fault::Cov, 5.0).unwrap();
        board.now.as_nanos() % 3_300_000
    };
    assert_eq!(trip_at(0.0001), trip_at(0.0021));
    // A cell that comes back before does not trip.
    let mut board = Board::started(&settings);
    board.cells[4] = 3.65;
    board.run(2.0);
    board.cells[4] = 3.6;
    board.run(0.01);
    board.cells[4] = 3.65;
    board.run(2.0);
    assert!(!board.chip.has_acted(Fault::Cov));
}

#[test]
fn every_comparator_trips_on_one_side_of_its_code_and_not_on_the_other() {
    // 300 µΩ: codes of 2 mV are 6.667 A.
    let amperes = |code: f64| code * 2e-3 / SENSE;
    for (fault, at, code, looks) in [
        (Fault::Occ, 0x9280, 4, 4 + 2),
        (Fault::Ocd1, 0x9282, 10, 1 + 2),
        (Fault::Ocd2, 0x9284, 8, 7 + 2),
    ] {
        let enable = (0x9261, i64::from(1 << fault.place().1), 1);
        let settings = [enable, (at, code, 1)];
        for (beyond, trips) in [(-0.01, false), (0.01, true)] {
            let mut board = Board::started(&settings);
            let current = amperes(code as f64) + beyond;
            if fault == Fault::Occ {
                board.charger = current;
            } else {
                board.load = current;
            }
            let found = trips_after(&mut board, fault, 1.0);
            assert_eq!(found.is_some(), trips, "{fault:?} {beyond}");
            if let Some(found) = found {
                let least = 3.3 * MS * f64::from(looks);
                let found = found.as_seconds();
                assert!(found >= least && found < least + 3.3 * MS, "{fault:?}: {found}");
            }
        }
    }
    // 50 × 50.6 mV.
    for (cell, trips) in [(2.5301, false), (2.5299, true)] {
        let mut board = Board::started(&[ALL_A]);
        board.cells[15] = cell;
        assert_eq!(trips_after(&mut board, Fault::Cuv, 1.0).is_some(), trips, "{cell}");
        assert_eq!(board.chip.outputs().fets.dsg, !trips);
        assert!(board.chip.outputs().fets.chg);
    }
}

#[test]
fn the_third_level_looks_at_the_slow_current() {
    // −4000 mA, 2 s.
    for (load, trips) in [(3.99, false), (4.01, true)] {
        let mut board = Board::started(&[(0x9263, 0x80, 1)]);
        board.load = load;
        let found = trips_after(&mut board, Fault::Ocd3, 4.0);
        assert_eq!(found.is_some(), trips);
        assert!(found.is_none_or(|at| (2.0..2.6).contains(&at.as_seconds())), "{found:?}");
    }
}

#[test]
fn temperatures_trip_in_their_own_direction_and_come_back_by_their_own_limits() {
    for (fault, enable, at, beyond, within, back) in [
        (Fault::Otc, 0x10, 0x929A, 55.1, 54.9, 49.9),
        (Fault::Otd, 0x20, 0x929D, 60.1, 59.9, 54.9),
        (Fault::Utc, 0x01, 0x92A6, -0.1, 0.1, 5.1),
        (Fault::Utd, 0x02, 0x92A9, -0.1, 0.1, 5.1),
        (Fault::Otint, 0x40, 0x92A3, 85.1, 84.9, 79.9),
        (Fault::Utint, 0x04, 0x92AC, -20.1, -19.9, -14.9),
    ] {
        assert_eq!(Board::new().ask(at, 3)[1], 2, "{fault:?}: its delay");
        let mut board = Board::started(&[(0x9262, enable, 1)]);
        board.warmth = within;
        assert_eq!(trips_after(&mut board, fault, 5.0), None, "{fault:?}");
        board.warmth = beyond;
        let found = trips_after(&mut board, fault, 5.0).unwrap().as_seconds();
        assert!((2.0..2.2).contains(&found), "{fault:?}: {found}");
        let fets = board.chip.outputs().fets;
        let opens_charge = matches!(fault, Fault::Otc | Fault::Utc | Fault::Otint | Fault::Utint);
        let opens_discharge = !matches!(fault, Fault::Otc | Fault::Utc);
        assert_eq!((!fets.chg, !fets.dsg), (opens_charge, opens_discharge), "{fault:?}");
        board.warmth = within;
        board.run(5.0);
        assert!(board.chip.has_acted(fault), "{fault:?} let go too early");
        board.warmth = back;
        board.run(2.9);
        assert!(board.chip.has_acted(fault));
        board.run(0.3);
        assert!(!board.chip.has_acted(fault), "{fault:?}");
    }
}

#[test]
fn over_current_lets_go_by_a_charge_current_alone() {
    let mut board = Board::started(&[(0x9261, 0x20, 1)]);
    board.load = 30.0;
    assert!(trips_after(&mut board, Fault::Ocd1, 1.0).is_some());
    board.load = 0.0;
    board.run(60.0);
    assert!(board.chip.has_acted(Fault::Ocd1), "it let go by itself");
    board.charger = 0.19;
    board.run(10.0);
    assert!(board.chip.has_acted(Fault::Ocd1));
    board.charger = 0.25;
    board.run(2.9);
    assert!(board.chip.has_acted(Fault::Ocd1));
    board.run(0.3);
    assert!(!board.chip.has_acted(Fault::Ocd1));
}

#[test]
fn over_current_in_charge_lets_go_when_the_charger_is_away() {
    let mut board = Board::started(&[(0x9261, 0x10, 1), (0x9280, 4, 1)]);
    board.charger = 30.0;
    assert!(trips_after(&mut board, Fault::Occ, 1.0).is_some());
    board.run(10.0);
    assert!(board.chip.has_acted(Fault::Occ));
    // 2 V below the stack of 52.8 V, and not less.
    board.charger = 0.0;
    board.pack = 50.9;
    board.run(10.0);
    assert!(board.chip.has_acted(Fault::Occ));
    board.pack = 50.7;
    board.run(3.4);
    assert!(!board.chip.has_acted(Fault::Occ));
}

#[test]
fn a_short_circuit_is_tried_again_until_it_has_been_tried_too_often() {
    let settings = [(0x9286, 1, 1), (0x9295, 3, 1), (0x9263, 0x40, 1)];
    let mut board = Board::started(&settings);
    board.load = 200.0;
    // What holds LD down is the short.
    board.ld = 0.0;
    board.run(4.9);
    assert_eq!(board.chip.times_acted(Fault::Scd), 1);
    board.run(0.2);
    assert_eq!(board.chip.times_acted(Fault::Scd), 2);
    board.run(30.0);
    assert_eq!(board.chip.times_acted(Fault::Scd), 3);
    assert!(board.chip.has_acted(Fault::Scdl));
    assert!(!board.chip.outputs().fets.dsg);
    // By default nothing looks for the load: its time is 0.
    board.load = 0.0;
    board.ld = 50.0;
    board.run(10.0);
    assert!(board.chip.has_acted(Fault::Scdl));
    board.command(0x009C);
    assert!(!board.chip.has_acted(Fault::Scdl) && board.chip.outputs().fets.dsg);

    let mut board = Board::started(&[&settings[..], &[(0x92B4, 1, 1), (0x92B5, 4, 1)]].concat());
    board.load = 200.0;
    board.ld = 0.0;
    board.run(40.0);
    assert!(board.chip.has_acted(Fault::Scdl));
    board.load = 0.0;
    board.ld = 2.9;
    board.run(10.0);
    assert!(board.chip.has_acted(Fault::Scdl));
    board.ld = 3.1;
    board.run(10.0);
    assert!(!board.chip.has_acted(Fault::Scdl), "the load is away");
}

#[test]
fn with_faults_far_enough_apart_nothing_latches() {
    // Each is forgotten after 2 s.
    let settings = [(0x9286, 1, 1), (0x9295, 2, 1), (0x9296, 2, 1), (0x9263, 0x40, 1)];
    let mut board = Board::started(&settings);
    board.load = 200.0;
    board.run(30.0);
    assert!(board.chip.times_acted(Fault::Scd) >= 5);
    assert!(!board.chip.has_acted(Fault::Scdl));
}

#[test]
fn a_host_that_says_nothing_opens_both_switches_and_one_word_closes_them() {
    let mut board = Board::started(&[(0x9263, 0x02, 1), (0x92B2, 5, 2)]);
    board.read(0x12, 2);
    let heard = board.now;
    let found = board.until(10.0, |chip| chip.has_acted(Fault::Hwdf)).unwrap();
    assert_eq!(found - heard, SimTime::from_whole_seconds(5));
    let fets = board.chip.outputs().fets;
    assert!(!fets.chg && !fets.dsg);
    board.read(0x12, 2);
    assert!(!board.chip.has_acted(Fault::Hwdf) && board.chip.outputs().fets.dsg);
    for _ in 0..4 {
        board.run(4.9);
        board.read(0x12, 2);
    }
    assert!(!board.chip.has_acted(Fault::Hwdf));
    assert_eq!(board.chip.times_acted(Fault::Hwdf), 1);
}

#[test]
fn the_alert_line_tells_of_each_fault_anew_once_the_one_before_has_let_go() {
    // ALERT has its function; SCD recovers after 1 s.
    let settings = [(0x92FC, 0x2A, 1), (0x9286, 1, 1), (0x9294, 1, 1)];
    let mut board = Board::started(&settings);
    board.write(&[0x66, 0x00, 0x40]);
    board.write(&[0x62, 0xFF, 0xFF]);
    assert!(!board.chip.outputs().alert);
    board.load = 100.0;
    board.run(0.001);
    assert!(board.chip.outputs().alert);
    board.load = 0.0;
    board.write(&[0x62, 0x00, 0x40]);
    assert!(!board.chip.outputs().alert && board.chip.has_acted(Fault::Scd));
    board.run(0.5);
    assert_eq!(board.word(0x62), 0, "the bit stays 0 while the fault stands");
    let back = board.until(2.0, |chip| !chip.has_acted(Fault::Scd));
    assert!(back.is_some());
    board.run(200e-6);
    assert!(!board.chip.outputs().alert);
    board.load = 100.0;
    board.run(100e-6);
    assert!(board.chip.outputs().alert, "the second fault is a new edge");
    assert_eq!(board.word(0x62), 0x4000);
}

#[test]
fn an_open_sense_wire_lets_its_cell_fall_and_the_one_above_it_rise() {
    let settings = [(0x9261, 0x8C, 1)];
    let mut board = Board::started(&settings);
    board.run(30.0);
    assert!(!board.chip.has_acted(Fault::Cuv));
    board.pins(|pins| pins.open_inputs = 1 << 6);
    board.run(30.0);
    assert!(board.chip.has_acted(Fault::Cuv) && board.chip.has_acted(Fault::Cov));
    assert!(board.word(0x14 + 2 * 6) < 2_530);
    assert!(board.word(0x14 + 2 * 7) > 4_351);
    assert_eq!(board.word(0x14 + 2 * 5), 3_300);
    // Without the check the pin keeps its last voltage.
    let mut board = Board::started(&[settings[0], (0x9314, 0, 1)]);
    board.pins(|pins| pins.open_inputs = 1 << 6);
    board.run(30.0);
    assert!(!board.chip.has_acted(Fault::Cuv));
}

#[test]
fn a_permanent_failure_opens_both_switches_for_good() {
    let settings = [(0x92C0, 0x02, 1)];
    for (cell, fails) in [(4.49, false), (4.51, true)] {
        let mut board = Board::started(&settings);
        board.cells[0] = cell;
        board.run(5.3);
        assert_eq!(board.word(0x0B) as u8 & 2 == 2, fails, "{cell}");
        board.cells[0] = 3.3;
        board.run(10.0);
        assert_eq!(board.chip.outputs().fets.dsg, !fails);
    }
}
