//! The program as a child, as it is started and ended by others: killed with -9, on a disk that is
//! full, while subscribers ask.
//!
//! Part of `tests/promises` and of `tests/databases`: all of this is the same on every database.
//!
//! Deliberately absent: the database, and what must be found in it afterwards.

pub mod subscribers;
pub mod killing;
pub mod disk;
pub mod full;

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use alamor::api::events::Event;
use alamor::api::jobs::{All, Job, NewJob, Scope};
use alamor::client::{Client, Events, Heard, Pace};
use rustix::process::{Pid, Signal, kill_process};

/// The program.
pub const ALAMOR: &str = env!("CARGO_BIN_EXE_alamor");

/// Longest wait for what must come. A test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(45);

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("what was waited for never came")
}

/// The program, and how to start it again on the same port.
pub struct Program {
    child: Child,
    env_file: PathBuf,
    bind: String,
    command: Box<dyn Fn() -> Command + Send>,
}

impl Program {
    /// Serves with these settings, by a command to which the arguments are added.
    pub fn start(env_file: &Path, command: impl Fn() -> Command + Send + 'static) -> Self {
        // The port is free again at once, and asked for again at every start.
        let bind = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let child = serve(command(), env_file, &bind);
        Self { child, env_file: env_file.to_owned(), bind, command: Box::new(command) }
    }

    pub fn restart(&mut self) {
        self.child = serve((self.command)(), &self.env_file, &self.bind);
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in order.
    pub fn stop(&mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.bind)
    }

    pub fn client(&self, key: &str) -> Client {
        Client::new(&self.url(), Some(key.into())).unwrap()
    }

    /// All that it said since its first start.
    pub fn log(&self) -> String {
        fs::read_to_string(log_file(&self.env_file)).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed leaves nobody behind; one that was killed already is no error.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn log_file(env_file: &Path) -> PathBuf {
    env_file.with_file_name("core.log")
}

fn serve(mut command: Command, env_file: &Path, bind: &str) -> Child {
    let log = File::options().create(true).append(true).open(log_file(env_file)).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    command
        .arg("--env")
        .arg(env_file)
        .arg("serve")
        .env_clear()
        .env("PATH", path)
        .env("WEBHOOK_BIND", bind)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Its events, once it answers. Whoever hears them is back at once after a restart.
async fn heard(client: &Client) -> Events {
    let pace = Duration::from_millis(4);
    let mut events =
        client.events(Pace { first_pause: pace, longest_pause: pace, ..Pace::default() });
    soon(async { while !matches!(events.hear().await.unwrap(), Heard::Connected) {} }).await;
    events
}

fn everything() -> NewJob {
    let purchases = Some(Scope::All(All::All));
    NewJob { purchases, dry_run: false, force: false, retry_of: None, by: "kill".to_owned() }
}

/// The end of a job, over as many restarts as it takes.
async fn end_of(events: &mut Events, id: i64) -> Job {
    loop {
        let job = match events.hear().await.unwrap() {
            Heard::Event(Event::Job(job)) => Some(job),
            Heard::Event(Event::Snapshot(snapshot)) => snapshot.job,
            _ => None,
        };
        if let Some(job) = job.filter(|job| job.id == id && job.state.is_final()) {
            return job;
        }
    }
}
