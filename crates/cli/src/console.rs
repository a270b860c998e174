//! Results go to stdout, people read stderr.
//!
//! A reader that goes away (`blackstart list | head -1`) is no error: the command finishes its work
//! without talking to it.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use crate::failure::Failure;

/// The two streams.
pub struct Console {
    reader_is_gone: bool,
    has_reproduced: bool,
}

impl Console {
    /// The console of this process.
    pub const fn new() -> Self {
        Self { reader_is_gone: false, has_reproduced: false }
    }

    /// Prints a line of the result.
    ///
    /// # Errors
    /// If stdout cannot be written for another reason than that nobody reads it.
    pub fn result(&mut self, line: &str) -> Result<(), Failure> {
        if self.reader_is_gone {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.reader_is_gone = true;
                Ok(())
            }
            Err(source) => Err(Failure::Write { path: PathBuf::from("standard output"), source }),
        }
    }

    /// Tells people. Nobody is left to hear that this failed.
    pub fn say(&self, line: &str) {
        let _ = writeln!(io::stderr(), "{line}");
    }

    /// Tells how to see a failure again.
    pub fn reproduce(&mut self, line: &str) {
        self.has_reproduced = true;
        self.say(line);
    }

    /// Whether anybody was shown how to see a failure again.
    pub const fn has_reproduced(&self) -> bool {
        self.has_reproduced
    }

    /// Explains a failure: every mistake in a file at its place, anything else with its causes.
    pub fn explain(&self, failure: &Failure) {
        if let Failure::Files(diagnostics) = failure {
            self.show(diagnostics);
        } else {
            self.say(&format!("error: {}", failure.sentence()));
            // Where it wrote more than the line that is quoted.
            let written = failure.device().map_or("", |lost| lost.last_words.as_str());
            if written.lines().nth(1).is_some() {
                self.say("its standard error ends:");
                written.lines().for_each(|line| self.say(&format!("  {line}")));
            }
        }
        if let Some(hint) = failure.hint() {
            self.say(&format!("hint: {hint}"));
        }
    }

    fn show(&self, diagnostic: &dyn Diagnostic) {
        let people = io::stderr().is_terminal();
        let theme =
            if people { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let mut text = String::new();
        let rendered =
            GraphicalReportHandler::new_themed(theme).render_report(&mut text, diagnostic);
        self.say(if rendered.is_ok() {
            text.trim_end()
        } else {
            "mistakes in files that cannot be shown"
        });
    }

    /// A bar for long work; nothing unless a person watches.
    pub fn bar(&self, name: &str) -> ProgressBar {
        if !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(BAR_STEPS), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:24} {percent:>3} % {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(name.to_owned());
        bar
    }
}

/// Steps of a progress bar from empty to full.
pub const BAR_STEPS: u64 = 1000;

/// `this: because of that: because of the other`.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // A transparent error repeats its source.
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
