//! How the console looks on this terminal: signs and tones, chosen once at the start.
//!
//! ```text
//! LC_ALL, LC_CTYPE, LANG ─▶ signs of Unicode, or of ASCII
//! NO_COLOR, TERM         ─▶ a theme's colours, or none
//! ```
//!
//! Invariant: a state is never told by its colour alone; every tone stands beside a sign or a word.

use ratatui::style::Style;
use ratatui::symbols::border;

use super::theme::Theme;
pub(crate) use super::theme::Tone;

use super::lang::Lang;

/// The signs of a terminal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Glyphs {
    /// All is well.
    pub(crate) ok: &'static str,
    /// Works, but somebody should look.
    pub(crate) warn: &'static str,
    /// An item succeeded.
    pub(crate) good: &'static str,
    /// Does not work, or an item failed.
    pub(crate) bad: &'static str,
    /// A panel was not reached. Two cells wide in Unicode.
    pub(crate) unreached: &'static str,
    /// Nothing is known.
    pub(crate) unknown: &'static str,
    /// Not looked at: something before it does not work.
    pub(crate) skipped: &'static str,
    /// On the way.
    pub(crate) busy: &'static str,
    /// Switched off.
    pub(crate) off: &'static str,
    /// Before a total.
    pub(crate) sum: &'static str,
    /// Where text was cut.
    pub(crate) cut: &'static str,
    /// No value.
    pub(crate) none: &'static str,
    /// Sorted upward, downward.
    pub(crate) order: [&'static str; 2],
    /// The done and the open part of a bar.
    pub(crate) bar: [&'static str; 2],
    /// Before the selected row.
    pub(crate) marker: &'static str,
    /// Eight heights of a sparkline.
    pub(crate) spark: [&'static str; 8],
    /// Where a rule meets a box: at its left, right, top and bottom.
    pub(crate) tees: [&'static str; 4],
    /// Between a screen and the one that was opened from it.
    pub(crate) step: &'static str,
    /// Lines around boxes.
    pub(crate) border: border::Set<'static>,
}

const UNICODE: Glyphs = Glyphs {
    ok: "●",
    warn: "▲",
    good: "✔",
    bad: "✖",
    unreached: "⚡",
    unknown: "?",
    skipped: "·",
    busy: "◌",
    off: "○",
    sum: "Σ",
    cut: "…",
    none: "–",
    order: ["↑", "↓"],
    bar: ["█", "░"],
    marker: "▌",
    spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    tees: ["├", "┤", "┬", "┴"],
    step: "›",
    border: border::PLAIN,
};

const ASCII: Glyphs = Glyphs {
    ok: "*",
    warn: "!",
    good: "+",
    bad: "x",
    unreached: "!",
    unknown: "?",
    skipped: ".",
    busy: "o",
    off: "-",
    sum: "=",
    cut: "~",
    none: "-",
    order: ["^", "v"],
    bar: ["#", "."],
    marker: ">",
    spark: ["_", ".", ",", "-", "~", "+", "^", "#"],
    tees: ["+"; 4],
    step: ">",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

/// Signs and tones of one terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub(crate) glyphs: &'static Glyphs,
    colour: bool,
    theme: Theme,

    /// In which language it is spoken.
    pub(crate) lang: Lang,
}

impl Look {
    /// A look with signs of Unicode or of ASCII, with or without colour.
    #[must_use]
    pub fn new(ascii: bool, colour: bool) -> Self {
        let look = Self { glyphs: &UNICODE, colour, theme: Theme::default(), lang: Lang::En };
        let look = look.with_theme(Theme::default());
        if ascii { Self { glyphs: &ASCII, ..look } } else { look }
    }

    /// The same in a language. What shows ASCII only is English: other letters cannot be shown.
    #[must_use]
    pub fn speaking(self, lang: Lang) -> Self {
        Self { lang: if self.is_ascii() { Lang::En } else { lang }, ..self }
    }

    /// In which language it is spoken.
    #[must_use]
    pub fn lang(self) -> Lang {
        self.lang
    }

    /// The same in a theme; a terminal without colours takes its weights only.
    #[must_use]
    pub(crate) fn with_theme(self, theme: Theme) -> Self {
        Self { theme: if self.colour { theme } else { theme.without_colour() }, ..self }
    }

    /// What the environment says this terminal can show; `variable` reads one of its variables.
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        let colour = set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb");
        Self::new(!utf8, colour)
    }

    /// Whether there are colours.
    pub(crate) fn has_colour(self) -> bool {
        self.colour
    }

    /// Whether only ASCII may reach the terminal.
    pub(crate) fn is_ascii(self) -> bool {
        self.glyphs.cut.is_ascii()
    }

    /// The style of a tone.
    pub(crate) fn style(self, tone: Tone) -> Style {
        self.theme.style(tone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(environment: &[(&str, &str)], ascii: bool, colour: bool) {
        let look = Look::detect(|name| {
            let found = environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        assert_eq!(look, Look::new(ascii, colour), "{environment:?}");
    }

    #[test]
    fn a_terminal_without_colours_gets_none_from_a_theme() {
        let light = Theme::find("light").unwrap();
        let look = Look::new(false, false).with_theme(light);
        assert_eq!(look.style(Tone::Good), Style::new());
        assert_ne!(Look::new(false, true).with_theme(light).style(Tone::Good), Style::new());
    }

    #[test]
    fn the_environment_chooses_signs_and_colour() {
        check(&[("LANG", "ru_RU.UTF-8")], false, true);
        check(&[("LANG", "C.utf8"), ("NO_COLOR", "1")], false, false);
        check(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")], true, true);
        check(&[("LC_ALL", ""), ("LC_CTYPE", "fa_IR.UTF-8"), ("LANG", "C")], false, true);
        check(&[("TERM", "dumb")], true, false);
        check(&[("NO_COLOR", "")], true, true);
    }
}
