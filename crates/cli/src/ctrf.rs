//! `--ctrf FILE`: the results in the Common Test Report Format, JSON that many dashboards read.
//!
//! What was not finished is `pending`; what ran and cannot be believed is `other`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::junit::attachments;
use crate::project::Sound;
use crate::result::{Ended, Finished};

/// Version of the format that is written.
const SPECIFICATION: &str = "0.0.0";

/// The tests of all builds.
#[derive(Default)]
pub struct Ctrf(Vec<Value>);

impl Ctrf {
    /// Adds a build.
    pub fn add(&mut self, build: &str, ended: &[Ended<'_>], asked: &[Sound]) {
        self.0.extend(ended.iter().map(|one| test(build, one)));
        let is_ended = |name: &str| ended.iter().any(|one| one.name() == name);
        // The order of what was asked for is the order of what has ended, as far as that went.
        let rest = asked.iter().map(|scenario| scenario.name.as_str());
        let rest = rest.skip(ended.len()).filter(|name| !is_ended(name));
        self.0.extend(rest.map(
            |name| json!({"name": name, "status": "pending", "duration": 0, "suite": suite(build)}),
        ));
    }

    /// The document of a command that took so long. It says no instants: two equal runs differ in nothing
    /// but what they took.
    pub fn text(&self, wall: Duration) -> String {
        let count = |status: &str| self.0.iter().filter(|test| test["status"] == status).count();
        let document = json!({
            "reportFormat": "CTRF",
            "specVersion": SPECIFICATION,
            "generatedBy": "blackstart",
            "results": {
                "tool": {"name": "blackstart", "version": env!("CARGO_PKG_VERSION")},
                "summary": {
                    "tests": self.0.len(),
                    "passed": count("passed"),
                    "failed": count("failed"),
                    "pending": count("pending"),
                    "skipped": count("skipped"),
                    "other": count("other"),
                    "start": 0,
                    "stop": millis(wall),
                },
                "tests": self.0,
            },
        });
        format!("{document:#}\n")
    }
}

fn suite(build: &str) -> Value {
    json!([build])
}

fn millis(wall: Duration) -> u64 {
    wall.as_millis().try_into().unwrap_or(u64::MAX)
}

fn test(build: &str, one: &Ended<'_>) -> Value {
    let status = match (&one.finished, one.exit()) {
        (Finished::Skipped(_), _) => "skipped",
        (_, Exit::Passed) => "passed",
        (_, Exit::Failed) => "failed",
        _ => "other",
    };
    let mut test = json!({
        "name": one.name(),
        "status": status,
        "duration": millis(one.wall),
        "suite": suite(build),
        "filePath": one.scenario.path.display().to_string(),
    });
    let reasons = match &one.finished {
        Finished::Skipped(reason) => vec![reason.clone()],
        _ => one.reasons(),
    };
    if !reasons.is_empty() {
        test["message"] = json!(reasons.join("\n"));
    }
    if let Some(result) = one.finished.result() {
        test["rawStatus"] = json!(one.finished.word());
        test["stdout"] = json!(result.answer);
        let attached = attachments(result).map(|path| {
            let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
            json!({"name": name, "contentType": content_type(&name), "path": path})
        });
        test["attachments"] = attached.collect();
    }
    test
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "text/plain",
    }
}
