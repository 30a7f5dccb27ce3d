//! The log of our SQLite file is copied into the file beside the writer.
//!
//! ```text
//! writer       batch ─ batch ─ … ─ batch ─ the rest ─ batch, at the log's beginning
//! beside it                  ╰─ the log ─╯
//! ```
//!
//! SQLite copies by itself, in the commit that makes the log long enough, and everybody waits for
//! all 16 MB of it: a seventh of the time of a job. So while many purchases are settled it is copied
//! before that, on a connection of its own, and the writer copies only what came meanwhile.
//!
//! Whatever fails here SQLite does later, as if nobody had tried.

use std::sync::{Mutex, PoisonError};

use tokio::task::JoinHandle;

use super::sql::{Pool, Query};

/// After how many purchases the log is copied: it has about half of the length then at which SQLite
/// would do it.
const EVERY: usize = 1536;

/// See the head of this file.
pub(super) struct Checkpoint {
    /// Of our file.
    beside: Pool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Purchases that were settled since the log was last copied.
    settled: usize,
    copying: Option<JoinHandle<()>>,
}

impl Checkpoint {
    pub(super) fn new(beside: Pool) -> Self {
        Self { beside, state: Mutex::default() }
    }

    /// The connection that it copies on.
    pub(super) fn pool(&self) -> &Pool {
        &self.beside
    }

    /// So many more purchases were settled, and nothing is being written on `writer`.
    pub(super) async fn after(&self, settled: usize, writer: &Pool) {
        if self.is_rest_due(settled) {
            copy(writer).await;
        }
    }

    /// Begins to copy, if it is time; whether the rest may be copied now.
    fn is_rest_due(&self, settled: usize) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.settled += settled;
        if state.settled >= EVERY && state.copying.is_none() {
            state.settled = 0;
            let beside = self.beside.clone();
            state.copying = Some(tokio::spawn(async move { copy(&beside).await }));
        }
        state.copying.take_if(|copying| copying.is_finished()).is_some()
    }
}

/// Copies what nobody still reads from the log. Nobody waits for it, and it waits for nobody.
async fn copy(pool: &Pool) {
    if let Ok(mut connection) = pool.acquire().await {
        let _ = connection.find(Query::new("PRAGMA wal_checkpoint(PASSIVE)")).await;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::files::{reading, writing};
    use super::super::sql::Prefix;
    use super::*;

    /// A new file, as its writer has it.
    fn file(path: &Path) -> Pool {
        std::fs::write(path, "").unwrap();
        Pool::new(writing(path), Prefix::SQLITE, 1)
    }

    async fn run(pool: &Pool, sql: &'static str) {
        pool.acquire().await.unwrap().execute(Query::new(sql)).await.unwrap();
    }

    /// Copies once, beside the writer and by the writer.
    async fn go_round(checkpoint: &Checkpoint, writer: &Pool) {
        checkpoint.after(EVERY, writer).await;
        while checkpoint.state.lock().unwrap().copying.is_some() {
            checkpoint.after(0, writer).await;
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_log_that_is_copied_beside_the_writer_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ours.db");
        let writer = file(&path);
        let checkpoint = Checkpoint::new(Pool::new(reading(&path), Prefix::SQLITE, 1));
        run(&writer, "CREATE TABLE t (x TEXT)").await;

        let length = || std::fs::metadata(folder.path().join("ours.db-wal")).unwrap().len();
        let mut lengths = Vec::new();
        for _ in 0..8 {
            run(&writer, "INSERT INTO t VALUES (zeroblob(400000))").await;
            lengths.push(length());
            go_round(&checkpoint, &writer).await;
        }
        assert!(lengths[7] < 2 * lengths[0], "it only grew: {lengths:?}");
    }

    #[tokio::test]
    async fn where_nothing_can_be_copied_beside_the_writer_it_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let writer = file(&folder.path().join("ours.db"));
        let nowhere = Pool::new(reading(&folder.path().join("no.db")), Prefix::SQLITE, 1);
        let checkpoint = Checkpoint::new(nowhere);
        run(&writer, "CREATE TABLE t (x TEXT)").await;
        go_round(&checkpoint, &writer).await;
        run(&writer, "INSERT INTO t VALUES ('x')").await;
    }
}
