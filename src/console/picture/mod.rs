//! A screen as a file: text, text with colours, or SVG.
//!
//! ```text
//! Buffer ─▶ text.rs  what is on it, blanks at the ends cut
//!        ├▶ ansi.rs  the same with the terminal's own colours: `cat` shows it
//!        └▶ svg.rs   cells as shapes and text, for a browser
//! ```
//!
//! Invariants:
//! - The same picture gives the same bytes.
//! - A file that is there is never overwritten.
//!
//! Deliberately absent: the state. A picture is what was drawn.

mod ansi;
mod svg;
mod text;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use ratatui::buffer::Buffer;

use super::state::clock::Clock;

/// How a screen is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PictureFormat {
    /// Plain text.
    Text,
    /// Text with the escape sequences of its colours.
    Ansi,
    /// A picture for a browser.
    Svg,
}

/// How many names are tried before an operator has to tidy up.
const NAMES: u32 = 100;

impl PictureFormat {
    /// How the name of its files ends.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Ansi => "ans",
            Self::Svg => "svg",
        }
    }

    /// The picture as the content of a file.
    pub(crate) fn write(self, picture: &Buffer) -> String {
        match self {
            Self::Text => text::write(picture),
            Self::Ansi => ansi::write(picture),
            Self::Svg => svg::write(picture),
        }
    }

    /// Writes `content` into a new file `name.txt`, `name-2.txt`, … here; says which it was.
    ///
    /// # Errors
    ///
    /// Why not, in words.
    pub(crate) fn save(self, name: &str, content: &str) -> Result<String, String> {
        for number in 1..=NAMES {
            let suffix = if number == 1 { String::new() } else { format!("-{number}") };
            let file = format!("{name}{suffix}.{}", self.extension());
            match OpenOptions::new().write(true).create_new(true).open(&file) {
                Ok(mut open) => {
                    let written = open.write_all(content.as_bytes());
                    return written.map(|()| file.clone()).map_err(|why| format!("{file}: {why}"));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(format!("{file}: {error}")),
            }
        }
        Err(format!("{name}.{} and {NAMES} more are there already", self.extension()))
    }
}

/// `alamor-overview-2026-11-24-140312`: the name of a file without its ending.
pub(crate) fn name(clock: &Clock, screen: &str) -> String {
    let at = clock.now().to_zoned(clock.zone.clone()).strftime("%Y-%m-%d-%H%M%S");
    format!("alamor-{}-{at}", screen.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("alamor-overview").display().to_string();
        let saved = |content| PictureFormat::Text.save(&name, content).unwrap();
        assert_eq!(saved("one"), format!("{name}.txt"));
        assert_eq!(saved("two"), format!("{name}-2.txt"));
        assert_eq!(std::fs::read_to_string(format!("{name}.txt")).unwrap(), "one");
        let nowhere = folder.path().join("no/where").display().to_string();
        assert!(PictureFormat::Svg.save(&nowhere, "").unwrap_err().contains("where.svg"));
    }
}
