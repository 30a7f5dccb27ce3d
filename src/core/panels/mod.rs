//! The panels: who they are, whether they answer, and one customer's slice from one of them.
//!
//! ```text
//!  update ─▶ fetch ────┬─▶ lists ─▶ entering ─┐
//!        └─▶ surveying ┘                      ├─▶ asking ─▶ wire ─▶ the panel
//!  watch ──▶ status ──────────▶ entering ─────┘   limit, breaker, retry
//! ```
//!
//! Start reading at `fetch.rs`, then `asking.rs`.
//!
//! Invariants:
//! - A panel is never asked by more than its limit at once, whoever asks.
//! - One answer takes at most `PANEL_TIMEOUT`, its retries included. A list has to begin within
//!   that, and may then take 30 s in all, as long as it keeps coming.
//! - What will not pass is asked once, and a password that was refused not again.
//!
//! Deliberately absent: what becomes of an answer (`update` decides), SQL.

pub(crate) mod given;
pub(crate) mod breaker;
mod retry;
mod wire;
pub(crate) mod admin;
pub(crate) mod survey;
pub(crate) mod panel;
mod asking;
mod entering;
mod lists;
mod fetch;
pub(crate) mod surveying;
mod status;
pub(crate) mod report;
pub(crate) mod probe;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use secrecy::SecretString;

use self::admin::refusals::Refusals;
pub(crate) use self::panel::Panel;
use self::panel::{Certificate, Setup};
use self::wire::Clients;
use crate::database::Database;
use crate::database::error::DbError;
use crate::database::panels::{PanelRow, Products};
use crate::domain::ids::PanelId;

/// How panels are asked.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Requests at once to one panel.
    pub(crate) per_panel: usize,
    /// Longest that one answer may take, retries included.
    pub(crate) timeout: Duration,
    /// Names of panels whose certificate is not verified.
    pub(crate) insecure: Vec<String>,
    /// API tokens, by the panel's name.
    pub(crate) tokens: Vec<(String, SecretString)>,
}

/// Every panel of the bot's, and the products that are made of them.
#[derive(Debug)]
pub(crate) struct Panels {
    limits: Limits,
    verified: Clients,
    unverified: Clients,
    refusals: Arc<Refusals>,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    panels: HashMap<PanelId, Arc<Panel>>,
    products: Arc<Products>,
}

impl Panels {
    /// No panels yet. What they refuse is remembered in `database`.
    ///
    /// # Errors
    ///
    /// If the system's certificates cannot be read.
    pub(crate) fn new(limits: Limits, database: Arc<Database>) -> Result<Self, reqwest::Error> {
        Ok(Self {
            verified: Clients::new(limits.per_panel, true)?,
            unverified: Clients::new(limits.per_panel, false)?,
            refusals: Arc::new(Refusals::kept_in(database)),
            limits,
            known: RwLock::default(),
        })
    }

    /// Reads what panels refused before this core began; to be done before [`Panels::replace`].
    ///
    /// # Errors
    ///
    /// [`DbError`] if the database is away.
    pub(crate) async fn load_refusals(&self) -> Result<(), DbError> {
        self.refusals.load().await
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
        if changed {
            self.warn_of_strangers(&known);
        }
        known.products = Arc::new(products);
        changed
    }

    fn warn_of_strangers(&self, known: &Known) {
        let is_there = |name: &String| known.panels.values().any(|panel| panel.name() == name);
        for name in self.limits.insecure.iter().filter(|name| !is_there(name)) {
            tracing::warn!(panel = name, "PANEL_TLS_INSECURE names a panel that is not there");
        }
        for (name, _) in self.limits.tokens.iter().filter(|(name, _)| !is_there(name)) {
            tracing::warn!(panel = name, "PANEL_TOKENS names a panel that is not there");
        }
    }

    fn panel(&self, row: PanelRow) -> Panel {
        let (clients, certificate) = if self.limits.insecure.contains(&row.name) {
            tracing::warn!(panel = row.name, "The panel's certificate is not verified");
            (&self.unverified, Certificate::Ignored)
        } else {
            (&self.verified, Certificate::Verified)
        };
        let token = self.limits.tokens.iter().find(|(name, _)| *name == row.name);
        let setup = Setup {
            clients: clients.clone(),
            certificate,
            token: token.map(|(_, token)| token.clone()),
            refusals: Arc::clone(&self.refusals),
            limit: self.limits.per_panel,
            timeout: self.limits.timeout,
        };
        Panel::new(row, setup)
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
