//! A business of a given size on simulated panels, with the real core on it.
//!
//! The panels answer on a runtime of their own: what they do is not done by the core's threads,
//! though it is by the same processors. What they list is written before anybody asks.
//!
//! A benchmark uses what it needs of this module.

pub(crate) mod process;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use alamor::api::jobs::{All, Job, NewJob, Scope};
use alamor::client::Client;
use alamor::config::{Database, Environment, Settings, Source, init};
use alamor::core::{self, Role, Running};
use alamor::database::cipher::Cipher;
use alamor::database::new::{self, Filler, NewPanel, NewPurchase};
use alamor::demo::behaviour::Behaviour;
use alamor::demo::client::Client as Customer;
use alamor::demo::cost::Cost;
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use alamor::domain::ids::PanelId;
use anyhow::Context;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How large the business is, and what its panels are like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Purchases, in turns on the panels.
    pub(crate) purchases: usize,
    /// Panels.
    pub(crate) panels: usize,
    /// Time that a panel takes for one answer.
    pub(crate) latency: Duration,
    /// Requests at once to one panel.
    pub(crate) per_panel: usize,
    /// Which panels they play.
    pub(crate) make: Make,
    /// What answers cost a panel with so many clients.
    pub(crate) cost: fn(usize) -> Cost,
    /// How the core may read them.
    pub(crate) access: Access,
    /// More lines of the `.env` file.
    pub(crate) settings: &'static str,
}

/// How a core may read the panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// By their subscriptions alone; they know the bot's ids.
    Subscriptions,
    /// It may log in; the bot's ids are its own, as its newest version sells.
    Lists,
}

/// One purchase on one panel that answers at once, read by its subscription.
pub(crate) const PLAIN: Size = Size {
    purchases: 1,
    panels: 1,
    latency: Duration::ZERO,
    per_panel: 8,
    make: Make::ThreeXui2811,
    cost: |_| Cost::none(),
    access: Access::Subscriptions,
    settings: "",
};

/// The business, its panels at work, its database filled.
pub(crate) struct World {
    _folder: TempDir,
    /// In the order of their ids.
    pub(crate) panels: Vec<SimulatedPanel>,
    /// The core's `.env` file.
    pub(crate) env_file: PathBuf,
    /// What the core is started with.
    pub(crate) settings: Settings,
    _panels_at_work: Runtime,
}

impl World {
    /// Starts the panels and fills a database, as `alamor init` and `alamor add` would.
    pub(crate) fn build(size: Size, runtime: &Runtime) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("alamor-bench-").tempdir()?;
        let env_file = folder.path().join(".env");
        let settings = settings(&env_file, size)?;
        let at_work = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("a runtime for the panels")?;
        let panels = (0..size.panels)
            .map(|panel| at_work.block_on(SimulatedPanel::start(spec(panel, size))))
            .collect::<Result<Vec<_>, _>>()?;
        if size.access == Access::Lists {
            panels.iter().for_each(SimulatedPanel::prepare_lists);
        }
        runtime.block_on(fill(&settings, size, &panels))?;
        Ok(Self { _folder: folder, panels, env_file, settings, _panels_at_work: at_work })
    }

    /// A core on a free port, and a client on it.
    pub(crate) async fn start(&self) -> anyhow::Result<(Running, Client)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let core = core::start(self.settings.clone(), listener, Role::Serve).await?;
        let key = self.settings.admin_key.expose().map(SecretString::from);
        let client = Client::new(&format!("http://{}", core.address()), key)?;
        Ok((core, client))
    }
}

/// The bot's subscription id of a purchase, counted from 0.
pub(crate) fn sub_id(purchase: usize) -> String {
    format!("{purchase:032x}")
}

/// What its panel calls a purchase.
pub(crate) fn panels_id(purchase: usize, size: Size) -> String {
    match size.access {
        Access::Subscriptions => sub_id(purchase),
        Access::Lists => format!("pn{purchase:014}"),
    }
}

/// Updates all; returns the job and the time from the request to the end that its caller sees.
pub(crate) async fn update_all(client: &Client) -> anyhow::Result<(Job, Duration)> {
    let all = NewJob {
        purchases: Some(Scope::All(All::All)),
        dry_run: false,
        force: false,
        retry_of: None,
        by: "bench".to_owned(),
    };
    let began = Instant::now();
    let id = client.start_job(&all).await?.id;
    loop {
        let job = client.get_job(id).await?;
        if job.state.is_final() {
            return Ok((job, began.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn settings(file: &Path, size: Size) -> anyhow::Result<Settings> {
    init::write_new(file)?;
    let text = std::fs::read_to_string(file)?;
    let limits = format!(
        "UPDATE_CONCURRENCY=1024\nUPDATE_PER_PANEL={}\nSUB_MAX_AGE=24h\n{}\n",
        size.per_panel, size.settings
    );
    let text = format!("{text}\n{limits}");
    std::fs::write(file, &text)?;
    let source = Source::of_text(file, &text, Environment::from([]));
    Ok(Settings::load(&source)?)
}

fn spec(panel: usize, size: Size) -> PanelSpec {
    let spec = PanelSpec::new(&name(panel), size.make).latency(size.latency);
    let customers = (panel..size.purchases).step_by(size.panels);
    let clients: Vec<Customer> =
        customers.map(|purchase| Customer::new(&panels_id(purchase, size))).collect();
    let cost = (size.cost)(clients.len());
    PanelSpec { clients, behaviour: Behaviour::Healthy, ..spec }.cost(cost)
}

fn name(panel: usize) -> String {
    format!("p-{panel}")
}

async fn fill(settings: &Settings, size: Size, panels: &[SimulatedPanel]) -> anyhow::Result<()> {
    let path = path_of(settings)?;
    new::create(&path).await?;
    let key = settings.encryption_key.as_ref().context("an encryption key")?;
    let cipher = Cipher::new(&key.expose().into()).context("an encryption key")?;
    let mut filler = Filler::begin(&path, cipher).await?;
    let mut ids: Vec<PanelId> = Vec::new();
    for panel in panels {
        let (user, password) = match size.access {
            Access::Subscriptions => ("", ""),
            Access::Lists => panel.login(),
        };
        let panel = NewPanel {
            name: panel.name().to_owned(),
            kind: "x-ui".to_owned(),
            panel_url: panel.panel_url(),
            username: user.to_owned(),
            password: SecretString::from(password),
            subscription_base_url: panel.subscription_base_url(),
            subscription_path_prefix: panel.prefix().to_owned(),
        };
        ids.push(filler.add_panel(&panel).await?);
    }
    for purchase in 0..size.purchases {
        filler.add_purchase(&sold(purchase, size, ids[purchase % ids.len()])?).await?;
    }
    Ok(filler.commit().await?)
}

fn sold(purchase: usize, size: Size, panel: PanelId) -> anyhow::Result<NewPurchase> {
    let customer = Customer::new(&panels_id(purchase, size));
    let secrets = serde_json::to_string(&customer.secrets(&name(purchase % size.panels)))?;
    let is_listed = size.access == Access::Lists;
    Ok(NewPurchase {
        user: 1 + i64::try_from(purchase)?,
        name: None,
        panel: Some(panel),
        profile: None,
        sub_id: sub_id(purchase),
        expires: None,
        volume_gb: 50.0,
        client_uuid: is_listed.then_some(secrets),
        client_email: is_listed.then_some(customer.email),
        active: true,
        links_json: None,
    })
}

/// The database's file.
pub(crate) fn path_of(settings: &Settings) -> anyhow::Result<PathBuf> {
    match &settings.database {
        Database::Sqlite { path } => Ok(path.clone()),
        Database::Postgres { .. } => anyhow::bail!("the benchmarks have a SQLite file"),
    }
}
