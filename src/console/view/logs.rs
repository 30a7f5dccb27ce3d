//! Logs: the console's own, newest at the bottom.
//!
//! ```text
//! 14:01:07 WARN  http://127.0.0.1:8080 is not reached: nothing listens there
//! 14:01:12 INFO  the core is heard
//! ```
//!
//! The one screen whose text is not in the state: see `state/log.rs`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;
use tui_logger::{ExtLogRecord, LogFormatter, TuiLoggerWidget};

use super::paint::{Canvas, boxed, words};
use crate::console::look::{Look, Tone};
use crate::console::state::State;
use crate::console::text::wrap;

/// Draws the screen.
pub(super) fn draw(buffer: &mut Buffer, canvas: Canvas, state: &State) {
    let Canvas { body, look, is_wide } = canvas;
    let title = words(look)
        .tone(Tone::Title, look.lang.say().log_of_console())
        .gap(3)
        .dim(look.lang.say().newest_below());
    let area = if is_wide {
        boxed(buffer, body, title)
    } else {
        title.draw(buffer, Rect { x: 1, width: body.width - 1, ..body }, 0);
        Rect { x: 1, y: body.y + 1, width: body.width - 1, height: body.height - 1 }
    };
    let formatter = Box::new(Lines(look));
    TuiLoggerWidget::default().formatter(formatter).state(&state.log.0).render(area, buffer);
}

/// A record as lines: time, level, text, and what does not fit indented below.
struct Lines(Look);

impl LogFormatter for Lines {
    fn min_width(&self) -> u16 {
        INDENT + 10
    }

    fn format(&self, width: usize, record: &ExtLogRecord) -> Vec<Line<'_>> {
        let level = record.level.as_str();
        let style = self.0.style(match level {
            "ERROR" => Tone::Bad,
            "WARN" => Tone::Warn,
            "INFO" => Tone::Plain,
            _ => Tone::Dim,
        });
        let head = format!("{} {level:<5} ", record.timestamp.strftime("%H:%M:%S"));
        let indent = " ".repeat(usize::from(INDENT));
        let text = wrap(record.msg(), width.saturating_sub(indent.len()));
        let heads = std::iter::once(head).chain(std::iter::repeat(indent));
        heads.zip(text).map(|(head, text)| Line::styled(head + &text, style)).collect()
    }
}

/// Cells before the text: `14:01:07 WARN  `.
const INDENT: u16 = 15;

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use crate::console::fixture::{keys, live, render};
    use crate::console::state::log::{drain, log_layer};

    // The log is one for the process: this is the only test that writes to it.
    #[test]
    fn what_was_logged_is_on_the_screen_after_it_was_drained() {
        let mut state = live((80, 24));
        keys(&mut state, "5");
        let subscriber = tracing_subscriber::registry().with(log_layer());
        tracing::subscriber::with_default(subscriber, || tracing::warn!("the core is lost"));
        assert!(!render(&state).contains("the core is lost"));
        drain();
        let screen = render(&state);
        assert!(screen.contains("WARN  the core is lost"), "{screen}");
    }
}
