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

use super::rungs::{self, pad};
use super::table::{Paper, Side, Table};
use super::{args, attach, output};
use crate::api::checks::{Check, CheckState};
use crate::api::panels::{Login, Panel, PanelState};
use crate::client::Client;
use crate::config::Settings;
use crate::console::Lang;
use crate::console::facts::{self, When};
use crate::console::format;
use crate::console::look::Look;
use crate::console::text::tame;
use crate::console::words;

/// Where the sentence of a fact begins.
const LABEL: usize = 11;

/// Prints what was asked for.
pub(super) async fn run(
    options: &args::Panels,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let client = attach::client(&settings)?;
    let Some(name) = &options.name else { return list(&client, options.json, lang).await };
    let panels = client.list_panels().await?.items;
    let name = meant(name, panels.iter().map(|panel| panel.name.as_str()));
    if options.probe {
        return probe(&client, name, options.json, lang).await;
    }
    let panel = if options.retry {
        client.retry_login(name).await?
    } else {
        client.get_panel(name).await?
    };
    if options.json {
        output::data(&serde_json::to_string(&panel)?)?;
    } else {
        output::data(&details(&panel, Paper::detect(lang)))?;
    }
    if options.retry {
        output::note(&lang.say().login_may_be_retried());
    }
    Ok(rungs::exit_code(words::verdict(&panel)))
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

async fn list(client: &Client, json: bool, lang: Lang) -> anyhow::Result<ExitCode> {
    let panels = client.list_panels().await?.items;
    if json {
        output::each(&panels)?;
    } else {
        output::data(&table(&panels, Paper::detect(lang)))?;
    }
    Ok(rungs::exit_code(words::worst(panels.iter().map(words::verdict))))
}

async fn probe(client: &Client, name: &str, json: bool, lang: Lang) -> anyhow::Result<ExitCode> {
    let rungs = client.probe_panel(name).await?;
    if json {
        output::each(&rungs)?;
    } else {
        output::data(&ladder(name, &rungs, Paper::detect(lang)))?;
    }
    Ok(rungs::exit_code(words::worst(rungs.iter().map(|rung| rung.state))))
}

/// Every panel in a row, with what is wrong with it below.
pub(super) fn table(panels: &[Panel], paper: Paper) -> String {
    let lang = paper.look.lang();
    let say = lang.say();
    if panels.is_empty() {
        return say.no_panels();
    }
    let mut table = Table::new([
        (say.column_name(), Side::Left),
        (say.column_state(), Side::Left),
        (say.column_make(), Side::Left),
        (say.column_way(), Side::Left),
        (say.column_login(), Side::Left),
        (say.column_answer(), Side::Right),
        (say.column_clients(), Side::Right),
        (say.column_sold(), Side::Right),
        (say.column_xray(), Side::Left),
    ]);
    for panel in panels {
        table.push(row(panel, paper.look));
    }
    let mut rows = table.lines(paper, &[(0, 8), (2, 8), (1, 8)]).into_iter();
    let mut lines: Vec<String> = rows.next().into_iter().collect();
    for (panel, row) in panels.iter().zip(rows) {
        lines.push(row);
        for trouble in troubles(panel, lang) {
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
        format!("{} {}", sign(panel, look), words::standing(look.lang(), panel)),
        known(words::make(panel)),
        words::short_way(look.lang(), &panel.way),
        words::login(look.lang(), panel.login),
        panel.latency_ms.map_or_else(none, |value| format::took(look.lang(), value)),
        panel.clients.map_or_else(none, |value| format::count(look.lang(), value)),
        format::count(look.lang(), panel.purchases),
        panel.xray.as_ref().map_or_else(none, |xray| words::xray(look.lang(), xray)),
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
fn troubles(panel: &Panel, lang: Lang) -> Vec<String> {
    let say = lang.say();
    let is_away = !matches!(panel.state, PanelState::Reachable | PanelState::Unknown);
    let away = words::reason(lang, panel).filter(|_| is_away).map(|why| {
        let now = Timestamp::now();
        let since = panel.since.map(|since| {
            let at = format::moment(lang, since, now, &TimeZone::system());
            let age = format::age(lang, format::between(since, now));
            format!("{}: ", say.since(at, age))
        });
        format!("{}{why}", since.unwrap_or_default())
    });
    let login = (panel.login == Login::Refused)
        .then(|| say.login_said(words::login_in_full(lang, panel.login)));
    let kept = say.serve_older_links(panel.kept, format::count(lang, panel.kept));
    let kept = (panel.kept > 0).then_some(kept);
    let tls = (!panel.tls_verified).then(|| say.tls_not_verified());
    [away, words::xray_trouble(lang, panel), login, kept, tls].into_iter().flatten().collect()
}

/// All that is known of one panel.
fn details(panel: &Panel, paper: Paper) -> String {
    let now = Timestamp::now();
    let zone = TimeZone::system();
    let when = When { lang: paper.look.lang(), heard: now, now, zone: &zone };
    let mut lines = vec![format!("{} {}", sign(panel, paper.look), tame(&panel.name))];
    for fact in facts::of_panel(panel, when) {
        for (index, text) in paper.wrapped(&fact.text, LABEL).into_iter().enumerate() {
            let label = if index == 0 { fact.label.as_str() } else { "" };
            lines.push(format!("{}{text}", pad(label, LABEL)));
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
    let lang = paper.look.lang();
    let count = lang.say().rungs(rungs.len() as u64, format::count(lang, rungs.len() as u64));
    let mut lines = vec![format!("{}   {count}, {}", tame(name), format::took(lang, took))];
    for rung in rungs {
        lines.extend(rungs::lines(rung, paper));
    }
    lines.join("\n")
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
