//! Text of which every terminal makes the same number of cells, cut and wrapped to a width.
//!
//! Names come from outside: a panel may be called after a flag, in Persian, or with an escape
//! sequence in it. Here they become characters that take the room that they are given.
//!
//! Deliberately absent: tones, and what a value looks like as text (`format`).

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::look::Look;

/// `text` in exactly `width` cells, at their left, cut at its end.
pub(crate) fn left(text: &str, width: usize, look: Look) -> String {
    let (text, used) = cut(text, width, look);
    text + &" ".repeat(width - used)
}

/// `text` in exactly `width` cells, at their right, cut at its end.
pub(crate) fn right(text: &str, width: usize, look: Look) -> String {
    let (text, used) = cut(text, width, look);
    " ".repeat(width - used) + &text
}

/// The done and the open part of a bar of `cells`: full only when all is done.
pub(crate) fn bar(look: Look, cells: usize, done: u64, total: u64) -> [String; 2] {
    let full = (done.min(total) * cells as u64).checked_div(total).unwrap_or(0);
    let full = usize::try_from(full).unwrap_or(cells).min(cells);
    let [done, open] = look.glyphs.bar;
    [done.repeat(full), open.repeat(cells - full)]
}

/// Text of which every terminal makes the same number of cells.
///
/// Flags become their two letters, and what joins characters into one picture is left out: where
/// terminals disagree about a width, old text stays on the screen.
pub(crate) fn tame(text: &str) -> String {
    let kept = text.chars().filter(|char| !char.is_control() && !JOINERS.contains(char));
    kept.map(|char| letter_of_flag(char).unwrap_or(char)).collect()
}

/// Zero width joiner, and the selector of a picture.
const JOINERS: [char; 2] = ['\u{200D}', '\u{FE0F}'];

/// Two regional indicators make a flag; each stands for a letter.
///
/// # Source
///
/// Unicode 16, block Enclosed Alphanumeric Supplement: U+1F1E6 to U+1F1FF.
fn letter_of_flag(char: char) -> Option<char> {
    let index = u32::from(char).checked_sub(0x1F1E6).filter(|&index| index < 26)?;
    char::from_u32(u32::from('A') + index)
}

/// `text` in at most `width` cells, and how many it takes.
fn cut(text: &str, width: usize, look: Look) -> (String, usize) {
    let text = tame(text);
    let whole = text.width();
    if whole <= width {
        return (text, whole);
    }
    let (mut short, mut used) = (String::new(), 0);
    for char in text.chars() {
        let cells = char.width().unwrap_or(0);
        if used + cells >= width {
            break;
        }
        short.push(char);
        used += cells;
    }
    if width > 0 {
        short.push_str(look.glyphs.cut);
        used += 1;
    }
    (short, used)
}

/// `text` in lines of at most `width` cells, broken at blanks where there are any.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look() -> Look {
        Look::new(false, false)
    }

    #[test]
    fn a_wide_character_is_never_halved() {
        assert_eq!(left("日本語", 6, look()), "日本語");
        assert_eq!(left("日本語", 5, look()), "日本…");
        assert_eq!(left("日本語", 4, look()), "日… ");
        assert_eq!(right("abcdef", 4, look()), "abc…");
        assert_eq!(right("ab", 4, look()), "  ab");
        assert_eq!(left("ab", 0, look()), "");
        assert_eq!(left("a\u{1b}[2Jb", 6, look()), "a[2Jb ");
    }

    #[test]
    fn what_terminals_disagree_about_is_not_shown() {
        assert_eq!(tame("Европа + 🇫🇷"), "Европа + FR");
        assert_eq!(tame("👨\u{200D}👩 ❤\u{FE0F}\x1b[31m"), "👨👩 ❤[31m");
    }

    #[test]
    fn lines_break_at_blanks_and_a_long_word_stands_alone() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a-very-long-word b", 6), ["a-very-long-word", "b"]);
        assert_eq!(wrap("", 6), [] as [&str; 0]);
    }
}
