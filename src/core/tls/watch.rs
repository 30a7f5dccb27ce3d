//! Looks whether the files changed, and takes over what was renewed.
//!
//! Invariant: what is half written is waited for. A pair that does not fit is told once it has
//! stayed so for a whole pause; until then the look before it counts.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::{Stamp, Tls};
use crate::core::Core;

/// How often the file system is asked for two files: whoever renews waits no longer than this.
const EVERY: Duration = Duration::from_secs(2);

/// Watches until the core stops.
pub(in crate::core) async fn run(core: Arc<Core>) {
    let Some(tls) = core.tls.clone() else { return };
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut suspect = None;
    while core.shutdown.run_until_cancelled(tick.tick()).await.is_some() {
        let at = Arc::clone(&tls);
        // A file may lie on a disk that hangs.
        let looked = spawn_blocking(move || at.look_if_changed(suspect)).await;
        suspect = looked.unwrap_or_default();
    }
}

impl Tls {
    /// Looks if the files are not those of the last look; returns what was odd for the first time.
    fn look_if_changed(&self, suspect: Option<Stamp>) -> Option<Stamp> {
        let stamp = Stamp::of(&self.files);
        if self.last().stamp == stamp {
            return None;
        }
        let read = self.read(Timestamp::now());
        if read.is_err() && suspect != Some(stamp) {
            return Some(stamp);
        }
        let look = self.take(stamp, read);
        self.tell(&look);
        None
    }
}
