//! What a written line means. Pure.

use crate::console::keymap::{Action, Said, Screen};
use crate::console::lang::Messages;

/// A line that was understood, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing was written.
    Empty,
    /// As the key of a screen.
    Do(Action),
    /// To a question.
    Answer(Answer),
    /// Which lines there are.
    Help,
    /// Everything at a glance.
    Status,
    /// Every panel.
    Panels,
    /// Purchases that a filter lets pass.
    Purchases(String),
    /// The ladder to what customers reach, climbed anew.
    Check,
    /// What the core notes, until another line is written.
    Logs,
    /// None of these.
    Unknown(String),
}

/// An answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Yes, and nothing is written.
    Dry,
}

/// Every line with what it does, in the order of the help.
pub(super) const LINES: [(&str, Said); 12] = [
    ("status", Messages::plain_help_status),
    ("check", Messages::plain_help_check),
    ("update all", Messages::plain_help_update),
    ("retry", Messages::plain_help_retry),
    ("cancel", Messages::plain_help_cancel),
    ("purchases [FILTER]", Messages::plain_help_purchases),
    ("panels", Messages::plain_help_panels),
    ("logs", Messages::plain_help_logs),
    ("yes, no, dry", Messages::plain_help_yes),
    ("again", Messages::plain_help_again),
    ("help", Messages::plain_help_help),
    ("quit", Messages::plain_help_quit),
];

/// Reads a line. Case and blanks around it do not count.
pub(super) fn parse(text: &str) -> Line {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    match (first.to_lowercase().as_str(), rest.to_lowercase().as_str()) {
        ("", _) => Line::Empty,
        ("help" | "h" | "?", "") => Line::Help,
        ("status" | "again", "") => Line::Status,
        ("update", "all") => Line::Do(Action::UpdateAll),
        ("retry", "") => Line::Do(Action::Retry),
        ("cancel", "") => Line::Do(Action::Cancel),
        ("quit" | "q" | "exit", "") => Line::Do(Action::Quit),
        ("purchases", _) => Line::Purchases(rest.to_owned()),
        ("panels", "") => Line::Panels,
        ("check", "") => Line::Check,
        ("logs", "") => Line::Logs,
        ("yes" | "y", "") => Line::Answer(Answer::Yes),
        ("no" | "n", "") => Line::Answer(Answer::No),
        ("dry", "") => Line::Answer(Answer::Dry),
        _ => Line::Unknown(text.to_owned()),
    }
}

/// The screen on which an answer would stand: what it needs is asked for as for that.
pub(super) fn screen(line: &Line) -> Option<Screen> {
    match line {
        Line::Purchases(_) => Some(Screen::Purchases),
        Line::Logs => Some(Screen::Logs),
        Line::Check => Some(Screen::Troubleshoot),
        Line::Do(Action::Cancel | Action::Retry) => Some(Screen::Update),
        Line::Panels | Line::Status | Line::Help | Line::Do(_) => Some(Screen::Overview),
        Line::Empty | Line::Answer(_) | Line::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_understood_whatever_its_case() {
        assert_eq!(parse("  Update   ALL "), Line::Do(Action::UpdateAll));
        assert_eq!(parse("purchases state:kept Fr"), Line::Purchases("state:kept Fr".into()));
        assert_eq!(parse("purchases"), Line::Purchases(String::new()));
        assert_eq!(parse("Y"), Line::Answer(Answer::Yes));
        assert_eq!(parse(" "), Line::Empty);
    }

    #[test]
    fn what_is_only_like_a_line_does_nothing() {
        for text in ["update", "update al", "yes please", "quit now", "u", "\u{1b}[A"] {
            assert!(matches!(parse(text), Line::Unknown(_)), "{text}");
        }
    }

    #[test]
    fn every_line_of_the_help_is_one() {
        for (lines, _) in LINES {
            for text in lines.split(", ") {
                let text = text.split(" [").next().unwrap();
                assert!(!matches!(parse(text), Line::Unknown(_) | Line::Empty), "{text}");
            }
        }
    }
}
