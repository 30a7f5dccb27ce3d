//! `letsencrypt.log`: what certbot said when it ran. Each run begins a new file.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::core::probes::machine::quote::quote;

/// What a run of certbot came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Run {
    /// When it said its last word.
    pub(super) at: Option<Timestamp>,
    /// Whether it was about renewals at all: `certbot certificates` writes a file, too.
    pub(super) is_renewal: bool,
    /// Why the certificate was not renewed.
    pub(super) error: Option<String>,
    /// The hook that failed, and how: `deploy-hook: error code 1`.
    pub(super) hook: Option<String>,
}

/// Reads the end of a log; times are of `zone`, which is the machine's.
///
/// Only errors of the certificate `name`, and those of none, count.
///
/// # Source
///
/// certbot 2.1: `_internal/renewal.py`, `_internal/display/ops.py::report_executed_command`; before
/// 1.19 `compat/misc.py::execute_command`.
pub(super) fn parse(text: &str, name: &str, zone: &TimeZone) -> Run {
    let mut run = Run::default();
    for line in text.lines() {
        let Some((at, level, message)) = split(line) else { continue };
        run.at = at.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp()).or(run.at);
        run.is_renewal |= line.contains(":certbot._internal.renewal:")
            || message.contains("not due for renewal")
            || message.contains("renewals succeeded");
        if level != "ERROR" && level != "WARNING" {
            continue;
        }
        if let Some(failed) = failed_hook(message) {
            run.hook.get_or_insert(failed);
        } else if let Some(error) = failed_renewal(message, name) {
            run.error.get_or_insert(error);
        }
    }
    run
}

/// `2026-11-20 03:12:45,001:ERROR:certbot._internal.renewal:Failed to …` in three.
fn split(line: &str) -> Option<(DateTime, &str, &str)> {
    let (time, rest) = line.split_at_checked("2026-11-20 03:12:45".len())?;
    let at = DateTime::strptime("%Y-%m-%d %H:%M:%S", time).ok()?;
    let mut parts = rest.splitn(4, ':');
    let (_, level, _) = (parts.next()?, parts.next()?, parts.next()?);
    Some((at, level, parts.next()?))
}

/// ``Failed to renew certificate NAME with error: REASON``, and how certbot said it before 1.10:
/// ``Attempting to renew cert (NAME) from … produced an unexpected error: REASON. Skipping.``
fn failed_renewal(message: &str, name: &str) -> Option<String> {
    let rest = message
        .strip_prefix("Failed to renew certificate ")
        .and_then(|rest| rest.split_once(" with error: "))
        .or_else(|| {
            let rest = message.strip_prefix("Attempting to renew cert (")?;
            let (whose, rest) = rest.split_once(')')?;
            Some((whose, rest.split_once("produced an unexpected error: ")?.1))
        });
    let (whose, reason) = rest?;
    (whose == name).then(|| quote(reason.trim_end_matches(" Skipping.")))
}

/// `Hook 'deploy-hook' reported error code 1`, or `deploy-hook command "…" returned error code 1`.
fn failed_hook(message: &str) -> Option<String> {
    let (hook, code) = match message.strip_prefix("Hook '") {
        Some(rest) => rest.split_once("' reported error code ")?,
        None => {
            let (before, code) = message.split_once(" returned error code ")?;
            (before.split_once(" command ")?.0, code)
        }
    };
    let code: u32 = code.trim().parse().ok()?;
    Some(format!("{}: error code {code}", quote(hook)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "paytest.example.net";

    fn read(text: &str) -> Run {
        parse(text, NAME, &TimeZone::UTC)
    }

    #[test]
    fn a_challenge_that_failed_is_told_with_its_time() {
        let run = read(
            "2026-11-20 03:12:41,511:DEBUG:certbot._internal.main:certbot version: 2.1.0\n\
             2026-11-20 03:12:45,001:ERROR:certbot._internal.renewal:Failed to renew certificate \
             paytest.example.net with error: Some challenges have failed.\n\
             2026-11-20 03:12:45,003:DEBUG:certbot._internal.renewal:Traceback was:\n\
             Traceback (most recent call last):\n  File \"/usr/lib/python3\", line 1, in x\n\
             2026-11-20 03:12:46,002:ERROR:certbot._internal.renewal:All renewals failed. The \
             following certificates could not be renewed:\n",
        );
        assert_eq!(run.error.as_deref(), Some("Some challenges have failed."));
        assert_eq!(run.at.unwrap().to_string(), "2026-11-20T03:12:46Z");
        assert!(run.is_renewal);
        assert_eq!(run.hook, None);
    }

    #[test]
    fn a_hook_that_failed_is_named() {
        let check = |line: &str, expected: &str| {
            assert_eq!(read(line).hook.as_deref(), Some(expected), "{line}");
            assert_eq!(read(line).error, None);
        };
        check(
            "2026-11-20 03:12:45,001:WARNING:certbot._internal.display.ops:Hook 'deploy-hook' reported error code 1",
            "deploy-hook: error code 1",
        );
        check(
            "2020-11-20 03:12:45,001:ERROR:certbot.compat.misc:renew-hook command \"x --key s\" returned error code 127",
            "renew-hook: error code 127",
        );
    }

    #[test]
    fn a_run_that_renewed_or_had_nothing_to_do_has_no_error() {
        let check = |text: &str, is_renewal| {
            let run = read(text);
            assert_eq!((run.is_renewal, run.error, run.hook), (is_renewal, None, None), "{text}");
        };
        check(
            "2026-11-20 03:12:45,1:DEBUG:certbot._internal.display.obj:Notifying user: The following certificates are not due for renewal yet:",
            true,
        );
        check("2026-11-20 03:12:45,1:DEBUG:certbot._internal.renewal:no renewal failures", true);
        check("2026-11-20 03:12:45,1:DEBUG:certbot._internal.main:Arguments: []", false);
        check("", false);
        check("noise\n\u{1b}[2J\n2026-99-99 99:99:99,0:ERROR:x:y", false);
    }

    #[test]
    fn errors_of_other_certificates_are_not_ours() {
        let run = read(
            "2026-11-20 03:12:45,1:ERROR:certbot._internal.renewal:Failed to renew certificate other.example with error: x",
        );
        assert_eq!(run.error, None);
    }

    #[test]
    fn times_are_of_the_machine() {
        let zone = TimeZone::fixed(jiff::tz::offset(3));
        let run = parse("2026-11-20 03:12:45,1:DEBUG:a:b", NAME, &zone);
        assert_eq!(run.at.unwrap().to_string(), "2026-11-20T00:12:45Z");
    }
}
