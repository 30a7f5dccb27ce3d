//! The console's clock, which is the core's.
//!
//! ```text
//! monotonic time since the start ─┬─ with the last `now_at` of the core ─▶ the core's time
//!                                 └─ before the first one: our own clock
//! ```
//!
//! An age is right when it is heard, and then grows with [`Clock::shown`], the minute that stands in
//! the header. So nothing that gets older changes the screen between two minutes. What is heard
//! again and again (health, every 5 s) is told as of the header's minute: [`Clock::settled_age`].
//!
//! Invariant: a wrong clock on the operator's machine changes no age.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::console::format;
use crate::console::lang::Lang;

/// A difference below this is the way through the network, and no reason to turn the clock.
const TOLERANCE: Duration = Duration::from_secs(1);

/// What time it is for the core.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    /// Since the console started.
    elapsed: Duration,
    /// The time at `elapsed` = 0.
    started: Timestamp,
    /// The operator's time zone.
    pub(crate) zone: TimeZone,
}

/// A value, and the core's time at which it was true.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dated<T> {
    /// What was heard.
    pub(crate) value: T,
    /// When.
    pub(crate) at: Timestamp,
}

impl Clock {
    /// A clock that follows `wall` until a core is heard.
    pub(crate) fn new(wall: Timestamp, zone: TimeZone) -> Self {
        Self { elapsed: Duration::ZERO, started: wall, zone }
    }

    /// Time went on.
    pub(crate) fn advance(&mut self, elapsed: Duration) {
        self.elapsed = self.elapsed.max(elapsed);
    }

    /// The core says what time it is.
    pub(crate) fn hear(&mut self, core: Timestamp) {
        if core.duration_since(self.now()).unsigned_abs() > TOLERANCE {
            self.started = core.checked_sub(self.elapsed).unwrap_or(core);
        }
    }

    /// The core's time.
    pub(crate) fn now(&self) -> Timestamp {
        self.started.checked_add(self.elapsed).unwrap_or(self.started)
    }

    /// The minute in the header: what ages are told as of.
    pub(crate) fn shown(&self) -> Timestamp {
        let now = self.now();
        let into = now.as_millisecond().rem_euclid(60_000);
        Timestamp::from_millisecond(now.as_millisecond() - into).unwrap_or(now)
    }

    /// How old something is that was `age_ms` old at `at`, in words.
    pub(crate) fn age(&self, lang: Lang, at: Timestamp, age_ms: u64) -> String {
        format::age(lang, age_ms + format::between(at, self.shown()))
    }

    /// The same for what is heard every few seconds: of the header's minute, up to one too low.
    pub(crate) fn settled_age(&self, lang: Lang, at: Timestamp, age_ms: u64) -> String {
        let since = format::between(self.shown(), at);
        let age = age_ms + format::between(at, self.shown());
        format::age(lang, age.saturating_sub(since))
    }

    /// How old something is that happened at `at`, in words.
    pub(crate) fn since(&self, lang: Lang, at: Timestamp) -> String {
        self.age(lang, at, 0)
    }

    /// Until the minute in the header changes.
    pub(crate) fn until_next_minute(&self) -> Duration {
        let into = self.now().as_millisecond().rem_euclid(60_000);
        Duration::from_millis(u64::try_from(60_000 - into).unwrap_or(60_000))
    }

    /// Until the next whole second after `from`.
    pub(crate) fn until_next_second(&self, from: Timestamp) -> Duration {
        let into = (self.now().as_millisecond() - from.as_millisecond()).rem_euclid(1_000);
        Duration::from_millis(u64::try_from(1_000 - into).unwrap_or(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn clock(wall: &str) -> Clock {
        Clock::new(at(wall), TimeZone::UTC)
    }

    #[test]
    fn a_wrong_clock_here_changes_no_age() {
        let mut clock = clock("1999-01-01T00:00:00Z");
        clock.advance(Duration::from_secs(10));
        clock.hear(at("2026-11-24T14:03:30Z"));
        assert_eq!(clock.since(Lang::En, at("2026-11-24T11:00:00Z")), "3 h");
        clock.advance(Duration::from_secs(70));
        assert_eq!(clock.now(), at("2026-11-24T14:04:30Z"));
    }

    #[test]
    fn ages_change_with_the_minute_in_the_header_and_not_between() {
        let mut clock = clock("2026-11-24T14:03:05Z");
        let heard = clock.now();
        let ages: Vec<_> = [0, 20, 54, 55, 60, 114, 115]
            .map(|seconds| {
                clock.advance(Duration::from_secs(seconds));
                clock.age(Lang::En, heard, 30_000)
            })
            .to_vec();
        assert_eq!(
            ages,
            ["<1 min", "<1 min", "<1 min", "1 min", "1 min", "1 min", "2 min"],
            "30 s old at 14:03:05, so 85 s at 14:04:00"
        );
    }

    #[test]
    fn a_heartbeat_that_was_late_does_not_turn_the_clock() {
        let mut clock = clock("2026-11-24T14:03:00Z");
        clock.hear(at("2026-11-24T14:02:59.6Z"));
        assert_eq!(clock.shown(), at("2026-11-24T14:03:00Z"));
        assert_eq!(clock.until_next_minute(), Duration::from_mins(1));
    }
}
