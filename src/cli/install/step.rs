//! What an installation consists of, step by step, and what puts each of them back.
//!
//! Invariant: a step knows its own way back, from what was seen before it was done.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One thing that is done. Paths are those of the machine, whatever `--root` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A file is written, or written anew.
    Write { path: PathBuf, mode: u32, text: String },
    /// The running program is copied.
    Copy { to: PathBuf, mode: u32 },
    /// A file of somebody else's is put aside.
    Move { from: PathBuf, to: PathBuf },
    /// A symbolic link is made.
    Link { path: PathBuf, target: PathBuf },
    /// A file or folder is opened to our group.
    Share { path: PathBuf, mode: u32, was: Rights },
    /// Nothing goes on until somebody takes connections there.
    Await { address: SocketAddr },
    /// A command is run.
    Run { command: Vec<String>, back: Option<Back> },
}

/// Whose a file is, and who may do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rights {
    pub(super) gid: u32,
    pub(super) mode: u32,
}

/// The command that undoes another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Back {
    pub(super) command: Vec<String>,
    /// The exit code that says: it is gone already.
    pub(super) gone: Option<i32>,
    /// Only with `--purge`: own data would lose its owner.
    pub(super) is_purge: bool,
}

/// What puts a step back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Undo {
    /// Removes what we made.
    Remove(PathBuf),
    /// Moves back what was put aside.
    Move { from: PathBuf, to: PathBuf },
    /// Gives a file its rights again.
    Share { path: PathBuf, was: Rights },
    /// Runs a command.
    Run(Back),
}

impl Step {
    pub(super) fn run(command: &[&str], back: Option<&[&str]>) -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let back = back.map(|back| Back { command: words(back), gone: None, is_purge: false });
        Self::Run { command: words(command), back }
    }

    /// What puts it back; `None` if nothing has to be.
    pub(super) fn undo(&self) -> Option<Undo> {
        match self {
            Self::Write { path, .. } | Self::Copy { to: path, .. } | Self::Link { path, .. } => {
                Some(Undo::Remove(path.clone()))
            }
            Self::Move { from, to } => Some(Undo::Move { from: to.clone(), to: from.clone() }),
            Self::Share { path, was, .. } => Some(Undo::Share { path: path.clone(), was: *was }),
            Self::Await { .. } => None,
            Self::Run { back, .. } => back.clone().map(Undo::Run),
        }
    }

    /// The step with everything that it writes, for `--dry-run`.
    pub(super) fn in_full(&self) -> String {
        match self {
            Self::Write { text, .. } => {
                let indented = text.lines().map(|line| format!("    {line}"));
                let lines: Vec<String> = [self.to_string()].into_iter().chain(indented).collect();
                lines.join("\n")
            }
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { path, mode, .. } => write!(f, "write  {} ({mode:04o})", path.display()),
            Self::Copy { to, mode } => {
                write!(f, "copy   this program to {} ({mode:04o})", to.display())
            }
            Self::Move { from, to } => write!(f, "move   {} to {}", from.display(), to.display()),
            Self::Link { path, target } => {
                write!(f, "link   {} to {}", path.display(), target.display())
            }
            Self::Share { path, mode, was } => {
                write!(
                    f,
                    "share  {} with the group alamor ({:04o}, was {:04o})",
                    path.display(),
                    mode,
                    was.mode
                )
            }
            Self::Await { address } => write!(f, "await  connections at {address}"),
            Self::Run { command, .. } => write!(f, "run    {}", command.join(" ")),
        }
    }
}

impl fmt::Display for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remove(path) => write!(f, "remove {}", path.display()),
            Self::Move { from, to } => write!(f, "move   {} to {}", from.display(), to.display()),
            Self::Share { path, was } => {
                write!(f, "share  {} as before ({:04o})", path.display(), was.mode)
            }
            Self::Run(back) => write!(f, "run    {}", back.command.join(" ")),
        }
    }
}
