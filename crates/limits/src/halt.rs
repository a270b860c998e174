//! The wish that a run stops, shared between whoever has it and everything that takes long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Two wishes: that the whole command stops, and that this run does. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Halt {
    command: Arc<AtomicBool>,
    run: Arc<AtomicBool>,
}

impl Halt {
    /// Nobody wants anything yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// For one run more: it stops with the command, and can be stopped alone.
    #[must_use]
    pub fn for_run(&self) -> Self {
        Self { command: Arc::clone(&self.command), run: Arc::default() }
    }

    /// The whole command shall stop.
    pub fn ask(&self) {
        self.command.store(true, Ordering::Relaxed);
    }

    /// This run shall stop.
    pub fn ask_run(&self) {
        self.run.store(true, Ordering::Relaxed);
    }

    /// Whether the whole command shall stop.
    pub fn is_command_asked(&self) -> bool {
        self.command.load(Ordering::Relaxed)
    }

    /// Whether this run shall stop, with the command or alone.
    pub fn is_asked(&self) -> bool {
        self.is_command_asked() || self.run.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_stopped_alone_and_with_its_command() {
        let command = Halt::new();
        let (one, other) = (command.for_run(), command.for_run());
        one.clone().ask_run();
        assert!(one.is_asked() && !other.is_asked() && !command.is_command_asked());
        command.ask();
        assert!(other.is_asked() && other.is_command_asked());
    }
}
