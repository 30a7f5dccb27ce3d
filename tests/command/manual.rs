//! The manual as groff shows it, and completions as the shells themselves read them.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::run::run;

/// The words below `Commands:` of a help text.
fn commands(help: &str) -> Vec<String> {
    let list = help.split_once("Commands:\n").unwrap().1;
    let list = list.split_once("\n\n").map_or(list, |(list, _)| list);
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    list.lines()
        .filter(is_name)
        .map(|line| line.split_whitespace().next().unwrap().into())
        .collect()
}

/// A folder with the completions of `shell`, and the commands that they must know.
fn completions(shell: &str) -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let script = run(folder.path(), &["completions", shell]).expect(0).out;
    fs::write(folder.path().join("script"), script).unwrap();
    let commands = commands(&run(folder.path(), &["--help"]).expect(0).out);
    assert!(commands.len() > 15 && commands.contains(&"migrate".to_owned()), "{commands:?}");
    (folder, commands)
}

/// What a program prints; it must complain of nothing.
#[track_caller]
fn told(folder: &TempDir, program: &str, args: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder.path()).env_clear().stdin(Stdio::null());
    let path = "/usr/local/bin:/usr/bin:/bin";
    command.env("PATH", path).env("HOME", folder.path()).env("LANG", "C.UTF-8");
    let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && complaint.is_empty(), "{program}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_has_a_page_that_groff_shows_without_complaint() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["man", "pages"]).expect(0);
    let whole = run(folder.path(), &["man"]).expect(0).out;
    assert_eq!(
        fs::read_to_string(folder.path().join("pages/alamor.1")).unwrap().trim(),
        whole.trim()
    );
    let show = |page: &str| told(&folder, "groff", &["-man", "-Tutf8", "-ww", "-P-cbou", page]);
    for name in commands(&run(folder.path(), &["--help"]).expect(0).out) {
        let shown = show(&format!("pages/alamor-{name}.1"));
        assert!(shown.contains(&format!("alamor-{name}(1)")), "{shown}");
        assert!(show("pages/alamor.1").contains(&format!("alamor-{name}(1)")), "{name}");
    }
    assert!(show("pages/alamor-key-rotate.1").contains("--finish"));
    fs::write(folder.path().join("file"), "").unwrap();
    run(folder.path(), &["man", "file/pages"]).expect(2).says(&["file/pages cannot be written"]);
}

#[test]
fn bash_completes_every_command_and_its_options() {
    let (folder, commands) = completions("bash");
    let complete = |words: &str, last: &str, before: &str| {
        let script = format!(
            "set -u; . ./script; COMP_WORDS=({words} '{last}'); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _alamor alamor '{last}' '{before}'; echo \"${{COMPREPLY[@]}}\""
        );
        let told = told(&folder, "bash", &["--norc", "-c", &script]);
        told.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = complete("alamor", "", "alamor");
    for command in commands {
        assert!(all.contains(&command), "{command} is not in {all:?}");
    }
    assert_eq!(complete("alamor", "migr", "alamor"), ["migrate"]);
    assert!(complete("alamor migrate check", "--", "check").contains(&"--all".to_owned()));
    assert!(complete("alamor check --from", "", "--from").contains(&"tls".to_owned()));
}

#[test]
fn fish_completes_every_command_and_its_options() {
    let (folder, commands) = completions("fish");
    let complete = |line: &str| {
        let script = format!("source script; complete -C '{line}'");
        told(&folder, "fish", &["--no-config", "-c", &script])
    };
    let all = complete("alamor ");
    for command in commands {
        assert!(all.lines().any(|line| line.split('\t').next() == Some(&command)), "{all}");
    }
    assert!(complete("alamor migrate check --").contains("--all"));
}

#[test]
fn zsh_takes_the_completions_and_finds_every_command_in_them() {
    let (folder, commands) = completions("zsh");
    let script = "autoload -Uz compinit; compinit -u -D; source ./script; print -r -- $_comps[alamor]; \
                  _describe() { print -rl -- ${(P)4} }; _alamor_commands";
    let told = told(&folder, "zsh", &["-f", "-c", script]);
    assert_eq!(told.lines().next(), Some("_alamor"));
    for command in commands {
        assert!(told.lines().any(|line| line.starts_with(&format!("{command}:"))), "{told}");
    }
}

#[test]
fn a_shell_that_is_not_known_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["completions", "tcsh"]).expect(2).says(&["tcsh", "bash"]);
}
