//! `alamor key`: a key that keeps the rule; a check that does not print it.

use std::path::Path;
use std::process::ExitCode;

use super::{args, output};
use crate::config::{AdminKey, ApiKey, Settings, Source};
use crate::console::Lang;

/// Runs `alamor key new` and `alamor key check`.
///
/// Exit code 1: the key is missing or weak.
pub(super) fn run(command: args::Key, env: Option<&Path>, lang: Lang) -> anyhow::Result<ExitCode> {
    if matches!(command, args::Key::New) {
        output::data(ApiKey::generate().expose())?;
        return Ok(ExitCode::SUCCESS);
    }
    let settings = Settings::load(&Source::of_process(env))?;
    let say = lang.say();
    let file = settings
        .file
        .as_ref()
        .map_or_else(|| say.cli_environment(), |file| file.display().to_string());
    let (verdict, code) = match settings.admin_key {
        AdminKey::Good(_) => (say.cli_key_good(file), 0),
        AdminKey::Weak { why, .. } => (say.cli_key_weak(file, why.to_string()), 1),
        AdminKey::Unset => (say.cli_key_unset(file), 1),
    };
    output::data(&verdict)?;
    Ok(ExitCode::from(code))
}
