//! The program as a child that is killed with -9 in the middle of its jobs, at moments that nobody
//! chose, while subscribers ask.
//!
//! ```text
//! subscribers ─▶ child, killed and started again ──▶ panels of the test, one of which wavers
//! ```
//!
//! Part of `tests/promises` and of `tests/databases`: what is killed is the same on every database.
//!
//! Deliberately absent: the database, and what must be found in it afterwards.

pub mod subscribers;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use alamor::api::events::Event;
use alamor::api::jobs::{All, Job, NewJob, Scope};
use alamor::client::{Client, Events, Heard, Pace};
use alamor::demo::behaviour::Behaviour;
use alamor::demo::panel::SimulatedPanel;
use futures_util::future::select_all;
use rand::Rng as _;
use rand::rngs::StdRng;

use self::subscribers::{Asked, Got, Subscribers};

/// Longest wait for what must come. A test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(45);

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("what was waited for never came")
}

/// Runs a test that chance decides over; one that fails says how to repeat it.
pub async fn by_chance<F: Future<Output = ()>>(test: impl FnOnce(StdRng) -> F) {
    let seed: u64 = rand::random();
    let whole = std::panic::AssertUnwindSafe(test(rand::SeedableRng::seed_from_u64(seed)));
    let result = futures_util::FutureExt::catch_unwind(whole).await;
    assert!(result.is_ok(), "failed with the seed {seed}");
}

/// The program, and how to start it again on the same port.
struct Program {
    child: Child,
    env_file: PathBuf,
    bind: String,
}

impl Program {
    fn start(env_file: &Path) -> Self {
        // The port is free again at once, and asked for again at every start.
        let bind = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let child = serve(env_file, &bind);
        Self { child, env_file: env_file.to_owned(), bind }
    }

    fn kill_and_restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = serve(&self.env_file, &self.bind);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed leaves nobody behind; one that was killed already is no error.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn serve(env_file: &Path, bind: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_alamor"))
        .arg("--env")
        .arg(env_file)
        .arg("serve")
        .env_clear()
        .env("WEBHOOK_BIND", bind)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The program with its panels, as long as it is killed.
pub struct Killing<'a> {
    program: Program,
    client: Client,
    events: Events,
    chance: StdRng,
    /// The second one refuses, or is only half there, now and then.
    panels: Vec<&'a SimulatedPanel>,
    /// How many purchases a job of all has.
    total: u64,
    jobs: usize,
}

impl<'a> Killing<'a> {
    /// Starts it on these settings; returns once a first job has given everybody their links.
    pub async fn begin(
        env_file: &Path,
        key: &str,
        panels: &[&'a SimulatedPanel],
        total: u64,
        chance: StdRng,
    ) -> Self {
        let program = Program::start(env_file);
        let client = Client::new(&format!("http://{}", program.bind), Some(key.into())).unwrap();
        let pace = Duration::from_millis(4);
        let events =
            client.events(Pace { first_pause: pace, longest_pause: pace, ..Pace::default() });
        let panels = panels.to_vec();
        let mut killing = Self { program, client, events, chance, panels, total, jobs: 0 };
        let events = &mut killing.events;
        soon(async { while !matches!(events.hear().await.unwrap(), Heard::Connected) {} }).await;
        let first = killing.client.start_job(&everything()).await.unwrap();
        let job = soon(end_of(&mut killing.events, first.id)).await;
        assert_eq!(job.success, total, "all of them have links before the first kill");
        killing
    }

    /// Kills it so often, over as many jobs as that takes, while these subscribers ask; returns how
    /// many jobs there were, and what the subscribers got.
    pub async fn kill(&mut self, kills: usize, asked: Vec<Asked>) -> (usize, Got) {
        let url = format!("http://{}", self.program.bind);
        let subscribers = Subscribers::start(&url, asked);
        let mut killed = 0;
        while killed < kills {
            killed += self.one_job(kills - killed).await;
        }
        self.panels[1].set(Behaviour::Healthy).await.unwrap();
        (self.jobs, subscribers.stop().await)
    }

    /// One job with at most so many kills, to its end; returns how many there were.
    async fn one_job(&mut self, most: usize) -> usize {
        self.jobs += 1;
        for panel in &self.panels {
            panel.rotate();
        }
        let job = self.client.start_job(&everything()).await.unwrap();
        let mut kills = 0;
        while kills < most {
            let behaviour = match self.chance.random_range(0..4) {
                0 => Behaviour::Refuse,
                1 => Behaviour::KnowsHalf,
                _ => Behaviour::Healthy,
            };
            self.panels[1].set(behaviour).await.unwrap();
            let mut some_were_asked = Vec::new();
            for panel in &self.panels {
                panel.reset_counts();
                let times = self.chance.random_range(1..self.total / 5);
                some_were_asked.push(Box::pin(panel.wait_for_requests(times)));
            }
            let ended = async {
                tokio::select! {
                    _ = select_all(some_were_asked) => None,
                    job = end_of(&mut self.events, job.id) => Some(job),
                }
            };
            let ended = soon(ended).await;
            if let Some(ended) = ended {
                assert_eq!((ended.done, ended.total), (self.total, self.total));
                return kills;
            }
            self.program.kill_and_restart();
            kills += 1;
        }
        let ended = soon(end_of(&mut self.events, job.id)).await;
        assert_eq!((ended.done, ended.total), (self.total, self.total));
        kills
    }
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
