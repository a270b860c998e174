//! `--junit FILE`: the results as test cases, for the people who look at a CI's page.
//!
//! One suite per build, one case per scenario. What the build is known to fail passes; what differs
//! from the accepted verdict fails with the differences; what cannot be decided, or came to no verdict, is
//! an error; what the rig cannot run is skipped. The document is valid to the schema that Jenkins holds
//! reports against, which a test checks.

use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::exit::Exit;
use crate::result::{Ended, Finished, ScenarioResult};

/// The suites of all builds.
pub struct Junit(Report);

impl Junit {
    /// None yet.
    pub fn new() -> Self {
        Self(Report::new("blackstart"))
    }

    /// Adds a build.
    pub fn add(&mut self, build: &str, ended: &[Ended<'_>]) {
        let mut suite = TestSuite::new(build.to_owned());
        suite.set_time(ended.iter().map(|one| one.wall).sum());
        for one in ended {
            let mut case = TestCase::new(one.name().to_owned(), status(one));
            case.set_classname(build.to_owned());
            case.set_time(one.wall);
            if let Some(result) = one.finished.result() {
                case.set_system_out(said(result));
            }
            suite.add_test_case(case);
        }
        self.0.add_test_suite(suite);
    }

    /// The document of a command that took so long.
    pub fn text(&self, wall: Duration) -> String {
        let mut report = self.0.clone();
        report.set_time(wall);
        // Serialising to memory fails for nothing that a report holds.
        let text = report.to_string().unwrap_or_default();
        // Readers know the count of skipped cases by this name; the other is in no schema.
        let suite = |line: &str| match line.trim_start().starts_with("<testsuite ") {
            true => line.replacen(" disabled=\"", " skipped=\"", 1),
            false => line.to_owned(),
        };
        text.split('\n').map(suite).collect::<Vec<_>>().join("\n")
    }
}

/// What a run wrote that is worth to be looked at from a CI's page, the best first.
pub const ATTACHED: [&str; 4] = ["page.html", "plot.png", "story.txt", "verdict.json"];

/// Paths of those that are there.
pub fn attachments(result: &ScenarioResult) -> impl Iterator<Item = String> + '_ {
    let path = |file: &&str| format!("{}/{file}", result.folder);
    ATTACHED.iter().map(path).filter(|path| Path::new(path).is_file())
}

/// What it answers, with the files in the form in which Jenkins and GitLab attach them.
fn said(result: &ScenarioResult) -> String {
    let answer = std::iter::once(result.answer.join("; "));
    let attached = attachments(result).map(|path| format!("[[ATTACHMENT|{path}]]"));
    answer.chain(result.more()).chain(attached).collect::<Vec<_>>().join("\n")
}

fn status(one: &Ended<'_>) -> TestCaseStatus {
    let text = one.reasons().join("\n");
    match &one.finished {
        Finished::Skipped(reason) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason.clone());
            status
        }
        Finished::NoVerdict(_) => not_success(NonSuccessKind::Error, "no-verdict", text),
        Finished::Judged(result) => match result.exit {
            Exit::Passed => TestCaseStatus::success(),
            Exit::Failed => not_success(NonSuccessKind::Failure, result.outcome.name(), text),
            _ => not_success(NonSuccessKind::Error, result.outcome.name(), text),
        },
    }
}

fn not_success(kind: NonSuccessKind, code: &str, text: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(code.to_owned());
    status.set_message(text.lines().next().unwrap_or_default().to_owned());
    status.set_description(text);
    status
}
