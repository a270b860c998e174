//! Strings of unequal cells.

use blackstart_plant::network::{
    Branch, CellModel, CellString, CrossingEdge, NetworkBuilder, NodeId, Quantity, Stop,
    StringLaws, Watch,
};
use blackstart_units::{AmpereHours, Amperes, Fraction, Ohms, Seconds, SimTime, Volts, Watts};

use crate::bus::{books_close, close, no_load};
use crate::long_run::{curve, pack, reference_cell};

#[test]
fn weakest_cell_ends_the_discharge() {
    let mut cells = vec![reference_cell(); 16];
    cells[6].capacity = AmpereHours(96.0);
    let (mut network, pack, _) = pack(cells, 30.0);
    let watch =
        Watch { quantity: Quantity::LowestCell(pack), level: 2.8, edge: CrossingEdge::Falling };
    let stop = network.advance(SimTime::from_whole_seconds(100_000), &[watch], &mut |_| ());
    assert_eq!(stop, Ok(Stop::Crossed(0)));
    let weakest = network.cell(pack, 6);
    assert!(weakest.voltage.0 <= 2.8 && weakest.voltage.0 > 2.8 - 1e-6, "{weakest:?}");
    assert_eq!(network.value(Quantity::LowestCell(pack)), weakest.voltage.0);
    for k in (0..16).filter(|&k| k != 6) {
        assert!(network.cell(pack, k).voltage.0 > 2.9, "cell {k} has charge left");
        assert_eq!(network.value(Quantity::HighestCell(pack)), network.cell(pack, k).voltage.0);
    }
    books_close(&network);
}

#[test]
fn relaxed_pack_has_its_open_circuit_voltage() {
    let cells =
        (0..8).map(|k| CellModel { soc: Fraction(0.1 + 0.1 * f64::from(k)), ..reference_cell() });
    let (mut network, pack, load) = pack(cells.collect(), 40.0);
    network.advance(SimTime::from_whole_seconds(600), &[], &mut |_| ()).unwrap();
    let loaded = network.cell(pack, 0);
    assert!(loaded.relaxation[0].0 > 1e-3, "loaded, the cell is polarised: {loaded:?}");
    network.set_load_power(load, Watts(0.0));
    network.advance(SimTime::from_whole_seconds(1_000_000), &[], &mut |_| ()).unwrap();
    for k in 0..8 {
        let cell = network.cell(pack, k);
        close("rest voltage", cell.voltage.0, curve().voltage(cell.soc.0), 1e-12, 0.0);
        // Relaxed for 16,000 time constants: decayed to nothing, but never to a denormal.
        let rest = cell.relaxation[0].0;
        assert!(rest.abs() < 1e-15 && !rest.is_subnormal(), "{rest}");
        assert_eq!(cell.soc.0, network.value(Quantity::CellSoc(pack, k)));
    }
    books_close(&network);
}

#[test]
fn relaxation_follows_its_exponential() {
    let cell = CellModel {
        relaxation: [(Ohms(1e-3), Seconds(5.0)), (Ohms(2e-3), Seconds(400.0))],
        ..reference_cell()
    };
    let (mut network, pack, load) = pack(vec![cell; 4], 0.0);
    network.set_load_power(load, Watts(0.0));
    network.set_load_current(load, Amperes(20.0));
    for seconds in [1.0, 10.0, 300.0, 2000.0] {
        network.advance(SimTime::from_seconds(seconds), &[], &mut |_| ()).unwrap();
        let state = network.cell(pack, 2);
        close("fast pair", state.relaxation[0].0, 20e-3 * -libm::expm1(-seconds / 5.0), 1e-6, 0.0);
        close(
            "slow pair",
            state.relaxation[1].0,
            40e-3 * -libm::expm1(-seconds / 400.0),
            1e-6,
            0.0,
        );
        close("charge", state.soc.0, 1.0 - 20.0 * seconds / (102.0 * 3600.0), 1e-9, 0.0);
    }
    close("charge drawn", network.value(Quantity::Charge(pack)), 40_000.0, 1e-6, 0.0);
    books_close(&network);
}

#[test]
fn self_discharge_empties_a_cell_without_current() {
    let cell = CellModel { leakage: Amperes(0.1), soc: Fraction(0.5), ..reference_cell() };
    let (mut network, pack, load) = pack(vec![cell; 2], 0.0);
    network.set_load_power(load, Watts(0.0));
    network.advance(SimTime::from_whole_seconds(36_000), &[], &mut |_| ()).unwrap();
    close("charge", network.cell(pack, 1).soc.0, 0.5 - 1.0 / 102.0, 1e-9, 0.0);
    close("current", network.value(Quantity::Current(pack)), 0.0, 1e-9, 0.0);
    assert!(network.books().self_discharge.0 > 0.0);
    books_close(&network);
}

#[test]
fn emptied_cell_keeps_falling_below_zero_charge() {
    let (mut network, pack, load) =
        pack(vec![CellModel { soc: Fraction(0.01), ..reference_cell() }; 2], 0.0);
    network.set_load_power(load, Watts(0.0));
    network.set_load_current(load, Amperes(10.2));
    network.advance(SimTime::from_whole_seconds(720), &[], &mut |_| ()).unwrap();
    let cell = network.cell(pack, 0);
    close("charge", cell.soc.0, -0.01, 1e-9, 0.0);
    assert!(cell.voltage.0 < curve().voltage(0.0), "{cell:?}");
    books_close(&network);
}

/// What a string does in an hour and a half, all of it.
fn course(cells: Vec<CellModel>) -> Vec<f64> {
    let mut builder = NetworkBuilder::new();
    let port = builder.node("port");
    let count = cells.len();
    let laws = StringLaws { hysteresis: Volts(0.01), empty_factor: 2.0, ..StringLaws::default() };
    let cells = CellString::new(curve(), cells, laws);
    let pack =
        builder.branch(Branch { cells: Some(cells), ..Branch::new("pack", NodeId::GROUND, port) });
    let load = builder.load(no_load("load", port));
    let mut network = builder.build().unwrap();
    network.set_load_current(load, Amperes(40.0));
    network.advance(SimTime::from_whole_seconds(5400), &[], &mut |_| ()).unwrap();
    books_close(&network);
    let mut seen: Vec<f64> =
        (0..count).map(|k| network.value(Quantity::CellVoltage(pack, k))).collect();
    seen.extend([
        network.value(Quantity::NodeVoltage(port)),
        network.value(Quantity::MeanSoc(pack)),
        network.value(Quantity::LowestCell(pack)),
        network.value(Quantity::HighestCell(pack)),
        network.books().chemical.0,
        network.books().cell_series.0,
        network.books().cell_relaxation.0,
        network.books().cell_hysteresis.0,
    ]);
    seen
}

#[test]
fn equal_cells_do_what_cells_do_that_differ_by_nothing_worth_speaking_of() {
    let weak = CellModel { capacity: AmpereHours(95.0), ..reference_cell() };
    let equal = vec![reference_cell(), weak, reference_cell(), weak, reference_cell()];
    let hair = |k: usize, cell: CellModel| CellModel {
        capacity: cell.capacity * (1.0 + 1e-13 * (k + 1) as f64),
        ..cell
    };
    let unlike = equal.iter().enumerate().map(|(k, &cell)| hair(k, cell)).collect();
    for (equal, unlike) in course(equal).into_iter().zip(course(unlike)) {
        close("either", equal, unlike, 0.0, 1e-9);
    }
}
