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

/// What only a probe can know, while there is none.
pub(super) const NOT_MEASURED: &str = "not measured yet";

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
pub(super) fn purchase(look: Look, state: PurchaseState) -> (Sign, &'static str) {
    match state {
        PurchaseState::Fresh => ((look.glyphs.ok, Tone::Good), "fresh"),
        PurchaseState::Partial => ((look.glyphs.unreached, Tone::Warn), "partial"),
        PurchaseState::Kept => ((look.glyphs.unreached, Tone::Warn), "kept"),
        PurchaseState::Failed => ((look.glyphs.bad, Tone::Bad), "failed"),
        PurchaseState::Never => ((look.glyphs.unknown, Tone::Dim), "never tried"),
        PurchaseState::Disabled => ((look.glyphs.off, Tone::Dim), "switched off"),
        PurchaseState::OffThere => ((look.glyphs.ok, Tone::Dim), "disabled there"),
    }
}

/// `✔ updated`, `⚡ partial`, …
pub(super) fn outcome(look: Look, outcome: Outcome, count: Option<Count>) -> (Sign, &'static str) {
    let sign = match (outcome, count) {
        (_, Some(Count::Success)) | (Outcome::Updated | Outcome::Unchanged, None) => {
            (look.glyphs.good, Tone::Good)
        }
        (_, Some(Count::ConnectionError)) | (Outcome::Partial | Outcome::Kept, None) => {
            (look.glyphs.unreached, Tone::Warn)
        }
        (_, Some(Count::Failed)) | (Outcome::Failed, None) => (look.glyphs.bad, Tone::Bad),
    };
    let word = match outcome {
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Partial => "partial",
        Outcome::Kept => "kept",
        Outcome::Failed => "failed",
    };
    (sign, word)
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
pub(super) fn job(state: JobState) -> (Tone, &'static str) {
    match state {
        JobState::Queued => (Tone::Warn, "queued"),
        JobState::Running => (Tone::Good, "running"),
        JobState::Done => (Tone::Good, "done"),
        JobState::Cancelled => (Tone::Warn, "cancelled"),
        JobState::Stopped => (Tone::Bad, "stopped by the guard"),
        JobState::Failed => (Tone::Bad, "failed"),
    }
}

/// `● live`, `▲ stale since 14:01, again in 3 s`, …; `clock` writes a time, `left` a countdown.
pub(super) fn connection(
    look: Look,
    connection: &Connection,
    clock: impl Fn(jiff::Timestamp) -> String,
    left: impl Fn(jiff::Timestamp) -> String,
) -> Words {
    let (sign, tone, text) = match connection {
        Connection::Connecting => (look.glyphs.busy, Tone::Warn, "connecting".to_owned()),
        Connection::Live => (look.glyphs.ok, Tone::Good, "live".to_owned()),
        Connection::Stale(loss) | Connection::Retrying(loss, _) => {
            let since = loss.since.map(|since| format!("stale since {}", clock(since)));
            (look.glyphs.warn, Tone::Warn, since.unwrap_or_else(|| "not reached".to_owned()))
        }
        Connection::Refused(loss, _) => {
            let since = loss.since.map(|since| format!("refused, stale since {}", clock(since)));
            (look.glyphs.bad, Tone::Bad, since.unwrap_or_else(|| "refused".to_owned()))
        }
    };
    let again = match connection {
        Connection::Stale(_) => ", trying".to_owned(),
        _ => connection
            .next_attempt()
            .map(|at| format!(", again in {}", left(at)))
            .unwrap_or_default(),
    };
    words(look).tone(tone, format!("{sign} {text}{again}"))
}
