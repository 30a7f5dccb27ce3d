//! Who listens where the core should.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::machine::holder::{Holder, start};
use super::machine::listeners::{Listener, list_around};
use super::machine::program::{Program, SYSTEMD};
use super::{Found, Sight};

/// Where web servers listen that stand in front of a core.
const IN_FRONT: [u16; 2] = [80, 443];

pub(super) async fn find(sight: &Sight) -> Found {
    let listen = sight.listen;
    let public = sight.settings.probes.public_port;
    let others = [IN_FRONT[0], IN_FRONT[1], public];
    let mut listeners = match list_around(listen, &others).await {
        Ok(listeners) => listeners,
        Err(error) => {
            return Found::unknown(format!("/proc/net/tcp cannot be read: {error}"), None);
        }
    };
    let in_front: Vec<Listener> =
        listeners.extract_if(.., |listener| listener.address.port() != listen.port()).collect();
    let start = match Holder::among(&listeners, listen) {
        Holder::Nobody => start().await,
        _ => String::new(),
    };
    // With TLS of its own nothing stands in front; what listens at 80 may be the core as well.
    let is_behind = !in_front.is_empty() && sight.settings.tls.is_none();
    decide(listen, &listeners, is_behind, &start).with_details(told(&in_front))
}

/// What the listeners of the core's port mean; `start` is how a core is started here.
fn decide(listen: SocketAddr, listeners: &[Listener], is_behind: bool, start: &str) -> Found {
    let found = match Holder::among(listeners, listen) {
        Holder::Nobody => nobody(listen, listeners, start),
        Holder::Foreign(program) => taken(listen, &program),
        Holder::Unseen => Found::unknown(
            format!("{listen} is listened on, but only root sees by whom"),
            Some("sudo alamor check"),
        ),
        Holder::Ours(program) => ours(listen, listeners, is_behind, &program),
    };
    let addresses: Vec<String> =
        listeners.iter().map(|listener| listener.address.to_string()).collect();
    let owner = match Holder::among(listeners, listen) {
        Holder::Ours(program) | Holder::Foreign(program) => {
            format!("pid {} {}", program.pid, program.name)
        }
        Holder::Unseen => "not visible".to_owned(),
        Holder::Nobody => "none".to_owned(),
    };
    found
        .with_details(told(listeners))
        .with_fact("listen", addresses.join(", "))
        .with_fact("owner", owner)
}

fn nobody(listen: SocketAddr, listeners: &[Listener], start: &str) -> Found {
    let elsewhere = listeners.iter().find_map(|listener| {
        listener.owner.as_ref().filter(|owner| owner.is_ours).map(|owner| (listener, owner))
    });
    match elsewhere {
        Some((listener, owner)) => Found::warn(
            format!("the core listens on {}, the settings say {listen}", listener.address),
            owner.restart(),
        ),
        None => Found::crit(format!("nothing listens on {listen}"), start),
    }
}

fn taken(listen: SocketAddr, program: &Program) -> Found {
    let port = listen.port();
    if program.pid == SYSTEMD {
        return Found::warn(
            format!("systemd holds {port} for a socket unit, and no core has taken it"),
            program.stop(),
        );
    }
    let of = program.unit.as_ref().map(|unit| format!(" of the unit {unit}")).unwrap_or_default();
    Found::crit(format!("{port} belongs to {program}{of}; the core cannot start"), program.stop())
}

fn ours(listen: SocketAddr, listeners: &[Listener], is_behind: bool, program: &Program) -> Found {
    let seen = format!("{listen}, pid {} {}", program.pid, program.name);
    let is_held = |listener: &&Listener| {
        listener.covers(listen) && listener.owner.as_ref().is_some_and(|owner| owner.is_ours)
    };
    let held = listeners.iter().filter(is_held);
    let widest = held.map(|listener| listener.address).max_by_key(|at| at.ip().is_unspecified());
    let widest = widest.unwrap_or(listen);
    let is_exposed = widest.ip().is_unspecified();
    if is_exposed && is_behind {
        let bind = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), listen.port());
        return Found::warn(
            format!("{widest} takes connections from everywhere, past the web server in front"),
            format!("write WEBHOOK_BIND={bind} into the .env, then {}", program.restart()),
        )
        .seeing(seen);
    }
    if is_exposed && !listen.ip().is_unspecified() {
        return Found::warn(
            format!("the core listens on {widest}, the settings say {listen}"),
            program.restart(),
        )
        .seeing(seen);
    }
    Found::ok(seen)
}

/// Each listener as a line of evidence.
fn told(listeners: &[Listener]) -> Vec<String> {
    let tell = |listener: &Listener| match &listener.owner {
        Some(owner) => format!("{} is listened on by {owner}", listener.address),
        None => format!("{} is listened on by a process that only root sees", listener.address),
    };
    listeners.iter().map(tell).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::machine::holder::tests::{listener, program};
    use super::*;
    use crate::api::CheckState::{self, Crit, Ok, Unknown, Warn};

    const ALONE: bool = false;
    const BEHIND: bool = true;

    fn found(listen: &str, listeners: &[Listener], is_behind: bool) -> Found {
        decide(listen.parse().unwrap(), listeners, is_behind, "systemctl start alamorwebhook")
    }

    fn check(found: &Found, state: CheckState, reason: &str, fix: &str) {
        assert_eq!(found.state, state, "{found:?}");
        assert_eq!(found.reason.as_deref().unwrap_or_default(), reason);
        assert_eq!(found.fix.as_deref().unwrap_or_default(), fix);
    }

    #[test]
    fn a_core_behind_nginx_is_well() {
        let core = program(812, "alamor");
        let found = found("127.0.0.1:8080", &[listener("127.0.0.1:8080", Some(core))], BEHIND);
        check(&found, Ok, "", "");
        assert_eq!(found.seen, "127.0.0.1:8080, pid 812 alamor");
        assert_eq!(found.facts["owner"], "pid 812 alamor");
        assert_eq!(found.facts["listen"], "127.0.0.1:8080");
    }

    #[test]
    fn a_port_of_another_program_names_it_and_how_it_ends() {
        let mut python = program(812, "python3 webhook_server.py");
        let at = |owner: &Program| [listener("0.0.0.0:8080", Some(owner.clone()))];
        let by_hand = found("127.0.0.1:8080", &at(&python), BEHIND);
        check(
            &by_hand,
            Crit,
            "8080 belongs to pid 812 (python3 webhook_server.py); the core cannot start",
            "kill 812",
        );
        python.unit = Some("alamor_webhook".to_owned());
        let by_unit = found("127.0.0.1:8080", &at(&python), BEHIND);
        check(
            &by_unit,
            Crit,
            "8080 belongs to pid 812 (python3 webhook_server.py) of the unit alamor_webhook; \
             the core cannot start",
            "systemctl stop alamor_webhook",
        );
    }

    #[test]
    fn systemd_is_never_to_be_killed() {
        let socket = [listener("127.0.0.1:8080", Some(program(1, "systemd")))];
        let found = found("127.0.0.1:8080", &socket, BEHIND);
        check(
            &found,
            Warn,
            "systemd holds 8080 for a socket unit, and no core has taken it",
            "systemctl list-sockets",
        );
    }

    #[test]
    fn nobody_is_cured_by_starting_a_core() {
        let found = found("127.0.0.1:8080", &[], BEHIND);
        let reason = "nothing listens on 127.0.0.1:8080";
        check(&found, Crit, reason, "systemctl start alamorwebhook");
        assert_eq!(found.facts["owner"], "none");
    }

    #[test]
    fn whom_only_root_sees_is_not_guessed() {
        let found = found("127.0.0.1:8080", &[listener("127.0.0.1:8080", None)], BEHIND);
        let reason = "127.0.0.1:8080 is listened on, but only root sees by whom";
        check(&found, Unknown, reason, "sudo alamor check");
        assert_eq!(found.facts["listen"], "127.0.0.1:8080");
    }

    #[test]
    fn all_addresses_are_too_many_behind_nginx() {
        let core = [listener("0.0.0.0:8080", Some(program(812, "alamor")))];
        let fix = "write WEBHOOK_BIND=127.0.0.1:8080 into the .env, then kill 812; \
                   tail --pid=812 -f /dev/null; alamor serve";
        check(
            &found("0.0.0.0:8080", &core, BEHIND),
            Warn,
            "0.0.0.0:8080 takes connections from everywhere, past the web server in front",
            fix,
        );
        check(&found("0.0.0.0:8080", &core, ALONE), Ok, "", "");
    }

    #[test]
    fn other_addresses_than_those_of_the_settings_are_told() {
        let mut core = program(812, "alamor");
        core.unit = Some("alamorwebhook".to_owned());
        let fix = "systemctl restart alamorwebhook";
        for address in ["192.0.2.1:8080", "0.0.0.0:8080"] {
            let listeners = [listener(address, Some(core.clone()))];
            let reason = format!("the core listens on {address}, the settings say 127.0.0.1:8080");
            check(&found("127.0.0.1:8080", &listeners, ALONE), Warn, &reason, fix);
        }
    }

    #[test]
    fn a_stranger_on_all_of_ipv6_does_not_make_the_core_wider() {
        let listeners = [
            listener("127.0.0.1:8080", Some(program(812, "alamor"))),
            listener("[::]:8080", Some(program(9, "python3"))),
        ];
        check(&found("127.0.0.1:8080", &listeners, BEHIND), Ok, "", "");
    }

    #[tokio::test]
    async fn who_listens_on_ipv6_alone_is_not_blamed_for_an_address_of_ipv4() {
        let (_server, port) = fixture::foreign_listener_on_ipv6().await;
        let listen = SocketAddr::from(([127, 0, 0, 1], port));
        let found = find(&Sight { listen, ..fixture::sight("") }).await;
        assert_eq!(found.reason, Some(format!("nothing listens on {listen}")), "{found:?}");
        assert_eq!(found.facts["owner"], "none");
        // A core that has its address is well beside it.
        let _core = std::net::TcpListener::bind(listen).unwrap();
        let found = find(&Sight { listen, ..fixture::sight("") }).await;
        assert_eq!(found.state, Ok, "{found:?}");
    }

    #[test]
    fn a_stranger_on_another_address_is_evidence_and_no_fault() {
        let listeners = [
            listener("127.0.0.1:8080", Some(program(812, "alamor"))),
            listener("192.0.2.1:8080", Some(program(9, "python3"))),
        ];
        let found = found("127.0.0.1:8080", &listeners, BEHIND);
        check(&found, Ok, "", "");
        assert!(
            found.details.contains(&"192.0.2.1:8080 is listened on by pid 9 (python3)".to_owned())
        );
    }

    #[tokio::test]
    async fn this_process_holds_the_port_that_it_listens_on() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let sight = Sight { listen: socket.local_addr().unwrap(), ..fixture::sight("") };
        let found = find(&sight).await;
        assert_eq!(found.state, Ok, "{found:?}");
        assert!(found.facts["owner"].starts_with(&format!("pid {}", std::process::id())));
    }

    #[tokio::test]
    async fn another_program_on_the_port_is_named_and_nobody_is_told() {
        let (server, address) = fixture::foreign_listener().await;
        let pid = server.id().unwrap();
        let sight = Sight { listen: address, ..fixture::sight("") };
        let found = find(&sight).await;
        let port = address.port();
        let reason = format!("{port} belongs to pid {pid} (perl); the core cannot start");
        check(&found, Crit, &reason, &format!("kill {pid}"));
    }

    #[tokio::test]
    async fn nobody_on_the_port_is_told() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = socket.local_addr().unwrap();
        drop(socket);
        let found = find(&Sight { listen, ..fixture::sight("") }).await;
        assert_eq!(found.state, Crit, "{found:?}");
        assert_eq!(found.reason.as_deref(), Some(&*format!("nothing listens on {listen}")));
    }
}
