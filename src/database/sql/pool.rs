//! A few connections that are used by turns.
//!
//! The driver has a pool as well. It keeps trying to connect to a server that refuses, and then only
//! says that time ran out: an operator needs the cause, at once.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Engine;
use super::connection::Connection;
use super::home::Home;
use super::query::Prefix;
use super::session::{Options, close, connect, is_still_there};

/// How long somebody waits for a connection that another one uses.
const TURN: Duration = Duration::from_secs(10);

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

    pub(crate) fn engine(&self) -> Engine {
        match self.0.options {
            Options::Sqlite(_) => Engine::Sqlite,
            Options::Postgres(_) => Engine::Postgres,
        }
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
