//! `alamor check --fix`: what of the cures is safe, and is asked for one by one.
//!
//! Invariant: nothing is done without a "yes" to that very command, and no command but those of
//! [`SAFE`].

use std::io::{self, IsTerminal};
use std::process::ExitStatus;

use tokio::process::Command;

use super::super::{output, yes};
use crate::api::Check;
use crate::console::Lang;

/// Commands that lose nothing: they load anew what is there.
const SAFE: [&str; 6] = [
    "systemctl reload nginx",
    "systemctl start nginx",
    "systemctl restart alamorwebhook",
    "systemctl start alamorwebhook",
    "systemctl start postgresql",
    "certbot renew",
];

/// The cures among what was found that are safe, each once.
fn safe(rungs: &[Check]) -> Vec<&'static str> {
    let wanted = |command: &&str| rungs.iter().any(|rung| rung.fix.as_deref() == Some(*command));
    SAFE.into_iter().filter(wanted).collect()
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
            Check::default(),
        ];
        assert_eq!(safe(&rungs), ["systemctl reload nginx"]);
    }
}
