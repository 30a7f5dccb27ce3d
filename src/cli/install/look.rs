//! Looks at a machine, for the plan: its settings, units, users and files.
//!
//! Invariant: nothing is changed.

use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;

use super::apply::Root;
use super::old_server::{self, OldServer};
use super::plan::{Account, OLD, Payments, Seen, SharedSeen, UNITS, UnitSeen, link};
use super::step::{Rights, Undo};
use super::units::{self, Facts, OwnTls, SERVICE, SOCKET, USER};
use crate::config::{AdminKey, Database, PairFiles, Settings};
use crate::core;
use crate::core::probes::machine::listeners::find_owner;
use crate::database::gateways;
use crate::database::look::beside_with;

/// Where units are looked for: an administrator's first, since they win.
const FOLDERS: [&str; 3] = [UNITS, "/usr/lib/systemd/system", "/lib/systemd/system"];

/// From where a service may run a program, whatever it may not see.
const PROGRAMS: [&str; 4] = ["/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt"];

/// Where the program is copied to from anywhere else.
const PROGRAM: &str = "/usr/local/bin/alamor";

/// How long `LEGACY_UPSTREAM` may take to take a connection.
const ANSWER: Duration = Duration::from_secs(3);

/// Where groups are listed.
const GROUPS: &str = "/etc/group";

/// Where users are listed.
const USERS: &str = "/etc/passwd";

/// Looks at `root`, for settings that were read from the `.env` at `env`.
pub(super) async fn look(root: &Root, settings: &Settings, notes: &[Undo]) -> anyhow::Result<Seen> {
    let file = settings.file.as_deref();
    let file = file.context("there is no .env: name the bot's with --env FILE")?;
    let env =
        root.inside(file).with_context(|| format!("{} is not below --root", file.display()))?;
    let (binary, is_elsewhere) = program(root);
    let writes = database_folder(root, settings);
    let facts = Facts {
        binary,
        env,
        listen: settings.bind,
        certificate: certificate(root, settings),
        tls: own_tls(root, settings),
        writes: writes.clone(),
    };
    let has_systemd = root.has_systemd();
    let units: Vec<UnitSeen> =
        [SERVICE, OLD].iter().filter_map(|name| unit(root, name, has_systemd)).collect();
    let is_ours_up = units.iter().any(|unit| unit.is_ours && unit.is_active);
    let ours: BTreeSet<PathBuf> = notes.iter().filter_map(made).collect();
    let holds = held(root, &ours);
    let is_held = match &holds {
        Some(held) if held.contains(&settings.bind) => is_ours_up || is_active(SOCKET),
        Some(_) => false,
        None => is_ours_up,
    };
    let is_asked = root.is_machine() && !is_held;
    let port_owner = if is_asked { find_owner(settings.bind).await } else { None };
    Ok(Seen {
        there: there(root, &facts),
        is_moving: holds.is_some_and(|held| held != units::listens(&facts)),
        facts,
        is_elsewhere,
        weak_key: weak_key(&settings.admin_key),
        account: account(root),
        has_systemd,
        units,
        port_owner,
        ours,
        shared: shared(root, settings, writes.as_deref()),
        payments: payments(settings).await,
        old_server: [OLD, SERVICE].iter().find_map(|name| OldServer::of(&text(root, name)?)),
        upstream: upstream(settings).filter(|address| address.ip().is_loopback()),
    })
}

/// Where the socket of a former installation listens; `None` if there is none.
fn held(root: &Root, ours: &BTreeSet<PathBuf>) -> Option<Vec<SocketAddr>> {
    let path = Path::new(UNITS).join(SOCKET);
    let text = ours.contains(&path).then(|| fs::read_to_string(root.at(&path)).ok())??;
    Some(units::listened(&text))
}

/// Whether customers who pay come back here, and are answered.
async fn payments(settings: &Settings) -> Payments {
    match gateways::have_callback(&core::place(settings)).await {
        None => Payments::Unknown,
        Some(false) => Payments::None,
        Some(true) => match upstream(settings) {
            Some(address) if TcpStream::connect_timeout(&address, ANSWER).is_ok() => {
                Payments::Passed
            }
            _ => Payments::Lost,
        },
    }
}

/// Where the settings say that the old server is.
fn upstream(settings: &Settings) -> Option<SocketAddr> {
    let url = settings.legacy.upstream.as_ref()?;
    url.socket_addrs(|| None).ok()?.into_iter().next()
}

fn account(root: &Root) -> Account {
    if root.find_id(USERS, USER).is_some() {
        Account::There
    } else if root.find_id(GROUPS, USER).is_some() {
        Account::GroupAlone
    } else {
        Account::Missing
    }
}

fn made(undo: &Undo) -> Option<PathBuf> {
    match undo {
        Undo::Remove(path) => Some(path.clone()),
        Undo::Move { .. } | Undo::Share { .. } | Undo::Run(_) => None,
    }
}

/// Where the program is for the unit, and whether it has to be brought there.
fn program(root: &Root) -> (PathBuf, bool) {
    let own = std::env::current_exe().ok().and_then(|own| root.inside(&own));
    let is_fine = |own: &PathBuf| PROGRAMS.iter().any(|folder| own.starts_with(folder));
    own.filter(is_fine).map_or_else(|| (PROGRAM.into(), true), |own| (own, false))
}

fn weak_key(key: &AdminKey) -> Option<String> {
    match key {
        AdminKey::Good(_) => None,
        AdminKey::Unset => Some("is not set".to_owned()),
        AdminKey::Weak { why, .. } => Some(why.to_string()),
    }
}

/// certbot's folder of the domain.
fn certificate(root: &Root, settings: &Settings) -> Option<PathBuf> {
    let domain = settings.domain.as_deref()?;
    let folder = settings.probes.certbot.join("live").join(domain);
    root.at(&folder).join("fullchain.pem").exists().then_some(folder)
}

/// TLS of the core's own; its files by their paths below `root`.
fn own_tls(root: &Root, settings: &Settings) -> Option<OwnTls> {
    let tls = settings.tls.as_ref()?;
    let below = |path: &Path| root.inside(path).unwrap_or_else(|| path.to_owned());
    let files =
        PairFiles { certificate: below(&tls.files.certificate), key: below(&tls.files.key) };
    let files = Some(files).filter(|_| tls.acme.is_none());
    Some(OwnTls { files, redirect: tls.redirect })
}

fn database_folder(root: &Root, settings: &Settings) -> Option<PathBuf> {
    let Database::Sqlite { path } = &settings.database else { return None };
    root.inside(path)?.parent().map(Path::to_owned)
}

/// The folder of a SQLite database, the file itself and its log that somebody has open, as far as our
/// group may not write there.
fn shared(root: &Root, settings: &Settings, folder: Option<&Path>) -> Vec<SharedSeen> {
    let (Some(folder), Database::Sqlite { path }) = (folder, &settings.database) else {
        return Vec::new();
    };
    let ours = root.find_id(GROUPS, USER);
    let seen = |path: PathBuf| {
        let found = fs::metadata(root.at(&path)).ok()?;
        let rights = Rights { gid: found.gid(), mode: found.permissions().mode() & 0o7777 };
        let is_writable = ours == Some(rights.gid) && rights.mode & 0o060 == 0o060;
        (!is_writable).then_some(SharedSeen { path, rights, is_folder: found.is_dir() })
    };
    let Some(file) = root.inside(path) else { return Vec::new() };
    let log = ["-wal", "-shm"].map(|suffix| beside_with(&file, suffix));
    [folder.to_owned(), file].into_iter().chain(log).filter_map(seen).collect()
}

/// A unit by its files; `None` if there is none, or only the mask that we made.
fn unit(root: &Root, name: &str, has_systemd: bool) -> Option<UnitSeen> {
    let text = text(root, name)?;
    let enabled = root.at(&link("multi-user.target", name));
    Some(UnitSeen {
        name: name.to_owned(),
        is_ours: runs_alamor(&text),
        is_active: has_systemd && is_active(name),
        is_enabled: enabled.symlink_metadata().is_ok(),
    })
}

/// A unit's text; `None` if there is none, or only the mask that we made.
fn text(root: &Root, name: &str) -> Option<String> {
    let read = |folder| fs::read_to_string(root.at(&Path::new(folder).join(name))).ok();
    FOLDERS.into_iter().find_map(read).filter(|text| !text.is_empty())
}

fn is_active(name: &str) -> bool {
    let asked = Command::new("systemctl").args(["is-active", "--quiet", name]).status();
    asked.is_ok_and(|status| status.success())
}

/// Whether the last `ExecStart=` of a unit runs a program that is called `alamor`.
fn runs_alamor(text: &str) -> bool {
    let mut starts = text.lines().filter_map(|line| line.trim().strip_prefix("ExecStart="));
    let last = starts.next_back().unwrap_or_default();
    let mut words = last.split_whitespace();
    words.any(|word| {
        let word = word.trim_start_matches(['@', '-', ':', '+', '!']);
        Path::new(word).file_name().is_some_and(|name| name == "alamor")
    })
}

/// Which of the files that the plan may write exist.
fn there(root: &Root, facts: &Facts) -> BTreeSet<PathBuf> {
    let units = units::all(facts);
    let links = units.iter().filter_map(|unit| Some(link(unit.wanted_by?, unit.name)));
    let links = links.chain([link("multi-user.target", old_server::UNIT)]);
    let files = units.iter().map(|unit| unit.name).chain([OLD, old_server::UNIT]);
    let files = files.map(|name| Path::new(UNITS).join(name));
    let is_there = |path: &PathBuf| root.at(path).symlink_metadata().is_ok();
    links.chain(files).filter(is_there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_ours_by_what_it_runs() {
        assert!(runs_alamor("[Service]\nExecStart=+/usr/local/bin/alamor serve\n"));
        assert!(runs_alamor("ExecStart=\nExecStart=/usr/bin/env LANG=C /opt/x/alamor serve"));
        assert!(!runs_alamor(
            "ExecStart=/var/www/alamorvpn_bot/.venv/bin/python webhook_server.py"
        ));
        assert!(!runs_alamor("ExecStart=/usr/bin/alamor serve\nExecStart=/usr/bin/python x.py"));
        assert!(!runs_alamor("ExecStart=/usr/local/bin/alamorbot start"));
        assert!(!runs_alamor(""));
    }
}
