//! `alamor purchases`: the list, for people and for scripts.

use std::process::ExitCode;

use super::{args, attach, output};
use crate::api::purchases::Purchase;
use crate::client::PurchasesQuery;
use crate::config::Settings;

/// Prints every purchase that the filter lets pass.
pub(super) async fn run(options: &args::Purchases, settings: Settings) -> anyhow::Result<ExitCode> {
    let client = attach::client(&settings)?;
    let mut query = PurchasesQuery {
        limit: Some(500),
        state: options.state.clone(),
        panel: options.panel.clone(),
        profile: options.profile.clone(),
        user: options.user.map(|user| user.to_string()),
        q: options.q.clone(),
        sort: options.sort.clone(),
        ..PurchasesQuery::default()
    };
    if !options.json {
        output::data(&row(["ID", "USER", "PANELS", "LINKS", "STATE", "AGE", "EXPIRES"]))?;
    }
    loop {
        let page = client.list_purchases(&query).await?;
        for purchase in &page.items {
            output::data(&if options.json {
                serde_json::to_string(purchase)?
            } else {
                line(purchase)
            })?;
        }
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

fn line(purchase: &Purchase) -> String {
    let none = || "-".to_owned();
    let fresh = purchase.links.saturating_sub(purchase.kept);
    let links = match purchase.kept {
        0 => purchase.links.to_string(),
        kept => format!("{fresh}+{kept}"),
    };
    row([
        &purchase.id.to_string(),
        &purchase.user.map_or_else(none, |user| user.to_string()),
        &purchase.panels.join(","),
        &links,
        purchase.state.as_str(),
        &purchase.age_ms.map_or_else(none, age),
        &purchase.expires_at.map_or_else(none, |at| at.strftime("%Y-%m-%d").to_string()),
    ])
}

fn row(cells: [&str; 7]) -> String {
    let [id, user, panels, links, state, age, expires] = cells;
    format!("{id:>7}  {user:<12} {panels:<20} {links:>7}  {state:<8} {age:>8}  {expires}")
}

/// The largest whole unit.
fn age(ms: u64) -> String {
    match ms / 1000 {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds @ 3600..86400 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86400),
    }
}
