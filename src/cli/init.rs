//! `alamor init`: settings with fresh keys, and the embedded database.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::{output, runtime};
use crate::config::{Database, Settings, Source, init};
use crate::console::Lang;
use crate::database::new::{self, CreateError};

/// Makes what is not there yet; changes nothing that is.
pub(super) fn run(file: Option<&Path>, lang: Lang) -> anyhow::Result<ExitCode> {
    let say = lang.say();
    let named = |path: &Path| path.display().to_string();
    let file = file.map_or_else(|| PathBuf::from(".env"), Path::to_owned);
    match init::write_new(&file) {
        Ok(()) => output::note(&say.cli_written(named(&file))),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            output::note(&say.cli_exists(named(&file)));
        }
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be written", file.display()));
        }
    }
    let settings = Settings::load(&Source::of_process(Some(&file)))?;
    let Database::Sqlite { path } = settings.database else {
        bail!("{} says DB_TYPE=postgres: that database is the bot's to make", file.display());
    };
    match runtime()?.block_on(new::create(&path)) {
        Ok(()) => output::note(&say.cli_created(named(&path))),
        Err(CreateError::Exists(path)) => {
            output::note(&say.cli_exists(named(&path)));
        }
        Err(error) => return Err(error.into()),
    }
    output::note(&say.cli_next());
    Ok(ExitCode::SUCCESS)
}
