//! A small disk that can be full: a tmpfs in a namespace of its own, which goes with its keeper.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// What the keeper does: it mounts the disk, and does what it is told until nobody can tell it more.
const KEEPER: &str = r#"
    mount -t tmpfs -o "size=$1" tmpfs "$0" && echo done
    while read -r what; do
        case $what in
            fill) cat /dev/zero >"$0/ballast" 2>/dev/null ;;
            free) rm "$0/ballast" ;;
        esac
        echo done
    done"#;

/// The size of a disk for a SQLite file: several times what the log beside it may grow to. A disk that
/// is full of its log alone has no room for copying that into the file, and stays full.
pub const FOR_A_FILE: &str = "64m";

/// The disk, as long as this lives.
pub struct Disk {
    keeper: Child,
    says: File,
    folder: TempDir,
}

impl Disk {
    /// A disk of that size, as `mount` has it; `whose` is how programs of its owner are started. The
    /// mount point is the owner's.
    pub fn new(size: &str, folder: TempDir, whose: impl Fn(&Path) -> Command) -> Self {
        let mut keeper = whose(Path::new("unshare"))
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", KEEPER])
            .arg(folder.path())
            .arg(size)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let says = OwnedFd::from(keeper.stdout.take().unwrap()).into();
        let disk = Self { keeper, says, folder };
        disk.wait();
        disk
    }

    /// Takes all the room that is left.
    pub fn fill(&self) {
        self.tell("fill");
    }

    /// Gives it back.
    pub fn make_room(&self) {
        self.tell("free");
    }

    /// How many bytes are free.
    pub fn room(&self) -> u64 {
        let disk = rustix::fs::statvfs(self.outside()).unwrap();
        disk.f_bavail * disk.f_frsize
    }

    /// Only who is known in its namespace may write there: the keeper does.
    fn tell(&self, what: &str) {
        writeln!(self.keeper.stdin.as_ref().unwrap(), "{what}").unwrap();
        self.wait();
    }

    fn wait(&self) {
        let mut said = [0; 5];
        (&self.says).read_exact(&mut said).unwrap();
        assert_eq!(&said, b"done\n");
    }

    /// Where it is for those who are in its namespace.
    pub fn inside(&self) -> &Path {
        self.folder.path()
    }

    /// Where it is for everybody else.
    pub fn outside(&self) -> PathBuf {
        let folder = self.folder.path().strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.keeper.id())).join(folder)
    }

    /// Starts `program` in its namespace.
    pub fn enter(&self, program: &str) -> impl Fn() -> Command + Send + 'static {
        let (keeper, program) = (self.keeper.id().to_string(), program.to_owned());
        move || {
            let mut command = Command::new("nsenter");
            command.args(["--preserve-credentials", "--user", "--mount", "--target", &keeper]);
            command.arg(&program);
            command
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // It reads until we say no more. What is mounted goes with the last who sees it.
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}
