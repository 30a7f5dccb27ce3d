//! `alamor status`: health at a glance.

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use unicode_width::UnicodeWidthStr;

use super::live::Live;
use super::rungs::exit_code;
use super::{attach, output};
use crate::api::CheckState;
use crate::api::events::Event;
use crate::api::health::{Health, PurchaseCounts};
use crate::client::{Client, Heard, Pace};
use crate::config::Settings;
use crate::console::Lang;
use crate::console::format;
use crate::console::look::Look;
use crate::console::reasons::of_client;
use crate::console::text::tame;
use crate::console::words;

/// Cells before a line's text.
const LABEL: usize = 11;

/// Prints the core's health. Exit code 0 ok, 1 warn, 2 crit or not reached.
pub(super) async fn run(
    options: super::args::Status,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let client = attach::client(&settings)?;
    let health = client.get_health().await?;
    if !options.watch {
        print(&health, options.json, lang)?;
        return Ok(exit_code(health.state));
    }
    if !options.json && is_drawn_on() {
        return watch(&client, health, lang).await;
    }
    print(&health, options.json, lang)?;
    let mut events = client.events(Pace::default());
    let mut last = text(&health, lang);
    let mut state = health.state;
    while let Some(heard) = events.hear().await {
        match heard {
            Heard::Event(Event::Health(health)) => {
                let now = text(&health, lang);
                if now != last {
                    print(&health, options.json, lang)?;
                }
                (last, state) = (now, health.state);
            }
            Heard::Lost { cause } => {
                output::note(&lang.say().connection_lost(of_client(lang, &cause)));
            }
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
async fn watch(client: &Client, mut health: Health, lang: Lang) -> anyhow::Result<ExitCode> {
    let look = Look::detect(|name| env::var(name).ok()).speaking(lang);
    let mut live = Live::new(io::stdout(), look);
    let mut resized = signal(SignalKind::window_change()).context("signals cannot be watched")?;
    let mut events = client.events(Pace::default());
    let mut lost = None;
    loop {
        let mut lines: Vec<String> = text(&health, lang).lines().map(str::to_owned).collect();
        lines.extend(lost.as_ref().map(|cause| lang.say().connection_lost(of_client(lang, cause))));
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

fn print(health: &Health, json: bool, lang: Lang) -> anyhow::Result<()> {
    output::data(&if json { serde_json::to_string(health)? } else { text(health, lang) })
}

/// What changes slowly enough to be read.
fn text(health: &Health, lang: Lang) -> String {
    let say = lang.say();
    let state = words::check(lang, health.state);
    let mut lines = vec![
        format!("alamor {}  {state}  http://{}", health.version, health.listen),
        labelled("pid", format!("{} ({})", health.pid, health.role)),
        labelled(
            &say.status_database(),
            format!(
                "{}  {}  {}",
                words::check(lang, health.database.state),
                health.database.engine,
                health.database.location
            ),
        ),
    ];
    // What was detected may take a line of its own: columns, and where our own tables are.
    let shape = Some(&health.database.shape).filter(|shape| !shape.is_empty());
    lines.extend(shape.map(|shape| labelled("", shape)));
    lines.push(labelled(&say.status_purchases(), counts(&health.purchases, lang)));
    if health.purchases.off_there > 0 {
        let count = format::plain(lang, health.purchases.off_there);
        lines.push(labelled("", say.status_off_there(count)));
    }
    for check in health.checks.iter().filter(|check| check.state != CheckState::Ok) {
        let why = check.reason.as_deref().unwrap_or_default();
        let text = format!("{}  {}", words::check(lang, check.state), tame(why));
        lines.push(labelled(&tame(&check.name), text));
        lines.extend(check.fix.as_ref().map(|fix| labelled("", say.status_do(tame(fix)))));
    }
    lines.join("\n")
}

/// A text behind its label.
fn labelled(label: &str, text: impl AsRef<str>) -> String {
    let blanks = LABEL.saturating_sub(label.width()).max(1);
    format!("{label}{}{}", " ".repeat(blanks), text.as_ref())
}

fn counts(purchases: &PurchaseCounts, lang: Lang) -> String {
    let count = |number| format::plain(lang, number);
    lang.say().status_counts(
        count(purchases.active),
        count(purchases.fresh),
        count(purchases.partial),
        count(purchases.kept),
        count(purchases.failed),
        count(purchases.never),
    )
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
        let text = text(&health, Lang::En);
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
        let text = text(&health, Lang::En);
        assert!(text.contains("panel nl-1 CRIT  Xray does not run there: [2Jport 443"), "{text}");
        assert!(text.ends_with("           do: start Xray on the panel's own page"), "{text}");
    }
}
