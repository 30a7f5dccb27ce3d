//! Every fault of a certificate, with real servers, real files and an authority of our own.

mod files;

use super::super::fixture::nginx::Nginx;
use super::super::fixture::tls::{Authority, GOOD, Issued, Server, Span, self_signed};
use super::super::fixture::{self, dns};
use super::*;
use crate::api::CheckState::{self, Crit, Ok, Unknown, Warn};

const NAME: &str = "sub.example.net";

/// A machine with an authority, certbot's folder, and perhaps servers.
struct World {
    authority: Authority,
    folder: tempfile::TempDir,
    name_server: dns::Server,
    port: u16,
    /// More lines of the `.env`.
    lines: String,
}

impl World {
    /// Where customers reach this machine's own nginx: `NAME` is 127.0.0.1.
    async fn new() -> Self {
        Self::behind("127.0.0.1").await
    }

    /// Where `NAME` is another address.
    async fn behind(address: &str) -> Self {
        Self {
            authority: Authority::new(),
            folder: tempfile::tempdir().unwrap(),
            name_server: dns::Server::start(&[(NAME, &[address])]).await,
            // Nobody listens at the discard port of loopback.
            port: 9,
            lines: String::new(),
        }
    }

    fn issue(&self, span: Span) -> Issued {
        self.authority.issue(NAME, span)
    }

    fn live(&self, lineage: &str) -> std::path::PathBuf {
        self.folder.path().join("live").join(lineage)
    }

    async fn serve(&mut self, issued: &Issued) -> Server {
        let server = Server::start(issued).await;
        self.port = server.port;
        server
    }

    async fn find(&self) -> Found {
        let lines = format!(
            "WEBHOOK_DOMAIN={NAME}\nPUBLIC_PORT={}\nDNS_SERVER={}\nCERTBOT_DIR={}\n{}",
            self.port,
            self.name_server.address,
            self.folder.path().display(),
            self.lines
        );
        let trust = Trust::in_roots(self.authority.roots());
        find_with(&fixture::sight(&lines), NAME, trust).await
    }

    /// A path below the folder, as it is shown.
    fn shown(&self, path: &str) -> String {
        self.folder.path().join(path).display().to_string()
    }
}

fn check(found: &Found, state: CheckState, reason: &str, fix: &str) {
    assert_eq!(found.state, state, "{found:#?}");
    assert_eq!(found.reason.as_deref().unwrap_or(&found.seen), reason);
    assert_eq!(found.fix.as_deref().unwrap_or_default(), fix);
}

/// The day so many days from now, as a certificate of [`Authority`] has it.
fn day(from_now: i64) -> String {
    let seconds = Timestamp::now().as_second() + from_now * 24 * 3600 + 3600;
    date(Timestamp::from_second(seconds).unwrap())
}

#[tokio::test]
async fn a_good_certificate_is_well_in_all_three_places() {
    let mut world = World::new().await;
    let good = world.issue(GOOD);
    good.write(&world.live(NAME));
    let _server = world.serve(&good).await;
    let found = world.find().await;
    let seen =
        "valid, 61 of 90 days left, issuer Test R1; on disk = served here = public".to_owned();
    check(&found, Ok, &seen, "");
    let fact = |name: &str| found.facts[name].clone();
    assert_eq!([fact("disk"), fact("local"), fact("public")], ["0a"; 3]);
    assert_eq!((fact("issuer"), fact("protocol")), ("Test R1".into(), "TLS 1.3".into()));
    assert!(fact("not_after").starts_with(&day(61)) && fact("not_before").starts_with(&day(-29)));
    assert!(found.details[0].ends_with("2 certificates; its key fits"), "{found:#?}");
}

#[tokio::test]
async fn a_certificate_that_was_renewed_and_not_reloaded_is_named_so() {
    let mut world = World::new().await;
    world.issue(GOOD).write(&world.live(NAME));
    let _server = world.serve(&world.issue((-91, -1))).await;
    let reason = format!(
        "the certificate of {NAME} expired on {}; it was renewed on {}, and nginx still has the \
         old one",
        day(-1),
        day(-29)
    );
    let found = world.find().await;
    check(&found, Crit, &reason, "systemctl reload nginx");
    assert_eq!((found.facts["disk"].as_str(), found.facts["public"].as_str()), ("0a", "0b"));

    let _server = world.serve(&world.issue((-50, 40))).await;
    let reason = format!(
        "the certificate was renewed on {}, and nginx still serves the older one: 40 days left",
        day(-29)
    );
    check(&world.find().await, Warn, &reason, "systemctl reload nginx");
}

#[tokio::test]
async fn an_expired_certificate_is_to_be_renewed() {
    let mut world = World::new().await;
    let expired = world.issue((-91, -1));
    expired.write(&world.live(NAME));
    let _server = world.serve(&expired).await;
    let reason = format!("the certificate of {NAME} expired on {}: apps refuse it", day(-1));
    let fix = format!("certbot renew --cert-name {NAME}");
    check(&world.find().await, Crit, &reason, &fix);
}

#[tokio::test]
async fn the_last_days_are_told_before_they_are_over() {
    for (left, state) in [(21, Ok), (20, Warn), (3, Warn), (2, Crit)] {
        let mut world = World::new().await;
        let ending = world.issue((left - 90, left));
        ending.write(&world.live(NAME));
        let _server = world.serve(&ending).await;
        let found = world.find().await;
        assert_eq!(found.state, state, "{left}: {found:#?}");
        if state != Ok {
            let on = day(left);
            let reason = format!(
                "the certificate of {NAME} ends in {left} days, on {on}: nobody has renewed it"
            );
            check(&found, state, &reason, &format!("certbot renew --cert-name {NAME}"));
        }
    }
}

#[tokio::test]
async fn one_that_was_made_for_six_days_is_not_ending_on_its_first() {
    let mut world = World::new().await;
    let _server = world.serve(&world.issue((-1, 5))).await;
    assert_eq!(world.find().await.state, Ok);
    let _server = world.serve(&world.issue((-5, 1))).await;
    assert_eq!(world.find().await.state, Warn);
}

#[tokio::test]
async fn one_of_tomorrow_is_the_clocks() {
    let mut world = World::new().await;
    let _server = world.serve(&world.issue((2, 92))).await;
    let reason = format!(
        "the certificate is valid from {} on, and this machine's clock says {}",
        day(2),
        date(Timestamp::now())
    );
    check(&world.find().await, Crit, &reason, "timedatectl set-ntp true");
}

#[tokio::test]
async fn one_for_another_name_says_for_which() {
    let mut world = World::new().await;
    let _server = world.serve(&world.authority.issue("shop.example.net", GOOD)).await;
    let reason = format!("the certificate is for shop.example.net, not for {NAME}");
    check(&world.find().await, Crit, &reason, &format!("certbot --nginx -d {NAME}"));

    world.issue(GOOD).write(&world.live(NAME));
    let path = world.shown("live/sub.example.net/fullchain.pem");
    let reason = format!("{reason}; {path} is right, and nginx does not use it");
    let fix = format!(
        "set ssl_certificate {path}; in nginx's site of {NAME}, then systemctl reload nginx"
    );
    check(&world.find().await, Crit, &reason, &fix);
}

#[tokio::test]
async fn one_that_signed_itself_is_refused() {
    let mut world = World::new().await;
    let _server = world.serve(&self_signed(NAME, GOOD)).await;
    let reason = "the certificate is signed by itself: apps refuse it";
    check(&world.find().await, Crit, reason, &format!("certbot --nginx -d {NAME}"));
}

#[tokio::test]
async fn one_of_an_authority_that_nobody_trusts_names_it() {
    let mut world = World::new().await;
    let _server = world.serve(&Authority::called("Other").issue(NAME, GOOD)).await;
    let reason = "the certificate comes from Other Root, which is no trusted authority";
    check(&world.find().await, Crit, reason, &format!("certbot --nginx -d {NAME}"));
}

#[tokio::test]
async fn a_chain_that_was_cut_says_what_is_missing_and_where_it_is() {
    let mut world = World::new().await;
    let good = world.issue(GOOD);
    good.write(&world.live(NAME));
    let _server = world.serve(&good.alone()).await;
    let path = world.shown("live/sub.example.net/fullchain.pem");
    let missing = "the certificate of its issuer Test R1 is missing from the chain";
    let reason = format!("{missing}: nginx serves cert.pem instead of fullchain.pem");
    let fix = format!(
        "set ssl_certificate {path}; in nginx's site of {NAME}, then systemctl reload nginx"
    );
    check(&world.find().await, Crit, &reason, &fix);

    // The file itself holds no more.
    let alone = world.issue(GOOD).alone();
    alone.write(&world.live(NAME));
    let _server = world.serve(&alone).await;
    let reason = format!("{missing}: {path} holds the first one only");
    let fix =
        format!("add the certificate of Test R1 at the end of {path}, then systemctl reload nginx");
    check(&world.find().await, Crit, &reason, &fix);
}

#[tokio::test]
async fn a_key_of_another_certificate_keeps_nginx_from_starting() {
    let mut world = World::new().await;
    let good = world.issue(GOOD);
    good.write(&world.live(NAME));
    let other = world.issue(GOOD).key.serialize_pem();
    std::fs::write(world.live(NAME).join("privkey.pem"), other).unwrap();
    let key = world.shown("live/sub.example.net/privkey.pem");
    let fix = format!("certbot renew --cert-name {NAME} --force-renewal");
    let reason = format!("{key} is not the key of the certificate: nginx does not start with it");
    check(&world.find().await, Crit, &reason, &fix);

    let _server = world.serve(&good).await;
    let reason = format!("{key} is not the key of the certificate: nginx will not start with it");
    check(&world.find().await, Warn, &reason, &fix);
}

#[tokio::test]
async fn where_nothing_answers_the_rung_above_says_so() {
    let world = World::new().await;
    world.issue(GOOD).write(&world.live(NAME));
    let reason = "nothing answers on port 9: no certificate was seen, see tcp";
    check(&world.find().await, Unknown, reason, "alamor check --from tcp");
    // What is wrong on disk is known all the same.
    world.issue((-91, -1)).write(&world.live(NAME));
    let path = world.shown("live/sub.example.net/fullchain.pem");
    let expired = format!("the certificate of {NAME} expired on {}: apps refuse it", day(-1));
    let fix = format!("certbot renew --cert-name {NAME}");
    check(&world.find().await, Crit, &format!("{path}: {expired}"), &fix);
}

#[tokio::test]
async fn a_certificate_of_certbot_under_another_name_is_found() {
    let mut world = World::new().await;
    let good = world.issue(GOOD);
    good.write(&world.live("sub.example.net-0001"));
    world.issue((-80, 10)).write(&world.live(NAME));
    world.authority.issue("shop.example.net", GOOD).write(&world.live("shop.example.net"));
    let _server = world.serve(&good).await;
    let found = world.find().await;
    assert_eq!((found.state, found.facts["disk"].as_str()), (Ok, "0a"), "{found:#?}");
}

#[tokio::test]
async fn a_file_that_nginx_does_not_use_is_named() {
    let mut world = World::new().await;
    world.issue((-60, 30)).write(&world.live(NAME));
    let _server = world.serve(&world.issue(GOOD)).await;
    let path = world.shown("live/sub.example.net/fullchain.pem");
    let reason =
        format!("nginx serves another certificate than {path}: renewing that helps nobody");
    let fix = format!(
        "set ssl_certificate {path}; in nginx's site of {NAME}, then systemctl reload nginx"
    );
    check(&world.find().await, Warn, &reason, &fix);
}

#[tokio::test]
async fn files_that_the_settings_name_are_read_instead_of_certbots() {
    let mut world = World::new().await;
    let good = world.issue(GOOD);
    good.write(world.folder.path());
    let (file, key) = (world.shown("fullchain.pem"), world.shown("privkey.pem"));
    world.lines = format!("TLS_CERT_FILE={file}\nTLS_KEY_FILE={key}\n");
    let _server = world.serve(&good).await;
    let found = world.find().await;
    assert_eq!((found.state, found.facts["disk"].as_str()), (Ok, "0a"), "{found:#?}");

    std::fs::remove_file(&file).unwrap();
    let reason = format!(
        "TLS_CERT_FILE names {file}, and there is no such file: the core will not start with it"
    );
    check(&world.find().await, Warn, &reason, "correct TLS_CERT_FILE in the .env");
}

#[tokio::test]
async fn one_that_the_core_shows_itself_is_cured_without_nginx() {
    let mut world = World::new().await;
    world.issue((-91, -1)).write(world.folder.path());
    let (file, key) = (world.shown("fullchain.pem"), world.shown("privkey.pem"));
    world.lines = format!("TLS_CERT_FILE={file}\nTLS_KEY_FILE={key}\n");
    let _server = world.serve(&world.issue((-91, -1))).await;
    let reason = format!("the certificate of {NAME} expired on {}: apps refuse it", day(-1));
    let fix = format!("put a good one into {file}, with its key: it is taken over by itself");
    check(&world.find().await, Crit, &reason, &fix);

    world.issue(GOOD).write(world.folder.path());
    let reason = format!(
        "the certificate of {NAME} expired on {}; it was renewed on {}, and the core still has the \
         old one",
        day(-1),
        day(-29)
    );
    check(&world.find().await, Crit, &reason, "systemctl reload alamorwebhook");
}

#[tokio::test]
async fn what_stands_before_this_machine_may_have_one_of_its_own() {
    let mut world = World::behind("127.0.0.2").await;
    let here = world.issue(GOOD);
    here.write(&world.live(NAME));
    let local = world.serve(&here).await;
    let public = world.issue((-10, 80));
    let _public = Server::at(([127, 0, 0, 2], local.port).into(), &public).await;
    let found = world.find().await;
    let seen = "valid, 80 of 90 days left, issuer Test R1; public; what stands before this machine \
                has one of its own";
    check(&found, Ok, seen, "");
    assert_eq!((found.facts["local"].as_str(), found.facts["public"].as_str()), ("0a", "0b"));
}

#[tokio::test]
async fn an_expired_one_behind_a_good_one_is_a_warning() {
    let mut world = World::behind("127.0.0.2").await;
    let local = world.serve(&world.issue((-91, -1))).await;
    let public = world.issue(GOOD);
    let _public = Server::at(([127, 0, 0, 2], local.port).into(), &public).await;
    let reason = format!(
        "here, behind what customers see: the certificate of {NAME} expired on {}: apps refuse it",
        day(-1)
    );
    check(&world.find().await, Warn, &reason, &format!("certbot --nginx -d {NAME}"));
}

#[tokio::test]
async fn without_authorities_trust_is_unknown() {
    let mut world = World::new().await;
    let _server = world.serve(&world.issue(GOOD)).await;
    let lines = format!(
        "WEBHOOK_DOMAIN={NAME}\nPUBLIC_PORT={}\nDNS_SERVER={}\nCERTBOT_DIR=/nowhere",
        world.port, world.name_server.address
    );
    let trust = Trust::in_roots(rustls::RootCertStore::empty());
    let found = find_with(&fixture::sight(&lines), NAME, trust).await;
    let reason = "this machine knows no authorities: whether the certificate is trusted is unknown";
    check(&found, Unknown, reason, "apt-get install ca-certificates");
}

#[tokio::test]
async fn an_authority_that_only_what_stands_before_trusts_is_no_fault() {
    let mut world = World::behind("127.0.0.2").await;
    let local = world.serve(&Authority::called("Origin").issue(NAME, GOOD)).await;
    let public = world.issue((-10, 80));
    let _public = Server::at(([127, 0, 0, 2], local.port).into(), &public).await;
    assert_eq!(world.find().await.state, Ok);
}

#[tokio::test]
async fn a_bad_one_of_another_machine_is_not_cured_here() {
    let world = World::new().await;
    let (good, bad) = (world.issue(GOOD), world.issue((-91, -1)));
    let (here, there) = (Server::start(&good).await, Server::start(&bad).await);
    let name = HostName::parse(NAME).unwrap();
    let seen = Seen {
        server: seen::Server::Nginx,
        local: ask(([127, 0, 0, 1], here.port).into(), &name).await,
        public: ask(([127, 0, 0, 1], there.port).into(), &name).await,
        name,
        port: 443,
        disk: Err(Unread::None("/etc/letsencrypt".into())),
        is_here: false,
        trust: Trust::in_roots(world.authority.roots()),
        now: Timestamp::now(),
    };
    let reason = format!(
        "where {NAME} points to: the certificate of {NAME} expired on {}: apps refuse it; here a \
         good one is served",
        day(-1)
    );
    check(&judge(&seen), Crit, &reason, "alamor check --from dns");
}

/// What is found of a real nginx with these lines in its server.
async fn found_of_nginx(lines: &str) -> (World, Found) {
    let mut world = World::new().await;
    let servers = format!("server {{ server_name {NAME}; {lines} }}");
    let nginx = Nginx::start(&world.issue(GOOD), &servers).await;
    world.port = nginx.port;
    let found = world.find().await;
    (world, found)
}

#[tokio::test]
async fn a_port_of_nginx_without_ssl_answers_without_tls() {
    let (world, found) = found_of_nginx("listen 127.0.0.1:PORT;").await;
    let port = world.port;
    let reason = format!("{NAME} port {port} answers without TLS");
    let fix =
        format!("write listen {port} ssl; in nginx's site of {NAME}, then systemctl reload nginx");
    check(&found, Crit, &reason, &fix);
}

#[tokio::test]
async fn a_server_of_old_protocols_only_is_named() {
    let lines = "listen 127.0.0.1:PORT ssl; TLS; ssl_protocols TLSv1 TLSv1.1; \
                 ssl_ciphers DEFAULT:@SECLEVEL=0;";
    let (world, found) = found_of_nginx(lines).await;
    let reason = format!("{NAME} port {} speaks neither TLS 1.2 nor TLS 1.3", world.port);
    let fix =
        "write ssl_protocols TLSv1.2 TLSv1.3; in nginx's settings, then systemctl reload nginx";
    check(&found, Crit, &reason, fix);
}

#[tokio::test]
async fn a_server_that_has_nothing_for_the_name_is_named() {
    let lines = "listen 127.0.0.1:PORT ssl; ssl_reject_handshake on;";
    let (world, found) = found_of_nginx(lines).await;
    let reason = format!("{NAME} port {} has no certificate for this name", world.port);
    check(&found, Crit, &reason, &format!("certbot --nginx -d {NAME}"));
}

#[tokio::test]
async fn a_real_nginx_with_a_good_certificate_is_well() {
    let lines = "listen 127.0.0.1:PORT ssl; TLS; ssl_protocols TLSv1.2;";
    let (_, found) = found_of_nginx(lines).await;
    let seen = "valid, 61 of 90 days left, issuer Test R1; served here = public";
    check(&found, Ok, seen, "");
    assert_eq!(found.facts["protocol"], "TLS 1.2");
}
