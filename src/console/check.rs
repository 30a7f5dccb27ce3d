//! The ladder of `alamor check`, climbed by a child process: it works without a core, and that is
//! when it is needed. The console may not import the core, and needs not be root.
//!
//! ```text
//! Checker ─▶ `alamor check --json [--from RUNG]` ─▶ a rung a line ─▶ Told ─▶ update()
//! ```
//!
//! Invariants:
//! - A climber that is dropped ends its child, and what that started.
//! - However the child ends, or does not, it is told, once and as the last word.
//! - What the child writes is bounded: its lines in length and number, its complaint too.
//!
//! Deliberately absent: what a rung means (`state/climb.rs`).

use std::env;
use std::ffi::OsString;
use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::message::Message;
use super::state::climb::{Ended, Told};

/// Longest that a child may climb. Its own rungs end within 5 s each, and the first that fails ends
/// the ladder; where everything is down it takes 10 s.
const LONGEST_CLIMB: Duration = Duration::from_secs(30);

/// Longest line that is read: a rung with all its evidence has a few kB.
const LONGEST_LINE: u64 = 256 * 1024;

/// Most rungs that are read: there are a dozen.
const MOST_RUNGS: usize = 64;

/// How much of what the child complains about is read.
const COMPLAINT: u64 = 4 * 1024;

/// What a child is given of our environment where it must not see the operator's settings.
const HARMLESS: [&str; 6] = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR"];

/// How the ladder is climbed: a program and what this console was started with.
#[derive(Debug, Clone)]
pub struct Checker {
    program: PathBuf,
    args: Vec<OsString>,
    environment: Environment,
}

/// What a child sees of our environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Environment {
    Ours,
    Harmless,
}

impl Checker {
    /// This program, with arguments that stand before `check`.
    ///
    /// Its path is taken now: a program that is replaced while we run is called `… (deleted)` later.
    #[must_use]
    pub fn of_this_program(args: Vec<OsString>) -> Self {
        let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("alamor"));
        Self { program, args, environment: Environment::Ours }
    }

    /// The same without the settings of our environment: for a demo, which has its own only.
    #[must_use]
    pub fn apart(self) -> Self {
        Self { environment: Environment::Harmless, ..self }
    }

    fn command(&self, from: Option<&str>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).args(["check", "--json"]);
        if let Some(rung) = from {
            command.args(["--from", rung]);
        }
        if self.environment == Environment::Harmless {
            command.env_clear();
            command.envs(HARMLESS.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: the terminal's signals are ours, and it ends with all it started.
        command.process_group(0);
        command
    }
}

/// A child that climbs. Dropped, it ends.
#[derive(Debug)]
pub(crate) struct Climber {
    told: mpsc::Receiver<Told>,
    _climb: AbortOnDropHandle<()>,
}

impl Climber {
    /// Starts at `from`, else at the foot. Must be called inside a runtime.
    pub(crate) fn start(checker: &Checker, from: Option<&str>) -> Self {
        let (sender, told) = mpsc::channel(MOST_RUNGS);
        let command = checker.command(from);
        Self { told, _climb: AbortOnDropHandle::new(tokio::spawn(climb(command, sender))) }
    }

    /// What comes next; waits for ever after the end.
    ///
    /// Cancel safe.
    pub(crate) async fn hear(&mut self) -> Told {
        match self.told.recv().await {
            Some(told) => told,
            None => pending().await,
        }
    }
}

/// What a climber tells; waits for ever where there is none.
///
/// Cancel safe.
pub(crate) async fn hear(climber: &mut Option<(u64, Climber)>) -> Message {
    let Some((generation, climber)) = climber else { return pending().await };
    Message::Climb { generation: *generation, told: climber.hear().await }
}

/// A child and what it started; both end with this.
///
/// By a signal that it hears: its probes start programs in groups of their own, which it ends itself.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // Without an id it was waited for, and its number may be another's by now.
        let id = self.0.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(group) = id {
            // It may have ended by itself in this moment.
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}

async fn climb(mut command: Command, told: mpsc::Sender<Told>) {
    let ended = match command.spawn() {
        Ok(child) => {
            let mut group = Group(child);
            timeout(LONGEST_CLIMB, follow(&mut group.0, &told)).await.unwrap_or(Ended::TooLong)
        }
        Err(error) => Ended::NotStarted(error.to_string()),
    };
    // Nobody listens any more: the screen was left.
    let _ = told.send(Told::Ended(ended)).await;
}

/// Reads a child to its end.
async fn follow(child: &mut Child, told: &mpsc::Sender<Told>) -> Ended {
    let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
        return Ended::NotStarted("it has no output".to_owned());
    };
    let complaint = async { Ok(read_complaint(err).await) };
    let complaint = match tokio::try_join!(read_rungs(out, told), complaint) {
        Ok(((), complaint)) => complaint,
        Err(ended) => return ended,
    };
    match child.wait().await {
        Ok(status) => Ended::Exited { code: status.code(), complaint },
        Err(error) => Ended::Exited { code: None, complaint: error.to_string() },
    }
}

async fn read_rungs(out: impl AsyncRead + Unpin, told: &mpsc::Sender<Told>) -> Result<(), Ended> {
    let mut out = BufReader::new(out);
    for number in 1..=MOST_RUNGS {
        let mut line = Vec::new();
        let read = (&mut out).take(LONGEST_LINE).read_until(b'\n', &mut line).await;
        match read {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(_) => return Err(Ended::Unreadable(number)),
        }
        let check = serde_json::from_slice(&line).map_err(|_| Ended::Unreadable(number))?;
        let _ = told.send(Told::Rung(check)).await;
    }
    Err(Ended::Unreadable(MOST_RUNGS + 1))
}

/// The first line of what a child complains about. All of it is read, so that it never waits.
async fn read_complaint(err: impl AsyncRead + Unpin) -> String {
    let (mut err, mut text) = (BufReader::new(err), Vec::new());
    let read: io::Result<u64> = async {
        (&mut err).take(COMPLAINT).read_to_end(&mut text).await?;
        tokio::io::copy(&mut err, &mut tokio::io::sink()).await
    }
    .await;
    let text = String::from_utf8_lossy(&text);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    match (first, read) {
        (Some(line), _) => line.to_owned(),
        (None, Ok(_)) => String::new(),
        (None, Err(error)) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command as Std;

    use tempfile::TempDir;

    use super::*;
    use crate::api::{Check, CheckState};

    /// A checker that is a script of ours, in a folder of its own with the pipe `words`.
    fn checker(script: &str) -> (TempDir, Checker) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("checker");
        let pipe = folder.path().join("words");
        assert!(Std::new("mkfifo").arg(&pipe).status().unwrap().success());
        fs::write(&program, format!("#!/bin/sh\ncd {}\n{script}\n", folder.path().display()))
            .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let checker = Checker { program, args: Vec::new(), environment: Environment::Harmless };
        (folder, checker)
    }

    fn words(folder: &Path) -> File {
        File::options().write(true).open(folder.join("words")).unwrap()
    }

    async fn all(checker: &Checker, from: Option<&str>) -> (Vec<Check>, Ended) {
        let mut climber = Climber::start(checker, from);
        let mut rungs = Vec::new();
        loop {
            match climber.hear().await {
                Told::Rung(rung) => rungs.push(rung),
                Told::Ended(ended) => return (rungs, ended),
            }
        }
    }

    #[tokio::test]
    async fn a_rung_is_told_as_soon_as_the_child_has_written_it() {
        let (folder, checker) = checker("cat words");
        let mut climber = Climber::start(&checker, None);
        let folder = folder.path().to_owned();
        let mut words = tokio::task::spawn_blocking(move || words(&folder)).await.unwrap();
        for (name, word, state) in
            [("settings", "ok", CheckState::Ok), ("database", "crit", CheckState::Crit)]
        {
            words
                .write_all(format!("{{\"name\":\"{name}\",\"state\":\"{word}\"}}\n").as_bytes())
                .unwrap();
            let check = Check { name: name.to_owned(), state, ..Check::default() };
            assert_eq!(climber.hear().await, Told::Rung(check));
        }
        drop(words);
        let ended = Ended::Exited { code: Some(0), complaint: String::new() };
        assert_eq!(climber.hear().await, Told::Ended(ended));
    }

    #[tokio::test]
    async fn the_child_is_told_where_to_begin_and_its_complaint_is_heard() {
        let (_folder, checker) = checker("echo \"$@\" >&2; exit 2");
        let ended =
            |complaint: &str| Ended::Exited { code: Some(2), complaint: complaint.to_owned() };
        assert_eq!(all(&checker, Some("tls")).await.1, ended("check --json --from tls"));
        assert_eq!(all(&checker, None).await.1, ended("check --json"));
    }

    #[tokio::test]
    async fn what_is_no_rung_ends_the_climb_and_the_child_that_goes_on_talking() {
        let (_folder, checker) =
            checker("echo '{\"name\":\"settings\",\"state\":\"ok\"}'; while :; do echo no; done");
        let (rungs, ended) = all(&checker, None).await;
        assert_eq!((rungs.len(), ended), (1, Ended::Unreadable(2)));
        let (_folder, checker) = self::checker("head -c 1000000 /dev/zero");
        assert_eq!(all(&checker, None).await.1, Ended::Unreadable(1));
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_told() {
        let (folder, checker) = checker("");
        let checker = Checker { program: folder.path().join("none"), ..checker };
        let (_, ended) = all(&checker, None).await;
        assert!(matches!(ended, Ended::NotStarted(why) if why.contains("No such file")));
    }

    #[tokio::test]
    async fn a_signal_that_ends_it_is_no_exit_code() {
        let (_folder, checker) = checker("kill -9 $$");
        let ended = Ended::Exited { code: None, complaint: String::new() };
        assert_eq!(all(&checker, None).await.1, ended);
    }

    #[tokio::test(start_paused = true)]
    async fn a_child_that_hangs_is_ended_in_time() {
        let (_folder, checker) = checker("exec tail -f /dev/null");
        assert_eq!(all(&checker, None).await.1, Ended::TooLong);
    }

    #[tokio::test]
    async fn a_dropped_climber_ends_its_child_and_what_that_started() {
        // Both hold the pipe open for reading, and neither reads it.
        let (folder, checker) = checker("exec 3<words\ntail -f /dev/null");
        let climber = Climber::start(&checker, None);
        let folder = folder.path().to_owned();
        let mut words = tokio::task::spawn_blocking(move || words(&folder)).await.unwrap();
        drop(climber);
        // A full pipe waits for a reader; one without readers refuses.
        let error = tokio::task::spawn_blocking(move || {
            loop {
                if let Err(error) = words.write_all(b"nobody reads this") {
                    return error;
                }
            }
        });
        assert_eq!(error.await.unwrap().kind(), io::ErrorKind::BrokenPipe);
    }
}
