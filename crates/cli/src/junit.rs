//! `--junit FILE`: the results as test cases, for the people who look at a CI's page.
//!
//! One suite per build, one case per scenario. What the build is known to fail passes; what differs
//! from the accepted verdict fails with the differences; what cannot be decided, or came to no verdict, is
//! an error; what the rig cannot run is skipped. Times are left out: they would make two equal runs differ.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::accepted::Comparison;
use crate::exit::Exit;
use crate::result::{Finished, ScenarioResult};

/// The suites of all builds.
pub struct Junit(Report);

impl Junit {
    /// None yet.
    pub fn new() -> Self {
        Self(Report::new("blackstart"))
    }

    /// Adds a build.
    pub fn add(&mut self, build: &str, finished: &[(&str, Finished)]) {
        let mut suite = TestSuite::new(build.to_owned());
        for (name, finished) in finished {
            let status = match finished {
                Finished::Judged(result) => status(result),
                Finished::NoVerdict(failure) => {
                    not_success(NonSuccessKind::Error, "no-verdict", failure.sentence())
                }
                Finished::Skipped(reason) => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(reason.clone());
                    status
                }
            };
            let mut case = TestCase::new((*name).to_owned(), status);
            case.set_classname(build.to_owned());
            if let Some(result) = finished.result() {
                case.set_system_out(format!(
                    "{}\n[[ATTACHMENT|{}/plot.png]]",
                    result.line(false),
                    result.folder
                ));
            }
            suite.add_test_case(case);
        }
        self.0.add_test_suite(suite);
    }

    /// The document.
    pub fn text(&self) -> String {
        // Serialising to memory fails for nothing that a report holds.
        self.0.to_string().unwrap_or_default()
    }
}

fn status(result: &ScenarioResult) -> TestCaseStatus {
    let changed = match &result.comparison {
        Some(Comparison::Changed { differences }) => {
            differences.iter().map(|one| one.text.clone()).collect()
        }
        Some(Comparison::New) => vec!["nobody has accepted this verdict yet".to_owned()],
        Some(Comparison::Same) | None => Vec::new(),
    };
    let reasons = result.reasons.iter().map(|reason| reason.text.clone());
    let text = changed.into_iter().chain(reasons).collect::<Vec<String>>().join("\n");
    match result.exit {
        Exit::Passed => TestCaseStatus::success(),
        Exit::Failed => not_success(NonSuccessKind::Failure, result.outcome.name(), text),
        _ => not_success(NonSuccessKind::Error, result.outcome.name(), text),
    }
}

fn not_success(kind: NonSuccessKind, code: &str, text: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(code.to_owned());
    status.set_message(text.lines().next().unwrap_or_default().to_owned());
    status.set_description(text);
    status
}
