//! The real binary in a process of its own, and what the system says of it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alamor::client::Client;
use anyhow::{Context, bail};
use procfs::process::Process;
use secrecy::SecretString;
use tokio::time::sleep;

use super::World;

/// How long a core may take to listen.
const PATIENCE: Duration = Duration::from_mins(1);

/// As figures are shown.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal at most")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The binary at work; ended when this is dropped.
pub(crate) struct Core {
    process: Child,
    began: Instant,
    /// Where it listens.
    pub(crate) url: String,
}

impl Core {
    /// Starts it with one more line of settings.
    pub(crate) fn start(world: &World, setting: &str) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let file = world.env_file.with_file_name("serve.env");
        let text = std::fs::read_to_string(&world.env_file)?;
        std::fs::write(&file, format!("{text}\nWEBHOOK_BIND=127.0.0.1:{port}\n{setting}\n"))?;
        let began = Instant::now();
        let process = Command::new(env!("CARGO_BIN_EXE_alamor"))
            .arg("--env")
            .arg(&file)
            .arg("serve")
            .stdout(Stdio::null())
            .spawn()
            .context("the core")?;
        Ok(Self { process, began, url: format!("http://127.0.0.1:{port}") })
    }

    /// A client on it, once it listens.
    pub(crate) async fn client(&self, world: &World) -> anyhow::Result<Client> {
        let key = world.settings.admin_key.expose().map(SecretString::from);
        let client = Client::new(&self.url, key)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match client.get_health().await {
                Ok(_) => return Ok(client),
                Err(error) if Instant::now() > deadline => return Err(error.into()),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// The time from its start to its first 200 of `/readyz`, asked for again as soon as it may be.
    pub(crate) async fn ready(&self) -> anyhow::Result<Duration> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let url = format!("{}/readyz", self.url);
        while self.began.elapsed() < PATIENCE {
            let answer = http.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return Ok(self.began.elapsed());
            }
            sleep(Duration::from_millis(1)).await;
        }
        bail!("not ready within {PATIENCE:?}")
    }

    /// Time of the processor that it has used, in all of its threads.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        let stat = self.seen()?.stat()?;
        let ticks = stat.utime + stat.stime;
        Ok(Duration::from_millis(ticks * 1000 / procfs::ticks_per_second()))
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        Ok(self.seen()?.status()?.vmrss.context("no VmRSS")? * 1024)
    }

    /// The most memory that was ever resident, in bytes.
    pub(crate) fn peak(&self) -> anyhow::Result<u64> {
        Ok(self.seen()?.status()?.vmhwm.context("no VmHWM")? * 1024)
    }

    /// Open files, sockets among them.
    pub(crate) fn files(&self) -> anyhow::Result<usize> {
        Ok(self.seen()?.fd_count()?)
    }

    fn seen(&self) -> anyhow::Result<Process> {
        Ok(Process::new(i32::try_from(self.process.id())?)?)
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        // Whatever it still writes, nobody reads.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
