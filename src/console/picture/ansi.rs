//! A picture as text with the escape sequences of its colours: `cat` shows it.
//!
//! Styles are written where they change, and every line ends plain: a part of the file can be shown
//! alone, and a pager cuts it where it likes.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::text::rows;

/// Every row as a line.
pub(super) fn write(picture: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(picture) {
        let end = row.iter().rposition(|(_, cell)| !is_blank(cell)).map_or(0, |last| last + 1);
        let mut style = String::new();
        for (_, cell) in &row[..end] {
            let next = codes(cell);
            if next != style {
                // Writing into a string does not fail.
                let _ = write!(text, "\x1b[0{next}m");
                style = next;
            }
            text.push_str(cell.symbol());
        }
        text.push_str(if style.is_empty() { "\n" } else { "\x1b[0m\n" });
    }
    text
}

/// Whether nothing is seen of a cell at the end of a line.
fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.contains(Modifier::REVERSED)
}

/// `;1;31`: what selects its style after a reset.
fn codes(cell: &Cell) -> String {
    let modifiers = [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ];
    let mut codes = String::new();
    for (_, code) in modifiers.iter().filter(|(modifier, _)| cell.modifier.contains(*modifier)) {
        // Writing into a string does not fail.
        let _ = write!(codes, ";{code}");
    }
    codes.extend(colour(cell.fg, 30));
    codes.extend(colour(cell.bg, 40));
    codes
}

/// The code of a colour; `base` is 30 for the text and 40 for what is behind it.
///
/// # Source
///
/// ECMA-48, 8.3.117 (SGR), with the bright half at 90 and 100, and 38 and 48 as xterm has them.
fn colour(colour: Color, base: u8) -> Option<String> {
    let code = match colour {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => {
            return Some(format!(";{};2;{red};{green};{blue}", base + 8));
        }
        Color::Indexed(index) => return Some(format!(";{};5;{index}", base + 8)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
    };
    Some(format!(";{}", base + code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture;
    use crate::console::look::Look;
    use crate::console::view;
    use ratatui::style::Style;

    #[test]
    fn styles_stand_where_they_change_and_every_line_ends_plain() {
        let mut picture = Buffer::empty(ratatui::layout::Rect::new(0, 0, 10, 2));
        picture.set_string(0, 0, "ab", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
        picture.set_string(2, 0, "c", Style::new());
        picture.set_string(0, 1, " ", Style::new().add_modifier(Modifier::REVERSED));
        assert_eq!(write(&picture), "\x1b[0;1;31mab\x1b[0mc\n\x1b[0;7m \x1b[0m\n");
    }

    #[test]
    fn a_terminal_shows_what_was_drawn() {
        let state = fixture::updating((80, 24));
        let ansi = write(&view::draw(&state, Look::new(false, true)));
        let some = |cells| std::num::NonZero::new(cells).unwrap();
        let mut terminal = vt100::Parser::new(some(25), some(80), 0);
        terminal.process(ansi.replace('\n', "\r\n").as_bytes());
        let shown: Vec<_> =
            terminal.screen().rows(0, 80).map(|row| row.trim_end().to_owned()).collect();
        assert_eq!(shown.join("\n"), fixture::render(&state));
    }
}
