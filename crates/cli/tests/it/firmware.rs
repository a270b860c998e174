//! Firmware of the project, built once for this test run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The device that misbehaves as it is asked to.
pub fn misfit() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let built = PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("firmware-for-cli");
        let program = folder.join("misfit");
        let made = Command::new("make")
            .args(["-s", "-C"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/firmware"))
            .arg(format!("BUILD={}", folder.display()))
            .arg(&program)
            .status();
        assert!(made.expect("`make` runs").success());
        program
    });
    built.clone()
}
