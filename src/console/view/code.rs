//! The address of a purchase as a QR code, dark on light whatever the terminal's colours are.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};

use super::paint::{Canvas, words};
use crate::console::code::{Code, glyph};
use crate::console::look::Look;
use crate::console::state::{Secrets, State};

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, .. } = canvas;
    let say = look.lang.say();
    let address = state.details.as_ref().and_then(|open| match &open.secrets {
        Secrets::Clear { address } => address.as_deref(),
        Secrets::Masked | Secrets::Asked(_) => None,
    });
    let Some(address) = address else {
        return words(look).gap(1).dim(say.no_address()).draw(buffer, body, 0);
    };
    let Some(code) = Code::of(address).filter(|_| !look.is_ascii()) else {
        return words(look).gap(1).plain(say.code_not_here()).draw(buffer, body, 0);
    };
    let (width, height) = (usize::from(body.width), usize::from(body.height));
    let fits = |edge: &usize| {
        let (columns, rows) = code.size(*edge);
        columns <= width && rows <= height
    };
    let Some(edge) = [4, 2, 1].into_iter().find(fits) else {
        let (columns, rows) = code.size(1);
        let around = usize::from(state.size.1) - height;
        let text = say.code_needs(columns.to_string(), (rows + around).to_string());
        return words(look).gap(1).plain(text).draw(buffer, body, 0);
    };
    let left = body.x + u16::try_from((width - code.size(edge).0) / 2).unwrap_or(0);
    for (y, row) in (body.y..).zip(code.rows(edge)) {
        for (x, cell) in (left..).zip(row) {
            let (symbol, style) = painted(look, cell);
            buffer[(x, y)].set_symbol(symbol).set_style(style);
        }
    }
}

/// Black on white where there are colours; else light ink on what is taken for a dark terminal.
fn painted(look: Look, (upper, lower): (bool, bool)) -> (&'static str, Style) {
    if look.has_colour() {
        (glyph(upper, lower), Style::new().fg(Color::Black).bg(Color::White))
    } else {
        (glyph(!upper, !lower), Style::new())
    }
}
