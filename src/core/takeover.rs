//! What `/sub` answers before and after this core takes over from the old server. Pure.
//!
//! ```text
//! single_configs_json ─▶ before() ─┐
//!                                  ├─▶ Compared: statuses, counts, one Effect
//! slices, what is kept ─▶ after() ─┘
//! ```
//!
//! Before is what the old server serves of what is kept. It asks the panel first, at the address of
//! its web pages, where a stock panel answers 404; where a panel serves subscriptions there, customers
//! may have fresher links than this says.

use std::sync::Arc;

use serde_json::Value;

use super::links::{Parsed, Served};
use super::update::judge::served_now;
use crate::database::purchases::Known;
use crate::domain::changes::{Change, Changes};
use crate::domain::slice::{Origin, Slice, Source};

/// What `/sub` answers for one purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// 200, 404 or 500.
    pub(crate) status: u16,
    /// How many share links there are in it, each counted once.
    pub(crate) links: u64,
    /// How many lines are no share links.
    pub(crate) other_lines: u64,
}

/// What a customer notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// There were links, and are none any more.
    Loses,
    /// There are fewer links.
    Fewer,
    /// There are other links, as many or more.
    Others,
    /// The same links have other names.
    Names,
    /// There were none, and are some.
    Gains,
    /// There are none either way, said with another status.
    Refused,
    /// Nothing.
    Same,
}

impl Effect {
    /// Every one, the gravest first.
    pub(crate) const ALL: [Self; 7] = [
        Self::Loses,
        Self::Fewer,
        Self::Others,
        Self::Names,
        Self::Gains,
        Self::Refused,
        Self::Same,
    ];

    /// As it stands in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Loses => "loses",
            Self::Fewer => "fewer",
            Self::Others => "others",
            Self::Names => "names",
            Self::Gains => "gains",
            Self::Refused => "refused",
            Self::Same => "same",
        }
    }
}

/// Both answers for one purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) before: Answer,
    pub(crate) after: Answer,
    /// How many links of each change, in the order of [`Change::ALL`].
    pub(crate) changes: [u64; 5],
    pub(crate) effect: Effect,
}

/// An answer with its links.
pub(crate) struct Full {
    answer: Answer,
    slices: Vec<Parsed>,
}

/// What the old server answers of what it keeps.
///
/// # Source
///
/// Fact C3, and what the old server did with columns that are no list of texts: an object was served
/// as its keys, a text letter by letter, everything else was an error.
pub(crate) fn before(active: bool, json: Option<&str>) -> Full {
    let json = json.filter(|json| !json.is_empty());
    let (status, lines) = match (active, json) {
        (false, _) | (true, None) => (404, Vec::new()),
        (true, Some(json)) => match lines_of(json) {
            Some(lines) if !lines.is_empty() => (200, lines),
            _ => (500, Vec::new()),
        },
    };
    let (source, origin) = (Source::Before, Origin::default());
    let links = lines.join("\n");
    let slice = Slice { source, links, fetched_at: None, headers: Vec::new(), origin };
    let lines = slice.lines().filter(|line| !line.trim().is_empty()).count();
    let parsed = Parsed::of(Arc::new(slice));
    // No blank line is a share link.
    let other_lines = (lines - parsed.links.len()) as u64;
    let slices = vec![parsed];
    let links = Served::of(&slices).count() as u64;
    Full { answer: Answer { status, links, other_lines }, slices }
}

/// The lines that the old server joins; `None` where it cannot.
fn lines_of(json: &str) -> Option<Vec<String>> {
    match serde_json::from_str(json).ok()? {
        Value::Array(items) => {
            items.into_iter().map(|item| item.as_str().map(str::to_owned)).collect()
        }
        Value::Object(keys) => Some(keys.into_iter().map(|(key, _)| key).collect()),
        Value::String(text) => Some(text.chars().map(String::from).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// What this core answers, without asking a panel once more. A kept line that is no share link is
/// never served.
pub(crate) fn after(known: &Known) -> Full {
    let slices = if known.purchase.active { served_now(known) } else { Vec::new() };
    let slices: Vec<Parsed> = slices.into_iter().map(Parsed::of).collect();
    let links = Served::of(&slices).count() as u64;
    let status = if links > 0 { 200 } else { 404 };
    Full { answer: Answer { status, links, other_lines: 0 }, slices }
}

/// What differs.
pub(crate) fn compare(before: &Full, after: &Full) -> Compared {
    let (old, new) = (Served::of(&before.slices), Served::of(&after.slices));
    let counts = Changes::between(&old.share_links(), &new.share_links());
    let (before, after) = (before.answer, after.answer);
    let is_same = counts.is_none() && before.other_lines == after.other_lines;
    let is_renamed = counts.counts.iter().sum::<u64>()
        == counts.count(Change::Kept) + counts.count(Change::Renamed);
    let effect = match (before.links, after.links) {
        (0, 0) if before.status == after.status => Effect::Same,
        (0, 0) => Effect::Refused,
        (0, _) => Effect::Gains,
        (_, 0) => Effect::Loses,
        (old, new) if new < old => Effect::Fewer,
        _ if is_same => Effect::Same,
        _ if is_renamed && !counts.is_none() => Effect::Names,
        _ => Effect::Others,
    };
    Compared { before, after, changes: counts.counts, effect }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "vless://u@a.example:1#Ali";
    const B: &str = "vless://u@b.example:2#Ali";

    fn full(lines: &[&str]) -> Full {
        let json = crate::domain::kept::write(lines.iter().copied());
        before(true, if lines.is_empty() { None } else { Some(&json) })
    }

    fn check(old: &[&str], new: &[&str], expected: Effect) {
        assert_eq!(compare(&full(old), &full(new)).effect, expected);
    }

    #[test]
    fn the_old_server_serves_what_it_keeps_and_fails_on_what_is_no_list() {
        let said = |active, json| {
            let Answer { status, links, other_lines } = before(active, json).answer;
            (status, links, other_lines)
        };
        assert_eq!(said(true, Some(r#"["vless://u@a.example:1#x"]"#)), (200, 1, 0));
        assert_eq!(said(false, Some(r#"["vless://u@a.example:1#x"]"#)), (404, 0, 0));
        assert_eq!(said(true, None), (404, 0, 0));
        assert_eq!(said(true, Some("")), (404, 0, 0));
        assert_eq!(said(true, Some("[]")), (500, 0, 0));
        assert_eq!(said(true, Some("null")), (500, 0, 0));
        assert_eq!(said(true, Some("[1, 2]")), (500, 0, 0));
        assert_eq!(said(true, Some("{oops")), (500, 0, 0));
        assert_eq!(said(true, Some(r#"{"error": 1}"#)), (200, 0, 1));
        assert_eq!(said(true, Some(r#""[]""#)), (200, 0, 2), "letter by letter");
        assert_eq!(said(true, Some(r#"["<html>"]"#)), (200, 0, 1));
    }

    #[test]
    fn an_effect_is_what_a_customer_notices() {
        check(&[A, B], &[B, A], Effect::Same);
        check(&[A, A], &[A], Effect::Same);
        check(&[], &[], Effect::Same);
        check(&[A], &["vless://u@a.example:1#Sara"], Effect::Names);
        check(&[A], &[B], Effect::Others);
        check(&[A], &[A, B], Effect::Others);
        check(&[A, "<html>"], &[A], Effect::Others);
        check(&[A, B], &[A], Effect::Fewer);
        check(&[A], &[], Effect::Loses);
        check(&["<html>"], &[], Effect::Refused);
        check(&[], &[A], Effect::Gains);
    }
}
