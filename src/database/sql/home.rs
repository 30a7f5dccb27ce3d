//! What the connections of a pool share.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::query::Prefix;
use super::session::{Inner, Options};

/// What the connections of a pool share.
pub(super) struct Home {
    pub(super) options: Options,
    pub(super) prefix: Prefix,
    pub(super) size: u32,
    pub(super) permits: Arc<Semaphore>,
    pub(super) idle: Mutex<Vec<(u64, Inner)>>,
    pub(super) serials: AtomicU64,
}

impl Home {
    pub(super) fn take_back(&self, serial: u64, inner: Inner) {
        if !self.permits.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((serial, inner));
        }
    }

    pub(super) fn find_idle(&self) -> Option<(u64, Inner)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}
