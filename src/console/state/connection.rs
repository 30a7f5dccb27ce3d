//! The connection to the core, as part of what is shown.
//!
//! ```text
//!             heard             lost, may pass              pause begins
//! Connecting ───────▶ Live ────────────────────▶ Stale ────────────────▶ Retrying
//!                      ▲  │                        ▲                        │
//!                      │  └─ lost, will not pass ─▶ Refused                 │
//!                      └───────────── heard ───────┴────────────────────────┘
//! ```
//!
//! Invariant: only [`Connection::Live`] lets a key change something.

use jiff::Timestamp;

use crate::client::ClientError;

/// How it stands between us and the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Connection {
    /// Nothing was heard yet.
    Connecting,
    /// What is shown is so now.
    Live,
    /// The connection is gone; another is being tried.
    Stale(Loss),
    /// The connection is gone; the next attempt comes at a known time.
    Retrying(Loss, Timestamp),
    /// An answer came that only an operator can change; asked again at a known time.
    Refused(Loss, Option<Timestamp>),
}

/// What was lost, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loss {
    /// When the last live moment was; `None` if there was none.
    pub(crate) since: Option<Timestamp>,
    /// Why.
    pub(crate) cause: ClientError,
}

impl Connection {
    /// Whether what is shown is so now.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// The loss, if there is one.
    pub(crate) fn loss(&self) -> Option<&Loss> {
        match self {
            Self::Connecting | Self::Live => None,
            Self::Stale(loss) | Self::Retrying(loss, _) | Self::Refused(loss, _) => Some(loss),
        }
    }

    /// After the connection was lost at `now`.
    pub(crate) fn lost(&self, cause: ClientError, now: Timestamp) -> Self {
        let since = match self {
            Self::Live => Some(now),
            Self::Connecting => None,
            Self::Stale(loss) | Self::Retrying(loss, _) | Self::Refused(loss, _) => loss.since,
        };
        let may_pass = cause.may_pass();
        let loss = Loss { since, cause };
        if may_pass { Self::Stale(loss) } else { Self::Refused(loss, None) }
    }

    /// After the next attempt was set for `at`.
    pub(crate) fn retrying(&self, at: Timestamp) -> Self {
        match self.clone() {
            Self::Stale(loss) | Self::Retrying(loss, _) => Self::Retrying(loss, at),
            Self::Refused(loss, _) => Self::Refused(loss, Some(at)),
            other @ (Self::Connecting | Self::Live) => other,
        }
    }

    /// After an attempt began to be answered: what follows decides.
    pub(crate) fn asking(&self) -> Self {
        match self.clone() {
            Self::Retrying(loss, _) | Self::Refused(loss, _) => Self::Stale(loss),
            other @ (Self::Connecting | Self::Live | Self::Stale(_)) => other,
        }
    }

    /// When the next attempt comes, if one is waited for.
    pub(crate) fn next_attempt(&self) -> Option<Timestamp> {
        match self {
            Self::Retrying(_, at) => Some(*at),
            Self::Refused(_, at) => *at,
            Self::Connecting | Self::Live | Self::Stale(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::NotReached;

    fn cut() -> ClientError {
        ClientError::NotReached { url: "http://core".into(), cause: NotReached::Cut }
    }

    #[test]
    fn stale_is_counted_from_the_last_live_moment() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut connection = Connection::Live.lost(cut(), at(1)).retrying(at(2));
        connection = connection.lost(cut(), at(2));
        let loss = Loss { since: Some(at(1)), cause: cut() };
        assert_eq!(connection, Connection::Stale(loss.clone()));
        let wrong = ClientError::Unauthorized { url: "http://core".into() };
        connection = connection.lost(wrong.clone(), at(3)).retrying(at(13));
        let loss = Loss { cause: wrong, ..loss };
        assert_eq!(connection, Connection::Refused(loss, Some(at(13))));
        assert_eq!(Connection::Connecting.lost(cut(), at(1)).loss().unwrap().since, None);
    }
}
