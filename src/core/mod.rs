//! What is done, headless: the core reads purchases, fetches their links from panels, keeps and
//! serves them, and says what it does.
//!
//! ```text
//!            ┌──────────────── http ◀── bot, subscribers, consoles
//!            ▼                  ▲
//!  catalog, memory ◀── update ──┴── events
//!            ▲           │  ▲
//!          watch         ▼  │
//!            └──── database  panels ──▶ the panels
//! ```
//!
//! Start reading at `update/judge.rs` for what it is all about, at [`start`] for how it begins.
//!
//! Invariants:
//! - The database is the truth; catalog and memory are copies that follow it.
//! - Nothing here waits for a console, and no console can stop a job by leaving.
//!
//! Deliberately absent: the terminal, the command line, SQL.

pub(crate) mod clock;
pub(crate) mod links;
pub(crate) mod update;
pub(crate) mod panels;
mod sub_ids;
pub(crate) mod catalog;
mod folded;
mod packed;
pub(crate) mod memory;
pub(crate) mod flights;
mod watch;
mod schedule;
pub mod alerts;
pub(crate) mod events;
pub(crate) mod log;
pub(crate) mod said;
pub(crate) mod probes;
pub(crate) mod trouble;
mod health;
mod live;
mod pulse;
mod compare;
mod deeds;
pub(crate) mod takeover;
mod payments;
pub(crate) mod meter;
mod metrics;
mod http;
mod tls;
mod door;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch::Receiver;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

pub use self::door::{Socket, Sockets};
pub use self::live::Reloaded;
pub(crate) use self::log::layer::record;
pub use self::log::layer::{LogLayer, log_layer};
pub use self::log::level::on_level;
pub use self::tls::BadPair;

use self::alerts::Alerts;
use self::catalog::Catalog;
use self::events::Hub;
use self::live::Live;
use self::memory::Memory;
use self::meter::Meter;
use self::panels::Panels;
use self::payments::Payments;
use self::probes::board::Board;
use self::pulse::Pulse;
use self::schedule::Schedule;
use self::tls::Tls;
use self::update::director::Limits;
use self::update::judge::{Name, Usage};
use self::update::{Policy, Updater, audit};
use crate::api::health::Health;
use crate::config::{self, Remark, RemarkUsage, Settings, UpdateSettings, Violations};
use crate::database::Database;
use crate::database::cipher::Cipher;
use crate::database::error::OpenError;
use crate::database::lock::{Owner, ask_to_yield};
use crate::database::place::{Bot, Place, Postgres};

/// How long an embedded core has to yield its database to a `serve` core.
const YIELD: Duration = Duration::from_secs(5);

/// How a core was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `alamor serve`: keeps its database until it is stopped.
    Serve,
    /// Inside a console: yields its database to a `serve` core.
    Embedded,
    /// With simulated panels.
    Demo,
    /// On a copy, to see what would become of it: updates when it is told to, looks at nothing by
    /// itself, and tells nobody.
    Rehearsal,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Embedded => "embedded",
            Self::Demo => "demo",
            Self::Rehearsal => "rehearsal",
        }
    }
}

/// Why a core did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database will never do.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The system's certificates cannot be read.
    #[error("the system's certificates cannot be read ({0}). Install the package ca-certificates")]
    Certificates(reqwest::Error),
    /// TLS of its own, and no pair of certificate and key.
    #[error(transparent)]
    Pair(#[from] BadPair),
    /// The listener does not work.
    #[error("the listener does not work: {0}")]
    Listener(#[from] io::Error),
}

/// All that the parts of a core share.
#[derive(Debug)]
pub(crate) struct Core {
    live: Live,
    role: Role,
    listen: SocketAddr,
    /// Whether systemd holds the socket.
    is_passed: bool,
    /// What the listener speaks beside plain HTTP.
    tls: Option<Arc<Tls>>,
    pulse: Pulse,
    started_at: Timestamp,
    started: Instant,
    database: Arc<Database>,
    panels: Arc<Panels>,
    catalog: Arc<Catalog>,
    memory: Arc<Memory>,
    hub: Arc<Hub>,
    meter: Meter,
    board: Board,
    schedule: Schedule,
    alerts: Alerts,
    updater: Arc<Updater>,
    strangers: http::sub::strangers::Strangers,
    ladders: http::panels::Ladders,
    presented: http::auth::Presented,
    pressed: http::bot::Pressed,
    old_server: http::forward::OldServer,
    payments: Payments,
    shutdown: CancellationToken,
}

impl Core {
    /// What the lock of the database says about us.
    fn owner(&self) -> Owner {
        owner(self.role, self.listen)
    }

    /// The settings as they are now.
    fn settings(&self) -> Arc<Settings> {
        self.live.get()
    }
}

/// A core at work.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    core: Arc<Core>,
    server: JoinHandle<io::Result<()>>,
    watch: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends when the core does: it was stopped, or yielded its database.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.core.shutdown.clone()
    }

    /// The running job's id, if there is one.
    #[must_use]
    pub fn running_job(&self) -> Option<i64> {
        self.core.updater.running().map(|running| running.id.0)
    }

    /// Turns of the loop without which nothing goes on.
    #[must_use]
    pub fn turns(&self) -> Receiver<u64> {
        self.core.pulse.turns()
    }

    /// Whether it answers at its own listener.
    pub async fn answers(&self) -> bool {
        pulse::answers(self.address, self.core.hub.instance()).await
    }

    /// Its health at a glance.
    pub async fn health(&self) -> Health {
        self.core.health().await
    }

    /// Takes over settings that were read again, as far as they can change while it runs.
    #[must_use]
    pub fn reload(&self, settings: Settings) -> Reloaded {
        let reloaded = self.core.live.take(settings);
        self.read_certificate();
        let settings = self.core.settings();
        self.core.updater.set_policy(policy(&settings.update));
        log::level::set_setting(&settings.log.level);
        self.core.forget_reload();
        reloaded
    }

    /// Notes that the settings were read again and are not valid: the old ones stay.
    pub fn refuse(&self, violations: &Violations) {
        self.core.live.refuse(violations.iter().count());
        self.core.forget_reload();
        self.read_certificate();
    }

    /// Reads the certificate again, if it speaks TLS itself.
    fn read_certificate(&self) {
        if let Some(tls) = &self.core.tls {
            tls.read_again();
            if let Some(acme) = tls.acme() {
                acme.hurry();
            }
        }
    }

    /// Stops it: no new requests, what was begun is written, the lock is released. A running job
    /// goes on at the next start.
    pub async fn stop(self) {
        self.core.shutdown.cancel();
        // Both end on the token; a panic in either was logged by its own task.
        let _ = self.server.await;
        let _ = self.watch.await;
        self.core.updater.stopped().await;
        self.core.database.close().await;
    }
}

/// Starts a core on its listeners.
///
/// # Errors
///
/// [`StartError`], by reaction. A database that is only away is no error.
pub async fn start(
    settings: Settings,
    sockets: impl Into<Sockets>,
    role: Role,
) -> Result<Running, StartError> {
    let Sockets { front, redirect } = sockets.into();
    let is_passed = front.is_passed();
    let listener = front.into_listener();
    let listen = listener.local_addr()?;
    let tls = open_tls(&settings, role)?;
    let place = place(&settings);
    let cipher = settings.encryption_key.as_ref().and_then(|key| Cipher::new(&key.expose().into()));
    let database = Arc::new(open(place, cipher, role, listen).await?);
    let core = Arc::new(assemble(settings, role, Front { listen, is_passed, tls }, database)?);
    let mut eyes = watch::Eyes::default();
    eyes.load(&core).await;
    let watch = tokio::spawn(watch::run(Arc::clone(&core), eyes));
    tokio::spawn(watch::beat(Arc::clone(&core)));
    if role != Role::Rehearsal {
        live(&core);
    }
    if let Some(redirect) = redirect {
        tokio::spawn(door::redirect(Arc::clone(&core), redirect));
    }
    let server = tokio::spawn(door::serve(Arc::clone(&core), listener));
    tracing::info!(listen = %listen, role = role.as_str(), "The core listens");
    Ok(Running { address: listen, core, server, watch })
}

/// Begins what a core does unasked.
fn live(core: &Arc<Core>) {
    tokio::spawn(
        core.shutdown.clone().run_until_cancelled_owned(audit::run(Arc::clone(&core.updater))),
    );
    tokio::spawn(watch::ask_panels(Arc::clone(core)));
    tokio::spawn(probes::watch::run(Arc::clone(core)));
    tokio::spawn(schedule::run(Arc::clone(core)));
    tokio::spawn(alerts::run(Arc::clone(core)));
    tokio::spawn(payments::watch(Arc::clone(core)));
    tokio::spawn(tls::run(Arc::clone(core)));
    tokio::spawn(tls::acme::run(Arc::clone(core)));
}

/// Where connections come in, and what is spoken there.
struct Front {
    listen: SocketAddr,
    is_passed: bool,
    tls: Option<Arc<Tls>>,
}

/// TLS of its own is for customers: no console, and no demo, has any.
fn open_tls(settings: &Settings, role: Role) -> Result<Option<Arc<Tls>>, BadPair> {
    let files = settings.tls.clone().filter(|_| role == Role::Serve);
    files.map(|files| Tls::open(files).map(Arc::new)).transpose()
}

fn assemble(
    settings: Settings,
    role: Role,
    front: Front,
    database: Arc<Database>,
) -> Result<Core, StartError> {
    let update = &settings.update;
    let limits = panels::Limits {
        per_panel: update.per_panel,
        timeout: update.panel_timeout,
        insecure: update.tls_insecure.clone(),
        tokens: update.tokens.0.clone(),
    };
    let panels = Panels::new(limits, Arc::clone(&database)).map_err(StartError::Certificates)?;
    let panels = Arc::new(panels);
    let policy = policy(update);
    let catalog = Arc::new(Catalog::default());
    let memory = Arc::new(Memory::default());
    let hub = Arc::new(Hub::new(new_instance()));
    let shutdown = CancellationToken::new();
    let updater = Updater::new(
        Arc::clone(&database),
        Arc::clone(&panels),
        Arc::clone(&catalog),
        Arc::clone(&memory),
        Arc::clone(&hub),
        policy,
        shutdown.clone(),
    );
    Ok(Core {
        live: Live::new(settings),
        role,
        listen: front.listen,
        is_passed: front.is_passed,
        tls: front.tls,
        pulse: Pulse::default(),
        started_at: Timestamp::now(),
        started: Instant::now(),
        database,
        panels,
        catalog,
        memory,
        hub,
        meter: Meter::default(),
        board: Board::default(),
        schedule: Schedule::default(),
        alerts: Alerts::default(),
        updater: Arc::new(updater),
        strangers: http::sub::strangers::Strangers::default(),
        ladders: http::panels::Ladders::default(),
        presented: http::auth::Presented::default(),
        pressed: http::bot::Pressed::default(),
        old_server: http::forward::OldServer::default(),
        payments: Payments::default(),
        shutdown,
    })
}

/// How purchases are updated.
fn policy(update: &UpdateSettings) -> Policy {
    Policy {
        name: match update.remark {
            Remark::Keep => Name::Kept,
            Remark::Panel => Name::Panels,
        },
        usage: match update.remark_usage {
            RemarkUsage::Cut => Usage::Cut,
            RemarkUsage::Keep => Usage::Shown,
        },
        limits: Limits { total: update.concurrency, per_panel: update.per_panel },
    }
}

/// A name that no other run of the core has.
fn new_instance() -> String {
    format!("{:08x}", rand::random::<u32>())
}

fn owner(role: Role, listen: SocketAddr) -> Owner {
    Owner {
        pid: std::process::id(),
        role: role.as_str().to_owned(),
        url: format!("http://{listen}"),
    }
}

/// Where the settings say that everything is kept.
#[must_use]
pub fn place(settings: &Settings) -> Place {
    let bot = match settings.database.clone() {
        config::Database::Sqlite { path } => Bot::Sqlite(path),
        config::Database::Postgres { name, user, password, host, port } => {
            Bot::Postgres(Postgres { name, user, password, host, port })
        }
    };
    Place { bot, state: settings.state_database.clone() }
}

/// Opens the database; a `serve` core asks an embedded one to yield it.
async fn open(
    place: Place,
    cipher: Option<Cipher>,
    role: Role,
    listen: SocketAddr,
) -> Result<Database, OpenError> {
    let owner = owner(role, listen);
    let deadline = Instant::now() + YIELD;
    // The question stands as long as this does.
    let mut asking = None;
    loop {
        match Database::open(place.clone(), cipher.clone(), &owner).await {
            Err(OpenError::Taken { owner: Some(owner), .. })
                if role == Role::Serve
                    && owner.role == Role::Embedded.as_str()
                    && Instant::now() < deadline =>
            {
                if asking.is_none() {
                    tracing::info!(%owner, "An embedded core is asked to yield the database");
                    asking = ask_to_yield(&place).await.ok();
                }
                sleep(YIELD / 50).await;
            }
            result => return result,
        }
    }
}
