//! What stands around a core on a real machine: a name server, an nginx, certificates of a small
//! authority of our own. All of it on loopback, on ports of its own.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use serde_json::Value;

use crate::run::{Done, Process, alamor};
use crate::world::World;

/// Under which name customers reach the core.
pub const DOMAIN: &str = "pay.alamor.test";

/// A machine with a core's surroundings.
pub struct Site {
    pub world: World,
    port: u16,
    address: Arc<Mutex<Ipv4Addr>>,
    authority: Authority,
    nginx: Option<Child>,
}

/// A root and an intermediate that signs.
struct Authority {
    root: String,
    intermediate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// Which certificate is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    Well,
    Later,
    Expired,
    ForAnotherName,
    WithoutChain,
    WithAnotherKey,
}

impl Site {
    /// Settings, a name server and certificates; nothing runs yet.
    pub fn new() -> Self {
        let world = World::new();
        let address = Arc::new(Mutex::new(Ipv4Addr::LOCALHOST));
        let name_server = serve_names(Arc::clone(&address));
        let port = free_port();
        let folder = world.folder().to_owned();
        let certbot = folder.join("letsencrypt");
        fs::create_dir_all(certbot.join("live").join(DOMAIN)).unwrap();
        for (key, value) in [
            ("WEBHOOK_DOMAIN", DOMAIN.to_owned()),
            ("PUBLIC_PORT", port.to_string()),
            ("DNS_SERVER", name_server.to_string()),
            ("CERTBOT_DIR", certbot.display().to_string()),
            ("NGINX_CONF", folder.join("nginx/nginx.conf").display().to_string()),
        ] {
            world.set(key, &value);
        }
        let authority = Authority::new();
        fs::write(folder.join("root.pem"), &authority.root).unwrap();
        let site = Self { world, port, address, authority, nginx: None };
        site.write_certificate(Made::Well);
        site.write_nginx(DOMAIN, site.world.address());
        site
    }

    /// What the name server says from now on.
    pub fn point_to(&self, address: Ipv4Addr) {
        *self.address.lock().unwrap() = address;
    }

    fn live(&self) -> PathBuf {
        self.world.folder().join("letsencrypt/live").join(DOMAIN)
    }

    /// Writes chain and key where certbot does.
    pub fn write_certificate(&self, made: Made) {
        let (chain, key) = self.authority.sign(made);
        fs::write(self.live().join("fullchain.pem"), chain).unwrap();
        fs::write(self.live().join("privkey.pem"), key).unwrap();
    }

    /// A chain and a key for this host, which everybody here trusts.
    pub fn certify(&self, host: &str, made: Made) -> (String, String) {
        self.authority.sign_for(host, made)
    }

    /// The port at which customers reach the domain.
    pub fn public_port(&self) -> u16 {
        self.port
    }

    /// Writes nginx's only site: `name`, passed on to `upstream`.
    pub fn write_nginx(&self, name: &str, upstream: &str) {
        let location = format!("proxy_pass http://{upstream}; proxy_set_header Host $host;");
        self.write_site(name, &location);
    }

    /// Writes an nginx that has a page of its own, and knows nothing of the domain.
    pub fn write_nginx_without_the_site(&self) {
        self.write_site("other.alamor.test", "return 404;");
    }

    fn write_site(&self, name: &str, location: &str) {
        let folder = self.world.folder().join("nginx");
        fs::create_dir_all(&folder).unwrap();
        let (here, live, port) = (folder.display(), self.live(), self.port);
        // As the bot's installer writes it, in the foreground, with every path in our folder.
        let text = format!(
            "daemon off; master_process off; pid {here}/pid; error_log {here}/error.log;\n\
             events {{}}\n\
             http {{\n\
               access_log off; client_body_temp_path {here}/b; proxy_temp_path {here}/p;\n\
               fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;\n\
               server {{\n\
                 listen 127.0.0.1:{port} ssl; server_name {name};\n\
                 ssl_certificate {live}/fullchain.pem; ssl_certificate_key {live}/privkey.pem;\n\
                 location / {{ {location} }}\n\
               }}\n\
             }}\n",
            live = live.display(),
        );
        fs::write(folder.join("nginx.conf"), text).unwrap();
    }

    /// Starts nginx; returns once it listens.
    pub fn start_nginx(&mut self) {
        let folder = self.world.folder().join("nginx");
        let mut command = Command::new("nginx");
        command.arg("-c").arg(folder.join("nginx.conf")).arg("-e").arg(folder.join("error.log"));
        // Whoever holds its standard output knows when it is gone.
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.nginx = Some(child.spawn().unwrap());
        let deadline = std::time::Instant::now() + crate::run::DEADLINE;
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(std::time::Instant::now() < deadline, "{}", self.nginx_log());
            let ended = self.nginx.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "nginx ended\n{}", self.nginx_log());
            thread::yield_now();
        }
    }

    /// Ends nginx.
    pub fn stop_nginx(&mut self) {
        if let Some(mut nginx) = self.nginx.take() {
            let _ = nginx.kill();
            let _ = nginx.wait();
        }
    }

    /// Where nginx listens, by a name that its certificate has.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn nginx_log(&self) -> String {
        fs::read_to_string(self.world.folder().join("nginx/error.log")).unwrap_or_default()
    }

    /// `alamor` as on this machine: our authority is the system's, and `programs` come first.
    pub fn command(&self, args: &[&str]) -> Command {
        let folder = self.world.folder();
        let mut command = alamor(folder, args);
        command.env("SSL_CERT_FILE", folder.join("root.pem"));
        command
            .env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", folder.join("bin").display()));
        command
    }

    /// Puts a program of this name before the system's.
    pub fn program(&self, name: &str, script: &str) {
        let folder = self.world.folder().join("bin");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Starts the core; returns once it listens.
    #[track_caller]
    pub fn serve(&self) -> Process {
        let mut core = Process::start(self.command(&["serve"]), "");
        core.wait_for("The core listens");
        core
    }

    /// Climbs the ladder.
    #[track_caller]
    pub fn check(&self, args: &[&str]) -> Climbed {
        let all: Vec<&str> = ["check", "--json"].iter().chain(args).copied().collect();
        let done = Process::start(self.command(&all), "").done();
        Climbed::read(&done)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop_nginx();
    }
}

/// What `alamor check --json` printed.
#[derive(Debug)]
pub struct Climbed {
    pub code: Option<i32>,
    rungs: Vec<Value>,
}

impl Climbed {
    #[track_caller]
    fn read(done: &Done) -> Self {
        let rungs = done.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let climbed = Self { code: done.code, rungs };
        assert!(!climbed.rungs.is_empty(), "{}", done.err);
        climbed
    }

    fn rung(&self, name: &str) -> &Value {
        self.rungs.iter().find(|rung| rung["name"] == name).unwrap()
    }

    pub fn state(&self, name: &str) -> &str {
        self.rung(name)["state"].as_str().unwrap()
    }

    /// A rung's reason, else what it saw.
    pub fn said(&self, name: &str) -> &str {
        let rung = self.rung(name);
        rung["reason"].as_str().or(rung["evidence"].as_str()).unwrap_or_default()
    }

    pub fn fix(&self, name: &str) -> &str {
        self.rung(name)["fix"].as_str().unwrap_or_default()
    }

    /// Fails unless `name` is the first fault, for this reason and with this cure, and nothing below
    /// it is blamed.
    #[track_caller]
    pub fn blames(&self, name: &str, reason: &str, fix: &str) {
        let bad = self.rungs.iter().position(|rung| rung["state"] == "crit");
        let bad = bad.unwrap_or_else(|| panic!("nothing is crit\n{}", self.all()));
        assert_eq!(self.rungs[bad]["name"], name, "\n{}", self.all());
        assert!(self.said(name).contains(reason), "{reason:?} is not in\n{}", self.all());
        assert!(self.fix(name).contains(fix), "{fix:?} is not in\n{}", self.all());
        let below = &self.rungs[bad + 1..];
        assert!(below.iter().all(|rung| rung["state"] == "not_tried"), "\n{}", self.all());
        assert_eq!(self.code, Some(2));
    }

    pub fn all(&self) -> String {
        let line = |rung: &Value| {
            format!("{} {} {} | {}", rung["name"], rung["state"], rung["reason"], rung["fix"])
        };
        self.rungs.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Authority {
    fn new() -> Self {
        let root_key = KeyPair::generate().unwrap();
        let root = authority("Root of the tests");
        let root_pem = root.self_signed(&root_key).unwrap().pem();
        let root = Issuer::new(root, root_key);
        let key = KeyPair::generate().unwrap();
        let params = authority("Intermediate of the tests");
        let intermediate = params.signed_by(&key, &root).unwrap().pem();
        Self { root: root_pem, intermediate, issuer: Issuer::new(params, key) }
    }

    /// A chain and its key, both as PEM.
    fn sign(&self, made: Made) -> (String, String) {
        let name = if made == Made::ForAnotherName { "shop.alamor.test" } else { DOMAIN };
        self.sign_for(name, made)
    }

    fn sign_for(&self, name: &str, made: Made) -> (String, String) {
        // Programs that ask no name server of ours come by the second name.
        let names = vec![name.to_owned(), "localhost".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name = DistinguishedName::new();
        let (from, until) = match made {
            Made::Expired => ((2020, 1), 2021),
            Made::Later => ((2026, 6), 2096),
            _ => ((2026, 1), 2096),
        };
        params.not_before = date_time_ymd(from.0, from.1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap().pem();
        let chain = match made {
            Made::WithoutChain => leaf,
            _ => format!("{leaf}{}", self.intermediate),
        };
        let key = if made == Made::WithAnotherKey { KeyPair::generate().unwrap() } else { key };
        (chain, key.serialize_pem())
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// A port on which nobody listens, given out once. It is below those (32 768 and more) of which Linux
/// takes any for who asks for none: another test's listener, or the very connection that looks
/// whether somebody listens there, which would then be connected to itself.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    loop {
        let port = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(port < 32_768, "no port is free");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// A name server that gives every name one address of IPv4; lives as long as the tests.
fn serve_names(address: Arc<Mutex<Ipv4Addr>>) -> std::net::SocketAddr {
    let socket = UdpSocket::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).unwrap();
    let here = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let answer = answer(&question[..length], *address.lock().unwrap());
            let _ = socket.send_to(&answer, from);
        }
    });
    here
}

/// # Source
///
/// RFC 1035, section 4.1: a header of 12 bytes, the question as it came, one record that points back
/// to its name.
fn answer(question: &[u8], address: Ipv4Addr) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|&byte| byte == 0).unwrap() + 5;
    let is_a = question[end - 4..end - 2] == [0, 1];
    let mut answer = question[..end].to_vec();
    // An answer, recursion available, no error; one question, so many records.
    answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
    if is_a {
        answer.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(address.octets());
    }
    answer
}
