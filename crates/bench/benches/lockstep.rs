//! How fast a barrier is: round trips per second with the reference firmware, native and as Cortex-M3 code
//! in QEMU, beside an echo of the same number of bytes over the same kind of line. Then the outage at
//! 500 W with the native firmware, as a multiple of real time.
//!
//! The echo is this program again, as a child: it reads so many bytes and answers with so many. What a
//! session adds to it is everything else: encoding, checksums, decoding, checks, and the firmware itself.
//! Of many short repetitions the fastest counts, on both sides: what else the machine does can only slow
//! them.

use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use blackstart_bench::{Job, run};
use blackstart_link::{ByteStream, Process, Session, WakeCause};
use blackstart_roles::{RoleKind, RoleTable};
use blackstart_scenario::{Library, Transport};
use blackstart_units::SimTime;
use blackstart_wire::bench_link::Offer;

const REPETITIONS: usize = 300;
const RUNS: usize = 5;
const TIMEOUT: Duration = Duration::from_secs(60);
/// Between two barriers, in simulated time.
const PERIOD: SimTime = SimTime::from_millis(100);
/// Once the battery is empty, in the scenario of the outage.
const AFTER_CUT_OFF: SimTime = SimTime::from_whole_seconds(36_700);
const OUTAGE: &str = "scenarios/sessy/outage-at-500-w-then-a-week-ends-chargeable.json";

/// One kind of barrier.
struct Work {
    name: &'static str,
    /// Readings that change at each barrier.
    readings: &'static [u16],
    /// Barriers in one repetition, native and in QEMU.
    rounds: [u64; 2],
}

/// Cells of the pack.
const CELLS: usize = 16;
/// The first readings of the role, by their numbers in the session: sixteen cells, pack current, pack and port
/// voltage.
const MEASURED: [u16; CELLS + 3] = {
    let mut ids = [0; CELLS + 3];
    let mut place = 0;
    while place < ids.len() {
        ids[place] = place as u16 + 1;
        place += 1;
    }
    ids
};

const WORKS: [Work; 2] = [
    Work { name: "idle barrier", readings: &[], rounds: [100, 20] },
    Work { name: "all readings changed", readings: &MEASURED, rounds: [100, 10] },
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the firmware, built as `target` of its makefile; `None` if it cannot be.
fn build(target: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("firmware");
    let made = Command::new("make")
        .args(["-s", "-C"])
        .arg(root().join("fixtures/firmware"))
        .arg(format!("BUILD={}", folder.display()))
        .arg(target)
        .status();
    made.is_ok_and(|status| status.success()).then_some(folder)
}

/// The command that starts a version in QEMU; `None` where QEMU or its compiler is missing.
fn cortex_m3() -> Option<Vec<String>> {
    let found = Command::new("qemu-system-arm").arg("--version").output();
    found.ok().filter(|output| output.status.success())?;
    let image = build("cortex-m3")?.join("reference-bms-1.1-cortex-m3.elf");
    let library = Library::open(&root()).expect("the project's files");
    let rig = library.rig(&root().join("bench-rigs/reference-bms-1.1-cortex-m3.json"));
    let Transport::Process { command } = &rig.expect("a shipped rig").bindings["bms"].transport
    else {
        panic!("a shipped rig starts a process")
    };
    let mut command = command.clone();
    *command.last_mut().expect("a command has words") = image.display().to_string();
    Some(command)
}

/// A value that a healthy pack at rest has, a little different at each barrier.
fn count(id: u16, round: u64) -> i32 {
    let wobble = (round % 2) as i32;
    const PACK_VOLTAGE: u16 = CELLS as u16 + 2;
    match id {
        PACK_VOLTAGE => 52_800 + wobble,
        1..=16 => 33_000 + wobble,
        _ => wobble,
    }
}

/// A connected firmware.
struct Firmware {
    session: Session,
    barriers: u64,
}

impl Firmware {
    fn start(command: &[String]) -> Self {
        let process = Process::start(command, &root()).expect("the firmware starts");
        let role = RoleTable::standard().role(RoleKind::BatteryManagement);
        let offer = Offer::of_role(role, CELLS).expect("there are numbers enough");
        let connected = Session::connect(process, TIMEOUT, offer);
        let (session, _) = connected.expect("the firmware answers");
        let mut firmware = Self { session, barriers: 0 };
        firmware.barrier(&MEASURED);
        firmware
    }

    fn barrier(&mut self, ids: &[u16]) {
        let at = SimTime::from_nanos(PERIOD.as_nanos() * self.barriers);
        let cause = WakeCause { timer: true, ..WakeCause::default() };
        let readings: Vec<(u16, i32)> =
            ids.iter().map(|&id| (id, count(id, self.barriers))).collect();
        self.session.exchange(at, cause, &readings).expect("the firmware answers");
        self.barriers += 1;
    }

    /// Round trips per second, and the bytes of one in both directions.
    fn measure(&mut self, ids: &[u16], rounds: u64) -> (f64, [usize; 2]) {
        let before = self.session.counters();
        let start = Instant::now();
        (0..rounds).for_each(|_| self.barrier(ids));
        let rate = rounds as f64 / start.elapsed().as_secs_f64();
        let after = self.session.counters();
        let sent = after.bytes_sent - before.bytes_sent;
        let received = after.received.bytes - before.received.bytes;
        (rate, [sent, received].map(|bytes| bytes.div_ceil(rounds) as usize))
    }
}

/// A connected echo.
struct Echo {
    process: Process,
    sent: Vec<u8>,
    received: usize,
}

impl Echo {
    fn start([sent, received]: [usize; 2]) -> Self {
        let program = std::env::current_exe().expect("this program is a file");
        let sizes = [sent, received].map(|bytes| bytes.to_string());
        let words = [program.display().to_string(), "--echo".into()].into_iter().chain(sizes);
        let process = Process::start(&words.collect::<Vec<_>>(), &root());
        let process = process.expect("the echo starts");
        Self { process, sent: vec![1; sent], received }
    }

    fn round_trip(&mut self) {
        let deadline = Instant::now() + TIMEOUT;
        self.process.send(&self.sent, deadline).expect("the echo listens");
        let mut answer = Vec::new();
        while answer.len() < self.received {
            let heard = self.process.receive(&mut answer, deadline);
            assert!(heard.expect("the echo answers") > 0);
        }
    }

    /// Round trips per second.
    fn measure(&mut self, rounds: u64) -> f64 {
        let start = Instant::now();
        (0..rounds).for_each(|_| self.round_trip());
        rounds as f64 / start.elapsed().as_secs_f64()
    }
}

/// The echo itself: so many bytes in, so many out.
fn be_an_echo(sizes: &[String]) {
    let size = |k: usize| sizes[k].parse::<usize>().expect("a number of bytes");
    let (mut heard, answer) = (vec![0; size(0)], vec![1; size(1)]);
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    while input.read_exact(&mut heard).is_ok() {
        if output.write_all(&answer).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

fn compare(name: &str, command: &[String], which: usize) {
    let mut firmware = Firmware::start(command);
    for work in &WORKS {
        let rounds = work.rounds[which];
        let (_, sizes) = firmware.measure(work.readings, rounds);
        let mut echo = Echo::start(sizes);
        echo.measure(rounds);
        let (mut fastest, mut fastest_echo): (f64, f64) = (0.0, 0.0);
        for _ in 0..REPETITIONS {
            fastest = fastest.max(firmware.measure(work.readings, rounds).0);
            fastest_echo = fastest_echo.max(echo.measure(rounds));
        }
        println!(
            "{name:<10} {:<22} {:>4} + {:<4} {:>9.0} {:>9.0} {:>7.3}",
            work.name,
            sizes[0],
            sizes[1],
            fastest,
            fastest_echo,
            fastest / fastest_echo
        );
    }
    firmware.session.finish();
}

fn outage(program: &Path) {
    let root = root();
    let library = Library::open(&root).expect("the project's files");
    let scenario = library.scenario(&root.join(OUTAGE)).expect("a shipped scenario");
    let rig = root.join("bench-rigs/reference-bms-1.1-native.json");
    let mut rig = library.rig(&rig).expect("a shipped rig");
    let binding = rig.bindings.get_mut("bms").expect("it binds the BMS");
    binding.transport = Transport::Process { command: vec![program.display().to_string()] };
    let job = Job {
        scenario: &scenario,
        rig: Some(&rig),
        root: &root,
        seed: None,
        trace_file: None,
        session_file: None,
        bounds: None,
    };
    for (name, duration) in
        [("500 W until cut-off", AFTER_CUT_OFF), ("and a week of standing", scenario.duration)]
    {
        let mut scenario = scenario.clone();
        scenario.duration = duration;
        let job = Job { scenario: &scenario, ..job };
        let (mut seconds, mut simulated, mut barriers) = (f64::INFINITY, 0.0, 0);
        for _ in 0..RUNS {
            let start = Instant::now();
            let run = run(&job, &mut |_| ControlFlow::Continue(())).expect("a run");
            seconds = seconds.min(start.elapsed().as_secs_f64());
            simulated = run.trace.end().as_seconds();
            barriers = run.verdict.basis.links[0].round_trips;
        }
        println!(
            "{name:<33} {barriers:>9} barriers {:>7.2} s {:>12.0} times real time",
            seconds,
            simulated / seconds
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--echo") => return be_an_echo(&arguments[1..]),
        // `cargo test --benches` asks for nothing that takes time.
        _ if arguments.iter().any(|argument| argument == "--test") => return,
        _ => {}
    }
    let native = build("all").expect("make and a C compiler").join("reference-bms-1.1");
    println!("firmware   barrier                bytes       trips/s    echo/s   ratio");
    compare("native", &[native.display().to_string()], 0);
    match cortex_m3() {
        Some(command) => compare("Cortex-M3", &command, 1),
        None => println!("Cortex-M3  not measured: needs qemu-system-arm and arm-none-eabi-gcc"),
    }
    outage(&native);
}
