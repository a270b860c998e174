//! Results go to stdout, people read stderr.
//!
//! A reader that goes away (`blackstart list | head -1`) is no error: the command finishes its work
//! without talking to it.

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use blackstart_limits::visible;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use crate::failure::Failure;

/// The two streams.
pub struct Console {
    reader_is_gone: bool,
    has_reproduced: bool,
    /// What stands at the bottom of the terminal.
    bar: ProgressBar,
}

impl Console {
    /// The console of this process.
    pub fn new() -> Self {
        Self { reader_is_gone: false, has_reproduced: false, bar: ProgressBar::hidden() }
    }

    /// From now on a bar stands at the bottom, and is taken away while something is printed.
    pub fn stand_aside_for(&mut self, bar: &ProgressBar) {
        self.bar = bar.clone();
    }

    /// Prints a line of the result.
    ///
    /// # Errors
    /// If stdout cannot be written for another reason than that nobody reads it.
    pub fn result(&mut self, line: &str) -> Result<(), Failure> {
        if self.reader_is_gone {
            return Ok(());
        }
        let printed = self.bar.suspend(|| {
            let mut stdout = io::stdout().lock();
            writeln!(stdout, "{}", visible_lines(line)).and_then(|()| stdout.flush())
        });
        match printed {
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
        self.bar.suspend(|| {
            let _ = writeln!(io::stderr(), "{}", visible_lines(line));
        });
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
        if let Failure::Filter(mistake) = failure {
            self.show(mistake);
        } else if let Failure::Files(diagnostics) = failure {
            self.show(diagnostics);
            if diagnostics.others() > 0 {
                self.say(&format!(
                    "and {} more mistakes, which are not shown",
                    diagnostics.others()
                ));
            }
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
        // https://no-color.org: set and not empty.
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let theme = match io::stderr().is_terminal() && !plain {
            true => GraphicalTheme::unicode(),
            false => GraphicalTheme::unicode_nocolor(),
        };
        let mut text = String::new();
        let rendered =
            GraphicalReportHandler::new_themed(theme).render_report(&mut text, diagnostic);
        if rendered.is_err() {
            return self.say(&format!("mistakes in files: {}", diagnostic));
        }
        // What the files say has been made visible already; what is left are colours.
        let _ = writeln!(io::stderr(), "{}", text.trim_end());
    }

    /// A bar for long work; nothing unless a person watches.
    pub fn bar(&self, name: &str) -> ProgressBar {
        let bar = self.bar_of(1);
        bar.set_message(visible(name).into_owned());
        bar
    }

    /// A bar of [`BAR_STEPS`] for each of so many pieces; nothing unless a person watches.
    pub fn bar_of(&self, pieces: usize) -> ProgressBar {
        if !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let steps = BAR_STEPS.saturating_mul(pieces as u64);
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{wide_msg} {bar:12} {percent:>3} %, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    }
}

/// A text of several lines with everything in it made visible but their ends.
fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
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
