//! Who is told when something breaks.
//!
//! Invariants:
//! - The bot's token is looked at only if the bot's admins are to be told: whatever else stands there
//!   is the bot's affair.

use std::collections::BTreeSet;

use crate::config::alerts::{AlertCommand, AlertSettings, Quiet, Telegram, Webhook};
use crate::config::keys;
use crate::config::load::reader::{Reader, Told};
use crate::config::load::values::{self, Parsed, wrong};
use crate::config::source::Source;
use crate::config::violation::Place;

/// What only a shell understands.
const OF_A_SHELL: &[char] = &['\'', '"', '\\', '`', '$', '|', '&', ';', '<', '>', '(', ')', '*'];

/// The longest token that is one. Telegram's have 46 characters.
const MAX_TOKEN: usize = 100;

pub(super) fn read_alerts(read: &mut Reader<'_>, source: &Source) -> Result<AlertSettings, Told> {
    let allowed = read.find(&keys::ALLOW_PLAINTEXT).is_some_and(|(text, _)| text.trim() == "yes");
    let url = read.optional(&keys::ALERT_URL, |text| {
        let url = values::any_url(text)?;
        if !allowed && values::crosses_network(&url) {
            return wrong(OPEN_PLAINTEXT, "https://…");
        }
        Ok(url)
    });
    let secret = read.optional(&keys::ALERT_SECRET, |text| Ok(text.into()));
    let command = read.optional(&keys::ALERT_COMMAND, |text| command(text, source));
    let telegram = read_telegram(read);
    let quiet = read.optional(&keys::ALERT_QUIET, quiet);
    let (url, secret) = (url?, secret?);
    Ok(AlertSettings {
        webhook: url.map(|url| Webhook { url, secret }),
        command: command?,
        telegram: telegram?,
        quiet: quiet?,
    })
}

const OPEN_PLAINTEXT: &str =
    "would send alerts over the network in plain HTTP; ALLOW_PLAINTEXT=yes allows it";

fn read_telegram(read: &mut Reader<'_>) -> Result<Option<Telegram>, Told> {
    let wanted = read.required(&keys::ALERT_TELEGRAM, |text| {
        values::word(&[("no", false), ("yes", true)], text)
    });
    let token = read.find(&keys::BOT_TOKEN_ALAMOR);
    let admins = read.find(&keys::ADMIN_IDS_ALAMOR);
    if !wanted? {
        return Ok(None);
    }
    let place = |found: &Option<(&str, Place)>| {
        found.as_ref().map_or(Place::Unset, |(_, place)| place.clone())
    };
    let good = token.as_ref().map(|(text, _)| text.trim()).filter(|text| is_token(text));
    let ids = admins.as_ref().map(|(text, _)| ids(text)).unwrap_or_default();
    let (token, place_of_token, place_of_ids) =
        (good.map(Into::into), place(&token), place(&admins));
    if token.is_none() {
        let what = "is no bot's token, and ALERT_TELEGRAM=yes needs one";
        read.tell(&keys::BOT_TOKEN_ALAMOR, place_of_token, what, "<the bot's token>");
    }
    if ids.is_empty() {
        let what = "holds no id, and ALERT_TELEGRAM=yes needs one";
        return Err(read.tell(&keys::ADMIN_IDS_ALAMOR, place_of_ids, what, "123456789"));
    }
    token.map(|token| Some(Telegram { token, admins: ids })).ok_or(Told)
}

/// `123456789:AAE…`; nothing that would change the path of an address.
fn is_token(text: &str) -> bool {
    let Some((id, secret)) = text.split_once(':') else { return false };
    let allowed = |each: char| each.is_ascii_alphanumeric() || "-_".contains(each);
    text.len() <= MAX_TOKEN
        && !id.is_empty()
        && id.chars().all(|each| each.is_ascii_digit())
        && !secret.is_empty()
        && secret.chars().all(allowed)
}

/// Every run of digits is an id, as the bot reads them; what is too large for one is none.
fn ids(text: &str) -> Vec<i64> {
    let runs = text.split(|each: char| !each.is_ascii_digit()).filter(|run| !run.is_empty());
    let ids: BTreeSet<i64> = runs.filter_map(|run| run.parse().ok()).collect();
    ids.into_iter().collect()
}

/// Words with blanks between them. No shell reads them, so what only a shell understands is refused.
fn command(text: &str, source: &Source) -> Parsed<AlertCommand> {
    if text.contains(OF_A_SHELL) {
        return wrong(
            "has quotes or other signs that only a shell understands; put them into a script",
            "/usr/local/bin/alarm urgent",
        );
    }
    let mut words = text.split_whitespace().map(str::to_owned);
    let Some(program) = words.next() else { return wrong("is empty", "/usr/local/bin/alarm") };
    let program = if program.contains('/') {
        source.folder().join(program).display().to_string()
    } else {
        program
    };
    Ok(AlertCommand { program, arguments: words.collect() })
}

/// `23:00-07:00`.
fn quiet(text: &str) -> Parsed<Quiet> {
    const EXAMPLE: &str = "23:00-07:00";
    let minutes = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
    match minutes {
        Some((from, to)) if from == to => wrong("is quiet all day or never", EXAMPLE),
        Some((from, to)) => Ok(Quiet { from, to }),
        None => wrong("is no part of a day", EXAMPLE),
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let is_number = text.len() == 2 && text.chars().all(|each| each.is_ascii_digit());
        is_number.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::load::tests::{FILE, check, load};

    #[test]
    fn nobody_is_told_by_default_and_the_bots_token_is_not_even_judged() {
        let alerts = load("BOT_TOKEN_ALAMOR=what ever\nADMIN_IDS_ALAMOR=none\n").unwrap().alerts;
        assert!(alerts.webhook.is_none() && alerts.command.is_none());
        assert!(alerts.telegram.is_none() && alerts.quiet.is_none());
    }

    #[test]
    fn a_webhook_is_https_or_on_this_machine() {
        let url = |text: &str| load(text).unwrap().alerts.webhook.unwrap().url.to_string();
        assert_eq!(url("ALERT_URL=https://h/a?b=c"), "https://h/a?b=c");
        assert_eq!(url("ALERT_URL=http://127.0.0.1:9/a"), "http://127.0.0.1:9/a");
        assert_eq!(url("ALERT_URL=http://h/a\nALLOW_PLAINTEXT=yes"), "http://h/a");
        check(
            "ALERT_URL=http://h/a",
            &[&format!("{FILE} line 1: ALERT_URL {OPEN_PLAINTEXT}: write ALERT_URL=https://…")],
        );
        let what = "does not start with http:// or https:// and a host";
        check(
            "ALERT_URL=ftp://hunter2/",
            &[&format!(
                "{FILE} line 1: ALERT_URL {what}: write ALERT_URL=https://alerts.example.net/"
            )],
        );
    }

    #[test]
    fn a_command_is_words_and_no_shell_line() {
        let read = |text: &str| load(text).unwrap().alerts.command.unwrap();
        let command = read("ALERT_COMMAND=/usr/bin/logger -t  alamor");
        assert_eq!((command.program.as_str(), command.arguments.len()), ("/usr/bin/logger", 2));
        assert_eq!(read("ALERT_COMMAND=bin/alarm").program, "/srv/bot/bin/alarm");
        assert_eq!(read("ALERT_COMMAND=logger").program, "logger");
        let what =
            "has quotes or other signs that only a shell understands; put them into a script";
        for text in ["echo hunter2 | mail", "echo '$A'", "a;b", "a >b"] {
            check(
                &format!("ALERT_COMMAND={text}"),
                &[&format!(
                    "{FILE} line 1: ALERT_COMMAND {what}: write ALERT_COMMAND=/usr/local/bin/alarm urgent"
                )],
            );
        }
    }

    #[test]
    fn the_bots_admins_are_read_as_the_bot_reads_them() {
        let text = "ALERT_TELEGRAM=yes\nBOT_TOKEN_ALAMOR=12:A-b_9\nADMIN_IDS_ALAMOR=[7, 1]; 7\n";
        let telegram = load(text).unwrap().alerts.telegram.unwrap();
        assert_eq!(telegram.admins, [1, 7]);
        assert_eq!(telegram.token.expose_secret(), "12:A-b_9");
        assert!(!format!("{telegram:?}").contains("A-b"));
    }

    #[test]
    fn the_bots_admins_need_a_token_and_an_id() {
        let token = "is no bot's token, and ALERT_TELEGRAM=yes needs one";
        let ids = "holds no id, and ALERT_TELEGRAM=yes needs one";
        check(
            "ALERT_TELEGRAM=yes",
            &[
                &format!(
                    "settings: BOT_TOKEN_ALAMOR {token}: write BOT_TOKEN_ALAMOR=<the bot's token>"
                ),
                &format!("settings: ADMIN_IDS_ALAMOR {ids}: write ADMIN_IDS_ALAMOR=123456789"),
            ],
        );
        for bad in ["1:a/../b", "1:", ":a", "a:b", "1:a?b", "1:hunter2 x"] {
            check(
                &format!("ALERT_TELEGRAM=yes\nADMIN_IDS_ALAMOR=1\nBOT_TOKEN_ALAMOR={bad}"),
                &[&format!(
                    "{FILE} line 3: BOT_TOKEN_ALAMOR {token}: write BOT_TOKEN_ALAMOR=<the bot's token>"
                )],
            );
        }
    }

    #[test]
    fn quiet_hours_may_reach_over_midnight() {
        let quiet =
            |text: &str| load(&format!("ALERT_QUIET={text}")).unwrap().alerts.quiet.unwrap();
        let night = quiet("23:00-07:00");
        assert_eq!(night, Quiet { from: 1380, to: 420 });
        let holds = |quiet: Quiet, minutes: &[u16]| {
            minutes.iter().map(|m| quiet.holds(*m)).collect::<Vec<_>>()
        };
        assert_eq!(holds(night, &[1379, 1380, 0, 419, 420]), [false, true, true, true, false]);
        let noon = quiet("12:00 - 13:30");
        assert_eq!(holds(noon, &[719, 720, 809, 810]), [false, true, true, false]);
        for (text, what) in [
            ("23:00-23:00", "is quiet all day or never"),
            ("23-7", "is no part of a day"),
            ("24:00-07:00", "is no part of a day"),
            ("23:00", "is no part of a day"),
            ("1:00-2:00", "is no part of a day"),
        ] {
            check(
                &format!("ALERT_QUIET={text}"),
                &[&format!("{FILE} line 1: ALERT_QUIET {what}: write ALERT_QUIET=23:00-07:00")],
            );
        }
    }
}
