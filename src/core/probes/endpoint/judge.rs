//! What answers mean: where the way to the core ends.
//!
//! Deliberately absent: IO.

use std::net::SocketAddr;

use super::super::Found;
use super::super::machine::names::HostName;
use super::asking::{Answer, Exchange};
use super::who::{SubAnswer, Who};
use crate::api::CheckState;

/// Everything that was asked.
pub(super) struct Seen {
    pub(super) name: HostName,
    /// Where the core should listen.
    pub(super) core: SocketAddr,
    /// Whether it speaks TLS itself: then nothing passes anything on to it.
    pub(super) has_tls: bool,
    /// `/livez` by the name's address.
    pub(super) public: Exchange,
    /// A subscription that nobody has, by the name's address.
    pub(super) sub: Exchange,
    /// `/livez` by loopback, with the name.
    pub(super) local: Exchange,
    /// `/livez` at the core.
    pub(super) direct: Exchange,
}

impl Seen {
    /// The core's own instance, if it answers at its port.
    fn core_mark(&self) -> Option<&str> {
        self.direct.answer()?.mark.as_deref()
    }

    fn pass_on(&self) -> String {
        let core = self.core;
        self.in_site(&format!("write location / {{ proxy_pass http://{core}; }} in"))
    }

    /// The cure by a `change` of nginx's site; where nothing should stand before the core, it is who
    /// has its port.
    fn in_site(&self, change: &str) -> String {
        if self.has_tls {
            return "alamor check --from port".to_owned();
        }
        format!("{change} nginx's site of {}, then systemctl reload nginx", self.name)
    }
}

/// The finding.
pub(super) fn judge(seen: &Seen) -> Found {
    let name = &seen.name;
    match &seen.public {
        Exchange::NotReached(why) => match seen.local.answer() {
            // tcp says whether that is the network's way of leading back.
            Some(_) => Found::unknown(
                format!("https://{name} is not reached from here, see tcp: {why}"),
                Some("alamor check --from tcp"),
            ),
            None => Found::unknown(
                format!("https://{name} is not reached, see tcp and tls: {why}"),
                Some("alamor check --from tcp"),
            ),
        },
        Exchange::Silent => Found::crit(
            format!("https://{name} takes the question and does not answer"),
            if seen.has_tls {
                "alamor logs --level warn"
            } else {
                "tail -n 20 /var/log/nginx/error.log"
            },
        ),
        Exchange::Loop { count, answer } => redirect_loop(seen, *count, answer),
        Exchange::Elsewhere { host, .. } => Found::crit(
            format!("https://{name} sends everybody to {host}"),
            seen.in_site(&format!("take the redirect to {host} out of")),
        ),
        Exchange::Answered(answer) => before_us(seen, answered(seen, answer)),
    }
}

/// What does not stop here stops before: then nothing on this machine cures it.
fn before_us(seen: &Seen, mut found: Found) -> Found {
    let is_core = |exchange: &Exchange| {
        exchange.answer().is_some_and(|answer| Who::of(answer) == Who::Core && answer.status == 200)
    };
    if found.state == CheckState::Crit && is_core(&seen.local) && !is_core(&seen.public) {
        let what = "; by 127.0.0.1 the core is reached: it is what the name points to that fails";
        found.reason.get_or_insert_default().push_str(what);
        found.fix = Some("alamor check --from dns".to_owned());
    }
    found
}

fn redirect_loop(seen: &Seen, count: usize, answer: &Answer) -> Found {
    let name = &seen.name;
    let reason = format!("https://{name} redirects in a circle ({})", redirects(count));
    if answer.server == "cloudflare" {
        return Found::crit(
            format!(
                "{reason}: Cloudflare asks this machine without TLS, and nginx sends it to HTTPS"
            ),
            "set the encryption mode to Full (strict) at Cloudflare",
        );
    }
    Found::crit(
        format!("{reason}: the redirect to HTTPS stands in the server of port 443 as well"),
        seen.in_site("take the redirect out of the server that listens with ssl in"),
    )
}

fn answered(seen: &Seen, answer: &Answer) -> Found {
    match (Who::of(answer), answer.status) {
        (Who::Core, 200) => reached(seen, answer),
        (Who::Core, status) => {
            Found::crit(format!("the core answers {status} to /livez"), "alamor logs --level warn")
        }
        (Who::OldServer, _) => Found::crit(
            format!("the old webhook_server.py answers at {}, not alamor", seen.name),
            seen.pass_on(),
        ),
        (Who::Cloudflare, status) => cloudflare(seen, status),
        (_, 502 | 504) => gateway(seen, answer),
        (_, 503) => Found::crit(
            format!("{} answers 503: it refuses by a limit, or is switched off", server(answer)),
            seen.in_site("look at limit_req, limit_conn and return 503 in"),
        ),
        (Who::Nginx, 200 | 404) => not_passed_on(seen, answer, "/livez"),
        (_, 413) => Found::crit(
            format!("{} answers 413: it takes every request for too large", server(answer)),
            seen.in_site("set client_max_body_size 1m; in"),
        ),
        (_, status) => other(seen, answer, status),
    }
}

/// nginx is there, and what it should pass on to is not.
fn gateway(seen: &Seen, answer: &Answer) -> Found {
    let status = answer.status;
    let via = server(answer);
    let core = seen.core;
    match (seen.core_mark(), status) {
        (Some(_), 502) => Found::crit(
            format!(
                "{via} answers 502, and the core answers at {core}: it is passed on to another place"
            ),
            seen.pass_on(),
        ),
        (Some(_), _) => Found::crit(
            format!(
                "{via} answers 504: it waits in vain at another place than {core}, where the core answers"
            ),
            seen.pass_on(),
        ),
        (None, _) => Found::crit(
            format!(
                "{via} answers {status}: the core does not answer at {core}, see process and port"
            ),
            "alamor check --from process",
        ),
    }
}

/// nginx answers itself where the core should.
fn not_passed_on(seen: &Seen, answer: &Answer, path: &str) -> Found {
    let name = &seen.name;
    let reason = match answer.status {
        200 => format!("nginx shows its welcome page at {name}: it has no site of that name"),
        status => format!(
            "nginx answers {status} to {path} itself: its site of {name} is missing, or does not \
             pass {path} on"
        ),
    };
    Found::crit(reason, seen.pass_on())
}

fn other(seen: &Seen, answer: &Answer, status: u16) -> Found {
    let name = &seen.name;
    let via = server(answer);
    // Where nginx passes /sub on and not /livez, customers and the bot notice nothing.
    if status == 404 && seen.sub.answer().map(SubAnswer::of) == Some(SubAnswer::NoSubscription) {
        return Found::warn(
            format!("{via} answers 404 to /livez and passes /sub on: an old core, or another one"),
            seen.pass_on(),
        );
    }
    Found::crit(format!("{via} answers {status} at {name}, and is no alamor"), seen.pass_on())
}

fn cloudflare(seen: &Seen, status: u16) -> Found {
    let (what, fix) = match status {
        521 => ("this machine refuses it", "sudo alamor check --from firewall"),
        522..=524 => ("this machine does not answer it", "sudo alamor check --from firewall"),
        525 | 526 => ("it does not take this machine's certificate", "alamor check --from tls"),
        530 => ("it does not know where this machine is", "correct the record at Cloudflare"),
        _ => ("this machine's answer is none", "tail -n 20 /var/log/nginx/error.log"),
    };
    Found::crit(format!("Cloudflare answers {status} for {}: {what}", seen.name), fix)
}

/// The core answered: is it ours, and is a subscription passed on as well?
fn reached(seen: &Seen, answer: &Answer) -> Found {
    let name = &seen.name;
    if let (Some(core), Some(mark)) = (seen.core_mark(), &answer.mark)
        && core != mark
    {
        return Found::crit(
            format!("at {name} another core answers than the one at {}", seen.core),
            seen.pass_on(),
        );
    }
    if let Some(found) = sub(seen) {
        return found;
    }
    let (took, via) = (answer.took.as_millis(), Who::Core.via(answer));
    let seen = format!("https://{name} reaches the core in {took} ms, via {via}");
    match answer.redirects {
        0 => Found::ok(seen),
        count => Found::ok(format!("{seen}, after {}", redirects(count))),
    }
}

/// What is wrong with `/sub`, where `/livez` is well.
fn sub(seen: &Seen) -> Option<Found> {
    let Some(answer) = seen.sub.answer() else {
        return Some(Found::crit(
            format!("/livez is passed on, and /sub is not: {}", seen.sub.in_words()),
            seen.pass_on(),
        ));
    };
    match SubAnswer::of(answer) {
        // A core that is asked for too many strangers was reached all the same.
        SubAnswer::NoSubscription | SubAnswer::TooMany => None,
        SubAnswer::Away => Some(Found::warn(
            "the core is reached, and cannot look a subscription up, see database",
            "alamor check --from database",
        )),
        SubAnswer::Foreign if Who::of(answer) == Who::Nginx && answer.status == 404 => {
            Some(not_passed_on(seen, answer, "/sub"))
        }
        SubAnswer::Foreign => Some(Found::crit(
            format!(
                "/livez is passed on to the core, and /sub is not: {} answers {}",
                server(answer),
                answer.status
            ),
            seen.pass_on(),
        )),
    }
}

fn redirects(count: usize) -> String {
    if count == 1 { "1 redirect".to_owned() } else { format!("{count} redirects") }
}

/// What a sentence calls the one who answered.
fn server(answer: &Answer) -> String {
    match Who::of(answer).via(answer).as_str() {
        "unknown" => "something without a name".to_owned(),
        via => via.to_owned(),
    }
}
