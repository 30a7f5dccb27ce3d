//! Whether certbot renews: what starts it, how the last renewal went, what follows one.
//!
//! ```text
//! certbot.timer, cron ─────▶ Started ─┐
//! renewal/NAME.conf ───────▶ Renewal ─┼─▶ decide() ─▶ Found
//! letsencrypt.log, .1, … ──▶ Run ─────┘
//! ```
//!
//! Deliberately absent: how long the certificate still is good (that is `tls`).

mod log;
mod renewal;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use self::log::Run;
use self::renewal::Renewal;
use super::machine::aside::aside;
use super::machine::command::CommandError;
use super::machine::systemd::{SystemdError, show};
use super::{Found, Sight};

/// Timers that renew: Debian's, and that of the snap.
const TIMERS: [&str; 2] = ["certbot.timer", "snap.certbot.renew.timer"];

/// Where cron is told to renew.
const CRON: [&str; 3] = ["/etc/cron.d/certbot", "/etc/crontab", "/var/spool/cron/crontabs/root"];

/// How much of the end of a file is read. A run writes some hundred lines.
const TAIL: u64 = 256 << 10;

/// How many runs back a renewal is looked for: other commands of certbot write logs as well.
const RUNS: usize = 8;

/// A timer runs certbot twice a day.
const LONG_AGO: Duration = Duration::from_hours(7 * 24);

/// What starts certbot.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Started {
    /// By this timer or file of cron.
    By(String),
    /// This timer would, but is switched off.
    Off(String),
    /// By nothing.
    Never,
    /// Nobody can say.
    Unseen(String),
}

/// What was read of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen<T> {
    There(T),
    Missing,
    /// Why it cannot be read.
    Denied(String),
}

pub(super) async fn find(sight: &Sight) -> Found {
    let Some(name) = sight.names().into_iter().next() else {
        return Found::unknown("WEBHOOK_DOMAIN is not set: certbot has no certificate of it", None);
    };
    let (folder, of) = (sight.settings.probes.certbot.clone(), name.clone());
    let looked = aside(move || match find_renewal(&folder, &of) {
        Seen::There((lineage, renewal)) => {
            let run = last_run(&logs(&folder), &lineage);
            Seen::There((lineage, renewal, run))
        }
        Seen::Missing => Seen::Missing,
        Seen::Denied(why) => Seen::Denied(why),
    });
    let (lineage, renewal, run) = match looked.await {
        Ok(Seen::There(found)) => found,
        Ok(Seen::Missing) => {
            return Found::unknown(format!("certbot is not used here for {name}"), None);
        }
        Ok(Seen::Denied(why)) => {
            return Found::unknown(format!("certbot's files: {why}"), Some("sudo alamor check"));
        }
        Err(cut_off) => return cut_off,
    };
    let started = started().await;
    decide(&lineage, &renewal, &started, &run, Timestamp::now())
}

/// The host that signs this machine's certificates; `None` where certbot is not used.
pub(super) async fn server(sight: &Sight) -> Option<String> {
    let name = sight.names().into_iter().next()?;
    let folder = sight.settings.probes.certbot.clone();
    match aside(move || find_renewal(&folder, &name)).await.ok()? {
        Seen::There((_, renewal)) => renewal.server,
        Seen::Missing | Seen::Denied(_) => None,
    }
}

/// What all of it means.
fn decide(
    name: &str,
    renewal: &Renewal,
    started: &Started,
    run: &Seen<Run>,
    now: Timestamp,
) -> Found {
    let found = match (started, run) {
        (_, Seen::There(Run { error: Some(error), at, .. })) => Found::warn(
            format!("the last renewal of {name} failed{}: {error}", on(*at)),
            "certbot renew --dry-run",
        ),
        (_, Seen::There(Run { hook: Some(hook), at, .. })) => {
            Found::warn(format!("what follows a renewal failed{}: {hook}", on(*at)), again(renewal))
        }
        _ if renewal.is_off => Found::warn(
            format!("certbot does not renew {name}: its file says autorenew = False"),
            format!("delete the line autorenew = False in renewal/{name}.conf"),
        ),
        (Started::Off(timer), _) => Found::warn(
            format!("nothing renews {name}: {timer} is off"),
            format!("systemctl enable --now {timer}"),
        ),
        (Started::Never, _) => Found::warn(
            format!("nothing renews {name}: neither a timer nor cron starts certbot"),
            "echo '17 3,15 * * * root certbot -q renew' > /etc/cron.d/alamor-certbot",
        ),
        (Started::Unseen(why), _) => {
            Found::unknown(format!("whether anything starts certbot: {why}"), None)
        }
        (Started::By(by), Seen::Denied(why)) => Found::unknown(
            format!("{by} starts certbot, but how it went cannot be read: {why}"),
            Some("sudo alamor check"),
        ),
        (Started::By(by), Seen::Missing) => Found::ok(format!("{by} renews {name}")),
        (Started::By(by), Seen::There(run)) => ran(name, by, run, now),
    };
    told(found, renewal, started, run)
}

/// A run without an error.
fn ran(name: &str, by: &str, run: &Run, now: Timestamp) -> Found {
    let age = run.at.map(|at| now.duration_since(at).unsigned_abs()).unwrap_or_default();
    if run.at.is_some_and(|at| at < now) && age > LONG_AGO {
        let days = age.as_secs() / 86_400;
        return Found::warn(
            format!("{by} should start certbot, but it last ran {days} days ago"),
            "certbot renew --dry-run",
        );
    }
    Found::ok(format!("{by} renews {name}, last run{}", on(run.at)))
}

fn told(found: Found, renewal: &Renewal, started: &Started, run: &Seen<Run>) -> Found {
    let by = match started {
        Started::By(by) => by.clone(),
        Started::Off(timer) => format!("{timer}, off"),
        Started::Never => "none".to_owned(),
        Started::Unseen(_) => "not visible".to_owned(),
    };
    let hook = renewal.hook.as_deref().unwrap_or("none");
    let mut found = found
        .asked("authenticator", &renewal.authenticator)
        .asked("installer", renewal.installer.as_deref().unwrap_or("none"))
        .asked("deploy hook", hook)
        .with_fact("timer", by)
        .with_fact("authenticator", &renewal.authenticator);
    if let Seen::There(Run { at: Some(at), .. }) = run {
        found = found.with_fact("last", at);
    }
    found
}

/// What puts a renewed certificate in place once more.
fn again(renewal: &Renewal) -> &'static str {
    if renewal.is_for_nginx() {
        "nginx -t && systemctl reload nginx"
    } else {
        "certbot renew --dry-run"
    }
}

/// ` on 2026-11-20T03:12:45Z`.
fn on(at: Option<Timestamp>) -> String {
    let at = at.map(|at| at.round(Unit::Second).unwrap_or(at));
    at.map(|at| format!(" on {at}")).unwrap_or_default()
}

/// The file of `name`, under the name that certbot gave it: a second one has `-0001` behind it.
fn find_renewal(folder: &Path, name: &str) -> Seen<(String, Renewal)> {
    // A name is a part of a path here, and comes from settings and databases.
    if name.contains(['/', '\0']) || name.starts_with('.') {
        return Seen::Missing;
    }
    let numbered = (1..10).rev().map(|number| format!("{name}-{number:04}"));
    for lineage in numbered.chain([name.to_owned()]) {
        match tail(&folder.join("renewal").join(format!("{lineage}.conf"))) {
            Ok(text) => return Seen::There((lineage, renewal::parse(&text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Seen::Denied(error.to_string()),
        }
    }
    Seen::Missing
}

/// certbot's own settings may put its logs elsewhere.
fn logs(folder: &Path) -> PathBuf {
    let options = tail(&folder.join("cli.ini")).map(|text| renewal::options(&text));
    let named = options.ok().and_then(|options| {
        options.get("logs-dir").or_else(|| options.get("logs_dir")).map(PathBuf::from)
    });
    named.unwrap_or_else(|| PathBuf::from("/var/log/letsencrypt"))
}

/// The last run that was about renewals; without one the last run.
fn last_run(folder: &Path, name: &str) -> Seen<Run> {
    let zone = TimeZone::system();
    let mut last = Seen::Missing;
    for number in 0..RUNS {
        let file = match number {
            0 => "letsencrypt.log".to_owned(),
            _ => format!("letsencrypt.log.{number}"),
        };
        match tail(&folder.join(file)) {
            Ok(text) => {
                let run = log::parse(&text, name, &zone);
                if run.is_renewal {
                    return Seen::There(run);
                }
                if last == Seen::Missing {
                    last = Seen::There(run);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) if last == Seen::Missing => return Seen::Denied(error.to_string()),
            Err(_) => break,
        }
    }
    last
}

/// The end of a file.
fn tail(path: &Path) -> io::Result<String> {
    // A pipe would hold the look for ever.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What starts certbot on this machine.
async fn started() -> Started {
    /// systemctl answers in milliseconds, if systemd answers at all.
    const WITHIN: Duration = Duration::from_secs(3);
    let cron = aside(|| {
        let has_systemd = Path::new("/run/systemd/system").is_dir();
        let renews =
            |file: &&str| tail(Path::new(file)).is_ok_and(|text| cron_renews(&text, has_systemd));
        CRON.into_iter().find(renews)
    });
    let (by_cron, timers) = tokio::join!(cron, show(&TIMERS, WITHIN));
    let by_cron = by_cron.ok().flatten();
    match (timers, by_cron) {
        (Ok(timers), by_cron) => {
            let active = timers.iter().find(|timer| timer.active == "active");
            let loaded = timers.iter().find(|timer| timer.is_loaded());
            match (active, by_cron, loaded) {
                (Some(timer), ..) => Started::By(timer.name.clone()),
                (None, Some(cron), _) => Started::By(cron.to_owned()),
                (None, None, Some(timer)) => Started::Off(timer.name.clone()),
                (None, None, None) => Started::Never,
            }
        }
        (Err(_), Some(cron)) => Started::By(cron.to_owned()),
        (Err(SystemdError::Command(CommandError::Missing { .. })), None) => Started::Never,
        (Err(error), None) => Started::Unseen(error.to_string()),
    }
}

/// Whether a line of a cron file renews. Debian's leaves it to the timer where systemd runs.
fn cron_renews(text: &str, has_systemd: bool) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let mut renewing = lines.filter(|line| line.contains("certbot") && line.contains("renew"));
    renewing.any(|line| !(has_systemd && line.contains("-d /run/systemd/system")))
}

#[cfg(test)]
mod tests;
