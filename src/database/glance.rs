//! One question to the bot's database from outside, for somebody who can go on without the answer.
//!
//! Invariant: nothing is written, and no lock of ours is taken.

use std::time::Duration;

use tokio::time::timeout;

use super::files::reading;
use super::place::{Bot, Place};
use super::sql::{Connection, Options, Pool, Prefix, postgres_options};

/// The longest that somebody waits for an answer before going on without it.
const ANSWER: Duration = Duration::from_secs(1);

/// Asks; `None` where the database is away or does not understand the question.
pub(super) async fn glance<T>(
    place: &Place,
    question: impl AsyncFnOnce(&mut Connection) -> Result<T, sqlx::Error>,
) -> Option<T> {
    let options = match &place.bot {
        Bot::Sqlite(path) => reading(path),
        Bot::Postgres(server) => {
            Options::Postgres(Box::new(postgres_options(server, "alamor asks")))
        }
    };
    let pool = Pool::new(options, Prefix::SQLITE, 1);
    let asked = timeout(ANSWER, async { question(&mut pool.acquire().await?).await }).await;
    let _ = timeout(ANSWER, pool.close()).await;
    asked.ok().and_then(Result::ok)
}
