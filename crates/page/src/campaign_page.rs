//! The page of a campaign: every run in a row, with what filters ask about.

use blackstart_verdict::{Difference, Verdict};
use serde::Serialize;

use crate::about::RunAbout;
use crate::answer::RunAnswer;
use crate::html::{PagePart, document};
use crate::run_page::{CheckBar, standing_word};
use crate::sentences::{guesses, sentences};

/// One run of a campaign.
pub struct CampaignRun<'a> {
    /// What the scenario says of itself.
    pub about: &'a RunAbout,
    /// What was judged.
    pub verdict: &'a Verdict,
    /// Its page, from here; nothing where it has none.
    pub page: Option<String>,
    /// What differs in the run beside it, where there is one.
    pub differences: Vec<Difference>,
}

/// A scenario that has no verdict.
#[derive(Serialize)]
pub struct WithoutVerdict {
    /// Name of the scenario.
    pub scenario: String,
    /// `error`, `skipped`, `unfinished`.
    pub standing: &'static str,
    /// Why.
    pub why: String,
}

#[derive(Serialize)]
struct RunRow<'a> {
    scenario: &'a str,
    title: &'a str,
    system: &'a str,
    covers: &'a [String],
    roles: Vec<(&'a str, &'a str)>,
    standing: &'static str,
    is_expected: bool,
    answer: Vec<String>,
    sentences: Vec<String>,
    guesses: Vec<String>,
    checks: Vec<CheckBar<'a>>,
    page: Option<&'a str>,
    differences: Vec<&'a str>,
}

/// A run as a row of the page; whatever else it was made of can be forgotten.
#[derive(Clone, Debug)]
pub struct CampaignRow(serde_json::Value);

impl CampaignRow {
    /// The row of a run.
    pub fn of(run: &CampaignRun<'_>) -> Self {
        let judged = &run.verdict.judged;
        let row = RunRow {
            scenario: &judged.scenario,
            title: &run.about.title,
            system: &run.about.system,
            covers: &run.about.covers,
            roles: run.about.roles.iter().map(|(role, by)| (role.as_str(), by.as_str())).collect(),
            standing: standing_word(judged.standing()),
            is_expected: judged.standing().is_expected(),
            answer: RunAnswer::of(judged).parts,
            sentences: sentences(judged),
            guesses: guesses(judged),
            checks: judged.checks.iter().map(CheckBar::of).collect(),
            page: run.page.as_deref(),
            differences: run.differences.iter().map(|one| one.text.as_str()).collect(),
        };
        Self(serde_json::to_value(row).unwrap_or_default())
    }
}

/// The page of a campaign; `beside` names the one that it is compared with.
pub fn campaign_page(
    title: &str,
    rows: Vec<CampaignRow>,
    without: &[WithoutVerdict],
    beside: Option<&str>,
) -> String {
    let runs: Vec<serde_json::Value> = rows.into_iter().map(|row| row.0).collect();
    let data = serde_json::json!({
        "kind": "campaign", "title": title, "beside": beside, "runs": runs, "without": without,
    });
    let parts = [
        PagePart::Script(include_str!("../assets/common.js")),
        PagePart::Script(include_str!("../assets/campaign.js")),
    ];
    document(title, include_str!("../assets/campaign.html"), &data, &parts)
}
