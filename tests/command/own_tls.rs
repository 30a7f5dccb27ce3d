//! TLS of the core's own, as an operator without nginx has it.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use rustix::process::Signal;
use serde_json::Value;

use crate::pebble::{Pebble, get, leaf, roots, shake};
use crate::run::{DEADLINE, Process};
use crate::site::{DOMAIN, Made, Site, free_port};

/// A core at the public port that orders its certificate itself.
struct Ordering {
    site: Site,
    pebble: Pebble,
    proof_port: u16,
}

impl Ordering {
    fn new() -> Self {
        let site = Site::new();
        let proof_port = free_port();
        let pebble = Pebble::start(&site, proof_port);
        for (key, value) in [
            ("WEBHOOK_BIND", format!("127.0.0.1:{}", site.public_port())),
            ("TLS_ACME", "operator@alamor.test".to_owned()),
            ("TLS_ACME_DIRECTORY", pebble.directory()),
            ("TLS_REDIRECT_BIND", format!("127.0.0.1:{proof_port}")),
            ("LOG_LEVEL", "trace".to_owned()),
        ] {
            site.world.set(key, &value);
        }
        Self { site, pebble, proof_port }
    }

    fn kept(&self, name: &str) -> PathBuf {
        self.site.world.folder().join("alamor-tls").join(name)
    }

    /// Shakes hands as a customer who trusts the authority; the certificate.
    fn shown(&self) -> Vec<u8> {
        let trusted = roots(&self.pebble.root_pem());
        leaf(&shake(self.site.public_port(), DOMAIN, trusted).unwrap())
    }

    /// The check `certificate` of the running core.
    fn check(&self) -> Value {
        let mut stream =
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.site.public_port())).unwrap();
        let key = self.site.world.setting("ADMIN_API_KEY");
        let bearer = format!("Authorization: Bearer {key}\r\n");
        let answer = get(&mut stream, "/api/v1/health", &bearer);
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let health: Value = serde_json::from_str(body).unwrap();
        let checks = health["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == "certificate").unwrap().clone()
    }
}

#[test]
fn a_certificate_is_ordered_kept_for_ourselves_and_shown() {
    let world = Ordering::new();
    let mut core = world.site.serve();
    core.wait_for("Another certificate is shown from now on");
    let trusted = roots(&world.pebble.root_pem());
    let mut stream = shake(world.site.public_port(), DOMAIN, trusted).unwrap();
    let first = leaf(&stream);
    let answer = get(&mut stream, "/livez", "");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    // The board takes a moment to believe it.
    let deadline = Instant::now() + DEADLINE;
    while world.check()["state"] != "ok" {
        assert!(Instant::now() < deadline, "{}", world.check());
        thread::yield_now();
    }

    let mut plain = TcpStream::connect((Ipv4Addr::LOCALHOST, world.proof_port)).unwrap();
    let away = get(&mut plain, "/sub/abc?x=1", "");
    assert!(away.starts_with("HTTP/1.1 308 "), "{away}");
    let to = format!("location: https://{DOMAIN}:{}/sub/abc?x=1\r\n", world.site.public_port());
    assert!(away.contains(&to), "{away}");

    let mut secrets = Vec::new();
    for name in ["privkey.pem", "fullchain.pem", "account.json"] {
        let file = world.kept(name);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        secrets.push(fs::read_to_string(&file).unwrap());
    }
    let done = core.stop(Signal::TERM).expect(0);
    let said = done.out + &done.err;
    let account: Value = serde_json::from_str(&secrets[2]).unwrap();
    let account_key = account["credentials"]["key_pkcs8"].as_str().unwrap();
    let key = secrets[0].lines().nth(1).unwrap();
    assert!(key.len() > 40 && account_key.len() > 40);
    assert!(!said.contains(key) && !said.contains(account_key));

    // The next core has one, and leaves the authority alone.
    let core = world.site.serve();
    assert_eq!(world.shown(), first);
    let done = core.stop(Signal::TERM).expect(0);
    assert!(!done.err.contains("A certificate is ordered"), "{}", done.err);
}

#[test]
fn one_that_ended_is_ordered_anew() {
    let world = Ordering::new();
    let (chain, key) = world.site.certify(DOMAIN, Made::Expired);
    fs::create_dir(world.kept("")).unwrap();
    fs::write(world.kept("fullchain.pem"), chain).unwrap();
    fs::write(world.kept("privkey.pem"), key).unwrap();
    let mut core = world.site.serve();
    core.wait_for("Another certificate is shown from now on");
    world.shown();
}

#[test]
fn an_order_that_fails_says_why_and_is_tried_again() {
    let world = Ordering::new();
    // Nobody shows a proof there.
    world.site.point_to(Ipv4Addr::new(127, 0, 0, 9));
    let mut core = world.site.serve();
    let line = core.wait_for("No certificate was ordered");
    assert!(line.contains(DOMAIN) && line.contains("refused"), "{line}");
    let check = world.check();
    assert_eq!(check["state"], "crit");
    let told = check["reason"].as_str().unwrap();
    let why = "no certificate is served, nobody comes in: none was ordered, next try within ";
    assert!(told.starts_with(why) && told.contains("refused"), "{told}");
    assert_eq!(check["fix"], "sudo alamor check --from firewall");

    world.site.point_to(Ipv4Addr::LOCALHOST);
    core.signal(Signal::HUP);
    core.wait_for("Another certificate is shown from now on");
    world.shown();
}

#[test]
fn an_authority_that_is_not_there_stops_no_core() {
    let world = Ordering::new();
    world.site.world.set("TLS_ACME_DIRECTORY", &format!("https://127.0.0.1:{}/dir", free_port()));
    let mut core = world.site.serve();
    let line = core.wait_for("No certificate was ordered: the authority is not reached");
    assert!(line.contains("refused"), "{line}");
    // What is on this machine goes on.
    assert_eq!(world.check()["state"], "crit");
}

#[test]
fn a_key_of_another_certificate_starts_no_core() {
    let site = Site::new();
    let (chain, key) = site.certify(DOMAIN, Made::WithAnotherKey);
    let folder = site.world.folder();
    fs::write(folder.join("c.pem"), chain).unwrap();
    fs::write(folder.join("k.pem"), key).unwrap();
    site.world.set("TLS_CERT_FILE", "c.pem");
    site.world.set("TLS_KEY_FILE", "k.pem");
    let done = Process::start(site.command(&["serve"]), "").done().expect(2);
    done.says(&["TLS_KEY_FILE: ", "k.pem is not the key of the certificate", "c.pem"]);
    assert!(!done.err.contains("PRIVATE"), "{}", done.err);
}

#[test]
fn the_ladder_climbs_to_a_core_without_nginx() {
    let site = Site::new();
    let live = format!("letsencrypt/live/{DOMAIN}");
    site.world.set("WEBHOOK_BIND", &format!("127.0.0.1:{}", site.public_port()));
    site.world.set("TLS_CERT_FILE", &format!("{live}/fullchain.pem"));
    site.world.set("TLS_KEY_FILE", &format!("{live}/privkey.pem"));
    let core = site.serve();
    let climbed = site.check(&[]);
    for rung in ["tls", "tcp", "endpoint", "port", "process", "key"] {
        assert_eq!(climbed.state(rung), "ok", "{rung}\n{}", climbed.all());
    }
    assert!(climbed.said("endpoint").contains("via alamor"), "{}", climbed.all());
    assert!(!climbed.all().contains("nginx"), "{}", climbed.all());

    core.stop(Signal::TERM).expect(0);
    let climbed = site.check(&["--from", "tcp"]);
    assert_eq!(climbed.state("tcp"), "crit", "{}", climbed.all());
    assert_eq!(climbed.fix("tcp"), "alamor serve");
    assert!(!climbed.all().contains("nginx"), "{}", climbed.all());
}

#[test]
fn systemd_holds_both_ports() {
    let site = Site::new();
    let (front, redirect) = (site.public_port(), free_port());
    let live = format!("letsencrypt/live/{DOMAIN}");
    for (key, value) in [
        ("WEBHOOK_BIND", format!("127.0.0.1:{front}")),
        ("TLS_CERT_FILE", format!("{live}/fullchain.pem")),
        ("TLS_KEY_FILE", format!("{live}/privkey.pem")),
        ("TLS_REDIRECT_BIND", format!("127.0.0.1:{redirect}")),
    ] {
        site.world.set(key, &value);
    }
    let mut command = Command::new("systemd-socket-activate");
    // The one for plain HTTP first: it is known by its port.
    for port in [redirect, front] {
        command.arg("-l").arg(format!("127.0.0.1:{port}"));
    }
    command.args([env!("CARGO_BIN_EXE_alamor"), "serve"]).stdin(Stdio::null());
    let path = std::env::var_os("PATH").unwrap();
    command.current_dir(site.world.folder()).env_clear().env("PATH", path);
    let mut core = Process::spawn(command);
    for port in [redirect, front] {
        core.wait_for(&format!("Listening on 127.0.0.1:{port}"));
    }
    let root = fs::read_to_string(site.world.folder().join("root.pem")).unwrap();
    let mut stream = shake(front, DOMAIN, roots(&root)).unwrap();
    assert!(get(&mut stream, "/livez", "").starts_with("HTTP/1.1 200 OK"));
    let mut plain = TcpStream::connect((Ipv4Addr::LOCALHOST, redirect)).unwrap();
    assert!(get(&mut plain, "/", "").starts_with("HTTP/1.1 308 "));
    core.stop(Signal::TERM).expect(0);
}
