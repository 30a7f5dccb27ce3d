//! The Debian package: built, installed, upgraded, removed and purged by dpkg itself, below a folder and
//! with a database of its own. The machine's packages, users and units are not touched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Both versions, built once for all tests here.
pub struct Packages {
    folder: &'static Path,
    pub first: PathBuf,
    pub second: PathBuf,
}

pub fn packages() -> &'static Packages {
    static BUILT: OnceLock<Packages> = OnceLock::new();
    BUILT.get_or_init(|| {
        // Nobody is left to remove it at the end: one folder, used again each time.
        let folder = Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/packages"));
        let (first, second) = (build(folder, "1.0"), build(folder, "1.1"));
        Packages { folder, first, second }
    })
}

/// Packs the binary of these tests.
fn build(folder: &Path, version: &str) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/debian/build.sh");
    let mut command = Command::new("bash");
    command.arg(script).args(["--binary", env!("CARGO_BIN_EXE_alamor"), "--version", version]);
    // Nobody downloads it: time counts, not size.
    command
        .arg(folder)
        .env("DPKG_DEB_COMPRESSOR_TYPE", "gzip")
        .env("DPKG_DEB_COMPRESSOR_LEVEL", "1");
    let built = command.env("SOURCE_DATE_EPOCH", "1700000000").output().unwrap();
    assert!(built.status.success(), "{}", text(&built));
    PathBuf::from(String::from_utf8(built.stdout).unwrap().trim())
}

fn text(output: &Output) -> String {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{out}{err}")
}

/// A machine without systemd, as far as dpkg sees it.
struct Machine(TempDir);

/// What `alamor install` writes where the package's program is the service's.
const OURS: &str = "[Service]\nExecStart=/usr/bin/alamor serve\n";

/// What it notes where it made user and group.
const MADE_USER: &str = r#"[{"run": {"command": ["groupdel", "alamor"], "gone": 6, "is_purge": true}},
{"run": {"command": ["userdel", "alamor"], "gone": 6, "is_purge": true}}]"#;

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "etc/systemd/system", "fake"] {
            fs::create_dir_all(machine.at(folder)).unwrap();
        }
        fs::write(machine.at("var/lib/dpkg/status"), "").unwrap();
        // What would touch the machine of the tests is called, and noted, and does nothing.
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> {0}/calls\ncase \"$*\" in *is-active*) exit $(cat {0}/active) ;; esac\n",
            machine.at("fake").display()
        );
        fs::write(machine.at("fake/systemctl"), script).unwrap();
        fs::set_permissions(machine.at("fake/systemctl"), PermissionsExt::from_mode(0o755))
            .unwrap();
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// From now on systemd runs, and so does the service, or not.
    fn start_systemd(&self, is_active: bool) {
        fs::create_dir_all(self.at("run/systemd/system")).unwrap();
        fs::write(self.at("fake/active"), if is_active { "0" } else { "3" }).unwrap();
    }

    /// What systemd was told.
    fn calls(&self) -> String {
        fs::read_to_string(self.at("fake/calls")).unwrap_or_default()
    }

    /// Runs dpkg; what it said.
    #[track_caller]
    fn dpkg(&self, args: &[&str]) -> String {
        let done = self.command(args).output().unwrap();
        assert!(done.status.success(), "dpkg {args:?}\n{}", text(&done));
        text(&done)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("dpkg");
        command.arg(format!("--root={}", self.0.path().display())).arg("--log=/dev/null");
        command.args(["--force-not-root", "--force-script-chrootless", "--force-depends"]);
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.at("fake").display());
        command.args(args).env_clear().env("PATH", path).env("LC_ALL", "C.UTF-8");
        command
    }

    #[track_caller]
    fn install(&self, package: &Path) -> String {
        self.dpkg(&["--install", package.to_str().unwrap()])
    }

    /// `ii 1.0`, `rc 1.0`, or nothing.
    fn state(&self) -> String {
        let format = "${db:Status-Abbrev}${Version}";
        let database = format!("--admindir={}", self.at("var/lib/dpkg").display());
        let asked =
            Command::new("dpkg-query").args([&database, "-W", "-f", format, "alamor"]).output();
        String::from_utf8(asked.unwrap().stdout).unwrap()
    }
}

#[test]
fn it_is_installed_upgraded_removed_and_purged_where_no_systemd_runs() {
    let machine = Machine::new();
    machine.install(&packages().first);
    assert_eq!(machine.state(), "ii 1.0");
    let program = machine.at("usr/bin/alamor");
    let version = Command::new(&program).arg("--version").output().unwrap();
    assert!(text(&version).starts_with("alamor "), "{}", text(&version));
    for file in [
        "usr/share/man/man1/alamor.1.gz",
        "usr/share/man/man1/alamor-migrate-check.1.gz",
        "usr/share/bash-completion/completions/alamor",
        "usr/share/zsh/vendor-completions/_alamor",
        "usr/share/fish/vendor_completions.d/alamor.fish",
        "usr/share/doc/alamor/README.md.gz",
        "usr/share/doc/alamor/copyright",
        "usr/share/doc/alamor/examples/env.example",
    ] {
        assert!(machine.at(file).metadata().is_ok_and(|file| file.len() > 0), "{file}");
    }
    assert_eq!(machine.dpkg(&["--verify", "alamor"]), "");

    machine.install(&packages().second);
    assert_eq!(machine.state(), "ii 1.1");
    fs::create_dir_all(machine.at("var/lib/alamor")).unwrap();
    fs::write(machine.at("var/lib/alamor/state.db"), "kept").unwrap();
    machine.dpkg(&["--remove", "alamor"]);
    assert!(!program.exists());
    assert!(!machine.at("usr/share/doc/alamor").exists());
    assert_eq!(fs::read_to_string(machine.at("var/lib/alamor/state.db")).unwrap(), "kept");
    machine.dpkg(&["--purge", "alamor"]);
    assert_eq!(machine.state(), "");
    assert!(!machine.at("var/lib/alamor").exists());
    assert_eq!(machine.calls(), "");
}

#[test]
fn an_upgrade_restarts_a_core_that_runs_and_no_other() {
    let upgrade = |unit: Option<&str>, is_active: Option<bool>| {
        let machine = Machine::new();
        machine.install(&packages().first);
        if let Some(unit) = unit {
            fs::write(machine.at("etc/systemd/system/alamorwebhook.service"), unit).unwrap();
        }
        if let Some(is_active) = is_active {
            machine.start_systemd(is_active);
        }
        let said = machine.install(&packages().second);
        assert_eq!(machine.state(), "ii 1.1");
        (machine.calls(), said)
    };
    let restart = "restart alamorwebhook.service";
    assert!(upgrade(Some(OURS), Some(true)).0.contains(restart));
    assert!(!upgrade(Some(OURS), Some(false)).0.contains(restart), "what was stopped stays so");
    assert_eq!(upgrade(Some(OURS), None).0, "", "without systemd it is not asked");
    assert_eq!(upgrade(None, Some(true)).0, "", "nothing was installed as a service");
    let old = "[Service]\nExecStart=/var/www/alamorvpn_bot/.venv/bin/python webhook_server.py\n";
    let (calls, said) = upgrade(Some(old), Some(true));
    assert_eq!(calls, "", "the old server is not ours");
    assert!(said.contains("runs another program"), "{said}");
}

#[test]
fn a_first_installation_starts_nothing() {
    let machine = Machine::new();
    machine.start_systemd(true);
    fs::write(machine.at("etc/systemd/system/alamorwebhook.service"), OURS).unwrap();
    machine.install(&packages().first);
    assert_eq!(machine.calls(), "");
}

#[test]
fn its_removal_takes_a_service_with_it_that_runs_this_program_and_no_other() {
    let old = "[Service]\nExecStart=/usr/local/bin/alamor serve\n";
    for (unit, is_ours) in [(Some(OURS), true), (Some(old), false), (None, false)] {
        let machine = Machine::new();
        machine.install(&packages().first);
        if let Some(unit) = unit {
            fs::write(machine.at("etc/systemd/system/alamorwebhook.service"), unit).unwrap();
        }
        // In the program's place one that says how it was called.
        let program = machine.at("usr/bin/alamor");
        fs::write(&program, "#!/bin/sh\necho \"called: $*\"\n").unwrap();
        let said = machine.dpkg(&["--remove", "alamor"]);
        let called = format!("called: uninstall --root {}\n", machine.0.path().display());
        assert_eq!(said.contains(&called), is_ours, "{said}");
        assert!(!program.exists());
    }
}

#[test]
fn the_service_that_it_was_installed_as_goes_and_what_stood_there_comes_back() {
    let machine = Machine::new();
    let old = "[Service]\nExecStart=/var/www/alamorvpn_bot/.venv/bin/python webhook_server.py\n";
    let unit = machine.at("etc/systemd/system/alamorwebhook.service");
    let users = "root:x:0:0:root:/root:/bin/bash\n";
    fs::create_dir_all(machine.at("var/www/alamorvpn_bot")).unwrap();
    for (path, text) in [
        ("etc/systemd/system/alamorwebhook.service", old),
        ("etc/passwd", users),
        ("etc/group", "root:x:0:\n"),
        ("etc/shadow", "root:*:20000:0:99999:7:::\n"),
        ("etc/gshadow", "root:*::\n"),
        (
            "var/www/alamorvpn_bot/.env",
            "ADMIN_API_KEY=my-secure-api-key-2024\nDB_TYPE=postgres\nDB_NAME=a\nDB_USER=a\n",
        ),
    ] {
        fs::write(machine.at(path), text).unwrap();
    }
    // Only root changes users, also those of a folder: here of a namespace of its own.
    let as_root = |command: &Command| {
        let mut root = Command::new("unshare");
        root.arg("--map-root-user").arg(command.get_program()).args(command.get_args());
        let done = root.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").output().unwrap();
        assert!(done.status.success(), "{}", text(&done));
    };
    let package = |path: &Path| machine.command(&["--install", path.to_str().unwrap()]);
    as_root(&package(&packages().first));
    let mut install = Command::new(machine.at("usr/bin/alamor"));
    as_root(install.args(["install", "--take-port", "--root"]).arg(machine.0.path()));
    assert!(fs::read_to_string(&unit).unwrap().contains("\nExecStart=/usr/bin/alamor serve\n"));
    as_root(&package(&packages().second));
    assert!(unit.exists() && machine.at("etc/systemd/system/alamorwebhook.socket").exists());

    as_root(&machine.command(&["--remove", "alamor"]));
    assert_eq!(fs::read_to_string(&unit).unwrap(), old);
    assert!(!machine.at("etc/systemd/system/alamorwebhook.socket").exists());
    assert!(fs::read_to_string(machine.at("etc/passwd")).unwrap().contains("\nalamor:"));
    as_root(&machine.command(&["--purge", "alamor"]));
    assert_eq!(fs::read_to_string(machine.at("etc/passwd")).unwrap(), users);
    assert!(!machine.at("etc/alamor").exists());
    assert_eq!(machine.state(), "");
}

#[test]
fn a_service_that_cannot_be_taken_away_keeps_the_program_that_it_needs() {
    let machine = Machine::new();
    machine.install(&packages().first);
    fs::write(machine.at("etc/systemd/system/alamorwebhook.service"), OURS).unwrap();
    fs::write(machine.at("usr/bin/alamor"), "#!/bin/sh\nexit 2\n").unwrap();
    let refused = machine.command(&["--remove", "alamor"]).output().unwrap();
    assert!(!refused.status.success(), "{}", text(&refused));
    assert!(machine.at("usr/bin/alamor").exists() && machine.state().starts_with("ri"));
}

#[test]
fn a_purge_removes_the_user_that_was_made_and_leaves_one_that_was_there() {
    for (notes, is_left) in [(MADE_USER, false), ("[]", true)] {
        let machine = Machine::new();
        machine.install(&packages().first);
        fs::create_dir_all(machine.at("etc/alamor")).unwrap();
        fs::write(machine.at("etc/alamor/installed.json"), notes).unwrap();
        let user = "alamor:x:990:990::/var/lib/alamor:/usr/sbin/nologin\n";
        fs::write(machine.at("etc/passwd"), user).unwrap();
        fs::write(machine.at("etc/group"), "alamor:x:990:\n").unwrap();
        fs::write(machine.at("etc/shadow"), "alamor:!:20000::::::\n").unwrap();
        machine.dpkg(&["--purge", "alamor"]);
        let users = fs::read_to_string(machine.at("etc/passwd")).unwrap();
        assert_eq!(users.contains("alamor"), is_left, "{users}");
        let groups = fs::read_to_string(machine.at("etc/group")).unwrap();
        assert_eq!(groups.contains("alamor"), is_left, "{groups}");
        assert!(!machine.at("etc/alamor").exists());
    }
}

#[test]
fn it_depends_on_what_it_is_linked_to_and_the_same_source_gives_the_same_bytes() {
    let Packages { folder, first, .. } = packages();
    let fields = Command::new("dpkg-deb").arg("-f").arg(first).arg("Depends").output().unwrap();
    for needed in ["libc6 (>= ", "libgcc-s1", "ca-certificates", "passwd"] {
        assert!(text(&fields).contains(needed), "{}", text(&fields));
    }
    let again = folder.join("again");
    assert!(fs::read(build(&again, "1.0")).unwrap() == fs::read(first).unwrap());
    let owners = Command::new("dpkg-deb").arg("-c").arg(first).output().unwrap();
    assert!(text(&owners).lines().all(|line| line.contains(" root/root ")), "{}", text(&owners));
}

#[test]
fn a_wrong_word_is_refused() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/debian/build.sh");
    let refused = Command::new("bash").arg(script).arg("--profile").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused).contains("--profile is not known"), "{}", text(&refused));
}
