//! A screen as a file: text, text with colours, or SVG.
//!
//! ```text
//! Buffer ─▶ text.rs  what is on it, blanks at the ends cut
//!        ├▶ ansi.rs  the same with the terminal's own colours: `cat` shows it
//!        └▶ svg.rs   cells as shapes and text, for a browser
//! ```
//!
//! Invariant: the same picture gives the same bytes.
//!
//! Deliberately absent: the state. A picture is what was drawn.

mod ansi;
mod svg;
mod text;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;

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
}

/// `alamor-overview-2026-11-24-140312`: the name of a file without its ending.
pub(crate) fn name(now: Timestamp, zone: &TimeZone, screen: &str) -> String {
    let at = now.to_zoned(zone.clone()).strftime("%Y-%m-%d-%H%M%S");
    format!("alamor-{}-{at}", screen.to_lowercase())
}
