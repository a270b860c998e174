//! Runs in closed form: an inrush that trips, a pre-charge, ten hours of discharge, and odd ones.

use blackstart_roles::Protection;
use blackstart_trace::{
    Approach, Catalogue, Cause, Event, EventKind, Evidence, SignalId, Trace, Trip,
};
use blackstart_units::{Amperes, Joules, SimTime};

const EMF_V: f64 = 52.8;
const INDUCTANCE_H: f64 = 2e-6;

/// A series RLC circuit whose switch closes at 0 with this much on its capacitor.
pub struct Loop {
    pub resistance_ohm: f64,
    pub capacitance_f: f64,
    pub start_v: f64,
}

impl Loop {
    /// Current and capacitor voltage `t` seconds after closing.
    pub fn at(&self, t: f64) -> (f64, f64) {
        let (r, l, c) = (self.resistance_ohm, INDUCTANCE_H, self.capacitance_f);
        let step = EMF_V - self.start_v;
        let alpha = r / (2.0 * l);
        let square = alpha * alpha - 1.0 / (l * c);
        // i = step / (L w) e^(-αt) sinh(wt) or sin(wt); v from v = E - L di/dt - R i.
        let w = libm::sqrt(square.abs());
        let decay = libm::exp(-alpha * t);
        let (i, slope) = if square > 0.0 {
            let (fast, slow) = (libm::exp((w - alpha) * t), libm::exp((-w - alpha) * t));
            let i = step / (l * w) * (fast - slow) / 2.0;
            (i, step / (l * w) * ((w - alpha) * fast + (w + alpha) * slow) / 2.0)
        } else {
            let i = step / (l * w) * decay * libm::sin(w * t);
            (i, step / l * decay * libm::cos(w * t) - alpha * i)
        };
        (i, EMF_V - l * slope - r * i)
    }
}

/// The signals of one battery, one inverter and one load, and the trace they are recorded in.
pub struct Recorder {
    pub trace: Trace,
    current: SignalId,
    pack: SignalId,
    port: SignalId,
    soc: SignalId,
    cells: [SignalId; 2],
    fuse: SignalId,
    dc: SignalId,
    dc_current: SignalId,
    dc_power: SignalId,
    load_power: SignalId,
    precharge_energy: SignalId,
    states: Vec<(&'static str, SignalId)>,
}

/// Names and states of the state signals.
const STATES: [(&str, &[&str]); 9] = [
    ("sessy-1.bms.claim.state", &["off", "precharging", "on", "fault", "cut-off"]),
    ("sessy-1.main_switch", &["open", "closed"]),
    ("sessy-1.precharge_switch", &["open", "closed"]),
    ("sessy-1.front_end", &["ok", "scd", "ocd"]),
    ("fuse-1.state", &["intact", "melted"]),
    ("inverter-1.state", &["off", "starting", "inverting", "low-voltage"]),
    ("load-1.supplied", &["no", "yes"]),
    ("grid-1.state", &["present", "failed"]),
    ("sessy-1.bms.reading.front_end", &["ok", "scd", "ocd"]),
];

impl Recorder {
    pub fn new() -> Self {
        let mut catalogue = Catalogue::default();
        let current = catalogue.analog("sessy-1.pack_current_a");
        let pack = catalogue.analog("sessy-1.pack_voltage_v");
        let port = catalogue.analog("sessy-1.port_voltage_v");
        let soc = catalogue.analog("sessy-1.soc_pct");
        let cells =
            [catalogue.analog("sessy-1.lowest_cell_v"), catalogue.analog("sessy-1.highest_cell_v")];
        let precharge_energy = catalogue.analog("sessy-1.precharge_energy_j");
        let fuse = catalogue.analog("fuse-1.current_a");
        catalogue.analog("fuse-1.damage_pct");
        let dc = catalogue.analog("inverter-1.dc_voltage_v");
        let dc_current = catalogue.analog("inverter-1.dc_current_a");
        let dc_power = catalogue.analog("inverter-1.dc_power_w");
        catalogue.analog("inverter-1.ac_power_w");
        let load_power = catalogue.analog("load-1.power_w");
        let states = STATES.map(|(name, states)| (name, catalogue.state(name, states))).to_vec();
        let mut trace = Trace::new(catalogue);
        for &(_, id) in &states {
            trace.sample(id, SimTime::ZERO, 0.0);
        }
        Self {
            trace,
            current,
            pack,
            port,
            soc,
            cells,
            fuse,
            dc,
            dc_current,
            dc_power,
            load_power,
            precharge_energy,
            states,
        }
    }

    /// One accepted step: current, pack, port and inverter voltage, power, SoC.
    pub fn step(&mut self, at: SimTime, current: f64, port: f64, dc: f64, power: f64, soc: f64) {
        let pack = EMF_V - 0.02 * current - (100.0 - soc) * 0.05;
        let rows = [
            (self.current, current),
            (self.pack, pack),
            (self.port, port),
            (self.soc, soc),
            (self.cells[0], pack / 16.0 - 0.012),
            (self.cells[1], pack / 16.0 + 0.008),
            (self.fuse, current),
            (self.dc, dc),
            (self.dc_current, current),
            (self.dc_power, power),
            (self.load_power, power * 0.92),
        ];
        for (id, value) in rows {
            self.trace.sample(id, at, value);
        }
    }

    pub fn state(&mut self, at: SimTime, name: &str, value: f64) {
        let id = self.states.iter().find(|(known, _)| *known == name).unwrap().1;
        self.trace.sample(id, at, value);
    }

    /// A state with its event.
    pub fn enters(&mut self, at: SimTime, name: &str, (from, to): (usize, usize)) {
        self.state(at, name, to as f64);
        let (subject, signal) = name.rsplit_once('.').unwrap();
        let states = STATES.iter().find(|(known, _)| *known == name).unwrap().1;
        let (from, to) = (states[from].to_owned(), states[to].to_owned());
        let subject = subject.trim_end_matches(".claim");
        self.event(at, subject, EventKind::State { signal: signal.to_owned(), from, to });
    }

    pub fn event(&mut self, at: SimTime, subject: &str, kind: EventKind) {
        self.trace.event(Event { at, subject: subject.to_owned(), kind });
    }

    pub fn stimulus(&mut self, at: SimTime, subject: &str, what: &str) {
        self.event(at, subject, EventKind::Stimulus { what: what.to_owned() });
    }
}

pub fn micros(micros: f64) -> SimTime {
    SimTime::from_seconds(micros * 1e-6)
}

fn seconds(seconds: f64) -> SimTime {
    SimTime::from_seconds(seconds)
}

/// The main switch closes into 3 mF; short-circuit protection trips 200 µs after 400 A.
/// `run_s` is how long the run goes on.
pub fn inrush(run_s: f64) -> Trace {
    let mut run = Recorder::new();
    let start = 1_000.0;
    run.step(SimTime::ZERO, 0.0, 0.0, 0.0, 0.0, 80.0);
    run.stimulus(seconds(0.0005), "sessy-1", "close-main-switch");
    run.event(
        micros(start),
        "sessy-1.bms",
        EventKind::Command { name: "main_switch".to_owned(), value: 1.0 },
    );
    run.enters(micros(start), "sessy-1.bms.claim.state", (0, 2));
    run.enters(micros(start), "sessy-1.main_switch", (0, 1));
    let circuit = Loop { resistance_ohm: 0.03, capacitance_f: 3e-3, start_v: 0.0 };
    let threshold = 400.0;
    let (mut t, mut since, mut extreme) = (0.0, None, 0.0_f64);
    let trip_at = loop {
        let (i, v) = circuit.at(t);
        run.step(micros(start + t * 1e6), i, v + 0.01 * i, v, 0.0, 80.0);
        extreme = extreme.max(i);
        if i > threshold && since.is_none() {
            since = Some(t);
        }
        if since.is_some_and(|since| t >= since + 200e-6) {
            break t;
        }
        t += 1e-6;
    };
    let since = since.unwrap();
    let (cut, v) = circuit.at(trip_at);
    let at = micros(start + trip_at * 1e6);
    let trip = Trip {
        protection: Protection::ShortCircuit,
        value: Some(cut),
        extreme: Some(extreme),
        threshold: Some(threshold),
        delay: Some(micros(200.0)),
        since: Some(micros(start + since * 1e6)),
        cause: Cause::Inrush,
        because: "with the switch held closed 3 A are left after 900 µs".to_owned(),
        evidence: Evidence::ModelOnly,
    };
    run.event(at, "sessy-1", EventKind::Trip(trip));
    run.enters(at, "sessy-1.front_end", (0, 1));
    run.enters(at, "sessy-1.main_switch", (1, 0));
    // The clamp takes the inductance's energy within a few microseconds.
    let kind = EventKind::Interrupted {
        current: Amperes(cut),
        clamp_energy: Joules(0.31),
        clamp_rating: Joules(2.0),
    };
    run.event(at, "sessy-1", kind);
    for step in 0..=8 {
        let i = cut * (1.0 - f64::from(step) / 8.0);
        run.step(at + micros(f64::from(step)), i, v, v, 0.0, 80.0);
    }
    run.enters(at + micros(1_000.0), "sessy-1.bms.claim.state", (2, 3));
    for step in 1..=60 {
        let later = run_s * f64::from(step) / 60.0;
        let at = at + micros(10.0) + seconds(later);
        run.step(at, 0.0, v * libm::exp(-later / 40.0), v * libm::exp(-later / 40.0), 0.0, 80.0);
    }
    run.trace
}

/// Pre-charge over 33 Ω, then the main switch closes onto what is missing.
pub fn precharge() -> Trace {
    let mut run = Recorder::new();
    run.step(SimTime::ZERO, 0.0, 0.0, 0.0, 0.0, 80.0);
    run.stimulus(seconds(0.05), "sessy-1", "start-pairing");
    run.enters(seconds(0.05), "sessy-1.bms.claim.state", (0, 1));
    run.enters(seconds(0.05), "sessy-1.precharge_switch", (0, 1));
    let slow = Loop { resistance_ohm: 33.03, capacitance_f: 8e-3, start_v: 0.0 };
    let close = 0.05 + 0.791_568;
    for step in 0..=500 {
        let t = (close - 0.05) * f64::from(step) / 500.0;
        let (i, v) = slow.at(t);
        let energy = 0.5 * 8e-3 * (EMF_V * EMF_V - (EMF_V - v) * (EMF_V - v));
        let id = run.precharge_energy;
        run.step(seconds(0.05 + t), i, v, v, 0.0, 80.0);
        run.trace.sample(id, seconds(0.05 + t), energy);
    }
    run.enters(seconds(close), "sessy-1.main_switch", (0, 1));
    run.enters(seconds(close), "sessy-1.precharge_switch", (1, 0));
    run.enters(seconds(close), "sessy-1.bms.claim.state", (1, 2));
    let fast =
        Loop { resistance_ohm: 0.029, capacitance_f: 8e-3, start_v: slow.at(close - 0.05).1 };
    for step in 0..=400 {
        let t = 8e-6 * f64::from(step);
        let (i, v) = fast.at(t);
        run.step(seconds(close + t), i, v + 0.009 * i, v, 0.0, 80.0);
    }
    run.stimulus(seconds(1.2), "inverter-1", "switch-on");
    run.step(seconds(1.2), 0.0, 52.79, 52.79, 0.0, 80.0);
    run.enters(seconds(1.2), "inverter-1.state", (0, 1));
    run.step(seconds(1.2), 0.24, 52.79, 52.79, 12.5, 80.0);
    run.step(seconds(1.8), 0.24, 52.79, 52.79, 12.5, 80.0);
    run.enters(seconds(1.8), "inverter-1.state", (1, 2));
    run.enters(seconds(1.8), "load-1.supplied", (0, 1));
    run.event(seconds(1.8), "load-1", EventKind::LoadSupplied);
    for step in 0..=50 {
        let t = 0.1 * f64::from(step) / 50.0;
        run.step(
            seconds(1.8 + t),
            0.24 + 103.0 * t,
            52.79 - 2.5 * t,
            52.78 - 4.0 * t,
            12.5 + 5300.0 * t,
            80.0,
        );
    }
    run.step(seconds(4.0), 10.5, 52.5, 52.4, 542.5, 79.98);
    let approach = Approach {
        protection: Protection::ShortCircuit,
        extreme: 65.0,
        extreme_at: seconds(close + 120e-6),
        threshold: 120.0,
        longest_dwell: SimTime::ZERO,
        delay: micros(200.0),
        evidence: Evidence::ModelOnly,
    };
    run.event(seconds(4.0), "sessy-1", EventKind::Approach(approach));
    run.trace
}

/// Grid loss, ten hours at 500 W, cut-off by cell under-voltage, then two more hours.
pub fn discharge() -> Trace {
    let mut run = Recorder::new();
    for (name, value) in [
        ("sessy-1.bms.claim.state", 2.0),
        ("sessy-1.main_switch", 1.0),
        ("inverter-1.state", 2.0),
        ("load-1.supplied", 1.0),
    ] {
        run.state(SimTime::ZERO, name, value);
    }
    run.stimulus(seconds(600.0), "grid-1", "grid-fails");
    run.enters(seconds(600.0), "grid-1.state", (0, 1));
    let end = 36_000.0;
    for step in 0..=2_000 {
        let t = end * f64::from(step) / 2_000.0;
        let soc = 100.0 - 97.0 * t / end;
        // A knee at the end, and a kettle of three minutes every hour.
        let kettle = t % 3600.0 > 1800.0 && t % 3600.0 < 1980.0;
        let power = if kettle { 1500.0 } else { 540.0 };
        let knee = 6.0 * libm::exp((t - end) / 1500.0);
        let volts = 53.0 - 1.5 * t / end - knee;
        let current = power / volts;
        run.step(seconds(t), current, volts - 0.02 * current, volts - 0.03 * current, power, soc);
    }
    let trip = Trip {
        protection: Protection::CellUnderVoltage,
        value: Some(2.79),
        extreme: Some(2.784),
        threshold: Some(2.85),
        delay: Some(seconds(60.0)),
        since: Some(seconds(end - 60.0)),
        cause: Cause::Empty,
        because: "3 % left".to_owned(),
        evidence: Evidence::ModelOnly,
    };
    let at = seconds(end);
    run.event(at, "sessy-1", EventKind::Trip(trip));
    run.enters(at, "sessy-1.bms.claim.state", (2, 4));
    run.enters(at, "sessy-1.main_switch", (1, 0));
    run.step(at, 0.0, 45.5, 45.2, 0.0, 3.0);
    run.enters(at + seconds(0.4), "inverter-1.state", (2, 3));
    run.enters(at + seconds(0.4), "load-1.supplied", (1, 0));
    run.event(at + seconds(0.4), "load-1", EventKind::LoadLost);
    for step in 1..=100 {
        let t = 72.0 * f64::from(step);
        let decay = 45.2 * libm::exp(-t / 900.0);
        run.step(at + seconds(t), 0.0, decay, decay, 0.0, 3.0);
    }
    run.trace
}

/// A load of 12 A for ten seconds with a shorted microsecond in the middle, and noise on it.
pub fn spike() -> Trace {
    let mut run = Recorder::new();
    run.state(SimTime::ZERO, "sessy-1.main_switch", 1.0);
    for step in 0..=10_000 {
        let t = f64::from(step) * 1e-3;
        let current = 12.0 + 1.5 * libm::sin(2.0 * t) + 0.2 * f64::from(step % 5);
        run.step(
            seconds(t),
            current,
            52.4 - 0.01 * current,
            52.3 - 0.02 * current,
            current * 52.0,
            75.0,
        );
        if step == 5_000 {
            run.stimulus(seconds(t + 1e-5), "port", "short 5 mΩ for 5 µs");
            for (after, current) in [(1e-5, 12.3), (1.5e-5, 757.0), (1.8e-5, 12.3)] {
                let volts = 52.4 - 0.03 * current;
                run.step(seconds(t + after), current, volts, volts - 0.2, current * volts, 75.0);
            }
        }
    }
    run.trace
}

/// Ten thousand times a relay on and off.
pub fn toggling() -> Trace {
    let mut run = Recorder::new();
    run.step(SimTime::ZERO, 0.0, 0.0, 0.0, 0.0, 50.0);
    run.stimulus(seconds(0.5), "grid-1", "grid-fails");
    for n in 0..10_000 {
        let at = seconds(1.0 + 0.002 * f64::from(n));
        run.stimulus(at, "inverter-1", "switch-on");
        run.enters(at, "inverter-1.state", (0, 1));
        run.stimulus(at + seconds(0.001), "inverter-1", "switch-off");
        run.enters(at + seconds(0.001), "inverter-1.state", (1, 0));
    }
    run.stimulus(seconds(22.0), "grid-1", "grid-returns");
    run.step(seconds(25.0), 0.0, 0.0, 0.0, 0.0, 50.0);
    run.trace
}

/// Stimuli with long names at almost one instant, and several trips.
pub fn crowded() -> Trace {
    let mut run = Recorder::new();
    run.step(SimTime::ZERO, 5.0, 52.0, 51.9, 260.0, 60.0);
    for n in 0..14 {
        let at = seconds(2.0 + 0.05 * f64::from(n));
        run.stimulus(
            at,
            "port",
            &format!("short {n} mΩ behind the second cable of the distribution box"),
        );
        let trip = Trip {
            protection: Protection::OverCurrent,
            value: Some(60.0),
            extreme: Some(80.0 + f64::from(n)),
            threshold: Some(45.0),
            delay: Some(micros(10_000.0)),
            since: Some(at),
            cause: Cause::Overload,
            because: "stays".to_owned(),
            evidence: Evidence::Dut,
        };
        run.step(at, 5.0, 52.0, 51.9, 260.0, 60.0);
        run.step(at, 80.0 + f64::from(n), 50.0, 49.9, 4000.0, 60.0);
        run.step(at + micros(10_000.0), 60.0, 50.4, 50.3, 3000.0, 60.0);
        run.event(at + micros(10_000.0), "sessy-1", EventKind::Trip(trip));
        run.step(at + micros(10_020.0), 5.0, 52.0, 51.9, 260.0, 60.0);
    }
    run.step(seconds(10.0), 5.0, 52.0, 51.9, 260.0, 60.0);
    run.event(seconds(9.0), "sessy-1.bms", EventKind::DutLost { reason: "exit code 3".to_owned() });
    run.trace
}

/// Two batteries, two inverters, and a temperature that no other run has.
pub fn two_of_each() -> Trace {
    let mut catalogue = Catalogue::default();
    let mut ids = Vec::new();
    for n in 1..=2 {
        for signal in
            ["pack_current_a", "pack_voltage_v", "port_voltage_v", "soc_pct", "temperature_c"]
        {
            ids.push(catalogue.analog(format!("sessy-{n}.{signal}")));
        }
        ids.push(catalogue.analog(format!("inverter-{n}.dc_voltage_v")));
        catalogue.state(format!("sessy-{n}.main_switch"), &["open", "closed"]);
    }
    let mut trace = Trace::new(catalogue);
    for step in 0..=300 {
        let (t, at) = (f64::from(step), seconds(600.0 * f64::from(step)));
        for (k, &id) in ids.iter().enumerate() {
            let n = (k / 6) as f64;
            let value = match k % 6 {
                0 => 8.0 + 3.0 * n + libm::sin(t / 40.0),
                1 | 2 => 53.0 - 0.01 * t - 0.3 * n,
                3 => 95.0 - 0.25 * t - 4.0 * n,
                4 => 20.0 + 0.02 * t + n,
                _ => 52.7 - 0.01 * t - 0.3 * n,
            };
            trace.sample(id, at, value);
        }
    }
    trace
}

/// Every run with its name.
pub fn all() -> Vec<(&'static str, Trace)> {
    vec![
        ("inrush-short-run", inrush(0.002)),
        ("inrush", inrush(20.0)),
        ("precharge", precharge()),
        ("discharge", discharge()),
        ("spike", spike()),
        ("toggling", toggling()),
        ("crowded", crowded()),
        ("two-of-each", two_of_each()),
        ("nothing", Trace::new(Catalogue::default())),
        ("zero-length", Recorder::new().trace),
    ]
}
