//! `alamor check --fix`: what of the cures is safe, and is asked for one by one.
//!
//! Invariant: nothing is done without a "yes" to that very command, and none that [`is_safe`] does not
//! know; no shell reads it.

use std::io::{self, IsTerminal};
use std::process::ExitStatus;

use tokio::process::Command;

use super::super::{output, yes};
use crate::api::Check;
use crate::console::Lang;

/// The units that may be started, restarted or reloaded: a core of ours, and what stands around it.
const UNITS: [&str; 4] = ["alamorwebhook", "alamor_webhook", "nginx", "postgresql"];

/// Whether a command loses nothing: it loads anew what is there, or renews.
fn is_safe(command: &str) -> bool {
    let words: Vec<&str> = command.split(' ').collect();
    match words.as_slice() {
        ["systemctl", "start" | "reload", unit] => is_unit(unit),
        // A database that is restarted breaks off what the bot is doing.
        ["systemctl", "restart", unit] => is_unit(unit) && !unit.starts_with("postgresql"),
        ["certbot", "renew"] => true,
        ["certbot", "renew", "--cert-name", name] => is_name(name),
        _ => false,
    }
}

fn is_unit(unit: &str) -> bool {
    UNITS.contains(&unit.strip_suffix(".service").unwrap_or(unit))
}

fn is_name(name: &str) -> bool {
    let fits = |each: char| each.is_ascii_alphanumeric() || "-._".contains(each);
    name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.chars().all(fits)
}

/// The cures among what was found that are safe, each once.
fn safe(rungs: &[Check]) -> Vec<&str> {
    let mut commands: Vec<&str> = Vec::new();
    for fix in rungs.iter().filter_map(|rung| rung.fix.as_deref()) {
        if is_safe(fix) && !commands.contains(&fix) {
            commands.push(fix);
        }
    }
    commands
}

/// Offers each; does what is answered with yes.
pub(super) async fn offer(rungs: &[Check], lang: Lang) -> anyhow::Result<()> {
    let say = lang.say();
    let commands = safe(rungs);
    if commands.is_empty() {
        output::note(&say.check_nothing_to_fix());
        return Ok(());
    }
    for command in commands {
        if !io::stdin().is_terminal() {
            output::note(&say.check_would_run(command));
            continue;
        }
        let question = format!("{} ", say.check_run(command));
        if !tokio::task::spawn_blocking(move || yes::ask(&question)).await?? {
            continue;
        }
        let said = match run(command).await {
            Ok(status) if status.success() => say.check_ran(command),
            Ok(status) => say.check_failed(command, status.to_string()),
            Err(error) => say.check_failed(command, error.to_string()),
        };
        output::note(&said);
    }
    Ok(())
}

async fn run(command: &str) -> io::Result<ExitStatus> {
    let mut words = command.split(' ');
    let program = words.next().unwrap_or_default();
    Command::new(program).args(words).kill_on_drop(true).status().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_fix(fix: &str) -> Check {
        Check { fix: Some(fix.to_owned()), ..Check::default() }
    }

    #[test]
    fn only_what_is_safe_is_offered_and_once() {
        let rungs = [
            with_fix("kill 812"),
            with_fix("systemctl reload nginx"),
            with_fix("systemctl reload nginx"),
            with_fix("systemctl reload nginx; rm -r /"),
            with_fix("systemctl restart postgresql"),
            with_fix("systemctl restart sshd"),
            with_fix("certbot renew --cert-name -x"),
            with_fix("systemctl restart alamorwebhook.service"),
            with_fix("certbot renew --cert-name pay.example.net"),
            Check::default(),
        ];
        let expected = [
            "systemctl reload nginx",
            "systemctl restart alamorwebhook.service",
            "certbot renew --cert-name pay.example.net",
        ];
        assert_eq!(safe(&rungs), expected);
    }
}
