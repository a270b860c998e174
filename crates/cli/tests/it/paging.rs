//! Pages: what is in them, that equal runs give equal ones, and what a person sees who clicks in them.

use std::fs;

use serde_json::Value;

use crate::browser::Browser;
use crate::project::Project;

const TRIPS: &str = "port-enabled-into-empty-capacitors-stays-up";

/// A project with a shipped scenario that trips, and two quiet ones of which one fails.
fn project() -> Project {
    let project = Project::new();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/sessy/");
    let text = fs::read_to_string(format!("{shipped}{TRIPS}.json")).unwrap();
    project.write(&format!("scenarios/sessy/{TRIPS}.json"), text);
    project.quiet_scenario("sub/good", -0.001);
    project.quiet_scenario("bad", 1000.0);
    project
}

fn run(project: &Project, out: &str) {
    let seen = project.blackstart(&["run", "--no-plots", "--out", out]);
    assert_eq!(seen.code, Some(1), "{}", seen.stderr);
    assert!(seen.stderr.contains(&format!("page: {out}/index.html\n")), "{}", seen.stderr);
}

/// The data of a page.
fn data(project: &Project, page: &str) -> Value {
    let text = project.read(page);
    let at = text.find("id=\"data\">").expect("its data") + "id=\"data\">".len();
    let end = text[at..].find("</script>").unwrap() + at;
    serde_json::from_str(&text[at..end]).unwrap()
}

#[test]
fn equal_runs_give_equal_pages_and_so_do_their_files() {
    let project = project();
    run(&project, "one");
    run(&project, "two");
    let pages = ["index.html", &format!("sessy/{TRIPS}/page.html"), "sub/good/page.html"]
        .map(str::to_owned);
    let read = |out: &str| pages.each_ref().map(|page| project.read(&format!("{out}/{page}")));
    let first = read("one");
    assert!(first == read("two"), "equal runs give other pages");
    for page in &pages {
        fs::remove_file(project.path(&format!("one/{page}"))).unwrap();
    }
    let seen = project.blackstart(&["page", "one"]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(0), "one/index.html\n"), "{}", seen.stderr);
    assert!(first == read("one"), "the files of a run give another page than the run");
    fs::remove_file(project.path("one/sub/good/page.html")).unwrap();
    assert_eq!(project.blackstart(&["page", "one/sub/good"]).code, Some(0));
    assert!(first == read("one"), "the files of one run give another page");
    for text in &first {
        // Nothing outside is named but in what the library says of itself.
        let named = text
            .match_indices("://")
            .map(|(at, _)| text[at..].chars().take(30).collect::<String>());
        let foreign: Vec<String> = named.filter(|at| !at.contains("github.com/leeoniya")).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
    }
    assert_eq!(project.blackstart(&["page", "scenarios"]).code, Some(2));
}

#[test]
fn a_margin_and_an_event_that_change_change_the_page() {
    let project = project();
    run(&project, "one");
    let page = format!("one/sessy/{TRIPS}/page.html");
    let before = data(&project, &page);
    let path = format!("scenarios/sessy/{TRIPS}.json");
    let text = project.read(&path);
    project.write(&path, text.replace("\"at_least\": 40", "\"at_least\": 39"));
    run(&project, "one");
    let after = data(&project, &page);
    let bar = |data: &Value| data["checks"][1]["numbers"].clone();
    let margin = |data: &Value| bar(data)["margin"].as_f64().unwrap();
    assert!(
        (margin(&after) - margin(&before) - 1.0).abs() < 1e-3,
        "{} {}",
        bar(&before),
        bar(&after)
    );
    assert!(bar(&after)["relation"].as_str().unwrap().ends_with("< 39 V"), "{}", bar(&after));
    assert_ne!(before["sentences"][2], after["sentences"][2]);

    let links = |data: &Value| {
        let chain = data["trips"][0]["chain"].as_array().unwrap().clone();
        chain.iter().map(|link| link["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(links(&before)[0], "sessy-1.bms: enable-port");
    assert!(links(&before).iter().any(|link| link.starts_with("sessy-1: scd trips: inrush")));
    // Without what began it there is neither trip nor chain.
    let mut scenario: Value = serde_json::from_str(&text).unwrap();
    let events = scenario["events"].as_array_mut().unwrap();
    events.retain(|event| event["do"] != "enable-port");
    // What it says of events that count differently now.
    scenario.as_object_mut().unwrap().remove("unchangeable");
    project.write(&path, scenario.to_string());
    run(&project, "one");
    let quiet = data(&project, &page);
    assert_eq!(quiet["trips"], serde_json::json!([]));
    let texts = quiet["events"].to_string();
    assert!(!texts.contains("enable-port") && texts.contains("disable-port"), "{texts}");
}

#[test]
fn a_page_shows_what_differs_from_an_earlier_build() {
    let project = project();
    run(&project, "old");
    project.quiet_scenario("sub/good", -0.5);
    run(&project, "new");
    let seen = project.blackstart(&["page", "new", "--beside", "old"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let other = |page: &str| data(&project, page)["other"].clone();
    let changed = other("new/sub/good/page.html");
    assert_eq!(changed["name"], "old/sub/good");
    assert!(changed["differences"][0].as_str().unwrap().starts_with("check port: limit was"));
    assert!(!changed["signals"].as_array().unwrap().is_empty());
    assert_eq!(other("new/bad/page.html")["differences"], serde_json::json!([]));
    let campaign = data(&project, "new/index.html");
    assert_eq!(campaign["beside"], "old");
}

#[test]
fn no_page_is_made_where_none_is_wanted_and_an_old_one_does_not_stay() {
    let project = project();
    run(&project, "reports");
    let seen = project.blackstart(&["run", "--no-plots", "--no-page"]);
    assert!(!seen.stderr.contains("page:"), "{}", seen.stderr);
    for page in ["index.html", "bad/page.html"] {
        assert!(!project.path(&format!("reports/{page}")).exists(), "{page}");
    }
}

/// Curves with a spike of a microsecond in a week, at every scale, and random ones: what is drawn is in
/// order, has what is greatest and least in view, and ends where the view does.
const ENVELOPE: &str = r#"(() => {
  let seed = 12345;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  const curve = (times, values) => ({ times: Float64Array.from(times), values: Float32Array.from(values), levels: pyramid(Float32Array.from(values)), holds: false });
  const week = 604800;
  for (let round = 0; round < 60; round++) {
    const n = 3 + Math.floor(random() * 30000), times = [], values = [];
    let at = 0;
    for (let i = 0; i < n; i++) { at += random() < 0.5 ? 1e-6 : random() * 2 * week / n; times.push(at); values.push(random()); }
    const spike = Math.floor(random() * n), up = round % 2 === 0;
    values[spike] = up ? 50 : -50;
    const one = curve(times, values), t = times[spike];
    for (let width = times[n - 1] + 1; width > 1e-5; width /= 7) {
      const from = t - width * random(), to = from + width, columns = 50 + Math.floor(random() * 1500);
      const places = envelope(one, from, to, columns);
      if (!places.includes(spike)) return `round ${round}: the spike is lost at a width of ${width}`;
      if (places.some((p, i) => i && p <= places[i - 1])) return `round ${round}: out of order`;
      if (places.length > 4 * columns + 4) return `round ${round}: ${places.length} places on ${columns} columns`;
      const begin = Math.max(firstAt(one.times, from) - 1, 0), end = Math.min(firstAt(one.times, to) + 2, n);
      let low = Infinity, high = -Infinity;
      for (let i = begin; i < end; i++) { low = Math.min(low, one.values[i]); high = Math.max(high, one.values[i]); }
      const seen = places.map((p) => one.values[p]);
      if (Math.min(...seen) !== low || Math.max(...seen) !== high) return `round ${round}: extremes`;
      if (places[0] !== begin || places[places.length - 1] !== end - 1) return `round ${round}: ends`;
    }
  }
  return "all hold";
})()"#;

#[test]
fn a_person_clicks_through_the_pages() {
    let project = project();
    run(&project, "reports");
    let Some(mut browser) = Browser::start() else { return };
    browser.resize(1300, 900);
    browser.open(&project.path("reports/index.html"));
    let rows = "[...document.querySelectorAll('tr.run')].map((row) => row.dataset.scenario)";
    let trips = format!("sessy/{TRIPS}");
    // What somebody has to look at comes first.
    assert_eq!(browser.ask(rows), serde_json::json!(["bad", trips, "sub/good"]));
    browser.click("button[data-standing='known fail']");
    assert_eq!(browser.ask(rows), serde_json::json!([trips]));
    browser.click("button[data-standing='known fail']");
    browser.ask("(() => { const s = document.getElementById('filter-fact'); s.value = 'SESSY-25'; s.dispatchEvent(new Event('change')); })()");
    assert_eq!(browser.ask(rows), serde_json::json!([trips]));
    assert_eq!(browser.ask("document.getElementById('matching').textContent"), "1 of 3 runs");
    browser.ask("(() => { const s = document.getElementById('filter-fact'); s.value = ''; s.dispatchEvent(new Event('change')); })()");
    browser.click("tr[data-scenario='bad'] .name button");
    let bar = browser.ask("document.querySelector('tr.details .bar').dataset.margin");
    assert_eq!(bar, "-1000");
    let place = |browser: &mut Browser, piece: &str, side: &str| {
        let place =
            format!("parseFloat(document.querySelector('tr.details .bar .{piece}').style.{side})");
        browser.ask(&place).as_f64().unwrap()
    };
    let limit = place(&mut browser, "limit", "left");
    // What the limit forbids ends at the limit, and the value is far from it.
    assert_eq!(place(&mut browser, "forbidden", "width"), limit);
    assert!(limit > 85.0 && place(&mut browser, "value", "width") < 1.0, "{limit}");
    // The link leads to a page of its own, and back.
    browser.click("tr.details a");
    browser.until("document.body.dataset.ready === 'yes' && document.title.includes('bad')");
    browser.click("#back a");
    browser.until("document.body.dataset.ready === 'yes' && document.title.includes('3 runs')");
    browser.resize(390, 800);
    browser.darken();
    let is_narrow = "document.documentElement.scrollWidth <= 390";
    browser.until(is_narrow);
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}

#[test]
fn a_person_looks_at_a_trip_from_seconds_to_microseconds() {
    let project = project();
    run(&project, "reports");
    let Some(mut browser) = Browser::start() else { return };
    browser.resize(1300, 900);
    let took = browser.open(&project.path(&format!("reports/sessy/{TRIPS}/page.html")));
    // A second on a machine that has nothing else to do.
    assert!(took < 10.0, "{took} s");
    assert_eq!(browser.ask(ENVELOPE), "all hold");
    let trip = browser.ask("data.trips[0].at_s").as_f64().unwrap();
    // From the chain to the curves: the view is as wide as what happened, with the trip in it, pinned.
    browser.click("#trips li.trip button");
    browser.until("view.to - view.from < 0.01");
    let view = browser.ask("[view.from, view.to, view.pin]");
    assert!(view[0].as_f64().unwrap() < trip && trip < view[1].as_f64().unwrap(), "{view}");
    assert!((view[2].as_f64().unwrap() - trip).abs() < 1e-6, "{view}");
    let values =
        "[...document.querySelectorAll('.lane .v')].map((v) => v.textContent).filter(Boolean)";
    browser.hover(".lane .u-over", 0.5);
    browser.until(&format!("({values}).length > 5"));
    browser.until("document.getElementById('readout').textContent.includes('cursor')");
    let hovered = browser.ask(values);
    browser.hover(".lane .u-over", 0.99);
    browser.until(&format!("JSON.stringify({values}) !== {:?}", hovered.to_string()));
    let lanes = browser.ask("Math.max(...data.lanes.map((lane) => lane.signals.length))");
    assert!(lanes.as_u64().unwrap() <= 4, "{lanes}");
    // The current of the inrush is on the screen of the whole run too.
    browser.press("0");
    browser.until("view.from === 0 && view.to > 19");
    let peak = "Math.max(...shown.flatMap((lane) => lane.u && lane.unit === 'A' ? lane.u.data.slice(1).flat() : []).filter(Number.isFinite))";
    let whole = browser
        .ask("Math.max(...own.find((curve) => curve.name === 'sessy-1.pack_current_a').values)");
    browser.until(&format!("{peak} >= {whole}"));
    assert!(whole.as_f64().unwrap() > 600.0, "{whole}");
    browser.press("n");
    browser.until("view.pin !== null && view.to - view.from < 20");
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}
