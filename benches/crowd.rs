//! Whether a subscriber is served while ten thousand connections say nothing, or half of something.
//!
//! The core is the real binary in a process of its own. It has fewer places than that: who waits
//! longest without a whole request loses its own to the next one.
//!
//! | figure                                    | must reach |
//! |-------------------------------------------|------------|
//! | answers of `/sub` beside 10 000 others    | all        |
//! | p99 of these, each on a new connection    | 100 ms     |
//! | open files of the core                    | 2 304      |
//!
//! Run it with `cargo bench --bench crowd`. It needs 10 300 open files, and ends with an error where
//! this user may not have as many.

#![expect(clippy::print_stdout, reason = "figures are this program's data")]

#[expect(dead_code, reason = "each benchmark uses what it needs of it")]
mod world;

use std::time::{Duration, Instant};

use anyhow::ensure;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use self::world::process::Core;
use self::world::{PLAIN, World, sub_id, update_all};

/// How many say nothing.
const CROWD: usize = 10_000;

/// Files of this program: its connections, and some of its own.
const FILES: u64 = CROWD as u64 + 300;

/// The core's places, and its other files.
const MOST_FILES: usize = 2048 + 256;

/// How often a subscriber asks.
const ASKED: usize = 500;

/// Longest time for nearly all of them.
const LONGEST: Duration = Duration::from_millis(100);

fn main() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let enough = limit.maximum.is_none_or(|most| most >= FILES);
    ensure!(enough, "this user may have {:?} open files, not {FILES}", limit.maximum);
    setrlimit(Resource::Nofile, Rlimit { current: Some(FILES), ..limit })?;
    let runtime = Runtime::new()?;
    let world = World::build(PLAIN, &runtime)?;
    let core = Core::start(&world, "LOG_LEVEL=error")?;
    runtime.block_on(async {
        let client = core.client(&world).await?;
        update_all(&client).await?;
        for words in ["", "GET /sub/x HTTP/1.1\r\nX-"] {
            crowd(&core, words).await?;
        }
        Ok(())
    })
}

/// Ten thousand who say `words`, and one who wants something.
async fn crowd(core: &Core, words: &str) -> anyhow::Result<()> {
    let address = core.url.trim_start_matches("http://");
    let began = Instant::now();
    let mut others = Vec::with_capacity(CROWD);
    for _ in 0..CROWD {
        let mut stream = TcpStream::connect(address).await?;
        // Who had to go already cannot say more.
        let _ = stream.write_all(words.as_bytes()).await;
        others.push(stream);
    }
    let came = began.elapsed();
    let mut times = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let began = Instant::now();
        let http = reqwest::Client::builder().no_proxy().build()?;
        let answer = http.get(format!("{}/sub/{}", core.url, sub_id(0))).send().await?;
        ensure!(answer.status() == 200, "a subscriber got {}", answer.status());
        answer.bytes().await?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let (p99, files) = (times[ASKED * 99 / 100], core.files()?);
    let said = if words.is_empty() { "nothing" } else { "half a request" };
    println!(
        "{CROWD} who say {said} came in {:.1} s: p99 {:.1} ms, {files} files, {:.0} MB",
        came.as_secs_f64(),
        p99.as_secs_f64() * 1000.0,
        core.resident()? / 1_000_000,
    );
    ensure!(files <= MOST_FILES, "more than {MOST_FILES} files");
    ensure!(p99 <= LONGEST, "p99 is more than {LONGEST:?}");
    Ok(())
}
