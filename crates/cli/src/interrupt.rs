//! Ctrl-C: once to end after what is running, twice to end now.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit::Exit;
use crate::failure::Failure;

/// Whether somebody asked to stop.
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens for SIGINT and SIGTERM from now on.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn listen() -> Result<Self, Failure> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag unset and sets it, the second ends.
            flag::register_conditional_shutdown(
                signal,
                Exit::Interrupted.code().into(),
                asked.clone(),
            )
            .and_then(|_| flag::register(signal, asked.clone()))
            .map_err(Failure::Signals)?;
        }
        Ok(Self(asked))
    }

    /// Whether somebody asked to stop.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
