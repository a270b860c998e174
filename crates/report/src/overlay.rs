//! Two runs of one scenario as one trace, so that the figure of a run draws both.
//!
//! What both runs recorded alike stays as it is; of the rest each signal is there twice, its instance
//! marked with the name of its run. Stimuli are the scenario's and shown once.

use blackstart_trace::{Catalogue, Event, EventKind, Signal, SignalId, SignalKind, Trace};

/// Both runs on one time axis. The marks are short (`A`, `B`) and become part of signal names.
pub fn overlay(first: (&str, &Trace), second: (&str, &Trace)) -> Trace {
    let mut catalogue = Catalogue::default();
    let mut plan: Vec<(SignalId, &Trace, SignalId)> = Vec::new();
    let (a, b) = (first.1, second.1);
    for (id, signal) in a.catalogue().iter() {
        let twin = b.catalogue().find(&signal.name);
        if twin.is_some_and(|twin| a.series(id) == b.series(twin)) {
            plan.push((declare(&mut catalogue, &signal.name, signal), a, id));
            continue;
        }
        plan.push((declare(&mut catalogue, &marked(&signal.name, first.0), signal), a, id));
        if let Some(twin) = twin {
            let name = marked(&signal.name, second.0);
            plan.push((declare(&mut catalogue, &name, b.catalogue().signal(twin)), b, twin));
        }
    }
    for (id, signal) in b.catalogue().iter() {
        if a.catalogue().find(&signal.name).is_none() {
            plan.push((declare(&mut catalogue, &marked(&signal.name, second.0), signal), b, id));
        }
    }
    let mut both = Trace::new(catalogue);
    for (id, run, own) in plan {
        run.series(own).iter().for_each(|(at, value)| both.sample(id, at, value));
    }
    let mut events: Vec<Event> =
        reported(first.0, a, true).chain(reported(second.0, b, false)).collect();
    events.sort_by_key(|event| event.at);
    events.into_iter().for_each(|event| both.event(event));
    both
}

fn declare(catalogue: &mut Catalogue, name: &str, signal: &Signal) -> SignalId {
    match &signal.kind {
        SignalKind::Analog => catalogue.analog(name),
        SignalKind::Held => catalogue.held(name),
        SignalKind::State(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            catalogue.state(name, &names)
        }
    }
}

/// `sessy-1 A.pack_current_a` of `sessy-1.pack_current_a`.
fn marked(name: &str, mark: &str) -> String {
    match name.split_once('.') {
        Some((instance, rest)) => format!("{instance} {mark}.{rest}"),
        None => format!("{name} {mark}"),
    }
}

fn reported<'a>(
    mark: &'a str,
    run: &'a Trace,
    with_stimuli: bool,
) -> impl Iterator<Item = Event> + 'a {
    run.events().iter().filter_map(move |event| {
        if matches!(event.kind, EventKind::Stimulus { .. }) {
            return with_stimuli.then(|| event.clone());
        }
        Some(Event { subject: marked(&event.subject, mark), ..event.clone() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_units::SimTime;

    fn run(last: f64) -> Trace {
        let mut catalogue = Catalogue::default();
        let same = catalogue.analog("grid-1.ac_voltage_v");
        let other = catalogue.analog("sessy-1.pack_current_a");
        let mut trace = Trace::new(catalogue);
        trace.sample(same, SimTime::ZERO, 230.0);
        trace.sample(other, SimTime::ZERO, last);
        trace
    }

    #[test]
    fn what_is_alike_is_there_once_and_what_differs_twice() {
        let both = overlay(("A", &run(1.0)), ("B", &run(2.0)));
        let names: Vec<&str> = both.catalogue().iter().map(|(_, one)| one.name.as_str()).collect();
        let expected =
            ["grid-1.ac_voltage_v", "sessy-1 A.pack_current_a", "sessy-1 B.pack_current_a"];
        assert_eq!(names, expected);
        assert_eq!(both.series_named("sessy-1 B.pack_current_a").unwrap().values(), [2.0]);
    }
}
