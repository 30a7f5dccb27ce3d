//! Why something ended as it did: stable codes, and one sentence each for people.

use std::fmt;
use std::time::Duration;

use crate::domain::subscription::BodyKind;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A stable code, the same on the wire, in the database and in the documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as it is written.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// The connection was refused.
    Refused = "refused",
    /// No answer came in time.
    Timeout = "timeout",
    /// The panel's name has no address.
    Dns = "dns",
    /// The panel's certificate is not valid for its address.
    Tls = "tls",
    /// The network has no way to the panel.
    NoRoute = "no_route",
    /// The connection broke off.
    Cut = "cut",
    /// Something in front of the panel answered that the panel is not there.
    Gateway = "gateway",
    /// The panel asks to come back later.
    Busy = "busy",
    /// The panel does not know this subscription id.
    UnknownSubscription = "unknown_subscription",
    /// The panel answered with something that holds no share link.
    NotASubscription = "not_a_subscription",
    /// The panel refused user and password, or its API token.
    WrongPassword = "wrong_password",
    /// The panel locks us out for a while after wrong passwords.
    LockedOut = "locked_out",
    /// The panel's answer is larger than any subscription.
    TooLarge = "too_large",
    /// The panel answered with an error status.
    Status = "status",
    /// The panel's row in the bot's database cannot be decrypted, or is gone.
    PanelUnusable = "panel_unusable",
    /// The guard left this panel out for the rest of the job.
    PanelLeftOut = "panel_left_out",
    /// The panel became the purchase's while its other panels were asked.
    NotAsked = "not_asked",
    /// The purchase would lose more than half of its links.
    WouldLoseLinks = "would_lose_links",
    /// The bot's database has no such purchase any more.
    NotFound = "not_found",
    /// The purchase has no subscription id.
    NoSubscriptionId = "no_subscription_id",
    /// The bot switched the purchase off.
    NotActive = "not_active",
    /// The purchase has neither a panel nor a profile with panels.
    NoPanel = "no_panel",
    /// The guard stopped the job.
    Guard = "guard",
    /// An operator cancelled the job.
    Cancelled = "cancelled",
    /// The core could not do its own work; its log says more.
    Internal = "internal",
}

impl Code {
    /// Reads a code back; one that a newer version wrote is [`Code::Internal`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).unwrap_or(Self::Internal)
    }
}

/// A code with its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason {
    /// For programs.
    pub code: Code,
    /// For people: one English sentence, without secrets.
    pub text: String,
}

impl Reason {
    /// A reason with its sentence.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a panel gave no slice: one variant for each reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PanelFailure {
    /// Nothing answered. It may pass; the purchase counts as a connection error.
    Unreachable(Unreachable),
    /// It answered, and asks to come back after this long. It may pass.
    Busy(Duration),
    /// It answered with an error status of its own. 5xx may pass, others won't.
    Status(u16),
    /// It does not know this subscription id. It won't pass.
    UnknownSubscription,
    /// It answered with something else than share links. It won't pass.
    NotASubscription(BodyKind),
    /// It refused to list its inbounds, in its own words. It may pass.
    ListRefused,
    /// It refused user and password, or its token: not asked again until somebody changes that.
    WrongPassword,
    /// It refused its API token: as above. User and password are not tried in its place.
    WrongToken,
    /// It refused a password that it took before: it locks out, or the password was changed.
    LockedOut,
    /// Its answer was cut off at the limit. It won't pass.
    TooLarge,
    /// It cannot be asked: its row is gone or cannot be decrypted.
    Unusable,
    /// The guard left it out. It won't pass in this job.
    LeftOut,
    /// It became the purchase's while the others were asked. The next update asks it.
    NotAsked,
    /// The core failed while it asked. That is a defect of ours, not the panel's.
    Internal,
}

/// How a panel was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unreachable {
    /// Nobody listens.
    Refused,
    /// Nobody answers.
    Timeout,
    /// Its name has no address.
    Dns,
    /// Its certificate is not valid.
    Tls(Flaw),
    /// The network has no way to it.
    NoRoute,
    /// The connection broke off.
    Cut,
    /// A proxy in front of it answered with this status.
    Gateway(u16),
}

/// What is wrong with a panel's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// Its time is over.
    Expired,
    /// Its time has not come, or a clock is wrong.
    NotYetValid,
    /// Nobody whom this machine trusts vouches for it: self-signed, mostly.
    Untrusted,
    /// It is for another name.
    WrongName,
    /// It is broken, or no TLS was spoken at all.
    Other,
}

impl PanelFailure {
    /// Whether anything answered; if not, the purchase counts as a connection error.
    #[must_use]
    pub fn was_reached(self) -> bool {
        !matches!(self, Self::Unreachable(_))
    }

    /// Whether it was asked, and answered with a no or with nonsense.
    #[must_use]
    pub fn is_refusal(self) -> bool {
        self.was_reached() && !matches!(self, Self::LeftOut | Self::NotAsked)
    }

    /// Whether asking again can help.
    #[must_use]
    pub fn may_pass(self) -> bool {
        match self {
            Self::Unreachable(how) => !matches!(how, Unreachable::Tls(_)),
            Self::Busy(_) | Self::ListRefused => true,
            Self::Status(status) => status >= 500,
            Self::UnknownSubscription
            | Self::NotASubscription(_)
            | Self::WrongPassword
            | Self::WrongToken
            | Self::LockedOut
            | Self::TooLarge
            | Self::Unusable
            | Self::LeftOut
            | Self::NotAsked
            | Self::Internal => false,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::Unreachable(Unreachable::Refused) => Code::Refused,
            Self::Unreachable(Unreachable::Timeout) => Code::Timeout,
            Self::Unreachable(Unreachable::Dns) => Code::Dns,
            Self::Unreachable(Unreachable::Tls(_)) => Code::Tls,
            Self::Unreachable(Unreachable::NoRoute) => Code::NoRoute,
            Self::Unreachable(Unreachable::Cut) => Code::Cut,
            Self::Unreachable(Unreachable::Gateway(_)) => Code::Gateway,
            Self::Busy(_) => Code::Busy,
            Self::Status(_) => Code::Status,
            Self::UnknownSubscription => Code::UnknownSubscription,
            Self::NotASubscription(_) | Self::ListRefused => Code::NotASubscription,
            Self::WrongPassword | Self::WrongToken => Code::WrongPassword,
            Self::LockedOut => Code::LockedOut,
            Self::TooLarge => Code::TooLarge,
            Self::Unusable => Code::PanelUnusable,
            Self::LeftOut => Code::PanelLeftOut,
            Self::NotAsked => Code::NotAsked,
            Self::Internal => Code::Internal,
        }
    }

    /// The sentence, about the panel called `panel`.
    #[must_use]
    pub fn about(self, panel: &str) -> Reason {
        let text = match self {
            Self::Unreachable(how) => format!("{panel} {how}"),
            Self::Busy(wait) => format!("{panel} asks to wait {} s", wait.as_secs()),
            Self::Status(403) => format!(
                "{panel} answered with status 403: it takes another host name only (its domain \
                 setting), or a firewall stands before it"
            ),
            Self::Status(status) => format!("{panel} answered with status {status}"),
            Self::UnknownSubscription => format!("{panel} does not know this subscription id"),
            Self::NotASubscription(what) => format!("{panel} answered {what}, not a subscription"),
            Self::ListRefused => format!(
                "{panel} let us in and refused to list its inbounds: its log says why, a locked \
                 database mostly"
            ),
            Self::WrongPassword => format!(
                "{panel} refused user and password: wrong, or locked out after five wrong ones"
            ),
            Self::WrongToken => format!(
                "{panel} refused its API token in PANEL_TOKENS, or takes none: user and password \
                 were not tried in its place"
            ),
            Self::LockedOut => format!(
                "{panel} refuses the password that it took before: it locks out for 15 minutes, \
                 or the password was changed"
            ),
            Self::TooLarge => format!("{panel} answered more than a subscription can hold"),
            Self::Unusable => format!("{panel} has no usable address in the bot's database"),
            Self::LeftOut => {
                format!("{panel} was left out by the guard: too many would lose links")
            }
            Self::NotAsked => format!("{panel} became this purchase's just now: update it again"),
            Self::Internal => format!("the core failed while it asked {panel}: its log says more"),
        };
        Reason { code: self.code(), text }
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused the connection"),
            Self::Timeout => f.write_str("did not answer in time"),
            Self::Dns => f.write_str("has a name without an address"),
            Self::Tls(Flaw::Expired) => f.write_str("showed a certificate that has expired"),
            Self::Tls(Flaw::NotYetValid) => f.write_str(
                "showed a certificate that is not valid yet: compare the clocks of both machines",
            ),
            Self::Tls(Flaw::Untrusted) => f.write_str(
                "showed a certificate that nobody vouches for: a self-signed one, or a chain that \
                 is not complete",
            ),
            Self::Tls(Flaw::WrongName) => f.write_str("showed a certificate for another name"),
            Self::Tls(Flaw::Other) => f.write_str("showed a certificate that is not valid"),
            Self::NoRoute => f.write_str("cannot be reached: the network has no route to it"),
            Self::Cut => f.write_str("broke off the connection"),
            Self::Gateway(status) => {
                write!(f, "was not reached by the proxy in front of it (status {status})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back() {
        for &code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), code);
        }
        assert_eq!(Code::parse("from the future"), Code::Internal);
    }

    #[test]
    fn what_cannot_pass_is_not_tried_again() {
        assert!(PanelFailure::Unreachable(Unreachable::Timeout).may_pass());
        assert!(PanelFailure::Status(500).may_pass());
        assert!(!PanelFailure::Status(403).may_pass());
        assert!(!PanelFailure::Unreachable(Unreachable::Tls(Flaw::Expired)).may_pass());
        assert!(!PanelFailure::UnknownSubscription.may_pass());
    }
}
