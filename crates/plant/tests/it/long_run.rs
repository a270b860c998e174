//! A week at 12.5 W and then 500 W behind an inverter of 90 %, down to 2.8 V a cell: sixteen cells,
//! each solved by itself.
//!
//! The reference is one cell with a sixteenth of the power, by SciPy's LSODA at a relative tolerance of
//! 1e-11 (DOP853 agrees to 4 µs): cut-off 625 105.0387 s after the start, at a state of charge of 0.019 849 0.

use std::sync::Arc;

use blackstart_plant::network::{
    Branch, CellModel, CellString, CrossingEdge, Network, NetworkBuilder, NetworkLoad, NodeId,
    OcvCurve, Quantity, Stop, StringLaws, Watch,
};
use blackstart_units::{AmpereHours, Amperes, Fraction, Ohms, Seconds, SimTime, Volts, Watts};

use crate::bus::{books_close, close, no_load};

/// The reference cell's synthetic open-circuit voltage.
fn reference_ocv(soc: f64) -> f64 {
    3.255 + 0.075 * soc - 0.80 * libm::exp(-30.0 * soc) + 0.10 * libm::exp(-60.0 * (1.0 - soc))
}

/// Sampled so densely that interpolation is exact to a microvolt.
pub fn curve() -> Arc<OcvCurve> {
    let table: Vec<_> = (0..=2000)
        .map(|k| f64::from(k) / 2000.0)
        .map(|soc| (Fraction(soc), Volts(reference_ocv(soc))))
        .collect();
    Arc::new(OcvCurve::from_table(&table).unwrap())
}

pub fn reference_cell() -> CellModel {
    CellModel {
        capacity: AmpereHours(102.0),
        resistance: Ohms(0.75e-3),
        relaxation: [(Ohms(0.5e-3), Seconds(60.0)), (Ohms(0.0), Seconds(1.0))],
        soc: Fraction(1.0),
        leakage: Amperes(0.0),
    }
}

/// A pack of `cells` and a constant-power load of `watts` per cell at its terminals.
pub fn pack(
    cells: Vec<CellModel>,
    watts: f64,
) -> (Network, blackstart_plant::network::BranchId, blackstart_plant::network::LoadId) {
    let mut builder = NetworkBuilder::new();
    let port = builder.node("port");
    let count = cells.len() as f64;
    let string = CellString::new(curve(), cells, StringLaws::default());
    let pack =
        builder.branch(Branch { cells: Some(string), ..Branch::new("pack", NodeId::GROUND, port) });
    let load = NetworkLoad {
        power: Watts(watts * count),
        minimum_voltage: Volts(count),
        ..no_load("inverter", port)
    };
    let load = builder.load(load);
    (builder.build().unwrap(), pack, load)
}

const IDLE: f64 = 12.5 / 16.0;
const OUTAGE: f64 = 500.0 / 0.9 / 16.0;
const WEEK: SimTime = SimTime::from_whole_seconds(7 * 86_400);

#[test]
fn week_of_idling_and_discharge_end_when_the_reference_does() {
    let (mut network, pack, load) = pack(vec![reference_cell(); 16], IDLE);
    let watch =
        Watch { quantity: Quantity::LowestCell(pack), level: 2.8, edge: CrossingEdge::Falling };
    assert_eq!(network.advance(WEEK, &[watch], &mut |_| ()), Ok(Stop::Reached));
    close("charge after the week", network.value(Quantity::MeanSoc(pack)), 0.612_358_2, 1e-6, 0.0);
    let week_steps = network.steps();

    network.set_load_power(load, Watts(OUTAGE * 16.0));
    let end = SimTime::from_whole_seconds(1_000_000);
    assert_eq!(network.advance(end, &[watch], &mut |_| ()), Ok(Stop::Crossed(0)));
    let cut_off = network.now().as_seconds();
    close("cut-off", cut_off, 625_105.038_7, 0.1, 0.0);
    close("charge at cut-off", network.value(Quantity::MeanSoc(pack)), 0.019_849_0, 1e-6, 0.0);
    close(
        "delivered",
        network.delivered(load).0,
        12.5 * 604_800.0 + OUTAGE * 16.0 * (cut_off - 604_800.0),
        0.0,
        1e-6,
    );
    books_close(&network);
    println!(
        "long run: {week_steps} steps of idling, {} in all, cut-off {:+.6} s from the reference",
        network.steps(),
        cut_off - 625_105.038_7
    );
}

#[test]
fn number_of_equal_cells_does_not_change_the_steps() {
    let steps = |cells: usize| {
        let (mut network, pack, _) = pack(vec![reference_cell(); cells], OUTAGE);
        let watch =
            Watch { quantity: Quantity::LowestCell(pack), level: 2.8, edge: CrossingEdge::Falling };
        let stop = network.advance(SimTime::from_whole_seconds(100_000), &[watch], &mut |_| ());
        assert_eq!(stop, Ok(Stop::Crossed(0)));
        books_close(&network);
        (network.steps(), network.now().as_seconds())
    };
    let (one, five_hundred) = (steps(1), steps(500));
    assert!(five_hundred.0 <= one.0 + 2, "{one:?} against {five_hundred:?}");
    close("cut-off", five_hundred.1, one.1, 1e-2, 0.0);
}
