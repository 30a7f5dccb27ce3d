//! Every fault of the way to the core, with a real nginx where nginx is what fails.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::task::AbortOnDropHandle;

use super::super::fixture::nginx::Nginx;
use super::super::fixture::tls::{Authority, GOOD};
use super::super::fixture::{self, dns};
use super::super::{MARK, Sight};
use super::asking::Answer;
use super::*;
use crate::api::CheckState::{self, Crit, Ok, Unknown, Warn};

const NAME: &str = "sub.example.net";

/// What stands where a core would: answers to `/livez` and `/sub`.
struct Program {
    address: SocketAddr,
    _task: AbortOnDropHandle<()>,
}

impl Program {
    async fn serve(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, _task: AbortOnDropHandle::new(task) }
    }

    /// A core, as far as it is asked here.
    async fn core(instance: &'static str) -> Self {
        Self::core_saying(instance, (404, "Subscription not found or is inactive.")).await
    }

    async fn core_saying(instance: &'static str, (status, body): (u16, &'static str)) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        let router = Router::new()
            .route("/livez", get(async move || ([(MARK, instance)], "ok")))
            .route("/sub/{id}", get(async move || (status, body)));
        Self::serve(router).await
    }

    /// `webhook_server.py`: it has no `/livez`.
    async fn old() -> Self {
        let page = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n\
                    <h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you \
                    entered the URL manually please check your spelling and try again.</p>\n";
        Self::serve(Router::new().fallback(async move || (StatusCode::NOT_FOUND, page))).await
    }

    /// Takes questions and never answers.
    async fn silent() -> Self {
        let router = Router::new().fallback(async || std::future::pending::<String>().await);
        Self::serve(router).await
    }
}

/// A server's lines that pass everything on.
fn passing(to: &Program) -> String {
    format!("location / {{ proxy_pass http://{}; }}", to.address)
}

/// nginx with these lines in the server of `NAME`, and what is found through it by an operator whose
/// core should be at `core`.
async fn found(lines: &str, core: SocketAddr) -> Found {
    let server =
        format!("server {{ listen 127.0.0.1:PORT ssl; TLS; server_name {NAME}; {lines} }}");
    found_of(&server, core).await
}

async fn found_of(servers: &str, core: SocketAddr) -> Found {
    let issued = Authority::new().issue(NAME, GOOD);
    let nginx = Nginx::start(&issued, servers).await;
    let (_names, sight) = sight(nginx.port, core, "127.0.0.1").await;
    find(&sight).await
}

async fn sight(port: u16, core: SocketAddr, address: &str) -> (dns::Server, Sight) {
    let names = dns::Server::start(&[(NAME, &[address])]).await;
    let lines =
        format!("WEBHOOK_DOMAIN={NAME}\nPUBLIC_PORT={port}\nDNS_SERVER={}\n", names.address);
    (names, Sight { listen: core, ..fixture::sight(&lines) })
}

/// A port of loopback at which nobody listens, and nobody will.
fn closed() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn check(found: &Found, state: CheckState, reason: &str, fix: &str) {
    assert_eq!(found.state, state, "{found:#?}");
    assert_eq!(found.reason.as_deref().unwrap_or_default(), reason, "{found:#?}");
    assert_eq!(found.fix.as_deref().unwrap_or_default(), fix);
}

fn pass_on(core: SocketAddr) -> String {
    format!(
        "write location / {{ proxy_pass http://{core}; }} in nginx's site of {NAME}, then \
         systemctl reload nginx"
    )
}

#[tokio::test]
async fn a_core_behind_nginx_is_reached() {
    let core = Program::core("one").await;
    let found = found(&passing(&core), core.address).await;
    check(&found, Ok, "", "");
    assert!(found.seen.starts_with("https://sub.example.net reaches the core in "), "{found:?}");
    assert_eq!((found.facts["status"].as_str(), found.facts["via"].as_str()), ("200", "nginx"));
    assert!(found.facts.contains_key("latency_ms"));
}

#[tokio::test]
async fn a_core_that_is_down_is_no_fault_of_nginx() {
    let (_port, core) = closed();
    let lines = format!("location / {{ proxy_pass http://{core}; }}");
    let found = found(&lines, core).await;
    let reason =
        format!("nginx answers 502: the core does not answer at {core}, see process and port");
    check(&found, Crit, &reason, "alamor check --from process");
    assert_eq!(found.facts["status"], "502");
}

#[tokio::test]
async fn nginx_that_asks_at_another_port_is_named() {
    let core = Program::core("one").await;
    let (_port, other) = closed();
    let found = found(&format!("location / {{ proxy_pass http://{other}; }}"), core.address).await;
    let reason = format!(
        "nginx answers 502, and the core answers at {}: it is passed on to another place",
        core.address
    );
    check(&found, Crit, &reason, &pass_on(core.address));
}

#[tokio::test]
async fn nginx_that_waits_in_vain_is_named() {
    let core = Program::core("one").await;
    let silent = Program::silent().await;
    let lines = format!("proxy_read_timeout 100ms; {}", passing(&silent));
    let found_elsewhere = found(&lines, core.address).await;
    let reason = format!(
        "nginx answers 504: it waits in vain at another place than {}, where the core answers",
        core.address
    );
    check(&found_elsewhere, Crit, &reason, &pass_on(core.address));
    let found = found(&lines, silent.address).await;
    let reason = format!(
        "nginx answers 504: the core does not answer at {}, see process and port",
        silent.address
    );
    check(&found, Crit, &reason, "alamor check --from process");
}

#[tokio::test]
async fn nginx_that_was_switched_off_is_named() {
    let core = Program::core("one").await;
    let found = found("location / { return 503; }", core.address).await;
    let reason = "nginx answers 503: it refuses by a limit, or is switched off";
    let fix = "look at limit_req, limit_conn and return 503 in nginx's site of sub.example.net, then \
               systemctl reload nginx";
    check(&found, Crit, reason, fix);
}

#[tokio::test]
async fn nginx_without_a_site_of_the_name_is_named() {
    let core = Program::core("one").await;
    let missing = found("root /nowhere;", core.address).await;
    let reason = "nginx answers 404 to /livez itself: its site of sub.example.net is missing, or \
                  does not pass /livez on";
    check(&missing, Crit, reason, &pass_on(core.address));

    let page = "location / { default_type text/html; \
                return 200 '<title>Welcome to nginx!</title>'; }";
    let welcome = found(page, core.address).await;
    let reason =
        "nginx shows its welcome page at sub.example.net: it has no site of that name".to_owned();
    check(&welcome, Crit, &reason, &pass_on(core.address));
}

#[tokio::test]
async fn a_path_that_nginx_does_not_pass_on_is_named() {
    let core = Program::core("one").await;
    let admin_only = format!("location /admin/ {{ proxy_pass http://{}; }}", core.address);
    let found_admin = found(&admin_only, core.address).await;
    let reason = "nginx answers 404 to /livez itself: its site of sub.example.net is missing, or \
                  does not pass /livez on";
    check(&found_admin, Crit, reason, &pass_on(core.address));

    let livez_only = format!("location = /livez {{ proxy_pass http://{}; }}", core.address);
    let found = found(&livez_only, core.address).await;
    let reason = "nginx answers 404 to /sub itself: its site of sub.example.net is missing, or \
                  does not pass /sub on";
    check(&found, Crit, reason, &pass_on(core.address));
}

#[tokio::test]
async fn redirects_in_a_circle_are_counted() {
    let core = Program::core("one").await;
    let fix = "take the redirect out of the server that listens with ssl in nginx's site of \
               sub.example.net, then systemctl reload nginx";
    let why = "the redirect to HTTPS stands in the server of port 443 as well";
    let to_itself = "return 301 https://$host:PORT$request_uri;";
    let found_itself = found(to_itself, core.address).await;
    let reason = format!("https://{NAME} redirects in a circle (1 redirect): {why}");
    check(&found_itself, Crit, &reason, fix);
    let on_and_on = "return 301 https://$host:PORT$request_uri/x;";
    let found = found(on_and_on, core.address).await;
    let reason = format!("https://{NAME} redirects in a circle (6 redirects): {why}");
    check(&found, Crit, &reason, fix);
}

#[tokio::test]
async fn one_redirect_that_leads_to_the_core_is_well() {
    let core = Program::core("one").await;
    let lines = format!(
        "location = /livez {{ return 301 https://$host:PORT/way/livez; }} \
         location /way/ {{ proxy_pass http://{0}/; }} {1}",
        core.address,
        passing(&core)
    );
    let found = found(&lines, core.address).await;
    check(&found, Ok, "", "");
    assert!(found.seen.ends_with("via nginx, after 1 redirect"), "{found:?}");
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let core = Program::core("one").await;
    let found = found("return 302 https://shop.example.net/;", core.address).await;
    let reason = "https://sub.example.net sends everybody to shop.example.net";
    let fix = "take the redirect to shop.example.net out of nginx's site of sub.example.net, then \
               systemctl reload nginx";
    check(&found, Crit, reason, fix);
}

#[tokio::test]
async fn a_limit_on_what_is_sent_is_named() {
    let core = Program::core("one").await;
    let found = found("location / { return 413; }", core.address).await;
    let reason = "nginx answers 413: it takes every request for too large";
    let fix = "set client_max_body_size 1m; in nginx's site of sub.example.net, then systemctl \
               reload nginx";
    check(&found, Crit, reason, fix);
}

#[tokio::test]
async fn the_old_server_is_recognised_through_nginx() {
    let core = Program::core("one").await;
    let old = Program::old().await;
    let found = found(&passing(&old), core.address).await;
    let reason = "the old webhook_server.py answers at sub.example.net, not alamor";
    check(&found, Crit, reason, &pass_on(core.address));
}

#[tokio::test]
async fn another_program_that_says_200_is_no_core() {
    let core = Program::core("one").await;
    let other = Program::serve(Router::new().fallback(async || "ok")).await;
    let found = found(&passing(&other), core.address).await;
    let reason = "nginx answers 200 at sub.example.net, and is no alamor";
    check(&found, Crit, reason, &pass_on(core.address));
}

#[tokio::test]
async fn another_core_than_ours_is_told_by_its_instance() {
    let core = Program::core("one").await;
    let other = Program::core("two").await;
    let found = found(&passing(&other), core.address).await;
    let reason =
        format!("at sub.example.net another core answers than the one at {}", core.address);
    check(&found, Crit, &reason, &pass_on(core.address));
}

#[tokio::test]
async fn a_core_that_cannot_ask_its_database_is_reached_all_the_same() {
    let away = (500, "Error processing subscription data.");
    let core = Program::core_saying("one", away).await;
    let found_away = found(&passing(&core), core.address).await;
    let reason = "the core is reached, and cannot look a subscription up, see database";
    check(&found_away, Warn, reason, "alamor check --from database");
    let core = Program::core_saying("one", (429, "Too many requests.")).await;
    let found = found(&passing(&core), core.address).await;
    check(&found, Ok, "", "");
}

#[tokio::test]
async fn cloudflares_own_pages_say_what_cloudflare_met() {
    let core = Program::core("one").await;
    // As it answers: its name, its number.
    let table = [
        (521, "this machine refuses it", "sudo alamor check --from firewall"),
        (522, "this machine does not answer it", "sudo alamor check --from firewall"),
        (526, "it does not take this machine's certificate", "alamor check --from tls"),
        (530, "it does not know where this machine is", "correct the record at Cloudflare"),
        (520, "this machine's answer is none", "tail -n 20 /var/log/nginx/error.log"),
    ];
    for (status, what, fix) in table {
        let cloudflare = Program::serve(Router::new().fallback(async move || {
            (StatusCode::from_u16(status).unwrap(), [("server", "cloudflare")], "error code")
        }))
        .await;
        let lines = format!("proxy_pass_header Server; {}", passing(&cloudflare));
        let found = found(&lines, core.address).await;
        let reason = format!("Cloudflare answers {status} for sub.example.net: {what}");
        check(&found, Crit, &reason, fix);
        assert_eq!(found.facts["via"], "cloudflare");
    }
}

#[tokio::test]
async fn what_fails_before_this_machine_is_not_cured_here() {
    let core = Program::core("one").await;
    let issued = Authority::new().issue(NAME, GOOD);
    // The name points to 127.0.0.2, which is another server than ours at 127.0.0.1.
    let servers = format!(
        "server {{ listen 127.0.0.1:PORT ssl; TLS; {} }} \
         server {{ listen 127.0.0.2:PORT ssl; TLS; root /nowhere; }}",
        passing(&core)
    );
    let nginx = Nginx::start(&issued, &servers).await;
    let (_names, sight) = sight(nginx.port, core.address, "127.0.0.2").await;
    let reason = "nginx answers 404 to /livez itself: its site of sub.example.net is missing, or \
                  does not pass /livez on; by 127.0.0.1 the core is reached: it is what the name \
                  points to that fails";
    check(&find(&sight).await, Crit, reason, "alamor check --from dns");
}

#[test]
fn with_tls_of_the_cores_own_no_cure_speaks_of_nginx() {
    let answer = |status| Answer {
        status,
        server: "Caddy".to_owned(),
        mark: None,
        body: String::new(),
        took: Duration::ZERO,
        redirects: 0,
    };
    let elsewhere =
        Exchange::Elsewhere { host: "shop.example.net".to_owned(), answer: answer(301) };
    let public = [
        Exchange::Silent,
        Exchange::Loop { count: 10, answer: answer(301) },
        elsewhere,
        Exchange::Answered(answer(404)),
        Exchange::Answered(answer(413)),
        Exchange::Answered(answer(500)),
        Exchange::Answered(answer(502)),
        Exchange::Answered(answer(503)),
    ];
    for public in public {
        let not_reached = || Exchange::NotReached("a test".to_owned());
        let seen = Seen {
            name: HostName::parse(NAME).unwrap(),
            core: ([127, 0, 0, 1], 8080).into(),
            has_tls: true,
            public,
            sub: not_reached(),
            local: not_reached(),
            direct: not_reached(),
        };
        let found = judge(&seen);
        assert_eq!(found.state, Crit);
        let fix = found.fix.unwrap();
        assert!(fix.starts_with("alamor "), "{fix}");
    }
}

#[tokio::test]
async fn what_is_not_reached_is_left_to_the_rungs_above() {
    let core = Program::core("one").await;
    let (_port, public) = closed();
    let (_names, sight) = sight(public.port(), core.address, "127.0.0.1").await;
    let found = find(&sight).await;
    assert_eq!(found.state, Unknown);
    let reason = found.reason.unwrap();
    assert!(reason.starts_with("https://sub.example.net is not reached, see tcp and tls: "));
    assert_eq!(found.fix.unwrap(), "alamor check --from tcp");
}

#[tokio::test]
async fn a_name_without_an_address_is_left_to_dns() {
    let names = dns::Server::start(&[]).await;
    let lines = format!("WEBHOOK_DOMAIN={NAME}\nDNS_SERVER={}\n", names.address);
    let found = find(&fixture::sight(&lines)).await;
    let reason = "sub.example.net was not asked, see dns: there is no such name";
    check(&found, Unknown, reason, "alamor check --from dns");
}

#[tokio::test]
async fn without_a_domain_nothing_is_asked() {
    let found = find(&fixture::sight("")).await;
    check(&found, Unknown, "WEBHOOK_DOMAIN is not set", SET_DOMAIN);
}

#[test]
fn the_subscription_that_is_asked_for_is_nobodys_and_new_each_time() {
    let (one, two) = (nobodys_subscription(), nobodys_subscription());
    assert!(one.starts_with("/sub/alamor-check-") && one.len() == 34, "{one}");
    assert_ne!(one, two);
}

/// Through a real nginx, as through somebody in front.
#[tokio::test]
async fn the_core_is_known_by_its_mark_where_an_address_is_somebody_elses() {
    let (core, other) = (Program::core("a").await, Program::core("b").await);
    let issued = Authority::new().issue(NAME, GOOD);
    let server = format!("server {{ listen 127.0.0.1:PORT ssl; TLS; {} }}", passing(&core));
    let nginx = Nginx::start(&issued, &server).await;
    let name = HostName::parse(NAME).unwrap();
    let ask = async |listen| {
        let lines = format!("WEBHOOK_DOMAIN={NAME}\nPUBLIC_PORT={}\n", nginx.port);
        let sight = Sight { listen, ..fixture::sight(&lines) };
        elsewhere::ask(&sight, &name, &[Ipv4Addr::LOCALHOST.into()]).await
    };
    assert_eq!(ask(core.address).await, elsewhere::Elsewhere::ThisCore);
    assert_eq!(ask(other.address).await, elsewhere::Elsewhere::AnotherCore);
}
