//! What a probe may know: the settings, who looks, and where.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::machine::names::Resolved;
use crate::config::Settings;

/// Who looks. A hardened core sees less of the machine than an operator who is root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looker {
    /// The core itself, about itself.
    Core,
    /// `alamor check`, for an operator.
    Operator {
        /// Whether the operator is root.
        root: bool,
    },
}

impl Looker {
    /// `alamor check`, as whoever runs this process.
    pub(crate) fn operator() -> Self {
        Self::Operator { root: rustix::process::geteuid().is_root() }
    }

    /// Whether other users' processes, firewalls and keys can be seen.
    pub(crate) fn is_root(self) -> bool {
        match self {
            Self::Core => rustix::process::geteuid().is_root(),
            Self::Operator { root } => root,
        }
    }
}

impl fmt::Display for Looker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Core => "core",
            Self::Operator { root: true } => "alamor check as root",
            Self::Operator { root: false } => "alamor check, not as root",
        })
    }
}

/// What a probe may know.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    pub(crate) settings: Arc<Settings>,
    /// Where the core listens, or should.
    pub(crate) listen: SocketAddr,
    pub(crate) looker: Looker,
    /// The other names under which customers reach us: rows of `subscription_domains`.
    pub(crate) domains: Vec<String>,
    /// What name servers said to this look, or to the others of one ladder.
    pub(crate) resolved: Resolved,
}

impl Sight {
    /// Every name under which customers reach us, `WEBHOOK_DOMAIN` first.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.settings.domain.iter().cloned().collect();
        for domain in &self.domains {
            if !names.contains(domain) {
                names.push(domain.clone());
            }
        }
        names
    }
}
