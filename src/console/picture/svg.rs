//! A picture as SVG: a grid of cells in sixteen fixed colours.
//!
//! Text stands in runs whose length is given, so that no font moves the grid. Lines, bars and
//! blocks are drawn as shapes: in a font they would not meet.
//!
//! Deliberately absent: fonts and anything else from outside of the file.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::text::rows;

/// Pixels of a cell: the usual shape of a terminal's, at 15 pixels of letters.
const CELL: (usize, usize) = (9, 18);

/// Pixels around everything.
const AROUND: usize = 10;

/// Text and ground of a terminal's default.
const DEFAULT: (&str, &str) = ("#d0d4dc", "#15181e");

/// Writes the picture.
pub(super) fn write(picture: &Buffer) -> String {
    let width = usize::from(picture.area.width) * CELL.0 + 2 * AROUND;
    let height = usize::from(picture.area.height) * CELL.1 + 2 * AROUND;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"15\" xml:space=\"preserve\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{}\"/>\n",
        DEFAULT.1
    );
    for (row, cells) in rows(picture).enumerate() {
        for run in runs(&cells) {
            write_run(&mut svg, &run, AROUND + row * CELL.1);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Cells side by side that look alike.
#[derive(Debug)]
struct Run {
    column: usize,
    cells: usize,
    text: String,
    paint: Paint,
    kind: Kind,
}

/// How a run is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Letters.
    Text,
    /// One shape a cell.
    Shapes,
}

/// Colours and weight of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Paint {
    text: &'static str,
    ground: &'static str,
    is_bold: bool,
    is_dim: bool,
}

fn runs(cells: &[(usize, &Cell)]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (column, cell) in cells {
        let symbol = cell.symbol();
        let paint = paint(cell);
        let kind = if shapes(symbol).is_empty() { Kind::Text } else { Kind::Shapes };
        let wide = symbol.width().max(1);
        // What a font may draw at another width stands alone, so that it moves nothing after it.
        let is_plain = symbol.is_ascii() || kind == Kind::Shapes;
        match runs.last_mut() {
            Some(run) if run.paint == paint && run.kind == kind && is_plain && ends_plain(run) => {
                run.cells += wide;
                run.text.push_str(symbol);
            }
            _ => runs.push(Run {
                column: *column,
                cells: wide,
                text: symbol.to_owned(),
                paint,
                kind,
            }),
        }
    }
    runs
}

fn ends_plain(run: &Run) -> bool {
    run.kind == Kind::Shapes || run.text.is_ascii()
}

fn write_run(svg: &mut String, run: &Run, y: usize) {
    let (x, width) = (AROUND + run.column * CELL.0, run.cells * CELL.0);
    let Paint { text, ground, is_bold, is_dim } = run.paint;
    if ground != DEFAULT.1 {
        // Writing into a string does not fail.
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{ground}\"/>",
            CELL.1
        );
    }
    if run.text.trim().is_empty() {
        return;
    }
    let dim = if is_dim { " opacity=\".6\"" } else { "" };
    if run.kind == Kind::Shapes {
        let _ = write!(svg, "<path fill=\"{text}\"{dim} d=\"");
        for (index, char) in run.text.chars().enumerate() {
            for [left, top, wide, high] in shapes(char.encode_utf8(&mut [0; 4])) {
                let (left, top) = (x + index * CELL.0 + left, y + top);
                let _ = write!(svg, "M{left} {top}h{wide}v{high}h-{wide}z");
            }
        }
        svg.push_str("\"/>\n");
        return;
    }
    let bold = if is_bold { " font-weight=\"bold\"" } else { "" };
    // The base line of letters of 15 pixels, in the middle of the cell.
    let base = y + 14;
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{base}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{text}\"{bold}{dim}>{}</text>",
        escape(&run.text)
    );
}

fn paint(cell: &Cell) -> Paint {
    let text = colour(cell.fg).unwrap_or(DEFAULT.0);
    let ground = colour(cell.bg).unwrap_or(DEFAULT.1);
    let is_reversed = cell.modifier.contains(Modifier::REVERSED);
    let (text, ground) = if is_reversed { (ground, text) } else { (text, ground) };
    Paint {
        text,
        ground,
        is_bold: cell.modifier.contains(Modifier::BOLD),
        is_dim: cell.modifier.contains(Modifier::DIM) && !is_reversed,
    }
}

/// A terminal's own sixteen, as they are on a dark ground; `None` is the default.
fn colour(colour: Color) -> Option<&'static str> {
    Some(match colour {
        // Themes of the console use the sixteen only.
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => return None,
        Color::Black => "#1b1f27",
        Color::Red => "#f0626b",
        Color::Green => "#7fc87f",
        Color::Yellow => "#e2b85c",
        Color::Blue => "#6ea8f2",
        Color::Magenta => "#c792ea",
        Color::Cyan => "#5fc8d0",
        Color::Gray => "#b6bcc8",
        Color::DarkGray => "#6b7280",
        Color::LightRed => "#ff8b92",
        Color::LightGreen => "#a5e0a5",
        Color::LightYellow => "#f5d58a",
        Color::LightBlue => "#9cc6ff",
        Color::LightMagenta => "#ddb6f5",
        Color::LightCyan => "#93e3e9",
        Color::White => "#ffffff",
    })
}

/// A character as rectangles in its cell: left, top, width, height. Empty for letters.
fn shapes(symbol: &str) -> Vec<[usize; 4]> {
    let (wide, high) = CELL;
    // A line of one pixel through the middle, and its four arms.
    let (x, y) = (wide / 2, high / 2);
    let [left, right, up, down] =
        [[0, y, x + 1, 1], [x, y, wide - x, 1], [x, 0, 1, y + 1], [x, y, 1, high - y]];
    let arms: &[[usize; 4]] = match symbol {
        "─" => &[left, right],
        "│" => &[up, down],
        "┌" => &[right, down],
        "┐" => &[left, down],
        "└" => &[right, up],
        "┘" => &[left, up],
        "├" => &[up, down, right],
        "┤" => &[up, down, left],
        "┬" => &[left, right, down],
        "┴" => &[left, right, up],
        "▌" => &[[0, 0, 4, high]],
        _ => &[],
    };
    if !arms.is_empty() {
        return arms.to_vec();
    }
    if symbol == "█" {
        // Bars in rows below each other stay apart.
        return vec![[0, 1, wide, high - 2]];
    }
    let eighths = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    if let Some(index) = eighths.iter().position(|sign| *sign == symbol) {
        let tall = high * (index + 1) / 8;
        return vec![[0, high - tall, wide, tall]];
    }
    if symbol == "░" {
        // Dots on a grid of three pixels: a quarter of the ground.
        return (0..6)
            .flat_map(|row| (0..3).map(move |column| [column * 3 + row % 2, row * 3 + 1, 1, 1]))
            .collect();
    }
    Vec::new()
}

/// Text as XML has it. What is no character of XML is left out; a drawn cell holds none.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            char if char.is_control() || matches!(char, '\u{FFFE}' | '\u{FFFF}') => {}
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture;
    use crate::console::look::Look;
    use crate::console::view;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn text_is_escaped_and_lines_are_shapes() {
        let mut picture = Buffer::empty(Rect::new(0, 0, 12, 1));
        picture.set_string(0, 0, "─a<b&c>│", Style::new().fg(Color::Red));
        let svg = write(&picture);
        assert!(svg.contains(">a&lt;b&amp;c&gt;</text>"), "{svg}");
        assert_eq!(svg.matches("<path ").count(), 2, "{svg}");
        assert!(svg.contains("textLength=\"54\""), "six cells: {svg}");
    }

    #[test]
    fn a_wide_character_stands_at_its_own_column() {
        let mut picture = Buffer::empty(Rect::new(0, 0, 8, 1));
        picture.set_string(0, 0, "a日b", Style::new());
        let svg = write(&picture);
        assert!(svg.contains("<text x=\"19\" y=\"24\" textLength=\"18\""), "{svg}");
        assert!(svg.contains("<text x=\"37\" y=\"24\" textLength=\"45\""), "{svg}");
    }

    #[test]
    fn the_same_screen_twice_is_the_same_file() {
        let picture = || view::draw(&fixture::updating((120, 30)), Look::new(false, true));
        assert_eq!(write(&picture()), write(&picture()));
    }
}
