//! The trace file in pyarrow, pandas and polars, by the lines that the format's page gives.
//!
//! Runs when `BLACKSTART_WITNESSES` names a folder that holds a Python virtual environment with the three,
//! and says so when it does not.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use blackstart_trace::file::{TraceWriter, read};
use blackstart_trace::{Catalogue, Trace};
use blackstart_units::SimTime;

const SCRIPT: &str = r#"
import sys, json, struct
import pyarrow.ipc, polars
path = sys.argv[1]
frame = pyarrow.ipc.open_stream(path).read_pandas()
curve = frame[frame.signal == "sessy-1.port_voltage_v"]
other = polars.read_ipc_stream(path)
same = other.filter(polars.col("signal").cast(polars.String) == "sessy-1.port_voltage_v")
assert len(frame) == len(other)
assert list(curve.time_ns) == list(same["time_ns"])
assert list(curve.value) == list(same["value"])
for at, value in zip(curve.time_ns, curve.value):
    print(at, struct.unpack('<Q', struct.pack('<d', value))[0])
print(json.loads(frame.event.iloc[-1])["digest"], json.loads(other["event"][-1])["digest"])
"#;

fn python() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("BLACKSTART_WITNESSES")?).join("bin/python3");
    let imports = Command::new(&python).args(["-c", "import pyarrow, pandas, polars"]).output();
    imports.ok()?.status.success().then_some(python)
}

fn waves(path: &Path) -> Trace {
    let mut catalogue = Catalogue::default();
    let current = catalogue.analog("sessy-1.pack_current_a");
    let voltage = catalogue.analog("sessy-1.port_voltage_v");
    let mut trace = Trace::new(catalogue);
    for step in 0..100_000_u64 {
        let at = SimTime::from_micros(step);
        trace.sample(current, at, (step * step % 977) as f64);
        trace.sample(voltage, at, 52.8 - (step % 311) as f64 / 7.0);
    }
    TraceWriter::create(path, trace.catalogue()).unwrap().finish(&trace).unwrap();
    trace
}

#[test]
fn three_libraries_read_the_curve_and_the_digest_that_we_wrote() {
    let Some(python) = python() else {
        let line = b"\nnot run: pyarrow, pandas and polars (BLACKSTART_WITNESSES names no environment with them)\n";
        // Not through the test's captured output: a run that did not happen must be seen.
        let _ = std::io::stderr().write_all(line);
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.arrows");
    let trace = waves(&path);
    let output = Command::new(python).args(["-c", SCRIPT]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let (curve, digests) = said.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(digests, format!("{0} {0}", trace.digest()));
    let recording = read(&path).unwrap();
    let id = recording.trace.catalogue().find("sessy-1.port_voltage_v").unwrap();
    let series = recording.trace.series(id);
    assert_eq!(curve.lines().count(), series.times().len());
    for (line, (at, value)) in curve.lines().zip(series.iter()) {
        assert_eq!(line, format!("{} {}", at.as_nanos(), value.to_bits()));
    }
}
