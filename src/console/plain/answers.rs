//! What was asked for, as sentences. Pure.

use super::job::{capital, progress};
use super::line::LINES;
use crate::api::checks::CheckState;
use crate::api::health::PurchaseCounts;
use crate::api::logs::Record;
use crate::api::panels::Panel;
use crate::api::purchases::Purchase;
use crate::console::lang::{Lang, Messages};
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::{format, words};

/// How many purchases are told at once.
const ROWS: usize = 20;

/// Which lines there are.
pub(super) fn help(lang: Lang) -> Vec<String> {
    LINES.iter().map(|(line, help)| format!("{line}: {}.", help(lang.say()))).collect()
}

/// The core and its purchases at a glance.
pub(super) fn status(state: &State) -> Vec<String> {
    let (lang, say) = (state.session.lang, state.words());
    let Some(Dated { value: health, at }) = &state.health else {
        return vec![say.plain_core_unknown()];
    };
    let mut lines = Vec::new();
    if !state.connection.is_live() {
        lines.push(say.plain_not_heard_since(format::clock(lang, *at, &state.clock.zone)));
    }
    let url = &state.session.core_url;
    lines.push(match health.state {
        CheckState::Ok => say.plain_core_well(url),
        CheckState::Warn => say.plain_core_not_quite(url),
        CheckState::Crit => say.plain_core_in_trouble(url),
        CheckState::Unknown | CheckState::NotTried => say.plain_core_unlooked(url),
    });
    lines.push(counts(&health.purchases, lang));
    for check in health.checks.iter().filter(|check| check.state != CheckState::Ok) {
        let fix = check.fix.as_ref().map(|fix| format!(" {}.", capital(&say.status_do(fix))));
        let reason = check.reason.clone().unwrap_or_else(|| say.no_reason_given());
        let word = words::check(lang, check.state);
        lines.push(format!("{}: {word}, {reason}.{}", check.name, fix.unwrap_or_default()));
    }
    lines.extend(state.job.job.as_ref().map(|job| progress(&job.value, lang)));
    lines
}

/// A message that holds a written number.
type Counted = fn(&Messages, String) -> String;

fn counts(purchases: &PurchaseCounts, lang: Lang) -> String {
    let say = lang.say();
    let parts: [(u64, Counted); 6] = [
        (purchases.fresh, Messages::plain_fresh),
        (purchases.partial, Messages::plain_partial),
        (purchases.kept, Messages::plain_kept),
        (purchases.failed, Messages::plain_failed),
        (purchases.never, Messages::plain_never),
        (purchases.off_there, Messages::plain_off_there),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, part)| part(say, format::count(lang, *count))).collect();
    let active = say.active_purchases(purchases.active, format::count(lang, purchases.active));
    sentence(&active, &parts, lang)
}

/// Every panel.
pub(super) fn panels(state: &State) -> Vec<String> {
    let panels = state.panels.iter();
    let lines: Vec<_> = panels.map(|panel| self::panel(&panel.value, state.session.lang)).collect();
    if lines.is_empty() { vec![state.words().plain_no_panels()] } else { lines }
}

fn panel(panel: &Panel, lang: Lang) -> String {
    let say = lang.say();
    let mut parts = vec![words::standing(lang, panel)];
    parts.extend(words::reason(lang, panel));
    parts.extend(Some(words::make(panel)).filter(|make| !make.is_empty()));
    parts.push(say.purchases(panel.purchases, format::count(lang, panel.purchases)));
    if panel.kept > 0 {
        parts.push(say.plain_serve_older(panel.kept, format::count(lang, panel.kept)));
    }
    sentence(&panel.name, &parts, lang)
}

/// The first purchases of the list.
pub(super) fn purchases(state: &State) -> Vec<String> {
    let table = &state.purchases;
    let rows: Vec<_> = (0..table.len().min(ROWS)).filter_map(|row| table.find(row)).collect();
    let mut lines: Vec<_> = rows.iter().map(|row| purchase(&row.value, state)).collect();
    let left = table.len().saturating_sub(lines.len());
    if left > 0 {
        let left = format::count(state.session.lang, left as u64);
        lines.push(state.words().plain_more_purchases(left));
    }
    if lines.is_empty() { vec![state.words().plain_no_match()] } else { lines }
}

fn purchase(purchase: &Purchase, state: &State) -> String {
    let (lang, say) = (state.session.lang, state.words());
    let mut parts = Vec::new();
    parts.extend(purchase.user.map(|user| say.user(user.to_string())));
    if !purchase.panels.is_empty() {
        parts.push(say.plain_on_panels(purchase.panels.join(&say.plain_and())));
    }
    let links = say.links(purchase.links, format::count(lang, purchase.links));
    parts.push(match purchase.kept {
        0 => links,
        kept => say.plain_links_kept(links, format::count(lang, kept)),
    });
    parts.push(words::purchase(lang, purchase.state));
    parts.extend(purchase.age_ms.map(|age| say.age_old(format::age(lang, age))));
    let end = format::expiry(lang, purchase.expires_at, state.clock.now(), &state.clock.zone);
    parts.push(match purchase.expires_at {
        Some(at) if at > state.clock.now() => say.plain_ends(end),
        Some(_) => end,
        None => say.plain_never_ends(),
    });
    sentence(&say.plain_purchase(purchase.id), &parts, lang)
}

/// One record of the core's log.
pub(super) fn record(record: &Record, state: &State) -> String {
    let at = format::clock_seconds(state.session.lang, record.at, &state.clock.zone);
    let fields = record.fields.iter().map(|(name, value)| format!(", {name} {value}"));
    let said = format!("{at}, {}: {}", record.level.as_str(), record.message);
    fields.fold(said, |text, field| text + &field)
}

/// `about: part, part.`
fn sentence(about: &str, parts: &[String], lang: Lang) -> String {
    let comma = if lang == Lang::Fa { "، " } else { ", " };
    if parts.is_empty() { format!("{about}.") } else { format!("{about}: {}.", parts.join(comma)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::{list, live, purchases as rows, updating};

    #[test]
    fn everything_at_a_glance_is_a_few_sentences() {
        let text = status(&updating((80, 24))).join("\n");
        insta::assert_snapshot!("plain_status", text);
    }

    #[test]
    fn panels_and_purchases_are_one_sentence_each() {
        let mut state = live((80, 24));
        list(&mut state, rows(), 1_204);
        insta::assert_snapshot!(
            "plain_lists",
            [panels(&state), purchases(&state), help(Lang::En)].concat().join("\n")
        );
    }
}
