//! The sign, the tone and the word of every state: the same on every screen.

use super::paint::{Words, words};
use crate::api::CheckState;
use crate::api::jobs::{Count, JobState, Outcome};
use crate::api::panels::{Panel, PanelState};
use crate::api::purchases::PurchaseState;
use crate::console::look::{Look, Tone};
use crate::console::state::connection::Connection;
use crate::console::words as said;

/// A sign in its tone.
pub(super) type Sign = (&'static str, Tone);

/// `● ok`.
pub(super) fn check(look: Look, state: CheckState) -> Sign {
    match state {
        CheckState::Ok => (look.glyphs.ok, Tone::Good),
        CheckState::Warn => (look.glyphs.warn, Tone::Warn),
        CheckState::Crit => (look.glyphs.bad, Tone::Bad),
        CheckState::Unknown => (look.glyphs.unknown, Tone::Dim),
        CheckState::NotTried => (look.glyphs.skipped, Tone::Dim),
    }
}

/// `✔`: a rung of a ladder.
pub(super) fn rung(look: Look, state: CheckState) -> Sign {
    match state {
        CheckState::Ok => (look.glyphs.good, Tone::Good),
        CheckState::Warn | CheckState::Crit | CheckState::Unknown | CheckState::NotTried => {
            check(look, state)
        }
    }
}

/// `● fresh`, `⚡ kept`, …
pub(super) fn purchase(look: Look, state: PurchaseState) -> (Sign, String) {
    let sign = match state {
        PurchaseState::Fresh => (look.glyphs.ok, Tone::Good),
        PurchaseState::Partial | PurchaseState::Kept => (look.glyphs.unreached, Tone::Warn),
        PurchaseState::Failed => (look.glyphs.bad, Tone::Bad),
        PurchaseState::Never => (look.glyphs.unknown, Tone::Dim),
        PurchaseState::Disabled => (look.glyphs.off, Tone::Dim),
        PurchaseState::OffThere => (look.glyphs.ok, Tone::Dim),
    };
    (sign, said::purchase(look.lang, state))
}

/// `✔ updated`, `⚡ partial`, …
pub(super) fn outcome(look: Look, outcome: Outcome, count: Option<Count>) -> (Sign, String) {
    let sign = match (outcome, count) {
        (_, Some(Count::Success)) | (Outcome::Updated | Outcome::Unchanged, None) => {
            (look.glyphs.good, Tone::Good)
        }
        (_, Some(Count::ConnectionError)) | (Outcome::Partial | Outcome::Kept, None) => {
            (look.glyphs.unreached, Tone::Warn)
        }
        (_, Some(Count::Failed)) | (Outcome::Failed, None) => (look.glyphs.bad, Tone::Bad),
    };
    (sign, said::outcome(look.lang, outcome))
}

/// `●`, `✖`: whether a panel answers.
fn panel(look: Look, state: PanelState) -> Sign {
    match state {
        PanelState::Reachable => (look.glyphs.ok, Tone::Good),
        PanelState::Unreachable | PanelState::Failing | PanelState::Unusable => {
            (look.glyphs.bad, Tone::Bad)
        }
        PanelState::Unknown => (look.glyphs.unknown, Tone::Dim),
    }
}

/// `●`, `✖`: of everything that is known of a panel, not only whether it answers.
pub(super) fn verdict(look: Look, whole: &Panel) -> Sign {
    match said::verdict(whole) {
        CheckState::Crit => check(look, CheckState::Crit),
        _ => panel(look, whole.state),
    }
}

/// `running`, `done`, …
pub(super) fn job(look: Look, state: JobState) -> (Tone, String) {
    let say = look.lang.say();
    match state {
        JobState::Queued => (Tone::Warn, say.job_queued()),
        JobState::Running => (Tone::Good, say.job_running()),
        JobState::Done => (Tone::Good, say.job_done()),
        JobState::Cancelled => (Tone::Warn, say.job_cancelled()),
        JobState::Stopped => (Tone::Bad, say.job_stopped()),
        JobState::Failed => (Tone::Bad, say.job_failed()),
    }
}

/// `● live`, `▲ stale since 14:01, again in 3 s`, …; `clock` writes a time, `left` a countdown.
pub(super) fn connection(
    look: Look,
    connection: &Connection,
    clock: impl Fn(jiff::Timestamp) -> String,
    left: impl Fn(jiff::Timestamp) -> String,
) -> Words {
    let say = look.lang.say();
    let (sign, tone, text) = match connection {
        Connection::Connecting => (look.glyphs.busy, Tone::Warn, say.connecting()),
        Connection::Live => (look.glyphs.ok, Tone::Good, say.live()),
        Connection::Stale(loss) | Connection::Retrying(loss, _) => {
            let since = loss.since.map(|since| say.stale_since(clock(since)));
            (look.glyphs.warn, Tone::Warn, since.unwrap_or_else(|| say.not_reached()))
        }
        Connection::Refused(loss, _) => {
            let since = loss.since.map(|since| say.refused_since(clock(since)));
            (look.glyphs.bad, Tone::Bad, since.unwrap_or_else(|| say.refused()))
        }
    };
    let text = match (connection, connection.next_attempt()) {
        (Connection::Stale(_), _) => say.trying(text),
        (_, Some(at)) => say.again_in(text, left(at)),
        (_, None) => text,
    };
    words(look).tone(tone, format!("{sign} {text}"))
}
