//! Which file holds the settings.
//!
//! ```text
//! --env FILE  ▶  ALAMOR_ENV  ▶  ./.env  ▶  /var/www/alamorvpn_bot/.env  ▶  none: the environment
//! ╰── must exist ─────────╯     ╰── used if there is a file ────────╯
//! ```
//!
//! Invariants:
//! - The path of a location is absolute.
//!
//! Deliberately absent: reading the file (that is `source.rs`). This only asks whether it is there.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::environment::Environment;

/// Names the settings file in the environment.
pub const ALAMOR_ENV: &str = "ALAMOR_ENV";

/// Names the file that the one in [`ALAMOR_ENV`] is a copy of: a unit copies the bot's file to where
/// an unprivileged core may read it.
pub const ALAMOR_ENV_ORIGINAL: &str = "ALAMOR_ENV_ORIGINAL";

/// Names the folder of copies of the two files of TLS, `fullchain.pem` and `privkey.pem`: a unit copies
/// them to where an unprivileged core may read them.
pub const ALAMOR_TLS_COPIES: &str = "ALAMOR_TLS_COPIES";

/// Names the file in which root's looks at the machine are kept: a unit lets root look at what an
/// unprivileged core may not see.
pub const ALAMOR_ROOT_CHECKS: &str = "ALAMOR_ROOT_CHECKS";

/// Where the bot's installer puts the bot.
const BOT_FILE: &str = "/var/www/alamorvpn_bot/.env";

/// The settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The operator named it.
    Named {
        /// The file; it may not exist.
        path: PathBuf,
        /// How.
        by: NamedBy,
    },
    /// It lies where it usually does.
    Found(PathBuf),
    /// There is none. That is no error.
    Nowhere,
}

/// How a file was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// `--env FILE`
    Flag,
    /// `ALAMOR_ENV`
    Environment,
}

/// Where to look. An argument, so that a test looks into folders of its own.
#[derive(Debug, Clone)]
pub struct Places {
    /// The folder in which the program was started.
    pub current_dir: PathBuf,
    /// The bot's own file.
    pub bot_file: PathBuf,
}

impl Places {
    /// Those of this process. A current folder that is gone becomes `/`.
    #[must_use]
    pub fn of_process() -> Self {
        let current_dir = env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        Self { current_dir, bot_file: BOT_FILE.into() }
    }
}

impl Location {
    /// Looks for the file; `flag` is what `--env` says.
    #[must_use]
    pub fn find(flag: Option<&Path>, environment: &Environment, places: &Places) -> Self {
        if let Some(path) = flag {
            return Self::Named { path: places.current_dir.join(path), by: NamedBy::Flag };
        }
        if let Some(path) = environment.find(ALAMOR_ENV).filter(|path| !path.is_empty()) {
            return Self::Named { path: places.current_dir.join(path), by: NamedBy::Environment };
        }
        let usual = [places.current_dir.join(".env"), places.bot_file.clone()];
        usual.into_iter().find(|path| is_there(path)).map_or(Self::Nowhere, Self::Found)
    }

    /// The file, if there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Named { path, .. } | Self::Found(path) => Some(path),
            Self::Nowhere => None,
        }
    }
}

/// Whether something is there that should be read. A folder of that name is not: `.env` is also
/// what some call their Python environment. What may not be looked at is: passing it over silently
/// would start with other settings than the operator's.
fn is_there(path: &Path) -> bool {
    match path.metadata() {
        Ok(found) => !found.is_dir(),
        Err(error) => {
            !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct World {
        _root: tempfile::TempDir,
        places: Places,
    }

    fn world() -> World {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            current_dir: root.path().join("here"),
            bot_file: root.path().join("bot/.env"),
        };
        fs::create_dir(&places.current_dir).unwrap();
        fs::create_dir(root.path().join("bot")).unwrap();
        World { _root: root, places }
    }

    #[test]
    fn the_flag_beats_the_environment_beats_the_current_folder_beats_the_bots() {
        let World { _root, places } = world();
        let here = places.current_dir.clone();
        let find = |flag: Option<&str>, environment: &Environment| {
            Location::find(flag.map(Path::new), environment, &places)
        };
        let named = Environment::from([(ALAMOR_ENV, "/etc/b.env")]);
        let nothing = Environment::from([(ALAMOR_ENV, "")]);

        assert_eq!(find(None, &nothing), Location::Nowhere);
        fs::write(&places.bot_file, "").unwrap();
        assert_eq!(find(None, &nothing), Location::Found(places.bot_file.clone()));
        fs::write(here.join(".env"), "").unwrap();
        assert_eq!(find(None, &nothing), Location::Found(here.join(".env")));
        assert_eq!(
            find(None, &named),
            Location::Named { path: "/etc/b.env".into(), by: NamedBy::Environment }
        );
        assert_eq!(
            find(Some("a.env"), &named),
            Location::Named { path: here.join("a.env"), by: NamedBy::Flag }
        );
    }

    #[test]
    fn a_folder_named_env_is_no_settings_file() {
        let World { _root, places } = world();
        fs::create_dir(places.current_dir.join(".env")).unwrap();
        fs::write(&places.bot_file, "").unwrap();
        let found = Location::find(None, &Environment::default(), &places);
        assert_eq!(found, Location::Found(places.bot_file));
    }
}
