//! How long Blackstart takes for the work that `peers.py` gives to others too: one JSON line each, the
//! median of many repetitions in one process.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use blackstart_bench::{Job, run};
use blackstart_plant::network::{
    Branch, BranchId, Capacitor, CellModel, CellString, CrossingEdge, Gate, LoadId, Network,
    NetworkBuilder, NetworkLoad, NodeId, OcvCurve, Quantity, StringLaws, SwitchGate, Watch,
};
use blackstart_scenario::Library;
use blackstart_units::{
    AmpereHours, Amperes, Farads, Fraction, Henries, Ohms, Seconds, Siemens, SimTime, Volts, Watts,
};

const EMF: Volts = Volts(52.8);

/// Pack, switch, cable and inverter of the first and third golden case.
fn bus(voltage: Volts) -> (Network, BranchId, BranchId, LoadId) {
    let mut builder = NetworkBuilder::new();
    let nodes = [builder.node("pack"), builder.node("port"), builder.node("dc")];
    let source = Branch {
        emf: EMF,
        resistance: Ohms(20e-3),
        ..Branch::new("pack", NodeId::GROUND, nodes[0])
    };
    builder.branch(source);
    let gate = Gate::Switch(SwitchGate {
        closed: false,
        on: Ohms(1e-6),
        off: Ohms(1e9),
        clamp: None,
        body_diode: None,
    });
    let main = builder.branch(Branch { gate, ..Branch::new("main", nodes[0], nodes[1]) });
    let cable = builder.branch(Branch {
        resistance: Ohms(4e-3),
        inductance: Henries(2e-6),
        ..Branch::new("cable", nodes[1], nodes[2])
    });
    builder.branch(Branch {
        resistance: Ohms(5e-3),
        capacitor: Some(Capacitor { capacitance: Farads(8e-3), voltage }),
        ..Branch::new("inverter", nodes[2], NodeId::GROUND)
    });
    let mut load = NetworkLoad::new("load", nodes[2], NodeId::GROUND);
    load.conductance = Siemens(0.0);
    let load = builder.load(load);
    (builder.build().expect("a sound network"), main, cable, load)
}

/// Peak current of the cable until an instant.
fn peak(network: &mut Network, cable: BranchId, until: SimTime) -> f64 {
    let mut peak = f64::MIN;
    let mut see = |step: &blackstart_plant::network::Step<'_>| {
        peak = peak.max(step.extremes(Quantity::Current(cable)).1.1);
    };
    network.advance(until, &[], &mut see).expect("a network that can be solved");
    peak
}

fn hard_connect() -> f64 {
    let (mut network, main, cable, _) = bus(Volts(0.0));
    network.advance(SimTime::from_millis(1), &[], &mut |_| ()).expect("at rest");
    network.set_switch(main, true);
    peak(&mut network, cable, SimTime::from_millis(11))
}

fn constant_power() -> f64 {
    let (mut network, main, cable, load) = bus(EMF);
    network.set_switch(main, true);
    network.advance(SimTime::from_millis(500), &[], &mut |_| ()).expect("at rest");
    network.set_load_power(load, Watts(12.0));
    network.advance(SimTime::from_whole_seconds(2), &[], &mut |_| ()).expect("idle");
    network.set_load_power(load, Watts(1200.0));
    peak(&mut network, cable, SimTime::from_whole_seconds(3))
}

fn ocv(soc: f64) -> f64 {
    3.255 + 0.075 * soc - 0.80 * libm::exp(-30.0 * soc) + 0.10 * libm::exp(-60.0 * (1.0 - soc))
}

/// Sixteen cells, each with a little more capacity than the one before by this share of it.
fn sixteen(imbalance: f64) -> Vec<CellModel> {
    let cell = |k| CellModel {
        capacity: AmpereHours(102.0 * (1.0 + imbalance * f64::from(k))),
        resistance: Ohms(0.75e-3),
        relaxation: [(Ohms(0.5e-3), Seconds(60.0)), (Ohms(0.0), Seconds(1.0))],
        soc: Fraction(1.0),
        leakage: Amperes(0.0),
    };
    (0..16).map(cell).collect()
}

/// A week at 12.5 W, then 500 W behind 90 %, to 2.8 V: when.
fn week(curve: &Arc<OcvCurve>, cells: &[CellModel]) -> f64 {
    let mut builder = NetworkBuilder::new();
    let port = builder.node("port");
    let laws = StringLaws::default();
    let cells = CellString::new(Arc::clone(curve), cells.to_vec(), laws);
    let pack =
        builder.branch(Branch { cells: Some(cells), ..Branch::new("pack", NodeId::GROUND, port) });
    let mut load = NetworkLoad::new("load", port, NodeId::GROUND);
    (load.power, load.minimum_voltage) = (Watts(12.5), Volts(16.0));
    let load = builder.load(load);
    let mut network = builder.build().expect("a sound network");
    let watch =
        Watch { quantity: Quantity::LowestCell(pack), level: 2.8, edge: CrossingEdge::Falling };
    network.advance(SimTime::from_whole_seconds(604_800), &[watch], &mut |_| ()).expect("a week");
    network.set_load_power(load, Watts(500.0 / 0.9));
    let end = SimTime::from_whole_seconds(1_000_000);
    network.advance(end, &[watch], &mut |_| ()).expect("a discharge");
    network.now().as_seconds()
}

/// Median time of `work` and its last result.
fn report(name: &str, repetitions: usize, mut work: impl FnMut() -> f64) {
    work();
    let mut times = Vec::with_capacity(repetitions);
    let mut result = 0.0;
    for _ in 0..repetitions {
        let start = Instant::now();
        result = std::hint::black_box(work());
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    println!(r#"{{"work":"{name}","seconds":{median:e},"result":{result}}}"#);
}

/// A shipped scenario from loaded files to verdict, in memory.
fn scenario(name: &str) -> impl FnMut() -> f64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(format!("scenarios/sessy/{name}.json"));
    let library = Library::open(&root).expect("the project's files");
    let scenario = library.scenario(&path).expect("a shipped scenario");
    move || {
        let job = Job {
            scenario: &scenario,
            rig: None,
            root: &root,
            seed: None,
            trace_file: None,
            session_file: None,
            bounds: None,
        };
        let run = run(&job, &mut |_| ControlFlow::Continue(())).expect("a run");
        run.trace.end().as_seconds()
    }
}

fn main() {
    // `cargo test --benches` asks for nothing that takes time.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let table: Vec<(Fraction, Volts)> = (0..=2000)
        .map(|k| f64::from(k) / 2000.0)
        .map(|soc| (Fraction(soc), Volts(ocv(soc))))
        .collect();
    let curve = Arc::new(OcvCurve::from_table(&table).expect("a rising curve"));
    report("hard-connect", 2001, hard_connect);
    report("constant-power", 2001, constant_power);
    // Equal cells are computed once; cells that differ by next to nothing are not.
    let (equal, unlike) = (sixteen(0.0), sixteen(1e-9));
    report("week", 501, || week(&curve, &equal));
    report("week-unlike-cells", 501, || week(&curve, &unlike));
    report("inrush-scenario", 51, scenario("port-enabled-into-empty-capacitors-stays-up"));
    report("outage-and-week-scenario", 21, scenario("outage-at-500-w-then-a-week-ends-chargeable"));
}
