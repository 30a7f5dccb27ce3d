//! `alamor check --report FILE`: what the ladder found, for somebody else to read.
//!
//! Invariants: no secret is in it: none is in a check, and what might be one is left out all the same,
//! as in the console's report; nothing is overwritten; only its owner may read it.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;

use crate::api::Check;
use crate::config::{KEYS, Settings};
use crate::console::findings::fit_to_send;
use crate::console::text::tame;

/// A report that is to be written.
pub(super) struct Report<'a> {
    path: &'a Path,
    file: File,
}

/// Makes the new file, before anything is looked at.
///
/// # Errors
///
/// If it is there already, or cannot be written.
pub(super) fn create(path: &Path) -> anyhow::Result<Report<'_>> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(Report { path, file })
}

impl<'a> Report<'a> {
    /// Writes what was found; says where.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(super) fn write(
        mut self,
        rungs: &[Check],
        settings: Option<&Settings>,
    ) -> anyhow::Result<&'a Path> {
        let written = self.file.write_all(text(rungs, settings).as_bytes());
        written.with_context(|| format!("{} cannot be written", self.path.display()))?;
        Ok(self.path)
    }
}

fn text(rungs: &[Check], settings: Option<&Settings>) -> String {
    let mut text = format!(
        "alamor {} check, {}\n{}\n",
        env!("CARGO_PKG_VERSION"),
        Timestamp::now(),
        machine(),
    );
    if let Some(settings) = settings {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", of_settings(settings));
    }
    for rung in rungs {
        let _ = writeln!(text, "\n{}: {}", rung.name, rung.state.as_str());
        let said =
            [("saw", &rung.evidence), ("why", &rung.reason), ("do", &rung.fix), ("by", &rung.by)];
        for (label, sentence) in said {
            if let Some(sentence) = sentence {
                let _ = writeln!(text, "  {label}: {}", fit_to_send(sentence));
            }
        }
        if let Some(took) = rung.took_ms {
            let _ = writeln!(text, "  took: {took} ms");
        }
        for (name, value) in &rung.facts {
            let _ = writeln!(text, "  {name} = {}", fit_to_send(value));
        }
        for line in &rung.details {
            let _ = writeln!(text, "  | {}", fit_to_send(line));
        }
    }
    text
}

/// Kernel and system, as far as they say so.
fn machine() -> String {
    let kernel = rustix::system::uname();
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("");
    format!(
        "{} {} {}, {}",
        kernel.sysname().to_string_lossy(),
        kernel.release().to_string_lossy(),
        kernel.machine().to_string_lossy(),
        tame(name.trim_matches('"')),
    )
}

/// Where the settings came from; of their values only those that are no secret.
fn of_settings(settings: &Settings) -> String {
    let file =
        settings.file.as_ref().map_or_else(|| "none".to_owned(), |file| file.display().to_string());
    format!(
        "settings: {file} ({} known)\nWEBHOOK_BIND: {}\nWEBHOOK_DOMAIN: {}\nADMIN_API_KEY: {}\n",
        KEYS.len(),
        settings.bind,
        settings.domain.as_deref().unwrap_or("not set"),
        if settings.admin_key.expose().is_some() { "set" } else { "not set" },
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::api::CheckState;

    fn rung() -> Check {
        Check {
            name: "tls".to_owned(),
            state: CheckState::Crit,
            reason: Some("served certificate expired yesterday".to_owned()),
            fix: Some("systemctl reload nginx".to_owned()),
            details: vec!["127.0.0.1:443: \u{1b}[31mserial 03".to_owned()],
            ..Check::default()
        }
    }

    #[test]
    fn a_report_is_its_owners_alone_and_overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.txt");
        create(&file).unwrap().write(&[rung()], None).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.contains("\ntls: crit\n  why: served certificate expired yesterday\n"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text}");
        let refused = create(&file).err().unwrap();
        assert!(refused.to_string().contains("report.txt cannot be written"), "{refused}");
    }
}
