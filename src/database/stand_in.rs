//! What can be read of a SQLite file that cannot be opened: its disk is full.
//!
//! A write-ahead log that was closed in order is gone, and opening the file again takes room, for the
//! log and for what those who have it open share. Until there is some, the file is read as it stands
//! on the disk.
//!
//! Invariants:
//! - Nothing is written, and the lock is ours: no other core changes what is read.
//! - What somebody else has open, or left open, is not read so.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::lock::{Locks, Owner};
use super::look::{beside_with, reader_of_file};
use super::open::{Reading, check_file, with};
use super::own;
use super::place::{Bot, Place, beside};
use super::shape::{Shape, columns};
use super::sides::Readers;
use super::sql::{Connection, Pool};

/// Below this much room, in bytes, a file with a write-ahead log cannot be opened: 32 KiB are shared,
/// and the log has to begin.
const ROOM: u64 = 64 * 1024;

/// Whether that is why `path` cannot be opened.
pub(super) fn is_disk_full(path: &Path) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM)
}

/// Takes the lock, and reads what is there; `None` where that cannot be done safely.
pub(super) async fn open(place: &Place, owner: &Owner, locks: &Mutex<Locks>) -> Option<Reading> {
    let Bot::Sqlite(path) = &place.bot else { return None };
    with(locks, |locks| locks.take_file(path, owner)).ok()?;
    if let Some(state) = &place.state {
        with(locks, |locks| locks.take_state(state, owner)).ok()?;
    }
    let bot = reader(path)?;
    let mut connection = bot.acquire().await.ok()?;
    let shape = Shape::detect(&mut connection).await.ok()?.ok()?;
    let is_ours = !columns(&mut connection, own::META).await.ok()?.is_empty();
    let own = match (&place.state, is_ours) {
        (Some(state), _) => Some(reader(state)?),
        (None, true) => None,
        (None, false) => Some(reader(&beside(path, "alamor.db"))?),
    };
    let is_newest = match &own {
        Some(own) => is_newest(&mut own.acquire().await.ok()?).await,
        None => is_newest(&mut connection).await,
    };
    drop(connection);
    is_newest.then(|| Reading { readers: Readers { bot, own }, shape: Arc::new(shape) })
}

/// Reads a file of which nothing waits in a log; who tried to open it without room left an empty one.
fn reader(path: &Path) -> Option<Pool> {
    let head = check_file(path).ok()?;
    let log = beside_with(path, "-wal").metadata().map_or(0, |found| found.len());
    (log == 0).then(|| reader_of_file(path, head.is_wal))
}

/// Whether our tables are those that are asked here: they cannot be brought up to date now.
async fn is_newest(connection: &mut Connection) -> bool {
    own::version(connection).await.is_ok_and(|found| found == Some(own::NEWEST))
}
