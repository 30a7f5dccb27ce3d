//! Where a setting's text comes from: flags beat the file, the file beats the environment.
//!
//! Invariants:
//! - A source is read once; afterwards nothing here touches the disk.
//! - An empty value hides those behind it: `ADMIN_API_KEY=` in the file unsets the environment's,
//!   as in the bot (fact C11 of src/ARCHITECTURE.md).
//! - Of a copy that a unit made for us, the original is what is named, and where relative paths start.
//!
//! Deliberately absent: what a value means (that is `load/`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use secrecy::ExposeSecret;

use crate::config::dotenv::{Dotenv, FaultyLine};
use crate::config::environment::Environment;
use crate::config::keys::Key;
use crate::config::location::{
    ALAMOR_ENV, ALAMOR_ENV_ORIGINAL, ALAMOR_ROOT_CHECKS, ALAMOR_TLS_COPIES, Location, NamedBy,
    Places,
};
use crate::config::violation::{Place, Violation};

/// More than this is no settings file: the bot's has about 2 KB.
const MAX_BYTES: u64 = 1024 * 1024;

/// All places from which settings come.
#[derive(Debug)]
pub struct Source {
    folder: PathBuf,
    file: Option<PathBuf>,
    read_at: SystemTime,
    text: Result<Dotenv, Violation>,
    environment: Environment,
    flags: BTreeMap<&'static str, (&'static str, String)>,
    bot_file: PathBuf,
}

impl Source {
    /// Finds the file and reads it. What goes wrong then is in the report of the settings.
    ///
    /// `flag` is what `--env` says.
    #[must_use]
    pub fn read(flag: Option<&Path>, environment: Environment, places: &Places) -> Self {
        let location = Location::find(flag, &environment, places);
        let text = match location.path() {
            None => Ok(Dotenv::default()),
            Some(path) => read_text(path)
                .map(|text| Dotenv::parse(&text, &environment))
                .map_err(|unreadable| unreadable.violation(&location, path)),
        };
        let original = original(&location, &environment);
        let file = original.or_else(|| location.path().map(Path::to_owned));
        let folder = file.as_deref().and_then(Path::parent).unwrap_or(&places.current_dir);
        let bot_file = places.bot_file.clone();
        Self {
            folder: folder.to_owned(),
            file,
            read_at: SystemTime::now(),
            text,
            environment,
            flags: BTreeMap::new(),
            bot_file,
        }
    }

    /// The settings file, the environment and the folders of this process.
    #[must_use]
    pub fn of_process(flag: Option<&Path>) -> Self {
        Self::read(flag, Environment::of_process(), &Places::of_process())
    }

    /// A source without a disk: `text` as if it stood in `path`, the bot's own file as well as ours.
    #[must_use]
    pub fn of_text(path: &Path, text: &str, environment: Environment) -> Self {
        Self {
            folder: path.parent().unwrap_or(Path::new("/")).to_owned(),
            file: Some(path.to_owned()),
            read_at: SystemTime::now(),
            text: Ok(Dotenv::parse(text, &environment)),
            environment,
            flags: BTreeMap::new(),
            bot_file: path.to_owned(),
        }
    }

    /// The same, with what an option of the command line says; `option` is its name, as `--core`.
    #[must_use]
    pub fn with_flag(mut self, key: &Key, option: &'static str, value: impl Into<String>) -> Self {
        self.flags.insert(key.name, (option, value.into()));
        self
    }

    /// The settings file that is used.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// When it was read.
    pub(super) fn read_at(&self) -> SystemTime {
        self.read_at
    }

    /// The folder at which relative paths start: the file's, else the current one.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of copies that stand for `TLS_CERT_FILE` and `TLS_KEY_FILE`, if there is one.
    pub(super) fn tls_copies(&self) -> Option<&Path> {
        self.path(ALAMOR_TLS_COPIES)
    }

    /// The file in which root's looks are kept, if there is one.
    pub(super) fn root_checks(&self) -> Option<&Path> {
        self.path(ALAMOR_ROOT_CHECKS)
    }

    /// A path that the environment alone may name.
    fn path(&self, variable: &str) -> Option<&Path> {
        let path = self.environment.find(variable)?;
        (!path.is_empty()).then_some(Path::new(path))
    }

    /// The settings file that the bot reads.
    pub(super) fn bot_file(&self) -> &Path {
        &self.bot_file
    }

    /// What keeps the file from being read.
    pub(super) fn unreadable(&self) -> Option<&Violation> {
        self.text.as_ref().err()
    }

    /// The statements of the file that cannot be read.
    pub(super) fn faults(&self) -> &[FaultyLine] {
        self.text.as_ref().map_or(&[], Dotenv::faults)
    }

    /// The text of a setting and where it stands; `None` if it stands nowhere or is blank.
    pub(super) fn find(&self, key: &Key) -> Option<(&str, Place)> {
        let found = self
            .flags
            .get(key.name)
            .map(|(option, value)| (value.as_str(), Place::Flag(option)))
            .or_else(|| self.find_in_file(key))
            .or_else(|| Some((self.environment.find(key.name)?, Place::Environment)));
        found.filter(|(value, _)| !value.trim().is_empty())
    }

    fn find_in_file(&self, key: &Key) -> Option<(&str, Place)> {
        let variable = self.text.as_ref().ok()?.find(key.name)?;
        Some((variable.value.expose_secret(), self.line(variable.line)))
    }

    /// A line of the file.
    pub(super) fn line(&self, line: usize) -> Place {
        self.file.clone().map_or(Place::Unset, |file| Place::Line { file, line })
    }
}

/// What the file is a copy of, where the environment names both.
fn original(location: &Location, environment: &Environment) -> Option<PathBuf> {
    let Location::Named { by: NamedBy::Environment, .. } = location else { return None };
    let original = environment.find(ALAMOR_ENV_ORIGINAL).map(PathBuf::from);
    original.filter(|path| path.is_absolute())
}

/// Why a file gives no text.
enum Unreadable {
    Io(io::Error),
    TooLarge,
    /// The line, counted from 1, with the first byte that is not UTF-8.
    NotUtf8 {
        line: usize,
    },
}

fn read_text(path: &Path) -> Result<String, Unreadable> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Unreadable::Io)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(Unreadable::Io)?;
    if u64::try_from(bytes.len()).is_ok_and(|bytes| bytes > MAX_BYTES) {
        return Err(Unreadable::TooLarge);
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        Unreadable::NotUtf8 { line: 1 + good.filter(|&&byte| byte == b'\n').count() }
    })
}

impl Unreadable {
    fn violation(self, location: &Location, path: &Path) -> Violation {
        let file = path.to_owned();
        let (what, fix) = match &self {
            Self::Io(error) => (said(error), fix_of(error, location)),
            Self::TooLarge => {
                ("the file is larger than 1 MB".into(), "name a settings file".into())
            }
            Self::NotUtf8 { .. } => ("this is not UTF-8".into(), "save the file as UTF-8".into()),
        };
        let place = match self {
            Self::NotUtf8 { line } => Place::Line { file, line },
            Self::Io(_) | Self::TooLarge => Place::File(file),
        };
        Violation { place, what, fix }
    }
}

fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder, not a file".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read the file".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    }
}

fn fix_of(error: &io::Error, location: &Location) -> String {
    let named = match location {
        Location::Named { by: NamedBy::Flag, .. } => "name a settings file with --env, or none",
        Location::Named { by: NamedBy::Environment, .. } => {
            return format!("name a settings file in {ALAMOR_ENV}, or unset it");
        }
        Location::Found(_) | Location::Nowhere => "name another file with --env",
    };
    match error.kind() {
        io::ErrorKind::PermissionDenied => format!("run with sudo, or {named}"),
        _ => named.to_owned(),
    }
}
