//! `alamor install` and `uninstall` on a folder that looks like a machine, where no systemd runs.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::getgid;
use tempfile::TempDir;

use crate::rows;
use crate::run::{Done, Process, alamor};

const UNITS: &str = "etc/systemd/system";

const OLD: &str = "[Service]\nUser=root\nExecStart=/var/www/alamorvpn_bot/.venv/bin/python \
                   webhook_server.py\n[Install]\nWantedBy=multi-user.target\n";

/// A machine with the bot, its old server under both names, and a certificate.
pub struct Machine(TempDir);

impl Machine {
    pub fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n", 0o644);
        machine.write("etc/group", "root:x:0:\n", 0o644);
        machine.write("etc/shadow", "root:*:20000:0:99999:7:::\n", 0o640);
        machine.write("etc/gshadow", "root:*::\n", 0o640);
        machine.write(
            "var/www/alamorvpn_bot/.env",
            "WEBHOOK_DOMAIN=sub.example.net\nADMIN_API_KEY=my-secure-api-key-2024\n\
             DB_TYPE=postgres\nDB_NAME=alamor\nDB_USER=alamor\nDB_PASSWORD=s3cret-of-the-db\n",
            0o600,
        );
        machine.write("etc/letsencrypt/live/sub.example.net/fullchain.pem", "chain", 0o600);
        machine
    }

    /// With the user that `install` would make.
    pub fn with_user(self) -> Self {
        self.append("etc/passwd", "alamor:x:990:990::/var/lib/alamor:/usr/sbin/nologin\n");
        // The group of whoever runs the tests: to this one anybody may give a file.
        self.append("etc/group", &format!("alamor:x:{}:\n", getgid().as_raw()));
        self
    }

    fn with_old_server(self) -> Self {
        for name in ["alamorwebhook.service", "alamor_webhook.service"] {
            self.write(&format!("{UNITS}/{name}"), OLD, 0o644);
            let wants = self.at(UNITS).join("multi-user.target.wants");
            fs::create_dir_all(&wants).unwrap();
            symlink(Path::new("/").join(UNITS).join(name), wants.join(name)).unwrap();
        }
        self
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str, mode: u32) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn append(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::write(&path, fs::read_to_string(&path).unwrap() + text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.at(path)).unwrap().permissions().mode() & 0o7777
    }

    /// Runs the binary on it.
    #[track_caller]
    pub fn alamor(&self, args: &[&str]) -> Done {
        let root = self.0.path().to_str().unwrap();
        let mut command = alamor(self.0.path(), &[args, &["--root", root]].concat());
        // What useradd and its like are found by.
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        Process::start(command, "").done()
    }

    /// Everything in it: kind, rights, content.
    pub fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut tree = BTreeMap::new();
        collect(self.0.path(), &mut tree);
        tree
    }

    /// As [`tree`](Self::tree), without folders that a machine has, and this one had not.
    pub fn tree_as_before(&self) -> BTreeMap<PathBuf, String> {
        let mut tree = self.tree();
        for folder in ["usr", "usr/local", "usr/local/bin"] {
            tree.remove(&self.at(folder));
        }
        tree
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Runs SQL on a SQLite file of it.
    pub fn sql(&self, file: &str, sql: &str) {
        rows::sql(&self.at(file), sql);
    }
}

fn collect(folder: &Path, tree: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = path.symlink_metadata().unwrap();
        let what = if found.is_symlink() {
            format!("to {}", fs::read_link(&path).unwrap().display())
        } else if found.is_dir() {
            collect(&path, tree);
            "folder".to_owned()
        } else {
            format!("{:?}", fs::read(&path).unwrap())
        };
        tree.insert(path, format!("{:o} {what}", found.permissions().mode()));
    }
}

#[test]
fn the_core_moves_in_and_out_and_leaves_every_byte_as_it_was() {
    let machine = Machine::new().with_user().with_old_server();
    let before = machine.tree();

    let refused = machine.alamor(&["install"]).expect(2);
    refused.says(&["alamorwebhook.service, alamor_webhook.service serves there", "--take-port"]);
    assert_eq!(machine.tree(), before, "a refusal changes nothing");
    let shown = machine.alamor(&["install", "--take-port", "--dry-run"]).expect(0);
    assert!(shown.out.contains("    ExecStart=/usr/local/bin/alamor serve\n"), "{}", shown.out);
    assert!(!shown.out.contains("s3cret") && !shown.out.contains("my-secure"), "{}", shown.out);
    assert_eq!(machine.tree(), before, "looking changes nothing");

    let done = machine.alamor(&["install", "--take-port"]).expect(0);
    done.says(&["systemd does not run here"]);
    // What was shown is what was done.
    let steps = |out: &str| {
        out.lines().filter(|line| !line.starts_with("    ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(steps(&shown.out), steps(&done.out));
    let service = machine.read("etc/systemd/system/alamorwebhook.service");
    assert!(service.contains("ALAMOR_ENV_ORIGINAL=/var/www/alamorvpn_bot/.env\n"), "{service}");
    assert_eq!(machine.read("etc/systemd/system/alamorwebhook.service.before-alamor"), OLD);
    let mask = fs::read_link(machine.at(UNITS).join("alamor_webhook.service")).unwrap();
    assert_eq!(mask, Path::new("/dev/null"));
    assert_eq!(machine.mode("usr/local/bin/alamor"), 0o755);
    assert_eq!(machine.mode("var/www/alamorvpn_bot/.env"), 0o600, "no right changes");

    // Once more, as an upgrade does.
    let installed = machine.tree();
    machine.alamor(&["install"]).expect(0);
    assert_eq!(machine.tree(), installed);

    machine.alamor(&["uninstall", "--dry-run"]).expect(0);
    assert_eq!(machine.tree(), installed);
    machine.alamor(&["uninstall", "--purge"]).expect(0);
    assert_eq!(machine.tree_as_before(), before);
    machine.alamor(&["uninstall"]).expect(2).says(&["nothing is installed here"]);
}

#[test]
fn a_user_is_made_and_stays_until_it_is_purged() {
    let machine = Machine::new();
    let [users, groups] = ["etc/passwd", "etc/group"].map(|file| machine.read(file));
    let root = machine.0.path().to_str().unwrap();
    // Only root changes users, also those of a folder: here of a namespace of its own.
    let as_root = |args: &[&str]| {
        let mut command = Command::new("unshare");
        command.arg("--map-root-user").arg(env!("CARGO_BIN_EXE_alamor")).args(args);
        command.args(["--root", root]).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        Process::start(command, "").done().expect(0)
    };
    as_root(&["install"]);
    assert!(machine.read("etc/passwd").contains("\nalamor:x:"));
    assert!(machine.read("etc/passwd").contains(":/var/lib/alamor:/usr/sbin/nologin\n"));
    assert!(machine.read("etc/group").contains("\nalamor:x:"));
    as_root(&["uninstall"]);
    assert!(machine.read("etc/passwd").contains("\nalamor:x:"), "its data may be there");
    assert!(!machine.at("etc/systemd/system/alamorwebhook.service").exists());
    machine.write("var/lib/alamor/state.db", "own data", 0o600);
    as_root(&["uninstall", "--purge"]);
    assert_eq!(machine.read("etc/passwd"), users);
    assert_eq!(machine.read("etc/group"), groups);
    assert!(!machine.at("var/lib/alamor").exists() && !machine.at("etc/alamor").exists());
}

#[test]
fn a_sqlite_file_is_shared_with_the_core_and_gets_its_rights_back() {
    let machine = Machine::new().with_user();
    let env = machine.read("var/www/alamorvpn_bot/.env").replace("DB_TYPE=postgres\n", "");
    machine.write("var/www/alamorvpn_bot/.env", &env, 0o600);
    let folder = "var/www/alamorvpn_bot/database";
    let file = format!("{folder}/alamor_vpn.db");
    machine.write(&file, "rows", 0o604);
    fs::set_permissions(machine.at(folder), fs::Permissions::from_mode(0o705)).unwrap();
    let refused = machine.alamor(&["install"]).expect(2);
    refused.says(&["has to write into /var/www/alamorvpn_bot/database", "--share-database"]);
    machine.alamor(&["install", "--share-database"]).expect(0);
    assert_eq!((machine.mode(folder), machine.mode(&file)), (0o2775, 0o664));
    machine.alamor(&["install"]).expect(0);
    let service = machine.read("etc/systemd/system/alamorwebhook.service");
    assert!(service.contains("ReadWritePaths=/var/www/alamorvpn_bot/database\n"), "{service}");
    machine.alamor(&["uninstall"]).expect(0);
    assert_eq!((machine.mode(folder), machine.mode(&file)), (0o705, 0o604));
}

#[test]
fn half_an_installation_can_be_undone() {
    let machine = Machine::new().with_user();
    let before = machine.tree();
    // A folder where a file of ours is to be: the step fails after others were done.
    let folder = "etc/systemd/system/timers.target.wants";
    machine.write(folder, "no folder", 0o644);
    let done = machine.alamor(&["install"]).expect(2);
    done.says(&["alamor uninstall", "timers.target.wants"]);
    assert!(machine.at("etc/systemd/system/alamorwebhook.socket").exists());
    machine.alamor(&["uninstall"]).expect(0);
    fs::remove_file(machine.at(folder)).unwrap();
    let mut after = machine.tree_as_before();
    for made in ["etc/systemd", UNITS] {
        after.remove(&machine.at(made));
    }
    assert_eq!(after, before);
}

#[test]
fn what_cannot_be_installed_is_told_with_what_to_do() {
    let machine = Machine::new();
    machine.write("var/www/alamorvpn_bot/.env", "DB_TYPE=postgres\nDB_NAME=a\nDB_USER=a\n", 0o600);
    let weak = machine.alamor(&["install"]).expect(2);
    weak.says(&["ADMIN_API_KEY is not set", "alamor key set"]);
    fs::remove_file(machine.at("var/www/alamorvpn_bot/.env")).unwrap();
    machine.alamor(&["install"]).expect(2).says(&["there is no such file"]);
    machine.write(
        "srv/my bot/.env",
        "ADMIN_API_KEY=my-secure-api-key-2024\nDB_TYPE=postgres\nDB_NAME=a\nDB_USER=a\n",
        0o600,
    );
    let odd = machine.at("srv/my bot/.env");
    let odd = machine.alamor(&["install", "--env", odd.to_str().unwrap()]).expect(2);
    odd.says(&["/srv/my bot/.env has characters that a unit cannot name"]);
}
