//! Signals: Ctrl-C once to end after what is running, and whatever it takes to end within a second.
//!
//! A thread waits for them, so that it does not matter what the command does meanwhile: a solver, a
//! device that is silent, a pipe that nobody reads.

use std::path::Path;
use std::thread;
use std::time::Duration;

use blackstart_limits::{END_MILLIS, Halt, read_text};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use crate::exit::Exit;
use crate::failure::Failure;

/// Time for the command to end by itself after SIGTERM or SIGHUP: it writes down what is finished.
const OWN_END: Duration = Duration::from_millis(END_MILLIS / 2);
/// Time for the devices to be gone.
const DEVICES_END: Duration = Duration::from_millis(END_MILLIS / 4);

/// Whether somebody asked to stop.
pub struct Interrupt(Halt);

impl Interrupt {
    /// Listens from now on: SIGINT asks, a second one ends; SIGTERM and SIGHUP ask and then end. A SIGHUP
    /// that the command was started to ignore (`nohup`) stays ignored.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn listen() -> Result<Self, Failure> {
        let mut wanted = vec![SIGINT, SIGTERM];
        if !is_ignored(SIGHUP) {
            wanted.push(SIGHUP);
        }
        let halt = Halt::new();
        let (mut signals, asked) = (Signals::new(wanted).map_err(Failure::Signals)?, halt.clone());
        thread::spawn(move || {
            for signal in signals.forever() {
                if signal == SIGINT && asked.is_command_asked() {
                    end();
                }
                asked.ask();
                if signal != SIGINT {
                    thread::spawn(|| {
                        thread::sleep(OWN_END);
                        end();
                    });
                }
            }
        });
        Ok(Self(halt))
    }

    /// Whether somebody asked to stop.
    pub fn is_asked(&self) -> bool {
        self.0.is_command_asked()
    }

    /// What a run heeds.
    pub fn halt(&self) -> &Halt {
        &self.0
    }
}

/// Ends this process at once, and its devices with it.
fn end() -> ! {
    blackstart_link::guard::end_all(DEVICES_END);
    // Nothing is flushed and nobody is waited for: either may be what hangs.
    low_level::exit(Exit::Interrupted.code().into())
}

/// Whether this process ignores a signal, by the mask that the kernel shows.
fn is_ignored(signal: i32) -> bool {
    let status = read_text(Path::new("/proc/self/status"), 1 << 20).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
