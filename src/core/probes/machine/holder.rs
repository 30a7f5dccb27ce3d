//! Who holds the core's port, and how a core is started on this machine.

use std::net::SocketAddr;
use std::time::Duration;

use procfs::ProcResult;

use super::listeners::{Listener, list};
use super::program::Program;
use super::systemd::{NAMES, show};

/// Who holds the port at which the core should listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::core::probes) enum Holder {
    /// A core.
    Ours(Program),
    /// Another program: no core can start.
    Foreign(Program),
    /// Somebody whose process may not be seen from here.
    Unseen,
    /// Nobody.
    Nobody,
}

impl Holder {
    /// Who would take a packet to `listen`.
    pub(in crate::core::probes) fn among(listeners: &[Listener], listen: SocketAddr) -> Self {
        let covering: Vec<&Listener> =
            listeners.iter().filter(|listener| listener.covers(listen)).collect();
        let owners = || covering.iter().filter_map(|listener| listener.owner.as_ref());
        if let Some(program) = owners().find(|program| program.is_ours) {
            Self::Ours(program.clone())
        } else if let Some(program) = owners().next() {
            Self::Foreign(program.clone())
        } else if covering.is_empty() {
            Self::Nobody
        } else {
            Self::Unseen
        }
    }

    /// Looks who it is.
    pub(in crate::core::probes) async fn find(listen: SocketAddr) -> ProcResult<Self> {
        Ok(Self::among(&list(&[listen.port()]).await?, listen))
    }
}

/// How a core is started: by its unit, where there is one, else by hand.
///
/// Not knowing is no fault: a systemd that is missing or hangs starts nothing either.
pub(in crate::core::probes) async fn start() -> String {
    /// One of several questions of a look that takes 2 s at most.
    const WITHIN: Duration = Duration::from_secs(1);
    let units = show(&NAMES, WITHIN).await.unwrap_or_default();
    match units.iter().find(|unit| unit.is_loaded() && unit.is_ours()) {
        Some(unit) => format!("systemctl start {}", unit.name),
        None => "alamor serve".to_owned(),
    }
}

#[cfg(test)]
pub(in crate::core::probes) mod tests {
    use super::*;

    pub(in crate::core::probes) fn program(pid: u32, name: &str) -> Program {
        Program { pid, name: name.to_owned(), is_ours: name == "alamor", unit: None }
    }

    pub(in crate::core::probes) fn listener(address: &str, owner: Option<Program>) -> Listener {
        Listener { address: address.parse().unwrap(), owner }
    }

    #[test]
    fn only_who_would_take_a_packet_holds_the_port() {
        let (core, python) = (program(1, "alamor"), program(2, "python3"));
        let check = |listeners: &[Listener], expected: Holder| {
            let listen = "127.0.0.1:8080".parse().unwrap();
            assert_eq!(Holder::among(listeners, listen), expected, "{listeners:?}");
        };
        check(&[], Holder::Nobody);
        check(&[listener("192.0.2.1:8080", Some(python.clone()))], Holder::Nobody);
        check(&[listener("0.0.0.0:8080", Some(python.clone()))], Holder::Foreign(python.clone()));
        check(&[listener("127.0.0.1:8080", None)], Holder::Unseen);
        let both =
            [listener("127.0.0.1:8080", Some(core.clone())), listener("[::]:8080", Some(python))];
        check(&both, Holder::Ours(core));
    }
}
