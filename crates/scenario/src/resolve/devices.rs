//! From a device file to the model of one instance: every section read, every curve checked.

use blackstart_units::{Fraction, Volts};

use super::models::{self, BatteryParts};
use super::parameters::ParameterReader;
use crate::code::Code;
use crate::device_file::{DeviceFile, OcvPoint};
use crate::diagnostic::Problem;
use crate::open_circuit::open_circuit;
use crate::parameter_entry::{ParameterEntry, TableEntry};
use crate::range::{MAX_CELLS, ParameterRange};
use crate::resolved::{Cell, Model, Node};
use crate::sections::{Cells, Plateaus};
use crate::unit::Amount;

/// The ends of a device; `None` for what is not part of the DC network.
pub type Ends = Option<(Node, Node)>;

/// Reads a section: every parameter of the file becomes an amount.
macro_rules! read {
    ($reader:ident, $section:ident) => {{
        let amounts = $section.map(&mut |key, range, entry: ParameterEntry| {
            $reader.read(stringify!($section), key, range, &entry)
        });
        $reader.check_levels(|_| stringify!($section), amounts.levels());
        amounts
    }};
}

/// The model of one instance. A DC device without ends has been complained about and stands at
/// ground.
pub fn model(file: DeviceFile, ends: Ends, reader: &mut ParameterReader<'_>) -> Model {
    let ends = ends.unwrap_or((Node::GROUND, Node::GROUND));
    match file {
        DeviceFile::Battery {
            cells,
            open_circuit_voltage,
            plateaus,
            laws,
            power_stage,
            contactor,
            charging,
            charge_limits,
            port,
            precharge,
            front_end,
            sensing,
            bms,
            ..
        } => {
            let cells = read!(reader, cells);
            let plateaus = plateaus.map(|plateaus| read!(reader, plateaus));
            let parts = BatteryParts {
                each: each_cell(&cells, reader),
                ocv: curve(&open_circuit_voltage, (&cells, plateaus.as_ref()), reader),
                cells,
                laws: read!(reader, laws),
                power_stage: read!(reader, power_stage),
                contactor: contactor.map(|contactor| read!(reader, contactor)),
                charging: read!(reader, charging),
                charge_limits: charge_limits.map(|charge_limits| read!(reader, charge_limits)),
                port: read!(reader, port),
                precharge: read!(reader, precharge),
                front_end: read!(reader, front_end),
                sensing: read!(reader, sensing),
                bms: read!(reader, bms),
            };
            Model::Battery(Box::new(models::battery(parts, ends)))
        }
        // What a drawing consists of is no assembly.
        DeviceFile::Assembly { .. } => unreachable!("an assembly has been taken apart"),
    }
}

/// Cell 1 first. All are alike but for what the scenario says of one of them.
fn each_cell(cells: &Cells<Amount>, reader: &mut ParameterReader<'_>) -> Vec<Cell> {
    let relaxation = [
        (cells.fast_relaxation_resistance_mohm.ohms(), cells.fast_relaxation_time_s.seconds()),
        (cells.slow_relaxation_resistance_mohm.ohms(), cells.slow_relaxation_time_s.seconds()),
    ];
    let one = |k: usize| {
        let capacity =
            reader.cell(k, "capacity_ah", ParameterRange::Positive).unwrap_or(cells.capacity_ah);
        let resistance = reader
            .cell(k, "resistance_mohm", ParameterRange::Positive)
            .unwrap_or(cells.resistance_mohm);
        let soc = reader.cell(k, "soc_pct", ParameterRange::Charge).unwrap_or(cells.soc_pct);
        Cell {
            capacity: capacity.ampere_hours(),
            resistance: resistance.ohms(),
            relaxation,
            soc: soc.fraction(),
        }
    };
    // A count out of range has been complained about; it must not fill the memory as well.
    let count = cells.cell_count.count().min(MAX_CELLS as usize);
    (0..count).map(one).collect()
}

/// The curve of the file, its step where it lies, extended to the damage voltage.
fn curve(
    table: &TableEntry<OcvPoint>,
    (cells, plateaus): (&Cells<Amount>, Option<&Plateaus<Amount>>),
    reader: &mut ParameterReader<'_>,
) -> Vec<(Fraction, Volts)> {
    check_curve(
        "open_circuit_voltage",
        table,
        |a, b| a.soc_pct < b.soc_pct && a.voltage_v < b.voltage_v,
        "charge and voltage must both rise from point to point",
        reader,
    );
    let amounts = |point: &OcvPoint| {
        let soc = Amount::new("soc_pct", point.soc_pct).fraction();
        (soc, Amount::new("voltage_v", point.voltage_v).volts())
    };
    let points: Vec<(Fraction, Volts)> = table.points().iter().map(amounts).collect();
    let Some(&(_, lowest)) = points.first() else { return points };
    let damage = cells.damage_voltage_v.volts();
    if damage >= lowest {
        let place = reader.place_of_value("cells", "damage_voltage_v");
        let message = format!("the damage voltage {damage} is on the open-circuit curve");
        let problem = Problem::at(place, Code::OutOfRange, message);
        reader.in_settings.push(problem.label(format!("expected less than {lowest}")));
    }
    let step = plateaus.map(|plateaus| plateaus.plateau_step_pct.fraction());
    open_circuit(&points, step, (cells.reserve_pct.fraction(), damage))
}

/// A curve has at least two points in order; its source goes to the side table.
fn check_curve<P>(
    section: &str,
    table: &TableEntry<P>,
    in_order: impl Fn(&P, &P) -> bool,
    rule: &str,
    reader: &mut ParameterReader<'_>,
) {
    let path = format!("{}.{section}", reader.instance);
    reader.provenance.tables.insert(path, table.source());
    let points = table.points();
    let wrong = points.windows(2).position(|pair| !in_order(&pair[0], &pair[1]));
    if points.len() >= 2 && wrong.is_none() {
        return;
    }
    let array = reader.document.root.get(section).and_then(|table| table.get("points"));
    let at_fault = wrong.and_then(|k| array?.elements().get(k + 1)).or(array);
    let span = at_fault.map_or(0..0, |value| value.span.clone());
    let message = format!("`{section}` is not a curve: {rule}");
    let problem = Problem::at(reader.document.place(span), Code::OutOfRange, message);
    let label = if wrong.is_some() { "breaks the order" } else { "expected two points or more" };
    reader.in_file.push(problem.label(label));
}
