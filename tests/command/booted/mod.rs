//! Machines on which systemd itself runs, as PID 1 of namespaces of their own: what `install` writes is
//! started, restarted and stopped by what starts, restarts and stops it on a server.
//!
//! ```text
//! machine.sh    makes a machine out of the files of this one, boots it, takes it away
//! service.rs    the service: ready, hardened, restarted, in the journal
//! settings.rs   another .env, a wrong one, another port, TLS of its own
//! moving.rs     in the old server's place, and out again
//! upgrade.rs    the package: upgraded, removed, purged
//! ```
//!
//! A machine boots in less than a second, and vanishes with [`Booted`], whatever ends it. Only root makes
//! one.

mod moving;
mod service;
mod settings;
mod upgrade;

use std::fs::{self, File};
use std::io::PipeWriter;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::PoisonError;
use std::thread;
use std::time::Instant;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::Value;
use tempfile::TempDir;

use crate::package::packages;
use crate::rows;
use crate::run::{DEADLINE, Done, Process, SPAWNING};
use crate::systemd::{Manager, request};

/// The bot's folder, where its installer makes it.
const BOT: &str = "/var/www/alamorvpn_bot";

/// The key in its settings.
const KEY: &str = "my-secure-api-key-2024";

/// What `alamor` needs there.
const SETTINGS: &str = "\
ADMIN_API_KEY=my-secure-api-key-2024
ENCRYPTION_KEY_ALAMOR=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
";

/// A customer of the bot's database for whom links are kept.
const CUSTOMER: &str = "/sub/oddgone";

/// A machine that has booted.
struct Booted {
    shared: TempDir,
    /// Ends the machine when it is dropped.
    life: Option<PipeWriter>,
    above: Child,
}

impl Booted {
    /// Boots one with the bot's folder, and with the package of this program.
    fn with_bot_and_package() -> Self {
        Self::boot("")
    }

    /// The same; `before` is done on it before it boots.
    fn boot(before: &str) -> Self {
        let shared = tempfile::tempdir().unwrap();
        let at = |name: &str| shared.path().join(name);
        rows::sql(&at("bot.db"), include_str!("../../fixtures/bot/sqlite-new.sql"));
        fs::write(at("env"), SETTINGS).unwrap();
        fs::copy(&packages().first, at("alamor.deb")).unwrap();
        let bot = format!(
            "install -D -m 644 /shared/bot.db {BOT}/database/alamor_vpn.db
            install -m 600 /shared/env {BOT}/.env
            dpkg --install /shared/alamor.deb\n"
        );
        fs::write(at("before"), bot + before).unwrap();
        let booted = Self::start(shared);
        // What else this machine has installed may have failed; ours is asked for by name.
        booted.sh("systemctl is-system-running --wait || true");
        booted
    }

    /// The same, installed as a service.
    fn with_service() -> Self {
        let booted = Self::with_bot_and_package();
        booted.sh("alamor install --share-database");
        booted
    }

    fn start(shared: TempDir) -> Self {
        let mut manager = Manager::new(shared.path());
        let (theirs, life) = std::io::pipe().unwrap();
        let log = File::create(shared.path().join("log")).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/booted/machine.sh");
        let mut command = Command::new("bash");
        command.arg(script).arg(shared.path()).stdin(theirs).stdout(Stdio::null()).stderr(log);
        let alone = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
        let above = command.spawn().unwrap();
        drop((alone, command));
        let booted = Self { shared, life: Some(life), above };
        let heard = manager.find("READY=");
        if heard.as_deref() != Ok("READY=1") {
            let log = fs::read_to_string(booted.shared("log")).unwrap();
            panic!("the machine did not boot: {log}{heard:?}");
        }
        booted
    }

    /// Its PID 1, as this machine counts.
    fn pid(&self) -> String {
        fs::read_to_string(self.shared.path().join("pid")).unwrap().trim().to_owned()
    }

    /// A command of the machine's root.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.pid(), "--mount", "--uts", "--ipc", "--net", "--pid"]);
        command.args(["--cgroup", "--root", "--wd"]).args(words).env_clear();
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LANG", "C.UTF-8");
        command
    }

    /// Runs a script there, to its end.
    fn try_sh(&self, script: &str) -> Done {
        Process::start(self.command(&["bash", "-euc", script]), "").done()
    }

    /// Runs a script that must end well; what it said on stdout.
    #[track_caller]
    fn sh(&self, script: &str) -> String {
        self.try_sh(script).expect(0).out
    }

    /// The journal of our units, from its first line on. It is read on stderr.
    fn journal(&self) -> Process {
        let follow =
            "exec journalctl --follow --lines=all --output=cat --unit='alamorwebhook*' >&2";
        Process::start(self.command(&["bash", "-c", follow]), "")
    }

    /// What systemd says of a unit.
    fn show(&self, unit: &str, property: &str) -> String {
        self.sh(&format!("systemctl show --property={property} --value {unit}")).trim().to_owned()
    }

    /// Does something on the machine's network.
    fn inside<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let network = File::open(format!("/proc/{}/ns/net", self.pid())).unwrap();
        let enter = move || {
            let kind = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(network.as_fd(), kind).unwrap();
            act()
        };
        thread::scope(|scope| scope.spawn(enter).join().unwrap())
    }

    /// Asks the machine's port 8080; status and body.
    fn get(&self, path: &str, key: &str) -> (u16, String) {
        self.ask("GET", path, key)
    }

    /// Has its core do something; status and body.
    fn post(&self, path: &str) -> (u16, String) {
        self.ask("POST", path, KEY)
    }

    fn ask(&self, method: &str, path: &str, key: &str) -> (u16, String) {
        let (status, answer) = self.inside(|| request(address(), method, path, key));
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// A check of its core; nothing while it is none.
    fn check(&self, name: &str) -> Value {
        let (status, body) = self.get("/api/v1/checks", KEY);
        assert_eq!(status, 200, "{body}");
        let page: Value = serde_json::from_str(&body).unwrap();
        let checks = page["items"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).cloned().unwrap_or_default()
    }

    /// Writes the bot's settings anew, as the bot does: another file takes the place of the old one.
    fn write_settings(&self, text: &str) {
        fs::write(self.shared.path().join("env"), text).unwrap();
        self.sh(&format!(
            "install -D -m 600 /shared/env {BOT}/.env.new; mv {BOT}/.env.new {BOT}/.env"
        ));
    }

    /// Has dpkg unpack a package, as an operator does; what it said.
    fn unpack(&self, package: &Path) -> String {
        fs::copy(package, self.shared.path().join("alamor.deb")).unwrap();
        self.sh("dpkg --install /shared/alamor.deb 2>&1")
    }

    /// What stands in the folder of units.
    fn units(&self) -> String {
        self.sh("find /etc/systemd/system -printf '%p %m %l\\n' | sort")
    }

    /// Waits until a check of its core is in this state: it looks by itself.
    #[track_caller]
    fn wait_for_check(&self, name: &str, state: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let check = self.check(name);
            if check["state"] == state {
                return;
            }
            assert!(Instant::now() < deadline, "{name} does not become {state}: {check}");
            thread::yield_now();
        }
    }

    /// Waits until somebody takes connections at a port.
    fn wait_for_listener(&self, port: u16) {
        let deadline = Instant::now() + DEADLINE;
        let refuses = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err();
        self.inside(|| {
            while refuses() {
                assert!(Instant::now() < deadline, "nobody listens at {port}");
                thread::yield_now();
            }
        });
    }

    fn shared(&self, name: &str) -> PathBuf {
        self.shared.path().join(name)
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        self.life = None;
        // It ends once nothing of the machine is left.
        let _ = self.above.wait();
    }
}

fn address() -> SocketAddr {
    ([127, 0, 0, 1], 8080).into()
}
