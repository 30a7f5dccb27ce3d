//! Probes: repeated measurements of what a webhook needs around it.
//!
//! ```text
//! Probe ─▶ look(sight) ─▶ Found ─▶ Board: damped, dated, with a day of history ─▶ api::Check
//!                           └────▶ the ladder of `alamor check`, which looks once
//! ```
//!
//! One file for each kind. A probe is a question without a memory: what it found last time, and
//! whether that is news, the [`board`] knows.
//!
//! Invariants:
//! - A probe changes nothing: no unit is started, no file written, no packet sent that asks for more
//!   than an answer.
//! - What could not be looked at is `unknown` and says who could; it is never `ok`.
//! - Every look ends within its [`Probe::timeout`], whatever hangs.
//! - Nothing that is found holds a secret.
//!
//! Deliberately absent: what a core alone knows of itself (panels, links: `core/health.rs`), alerts.

pub(crate) mod found;
pub(crate) mod sight;
pub(crate) mod board;
pub(crate) mod watch;
mod certbot;
mod clock;
mod database;
mod disk;
mod dns;
mod endpoint;
mod firewall;
mod key;
pub(crate) mod machine;
mod nginx;
mod port;
mod process;
mod seen_by_root;
mod settings;
mod tcp;
pub(in crate::core) mod tls;
mod unit;
#[cfg(test)]
mod fixture;

use std::fmt;
use std::time::Duration;

use axum::http::HeaderName;
use tokio::time::{Instant, timeout};

pub(crate) use self::found::Found;
pub(crate) use self::sight::{Looker, Sight};

use crate::api::Check;
use crate::core::update::millis;

/// What a core adds to its answer to `/livez`: its instance. Whoever comes through nginx sees by it
/// that a core answered, and which.
pub(crate) const MARK: HeaderName = HeaderName::from_static("x-alamor");

/// What can be looked at, in the order in which a fault of one is the cause of faults below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Probe {
    /// The `.env`: which one, and whether it keeps the rules.
    Settings,
    /// The bot's database: reachable, its shape, our rights.
    Database,
    /// Space and inodes where the database and our own files are.
    Disk,
    /// The systemd units.
    Unit,
    /// The core's process.
    Process,
    /// Who listens where the core should.
    Port,
    /// Whether packets to 80 and 443 pass, and whether ones to the core's port do not.
    Firewall,
    /// The addresses of a name.
    Dns(String),
    /// Whether something takes connections at the public port.
    Tcp,
    /// The certificate of a name: on disk, as served here, as served to everybody.
    Tls(String),
    /// The machine's clock.
    Clock,
    /// Whether certbot renews.
    Certbot,
    /// Whether the key in the settings opens the core.
    Key,
    /// nginx's site of the domain.
    Nginx,
    /// The way that customers come: `https://WEBHOOK_DOMAIN/livez` and `/sub`.
    Endpoint,
}

impl Probe {
    /// All that can be looked at on this machine.
    pub(crate) fn all(sight: &Sight) -> Vec<Self> {
        let names = sight.names();
        let dns = names.iter().cloned().map(Self::Dns);
        let tls = names.iter().cloned().map(Self::Tls);
        let upper =
            [Self::Settings, Self::Database, Self::Disk, Self::Unit, Self::Process, Self::Port];
        let mut all: Vec<Self> = upper.into_iter().chain([Self::Firewall]).chain(dns).collect();
        all.push(Self::Tcp);
        all.extend(tls);
        all.extend([Self::Clock, Self::Certbot, Self::Key]);
        // With TLS of its own nothing stands before the core.
        all.extend(sight.settings.tls.is_none().then_some(Self::Nginx));
        all.push(Self::Endpoint);
        all
    }

    /// How often a core looks.
    pub(crate) fn every(&self) -> Duration {
        match self {
            Self::Process | Self::Key => Duration::from_secs(10),
            // What fails in the work itself `/readyz` says at once; this one opens it anew.
            Self::Database | Self::Endpoint | Self::Tcp | Self::Disk => Duration::from_secs(30),
            // Whoever has the port keeps it, and the kernel goes through all its connections to tell.
            Self::Settings | Self::Unit | Self::Port | Self::Tls(_) => Duration::from_mins(1),
            Self::Firewall | Self::Nginx | Self::Dns(_) | Self::Clock => Duration::from_mins(5),
            Self::Certbot => Duration::from_mins(30),
        }
    }

    /// The longest that one look may take. All are tried at once, or one after the other until the
    /// first that fails: `alamor check` may take 10 s where everything is down.
    pub(crate) fn timeout(&self) -> Duration {
        match self {
            Self::Settings | Self::Disk | Self::Process | Self::Port | Self::Key => {
                Duration::from_secs(2)
            }
            _ => Duration::from_secs(5),
        }
    }

    /// Looks once.
    pub(crate) async fn look(&self, sight: &Sight) -> Check {
        let began = Instant::now();
        let found = match timeout(self.timeout(), self.find(sight)).await {
            Ok(found) => found,
            Err(_) => Found::unknown(
                format!("looking was not over within {} s", self.timeout().as_secs()),
                None,
            ),
        };
        named(self.to_string(), found, began.elapsed(), sight.looker)
    }

    async fn find(&self, sight: &Sight) -> Found {
        match self {
            Self::Settings => settings::find(sight).await,
            Self::Database => database::find(sight).await,
            Self::Disk => disk::find(sight).await,
            Self::Unit => unit::find(sight).await,
            Self::Process => process::find(sight).await,
            Self::Port => port::find(sight).await,
            Self::Firewall => firewall::find(sight).await,
            Self::Dns(name) => dns::find(sight, name).await,
            Self::Tcp => tcp::find(sight).await,
            Self::Tls(name) => tls::find(sight, name).await,
            Self::Clock => clock::find(sight).await,
            Self::Certbot => certbot::find(sight).await,
            Self::Key => key::find(sight).await,
            Self::Nginx => nginx::find(sight).await,
            Self::Endpoint => endpoint::find(sight).await,
        }
    }
}

impl Probe {
    /// What is looked at, without which of them: the first word of its check's name.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Database => "database",
            Self::Disk => "disk",
            Self::Unit => "unit",
            Self::Process => "process",
            Self::Port => "port",
            Self::Firewall => "firewall",
            Self::Dns(_) => "dns",
            Self::Tcp => "tcp",
            Self::Tls(_) => "tls",
            Self::Clock => "clock",
            Self::Certbot => "certbot",
            Self::Key => "key",
            Self::Nginx => "nginx",
            Self::Endpoint => "endpoint",
        }
    }
}

/// As a check is called on the wire.
impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Dns(name) | Self::Tls(name) => write!(f, " {name}"),
            _ => Ok(()),
        }
    }
}

/// A finding under its name.
pub(crate) fn named(name: String, found: Found, took: Duration, looker: Looker) -> Check {
    let Found { state, seen, reason, fix, details, facts } = found;
    Check {
        name,
        state,
        reason,
        fix,
        evidence: Some(seen).filter(|seen| !seen.is_empty()),
        took_ms: Some(millis(took)),
        checked_at: Some(jiff::Timestamp::now()),
        by: Some(looker.to_string()),
        details,
        facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        ..Check::default()
    }
}
