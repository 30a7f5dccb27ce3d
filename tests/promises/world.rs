//! A small business in a temporary folder: panels, purchases, a core.
//!
//! ```text
//! World::with().panel("de-1").panel("fr-2").purchase(&["de-1", "fr-2"]).start().await
//! ```
//!
//! Purchases and panels are numbered from 1 in the order in which they are named. A purchase on
//! several panels gets a profile of their inbounds. Its subscription id is `sub-` and its number,
//! and each simulated panel knows it, unless it is sold [as the bot does][crate::sale::Sale::like_the_bots].
//! Panels are read by their subscriptions alone, unless the plan gives out [logins][Plan::logins].

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use alamor::api::events::Event;
use alamor::api::jobs::{All, Item, Job, JobAccepted, NewJob, Scope};
use alamor::client::{Client, Events, Heard, ItemsQuery, Pace};
use alamor::config::{Environment, Settings, Source};
use alamor::core::{self, Role, Running, StartError};
use alamor::database::cipher::Cipher;
use alamor::database::new::{Filler, NewPanel, NewProfile, NewPurchase, create};
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use alamor::domain::ids::{PanelId, ProfileId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::header::HeaderMap;
use tempfile::TempDir;

use crate::rows::Rows;
pub use crate::sale::Sale;

/// The key of every core here, unless a test sets another one.
pub const KEY: &str = "test-admin-key-0123456789";

const FERNET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Longest wait for what must come. A test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(45);

/// Waits for `what`, but not for ever.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("what was waited for never came")
}

/// Lets time pass, without waiting for it, for everything here that tells time by a stopwatch.
/// Nothing may be on its way meanwhile: it would be late.
pub async fn later(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
    // Whoever waited for this begins before it goes on.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[derive(Debug)]
enum Wanted {
    Simulated(Box<PanelSpec>),
    Elsewhere { name: String, panel_url: String, base: String, prefix: String },
}

/// What there will be.
#[derive(Debug)]
pub struct Plan {
    settings: String,
    role: Role,
    panels: Vec<Wanted>,
    logins: Logins,
    sales: Vec<Sale>,
    sql: Vec<String>,
}

/// Whether the rows of simulated panels hold their user and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Logins {
    Left,
    Given,
}

impl Plan {
    /// A line of the `.env` file; the last one of a key counts.
    pub fn setting(mut self, line: &str) -> Self {
        writeln!(self.settings, "{line}").unwrap();
        self
    }

    pub fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    pub fn panel(self, name: &str) -> Self {
        self.panel_like(PanelSpec::new(name, Make::ThreeXui360))
    }

    pub fn panel_like(mut self, spec: PanelSpec) -> Self {
        self.panels.push(Wanted::Simulated(Box::new(spec)));
        self
    }

    /// The core may log in at every simulated panel, and read its lists.
    pub fn logins(self) -> Self {
        Self { logins: Logins::Given, ..self }
    }

    /// So many purchases, sold as the bot does.
    pub fn bots_purchases(mut self, count: usize, panels: &[&str]) -> Self {
        self.sales.extend(std::iter::repeat_n(Sale::on(panels).like_the_bots(), count));
        self
    }

    /// A panel at addresses of its own.
    pub fn panel_at(mut self, name: &str, panel_url: &str, base: &str, prefix: &str) -> Self {
        let [name, panel_url, base, prefix] = [name, panel_url, base, prefix].map(str::to_owned);
        self.panels.push(Wanted::Elsewhere { name, panel_url, base, prefix });
        self
    }

    pub fn purchase(self, panels: &[&str]) -> Self {
        self.sale(Sale::on(panels))
    }

    pub fn purchases(mut self, count: usize, panels: &[&str]) -> Self {
        self.sales.extend(std::iter::repeat_n(Sale::on(panels), count));
        self
    }

    pub fn sale(mut self, sale: Sale) -> Self {
        self.sales.push(sale);
        self
    }

    /// SQL that runs before the core starts.
    pub fn sql(mut self, sql: &str) -> Self {
        self.sql.push(sql.to_owned());
        self
    }

    /// Makes the world and starts its core.
    pub async fn start(self) -> World {
        let mut world = self.without_core().await;
        world.begin().await;
        world
    }

    /// Makes the world; nothing runs but its panels.
    pub async fn without_core(self) -> World {
        let folder = tempfile::tempdir().unwrap();
        let rows = Rows(folder.path().join("shop.db"));
        fs::write(folder.path().join(".env"), &self.settings).unwrap();
        create(&rows.0).await.unwrap();
        let mut panels = Vec::new();
        for wanted in &self.panels {
            if let Wanted::Simulated(spec) = wanted {
                panels.push(SimulatedPanel::start(PanelSpec::clone(spec)).await.unwrap());
            }
        }
        fill(&rows, &self, &panels).await;
        for sql in &self.sql {
            rows.run(sql).await;
        }
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let (settings, role) = (self.settings, self.role);
        World { folder, rows, settings, role, panels, http, core: None }
    }
}

/// Sells everything, in one transaction.
async fn fill(rows: &Rows, plan: &Plan, panels: &[SimulatedPanel]) {
    let cipher = Cipher::new(&FERNET.into()).unwrap();
    let mut filler = Filler::begin(&rows.0, cipher).await.unwrap();
    let mut ids = HashMap::new();
    for wanted in &plan.panels {
        let new = new_panel(wanted, panels, plan.logins);
        ids.insert(new.name.clone(), filler.add_panel(&new).await.unwrap());
    }
    let mut profiles: HashMap<String, ProfileId> = HashMap::new();
    for (index, sale) in plan.sales.iter().enumerate() {
        let (sub_id, panels_name) = sale.names(index + 1);
        let on: Vec<PanelId> = sale.panels.iter().map(|name| ids[name]).collect();
        let profile = match on.len() {
            0 | 1 => None,
            _ => Some(find_profile(&mut filler, &mut profiles, &sale.panels.join("+"), &on).await),
        };
        let customer = sale.customer(&panels_name);
        let (client_uuid, client_email) = sale.columns(&customer);
        for panel in panels.iter().filter(|panel| sale.panels.iter().any(|n| n == panel.name())) {
            panel.add(customer.clone());
        }
        let purchase = NewPurchase {
            user: 1000 + i64::try_from(index).unwrap(),
            name: None,
            panel: on.first().copied().filter(|_| profile.is_none()),
            profile,
            sub_id,
            expires: None,
            volume_gb: 0.0,
            client_uuid,
            client_email,
            active: true,
            links_json: sale.json.clone(),
        };
        filler.add_purchase(&purchase).await.unwrap();
    }
    filler.commit().await.unwrap();
}

async fn find_profile(
    filler: &mut Filler,
    profiles: &mut HashMap<String, ProfileId>,
    name: &str,
    panels: &[PanelId],
) -> ProfileId {
    if let Some(&profile) = profiles.get(name) {
        return profile;
    }
    let inbounds = panels.iter().flat_map(|&panel| (1..=5).map(move |inbound| (panel, inbound)));
    let new = NewProfile { name: name.to_owned(), inbounds: inbounds.collect() };
    let profile = filler.add_profile(&new).await.unwrap();
    profiles.insert(name.to_owned(), profile);
    profile
}

fn new_panel(wanted: &Wanted, panels: &[SimulatedPanel], logins: Logins) -> NewPanel {
    match wanted {
        Wanted::Simulated(spec) => {
            let panel = panels.iter().find(|panel| panel.name() == spec.name).unwrap();
            let (user, password) = match logins {
                Logins::Given => panel.login(),
                Logins::Left => ("", ""),
            };
            let kind = if spec.make == Make::Alireza1120 { "alireza" } else { "x-ui" };
            NewPanel {
                name: spec.name.clone(),
                kind: kind.to_owned(),
                panel_url: panel.panel_url(),
                username: user.to_owned(),
                password: password.into(),
                subscription_base_url: panel.subscription_base_url(),
                subscription_path_prefix: panel.prefix().to_owned(),
            }
        }
        Wanted::Elsewhere { name, panel_url, base, prefix } => NewPanel {
            name: name.clone(),
            kind: "x-ui".to_owned(),
            panel_url: panel_url.clone(),
            username: "admin".to_owned(),
            // The recorded panels' own.
            password: "adminpass".into(),
            subscription_base_url: base.clone(),
            subscription_path_prefix: prefix.clone(),
        },
    }
}

/// The business at work.
pub struct World {
    pub folder: TempDir,
    pub rows: Rows,
    pub settings: String,
    role: Role,
    panels: Vec<SimulatedPanel>,
    http: reqwest::Client,
    core: Option<Running>,
}

impl World {
    pub fn with() -> Plan {
        let settings = format!(
            "DATABASE_NAME_ALAMOR=shop.db\nENCRYPTION_KEY_ALAMOR={FERNET}\nADMIN_API_KEY={KEY}\n"
        );
        let (panels, sales, sql) = (Vec::new(), Vec::new(), Vec::new());
        Plan { settings, role: Role::Serve, panels, logins: Logins::Left, sales, sql }
    }

    /// One healthy panel, `de-1`, with so many purchases.
    pub fn small(purchases: usize) -> Plan {
        Self::with().panel("de-1").purchases(purchases, &["de-1"])
    }

    pub fn env_file(&self) -> PathBuf {
        self.folder.path().join(".env")
    }

    pub fn settings(&self) -> Settings {
        let source = Source::of_text(&self.env_file(), &self.settings, Environment::default());
        Settings::load(&source).unwrap()
    }

    /// Starts the core.
    pub async fn begin(&mut self) {
        self.core = Some(self.another_core(self.role).await.unwrap());
    }

    /// Starts a core on the same database; the caller keeps it.
    pub async fn another_core(&self, role: Role) -> Result<Running, StartError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        core::start(self.settings(), listener, role).await
    }

    /// Stops the core in order.
    pub async fn stop(&mut self) {
        if let Some(core) = self.core.take() {
            soon(core.stop()).await;
        }
    }

    /// Stops the core, and starts another one that reads everything anew.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.begin().await;
    }

    /// Takes the core away; another one may take its place with [`World::attach`].
    pub fn detach(&mut self) -> Running {
        self.core.take().unwrap()
    }

    pub fn attach(&mut self, core: Running) {
        self.core = Some(core);
    }

    pub fn panel(&self, name: &str) -> &SimulatedPanel {
        self.panels.iter().find(|panel| panel.name() == name).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.core.as_ref().unwrap().address())
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url(""), Some(KEY.into())).unwrap()
    }

    pub fn events(&self) -> Events {
        self.client().events(Pace { first_pause: Duration::from_millis(5), ..Pace::default() })
    }

    /// A request as it stands, with the whole `Authorization` header or none.
    pub async fn ask(&self, method: Method, path: &str, authorization: Option<&str>) -> Answer {
        self.ask_with(method, path, authorization, &[]).await
    }

    pub async fn ask_with(
        &self,
        method: Method,
        path: &str,
        authorization: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.http.request(method, self.url(path));
        for (name, value) in authorization.iter().map(|&v| ("authorization", v)) {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = soon(request.send()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.text().await.unwrap() }
    }

    /// The bot's button.
    pub async fn update(&self, purchase: i64) -> Answer {
        let path = format!("/admin/update_configs/{purchase}");
        self.ask(Method::POST, &path, Some(&format!("Bearer {KEY}"))).await
    }

    /// The bot's button, answered as an item.
    pub async fn update_as_item(&self, purchase: i64) -> Item {
        let path = format!("/admin/update_configs/{purchase}");
        let key = format!("Bearer {KEY}");
        let accept = [("accept", "application/json")];
        let answer = self.ask_with(Method::POST, &path, Some(&key), &accept).await;
        serde_json::from_str(&answer.body).unwrap()
    }

    /// What a subscriber's app fetches.
    pub async fn subscription(&self, sub_id: &str) -> Answer {
        self.ask(Method::GET, &format!("/sub/{sub_id}"), None).await
    }

    /// `GET` under `/api/v1` with the key.
    pub async fn api(&self, path: &str) -> Answer {
        self.ask(Method::GET, &format!("/api/v1{path}"), Some(&format!("Bearer {KEY}"))).await
    }

    pub async fn start_job(&self, new: NewJob) -> JobAccepted {
        self.client().start_job(&new).await.unwrap()
    }

    /// Runs a job to its end.
    pub async fn job(&self, new: NewJob) -> Job {
        let accepted = self.start_job(new).await;
        self.finished(accepted.id).await
    }

    /// Waits for the end of a job.
    pub async fn finished(&self, id: i64) -> Job {
        hear_job(&mut self.events(), |job| job.id == id && job.state.is_final()).await
    }

    /// All items of a job that are listed.
    pub async fn items(&self, job: i64) -> Vec<Item> {
        let mut items = Vec::new();
        let mut cursor = None;
        loop {
            let query = ItemsQuery { limit: Some(500), cursor, ..ItemsQuery::default() };
            let page = self.client().list_items(job, &query).await.unwrap();
            items.extend(page.items);
            match page.next_cursor {
                None => return items,
                next => cursor = next,
            }
        }
    }
}

/// Waits for the first event of which `wanted` makes something.
pub async fn hear<T>(events: &mut Events, wanted: impl Fn(&Event) -> Option<T>) -> T {
    soon(async {
        loop {
            if let Heard::Event(event) = events.hear().await.unwrap()
                && let Some(found) = wanted(&event)
            {
                return found;
            }
        }
    })
    .await
}

/// Waits until a job is told as it `is` wanted. Whoever begins to listen is told it at once.
pub async fn hear_job(events: &mut Events, is: impl Fn(&Job) -> bool) -> Job {
    hear(events, |event| event.job().filter(|job| is(job)).cloned()).await
}

/// A job over everything.
pub fn all() -> NewJob {
    let purchases = Some(Scope::All(All::All));
    NewJob { purchases, dry_run: false, force: false, retry_of: None, by: "ali".to_owned() }
}

/// A job over these.
pub fn these(ids: &[i64]) -> NewJob {
    NewJob { purchases: Some(Scope::Ids(ids.to_vec())), ..all() }
}

/// A job over what did not succeed in another one.
pub fn retry(job: i64) -> NewJob {
    NewJob { purchases: None, retry_of: Some(job), ..all() }
}

/// An answer over HTTP.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn status_and_body(&self) -> (u16, &str) {
        (self.status, self.body.as_str())
    }

    /// Asserts how an update ended, and that status and body say the same.
    #[track_caller]
    pub fn expect(&self, outcome: &str) {
        assert_eq!(self.header("x-update-outcome"), Some(outcome), "{self:?}");
        let expected = match outcome {
            "updated" | "unchanged" | "partial" => (200, "Configs updated successfully"),
            _ => (500, "Failed to update configs"),
        };
        assert_eq!(self.status_and_body(), expected);
    }

    /// The share links in a subscription.
    #[track_caller]
    pub fn links(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{self:?}");
        let text = String::from_utf8(STANDARD.decode(&self.body).unwrap()).unwrap();
        text.split('\n').map(str::to_owned).collect()
    }

    /// The code of a problem document.
    #[track_caller]
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: alamor::api::problem::Problem = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        (self.status, problem.code)
    }
}
