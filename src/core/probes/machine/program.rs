//! Which program a process is, told so that nothing secret of its command line is repeated.

use std::fmt;
use std::path::Path;

use procfs::process::Process;

use super::quote::quote;

/// The process that starts all others. It holds the sockets of `.socket` units.
pub(in crate::core::probes) const SYSTEMD: u32 = 1;

/// A process of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::core::probes) struct Program {
    pub(in crate::core::probes) pid: u32,
    /// What it is called: `python3 webhook_server.py`.
    pub(in crate::core::probes) name: String,
    /// Whether it is a core of ours.
    pub(in crate::core::probes) is_ours: bool,
    /// The systemd unit that it belongs to, as commands name it: without `.service`.
    pub(in crate::core::probes) unit: Option<String>,
}

/// As an operator would say it: `pid 812 (nginx)`.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {} ({})", self.pid, self.name)
    }
}

impl Program {
    /// Reads what `/proc` says of a process; `None` if it has just ended.
    pub(in crate::core::probes) fn read(process: &Process) -> Option<Self> {
        let pid = u32::try_from(process.pid()).ok()?;
        let words = process.cmdline().unwrap_or_default();
        let file = process.exe().ok().and_then(|exe| base(&exe.to_string_lossy()));
        let title = process.stat().ok()?.comm;
        let groups: String =
            std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        Some(Self {
            pid,
            name: name(&words, &title),
            is_ours: is_this_binary(process) || is_alamor(file.as_deref(), &words),
            unit: unit_of(&groups),
        })
    }

    /// A command that ends it and waits until it is gone.
    pub(in crate::core::probes) fn end(&self) -> String {
        format!("kill {0}; tail --pid={0} -f /dev/null", self.pid)
    }

    /// A command that makes its port free. systemd itself is asked, never ended.
    pub(in crate::core::probes) fn stop(&self) -> String {
        match &self.unit {
            _ if self.pid == SYSTEMD => "systemctl list-sockets".to_owned(),
            Some(unit) => format!("systemctl stop {unit}"),
            None => format!("kill {}", self.pid),
        }
    }

    /// How it takes on other settings.
    pub(in crate::core::probes) fn restart(&self) -> String {
        match &self.unit {
            Some(unit) => format!("systemctl restart {unit}"),
            None => format!("{}; alamor serve", self.end()),
        }
    }

    /// The process of this number; `None` if there is none.
    pub(in crate::core::probes) fn find(pid: u32) -> Option<Self> {
        Self::read(&Process::new(i32::try_from(pid).ok()?).ok()?)
    }
}

/// Whether it runs the very file that this process runs, whatever that is called.
fn is_this_binary(process: &Process) -> bool {
    let (theirs, ours) = (process.exe(), std::env::current_exe());
    theirs.is_ok_and(|theirs| ours.is_ok_and(|ours| ours == theirs))
}

/// Whether it runs our binary, by its name. The file of one that was replaced since says `(deleted)` behind it.
fn is_alamor(file: Option<&str>, words: &[String]) -> bool {
    match file {
        Some(file) => file.trim_end_matches(" (deleted)") == "alamor",
        // Another user's: only what it says of itself can be seen.
        None => words.first().and_then(|word| base(word)).as_deref() == Some("alamor"),
    }
}

/// The last part of a path.
fn base(path: &str) -> Option<String> {
    Some(Path::new(path).file_name()?.to_string_lossy().into_owned())
}

/// What a process is called: its program, and what an interpreter runs. Other words of its command
/// line may be passwords.
pub(in crate::core::probes) fn name(words: &[String], title: &str) -> String {
    let Some(program) = words.first().filter(|word| !word.is_empty()) else {
        return quote(title);
    };
    // nginx and PostgreSQL write a sentence over their first word: `nginx: master process …`.
    let program = program.split(' ').next().unwrap_or_default().trim_end_matches(':');
    let program = base(program).unwrap_or_else(|| title.to_owned());
    match script(&program, &words[1..]) {
        Some(script) => quote(&format!("{program} {script}")),
        None => quote(&program),
    }
}

/// What an interpreter was told to run: a file's name, or Python's `-m MODULE`.
fn script(program: &str, words: &[String]) -> Option<String> {
    const INTERPRETERS: [&str; 9] =
        ["python", "node", "java", "perl", "ruby", "php", "bash", "sh", "dash"];
    let bare = program.trim_end_matches(|char: char| char.is_ascii_digit() || char == '.');
    if !INTERPRETERS.contains(&bare) {
        return None;
    }
    let at = words.iter().position(|word| word == "-m" || word == "-jar" || !word.starts_with('-'));
    let at = at?;
    if words[at].starts_with('-') {
        return Some(format!("{} {}", words[at], base(words.get(at + 1)?)?));
    }
    // What stands behind `-c` is a program's text, not its name.
    let is_text =
        at.checked_sub(1).is_some_and(|before| words[before] == "-c" || words[before] == "-e");
    if is_text { None } else { base(&words[at]) }
}

/// The unit in `/proc/PID/cgroup`: the last part of its path that is a service.
///
/// A session is a `.scope`, and a user's own services are stopped by that user: neither is told.
fn unit_of(groups: &str) -> Option<String> {
    let paths = groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let of_the_system = paths.filter(|path| !path.contains("/user@"));
    let is_service = |part: &&str| part.len() > ".service".len() && part.ends_with(".service");
    let unit = of_the_system.flat_map(|path| path.rsplit('/')).find(is_service)?;
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_.@:".contains(char);
    // With a dot in it systemctl could take the end of the name for the kind of unit.
    let short = unit.strip_suffix(".service").filter(|name| !name.contains('.')).unwrap_or(unit);
    short.chars().all(is_plain).then(|| short.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn an_interpreter_is_called_with_what_it_runs() {
        let check = |line: &str, expected: &str| assert_eq!(name(&words(line), "comm"), expected);
        check("/usr/bin/python3|webhook_server.py", "python3 webhook_server.py");
        check(
            "/var/www/bot/.venv/bin/python|-u|/var/www/bot/webhook_server.py|--x",
            "python webhook_server.py",
        );
        check("python3.11|-m|http.server|8080", "python3.11 -m http.server");
        check("java|-Xmx1g|-jar|/opt/shop.jar", "java -jar shop.jar");
        check("sh|-c|curl -H 'Authorization: Bearer k'", "sh");
        check("python3", "python3");
    }

    #[test]
    fn other_words_of_a_command_line_are_never_repeated() {
        let check = |line: &str, expected: &str| assert_eq!(name(&words(line), "comm"), expected);
        check("/usr/local/bin/caddy|run|--token|s3cret", "caddy");
        check("redis-server|--requirepass|s3cret", "redis-server");
        check("nginx: master process /usr/sbin/nginx -g daemon on;", "nginx");
        check("", "comm");
    }

    #[test]
    fn ours_is_what_runs_our_binary() {
        let check = |file: Option<&str>, line: &str, expected| {
            assert_eq!(is_alamor(file, &words(line)), expected, "{file:?} {line}");
        };
        check(Some("alamor"), "anything", true);
        check(Some("alamor (deleted)"), "/usr/bin/alamor|serve", true);
        check(Some("python3.11"), "/usr/bin/alamor", false);
        check(None, "/usr/bin/alamor|serve", true);
        check(None, "python3|alamor", false);
    }

    #[test]
    fn a_unit_is_read_off_the_control_group() {
        let check = |groups: &str, expected: Option<&str>| {
            assert_eq!(unit_of(groups).as_deref(), expected, "{groups}");
        };
        check("0::/system.slice/alamor_webhook.service\n", Some("alamor_webhook"));
        check("0::/system.slice/postgresql.service/15-main\n", Some("postgresql"));
        check("1:name=systemd:/system.slice/nginx.service\n", Some("nginx"));
        check("0::/system.slice/a.socket.service\n", Some("a.socket.service"));
        check("0::/user.slice/user-0.slice/session-3.scope\n", None);
        check("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n", None);
        check("0::/system.slice/a b;rm -rf.service\n", None);
        check("", None);
    }

    #[test]
    fn this_very_process_is_ours() {
        let me = Program::find(std::process::id()).unwrap();
        assert_eq!(me.pid, std::process::id());
        assert!(me.is_ours);
    }
}
