//! Where the files are: those of this project, and small projects made for one test.

use std::fs;
use std::path::{Path, PathBuf};

use blackstart_scenario::{Diagnostics, Library, Resolved};
use tempfile::TempDir;

/// The root of this repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A copy of this project's devices and systems, with room for one scenario.
pub struct Project {
    folder: TempDir,
}

impl Project {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for kind in ["devices", "systems"] {
            let to = folder.path().join("fixtures").join(kind);
            fs::create_dir_all(&to).unwrap();
            for entry in fs::read_dir(root().join("fixtures").join(kind)).unwrap() {
                let from = entry.unwrap().path();
                fs::copy(&from, to.join(from.file_name().unwrap())).unwrap();
            }
        }
        fs::create_dir(folder.path().join("scenarios")).unwrap();
        Self { folder }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn write(&self, below: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::create_dir_all(self.path(below).parent().unwrap()).unwrap();
        fs::write(self.path(below), bytes).unwrap();
        self
    }

    /// Replaces a piece of text that must be there once.
    pub fn edit(&self, below: &str, old: &str, new: &str) -> &Self {
        let text = fs::read_to_string(self.path(below)).unwrap();
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {below}");
        self.write(below, text.replace(old, new))
    }

    pub fn library(&self) -> Library {
        Library::open(self.folder.path()).unwrap()
    }

    /// Loads `scenarios/case.json` with the given text.
    pub fn load(&self, text: impl AsRef<[u8]>) -> Result<Resolved, Diagnostics> {
        self.write("scenarios/case.json", text);
        self.library().scenario(&self.path("scenarios/case.json"))
    }
}

/// A small valid scenario.
pub const SMALL: &str = r#"{
  "schema": 1,
  "kind": "scenario",
  "title": "Small",
  "covers": ["SESSY-10"],
  "system": "sessy-phoenix-48-1200",
  "duration_s": 60,
  "initial": {"sessy-1.soc_pct": 100},
  "overrides": {"inverter-1.input_capacitance_mf": 5},
  "events": [
    {"do": "start-pairing", "at_s": 1, "target": "bms"},
    {"do": "set-load", "at_s": 20, "target": "load-1", "power_w": 500}
  ],
  "checks": [
    {"id": "port-is-up", "kind": "stays", "signal": "sessy-1.port_voltage_v", "at_least": 40}
  ]
}
"#;

/// [`SMALL`] with one piece of text replaced.
pub fn small(old: &str, new: &str) -> String {
    assert_eq!(SMALL.matches(old).count(), 1, "`{old}`");
    SMALL.replace(old, new)
}
