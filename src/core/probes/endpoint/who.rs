//! Who answered.
//!
//! An nginx in between puts its own name into `Server`; so whoever stands behind it is told by what
//! it says.

use super::asking::Answer;

/// Who answered `/livez`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// A core of ours.
    Core,
    /// `webhook_server.py`.
    OldServer,
    /// nginx itself, with a page of its own.
    Nginx,
    /// Cloudflare itself, about what stands behind it.
    Cloudflare,
    /// Somebody else.
    Other,
}

impl Who {
    pub(super) fn of(answer: &Answer) -> Self {
        let body = answer.body.as_str();
        if answer.mark.is_some() {
            Self::Core
        } else if answer.server.starts_with("Werkzeug") || is_werkzeugs(body) {
            Self::OldServer
        } else if answer.server == "cloudflare" && matches!(answer.status, 520..=530) {
            Self::Cloudflare
        } else if body.contains("<center>nginx") || body.contains("<title>Welcome to nginx!") {
            Self::Nginx
        } else {
            Self::Other
        }
    }

    /// What it is called.
    pub(super) fn via(self, answer: &Answer) -> String {
        let server = answer.server.split(['/', ' ']).next().unwrap_or_default();
        match server {
            "" => match self {
                Self::Core => "alamor".to_owned(),
                _ => "unknown".to_owned(),
            },
            server => server.to_owned(),
        }
    }
}

/// The old server's own page for a path that it does not have.
fn is_werkzeugs(body: &str) -> bool {
    body.contains("The requested URL was not found on the server. If you entered the URL manually")
}

/// What `/sub` said about a subscription that nobody has (fact C3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubAnswer {
    /// It was looked for, and there is none.
    NoSubscription,
    /// Too many look for what is not there.
    TooMany,
    /// The core cannot ask its database.
    Away,
    /// No core said this.
    Foreign,
}

impl SubAnswer {
    pub(super) fn of(answer: &Answer) -> Self {
        match (answer.status, answer.body.as_str()) {
            (404, "Subscription not found or is inactive.") => Self::NoSubscription,
            (429, "Too many requests.") => Self::TooMany,
            (500, "Error processing subscription data.") => Self::Away,
            _ => Self::Foreign,
        }
    }
}
