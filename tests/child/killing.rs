//! The program is killed with -9 in the middle of its jobs, at moments that nobody chose, while
//! subscribers ask.
//!
//! ```text
//! subscribers ─▶ child, killed and started again ──▶ panels of the test, one of which wavers
//! ```
//!
//! Deliberately absent: the database, and what must be found in it afterwards.

use std::path::Path;
use std::process::Command;

use alamor::client::{Client, Events};
use alamor::demo::behaviour::Behaviour;
use alamor::demo::panel::SimulatedPanel;
use futures_util::future::select_all;
use rand::Rng as _;
use rand::rngs::StdRng;

use super::subscribers::{Asked, Got, Subscribers};
use super::{ALAMOR, Program, end_of, everything, heard, soon};

/// Runs a test that chance decides over; one that fails says how to repeat it.
pub async fn by_chance<F: Future<Output = ()>>(test: impl FnOnce(StdRng) -> F) {
    let seed: u64 = rand::random();
    let whole = std::panic::AssertUnwindSafe(test(rand::SeedableRng::seed_from_u64(seed)));
    let result = futures_util::FutureExt::catch_unwind(whole).await;
    assert!(result.is_ok(), "failed with the seed {seed}");
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
        let program = Program::start(env_file, || Command::new(ALAMOR));
        let client = program.client(key);
        let events = heard(&client).await;
        let panels = panels.to_vec();
        let mut killing = Self { program, client, events, chance, panels, total, jobs: 0 };
        let first = killing.client.start_job(&everything()).await.unwrap();
        let job = soon(end_of(&mut killing.events, first.id)).await;
        assert_eq!(job.success, total, "all of them have links before the first kill");
        killing
    }

    /// Kills it so often, over as many jobs as that takes, while these subscribers ask; returns how
    /// many jobs there were, and what the subscribers got.
    pub async fn kill(&mut self, kills: usize, asked: Vec<Asked>) -> (usize, Got) {
        let subscribers = Subscribers::start(&self.program.url(), asked);
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
            self.program.kill();
            self.program.restart();
            kills += 1;
        }
        let ended = soon(end_of(&mut self.events, job.id)).await;
        assert_eq!((ended.done, ended.total), (self.total, self.total));
        kills
    }
}
