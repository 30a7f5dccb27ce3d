//! From what was seen on a machine to what has to be done: pure.
//!
//! Invariants:
//! - A unit is ours by what it runs, not by its name.
//! - Nothing of somebody else's is overwritten: it is put aside, and `uninstall` puts it back.
//! - A port that somebody serves is taken over only where that was asked for.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::super::args::Agreed;
use super::old_server::{self, OldServer};
use super::step::{Back, Rights, Step};
use super::units::{self, AROUND, Facts, SERVICE, SOCKET, USER, can_name};

/// Where an administrator's units are.
pub(super) const UNITS: &str = "/etc/systemd/system";

/// The unit that the bot's installer makes, and that the bot's health button starts.
pub(super) const OLD: &str = "alamor_webhook.service";

/// Where the old server always listens (fact C13 of src/ARCHITECTURE.md).
const OLD_PORT: u16 = 8080;

/// What is put behind the name of a file that was put aside. systemd reads no such file.
const ASIDE: &str = "before-alamor";

/// A unit of one of the names that matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct UnitSeen {
    pub(super) name: String,
    /// Whether it runs a core.
    pub(super) is_ours: bool,
    pub(super) is_active: bool,
    /// Whether it comes up with the machine.
    pub(super) is_enabled: bool,
}

/// Whether there is the user as whom the core runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    There,
    GroupAlone,
    Missing,
}

/// A file or folder that has to be shared with the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SharedSeen {
    pub(super) path: PathBuf,
    pub(super) rights: Rights,
    pub(super) is_folder: bool,
}

/// Whether customers who pay come back to this server, and whether somebody behind it answers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payments {
    /// Nobody comes back.
    None,
    /// `LEGACY_UPSTREAM` takes connections.
    Passed,
    /// They come back, and nobody answers.
    Lost,
    /// The bot's database does not answer.
    Unknown,
}

/// What was seen.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) facts: Facts,
    /// Whether the program has to be copied to where the facts say that it is.
    pub(super) is_elsewhere: bool,
    /// Why the key of the settings will not do.
    pub(super) weak_key: Option<String>,
    pub(super) account: Account,
    /// Whether systemd runs here, and is to be told.
    pub(super) has_systemd: bool,
    pub(super) units: Vec<UnitSeen>,
    /// Whether the socket of a former installation listens elsewhere than the settings say now.
    pub(super) is_moving: bool,
    /// Who listens at our port, if that is no core.
    pub(super) port_owner: Option<String>,
    /// Which of the files that we would write exist.
    pub(super) there: BTreeSet<PathBuf>,
    /// Which of them a former installation made.
    pub(super) ours: BTreeSet<PathBuf>,
    /// What of a SQLite database the core cannot write yet.
    pub(super) shared: Vec<SharedSeen>,
    pub(super) payments: Payments,
    /// The old server, as far as its unit tells how it is started.
    pub(super) old_server: Option<OldServer>,
    /// `LEGACY_UPSTREAM`, if it is an address of this machine.
    pub(super) upstream: Option<SocketAddr>,
}

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("ADMIN_API_KEY {0}. `alamor key set` writes a new one into the .env, for the bot too")]
    WeakKey(String),
    #[error(
        "{0} serves there. --take-port stops it and puts it aside; `alamor uninstall` starts it again"
    )]
    PortServed(String),
    #[error("{0} listens at the port. Stop it, or set another WEBHOOK_BIND in the .env file")]
    PortTaken(String),
    #[error("the core has to write into {}. --share-database lets its group do that", .0.display())]
    NotShared(PathBuf),
    #[error(
        "customers who pay by Zarinpal come back to the server at this port, and behind the core nobody would answer them. Write LEGACY_UPSTREAM=http://127.0.0.1:8081 into the .env, and let --keep-old-server start the old server there"
    )]
    PaymentsLost,
    #[error(
        "--keep-old-server starts the old server at LEGACY_UPSTREAM. Write LEGACY_UPSTREAM=http://127.0.0.1:8081 into the .env"
    )]
    NoUpstream,
    #[error(
        "no unit here tells how webhook_server.py is started. Start it behind LEGACY_UPSTREAM yourself, and leave --keep-old-server out"
    )]
    NoOldServer,
    #[error("{} has characters that a unit cannot name. Move it to a path of letters, digits and - _ . /", .0.display())]
    OddPath(PathBuf),
}

/// What has to be done, in this order.
pub(super) fn plan(seen: &Seen, agreed: Agreed) -> Result<Vec<Step>, Refusal> {
    check(seen, agreed)?;
    let mut steps = Vec::new();
    add_user(seen, &mut steps);
    if seen.is_elsewhere {
        steps.push(Step::Copy { to: seen.facts.binary.clone(), mode: 0o755 });
    }
    share(seen, &mut steps);
    if agreed.keep_old_server {
        keep(seen, &mut steps)?;
    }
    retire(seen, &mut steps);
    if seen.is_moving && seen.has_systemd {
        // A socket that listens is not opened anew for another address: it would lose its port, and
        // the core would look for one itself. The core ends with it.
        steps.push(Step::run(&["systemctl", "stop", SOCKET], None));
    }
    if seen.has_systemd {
        // On the way back this comes after the units are gone, and before old ones start.
        let reload = ["systemctl", "daemon-reload"];
        steps.push(Step::run(&reload, Some(&reload)));
    }
    write_units(seen, &mut steps);
    if seen.has_systemd {
        steps.push(Step::run(&["systemctl", "daemon-reload"], None));
        let with = |verb| [&["systemctl", verb][..], &AROUND].concat();
        let (start, stop) = (with("start"), with("stop"));
        steps.push(Step::run(&start, Some(&stop)));
        // Alone: the socket stays, and nobody is refused.
        let stop = ["systemctl", "stop", SERVICE];
        steps.push(Step::run(&["systemctl", "restart", SERVICE], Some(&stop)));
    }
    Ok(steps)
}

fn check(seen: &Seen, agreed: Agreed) -> Result<(), Refusal> {
    if let Some(why) = &seen.weak_key {
        return Err(Refusal::WeakKey(why.clone()));
    }
    let facts = &seen.facts;
    let paths =
        [Some(&facts.binary), Some(&facts.env), facts.certificate.as_ref(), facts.writes.as_ref()];
    let pair = facts.tls.as_ref().and_then(|tls| tls.files.as_ref());
    let pair = pair.map(|pair| [&pair.certificate, &pair.key]).into_iter().flatten();
    if let Some(odd) = paths.into_iter().flatten().chain(pair).find(|path| !can_name(path)) {
        return Err(Refusal::OddPath(odd.clone()));
    }
    if let (Some(first), false) = (seen.shared.first(), agreed.share_database) {
        return Err(Refusal::NotShared(first.path.clone()));
    }
    let serving: Vec<&str> = seen
        .units
        .iter()
        .filter(|unit| serves(seen, unit))
        .map(|unit| unit.name.as_str())
        .collect();
    match (&seen.port_owner, serving.as_slice()) {
        (_, [_, ..]) if agreed.take_port => {
            let is_lost = seen.payments == Payments::Lost && !agreed.keep_old_server;
            if is_lost { Err(Refusal::PaymentsLost) } else { Ok(()) }
        }
        (_, [_, ..]) => Err(Refusal::PortServed(serving.join(", "))),
        (Some(owner), []) => Err(Refusal::PortTaken(owner.clone())),
        (None, []) => Ok(()),
    }
}

/// Whether a unit is another server in our place: by our name, or at our port.
fn is_rival(seen: &Seen, unit: &UnitSeen) -> bool {
    !unit.is_ours && (unit.name == SERVICE || seen.facts.listen.port() == OLD_PORT)
}

/// Whether it is a core that somebody else set up under our name: it holds the port that our socket
/// is to hold.
fn is_former(seen: &Seen, unit: &UnitSeen) -> bool {
    let is_installed = seen.ours.contains(&Path::new(UNITS).join(SERVICE));
    unit.is_ours && unit.name == SERVICE && !is_installed
}

/// Whether it does, or will do so after the next boot.
fn serves(seen: &Seen, unit: &UnitSeen) -> bool {
    is_rival(seen, unit) && (unit.is_active || unit.is_enabled)
}

fn add_user(seen: &Seen, steps: &mut Vec<Step>) {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut add = |command: String, back: String| {
        let back = Back { command: words(&back), gone: Some(6), is_purge: true };
        steps.push(Step::Run { command: words(&command), back: Some(back) });
    };
    if seen.account == Account::Missing {
        add(format!("groupadd --system {USER}"), format!("groupdel {USER}"));
    }
    if seen.account != Account::There {
        add(
            format!(
                "useradd --system --gid {USER} --no-create-home --home-dir /var/lib/alamor \
                 --shell /usr/sbin/nologin {USER}"
            ),
            format!("userdel {USER}"),
        );
    }
}

/// The core's group may write; for a folder that holds for what is made in it.
fn share(seen: &Seen, steps: &mut Vec<Step>) {
    for shared in &seen.shared {
        let more = if shared.is_folder { 0o2070 } else { 0o060 };
        steps.push(Step::Share {
            path: shared.path.clone(),
            mode: shared.rights.mode | more,
            was: shared.rights,
        });
    }
}

/// Starts the old server behind the core before its place is taken: a customer who comes back from a
/// payment in between is answered by the one or by the other.
fn keep(seen: &Seen, steps: &mut Vec<Step>) -> Result<(), Refusal> {
    let upstream = seen.upstream.ok_or(Refusal::NoUpstream)?;
    let path = Path::new(UNITS).join(old_server::UNIT);
    match &seen.old_server {
        Some(old_server) => {
            put_aside(seen, &path, steps);
            let text = old_server.unit(upstream);
            steps.push(Step::Write { path: path.clone(), mode: 0o644, text });
        }
        // A former installation wrote it, and has put its original aside.
        None if seen.ours.contains(&path) => {}
        None => return Err(Refusal::NoOldServer),
    }
    let link = link("multi-user.target", old_server::UNIT);
    if !seen.there.contains(&link) {
        steps.push(Step::Link { path: link, target: path });
    }
    if seen.has_systemd {
        let stop = ["systemctl", "stop", old_server::UNIT];
        steps.push(Step::run(&["systemctl", "daemon-reload"], None));
        steps.push(Step::run(&["systemctl", "start", old_server::UNIT], Some(&stop)));
        steps.push(Step::Await { address: upstream });
    }
    Ok(())
}

/// Ends other servers in our place, so that neither the bot's button nor a boot starts them.
fn retire(seen: &Seen, steps: &mut Vec<Step>) {
    for unit in seen.units.iter().filter(|unit| is_rival(seen, unit) || is_former(seen, unit)) {
        if unit.is_active && seen.has_systemd {
            steps.push(Step::run(
                &["systemctl", "stop", &unit.name],
                Some(&["systemctl", "start", &unit.name]),
            ));
        }
        if unit.name != SERVICE {
            let path = Path::new(UNITS).join(&unit.name);
            put_aside(seen, &path, steps);
            if !seen.ours.contains(&path) {
                steps.push(Step::Link { path, target: "/dev/null".into() });
            }
        }
    }
}

fn write_units(seen: &Seen, steps: &mut Vec<Step>) {
    for unit in units::all(&seen.facts) {
        let path = Path::new(UNITS).join(unit.name);
        put_aside(seen, &path, steps);
        steps.push(Step::Write { path: path.clone(), mode: 0o644, text: unit.text });
        if let Some(target) = unit.wanted_by {
            let link = link(target, unit.name);
            if !seen.there.contains(&link) {
                steps.push(Step::Link { path: link, target: path });
            }
        }
    }
}

/// Whatever lies at a path and is not of a former installation.
fn put_aside(seen: &Seen, path: &Path, steps: &mut Vec<Step>) {
    if seen.there.contains(path) && !seen.ours.contains(path) {
        let mut to = path.as_os_str().to_owned();
        to.push(".");
        to.push(ASIDE);
        steps.push(Step::Move { from: path.to_owned(), to: to.into() });
    }
}

/// Where a target's wish for a unit stands.
pub(super) fn link(target: &str, unit: &str) -> PathBuf {
    Path::new(UNITS).join(format!("{target}.wants")).join(unit)
}

#[cfg(test)]
mod tests;
