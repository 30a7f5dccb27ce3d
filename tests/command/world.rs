//! A folder as an operator has it: settings, a database, panels that the database names.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use alamor::demo::behaviour::Behaviour;
use alamor::demo::client::Client;
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::pty::Terminal;
use crate::run::{Done, Process, alamor, run};

/// The password of every panel.
pub const PASSWORD: &str = "s3cret-of-the-panel";

/// A business of our own.
pub struct World {
    runtime: Runtime,
    folder: TempDir,
    address: String,
}

/// A purchase that was added.
pub struct Sold {
    pub id: String,
    pub sub_id: String,
}

impl World {
    /// Runs `alamor init` in a fresh folder; the core will listen on an address of its own.
    pub fn new() -> Self {
        let world = Self {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            folder: tempfile::tempdir().unwrap(),
            address: own_address(),
        };
        world.alamor(&["init"]).expect(0);
        world.set("WEBHOOK_BIND", &world.address);
        world
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where its core listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Adds a line to the settings.
    pub fn set(&self, key: &str, value: &str) {
        let file = self.folder().join(".env");
        let text = fs::read_to_string(&file).unwrap();
        let line = format!("{key}={value}\n");
        let kept = text.lines().filter(|line| !line.starts_with(&format!("{key}=")));
        fs::write(file, kept.chain([&*line]).collect::<Vec<_>>().join("\n")).unwrap();
    }

    /// What a setting says.
    pub fn setting(&self, key: &str) -> String {
        let text = fs::read_to_string(self.folder().join(".env")).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{key}=")));
        line.unwrap().to_owned()
    }

    /// Runs the binary to its end.
    #[track_caller]
    pub fn alamor(&self, args: &[&str]) -> Done {
        run(self.folder(), args)
    }

    /// Starts a panel and adds it with `alamor add panel`.
    #[track_caller]
    pub fn panel(&self, name: &str) -> SimulatedPanel {
        let spec = PanelSpec::new(name, Make::ThreeXui2811);
        let spec = PanelSpec { password: PASSWORD.to_owned(), ..spec };
        let panel = self.runtime.block_on(SimulatedPanel::start(spec)).unwrap();
        let (url, sub_url) = (panel.panel_url(), panel.subscription_base_url());
        let args = ["add", "panel", name, "--url", &url, "--sub-url", &sub_url];
        let rest = ["--sub-path", panel.prefix(), "--user", "admin"];
        let command = alamor(self.folder(), &[&args[..], &rest].concat());
        let done = Process::start(command, &format!("{PASSWORD}\n")).done().expect(0);
        assert!(!format!("{}{}", done.out, done.err).contains(PASSWORD));
        panel
    }

    /// Changes what a panel does.
    pub fn behave(&self, panel: &SimulatedPanel, behaviour: Behaviour) {
        self.runtime.block_on(panel.set(behaviour)).unwrap();
    }

    /// Waits until the panel was asked so often.
    pub fn wait_for_requests(&self, panel: &SimulatedPanel, count: u64) {
        self.runtime.block_on(panel.wait_for_requests(count));
    }

    /// Sells something on `panel` with `alamor add purchase`; the panel knows the customer.
    #[track_caller]
    pub fn sell(&self, panel: &SimulatedPanel, user: i64) -> Sold {
        let args = ["add", "purchase", "--user", &user.to_string(), "--panel", panel.name()];
        let done = self.alamor(&args).expect(0);
        let sub_id = done.out.trim().to_owned();
        panel.add(Client::new(&sub_id));
        let id = done.err.split([' ', ':']).nth(1).unwrap().to_owned();
        Sold { id, sub_id }
    }

    /// Starts the core; returns once it listens.
    #[track_caller]
    pub fn serve(&self) -> Process {
        let mut core = Process::start(alamor(self.folder(), &["serve"]), "");
        core.wait_for("The core listens");
        core
    }

    /// A panel that answers and one that hangs, three purchases on each: an update of all stands at
    /// `3 / 6`.
    pub fn sell_six(&self) -> (SimulatedPanel, SimulatedPanel) {
        let (good, hanging) = (self.panel("de-1"), self.panel("nl-1"));
        for user in 1..=3 {
            self.sell(&good, user);
            self.sell(&hanging, user);
        }
        self.behave(&hanging, Behaviour::Hang);
        (good, hanging)
    }

    /// Opens the binary on a terminal of 80x24.
    pub fn terminal(&self, args: &[&str]) -> Terminal {
        Terminal::open(self.folder(), args)
    }

    /// `GET path`, with the headers `name: value`.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        self.ask(reqwest::Method::GET, path, headers)
    }

    /// `POST path` without a body, with the headers `name: value`.
    pub fn post(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        self.ask(reqwest::Method::POST, path, headers)
    }

    fn ask(&self, method: reqwest::Method, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        self.runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let mut request = client.request(method, format!("http://{}{path}", self.address));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        })
    }

    /// Every file of the folder with its mode and content.
    pub fn files(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut files = BTreeMap::new();
        collect(self.folder(), &mut files);
        files
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = path.symlink_metadata().unwrap().permissions().mode();
        if path.is_dir() {
            files.insert(path.clone(), (mode, Vec::new()));
            collect(&path, files);
        } else {
            files.insert(path.clone(), (mode, fs::read(path).unwrap()));
        }
    }
}

/// A loopback address that no other test uses, with a port below those that the system gives away:
/// so a core finds its port free again after a restart.
pub fn own_address() -> String {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("127.{}.{low}.{number}:8080", 1 + high % 250)
}
