//! What a run answers to what its checks ask, in a few words each, the most telling first.
//!
//! What tripped and why comes first, then each check that does not hold, with its value and limit; how long
//! loads stayed up, what charge is left, and of the limits that were kept the one with the least margin.
//! What no check asks about and nothing shows is not mentioned.

use blackstart_verdict::{ApproachSeen, Check, CheckKind, CheckOutcome, Judged, Numbers, Outcome};

use crate::quantity::{figures, span, with_unit};

/// The answers of one run, the most telling first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAnswer {
    /// Each a few words.
    pub parts: Vec<String>,
}

impl RunAnswer {
    /// What a verdict answers.
    pub fn of(judged: &Judged) -> Self {
        let mut parts = Vec::new();
        // Of a check that fails its numbers are said below.
        let is_open = matches!(judged.outcome, Outcome::Inconclusive | Outcome::Error);
        let others = judged.reasons.iter().filter(|one| is_open || !one.code.is_of_check());
        parts.extend(others.map(|reason| reason.text.clone()));
        parts.extend(trips(judged));
        parts.extend(failed(judged));
        parts.extend(runtimes(judged));
        parts.extend(charge(judged));
        parts.extend(gaps(judged));
        parts.extend(tightest(judged));
        parts.extend(closest(judged));
        parts.extend(found(judged));
        let mut seen = Vec::new();
        parts.retain(|part: &String| {
            let is_new = !part.is_empty() && !seen.contains(part);
            seen.push(part.clone());
            is_new
        });
        Self { parts }
    }

    /// As many of them as `room` columns have place for, and how many more there are; the first is cut
    /// rather than left out.
    pub fn line(&self, room: usize) -> String {
        let width = |text: &str| text.chars().count();
        let mut line = String::new();
        for (index, part) in self.parts.iter().enumerate() {
            let rest = self.parts.len() - index - 1;
            let more = if rest > 0 { width(&format!("; +{rest}")) } else { 0 };
            let joint = if index > 0 { "; " } else { "" };
            if index == 0 && width(part) + more > room {
                return cut(part, room);
            }
            if width(&line) + width(joint) + width(part) + more > room {
                line.push_str(&format!("; +{}", rest + 1));
                return line;
            }
            line.push_str(joint);
            line.push_str(part);
        }
        line
    }
}

/// A text of at most `room` columns; of a longer one the beginning and `…`.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    if room == 0 { String::new() } else { format!("{}…", kept.trim_end()) }
}

/// `port voltage 7.202 V < 40 V` of each check that does not hold, or what decides it.
fn failed(judged: &Judged) -> impl Iterator<Item = String> + '_ {
    // Of one that nothing may trip the trip has said it.
    let failing = judged.failing().filter(|check| check.kind != CheckKind::NoTrip);
    failing.map(|check| match (&check.numbers, check.kind) {
        (Some(numbers), CheckKind::Stays | CheckKind::Reaches) => {
            format!("{} {}", quantity_of(check), relation(numbers))
        }
        (Some(numbers), _) => format!("{} {}", check.id, relation(numbers)),
        (None, _) => format!("{}: {}", check.id, check.actual),
    })
}

/// `port voltage` of `sessy-1.port_voltage_v`.
fn quantity_of(check: &Check) -> String {
    let last = check.about.rsplit_once('.').map_or(check.about.as_str(), |(_, last)| last);
    last.rsplit_once('_').map_or(last, |(words, _)| words).replace('_', " ")
}

/// Which side of its limit a value must not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitSide {
    AtLeast,
    AtMost,
    /// The value is the limit: nothing says from where it came.
    Either,
}

/// The side is in the sign of the margin.
pub(crate) fn side_of(numbers: &Numbers) -> LimitSide {
    let beyond = (numbers.actual.get() - numbers.limit.get()) * numbers.margin.get();
    if beyond > 0.0 {
        LimitSide::AtLeast
    } else if beyond < 0.0 {
        LimitSide::AtMost
    } else {
        LimitSide::Either
    }
}

/// `7.202 V < 40 V`, `49 V ≥ 48 V`.
pub(crate) fn relation(numbers: &Numbers) -> String {
    let holds = numbers.margin.get() >= 0.0;
    let sign = match (side_of(numbers), holds) {
        (LimitSide::AtLeast, true) => '≥',
        (LimitSide::AtLeast, false) => '<',
        (LimitSide::AtMost, true) => '≤',
        (LimitSide::AtMost, false) => '>',
        (LimitSide::Either, _) => '=',
    };
    let (actual, limit) = (numbers.actual.get(), numbers.limit.get());
    format!("{} {sign} {}", with_unit(actual, &numbers.unit), with_unit(limit, &numbers.unit))
}

/// `trip scd (inrush)`; with several batteries, whose.
fn trips(judged: &Judged) -> impl Iterator<Item = String> + '_ {
    let is_alone = judged.deep_discharge.len() <= 1;
    judged.trips.iter().map(move |trip| {
        let whose = if is_alone { String::new() } else { format!(" of {}", trip.subject) };
        format!("trip {}{whose} ({})", trip.protection, trip.cause)
    })
}

/// `up 6 h 17 min`, of the load that was lost first or, if none was, of any; with several, whose.
fn runtimes(judged: &Judged) -> Option<String> {
    let is_asked = judged.checks.iter().any(|check| check.kind == CheckKind::Runtime);
    let shortest = judged
        .runtimes
        .iter()
        .filter(|runtime| is_asked || runtime.supply_lost || runtime.never_supplied)
        .min_by_key(|runtime| {
            (!runtime.supply_lost && !runtime.never_supplied, runtime.lasted_s)
        })?;
    let whose = if judged.runtimes.len() > 1 { &shortest.load } else { "" };
    let lasted = span(shortest.lasted_s.as_seconds());
    Some(match (shortest.never_supplied, shortest.supply_lost) {
        (true, _) => format!("{whose} never supplied"),
        (_, true) => format!("{whose} up {lasted}"),
        _ => format!("{whose} up {lasted} and on"),
    })
    .map(|text| text.trim_start().to_owned())
}

/// `31 % left`, and the risk where a check asks for it; of several batteries the emptiest.
fn charge(judged: &Judged) -> Option<String> {
    let asks = |check: &Check| {
        matches!(check.kind, CheckKind::Runtime | CheckKind::DeepDischarge)
            || check.about.contains("soc_pct")
    };
    if !judged.checks.iter().any(asks) {
        return None;
    }
    let left = |one: &&blackstart_verdict::DeepDischarge| one.soc_pct.get();
    let emptiest = judged.deep_discharge.iter().min_by(|a, b| left(a).total_cmp(&left(b)))?;
    let is_risk = judged.checks.iter().any(|check| check.kind == CheckKind::DeepDischarge);
    let risk = if is_risk { format!(", risk {}", emptiest.level) } else { String::new() };
    Some(format!("{} % left{risk}", figures((left(&emptiest) * 10.0).round() / 10.0)))
}

/// The longest gap that a check asked about: `gap 12 ms ≤ 20 ms`.
fn gaps(judged: &Judged) -> Option<String> {
    let of_gaps = judged.checks.iter().filter(|check| check.kind == CheckKind::Gap);
    let longest = of_gaps
        .filter(|check| check.outcome == CheckOutcome::Pass)
        .max_by(|a, b| length(a).total_cmp(&length(b)))?;
    Some(match &longest.numbers {
        Some(numbers) => format!("gap {}", relation(numbers)),
        None if longest.actual == "no gap" => longest.actual.clone(),
        None => "gaps ridden through".to_owned(),
    })
}

fn length(check: &Check) -> f64 {
    check.numbers.as_ref().map_or(0.0, |numbers| numbers.actual.get())
}

/// Of the limits that were kept the one with the least margin beside its size:
/// `port voltage 49.31 V ≥ 48 V`.
fn tightest(judged: &Judged) -> Option<String> {
    let kept = judged.checks.iter().filter(|check| {
        check.outcome == CheckOutcome::Pass
            && matches!(check.kind, CheckKind::Stays | CheckKind::Reaches)
    });
    let with_numbers =
        kept.filter_map(|check| check.numbers.as_ref().map(|numbers| (check, numbers)));
    let (check, numbers) =
        with_numbers.min_by(|(_, a), (_, b)| margin_share(a).total_cmp(&margin_share(b)))?;
    Some(format!("{} {}", quantity_of(check), relation(numbers)))
}

/// The margin as a share of the limit, or of the value where the limit is zero.
pub(crate) fn margin_share(numbers: &Numbers) -> f64 {
    let size = numbers.limit.get().abs().max(f64::MIN_POSITIVE);
    let size = if numbers.limit.get() == 0.0 { numbers.actual.get().abs().max(1e-9) } else { size };
    numbers.margin.get() / size
}

/// How close the closest protection came, where a check asks that none trips: `scd at 320 of 400`.
fn closest(judged: &Judged) -> Option<String> {
    let asks =
        |check: &Check| check.kind == CheckKind::NoTrip && check.outcome == CheckOutcome::Pass;
    if !judged.checks.iter().any(asks) {
        return None;
    }
    let ranked = judged.approaches.iter().map(|approach| (nearness(approach), approach));
    let closest = ranked.max_by(|a, b| a.0.total_cmp(&b.0));
    let Some((_, approach)) = closest else { return Some("nothing trips".to_owned()) };
    let (dwell, delay) = (approach.longest_dwell_s, approach.delay_s);
    Some(if dwell.as_micros() > 0 {
        let (dwell, delay) = (span(dwell.as_seconds()), span(delay.as_seconds()));
        format!("closest {} for {dwell} of {delay}", approach.protection)
    } else {
        let (extreme, threshold) = (approach.extreme.get(), approach.threshold.get());
        format!("closest {} {} of {}", approach.protection, figures(extreme), figures(threshold))
    })
}

/// Below 1 the share of the threshold, above it that of the delay as well. Of a quantity that has not been
/// beyond its threshold the ratio that is below 1 is the right one, from whichever side it came.
pub(crate) fn nearness(approach: &ApproachSeen) -> f64 {
    let dwell = approach.longest_dwell_s.as_seconds();
    if dwell > 0.0 {
        return 1.0 + dwell / approach.delay_s.as_seconds().max(1e-9);
    }
    let ratio = approach.extreme.get() / approach.threshold.get();
    if !ratio.is_finite() || ratio <= 0.0 { 0.0 } else { ratio.min(1.0 / ratio) }
}

/// States, sources and reports that checks asked for and found: `main switch open`.
fn found(judged: &Judged) -> Vec<String> {
    let kept = || judged.checks.iter().filter(|check| check.outcome == CheckOutcome::Pass);
    let states = kept().filter(|check| check.kind == CheckKind::StateIs).filter_map(|check| {
        let state = check.actual.split('`').nth(1)?;
        let (whose, what) = check.about.rsplit_once('.').unwrap_or(("", &check.about));
        let what = if what == "state" { whose } else { what };
        Some(format!("{} {state}", what.replace('_', " ")))
    });
    let mut found: Vec<String> = states.collect();
    let rules = kept().filter(|check| check.kind == CheckKind::Finding);
    let (without, reported): (Vec<&Check>, Vec<&Check>) =
        rules.partition(|check| check.limit.starts_with("not"));
    let rule = |check: &&Check| check.limit.split('`').nth(1).unwrap_or_default().to_owned();
    found.extend(reported.iter().map(|check| format!("reports {}", rule(check))));
    match without.as_slice() {
        [] => {}
        [one] => found.push(format!("without {}", rule(one))),
        several => found.push(format!("keeps {} rules", several.len())),
    }
    if kept().any(|check| check.kind == CheckKind::NeverParallel) {
        found.push("sources apart".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(limit: f64, actual: f64, margin: f64) -> Numbers {
        let (limit, actual, margin) = (limit.into(), actual.into(), margin.into());
        Numbers { limit, actual, margin, unit: "V".to_owned() }
    }

    #[test]
    fn the_margin_says_on_which_side_of_its_limit_a_value_must_stand() {
        for (limit, actual, margin, said) in [
            (40.0, 7.202, -32.798, "7.202 V < 40 V"),
            (48.0, 49.0, 1.0, "49 V ≥ 48 V"),
            (20.0, 24.65, -4.65, "24.65 V > 20 V"),
            (20.0, 19.5, 0.5, "19.5 V ≤ 20 V"),
            (20.0, 20.0, 0.0, "20 V = 20 V"),
        ] {
            assert_eq!(relation(&numbers(limit, actual, margin)), said);
        }
    }

    #[test]
    fn a_line_has_what_fits_and_counts_the_rest() {
        let parts = ["trip scd (inrush)", "up 5 h", "31 % left"].map(str::to_owned).to_vec();
        let answer = RunAnswer { parts };
        assert_eq!(answer.line(100), "trip scd (inrush); up 5 h; 31 % left");
        assert_eq!(answer.line(36), "trip scd (inrush); up 5 h; 31 % left");
        assert_eq!(answer.line(35), "trip scd (inrush); up 5 h; +1");
        assert_eq!(answer.line(28), "trip scd (inrush); +2");
        assert_eq!(answer.line(10), "trip scd…");
        assert_eq!(answer.line(0), "");
        assert_eq!(RunAnswer { parts: Vec::new() }.line(5), "");
        for room in 0..60 {
            assert!(answer.line(room).chars().count() <= room, "{room}");
        }
    }
}
