//! One item of a job in one line.
//!
//! ```text
//! 14:03:12  #1042  user 5512  de-1        ✔ updated    5 links   38 ms
//! ```

use unicode_width::UnicodeWidthStr;

use super::paint::{Words, words};
use super::signs;
use crate::api::jobs::{Item, Outcome};
use crate::console::changes;
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::reasons::sentence;
use crate::console::state::State;
use crate::console::state::purchases::kept_links;
use crate::console::text::left;

/// One item, as the items of Update and of a job are listed.
pub(super) fn line(state: &State, look: Look, item: &Item, width: usize) -> Words {
    let wide = width >= 95;
    let at = item.finished_at.map(|at| format::clock_seconds(look.lang, at, &state.clock.zone));
    let user = item.user.map_or_else(|| look.glyphs.none.to_owned(), |user| user.to_string());
    let panels: Vec<&str> = item.panels.iter().map(|panel| panel.name.as_str()).collect();
    let mut line = words(look).plain(left(&at.unwrap_or_default(), 8, look)).gap(1);
    line = line.plain(left(&format!("#{}", item.purchase_id), 8, look)).gap(1);
    if wide {
        line = line.plain(left(&look.lang.say().user(user), 16, look)).gap(1);
    } else if width >= 76 {
        line = line.plain(left(&user, 11, look)).gap(1);
    }
    let cells = if wide { 22 } else { width.saturating_sub(58).clamp(6, 12) };
    line = line.plain(left(&panels.join(", "), cells, look)).gap(1);
    let Some(outcome) = item.outcome else { return line.dim(look.lang.say().outcome_open()) };
    let (sign, word) = signs::outcome(look, outcome, item.count_as);
    let line = line.sign(sign, left(&word, 12 - sign.0.width(), look)).gap(1);
    line.then(result(look, item))
}

/// `5 links   38 ms`, `3 fresh, 2 kept (3 h)`, or the reason.
fn result(look: Look, item: &Item) -> Words {
    let say = look.lang.say();
    let count = |number| format::count(look.lang, number);
    let kept = kept_links(item);
    let fresh = item.links.saturating_sub(kept);
    let age = item.panels.iter().filter_map(|panel| panel.age_ms).max();
    let age = age.filter(|_| kept > 0).map(|age| format!(" ({})", format::age(look.lang, age)));
    let age = age.unwrap_or_default();
    let took = item.took_ms.map(|value| format::took(look.lang, value)).unwrap_or_default();
    match item.outcome {
        Some(Outcome::Updated | Outcome::Unchanged) => {
            let links = say.links(item.links, count(item.links));
            let changes = item.changes.as_ref().map(changes::in_short).unwrap_or_default();
            let line = words(look).plain(left(&links, 9, look)).gap(1);
            let line = if changes.is_empty() { line } else { line.tone(Tone::Key, changes).gap(2) };
            line.dim(took)
        }
        Some(Outcome::Partial) => {
            words(look).plain(format!("{}{age}", say.fresh_and_kept(count(fresh), count(kept))))
        }
        Some(Outcome::Kept) => {
            words(look).plain(format!("{}{age}", say.only_kept(count(item.links))))
        }
        Some(Outcome::Failed) | None => words(look).plain(
            item.reason
                .as_ref()
                .map(|reason| sentence(look.lang, reason, None))
                .unwrap_or_default(),
        ),
    }
}
