use blackstart_report::story;

use crate::runs;

/// The table without the legend of its states.
fn table(trace: &blackstart_trace::Trace) -> String {
    let story = story(trace);
    story.split_once("\n\n").map_or(story.clone(), |(_, table)| table.to_owned())
}

#[test]
fn a_trip_is_reported_with_cause_threshold_and_delay() {
    insta::assert_snapshot!(story(&runs::inrush(20.0)));
}

#[test]
fn a_discharge_is_reported_in_eight_lines() {
    insta::assert_snapshot!(table(&runs::discharge()));
}

#[test]
fn ten_thousand_repetitions_are_reported_once() {
    insta::assert_snapshot!(table(&runs::toggling()));
}

#[test]
fn lines_stay_within_a_hundred_characters() {
    for (name, trace) in runs::all() {
        let story = story(&trace);
        let long = story.lines().find(|line| line.chars().count() > 100);
        assert_eq!(long, None, "{name}");
        assert!(story.lines().all(|line| line == line.trim_end()), "{name}");
    }
}

#[test]
fn the_middle_of_a_very_long_story_is_left_out() {
    let mut run = runs::Recorder::new();
    for n in 0..5_000_u32 {
        run.stimulus(runs::micros(f64::from(n)), "port", &format!("short {n} mΩ"));
    }
    let table = table(&run.trace);
    assert!(table.lines().count() < 210);
    assert!(table.contains("4800 lines left out"));
    assert!(table.contains("short 4999 mΩ"));
}

#[test]
fn a_run_without_events_says_so() {
    assert!(story(&runs::two_of_each()).contains("nothing happens"));
}
