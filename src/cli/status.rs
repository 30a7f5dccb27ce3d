//! `alamor status`: health at a glance.

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::live::Live;
use super::{attach, output};
use crate::api::CheckState;
use crate::api::events::Event;
use crate::api::health::Health;
use crate::client::{Client, Heard, Pace};
use crate::config::Settings;
use crate::console::look::Look;
use crate::console::text::tame;

/// Prints the core's health. Exit code 0 ok, 1 warn, 2 crit or not reached.
pub(super) async fn run(
    options: super::args::Status,
    settings: Settings,
) -> anyhow::Result<ExitCode> {
    let client = attach::client(&settings)?;
    let health = client.get_health().await?;
    if !options.watch {
        print(&health, options.json)?;
        return Ok(exit_code(health.state));
    }
    if !options.json && is_drawn_on() {
        return watch(&client, health).await;
    }
    print(&health, options.json)?;
    let mut events = client.events(Pace::default());
    let mut last = text(&health);
    let mut state = health.state;
    while let Some(heard) = events.hear().await {
        match heard {
            Heard::Event(Event::Health(health)) => {
                let now = text(&health);
                if now != last {
                    print(&health, options.json)?;
                }
                (last, state) = (now, health.state);
            }
            Heard::Lost { cause } => output::note(&format!("connection lost: {cause}")),
            _ => {}
        }
    }
    Ok(exit_code(state))
}

/// Whether standard output is a terminal on which lines can be drawn over.
fn is_drawn_on() -> bool {
    io::stdout().is_terminal() && env::var("TERM").is_ok_and(|term| term != "dumb")
}

/// Draws the health in place until the process is stopped.
async fn watch(client: &Client, mut health: Health) -> anyhow::Result<ExitCode> {
    let look = Look::detect(|name| env::var(name).ok());
    let mut live = Live::new(io::stdout(), look);
    let mut resized = signal(SignalKind::window_change()).context("signals cannot be watched")?;
    let mut events = client.events(Pace::default());
    let mut lost = None;
    loop {
        let mut lines: Vec<String> = text(&health).lines().map(str::to_owned).collect();
        lines.extend(lost.as_ref().map(|cause| format!("connection lost: {cause}")));
        live.draw(&lines).context("standard output cannot be written")?;
        let heard = tokio::select! {
            heard = events.hear() => heard,
            _ = resized.recv() => continue,
        };
        match heard {
            Some(Heard::Event(Event::Health(heard))) => (health, lost) = (heard, None),
            Some(Heard::Event(Event::Snapshot(heard))) => (health, lost) = (heard.health, None),
            Some(Heard::Lost { cause }) => lost = Some(cause),
            Some(_) => {}
            None => return Ok(exit_code(health.state)),
        }
    }
}

fn print(health: &Health, json: bool) -> anyhow::Result<()> {
    output::data(&if json { serde_json::to_string(health)? } else { text(health) })
}

/// What changes slowly enough to be read.
fn text(health: &Health) -> String {
    let purchases = &health.purchases;
    let mut lines = vec![
        format!("alamor {}  {}  http://{}", health.version, word(health.state), health.listen),
        format!("pid        {} ({})", health.pid, health.role),
        format!(
            "database   {}  {}  {}",
            word(health.database.state),
            health.database.engine,
            health.database.location
        ),
    ];
    // What was detected may take a line of its own: columns, and where our own tables are.
    let shape = Some(&health.database.shape).filter(|shape| !shape.is_empty());
    lines.extend(shape.map(|shape| format!("           {shape}")));
    lines.push(format!(
        "purchases  {} active: {} fresh, {} partial, {} kept, {} failed, {} never tried",
        purchases.active,
        purchases.fresh,
        purchases.partial,
        purchases.kept,
        purchases.failed,
        purchases.never
    ));
    if purchases.off_there > 0 {
        lines.push(format!("           {} disabled on their panel", purchases.off_there));
    }
    for check in health.checks.iter().filter(|check| check.state != CheckState::Ok) {
        let why = check.reason.as_deref().unwrap_or_default();
        lines.push(format!("{:<10} {}  {}", tame(&check.name), word(check.state), tame(why)));
        lines.extend(check.fix.as_ref().map(|fix| format!("           do: {}", tame(fix))));
    }
    lines.join("\n")
}

fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Ok => "ok",
        CheckState::Warn => "WARN",
        CheckState::Crit => "CRIT",
        CheckState::Unknown => "unknown",
        CheckState::NotTried => "not tried",
    }
}

fn exit_code(state: CheckState) -> ExitCode {
    ExitCode::from(match state {
        CheckState::Ok | CheckState::Unknown | CheckState::NotTried => 0,
        CheckState::Warn => 1,
        CheckState::Crit => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Check;
    use crate::console::fixture;

    #[test]
    fn the_database_says_its_engine_and_what_was_detected() {
        let mut health = fixture::health();
        health.database.engine = "postgresql".into();
        health.database.location = "127.0.0.1:5432/alamor_vpn".into();
        health.database.shape = "PostgreSQL 15.8, newest shape; our own tables in alamor".into();
        let text = text(&health);
        assert!(text.contains("database   ok  postgresql  127.0.0.1:5432/alamor_vpn\n"), "{text}");
        assert!(text.contains("\n           PostgreSQL 15.8, newest shape; our own"), "{text}");
    }

    #[test]
    fn what_is_wrong_with_a_panel_is_told_with_what_to_do_and_moves_no_cursor() {
        let mut health = fixture::health();
        health.checks = vec![Check {
            name: "panel nl-1".into(),
            state: CheckState::Crit,
            reason: Some("Xray does not run there: \u{1b}[2Jport 443 is taken".into()),
            fix: Some("start Xray on the panel's own page".into()),
            ..Check::default()
        }];
        let text = text(&health);
        assert!(text.contains("panel nl-1 CRIT  Xray does not run there: [2Jport 443"), "{text}");
        assert!(text.ends_with("           do: start Xray on the panel's own page"), "{text}");
    }
}
