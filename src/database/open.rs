//! Opening a database: whose it is, its shape, its lock, our own tables.
//!
//! ```text
//! look at the tables ─▶ take the lock ─▶ make what is ours ─▶ pools, writer
//!  nothing is written    one core only    `own.rs`
//! ```
//!
//! Of what the bot made nothing is changed here, not even the journal mode of its file: WAL is for
//! files that we made.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::ahead::Ahead;
use super::checkpoint::Checkpoint;
use super::error::{DbError, NotOpened, OpenError, primary_code};
use super::files::{NOT_A_DATABASE, reading, writing, writing_theirs};
use super::head::{self, Head};
use super::lock::{Advisory, LockError, Locks, Owner};
use super::own::{self, Own};
use super::place::{Bot, Place, Postgres, beside};
use super::shape::{Shape, columns};
use super::sides::Readers;
use super::sql::{Engine, Options, Pool, Prefix, postgres_options};
use super::writer::Writer;

/// Connections that only read. Two cores, and one more so that a long list delays nobody.
const READERS: u32 = 3;

/// What a database is read with.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) readers: Readers,
    pub(super) shape: Arc<Shape>,
}

/// What a database is worked with once it is open.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) reading: Reading,
    pub(super) writer: Writer,
    /// Shape and place of our own tables, for the operator.
    pub(super) words: String,
}

/// Opens it, and takes its locks into `locks`; what is there already is not taken again.
pub(super) async fn open(
    place: &Place,
    owner: &Owner,
    locks: &Mutex<Locks>,
) -> Result<Opened, NotOpened> {
    match &place.bot {
        Bot::Sqlite(path) => open_file(path, place, owner, locks).await,
        Bot::Postgres(server) => open_server(server, place, owner, locks).await,
    }
}

async fn open_file(
    path: &Path,
    place: &Place,
    owner: &Owner,
    locks: &Mutex<Locks>,
) -> Result<Opened, NotOpened> {
    let (shape, made_by) = check(path).await?;
    with(locks, |locks| locks.take_file(path, owner)).map_err(|error| refused(error, place))?;
    let own = match (&place.state, made_by) {
        (Some(state), _) => open_state(state, place, owner, locks).await?,
        (None, MadeBy::Init) => {
            let pool = Pool::new(writing(path), Prefix::SQLITE, 1);
            own::migrate(&mut pool.acquire().await?, Some(path)).await?;
            pool.close().await;
            Own::Inside(Prefix::SQLITE, "in the same file".to_owned())
        }
        (None, MadeBy::Bot) => own::open_beside(path).await?,
    };
    let ways = match made_by {
        MadeBy::Init => (writing(path), reading(path)),
        MadeBy::Bot => (writing_theirs(path), reading(path)),
    };
    assemble(shape, own, ways, None)
}

async fn open_server(
    server: &Postgres,
    place: &Place,
    owner: &Owner,
    locks: &Mutex<Locks>,
) -> Result<Opened, NotOpened> {
    let options = Options::Postgres(Box::new(postgres_options(server, "alamor")));
    let pool = Pool::new(options.clone(), own::schema_of(server), 1);
    let mut connection = pool.acquire().await?;
    let shape = Shape::detect(&mut connection).await?.map_err(|what| {
        let place = place.to_string();
        NotOpened::Never(OpenError::UnknownShape { place, what, setting: "DB_NAME" })
    })?;
    let advisory = match with(locks, |locks| locks.advisory()) {
        Some(advisory) => advisory,
        None => {
            let taken = Advisory::take(server, owner).await;
            let taken = Arc::new(taken.map_err(|error| refused(error, place))?);
            with(locks, |locks| locks.keep(Arc::clone(&taken)));
            taken
        }
    };
    let own = match &place.state {
        Some(state) => open_state(state, place, owner, locks).await?,
        None => own::open_schema(&mut connection, server).await?,
    };
    drop(connection);
    pool.close().await;
    assemble(shape, own, (options.clone(), options), Some(advisory))
}

async fn open_state(
    state: &Path,
    place: &Place,
    owner: &Owner,
    locks: &Mutex<Locks>,
) -> Result<Own, NotOpened> {
    own::check_state(state, place).await?;
    with(locks, |locks| locks.take_state(state, owner)).map_err(|error| match error {
        LockError::Taken(owner) => {
            NotOpened::Never(OpenError::Taken { place: state.display().to_string(), owner })
        }
        error => refused(error, place),
    })?;
    own::open_state(state).await
}

/// Makes the pools, and starts the writer.
fn assemble(
    shape: Shape,
    own: Own,
    (writing, reading): (Options, Options),
    advisory: Option<Arc<Advisory>>,
) -> Result<Opened, NotOpened> {
    let shape = Arc::new(shape);
    let (prefix, own, place) = match own {
        Own::Inside(prefix, place) => (prefix, None, place),
        Own::Apart { writing, reading, place } => (Prefix::SQLITE, Some((writing, reading)), place),
    };
    let words = format!("{}, alamor's own {place}", shape.in_words());
    let own_pool = |options: &Options, size| Pool::new(options.clone(), Prefix::SQLITE, size);
    let readers = |size| Readers {
        bot: Pool::new(reading.clone(), prefix, size),
        own: own.as_ref().map(|(_, reading)| own_pool(reading, size)),
    };
    let ahead = Ahead { readers: readers(1), shape: Arc::clone(&shape) };
    let ahead = (shape.engine == Engine::Sqlite).then_some(ahead);
    let bot = Pool::new(writing, prefix, 1);
    let ours = own.as_ref().map(|(_, reading)| reading);
    let ours = ours.or((shape.engine == Engine::Sqlite).then_some(&reading));
    let checkpoint = ours.map(|reading| Checkpoint::new(own_pool(reading, 1)));
    let own_writer = own.as_ref().map(|(writing, _)| own_pool(writing, 1));
    let writer = Writer::start(bot, own_writer, Arc::clone(&shape), advisory, ahead, checkpoint)
        .map_err(|error| NotOpened::Away(DbError::new(format!("its writer: {error}"))))?;
    Ok(Opened { reading: Reading { readers: readers(READERS), shape }, writer, words })
}

pub(super) fn with<T>(locks: &Mutex<Locks>, act: impl FnOnce(&mut Locks) -> T) -> T {
    act(&mut locks.lock().unwrap_or_else(PoisonError::into_inner))
}

fn refused(error: LockError, place: &Place) -> NotOpened {
    match error {
        LockError::Taken(owner) => {
            NotOpened::Never(OpenError::Taken { place: place.to_string(), owner })
        }
        LockError::Io(error) => {
            NotOpened::Away(DbError::new(format!("its lock cannot be taken: {error}")))
        }
        LockError::Server(error) => error.into(),
    }
}

/// Where our own tables are, for who works with these alone; `None` where nobody made any yet.
pub(super) async fn find_own(place: &Place) -> Result<Option<(Options, Prefix)>, NotOpened> {
    let file = match (&place.state, &place.bot) {
        (Some(state), _) => {
            own::check_state(state, place).await?;
            state.clone()
        }
        (None, Bot::Sqlite(path)) => match check(path).await?.1 {
            MadeBy::Init => path.clone(),
            MadeBy::Bot => beside(path, "alamor.db"),
        },
        (None, Bot::Postgres(server)) => {
            let options = Options::Postgres(Box::new(postgres_options(server, "alamor archive")));
            return Ok(Some((options, own::schema_of(server))));
        }
    };
    Ok(file.exists().then(|| (writing(&file), Prefix::SQLITE)))
}

/// Who made a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeBy {
    /// `alamor init`, so that it may be changed.
    Init,
    /// The bot.
    Bot,
}

/// Whether the file is a database of a known shape. Writes nothing.
pub(super) async fn check(path: &Path) -> Result<(Shape, MadeBy), NotOpened> {
    check_file(path)?;
    check_tables(path).await
}

/// Whether the file begins as a database does.
pub(super) fn check_file(path: &Path) -> Result<Head, NotOpened> {
    match head::read(path) {
        Ok(Some(head)) => Ok(head),
        Ok(None) => Err(NotOpened::Never(OpenError::NotADatabase { path: path.to_owned() })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(NotOpened::Never(OpenError::Missing { path: path.to_owned() }))
        }
        Err(error) => Err(NotOpened::Away(DbError::new(format!("{}: {error}", path.display())))),
    }
}

/// Reads the tables without changing anything, not even the journal mode.
async fn check_tables(path: &Path) -> Result<(Shape, MadeBy), NotOpened> {
    let pool = Pool::new(reading(path), Prefix::SQLITE, 1);
    let mut connection = pool.acquire().await?;
    let detected = match Shape::detect(&mut connection).await {
        Err(error) if primary_code(&error) == Some(NOT_A_DATABASE) => {
            return Err(NotOpened::Never(OpenError::NotADatabase { path: path.to_owned() }));
        }
        detected => detected?,
    };
    let is_ours = !columns(&mut connection, own::META).await?.is_empty();
    drop(connection);
    pool.close().await;
    let shape = detected.map_err(|what| {
        let place = path.display().to_string();
        NotOpened::Never(OpenError::UnknownShape { place, what, setting: "DATABASE_NAME_ALAMOR" })
    })?;
    Ok((shape, if is_ours { MadeBy::Init } else { MadeBy::Bot }))
}
