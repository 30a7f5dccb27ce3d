//! `ALERT_COMMAND`: a program of the operator's, run without a shell.
//!
//! It gets the JSON object on standard input, as one line, and its parts in the environment, which is otherwise
//! almost empty: the core's own may hold keys.
//!
//! Invariants:
//! - It ends: what takes too long is killed, with all that it started.
//! - It is killed as well when the core stops meanwhile.

use std::env;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr};
use tokio::time::timeout;

use super::Failure;
use crate::config::alerts::AlertCommand;

pub(super) const NAME: &str = "ALERT_COMMAND";

/// What of the core's environment a program needs to run at all.
const PASSED_ON: [&str; 5] = ["PATH", "HOME", "LANG", "TZ", "USER"];

/// How much of what it says to standard error is kept.
const MAX_WORDS: usize = 4 * 1024;

/// How long its words are waited for once it has ended: something that it left running may have
/// inherited them.
const LAST_WORDS: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(super) struct Command {
    command: AlertCommand,
    limit: Duration,
}

impl Command {
    pub(super) fn new(command: AlertCommand, limit: Duration) -> Self {
        Self { command, limit }
    }

    pub(super) async fn run(
        &self,
        json: &str,
        environment: &[(&'static str, String)],
    ) -> Result<String, Failure> {
        let AlertCommand { program, arguments } = &self.command;
        let passed_on = PASSED_ON.iter().filter_map(|name| Some((name, env::var_os(name)?)));
        let child = tokio::process::Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(passed_on)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failure::for_good(format!("{program} cannot be run: {error}")))?;
        let mut group = Group::of(child);
        let talked = timeout(self.limit, group.talk(json)).await;
        let Ok(talked) = talked else {
            let limit = self.limit.as_secs();
            return Err(Failure::for_good(format!(
                "it was not over within {limit} s and was killed"
            )));
        };
        let (status, words) = talked.map_err(|error| Failure::for_good(error.to_string()))?;
        group.is_over = true;
        if status.success() {
            return Ok("it ended with exit code 0".to_owned());
        }
        Err(Failure::for_good(match words.lines().rfind(|line| !line.trim().is_empty()) {
            Some(words) => format!("it ended with {}: {words}", how(status)),
            None => format!("it ended with {}", how(status)),
        }))
    }
}

fn how(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "no exit code".to_owned(),
    }
}

/// A program with all that it started: killed when dropped, unless it is over.
struct Group {
    child: Child,
    leader: Option<Pid>,
    is_over: bool,
}

impl Group {
    fn of(child: Child) -> Self {
        let leader = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Self { child, leader, is_over: false }
    }

    /// Hands it the message; waits for its end and its words.
    async fn talk(&mut self, json: &str) -> std::io::Result<(ExitStatus, String)> {
        let stdin = self.child.stdin.take();
        let stderr = self.child.stderr.take();
        let tell = async {
            if let Some(mut stdin) = stdin {
                // One that does not read is no failure: it may only want the environment.
                let _ = stdin.write_all(format!("{json}\n").as_bytes()).await;
            }
        };
        let mut words = Vec::new();
        let status = {
            let mut listening = std::pin::pin!(listen(stderr, &mut words));
            let mut ended = std::pin::pin!(async { tokio::join!(tell, self.child.wait()).1 });
            let mut is_listening = true;
            let status = loop {
                tokio::select! {
                    status = &mut ended => break status,
                    () = &mut listening, if is_listening => is_listening = false,
                }
            };
            if is_listening {
                // In vain, if something that it left running has inherited its standard error.
                let _ = timeout(LAST_WORDS, listening).await;
            }
            status?
        };
        Ok((status, String::from_utf8_lossy(&words).into_owned()))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader.filter(|_| !self.is_over) {
            // It may have ended in this very moment.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Reads until the end; keeps the last words.
async fn listen(stderr: Option<ChildStderr>, words: &mut Vec<u8>) {
    let Some(mut stderr) = stderr else { return };
    let mut some = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut some).await {
        words.extend_from_slice(&some[..read]);
        let too_many = words.len().saturating_sub(MAX_WORDS);
        words.drain(..too_many);
    }
}
