//! nginx's site of a domain: whether there is one, and whether it passes on to the core.
//!
//! ```text
//! NGINX_CONF ─▶ load() ─▶ Tree ─▶ find() ─▶ Site ─▶ route() ─▶ decide()
//!               includes          server_name       location, proxy_pass
//! ```
//!
//! Invariant: what the files say is crit only where there is no site, or one that passes on elsewhere;
//! whether customers are served says `endpoint`, and what nobody here tries is unknown.
//!
//! Deliberately absent: regular expressions in names and locations, `if`, `rewrite`, `stream`.

mod load;
mod parse;
mod expression;
mod site;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use procfs::process::all_processes;

use self::load::{Tree, load};
use self::parse::Directive;
use self::site::{Route, Site};
use super::machine::aside::aside;
use super::machine::command::{Answer, run};
use super::machine::names::HostName;
use super::machine::quote::{quote, word};
use super::{Found, Sight};
use crate::api::CheckState;

/// What must reach the core: what customers ask for, and what the bot does.
const PATHS: [&str; 2] = ["/sub/x", "/admin/update_configs/1"];

/// More lines of evidence nobody reads.
const MOST_LINES: usize = 20;

/// nginx reads all of its files and certificates to test them.
const WITHIN: Duration = Duration::from_secs(3);

pub(super) async fn find(sight: &Sight) -> Found {
    look(sight, runs().await).await
}

/// Whether any nginx runs.
pub(super) async fn runs() -> bool {
    aside(is_running).await.unwrap_or(false)
}

fn is_running() -> bool {
    let mut all = all_processes().into_iter().flatten().flatten();
    all.any(|process| process.stat().is_ok_and(|stat| stat.comm == "nginx"))
}

/// `runs`: whether nginx does. Before its first start a test of its files would make others: its
/// logs, its folders, the file with its number.
async fn look(sight: &Sight, runs: bool) -> Found {
    let names = sight.names();
    let main = sight.settings.probes.nginx.clone();
    let file = main.clone();
    let tree = match aside(move || load(&file)).await {
        Ok(Ok(tree)) => tree,
        Ok(Err(error)) => return no_file(&main, &error),
        Err(cut_off) => return cut_off,
    };
    if names.is_empty() {
        return Found::unknown("WEBHOOK_DOMAIN is not set: nginx has no site to look for", None);
    }
    let found = decide(&tree, &names, sight.settings.probes.public_port, sight.listen);
    let found = found.with_details(not_read(&tree.unseen));
    if !sight.looker.is_root() {
        return found.asked("nginx -t", "only root may try");
    }
    if !runs {
        return found.asked("nginx -t", "not tried, nginx does not run");
    }
    match run("nginx", &["-t", "-q", "-c", &main.to_string_lossy()], WITHIN).await {
        Ok(answer) => tested(found, &answer, &main),
        Err(error) => found.asked("nginx -t", error),
    }
}

/// What was not read, as lines of evidence: the first of many stand for all.
fn not_read(unseen: &[String]) -> Vec<String> {
    let mut lines: Vec<String> =
        unseen.iter().take(MOST_LINES).map(|what| format!("not read: {what}")).collect();
    if let Some(more @ 1..) = unseen.len().checked_sub(MOST_LINES) {
        lines.push(format!("not read: {more} more"));
    }
    lines
}

fn no_file(main: &Path, error: &io::Error) -> Found {
    let path = quote(&main.to_string_lossy());
    match error.kind() {
        io::ErrorKind::NotFound => Found::unknown(
            format!("no nginx here: there is no {path}, TLS may be served otherwise"),
            None,
        ),
        _ => Found::unknown(format!("{path}: {error}"), Some("sudo alamor check")),
    }
}

/// The worst of what the sites of all names are.
fn decide(tree: &Tree, names: &[String], port: u16, listen: SocketAddr) -> Found {
    let servers = site::servers(&tree.directives);
    let each = names.iter().map(|name| {
        let found = judge(tree, site::find(&servers, name, port), name, port, listen);
        // Where not all could be read, what was not found may stand there.
        match found.state {
            CheckState::Crit if !tree.unseen.is_empty() && found.facts.is_empty() => {
                let reason = found.reason.unwrap_or_default();
                Found::unknown(
                    format!("{reason}, as far as its files can be read"),
                    Some("sudo alamor check"),
                )
            }
            _ => found,
        }
    });
    // Of equals the first name, which is the settings' own.
    let all: Vec<Found> = each.collect();
    all.into_iter()
        .rev()
        .max_by_key(|found| found.state.severity())
        .unwrap_or_else(|| Found::unknown("there is no name to look for", None))
}

fn judge(tree: &Tree, site: Site<'_>, name: &str, port: u16, listen: SocketAddr) -> Found {
    let shown = quote(name);
    // Only a host name may stand in a command.
    let Some(host) = HostName::parse(name) else {
        return Found::unknown(
            format!("{shown} is no host name: nginx has no site to look for"),
            None,
        );
    };
    let certbot = format!("certbot --nginx -d {host}");
    let write = format!(
        "write a server block with server_name {shown}, listen {port} ssl and proxy_pass \
         http://{listen}, then nginx -t && systemctl reload nginx"
    );
    match site {
        Site::None => {
            Found::crit(format!("nginx has no site for {shown}, and none at all at {port}"), write)
        }
        Site::AtAnotherPort(server) => Found::crit(
            format!("nginx has no site for {shown} at {port}, only {}", place(server)),
            certbot,
        ),
        Site::Default(server) => match routed(tree, server, &shown, listen) {
            found if found.state == CheckState::Ok => Found {
                facts: found.facts,
                ..Found::warn(
                    format!("nginx has no site for {shown}; {} takes it for now", place(server)),
                    certbot,
                )
            }
            .seeing(found.seen),
            found if found.state == CheckState::Unknown => found,
            _ => Found::crit(format!("nginx has no site for {shown}"), write),
        },
        Site::Named(server) => routed(tree, server, &shown, listen),
    }
}

/// Whether what must reach the core goes there from a server block.
fn routed(tree: &Tree, server: &Directive, name: &str, listen: SocketAddr) -> Found {
    let at = place(server);
    let edit = format!(
        "write proxy_pass http://{listen} into {at}, then nginx -t && systemctl reload nginx"
    );
    let expressions = site::count_expressions(server);
    let fact = |found: Found, to: &str| {
        let found = found.with_fact("site", &at).with_fact("to", quote(to));
        match expressions {
            0 => found,
            some => found.asked("locations by regular expression", format!("{some}, not tried")),
        }
    };
    let mut to = String::new();
    for path in PATHS {
        let begin = path.split_inclusive('/').take(2).collect::<String>();
        match site::route(server, path, &tree.directives) {
            Route::To(addresses) => {
                to = addresses.join(", ");
                if !addresses.iter().any(|address| site::is_core(address, listen)) {
                    let reason = format!(
                        "nginx passes {name}{begin} on to {}, and the core is at {listen}",
                        quote(&to)
                    );
                    return fact(Found::crit(reason, edit), &to);
                }
            }
            Route::Itself(answer) => {
                let answer = quote(&answer);
                let reason = format!("nginx does not pass {name}{begin} on: {answer}");
                return fact(Found::warn(reason, edit), "itself");
            }
            Route::Unclear(why) => {
                let reason =
                    format!("where nginx passes {name}{begin} on is unclear: {}", quote(&why));
                return fact(
                    Found::unknown(reason, Some("alamor check --from endpoint")),
                    "unclear",
                );
            }
        }
    }
    fact(Found::ok(format!("{name} goes on to {} ({at})", quote(&to))), &to)
}

/// `/etc/nginx/sites-enabled/alamor:12`.
fn place(server: &Directive) -> String {
    format!("{}:{}", server.file, server.line)
}

/// With what `nginx -t` says: what is wrong now keeps nginx from its next start.
fn tested(found: Found, answer: &Answer, main: &Path) -> Found {
    if answer.status.success() {
        return found.asked("nginx -t", "all is well");
    }
    let error = answer.stderr.lines().find_map(message).unwrap_or_else(|| answer.complaint());
    let found = if found.state == CheckState::Ok {
        let Found { seen, details, facts, .. } = found;
        let reason = format!("nginx runs on old settings and would not start again: {error}");
        let fix = format!("nginx -t -c {}", word(main));
        Found { seen, details, facts, ..Found::warn(reason, fix) }
    } else {
        found
    };
    found.asked("nginx -t", error)
}

/// `[emerg] no such thing`, out of `nginx: [emerg] …` and of `2026/11/20 03:12:45 [emerg] 9#9: …`.
fn message(line: &str) -> Option<String> {
    const LEVELS: [&str; 4] = ["[emerg]", "[alert]", "[crit]", "[error]"];
    let level = LEVELS.into_iter().find(|level| line.contains(level))?;
    let text = line.split_once(level)?.1.trim();
    let is_number = |text: &str| text.chars().all(|char| char.is_ascii_digit() || char == '#');
    let text = match text.split_once(": ") {
        Some((process, rest)) if is_number(process) => rest,
        _ => text,
    };
    Some(quote(&format!("{level} {text}")))
}

#[cfg(test)]
mod tests;
