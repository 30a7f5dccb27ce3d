//! The panels: who they are, whether they answer, and one customer's slice from one of them.
//!
//! ```text
//! fetch ─▶ limit ─▶ breaker ─▶ request ─▶ retry? ─▶ answer, with the time that it took
//! ```
//!
//! Start reading at `panel.rs`.
//!
//! Invariants:
//! - A panel is never asked by more than its limit at once, whoever asks.
//! - One answer takes at most `PANEL_TIMEOUT`, its retries included.
//! - What will not pass is asked once.
//!
//! Deliberately absent: what becomes of an answer (`update` decides), SQL.

pub(crate) mod given;
pub(crate) mod breaker;
pub(crate) mod panel;
pub(crate) mod probe;
mod request;
mod retry;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use reqwest::Client;

use self::panel::Certificate;
pub(crate) use self::panel::Panel;
use crate::database::panels::{PanelRow, Products};
use crate::domain::ids::PanelId;

/// Longest that connecting may take: three lost packets on a bad link.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How panels are asked.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Requests at once to one panel.
    pub(crate) per_panel: usize,
    /// Longest that one answer may take, retries included.
    pub(crate) timeout: Duration,
    /// Names of panels whose certificate is not verified.
    pub(crate) insecure: Vec<String>,
}

/// Every panel of the bot's, and the products that are made of them.
#[derive(Debug)]
pub(crate) struct Panels {
    limits: Limits,
    verified: Client,
    unverified: Client,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    panels: HashMap<PanelId, Arc<Panel>>,
    products: Arc<Products>,
}

impl Panels {
    /// No panels yet.
    ///
    /// # Errors
    ///
    /// If the system's certificates cannot be read.
    pub(crate) fn new(limits: Limits) -> Result<Self, reqwest::Error> {
        let builder = || {
            Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_max_idle_per_host(limits.per_panel)
                .tcp_nodelay(true)
        };
        Ok(Self {
            verified: builder().build()?,
            unverified: builder().danger_accept_invalid_certs(true).build()?,
            limits,
            known: RwLock::default(),
        })
    }

    /// Takes over what the bot's database says now. A panel that did not change stays as it is,
    /// breaker and all. Returns whether anything changed.
    pub(crate) fn replace(&self, rows: Vec<PanelRow>, products: Products) -> bool {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut known.panels);
        let mut changed = before.len() != rows.len() || *known.products != products;
        for row in rows {
            let panel = match before.get(&row.id) {
                Some(panel) if panel.is_same_as(&row) => Arc::clone(panel),
                _ => {
                    changed = true;
                    Arc::new(self.panel(row))
                }
            };
            known.panels.insert(panel.id(), panel);
        }
        for name in &self.limits.insecure {
            if changed && !known.panels.values().any(|panel| panel.name() == name) {
                tracing::warn!(panel = name, "PANEL_TLS_INSECURE names a panel that is not there");
            }
        }
        known.products = Arc::new(products);
        changed
    }

    fn panel(&self, row: PanelRow) -> Panel {
        let (client, certificate) = if self.limits.insecure.contains(&row.name) {
            tracing::warn!(panel = row.name, "The panel's certificate is not verified");
            (&self.unverified, Certificate::Ignored)
        } else {
            (&self.verified, Certificate::Verified)
        };
        Panel::new(row, client.clone(), certificate, self.limits.per_panel, self.limits.timeout)
    }

    /// The panel with this id.
    pub(crate) fn find(&self, id: PanelId) -> Option<Arc<Panel>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).panels.get(&id).cloned()
    }

    /// The name of a panel, or its number where there is none any more.
    pub(crate) fn name(&self, id: PanelId) -> String {
        self.find(id).map_or_else(|| format!("#{id}"), |panel| panel.name().to_owned())
    }

    /// Every panel, by name.
    pub(crate) fn list(&self) -> Vec<Arc<Panel>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut panels: Vec<_> = known.panels.values().cloned().collect();
        panels.sort_by(|a, b| a.name().cmp(b.name()));
        panels
    }

    /// Profiles and inbounds.
    pub(crate) fn products(&self) -> Arc<Products> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner).products)
    }
}
