//! A project in a temporary folder, and the command run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// What a finished command left.
pub struct Seen {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Seen {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the command prints UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Seen {
    /// The reproduce lines on stderr.
    pub fn reproduce(&self) -> Vec<&str> {
        self.stderr.lines().filter(|line| line.starts_with("reproduce: ")).collect()
    }
}

/// The command itself, in some folder.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blackstart"));
    command.args(arguments).current_dir(folder);
    command
}

/// Runs the command in some folder.
pub fn blackstart(folder: &Path, arguments: &[&str]) -> Seen {
    command(folder, arguments).output().expect("the command starts").into()
}

/// A project with the shipped systems, devices and rigs, and no scenarios.
pub struct Project {
    folder: TempDir,
}

impl Project {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for part in ["fixtures/devices", "fixtures/systems", "fixtures/profiles", "bench-rigs"] {
            copy(&shipped.join(part), &folder.path().join(part));
        }
        fs::create_dir(folder.path().join("scenarios")).expect("a folder for scenarios");
        Self { folder }
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.root().join(below)
    }

    pub fn write(&self, below: &str, text: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("its folder");
        fs::write(path, text).expect("the file");
    }

    pub fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap_or_else(|error| panic!("{below}: {error}"))
    }

    /// A scenario of a tenth of a second in which nothing happens, and the port voltage is required
    /// to stay at or above a limit.
    pub fn quiet_scenario(&self, name: &str, port_at_least_v: f64) {
        self.scenario_with(name, port_at_least_v, "");
    }

    /// The same with more keys.
    pub fn scenario_with(&self, name: &str, port_at_least_v: f64, more: &str) {
        let text = format!(
            r#"{{
  "schema": 1,
  "kind": "scenario",
  "title": "nothing happens",
  "covers": ["SESSY-01"],
  "system": "sessy-phoenix-48-1200",
  "duration_s": 0.1,
  "seed": 7,
  "checks": [
    {{ "kind": "stays", "id": "port", "signal": "sessy-1.port_voltage_v", "at_least": {port_at_least_v} }}
  ]{more}
}}
"#
        );
        self.write(&format!("scenarios/{name}.json"), text);
    }

    pub fn blackstart(&self, arguments: &[&str]) -> Seen {
        blackstart(self.root(), arguments)
    }
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder to copy to");
    for entry in fs::read_dir(from).expect("a shipped folder") {
        let entry = entry.expect("an entry of it");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}
