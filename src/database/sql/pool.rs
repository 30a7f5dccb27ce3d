//! A few connections that are used by turns.
//!
//! The driver has a pool as well. It keeps trying to connect to a server that refuses, and then only
//! says that time ran out: an operator needs the cause, at once.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::connection::{ANSWER, Connection, Inner, close, within};
use super::query::Prefix;
use crate::database::place::Postgres;

/// How long somebody waits for a connection that another one uses.
const TURN: Duration = Duration::from_secs(10);

/// How long a connection that lay idle may take to say that it is still good.
const STILL_THERE: Duration = Duration::from_secs(2);

/// Whom a pool connects to.
#[derive(Clone)]
pub(crate) enum Options {
    Sqlite(SqliteConnectOptions),
    Postgres(Box<PgConnectOptions>),
}

/// What the connections of a pool share.
pub(crate) struct Home {
    options: Options,
    pub(super) prefix: Prefix,
    size: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<(u64, Inner)>>,
    serials: AtomicU64,
}

impl Home {
    pub(super) fn take_back(&self, serial: u64, inner: Inner) {
        if !self.permits.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((serial, inner));
        }
    }

    fn find_idle(&self) -> Option<(u64, Inner)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// A handle on a pool.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Home>);

/// `Debug` shows no options: they hold a password.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("size", &self.0.size).finish_non_exhaustive()
    }
}

impl Pool {
    /// Connects at the first use.
    pub(crate) fn new(options: Options, prefix: Prefix, size: u32) -> Self {
        Self(Arc::new(Home {
            options,
            prefix,
            size,
            permits: Arc::new(Semaphore::new(size as usize)),
            idle: Mutex::new(Vec::new()),
            serials: AtomicU64::new(1),
        }))
    }

    /// A connection that works.
    pub(crate) async fn acquire(&self) -> Result<Connection, sqlx::Error> {
        let permits = Arc::clone(&self.0.permits);
        let permit = timeout(TURN, permits.acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some((serial, mut inner)) = self.0.find_idle() {
            // A server that was restarted has forgotten the connection.
            if is_still_there(&mut inner).await {
                return Ok(Connection::new(inner, serial, Arc::clone(&self.0), permit));
            }
        }
        let inner = connect(&self.0.options).await?;
        let serial = self.0.serials.fetch_add(1, Ordering::Relaxed);
        Ok(Connection::new(inner, serial, Arc::clone(&self.0), permit))
    }

    /// Waits for what is under way, and closes every connection.
    pub(crate) async fn close(&self) {
        // One that is not given back in time is closed when it is.
        let all = timeout(TURN, self.0.permits.acquire_many(self.0.size)).await;
        self.0.permits.close();
        drop(all);
        while let Some((_, inner)) = self.0.find_idle() {
            close(inner).await;
        }
    }
}

async fn connect(options: &Options) -> Result<Inner, sqlx::Error> {
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

async fn is_still_there(inner: &mut Inner) -> bool {
    match inner {
        Inner::Sqlite(_) => true,
        Inner::Postgres(connection) => within(STILL_THERE, connection.ping()).await.is_ok(),
    }
}

/// How this program connects to PostgreSQL, as whom other sessions see it.
///
/// The server gives up what takes longer than we wait, and soon notices a machine of ours that died:
/// with its session goes its lock.
pub(crate) fn postgres_options(place: &Postgres, application: &str) -> PgConnectOptions {
    let options = PgConnectOptions::new_without_pgpass()
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
