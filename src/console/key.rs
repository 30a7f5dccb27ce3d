//! A key: as it comes from the terminal, as it is shown, and as it stands in a keymap file.
//!
//! ```text
//! event ─▶ Key ─▶ shown  ^F  pgdn
//!           ▲ └─▶ named  ctrl-f  pgdn ─┐
//!           └──────── parse ◀──────────┘
//! ```
//!
//! Invariant: what [`Key::name`] writes, [`Key::parse`] reads as the same key.

use std::fmt;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key, as far as the table tells keys apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A character, with shift already in it.
    Char(char),
    /// Control and a character.
    Ctrl(char),
    /// Any key without a character.
    Code(KeyCode),
}

/// The keys without a character, as they are called.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("insert", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("backspace", KeyCode::Backspace),
];

/// Characters that control turns into other keys: no terminal tells them apart.
const TAKEN: [(char, &str); 3] = [('i', "tab"), ('m', "enter"), ('[', "esc")];

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// Nothing is called so.
    Unknown,
    /// Terminals send this instead.
    Same(&'static str),
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str(
                "is no key: write one character, ctrl-x, f1 to f12, or one of space, enter, esc, \
                 tab, shift-tab, up, down, left, right, home, end, pgup, pgdn, insert, delete, \
                 backspace",
            ),
            Self::Same(name) => write!(f, "is {name} on every terminal: write {name}"),
        }
    }
}

impl Key {
    /// The key of an event; `None` for combinations that mean nothing here.
    pub(crate) fn read(event: &KeyEvent) -> Option<Self> {
        let alt = event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER);
        match event.code {
            _ if alt => None,
            KeyCode::Char(char) if event.modifiers.contains(KeyModifiers::CONTROL) => {
                Some(Self::Ctrl(char.to_ascii_lowercase()))
            }
            KeyCode::Char(char) => Some(Self::Char(char)),
            code => Some(Self::Code(code)),
        }
    }

    /// The key that a file means.
    ///
    /// # Errors
    ///
    /// [`NoKey`], which says what there is.
    pub(crate) fn parse(text: &str) -> Result<Self, NoKey> {
        let mut chars = text.chars();
        if let (Some(char), None) = (chars.next(), chars.next()) {
            return if char.is_control() { Err(NoKey::Unknown) } else { Ok(Self::Char(char)) };
        }
        let name = text.to_lowercase();
        if name == "space" {
            return Ok(Self::Char(' '));
        }
        if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
            return Ok(Self::Code(*code));
        }
        if let Some(number) = name.strip_prefix('f').and_then(|number| number.parse().ok()) {
            return match number {
                1..=12 => Ok(Self::Code(KeyCode::F(number))),
                _ => Err(NoKey::Unknown),
            };
        }
        let mut with_control = name.strip_prefix("ctrl-").ok_or(NoKey::Unknown)?.chars();
        match (with_control.next(), with_control.next()) {
            (Some(char), None) => match TAKEN.iter().find(|(taken, _)| *taken == char) {
                Some((_, name)) => Err(NoKey::Same(name)),
                None if char.is_ascii_graphic() => Ok(Self::Ctrl(char)),
                None => Err(NoKey::Unknown),
            },
            _ => Err(NoKey::Unknown),
        }
    }

    /// As it is shown on the terminal.
    pub(crate) fn shown(self) -> String {
        match self {
            Self::Ctrl(char) => format!("^{}", char.to_ascii_uppercase()),
            Self::Char(_) | Self::Code(_) => self.name(),
        }
    }

    /// As it stands in a file.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Char(' ') => "space".to_owned(),
            Self::Char(char) => char.to_string(),
            Self::Ctrl(char) => format!("ctrl-{char}"),
            Self::Code(code) => match NAMED.iter().find(|(_, known)| *known == code) {
                Some((name, _)) => (*name).to_owned(),
                None => format!("{code:?}").to_lowercase().replace(['(', ')'], ""),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_with_their_modifiers() {
        let key = |code, modifiers| Key::read(&KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Ctrl('c')));
        assert_eq!(key(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Key::Char('G')));
        assert_eq!(key(KeyCode::Char('u'), KeyModifiers::ALT), None);
    }

    #[test]
    fn what_is_written_is_read_as_the_same_key() {
        let chars = "aZ0/:? *é".chars().map(Key::Char);
        let controls = "cflz".chars().map(Key::Ctrl);
        let codes = NAMED.iter().map(|(_, code)| Key::Code(*code));
        let functions = (1..=12).map(|number| Key::Code(KeyCode::F(number)));
        for key in chars.chain(controls).chain(codes).chain(functions) {
            assert_eq!(Key::parse(&key.name()), Ok(key), "{}", key.name());
        }
        assert_eq!(Key::Ctrl('f').shown(), "^F");
    }

    #[test]
    fn what_is_no_key_is_told_so() {
        for text in ["", "ctrl-", "ctrl-ab", "f13", "f0", "hyper-x", "\u{1b}", "pagedown"] {
            assert_eq!(Key::parse(text), Err(NoKey::Unknown), "{text:?}");
        }
        assert_eq!(Key::parse("Ctrl-I"), Err(NoKey::Same("tab")));
    }
}
