//! `alamor purchases`: the list, for people and for scripts.

use std::process::ExitCode;

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::{args, attach, output};
use crate::api::purchases::Purchase;
use crate::client::PurchasesQuery;
use crate::config::Settings;
use crate::console::Lang;
use crate::console::format;
use crate::console::text::tame;
use crate::console::words;

/// Prints every purchase that the filter lets pass.
pub(super) async fn run(
    options: &args::Purchases,
    settings: Settings,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let client = attach::client(&settings)?;
    let mut query = PurchasesQuery {
        limit: Some(500),
        state: options.state.clone(),
        panel: options.panel.clone(),
        profile: options.profile.clone(),
        outcome: options.outcome.clone(),
        min_age_ms: options.older,
        max_age_ms: options.younger,
        user: options.user.map(|user| user.to_string()),
        q: options.q.clone(),
        sort: options.sort.clone(),
        ..PurchasesQuery::default()
    };
    if !options.json {
        let say = lang.say();
        output::data(&row([
            say.column_id(),
            say.column_user(),
            say.column_panels(),
            say.column_links(),
            say.column_state(),
            say.column_age(),
            say.column_expires(),
        ]))?;
    }
    loop {
        let page = client.list_purchases(&query).await?;
        for purchase in &page.items {
            output::data(&if options.json {
                serde_json::to_string(purchase)?
            } else {
                line(purchase, lang)
            })?;
        }
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

fn line(purchase: &Purchase, lang: Lang) -> String {
    let none = || "-".to_owned();
    let fresh = purchase.links.saturating_sub(purchase.kept);
    let number = |number| format::plain(lang, number);
    let links = match purchase.kept {
        0 => number(purchase.links),
        kept => format!("{}+{}", number(fresh), number(kept)),
    };
    let date = |at| format::date(lang, at, &TimeZone::system());
    row([
        purchase.id.to_string(),
        purchase.user.map_or_else(none, |user| user.to_string()),
        tame(&purchase.panels.join(",")),
        links,
        words::purchase(lang, purchase.state),
        purchase.age_ms.map_or_else(none, |ms| format::age(lang, ms)),
        purchase.expires_at.map_or_else(none, date),
    ])
}

/// Columns that stand below each other, and are never cut: it may be a pipe.
fn row(cells: [String; 7]) -> String {
    let [id, user, panels, links, state, age, expires] = cells;
    let blanks = |text: &str, cells: usize| " ".repeat(cells.saturating_sub(text.width()));
    let left = |text: String, cells| format!("{text}{}", blanks(&text, cells));
    let right = |text: String, cells| format!("{}{text}", blanks(&text, cells));
    let (id, user, panels) = (right(id, 7), left(user, 12), left(panels, 20));
    let (links, state, age) = (right(links, 7), left(state, 12), right(age, 8));
    format!("{id}  {user} {panels} {links}  {state} {age}  {expires}")
}
