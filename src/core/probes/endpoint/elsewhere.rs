//! Who answers at addresses of a name that are not this machine's: perhaps somebody who passes on.

use std::net::{IpAddr, Ipv4Addr};

use super::asking::Client;
use super::{address, of_core};
use crate::core::probes::Sight;
use crate::core::probes::machine::names::HostName;

/// Who answers there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::core::probes) enum Elsewhere {
    /// There are no such addresses.
    NotAsked,
    /// The core of this machine: its mark came back.
    ThisCore,
    /// A core, and not the one that answers here.
    AnotherCore,
    /// Nobody of ours.
    Nobody,
}

impl Elsewhere {
    pub(in crate::core::probes) fn in_words(self) -> Option<&'static str> {
        match self {
            Self::NotAsked => None,
            Self::ThisCore => Some("this core"),
            Self::AnotherCore => Some("a core, but not the one of this machine"),
            Self::Nobody => Some("no core"),
        }
    }

    /// By the marks that came from there and from here.
    fn of(there: Option<&str>, here: Option<&str>) -> Self {
        match (there, here) {
            (None, _) => Self::Nobody,
            (there, here) if there == here => Self::ThisCore,
            _ => Self::AnotherCore,
        }
    }
}

/// Asks `https://NAME/livez` at these addresses, and the core itself.
pub(in crate::core::probes) async fn ask(
    sight: &Sight,
    name: &HostName,
    foreign: &[IpAddr],
) -> Elsewhere {
    if foreign.is_empty() {
        return Elsewhere::NotAsked;
    }
    let clients =
        (Client::towards(name, foreign), Client::towards(name, &[Ipv4Addr::LOCALHOST.into()]));
    let (Ok(public), Ok(local)) = clients else { return Elsewhere::Nobody };
    let livez = address(name, sight.settings.probes.public_port, "/livez");
    let core = of_core(sight, name);
    let (there, here) = tokio::join!(public.get(&livez), local.get(&core));
    let mark =
        |exchange: &super::Exchange| exchange.answer().and_then(|answer| answer.mark.clone());
    Elsewhere::of(mark(&there).as_deref(), mark(&here).as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_is_this_one_by_its_mark() {
        assert_eq!(Elsewhere::of(Some("a"), Some("a")), Elsewhere::ThisCore);
        assert_eq!(Elsewhere::of(Some("a"), Some("b")), Elsewhere::AnotherCore);
        assert_eq!(Elsewhere::of(Some("a"), None), Elsewhere::AnotherCore);
        assert_eq!(Elsewhere::of(None, Some("b")), Elsewhere::Nobody);
        assert_eq!(Elsewhere::of(None, None), Elsewhere::Nobody);
    }
}
