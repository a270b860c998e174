//! A thousand variations of one scenario, in memory, from resolved files to a verdict each: what a study
//! stands on. Files are read once; a variation is the resolved scenario with other amounts.
//!
//! ```sh
//! cargo run --release -p blackstart-bench --example variations -- 1000
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use blackstart_bench::{Job, rehearse};
use blackstart_scenario::Library;

const SCENARIO: &str = "scenarios/sessy/port-enabled-into-empty-capacitors-stays-up.json";
/// From the lower to the upper end of its range.
const VARIES: (&str, f64, f64) = ("inverter-1.input_capacitance_mf", 1.0, 10.0);

fn main() -> Result<(), Box<dyn Error>> {
    let count: u32 = std::env::args().nth(1).map_or(Ok(20), |count| count.parse())?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let library = Library::of_names(&root).map_err(said)?;
    let scenario = library.scenario(&root.join(SCENARIO)).map_err(said)?;
    let began = Instant::now();
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    for k in 0..count {
        let (path, low, high) = VARIES;
        let value = low + (high - low) * f64::from(k) / f64::from(count.max(2) - 1);
        let varied = scenario.with_amounts(&[(path, value)]).map_err(said)?;
        let job = Job {
            scenario: &varied,
            rig: None,
            root: &root,
            seed: None,
            trace_file: None,
            session_file: None,
            bounds: None,
        };
        let run = rehearse(&job, None, &mut |_| ControlFlow::Continue(()))?;
        let trips = run.verdict.judged.trips.iter().map(|trip| trip.protection.as_str());
        let tripped = trips.collect::<Vec<_>>().join(" and ");
        let tripped = if tripped.is_empty() { "no trip".to_owned() } else { tripped };
        *outcomes.entry(tripped).or_default() += 1;
    }
    for (tripped, runs) in outcomes {
        println!("{runs:6}  {tripped}");
    }
    println!("{count} variations in {:.2} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn said(problems: blackstart_scenario::Diagnostics) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
