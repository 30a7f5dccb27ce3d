//! The console inside a real tmux, where the locale is `C`: ASCII only, and it leaves cleanly.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::demo::leftovers;
use crate::run::DEADLINE;

/// A tmux server of our own; ended when dropped.
struct Tmux<'a>(&'a Path);

impl Tmux<'_> {
    fn command(&self, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C").env("TERM", "xterm");
        command.arg("-S").arg(self.0.join("socket")).args(["-f", "/dev/null"]).args(args);
        let output = command.output().expect("tmux is installed by tests/run.sh");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Looks again and again: tmux tells no one what its screens show.
    fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let screen = self.command(&["capture-pane", "-p", "-t", "console"]);
            if is(&screen) {
                return screen;
            }
            assert!(Instant::now() < deadline, "{what} did not come; there is\n{screen}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.command(&["kill-server"]);
    }
}

#[test]
fn inside_tmux_with_the_c_locale_it_shows_ascii_and_gives_the_pane_back() {
    let (socket, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tmux = Tmux(socket.path());
    let shell = format!("TMPDIR={} exec /bin/sh", folder.path().display());
    let window = ["new-session", "-d", "-s", "console", "-x", "80", "-y", "24"];
    tmux.command(&[&window[..], &["-c", "/tmp", &shell]].concat());
    let keys = |text: &str| drop(tmux.command(&["send-keys", "-t", "console", text]));
    keys(concat!("echo before; ", env!("CARGO_BIN_EXE_alamor"), " demo --purchases 20"));
    keys("Enter");
    let screen = tmux.until("the console", |screen| {
        screen.contains("* live") && screen.contains("20 active purchases")
    });
    assert!(screen.is_ascii(), "{screen}");
    assert_eq!(screen.lines().count(), 24);
    keys("2");
    tmux.until("the table", |screen| screen.contains("EXPIRES") && screen.is_ascii());
    keys("C-z");
    tmux.until("the shell", |screen| screen.contains("before") && !screen.contains("EXPIRES"));
    keys("fg");
    keys("Enter");
    tmux.until("the table again", |screen| screen.contains("EXPIRES"));
    keys("q");
    // What is typed before the program has ended would be the program's.
    tmux.until("the prompt", |screen| {
        screen.contains("before") && screen.trim_end().ends_with('#')
    });
    keys("echo code $?");
    keys("Enter");
    tmux.until("its exit code", |screen| screen.contains("code 0"));
    assert_eq!(leftovers(folder.path()), [""; 0]);
}
