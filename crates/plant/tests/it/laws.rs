//! Cells over temperature, charge and direction.

use blackstart_plant::network::{
    Branch, BranchId, CellModel, CellString, LoadId, Network, NetworkBuilder, NetworkLoad, NodeId,
    Quantity, StringLaws, Thermal,
};
use blackstart_units::{Amperes, Celsius, Fraction, Ohms, Seconds, SimTime, Volts};

use crate::bus::{books_close, close, no_load};
use crate::long_run::{curve, reference_cell};

const NO_PAIRS: [(Ohms, Seconds); 2] = [(Ohms(0.0), Seconds(1.0)), (Ohms(0.0), Seconds(1.0))];

/// Four equal cells that carry a constant current.
fn string(cell: CellModel, laws: StringLaws, current: f64) -> (Network, BranchId, LoadId) {
    let mut builder = NetworkBuilder::new();
    let port = builder.node("port");
    let cells = CellString::new(curve(), vec![cell; 4], laws);
    let pack =
        builder.branch(Branch { cells: Some(cells), ..Branch::new("pack", NodeId::GROUND, port) });
    let load = NetworkLoad { current: Amperes(current), ..no_load("load", port) };
    let load = builder.load(load);
    (builder.build().unwrap(), pack, load)
}

fn seconds(count: u64) -> SimTime {
    SimTime::from_whole_seconds(count)
}

const ROOM: Thermal = Thermal {
    heat_capacity: 4000.0,
    resistance: 2.0,
    ambient: Celsius(20.0),
    start: Celsius(20.0),
};

#[test]
fn heat_of_a_constant_loss_follows_its_exponential() {
    let cell = CellModel { relaxation: NO_PAIRS, soc: Fraction(0.9), ..reference_cell() };
    let laws = StringLaws { thermal: Some(ROOM), ..StringLaws::default() };
    let (mut network, pack, _) = string(cell, laws, 20.0);
    // 4 cells of 0.75 mΩ at 20 A: 1.2 W, 2.4 K in the end, with 8000 s.
    for at in [100, 1000, 4000] {
        network.advance(seconds(at), &[], &mut |_| ()).unwrap();
        let expected = 20.0 - 2.4 * libm::expm1(-(at as f64) / 8000.0);
        close("temperature", network.value(Quantity::CellTemperature(pack)), expected, 0.0, 1e-4);
    }
    books_close(&network);
}

#[test]
fn cold_cells_have_the_resistance_that_arrhenius_gives_them() {
    let cell = CellModel { relaxation: NO_PAIRS, soc: Fraction(0.5), ..reference_cell() };
    let frost = Thermal { ambient: Celsius(-10.0), start: Celsius(-10.0), ..ROOM };
    let laws = StringLaws { activation: 3000.0, thermal: Some(frost), ..StringLaws::default() };
    let (mut network, pack, _) = string(cell, laws, 10.0);
    network.advance(SimTime::from_millis(1), &[], &mut |_| ()).unwrap();
    let factor = libm::exp(3000.0 * (1.0 / 263.15 - 1.0 / 298.15));
    let own = network.cell(pack, 0);
    let expected = curve().voltage(own.soc.0) - 10.0 * 0.75e-3 * factor;
    close("cell voltage", own.voltage.0, expected, 1e-7, 0.0);
    assert!(factor > 3.0 && factor < 4.0, "{factor}");
}

#[test]
fn resistances_rise_towards_empty_and_the_books_close() {
    let laws = StringLaws { empty_factor: 3.0, ..StringLaws::default() };
    let cell = CellModel { soc: Fraction(0.2), ..reference_cell() };
    let (mut network, pack, load) = string(cell, laws, 50.0);
    network.advance(seconds(1400), &[], &mut |_| ()).unwrap();
    let soc = network.cell(pack, 0).soc.0;
    let factor = 1.0 + 2.0 * libm::exp(-soc / 0.06);
    let before = network.value(Quantity::CellVoltage(pack, 0));
    network.set_load_current(load, Amperes(0.0));
    let after = network.value(Quantity::CellVoltage(pack, 0));
    close("step of the voltage", after - before, 50.0 * 0.75e-3 * factor, 1e-6, 0.0);
    books_close(&network);
}

#[test]
fn hysteresis_turns_with_the_charge_that_has_passed_and_stays_at_rest() {
    let laws = StringLaws {
        hysteresis: Volts(0.012),
        hysteresis_span: Fraction(0.02),
        ..StringLaws::default()
    };
    let cell = CellModel {
        relaxation: NO_PAIRS,
        resistance: Ohms(1e-9),
        soc: Fraction(0.5),
        ..reference_cell()
    };
    let (mut network, pack, load) = string(cell, laws, 20.4);
    // 20.4 A take 1 % of 102 Ah in 180 s: half a span.
    network.advance(seconds(180), &[], &mut |_| ()).unwrap();
    let gap = |network: &Network| {
        let own = network.cell(pack, 0);
        own.voltage.0 - curve().voltage(own.soc.0)
    };
    close("after half a span", gap(&network), 0.012 * libm::expm1(-0.5), 0.0, 3e-5);
    network.set_load_current(load, Amperes(0.0));
    network.advance(seconds(100_000), &[], &mut |_| ()).unwrap();
    close("at rest", gap(&network), 0.012 * libm::expm1(-0.5), 0.0, 1e-5);
    network.set_load_current(load, Amperes(-20.4));
    network.advance(seconds(101_800), &[], &mut |_| ()).unwrap();
    // Five spans of charge bring it from there to the other curve.
    let turned = 1.0 + (libm::expm1(-0.5) - 1.0) * libm::exp(-5.0);
    close("after charge", gap(&network), 0.012 * turned, 0.0, 3e-5);
    books_close(&network);
}

#[test]
fn laws_that_no_cell_has_are_refused() {
    let refused = |laws: StringLaws| {
        let mut builder = NetworkBuilder::new();
        let port = builder.node("port");
        let cells = CellString::new(curve(), vec![reference_cell()], laws);
        builder.branch(Branch { cells: Some(cells), ..Branch::new("pack", NodeId::GROUND, port) });
        builder.build().is_err()
    };
    assert!(!refused(StringLaws::default()));
    assert!(refused(StringLaws { activation: -1.0, ..StringLaws::default() }));
    assert!(refused(StringLaws { empty_factor: 0.5, ..StringLaws::default() }));
    assert!(refused(StringLaws { hysteresis_span: Fraction(0.0), ..StringLaws::default() }));
    let absolute = Thermal { start: Celsius(-274.0), ..ROOM };
    assert!(refused(StringLaws { thermal: Some(absolute), ..StringLaws::default() }));
    let massless = Thermal { heat_capacity: 0.0, ..ROOM };
    assert!(refused(StringLaws { thermal: Some(massless), ..StringLaws::default() }));
}
