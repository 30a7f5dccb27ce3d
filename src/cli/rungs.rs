//! The rungs of a ladder as text, and what a verdict is as an exit code.
//!
//! ```text
//! ✔ connect        https://nl-1.example.net:2053 answers          24 ms
//! ✖ login          it refused user and password                  118 ms
//!                  do   correct them in the bot
//! · list           not tried
//! ```

use std::process::ExitCode;

use super::table::Paper;
use crate::api::checks::{Check, CheckState};
use crate::console::format;
use crate::console::text::{left, right};
use crate::console::words;

/// Cells of a rung's name.
const RUNG: usize = 14;

/// 0 all is well or nobody knows, 1 somebody should look, 2 something does not work.
pub(super) fn exit_code(state: CheckState) -> ExitCode {
    ExitCode::from(match state {
        CheckState::Ok | CheckState::Unknown | CheckState::NotTried => 0,
        CheckState::Warn => 1,
        CheckState::Crit => 2,
    })
}

/// One rung, with why and what to do below it.
pub(super) fn lines(rung: &Check, paper: Paper) -> Vec<String> {
    let glyphs = paper.look.glyphs;
    let sign = match rung.state {
        CheckState::Ok => glyphs.good,
        CheckState::Warn => glyphs.warn,
        CheckState::Crit => glyphs.bad,
        CheckState::Unknown => glyphs.unknown,
        CheckState::NotTried => glyphs.skipped,
    };
    let (indent, lang) = (RUNG + 3, paper.look.lang());
    // On a terminal of 80 columns the time stands at its right end.
    let cells = paper.width.unwrap_or(80).saturating_sub(indent + 10).max(20);
    let mut rows = paper.wrapped(&words::rung(lang, rung), indent + 10).into_iter();
    let took = rung.took_ms.map(|ms| format::took(lang, ms)).unwrap_or_default();
    let name = left(&rung.name, RUNG, paper.look);
    let text = pad(&rows.next().unwrap_or_default(), cells);
    let mut lines =
        vec![format!("{sign} {name} {text} {}", right(&took, 9, paper.look)).trim_end().to_owned()];
    let blank = " ".repeat(indent);
    lines.extend(rows.map(|row| format!("{blank}{row}")));
    for (label, _, text) in words::below(lang, rung) {
        for (index, row) in paper.wrapped(text, indent + 5).into_iter().enumerate() {
            let label = if index == 0 { label.as_str() } else { "" };
            lines.push(format!("{blank}{}{row}", pad(label, 5)));
        }
    }
    lines
}

/// `text` with blanks up to `cells`; a longer one stays whole.
pub(super) fn pad(text: &str, cells: usize) -> String {
    let used = unicode_width::UnicodeWidthStr::width(text);
    format!("{text}{}", " ".repeat(cells.saturating_sub(used)))
}
