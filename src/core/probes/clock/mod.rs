//! The machine's clock: whether something keeps it, and how far it is off.
//!
//! ```text
//! chronyc ─▶ timedatectl ─▶ Date of the certificate authority ─▶ Clock ─▶ decide()
//! the first that knows tells
//! ```
//!
//! The certificate authority is asked only where this machine has a certificate of it, so that
//! nobody learns of us who does not know us.

mod daemon;
mod http;

use std::path::Path;
use std::time::Duration;

use self::daemon::Kept;
use super::machine::command::run;
use super::machine::quote::quote;
use super::{Found, Sight, certbot};

/// Programs that keep a clock answer from memory.
const WITHIN: Duration = Duration::from_millis(900);

/// The authority is far away. With the programs before it the look ends within its 5 s.
const ASK: Duration = Duration::from_secs(2);

/// Off by more, and links that end soon end at a wrong moment; then also certificates do.
const WARN: f64 = 5.0;
const CRIT: f64 = 60.0;

/// What is known of the clock.
#[derive(Debug, Clone, PartialEq)]
struct Clock {
    /// Who says so.
    source: String,
    kept: Kept,
}

pub(super) async fn find(sight: &Sight) -> Found {
    let daemon = ask_daemons().await;
    // One that is alone does not know how far off the clock is; one that keeps it says so already.
    let is_known = matches!(&daemon, Some(Clock { kept: Kept::Ahead(_) | Kept::Somehow, .. }));
    if let (Some(clock), true) = (&daemon, is_known) {
        return decide(Some(clock), None);
    }
    let server = certbot::server(sight).await;
    let told = match &server {
        Some(host) => Some((host.clone(), http::ahead(&format!("http://{host}/"), ASK).await)),
        None => None,
    };
    decide(daemon.as_ref(), told.as_ref())
}

/// The first program that keeps the clock.
async fn ask_daemons() -> Option<Clock> {
    let said = |source: &str, kept| Clock { source: source.to_owned(), kept };
    if let Ok(answer) = run("chronyc", &["-c", "tracking"], WITHIN).await
        && let Some(kept) = daemon::chrony(&answer.stdout)
    {
        return Some(said("chrony", kept));
    }
    if !Path::new("/run/systemd/system").is_dir() {
        return None;
    }
    let show = ["show", "-p", "NTP", "-p", "NTPSynchronized"];
    let answer = run("timedatectl", &show, WITHIN).await.ok()?;
    let kept = daemon::timedatectl(&answer.stdout)?;
    let status = run("timedatectl", &["timesync-status"], WITHIN).await.ok();
    match status.and_then(|answer| daemon::timesync(&answer.stdout)) {
        Some(offset) if kept == Kept::Somehow => Some(said("timesyncd", offset)),
        _ => Some(said("timedatectl", kept)),
    }
}

/// What the program that keeps the clock and the `Date` of a server mean together.
fn decide(daemon: Option<&Clock>, server: Option<&(String, Result<f64, String>)>) -> Found {
    let asked = server.map(|(host, answer)| match answer {
        Ok(ahead) => format!("Date of {host}: {}", words(*ahead)),
        Err(error) => format!("Date of {host}: {}", quote(error)),
    });
    let found = match (daemon, server) {
        (Some(Clock { source, kept: Kept::Ahead(ahead) }), _) => judge(*ahead, source),
        (Some(Clock { source, kept: Kept::Somehow }), _) => {
            Found::ok(format!("the clock is kept, says {source}")).with_fact("source", source)
        }
        (daemon, Some((host, Ok(ahead)))) => match (judge(*ahead, host), daemon) {
            (found, Some(clock)) if found.reason.is_none() => alone(&clock.source, &found.seen),
            (found, _) => found,
        },
        (Some(Clock { source, kept: Kept::Alone }), _) => alone(source, "how far is not known"),
        (None, _) => Found::unknown(
            "nothing keeps the clock here, and nobody was there to compare it with",
            Some("timedatectl set-ntp true"),
        ),
    };
    found.with_details(asked)
}

/// A program runs that has no server to follow.
fn alone(source: &str, seen: &str) -> Found {
    let reason = format!("{source} runs and reaches no time server: the clock drifts ({seen})");
    let fix = if source == "chrony" { "chronyc sources -v" } else { "timedatectl timesync-status" };
    Found::warn(reason, fix).with_fact("source", source)
}

/// What a clock that is `ahead` by so many seconds means.
fn judge(ahead: f64, source: &str) -> Found {
    let off = words(ahead);
    let reason = || format!("{off}, says {source}: TLS and the dates of links go wrong");
    let fix = "timedatectl set-ntp true";
    let found = match ahead.abs() {
        off if off > CRIT => Found::crit(reason(), fix),
        off if off > WARN => Found::warn(reason(), fix),
        _ => Found::ok(format!("{off}, says {source}")),
    };
    found.with_fact("ahead_ms", format!("{:.0}", ahead * 1000.0)).with_fact("source", source)
}

/// `the clock is 61 s ahead`.
fn words(ahead: f64) -> String {
    let way = if ahead < 0.0 { "behind" } else { "ahead" };
    match ahead.abs() {
        off if off < 0.0015 => "the clock is right".to_owned(),
        off if off < 1.0 => format!("the clock is {:.0} ms {way}", off * 1000.0),
        off => format!("the clock is {off:.0} s {way}"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, ToSpan};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::api::CheckState::{self, Crit, Ok as Well, Unknown, Warn};

    fn clock(source: &str, kept: Kept) -> Clock {
        Clock { source: source.to_owned(), kept }
    }

    fn check(found: &Found, state: CheckState, said: &str) {
        assert_eq!(found.state, state, "{found:?}");
        assert_eq!(found.reason.as_deref().unwrap_or(&found.seen), said);
    }

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        let check = |ahead, state, said: &str| check(&judge(ahead, "chrony"), state, said);
        check(0.000_02, Well, "the clock is right, says chrony");
        check(-4.9, Well, "the clock is 5 s behind, says chrony");
        check(
            5.1,
            Warn,
            "the clock is 5 s ahead, says chrony: TLS and the dates of links go wrong",
        );
        check(
            -3601.0,
            Crit,
            "the clock is 3601 s behind, says chrony: TLS and the dates of links go wrong",
        );
        assert_eq!(judge(-3601.0, "chrony").facts["ahead_ms"], "-3601000");
    }

    #[test]
    fn the_program_that_keeps_the_clock_is_believed_first() {
        let far = ("acme.example".to_owned(), Ok(90.0));
        let near = ("acme.example".to_owned(), Ok(0.2));
        let silent = ("acme.example".to_owned(), Err("it was not reached".to_owned()));
        let chrony = |kept| clock("chrony", kept);
        check(
            &decide(Some(&chrony(Kept::Ahead(0.002))), Some(&far)),
            Well,
            "the clock is 2 ms ahead, says chrony",
        );
        let timed = clock("timedatectl", Kept::Somehow);
        check(&decide(Some(&timed), None), Well, "the clock is kept, says timedatectl");
        check(
            &decide(Some(&chrony(Kept::Alone)), Some(&far)),
            Crit,
            "the clock is 90 s ahead, says acme.example: TLS and the dates of links go wrong",
        );
        check(
            &decide(Some(&chrony(Kept::Alone)), Some(&near)),
            Warn,
            "chrony runs and reaches no time server: the clock drifts (the clock is 200 ms ahead, \
             says acme.example)",
        );
        check(
            &decide(Some(&chrony(Kept::Alone)), Some(&silent)),
            Warn,
            "chrony runs and reaches no time server: the clock drifts (how far is not known)",
        );
        let nobody = "nothing keeps the clock here, and nobody was there to compare it with";
        check(&decide(None, Some(&silent)), Unknown, nobody);
        check(&decide(None, None), Unknown, nobody);
    }

    /// A server whose clock is so many hours ahead of ours.
    async fn ask_server(hours: i64) -> Result<f64, String> {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", socket.local_addr().unwrap());
        let serve = async {
            let (mut stream, _) = socket.accept().await.unwrap();
            let mut question = [0; 1024];
            let read = stream.read(&mut question).await.unwrap();
            assert!(question[..read].starts_with(b"HEAD / HTTP/1.1\r\n"));
            let date = (Timestamp::now() + hours.hours()).strftime("%a, %d %b %Y %H:%M:%S GMT");
            let answer = format!("HTTP/1.1 301 Moved\r\nDate: {date}\r\nLocation: /x\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        tokio::join!(serve, http::ahead(&url, Duration::from_secs(20))).1
    }

    #[tokio::test]
    async fn a_server_with_another_clock_shows_that_ours_is_off() {
        assert_eq!(judge(ask_server(0).await.unwrap(), "x").state, Well);
        let behind = ask_server(2).await.unwrap();
        let found = judge(behind, "acme.example");
        assert_eq!(found.state, Crit, "{behind}");
        assert!((behind + 7200.0).abs() < 5.0, "{behind}");
        assert!(ask_server(-2).await.unwrap() > 7190.0);
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_says_no_time() {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", socket.local_addr().unwrap());
        drop(socket);
        let error = http::ahead(&url, Duration::from_secs(20)).await.unwrap_err();
        assert!(error.starts_with("it was not reached"), "{error}");
    }
}
