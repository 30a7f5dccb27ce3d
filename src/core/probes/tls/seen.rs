//! Everything that was looked at about one certificate, and the questions that are asked of it.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;

use super::super::machine::names::HostName;
use super::asking::{NotServed, Served};
use super::chain::{Chain, Flaw, Trust};
use super::disk::{OnDisk, Unread};
use crate::config::TlsSettings;

/// Whose work it is to show a certificate on this machine, and to renew it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Server {
    /// nginx's, and certbot's.
    Nginx,
    /// The core's, from a file that somebody else renews.
    Core(PathBuf),
    /// The core's, which orders it as well.
    Ordering,
}

impl Server {
    pub(super) fn of(tls: Option<&TlsSettings>) -> Self {
        match tls {
            None => Self::Nginx,
            Some(TlsSettings { acme: Some(_), .. }) => Self::Ordering,
            Some(tls) => Self::Core(tls.files.certificate.clone()),
        }
    }
}

/// As a sentence calls it.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nginx => "nginx",
            Self::Core(_) | Self::Ordering => "the core",
        })
    }
}

/// Everything that was looked at.
pub(super) struct Seen {
    pub(super) name: HostName,
    pub(super) server: Server,
    pub(super) port: u16,
    pub(super) disk: Result<OnDisk, Unread>,
    /// At 127.0.0.1.
    pub(super) local: Result<Served, NotServed>,
    /// At the address of the name.
    pub(super) public: Result<Served, NotServed>,
    /// Whether that address is this machine's.
    pub(super) is_here: bool,
    pub(super) trust: Trust,
    pub(super) now: Timestamp,
}

impl Seen {
    /// What customers get, as near as it can be seen.
    pub(super) fn served(&self) -> Option<&Served> {
        self.public.as_ref().ok().or(self.local.as_ref().ok())
    }

    /// What this machine serves.
    pub(super) fn served_here(&self) -> Option<&Served> {
        let public = self.public.as_ref().ok().filter(|_| self.is_here);
        self.local.as_ref().ok().or(public)
    }

    pub(super) fn flaw(&self, chain: &Chain) -> Option<Flaw> {
        chain.flaw(&self.name, &self.trust, self.now)
    }

    /// The one on disk, if apps would take it.
    pub(super) fn good_on_disk(&self) -> Option<&OnDisk> {
        self.disk.as_ref().ok().filter(|disk| self.flaw(&disk.chain).is_none())
    }
}

/// A day, as people write it.
pub(in crate::core) fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
