//! How soon a frame that no key asked for may follow the last one.
//!
//! ```text
//! focused, quick line   100 ms
//! focus lost            1 s
//! low bandwidth         1 s, and up to 8 s after a large frame: 180 bytes a second on average
//! ```
//!
//! Low bandwidth is chosen by the operator, or by writes that block: two in a row that took longer
//! than half a second. Half a minute of quick ones ends it again.
//!
//! Invariant: a key never waits for any of this.
//!
//! Deliberately absent: clocks. Times come in, as durations since the start.

use std::time::Duration;

use super::state::link::Bandwidth;

/// The shortest time between two frames that no key asked for. A job tells of itself as often.
const FRAME: Duration = Duration::from_millis(100);

/// The same while nobody looks, and on a slow line.
const SLOW_FRAME: Duration = Duration::from_secs(1);

/// The longest that news waits on a slow line, however large the last frame was: a whole screen is
/// rare, and what came meanwhile would be old.
const LONGEST_REST: Duration = Duration::from_secs(8);

/// What frames may cost on a slow line, in bytes a second: 200, less what a measurement that
/// begins in front of a frame and ends behind one counts too much.
const BYTES_PER_SECOND: u32 = 180;

/// A write that took longer was held up by the line.
const SLOW_WRITE: Duration = Duration::from_millis(500);

/// So many slow writes in a row make the line a slow one.
const SLOW_WRITES: u8 = 2;

/// So long no write may be slow before the line counts as quick again.
const RECOVERY: Duration = Duration::from_secs(30);

/// Whether somebody looks at the terminal, as far as it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    /// Yes, or the terminal does not tell.
    Here,
    /// Another window has it.
    Elsewhere,
}

/// Who asked for a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A key, or an answer to one.
    ByOperator,
    /// News, or time.
    ByNobody,
}

/// How soon frames may follow each other.
#[derive(Debug)]
pub(crate) struct Pacing {
    /// What the operator chose.
    chosen: Bandwidth,
    focus: Focus,
    writes: Writes,
    /// Bytes of the last frame that nobody asked for.
    bytes: u32,
}

/// What the last writes say about the line.
#[derive(Debug, Clone, Copy)]
enum Writes {
    /// Quick ones, but for so many slow ones at the end.
    Quick { slow: u8 },
    /// The line is slow; no write was since this moment.
    Slow { since: Duration },
}

impl Pacing {
    /// The pace of a line that nothing is known about.
    pub(crate) fn new(chosen: Bandwidth) -> Self {
        Self { chosen, focus: Focus::Here, writes: Writes::Quick { slow: 0 }, bytes: 0 }
    }

    /// How the line is: what the operator chose, or what its writes say.
    pub(crate) fn bandwidth(&self) -> Bandwidth {
        match self.writes {
            Writes::Slow { .. } => Bandwidth::Low,
            Writes::Quick { .. } => self.chosen,
        }
    }

    /// The shortest time from the last frame to one that nobody asked for.
    pub(crate) fn rest(&self) -> Duration {
        match (self.bandwidth(), self.focus) {
            (Bandwidth::Low, _) => {
                let cost = Duration::from_secs(1) * self.bytes / BYTES_PER_SECOND;
                cost.clamp(SLOW_FRAME, LONGEST_REST)
            }
            (Bandwidth::Usual, Focus::Elsewhere) => SLOW_FRAME,
            (Bandwidth::Usual, Focus::Here) => FRAME,
        }
    }

    /// Whether the terminal is looked at has changed.
    pub(crate) fn focus(&mut self, focus: Focus) {
        self.focus = focus;
    }

    /// A frame of so many bytes is on its way.
    pub(crate) fn drew(&mut self, bytes: usize, asked: Asked) {
        self.bytes = match asked {
            Asked::ByOperator => 0,
            Asked::ByNobody => u32::try_from(bytes).unwrap_or(u32::MAX),
        };
    }

    /// At `now` a write arrived that took so long.
    pub(crate) fn wrote(&mut self, now: Duration, took: Duration) {
        self.writes = match (self.writes, took > SLOW_WRITE) {
            (Writes::Quick { slow }, true) if slow + 1 < SLOW_WRITES => {
                Writes::Quick { slow: slow + 1 }
            }
            (Writes::Quick { .. } | Writes::Slow { .. }, true) => Writes::Slow { since: now },
            (Writes::Slow { since }, false) if now.saturating_sub(since) < RECOVERY => {
                Writes::Slow { since }
            }
            (Writes::Quick { .. } | Writes::Slow { .. }, false) => Writes::Quick { slow: 0 },
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: u64 = 20;
    const SLOW: u64 = 700;

    /// Writes at these seconds that took so many milliseconds.
    fn after(chosen: Bandwidth, writes: &[(u64, u64)]) -> Pacing {
        let mut pacing = Pacing::new(chosen);
        for &(second, took) in writes {
            pacing.wrote(Duration::from_secs(second), Duration::from_millis(took));
        }
        pacing
    }

    fn check(writes: &[(u64, u64)], bandwidth: Bandwidth) {
        assert_eq!(after(Bandwidth::Usual, writes).bandwidth(), bandwidth, "{writes:?}");
    }

    #[test]
    fn two_slow_writes_in_a_row_make_a_slow_line_and_half_a_minute_of_quick_ones_ends_it() {
        check(&[(1, SLOW)], Bandwidth::Usual);
        check(&[(1, SLOW), (2, QUICK), (3, SLOW)], Bandwidth::Usual);
        check(&[(1, SLOW), (2, SLOW)], Bandwidth::Low);
        check(&[(1, SLOW), (2, SLOW), (31, QUICK)], Bandwidth::Low);
        check(&[(1, SLOW), (2, SLOW), (32, QUICK)], Bandwidth::Usual);
        check(&[(1, SLOW), (2, SLOW), (20, SLOW), (40, QUICK)], Bandwidth::Low);
    }

    #[test]
    fn what_the_operator_chose_no_quick_write_ends() {
        let pacing = after(Bandwidth::Low, &[(1, QUICK), (90, QUICK)]);
        assert_eq!(pacing.bandwidth(), Bandwidth::Low);
    }

    #[test]
    fn frames_are_rarer_where_nobody_looks_and_on_a_slow_line() {
        let mut pacing = Pacing::new(Bandwidth::Usual);
        assert_eq!(pacing.rest(), FRAME);
        pacing.drew(9_000, Asked::ByNobody);
        assert_eq!(pacing.rest(), FRAME, "a quick line counts no bytes");
        pacing.focus(Focus::Elsewhere);
        assert_eq!(pacing.rest(), Duration::from_secs(1));
        let mut pacing = Pacing::new(Bandwidth::Low);
        assert_eq!(pacing.rest(), Duration::from_secs(1));
        pacing.drew(900, Asked::ByNobody);
        assert_eq!(pacing.rest(), Duration::from_secs(5));
        pacing.drew(9_000, Asked::ByNobody);
        assert_eq!(pacing.rest(), Duration::from_secs(8), "news is not kept back for a minute");
        pacing.drew(3_000, Asked::ByOperator);
        assert_eq!(pacing.rest(), Duration::from_secs(1), "what a key asked for is not paid for");
    }
}
