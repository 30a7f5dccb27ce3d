//! What this process notes, kept for who wants to look.
//!
//! ```text
//! tracing ─▶ LogLayer ─▶ ring of the newest records ─▶ every reader, from its own place
//!                                └▶ "there is more": a number, not the record
//! ```
//!
//! Start reading at `ring.rs`.
//!
//! Invariants:
//! - Bounded: at most [`ring::RECORDS`] records and [`ring::BYTES`] bytes, whoever logs what.
//! - A reader costs nothing but its place: a slow one finds the oldest records gone, and is told
//!   how many. Nobody who logs ever waits for one.
//! - Sending a record makes no record. What other crates say below `info` is not kept, or what HTTP
//!   says of the sending would be sent as well.
//!
//! Deliberately absent: redaction. Nothing secret may reach the log at all; the ring holds no more
//! than stderr gets.

pub(crate) mod wanted;
pub(crate) mod ring;
pub(crate) mod layer;
pub(crate) mod level;

use std::sync::{LazyLock, Mutex, PoisonError};

use tokio::sync::watch;

use self::ring::{Batch, Ring};
use self::wanted::Wanted;
use crate::api::logs::Record;

/// The log of a process.
#[derive(Debug)]
pub(crate) struct Log {
    ring: Mutex<Ring>,
    /// The number of the last record.
    news: watch::Sender<u64>,
}

/// As tracing itself, one for the process: cores in one process share it.
static LOG: LazyLock<Log> = LazyLock::new(Log::new);

/// The log of this process.
pub(crate) fn of_process() -> &'static Log {
    &LOG
}

impl Log {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { ring: Mutex::default(), news: watch::Sender::new(0) }
    }

    /// Keeps a record; its number is given to it here.
    pub(crate) fn put(&self, record: Record) {
        let last = self.ring.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        self.news.send_replace(last);
    }

    /// The newest `limit` records that are wanted, oldest first.
    pub(crate) fn newest(&self, wanted: &Wanted, limit: usize) -> Batch {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).newest(wanted, limit)
    }

    /// The first `limit` records after number `after` that are wanted.
    pub(crate) fn after(&self, after: u64, wanted: &Wanted, limit: usize) -> Batch {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).after(after, wanted, limit)
    }

    /// How many wait for records.
    pub(crate) fn readers(&self) -> usize {
        self.news.receiver_count()
    }

    /// Changes with every record.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }
}
