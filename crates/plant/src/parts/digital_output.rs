//! A line that a controller drives.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::digital_output::LEVELS;
use blackstart_trace::SignalId;

use super::{Acting, Build, Command, Stage};

#[derive(Debug)]
struct Line {
    id: String,
    level: f64,
    signal: SignalId,
}

pub(super) fn build(_: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let signal = into.state("level", LEVELS);
    into.acts(Line { id: into.id.to_owned(), level: 0.0, signal });
    Some(())
}

impl Acting for Line {
    fn act(&mut self, stage: &mut Stage<'_>) {
        stage.recorder.state(&self.id, self.signal, stage.now, self.level);
    }

    fn command(&mut self, Command { value, .. }: Command) {
        self.level = value;
    }
}
