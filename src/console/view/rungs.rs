//! Rungs of a ladder, a few lines each. Shared by the ladder to one panel and that to everything.
//!
//! ```text
//!  ✔ TCP          203.0.113.7:443 answers                                 11 ms
//!  ✖ TLS          served certificate expired yesterday
//!                 why  certbot renewed it 29 days ago; nginx still has the old one
//!                 do   systemctl reload nginx                       y copies it
//!  · key          not tried
//! ```

use unicode_width::UnicodeWidthStr;

use super::paint::{Words, words};
use super::signs::{self, Sign};
use crate::api::checks::{Check, CheckState};
use crate::console::format;
use crate::console::look::{Look, Tone};
use crate::console::text::{left, tame, wrap};
use crate::console::words as said;

/// Cells of a rung's name.
const NAME: usize = 12;

/// Cells before a rung's sentence: its sign, its name, and the blanks between.
const SENTENCE: usize = NAME + 4;

/// Cells for a rung's time, and the blank before it.
const TIME: usize = 10;

/// From here on there is room for times.
const TIMED: usize = 60;

/// Cells of `why` and `do`, at least.
const BELOW: usize = 5;

/// The first line of a rung, and what of its sentence does not fit there.
pub(super) fn rung(
    look: Look,
    (sign, tone): Sign,
    name: &str,
    (weight, sentence): (Tone, &str),
    took: &str,
    width: usize,
) -> Vec<Words> {
    let room = room(width);
    let mut rows = wrap(&tame(sentence), room).into_iter();
    let first = words(look).gap(1).tone(tone, sign).gap(1).plain(left(name, NAME, look));
    let text = left(&rows.next().unwrap_or_default(), room, look);
    let first = first.gap(1).tone(weight, text);
    let first = if width < TIMED { first } else { first.gap(1).dim(format!("{took:>8}")) };
    let more = rows.map(|row| words(look).gap(SENTENCE).tone(weight, row));
    [first].into_iter().chain(more).collect()
}

/// A rung at which something was found; `hint` stands behind its cure.
pub(super) fn found(
    look: Look,
    name: &str,
    check: &Check,
    width: usize,
    hint: Option<&str>,
) -> Vec<Words> {
    let weight = match check.state {
        CheckState::NotTried => Tone::Dim,
        CheckState::Crit => Tone::Bad,
        CheckState::Ok | CheckState::Warn | CheckState::Unknown => Tone::Plain,
    };
    let took = check.took_ms.map(|value| format::took(look.lang, value)).unwrap_or_default();
    let sentence = said::rung(look.lang, check);
    let sign = signs::rung(look, check.state);
    let mut lines = rung(look, sign, name, (weight, &sentence), &took, width);
    let room = room(width);
    let below = said::below(look.lang, check);
    let widest = below.iter().map(|(label, ..)| label.width() + 1).max();
    let cells = widest.unwrap_or(0).max(BELOW);
    for (label, tone, text) in below {
        let rows = wrap(&tame(text), room.saturating_sub(cells).max(15));
        let is_one = rows.len() == 1;
        for (index, row) in rows.into_iter().enumerate() {
            let label = if index == 0 { label.as_str() } else { "" };
            let line = words(look).gap(SENTENCE).dim(left(label, cells, look)).tone(tone, row);
            let hint = hint.filter(|_| is_one && tone == Tone::Key);
            lines.push(match hint.and_then(|hint| width.checked_sub(hint.width() + 1)) {
                Some(column) if column > line.width() + 1 => {
                    line.to(column).dim(hint.unwrap_or_default())
                }
                _ => line,
            });
        }
    }
    lines
}

/// Cells for a rung's sentence.
fn room(width: usize) -> usize {
    let around = if width < TIMED { SENTENCE } else { SENTENCE + TIME };
    width.saturating_sub(around).max(20)
}
