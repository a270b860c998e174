//! The results for the machines of others: JUnit, CTRF, GitHub, GitLab; each where it is asked for.

use std::env;
use std::path::Path;
use std::time::Duration;

use crate::arguments::Campaign;
use crate::console::Console;
use crate::ctrf::Ctrf;
use crate::failure::Failure;
use crate::github::Github;
use crate::gitlab::Gitlab;
use crate::junit::Junit;
use crate::output::{remove_stale, write_whole};
use crate::project::Sound;
use crate::result::Ended;

/// Everything that was asked for, growing build by build.
pub struct CiReports<'a> {
    junit: Option<(&'a Path, Junit)>,
    ctrf: Option<(&'a Path, Ctrf)>,
    gitlab: Option<(&'a Path, Gitlab)>,
    github: Option<Github>,
}

impl<'a> CiReports<'a> {
    /// What a campaign asks for, empty.
    pub fn new(campaign: &'a Campaign) -> Self {
        let is_github = campaign.github || env::var("GITHUB_ACTIONS").is_ok_and(|is| is == "true");
        Self {
            junit: campaign.junit.as_deref().map(|file| (file, Junit::new())),
            ctrf: campaign.ctrf.as_deref().map(|file| (file, Ctrf::default())),
            gitlab: campaign.gitlab.as_deref().map(|file| (file, Gitlab::default())),
            github: is_github.then(Github::default),
        }
    }

    fn files(&self) -> impl Iterator<Item = &'a Path> + '_ {
        let junit = self.junit.iter().map(|(file, _)| *file);
        let ctrf = self.ctrf.iter().map(|(file, _)| *file);
        junit.chain(ctrf).chain(self.gitlab.iter().map(|(file, _)| *file))
    }

    /// Removes what earlier commands left in these files.
    ///
    /// # Errors
    /// If one of them stays.
    pub fn remove_stale(&self) -> Result<(), Failure> {
        self.files().try_for_each(remove_stale)
    }

    /// Adds a build.
    pub fn add(&mut self, build: &str, ended: &[Ended<'_>], asked: &[Sound]) {
        if let Some((_, junit)) = &mut self.junit {
            junit.add(build, ended);
        }
        if let Some((_, ctrf)) = &mut self.ctrf {
            ctrf.add(build, ended, asked);
        }
        if let Some((_, gitlab)) = &mut self.gitlab {
            gitlab.add(build, ended);
        }
        if let Some(github) = &mut self.github {
            github.add(build, ended, asked.len());
        }
    }

    /// Writes them.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn write(&self, wall: Duration, console: &Console) -> Result<(), Failure> {
        if let Some((file, junit)) = &self.junit {
            write_whole(file, junit.text(wall).as_bytes())?;
        }
        if let Some((file, ctrf)) = &self.ctrf {
            write_whole(file, ctrf.text(wall).as_bytes())?;
        }
        if let Some((file, gitlab)) = &self.gitlab {
            write_whole(file, gitlab.text().as_bytes())?;
        }
        match &self.github {
            Some(github) => github.write(console),
            None => Ok(()),
        }
    }
}
