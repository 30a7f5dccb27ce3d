//! `alamor export` and `alamor import`: our own tables as one file.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::output;
use crate::config::Settings;
use crate::console::Lang;
use crate::console::format;
use crate::core;
use crate::database::archive;
use crate::database::lock::Owner;

/// Writes `file`, which must not exist; a core may work meanwhile.
pub(super) async fn export(
    file: &Path,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let name = file.display().to_string();
    // It holds every customer's access.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut out = BufWriter::new(made.with_context(|| format!("{name} cannot be made"))?);
    let written = write(&settings, &mut out).await;
    match written {
        Ok(rows) => {
            output::note(&lang.say().cli_exported(rows, format::count(lang, rows), name));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            // Half a file is none; whoever reads it would be told so.
            drop(fs::remove_file(file));
            Err(error)
        }
    }
}

async fn write(settings: &Settings, out: &mut BufWriter<File>) -> anyhow::Result<u64> {
    let rows = archive::export(&core::place(settings), out).await?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(rows)
}

/// Reads `file` into tables that hold nothing yet.
pub(super) async fn import(
    file: &Path,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let name = file.display().to_string();
    let opened = File::open(file).with_context(|| format!("{name} cannot be read"))?;
    let owner = Owner {
        pid: std::process::id(),
        role: "import".to_owned(),
        url: "alamor import".to_owned(),
    };
    let read = archive::import(&core::place(&settings), &owner, BufReader::new(opened)).await;
    let rows = read.with_context(|| name.clone())?;
    output::note(&lang.say().cli_imported(rows, format::count(lang, rows), name));
    Ok(ExitCode::SUCCESS)
}
