//! One run whose end is of interest however it ends.

use std::any::Any;
use std::error::Error;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use blackstart_bench::{Job, StandIn, rehearse};
use blackstart_verdict::Judged;

/// What a run in memory comes to, with another controller in one role if one is named; in words why it comes
/// to no verdict, a panic as well.
pub fn attempt(job: &Job<'_>, stand_in: Option<(&str, StandIn)>) -> Result<Judged, String> {
    let run = || rehearse(job, stand_in, &mut |_| ControlFlow::Continue(()));
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(run)) => Ok(run.verdict.judged),
        Ok(Err(error)) => Err(with_causes(&error)),
        Err(panic) => Err(format!("a panic: {}", words_of(&*panic))),
    }
}

fn with_causes(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    text.unwrap_or_else(|| "without words".to_owned())
}
