//! What is left of a panic: a report in a file, and on the terminal where it lies.
//!
//! ```text
//! panic ─▶ the terminal as it was ─▶ ~/.local/state/alamor/report-….txt (0600) ─▶ three lines
//! ```
//!
//! Invariants:
//! - A report holds no key, password, link or id: of a message that was put together at run time
//!   everything quoted, every address and every long word of letters and digits is left out.
//! - Telling never panics, and says so when the report could not be written.
//!
//! Deliberately absent: sending. The operator reads the report, and decides.

use std::any::Any;
use std::backtrace::Backtrace;
use std::env;
use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// From here on a word of letters and digits may be a key, an id or a link.
const LONG: usize = 16;

/// What stands for what was left out.
const LEFT_OUT: &str = "…";

/// Writes the report of a panic, and on standard error where it lies and how to send it.
pub(super) fn tell(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let text = compose(info.payload(), &place, &Backtrace::force_capture().to_string());
    let written = find_folder(|name| env::var_os(name))
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "neither XDG_STATE_HOME nor HOME"))
        .and_then(|folder| write(&folder, Timestamp::now(), &text));
    let told = match written {
        Ok(path) => format!(
            "alamor: a fault of the console ended it, at {place}. The core is not touched by it.\n\
             The report is {}\n\
             No key, password or link is in it. Read it, and send it to whoever gave you alamor,\n\
             with what you did last.\n",
            path.display()
        ),
        Err(error) => format!(
            "alamor: a fault of the console ended it, at {place}. The core is not touched by it.\n\
             No report was written ({error}). This is what it would say:\n{text}"
        ),
    };
    // Nobody can be told that standard error takes nothing.
    let _ = io::stderr().write_all(told.as_bytes());
}

/// The state folder of the XDG rules; a relative path is none.
fn find_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state =
        absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("alamor"))
}

fn write(folder: &Path, now: Timestamp, text: &str) -> io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let name = now.strftime("report-%Y-%m-%dT%H-%M-%S");
    let path = folder.join(format!("{name}-{}.txt", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}

fn compose(payload: &(dyn Any + Send), place: &str, backtrace: &str) -> String {
    let variable = |name| env::var(name).unwrap_or_else(|_| "not set".to_owned());
    let terminal =
        ["TERM", "TERM_PROGRAM", "LANG"].map(|name| format!("{name}={}", variable(name)));
    format!(
        "alamor {} on {} {}\npanicked at {place}: {}\nterminal: {}\n\n{backtrace}\n",
        env!("CARGO_PKG_VERSION"),
        env::consts::OS,
        env::consts::ARCH,
        message(payload),
        terminal.join(" "),
    )
}

/// What the panic said. What stands in the program is no secret; what was put together may hold one.
fn message(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
        (Some(written), _) => (*written).to_owned(),
        (None, Some(composed)) => redact(composed),
        (None, None) => "no text".to_owned(),
    }
}

/// The text without what may be secret.
fn redact(text: &str) -> String {
    let outside = text.split('"').enumerate().map(|(number, part)| {
        if number % 2 == 0 { redact_words(part) } else { format!("\"{LEFT_OUT}\"") }
    });
    outside.collect()
}

fn redact_words(text: &str) -> String {
    let is_break = |char: char| char.is_whitespace() || "()[]{},;=".contains(char);
    text.split_inclusive(is_break)
        .map(|word| {
            let bare = word.trim_end_matches(is_break);
            let breaks = &word[bare.len()..];
            let digits = bare.chars().any(|char| char.is_ascii_digit());
            let is_long = bare.chars().count() >= LONG;
            if bare.contains("://") || (is_long && digits) {
                format!("{LEFT_OUT}{breaks}")
            } else {
                word.to_owned()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_may_be_secret_is_left_out_and_what_helps_stays() {
        let check = |text: &str, left: &str| assert_eq!(redact(text), left);
        check("index out of bounds: the len is 3", "index out of bounds: the len is 3");
        check(
            "called `Result::unwrap()` on an `Err` value: Io { path: \"/sub/1f2e\", code: 13 }",
            "called `Result::unwrap()` on an `Err` value: Io { path: \"…\", code: 13 }",
        );
        check("key=sk-0123456789abcdef0123, then", "key=…, then");
        check("at http://u:p@host/sub/x and vless://a@b", "at … and …");
    }

    #[test]
    fn only_what_was_put_together_is_looked_through() {
        let fixed: Box<dyn Any + Send> = Box::new("a list \"x\" of http://a");
        assert_eq!(message(fixed.as_ref()), "a list \"x\" of http://a");
        let composed: Box<dyn Any + Send> = Box::new("at http://a".to_owned());
        assert_eq!(message(composed.as_ref()), "at …");
    }

    #[test]
    fn the_folder_is_the_state_folder() {
        let find = |home: Option<&str>, state: Option<&str>| {
            find_folder(|name| if name == "HOME" { home } else { state }.map(OsString::from))
        };
        let folder = |path: &str| Some(PathBuf::from(path));
        assert_eq!(find(Some("/root"), None), folder("/root/.local/state/alamor"));
        assert_eq!(find(Some("/root"), Some("/state")), folder("/state/alamor"));
        assert_eq!(find(Some("/root"), Some("state")), folder("/root/.local/state/alamor"));
        assert_eq!(find(None, None), None);
    }

    #[test]
    fn a_report_is_for_its_owner_only_and_overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("a/alamor");
        let now = "2026-11-24T14:03:12Z".parse().unwrap();
        let path = write(&folder, now, "text").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&folder)), (0o600, 0o700));
        assert!(write(&folder, now, "other").is_err());
    }
}
