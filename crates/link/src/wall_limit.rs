//! A limit of wall time, which stops a run from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use blackstart_limits::Halt;

/// Asks a run to stop when the time is over, unless it is dropped before.
#[derive(Debug)]
pub struct WallLimit {
    has_expired: Arc<AtomicBool>,
    /// Dropped first, which ends the thread.
    running: Option<Sender<()>>,
    watch: Option<JoinHandle<()>>,
}

impl WallLimit {
    /// Begins to count.
    pub fn start(limit: Duration, halt: &Halt) -> Self {
        let (running, stopped): (Sender<()>, Receiver<()>) = channel();
        let has_expired = Arc::new(AtomicBool::new(false));
        let (expired, halt) = (Arc::clone(&has_expired), halt.clone());
        let watch = std::thread::spawn(move || {
            if stopped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                expired.store(true, Ordering::Relaxed);
                halt.ask_run();
            }
        });
        Self { has_expired, running: Some(running), watch: Some(watch) }
    }

    /// Whether the time is over.
    pub fn has_expired(&self) -> bool {
        self.has_expired.load(Ordering::Relaxed)
    }
}

impl Drop for WallLimit {
    fn drop(&mut self) {
        self.running = None;
        if let Some(watch) = self.watch.take() {
            // It does nothing that could panic.
            let _ = watch.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn it_asks_when_the_time_is_over_and_not_when_it_is_dropped() {
        let halt = Halt::new();
        drop(WallLimit::start(Duration::from_secs(3600), &halt));
        assert!(!halt.is_asked());
        let limit = WallLimit::start(Duration::from_millis(1), &halt);
        let patience = Instant::now() + Duration::from_secs(10);
        while !halt.is_asked() && Instant::now() < patience {
            std::thread::yield_now();
        }
        assert!(halt.is_asked() && limit.has_expired() && !halt.is_command_asked());
    }
}
