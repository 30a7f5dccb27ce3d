//! The report for people: a summary, then what differs.
//!
//! ```text
//! ✔ database       SQLite 3.50.2, July's shape, without updated_at; 1204 active …     3 ms
//!                  subscription_id, xui_client_uuid, xui_client_email, no profiles, …
//!
//! NAME   STATE          MAKE …
//! de-1   ● reachable    3x-ui 3.6.0 …
//!
//! 1 204 of 1 235 purchases are active, asked in 3.1 s
//! found  everywhere 1 180, partly 2, nowhere 22, switched off 31
//!     22  fr-2 refused the connection (refused)
//! /sub   fewer links 2, other links 40, as before 1 193
//! Look first: …
//!
//! ID     FOUND     BEFORE         AFTER          EFFECT       WHY
//! #1041  nowhere   200, 5 links   200, 5 links   as before    fr-2 refused the connection
//! ```

use super::report::{Found, Report, Row};
use crate::api::checks::CheckState;
use crate::cli::panels;
use crate::cli::rungs;
use crate::cli::table::{Paper, Side, Table};
use crate::console::Lang;
use crate::console::format;
use crate::console::reasons::sentence;
use crate::core::takeover::{Answer, Effect};
use crate::database::shape::Shape;

/// How far the lines below a rung stand in.
const INDENT: usize = 17;

/// The whole report.
pub(super) fn whole(report: &Report, all: bool, paper: Paper) -> String {
    let mut blocks = vec![database(report, paper), panels::table(&report.panels, paper)];
    blocks.push(summary(report, paper).join("\n"));
    let rows: Vec<&Row> = report.rows.iter().filter(|row| all || row.differs()).collect();
    if !rows.is_empty() {
        blocks.push(table(&rows, paper));
    }
    let left_out = (report.rows.len() - rows.len()) as u64;
    if left_out > 0 {
        let lang = paper.look.lang();
        blocks.push(lang.say().migrate_left_out(left_out, format::count(lang, left_out)));
    }
    blocks.join("\n\n")
}

fn database(report: &Report, paper: Paper) -> String {
    let mut lines = rungs::lines(&report.database, paper);
    let columns = columns(&report.shape);
    let columns = paper.wrapped(&columns, INDENT);
    lines.extend(columns.into_iter().map(|line| format!("{}{line}", " ".repeat(INDENT))));
    lines.join("\n")
}

/// The columns that differ between the bot's versions, by their names.
fn columns(shape: &Shape) -> String {
    let or_none = |found: bool, name: &str| {
        if found { name.to_owned() } else { format!("no {name}") }
    };
    let columns = [
        shape.sub_id.to_owned(),
        shape.client_uuid.map_or_else(|| "no client_uuid".to_owned(), str::to_owned),
        shape.client_email.map_or_else(|| "no client_email".to_owned(), str::to_owned),
        or_none(shape.has_profiles, "profile_id"),
        or_none(shape.has_synced_configs, "synced_configs"),
        or_none(shape.has_panel_type, "panel_type"),
        or_none(shape.has_users, "users"),
        or_none(shape.is_dated(), "updated_at"),
    ];
    columns.join(", ")
}

fn summary(report: &Report, paper: Paper) -> Vec<String> {
    let lang = paper.look.lang();
    let (say, count) = (lang.say(), |number| format::count(lang, number));
    let took = report.job.as_ref().map_or(0, |job| job.elapsed_ms);
    let (active, total) = (report.active(), report.rows.len() as u64);
    let mut lines =
        vec![say.migrate_counts(count(active), count(total), format::tenths(lang, took))];
    let found = Found::ALL.map(|found| (found_word(lang, found), report.count_found(found)));
    let found = format!("{}: {}", say.migrate_found(), counted(lang, &found));
    lines.extend(paper.wrapped(&found, 0));
    for cause in report.causes() {
        let (why, code) = (sentence(lang, cause.reason, None), &cause.reason.code);
        let mut rows = paper.wrapped(&format!("{why} ({code})"), 8).into_iter();
        let number = count(cause.purchases);
        lines.push(format!("{number:>6}  {}", rows.next().unwrap_or_default()));
        lines.extend(rows.map(|row| format!("        {row}")));
    }
    let mut effects =
        Effect::ALL.map(|it| (effect_word(lang, it), report.count_effect(it))).to_vec();
    effects.push((say.migrate_no_address(), report.without_address()));
    lines.extend(paper.wrapped(&format!("/sub: {}", counted(lang, &effects)), 0));
    if let Some(reason) = report.job.as_ref().and_then(|job| job.reason.as_ref()) {
        lines.extend(paper.wrapped(&sentence(lang, reason, None), 0));
    }
    lines.extend(paper.wrapped(&verdict(lang, report.verdict()), 0));
    lines
}

/// `everywhere 12, nowhere 3`: what is none is left out.
fn counted(lang: Lang, words: &[(String, u64)]) -> String {
    let some = words.iter().filter(|(_, number)| *number > 0);
    let some = some.map(|(word, number)| format!("{word} {}", format::count(lang, *number)));
    let parts: Vec<String> = some.collect();
    if parts.is_empty() { format::count(lang, 0) } else { parts.join(", ") }
}

fn table(rows: &[&Row], paper: Paper) -> String {
    let lang = paper.look.lang();
    let say = lang.say();
    let mut table = Table::new([
        (say.column_id(), Side::Left),
        (say.migrate_column_found(), Side::Left),
        (say.migrate_column_before(), Side::Left),
        (say.migrate_column_after(), Side::Left),
        (say.migrate_column_effect(), Side::Left),
        (say.migrate_column_why(), Side::Left),
    ]);
    for row in rows {
        let said = |answer: Option<Answer>| {
            answer.map_or_else(|| say.migrate_no_address(), |answer| answer_words(lang, answer))
        };
        let none = || paper.look.glyphs.none.to_owned();
        table.push([
            format!("#{}", row.id),
            found_word(lang, row.found()),
            said(row.compared.map(|compared| compared.before)),
            said(row.compared.map(|compared| compared.after)),
            row.effect().map_or_else(none, |effect| effect_word(lang, effect)),
            why(row, lang),
        ]);
    }
    table.lines(paper, &[(5, 16), (4, 8), (1, 8)]).join("\n")
}

/// Everything about a purchase that a number does not say.
fn why(row: &Row, lang: Lang) -> String {
    let say = lang.say();
    let reason =
        row.reason().map(|reason| format!("{} ({})", sentence(lang, reason, None), reason.code));
    let dropped = row.compared.map_or(0, |compared| compared.before.other_lines);
    let dropped =
        (dropped > 0).then(|| say.migrate_other_lines(dropped, format::count(lang, dropped)));
    let shadow = row.shadow.map(|id| say.migrate_shadow(format!("#{id}")));
    let notes = row.item.iter().flat_map(|item| item.notes.iter().cloned());
    let all: Vec<String> = reason.into_iter().chain(dropped).chain(shadow).chain(notes).collect();
    all.join("; ")
}

fn answer_words(lang: Lang, answer: Answer) -> String {
    if answer.links == 0 {
        return answer.status.to_string();
    }
    let links = lang.say().links(answer.links, format::count(lang, answer.links));
    format!("{}, {links}", answer.status)
}

fn found_word(lang: Lang, found: Found) -> String {
    let say = lang.say();
    match found {
        Found::Everywhere => say.migrate_everywhere(),
        Found::Partly => say.migrate_partly(),
        Found::Nowhere => say.migrate_nowhere(),
        Found::NotAsked => say.migrate_not_asked(),
        Found::Off => say.migrate_off(),
    }
}

fn effect_word(lang: Lang, effect: Effect) -> String {
    let say = lang.say();
    match effect {
        Effect::Loses => say.migrate_loses(),
        Effect::Fewer => say.migrate_fewer(),
        Effect::Others => say.migrate_others(),
        Effect::Names => say.migrate_names(),
        Effect::Gains => say.migrate_gains(),
        Effect::Refused => say.migrate_refused(),
        Effect::Same => say.migrate_same(),
    }
}

fn verdict(lang: Lang, verdict: CheckState) -> String {
    let say = lang.say();
    match verdict {
        CheckState::Crit => say.migrate_not_ready(),
        CheckState::Warn => say.migrate_look_first(),
        CheckState::Ok | CheckState::Unknown | CheckState::NotTried => say.migrate_ready(),
    }
}
