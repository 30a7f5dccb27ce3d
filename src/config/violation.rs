//! What is wrong in the settings, for the operator who must change it.
//!
//! ```text
//! 2 settings must change; nothing was started.
//!
//!   /srv/bot/.env line 4: WEBHOOK_BIND is no address with a port
//!     write WEBHOOK_BIND=127.0.0.1:8080
//!
//!   environment: SUB_MAX_AGE is no duration
//!     write SUB_MAX_AGE=300s
//! ```
//!
//! Invariants:
//! - A violation quotes no value: any of them may be a secret on the wrong line.
//! - A report has at least one violation.

use std::fmt;
use std::path::PathBuf;

/// Where a value, or its absence, was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line of the settings file, counted from 1.
    Line {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// The settings file as a whole.
    File(PathBuf),
    /// A variable of the environment.
    Environment,
    /// An option of the command line, as it is written there: `--core`.
    Flag(&'static str),
    /// The setting stands nowhere: it has its default.
    Unset,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line } => write!(f, "{} line {line}", file.display()),
            Self::File(file) => file.display().fmt(f),
            Self::Environment => f.write_str("environment"),
            Self::Flag(_) => f.write_str("command line"),
            Self::Unset => f.write_str("settings"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where it stands.
    pub place: Place,
    /// What is wrong: a sentence without its full stop.
    pub what: String,
    /// What to do about it: a sentence without its full stop, ready to be copied from.
    pub fix: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}: {}\n    {}", self.place, self.what, self.fix)
    }
}

/// All that is wrong: one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations {
    first: Violation,
    more: Vec<Violation>,
}

impl Violations {
    /// The report on these; `None` if nothing is wrong.
    pub(super) fn report(found: Vec<Violation>) -> Option<Self> {
        let mut found = found.into_iter();
        found.next().map(|first| Self { first, more: found.collect() })
    }

    /// Each of them, in the order in which the settings are read.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        std::iter::once(&self.first).chain(&self.more)
    }
}

impl From<Violation> for Violations {
    fn from(first: Violation) -> Self {
        Self { first, more: Vec::new() }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.more.len() {
            0 => f.write_str("One setting must change; nothing was started.\n")?,
            more => writeln!(f, "{} settings must change; nothing was started.", more + 1)?,
        }
        self.iter().try_for_each(|violation| write!(f, "\n{violation}\n"))
    }
}

impl std::error::Error for Violations {}
