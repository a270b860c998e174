use std::fs;
use std::path::Path;

use blackstart_report::{Figure, story};
use blackstart_trace::{Catalogue, Event, EventKind, Trace};
use blackstart_units::{Amperes, Joules, SimTime};

use crate::runs;

fn figure<'a>(name: &'a str, trace: &'a Trace) -> Figure<'a> {
    let outcome = if name.contains("inrush") { "fail" } else { "pass" };
    Figure { title: name, outcome, subject: "built-in", trace }
}

fn svg(trace: &Trace) -> String {
    figure("a run", trace).svg().unwrap()
}

/// Draws every run, and leaves the files where a person can look at them.
#[test]
fn every_run_is_drawn_as_svg_and_as_png() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("figures");
    fs::create_dir_all(&folder).unwrap();
    for (name, trace) in runs::all() {
        let figure = figure(name, &trace);
        let (svg, png) = (figure.svg().unwrap(), figure.png().unwrap());
        assert!(svg.starts_with("<svg width=\"1600\""), "{name}");
        assert!(svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(png.starts_with(b"\x89PNG\r\n"), "{name}");
        fs::write(folder.join(format!("{name}.svg")), svg).unwrap();
        fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let (one, other) = (runs::inrush(0.002), runs::inrush(0.002));
    assert_eq!(svg(&one), svg(&other));
    assert_eq!(figure("a run", &one).png().unwrap(), figure("a run", &other).png().unwrap());
}

#[test]
fn a_trip_is_marked_and_enlarged_with_threshold_delay_and_peak() {
    let svg = svg(&runs::inrush(20.0));
    assert!(svg.contains("SCD trips: inrush, 1037 A &gt; 400 A for 200 µs"));
    assert!(svg.contains("SCD 400 A, 200 µs"));
    assert!(svg.contains("1037 A after 90 µs"));
    assert!(svg.contains("t₀ = 0.001 s: main switch closed"));
}

#[test]
fn axes_have_the_unit_that_suits_the_span() {
    let inrush = svg(&runs::inrush(20.0));
    assert!(inrush.contains("time / s") && inrush.contains("time after t₀ / µs"));
    let discharge = svg(&runs::discharge());
    assert!(discharge.contains("time / h") && discharge.contains("time after t₀ / min"));
    assert!(svg(&runs::two_of_each()).contains("time / days"));
}

#[test]
fn a_spike_that_is_cut_off_is_named_with_its_value() {
    let svg = svg(&runs::spike());
    assert!(svg.contains("peak 757 A"));
    assert!(svg.contains("dip 29.5 V"));
}

#[test]
fn panels_come_from_the_catalogue() {
    let svg = svg(&runs::two_of_each());
    for text in ["sessy-2 pack", "inverter-2 dc", "Temperature / °C", "Charge / %"] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(!svg.contains("Power / W"), "a panel without signals");
}

#[test]
fn what_is_left_out_is_said() {
    let crowded = svg(&runs::crowded());
    assert!(crowded.contains("events are marked without a label"));
    assert!(crowded.contains("more transients are not enlarged"));
    assert!(svg(&runs::inrush(0.002)).contains("zero throughout: inverter-1.dc_power_w"));
    assert!(svg(&runs::toggling()).contains("switch-on ×10000 until 21 s"));
}

#[test]
fn texts_of_a_device_under_test_cannot_break_the_document() {
    let mut trace = Trace::new(Catalogue::default());
    let what = "</text><script>\u{1b}[31m\0".to_owned();
    trace.event(Event {
        at: SimTime::ZERO,
        subject: "port".to_owned(),
        kind: EventKind::Stimulus { what },
    });
    let svg = svg(&trace);
    assert!(!svg.contains("<script>") && !svg.contains('\u{1b}') && !svg.contains('\0'));
}

#[test]
fn hostile_values_are_drawn_without_panic() {
    let mut catalogue = Catalogue::default();
    let current = catalogue.analog("sessy-1.pack_current_a");
    let power = catalogue.analog("sessy-1.power_w");
    let switch = catalogue.state("sessy-1.main_switch", &["open", "closed"]);
    let nameless = catalogue.state("sessy-1.front_end", &[]);
    let mut trace = Trace::new(catalogue);
    let values = [f64::NAN, f64::INFINITY, -1e308, 1e308, 0.0, 1e-300, -0.0, 5e29];
    for (step, value) in values.into_iter().enumerate() {
        let at = SimTime::from_nanos(step as u64 * (u64::MAX / 8));
        for id in [current, power, switch, nameless] {
            trace.sample(id, at, value);
        }
        let kind = EventKind::Interrupted {
            current: Amperes(value),
            clamp_energy: Joules(f64::NAN),
            clamp_rating: Joules(0.0),
        };
        trace.event(Event { at, subject: "sessy-1".to_owned(), kind });
    }
    trace.sample(current, SimTime::NEVER, 1.0);
    assert!(svg(&trace).ends_with("</svg>\n"));
    assert!(!figure("hostile", &trace).png().unwrap().is_empty());
    assert!(story(&trace).lines().all(|line| line.chars().count() <= 100));
}
