//! Pages, made from the files of runs: by `run` once it has written them, and again by `page`.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use blackstart_limits::{FILE_BYTES, FOLDERS, TRAFFIC_BYTES, read_text};
use blackstart_link::{BUS_FILE, LINES_FILE};
use blackstart_page::{
    CampaignRow, CampaignRun, DrawnLimit, OtherRun, RunAbout, RunMaterial, USUAL_SAMPLES,
    WithoutVerdict, campaign_page, run_page,
};
use blackstart_scenario::{CheckEntry, Resolved};
use blackstart_trace::file::{RecordedTrace, read};
use blackstart_verdict::{
    Difference, Judged, Subject, Tolerance, Verdict, compare, compare_traces, compare_within,
};
use serde_json::Value;

use crate::arguments::Paging;
use crate::campaign::{INDEX_FILE, TRACE_FILE};
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{folder_of, write_whole};
use crate::output_lock::OutputLock;

/// The page of one run, in its folder.
pub const RUN_PAGE: &str = "page.html";
/// The page of a campaign, in its output folder.
pub const CAMPAIGN_PAGE: &str = "index.html";
/// What a scenario says of itself, beside its verdict.
pub const ABOUT_FILE: &str = "about.json";
const VERDICT_FILE: &str = "verdict.json";

/// What a scenario says of itself, with who played its roles.
pub fn about(scenario: &Resolved, judged: &Judged) -> RunAbout {
    let player = |subject: &Subject| match subject {
        Subject::BuiltIn => "built-in".to_owned(),
        Subject::Dut { name, version } => format!("{name} {version}"),
        Subject::UnnamedDut { called } => called.clone(),
    };
    let limit = |check: &CheckEntry| {
        let (check, signal, limits, window) = match check {
            CheckEntry::Stays { id, signal, at_least, at_most, from_s, to_s } => {
                (id, signal, (*at_least, *at_most), (*from_s, *to_s))
            }
            CheckEntry::Reaches { id, signal, at_least, at_most, from_s, by_s } => {
                (id, signal, (*at_least, *at_most), (*from_s, *by_s))
            }
            _ => return None,
        };
        Some(DrawnLimit {
            check: check.clone(),
            signal: signal.clone(),
            at_least: limits.0,
            at_most: limits.1,
            from_s: window.0,
            to_s: window.1,
        })
    };
    let limits = scenario.checks.iter().filter_map(limit);
    RunAbout {
        schema: 1,
        kind: "about".to_owned(),
        title: scenario.title.clone(),
        system: scenario.system.name.clone(),
        covers: scenario.covers.clone(),
        roles: judged.subject.iter().map(|(role, by)| (role.clone(), player(by))).collect(),
        limits: limits.collect(),
    }
}

/// The files of one run, or what has just been written into them.
struct RunFiles<'a> {
    verdict: Cow<'a, Verdict>,
    about: Cow<'a, RunAbout>,
    trace: Option<RecordedTrace>,
    traffic: String,
}

impl<'a> RunFiles<'a> {
    /// Reads verdict and about; the waveforms and the traffic as well where they are wanted.
    fn read(folder: &Path, is_whole: bool) -> Result<Self, Failure> {
        let path = folder.join(VERDICT_FILE);
        let text = read_text(&path, FILE_BYTES).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::NoVerdict { path: folder.to_owned() },
            _ => Failure::Read { path: path.clone(), source: error },
        })?;
        let verdict = Verdict::from_json(&text);
        let verdict = verdict.map_err(|source| Failure::Accepted { path, source })?;
        // A run of an earlier version has none: its page goes without title and limits.
        let about = read_text(&folder.join(ABOUT_FILE), FILE_BYTES).unwrap_or_default();
        let about: RunAbout = serde_json::from_str(&about).unwrap_or_default();
        Self::beside(folder, Cow::Owned(verdict), Cow::Owned(about), is_whole)
    }

    /// What stands beside verdict and about.
    fn beside(
        folder: &Path,
        verdict: Cow<'a, Verdict>,
        about: Cow<'a, RunAbout>,
        is_whole: bool,
    ) -> Result<Self, Failure> {
        let trace = folder.join(TRACE_FILE);
        let trace = (is_whole && trace.is_file()).then(|| read(&trace)).transpose();
        let traffic = |file: &str| match is_whole {
            true => read_text(&folder.join(file), TRAFFIC_BYTES).unwrap_or_default(),
            false => String::new(),
        };
        let traffic = traffic(BUS_FILE) + &traffic(LINES_FILE);
        Ok(Self { verdict, about, trace: trace.map_err(Failure::Trace)?, traffic })
    }

    /// What differs here from an earlier run of the same scenario.
    fn differences_from(&self, earlier: &Self) -> Vec<Difference> {
        let (old, new) = (&earlier.verdict, &self.verdict);
        let timings = old.basis.timing.iter().chain(&new.basis.timing);
        if let Some(tolerance) = timings.map(Tolerance::of).reduce(Tolerance::or_wider) {
            return compare_within(&old.judged, &new.judged, tolerance);
        }
        let mut differences = compare(&old.judged, &new.judged);
        differences.extend(compare_traces(&old.trace_digest, &new.trace_digest, &differences));
        differences
    }
}

/// Makes the page of a run from the files in its folder.
///
/// # Errors
/// If one of them cannot be read, or the page not be written.
pub fn write_run_page(
    folder: &Path,
    is_of_campaign: bool,
    beside: Option<&Path>,
    samples: usize,
) -> Result<(), Failure> {
    write_page_of(folder, &RunFiles::read(folder, true)?, is_of_campaign, beside, samples)
}

/// Makes the page of a run of a campaign that has just been written into its folder: the same that
/// [`write_run_page`] would make.
///
/// # Errors
/// If its trace cannot be read, or the page not be written.
pub fn write_page_of_run(
    folder: &Path,
    (verdict, about): (&Verdict, &RunAbout),
    samples: usize,
) -> Result<(), Failure> {
    let run = RunFiles::beside(folder, Cow::Borrowed(verdict), Cow::Borrowed(about), true)?;
    write_page_of(folder, &run, true, None, samples)
}

fn write_page_of(
    folder: &Path,
    run: &RunFiles<'_>,
    is_of_campaign: bool,
    beside: Option<&Path>,
    samples: usize,
) -> Result<(), Failure> {
    let scenario = &run.verdict.judged.scenario;
    let up = "../".repeat(folder_of(Path::new(""), scenario).components().count());
    let campaign = is_of_campaign.then(|| up + CAMPAIGN_PAGE);
    let material = RunMaterial {
        about: &run.about,
        verdict: &run.verdict,
        trace: run.trace.as_ref().map(|recorded| &recorded.trace),
        traffic: &run.traffic,
        campaign: campaign.as_deref(),
        samples,
    };
    let other = match beside {
        Some(beside) if beside.join(VERDICT_FILE).is_file() => {
            Some((beside.display().to_string(), RunFiles::read(beside, true)?))
        }
        _ => None,
    };
    let differences = other.as_ref().map(|(_, other)| run.differences_from(other));
    let other = other.as_ref().map(|(name, other)| OtherRun {
        name,
        trace: other.trace.as_ref().map(|recorded| &recorded.trace),
        differences: differences.as_deref().unwrap_or_default(),
    });
    let page = run_page(&material, other.as_ref());
    write_whole(&folder.join(RUN_PAGE), page.as_bytes())
}

/// The row of a run that has just been written, with its page.
pub fn row_of_run(verdict: &Verdict, about: &RunAbout) -> CampaignRow {
    let page = Some(page_of(&verdict.judged.scenario));
    CampaignRow::of(&CampaignRun { about, verdict, page, differences: Vec::new() })
}

/// The page of a run, from the output folder.
fn page_of(name: &str) -> String {
    folder_of(Path::new(""), name).join(RUN_PAGE).display().to_string()
}

/// Makes the page of a campaign from the files below its output folder; where it is.
///
/// # Errors
/// If one of them cannot be read, or the page not be written.
pub fn write_campaign_page(out: &Path, beside: Option<&Path>) -> Result<PathBuf, Failure> {
    let index = index_of(out)?;
    let mut rows = Vec::new();
    for name in names(&index, "runs") {
        let folder = folder_of(out, name);
        let run = RunFiles::read(&folder, false)?;
        let other = beside.map(|beside| folder_of(beside, name));
        let other = other.filter(|folder| folder.join(VERDICT_FILE).is_file());
        let other = other.map(|folder| RunFiles::read(&folder, false)).transpose()?;
        let page = folder.join(RUN_PAGE).is_file();
        rows.push(CampaignRow::of(&CampaignRun {
            about: &run.about,
            verdict: &run.verdict,
            page: page.then(|| page_of(name)),
            differences: other.map(|other| run.differences_from(&other)).unwrap_or_default(),
        }));
    }
    write_page_of_rows(out, &index, rows, beside)
}

/// The same of a campaign that has just ended, whose runs are known; its index stands there already.
///
/// # Errors
/// If the index cannot be read, or the page not be written.
pub fn write_page_of_campaign(out: &Path, rows: Vec<CampaignRow>) -> Result<PathBuf, Failure> {
    write_page_of_rows(out, &index_of(out)?, rows, None)
}

fn index_of(out: &Path) -> Result<Value, Failure> {
    let path = out.join(INDEX_FILE);
    let text = read_text(&path, FILE_BYTES)
        .map_err(|source| Failure::Read { path: path.clone(), source })?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::Read { path, source: io::Error::other(error) })
}

fn write_page_of_rows(
    out: &Path,
    index: &Value,
    rows: Vec<CampaignRow>,
    beside: Option<&Path>,
) -> Result<PathBuf, Failure> {
    let mut without = Vec::new();
    for (key, standing, reason) in [
        ("missing", "error", "error"),
        ("skipped", "skipped", "skipped"),
        ("unfinished", "unfinished", ""),
    ] {
        for one in index[key].as_array().into_iter().flatten() {
            let scenario = one.as_str().or(one["scenario"].as_str()).unwrap_or_default().to_owned();
            let why = one[reason].as_str().unwrap_or("the command ended before it").to_owned();
            without.push(WithoutVerdict { scenario, standing, why });
        }
    }
    let beside = beside.map(|beside| beside.display().to_string());
    let title = format!("Blackstart: {} runs", rows.len());
    let page = campaign_page(&title, rows, &without, beside.as_deref());
    let path = out.join(CAMPAIGN_PAGE);
    write_whole(&path, page.as_bytes())?;
    Ok(path)
}

fn names<'i>(index: &'i Value, key: &str) -> Vec<&'i str> {
    let all = index[key].as_array().into_iter().flatten();
    all.filter_map(|one| one["scenario"].as_str()).collect()
}

/// `page`: the pages of what is in a folder, once more.
///
/// # Errors
/// If there is nothing to make a page of.
pub fn page(paging: &Paging, console: &mut Console) -> Result<Exit, Failure> {
    let Paging { folder, beside, whole } = paging;
    let samples = if *whole { usize::MAX } else { USUAL_SAMPLES };
    let beside = beside.as_deref();
    if folder.join(VERDICT_FILE).is_file() {
        let depth = RunFiles::read(folder, false)?.verdict.judged.scenario.split('/').count();
        let is_of_campaign =
            folder.ancestors().nth(depth).is_some_and(|out| out.join(INDEX_FILE).is_file());
        write_run_page(folder, is_of_campaign, beside, samples)?;
        console.result(&folder.join(RUN_PAGE).display().to_string())?;
        return Ok(Exit::Passed);
    }
    let mut campaigns = Vec::new();
    find_campaigns(folder, FOLDERS, &mut campaigns);
    if campaigns.is_empty() {
        return Err(Failure::NoVerdict { path: folder.clone() });
    }
    let _lock = OutputLock::take(folder)?;
    for out in campaigns {
        // Of several rigs each has a folder, in both.
        let below = out.strip_prefix(folder).unwrap_or(Path::new(""));
        let beside = beside.map(|beside| match below == Path::new("") {
            true => beside.to_owned(),
            false => beside.join(below),
        });
        let text = read_text(&out.join(INDEX_FILE), FILE_BYTES).unwrap_or_default();
        let index: Value = serde_json::from_str(&text).unwrap_or_default();
        for name in names(&index, "runs") {
            let beside = beside.as_ref().map(|beside| folder_of(beside, name));
            write_run_page(&folder_of(&out, name), true, beside.as_deref(), samples)?;
        }
        let written = write_campaign_page(&out, beside.as_deref())?;
        console.result(&written.display().to_string())?;
    }
    Ok(Exit::Passed)
}

/// The folders at and below one that have an index.
fn find_campaigns(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if folder.join(INDEX_FILE).is_file() {
        found.push(folder.to_owned());
        return;
    }
    let Some(depth) = depth.checked_sub(1) else { return };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let mut folders: Vec<PathBuf> = entries.filter(is_folder).map(|entry| entry.path()).collect();
    folders.sort();
    folders.iter().for_each(|folder| find_campaigns(folder, depth, found));
}
