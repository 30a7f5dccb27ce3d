//! What each tone looks like: themes that come with the program, and what a file may change.
//!
//! Invariant: a tone never stands alone; beside it there is a sign or a word. So a theme can make
//! nothing unreadable but by painting text in the colour of its ground.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is, as far as its looks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Ordinary text.
    Plain,
    /// Of less weight: units, borders, what is not measured.
    Dim,
    /// Names of boxes and columns.
    Title,
    /// Well.
    Good,
    /// Worth a look.
    Warn,
    /// Broken.
    Bad,
    /// A key that can be pressed.
    Key,
    /// The selected row.
    Selected,
}

impl Tone {
    /// Every tone, with its name in a file.
    pub(crate) const ALL: [(Self, &str); 8] = [
        (Self::Plain, "plain"),
        (Self::Dim, "dim"),
        (Self::Title, "title"),
        (Self::Good, "good"),
        (Self::Warn, "warn"),
        (Self::Bad, "bad"),
        (Self::Key, "key"),
        (Self::Selected, "selected"),
    ];
}

/// The looks of every tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Theme([Style; 8]);

impl Default for Theme {
    fn default() -> Self {
        Self::dark()
    }
}

impl Theme {
    /// The themes that come with the program.
    pub(crate) const NAMES: [&str; 4] = ["dark", "light", "high-contrast", "monochrome"];

    /// The one with this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        match name {
            "dark" => Some(Self::dark()),
            "light" => Some(Self::light()),
            "high-contrast" => Some(Self::high_contrast()),
            "monochrome" => Some(Self::dark().without_colour()),
            _ => None,
        }
    }

    /// The style of a tone.
    pub(crate) fn style(&self, tone: Tone) -> Style {
        self.0[tone as usize]
    }

    /// The same with another style for one tone.
    pub(crate) fn with(mut self, tone: Tone, style: Style) -> Self {
        self.0[tone as usize] = style;
        self
    }

    /// The same without colours; weights stay.
    pub(crate) fn without_colour(self) -> Self {
        Self(self.0.map(|style| Style { fg: None, bg: None, ..style }))
    }

    /// The terminal's own sixteen colours.
    fn dark() -> Self {
        let style = Style::new();
        Self([
            style,
            style.add_modifier(Modifier::DIM),
            style.add_modifier(Modifier::BOLD),
            style.fg(Color::Green),
            style.fg(Color::Yellow).add_modifier(Modifier::BOLD),
            style.fg(Color::Red).add_modifier(Modifier::BOLD),
            style.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            style.add_modifier(Modifier::REVERSED),
        ])
    }

    /// Yellow and cyan of the sixteen cannot be read on white: darker ones of the 256.
    fn light() -> Self {
        let dark = |colour| Style::new().fg(Color::Indexed(colour));
        Self::dark()
            .with(Tone::Good, dark(22))
            .with(Tone::Warn, dark(94).add_modifier(Modifier::BOLD))
            .with(Tone::Bad, dark(124).add_modifier(Modifier::BOLD))
            .with(Tone::Key, dark(19).add_modifier(Modifier::BOLD))
    }

    /// Nothing is dim, and what is wrong is painted over its whole width.
    fn high_contrast() -> Self {
        let style = Style::new().add_modifier(Modifier::BOLD);
        Self::dark()
            .with(Tone::Dim, Style::new())
            .with(Tone::Good, style.fg(Color::LightGreen))
            .with(Tone::Warn, style.fg(Color::Black).bg(Color::LightYellow))
            .with(Tone::Bad, style.fg(Color::White).bg(Color::Red))
            .with(Tone::Key, style.fg(Color::LightCyan).add_modifier(Modifier::UNDERLINED))
            .with(Tone::Selected, style.add_modifier(Modifier::REVERSED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_theme_and_every_tone_has_its_place() {
        for name in Theme::NAMES {
            assert!(Theme::find(name).is_some(), "{name}");
        }
        assert_eq!(Theme::find("dakr"), None);
        for (index, (tone, _)) in Tone::ALL.into_iter().enumerate() {
            assert_eq!(tone as usize, index);
        }
    }

    #[test]
    fn without_colour_the_weights_stay() {
        let plain = Theme::default().without_colour();
        assert_eq!(plain.style(Tone::Bad), Style::new().add_modifier(Modifier::BOLD));
        assert_eq!(Theme::find("monochrome"), Some(plain));
    }
}
