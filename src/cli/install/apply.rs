//! Does steps, and puts them back. What was done is noted after each one, so that also half an
//! installation can be undone.
//!
//! Invariants:
//! - A file appears as a whole, with its mode, or not at all.
//! - Below `--root` nothing outside is touched, but for commands that know that folder themselves.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tempfile::NamedTempFile;

use super::step::{Back, Step, Undo};
use super::units::USER;

/// How long a program may take until it listens: Python on a small server takes some seconds.
const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// How often is looked whether it does.
const LISTENER_EVERY: Duration = Duration::from_millis(100);

/// Where is noted what was done.
const NOTES: &str = "/etc/alamor/installed.json";

/// A machine, or a folder that is to become one.
#[derive(Debug, Clone)]
pub(super) struct Root(PathBuf);

impl Root {
    pub(super) fn new(root: Option<&Path>) -> Self {
        Self(root.unwrap_or(Path::new("/")).to_owned())
    }

    /// Whether it is this machine itself.
    pub(super) fn is_machine(&self) -> bool {
        self.0 == Path::new("/")
    }

    /// Whether systemd runs there, and is to be told.
    pub(super) fn has_systemd(&self) -> bool {
        self.is_machine() && Path::new("/run/systemd/system").is_dir()
    }

    /// Where a path of the machine is.
    pub(super) fn at(&self, path: &Path) -> PathBuf {
        self.0.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// What a path is called on the machine; `None` if it is not in it.
    pub(super) fn inside(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.0).ok().map(|path| Path::new("/").join(path))
    }

    /// The id of a group of the machine.
    pub(super) fn find_id(&self, file: &str, name: &str) -> Option<u32> {
        let text = fs::read_to_string(self.at(Path::new(file))).ok()?;
        let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
        line.split(':').nth(2)?.parse().ok()
    }

    /// What a former installation did; empty if there was none.
    pub(super) fn read_notes(&self) -> anyhow::Result<Vec<Undo>> {
        let path = self.at(Path::new(NOTES));
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| {
                format!("{} cannot be read: it is no note of ours", path.display())
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    fn write_notes(&self, notes: &[Undo]) -> anyhow::Result<()> {
        let path = self.at(Path::new(NOTES));
        let text = serde_json::to_vec_pretty(notes)?;
        write(&path, 0o600, &text).with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Keeps the notes of what was not undone.
    pub(super) fn keep_notes(&self, notes: &[Undo]) -> anyhow::Result<()> {
        if notes.is_empty() { Ok(self.forget_notes()?) } else { self.write_notes(notes) }
    }

    fn forget_notes(&self) -> io::Result<()> {
        let path = self.at(Path::new(NOTES));
        remove(&path)?;
        remove_empty(path.parent())
    }

    /// Whether a file that a step would write stands there as it would be, and is noted as ours.
    pub(super) fn is_done(&self, step: &Step, notes: &[Undo]) -> bool {
        let Step::Write { path, mode, text } = step else { return false };
        let path = self.at(path);
        let is_noted = step.undo().is_some_and(|undo| notes.contains(&undo));
        let has_mode = fs::metadata(&path).is_ok_and(|file| file.mode() & 0o7777 == *mode);
        is_noted && has_mode && fs::read(&path).is_ok_and(|there| there == text.as_bytes())
    }

    /// Does a step, and notes how it is put back.
    pub(super) fn apply(&self, step: &Step, notes: &mut Vec<Undo>) -> anyhow::Result<()> {
        self.act(step).with_context(|| step.to_string())?;
        if let Some(undo) = step.undo()
            && !notes.contains(&undo)
        {
            notes.push(undo);
        }
        self.write_notes(notes)
    }

    fn act(&self, step: &Step) -> anyhow::Result<()> {
        match step {
            Step::Write { path, mode, text } => write(&self.at(path), *mode, text.as_bytes())?,
            Step::Copy { to, mode } => {
                let program = fs::read("/proc/self/exe").context("this program cannot be read")?;
                write(&self.at(to), *mode, &program)?;
            }
            Step::Move { from, to } => fs::rename(self.at(from), self.at(to))?,
            Step::Link { path, target } => {
                let path = self.at(path);
                make_folder(path.parent())?;
                symlink(target, path)?;
            }
            Step::Share { path, mode, .. } => {
                let id = self.find_id("/etc/group", USER).context("there is no group alamor")?;
                give(&self.at(path), id, *mode)?;
            }
            Step::Await { address } => await_listener(*address)?,
            Step::Run { command, .. } => self.run(command, None)?,
        }
        Ok(())
    }

    /// Puts a step back; what is gone already is no fault.
    pub(super) fn undo(&self, undo: &Undo) -> anyhow::Result<()> {
        let act = || -> anyhow::Result<()> {
            match undo {
                Undo::Remove(path) => {
                    let path = self.at(path);
                    remove(&path)?;
                    remove_wants(path.parent())?;
                }
                Undo::Move { from, to } => fs::rename(self.at(from), self.at(to))?,
                Undo::Share { path, was } => {
                    if self.at(path).exists() {
                        give(&self.at(path), was.gid, was.mode)?;
                    }
                }
                Undo::Run(Back { command, gone, .. }) => self.run(command, *gone)?,
            }
            Ok(())
        };
        act().with_context(|| undo.to_string())
    }

    /// Programs that change the list of users know a folder as `--prefix`.
    fn run(&self, command: &[String], gone: Option<i32>) -> anyhow::Result<()> {
        let (program, words) = command.split_first().context("there is no command")?;
        let mut run = Command::new(program);
        if !self.is_machine() {
            run.arg("--prefix").arg(&self.0);
        }
        let output =
            run.args(words).output().with_context(|| format!("{program} cannot be run"))?;
        if output.status.success() || (gone.is_some() && output.status.code() == gone) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{program} ended with {}: {}",
            output.status,
            said.trim().replace(char::is_control, " ")
        )
    }
}

/// Waits until somebody takes connections there.
fn await_listener(address: SocketAddr) -> anyhow::Result<()> {
    let deadline = Instant::now() + STARTS_WITHIN;
    while TcpStream::connect_timeout(&address, LISTENER_EVERY).is_err() {
        if Instant::now() >= deadline {
            bail!("nobody listens there after {} s", STARTS_WITHIN.as_secs());
        }
        // A refusal comes at once.
        std::thread::sleep(LISTENER_EVERY);
    }
    Ok(())
}

/// Writes a file anew, in one piece.
fn write(path: &Path, mode: u32, text: &[u8]) -> io::Result<()> {
    make_folder(path.parent())?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text)?;
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn make_folder(folder: Option<&Path>) -> io::Result<()> {
    folder.map_or(Ok(()), fs::create_dir_all)
}

fn give(path: &Path, gid: u32, mode: u32) -> io::Result<()> {
    chown(path, None, Some(gid))?;
    // Changing the group may take bits away.
    fs::set_permissions(path, Permissions::from_mode(mode))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes a folder `….wants` that was made for a link of ours and holds nothing more.
fn remove_wants(folder: Option<&Path>) -> io::Result<()> {
    let is_wants = |folder: &&Path| folder.extension().is_some_and(|kind| kind == "wants");
    remove_empty(folder.filter(is_wants))
}

fn remove_empty(folder: Option<&Path>) -> io::Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    match fs::remove_dir(folder) {
        Err(error)
            if !matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::NotFound) =>
        {
            Err(error)
        }
        _ => Ok(()),
    }
}
