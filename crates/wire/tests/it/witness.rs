//! Python packages as independent witnesses.
//!
//! They run when `BLACKSTART_WITNESSES` names a folder that holds a Python virtual environment with the
//! package, and say so when they do not.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A Python that has a package.
pub struct Witness {
    python: PathBuf,
}

impl Witness {
    /// The witness, or a line on the terminal that it did not run.
    pub fn with(package: &str) -> Option<Self> {
        let found = Self::find(package);
        if found.is_none() {
            // Not through the test's captured output: a run that did not happen must be seen.
            let _ = writeln!(
                std::io::stderr(),
                "\nnot run: {package} as a witness (BLACKSTART_WITNESSES names no environment with it)"
            );
        }
        found
    }

    fn find(package: &str) -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("BLACKSTART_WITNESSES")?);
        let python = folder.join("bin/python3");
        let import = format!("import {package}");
        let imported = Command::new(&python).args(["-c", &import]).output().ok()?;
        imported.status.success().then_some(Self { python })
    }

    /// Runs a script over an input; the lines that it prints.
    pub fn ask(&self, script: &str, input: String) -> Vec<String> {
        let mut child = Command::new(&self.python)
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // Both pipes are finite: who writes must not wait for who reads.
        let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert!(output.status.success(), "the witness failed");
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}
