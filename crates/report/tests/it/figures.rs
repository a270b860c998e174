use std::fs;
use std::path::Path;

use blackstart_report::Figure;
use blackstart_trace::Trace;

use crate::runs;

fn figure<'a>(name: &'a str, trace: &'a Trace) -> Figure<'a> {
    let outcome = if name.contains("inrush") { "fail" } else { "pass" };
    Figure { title: name, outcome, subject: "built-in", trace }
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
