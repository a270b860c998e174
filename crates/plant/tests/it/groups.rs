//! What acts on some cells of a string: groups that share a temperature, thermistors, balancers.

use blackstart_plant::network::{
    Branch, BranchId, CellModel, CellString, Followed, Follower, FollowerId, Network,
    NetworkBuilder, NetworkLoad, NodeId, Quantity, StringLaws, Thermal,
};
use blackstart_units::{Amperes, Celsius, Fraction, Ohms, Seconds, Siemens, SimTime};

use crate::bus::{books_close, close, no_load};
use crate::long_run::{curve, reference_cell};

const NO_PAIRS: [(Ohms, Seconds); 2] = [(Ohms(0.0), Seconds(1.0)), (Ohms(0.0), Seconds(1.0))];

const ROOM: Thermal = Thermal {
    heat_capacity: 4000.0,
    resistance: 2.0,
    ambient: Celsius(20.0),
    start: Celsius(20.0),
};

/// Four cells in two groups that carry a constant current, and what follows the first group in 100 s.
fn string(current: f64, change: impl Fn(&mut CellString)) -> (Network, BranchId, FollowerId) {
    let mut builder = NetworkBuilder::new();
    let port = builder.node("port");
    let cell = CellModel { relaxation: NO_PAIRS, soc: Fraction(0.5), ..reference_cell() };
    let laws = StringLaws { thermal: Some(ROOM), ..StringLaws::default() };
    let mut cells = CellString::new(curve(), vec![cell; 4], laws);
    (cells.groups, cells.group_resistance) = (2, 1e9);
    change(&mut cells);
    let pack =
        builder.branch(Branch { cells: Some(cells), ..Branch::new("pack", NodeId::GROUND, port) });
    builder.load(NetworkLoad { current: Amperes(current), ..no_load("load", port) });
    let (name, lag) = ("thermistor".to_owned(), Seconds(100.0));
    let follower = builder.follower(Follower { name, of: Followed::Group(pack, 0), lag });
    (builder.build().unwrap(), pack, follower)
}

#[test]
fn equal_groups_are_as_warm_as_one_and_a_thermistor_lags_behind() {
    let (mut network, pack, follower) = string(20.0, |_| ());
    // 4 cells of 0.75 mΩ at 20 A: 1.2 W, 2.4 K in the end, with 8000 s.
    for at in [100, 1000, 4000] {
        network.advance(SimTime::from_whole_seconds(at), &[], &mut |_| ()).unwrap();
        let decay = |time: f64| libm::exp(-(at as f64) / time);
        let expected = 20.0 + 2.4 * (1.0 - decay(8000.0));
        for group in 0..2 {
            let found = network.value(Quantity::GroupTemperature(pack, group));
            close("temperature", found, expected, 0.0, 1e-4);
        }
        let late = (8000.0 * decay(8000.0) - 100.0 * decay(100.0)) / 7900.0;
        let found = network.value(Quantity::Followed(follower));
        close("thermistor", found, 20.0 + 2.4 * (1.0 - late), 0.0, 1e-3);
    }
    books_close(&network);
}

#[test]
fn a_balancer_drains_its_cell_alone_and_warms_its_group() {
    let (mut network, pack, _) = string(0.0, |cells| {
        (cells.separate, cells.bleed_heat) = (true, 1.0);
    });
    assert!(network.set_bleed(pack, 3, Siemens(1.0 / 33.0)));
    network.advance(SimTime::from_whole_seconds(3600), &[], &mut |_| ()).unwrap();
    let volts = curve().voltage(0.5);
    let drained = 0.5 - network.cell(pack, 3).soc.0;
    close("charge", drained, volts / 33.0 / 102.0, 2e-3, 0.0);
    close("another cell", network.cell(pack, 2).soc.0, 0.5, 0.0, 1e-9);
    // v²/R into half of the capacity, with twice the resistance: 2000 J/K, 4 K/W, 8000 s.
    let warmed = volts * volts / 33.0 * 4.0 * (1.0 - libm::exp(-3600.0 / 8000.0));
    let found = network.value(Quantity::GroupTemperature(pack, 1));
    close("its group", found, 20.0 + warmed, 0.0, 5e-3);
    close("the other", network.value(Quantity::GroupTemperature(pack, 0)), 20.0, 0.0, 1e-6);
    books_close(&network);
    network.set_bleed(pack, 3, Siemens(0.0));
    let before = network.cell(pack, 3).soc.0;
    network.advance(SimTime::from_whole_seconds(7200), &[], &mut |_| ()).unwrap();
    close("afterwards", network.cell(pack, 3).soc.0, before, 0.0, 1e-9);
}

#[test]
fn groups_warm_each_other() {
    let (mut network, pack, _) = string(0.0, |cells| {
        (cells.separate, cells.bleed_heat, cells.group_resistance) = (true, 1.0, 1e-3);
    });
    network.set_bleed(pack, 0, Siemens(1.0 / 33.0));
    network.advance(SimTime::from_whole_seconds(3600), &[], &mut |_| ()).unwrap();
    let [first, second] =
        [0, 1].map(|group| network.value(Quantity::GroupTemperature(pack, group)));
    assert!(first > 20.1 && (first - second).abs() < 2e-3, "{first} and {second}");
}

/// What lies across a cell is solved with its cell, and adds no node: ten times as many of both are ten times
/// the work of a step, and hardly more steps.
#[test]
fn five_hundred_balancers_take_hardly_more_steps_than_fifty() {
    let steps = |count: usize| {
        let (mut network, pack, _) = string(1.0, |cells| {
            cells.cells = vec![cells.cells[0]; count];
            (cells.groups, cells.separate, cells.bleed_heat) = (count / 10, true, 0.2);
        });
        for k in 0..count {
            let ohms = 30.0 + (k % 10) as f64;
            assert!(network.set_bleed(pack, k, Siemens(1.0 / ohms)));
        }
        let mut steps = 0;
        network.advance(SimTime::from_whole_seconds(3600), &[], &mut |_| steps += 1).unwrap();
        books_close(&network);
        steps
    };
    let (few, many) = (steps(50), steps(500));
    assert!(few > 0 && many <= 2 * few, "{few} steps with 50 cells, {many} with 500");
}
