//! What the core notices by itself: changes in the bot's database, panels that come and go, the
//! heartbeat of the event stream.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::deeds::Who;
use super::{Core, Role, said};
use crate::api;
use crate::api::events::Event;
use crate::core::update::now;
use crate::database::changes::{Changes, Purchases, Watcher};
use crate::database::error::DbError;
use crate::domain::ids::PanelId;

/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often the bot's tables are read anew, if they changed: half of the 10 s within which a
/// change is to be noticed.
const RELOAD_EVERY: Duration = Duration::from_secs(5);

/// The heartbeat: a console takes silence of twice this for a dead link.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How often each panel is asked how it is.
const STATUS_EVERY: Duration = Duration::from_mins(1);

/// How long after it was first seen: what an operator wants right after the start comes first.
const STATUS_FIRST: Duration = Duration::from_secs(15);

/// How often what is old is forgotten.
const PRUNE_EVERY: Duration = Duration::from_hours(6);

/// Beats until the core stops: on its own, so that a database that hangs does not look like a dead
/// link.
pub(super) async fn beat(core: Arc<Core>) {
    let mut tick = interval(HEARTBEAT);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = core.shutdown.cancelled() => return,
            _ = tick.tick() => {
                if core.hub.has_listeners() {
                    core.hub.publish(Event::Health(core.health().await));
                }
            }
        }
    }
}

/// Asks panels how they are until the core stops, each in a task of its own: one that hangs makes
/// no other wait.
pub(super) async fn ask_panels(core: Arc<Core>) {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut due: HashMap<PanelId, Instant> = HashMap::new();
    let mut asking = JoinSet::new();
    loop {
        tokio::select! {
            () = core.shutdown.cancelled() => return,
            _ = tick.tick() => {}
        }
        while asking.try_join_next().is_some() {}
        let now = Instant::now();
        for panel in core.panels.list() {
            let next = due.entry(panel.id()).or_insert(now + STATUS_FIRST);
            if now >= *next {
                *next = now + STATUS_EVERY;
                asking.spawn(async move { panel.check_status().await });
            }
        }
    }
}

/// Looks until the core stops.
pub(super) async fn run(core: Arc<Core>, mut eyes: Eyes) {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = core.shutdown.cancelled() => return,
            _ = tick.tick() => {
                eyes.look(&core).await;
                core.pulse.beat();
            }
        }
    }
}

/// What was seen last.
#[derive(Debug, Default)]
pub(super) struct Eyes {
    watcher: Watcher,
    reloaded: Option<Instant>,
    pruned: Option<Instant>,
    panels: HashMap<String, api::panels::Panel>,
    resumed: bool,
    /// Why the database could not be read the last time.
    complaint: Option<String>,
}

impl Eyes {
    async fn look(&mut self, core: &Arc<Core>) {
        if core.role == Role::Embedded && core.database.is_asked_to_yield() {
            tracing::info!("Another core asks for the database: this one yields");
            core.shutdown.cancel();
            return;
        }
        if is_due(&mut self.reloaded, RELOAD_EVERY) {
            self.reload(core).await;
            core.write_again().await;
        }
        if !self.resumed && core.is_loaded() {
            self.resumed = core.updater.resume().await.is_ok();
        }
        if is_due(&mut self.pruned, PRUNE_EVERY)
            && let Err(error) = core.database.prune(now()).await
        {
            tracing::debug!(%error, "Old entries stay for now");
        }
        if core.hub.has_listeners() {
            self.tell_panels(core);
        }
    }

    async fn reload(&mut self, core: &Arc<Core>) {
        if let Err(error) = core.database.try_open(&core.owner()).await {
            tracing::error!(%error, "The database cannot be used");
            return;
        }
        self.load(core).await;
    }

    /// Takes over what the bot changed, everything at first; tells listeners if anything did.
    pub(super) async fn load(&mut self, core: &Core) {
        // What panels refused before is known before the panels are.
        if let Err(error) = core.panels.load_refusals().await {
            return self.complain(&error);
        }
        match core.database.changes(&mut self.watcher).await {
            Ok(None) => self.complaint = None,
            Ok(Some(changes)) => {
                self.complaint = None;
                if core.take_over(changes) {
                    core.hub.publish(Event::Changed {});
                }
            }
            Err(error) => self.complain(&error),
        }
    }

    /// Once for each outage, not at each look.
    fn complain(&mut self, error: &DbError) {
        let cause = Some(error.cause.clone());
        if self.complaint != cause {
            tracing::warn!(%error, "Purchases could not be read");
            self.complaint = cause;
        }
    }

    /// Publishes the panels that changed. A latency that wavers is no change.
    fn tell_panels(&mut self, core: &Core) {
        for panel in said::panels(&core.panels, &core.catalog, now()) {
            let seen = self.panels.get(&panel.name);
            let is_same = seen.is_some_and(|seen| settled(seen) == settled(&panel));
            if !is_same {
                core.hub.publish(Event::Panel(panel.clone()));
                self.panels.insert(panel.name.clone(), panel);
            }
        }
    }
}

/// A panel without what wavers from one look to the next.
fn settled(panel: &api::panels::Panel) -> api::panels::Panel {
    let breaker = api::panels::Breaker { retry_at: None, ..panel.breaker };
    // That there is something at all is a change; that it grows older is none.
    let oldest_ms = panel.oldest_ms.map(|_| 0);
    api::panels::Panel { latency_ms: None, oldest_ms, breaker, ..panel.clone() }
}

fn is_due(last: &mut Option<Instant>, every: Duration) -> bool {
    let is_due = last.is_none_or(|last| last.elapsed() >= every);
    if is_due {
        *last = Some(Instant::now());
    }
    is_due
}

impl Core {
    /// Takes over what the bot changed; returns whether that changes anything.
    fn take_over(&self, changes: Changes) -> bool {
        let panels_changed = self.panels.replace(changes.panels, changes.products);
        let changed = match changes.purchases {
            Purchases::All(listed) => self.catalog.replace(listed),
            Purchases::Some { there, gone } => self.catalog.update(there, &gone),
        };
        self.memory.forget(&changed);
        panels_changed || !changed.is_empty()
    }

    /// Ends what was said of a write that failed, if one does again and nobody else writes: a disk
    /// with room again would stay full until somebody updates something.
    async fn write_again(&self) {
        let Some(trouble) = self.database.untried_trouble() else { return };
        let who = Who::core("core");
        let noted = self.note(who, "write again", format!("after: {}", trouble.cause)).await;
        if noted.is_ok() {
            tracing::info!(after = trouble.cause, "The database takes writes again");
        }
    }

    /// Whether purchases were ever read.
    pub(super) fn is_loaded(&self) -> bool {
        self.catalog.is_loaded()
    }
}
