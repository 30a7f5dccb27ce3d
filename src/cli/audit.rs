//! `alamor audit`: who saw or did what, and from where.
//!
//! ```text
//! WHEN              BY    FROM          WHAT
//! 14:03             ali   here          start job 7
//! 2026-11-23 13:20  –     203.0.113.9   update purchase 17
//! ```

use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::table::{Paper, Side, Table};
use super::{args, attach, output};
use crate::api::audit::Entry;
use crate::client::PageQuery;
use crate::config::Settings;
use crate::console::{Lang, format};

/// Prints the newest entries.
pub(super) async fn run(
    options: args::Audit,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let client = attach::client(&settings)?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut query = PageQuery { limit: Some(options.limit), cursor: None };
    loop {
        let page = client.list_audit(&query).await?;
        entries.extend(page.items);
        query.cursor = page.next_cursor;
        if query.cursor.is_none() || entries.len() >= options.limit as usize {
            break;
        }
    }
    entries.truncate(options.limit as usize);
    if options.json {
        output::each(&entries)?;
    } else {
        output::data(&table(entries, Paper::detect(lang), Timestamp::now()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(entries: Vec<Entry>, paper: Paper, now: Timestamp) -> String {
    let lang = paper.look.lang();
    let say = lang.say();
    let mut table = Table::new([
        (say.column_when(), Side::Left),
        (say.column_by(), Side::Left),
        (say.column_from(), Side::Left),
        (say.column_what(), Side::Left),
    ]);
    let known = |text: Option<String>| text.unwrap_or_else(|| paper.look.glyphs.none.to_owned());
    for Entry { at, by, origin, action, subject } in entries {
        let when = format::moment(lang, at, now, &TimeZone::system());
        table.push([when, known(by), known(origin), format!("{action} {subject}")]);
    }
    table.lines(paper, &[(3, 20)]).join("\n")
}
