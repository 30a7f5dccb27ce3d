//! Writes our own tables, as they are at one moment.

use std::io::Write;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ArchiveError, FORMAT, Kind, TABLES, Table};
use crate::database::error::OpenError;
use crate::database::open::find_own;
use crate::database::own::{NEWEST, version};
use crate::database::place::Place;
use crate::database::sql::{Begin, Connection, Pool, Query, Row};

/// Writes everything that is ours at `place` into `out`; returns how many rows that is.
///
/// Takes no lock: a core may work meanwhile, and what it writes then is not in the file.
///
/// # Errors
///
/// [`ArchiveError`], by reaction.
pub async fn export(place: &Place, out: &mut (impl Write + Send)) -> Result<u64, ArchiveError> {
    let nothing = || ArchiveError::Nothing { place: place.to_string() };
    let (options, prefix) = find_own(place).await?.ok_or_else(nothing)?;
    let pool = Pool::new(options, prefix, 1);
    let mut connection = pool.acquire().await?;
    connection.begin(Begin::Read).await?;
    match version(&mut connection).await? {
        None => return Err(nothing()),
        Some(found) if found > NEWEST => {
            return Err(OpenError::Newer { place: place.to_string(), found, known: NEWEST }.into());
        }
        Some(found) if found < NEWEST => {
            return Err(ArchiveError::Older { place: place.to_string(), found });
        }
        Some(_) => {}
    }
    let (at, program) = (Timestamp::now(), env!("CARGO_PKG_VERSION"));
    let head = json!({ "alamor": "export", "format": FORMAT, "made_at": at, "version": program });
    writeln!(out, "{head}")?;
    let mut rows = 0;
    for table in &TABLES {
        rows += write_table(&mut connection, table, out).await?;
    }
    writeln!(out, "{}", json!({ "end": { "rows": rows } }))?;
    connection.commit().await?;
    drop(connection);
    pool.close().await;
    Ok(rows)
}

async fn write_table(
    connection: &mut Connection,
    table: &Table,
    out: &mut (impl Write + Send),
) -> Result<u64, ArchiveError> {
    let sql = format!("SELECT {} FROM alamor.{}", table.names(), table.name);
    let (mut rows, mut failed) = (0, None);
    let taken = connection.fetch_each(Query::new(sql), |row| {
        let line = json!({ "table": table.name, "row": values(table, &row)? });
        rows += 1;
        writeln!(out, "{line}").map_err(|error| {
            failed = Some(error);
            // It ends the reading; what is told is the error of the file.
            sqlx::Error::WorkerCrashed
        })
    });
    let taken = taken.await;
    if let Some(error) = failed {
        return Err(error.into());
    }
    taken?;
    Ok(rows)
}

fn values(table: &Table, row: &Row) -> Result<Vec<Value>, sqlx::Error> {
    let value = |(name, kind): &(&str, Kind)| {
        Ok(match kind {
            Kind::Int => row.int(name)?.map_or(Value::Null, Value::from),
            Kind::Text => row.text(name)?.map_or(Value::Null, Value::from),
        })
    };
    table.columns.iter().map(value).collect()
}
