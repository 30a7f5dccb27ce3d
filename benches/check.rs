//! How long `alamor check` takes: on a machine where all is well, and where everything hangs.
//!
//! | row                                                             | must reach |
//! |-----------------------------------------------------------------|------------|
//! | a core runs, its surroundings answer                            | 2 s        |
//! | a name server that is silent, programs that hang, no core       | 10 s       |
//!
//! Run it with `cargo bench --bench check`. It takes half a minute, and ends with an error if a row
//! was missed or a rung did not say what it must.

#![expect(clippy::print_stdout, reason = "figures are this program's data")]

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tempfile::TempDir;

/// The longest that it may take where all is well, and where everything hangs.
const WELL: Duration = Duration::from_secs(2);
const HANGING: Duration = Duration::from_secs(10);

/// How often each is run; the slowest counts.
const RUNS: usize = 3;

/// What probes start, each hanging for as long as it is let.
const PROGRAMS: [&str; 8] =
    ["systemctl", "nft", "iptables-save", "ufw", "firewall-cmd", "nginx", "chronyc", "timedatectl"];

fn main() -> anyhow::Result<()> {
    let well = well()?;
    println!("  all is well        {:6.2} s   at most {} s", well.as_secs_f64(), WELL.as_secs());
    let hanging = hanging()?;
    println!(
        "  everything hangs   {:6.2} s   at most {} s",
        hanging.as_secs_f64(),
        HANGING.as_secs()
    );
    ensure!(well <= WELL, "where all is well it took longer than {} s", WELL.as_secs());
    ensure!(
        hanging <= HANGING,
        "where everything hangs it took longer than {} s",
        HANGING.as_secs()
    );
    Ok(())
}

/// A core at work, and nothing else to look at.
fn well() -> anyhow::Result<Duration> {
    let place = place("")?;
    let core = Core(alamor(place.path(), &["serve"], None).stderr(Stdio::null()).spawn()?);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !run(place.path(), &["status"], None)?.1 {
        ensure!(Instant::now() < deadline, "the core did not begin");
    }
    let (took, _) = slowest(place.path(), &["check"], None)?;
    drop(core);
    Ok(took)
}

/// Nothing answers, and nothing ends.
fn hanging() -> anyhow::Result<Duration> {
    // Bound, and never read.
    let silent = UdpSocket::bind("127.0.0.1:0")?;
    let server = silent.local_addr()?;
    let place = place(&format!("WEBHOOK_DOMAIN=pay.example.net\nDNS_SERVER={server}\n"))?;
    let programs = place.path().join("bin");
    fs::create_dir(&programs)?;
    for name in PROGRAMS {
        let file = programs.join(name);
        fs::write(&file, "#!/bin/sh\nexec tail -f /dev/null\n")?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    // A core that does not answer: it takes connections, and says nothing.
    let port = TcpListener::bind("127.0.0.1:0")?;
    let text = fs::read_to_string(place.path().join(".env"))?;
    fs::write(place.path().join(".env"), format!("{text}WEBHOOK_BIND={}\n", port.local_addr()?))?;
    let whole = slowest(place.path(), &["check"], Some(&programs))?.0;
    let lower = slowest(place.path(), &["check", "--from", "firewall"], Some(&programs))?.0;
    Ok(whole.max(lower))
}

/// A folder as `alamor init` makes it, on a port of its own.
fn place(more: &str) -> anyhow::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let done = alamor(folder.path(), &["init"], None).stderr(Stdio::null()).status()?;
    ensure!(done.success(), "alamor init failed");
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let file = folder.path().join(".env");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, format!("{text}\nWEBHOOK_BIND=127.0.0.1:{port}\n{more}"))?;
    Ok(folder)
}

fn slowest(
    folder: &Path,
    args: &[&str],
    programs: Option<&Path>,
) -> anyhow::Result<(Duration, bool)> {
    let mut worst = (Duration::ZERO, true);
    for _ in 0..RUNS {
        let (took, is_well) = run(folder, args, programs)?;
        worst = (worst.0.max(took), worst.1 && is_well);
    }
    Ok(worst)
}

/// How long it took, and whether it ended with 0 or 1.
fn run(folder: &Path, args: &[&str], programs: Option<&Path>) -> anyhow::Result<(Duration, bool)> {
    let began = Instant::now();
    let mut command = alamor(folder, args, programs);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let code = status.code().context("a signal ended it")?;
    Ok((began.elapsed(), code < 2))
}

fn alamor(folder: &Path, args: &[&str], programs: Option<&Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alamor"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).env_remove("ALAMOR_ENV");
    if let Some(programs) = programs {
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", programs.display()));
    }
    command
}

/// A core at work; ended when this is dropped.
struct Core(Child);

impl Drop for Core {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
