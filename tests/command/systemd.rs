//! `alamor serve` as a service of systemd's: what it tells, what it is passed, what `HUP` does.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use rustix::process::Signal;
use serde_json::Value;

use crate::pebble::{get, roots, shake};
use crate::run::{DEADLINE, Process, alamor};
use crate::site::{DOMAIN, Site};
use crate::world::World;

/// The end of the manager's: hears what a service tells.
pub struct Manager {
    socket: UnixDatagram,
    /// Lines that were read and that nobody waited for yet.
    heard: Vec<String>,
}

impl Manager {
    pub fn new(folder: &Path) -> Self {
        let socket = UnixDatagram::bind(folder.join("notify")).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        Self { socket, heard: Vec::new() }
    }

    /// Starts the core as a service of one; the watchdog waits for one second.
    fn serve(world: &World) -> Process {
        let mut command = alamor(world.folder(), &["serve"]);
        command.env("NOTIFY_SOCKET", world.folder().join("notify")).env("WATCHDOG_USEC", "1000000");
        Process::start(command, "")
    }

    /// Waits for a line that begins so; forgets those before it.
    #[track_caller]
    fn wait_for(&mut self, beginning: &str) -> String {
        self.find(beginning).unwrap_or_else(|why| panic!("{why}"))
    }

    /// The same; why it was not heard.
    pub fn find(&mut self, beginning: &str) -> Result<String, String> {
        loop {
            if let Some(at) = self.heard.iter().position(|line| line.starts_with(beginning)) {
                return Ok(self.heard.drain(..=at).next_back().unwrap());
            }
            let mut message = [0; 4096];
            let length = self.socket.recv(&mut message).map_err(|error| {
                format!("no {beginning:?} was heard ({error}), but {:?}", self.heard)
            })?;
            let text = String::from_utf8(message[..length].to_vec()).unwrap();
            self.heard.extend(text.lines().map(str::to_owned));
        }
    }
}

/// Asks once, on a connection of its own, as nginx does; the status and the whole answer.
fn ask(address: SocketAddr, path: &str, key: &str) -> (u16, String) {
    request(address, "GET", path, key)
}

/// The same, with any method.
pub fn request(address: SocketAddr, method: &str, path: &str, key: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: sub.example.net\r\nAuthorization: Bearer {key}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (status(&answer), answer)
}

fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer but {answer:?}"));
    status.parse().unwrap()
}

/// Asks once; the status.
type Question = Box<dyn Fn() -> u16 + Send>;

/// Customers who ask without a pause.
pub struct Load {
    is_over: Arc<AtomicBool>,
    answered: Receiver<()>,
    askers: Vec<JoinHandle<Vec<u16>>>,
}

impl Load {
    /// One asker for each path and key.
    pub fn start(address: SocketAddr, questions: &[(&str, &str)]) -> Self {
        let question = |(path, key): &(&str, &str)| -> Question {
            let (path, key) = ((*path).to_owned(), (*key).to_owned());
            Box::new(move || ask(address, &path, &key).0)
        };
        Self::of(questions.iter().map(question).collect())
    }

    /// One asker for each of these.
    fn of(questions: Vec<Question>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (sender, answered) = mpsc::channel();
        let start = |question: Question| {
            let (is_over, sender) = (Arc::clone(&is_over), sender.clone());
            thread::spawn(move || {
                let mut statuses = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    statuses.push(question());
                    // Nobody listens any more once the load is over.
                    let _ = sender.send(());
                }
                statuses
            })
        };
        let askers = questions.into_iter().map(start).collect();
        Self { is_over, answered, askers }
    }

    /// Waits for so many more answers.
    pub fn wait_for_answers(&self, count: usize) {
        while self.answered.try_recv().is_ok() {}
        for _ in 0..count {
            self.answered.recv_timeout(DEADLINE).unwrap();
        }
    }

    /// The statuses that each asker got, in order. A question without an answer fails here.
    pub fn stop(self) -> Vec<Vec<u16>> {
        self.is_over.store(true, Ordering::Relaxed);
        self.askers.into_iter().map(|asker| asker.join().unwrap()).collect()
    }
}

/// How often the core is restarted under load.
const RESTARTS: usize = 4;

/// Starts the core with `listener` as descriptor 3, as systemd does.
fn serve_on(world: &World, listener: &TcpListener) -> Process {
    let mut core = Process::spawn(passed(world, listener.try_clone().unwrap().into()));
    core.wait_for("The core listens");
    core
}

/// The core with `socket` as descriptor 3.
fn passed(world: &World, socket: OwnedFd) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" serve"#])
        .arg(env!("CARGO_BIN_EXE_alamor"))
        .current_dir(world.folder())
        .env_clear()
        .stdin(Stdio::from(socket));
    command
}

/// The check `name` of the core at `address`, if it shows one.
fn check(world: &World, address: SocketAddr, name: &str) -> Option<Value> {
    let (status, answer) = ask(address, "/api/v1/health", &world.setting("ADMIN_API_KEY"));
    assert_eq!(status, 200, "{answer}");
    let health: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let checks = health["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).cloned()
}

fn address(world: &World) -> SocketAddr {
    world.address().parse().unwrap()
}

#[test]
fn the_manager_hears_ready_then_signs_of_life_then_the_end() {
    let world = World::new();
    let panel = world.panel("de-1");
    world.sell(&panel, 7);
    let mut manager = Manager::new(world.folder());
    let core = Manager::serve(&world);
    manager.wait_for("READY=1");
    assert_eq!(world.get("/readyz", &[]).0, 200);
    assert!(manager.wait_for("STATUS=").starts_with("STATUS=serves 1 purchases"));
    for _ in 0..3 {
        manager.wait_for("WATCHDOG=1");
    }
    core.signal(Signal::TERM);
    manager.wait_for("STOPPING=1");
    core.done().expect(0);
}

#[test]
fn a_core_whose_database_is_away_is_ready_and_says_so() {
    let world = World::new();
    for (key, value) in [("DB_TYPE", "postgres"), ("DB_NAME", "a"), ("DB_USER", "a")] {
        world.set(key, value);
    }
    // The core's own host: nobody listens there at another port.
    world.set("DB_HOST", world.address().split(':').next().unwrap());
    world.set("DB_PORT", "8079");
    let mut manager = Manager::new(world.folder());
    let core = Manager::serve(&world);
    manager.wait_for("READY=1");
    let status = manager.wait_for("STATUS=");
    assert!(status.contains("crit:") && status.contains("database"), "{status}");
    assert_eq!(world.get("/livez", &[]).0, 200);
    assert_eq!(world.get("/sub/anybody", &[]).0, 500);
    manager.wait_for("WATCHDOG=1");
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_manager_that_does_not_hear_ends_nothing() {
    let world = World::new();
    let mut command = alamor(world.folder(), &["serve"]);
    command.env("NOTIFY_SOCKET", world.folder().join("nobody"));
    let mut core = Process::start(command, "");
    core.wait_for("systemd does not hear us");
    assert_eq!(world.get("/livez", &[]).0, 200);
    core.stop(Signal::TERM).expect(0);
}

/// Starts and restarts the core on its socket while these ask.
fn restart_under(load: Load, world: &World, listener: &TcpListener) {
    let mut core = serve_on(world, listener);
    for _ in 0..RESTARTS {
        load.wait_for_answers(100);
        core.stop(Signal::TERM).expect(0);
        core = serve_on(world, listener);
    }
    load.wait_for_answers(100);
    let statuses = load.stop().concat();
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_restart_refuses_nobody() {
    let world = World::new();
    let panel = world.panel("de-1");
    let sold = world.sell(&panel, 7);
    let listener = TcpListener::bind(world.address()).unwrap();
    let path = format!("/sub/{}", sold.sub_id);
    // The socket is there before the core is: who comes early waits.
    let load = Load::start(address(&world), &[(&path, ""), (&path, ""), ("/livez", "")]);
    restart_under(load, &world, &listener);
}

#[test]
fn a_restart_refuses_nobody_who_speaks_tls_with_the_core() {
    let site = Site::new();
    let (world, port) = (&site.world, site.public_port());
    let live = format!("letsencrypt/live/{DOMAIN}");
    for (key, value) in [
        ("WEBHOOK_BIND", format!("127.0.0.1:{port}")),
        ("TLS_CERT_FILE", format!("{live}/fullchain.pem")),
        ("TLS_KEY_FILE", format!("{live}/privkey.pem")),
    ] {
        world.set(key, &value);
    }
    let panel = world.panel("de-1");
    let sold = world.sell(&panel, 7);
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let root = roots(&fs::read_to_string(world.folder().join("root.pem")).unwrap());
    let path = format!("/sub/{}", sold.sub_id);
    let question = |path: &str| -> Question {
        let (path, root) = (path.to_owned(), root.clone());
        Box::new(move || {
            let mut stream = shake(port, DOMAIN, root.clone()).unwrap();
            status(&get(&mut stream, &path, ""))
        })
    };
    let load = Load::of([path.as_str(), &path, "/livez"].map(question).into());
    restart_under(load, world, &listener);
}

#[test]
fn systemds_own_tool_passes_a_socket_that_beats_the_settings() {
    let world = World::new();
    let passed = world.address().replace(":8080", ":8090");
    let mut command = Command::new("systemd-socket-activate");
    command.args(["-l", &passed, env!("CARGO_BIN_EXE_alamor"), "serve"]);
    let path = std::env::var_os("PATH").unwrap();
    command.current_dir(world.folder()).env_clear().env("PATH", path).stdin(Stdio::null());
    let mut core = Process::spawn(command);
    core.wait_for(&format!("Listening on {passed}"));
    // It starts the program at the first connection, which waits until the core takes it.
    let passed: SocketAddr = passed.parse().unwrap();
    assert_eq!(ask(passed, "/livez", "").0, 200);
    let crit = check(&world, passed, "socket").unwrap();
    assert_eq!(crit["state"], "crit");
    let reason = crit["reason"].as_str().unwrap();
    assert_eq!(
        reason,
        format!("systemd passed {passed}, the settings say WEBHOOK_BIND={}", world.address())
    );
    core.stop(Signal::TERM).expect(0);
}

#[test]
fn a_socket_that_is_none_ends_with_what_to_do() {
    let world = World::new();
    let file = File::open(world.folder().join(".env")).unwrap();
    let done = Process::spawn(passed(&world, file.into())).done().expect(2);
    done.says(&["no TCP listener", "ListenStream="]);
}

#[test]
fn hup_changes_the_key_under_load_and_no_question_is_lost() {
    let world = World::new();
    let (old, new) = (world.setting("ADMIN_API_KEY"), "another-key-of-2027.x");
    let mut manager = Manager::new(world.folder());
    let core = Manager::serve(&world);
    manager.wait_for("READY=1");
    let path = "/api/v1/panels";
    let load = Load::start(address(&world), &[(path, &old), (path, new)]);
    load.wait_for_answers(50);
    world.set("ADMIN_API_KEY", new);
    core.signal(Signal::HUP);
    manager.wait_for("RELOADING=1");
    manager.wait_for("MONOTONIC_USEC=");
    manager.wait_for("READY=1");
    load.wait_for_answers(50);
    let statuses = load.stop();
    let ends: Vec<_> = statuses.iter().map(|one| (one[0], one[one.len() - 1])).collect();
    assert_eq!(ends, [(200, 401), (401, 200)]);
    for mut one in statuses {
        one.dedup();
        assert_eq!(one.len(), 2, "it turned once: {one:?}");
    }
    let done = core.stop(Signal::TERM).expect(0);
    done.says(&["The settings were read again changed=\"ADMIN_API_KEY\""]);
    assert!(!done.err.contains(new) && !done.err.contains(&old), "{}", done.err);
}

#[test]
fn hup_takes_over_what_it_can_and_names_what_waits_for_a_restart() {
    let world = World::new();
    let mut core = world.serve();
    world.set("LOG_LEVEL", "warn,alamor=debug");
    world.set("PANEL_TIMEOUT", "9s");
    world.set("SUB_MAX_AGE", "1h");
    core.signal(Signal::HUP);
    core.wait_for("changed=\"SUB_MAX_AGE, LOG_LEVEL\"");
    core.wait_for("The rest is valid after a restart only changed=\"PANEL_TIMEOUT\"");
    let waiting = check(&world, address(&world), "reload").unwrap();
    assert_eq!(waiting["state"], "warn");
    assert_eq!(waiting["reason"], "PANEL_TIMEOUT: changed, and valid after a restart only");

    world.set("SUB_MAX_AGE", "soon-s3cret");
    core.signal(Signal::HUP);
    let told = core.wait_for("The old settings stay: SUB_MAX_AGE");
    assert!(told.contains(".env line") && !told.contains("s3cret"), "{told}");
    let refused = check(&world, address(&world), "reload").unwrap();
    assert!(refused["reason"].as_str().unwrap().contains("1 are wrong"), "{refused}");

    world.set("SUB_MAX_AGE", "1h");
    world.set("PANEL_TIMEOUT", "10s");
    core.signal(Signal::HUP);
    core.wait_for("The settings were read again changed=\"nothing\"");
    assert_eq!(check(&world, address(&world), "reload"), None);
    core.stop(Signal::TERM).expect(0);
}
