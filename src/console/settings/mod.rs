//! What operators set for themselves: keys and colours, each in a TOML file that may be missing.
//!
//! ```text
//! $XDG_CONFIG_HOME/alamor/keymap.toml ─▶ keys.rs ──┐
//! $XDG_CONFIG_HOME/alamor/theme.toml  ─▶ colours.rs┴─▶ Preferences, and complaints
//! ```
//!
//! Invariants:
//! - No file keeps a console from starting: one with mistakes is left aside as a whole, and the
//!   console says so.
//! - All mistakes of a file are told at once, with their lines.
//!
//! Deliberately absent: the settings of the core (`config`), and secrets.

mod colours;
mod document;
mod keys;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use self::keys::KeymapFile;
use super::keymap::Keymap;
use super::theme::Theme;

/// Longer than any file that somebody wrote by hand, in bytes.
const MAX_FILE: u64 = 256 * 1024;

/// Who has the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mouse {
    /// We hear of clicks and of the wheel.
    #[default]
    Ours,
    /// The terminal, which selects text with it.
    Terminals,
}

/// What the operator's files say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preferences {
    /// The keys.
    pub(crate) keymap: Keymap,
    /// Who has the mouse at the start.
    pub(crate) mouse: Mouse,
    /// The colours.
    pub(crate) theme: Theme,
    /// What was left aside, a line each; empty if all is well.
    pub(crate) complaints: Vec<String>,
}

impl Preferences {
    /// Reads the files; `theme` is a name or a file that beats them, `variable` reads the environment.
    #[must_use]
    pub fn load(theme: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let folder = folder(variable);
        let mut preferences = Self::default();
        match find_keymap(folder.as_deref()) {
            Ok(file) => (preferences.keymap, preferences.mouse) = (file.keymap, file.mouse),
            Err(complaints) => preferences.complaints.extend(complaints),
        }
        match find_theme(theme, folder.as_deref()) {
            Ok(theme) => preferences.theme = theme,
            Err(complaints) => preferences.complaints.extend(complaints),
        }
        preferences
    }

    /// What was left aside, a line each.
    #[must_use]
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }
}

/// The keys as they are now, as a keymap file; with the file's mistakes, a line each.
#[must_use]
pub fn print_keymap(variable: impl Fn(&str) -> Option<String>) -> (String, Vec<String>) {
    match find_keymap(folder(variable).as_deref()) {
        Ok(file) => (keys::print(&file), Vec::new()),
        Err(complaints) => (keys::print(&KeymapFile::default()), complaints),
    }
}

/// The keys as they are without a file, as a keymap file.
#[must_use]
pub fn print_default_keymap() -> String {
    keys::print(&KeymapFile::default())
}

/// A theme by its name, else by its file.
///
/// # Errors
///
/// A line for each mistake.
pub(crate) fn load_theme(name: &str) -> Result<Theme, Vec<String>> {
    find_theme(Some(name), None)
}

fn find_keymap(folder: Option<&Path>) -> Result<KeymapFile, Vec<String>> {
    let Some(path) = folder.map(|folder| folder.join("keymap.toml")) else {
        return Ok(KeymapFile::default());
    };
    match read(&path)? {
        None => Ok(KeymapFile::default()),
        Some(text) => keys::parse(&text).map_err(|mistakes| document::told(&path, &mistakes)),
    }
}

fn find_theme(asked: Option<&str>, folder: Option<&Path>) -> Result<Theme, Vec<String>> {
    if let Some(theme) = asked.and_then(Theme::find) {
        return Ok(theme);
    }
    let path = match (asked, folder) {
        (Some(path), _) => PathBuf::from(path),
        (None, Some(folder)) => folder.join("theme.toml"),
        (None, None) => return Ok(Theme::default()),
    };
    match read(&path)? {
        Some(text) => colours::parse(&text).map_err(|mistakes| document::told(&path, &mistakes)),
        None if asked.is_none() => Ok(Theme::default()),
        None => Err(vec![format!(
            "theme: {} is no file and none of {}",
            path.display(),
            Theme::NAMES.join(", ")
        )]),
    }
}

/// The folder of our files; relative paths count as none, as the XDG rule says.
fn folder(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
    Some(config?.join("alamor"))
}

/// A file's text; `None` if there is none. Nothing but an ordinary file is waited for.
fn read(path: &Path) -> Result<Option<String>, Vec<String>> {
    let complain = |what: &dyn std::fmt::Display| vec![format!("{}: {what}", path.display())];
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(complain(&error)),
        Ok(found) if !found.is_file() => return Err(complain(&"is no ordinary file")),
        Ok(found) if found.len() > MAX_FILE => return Err(complain(&"is larger than 256 KB")),
        Ok(_) => {}
    }
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE).read_to_string(&mut text));
    read.map(|_| Some(text)).map_err(|error| complain(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::keymap::{Action, Key, Screen};

    fn load(folder: &Path, theme: Option<&str>) -> Preferences {
        let home = folder.to_str().unwrap().to_owned();
        Preferences::load(theme, |name| (name == "XDG_CONFIG_HOME").then(|| home.clone()))
    }

    fn with_files(files: &[(&str, &str)]) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("alamor")).unwrap();
        for (name, text) in files {
            std::fs::write(home.path().join("alamor").join(name), text).unwrap();
        }
        home
    }

    #[test]
    fn without_files_everything_is_as_it_comes() {
        assert_eq!(load(with_files(&[]).path(), None), Preferences::default());
        assert_eq!(Preferences::load(None, |_| None), Preferences::default());
    }

    #[test]
    fn files_are_found_where_configuration_lies() {
        let home = with_files(&[
            ("keymap.toml", "mouse = false\n[keys]\nquit = \"Q\"\n"),
            ("theme.toml", "base = \"light\"\n"),
        ]);
        let loaded = load(home.path(), None);
        assert_eq!(loaded.complaints(), [""; 0]);
        assert_eq!(loaded.keymap.find_action(Screen::Logs, Key::Char('Q')), Some(Action::Quit));
        assert_eq!(loaded.mouse, Mouse::Terminals);
        assert_eq!(Some(loaded.theme), Theme::find("light"));
        assert_eq!(Some(load(home.path(), Some("dark")).theme), Theme::find("dark"));
    }

    #[test]
    fn broken_files_are_told_all_at_once_and_leave_the_defaults() {
        let home = with_files(&[
            ("keymap.toml", "[keys]\nquit = \"hyper-q\"\nfly = \"f\"\n"),
            ("theme.toml", "\n\n[tones]\ngood = \"greeen\"\nluck = 7\n"),
        ]);
        let loaded = load(home.path(), None);
        assert_eq!((loaded.keymap, loaded.theme), (Keymap::default(), Theme::default()));
        let lines = ["keymap.toml:2:", "keymap.toml:3:", "theme.toml:4:", "theme.toml:5:"];
        assert_eq!(loaded.complaints.len(), 4, "{:?}", loaded.complaints);
        for (complaint, line) in loaded.complaints.iter().zip(lines) {
            assert!(complaint.contains(line), "{complaint}");
        }
    }

    #[test]
    fn what_is_no_text_is_told_and_not_waited_for() {
        let home = with_files(&[]);
        std::fs::create_dir(home.path().join("alamor/keymap.toml")).unwrap();
        std::fs::write(home.path().join("alamor/theme.toml"), [0xff, 0xfe]).unwrap();
        assert_eq!(load(home.path(), None).complaints.len(), 2);
        assert_eq!(load(home.path(), Some("/dev/zero")).complaints.len(), 2);
        let missing = load(home.path(), Some("dakr")).complaints;
        assert!(missing[1].contains("dark, light, high-contrast, monochrome"), "{missing:?}");
    }
}
