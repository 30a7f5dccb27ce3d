//! What a core does on a disk that is full, whatever its database is.

use std::time::Duration;

use alamor::api::jobs::{Job, JobState};
use alamor::client::{Client, Events};
use alamor::demo::behaviour::Behaviour;
use alamor::demo::panel::SimulatedPanel;
use serde_json::Value;

use super::disk::Disk;
use super::subscribers::{Asked, Subscribers};
use super::{PATIENCE, Program, end_of, everything, heard, soon};

/// A core on a small disk, with one panel.
pub struct OnDisk<'a> {
    pub program: Program,
    pub disk: &'a Disk,
    pub panel: &'a SimulatedPanel,
    pub key: &'a str,
    /// How many purchases a job of all has.
    pub total: u64,
    /// What it says is full.
    pub cause: &'a str,
}

impl OnDisk<'_> {
    /// Fills the disk in the middle of a job: the job says why and waits, subscribers notice
    /// nothing, and with room again everything goes on.
    pub async fn fill_during_a_job(&self, asked: Vec<Asked>) {
        let client = self.program.client(self.key);
        let mut events = heard(&client).await;
        let first = self.update_all(&client, &mut events).await;
        assert_eq!((first.state, first.success), (JobState::Done, self.total));
        let count = asked.len();
        let mut subscribers = Subscribers::start(&self.program.url(), asked);
        // Once each of them is in memory.
        soon(subscribers.wait_for_answers(count)).await;

        self.panel.rotate();
        self.panel.reset_counts();
        // Slow enough that the disk is full before the last of them is asked for.
        self.panel.set(Behaviour::Slow(Duration::from_millis(50))).await.unwrap();
        let job = client.start_job(&everything()).await.unwrap();
        soon(self.panel.wait_for_requests(20)).await;
        self.disk.fill();
        self.until_said(Some(self.cause)).await;
        soon(subscribers.wait_for_answers(20)).await;
        let waiting = client.get_job(job.id).await.unwrap();
        assert_eq!(waiting.state, JobState::Running);
        assert!(waiting.done < self.total, "{waiting:?}");
        // Once for all who wait: the log may lie on the same disk.
        let log = self.program.log();
        let waits: Vec<_> = log.lines().filter(|line| line.contains("The job waits")).collect();
        assert!(waits.len() == 1 && waits[0].contains(self.cause), "{log}");

        self.panel.set(Behaviour::Healthy).await.unwrap();
        self.disk.make_room();
        let ended = soon(end_of(&mut events, job.id)).await;
        assert_eq!((ended.state, ended.success), (JobState::Done, self.total), "{ended:?}");
        self.until_said(None).await;
        let got = subscribers.stop().await;
        assert_eq!(got.refused, 0, "{got:?}");
    }

    /// Starts it, ended somehow, while the disk is full: it serves what it has, says what is wrong,
    /// and goes on by itself once there is room.
    pub async fn start_while_full(&mut self, end: impl Fn(&mut Program), asked: Vec<Asked>) {
        end(&mut self.program);
        self.disk.fill();
        self.program.restart();
        let client = self.program.client(self.key);
        let mut events = heard(&client).await;
        let asked_before = self.panel.counts().requests;
        let count = asked.len();
        let mut subscribers = Subscribers::start(&self.program.url(), asked);
        soon(subscribers.wait_for_answers(count * 2)).await;
        assert_eq!(self.panel.counts().requests, asked_before, "served from the disk");

        self.panel.rotate();
        // Some room may be left in the files themselves: then it begins, and waits.
        let begun = client.start_job(&everything()).await;
        if let Err(error) = &begun {
            assert!(error.to_string().contains(self.cause), "{error}");
        }
        self.until_said(Some(self.cause)).await;
        self.disk.make_room();
        self.until_said(None).await;
        let job = match begun {
            Ok(job) => soon(end_of(&mut events, job.id)).await,
            Err(_) => self.update_all(&client, &mut events).await,
        };
        assert_eq!((job.state, job.success), (JobState::Done, self.total), "{job:?}");
        let got = subscribers.stop().await;
        assert_eq!(got.refused, 0, "{got:?}");
    }

    async fn update_all(&self, client: &Client, events: &mut Events) -> Job {
        let job = client.start_job(&everything()).await.unwrap();
        soon(end_of(events, job.id)).await
    }

    /// Waits until `/readyz` says that it is ready, and why not quite.
    async fn until_said(&self, cause: Option<&str>) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}/readyz", self.program.url());
        let mut last = Value::Null;
        let said = async {
            loop {
                let answer = http.get(&url).bearer_auth(self.key).send().await.unwrap();
                assert_eq!(answer.status(), 200);
                last = answer.json().await.unwrap();
                let is_so = match (last["reason"].as_str(), cause) {
                    (Some(reason), Some(cause)) => reason.contains(cause),
                    (reason, cause) => reason.is_none() && cause.is_none(),
                };
                if is_so {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, said).await;
        let (room, log) = (self.disk.room(), self.program.log());
        assert!(came.is_ok(), "not {cause:?}, but {last}, with {room} bytes of room; {log}");
    }
}
