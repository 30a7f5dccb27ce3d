//! A business whose database the bot made, in each of its shapes.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alamor::api::events::Event;
use alamor::api::jobs::{All, Job, NewJob, Scope};
use alamor::api::purchases::PurchaseDetails;
use alamor::client::{Client as Api, Events, Heard, Pace};
use alamor::config::{Environment, Settings, Source};
use alamor::core::{self, Role, Running, StartError};
use alamor::database::Database;
use alamor::database::cipher::Cipher;
use alamor::database::lock::Owner;
use alamor::database::place::Place;
use alamor::database::purchases::Summary;
use alamor::database::settle::{Change, Judge, Settle, Settlement, Verdict};
use alamor::demo::client::Client;
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use alamor::domain::ids::PurchaseId;
use alamor::domain::job::ItemEnd;
use alamor::domain::reason::{Code, Reason};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::cluster::{Cluster, PASSWORD};
use crate::store::Store;

pub const KEY: &str = "test-admin-key-0123456789";

const FERNET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Longest wait for what must come. A test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(45);

/// Within which a change of the bot's is to be noticed.
pub const NOTICED: Duration = Duration::from_secs(10);

/// Waits for `what`, but not for ever.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("what was waited for never came")
}

/// Which of the bot's databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    July,
    Newest,
    Postgres,
}

impl Shape {
    pub const ALL: [Self; 3] = [Self::July, Self::Newest, Self::Postgres];

    fn sql(self) -> &'static str {
        match self {
            Self::July => include_str!("../fixtures/bot/sqlite-july.sql"),
            Self::Newest => include_str!("../fixtures/bot/sqlite-new.sql"),
            Self::Postgres => include_str!("../fixtures/bot/postgres.sql"),
        }
    }

    /// The name of the column with the subscription id.
    pub fn sub_id(self) -> &'static str {
        if self == Self::July { "subscription_id" } else { "sub_id" }
    }
}

/// The business, at work or not.
pub struct Shop {
    pub folder: TempDir,
    pub store: Store,
    pub shape: Shape,
    settings: String,
    panels: Vec<SimulatedPanel>,
    core: Option<Running>,
}

impl Shop {
    /// The fixture's business, on two simulated panels that know its customers.
    pub async fn new(shape: Shape) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = match shape {
            Shape::Postgres => Self::server(Cluster::shared(), "shop").await,
            Shape::July | Shape::Newest => Store::File(folder.path().join("bot.db")),
        };
        Self::on(folder, store, shape).await
    }

    /// The same in PostgreSQL, on that server.
    pub async fn on_server(cluster: Arc<Cluster>) -> Self {
        let store = Self::server(cluster, "shop").await;
        Self::on(tempfile::tempdir().unwrap(), store, Shape::Postgres).await
    }

    /// A role and a database of one name; the role owns it.
    pub async fn server(cluster: Arc<Cluster>, prefix: &str) -> Store {
        let name = cluster.name(prefix);
        let role = format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'");
        let database = format!("CREATE DATABASE {name} OWNER {name}");
        cluster.administer("postgres", &[&role, &database]).await;
        Store::Server { cluster, name: name.clone(), user: name }
    }

    pub async fn on(folder: TempDir, store: Store, shape: Shape) -> Self {
        if let Store::File(path) = &store {
            std::fs::File::create_new(path).unwrap();
        }
        // The fixture's dates are those of a host in this zone.
        let zone = if shape == Shape::Postgres { "SET timezone = 'Asia/Tehran';" } else { "" };
        store.run(&format!("{zone}{}", shape.sql())).await;
        let mut panels = Vec::new();
        for name in ["de-1", "nl-1"] {
            panels.push(
                SimulatedPanel::start(PanelSpec::new(name, Make::ThreeXui360)).await.unwrap(),
            );
        }
        let database = match &store {
            Store::File(path) => format!("DATABASE_NAME_ALAMOR={}\n", path.display()),
            Store::Server { cluster, name, user } => format!(
                "DB_TYPE=postgres\nDB_NAME={name}\nDB_USER={user}\nDB_PASSWORD={PASSWORD}\nDB_HOST={}\n",
                cluster.socket().display()
            ),
        };
        let settings = format!("{database}ENCRYPTION_KEY_ALAMOR={FERNET}\nADMIN_API_KEY={KEY}\n");
        let shop = Self { folder, store, shape, settings, panels, core: None };
        shop.move_panels().await;
        shop
    }

    /// Writes the simulated panels' addresses where the fixture has those of real ones, and makes
    /// them know the customers.
    async fn move_panels(&self) {
        let cipher = Cipher::new(&FERNET.into()).unwrap();
        for (panel, id) in self.panels.iter().zip(1..) {
            let [url, base, prefix] =
                [&panel.panel_url(), &panel.subscription_base_url(), panel.prefix()]
                    .map(|text: &str| cipher.encrypt(text));
            let sql = format!(
                "UPDATE servers SET panel_url = '{url}', subscription_base_url = '{base}', \
                 subscription_path_prefix = '{prefix}' WHERE id = {id}"
            );
            self.store.run(&sql).await;
            let sql = format!(
                "SELECT {} FROM purchases WHERE id <= 8 AND (server_id = {id} OR server_id IS NULL)",
                self.shape.sub_id()
            );
            for sub_id in self.store.list(&sql).await {
                panel.add(Client::new(&sub_id).with_links(5));
            }
        }
    }

    /// Takes user and password out of the panels' rows: they are asked for each subscription.
    pub async fn forget_logins(&self) {
        let none = Cipher::new(&FERNET.into()).unwrap().encrypt("");
        self.store
            .run(&format!("UPDATE servers SET username = '{none}', password = '{none}'"))
            .await;
    }

    /// Adds a line to the settings; the last one of a key counts.
    pub fn set(&mut self, line: &str) {
        self.settings.push_str(line);
        self.settings.push('\n');
    }

    /// The settings as a file, for a core in a process of its own.
    pub fn env_file(&self) -> PathBuf {
        let file = self.folder.path().join(".env");
        std::fs::write(&file, &self.settings).unwrap();
        file
    }

    fn load(&self) -> Settings {
        let file = self.folder.path().join(".env");
        let source = Source::of_text(&file, &self.settings, Environment::default());
        Settings::load(&source).unwrap()
    }

    pub fn panel(&self, name: &str) -> &SimulatedPanel {
        self.panels.iter().find(|panel| panel.name() == name).unwrap()
    }

    /// Where the settings say that everything is kept.
    pub fn place(&self) -> Place {
        core::place(&self.load())
    }

    /// Starts a core; the caller keeps it.
    pub async fn another_core(&self, role: Role) -> Result<Running, StartError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        core::start(self.load(), listener, role).await
    }

    pub async fn begin(&mut self) {
        self.core = Some(self.another_core(Role::Serve).await.unwrap());
    }

    pub async fn stop(&mut self) {
        soon(self.core.take().unwrap().stop()).await;
    }

    /// A started one.
    pub async fn at_work(shape: Shape) -> Self {
        let mut shop = Self::new(shape).await;
        shop.begin().await;
        shop
    }

    pub fn api(&self) -> Api {
        Api::new(&self.url(), Some(KEY.into())).unwrap()
    }

    pub fn events(&self) -> Events {
        self.api().events(Pace { first_pause: Duration::from_millis(5), ..Pace::default() })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.core.as_ref().unwrap().address())
    }

    /// Status and body of a request.
    pub async fn ask(&self, method: reqwest::Method, path: &str) -> (u16, String) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.request(method, format!("{}{path}", self.url())).bearer_auth(KEY);
        let response = soon(request.send()).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// The bot's button.
    pub async fn update(&self, purchase: i64) -> (u16, String) {
        self.ask(reqwest::Method::POST, &format!("/admin/update_configs/{purchase}")).await
    }

    /// How many links a subscriber gets; none for anything but 200.
    pub async fn served(&self, sub_id: &str) -> Option<usize> {
        Some(self.body(sub_id).await.lines().count()).filter(|count| *count > 0)
    }

    /// The links that a subscriber gets; empty for anything but 200.
    pub async fn body(&self, sub_id: &str) -> String {
        let (status, body) = self.ask(reqwest::Method::GET, &format!("/sub/{sub_id}")).await;
        match status {
            200 => String::from_utf8(STANDARD.decode(&body).unwrap()).unwrap(),
            _ => String::new(),
        }
    }

    /// The database without a core.
    pub async fn open(&self) -> Database {
        let url = "http://127.0.0.1:1".to_owned();
        let owner = Owner { pid: 1, role: "serve".to_owned(), url };
        Database::open(core::place(&self.load()), None, &owner).await.unwrap()
    }

    pub async fn purchase(&self, id: i64) -> PurchaseDetails {
        soon(self.api().get_purchase(id, true)).await.unwrap()
    }

    /// Runs an update of everything to its end.
    pub async fn update_all(&self) -> Job {
        let id = self.start_job().await;
        self.finished(id).await
    }

    pub async fn start_job(&self) -> i64 {
        self.start_job_of(Scope::All(All::All), false).await
    }

    pub async fn start_job_of(&self, scope: Scope, dry_run: bool) -> i64 {
        let (purchases, by) = (Some(scope), "ali".to_owned());
        let new = NewJob { purchases, dry_run, force: false, retry_of: None, by };
        self.api().start_job(&new).await.unwrap().id
    }

    pub async fn finished(&self, id: i64) -> Job {
        let is_end =
            |event: &Event| event.job().filter(|job| job.id == id && job.state.is_final()).cloned();
        soon(hear(&mut self.events(), is_end)).await
    }
}

/// Gives the purchase one link, whatever was there.
pub fn settle(purchase: i64) -> Settle {
    let judge: Judge = Arc::new(|_, _| {
        let end = ItemEnd::refused(Reason::new(Code::Internal, "a test"), 1);
        let change = Change {
            upsert: Vec::new(),
            delete: Vec::new(),
            json: Some(r#"["vless://ours@h:1#a"]"#.to_owned()),
            summary: Summary::untried(1),
            held: None,
        };
        Settlement { verdict: Verdict::Ended(end), change: Some(change), served: Vec::new() }
    });
    Settle { purchase: PurchaseId(purchase), job: None, judge }
}

/// Waits for the first event of which `wanted` makes something.
pub async fn hear<T>(events: &mut Events, wanted: impl Fn(&Event) -> Option<T>) -> T {
    loop {
        if let Heard::Event(event) = events.hear().await.unwrap()
            && let Some(found) = wanted(&event)
        {
            return found;
        }
    }
}
