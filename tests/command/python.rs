//! Programs in Python that the tests run: `tests/run.sh` installs what they need.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the programs of `tests/requirements.txt` are.
fn installed(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python/bin").join(name);
    assert!(program.exists(), "{} is not there: tests/run.sh installs it", program.display());
    program
}

/// A program, without the environment of whoever runs the tests.
pub fn python(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(installed(name));
    command.current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
    command.env("HOME", folder).env("TMPDIR", folder);
    command
}
