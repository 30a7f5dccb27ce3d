//! A copy of a SQLite file, made before an upgrade changes its tables.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::error::{DbError, NotOpened};
use super::place::beside;
use super::sql::{Connection, Query};

/// Keeps what the file holds now as `FILE.before-N`. One that is there already stays: it is of an
/// upgrade to the same number that did not succeed.
pub(super) async fn keep(
    connection: &mut Connection,
    file: &Path,
    number: i64,
) -> Result<(), NotOpened> {
    let copy = beside(file, &format!("before-{number}"));
    if copy.exists() {
        return Ok(());
    }
    let part = beside(file, &format!("before-{number}.part"));
    let failed = |error: &dyn std::fmt::Display| {
        let what = format!("the copy before the upgrade, {}: {error}", copy.display());
        NotOpened::Away(DbError::new(what))
    };
    make_empty(&part).map_err(|error| failed(&error))?;
    let name = part.to_str().ok_or_else(|| failed(&"its name is no UTF-8"))?.to_owned();
    // One moment of the database, without what is still in its log.
    if let Err(error) = connection.execute(Query::new("VACUUM INTO $1").bind(name)).await {
        drop(fs::remove_file(&part));
        return Err(failed(&DbError::from(error)));
    }
    finish(&part, &copy).map_err(|error| failed(&error))?;
    tracing::info!(copy = %copy.display(), "The database is upgraded; as it was, it is kept");
    Ok(())
}

/// Only its owner reads it, as the file itself.
fn make_empty(part: &PathBuf) -> io::Result<()> {
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(part).map(drop)
}

/// Under its name only once it is on the disk.
fn finish(part: &Path, copy: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    fs::rename(part, copy)
}
