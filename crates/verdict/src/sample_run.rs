//! Finished runs for the tests of this crate, small enough to check by hand.

use std::collections::BTreeMap;

use blackstart_roles::Protection;
use blackstart_scenario::{CheckEntry, KnownMiss, MissedBy, ProtectionName};
use blackstart_trace::{
    Approach, Catalogue, Cause, ChargePath, Event, EventKind, Evidence, Trace, Trip,
};
use blackstart_units::SimTime;

use crate::{
    AcFeed, Basis, BatteryEnd, Budget, Check, Drain, EnergyBooks, FileDigest, Finding, Guessed,
    HostMachine, Judged, Material, RestCurve, Side, Subject, Timing, Verdict, judge,
};

/// Material that owns its parts.
#[derive(Clone)]
pub(crate) struct SampleRun {
    pub scenario: &'static str,
    pub planned: SimTime,
    pub reached: SimTime,
    pub trace: Trace,
    pub checks: Vec<CheckEntry>,
    pub known_miss: Option<KnownMiss>,
    pub findings: Vec<Finding>,
    pub subjects: BTreeMap<String, Subject>,
    pub mute_alarms: Vec<String>,
    pub books: EnergyBooks,
    pub batteries: Vec<BatteryEnd>,
    pub feeds: Vec<AcFeed>,
    pub timing: Option<Timing>,
}

/// A healthy battery that 0.6 to 1.0 W drain at 50 V, and 12.5 W more through the closed port.
pub(crate) fn battery() -> BatteryEnd {
    let drain = |name: &str, side, key: &str, value, range| Drain {
        name: name.to_owned(),
        side,
        power_w: guessed(key, value, range),
    };
    let points = vec![(-0.015, 2.0), (0.0, 2.9), (0.4, 3.26)];
    BatteryEnd {
        id: "sessy-1".into(),
        soc: 0.5,
        capacity_ah: 105.0,
        charge_left_ah: 52.5,
        charge_to_damage_ah: 54.0,
        lowest_rest_v: 3.265,
        cutoff_v: 2.8,
        weakest_soc: 0.5,
        rest: RestCurve { assumes: Vec::new(), damage_v: 2.0, points },
        rest_guessed: Vec::new(),
        pack_rest_v: 50.0,
        connected: None,
        charge_path: ChargePath::Ready,
        reserve: None,
        drains: vec![
            drain("sessy-1 electronics", Side::Pack, "sessy-1.quiescent_draw_w", 0.8, (0.6, 1.0)),
            drain("inverter-1 idle", Side::Port, "inverter-1.idle_w", 12.5, (12.5, 12.5)),
        ],
        self_discharge_30d: guessed("sessy-1.self_discharge_pct_per_30d", 0.0, (0.0, 0.0)),
    }
}

pub(crate) fn guessed(parameter: &str, value: f64, range: (f64, f64)) -> Guessed {
    Guessed { parameter: parameter.to_owned(), value, range, written: range }
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.analog("sessy-1.port_voltage_v");
    catalogue.state("sessy-1.main_switch", &["open", "closed"]);
    catalogue.state("sessy-1.bms.claim.alarm", &["none", "scd", "uvp"]);
    catalogue.held("sessy-1.bms.claim.soc_pct");
    catalogue.analog("load-1.power_w");
    catalogue.state("load-1.supplied", &["no", "yes"]);
    catalogue.state("grid-1.state", &["up", "failed"]);
    catalogue
        .state("inverter-1.state", &["off", "waiting", "running", "low-voltage", "locked-out"]);
    catalogue
}

pub(crate) fn sample(trace: &mut Trace, signal: &str, points: &[(f64, f64)]) {
    let id = trace.catalogue().find(signal).unwrap();
    for &(time, value) in points {
        trace.sample(id, SimTime::from_seconds(time), value);
    }
}

fn event(trace: &mut Trace, at: f64, subject: &str, kind: EventKind) {
    trace.event(Event { at: SimTime::from_seconds(at), subject: subject.to_owned(), kind });
}

impl SampleRun {
    /// Ten seconds: the port closes into an empty inverter at 1 s, short-circuit protection opens it
    /// 204 µs later. (The port's voltage is drawn by hand: 50 V at 2 s, nothing at 3 s.)
    pub fn hard_connect() -> Self {
        let mut trace = Trace::new(catalogue());
        sample(
            &mut trace,
            "sessy-1.port_voltage_v",
            &[(0.0, 0.0), (1.0, 0.0), (1.0, 50.0), (2.0, 50.0), (3.0, 0.0), (10.0, 0.0)],
        );
        sample(&mut trace, "sessy-1.main_switch", &[(0.0, 0.0), (1.0, 1.0), (1.000204, 0.0)]);
        sample(&mut trace, "sessy-1.bms.claim.alarm", &[(0.0, 0.0), (1.000204, 1.0)]);
        event(&mut trace, 1.0, "sessy-1.bms", EventKind::Stimulus { what: "enable-port".into() });
        event(
            &mut trace,
            1.0,
            "sessy-1",
            EventKind::Command { name: "main_switch".into(), value: 1.0 },
        );
        event(
            &mut trace,
            1.000204,
            "sessy-1",
            EventKind::Trip(Trip {
                protection: Protection::ShortCircuit,
                value: Some(650.0),
                extreme: Some(757.123456),
                threshold: Some(100.0),
                delay: Some(SimTime::from_micros(200)),
                since: Some(SimTime::from_nanos(1_000_004_000)),
                cause: Cause::Inrush,
                because: "held closed, the current falls below 30 A within 0.5 ms".into(),
                evidence: Evidence::DutSettingsOnModel,
            }),
        );
        let (signal, from, to) = ("alarm".into(), "none".into(), "scd".into());
        event(&mut trace, 1.000204, "sessy-1.bms", EventKind::State { signal, from, to });
        event(
            &mut trace,
            10.0,
            "sessy-1",
            EventKind::Approach(Approach {
                protection: Protection::OverCurrent,
                extreme: 757.123456,
                extreme_at: SimTime::from_nanos(1_000_078_000),
                threshold: 30.0,
                longest_dwell: SimTime::from_micros(204),
                delay: SimTime::from_millis(320),
                evidence: Evidence::ModelOnly,
            }),
        );
        let port_stays_up = CheckEntry::Stays {
            id: "port-stays-up".into(),
            signal: "sessy-1.port_voltage_v".into(),
            at_least: Some(40.0),
            at_most: None,
            from_s: Some(5.0),
            to_s: None,
        };
        let no_scd = CheckEntry::NoTrip {
            id: "no-scd".into(),
            target: None,
            protection: Some(ProtectionName(Protection::ShortCircuit)),
        };
        let starts = CheckEntry::StateIs {
            id: "starts".into(),
            signal: "sessy-1.main_switch".into(),
            is: "closed".into(),
            at_s: Some(1.0),
        };
        Self::new("sessy/hard-connect", 10, trace, vec![port_stays_up, no_scd, starts])
            .knowing(&["port-stays-up", "no-scd"])
    }

    /// Two hours: the grid fails at 60 s, 500 W run until the cells are empty at 3660 s and the
    /// inverter's capacitors half a second later.
    pub fn outage() -> Self {
        let mut trace = Trace::new(catalogue());
        sample(&mut trace, "grid-1.state", &[(0.0, 0.0), (60.0, 1.0)]);
        sample(
            &mut trace,
            "sessy-1.port_voltage_v",
            &[(0.0, 52.0), (3660.0, 45.0), (3660.5, 30.0)],
        );
        sample(&mut trace, "sessy-1.main_switch", &[(0.0, 1.0), (3660.0, 0.0)]);
        sample(
            &mut trace,
            "load-1.power_w",
            &[(0.0, 500.0), (3660.5, 500.0), (3660.5, 0.0), (7200.0, 0.0)],
        );
        sample(&mut trace, "load-1.supplied", &[(0.0, 1.0), (3660.5, 0.0)]);
        event(
            &mut trace,
            3660.0,
            "sessy-1",
            EventKind::Trip(Trip {
                protection: Protection::CellUnderVoltage,
                value: Some(2.799),
                extreme: Some(2.799),
                threshold: Some(2.8),
                delay: Some(SimTime::from_whole_seconds(2)),
                since: Some(SimTime::from_whole_seconds(3658)),
                cause: Cause::Empty,
                because: "the weakest cell is at 0.5 %".into(),
                evidence: Evidence::DutSettingsOnModel,
            }),
        );
        sample(&mut trace, "inverter-1.state", &[(0.0, 2.0), (3660.5, 3.0)]);
        event(&mut trace, 3660.5, "load-1", EventKind::LoadLost);
        let mut run = Self::new("sessy/outage", 7200, trace, Vec::new());
        run.batteries[0].charge_left_ah = 0.5;
        run.batteries[0].charge_to_damage_ah = 2.0;
        run.batteries[0].lowest_rest_v = 2.9;
        run
    }

    /// The same, and the grid is back at 5000 s: the load has it 10 ms later; the inverter starts
    /// twice more and is locked out; the port stays open, or closes at the given time.
    pub fn outage_and_return(port_closes_s: Option<f64>) -> Self {
        let mut run = Self::outage();
        sample(&mut run.trace, "grid-1.state", &[(5000.0, 0.0)]);
        sample(&mut run.trace, "load-1.supplied", &[(5000.01, 1.0)]);
        if let Some(closes) = port_closes_s {
            sample(&mut run.trace, "sessy-1.main_switch", &[(closes, 1.0)]);
        }
        for (k, state) in [1.0, 2.0, 3.0, 1.0, 2.0, 4.0].into_iter().enumerate() {
            sample(&mut run.trace, "inverter-1.state", &[(5100.0 + k as f64, state)]);
        }
        run
    }

    fn new(scenario: &'static str, seconds: u64, trace: Trace, checks: Vec<CheckEntry>) -> Self {
        let end = SimTime::from_whole_seconds(seconds);
        Self {
            scenario,
            planned: end,
            reached: end,
            trace,
            checks,
            known_miss: None,
            findings: Vec::new(),
            subjects: BTreeMap::from([("sessy-1.bms".to_owned(), Subject::BuiltIn)]),
            mute_alarms: Vec::new(),
            books: EnergyBooks {
                sources_j: 10.0,
                stored_change_j: 4.0,
                delivered: vec![("load-1".into(), 0.0)],
                losses: vec![("sessy-1 path".into(), 5.0), ("sessy-1 clamp".into(), 1.0)],
                residual_j: 1e-6,
                moved_j: 10.0,
            },
            batteries: vec![battery()],
            feeds: Vec::new(),
            timing: None,
        }
    }

    pub fn knowing(mut self, checks: &[&str]) -> Self {
        let checks = checks.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
        let (missed_by, reason) = (MissedBy::Role("sessy-1.bms".to_owned()), Vec::new());
        self.known_miss = (!checks.is_empty()).then_some(KnownMiss { checks, missed_by, reason });
        self
    }

    pub fn with_dut(mut self, name: &str, version: &str) -> Self {
        let dut = Subject::Dut { name: name.to_owned(), version: version.to_owned() };
        self.subjects.insert("sessy-1.bms".to_owned(), dut);
        self
    }

    /// The same run with another evidence of its trips.
    pub fn with_evidence(self, evidence: Evidence) -> Self {
        self.edit_trips(|trip| trip.evidence = evidence)
    }

    /// The same run with its trips changed.
    pub fn edit_trips(mut self, edit: impl Fn(&mut Trip)) -> Self {
        let mut trace = Trace::new(self.trace.catalogue().clone());
        for (id, _) in self.trace.catalogue().iter() {
            self.trace.series(id).iter().for_each(|(at, value)| trace.sample(id, at, value));
        }
        for mut event in self.trace.events().iter().cloned() {
            if let EventKind::Trip(trip) = &mut event.kind {
                edit(trip);
            }
            trace.event(event);
        }
        self.trace = trace;
        self
    }

    /// The same run, stopped after so many seconds.
    pub fn cut_at(mut self, seconds: u64) -> Self {
        self.reached = SimTime::from_whole_seconds(seconds);
        let mut trace = Trace::new(self.trace.catalogue().clone());
        for (id, _) in self.trace.catalogue().iter() {
            let before = self.trace.series(id).iter().filter(|&(at, _)| at <= self.reached);
            before.for_each(|(at, value)| trace.sample(id, at, value));
        }
        let before = self.trace.events().iter().filter(|event| event.at <= self.reached);
        before.cloned().for_each(|event| trace.event(event));
        self.trace = trace;
        self
    }

    /// A run on the realtime clock that just keeps within its budget.
    pub fn punctual() -> Timing {
        let budget =
            Budget { late_ticks: 2, late_ms: 5.0.into(), drift_ms: 100.0.into(), lost_frames: 0 };
        Timing {
            slice_ms: 2.5.into(),
            ticks: 4000,
            late_ticks: 2,
            worst_late_ms: 5.0.into(),
            worst_drift_ms: 12.0.into(),
            lost_frames: 0,
            budget,
        }
    }

    pub fn judged(&self) -> Judged {
        judge(&Material {
            scenario: self.scenario,
            planned: self.planned,
            reached: self.reached,
            trace: &self.trace,
            checks: &self.checks,
            known_miss: self.known_miss.as_ref(),
            subjects: &self.subjects,
            mute_alarms: &self.mute_alarms,
            books: &self.books,
            batteries: &self.batteries,
            loads: &["load-1".to_owned()],
            feeds: &self.feeds,
            grid: Some("grid-1"),
            pairings: &[],
            corners: &[],
            findings: &self.findings,
            timing: self.timing.as_ref(),
        })
    }

    /// The finding of one check, instead of the run's own.
    pub fn judge_one(&self, entry: CheckEntry) -> Check {
        let mut run = self.clone();
        run.checks = vec![entry];
        let check = run.judged().checks.remove(0);
        assert!(!check.actual.is_empty(), "a finding says what was seen");
        check
    }

    pub fn verdict(&self) -> Verdict {
        let host = HostMachine { os: "linux".into(), arch: "x86_64".into() };
        let files = vec![FileDigest {
            path: "scenarios/sessy/hard-connect.json".into(),
            blake3: "of the file".into(),
        }];
        let basis = Basis {
            tool_version: "0.1.0".into(),
            host,
            seed: 7,
            files,
            firmware: Vec::new(),
            guesses: Vec::new(),
            corners: Vec::new(),
            links: Vec::new(),
            timing: self.timing.clone(),
        };
        Verdict { judged: self.judged(), trace_digest: "of the trace".into(), basis }
    }
}
