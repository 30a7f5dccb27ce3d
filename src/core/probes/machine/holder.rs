//! Who holds the core's port, and how a core is started on this machine, and anew.

use std::net::SocketAddr;
use std::time::Duration;

use procfs::ProcResult;

use super::listeners::{Listener, list_around};
use super::program::Program;
use super::systemd::{NAMES, Unit, show};

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
        Ok(Self::among(&list_around(listen, &[]).await?, listen))
    }
}

/// How a core is started: by its unit, where there is one, else by hand.
pub(in crate::core::probes) async fn start() -> String {
    match find_unit().await {
        Some(unit) => format!("systemctl start {unit}"),
        None => "alamor serve".to_owned(),
    }
}

/// How the core takes on what was changed: by the unit that runs it, else in words, since whoever
/// started it by hand knows with which words.
pub(in crate::core::probes) async fn restart(listen: SocketAddr) -> String {
    match Holder::find(listen).await {
        Ok(Holder::Ours(program)) => restart_of(Some(&program), None),
        _ => restart_of(None, find_unit().await.as_deref()),
    }
}

/// How the core reads its settings again: a reload by the unit that runs it, where that can, else
/// as [`restart`].
pub(in crate::core::probes) async fn reload(listen: SocketAddr) -> String {
    let running = match Holder::find(listen).await {
        Ok(Holder::Ours(program)) => Some(program),
        _ => None,
    };
    let unit = match &running {
        None => first_unit(&NAMES, Unit::is_ours).await,
        Some(Program { unit: Some(name), .. }) => first_unit(&[name.as_str()], |_| true).await,
        Some(Program { unit: None, .. }) => None,
    };
    let name = unit.as_ref().map(|unit| unit.name.as_str());
    reload_of(unit.as_ref()).unwrap_or_else(|| restart_of(running.as_ref(), name))
}

/// `None` if there is no unit, or it cannot.
fn reload_of(unit: Option<&Unit>) -> Option<String> {
    unit.filter(|unit| unit.can_reload).map(|unit| format!("systemctl reload {}", unit.name))
}

/// How this process, a core, is started anew.
pub(in crate::core) fn restart_this() -> String {
    restart_of(Program::find(std::process::id()).as_ref(), None)
}

/// `running` is the core that listens, `unit` one that starts cores here.
fn restart_of(running: Option<&Program>, unit: Option<&str>) -> String {
    match (running, running.and_then(|core| core.unit.as_deref()).or(unit)) {
        (_, Some(unit)) => format!("systemctl restart {unit}"),
        (Some(core), None) => {
            format!("end {core}, which somebody started by hand, and start it again")
        }
        (None, None) => "end alamor, which no unit runs here, and start it again".to_owned(),
    }
}

/// The unit that runs a core.
async fn find_unit() -> Option<String> {
    first_unit(&NAMES, Unit::is_ours).await.map(|unit| unit.name)
}

/// The first of `names` that is there and is what is wanted.
///
/// Not knowing is no fault: a systemd that is missing or hangs starts nothing either.
async fn first_unit(names: &[&str], is_wanted: impl Fn(&Unit) -> bool) -> Option<Unit> {
    /// One of several questions of a look that takes 2 s at most.
    const WITHIN: Duration = Duration::from_millis(600);
    let units = show(names, WITHIN).await.unwrap_or_default();
    units.into_iter().find(|unit| unit.is_loaded() && is_wanted(unit))
}

#[cfg(test)]
pub(in crate::core::probes) mod tests {
    use super::*;

    pub(in crate::core::probes) fn program(pid: u32, name: &str) -> Program {
        Program { pid, name: name.to_owned(), is_ours: name == "alamor", unit: None }
    }

    pub(in crate::core::probes) fn listener(address: &str, owner: Option<Program>) -> Listener {
        Listener { address: address.parse().unwrap(), owner, is_v6_only: false }
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

    #[test]
    fn a_core_is_restarted_by_its_own_unit_and_else_in_words() {
        let by_hand = program(812, "alamor");
        let of_a_unit = Program { unit: Some("shop".to_owned()), ..by_hand.clone() };
        let check = |running: Option<&Program>, unit: Option<&str>, expected: &str| {
            assert_eq!(restart_of(running, unit), expected);
        };
        check(Some(&of_a_unit), None, "systemctl restart shop");
        check(None, Some("alamorwebhook"), "systemctl restart alamorwebhook");
        let words = "end pid 812 (alamor), which somebody started by hand, and start it again";
        check(Some(&by_hand), None, words);
        check(None, None, "end alamor, which no unit runs here, and start it again");
    }

    #[test]
    fn only_a_unit_that_can_is_reloaded() {
        let unit = |can_reload| Unit { name: "shop".to_owned(), can_reload, ..Unit::default() };
        assert_eq!(reload_of(Some(&unit(true))).as_deref(), Some("systemctl reload shop"));
        assert_eq!(reload_of(Some(&unit(false))), None);
        assert_eq!(reload_of(None), None);
    }
}
