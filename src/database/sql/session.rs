//! The driver's connection to either engine: made, looked at, closed.

use std::future::Future;
use std::io;
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::time::timeout;

use crate::database::place::Postgres;

/// How long PostgreSQL may take for the next row, or for the end of a statement.
///
/// A dead machine at the other end says nothing, and the kernel would wait for minutes.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);

/// How long a connection that lay idle may take to say that it is still good.
const STILL_THERE: Duration = Duration::from_secs(2);

/// What a connection is made of.
pub(crate) enum Inner {
    Sqlite(SqliteConnection),
    // Boxed: it is several times as large as the other.
    Postgres(Box<PgConnection>),
}

/// Whom a pool connects to.
#[derive(Clone)]
pub(crate) enum Options {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

pub(super) async fn connect(options: &Options) -> Result<Inner, sqlx::Error> {
    match options {
        Options::Sqlite(options) => {
            Ok(Inner::Sqlite(SqliteConnection::connect_with(options).await?))
        }
        Options::Postgres(options) => {
            let connection = within(ANSWER, PgConnection::connect_with(options)).await?;
            Ok(Inner::Postgres(Box::new(connection)))
        }
    }
}

pub(super) async fn is_still_there(inner: &mut Inner) -> bool {
    match inner {
        Inner::Sqlite(_) => true,
        Inner::Postgres(connection) => within(STILL_THERE, connection.ping()).await.is_ok(),
    }
}

/// Waits for PostgreSQL, but not for ever.
pub(crate) async fn within<T>(
    limit: Duration,
    what: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(limit, what).await.unwrap_or_else(|_| {
        let text = format!("it did not answer within {} s", limit.as_secs());
        Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, text)))
    })
}

/// Closes in order, so that the last connection to a SQLite file leaves nothing beside it.
pub(super) async fn close(inner: Inner) {
    // What fails to close is closed all the same.
    let _ = match inner {
        Inner::Sqlite(connection) => connection.close().await,
        Inner::Postgres(connection) => within(ANSWER, connection.close()).await,
    };
}

/// How this program connects to PostgreSQL, as whom other sessions see it.
///
/// The server gives up what takes longer than we wait, and soon notices a machine of ours that died:
/// with its session goes its lock.
pub(crate) fn postgres_options(place: &Postgres, application: &str) -> PgConnectOptions {
    let options = PgConnectOptions::new_without_pgpass()
        .disable_statement_logging()
        .port(place.port)
        .username(&place.user)
        .password(place.password.as_ref().map_or("", ExposeSecret::expose_secret))
        .database(&place.name)
        .application_name(application)
        .options([
            ("statement_timeout", "15s"),
            ("lock_timeout", "3s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ]);
    if place.host.starts_with('/') {
        options.socket(&place.host)
    } else {
        options.host(&place.host)
    }
}
