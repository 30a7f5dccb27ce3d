//! An address as a QR code, in characters of half a line each.
//!
//! ```text
//! address ─▶ modules, light and dark ─▶ rows of ▀ ▄ █, with a light edge around them
//! ```
//!
//! Deliberately absent: colours. Which half is light is the view's to say.

use qrcode::{Color, EcLevel, QrCode};

/// Rows of cells; each cell is two modules, the upper and the lower one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    side: usize,
    dark: Vec<bool>,
}

impl Code {
    /// The smallest code for `text`; `None` if it is too long for any.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let dark = code.to_colors().into_iter().map(|module| module == Color::Dark).collect();
        Some(Self { side: code.width(), dark })
    }

    /// Columns and rows that it takes with an edge of so many modules.
    pub(crate) fn size(&self, edge: usize) -> (usize, usize) {
        let side = self.side + 2 * edge;
        (side, side.div_ceil(2))
    }

    /// Its rows, each cell with whether its upper and its lower module are dark.
    pub(crate) fn rows(&self, edge: usize) -> impl Iterator<Item = Vec<(bool, bool)>> {
        let (columns, rows) = self.size(edge);
        let at = move |x: usize, y: usize| {
            let inside = |n: usize| n.checked_sub(edge).filter(|&n| n < self.side);
            inside(x).zip(inside(y)).is_some_and(|(x, y)| self.dark[y * self.side + x])
        };
        (0..rows).map(move |y| (0..columns).map(|x| (at(x, 2 * y), at(x, 2 * y + 1))).collect())
    }
}

/// The character of a cell whose ink is dark, or light.
pub(crate) fn glyph(upper: bool, lower: bool) -> &'static str {
    match (upper, lower) {
        (true, true) => "█",
        (true, false) => "▀",
        (false, true) => "▄",
        (false, false) => " ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str =
        "https://paytest.example.net/sub/4f1c0000000000000000000000000000000000ab";

    /// What a camera reads.
    fn read(code: &Code, edge: usize) -> String {
        let rows: Vec<_> = code.rows(edge).collect();
        let scale = 4;
        let (columns, lines) = (rows[0].len(), rows.len() * 2);
        let mut image =
            rqrr::PreparedImage::prepare_from_bitmap(columns * scale, lines * scale, |x, y| {
                let (x, y) = (x / scale, y / scale);
                let (upper, lower) = rows[y / 2][x];
                if y % 2 == 0 { upper } else { lower }
            });
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn a_phone_reads_the_address_back() {
        for edge in [1, 2, 4] {
            assert_eq!(read(&Code::of(ADDRESS).unwrap(), edge), ADDRESS);
        }
    }

    #[test]
    fn the_usual_address_fits_on_the_usual_terminal() {
        let (columns, rows) = Code::of(ADDRESS).unwrap().size(1);
        assert!(columns <= 80 && rows <= 18, "{columns}x{rows}");
    }

    #[test]
    fn what_no_code_holds_is_none() {
        assert_eq!(Code::of(&"x".repeat(4_000)), None);
    }
}
