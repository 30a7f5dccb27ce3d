//! What systemd says of units.
//!
//! ```text
//! systemctl show -p … UNIT… ─▶ parse() ─▶ Unit
//! ```

use std::path::Path;
use std::time::Duration;

use super::command::{CommandError, run};
use super::program::name;
use super::quote::quote;

/// The units under which a webhook server runs, by the names that guides, installers and ours use.
pub(in crate::core::probes) const NAMES: [&str; 3] = ["alamorwebhook", "alamor_webhook", "alamor"];

/// What is asked of each unit.
const PROPERTIES: &str = "Id,LoadState,UnitFileState,ActiveState,SubState,NRestarts,ExecMainStatus,\
                          ExecMainCode,Result,MemoryMax,MemoryCurrent,MainPID,ExecStart,FragmentPath,\
                          CanReload";

/// A unit, as systemd knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::core::probes) struct Unit {
    /// Its name without `.service`.
    pub(in crate::core::probes) name: String,
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`.
    pub(in crate::core::probes) load: String,
    /// `enabled`, `disabled`, `static`, …
    pub(in crate::core::probes) file_state: String,
    /// `active`, `activating`, `inactive`, `failed`, …
    pub(in crate::core::probes) active: String,
    /// `running`, `auto-restart`, `dead`, …
    pub(in crate::core::probes) sub: String,
    /// How often systemd started it again.
    pub(in crate::core::probes) restarts: u64,
    /// How its program ended last.
    pub(in crate::core::probes) ended: Ended,
    /// Why systemd says that it failed: `exit-code`, `oom-kill`, `start-limit-hit`, …
    pub(in crate::core::probes) result: String,
    /// The process; 0 is none.
    pub(in crate::core::probes) pid: u32,
    /// Bytes that it has, and may have at most.
    pub(in crate::core::probes) memory: [Option<u64>; 2],
    /// The command line of its program. It may hold secrets: only its names are told.
    pub(in crate::core::probes) command: Vec<String>,
    /// Its file.
    pub(in crate::core::probes) file: String,
    /// Whether it can read its settings again while it runs.
    pub(in crate::core::probes) can_reload: bool,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::core::probes) enum Ended {
    /// It did not.
    #[default]
    Not,
    /// With a code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl Unit {
    pub(in crate::core::probes) fn is_loaded(&self) -> bool {
        self.load == "loaded"
    }

    /// Whether it runs a core of ours, whatever it is called: by its program alone, since other
    /// words may be a user, a folder or a database of the same name.
    pub(in crate::core::probes) fn is_ours(&self) -> bool {
        self.command.first().is_some_and(|program| base(program) == "alamor")
    }

    /// Whether it comes up with the machine.
    pub(in crate::core::probes) fn is_enabled(&self) -> bool {
        self.file_state.starts_with("enabled")
    }

    /// Whether systemd keeps it running, even if it has just ended once more.
    pub(in crate::core::probes) fn is_wanted(&self) -> bool {
        matches!(self.active.as_str(), "active" | "activating" | "reloading")
    }

    /// What it runs: `python webhook_server.py`.
    pub(in crate::core::probes) fn program(&self) -> String {
        name(&self.command, "nothing")
    }
}

fn base(path: &str) -> String {
    Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Why systemd said nothing.
#[derive(Debug, thiserror::Error)]
pub(in crate::core::probes) enum SystemdError {
    #[error(transparent)]
    Command(#[from] CommandError),
    /// `System has not been booted with systemd as init system`.
    #[error("systemctl says: {0}")]
    Refused(String),
}

/// Asks for the units of `names`, in this order; a name without a kind is a service. One that does
/// not exist is answered, too.
pub(in crate::core::probes) async fn show(
    names: &[&str],
    within: Duration,
) -> Result<Vec<Unit>, SystemdError> {
    let mut arguments = vec!["show", "--no-pager", "-p", PROPERTIES, "--"];
    let full = |name: &&str| {
        if name.contains('.') { (*name).to_owned() } else { format!("{name}.service") }
    };
    let names: Vec<String> = names.iter().map(full).collect();
    arguments.extend(names.iter().map(String::as_str));
    let answer = run("systemctl", &arguments, within).await?;
    if !answer.status.success() {
        return Err(SystemdError::Refused(answer.complaint()));
    }
    Ok(parse(&answer.stdout))
}

/// Reads `KEY=VALUE` lines, with an empty line between two units.
pub(in crate::core::probes) fn parse(text: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let mut unit = Unit::default();
        let (mut code, mut status) = ("", 0);
        for (key, value) in block.lines().filter_map(|line| line.split_once('=')) {
            match key {
                "Id" => unit.name = quote(value.strip_suffix(".service").unwrap_or(value)),
                "LoadState" => unit.load = quote(value),
                "UnitFileState" => unit.file_state = quote(value),
                "ActiveState" => unit.active = quote(value),
                "SubState" => unit.sub = quote(value),
                "NRestarts" => unit.restarts = value.parse().unwrap_or_default(),
                "ExecMainStatus" => status = value.parse().unwrap_or_default(),
                "ExecMainCode" => code = value,
                "Result" => unit.result = quote(value),
                "MainPID" => unit.pid = value.parse().unwrap_or_default(),
                // "infinity" and "[not set]" are no limits.
                "MemoryCurrent" => unit.memory[0] = value.parse().ok(),
                "MemoryMax" => unit.memory[1] = value.parse().ok(),
                "ExecStart" => unit.command = command(value),
                "FragmentPath" => unit.file = quote(value),
                "CanReload" => unit.can_reload = value == "yes",
                _ => {}
            }
        }
        unit.ended = ended(code, status);
        units.push(unit);
    }
    units
}

/// # Source
///
/// `man 5 org.freedesktop.systemd1`: `ExecMainCode` is `si_code` of waitid(2), which is
/// `CLD_EXITED` = 1, `CLD_KILLED` = 2, `CLD_DUMPED` = 3.
fn ended(code: &str, status: i32) -> Ended {
    match code {
        "1" | "exited" => Ended::Code(status),
        "2" | "3" | "killed" | "dumped" => Ended::Signal(status),
        _ => Ended::Not,
    }
}

/// The words of `{ path=/usr/bin/alamor ; argv[]=/usr/bin/alamor serve ; ignore_errors=no ; … }`,
/// the file that is run first: what a program is called in its own words may be anything.
///
/// Of what `env` runs, and sets before, the program counts.
fn command(text: &str) -> Vec<String> {
    let part = |name: &str| {
        let mut parts = text.trim_start_matches('{').split(" ; ");
        parts.find_map(|part| part.trim().strip_prefix(name))
    };
    let argv = part("argv[]=").unwrap_or_default();
    let mut words: Vec<String> = argv.split_whitespace().map(str::to_owned).collect();
    if let (Some(program), Some(path)) = (words.first_mut(), part("path=")) {
        path.clone_into(program);
    }
    if words.first().is_some_and(|program| base(program) == "env") {
        let sets = words.iter().skip(1).take_while(|word| word.contains('=')).count();
        words.drain(..=sets);
    }
    words
}

#[cfg(test)]
pub(in crate::core::probes) mod tests {
    use super::*;

    /// What systemd 252 answers about a unit that runs, one that fails, one that there is not.
    const ANSWER: &str = "\
MainPID=812
NRestarts=0
ExecMainCode=0
ExecMainStatus=0
Result=success
ExecStart={ path=/usr/bin/alamor ; argv[]=/usr/bin/alamor serve --env /srv/.env ; ignore_errors=no ; start_time=[Thu 2026-11-26 10:00:00 UTC] ; stop_time=[n/a] ; pid=812 ; code=(null) ; status=0/0 }
MemoryCurrent=15728640
MemoryMax=infinity
Id=alamorwebhook.service
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/etc/systemd/system/alamorwebhook.service
CanReload=yes
UnitFileState=enabled

MainPID=0
NRestarts=7
ExecMainCode=1
ExecMainStatus=1
Result=exit-code
ExecStart={ path=/var/www/alamorvpn_bot/.venv/bin/python ; argv[]=/var/www/alamorvpn_bot/.venv/bin/python webhook_server.py ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=exited ; status=1/FAILURE }
MemoryCurrent=[not set]
MemoryMax=268435456
Id=alamor_webhook.service
LoadState=loaded
ActiveState=activating
SubState=auto-restart
FragmentPath=/etc/systemd/system/alamor_webhook.service
UnitFileState=disabled

MainPID=0
NRestarts=0
ExecMainCode=0
ExecMainStatus=0
Result=success
Id=alamor.service
LoadState=not-found
ActiveState=inactive
SubState=dead
";

    #[test]
    fn an_answer_is_read_unit_by_unit() {
        let units = parse(ANSWER);
        let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
        assert_eq!(names, NAMES);
        let [ours, old, none] = units.as_slice() else { panic!("{units:?}") };
        assert!(ours.is_ours() && ours.is_enabled() && ours.is_wanted() && ours.is_loaded());
        assert_eq!((ours.pid, ours.memory), (812, [Some(15_728_640), None]));
        assert!(!old.is_ours() && !old.is_enabled() && old.is_wanted());
        assert_eq!((old.restarts, old.ended), (7, Ended::Code(1)));
        assert_eq!(old.program(), "python webhook_server.py");
        assert!(ours.can_reload && !old.can_reload);
        assert!(!none.is_loaded());
    }

    #[test]
    fn a_unit_is_ours_by_what_it_runs() {
        let check = |argv: &str, expected| {
            let path = argv.split(' ').next().unwrap();
            let unit = Unit {
                command: command(&format!("{{ path={path} ; argv[]={argv} ; ignore_errors=no }}")),
                ..Unit::default()
            };
            assert_eq!(unit.is_ours(), expected, "{argv}");
        };
        check("/usr/local/bin/alamor serve", true);
        check("/usr/bin/env LANG=C /opt/alamor/alamor serve", true);
        check("/var/www/alamorvpn_bot/.venv/bin/python webhook_server.py", false);
        check("/usr/local/bin/alamorbot start", false);
        check("/usr/sbin/runuser -u alamor -- /opt/bot/python main.py", false);
        check("/usr/bin/python main.py --directory /opt/alamor", false);
        check("/usr/bin/env --ignore-environment /opt/alamor", false);
        check("", false);
        // What it calls itself is not what it is.
        let named = "{ path=/usr/bin/python3 ; argv[]=alamor main.py ; ignore_errors=no }";
        assert_eq!(command(named), ["/usr/bin/python3", "main.py"]);
    }

    #[test]
    fn no_word_that_may_be_a_secret_is_told() {
        let unit = Unit {
            command: ["/bin/x", "--key=s3cret", "KEY=s3cret", "serve", "s3cret"]
                .map(str::to_owned)
                .to_vec(),
            ..Unit::default()
        };
        assert_eq!(unit.program(), "x");
    }

    #[test]
    fn a_signal_is_no_code() {
        assert_eq!(ended("2", 9), Ended::Signal(9));
        assert_eq!(ended("3", 11), Ended::Signal(11));
        assert_eq!(ended("1", 203), Ended::Code(203));
        assert_eq!(ended("0", 0), Ended::Not);
    }

    #[test]
    fn nonsense_is_no_unit_of_ours() {
        for text in ["", "\n\n\n", "=\n=", "ExecStart=", "Id=\u{1b}[2J\nExecStart={ argv[]= }"] {
            assert!(
                parse(text).iter().all(|unit| !unit.is_ours() && !unit.name.contains('\u{1b}'))
            );
        }
    }
}
