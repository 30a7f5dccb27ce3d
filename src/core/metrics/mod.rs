//! What a monitoring system reads every few seconds: the core's own figures as OpenMetrics text.
//!
//! ```text
//! Core ─▶ Seen: plain values, at the moment of the question ─▶ families.rs ─▶ sheet.rs ─▶ text
//! ```
//!
//! Gauges are read off what the core knows anyway; only what ended (`update/counted.rs`) and what was
//! asked (`meter/`) is counted as it happens.
//!
//! Invariants:
//! - Labels are templates, states, and the names of panels and domains: nothing that a stranger can
//!   make up, no subscription id, no purchase.
//! - Asking costs no question to a panel, and one ping of the database.

mod sheet;
mod families;

use std::fmt;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::registry::Registry;

use self::sheet::Sheet;
use super::log::of_process;
use super::meter::totals::Totals;
use super::probes::machine::vitals::Vitals;
use super::update::counted::How;
use super::{Core, said};
use crate::api::health::Health;
use crate::api::jobs::Job;
use crate::api::panels::Panel;
use crate::core::update::now;

/// The content type of what [`Core::metrics`] writes.
///
/// # Source
///
/// OpenMetrics 1.0, which Prometheus reads since 2.5.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is told, as it was at one moment.
#[derive(Debug)]
struct Seen {
    health: Health,
    routes: Vec<(Box<str>, Totals)>,
    panels: Vec<Panel>,
    /// When the links of each active purchase were fetched, in Unix milliseconds.
    fetched: Vec<Option<i64>>,
    updates: Vec<((How, &'static str), u64)>,
    jobs: Vec<(&'static str, u64)>,
    running: Option<Job>,
    ended: Option<Job>,
    event_readers: usize,
    log_readers: usize,
    vitals: Option<Vitals>,
    now: i64,
}

impl Core {
    /// Everything that is measured.
    pub(super) async fn metrics(&self) -> Result<String, fmt::Error> {
        let seen = self.see().await;
        let mut registry = Registry::default();
        registry.register_collector(Box::new(seen));
        let mut text = String::new();
        text::encode(&mut text, &registry)?;
        Ok(text)
    }

    async fn see(&self) -> Seen {
        let now = now();
        let running = self.updater.running().map(|running| running.latest.borrow().clone());
        let ended = self.updater.ended().borrow().clone();
        Seen {
            health: self.health().await,
            routes: self.meter.totals(),
            panels: said::panels(&self.panels, &self.catalog, now),
            fetched: {
                let rows = self.catalog.rows();
                let active = rows.iter().filter(|row| row.purchase.active);
                active.map(|row| row.summary.oldest_at.get()).collect()
            },
            updates: self.updater.counted().updates(),
            jobs: self.updater.counted().jobs(),
            running,
            ended,
            event_readers: self.hub.listeners(),
            log_readers: of_process().readers(),
            vitals: Vitals::read(std::process::id()).ok(),
            now,
        }
    }
}

impl Collector for Seen {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut sheet = Sheet::new(encoder);
        self.core(&mut sheet)?;
        self.requests(&mut sheet)?;
        self.updates(&mut sheet)?;
        self.panels(&mut sheet)?;
        self.links(&mut sheet)?;
        self.checks(&mut sheet, Timestamp::now())?;
        self.process(&mut sheet)
    }
}
