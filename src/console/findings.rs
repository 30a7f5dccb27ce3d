//! What the ladder found, as a text for somebody else: in English, with everything that was asked.
//!
//! Invariant: what might be a secret is left out of it all the same, although no probe tells one: the
//! text is made to be sent.
//!
//! Deliberately absent: files (`saving`).

use std::fmt::Write;

use jiff::Timestamp;

use super::lang::Lang;
use super::state::State;
use super::state::climb::{Phase, Standing};
use super::words;
use crate::api::{Check, CheckState};

/// From here on a word of small and large letters and digits may be a key.
const LONG: usize = 20;

/// What stands for what was left out.
const LEFT_OUT: &str = "…";

/// Everything that was found, rung by rung.
pub(crate) fn compose(state: &State) -> String {
    let climb = &state.climb;
    let mut text = format!(
        "alamor {}: the ladder to what customers reach, written {}\n",
        env!("CARGO_PKG_VERSION"),
        second(state.clock.now()),
    );
    if let Phase::Broken(ended) = &climb.phase {
        line(&mut text, "", &ended.said(Lang::En));
    }
    for (index, rung) in climb.rungs.iter().enumerate() {
        match climb.standing(index) {
            Standing::Found(check) if check.state != CheckState::NotTried => {
                found(&mut text, &rung.name, check);
            }
            _ => line(&mut text, "", &format!("\n{:10} {:9}", rung.name, "not tried")),
        }
    }
    text
}

fn found(text: &mut String, name: &str, check: &Check) {
    let state = match check.state {
        CheckState::Ok => "ok",
        CheckState::Warn => "WARN",
        CheckState::Crit => "CRIT",
        CheckState::Unknown => "unknown",
        CheckState::NotTried => "not tried",
    };
    let sentence = words::rung(Lang::En, check);
    line(text, "", &format!("\n{name:10} {state:9} {sentence}"));
    for (label, _, below) in words::below(Lang::En, check) {
        line(text, "    ", &format!("{label:4} {below}"));
    }
    let at = check.checked_at.map(|at| format!(" {}", second(at))).unwrap_or_default();
    let by = check.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let took = check.took_ms.map(|took| format!(", {took} ms")).unwrap_or_default();
    line(text, "    ", &format!("looked at{at}{by}{took}"));
    check.details.iter().for_each(|detail| line(text, "    | ", detail));
    check.facts.iter().for_each(|(name, value)| line(text, "    = ", &format!("{name} {value}")));
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Adds a line in which nothing is secret and nothing moves a cursor.
fn line(text: &mut String, begin: &str, line: &str) {
    let (empty, line) = line.strip_prefix('\n').map_or(("", line), |rest| ("\n", rest));
    let line = fit_to_send(line);
    // A text in memory takes everything.
    let _ = writeln!(text, "{empty}{begin}{}", line.trim_end());
}

/// A line for somebody else: nothing in it is secret, and nothing moves a cursor.
pub(crate) fn fit_to_send(line: &str) -> String {
    redacted(&super::text::tame(line))
}

/// The text without what may be a key, a password, a customer's id or a link.
fn redacted(text: &str) -> String {
    text.split_inclusive(' ').map(redacted_word).collect()
}

fn redacted_word(word: &str) -> String {
    let bare = word.trim_end();
    let blanks = &word[bare.len()..];
    if let Some((scheme, rest)) = bare.split_once("://") {
        let (place, path) =
            rest.split_once(['/', '?', '#']).map_or((rest, ""), |(place, _)| (place, "/…"));
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        return format!("{scheme}://{place}{path}{blanks}");
    }
    if let Some((before, _)) = bare.split_once("/sub/") {
        return format!("{before}/sub/{LEFT_OUT}{blanks}");
    }
    let is_key = |part: &str| {
        let has = |is: fn(&char) -> bool| part.chars().any(|char| is(&char));
        let is_mixed = has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase);
        part.chars().count() >= LONG && is_mixed && has(char::is_ascii_digit) || is_uuid(part)
    };
    let is_break = |char: char| "=:,;\"'()[]{}".contains(char);
    let parts = bare.split_inclusive(is_break).map(|part| {
        let inner = part.trim_end_matches(is_break);
        if is_key(inner) { format!("{LEFT_OUT}{}", &part[inner.len()..]) } else { part.to_owned() }
    });
    parts.collect::<String>() + blanks
}

/// Whether it has the form of a UUID: groups of 8, 4, 4, 4 and 12.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.concat().chars().all(|char| char.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::climbed;

    #[test]
    fn a_report_says_all_that_was_found_and_what_was_not_tried() {
        insta::assert_snapshot!("findings", compose(&climbed(Lang::Fa, (80, 24))));
    }

    #[test]
    fn what_may_be_secret_is_left_out_and_what_helps_stays() {
        let check = |text: &str, left: &str| assert_eq!(redacted(text), left);
        check("203.0.113.7:443 answers, TLS 1.3", "203.0.113.7:443 answers, TLS 1.3");
        check(
            "serial 03a1b2c3d4e5f60718293a4b5c6d7e8f ends 2026-11-24T14:03:12Z",
            "serial 03a1b2c3d4e5f60718293a4b5c6d7e8f ends 2026-11-24T14:03:12Z",
        );
        check(
            "GET https://u:pw@example.net/sub/x1: 404",
            "GET https://example.net/…  404".replace("  ", " ").as_str(),
        );
        check("GET /sub/abc: 404", "GET /sub/… 404");
        check("key=sk-0123456789abcdefABCDEF, then", "key=…, then");
        check("client 7b3f0c52-1d0e-4f5a-9d7e-00112233449c", "client …");
        check("/etc/letsencrypt/live/example.net", "/etc/letsencrypt/live/example.net");
    }
}
