//! The core's process: whether there is one, how it is, and whether it answers.
//!
//! Whose fault a missing core is says `port`: where another program has its port, that is told there.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

use super::machine::holder::{Holder, start};
use super::machine::program::Program;
use super::machine::vitals::Vitals;
use super::{Found, Looker, Sight};
use crate::config::here::reachable;
use crate::core::place;
use crate::database::lock::find_owner;

/// How long a core may take for a sign of life, and a database to say who holds it. A look may take
/// 2 s.
const WITHIN: Duration = Duration::from_millis(800);

/// From which share of its open files on a core is told to need more, in percent.
const FILES_WARN: u64 = 80;

pub(super) async fn find(sight: &Sight) -> Found {
    if sight.looker == Looker::Core {
        return match Vitals::read(std::process::id()) {
            Ok(vitals) => judge(&vitals, None),
            Err(error) => Found::unknown(format!("/proc cannot be read: {error}"), None),
        };
    }
    match Holder::find(sight.listen).await {
        Ok(Holder::Ours(program)) => look_at(&program, sight.listen).await,
        Ok(Holder::Foreign(taker)) => match by_lock(sight).await {
            Some((program, at)) => look_at(&program, at).await,
            None => {
                Found::warn("no core of alamor runs: its port is taken, see port", taker.stop())
            }
        },
        Ok(Holder::Unseen) => unseen(sight).await,
        Ok(Holder::Nobody) => match by_lock(sight).await {
            Some((program, at)) => look_at(&program, at).await,
            None => Found::crit("no alamor core runs", start().await),
        },
        Err(error) => Found::unknown(format!("/proc cannot be read: {error}"), None),
    }
}

/// Somebody listens whose process may not be seen. That the lock names a core is no proof that it is
/// this one, but enough to say how that one is.
async fn unseen(sight: &Sight) -> Found {
    match by_lock(sight).await {
        Some((program, at)) => look_at(&program, at).await,
        None => Found::unknown(
            format!("only root sees which process listens on {}", sight.listen),
            Some("sudo alamor check"),
        ),
    }
}

/// The core that holds the database, if it lives, and where it answers.
async fn by_lock(sight: &Sight) -> Option<(Program, SocketAddr)> {
    let place = place(&sight.settings);
    let owner = timeout(WITHIN, find_owner(&place)).await.ok()??;
    let program = Program::find(owner.pid).filter(|program| program.is_ours)?;
    // A core writes its address; a name would have to be looked up.
    let url = owner.url.parse::<Url>().ok()?;
    let ip = match url.host()? {
        Host::Ipv4(ip) => IpAddr::V4(ip),
        Host::Ipv6(ip) => IpAddr::V6(ip),
        Host::Domain(_) => return None,
    };
    Some((program, SocketAddr::new(ip, url.port_or_known_default()?)))
}

async fn look_at(program: &Program, at: SocketAddr) -> Found {
    let life = sign_of_life(at).await;
    let vitals = match Vitals::read(program.pid) {
        Ok(vitals) => vitals,
        Err(error) => {
            return Found::unknown(format!("{program} cannot be looked at: {error}"), None);
        }
    };
    let asked = format!("GET http://{}/livez", reachable(at));
    match life {
        Ok(()) => judge(&vitals, program.unit.as_deref()).asked(asked, "200"),
        Err(silence) => facts(silent(&vitals, program, &silence), &vitals).asked(asked, silence),
    }
}

/// What the state of a process that answers means.
fn judge(vitals: &Vitals, unit: Option<&str>) -> Found {
    let seen = told(vitals);
    let found = match (vitals.open_files, vitals.open_files_limit) {
        (Some(open), Some(most)) if open * 100 >= most * FILES_WARN => Found::warn(
            format!("{open} of {most} files are open: at {most} nobody can connect any more"),
            format!("prlimit --pid {} --nofile={}", vitals.pid, most.saturating_mul(4)),
        )
        .seeing(seen),
        _ => Found::ok(seen),
    };
    let unit = unit.map(|unit| format!("unit: {unit}"));
    facts(found, vitals).with_details(unit)
}

/// A process that is there and does not answer.
fn silent(vitals: &Vitals, program: &Program, silence: &str) -> Found {
    let pid = vitals.pid;
    if matches!(vitals.state, 'T' | 't') {
        let reason = format!("{program} does not answer: it is stopped by a signal");
        return Found::crit(reason, format!("kill -CONT {pid}"));
    }
    // A signal that asks may not reach a process that hangs; systemd kills where asking fails.
    let fix = match &program.unit {
        Some(unit) => format!("systemctl restart {unit}"),
        None => format!("kill -KILL {pid}; alamor serve"),
    };
    Found::crit(format!("{program} does not answer: {silence}"), fix)
}

/// Asks for `/livez`. Answers after [`WITHIN`] are none.
async fn sign_of_life(at: SocketAddr) -> Result<(), String> {
    let ask = async {
        let mut stream = TcpStream::connect(reachable(at)).await.map_err(|e| e.to_string())?;
        let question = format!("GET /livez HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
        stream.write_all(question.as_bytes()).await.map_err(|e| e.to_string())?;
        let mut status = [0; "HTTP/1.1 200".len()];
        stream.read_exact(&mut status).await.map_err(|e| e.to_string())?;
        match status.strip_prefix(b"HTTP/1.1 ") {
            Some(b"200") => Ok(()),
            Some(code) => Err(format!("status {} to /livez", code.escape_ascii())),
            None => Err("the answer is no HTTP".to_owned()),
        }
    };
    match timeout(WITHIN, ask).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("it hangs, no answer within {} ms", WITHIN.as_millis())),
    }
}

/// `pid 812, up 3 h 12 min, 15 MiB`.
fn told(vitals: &Vitals) -> String {
    let minutes = vitals.uptime.as_secs() / 60;
    let up = match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    };
    let memory = vitals.memory_bytes.map(|bytes| format!(", {} MiB", bytes >> 20));
    format!("pid {}, up {up}{}", vitals.pid, memory.unwrap_or_default())
}

fn facts(found: Found, vitals: &Vitals) -> Found {
    let mut found = found
        .with_fact("pid", vitals.pid)
        .with_fact("cpu_percent", format!("{:.1}", vitals.cpu_percent))
        .with_fact("threads", vitals.threads);
    let maybe = [
        ("memory_bytes", vitals.memory_bytes),
        ("open_files", vitals.open_files),
        ("open_files_limit", vitals.open_files_limit),
    ];
    for (name, value) in maybe {
        if let Some(value) = value {
            found = found.with_fact(name, value);
        }
    }
    match vitals.open_files {
        Some(_) => found,
        None => found.asked("open files", "only root and the core's user see how many"),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::super::fixture;
    use super::super::machine::holder::tests::program;
    use super::*;
    use crate::api::CheckState::{Crit, Ok, Unknown, Warn};

    fn vitals() -> Vitals {
        Vitals {
            pid: 812,
            state: 'S',
            uptime: Duration::from_mins(192),
            memory_bytes: Some(15 << 20),
            cpu_percent: 0.26,
            busy: Duration::from_secs(30),
            threads: 5,
            open_files: Some(40),
            open_files_limit: Some(1024),
        }
    }

    #[test]
    fn a_process_that_is_well_says_how_it_is() {
        let found = judge(&vitals(), None);
        assert_eq!((found.state, found.seen.as_str()), (Ok, "pid 812, up 3 h 12 min, 15 MiB"));
        assert_eq!(found.facts["cpu_percent"], "0.3");
        assert_eq!(found.facts["memory_bytes"], "15728640");
    }

    #[test]
    fn files_that_run_out_are_told_before_they_have() {
        let check = |open, most, expected| {
            let found =
                judge(&Vitals { open_files: open, open_files_limit: most, ..vitals() }, None);
            assert_eq!(found.state, expected, "{found:?}");
            found.fix
        };
        check(Some(819), Some(1024), Ok);
        let fix = check(Some(820), Some(1024), Warn);
        assert_eq!(fix.as_deref(), Some("prlimit --pid 812 --nofile=4096"));
        check(Some(1024), Some(1024), Warn);
        check(Some(1 << 20), None, Ok);
        check(None, Some(1024), Ok);
    }

    #[test]
    fn what_hangs_is_restarted_and_what_is_stopped_goes_on() {
        let mut core = program(812, "alamor");
        let silence = "it hangs, no answer within 800 ms";
        let stopped = silent(&Vitals { state: 'T', ..vitals() }, &core, silence);
        assert_eq!(stopped.fix.as_deref(), Some("kill -CONT 812"));
        let hanging = silent(&vitals(), &core, silence);
        assert_eq!(hanging.fix.as_deref(), Some("kill -KILL 812; alamor serve"));
        core.unit = Some("alamorwebhook".to_owned());
        let of_a_unit = silent(&vitals(), &core, silence);
        assert_eq!(of_a_unit.fix.as_deref(), Some("systemctl restart alamorwebhook"));
        assert_eq!(of_a_unit.state, Crit);
        let reason = "pid 812 (alamor) does not answer: it hangs, no answer within 800 ms";
        assert_eq!(of_a_unit.reason.as_deref(), Some(reason));
    }

    #[test]
    fn a_long_life_is_told_in_days() {
        let old = Vitals { uptime: Duration::from_hours(75), ..vitals() };
        assert_eq!(told(&old), "pid 812, up 3 d 3 h, 15 MiB");
        let young = Vitals { uptime: Duration::from_secs(59), memory_bytes: None, ..vitals() };
        assert_eq!(told(&young), "pid 812, up 0 min");
    }

    #[tokio::test]
    async fn a_core_that_looks_at_itself_asks_nobody() {
        let sight = Sight { looker: Looker::Core, ..fixture::sight("") };
        let found = find(&sight).await;
        assert_eq!(found.state, Ok, "{found:?}");
        assert_eq!(found.facts["pid"], std::process::id().to_string());
    }

    /// This test's own process listens, so it is taken for a core.
    #[tokio::test]
    async fn a_core_that_takes_connections_and_says_nothing_is_critical() {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sight = Sight { listen: socket.local_addr().unwrap(), ..fixture::sight("") };
        let found = find(&sight).await;
        assert_eq!(found.state, Crit, "{found:?}");
        let reason = found.reason.unwrap();
        assert!(reason.ends_with("it hangs, no answer within 800 ms"), "{reason}");
    }

    #[tokio::test]
    async fn a_core_that_answers_is_well_and_one_that_answers_nonsense_is_not() {
        let answer = |text: &'static str| async move {
            let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let at = socket.local_addr().unwrap();
            let serve = async {
                let (mut stream, _) = socket.accept().await.unwrap();
                let mut question = [0; 1024];
                let read = stream.read(&mut question).await.unwrap();
                assert!(question[..read].starts_with(b"GET /livez HTTP/1.1\r\n"));
                stream.write_all(text.as_bytes()).await.unwrap();
            };
            let sight = Sight { listen: at, ..fixture::sight("") };
            tokio::join!(serve, find(&sight)).1
        };
        assert_eq!(answer("HTTP/1.1 200 OK\r\n\r\nok").await.state, Ok);
        let broken = answer("HTTP/1.1 503 Service Unavailable\r\n\r\n").await;
        assert_eq!(broken.state, Crit);
        assert!(broken.reason.unwrap().ends_with("status 503 to /livez"));
        assert_eq!(answer("SSH-2.0-OpenSSH_9.2\r\n").await.state, Crit);
    }

    #[tokio::test]
    async fn a_port_of_another_program_is_blamed_on_the_port() {
        let (_server, address) = fixture::foreign_listener().await;
        let found = find(&Sight { listen: address, ..fixture::sight("") }).await;
        let reason = "no core of alamor runs: its port is taken, see port";
        assert_eq!((found.state, found.reason.as_deref()), (Warn, Some(reason)));
    }

    #[tokio::test]
    async fn no_core_is_critical_and_says_how_to_start_one() {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen = socket.local_addr().unwrap();
        drop(socket);
        let found = find(&Sight { listen, ..fixture::sight("") }).await;
        assert_eq!((found.state, found.reason.as_deref()), (Crit, Some("no alamor core runs")));
        assert_eq!(found.fix.as_deref(), Some("alamor serve"));
        assert_ne!(found.state, Unknown);
    }
}
