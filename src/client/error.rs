//! Why a core gave no answer: one variant per reaction of the caller.
//!
//! Deliberately absent: a variant that holds a library's error text. What a failing request says
//! is read by type, so that nothing secret and nothing unreadable reaches a screen.

use std::error::Error;
use std::io::ErrorKind;

use crate::api::problem::Problem;

/// Why a request gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The address or the key cannot be used at all. Repeating cannot help.
    #[error("{what}")]
    BadSettings {
        /// Which setting, what is wrong with it, and what to write.
        what: String,
    },

    /// Nobody answered. Worth trying again.
    #[error("{url} is not reached: {cause}")]
    NotReached {
        /// The address as the operator wrote it, without a password.
        url: String,
        /// What happened instead.
        cause: NotReached,
    },

    /// The core does not take our key.
    #[error("{url} does not take this key: ADMIN_API_KEY here and at the core differ")]
    Unauthorized {
        /// The address.
        url: String,
    },

    /// The core has no key, so its API is closed.
    #[error("the core at {url} has no ADMIN_API_KEY: set one in its settings file and restart it")]
    KeyNotSet {
        /// The address.
        url: String,
    },

    /// Something answers there, and it is no core of ours.
    #[error("{url} is no alamor core: it answers {what}")]
    NotOurs {
        /// The address.
        url: String,
        /// What it answered instead.
        what: String,
    },

    /// Another job is in the way.
    #[error("job #{job} is running: wait for it, or cancel it")]
    JobRunning {
        /// The job's id.
        job: i64,
    },

    /// The core answered no, in its own words.
    #[error("{}", .0.detail)]
    Refused(Problem),
}

/// What happened instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReached {
    /// Nobody listens there.
    #[error("nothing listens there")]
    Refused,
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// The name has no address.
    #[error("the name has no address")]
    NameUnknown,
    /// The TLS handshake failed.
    #[error("the TLS handshake failed")]
    Tls,
    /// The connection ended in the middle.
    #[error("the connection was cut")]
    Cut,
    /// The connection is open, and not even a heartbeat came.
    #[error("the connection fell silent")]
    Silent,
    /// A proxy in front answers that it did not reach the core.
    #[error("the proxy in front of it answers {0}")]
    Gateway(u16),
    /// Anything else between here and there.
    #[error("the connection failed")]
    Network,
}

/// The resolver's own error, so that an unknown name is told by its type.
#[derive(Debug, thiserror::Error)]
#[error("the name has no address")]
pub(super) struct NameUnknown;

impl ClientError {
    /// Whether the same request can succeed a moment later without anybody's help.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NotReached { .. })
    }
}

impl NotReached {
    /// What a failed request of `reqwest` means.
    pub(super) fn read(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        let mut source = error.source();
        while let Some(cause) = source {
            if cause.is::<NameUnknown>() {
                return Self::NameUnknown;
            }
            if let Some(io) = cause.downcast_ref::<std::io::Error>()
                && let Some(known) = Self::of_kind(io.kind())
            {
                return known;
            }
            source = cause.source();
        }
        match (error.is_connect(), error.url().is_some_and(|url| url.scheme() == "https")) {
            (true, true) => Self::Tls,
            (true, false) => Self::Network,
            (false, _) => Self::Cut,
        }
    }

    fn of_kind(kind: ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::ConnectionRefused => Some(Self::Refused),
            ErrorKind::TimedOut => Some(Self::TimedOut),
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => Some(Self::Cut),
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Some(Self::Network),
            _ => None,
        }
    }
}
