//! What was asked for, as sentences. Pure.

use super::job::progress;
use super::line::LINES;
use crate::api::CheckState;
use crate::api::logs::Record;
use crate::api::panels::Panel;
use crate::api::purchases::Purchase;
use crate::console::state::State;
use crate::console::state::clock::Dated;
use crate::console::{format, words};

/// How many purchases are told at once.
const ROWS: usize = 20;

/// Which lines there are.
pub(super) fn help() -> Vec<String> {
    LINES.iter().map(|(line, help)| format!("{line}: {help}.")).collect()
}

/// The core and its purchases at a glance.
pub(super) fn status(state: &State) -> Vec<String> {
    let Some(health) = &state.health else {
        return vec!["Nothing is known of the core yet.".to_owned()];
    };
    let Dated { value: health, at } = health;
    let purchases = &health.purchases;
    let mut lines = Vec::new();
    if !state.connection.is_live() {
        let at = format::clock(*at, &state.clock.zone);
        lines.push(format!("The core is not heard. What follows is from {at}."));
    }
    let verdict = match health.state {
        CheckState::Ok => "well",
        CheckState::Warn => "not quite well",
        CheckState::Crit => "in trouble",
        CheckState::Unknown | CheckState::NotTried => "not looked at yet",
    };
    lines.push(format!("The core at {} is {verdict}.", state.session.core_url));
    let active = format::counted(purchases.active, "active purchase", "active purchases");
    let parts = [
        (purchases.fresh, "fresh"),
        (purchases.partial, "partial"),
        (purchases.kept, "kept"),
        (purchases.failed, "failed"),
        (purchases.never, "never tried"),
        (purchases.off_there, "off at their panel"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> =
        parts.map(|(count, word)| format!("{} {word}", format::count(*count))).collect();
    lines.push(sentence(&active, &parts));
    for check in health
        .checks
        .iter()
        .filter(|check| matches!(check.state, CheckState::Warn | CheckState::Crit))
    {
        let fix = check.fix.as_ref().map(|fix| format!(" Do: {fix}.")).unwrap_or_default();
        lines.push(format!(
            "{}: {}.{fix}",
            check.name,
            check.reason.as_deref().unwrap_or("no reason given")
        ));
    }
    lines.extend(state.job.job.as_ref().map(|job| progress(&job.value)));
    lines
}

/// Every panel.
pub(super) fn panels(state: &State) -> Vec<String> {
    let panels = state.panels.iter().map(|panel| self::panel(&panel.value));
    let lines: Vec<_> = panels.collect();
    if lines.is_empty() { vec!["There are no panels.".to_owned()] } else { lines }
}

fn panel(panel: &Panel) -> String {
    let mut parts = vec![words::standing(panel).to_owned()];
    parts.extend(words::reason(panel));
    parts.extend(Some(words::make(panel)).filter(|make| !make.is_empty()));
    parts.push(format::counted(panel.purchases, "purchase", "purchases"));
    if panel.kept > 0 {
        parts.push(format!("{} of them serve older links", format::count(panel.kept)));
    }
    sentence(&panel.name, &parts)
}

/// The first purchases of the list.
pub(super) fn purchases(state: &State) -> Vec<String> {
    let table = &state.purchases;
    let mut lines: Vec<_> =
        table.rows.iter().take(ROWS).map(|row| purchase(&row.value, state)).collect();
    let left = table.len().saturating_sub(lines.len());
    if left > 0 {
        lines.push(format!("And {} more: a filter finds them.", format::count(left as u64)));
    }
    if lines.is_empty() { vec!["No purchase matches.".to_owned()] } else { lines }
}

fn purchase(purchase: &Purchase, state: &State) -> String {
    let mut parts = Vec::new();
    parts.extend(purchase.user.map(|user| format!("user {user}")));
    parts.extend(
        (!purchase.panels.is_empty()).then(|| format!("on {}", purchase.panels.join(" and "))),
    );
    let kept = match purchase.kept {
        0 => String::new(),
        kept => format!(", {kept} of them kept"),
    };
    parts.push(format!("{}{kept}", format::counted(purchase.links, "link", "links")));
    parts.push(purchase.state.as_str().replace('_', " "));
    parts.extend(purchase.age_ms.map(|age| format!("{} old", format::age(age))));
    let end = format::expiry(purchase.expires_at, state.clock.now(), &state.clock.zone);
    parts.push(match purchase.expires_at {
        Some(at) if at > state.clock.now() => format!("ends {end}"),
        Some(_) => end,
        None => "never ends".to_owned(),
    });
    sentence(&format!("Purchase {}", purchase.id), &parts)
}

/// One record of the core's log.
pub(super) fn record(record: &Record, state: &State) -> String {
    let at = format::clock_seconds(record.at, &state.clock.zone);
    let fields = record.fields.iter().map(|(name, value)| format!(", {name} {value}"));
    let said = format!("{at}, {}: {}", record.level.as_str(), record.message);
    fields.fold(said, |text, field| text + &field)
}

/// `about: part, part.`
fn sentence(about: &str, parts: &[String]) -> String {
    if parts.is_empty() { format!("{about}.") } else { format!("{about}: {}.", parts.join(", ")) }
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
            [panels(&state), purchases(&state), help()].concat().join("\n")
        );
    }
}
