//! Everybody who wants something of a core, for as long as it is watched.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alamor::api::jobs::{All, NewJob, Scope};
use alamor::client::{Client, Pace};
use alamor::demo::behaviour::Behaviour;
use anyhow::{Context, ensure};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::world::process::Core;
use super::world::{Size, World, sub_id};

/// How many subscribers ask at once.
const SUBSCRIBERS: usize = 8;

/// How many requests a subscriber sends on one connection.
const IN_A_ROW: usize = 20;

/// How many consoles watch.
const CONSOLES: usize = 4;

/// What a task does for ever, unless something is wrong.
type Forever<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Infallible>> + 'a>>;

/// Everybody.
pub(crate) struct Load<'a> {
    world: &'a World,
    url: String,
    key: String,
    client: Client,
    size: Size,
    answers: AtomicU64,
}

impl<'a> Load<'a> {
    pub(crate) fn new(world: &'a World, core: &Core, client: Client, size: Size) -> Self {
        let key = world.settings.admin_key.expose().unwrap_or_default().to_owned();
        Self { world, url: core.url.clone(), key, client, size, answers: AtomicU64::new(0) }
    }

    /// How many were given so far.
    pub(crate) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Goes on until something is wrong.
    pub(crate) async fn run(&self) -> anyhow::Result<Infallible> {
        let all: FuturesUnordered<Forever<'_>> = FuturesUnordered::new();
        for number in 0..SUBSCRIBERS {
            all.push(Box::pin(self.subscriber(number)));
        }
        for _ in 0..CONSOLES {
            all.push(Box::pin(self.console()));
        }
        all.push(Box::pin(self.bot()));
        all.push(Box::pin(self.jobs()));
        all.push(Box::pin(self.panels()));
        all.push(Box::pin(self.stranger()));
        all.push(Box::pin(self.slow()));
        let mut all = all;
        all.next().await.context("nobody is there")?
    }

    fn http() -> anyhow::Result<reqwest::Client> {
        Ok(reqwest::Client::builder().no_proxy().build()?)
    }

    fn count(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// Asks for one subscription after the other, on a new connection now and then.
    async fn subscriber(&self, number: usize) -> anyhow::Result<Infallible> {
        for turn in 0_usize.. {
            let http = Self::http()?;
            for step in 0..IN_A_ROW {
                let purchase = (number + (turn * IN_A_ROW + step) * 7) % self.size.purchases;
                let answer = http.get(format!("{}/sub/{}", self.url, sub_id(purchase)));
                let as_page = step % 10 == 0;
                let answer = answer.header("accept", if as_page { "text/html" } else { "*/*" });
                let answer = answer.send().await?;
                ensure!(answer.status() == 200, "a subscriber got {}", answer.status());
                answer.bytes().await?;
                self.count();
                sleep(Duration::from_millis(20)).await;
            }
        }
        unreachable!("a turn follows every turn")
    }

    /// The bot's button, purchase after purchase.
    async fn bot(&self) -> anyhow::Result<Infallible> {
        let http = Self::http()?;
        for purchase in (1..=self.size.purchases).cycle() {
            let url = format!("{}/admin/update_configs/{purchase}", self.url);
            let answer = http.post(url).bearer_auth(&self.key).send().await?;
            let status = answer.status().as_u16();
            ensure!([200, 500].contains(&status), "the bot got {status}");
            answer.bytes().await?;
            self.count();
            sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("nothing is sold")
    }

    /// A console that watches for some seconds, leaves, and comes again.
    async fn console(&self) -> anyhow::Result<Infallible> {
        loop {
            let mut events = self.client.events(Pace::default());
            let watched = async {
                while events.hear().await.is_some() {
                    self.count()
                }
            };
            // That the time is over is how it leaves.
            let _ = timeout(Duration::from_secs(7), watched).await;
        }
    }

    /// A job of all after the other.
    async fn jobs(&self) -> anyhow::Result<Infallible> {
        loop {
            let all = NewJob {
                purchases: Some(Scope::All(All::All)),
                dry_run: false,
                force: false,
                retry_of: None,
                by: "soak".to_owned(),
            };
            let id = self.client.start_job(&all).await?.id;
            while !self.client.get_job(id).await?.state.is_final() {
                sleep(Duration::from_millis(200)).await;
            }
            self.count();
            sleep(Duration::from_secs(5)).await;
        }
    }

    /// Panels that refuse, hang, and are well again, one after the other.
    async fn panels(&self) -> anyhow::Result<Infallible> {
        for panel in self.world.panels.iter().cycle() {
            for behaviour in [Behaviour::Refuse, Behaviour::Hang, Behaviour::Healthy] {
                panel.set(behaviour).await?;
                sleep(Duration::from_secs(2)).await;
            }
        }
        anyhow::bail!("there are no panels")
    }

    /// Somebody who guesses ids and keys, each from another address.
    async fn stranger(&self) -> anyhow::Result<Infallible> {
        let http = Self::http()?;
        for number in 0_u64.. {
            let [.., a, b, c] = number.to_be_bytes();
            let from = format!("10.{a}.{b}.{c}");
            let guess = http.get(format!("{}/sub/guess-{number}", self.url));
            let guess = guess.header("x-forwarded-for", &from).send().await?;
            ensure!([404, 429].contains(&guess.status().as_u16()), "a guess is {}", guess.status());
            let key = http.get(format!("{}/api/v1/health", self.url)).bearer_auth("guessed");
            let key = key.header("x-forwarded-for", &from).send().await?;
            ensure!([401, 429].contains(&key.status().as_u16()), "a key is {}", key.status());
            self.count();
            sleep(Duration::from_millis(20)).await;
        }
        unreachable!("numbers do not end")
    }

    /// Connections with half a request, of which the oldest leave.
    async fn slow(&self) -> anyhow::Result<Infallible> {
        let address = self.url.trim_start_matches("http://");
        let mut open = std::collections::VecDeque::new();
        loop {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(b"GET /sub/x HTTP/1.1\r\nHost: h\r\nX-").await?;
            open.push_back(stream);
            if open.len() > 40 {
                open.pop_front();
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}
