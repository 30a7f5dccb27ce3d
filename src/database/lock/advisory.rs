//! The lock of a PostgreSQL database: an advisory lock of a session that does nothing else.
//!
//! ```text
//! Held ── the session is gone ──▶ Lost ── taken again ──▶ Held
//!                                  ╰── another core has it ──▶ Taken ── that one ended ──▶ Held
//! ```
//!
//! The session's name is the owner's words, so that no table is needed where none may be made.
//!
//! Invariants:
//! - Whoever writes first asks the server, inside of the same transaction, whether the lock is still
//!   ours ([`Advisory::check`]): a session that died a moment ago is noticed before the lock is.
//!
//! # Source
//!
//! Fact C18.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::LockError;
use super::owner::Owner;
use crate::database::place::Postgres;
use crate::database::sql::{ANSWER, Connection, Query, postgres_options, within};

/// `alam` in ASCII: our locks among those of other programs.
const CLASS: i32 = 0x616c_616d;

/// Held by the core.
const CORE: i32 = 1;

/// Held by a core that waits for another one to yield.
const ASKING: i32 = 2;

/// How often the session is looked at: an embedded core has 5 s to yield.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often a core that starts tries, and the pause between: the session of a core that was killed
/// takes a moment to end.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// The lock, held or not.
pub(crate) struct Advisory {
    shared: Arc<Shared>,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    place: Postgres,
    owner: Owner,
    state: Mutex<State>,
    is_asked: AtomicBool,
    look_now: Notify,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// By the session with this number.
    Held(i64),
    Lost,
    Taken(Option<Owner>),
}

/// Why nothing may be written.
#[derive(Debug)]
pub(crate) enum Unheld {
    /// In words.
    Lost(String),
    /// The server did not say.
    Server(sqlx::Error),
}

impl fmt::Debug for Advisory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Advisory").field("state", &self.shared.state()).finish_non_exhaustive()
    }
}

impl Drop for Advisory {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Advisory {
    pub(crate) async fn take(place: &Postgres, owner: &Owner) -> Result<Self, LockError> {
        let (session, backend) = take_patiently(place, owner).await?;
        let shared = Arc::new(Shared {
            place: place.clone(),
            owner: owner.clone(),
            state: Mutex::new(State::Held(backend)),
            is_asked: AtomicBool::new(false),
            look_now: Notify::new(),
        });
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep(Arc::clone(&shared), session, stop.clone()));
        Ok(Self { shared, stop, task: Mutex::new(Some(task)) })
    }

    pub(crate) fn is_asked_to_yield(&self) -> bool {
        self.shared.is_asked.load(Ordering::Relaxed)
    }

    /// Releases it; returns once another core can take it.
    pub(crate) async fn release(&self) {
        self.stop.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // A panic in it was logged, and ended the session as well.
            let _ = task.await;
        }
    }

    /// Whether it is held, as far as is known here.
    pub(crate) fn standing(&self) -> Result<(), String> {
        self.shared.backend().map(drop)
    }

    /// Whether it is held, as the server says in the transaction that `connection` is in.
    pub(crate) async fn check(&self, connection: &mut Connection) -> Result<(), Unheld> {
        let backend = self.shared.backend().map_err(Unheld::Lost)?;
        let sql =
            format!("SELECT count(*) AS n FROM pg_locks l WHERE {} AND l.pid = $1", held(CORE));
        let row = connection.get(Query::new(sql).bind(backend)).await.map_err(Unheld::Server)?;
        if row.count("n").map_err(Unheld::Server)? > 0 {
            return Ok(());
        }
        self.shared.lose(backend);
        Err(Unheld::Lost(words(&State::Lost)))
    }
}

impl Shared {
    fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that this session lost it; another one may hold it by now.
    fn lose(&self, backend: i64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Held(held) if held == backend) {
            *state = State::Lost;
        }
        self.look_now.notify_one();
    }

    /// The session that holds it; else why nothing may be written.
    fn backend(&self) -> Result<i64, String> {
        match self.state() {
            State::Held(backend) => Ok(backend),
            state => Err(words(&state)),
        }
    }
}

/// Begins with the same words for every reason: by them it is known as one of the whole database.
fn words(state: &State) -> String {
    match state {
        State::Held(_) => String::new(),
        State::Lost => format!("{LOST}, and is taken again"),
        State::Taken(None) => format!("{LOST}, and another core took it: nothing is written"),
        State::Taken(Some(owner)) => {
            format!("{LOST}, and another core took it ({owner}): nothing is written")
        }
    }
}

/// How the words begin.
pub(crate) const LOST: &str = "its lock was lost";

/// Looks after the session until the core stops.
async fn keep(shared: Arc<Shared>, session: PgConnection, stop: CancellationToken) {
    let mut session = Some(session);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(LOOK_EVERY) => {}
            () = shared.look_now.notified() => {}
        }
        if let Some(held) = &mut session
            && let Err(error) = look(held, &shared).await
        {
            tracing::warn!(%error, "The lock of the database was lost");
            *shared.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Lost;
            session = None;
        }
        if session.is_none() {
            session = take_again(&shared).await;
        }
    }
    if let Some(mut session) = session {
        // Closing alone would do, but a moment later than we say so.
        let sql = format!("SELECT pg_advisory_unlock({CLASS}, {CORE})");
        let _ = within(ANSWER, sqlx::query(AssertSqlSafe(sql)).execute(&mut session)).await;
        let _ = within(ANSWER, session.close()).await;
    }
}

/// Whether the session still holds the lock, and whether somebody asks for it.
async fn look(session: &mut PgConnection, shared: &Shared) -> Result<(), sqlx::Error> {
    let sql = format!(
        "SELECT (SELECT count(*) FROM pg_locks l WHERE {}) AS asking, \
         (SELECT count(*) FROM pg_locks l WHERE {} AND l.pid = pg_backend_pid()) AS held",
        held(ASKING),
        held(CORE)
    );
    let row = within(ANSWER, sqlx::query(AssertSqlSafe(sql)).fetch_one(session)).await?;
    shared.is_asked.store(row.try_get::<i64, _>("asking")? > 0, Ordering::Relaxed);
    if row.try_get::<i64, _>("held")? == 0 { Err(sqlx::Error::RowNotFound) } else { Ok(()) }
}

async fn take_again(shared: &Shared) -> Option<PgConnection> {
    match try_take(&shared.place, &shared.owner).await {
        Ok((session, backend)) => {
            tracing::info!("The lock of the database was taken again");
            *shared.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Held(backend);
            Some(session)
        }
        Err(LockError::Taken(owner)) => {
            *shared.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Taken(owner);
            None
        }
        Err(_) => None,
    }
}

async fn take_patiently(place: &Postgres, owner: &Owner) -> Result<(PgConnection, i64), LockError> {
    let mut tries = 1;
    loop {
        match try_take(place, owner).await {
            Err(LockError::Taken(_)) if tries < TRIES => sleep(PAUSE).await,
            result => return result,
        }
        tries += 1;
    }
}

async fn try_take(place: &Postgres, owner: &Owner) -> Result<(PgConnection, i64), LockError> {
    let server = LockError::Server;
    let mut session = connect(place, &owner.to_string()).await.map_err(server)?;
    let sql = format!(
        "SELECT pg_try_advisory_lock({CLASS}, {CORE}) AS taken, \
         CAST(pg_backend_pid() AS BIGINT) AS backend"
    );
    let row = within(ANSWER, sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut session));
    let row = row.await.map_err(server)?;
    if row.try_get("taken").map_err(server)? {
        return Ok((session, row.try_get("backend").map_err(server)?));
    }
    Err(LockError::Taken(holder(&mut session).await.map_err(server)?))
}

/// Who holds the lock, as its session's name says.
async fn holder(session: &mut PgConnection) -> Result<Option<Owner>, sqlx::Error> {
    let sql = format!(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
         WHERE {}",
        held(CORE)
    );
    let row = within(ANSWER, sqlx::query(AssertSqlSafe(sql)).fetch_optional(session)).await?;
    let name: Option<String> = row.map(|row| row.try_get(0)).transpose()?.flatten();
    Ok(name.as_deref().and_then(Owner::parse))
}

/// One of our locks in this database, held.
///
/// A lock of two numbers stands in `pg_locks` as `classid`, `objid`, and 2 in `objsubid`.
fn held(lock: i32) -> String {
    format!(
        "l.locktype = 'advisory' AND l.granted AND l.classid = {CLASS} AND l.objid = {lock} \
         AND l.objsubid = 2 AND l.database = \
         (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
}

async fn connect(place: &Postgres, name: &str) -> Result<PgConnection, sqlx::Error> {
    let options = postgres_options(place, name);
    within(ANSWER, PgConnection::connect_with(&options)).await
}

/// Asks as long as the session lives.
pub(super) async fn ask_to_yield(place: &Postgres) -> Result<PgConnection, sqlx::Error> {
    let mut session = connect(place, "alamor asks").await?;
    let sql = format!("SELECT pg_try_advisory_lock({CLASS}, {ASKING})");
    within(ANSWER, sqlx::query(AssertSqlSafe(sql)).execute(&mut session)).await?;
    Ok(session)
}

pub(super) async fn find_owner(place: &Postgres) -> Result<Option<Owner>, sqlx::Error> {
    holder(&mut connect(place, "alamor asks").await?).await
}
