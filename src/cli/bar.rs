//! The progress of a job on a terminal: two lines, drawn in place, and gone at its end.
//!
//! ```text
//! #43 ████████████████░░░░░░░░  612 / 1 204   51 %   49.8 /s   about 12 s left
//!     ✔ 598   ✖ 2   ⚡ 12    fr-2 refused the connection: 12
//! ```
//!
//! Not on a terminal: nothing at all, so that a log holds results and no bars.

use std::env;
use std::io::{self, IsTerminal, Stderr};
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

use super::live::Live;
use crate::api::jobs::Job;
use crate::console::Lang;
use crate::console::format;
use crate::console::look::Look;
use crate::console::pace::rate_and_left_ms;
use crate::console::reasons::sentence;
use crate::console::text::bar;

/// The shortest time between two pictures: a job tells of itself as often.
const FRAME: Duration = Duration::from_millis(100);

/// See the head of the file; cleared when dropped.
pub(super) struct Bar {
    live: Option<Live<Stderr>>,
    look: Look,
    drawn: Option<Instant>,
}

impl Bar {
    /// A bar on standard error, if that is a terminal that can be drawn on.
    pub(super) fn detect(lang: Lang) -> Self {
        let look = Look::detect(|name| env::var(name).ok()).speaking(lang);
        let is_dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
        let is_terminal = io::stderr().is_terminal() && !is_dumb;
        let live = is_terminal.then(|| Live::new(io::stderr(), look));
        Self { live, look, drawn: None }
    }

    /// Shows how far `job` is.
    pub(super) fn show(&mut self, job: &Job) {
        let is_due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME);
        if let (Some(live), true) = (&mut self.live, is_due) {
            let lines = lines(job, live.width(), self.look);
            // A terminal that takes nothing is noticed where the results are written.
            let _ = live.draw(&lines);
            self.drawn = Some(Instant::now());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(live) = &mut self.live {
            let _ = live.clear();
        }
    }
}

/// The two lines for a terminal of `width` columns.
fn lines(job: &Job, width: usize, look: Look) -> [String; 2] {
    let (lang, say) = (look.lang(), look.lang().say());
    let head = format!("#{} ", job.id);
    let (done, total) = (format::count(lang, job.done), format::count(lang, job.total));
    let mut rest = format!("  {done} / {total}");
    #[expect(clippy::cast_precision_loss, reason = "a share of a screen")]
    let share = job.done as f64 / job.total.max(1) as f64;
    let mut parts = vec![format::percent(lang, share)];
    if let Some((rate, left_ms)) = rate_and_left_ms(job) {
        parts.push(say.per_second(format::rate(lang, rate)));
        parts.push(say.bar_left(format::seconds(lang, left_ms)));
    }
    // What does not fit beside a bar of ten cells is left out, the last part first.
    let least = head.len() + 10 + rest.width() + 1;
    let mut room = width.saturating_sub(least);
    for part in parts {
        let cells = part.width() + 3;
        if cells > room {
            break;
        }
        room -= cells;
        rest = format!("{rest}   {part}");
    }
    let cells = width.saturating_sub(head.len() + rest.width() + 1).min(40);
    let bar = bar(look, cells, job.done, job.total).concat();
    [format!("{head}{bar}{rest}"), format!("{}{}", " ".repeat(head.len()), counts(job, look))]
}

/// The three counters, and what most of the failures have in common.
fn counts(job: &Job, look: Look) -> String {
    let (glyphs, lang, say) = (look.glyphs, look.lang(), look.lang().say());
    let counts = [
        format!("{} {}", glyphs.good, say.bar_ok(format::count(lang, job.success))),
        format!("{} {}", glyphs.bad, say.bar_failed(format::count(lang, job.failed))),
        format!(
            "{} {}",
            glyphs.unreached,
            say.bar_not_reached(format::count(lang, job.connection_error))
        ),
    ];
    let cause = job.causes.first().map(|cause| {
        let why = sentence(lang, &cause.reason, None);
        format!("   {why}: {}", format::count(lang, cause.items))
    });
    format!("{}{}", counts.join("   "), cause.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::running_job;

    #[test]
    fn the_bar_says_how_far_it_is_and_gives_way_on_narrow_terminals() {
        let job = Job { causes: Vec::new(), ..running_job() };
        let first = |width, ascii| lines(&job, width, Look::new(ascii, false))[0].clone();
        assert_eq!(
            first(100, false),
            "#43 ████████████████████░░░░░░░░░░░░░░░░░░░░  612 / 1 204   51 %   49.8 /s   about 11 s left"
        );
        assert_eq!(first(60, true), "#43 ############.............  612 / 1 204   51 %   49.8 /s");
        for width in 0..120 {
            let wide = first(width, false).width();
            assert!(wide < width.max(29), "{wide} on {width}");
        }
        let counters = &lines(&job, 80, Look::new(true, false))[1];
        assert_eq!(counters, "    + 598 ok   x 2 failed   ! 12 not reached");
    }
}
