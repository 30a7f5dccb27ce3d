//! A PostgreSQL server for tests: in a temporary folder, on a Unix socket, without a port.
//!
//! Its parent is a shell that reads a pipe from here: when the pipe ends, for whatever reason, the
//! shell stops the server at once. So even a test that is killed leaves no server behind.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

/// The password of every role; only databases whose name begins with `locked` ask for it.
pub const PASSWORD: &str = "s3cret-of-the-database";

/// A server, running or not.
pub struct Cluster {
    /// Stops before its folder goes: fields are dropped in this order.
    server: Mutex<Option<Server>>,
    folder: TempDir,
    names: Mutex<u32>,
}

struct Server {
    shell: Child,
    pipe: Option<ChildStdin>,
    /// Reads what it says, until the last of its processes is gone.
    says: Option<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.pipe.take());
        self.shell.wait().unwrap();
        if let Some(says) = self.says.take() {
            says.join().unwrap();
        }
    }
}

/// The server that the tests of this program share, as long as one of them uses it.
static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

impl Cluster {
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap();
        shared.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(Self::start());
            *shared = Arc::downgrade(&cluster);
            cluster
        })
    }

    /// A server of one's own, to be stopped and started.
    pub fn start() -> Self {
        // The path of a socket has at most 107 bytes.
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        chown_to_server(folder.path());
        let data = folder.path().join("data");
        let made = as_server(&program("initdb"))
            .args(["-A", "trust", "-U", "postgres", "--no-sync", "--locale=C.UTF-8", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let rules = "local /^locked.* all scram-sha-256\nlocal all all trust\n";
        let old = "local locked all scram-sha-256\nlocal all all trust\n";
        let rules = if major() >= 16 { rules } else { old };
        fs::write(data.join("pg_hba.conf"), rules).unwrap();
        let cluster = Self { server: Mutex::new(None), folder, names: Mutex::new(0) };
        cluster.begin();
        cluster
    }

    /// Starts the server; returns once it answers.
    pub fn begin(&self) {
        let mut server = self.server.lock().unwrap();
        let postgres = program("postgres");
        // `wait` for the server alone: the shell ends when the server has ended.
        let script = "\"$@\" & p=$!; cat >/dev/null; kill -QUIT $p; wait $p";
        let mut shell = as_server(Path::new("sh"))
            .args(["-c", script, "sh"])
            .arg(postgres)
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .arg("-k")
            .arg(self.folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A server that follows another one says "read-only connections".
        let says = Some(wait_for(&mut shell, "database system is ready to accept"));
        let pipe = shell.stdin.take();
        *server = Some(Server { shell, pipe, says });
    }

    /// Starts it as one that follows another server, which is not there.
    pub fn follow(&self) {
        fs::write(self.folder.path().join("data/standby.signal"), "").unwrap();
        self.begin();
    }

    /// Stops the server at once, as a crash does, and `pg_ctl stop -m immediate`.
    pub fn crash(&self) {
        drop(self.server.lock().unwrap().take());
    }

    /// Kills each of the server's processes with -9.
    pub fn kill(&self) {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let first = file.lines().next().unwrap().parse().unwrap();
        let first = Pid::from_raw(first).unwrap();
        // So that it starts no other one between the look and the end.
        kill_process(first, Signal::STOP).unwrap();
        for child in children(first) {
            // One may have ended by itself.
            let _ = kill_process(child, Signal::KILL);
        }
        kill_process(first, Signal::KILL).unwrap();
        self.crash();
    }

    pub fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// A name that no other database and role of this server has.
    pub fn name(&self, prefix: &str) -> String {
        let mut names = self.names.lock().unwrap();
        *names += 1;
        format!("{prefix}{names}")
    }

    pub async fn connect(&self, user: &str, database: &str) -> PgConnection {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(self.socket())
            .username(user)
            .password(PASSWORD)
            .database(database);
        PgConnection::connect_with(&options).await.unwrap()
    }

    /// Runs statements as the administrator.
    pub async fn administer(&self, database: &str, statements: &[&str]) {
        let mut connection = self.connect("postgres", database).await;
        for sql in statements {
            let sql = AssertSqlSafe((*sql).to_owned());
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    /// What `pg_dump` says of the tables of a schema, their rows left out.
    pub fn dump(&self, database: &str, schema: &str) -> String {
        let dump = Command::new(program("pg_dump"))
            .arg("-h")
            .arg(self.socket())
            .args(["-U", "postgres", "--schema-only", "-n", schema, database])
            .output()
            .unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        let text = String::from_utf8(dump.stdout).unwrap();
        // Newer versions put a random word around it.
        let is_same =
            |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
        text.lines().filter(is_same).collect::<Vec<_>>().join("\n")
    }
}

/// The processes that this one started.
fn children(parent: Pid) -> Vec<Pid> {
    let all = procfs::process::all_processes().unwrap();
    // Whoever ended meanwhile is nobody's child.
    let stats = all.filter_map(|process| process.ok()?.stat().ok());
    let ours = stats.filter(|stat| stat.ppid == parent.as_raw_nonzero().get());
    ours.filter_map(|stat| Pid::from_raw(stat.pid)).collect()
}

/// Reads what the server says until it says that, and on in a thread, so that it never waits for us.
fn wait_for(shell: &mut Child, words: &str) -> JoinHandle<()> {
    let mut errors = shell.stderr.take().unwrap();
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !String::from_utf8_lossy(&said).contains(words) {
        let more = errors.read(&mut byte).unwrap();
        assert!(more > 0, "PostgreSQL did not start: {}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    thread::spawn(move || {
        std::io::copy(&mut errors, &mut std::io::sink()).unwrap();
    })
}

/// The newest version that is installed.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").map(|entries| {
        entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok()).max()
    });
    let newest = versions.ok().flatten().expect("tests/run.sh installs the package postgresql");
    PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"))
}

fn major() -> u32 {
    let programs = programs();
    programs.parent().unwrap().file_name().unwrap().to_str().unwrap().parse().unwrap()
}

fn program(name: &str) -> PathBuf {
    programs().join(name)
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Whom the server runs as: it refuses to be root. The package makes this user.
fn server_ids() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find(|line| line.starts_with("postgres:"));
    let ids = user.map(|line| line.split(':').skip(2).take(2).map(|id| id.parse().unwrap()));
    ids.map_or((65_534, 65_534), |mut ids| (ids.next().unwrap(), ids.next().unwrap()))
}

pub fn chown_to_server(folder: &Path) {
    if is_root() {
        let (user, group) = server_ids();
        chown(folder, Some(user), Some(group)).unwrap();
    }
}

pub fn as_server(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if is_root() {
        let (user, group) = server_ids();
        command.uid(user).gid(group);
    }
    command
}
