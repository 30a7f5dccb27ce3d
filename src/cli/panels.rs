//! `alamor panels`: which there are and what each can do; one in detail; the ladder to it.
//!
//! ```text
//! NAME  STATE          MAKE          WAY      LOGIN     ANSWER  CLIENTS  SOLD  XRAY
//! de-1  ● reachable    3x-ui 3.6.0   links    token      41 ms      402   402  running
//! fr-2  ✖ unreachable  3x-ui 2.8.11  learned  password       –       22    22  –
//!       since 13:41 (22 min): refused the connection
//! ```
//!
//! Exit code: 0 all is well or nobody knows, 1 somebody should look, 2 something does not work.

use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::table::{Paper, Side, Table};
use super::{args, attach, output};
use crate::api::checks::{Check, CheckState};
use crate::api::panels::{Login, Panel, PanelState};
use crate::client::Client;
use crate::config::Settings;
use crate::console::facts::{self, When};
use crate::console::format;
use crate::console::look::Look;
use crate::console::text::{left, tame};
use crate::console::words;

/// Where the sentence of a fact begins.
const LABEL: usize = 11;

/// Cells of a rung's name.
const RUNG: usize = 14;

/// Prints what was asked for.
pub(super) async fn run(options: &args::Panels, settings: Settings) -> anyhow::Result<ExitCode> {
    let client = attach::client(&settings)?;
    let Some(name) = &options.name else { return list(&client, options.json).await };
    let panels = client.list_panels().await?.items;
    let name = meant(name, panels.iter().map(|panel| panel.name.as_str()));
    if options.probe {
        return probe(&client, name, options.json).await;
    }
    let panel = if options.retry {
        client.retry_login(name).await?
    } else {
        client.get_panel(name).await?
    };
    if options.json {
        output::data(&serde_json::to_string(&panel)?)?;
    } else {
        output::data(&details(&panel, Paper::detect()))?;
    }
    if options.retry {
        output::note("its login may be tried again: the next reading of it does, or --probe now");
    }
    Ok(exit_code(words::verdict(&panel)))
}

/// The panel that is meant: its name may be typed as the bot has it, or as the list shows it.
fn meant<'a>(typed: &'a str, names: impl Iterator<Item = &'a str>) -> &'a str {
    let shown = |name: &str| tame(name).trim().to_owned();
    let alike: Vec<&str> = names.filter(|name| shown(name) == shown(typed)).collect();
    match alike.as_slice() {
        [only] => only,
        _ => typed,
    }
}

async fn list(client: &Client, json: bool) -> anyhow::Result<ExitCode> {
    let panels = client.list_panels().await?.items;
    if json {
        print_each(&panels)?;
    } else {
        output::data(&table(&panels, Paper::detect()))?;
    }
    Ok(exit_code(words::worst(panels.iter().map(words::verdict))))
}

async fn probe(client: &Client, name: &str, json: bool) -> anyhow::Result<ExitCode> {
    let rungs = client.probe_panel(name).await?;
    if json {
        print_each(&rungs)?;
    } else {
        output::data(&ladder(name, &rungs, Paper::detect()))?;
    }
    Ok(exit_code(words::worst(rungs.iter().map(|rung| rung.state))))
}

/// One JSON object a line.
fn print_each<T: Serialize>(items: &[T]) -> anyhow::Result<()> {
    items.iter().try_for_each(|item| output::data(&serde_json::to_string(item)?))
}

fn exit_code(state: CheckState) -> ExitCode {
    ExitCode::from(match state {
        CheckState::Ok | CheckState::Unknown | CheckState::NotTried => 0,
        CheckState::Warn => 1,
        CheckState::Crit => 2,
    })
}

fn table(panels: &[Panel], paper: Paper) -> String {
    if panels.is_empty() {
        return "the bot's database has no panels".to_owned();
    }
    let mut table = Table::new([
        ("NAME", Side::Left),
        ("STATE", Side::Left),
        ("MAKE", Side::Left),
        ("WAY", Side::Left),
        ("LOGIN", Side::Left),
        ("ANSWER", Side::Right),
        ("CLIENTS", Side::Right),
        ("SOLD", Side::Right),
        ("XRAY", Side::Left),
    ]);
    for panel in panels {
        table.push(row(panel, paper.look));
    }
    let mut rows = table.lines(paper, &[(0, 8), (2, 8), (1, 8)]).into_iter();
    let mut lines: Vec<String> = rows.next().into_iter().collect();
    for (panel, row) in panels.iter().zip(rows) {
        lines.push(row);
        for trouble in troubles(panel) {
            lines
                .extend(paper.wrapped(&trouble, 6).into_iter().map(|line| format!("      {line}")));
        }
    }
    lines.join("\n")
}

fn row(panel: &Panel, look: Look) -> [String; 9] {
    let none = || look.glyphs.none.to_owned();
    let known = |text: String| if text.is_empty() { none() } else { text };
    [
        panel.name.clone(),
        format!("{} {}", sign(panel, look), words::standing(panel)),
        known(words::make(panel)),
        words::short_way(&panel.way).to_owned(),
        words::login(panel.login).to_owned(),
        panel.latency_ms.map_or_else(none, format::took),
        panel.clients.map_or_else(none, format::count),
        format::count(panel.purchases),
        panel.xray.as_ref().map_or_else(none, |xray| words::xray(xray).to_owned()),
    ]
}

/// The shape of a panel's state: of all that is known of it.
fn sign(panel: &Panel, look: Look) -> &'static str {
    let glyphs = look.glyphs;
    match words::verdict(panel) {
        CheckState::Ok => glyphs.ok,
        CheckState::Warn => glyphs.warn,
        CheckState::Crit => glyphs.bad,
        CheckState::Unknown | CheckState::NotTried => glyphs.unknown,
    }
}

/// What is wrong with a panel, a line each.
fn troubles(panel: &Panel) -> Vec<String> {
    let is_away = !matches!(panel.state, PanelState::Reachable | PanelState::Unknown);
    let away = words::reason(panel).filter(|_| is_away).map(|why| {
        let now = Timestamp::now();
        let since = panel.since.map(|since| {
            let at = format::moment(since, now, &TimeZone::system());
            format!("since {at} ({}): ", format::age(format::between(since, now)))
        });
        format!("{}{why}", since.unwrap_or_default())
    });
    let login = (panel.login == Login::Refused)
        .then(|| format!("login {}", words::login_in_full(panel.login)));
    let kept = (panel.kept > 0).then(|| {
        let kept = format::counted(panel.kept, "purchase serves", "purchases serve");
        format!("{kept} older links because of it")
    });
    let tls = (!panel.tls_verified).then(|| "TLS not verified".to_owned());
    [away, words::xray_trouble(panel), login, kept, tls].into_iter().flatten().collect()
}

/// All that is known of one panel.
fn details(panel: &Panel, paper: Paper) -> String {
    let now = Timestamp::now();
    let zone = TimeZone::system();
    let when = When { heard: now, now, zone: &zone };
    let mut lines = vec![format!("{} {}", sign(panel, paper.look), tame(&panel.name))];
    for fact in facts::of_panel(panel, when) {
        for (index, text) in paper.wrapped(&fact.text, LABEL).into_iter().enumerate() {
            let label = if index == 0 { fact.label } else { "" };
            lines.push(format!("{label:<LABEL$}{text}"));
        }
    }
    lines.join("\n")
}

/// The ladder, as it was climbed.
///
/// ```text
/// ✔ connect        https://nl-1.example.net:2053 answers          24 ms
/// ✖ login          it refused user and password                  118 ms
///                  do   correct them in the bot
/// · list           not tried
/// ```
fn ladder(name: &str, rungs: &[Check], paper: Paper) -> String {
    let took: u64 = rungs.iter().filter_map(|rung| rung.took_ms).sum();
    let count = format::counted(rungs.len() as u64, "rung", "rungs");
    let mut lines = vec![format!("{}   {count}, {}", tame(name), format::took(took))];
    for rung in rungs {
        lines.extend(rung_lines(rung, paper));
    }
    lines.join("\n")
}

fn rung_lines(rung: &Check, paper: Paper) -> Vec<String> {
    let glyphs = paper.look.glyphs;
    let sign = match rung.state {
        CheckState::Ok => glyphs.good,
        CheckState::Warn => glyphs.warn,
        CheckState::Crit => glyphs.bad,
        CheckState::Unknown => glyphs.unknown,
        CheckState::NotTried => glyphs.skipped,
    };
    let indent = RUNG + 3;
    // On a terminal of 80 columns the time stands at its right end.
    let cells = paper.width.unwrap_or(80).saturating_sub(indent + 10).max(20);
    let mut rows = paper.wrapped(words::rung(rung), indent + 10).into_iter();
    let took = rung.took_ms.map(format::took).unwrap_or_default();
    let name = left(&rung.name, RUNG, paper.look);
    let text = pad(&rows.next().unwrap_or_default(), cells);
    let mut lines = vec![format!("{sign} {name} {text} {took:>9}").trim_end().to_owned()];
    let blank = " ".repeat(indent);
    lines.extend(rows.map(|row| format!("{blank}{row}")));
    for (label, text) in words::below(rung) {
        for (index, row) in paper.wrapped(text, indent + 5).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            lines.push(format!("{blank}{label:<5}{row}"));
        }
    }
    lines
}

/// `text` with blanks up to `cells`; a longer one stays whole.
fn pad(text: &str, cells: usize) -> String {
    let used = unicode_width::UnicodeWidthStr::width(text);
    format!("{text}{}", " ".repeat(cells.saturating_sub(used)))
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::console::fixture::{panel, rungs, troubled_panel};

    fn paper(width: Option<usize>) -> Paper {
        Paper { look: Look::new(false, false), width }
    }

    #[test]
    fn the_list_fits_a_terminal_of_80_columns_and_is_whole_in_a_pipe() {
        let long = Panel {
            name: "سرور آلمان شماره یک 🇩🇪".into(), ..panel("x", 1_204, 12_000)
        };
        let panels = [panel("de-1", 41, 402), troubled_panel(), long];
        let narrow = table(&panels, paper(Some(80)));
        assert!(narrow.lines().all(|line| line.width() <= 80), "{narrow}");
        insta::assert_snapshot!("panels_terminal", narrow);
        insta::assert_snapshot!("panels_pipe", table(&panels, paper(None)));
    }

    #[test]
    fn a_name_may_be_typed_as_the_list_shows_it() {
        let names = ["آلمان 🇩🇪", "de-1", " de-1"];
        assert_eq!(meant("آلمان DE", names.into_iter()), "آلمان 🇩🇪");
        assert_eq!(meant("آلمان 🇩🇪", names.into_iter()), "آلمان 🇩🇪");
        assert_eq!(meant("de-1", names.into_iter()), "de-1", "two are alike: as it was typed");
        assert_eq!(meant("nl-1", names.into_iter()), "nl-1");
    }

    #[test]
    fn the_details_show_no_path_of_an_address() {
        let text = details(&troubled_panel(), paper(Some(80)));
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        assert!(text.contains("address    https://nl-1.example.net:2053\n"), "{text}");
        assert!(text.contains("by client  inbound 3 NL-VMess: one client only, 41 purchases"));
    }

    #[test]
    fn a_ladder_says_what_it_saw_why_and_what_to_do() {
        insta::assert_snapshot!("ladder_terminal", ladder("nl-1", &rungs(), paper(Some(80))));
        insta::assert_snapshot!("ladder_pipe", ladder("nl-1", &rungs(), paper(None)));
    }
}
