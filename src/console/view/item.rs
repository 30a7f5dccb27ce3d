//! One item of a dry run: what would become of the purchase's links.
//!
//! ```text
//! 1041   user 77   ✔ updated   5 links   Dry run of all #44
//!
//! Links   1 removed, 1 renamed, 3 kept
//!  - removed   trojan://old.example.net:443  Ali
//!  ~ renamed   vless://de1.example.net:443  Ali -> Sara
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Canvas, Words, draw_lines, words};
use super::signs;
use crate::api::changes::{Change, Changes, LinkChange};
use crate::api::jobs::{Item, ItemPanel};
use crate::console::changes;
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::reasons::sentence;
use crate::console::state::State;
use crate::console::state::history::Clear;
use crate::console::text::wrap;
use crate::console::words as said;

/// Where the sentence of a label begins.
const LABEL: usize = 10;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let Some(open) = &state.opened_item else { return };
    let area = Rect { x: body.x + 1, width: body.width - 1, ..body };
    let lines = lines(state, look, usize::from(area.width));
    let most = lines.len().saturating_sub(usize::from(area.height));
    draw_lines(buffer, area, lines.into_iter().skip(open.top.min(most)));
}

/// Everything on the screen, as far as it goes.
pub(super) fn lines(state: &State, look: Look, width: usize) -> Vec<Words> {
    let Some(open) = &state.opened_item else { return Vec::new() };
    let Some(item) = open.item.as_ref().map(|item| &item.value) else { return Vec::new() };
    let mut lines = head(look, item, open.job, width);
    lines.push(words(look));
    match state.find_changes() {
        Some(changes) => {
            let is_clear = matches!(open.clear, Clear::Shown(_));
            lines.extend(change_lines(look, changes, is_clear, width));
        }
        None => {
            let text = open.refused.clone().unwrap_or_else(|| look.lang.say().no_preview());
            lines.push(words(look).dim(text));
        }
    }
    lines
}

fn head(look: Look, item: &Item, job: i64, width: usize) -> Vec<Words> {
    let (lang, say) = (look.lang, look.lang.say());
    let user = item.user.map_or_else(|| look.glyphs.none.to_owned(), |user| user.to_string());
    let first = words(look)
        .tone(Tone::Title, item.purchase_id.to_string())
        .gap(3)
        .plain(say.user(user))
        .gap(3);
    let first = match item.outcome {
        Some(outcome) => {
            let (sign, word) = signs::outcome(look, outcome, item.count_as);
            first.sign(sign, word)
        }
        None => first.dim(say.outcome_open()),
    };
    let first = first.gap(3).dim(say.in_dry_run(job));
    let mut lines = vec![first];
    let mut label = say.label_panels();
    for panel in &item.panels {
        lines.push(
            words(look).dim(std::mem::take(&mut label)).to(LABEL).then(panel_line(look, panel)),
        );
    }
    let mut sentences = |label: String, tone, text: &str| {
        let room = width.saturating_sub(LABEL + 1).max(20);
        for (index, row) in wrap(text, room).into_iter().enumerate() {
            let label = if index == 0 { label.as_str() } else { "" };
            lines.push(words(look).dim(label).to(LABEL).tone(tone, row));
        }
    };
    if let Some(reason) = &item.reason {
        sentences(say.label_why(), Tone::Warn, &sentence(lang, reason, None));
    }
    for note in &item.notes {
        sentences(say.label_note(), Tone::Plain, note);
    }
    lines
}

fn panel_line(look: Look, panel: &ItemPanel) -> Words {
    let (lang, say) = (look.lang, look.lang.say());
    let (sign, word) = signs::outcome(look, panel.outcome, None);
    let links = say.links(panel.links, format::count(lang, panel.links));
    let line = words(look).plain(panel.name.clone()).gap(2).sign(sign, word).gap(2).plain(links);
    match &panel.way {
        Some(way) => line.gap(2).dim(said::way(lang, way)),
        None => line,
    }
}

fn change_lines(look: Look, all: &Changes, is_clear: bool, width: usize) -> Vec<Words> {
    let (lang, say) = (look.lang, look.lang.say());
    let title = words(look).tone(Tone::Title, say.preview_links()).gap(3);
    let mut lines = vec![title.plain(changes::summary(lang, all))];
    if all.changed() == 0 {
        lines.push(words(look).gap(1).dim(say.preview_nothing()));
        return lines;
    }
    for link in &all.links {
        let rows = changes::rows(lang, link, width.saturating_sub(1)).into_iter();
        lines.extend(rows.map(|row| words(look).gap(1).tone(tone(link.change), row)));
        if is_clear {
            lines.extend(whole(look, link, width));
        }
    }
    if all.left_out > 0 {
        let count = format::count(lang, all.left_out);
        let text = if all.links.is_empty() {
            say.preview_forgotten()
        } else {
            say.preview_more_links(all.left_out, count)
        };
        lines.push(words(look).gap(1).dim(text));
    }
    lines
}

fn tone(change: Change) -> Tone {
    match change {
        Change::Removed => Tone::Bad,
        Change::Replaced | Change::Renamed => Tone::Warn,
        Change::Added => Tone::Good,
        Change::Kept => Tone::Dim,
    }
}

/// The link before and after, whole, broken where the terminal ends.
fn whole(look: Look, link: &LinkChange, width: usize) -> Vec<Words> {
    let before = link.before.as_ref().filter(|_| link.change != Change::Kept);
    let rows = [("- ", before), ("+ ", link.after.as_ref())];
    let rows = rows.into_iter().filter_map(|(sign, link)| Some((sign, link?.text.as_deref()?)));
    let room = width.saturating_sub(6).max(20);
    rows.flat_map(|(sign, text)| {
        let chars: Vec<char> = text.chars().collect();
        let parts: Vec<String> = chars.chunks(room).map(|part| part.iter().collect()).collect();
        parts.into_iter().enumerate().map(move |(index, part)| {
            words(look).gap(3).dim(if index == 0 { sign } else { "  " }).plain(part)
        })
    })
    .collect()
}
