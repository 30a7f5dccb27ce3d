//! One statement for many rows.
//!
//! Each statement costs a way to the driver's thread, or to a server, and back: a row of its own
//! for each would cost more than the writing.

use std::borrow::Cow;

use super::Engine;
use super::query::{Query, Value};

/// Most rows of one statement: as many as a batch of the writer has. PostgreSQL takes 65 535 values at
/// once, SQLite 32 766.
const MOST: usize = 256;

/// A statement whose `rows()` becomes `($1, …, $N), ($N+1, …), …`, and that has no other places. It
/// has no `Debug`: its values may be secrets.
pub(crate) struct Rows<const N: usize> {
    sql: Cow<'static, str>,
    rows: Vec<[Value; N]>,
}

impl<const N: usize> Rows<N> {
    pub(crate) fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: [Value; N]) {
        self.rows.push(row);
    }

    /// As few statements as it takes. Their numbers of rows are powers of two, so that there are
    /// few different texts: connections remember how a text is read.
    pub(super) fn queries(mut self, engine: Engine) -> Vec<Query> {
        let mut queries = Vec::new();
        while !self.rows.is_empty() {
            let count = (1 << self.rows.len().ilog2()).min(MOST);
            let sql = self.sql.replace("rows()", &places::<N>(engine, count));
            let rest = self.rows.split_off(count);
            let rows = std::mem::replace(&mut self.rows, rest);
            let values = rows.into_iter().flatten();
            queries.push(values.fold(Query::new(sql), Query::bind));
        }
        queries
    }
}

/// SQLite finds a place with a number by going through all of them: there they have none.
fn places<const N: usize>(engine: Engine, rows: usize) -> String {
    let place = |number: usize| match engine {
        Engine::Sqlite => "?".to_owned(),
        Engine::Postgres => format!("${number}"),
    };
    let row = |row: usize| {
        let places: Vec<String> = (1..=N).map(|column| place(row * N + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_statement_and_sizes_are_powers_of_two() {
        let mut rows = Rows::new("VALUES rows()");
        (0..262_i64).for_each(|id| rows.push([id.into(), "x".into()]));
        let counts: Vec<usize> =
            rows.queries(Engine::Sqlite).iter().map(|query| query.values.len() / 2).collect();
        assert_eq!(counts, [256, 4, 2]);
        assert!(Rows::<1>::new("").queries(Engine::Sqlite).is_empty());
    }

    #[test]
    fn places_are_counted_through() {
        assert_eq!(places::<2>(Engine::Postgres, 2), "($1, $2), ($3, $4)");
        assert_eq!(places::<2>(Engine::Sqlite, 2), "(?, ?), (?, ?)");
    }
}
