//! What answers cost a panel: time of its one core, in proportion to its clients.
//!
//! ```text
//! of 2 000 clients    3x-ui 2.8.11   3x-ui 3.6.0
//! a subscription      131 ms         15 ms
//! the list            165 ms         210 ms
//! every link          –              820 ms
//! ```
//!
//! The time passes, and no processor works for it: the machine that tests and benchmarks run on is
//! theirs. Requests of one panel queue for its core; real panels have more than one, and gain
//! little by it.
//!
//! # Source
//!
//! Measured on real panels with 2 000 customers each: fact C19 of src/ARCHITECTURE.md.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::sleep;

use super::route::Kind;

/// How many clients the figures were measured with.
const MEASURED_WITH: u32 = 2000;

/// What each kind of answer costs. Clones share one core.
#[derive(Debug, Clone)]
pub struct Cost {
    /// Of one subscription.
    pub subscription: Duration,
    /// Of the list of inbounds.
    pub list: Duration,
    /// Of every link.
    pub all_links: Duration,
    core: Arc<Mutex<()>>,
}

impl Cost {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::of(1, [0, 0, 0])
    }

    /// Like 3x-ui 2.8.11 with so many clients.
    #[must_use]
    pub fn like_2_8(clients: usize) -> Self {
        Self::of(clients, [131, 165, 0])
    }

    /// Like 3x-ui 3.6.0 with so many clients.
    #[must_use]
    pub fn like_3_6(clients: usize) -> Self {
        Self::of(clients, [15, 210, 820])
    }

    fn of(clients: usize, milliseconds: [u64; 3]) -> Self {
        let clients = u32::try_from(clients).unwrap_or(u32::MAX);
        let [subscription, list, all_links] =
            milliseconds.map(|time| Duration::from_millis(time) * clients / MEASURED_WITH);
        Self { subscription, list, all_links, core: Arc::default() }
    }

    /// Waits for the core, and for the work to be done.
    pub(super) async fn pay(&self, kind: Kind) {
        let time = match kind {
            Kind::Subscription => self.subscription,
            Kind::List => self.list,
            Kind::AllLinks => self.all_links,
            Kind::Login | Kind::Csrf | Kind::Status | Kind::Other => Duration::ZERO,
        };
        if !time.is_zero() {
            let _core = self.core.lock().await;
            sleep(time).await;
        }
    }
}
