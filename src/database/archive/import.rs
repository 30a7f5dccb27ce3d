//! Reads what was exported into tables that hold nothing.

use std::io::BufRead;

use serde_json::Value as Json;

use super::{ArchiveError, FORMAT, Kind, TABLES, Table};
use crate::database::Database;
use crate::database::error::DbError;
use crate::database::lock::Owner;
use crate::database::open::find_own;
use crate::database::place::Place;
use crate::database::sql::{Begin, Connection, Engine, Pool, Query, Value};

/// Rows of one statement.
const AT_ONCE: usize = 32;

/// Reads `from` into our tables at `place`, which it makes; returns how many rows that is.
///
/// Holds the lock of a core meanwhile, so that none works.
///
/// # Errors
///
/// [`ArchiveError`], by reaction; nothing was written then.
pub async fn import(
    place: &Place,
    owner: &Owner,
    from: impl BufRead + Send,
) -> Result<u64, ArchiveError> {
    let database = Database::open(place.clone(), None, owner).await?;
    let imported = match database.ping().await {
        Ok(()) => into_own(place, from).await,
        Err(error) => Err(error.into()),
    };
    database.close().await;
    imported
}

async fn into_own(place: &Place, from: impl BufRead + Send) -> Result<u64, ArchiveError> {
    let missing = || DbError::new("its tables are gone");
    let (options, prefix) = find_own(place).await?.ok_or_else(missing)?;
    let pool = Pool::new(options, prefix, 1);
    let mut connection = pool.acquire().await?;
    connection.begin(Begin::Write).await?;
    for table in &TABLES {
        let sql = format!("SELECT count(*) AS n FROM alamor.{}", table.name);
        let rows = connection.get(Query::new(sql)).await?.count("n")?;
        if rows > 0 {
            let place = place.to_string();
            return Err(ArchiveError::NotEmpty { place, table: table.name, rows });
        }
    }
    let rows = read_all(&mut connection, from).await?;
    go_on_counting(&mut connection).await?;
    connection.commit().await?;
    drop(connection);
    pool.close().await;
    Ok(rows)
}

/// Everything up to the end of the file, which must be there.
async fn read_all(
    connection: &mut Connection,
    from: impl BufRead + Send,
) -> Result<u64, ArchiveError> {
    let mut lines = from.lines().zip(1_u64..);
    let Some((head, _)) = lines.next() else { return Err(ArchiveError::CutShort) };
    check_head(&head?)?;
    let mut waiting = Waiting::default();
    for (text, line) in lines {
        let malformed = |what: &str| ArchiveError::Malformed { line, what: what.to_owned() };
        let said: Json = serde_json::from_str(&text?).map_err(|_| malformed("it is no JSON"))?;
        if let Some(end) = said.get("end") {
            waiting.write(connection).await?;
            // The head and this line are none.
            let rows = line - 2;
            let whole = end.get("rows").and_then(Json::as_u64) == Some(rows);
            return if whole { Ok(rows) } else { Err(malformed("rows are missing before it")) };
        }
        let name = said.get("table").and_then(Json::as_str);
        let table = TABLES.iter().find(|table| Some(table.name) == name);
        let table = table.ok_or_else(|| malformed("it names no table of ours"))?;
        let row = row_of(table, &said).ok_or_else(|| malformed("its row does not fit"))?;
        if !waiting.has_room_for(table) {
            waiting.write(connection).await?;
        }
        waiting.put(table, row);
    }
    Err(ArchiveError::CutShort)
}

fn check_head(text: &str) -> Result<(), ArchiveError> {
    let malformed = || ArchiveError::Malformed {
        line: 1,
        what: "it was not written by `alamor export`".into(),
    };
    let head: Json = serde_json::from_str(text).map_err(|_| malformed())?;
    let format = head.get("format").and_then(Json::as_u64);
    match (head.get("alamor").and_then(Json::as_str), format) {
        (Some("export"), Some(FORMAT)) => Ok(()),
        (Some("export"), Some(format)) if format > FORMAT => {
            let version = head.get("version").and_then(Json::as_str).unwrap_or("unknown");
            Err(ArchiveError::TooNew { version: version.to_owned(), format })
        }
        _ => Err(malformed()),
    }
}

/// The values of a row; `None` if they are others than the table's.
fn row_of(table: &Table, said: &Json) -> Option<Vec<Value>> {
    let row = said.get("row")?.as_array()?;
    if row.len() != table.columns.len() {
        return None;
    }
    let values = table.columns.iter().zip(row).map(|((_, kind), value)| match (kind, value) {
        (Kind::Int, Json::Null) => Some(Value::Int(None)),
        (Kind::Int, value) => Some(Value::Int(Some(value.as_i64()?))),
        (Kind::Text, Json::Null) => Some(Value::Text(None)),
        // PostgreSQL takes none (fact C18), and no text of ours has one.
        (Kind::Text, value) => Some(Value::Text(Some(value.as_str()?.replace('\0', "")))),
    });
    values.collect()
}

/// Rows of one table that are written together.
#[derive(Default)]
struct Waiting {
    table: Option<&'static Table>,
    rows: Vec<Vec<Value>>,
}

impl Waiting {
    fn has_room_for(&self, table: &Table) -> bool {
        let is_same = self.table.is_none_or(|waiting| waiting.name == table.name);
        is_same && self.rows.len() < AT_ONCE
    }

    fn put(&mut self, table: &'static Table, row: Vec<Value>) {
        self.table = Some(table);
        self.rows.push(row);
    }

    async fn write(&mut self, connection: &mut Connection) -> Result<(), ArchiveError> {
        let Some(table) = self.table.take() else { return Ok(()) };
        let width = table.columns.len();
        let places = (0..self.rows.len()).map(|row| {
            let places = (1..=width).map(|column| format!("${}", row * width + column));
            format!("({})", places.collect::<Vec<_>>().join(", "))
        });
        let places = places.collect::<Vec<_>>().join(", ");
        // Jobs keep their numbers, which PostgreSQL otherwise gives itself.
        let own = match connection.engine() {
            Engine::Postgres if table.name == "jobs" => "OVERRIDING SYSTEM VALUE ",
            _ => "",
        };
        let (name, names) = (table.name, table.names());
        let sql = format!("INSERT INTO alamor.{name} ({names}) {own}VALUES {places}");
        let values = self.rows.drain(..).flatten();
        connection.execute(values.fold(Query::new(sql), Query::bind)).await?;
        Ok(())
    }
}

/// The next job gets a number that none has had; SQLite sees to that itself.
async fn go_on_counting(connection: &mut Connection) -> Result<(), ArchiveError> {
    if connection.engine() == Engine::Postgres {
        let sequence = connection.prefix().write("pg_get_serial_sequence('alamor.jobs', 'id')");
        let sql = format!(
            "SELECT setval({sequence}, greatest((SELECT max(id) FROM alamor.jobs), 1), \
             EXISTS (SELECT 1 FROM alamor.jobs))"
        );
        connection.execute(Query::new(sql)).await?;
    }
    Ok(())
}
