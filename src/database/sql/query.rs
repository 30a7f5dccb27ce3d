//! A statement with its values, before it is known who runs it.

use std::borrow::Cow;

use sqlx::Arguments;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;

use super::Engine;

/// What our tables' names begin with, where a text says `alamor.`: `alamor_`, or a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix(pub(crate) &'static str);

impl Prefix {
    /// In a SQLite file.
    pub(crate) const SQLITE: Self = Self("alamor_");

    /// The text with our tables' real names.
    pub(crate) fn write(self, sql: &str) -> String {
        sql.replace("alamor.", self.0)
    }
}

/// A value that is bound.
#[derive(Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    /// What a text takes as `list($1)`.
    Ints(Vec<i64>),
}

/// A statement. It has no `Debug`: its values may be secrets.
#[derive(Clone)]
pub(crate) struct Query {
    sql: Cow<'static, str>,
    pub(super) values: Vec<Value>,
    /// Whether it has as many rows as one statement may have, or needs none.
    is_full: bool,
}

impl Query {
    pub(crate) fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), values: Vec::new(), is_full: false }
    }

    /// A statement for many rows; whether there are as many as one statement may have.
    pub(super) fn of_rows(sql: String, values: Vec<Value>, is_full: bool) -> Self {
        Self { sql: sql.into(), values, is_full }
    }

    /// The value of the next `$n`.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// The same statements, in fewer texts: each costs a way to the driver's thread and back.
    ///
    /// Only full ones share a text: of others there would be any number of different texts, and
    /// connections remember each.
    pub(super) fn together(engine: Engine, queries: impl Iterator<Item = Self>) -> Vec<Self> {
        let mut together: Vec<Self> = Vec::new();
        for query in queries {
            match together.last_mut() {
                Some(last) if engine == Engine::Sqlite && last.is_full && query.is_full => {
                    last.sql = [&*last.sql, &*query.sql].join("; ").into();
                    last.values.extend(query.values);
                }
                _ => together.push(query),
            }
        }
        together
    }

    /// The text as `engine` takes it.
    pub(super) fn write(&self, engine: Engine, prefix: Prefix) -> String {
        let mut sql = prefix.write(&self.sql);
        let lists =
            self.values.iter().enumerate().filter(|(_, value)| matches!(value, Value::Ints(_)));
        for (index, _) in lists {
            let n = index + 1;
            let list = match engine {
                Engine::Sqlite => format!("(SELECT value AS id FROM json_each(${n}))"),
                Engine::Postgres => format!("(SELECT unnest(CAST(${n} AS BIGINT[])) AS id)"),
            };
            sql = sql.replace(&format!("list(${n})"), &list);
        }
        sql
    }

    pub(super) fn sqlite(self) -> Result<SqliteArguments, BoxDynError> {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(self.values.len(), 0);
        for value in self.values {
            match value {
                Value::Int(value) => arguments.add(value)?,
                Value::Text(value) => arguments.add(value)?,
                Value::Ints(values) => arguments.add(serde_json::to_string(&values)?)?,
            }
        }
        Ok(arguments)
    }

    pub(super) fn postgres(self) -> Result<PgArguments, BoxDynError> {
        let mut arguments = PgArguments::default();
        for value in self.values {
            match value {
                Value::Int(value) => arguments.add(value)?,
                // PostgreSQL has no text with a NUL in it, and nothing that is kept needs one.
                Value::Text(value) => arguments.add(value.map(|text| text.replace('\0', "")))?,
                Value::Ints(values) => arguments.add(values)?,
            }
        }
        Ok(arguments)
    }
}

/// What is left to be done in a transaction, with its end behind it.
pub(crate) struct Ending(pub(super) Vec<Query>);

impl Ending {
    pub(crate) fn after(engine: Engine, queries: impl IntoIterator<Item = Query>) -> Self {
        let commit = Query { is_full: true, ..Query::new("COMMIT") };
        Self(Query::together(engine, queries.into_iter().chain([commit])))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

/// Our tables hold 0 and 1: both engines count with them alike.
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

impl From<Vec<i64>> for Value {
    fn from(values: Vec<i64>) -> Self {
        Self::Ints(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_becomes_two() {
        let query = Query::new("DELETE FROM alamor.items WHERE job_id = $1 AND id IN list($2)")
            .bind(7)
            .bind(vec![1, 2]);
        assert_eq!(
            query.write(Engine::Sqlite, Prefix::SQLITE),
            "DELETE FROM alamor_items WHERE job_id = $1 AND id IN \
             (SELECT value AS id FROM json_each($2))"
        );
        assert_eq!(
            query.write(Engine::Postgres, Prefix("alamor.")),
            "DELETE FROM alamor.items WHERE job_id = $1 AND id IN \
             (SELECT unnest(CAST($2 AS BIGINT[])) AS id)"
        );
    }
}
