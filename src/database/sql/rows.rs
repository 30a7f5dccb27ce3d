//! One statement for many rows.
//!
//! Each statement costs a way to the driver's thread, or to a server, and back: a row of its own
//! for each would cost more than the writing.

use std::borrow::Cow;

use super::Engine;
use super::query::{Query, Value};

/// Most rows of one statement. PostgreSQL takes 65 535 values at once, SQLite 32 766.
pub(crate) const MOST_ROWS: usize = 256;

/// A statement whose `rows()` becomes `($1, …, $N), ($N+1, …), …`, and that has no other places. It
/// has no `Debug`: its values may be secrets.
pub(crate) struct Rows<const N: usize> {
    sql: Cow<'static, str>,
    /// One row behind the other.
    values: Vec<Value>,
}

impl<const N: usize> Rows<N> {
    pub(crate) fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), values: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: [Value; N]) {
        self.values.extend(row);
    }

    /// As few statements as it takes. Their numbers of rows are powers of two, so that there are
    /// few different texts: connections remember how a text is read.
    pub(crate) fn queries(mut self, engine: Engine) -> impl Iterator<Item = Query> {
        std::iter::from_fn(move || {
            let rows = self.values.len() / N;
            let count = (1 << rows.checked_ilog2()?).min(MOST_ROWS);
            let sql = self.sql.replace("rows()", &places(engine, count, N));
            let rest = self.values.split_off(count * N);
            let values = std::mem::replace(&mut self.values, rest);
            Some(Query::of_rows(sql, values, count == MOST_ROWS))
        })
    }
}

/// SQLite finds a place with a number by going through all of them: there they have none.
fn places(engine: Engine, rows: usize, columns: usize) -> String {
    let mut text = String::new();
    for number in 0..rows * columns {
        text.push_str(match (number, number % columns) {
            (0, 0) => "(",
            (_, 0) => "), (",
            _ => ", ",
        });
        match engine {
            Engine::Sqlite => text.push('?'),
            Engine::Postgres => text.extend(["$", &(number + 1).to_string()]),
        }
    }
    text + ")"
}

#[cfg(test)]
mod tests {
    use super::super::{Begin, Connection, Ending, Pool, Prefix};
    use super::*;
    use crate::database::files::writing;

    #[test]
    fn every_row_is_in_one_statement_and_sizes_are_powers_of_two() {
        let mut rows = Rows::new("VALUES rows()");
        (0..262_i64).for_each(|id| rows.push([id.into(), "x".into()]));
        let counts: Vec<usize> =
            rows.queries(Engine::Sqlite).map(|query| query.values.len() / 2).collect();
        assert_eq!(counts, [256, 4, 2]);
        assert!(Rows::<1>::new("").queries(Engine::Sqlite).next().is_none());
    }

    /// A statement for so many rows, of a table with an id and the name of the table.
    fn insert(table: &'static str, rows: i64) -> impl Iterator<Item = Query> {
        let mut insert = Rows::new(format!("INSERT INTO {table} VALUES rows()"));
        (0..rows).for_each(|id| insert.push([id.into(), format!("{table}{id}").into()]));
        insert.queries(Engine::Sqlite)
    }

    /// How many rows of a table are as they were written.
    async fn count(connection: &mut Connection, table: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {table} WHERE name = '{table}' || id");
        connection.get(Query::new(sql)).await.unwrap().id("n").unwrap()
    }

    #[tokio::test]
    async fn full_statements_go_together_and_every_row_is_in_its_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.db");
        std::fs::write(&path, "").unwrap();
        let pool = Pool::new(writing(&path), Prefix::SQLITE, 1);
        let mut connection = pool.acquire().await.unwrap();
        for table in ["a", "b", "c"] {
            let sql = format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY, name TEXT)");
            connection.execute(Query::new(sql)).await.unwrap();
        }
        let all = || insert("a", 512).chain(insert("b", 258)).chain(insert("c", 256));
        let sizes = |engine| {
            let together = Query::together(engine, all());
            together.iter().map(|query| query.values.len() / 2).collect::<Vec<_>>()
        };
        assert_eq!(sizes(Engine::Sqlite), [768, 2, 256]);
        assert_eq!(sizes(Engine::Postgres), [256, 256, 256, 2, 256]);

        connection.begin(Begin::Write).await.unwrap();
        connection.end(Ending::after(Engine::Sqlite, all())).await.unwrap();
        for (table, rows) in [("a", 512), ("b", 258), ("c", 256)] {
            assert_eq!(count(&mut connection, table).await, rows);
        }

        // What is there already is in the last table: of all that comes before it nothing is left.
        connection.execute(Query::new("DELETE FROM a; DELETE FROM b")).await.unwrap();
        connection.begin(Begin::Write).await.unwrap();
        assert!(connection.end(Ending::after(Engine::Sqlite, all())).await.is_err());
        drop(connection);
        let mut connection = pool.acquire().await.unwrap();
        assert_eq!([count(&mut connection, "a").await, count(&mut connection, "b").await], [0, 0]);
    }

    #[test]
    fn places_are_counted_through() {
        assert_eq!(places(Engine::Postgres, 2, 2), "($1, $2), ($3, $4)");
        assert_eq!(places(Engine::Sqlite, 2, 2), "(?, ?), (?, ?)");
    }
}
