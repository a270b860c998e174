//! Buses, sub-commands, the data memory.

use blackstart_chip::{BusKind, BusReply, ChipBusFault, PowerMode, crc8};

use crate::board::{ADDRESS, Board, with_crc};

#[test]
fn a_wrong_checksum_on_i2c_is_not_acknowledged_and_changes_nothing() {
    let mut board = Board::with(BusKind::I2cCrc, 0xFFFF);
    let mut write = with_crc(&[0x66, 0x55, 0xAA]);
    assert_eq!(board.transfer(&write, 0), BusReply::Done(Vec::new()));
    let answer = vec![0x55, crc8([ADDRESS << 1, 0x66, ADDRESS << 1 | 1, 0x55]), 0xAA, crc8([0xAA])];
    assert_eq!(board.transfer(&[0x66], 4), BusReply::Done(answer.clone()));
    write[1] = 0x54;
    assert_eq!(board.transfer(&write, 0), BusReply::NotAcknowledged);
    assert_eq!(board.transfer(&[0x66], 4), BusReply::Done(answer));
    // Another device's address.
    assert_eq!(board.chip.transfer(0x09, &[0x66], 2, board.now), BusReply::NotAcknowledged);
}

#[test]
fn a_block_is_taken_only_with_its_checksum_and_length() {
    let mut board = Board::new();
    board.write(&[0x3E, 0x61, 0x92, 0x8C]);
    board.write(&[0x60, 0x81, 0x05]);
    board.run(0.01);
    assert_eq!(board.ask(0x9261, 1), [0x88], "a wrong checksum was taken");
    board.write(&[0x3E, 0x61, 0x92, 0x8C]);
    // One that takes in what stands behind it in the block.
    board.write(&[0x60, 0x80, 0x09]);
    board.run(0.01);
    assert_eq!(board.ask(0x9261, 1), [0x88], "a wrong length was taken");
    board.write(&[0x3E, 0x61, 0x92, 0x8C]);
    board.write(&[0x60, 0x80, 0x05]);
    board.run(0.01);
    assert_eq!(board.ask(0x9261, 1), [0x8C]);
    // The checksum and length of what is answered: 32 bytes.
    let answer = board.read(0x3E, 36);
    assert_eq!(answer[35], 0x24);
    let sum = answer[..34].iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    assert_eq!(answer[34], !sum);
}

#[test]
fn a_sub_command_is_busy_for_its_time_and_answers_with_its_number() {
    let mut board = Board::new();
    board.write(&[0x3E, 0x01, 0x00]);
    assert_eq!(board.read(0x3E, 2), [0xFF, 0xFF]);
    board.run(399e-6);
    assert_eq!(board.read(0x3E, 2), [0xFF, 0xFF]);
    board.run(2e-6);
    assert_eq!(board.read(0x3E, 4), [0x01, 0x00, 0x95, 0x76]);
    assert_eq!(board.read(0x61, 1), [6]);
}

#[test]
fn what_is_not_known_is_acknowledged_does_nothing_and_is_said() {
    let mut board = Board::new();
    board.notes.clear();
    board.command(0xF090);
    let said: Vec<String> = board.notes.iter().map(|one| one.note.to_string()).collect();
    assert_eq!(said, ["sub-command 0xF090 is not modelled: acknowledged, no effect"]);
    board.read(0x62, 2);
    assert_eq!(board.notes.len(), 1, "it is not waited for yet");
    board.read(0x40, 2);
    let said = board.notes.last().unwrap().note.to_string();
    assert_eq!(said, "sub-command 0xF090 is not modelled, and its answer was read");
}

#[test]
fn a_sealed_chip_takes_no_settings_until_it_is_given_its_keys() {
    let mut board = Board::new();
    board.command(0x0030);
    board.with_data(0x9261, &[0x8C], 0);
    board.command(0x0022);
    assert_eq!(board.word(0x12) >> 8 & 3, 3);
    assert!(!board.chip.outputs().fets.dsg);
    for key in [0x0414, 0x3672] {
        board.command(key);
    }
    assert_eq!(board.word(0x12) >> 8 & 3, 2);
    assert_eq!(board.ask(0x9261, 1), [0x88]);
    board.with_data(0x9261, &[0x8C], 0);
    assert_eq!(board.ask(0x9261, 1), [0x8C]);
}

#[test]
fn on_spi_the_answer_comes_a_frame_later_and_a_wrong_checksum_is_reported() {
    let mut board = Board::with(BusKind::SpiCrc, 0xFFFF);
    let mut frame = |bytes: [u8; 2], crc: Option<u8>| {
        let crc = crc.unwrap_or(crc8(bytes));
        let now = board.now;
        match board.chip.transfer_spi(&[bytes[0], bytes[1], crc], now) {
            BusReply::Done(back) => back,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(frame([0x66, 0xFF], None), [0xFF, 0xFF, 0x00], "not ready at first");
    assert_eq!(frame([0x66 | 0x80, 0x5A], None), [0x66, 0x00, crc8([0x66, 0x00])]);
    assert_eq!(frame([0x66, 0xFF], None), [0xE6, 0x5A, crc8([0xE6, 0x5A])]);
    assert_eq!(frame([0x66 | 0x80, 0x11], Some(0)), [0x66, 0x5A, crc8([0x66, 0x5A])]);
    assert_eq!(frame([0x66, 0xFF], None), [0xFF, 0xFF, 0xAA]);
    assert_eq!(frame([0x66, 0xFF], None)[1], 0x5A, "a wrong checksum changed something");
}

#[test]
fn faults_of_the_bus_keep_the_chip_from_hearing() {
    let mut board = Board::new();
    board.chip.set_bus_fault(ChipBusFault::NoAcknowledge);
    assert_eq!(board.transfer(&[0x66, 0x34, 0x12], 0), BusReply::NotAcknowledged);
    board.chip.set_bus_fault(ChipBusFault::StuckLow);
    assert_eq!(board.transfer(&[0x66], 2), BusReply::Stuck);
    board.chip.set_bus_fault(ChipBusFault::None);
    assert_eq!(board.word(0x66).cast_unsigned(), 0xF800);

    let mut board = Board::with(BusKind::I2cCrc, 0xFFFF);
    let BusReply::Done(right) = board.transfer(&[0x66], 2) else { panic!("no answer") };
    board.chip.set_bus_fault(ChipBusFault::WrongCrc);
    let BusReply::Done(wrong) = board.transfer(&[0x66], 2) else { panic!("no answer") };
    assert_eq!((right[0], right[1]), (wrong[0], !wrong[1]));
}

#[test]
fn another_bus_is_spoken_after_it_was_set_and_swapped() {
    let mut board = Board::new();
    board.command(0x0090);
    board.with_data(0x9239, &[0x12], 0);
    board.command(0x29BC);
    assert_eq!(board.chip.bus_kind(), BusKind::I2c, "not before the set-up ends");
    board.command(0x0092);
    assert_eq!(board.chip.bus_kind(), BusKind::I2cCrc);
}

#[test]
fn in_sleep_blocks_are_taken_in_deep_sleep_nothing_but_the_way_out_and_off_nothing() {
    let mut board = Board::new();
    board.run(12.0);
    assert_eq!(board.chip.mode(), PowerMode::Sleep);
    board.with_data(0x9261, &[0x8C], 0);
    assert_eq!(board.ask(0x9261, 1), [0x8C]);
    board.command(0x000F);
    assert_eq!(board.chip.mode(), PowerMode::Sleep, "once is not enough");
    board.command(0x000F);
    assert_eq!(board.chip.mode(), PowerMode::DeepSleep);
    board.with_data(0x9261, &[0x84], 0);
    board.command(0x0022);
    assert_eq!(board.read(0x00, 1), [4]);
    board.command(0x000E);
    board.run(0.3);
    assert_eq!(board.chip.mode(), PowerMode::Normal);
    assert_eq!(board.ask(0x9261, 1), [0x8C]);
    board.command(0x0010);
    assert_eq!(board.chip.mode(), PowerMode::Shutdown);
    assert_eq!(board.transfer(&[0x12], 2), BusReply::NotAcknowledged);
    // TS2 pulled low starts it anew: all that it knew is lost.
    board.pins(|pins| pins.ts2_low = true);
    board.pins(|pins| pins.ts2_low = false);
    board.run(0.01);
    assert_eq!(board.ask(0x9261, 1), [0x88]);
    assert_eq!(board.word(0x12) & 8, 8, "POR");
}
