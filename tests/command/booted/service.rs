//! The service as `install` makes it, on a machine with systemd.

use std::process::Stdio;

use serde_json::Value;

use super::{BOT, Booted, CUSTOMER, KEY, address};
use crate::run::Process;
use crate::systemd::Load;

#[test]
fn systemd_starts_it_once_it_serves_and_hears_how_it_is() {
    let machine = Booted::with_bot_and_package();
    let before = machine.units();
    let refused = machine.try_sh("alamor install").expect(2);
    refused.says(&["--share-database"]);
    let shown = machine.sh("alamor install --share-database --dry-run");
    assert!(shown.contains("    ExecStart=/usr/bin/alamor serve\n"), "{shown}");
    assert_eq!(machine.units(), before, "looking changes nothing");

    machine.sh("alamor install --share-database");
    // Who comes after it was started is served at once.
    assert_eq!(machine.get("/livez", ""), (200, "ok".to_owned()));
    assert_eq!(machine.get("/readyz", ""), (200, "ready".to_owned()));
    assert_eq!(machine.get(CUSTOMER, "").0, 200);
    assert_eq!(machine.get("/sub/nobody", "").0, 404);
    let status = machine.show("alamorwebhook", "StatusText");
    assert!(status.starts_with("serves 21 purchases"), "{status}");
    let copy = machine.sh("stat -c '%U:%G %a' /run/alamorwebhook/env /var/lib/alamor");
    assert_eq!(copy, "root:alamor 440\nalamor:alamor 700\n");
    let ours = machine.sh(&format!("stat -c '%U %a' {BOT}/database/alamor_vpn.db.alamor.db"));
    assert_eq!(ours, "alamor 600\n");
    assert_eq!(machine.sh("systemctl list-units --failed --no-legend 'alamor*'"), "");
    // An operator who is not root is told what to do.
    machine.sh("useradd --create-home olga");
    let olga = machine.try_sh("cd /home/olga; runuser -u olga -- alamor status").expect(2);
    olga.says(&["may not read the file", "sudo"]);
    // With the key in a file of her own she needs no more.
    machine.sh(&format!("echo ADMIN_API_KEY={KEY} > /home/olga/.env"));
    let olga = machine.try_sh("cd /home/olga; runuser -u olga -- alamor status");
    assert!(olga.out.contains("21 active"), "{olga:?}");

    machine.sh("alamor uninstall --purge");
    assert_eq!(machine.units(), before);
    assert_eq!(machine.sh("systemctl list-units --all --no-legend 'alamor*'"), "");
    assert_eq!(machine.sh("ls -d /run/alamor* /var/lib/alamor* /etc/alamor* || true"), "");
}

#[test]
fn a_machine_comes_up_with_what_was_installed_on_it() {
    let machine = Booted::boot("alamor install --share-database\n");
    assert_eq!(
        machine.sh("systemctl is-active alamorwebhook.{service,socket}"),
        "active\nactive\n"
    );
    assert_eq!(machine.get(CUSTOMER, "").0, 200);
    let rest = machine.sh("systemctl is-active alamorwebhook-reload.path alamorwebhook-look.timer");
    assert_eq!(rest, "active\nactive\n");
    let all = "/etc/systemd/system/alamorwebhook*.{service,socket,path,timer}";
    assert_eq!(machine.sh(&format!("systemd-analyze verify --man=no {all} 2>&1")), "");
}

#[test]
fn its_sandbox_is_tight_and_takes_nothing_that_it_needs() {
    let machine = Booted::with_service();
    // At most 1.5, which the option counts in tenths.
    machine.sh("systemd-analyze security --no-pager --threshold=15 alamorwebhook.service");
    for name in ["database", "disk", "process", "port", "unit"] {
        machine.wait_for_check(name, "ok");
    }
    // Its own file has a write-ahead log; the bot's is written when an update fails, too.
    let failed = machine.post("/admin/update_configs/1");
    assert_eq!(failed, (500, "Failed to update configs".to_owned()));
}

/// The bot has its file open, and that in WAL mode: then its log was made by root, for root. And it lives
/// in a home, of which the core sees this folder alone.
#[test]
fn the_core_writes_into_a_file_that_the_bot_has_open() {
    let machine = Booted::with_bot_and_package();
    machine.sh(&format!("mv {BOT} /root/bot"));
    let bot = "import sqlite3, sys\n\
               rows = sqlite3.connect('/root/bot/database/alamor_vpn.db')\n\
               rows.execute('PRAGMA journal_mode=wal')\n\
               rows.execute('UPDATE purchases SET is_active = 1 WHERE id = 8')\n\
               rows.commit()\n\
               print('open', flush=True)\n\
               sys.stdin.read()\n";
    let mut command = machine.command(&["python3", "-c", bot]);
    command.stdin(Stdio::piped());
    let mut bot = Process::spawn(command);
    assert_eq!(bot.first_line(), "open");
    machine.sh("alamor install --env /root/bot/.env --share-database");
    machine.wait_for_check("database", "ok");
    // No panel is there, and that is written down.
    let failed = machine.post("/admin/update_configs/1");
    assert_eq!(failed, (500, "Failed to update configs".to_owned()));
    assert_eq!(machine.check("database")["state"], "ok");
}

#[test]
fn what_ends_it_restarts_it_and_refuses_nobody() {
    let machine = Booted::with_service();
    let load = machine.inside(|| Load::start(address(), &[(CUSTOMER, ""), ("/livez", "")]));
    load.wait_for_answers(50);
    for _ in 0..2 {
        machine.sh("systemctl restart alamorwebhook");
        load.wait_for_answers(50);
    }
    let statuses = load.stop().concat();
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");

    machine.sh("systemctl kill --signal=KILL alamorwebhook");
    assert_eq!(machine.get(CUSTOMER, "").0, 200, "who comes meanwhile waits");
    assert_eq!(machine.show("alamorwebhook", "NRestarts"), "1");

    // A core that hangs, with a watchdog that does not wait for minutes.
    machine.sh("mkdir -p /run/systemd/system/alamorwebhook.service.d
        printf '[Service]\\nWatchdogSec=3\\n' > /run/systemd/system/alamorwebhook.service.d/soon.conf
        systemctl daemon-reload; systemctl restart alamorwebhook
        systemctl kill --signal=STOP alamorwebhook");
    assert_eq!(machine.get(CUSTOMER, "").0, 200);
    assert_ne!(machine.show("alamorwebhook", "NRestarts"), "0");
    machine.journal().wait_for("alamorwebhook.service: Failed with result 'watchdog'");
}

#[test]
fn the_journal_has_lines_to_read_and_fields_to_look_for() {
    let machine = Booted::with_service();
    machine.journal().wait_for("A check is crit  check=panel de-1 reason=");
    let found = machine.sh("journalctl --output=json ALAMOR_CHECK='panel de-1' --lines=1");
    let entry: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(entry["PRIORITY"], "3");
    assert_eq!(entry["SYSLOG_IDENTIFIER"], "alamor");
    assert_eq!(entry["_SYSTEMD_UNIT"], "alamorwebhook.service");
    let found = machine.sh("journalctl --output=json ALAMOR_LISTEN=127.0.0.1:8080 --lines=1");
    let entry: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(entry["PRIORITY"], "6");
    assert_eq!(entry["MESSAGE"], "The core listens  listen=127.0.0.1:8080 role=serve");
}

/// It had never run: its output was to go into a folder that systemd makes later.
#[test]
fn what_only_root_sees_is_known_to_the_core_as_well() {
    let machine = Booted::with_service();
    machine.sh("systemctl start alamorwebhook-look.service");
    let rights = machine.sh("stat -c '%U:%G %a' /run/alamorwebhook-look /run/alamorwebhook-look/*");
    assert_eq!(rights, "root:alamor 750\nroot:alamor 640\n");
    // A core looks when it starts, and then every few minutes.
    machine.sh("systemctl restart alamorwebhook");
    machine.wait_for_check("firewall", "ok");
    let firewall = machine.check("firewall");
    let details = firewall["details"].to_string();
    assert!(details.contains("alamor check as root: seen at 20"), "{firewall}");
    let next = machine.show("alamorwebhook-look.timer", "NextElapseUSecMonotonic");
    assert_ne!(next, "infinity", "it looks again");
}
