//! Renewals that go well, fail, are not started, or cannot be seen.

use std::fs;

use super::*;
use crate::api::CheckState::{self, Ok as Well, Unknown, Warn};

const NAME: &str = "paytest.example.net";

fn by_timer() -> Started {
    Started::By("certbot.timer".to_owned())
}

fn now() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

fn run() -> Run {
    let at = "2026-11-20T03:12:45Z".parse().ok();
    Run { at, is_renewal: true, error: None, hook: None }
}

fn check(started: &Started, run: &Seen<Run>, state: CheckState, reason: &str, fix: &str) {
    let renewal = renewal::parse(renewal::tests::FILE);
    let found = decide(NAME, &renewal, started, run, now());
    assert_eq!(found.state, state, "{found:?}");
    assert_eq!(found.reason.as_deref().unwrap_or_default(), reason);
    assert_eq!(found.fix.as_deref().unwrap_or_default(), fix);
}

#[test]
fn a_timer_and_a_run_without_errors_are_well() {
    check(&by_timer(), &Seen::There(run()), Well, "", "");
    check(&by_timer(), &Seen::Missing, Well, "", "");
}

#[test]
fn a_renewal_that_failed_is_told_with_certbots_reason() {
    let failed = Run { error: Some("Some challenges have failed.".to_owned()), ..run() };
    check(
        &by_timer(),
        &Seen::There(failed),
        Warn,
        "the last renewal of paytest.example.net failed on 2026-11-20T03:12:45Z: Some challenges \
         have failed.",
        "certbot renew --dry-run",
    );
}

#[test]
fn a_hook_that_failed_leaves_the_old_certificate_in_nginx() {
    let failed = Run { hook: Some("deploy-hook: error code 1".to_owned()), ..run() };
    check(
        &by_timer(),
        &Seen::There(failed),
        Warn,
        "what follows a renewal failed on 2026-11-20T03:12:45Z: deploy-hook: error code 1",
        "nginx -t && systemctl reload nginx",
    );
}

#[test]
fn a_certificate_that_nobody_renews_is_told() {
    check(
        &Started::Off("certbot.timer".to_owned()),
        &Seen::There(run()),
        Warn,
        "nothing renews paytest.example.net: certbot.timer is off",
        "systemctl enable --now certbot.timer",
    );
    let reason = "nothing renews paytest.example.net: neither a timer nor cron starts certbot";
    let fix = "echo '17 3,15 * * * root certbot -q renew' > /etc/cron.d/alamor-certbot";
    check(&Started::Never, &Seen::Missing, Warn, reason, fix);
}

#[test]
fn a_timer_that_does_not_run_is_told() {
    let old = Run { at: "2026-10-20T00:00:00Z".parse().ok(), ..run() };
    check(
        &by_timer(),
        &Seen::There(old),
        Warn,
        "certbot.timer should start certbot, but it last ran 32 days ago",
        "certbot renew --dry-run",
    );
}

#[test]
fn what_may_not_be_read_is_unknown() {
    let denied = Seen::Denied("Permission denied (os error 13)".to_owned());
    let reason = "certbot.timer starts certbot, but how it went cannot be read: Permission denied \
                  (os error 13)";
    check(&by_timer(), &denied, Unknown, reason, "sudo alamor check");
    let unseen = Started::Unseen("systemctl did not answer within 3000 ms".to_owned());
    let reason = "whether anything starts certbot: systemctl did not answer within 3000 ms";
    check(&unseen, &Seen::There(run()), Unknown, reason, "");
}

#[test]
fn debians_line_of_cron_does_nothing_where_systemd_runs() {
    let line = "0 */12 * * * root test -x /usr/bin/certbot -a \\! -d /run/systemd/system && perl -e \
                'sleep int(rand(43200))' && certbot -q renew --no-random-sleep-on-renew\n";
    assert!(cron_renews(line, false));
    assert!(!cron_renews(line, true));
    assert!(cron_renews("30 4 * * 1 certbot renew -q --post-hook x\n", true));
    assert!(!cron_renews("# 30 4 * * 1 certbot renew\nSHELL=/bin/sh\n", true));
}

#[test]
fn the_newest_lineage_and_the_last_renewal_are_read_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    assert_eq!(find_renewal(folder.path(), NAME), Seen::Missing);
    write("renewal/paytest.example.net.conf", renewal::tests::FILE);
    write("renewal/paytest.example.net-0001.conf", "authenticator = webroot");
    let Seen::There((lineage, renewal)) = find_renewal(folder.path(), NAME) else { panic!() };
    assert_eq!(
        (lineage.as_str(), renewal.authenticator.as_str()),
        (&*format!("{NAME}-0001"), "webroot")
    );

    write(
        "cli.ini",
        &format!("max-log-backups = 0\nlogs-dir = {}/logs\n", folder.path().display()),
    );
    let logs = logs(folder.path());
    assert_eq!(last_run(&logs, NAME), Seen::Missing);
    write(
        "logs/letsencrypt.log",
        "2026-11-20 09:00:00,0:DEBUG:certbot._internal.main:Arguments: []\n",
    );
    write(
        "logs/letsencrypt.log.1",
        &format!(
            "{}\n2026-11-20 03:12:45,0:ERROR:certbot._internal.renewal:Failed to renew certificate \
             {NAME} with error: no\n",
            "x".repeat(1 << 20)
        ),
    );
    let Seen::There(run) = last_run(&logs, NAME) else { panic!() };
    assert_eq!(run.error.as_deref(), Some("no"));
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_no_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["../../etc/passwd", "/etc/passwd", "..", "a\0b"] {
        assert_eq!(find_renewal(folder.path(), name), Seen::Missing, "{name}");
    }
}

#[tokio::test]
async fn where_certbot_is_not_used_nothing_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let lines = format!("WEBHOOK_DOMAIN={NAME}\nCERTBOT_DIR={}", folder.path().display());
    let found = find(&super::super::fixture::sight(&lines)).await;
    assert_eq!(found.state, Unknown);
    let reason = "certbot is not used here for paytest.example.net";
    assert_eq!(found.reason.as_deref(), Some(reason));
}
