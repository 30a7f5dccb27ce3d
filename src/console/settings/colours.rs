//! The theme file: other colours for tones, on top of a theme that comes with the program.
//!
//! ```toml
//! base = "light"
//!
//! [tones]
//! good = "green"                  # one of the sixteen, 0 to 255, or #rrggbb
//! bad = { fg = "#ffffff", bg = 160, modifiers = ["bold", "underlined"] }
//! ```

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, Mistake};
use crate::console::theme::{Theme, Tone};

/// The modifiers, as they are written.
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

/// Reads a theme file.
///
/// # Errors
///
/// Everything that is wrong with it, by line.
pub(super) fn parse(text: &str) -> Result<Theme, Vec<Mistake>> {
    let (mut document, table) = Document::parse(text);
    let mut theme = Theme::default();
    if let Some(value) = table.get("base")
        && let Some(name) = document.text(value)
    {
        match Theme::find(&name) {
            Some(base) => theme = base,
            None => {
                let names = Theme::NAMES.join(", ");
                document.complain(&value.span(), format!("{name:?} is none of {names}"));
            }
        }
    }
    for (name, value) in &table {
        match (name.as_ref().as_ref(), value.as_ref()) {
            ("base", _) => {}
            ("tones", DeValue::Table(tones)) => theme = paint(&mut document, tones, theme),
            (other, _) => {
                let text = format!("{other:?} is not known here: there are base and [tones]");
                document.complain(&name.span(), text);
            }
        }
    }
    document.end(theme)
}

fn paint(document: &mut Document<'_>, tones: &DeTable<'_>, mut theme: Theme) -> Theme {
    for (name, value) in tones {
        let tone = Tone::ALL.into_iter().find(|(_, known)| *known == name.as_ref().as_ref());
        match tone {
            Some((tone, _)) => theme = theme.with(tone, style(document, value)),
            None => {
                let names = Tone::ALL.map(|(_, name)| name).join(", ");
                let text = format!("there is no tone {:?}: there are {names}", name.as_ref());
                document.complain(&name.span(), text);
            }
        }
    }
    theme
}

fn style(document: &mut Document<'_>, value: &Spanned<DeValue<'_>>) -> Style {
    let DeValue::Table(parts) = value.as_ref() else {
        return Style { fg: colour(document, value), ..Style::new() };
    };
    let mut style = Style::new();
    for (name, value) in parts {
        match name.as_ref().as_ref() {
            "fg" => style.fg = colour(document, value),
            "bg" => style.bg = colour(document, value),
            "modifiers" => {
                for (text, span) in document.texts(value) {
                    match MODIFIERS.iter().find(|(known, _)| *known == text) {
                        Some((_, modifier)) => style = style.add_modifier(*modifier),
                        None => {
                            let names = MODIFIERS.map(|(name, _)| name).join(", ");
                            document.complain(&span, format!("{text:?} is none of {names}"));
                        }
                    }
                }
            }
            other => {
                let text = format!("{other:?} is none of fg, bg, modifiers");
                document.complain(&name.span(), text);
            }
        }
    }
    style
}

fn colour(document: &mut Document<'_>, value: &Spanned<DeValue<'_>>) -> Option<Color> {
    let colour = match value.as_ref() {
        DeValue::String(text) => text.parse().ok(),
        DeValue::Integer(number) if number.radix() == 10 => {
            number.as_str().parse().ok().map(Color::Indexed)
        }
        _ => None,
    };
    if colour.is_none() {
        let text = "is no colour: write one of the sixteen (red, bright-red, gray), 0 to 255, or \
                    \"#rrggbb\"";
        document.complain(&value.span(), text);
    }
    colour
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let theme = parse(
            "base = \"light\"\n[tones]\ngood = \"bright-green\"\nwarn = 214\n\
             bad = { fg = \"#ff0000\", bg = 0, modifiers = [\"bold\", \"underlined\"] }\n",
        );
        let theme = theme.unwrap();
        assert_eq!(theme.style(Tone::Good), Style::new().fg(Color::LightGreen));
        assert_eq!(theme.style(Tone::Warn), Style::new().fg(Color::Indexed(214)));
        let bad = Style::new().fg(Color::Rgb(255, 0, 0)).bg(Color::Indexed(0));
        let bad = bad.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        assert_eq!(theme.style(Tone::Bad), bad);
        assert_eq!(theme.style(Tone::Key), Theme::find("light").unwrap().style(Tone::Key));
        assert_eq!(parse("").unwrap(), Theme::default());
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_their_lines() {
        let mistakes = parse(
            "base = \"dusk\"\nfont = 7\n[tones]\ngood = \"greeen\"\nwarn = 256\nluck = 7\n\
             bad = { fg = true, ink = 1, modifiers = [\"fat\"] }\n",
        )
        .unwrap_err();
        let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.line).collect();
        assert_eq!(lines, [1, 2, 4, 5, 6, 7, 7, 7], "{mistakes:?}");
    }
}
