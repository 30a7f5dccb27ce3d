//! A browser without a screen, steered over a pipe.
//!
//! ```text
//! test ── JSON, each ended by a zero ──▶ file 3 of Chromium
//!      ◀── answers, and what happens ─── file 4
//! ```
//!
//! # Source
//!
//! The Chrome DevTools Protocol, version 1.3; `--remote-debugging-pipe`.

use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::world::soon;

/// What a page is like. `WIDTH` stands for the screen's.
const FACTS: &str = "(() => {
    const root = document.documentElement;
    const isOutside = (each) => {
        const { left, right, width } = each.getBoundingClientRect();
        return width > 0 && (left < -1 || right > WIDTH + 1);
    };
    return {
        text: document.body.innerText,
        title: document.title,
        width: root.scrollWidth,
        direction: getComputedStyle(root).direction,
        scripts: document.scripts.length,
        code: document.querySelector('svg').getBoundingClientRect().width,
        outside: [...document.body.querySelectorAll('*')].filter(isOutside).map((each) => each.tagName),
    };
})()";

/// How far down a picture goes: two screens.
const PICTURED: u32 = 1480;

/// A page that was opened.
#[derive(Debug)]
pub struct Seen {
    pub url: String,
    /// As [`FACTS`] names them.
    pub facts: Value,
    /// Every address that was asked for.
    pub requests: Vec<String>,
    /// What the browser had to say: what it refused, what failed.
    pub complaints: Vec<String>,
    picture: String,
}

impl Seen {
    /// Leaves a picture of it where whoever doubts can look.
    pub fn leave(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
        std::fs::create_dir_all(&folder).unwrap();
        let picture = STANDARD.decode(&self.picture).unwrap();
        std::fs::write(folder.join(name).with_extension("png"), picture).unwrap();
    }
}

/// A running browser with one tab.
pub struct Chromium {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: u64,
    happened: Vec<Value>,
    tab: Value,
    width: u32,
    _folder: TempDir,
}

impl Chromium {
    /// Starts it with a screen of this width.
    pub async fn start(width: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Its standard input and output become the files that it is steered by.
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$@\" 3<&0 4>&1 >/dev/null 2>&1", "sh", "chromium"]);
        command.args([
            "--headless=new",
            "--no-sandbox",
            "--remote-debugging-pipe",
            "--no-proxy-server",
        ]);
        command.args(["--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
        command.args(["--disable-background-networking", "--disable-component-update"]);
        command.arg(format!("--user-data-dir={}", folder.path().display()));
        command.env_clear().env("HOME", folder.path()).env("PATH", "/usr/bin:/bin");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        let (asked, happened, tab) = (0, Vec::new(), Value::Null);
        let mut chromium = Self { child, to, from, asked, happened, tab, width, _folder: folder };
        chromium.open_tab().await;
        chromium
    }

    async fn open_tab(&mut self) {
        let target = self.ask("Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        self.tab = self.ask("Target.attachToTarget", attach).await["sessionId"].clone();
        for domain in ["Page", "Network", "Log", "Runtime"] {
            self.ask(&format!("{domain}.enable"), json!({})).await;
        }
        let screen = json!({
            "width": self.width, "height": 740, "deviceScaleFactor": 2, "mobile": true,
        });
        self.ask("Emulation.setDeviceMetricsOverride", screen).await;
    }

    /// Opens an address as somebody who speaks `language`; returns once all of it is there.
    pub async fn open(&mut self, url: &str, language: &str) -> Seen {
        let headers = json!({ "headers": { "Accept-Language": language } });
        self.ask("Network.setExtraHTTPHeaders", headers).await;
        self.happened.clear();
        self.ask("Page.navigate", json!({ "url": url })).await;
        while !self.has_happened("Page.loadEventFired") {
            let message = self.hear().await;
            self.happened.push(message);
        }
        let facts = FACTS.replace("WIDTH", &self.width.to_string());
        let asked = json!({ "expression": facts, "returnByValue": true });
        let facts = self.ask("Runtime.evaluate", asked).await["result"]["value"].clone();
        let clip = json!({ "x": 0, "y": 0, "width": self.width, "height": PICTURED, "scale": 1 });
        let asked = json!({ "captureBeyondViewport": true, "clip": clip });
        let picture = self.ask("Page.captureScreenshot", asked).await["data"].clone();
        let picture = picture.as_str().unwrap().to_owned();
        let requests = self.all("Network.requestWillBeSent", &["request", "url"]);
        let mut complaints = self.all("Log.entryAdded", &["entry", "text"]);
        complaints.extend(self.all("Runtime.consoleAPICalled", &["args"]));
        complaints.extend(self.all("Runtime.exceptionThrown", &["exceptionDetails"]));
        complaints.extend(self.all("Page.javascriptDialogOpening", &["message"]));
        Seen { url: url.to_owned(), facts, requests, complaints, picture }
    }

    /// Ends it.
    pub async fn stop(mut self) {
        self.tab = Value::Null;
        self.ask("Browser.close", json!({})).await;
        soon(self.child.wait()).await.unwrap();
    }

    fn has_happened(&self, what: &str) -> bool {
        self.happened.iter().any(|message| message["method"] == what)
    }

    /// What is said at `path` of everything of that kind that happened.
    fn all(&self, what: &str, path: &[&str]) -> Vec<String> {
        let these = self.happened.iter().filter(|message| message["method"] == what);
        let said = these.map(|message| path.iter().fold(&message["params"], |at, name| &at[*name]));
        said.map(|said| said.as_str().map_or_else(|| said.to_string(), str::to_owned)).collect()
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": params });
        if !self.tab.is_null() {
            message["sessionId"] = self.tab.clone();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).await.unwrap();
        loop {
            let mut answer = self.hear().await;
            if answer["id"] == self.asked {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.happened.push(answer);
        }
    }

    async fn hear(&mut self) -> Value {
        let mut bytes = Vec::new();
        soon(self.from.read_until(0, &mut bytes)).await.unwrap();
        let text = bytes.strip_suffix(&[0]).expect("Chromium ended: is it installed?");
        serde_json::from_slice(text).unwrap()
    }
}
