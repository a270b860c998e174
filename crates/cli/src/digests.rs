//! Digests of accepted traces: one file for each subject, a line for each scenario.
//!
//! A digest changes with every bit of a trace, so a change of one model changes all of them. In a file of
//! their own they rewrite that file, and the verdicts show what the change meant.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::failure::Failure;
use crate::output::write_whole;

/// Its name in the folder of a subject. Accepted verdicts end in `.json`, so no scenario's is called so.
const FILE: &str = "digests.txt";

/// The digests that stand in one file, by scenario.
pub struct Digests {
    path: PathBuf,
    by_scenario: BTreeMap<String, String>,
    /// The first line that is none, from 1.
    bad_line: Option<usize>,
}

impl Digests {
    /// Those of the subject whose accepted verdicts lie in `folder`; none if there is no file.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(Failure::Read { path, source }),
            Ok(text) => text,
        };
        let mut by_scenario = BTreeMap::new();
        let mut bad_line = None;
        for (number, line) in text.lines().enumerate() {
            match entry(line) {
                Some((scenario, digest)) => {
                    by_scenario.insert(scenario.to_owned(), digest.to_owned());
                }
                None => bad_line = bad_line.or(Some(number + 1)),
            }
        }
        Ok(Self { path, by_scenario, bad_line })
    }

    /// The digest of a scenario's accepted trace, if it has one.
    ///
    /// # Errors
    /// If a line of the file is no digest: the file may be half of a merge.
    pub fn of(&self, scenario: &str) -> Result<Option<&str>, Failure> {
        match self.bad_line {
            None => Ok(self.by_scenario.get(scenario).map(String::as_str)),
            Some(line) => Err(Failure::Digests { path: self.path.clone(), line }),
        }
    }

    /// Makes a digest that of the scenario's accepted trace, and writes the file. Lines that are no digests
    /// are left out, and so are scenarios for which `is_accepted` is false: they were renamed or removed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn accept(
        mut self,
        scenario: &str,
        digest: &str,
        is_accepted: impl Fn(&str) -> bool,
    ) -> Result<(), Failure> {
        self.by_scenario.insert(scenario.to_owned(), digest.to_owned());
        self.by_scenario.retain(|scenario, _| is_accepted(scenario));
        let lines = self.by_scenario.iter();
        let text = lines.map(|(scenario, digest)| format!("{digest}  {scenario}\n"));
        write_whole(&self.path, text.collect::<String>().as_bytes())
    }
}

/// Scenario and digest of a line `<64 hexadecimal digits>  <scenario>`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (digest, scenario) = line.split_once("  ")?;
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_digest && !scenario.is_empty()).then_some((scenario, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sorted_and_one_that_is_no_digest_is_reported_by_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let read = || Digests::read(folder.path()).unwrap();
        let (one, two) = ("1".repeat(64), "2".repeat(64));
        read().accept("b", &two, |_| true).unwrap();
        read().accept("a/a", &one, |_| true).unwrap();
        let file = folder.path().join(FILE);
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{one}  a/a\n{two}  b\n"));
        assert_eq!(read().of("b").unwrap(), Some(two.as_str()));
        assert_eq!(read().of("c").unwrap(), None);

        fs::write(&file, format!("{one}  a/a\n<<<<<<< here\n{two}  b\n")).unwrap();
        assert!(matches!(read().of("b"), Err(Failure::Digests { line: 2, .. })));
        read().accept("c", &two, |scenario| scenario != "b").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{one}  a/a\n{two}  c\n"));
    }
}
