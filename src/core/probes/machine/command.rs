//! Asking another program: with a deadline, with bounded answers, and gone when nobody listens.
//!
//! Invariants:
//! - A program that hangs, and whatever it started, ends with the look that started it.
//! - It is never asked for input, and answers in English (`LC_ALL=C`).
//! - At most [`MOST`] bytes of each of its streams are kept.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

use super::quote::first_line;

/// Rules of a firewall with many addresses are the longest that anybody answers.
const MOST: u64 = 8 << 20;

/// Where programs of administrators are. The path of an ordinary user, and of a unit, may lack them.
const MORE_FOLDERS: &str = "/usr/local/sbin:/usr/sbin:/sbin:/snap/bin";

/// What a program answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::core::probes) struct Answer {
    pub(in crate::core::probes) status: ExitStatus,
    pub(in crate::core::probes) stdout: String,
    pub(in crate::core::probes) stderr: String,
}

impl Answer {
    /// The first line of its complaint, or how it ended.
    pub(in crate::core::probes) fn complaint(&self) -> String {
        first_line(&self.stderr).or_else(|| first_line(&self.stdout)).unwrap_or_else(|| {
            match (self.status.code(), self.status.signal()) {
                (Some(code), _) => format!("it ended with code {code}"),
                (None, signal) => format!("it was ended by signal {}", signal.unwrap_or_default()),
            }
        })
    }
}

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::core::probes) enum CommandError {
    /// There is no such program.
    #[error("{program} is not installed")]
    Missing { program: String },
    /// It did not end in time.
    #[error("{program} did not answer within {} ms", .within.as_millis())]
    Late { program: String, within: Duration },
    /// It says more than anybody reads.
    #[error("{program} answers more than {} MiB", MOST >> 20)]
    TooLong { program: String },
    /// It cannot be started or read.
    #[error("{program} cannot be run: {source}")]
    Io { program: String, source: io::Error },
}

/// Runs `program` to its end.
pub(in crate::core::probes) async fn run(
    program: &str,
    arguments: &[&str],
    within: Duration,
) -> Result<Answer, CommandError> {
    match timeout(within, run_to_its_end(program, arguments)).await {
        Ok(answer) => answer,
        Err(_) => Err(CommandError::Late { program: program.to_owned(), within }),
    }
}

async fn run_to_its_end(program: &str, arguments: &[&str]) -> Result<Answer, CommandError> {
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => CommandError::Missing { program: program.to_owned() },
        _ => CommandError::Io { program: program.to_owned(), source },
    };
    let path = path();
    let found = find(program, &path)
        .ok_or_else(|| CommandError::Missing { program: program.to_owned() })?;
    let mut child = Command::new(found)
        .args(arguments)
        .env("LC_ALL", "C")
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(io)?;
    let mut family = Family::of(child.id());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(read(stdout), read(stderr)).map_err(io)?;
    let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
        return Err(CommandError::TooLong { program: program.to_owned() });
    };
    let status = child.wait().await.map_err(io)?;
    family.has_ended();
    Ok(Answer { status, stdout, stderr })
}

/// The folders of programs, with those of administrators behind ours.
fn path() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    if path.is_empty() {
        path.push("/usr/local/bin:/usr/bin:/bin");
    }
    path.push(":");
    path.push(MORE_FOLDERS);
    path
}

/// Where a program is. With a path of our own and a bare name the standard library would fork, which
/// copies the page tables of a whole core for each look.
fn find(program: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// All that a stream says; `None` if this is too much.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(MOST + 1).read_to_end(&mut bytes).await?;
    }
    let is_short = bytes.len() as u64 <= MOST;
    Ok(is_short.then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

/// A program that was started and what it starts; killed when dropped before its end.
#[derive(Debug)]
struct Family(Option<Pid>);

impl Family {
    fn of(pid: Option<u32>) -> Self {
        Self(pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw))
    }

    /// Its number may belong to others from now on.
    fn has_ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // That it has just ended by itself is as good.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn both_streams_and_the_code_are_told() {
        let answer = run("sh", &["-c", "echo a; echo b >&2; exit 3"], LONG).await.unwrap();
        assert_eq!((answer.stdout.as_str(), answer.stderr.as_str()), ("a\n", "b\n"));
        assert_eq!(answer.status.code(), Some(3));
        assert_eq!(answer.complaint(), "b");
    }

    #[tokio::test]
    async fn a_program_that_says_nothing_complains_by_its_code() {
        let ended = run("sh", &["-c", "exit 4"], LONG).await.unwrap();
        assert_eq!(ended.complaint(), "it ended with code 4");
        let killed = run("sh", &["-c", "kill -9 $$"], LONG).await.unwrap();
        assert_eq!(killed.complaint(), "it was ended by signal 9");
    }

    #[tokio::test]
    async fn a_missing_program_is_no_fault() {
        let error = run("alamor-has-no-such-program", &[], LONG).await.unwrap_err();
        assert!(matches!(error, CommandError::Missing { .. }), "{error}");
        assert_eq!(error.to_string(), "alamor-has-no-such-program is not installed");
    }

    /// The pipe ends when its last holder is gone: the test hangs if a grandchild stays.
    #[tokio::test]
    async fn a_program_that_hangs_ends_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = run("mkfifo", &[pipe.to_str().unwrap()], LONG).await.unwrap();
        assert!(made.status.success());
        let script = format!("exec 3<>{0}; cat {0} & wait", pipe.display());
        let late = run("sh", &["-c", &script], Duration::from_millis(300)).await.unwrap_err();
        assert!(matches!(late, CommandError::Late { .. }), "{late}");
        // Who opens it for writing waits for a reader, and here there is none any more.
        let without_a_reader = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::NONBLOCK;
        let opened = || rustix::fs::open(&pipe, without_a_reader, rustix::fs::Mode::empty());
        while opened().is_ok() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_program_that_never_stops_talking_is_cut_off() {
        let error = run("yes", &[], LONG).await.unwrap_err();
        assert!(matches!(error, CommandError::TooLong { .. }), "{error}");
    }

    #[tokio::test]
    async fn nobody_is_asked_for_input() {
        let answer = run("cat", &[], LONG).await.unwrap();
        assert_eq!(answer.stdout, "");
    }
}
