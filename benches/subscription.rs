//! `/sub/{sub_id}` from memory, beside nginx serving the same body from a file.
//!
//! ```text
//! wrk ── 32 connections kept alive ──▶ the core, in this process
//!     └─ 32 connections kept alive ──▶ nginx, in the foreground, in a temporary folder
//! ```
//!
//! | figure                                              | must reach   |
//! |-----------------------------------------------------|--------------|
//! | requests a second, beside nginx                     | 80 % of them |
//! | p99                                                 | 5 ms         |
//! | p99 while 10 000 purchases are updated all the time | 20 ms        |
//!
//! Both are asked in turns, so that whatever else the machine does meets both. Without `wrk` a loop
//! of this program asks instead, of both sides alike; it costs more time than `wrk`, which draws the
//! figures together. Without `nginx` there is no ratio, and that is said.
//!
//! Run it with `cargo bench --bench subscription`. It takes about a minute, and ends with an error if
//! one of them was missed, if an answer was not 200, or if a panel was asked for an answer.

#![expect(clippy::print_stdout, reason = "figures are this program's data")]

#[expect(dead_code, reason = "each benchmark uses what it needs of it")]
mod world;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use self::world::{Access, PLAIN, Size, World, sub_id, update_all};

/// Connections that are kept alive.
const CONNECTIONS: usize = 32;

/// How long one side is asked at a time.
const TURN: Duration = Duration::from_secs(4);

/// How often each side is asked; the median turn counts.
const TURNS: usize = 3;

/// One purchase with five links is what every subscriber has.
const SIZE: Size = Size { purchases: 100, panels: 2, ..PLAIN };

/// A job over these runs for a turn and longer, where each panel answers after 50 ms.
const BUSY: Size = Size {
    purchases: 10_000,
    panels: 20,
    latency: Duration::from_millis(50),
    access: Access::Lists,
    ..PLAIN
};

/// Least part of nginx's requests.
const LEAST: f64 = 0.8;

/// Longest time for nearly all answers.
const LONGEST: Duration = Duration::from_millis(5);

/// The same beside a job.
const LONGEST_BUSY: Duration = Duration::from_millis(20);

/// What one turn gave.
#[derive(Debug, Clone, Copy)]
struct Figures {
    per_second: f64,
    p99: Duration,
}

fn main() -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let asker = if is_installed("wrk") { Asker::Wrk } else { Asker::Ours };
    if asker == Asker::Ours {
        println!(
            "wrk is not installed: a loop of this program asks, and the ratio flatters the slower side"
        );
    }
    beside_nginx(&runtime, asker)?;
    beside_a_job(&runtime, asker)
}

fn beside_nginx(runtime: &Runtime, asker: Asker) -> anyhow::Result<()> {
    let world = World::build(SIZE, runtime)?;
    let (core, client) = runtime.block_on(world.start())?;
    let (job, _) = runtime.block_on(update_all(&client))?;
    ensure!(job.success == SIZE.purchases as u64, "{} were updated", job.success);
    let path = format!("/sub/{}", sub_id(0));
    let body = runtime.block_on(reqwest::get(format!("http://{}{path}", core.address())))?;
    let body = runtime.block_on(body.error_for_status()?.bytes())?;
    println!("GET /sub: a body of {} bytes, {CONNECTIONS} connections kept alive", body.len());
    let (asked_before, began) = (asked(&world), Instant::now());
    let nginx = if is_installed("nginx") { Some(Nginx::start(&path, &body)?) } else { None };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(asker.ask(runtime, core.address(), &path)?);
        if let Some(nginx) = &nginx {
            theirs.push(asker.ask(runtime, nginx.address, &path)?);
        }
    }
    // The core's own round asks each panel once a second at most.
    let its_own = (began.elapsed().as_secs() + 1) * SIZE.panels as u64;
    ensure!(asked(&world) - asked_before <= its_own, "panels were asked: not from memory");
    runtime.block_on(core.stop());

    let ours = median(ours).context("no turn")?;
    print("alamor", ours);
    let Some(theirs) = median(theirs) else {
        println!("nginx is not installed: no ratio. On Debian: apt-get install nginx-light");
        return Ok(());
    };
    print("nginx", theirs);
    let ratio = ours.per_second / theirs.per_second;
    println!("ratio   {:.0} % of nginx", 100.0 * ratio);
    ensure!(ratio >= LEAST, "less than {:.0} % of nginx", 100.0 * LEAST);
    ensure!(ours.p99 <= LONGEST, "p99 is more than {LONGEST:?}");
    Ok(())
}

fn beside_a_job(runtime: &Runtime, asker: Asker) -> anyhow::Result<()> {
    let world = World::build(BUSY, runtime)?;
    let (core, client) = runtime.block_on(world.start())?;
    runtime.block_on(update_all(&client))?;
    let jobs = runtime.spawn(async move {
        loop {
            if let Err(error) = update_all(&client).await {
                return error;
            }
        }
    });
    let figures = asker.ask(runtime, core.address(), &format!("/sub/{}", sub_id(0)))?;
    ensure!(!jobs.is_finished(), "a job could not be run");
    jobs.abort();
    runtime.block_on(core.stop());
    print("busy", figures);
    ensure!(figures.p99 <= LONGEST_BUSY, "p99 beside a job is more than {LONGEST_BUSY:?}");
    Ok(())
}

fn print(who: &str, figures: Figures) {
    let p99 = figures.p99.as_secs_f64() * 1000.0;
    println!("{who:<7} {:>8.0} requests/s   p99 {p99:.2} ms", figures.per_second);
}

fn median(mut turns: Vec<Figures>) -> Option<Figures> {
    turns.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    turns.get(turns.len() / 2).copied()
}

fn asked(world: &World) -> u64 {
    world.panels.iter().map(|panel| panel.counts().requests).sum()
}

fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("-v").stdout(Stdio::null()).stderr(Stdio::null());
    // wrk says its version and ends with 1: that it ran is enough.
    command.status().is_ok()
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Wrk,
    Ours,
}

impl Asker {
    fn ask(self, runtime: &Runtime, address: SocketAddr, path: &str) -> anyhow::Result<Figures> {
        match self {
            Self::Wrk => wrk(&format!("http://{address}{path}")),
            Self::Ours => runtime.block_on(ask_in_a_loop(address, path)),
        }
    }
}

fn wrk(url: &str) -> anyhow::Result<Figures> {
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{}s", TURN.as_secs())])
        .args(["--latency", url])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "wrk failed: {text}");
    // These lines are there only if something went wrong.
    ensure!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name));
        line.map(str::trim).with_context(|| format!("wrk says no {name}: {text}"))
    };
    Ok(Figures { per_second: field("Requests/sec:")?.parse()?, p99: duration(field("99%")?)? })
}

/// `812.00us`, `1.20ms` or `1.02s`, as `wrk` writes it.
fn duration(text: &str) -> anyhow::Result<Duration> {
    for (unit, seconds) in [("us", 1e-6), ("ms", 1e-3), ("s", 1.0)] {
        if let Some(number) = text.strip_suffix(unit) {
            return Ok(Duration::from_secs_f64(number.parse::<f64>()? * seconds));
        }
    }
    bail!("{text} is no time")
}

/// What `wrk` does, for machines without it.
async fn ask_in_a_loop(address: SocketAddr, path: &str) -> anyhow::Result<Figures> {
    let began = Instant::now();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut connections = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        connections.spawn(one_connection(address, request.clone(), began + TURN));
    }
    let mut times = Vec::new();
    while let Some(result) = connections.join_next().await {
        times.extend(result??);
    }
    let took = began.elapsed();
    times.sort_unstable();
    let p99 = times.get(times.len() * 99 / 100).copied().context("no answer")?;
    #[expect(clippy::cast_precision_loss, reason = "a count of seconds' worth of requests")]
    let count = times.len() as f64;
    Ok(Figures { per_second: count / took.as_secs_f64(), p99 })
}

async fn one_connection(
    address: SocketAddr,
    request: String,
    until: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let (mut times, mut line, mut body) = (Vec::new(), String::new(), Vec::new());
    while Instant::now() < until {
        let began = Instant::now();
        stream.get_mut().write_all(request.as_bytes()).await?;
        line.clear();
        stream.read_line(&mut line).await?;
        ensure!(line.starts_with("HTTP/1.1 200"), "{line}");
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line).await?;
            let (name, value) = line.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        body.resize(length, 0);
        stream.read_exact(&mut body).await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

/// nginx with one file, until it is dropped.
struct Nginx {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Nginx {
    fn start(path: &str, body: &[u8]) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("alamor-nginx-").tempdir()?;
        let file = folder.path().join("root").join(path.trim_start_matches('/'));
        std::fs::create_dir_all(file.parent().context("a folder")?)?;
        std::fs::write(&file, body)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = folder.path().join("nginx.conf");
        std::fs::write(&config, nginx_config(folder.path(), address))?;
        let child = Command::new("nginx")
            .args(["-e", "stderr", "-p"])
            .arg(folder.path())
            .arg("-c")
            .arg(&config)
            .spawn()
            .context("nginx")?;
        let nginx = Self { child, address, _folder: folder };
        nginx.wait()?;
        Ok(nginx)
    }

    /// Until it listens.
    fn wait(&self) -> anyhow::Result<()> {
        let until = Instant::now() + Duration::from_secs(5);
        while std::net::TcpStream::connect(self.address).is_err() {
            ensure!(Instant::now() < until, "nginx does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its master ends its workers only if it is asked to end; killed, it would leave them.
        if let Ok(Some(pid)) = i32::try_from(self.child.id()).map(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// As a package installs it where speed is concerned: a worker for each processor, `sendfile`, no
/// log of accesses. Only the limit of requests on one connection is lifted, which ours has not.
fn nginx_config(folder: &Path, address: SocketAddr) -> String {
    let folder = folder.display();
    // Workers of a master that root started would not be let into the folder.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    format!(
        "daemon off; {user} worker_processes auto; pid {folder}/pid; error_log stderr error;
         events {{ worker_connections 1024; }}
         http {{
           access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
           types {{ }} default_type text/plain;
           client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
           uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
           server {{ listen {address}; root {folder}/root; }}
         }}"
    )
}
