//! `alamor key`: a key that keeps the rule; a check that does not print it.

use std::path::Path;
use std::process::ExitCode;

use super::{args, output};
use crate::config::{AdminKey, ApiKey, Settings, Source};

/// Runs `alamor key new` and `alamor key check`.
///
/// Exit code 1: the key is missing or weak.
pub(super) fn run(command: args::Key, env: Option<&Path>) -> anyhow::Result<ExitCode> {
    if matches!(command, args::Key::New) {
        output::data(ApiKey::generate().expose())?;
        return Ok(ExitCode::SUCCESS);
    }
    let settings = Settings::load(&Source::of_process(env))?;
    let file = settings
        .file
        .as_ref()
        .map_or_else(|| "the environment".to_owned(), |file| file.display().to_string());
    let (verdict, code) = match settings.admin_key {
        AdminKey::Good(_) => (format!("ADMIN_API_KEY in {file} keeps the rule"), 0),
        AdminKey::Weak { why, .. } => {
            (format!("ADMIN_API_KEY in {file} is weak: {why}. `alamor key new` prints another"), 1)
        }
        AdminKey::Unset => {
            (format!("ADMIN_API_KEY in {file} is not set. `alamor key new` prints one"), 1)
        }
    };
    output::data(&verdict)?;
    Ok(ExitCode::from(code))
}
