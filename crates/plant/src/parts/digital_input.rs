//! A line that is opened and closed from outside.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::fet_switch::POSITIONS;
use blackstart_trace::SignalId;

use super::{Acting, Build, Stage};

#[derive(Debug)]
struct Line {
    id: String,
    position: f64,
    signal: SignalId,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let initial = POSITIONS.iter().position(|word| *word == part.word("initial"))?;
    let signal = into.state("position", POSITIONS);
    into.acts(Line { id: into.id.to_owned(), position: initial as f64, signal });
    Some(())
}

impl Acting for Line {
    fn act(&mut self, stage: &mut Stage<'_>) {
        stage.recorder.state(&self.id, self.signal, stage.now, self.position);
    }

    fn reading(&self, _: &str) -> f64 {
        self.position
    }

    fn stimulate(&mut self, _: &str, to: f64) {
        self.position = to;
    }
}
