//! `alamor migrate check`: what would change if this core took over from the old webhook server.
//!
//! ```text
//! the bot's database ─▶ copy ─▶ a core on the copy: one update of all ─▶ what it would serve ─┐
//!  read-only              └──▶ what the old server serves ────────────────────────────────────┴▶ Report
//! ```
//!
//! It is a rehearsal, and no guess: the same code fetches, judges, holds back and serves, in a
//! temporary folder that is removed at the end. Panels are asked as an update of all asks them.
//!
//! Exit code: 0 ready, 1 somebody should look first, 2 not ready, or it could not be found out.

mod report;
mod text;
mod json;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use secrecy::SecretString;

use self::report::{Report, Row};
use super::stop::Stop;
use super::table::Paper;
use super::{args, attach, follow, output, rungs};
use crate::api::checks::{Check, CheckState};
use crate::api::jobs::{All, Item, NewJob, Scope};
use crate::api::panels::Panel;
use crate::client::Client;
use crate::config::alerts::AlertSettings;
use crate::config::legacy::LegacySettings;
use crate::config::{self, AdminKey, ApiKey, Settings, UpdateSettings};
use crate::console::Lang;
use crate::core::probes::machine::names::Resolved;
use crate::core::probes::{Looker, Probe, Sight};
use crate::core::takeover::Compared;
use crate::core::{self, Role, takeover};
use crate::database::Database;
use crate::database::copy::{Copied, Sold, copy};
use crate::database::lock::Owner;
use crate::database::place::Place;
use crate::domain::ids::{PurchaseId, SubId};

/// Rehearses, and prints what it showed.
pub(super) async fn run(
    options: args::MigrateCheck,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let paper = Paper::detect(lang);
    let mut stop = Stop::watch()?;
    let database = look(&settings).await;
    let folder = tempfile::Builder::new().prefix("alamor-rehearsal-").tempdir();
    let folder = folder.context("a temporary folder")?;
    let file = folder.path().join("copy.db");
    let copied = match copy(&core::place(&settings), &file).await {
        Ok(copied) => copied,
        Err(_) if database.state == CheckState::Crit => {
            output::data(&if options.json {
                serde_json::to_string(&json::unreadable(&database))?
            } else {
                rungs::lines(&database, paper).join("\n")
            })?;
            return Ok(rungs::exit_code(CheckState::Crit));
        }
        Err(error) => return Err(error.into()),
    };
    let rehearsed = rehearse(&settings, &file, &copied, &mut stop, lang).await?;
    let rows = compare(&file, &copied.purchases, rehearsed.items).await?;
    let Rehearsed { job, panels, .. } = rehearsed;
    let report = Report { database, shape: copied.shape, panels, job, rows };
    if options.json {
        output::data(&serde_json::to_string(&json::whole(&report, options.all))?)?;
    } else {
        output::data(&text::whole(&report, options.all, paper))?;
        output::note(&lang.say().migrate_before());
    }
    Ok(rungs::exit_code(report.verdict()))
}

/// The rung `database` of the ladder: whether this core could use it.
async fn look(settings: &Settings) -> Check {
    let sight = Sight {
        settings: Arc::new(settings.clone()),
        listen: settings.bind,
        looker: Looker::operator(),
        domains: Vec::new(),
        resolved: Resolved::default(),
    };
    Probe::Database.look(&sight).await
}

/// What an update of the copy showed.
struct Rehearsed {
    /// `None` where nothing is active.
    job: Option<crate::api::jobs::Job>,
    items: Vec<Item>,
    panels: Vec<Panel>,
}

/// Updates all of the copy at `file` once.
async fn rehearse(
    settings: &Settings,
    file: &Path,
    copied: &Copied,
    stop: &mut Stop,
    lang: Lang,
) -> anyhow::Result<Rehearsed> {
    let listener = TcpListener::bind("127.0.0.1:0").context("a free port on 127.0.0.1")?;
    let key = ApiKey::generate();
    let secret = SecretString::from(key.expose());
    let settings = of_rehearsal(settings, file, listener.local_addr()?, key);
    let core = core::start(settings, listener, Role::Rehearsal).await?;
    let client = attach::named(&format!("http://{}", core.address()), Some(secret))?;
    let has_active = copied.purchases.iter().any(|sold| sold.active);
    let rehearsed = tokio::select! {
        rehearsed = update(&client, has_active, lang) => rehearsed,
        name = stop.heard() => {
            core.stop().await;
            bail!("stopped by {name}; nothing of the rehearsal is left");
        }
    };
    core.stop().await;
    rehearsed
}

async fn update(client: &Client, has_active: bool, lang: Lang) -> anyhow::Result<Rehearsed> {
    if !has_active {
        let panels = client.list_panels().await?.items;
        return Ok(Rehearsed { job: None, items: Vec::new(), panels });
    }
    let new = NewJob {
        purchases: Some(Scope::All(All::All)),
        dry_run: false,
        force: false,
        retry_of: None,
        by: attach::by(),
    };
    let followed = follow::run(client, &new, lang, |_| {}).await?;
    let panels = client.list_panels().await?.items;
    Ok(Rehearsed { job: Some(followed.job), items: followed.items, panels })
}

/// The operator's settings, for a core on the copy: as far as panels are asked and links are judged.
fn of_rehearsal(settings: &Settings, file: &Path, bind: SocketAddr, key: ApiKey) -> Settings {
    Settings {
        admin_key: AdminKey::Good(key),
        previous_key: AdminKey::Unset,
        database: config::Database::Sqlite { path: file.to_owned() },
        state_database: None,
        bind,
        legacy: LegacySettings { upstream: None, paths: Vec::new() },
        update: UpdateSettings { every: None, ..settings.update.clone() },
        alerts: AlertSettings::default(),
        ..settings.clone()
    }
}

/// How many purchases are read at once.
const AT_ONCE: usize = 500;

/// What the copy serves now, beside what the old server serves.
async fn compare(file: &Path, sold: &[Sold], items: Vec<Item>) -> anyhow::Result<Vec<Row>> {
    let mut items: BTreeMap<i64, Item> =
        items.into_iter().map(|item| (item.purchase_id, item)).collect();
    let url = "http://127.0.0.1:0".to_owned();
    let owner = Owner { pid: std::process::id(), role: "rehearsal".to_owned(), url };
    let database = Database::open(Place::file(file), None, &owner).await?;
    // Of several with one id the oldest is served, by either server.
    let mut served: BTreeMap<&str, (i64, Option<Compared>)> = BTreeMap::new();
    let mut rows = Vec::with_capacity(sold.len());
    for some in sold.chunks(AT_ONCE) {
        let ids: Vec<PurchaseId> = some.iter().map(|sold| sold.id).collect();
        let known = database.list_known(&ids).await?;
        for sold in some {
            let id = sold.id.0;
            let compared = known.get(&sold.id).map(|known| {
                let before = takeover::before(sold.active, sold.json.as_deref());
                takeover::compare(&before, &takeover::after(known))
            });
            let address = sold.sub_id.as_ref().map(SubId::reveal);
            let served = address.map(|address| *served.entry(address).or_insert((id, compared)));
            rows.push(Row {
                id,
                active: sold.active,
                item: items.remove(&id),
                compared: served.and_then(|(_, compared)| compared),
                shadow: served.map(|(oldest, _)| oldest).filter(|oldest| *oldest != id),
            });
        }
    }
    database.close().await;
    Ok(rows)
}
